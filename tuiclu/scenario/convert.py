"""A YAML tree made into the structs of the schema, or an InputError that says which value is not what it should be.

Works for any struct of the schema, by its types alone. Beside the struct it returns every name that the file makes or
uses, so that the checks need not know where names can stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any, TypeVar

import msgspec
from msgspec import inspect as types

from nodes.wire.text import NOTHING, Sentence, Text, sentences
from tuiclu.errors import InputError, did_you_mean
from tuiclu.language.quantities import Duration, Quantity, QuantityError
from tuiclu.scenario import schema
from tuiclu.scenario.tree import Mapping, Node, Path, Scalar, Sequence, describe, key_place, shorten

Struct = TypeVar("Struct", bound=msgspec.Struct)


@dataclass(frozen=True)
class Mention:
    """A name that the file makes (`name.new`) or uses."""

    name: schema.Name
    text: str
    where: str


def convert(root: Node, struct: type[Struct]) -> tuple[Struct, list[Mention]]:
    """Return the struct that the tree stands for, and the names in it in the order of the file."""
    converter = _Converter(root)
    value = converter.convert(root, _type_of(struct), ())
    return value, converter.mentions


@cache
def _type_of(struct: type[msgspec.Struct]) -> types.Type:
    return types.type_info(struct)


class _Converter:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.mentions: list[Mention] = []

    def convert(self, node: Node, wanted: types.Type, path: Path) -> Any:
        match wanted, node:
            case types.UnionType(), _:
                return self.union(node, wanted.types, path)
            case types.Metadata(), Scalar():
                return self.name(node, wanted, path)
            case types.StructType(), Mapping():
                return self.struct(node, wanted, path)
            case types.StructType(), Scalar(value=None) if issubclass(wanted.cls, schema.Settings):
                return wanted.cls()
            case types.DictType(), Mapping():
                return self.dictionary(node, wanted, path)
            case types.VarTupleType(), Sequence():
                return tuple(
                    self.convert(item, wanted.item_type, (*path, index)) for index, item in enumerate(node.items)
                )
            case types.NoneType(), Scalar(value=None):
                return None
            case types.CustomType(cls=schema.Anything), _:
                return node
            case types.CustomType(cls=schema.Expectation), Mapping():
                return self.expectation(node, path)
            case types.CustomType(cls=schema.SpanLimit | schema.CountLimit), Scalar():
                return self.limit(node, wanted.cls, path)
            case types.CustomType(), Scalar():
                return self.custom(node, wanted.cls, path)
            case types.LiteralType(), Scalar():
                return self.literal(node, wanted.values, path)
            case types.StrType(), Scalar(value=str()):
                return node.value
            case types.BoolType(), Scalar(value=bool()):
                return node.value
            case types.IntType(), Scalar(value=int()) if not isinstance(node.value, bool):
                return self.whole_number(node, wanted, path)
            case types.FloatType(), Scalar(value=float()):
                return node.value
            case _:
                raise self.wrong_kind(node, [wanted], path)

    def union(self, node: Node, wanted: SequenceOf[types.Type], path: Path) -> Any:
        """Convert to the first type that can be written like this: a mapping, a list, or a plain value of its kind."""
        fitting = [one for one in wanted if _fits(node, one)]
        if not fitting:
            raise self.wrong_kind(node, wanted, path)
        return self.convert(node, fitting[0], path)

    # --------------------------------------------------------------------------------------------------------- mappings

    def struct(self, node: Mapping, wanted: types.StructType, path: Path) -> Any:
        fields = {field.encode_name: field for field in wanted.fields}
        rest = schema.FURTHER_KEYS.get(wanted.cls)
        further = fields.pop(rest) if rest else None
        values: dict[str, Any] = {}
        for key, entry in node.entries.items():
            if key in fields:
                values[fields[key].name] = self.convert(entry.value, fields[key].type, (*path, key))
            elif further is None:
                raise self.unknown_key(key, entry.where, fields, path)
        for field in fields.values():
            if field.required and field.name not in values:
                what = Text("{path} has no `{key}`", path=_label(path), key=field.encode_name)
                raise InputError(what, key_place(self.root, path), _how_to_add(field))
        if further is not None:
            own = Mapping(node.where, {key: entry for key, entry in node.entries.items() if key not in fields})
            values[further.name] = self.convert(own, further.type, path)
        return wanted.cls(**values)

    def unknown_key(self, key: str, where: str, fields: dict[str, Any], path: Path) -> InputError:
        return InputError(
            Text("`{key}` is not a key of {path}", key=shorten(key), path=_label(path)),
            where,
            did_you_mean(key, fields, Text("keys")),
        )

    def dictionary(self, node: Mapping, wanted: types.DictType, path: Path) -> dict[str, Any]:
        values = {}
        for key, entry in node.entries.items():
            name = self.convert(Scalar(entry.where, key, key), wanted.key_type, (*path, key))
            values[name] = self.convert(entry.value, wanted.value_type, (*path, key))
        return values

    def expectation(self, node: Mapping, path: Path) -> Any:
        for key, struct in sorted(schema.EXPECTATIONS.items(), key=lambda item: item[0] == "process"):
            if key in node.entries:  # `process` comes last: it says also which process an event is about
                return self.convert(node, _type_of(struct), path)
        first = next(iter(node.entries), "")
        what = (
            Text("`{first}` is nothing to expect", first=shorten(first))
            if first
            else Text("{path} expects nothing", path=_label(path))
        )
        where = key_place(self.root, (*path, first))
        raise InputError(what, where, did_you_mean(first, schema.EXPECTATIONS, Text("expectations")))

    # ----------------------------------------------------------------------------------------------------- plain values

    def name(self, node: Scalar, wanted: types.Metadata, path: Path) -> Any:
        value = self.convert(node, wanted.type, path)
        note = (wanted.extra or {}).get("name")
        if isinstance(note, schema.Name):
            if note.new and not re.fullmatch(note.pattern, value):
                raise InputError(
                    Text("`{value}` cannot be {name}", value=shorten(value), name=NAMES[note.of]),
                    node.where,
                    MADE_OF[note.of],
                )
            self.mentions.append(Mention(note, value, node.where))
        return value

    def custom(self, node: Scalar, cls: type, path: Path) -> Any:
        if cls is schema.Argument and node.value is not None:
            return schema.Argument(_as_written(node))
        if issubclass(cls, Quantity) and isinstance(node.value, str | int | float) and not isinstance(node.value, bool):
            try:
                return cls.parse(node.text)
            except QuantityError as error:
                raise InputError(error.what, node.where, Sentence(error.meant)) from None
        raise self.wrong_kind(node, [types.CustomType(cls)], path)

    def limit(self, node: Scalar, cls: type, path: Path) -> Any:
        """Return a limit: a duration or a number, or what is seen in another run."""
        beside = _BESIDE.fullmatch(node.value) if isinstance(node.value, str) else None
        if beside is not None:
            self.mentions.append(Mention(schema.Name("run"), beside["run"], node.where))
            return schema.Beside(beside["run"], int(beside["percent"] or 100))
        if issubclass(cls, schema.Span):
            return self.custom(node, Duration, path)
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return self.whole_number(node, _COUNT, path)
        raise self.wrong_kind(node, [types.CustomType(cls)], path)

    def literal(self, node: Scalar, values: tuple[Any, ...], path: Path) -> Any:
        for value in values:
            if node.value == value and type(node.value) is type(value):
                return value
        known = [_written(value) for value in values]
        meant = (
            did_you_mean(node.text, known, Text("choices"))
            if len(known) > 1
            else Text("Write `{known}`.", known=known[0])
        )
        raise InputError(Text("{path} cannot be {node}", path=_label(path), node=describe(node)), node.where, meant)

    def whole_number(self, node: Scalar, wanted: types.IntType, path: Path) -> int:
        value = node.value
        assert isinstance(value, int)
        least, most = wanted.ge, wanted.le
        if (least is not None and value < least) or (most is not None and value > most):
            raise InputError(
                Text("{path} cannot be {text}", path=_label(path), text=node.text),
                node.where,
                Text("It is {wanted}.", wanted=_describe_type(wanted)),
            )
        return value

    def wrong_kind(self, node: Node, wanted: SequenceOf[types.Type], path: Path) -> InputError:
        possible = [one for one in wanted if not isinstance(one, types.NoneType)]
        expected = Text("It is {wanted}.", wanted=_any_of(possible))
        if isinstance(node, Scalar) and node.value is None:
            what, where = Text("{path} has no value", path=_label(path)), key_place(self.root, path)
        else:
            what, where = Text("{path} cannot be {node}", path=_label(path), node=describe(node)), node.where
        advice = NOTHING
        if isinstance(node, Scalar) and node.value is not None and any(_is_text(one) for one in possible):
            advice = Text('Quote it: `"{text}"`.', text=node.text)
        return InputError(what, where, sentences(expected, advice))


_BESIDE = re.compile(r"(?:(?P<percent>[1-9][0-9]{0,3}) ?% of )?(?P<run>[A-Za-z][A-Za-z0-9_-]*)", re.ASCII)
_COUNT = types.IntType(ge=0)

NAMES = {
    "node": Text("the name of a node"),
    "process": Text("the name of a process"),
    "process or group": Text("the name of a process or group"),
    "strategy": Text("the name of a strategy"),
    "policy": Text("the name of a policy"),
    "event": Text("the name of an event"),
    "language": Text("the name of a language"),
    "file": Text("the name of a file"),
    "variable": Text("the name of a variable"),
    "snapshot file": Text("the name of a snapshot's file"),
    "parameter": Text("the name of a parameter"),
    "run": Text("the name of a run"),
}
"""What a name is the name of."""
MADE_OF = {
    "node": Text("A node's name is lower-case letters, digits and `-`, and begins with a letter: `n1`."),
    "process": Text("A process's name is letters, digits, `-` and `_`, and begins with a letter: `P`."),
    "file": Text(
        "The name of a file is letters, digits, `.`, `-` and `_`, and begins with a letter, a digit or `_`: `big.dat`."
    ),
    "snapshot file": Text("It is a name without a folder that ends with `.snapshot`: `early.snapshot`."),
    "variable": Text("The name of a variable is letters, digits and `_`, and does not begin with a digit: `HOME`."),
    "parameter": Text("The name of a parameter is letters, digits, `-` and `_`, and begins with a letter: `limit`."),
    "run": Text("The name of a run is letters, digits, `-` and `_`, and begins with a letter: `eager`."),
}
"""What the names that a file makes are made of."""


def _fits(node: Node, wanted: types.Type) -> bool:
    """Say whether a value of this type is written like this."""
    match wanted, node:
        case types.Metadata(), _:
            return _fits(node, wanted.type)
        case types.CustomType(cls=schema.Anything), _:
            return True
        case ((types.StructType() | types.DictType()), Mapping()):
            return True
        case types.VarTupleType(), Sequence():
            return True
        case types.NoneType(), Scalar(value=None):
            return True
        case types.StrType(), Scalar(value=str()):
            return True
        case types.BoolType(), Scalar(value=bool()):
            return True
        case types.IntType(), Scalar(value=int()):
            return not isinstance(node.value, bool)
        case types.FloatType(), Scalar(value=float()):
            return True
        case ((types.CustomType() | types.LiteralType()), Scalar()):
            return node.value is not None
        case _:
            return False


def _is_text(wanted: types.Type) -> bool:
    return isinstance(wanted.type if isinstance(wanted, types.Metadata) else wanted, types.StrType)


def _describe_type(wanted: types.Type) -> Text:
    """Say what a value must be, with its article."""
    match wanted:
        case types.Metadata(extra={"name": schema.Name(of=of)}):
            return NAMES[of]
        case types.Metadata():
            return _describe_type(wanted.type)
        case types.UnionType():
            return _any_of(one for one in wanted.types if not isinstance(one, types.NoneType))
        case types.StructType():
            rest = schema.FURTHER_KEYS.get(wanted.cls)
            keys = [field.encode_name for field in wanted.fields if field.encode_name != rest]
            return Text("a mapping with the keys {keys}", keys=", ".join(keys))
        case types.DictType():
            return Text("a mapping")
        case types.VarTupleType():
            return Text("a list")
        case types.CustomType(cls=schema.Expectation):
            return Text("a mapping with one of the keys {keys}", keys=", ".join(schema.EXPECTATIONS))
        case types.CustomType(cls=schema.Argument):
            return Text("a plain value")
        case types.CustomType(cls=schema.SpanLimit):
            return Text(
                "{quantity}, such as `{example}`, or the name of a run",
                quantity=Duration.called,
                example="10 ms",
            )
        case types.CustomType(cls=schema.CountLimit):
            return Text("a whole number, or the name of a run")
        case types.CustomType() if issubclass(wanted.cls, Quantity):
            return Text("{quantity}, such as `{example}`", quantity=wanted.cls.called, example=wanted.cls.example)
        case types.LiteralType():
            if len(wanted.values) == 1:
                return Text.made("`{value}`", {"value": _written(wanted.values[0])})
            return Text("one of {values}", values=", ".join(map(_written, wanted.values)))
        case types.StrType():
            return Text("a text")
        case types.BoolType():
            return Text("`true` or `false`")
        case types.IntType():
            return _describe_range(wanted)
        case _:
            return Text("a plain value")


def _any_of(wanted: Iterable[types.Type]) -> Text:
    described = dict.fromkeys(_describe_type(one) for one in wanted)
    return reduce(lambda one, other: Text("{one}, or {other}", one=one, other=other), described)


def _how_to_add(field: types.Field) -> Text:
    match field.type:
        case types.LiteralType(values=(only,)):
            return Text("Add `{key}: {value}`.", key=field.encode_name, value=_written(only))
        case _:
            return Text("Add `{key}`: it is {wanted}.", key=field.encode_name, wanted=_describe_type(field.type))


def _describe_range(wanted: types.IntType) -> Text:
    least, most = wanted.ge, wanted.le
    if least is None:
        return Text("a whole number")
    if most is None:
        return Text("a whole number, at least {least}", least=least)
    shown = str(most) if most < 2**31 else f"2**{most.bit_length()} - 1"
    return Text("a whole number from {least} to {most}", least=least, most=shown)


def _label(path: Path) -> str:
    return f"`{shorten('.'.join(map(str, path)), 80)}`" if path else Text("the scenario")


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_written(node: Scalar) -> str:
    """Return the text that reaches a program: a whole number in decimal, all else as it stands in the file."""
    match node.value:
        case bool():
            return node.text.lower()
        case int():
            return str(node.value)
        case float():
            return node.text.replace("_", "")
        case _:
            return node.text
