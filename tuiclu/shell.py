"""What the command line may leave out, and what a shell completes.

tuiclu --lang es          is  tuiclu open --lang es
tuiclu precopy            is  tuiclu open precopy
tuiclu mine.yaml --plain  is  tuiclu open mine.yaml --plain
tuiclu --lang es demos    is  tuiclu demos --lang es
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from nodes.wire.text import Text
from tuiclu.errors import InputError, did_you_mean

OPEN = "open"
"""The command of those who name none."""
OF_ALL = ("-h", "--help", "--version", "--install-completion", "--show-completion")
"""Options that need no command."""


class Commands(TyperGroup):
    """All commands; one who names none wants the screen."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Find the command before anything else is looked at. Raises InputError where there is none."""
        if not ctx.resilient_parsing:  # while a shell completes, only what stands there counts
            args = with_command(args, self.commands, self._with_values())
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete commands, and what may be opened, which may stand in their place."""
        opened = next(one for one in self.commands[OPEN].params if one.name == "scenario")
        return [*super().shell_complete(ctx, incomplete), *opened.shell_complete(ctx, incomplete)]

    def _with_values(self) -> set[str]:
        """Return the options of any command that take a value."""
        options = (one for command in self.commands.values() for one in command.params)
        return {name for one in options if not getattr(one, "is_flag", True) for name in one.opts}


def with_command(args: Sequence[str], commands: Collection[str], with_values: Collection[str]) -> list[str]:
    """Return a command line with its command first. Raises InputError where there is neither a command nor a scenario."""
    at = 0
    while at < len(args) and args[at].startswith("-") and args[at] != "-":
        if args[at] in OF_ALL:
            return list(args)
        at += 2 if args[at] in with_values else 1
    if at >= len(args):
        return [OPEN, *args]
    name = args[at]
    if name in commands:
        return [name, *args[:at], *args[at + 1 :]]
    if not _is_scenario(name):
        meant = did_you_mean(name, [*_demos(), *commands], Text("commands and demos"))
        raise InputError(Text("there is no command, no demo and no file `{name}`", name=name), None, meant)
    return [OPEN, *args]


def _is_scenario(name: str) -> bool:
    from tuiclu.bundled import demo_files, is_file_name

    return name in demo_files() or is_file_name(name)


def _demos() -> Iterable[str]:
    from tuiclu.bundled import demo_files

    return demo_files()


# ------------------------------------------------------------------------------------------------- what a shell completes


def scenarios(incomplete: str) -> list[str]:
    """Return the demos that begin like this, and the scenario files and folders here that do."""
    return _beginning(incomplete, [*_demos(), *_files(incomplete, (".yaml", ".yml"))])


def programs(incomplete: str) -> list[str]:
    """Return the bundled programs that begin like this, and the ELF files here that do."""
    from nodes.programs import CATALOGUE

    return _beginning(incomplete, [*CATALOGUE, *_files(incomplete, (".elf",))])


def demos(incomplete: str) -> list[str]:
    """Return the demos that begin like this."""
    return _beginning(incomplete, _demos())


def themes(incomplete: str) -> list[str]:
    """Return the themes that begin like this."""
    return _beginning(incomplete, THEMES)


def forms(incomplete: str) -> list[str]:
    """Return the forms of an export that begin like this."""
    from tuiclu.recordings.export import FORMS

    return _beginning(incomplete, FORMS)


def paces(incomplete: str) -> list[str]:
    """Return the paces of a lesson that begin like this."""
    from tuiclu.language.names import PACES

    return _beginning(incomplete, PACES)


def languages(incomplete: str) -> list[str]:
    """Return the languages that begin like this."""
    from tuiclu.texts import LANGUAGES

    return _beginning(incomplete, LANGUAGES)


def strategies(incomplete: str) -> list[str]:
    """Return what completes the last of several strategies, `precopy,ea`."""
    from tuiclu.scenario.schema import STRATEGIES

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _beginning(last, STRATEGIES)]


THEMES = ("dark", "light", "contrast", "16", "mono")


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str, endings: tuple[str, ...]) -> list[str]:
    """Return the files beside what was typed so far that end like this, and the folders in which there may be some."""
    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    shown = [one for one in found if not one.name.startswith(".")]
    return [f"{one}/" if one.is_dir() else str(one) for one in shown if one.is_dir() or one.name.endswith(endings)]
