"""A command line that makes no sense, told like any other input that does: what is wrong, and what was meant, in the reader's language.

The parser of commands (typer) raises exceptions of its own, in English; their classes are no part of what it promises, but for
`BadParameter`, from which the others are found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import typer

from nodes.wire.text import NOTHING, Text
from tuiclu.errors import InputError, did_you_mean

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Whatever the parser of commands has to say of a command line."""
_NUMBERS = {
    "int_parsing": Text("`{given}` is no whole number"),
    "int_from_float": Text("`{given}` is no whole number"),
    "float_parsing": Text("`{given}` is no number"),
    "bool_parsing": Text("`{given}` is neither yes nor no"),
    "greater_than_equal": Text("{given} is too little: at least {limit}"),
    "less_than_equal": Text("{given} is too much: at most {limit}"),
}
"""What is wrong with a value, by the names of pydantic, which looks at it."""


def language_in(args: Sequence[str]) -> str | None:
    """Return the language that a command line asks for, whatever else stands in it."""
    for option, value in zip(args, [*args[1:], ""], strict=True):
        if option == "--lang":
            return value
        if option.startswith("--lang="):
            return option.partition("=")[2]
    return None


def explained(error: Any) -> InputError:
    """Return what the parser of commands says, as we say it."""
    return _EXPLAINED.get(type(error).__name__, _other)(error)


def _no_option(error: Any) -> InputError:
    command = error.ctx.command
    known = [name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")]
    what = Text("`{command}` has no option `{name}`", command=error.ctx.command_path, name=error.option_name)
    return InputError(what, None, did_you_mean(error.option_name, known, Text("options")))


def _option_misused(error: Any) -> InputError:
    takes_none = "does not take" in error.message
    return InputError(Text("it takes no value") if takes_none else Text("it wants a value"), error.option_name)


def _missing(error: Any) -> InputError:
    name = _name_of(error.param)
    return InputError(Text("`{command}` wants {name}", command=error.ctx.command_path, name=name), None, _help(error))


def _bad_value(error: Any) -> InputError:
    cause = error.__cause__
    found = cause.errors()[0] if hasattr(cause, "errors") else {}
    text, limits = _NUMBERS.get(found.get("type", "")), found.get("ctx", {})
    if text is None:
        return InputError(Text("{why}", why=error.message.rstrip(".")), _name_of(error.param))
    limit = limits.get("ge", limits.get("le"))
    return InputError(text.filled(given=found["input"], limit=limit), _name_of(error.param))


def _other(error: Any) -> InputError:
    """What a context says by its `fail`: the parser tells these apart by their texts alone."""
    message, path = error.message, "" if error.ctx is None else error.ctx.command_path
    commands = [] if error.ctx is None else list(getattr(error.ctx.command, "commands", {}))
    if found := re.fullmatch(r"No such command '(.*)'\.", message):
        what = Text("`{command}` has no command `{name}`", command=path, name=found[1])
        return InputError(what, None, did_you_mean(found[1], commands, Text("commands")))
    if found := re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", message):
        return InputError(
            Text("`{command}` takes no more than that: {rest}", command=path, rest=found[1]), None, _help(error)
        )
    if message == "Missing command.":
        known = did_you_mean("", commands, Text("commands"))
        return InputError(Text("`{command}` wants a command", command=path), None, known)
    return InputError(Text("{why}", why=message.rstrip(".")), None, _help(error))


def _name_of(param: Any) -> str:
    """Return what a parameter is called where it is given: an option by its long name, an argument as the help has it."""
    if param is None:
        return ""
    return str(
        param.opts[-1] if param.param_type_name == "option" else (param.metavar or param.name.upper()).strip("[]")
    )


def _help(error: Any) -> Text:
    return NOTHING if error.ctx is None else Text("`{command} --help` says more.", command=error.ctx.command_path)


_EXPLAINED: dict[str, Callable[[Any], InputError]] = {
    "NoSuchOption": _no_option,
    "BadOptionUsage": _option_misused,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
}
