"""The programs that a scenario names: bundled ones by name, others as ELF files beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from pathlib import Path as FilePath
from types import MappingProxyType

from nodes.programs import CATALOGUE, Program, image
from nodes.wire.image import ImageError, ProgramImage, read_image
from nodes.wire.machine import system_says
from nodes.wire.text import Text, sentences
from tuiclu.errors import InputError, did_you_mean
from tuiclu.inputs import is_file, is_there
from tuiclu.language.launch import name_of
from tuiclu.scenario import schema
from tuiclu.scenario.tree import Mapping, Node, Path, Scalar, Sequence, find, key_place, shorten

MAX_ELF_BYTES = 64 << 20
_FORMS: dict[type, tuple[str, Text]] = {
    int: ("[+-]?[0-9]+", Text("It is a whole number.")),
    str: (r"[A-Za-z0-9._/-]{1,50}", Text("It is a word of letters, digits, and the signs `.`, `_`, `/` and `-`.")),
}
"""What a named argument may be, by the type of its default."""


Programs = MappingOf[str, ProgramImage]
"""Programs that need not be read any more, as scenarios name them."""
NO_PROGRAMS: Programs = MappingProxyType({})


def launches(file: schema.ScenarioFile) -> Iterator[tuple[Path, schema.Launch]]:
    """Yield everything in a scenario that starts a program, with its path in the file."""
    for name, definition in file.processes.items():
        yield ("processes", name), definition
    for index, step in enumerate(file.script):
        if step.spawn is not None:
            yield ("script", index, "spawn"), step.spawn


def rename_programs(root: Mapping, rename: Callable[[str], str]) -> None:
    """Name every program of a user's own in the tree of a scenario as `rename` says, which is given what is written there."""
    launches: list[Node | None] = []
    for section in ("processes", "script"):
        entry = root.entries.get(section)
        match entry.value if entry is not None else None:
            case Mapping(entries=entries):
                launches += [one.value for one in entries.values()]
            case Sequence(items=items):
                steps = [item.entries.get("spawn") for item in items if isinstance(item, Mapping)]
                launches += [step.value for step in steps if step is not None]
            case _:
                pass
    for launch in launches:
        program = launch.entries.get("program") if isinstance(launch, Mapping) else None
        if program is not None and isinstance(program.value, Scalar) and program.value.text not in CATALOGUE:
            name = rename(program.value.text)
            program.value = Scalar(program.value.where, name, name)


def find_programs(
    file: schema.ScenarioFile, root: Node, base: FilePath, known: Programs = NO_PROGRAMS
) -> dict[str, ProgramImage]:
    """Return the image of every program that is used, by its name in the cluster (`name_of`); check the arguments of all.

    ELF files are looked for from `base`, but for those that are `known`. Raises InputError at the place of a program or an argument that
    is none.
    """
    images: dict[str, ProgramImage] = {}
    written: dict[str, str] = {}
    for path, launch in launches(file):
        program, name = CATALOGUE.get(launch.program), name_of(launch.program)
        if launch.program != written.get(name):
            where = _place(root, (*path, "program"))
            found = image(program.name) if program else known.get(launch.program)
            found = found or _read_elf(launch.program, where, base)
            _check_name(name, found, images.get(name), where)
            images[name], written[name] = found, launch.program
        if isinstance(launch, schema.ProcessDefinition) and launch.arrivals is not None:
            varied = ((name, value) for name, values in launch.arrivals.vary.items() for value in values)
            for name, value in varied:
                _check_arguments(program, {name: value}, root, (*path, "arrivals", "vary"))
        if isinstance(launch.args, dict):
            _check_arguments(program, launch.args, root, (*path, "args"))
    return images


def _check_name(name: str, found: ProgramImage, former: ProgramImage | None, where: str) -> None:
    """See to it that no two programs have one name in the cluster."""
    taken = former if former is not None else image(name) if name in CATALOGUE else found
    if taken.digest != found.digest:
        meant = Text("In the cluster, a program has the name of its file: give one of the files another.")
        raise InputError(Text("there are two programs called `{name}`", name=shorten(name)), where, meant)


def _check_arguments(program: Program | None, args: dict[str, schema.Argument], root: Node, path: Path) -> None:
    """Check arguments that are given by name: the program must be a bundled one that has them."""
    if program is None:
        meant = Text("Write a list: it reaches `main` as argv[1..].")
        raise InputError(Text("the arguments of an ELF file have no names"), key_place(root, path), meant)
    defaults = {parameter.name: parameter.default for parameter in program.parameters}
    known = list(defaults)
    for name, value in args.items():
        if name not in known:
            what = Text("`{program}` has no argument `{name}`", program=program.name, name=shorten(name))
            raise InputError(what, key_place(root, (*path, name)), did_you_mean(name, known, Text("arguments")))
        form, meant = _FORMS[type(defaults[name])]
        if not re.fullmatch(form, value, re.ASCII):
            what = Text(
                "the argument `{name}` of `{program}` cannot be `{value}`",
                name=name,
                program=program.name,
                value=shorten(value),
            )
            raise InputError(what, _place(root, (*path, name)), meant)


def _read_elf(program: str, where: str, base: FilePath) -> ProgramImage:
    """Return the image in an ELF file; raise InputError at `where` if there is none."""
    file = base / program
    if not is_file(file) and "/" not in program and "." not in program:
        meant = did_you_mean(program, CATALOGUE, Text("programs"))
        raise InputError(
            Text("there is no program `{name}`", name=shorten(program)),
            where,
            sentences(meant, Text("An ELF file is named by its path.")),
        )
    try:
        if is_there(file) and not is_file(file):
            raise InputError(Text("{file} is not a file", file=_named(file)), where, Text("A program is an ELF file."))
        with file.open("rb") as stream:
            data = stream.read(MAX_ELF_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = system_says(error)
        meant = Text("The path of an ELF file is relative to the scenario; a bundled program has just a name.")
        raise InputError(
            Text("the program {file} cannot be read: {reason}", file=_named(file), reason=reason), where, meant
        ) from None
    if len(data) > MAX_ELF_BYTES:
        raise InputError(
            Text("{file} is larger than {size} MiB", file=_named(file), size=MAX_ELF_BYTES >> 20),
            where,
            Text("No node could hold it."),
        )
    try:
        return read_image(program, data)
    except ImageError as error:
        raise InputError(error.what, where, error.meant) from None


def _named(file: FilePath) -> str:
    return shorten(str(file), 100)


def _place(root: Node, path: Path) -> str:
    node = find(root, path)
    return key_place(root, path) if node is None else node.where
