"""What a run will need of programs, as far as its commands tell before it begins: pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tuiclu.cluster.commands import AnyCommand, Migrate, Spawn


class Use(msgspec.Struct):
    """How a program will be used."""

    argv: tuple[str, ...]
    """Of its first process."""
    stdin: bytes
    times: int = 0
    """By how many processes, each counted once more for every move."""
    processes: int = 0
    """By how many."""


def uses(commands: Iterable[AnyCommand]) -> dict[str, Use]:
    """Return by name how the programs will be used that these commands start, in the order in which they do."""
    found: dict[str, Use] = {}
    of_process: dict[str, Use] = {}
    for command in commands:
        match command:
            case Spawn(name=name, program=program):
                use = of_process[name] = found.setdefault(program, Use(command.argv, command.stdin))
                use.times += 1
                use.processes += 1
            case Migrate(process=name) if name in of_process:
                of_process[name].times += 1
            case _:
                pass
    return found
