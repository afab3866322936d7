"""A user's own classes, named in a scenario as `module:Class`: the text of the modules that they are in, and how a class is made of it.

The modules are files beside the scenario. They are read once, by whoever reads the scenario; nodes get their text, and load nothing else.
They live under private names of their own, one set for each content: a file `queue.py` neither hides Python's module nor is hidden by it,
and a file that was changed since is another module.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import hashlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from nodes.wire.reasons import Reason, WithReason, reason, verbatim

Result = TypeVar("Result")

USERS_PREFIX = "_tuiclu_users_"
"""What the names of a user's own modules begin with, wherever they are loaded."""
LONGEST = 200
"""How many characters of what an exception says are told."""
MOST_STEPS = 3_000_000
"""The most instructions of Python that a user's code executes each time it is asked something: a second, on most machines."""


class UsersModules(msgspec.Struct, frozen=True):
    """Some modules that lie in one folder. They can import each other, and whatever is installed."""

    folder: str = ""
    """Where they were read, for tracebacks alone."""
    sources: dict[str, str] = {}
    """Their text, by their names."""

    @property
    def digest(self) -> str:
        """Of the names and texts, wherever they lie."""
        return hashlib.sha256(msgspec.json.encode(sorted(self.sources.items()))).hexdigest()


def load_class(name: str, modules: UsersModules) -> Any:
    """Return the class `module:Class`. Raises KeyError if there is no such module, AttributeError if it has no such class, and whatever
    the module raises; what it raises may be no `Exception`: `SystemExit`."""
    module_name, _, class_name = name.partition(":")
    return getattr(load_module(module_name, modules), class_name)


def load_module(name: str, modules: UsersModules) -> types.ModuleType:
    """Return a module, which is executed if it has not been yet. Raises as `load_class` does."""
    source = modules.sources[name]
    package = f"{USERS_PREFIX}{modules.digest[:16]}"
    full_name = f"{package}.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    module = types.ModuleType(full_name)
    module.__file__ = str(Path(modules.folder, f"{name}.py"))
    module.__package__ = package
    module.__dict__["__builtins__"] = vars(builtins) | {"__import__": functools.partial(_import, modules)}
    code = compile(source, module.__file__, "exec", dont_inherit=True)
    sys.modules[full_name] = module  # before it is executed: two modules may import each other
    try:
        exec(code, module.__dict__)  # noqa: S102 - that is what it is for; whether it may is decided in tuiclu.scenario.trust
    except BaseException:
        del sys.modules[full_name]
        raise
    return module


def _import(
    modules: UsersModules,
    name: str,
    globals_: Mapping[str, object] | None = None,
    locals_: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> types.ModuleType:
    """Be `__import__` in a user's modules: those beside them come first, but hide none of Python's own."""
    if level == 0 and (name not in modules.sources or name in sys.stdlib_module_names):
        return builtins.__import__(name, globals_, locals_, fromlist or (), level)
    if name in modules.sources:
        return load_module(name, modules)
    if level != 1 or name:
        raise ModuleNotFoundError(f"there is no module {name!r} beside the scenario")
    beside = types.ModuleType("beside")  # `from . import one, another`
    for one in fromlist or ():
        if one not in modules.sources:
            raise ModuleNotFoundError(f"there is no module {one!r} beside the scenario")
        setattr(beside, one, load_module(one, modules))
    return beside


class UsersCodeError(WithReason):
    """A user's code has failed; the reason says how."""


class NeverDone(Exception):
    """A user's code goes on and on."""


def guarded(action: Callable[[], Result], rule: str = "", **names: str) -> Result:
    """Do something in which a user's code is executed, and return its result. Raises UsersCodeError, and nothing else, if that fails.

    It fails as well if it takes more than MOST_STEPS: steps, not seconds, so that every run ends alike. What goes on and on within one call
    of Python's own is not noticed, nor what catches even that exception.

    `rule` is a reason that says what has failed then (`strategy-failed`), with what it names beside the error; empty: only the error.
    """
    try:
        with counted_steps():
            return action()
    except BaseException as error:
        failed = what_failed(error)
        raise UsersCodeError(reason(rule, error=failed, **names) if rule else failed) from error


@contextlib.contextmanager
def counted_steps() -> Iterator[None]:
    """Raise NeverDone in the user's code if it takes too many steps. A line is too coarse: Python tells of `while True: pass` but once."""
    left = MOST_STEPS

    def at_step(frame: types.FrameType, event: str, _: object) -> Any:
        nonlocal left
        left -= event == "opcode"
        if left < 0:
            raise NeverDone(f"it is not done after {MOST_STEPS} steps: does it go round in circles?")
        return at_step

    def at_call(frame: types.FrameType, event: str, _: object) -> Any:
        if not str(frame.f_globals.get("__package__")).startswith(USERS_PREFIX):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return at_step

    before = sys.gettrace()
    sys.settrace(at_call)
    try:
        yield
    finally:
        sys.settrace(before)


def what_failed(error: BaseException) -> Reason:
    """Say in one short line what a user's code has raised, whatever that is."""
    if isinstance(error, UsersCodeError):
        return error.why
    try:
        said = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a user's exception may fail to say what it is
        said = ""
    said = f"{said[: LONGEST - 3]}..." if len(said) > LONGEST else said
    return verbatim(f"{type(error).__name__}: {said}" if said else type(error).__name__)
