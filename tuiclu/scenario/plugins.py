"""A user's own classes, named in a scenario as `module:Class`: the modules are found, and looked at without being executed.

What can be said of a class by its text is said here, at the place of its name. Whether it may be executed is a question of trust (`trust`);
`try_classes` then loads it for good and looks again.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from nodes.wire.users_code import UsersModules, counted_steps, load_module, what_failed
from tuiclu.errors import InputError, did_you_mean
from tuiclu.inputs import is_file, is_there
from tuiclu.scenario.convert import Mention
from tuiclu.scenario.tree import shorten

METHODS = {"strategy": ("begin", "pages_arrived"), "policy": ("choose",)}
"""What a class of each kind must have."""
_NEEDS = {"strategy": Text("It needs `begin` and `pages_arrived`."), "policy": Text("It needs `choose`.")}
_LACKS: dict[str, Callable[[str, str], Text]] = {
    "strategy": lambda name, method: Text(
        "`{name}` is no strategy: it has no method `{method}`", name=name, method=method
    ),
    "policy": lambda name, method: Text("`{name}` is no policy: it has no method `{method}`", name=name, method=method),
}
MAX_BYTES = 1 << 20
"""Of the text of a module."""


_NO_MODULES = UsersModules()


@dataclass(frozen=True)
class UsersCode:
    """The classes of a user's own that a scenario names, and the modules that this takes."""

    modules: UsersModules = _NO_MODULES
    classes: tuple[Mention, ...] = ()
    trusted: bool = False
    """Whether somebody has said that it may be executed."""

    @property
    def files(self) -> list[str]:
        """The modules' files, without the folder."""
        return [f"{name}.py" for name in self.modules.sources]

    def as_trusted(self, allowed: UsersModules) -> UsersCode:
        """Return this code as it may be executed when somebody has allowed these modules: all of it if it is among them, else none."""
        among_them = self.modules.folder == allowed.folder and self.modules.sources.items() <= allowed.sources.items()
        return replace(self, trusted=among_them)


NO_CODE = UsersCode()


def find_classes(mentions: Iterable[Mention], folder: Path, known: UsersModules | None = None) -> UsersCode:
    """Find every class of a user's own that a scenario names, in modules in `folder` (or those that are `known`); execute nothing.

    Raises InputError at the place of a name of which the text of its module already says that it is none.
    """
    classes = tuple(one for one in mentions if one.name.of in METHODS and ":" in one.text)
    reader = _Reader(folder, {} if known is None else known.sources)
    for mention in classes:
        module_name, _, class_name = mention.text.partition(":")
        reader.read(module_name, mention)
        _check_text(mention, module_name, class_name, reader.trees[module_name])
    return UsersCode(UsersModules(str(folder.resolve()), reader.sources), classes) if classes else NO_CODE


def try_classes(code: UsersCode) -> None:
    """Load every class, which executes its module, and see whether it is what it should be. Raises InputError at the place of its name."""
    for mention in code.classes:
        module_name, _, class_name = mention.text.partition(":")
        try:
            with contextlib.redirect_stdout(sys.stderr), counted_steps():  # what it prints is no result of a run
                found = getattr(load_module(module_name, code.modules), class_name, None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a user's module may raise, SystemExit included
            what = Text("the module `{module}` cannot be loaded: {why}", module=module_name, why=what_failed(error))
            raise InputError(
                what, mention.where, Text("`python {module}.py` shows where it fails.", module=module_name)
            ) from None
        if not isinstance(found, type):
            raise _no_class(mention, module_name, class_name, ())
        for method in METHODS[mention.name.of]:
            if not callable(getattr(found, method, None)):
                raise _no_method(mention, class_name, method)
        if mention.name.of == "policy":
            _try_policy(mention, class_name, found)


def _try_policy(mention: Mention, class_name: str, found: type) -> None:
    try:
        with contextlib.redirect_stdout(sys.stderr), counted_steps():
            found()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's class may raise
        what = Text("no `{name}` can be made: {why}", name=class_name, why=what_failed(error))
        raise InputError(what, mention.where, Text("A policy is made once a machine, without arguments.")) from None


# ------------------------------------------------------------------------------------------------------------ the modules


class _Reader:
    """Reads modules of one folder, and those beside them that they import."""

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self._folder = folder
        self._known = known
        self.sources: dict[str, str] = {}
        self.trees: dict[str, ast.Module] = {}

    def read(self, name: str, mention: Mention) -> None:
        """Read a module and, in turn, what it imports from beside it. Raises InputError at the mention that led there."""
        if name in self.sources:
            return
        file = self._folder / f"{name}.py"
        if not self._has(name):
            raise InputError(
                Text("there is no module `{name}`", name=name),
                mention.where,
                Text("`{name}.py` lies beside the scenario.", name=name),
            )
        self.sources[name] = source = self._known.get(name) or _text(file, mention)
        self.trees[name] = tree = _parsed(source, file, mention)
        for imported in _imported(tree):
            if imported not in sys.stdlib_module_names and self._has(imported):
                self.read(imported, mention)

    def _has(self, name: str) -> bool:
        return name in self._known if self._known else is_there(self._folder / f"{name}.py")


def _text(file: Path, mention: Mention) -> str:
    if not is_file(file):
        raise InputError(
            Text("{file} is not a file", file=_named(file)), mention.where, Text("A module is a file of Python.")
        )
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            Text("{file} cannot be read: {why}", file=_named(file), why=system_says(error)), mention.where
        ) from None
    if len(data) > MAX_BYTES:
        raise InputError(
            Text("{file} is larger than {size} MiB", file=_named(file), size=MAX_BYTES >> 20),
            mention.where,
            Text("No class needs that."),
        )
    try:
        return importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise InputError(
            Text("{file} is not a text", file=_named(file)), mention.where, Text("A module is Python in UTF-8.")
        ) from None


def _parsed(source: str, file: Path, mention: Mention) -> ast.Module:
    try:
        return ast.parse(source, str(file))
    except SyntaxError as error:
        place = f"{_named(file)}:{error.lineno or 1}:{error.offset or 1}"
        what = Text(
            "the module `{module}` cannot be loaded: {place}: {why}",
            module=file.stem,
            place=place,
            why=shorten(error.msg, 100),
        )
    except (ValueError, RecursionError, MemoryError) as error:
        what = Text(
            "the module `{module}` cannot be loaded: {place}: {why}",
            module=file.stem,
            place=_named(file),
            why=what_failed(error),
        )
    raise InputError(what, mention.where, Text("It is no Python."))


def _imported(tree: ast.Module) -> list[str]:
    """Return the names of the modules that a module imports anywhere, as far as they can lie beside it."""
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [one.name for one in names]
            case ast.ImportFrom(module=str(name), level=0 | 1):
                found.append(name)
            case ast.ImportFrom(module=None, names=names, level=1):
                found += [one.name for one in names]
            case _:
                pass
    return list(dict.fromkeys(found))


def _named(file: Path) -> str:
    return shorten(str(file), 100)


# ------------------------------------------------------------------------------------------------- what the text says of a class


def _check_text(mention: Mention, module_name: str, class_name: str, tree: ast.Module) -> None:
    """See whether a module's text can hold such a class. What only its execution would show is taken for right."""
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    if class_name not in classes:
        if not {class_name, "*"} & _bound(tree):
            raise _no_class(mention, module_name, class_name, classes)
        return
    methods = _methods(classes[class_name], classes, set())
    missing = [method for method in METHODS[mention.name.of] if methods is not None and method not in methods]
    if missing:
        raise _no_method(mention, class_name, missing[0])


def _bound(tree: ast.Module) -> set[str]:
    """Return the names that a module may bind other than by a class: assigned or imported ones. `from x import *` may bind any."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name)
            case _:
                pass
    return names


def _methods(definition: ast.ClassDef, classes: dict[str, ast.ClassDef], seen: set[str]) -> set[str] | None:
    """Return the names that a class and those above it bind; None: that cannot be known from the text."""
    if definition.decorator_list or definition.keywords or definition.name in seen:
        return None
    found: set[str] = set()
    for node in ast.walk(definition):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Import() | ast.ImportFrom():
                return None
            case _:
                pass
    for base in definition.bases:
        if isinstance(base, ast.Name) and base.id == "object":
            continue
        above = classes.get(base.id) if isinstance(base, ast.Name) else None
        inherited = _methods(above, classes, seen | {definition.name}) if above is not None else None
        if inherited is None:
            return None
        found |= inherited
    return found


def _no_class(mention: Mention, module_name: str, class_name: str, known: Iterable[str]) -> InputError:
    meant = did_you_mean(class_name, known, Text("classes"))
    return InputError(
        Text("`{module}` has no class `{name}`", module=module_name, name=class_name),
        mention.where,
        meant,
    )


def _no_method(mention: Mention, class_name: str, method: str) -> InputError:
    kind = mention.name.of
    return InputError(_LACKS[kind](class_name, method), mention.where, _NEEDS[kind])
