"""Objects as data: an object with everything that can be reached from it, packed, and made again elsewhere. Pure.

What a node's kernel is lies in some thousand objects that know each other: processes, queues, timers with what they are to do, promises of
an Initiator. All of it is packed as it is, so nothing has to be remembered here when the kernel learns something new.

```
 [ ["object", "nodes.kernel.kernel:Kernel", {"now": 4000, "processes": [1], ...}], ["dict", [["n1.1", [2]]]], ... ]
```
The result is a list of objects, the root first; a list of one number stands for the object at that place. Numbers, texts and bytes stand
for themselves.

What is not a node's own is named and not packed (`Outside`): whoever unpacks provides it. What holds something of the real machine says
itself what it is (`Kept`). Classes and functions are packed by name, and found only in the modules of `PACKAGES`: a file can make nothing
else happen than what a node does anyway.
"""

from __future__ import annotations

import copy
import enum
import functools
import importlib
import itertools
import random  # noqa: TID251 - generators are packed with their state
import types
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from nodes.wire.parts import Damaged

PACKAGES = (
    "nodes.deciding",
    "nodes.global_state",
    "nodes.initiator",
    "nodes.kernel",
    "nodes.migration",
    "nodes.strategies",
    "nodes.wire.control",
    "nodes.wire.events",
    "nodes.wire.packets",
    "nodes.wire.parameters",
    "nodes.wire.parts",
    "nodes.wire.reasons",
    "nodes.wire.text",
)
"""Where the classes and functions of a node are."""
_BESIDE = ("nodes.wire.users_code:UsersCodeError",)
"""And single classes of modules of which the rest is none of a node's business."""
_BUILT_IN = {
    kind.__name__: kind for kind in (bool, bytes, dict, float, frozenset, int, list, set, str, tuple, type(None))
}

Atom = None | bool | int | float | str | bytes


class CannotBeKept(Exception):
    """Something of a node cannot be packed; the text says what."""


class Kept(NamedTuple):
    """How an object is packed that holds something of the real machine."""

    pack: Callable[[Any], object]
    """What it is, as an object that can be packed."""
    make: Callable[[Any], object]
    """The same object again, on this machine. What can be changed of what it is made from is empty still, and filled later."""


class Users(NamedTuple):
    """The classes of a user's own, which are no part of a node but may be known to one."""

    name_of: Callable[[type], str | None]
    """What a scenario calls a class; None: it is none of the user's."""
    load: Callable[[str], type]


NO_USERS = Users(lambda _: None, lambda name: _refuse(name))


def _refuse(name: str) -> type:
    raise Damaged(f"there is no class `{name}`")


def pack(
    root: object, outside: Mapping[str, object], kept: Mapping[type, Kept], users: Users = NO_USERS
) -> list[list[Any]]:
    """Return an object and all that can be reached from it as data. Raises CannotBeKept."""
    return _Packer(outside, kept, users).pack(root)


def unpack(
    packed: Sequence[Sequence[Any]],
    outside: Mapping[str, object],
    kept: Mapping[type, Kept],
    users: Users = NO_USERS,
    seed: str = "",
) -> Any:
    """Return what was packed. Raises Damaged. With a `seed`, generators of random numbers draw others than they would have."""
    try:
        return _Unpacker(packed, outside, kept, users, seed).unpack()
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error


class _Packer:
    def __init__(self, outside: Mapping[str, object], kept: Mapping[type, Kept], users: Users) -> None:
        self._outside = {id(one): name for name, one in outside.items()}
        self._never = {type(one) for one in outside.values() if type(one).__module__.startswith("nodes.")}
        self._kept = kept
        self._users = users
        self._places: dict[int, int] = {}
        self._found: list[object] = []
        """By their places; all are held, so that no identity is used twice."""

    def pack(self, root: object) -> list[list[Any]]:
        self._place_of(root)
        return [self._pack(one) for one in self._found]  # which grows meanwhile

    def _place_of(self, one: object) -> int:
        place = self._places.get(id(one))
        if place is None:
            place = self._places[id(one)] = len(self._found)
            self._found.append(one)
        return place

    def _value(self, value: object) -> Any:
        """Return a value as it stands within another: itself, or its place."""
        kind = type(value)
        if value is None or kind in (bool, float, str, bytes):
            return value
        if kind is int and -(1 << 63) <= cast(int, value) < 1 << 64:
            return value
        return [self._place_of(value)]

    def _values(self, values: Any) -> list[Any]:
        return [self._value(value) for value in values]

    def _pairs(self, pairs: Any) -> list[list[Any]]:
        return [[self._value(key), self._value(value)] for key, value in pairs]

    def _pack(self, one: Any) -> list[Any]:
        if id(one) in self._outside:
            return ["outside", self._outside[id(one)]]
        kind = type(one)
        if kind in self._kept:
            return ["kept", self._name(kind), self._value(self._kept[kind].pack(one))]
        if kind in self._never:
            raise CannotBeKept(f"{kind.__name__} is not what the node was given")
        if one is msgspec.UNSET:
            return ["unset"]
        if isinstance(one, type):
            return ["class", self._name(one)]
        match one:
            case enum.Enum():
                return ["enum", self._name(kind), self._value(one.value)]
            case int():
                return ["int", str(int(one))]
            case types.FunctionType():
                return self._function(one)
            case types.MethodType() | types.BuiltinMethodType():
                return ["method", self._value(one.__self__), one.__name__]
            case functools.partial():
                return ["partial", self._value(one.func), self._values(one.args), self._pairs(one.keywords.items())]
            case types.CellType():
                return ["cell", self._value(one.cell_contents)]
            case itertools.count():
                return ["count", next(copy.copy(one))]
            case random.Random():
                return ["random", self._value(one.getstate())]
            case msgspec.Struct():
                fields = [getattr(one, name) for name in one.__struct_fields__]
                return ["struct", self._name(kind), self._values(fields)]
            case tuple():
                return ["tuple", *self._own_class(kind, tuple), self._values(one)]
            case list():
                return ["list", self._values(one)]
            case bytearray():
                return ["bytearray", bytes(one)]
            case deque():
                return ["deque", one.maxlen, self._values(one)]
            case set() | frozenset():
                return [kind.__name__, self._values(sorted(one, key=repr))]
            case dict() if kind is dict:
                return ["dict", self._pairs(one.items())]
            case dict():
                return ["table", self._name(kind), self._attributes(one), self._pairs(dict.items(one))]
            case BaseException():
                return ["exception", self._name(kind), self._values(one.args), self._attributes(one)]
            case _:
                return ["object", self._name(kind), self._attributes(one)]

    def _own_class(self, kind: type, base: type) -> list[str]:
        return [""] if kind is base else [self._name(kind)]

    def _attributes(self, one: object) -> list[list[Any]]:
        return [[name, self._value(value)] for name, value in attributes(one)]

    def _name(self, kind: type) -> str:
        name = self._users.name_of(kind)
        if name is not None:
            return f"users {name}"
        if kind.__name__ in _BUILT_IN and kind is _BUILT_IN[kind.__name__]:
            return f"built in {kind.__name__}"
        name = f"{kind.__module__}:{kind.__qualname__}"
        if name not in _BESIDE and (not _is_known(kind.__module__) or "<locals>" in kind.__qualname__):
            raise CannotBeKept(f"a {kind.__module__}.{kind.__qualname__}")
        return name

    def _function(self, one: types.FunctionType) -> list[Any]:
        if not _is_known(one.__module__):
            raise CannotBeKept(f"a function of {one.__module__}")
        if "<locals>" not in one.__qualname__:
            return ["function", f"{one.__module__}:{one.__qualname__}"]
        name, turn = _codes(one.__module__).name_of(one.__code__)
        closure = self._values(one.__closure__ or ())
        return ["closure", one.__module__, name, turn, closure, self._value(one.__defaults__)]


class _Unpacker:
    """Makes what can be changed empty at first, so that circles close, and fills it at the end."""

    def __init__(
        self,
        packed: Sequence[Sequence[Any]],
        outside: Mapping[str, object],
        kept: Mapping[type, Kept],
        users: Users,
        seed: str,
    ) -> None:
        self._seed = seed
        self._packed = packed
        self._outside = outside
        self._kept = kept
        self._users = users
        self._made: dict[int, Any] = {}
        self._to_fill: list[tuple[Any, Sequence[Any]]] = []

    def unpack(self) -> Any:
        root = self._at(0)
        while self._to_fill:
            one, how = self._to_fill.pop()
            self._fill(one, how)
        return root

    def _value(self, value: Any) -> Any:
        return self._at(value[0]) if isinstance(value, list) else value

    def _values(self, values: Sequence[Any]) -> list[Any]:
        return [self._value(value) for value in values]

    def _at(self, place: int) -> Any:
        if place not in self._made:
            self._made[place] = self._make(self._packed[place])
        return self._made[place]

    def _later(self, one: Any, how: Sequence[Any]) -> Any:
        self._to_fill.append((one, how))
        return one

    def _make(self, how: Sequence[Any]) -> Any:
        match how:
            case ["outside", name]:
                return self._outside[name]
            case ["kept", name, state]:
                return self._kept[self._class(name)].make(self._value(state))
            case ["unset"]:
                return msgspec.UNSET
            case ["class", name]:
                return self._class(name)
            case ["enum", name, value]:
                return self._class(name)(self._value(value))
            case ["int", digits]:
                return int(digits)
            case ["function", name]:
                return _find(name, types.FunctionType)
            case ["closure", module, name, turn, closure, defaults]:
                code = _codes(_known(module)).code_of(name, turn)
                cells = tuple(self._values(closure))
                space = vars(importlib.import_module(module))
                return types.FunctionType(code, space, code.co_name, self._value(defaults), cells)
            case ["method", owner, name]:
                return getattr(self._value(owner), _plain(name))
            case ["partial", function, arguments, named]:
                keywords = {key: self._value(value) for key, value in named}
                return functools.partial(self._value(function), *self._values(arguments), **keywords)
            case ["cell", _]:
                return self._later(types.CellType(), how)
            case ["count", first]:
                return itertools.count(first)
            case ["random", state]:
                generator = random.Random(self._seed)  # noqa: S311 - not for secrets
                if not self._seed:
                    generator.setstate(self._value(state))
                return generator
            case ["struct", name, fields]:
                return self._struct(self._class(name), how, fields)
            case ["tuple", name, values]:
                items = tuple(self._values(values))
                return items if not name else tuple.__new__(self._class(name), items)
            case ["list", _]:
                return self._later([], how)
            case ["bytearray", content]:
                return bytearray(content)
            case ["deque", most, _]:
                return self._later(deque(maxlen=most), how)
            case ["set", _]:
                return self._later(set(), how)
            case ["frozenset", values]:
                return frozenset(self._values(values))
            case ["dict", _]:
                return self._later({}, how)
            case ["table", name, *_]:
                return self._later(dict.__new__(self._class(name)), how)
            case ["exception", name, arguments, _]:
                kind = self._class(name)
                return self._later(kind.__new__(kind, *self._values(arguments)), how)
            case ["object", name, _]:
                kind = self._class(name)
                return self._later(object.__new__(kind), how)
            case _:
                raise Damaged(f"there is no way to make {how[:1]}")

    def _struct(self, kind: Any, how: Sequence[Any], fields: Sequence[Any]) -> Any:
        if kind.__struct_config__.frozen:
            return kind(**dict(zip(kind.__struct_fields__, self._values(fields), strict=True)))
        return self._later(kind(**dict.fromkeys(kind.__struct_fields__)), how)

    def _fill(self, one: Any, how: Sequence[Any]) -> None:
        match how:
            case ["cell", value]:
                one.cell_contents = self._value(value)
            case ["struct", _, fields]:
                for name, value in zip(one.__struct_fields__, fields, strict=True):
                    setattr(one, name, self._value(value))
            case ["list", values] | ["deque", _, values]:
                one.extend(self._values(values))
            case ["set", values]:
                one.update(self._values(values))
            case ["dict", pairs]:
                one.update((self._value(key), self._value(value)) for key, value in pairs)
            case ["table", _, attributes_, pairs]:
                self._set(one, attributes_)
                for key, value in pairs:
                    dict.__setitem__(one, self._value(key), self._value(value))
            case ["object", _, attributes_] | ["exception", _, _, attributes_]:
                self._set(one, attributes_)
            case _:
                raise AssertionError(f"nothing is filled by {how[:1]}")

    def _set(self, one: Any, attributes_: Sequence[Sequence[Any]]) -> None:
        for name, value in attributes_:
            object.__setattr__(one, _plain(name), self._value(value))

    def _class(self, name: str) -> Any:
        where, _, rest = name.partition(" ")
        if where == "users":
            return self._users.load(rest)
        if name.startswith("built in "):
            return _BUILT_IN[name.removeprefix("built in ")]
        return _find(name, type)


def attributes(one: object) -> Iterator[tuple[str, object]]:
    """Yield the attributes of an object and their names, wherever its class keeps them."""
    for kind in type(one).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(one, name):
                yield name, getattr(one, name)
    yield from (pair for pair in getattr(one, "__dict__", {}).items() if not pair[0].startswith("__"))


def _is_known(module: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in PACKAGES)


def _known(module: str) -> str:
    if not _is_known(module):
        raise Damaged(f"nothing of {module} belongs to a node")
    return module


def _plain(name: str) -> str:
    """Return the name of an attribute that has nothing to do with how Python itself works."""
    if name.startswith("__"):
        raise Damaged(f"`{name}` is no attribute of a node's")
    return name


def _find(name: str, kind: type) -> Any:
    """Return a class or a function of a node by its module and its name there."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module if name in _BESIDE else _known(module))
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, kind) or found.__module__ != module:
        raise Damaged(f"`{name}` is none")
    return found


class _Codes:
    """The functions that are made within functions of a module: each by its name and its turn among those of that name."""

    def __init__(self, module: str) -> None:
        self._codes: dict[str, list[types.CodeType]] = {}
        seen: dict[types.CodeType, None] = {}
        for code in _codes_in(importlib.import_module(module)):
            if code not in seen:
                seen[code] = None
                self._codes.setdefault(code.co_qualname, []).append(code)

    def name_of(self, code: types.CodeType) -> tuple[str, int]:
        return code.co_qualname, self._codes[code.co_qualname].index(code)

    def code_of(self, name: str, turn: int) -> types.CodeType:
        return self._codes[name][turn]


@functools.cache
def _codes(module: str) -> _Codes:
    return _Codes(module)


def _codes_in(space: types.ModuleType | type) -> Iterator[types.CodeType]:
    """Yield the code of all functions that are made in a module, or in a class of it, in the order of its text."""
    module = space.__name__ if isinstance(space, types.ModuleType) else space.__module__
    for one in list(vars(space).values()):
        function = one.fget if isinstance(one, property) else getattr(one, "__func__", one)
        if isinstance(function, types.FunctionType):
            if function.__module__ == module:
                yield from _nested(function.__code__)
        elif isinstance(one, type) and one.__module__ == module and one is not space:
            yield from _codes_in(one)


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)
