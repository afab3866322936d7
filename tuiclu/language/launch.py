"""What a process is started with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from nodes.programs import CATALOGUE
from tuiclu.language.names import Argument, Part, VariableName
from tuiclu.language.quantities import Duration


class Launch(Part, frozen=True):
    """A program and what it is started with."""

    program: str
    """The name of a bundled program, or the path of an ELF file relative to the scenario."""
    args: dict[str, Argument] | tuple[Argument, ...] = ()
    """Named arguments of a bundled program, or a list that reaches `main` as argv[1..]."""
    environment: dict[VariableName, Argument] = {}
    stdin: str = ""
    """What it finds on its standard input."""
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    """Larger is more urgent."""
    estimate: Duration | None = None
    """The CPU time that the user expects it to need, for schedulers that ask."""


def name_of(program: str) -> str:
    """Return what a program is called in the cluster: an ELF file by its own name, so that nothing in a run tells where it lies."""
    return program if program in CATALOGUE else Path(program).name


def argv_of(launch: Launch) -> tuple[str, ...]:
    """Return what reaches `main`, the program's name first. The arguments have passed `find_programs`."""
    program = CATALOGUE.get(launch.program)
    return (name_of(launch.program), *map(str, launch.args)) if program is None else program.argv(launch.args)
