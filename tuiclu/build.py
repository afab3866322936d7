"""Compiles guest programs: C source in, a checked RISC-V image out.

The compiler is Zig's C compiler from the PyPI package `ziglang`, which brings its own musl and builds for any machine.
The first build on a machine compiles that musl too, for about a minute; the compiler keeps it for all later ones.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path

from nodes.programs import CATALOGUE
from nodes.wire.image import ImageError, read_image
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.inputs import is_file, is_folder, is_there
from tuiclu.scratch import scratch_folder

FLAGS = ("-target", "riscv64-linux-musl", "-O2", "-static", "-s")
"""What makes a program one that runs on every node: no shared libraries; `-s`: no symbols."""
HARD_FLOAT, SOFT_FLOAT = "-mcpu=generic_rv64+m+a+f+d+c", "-mcpu=generic_rv64+m+a+c"
"""For which machine: the nodes', or one without a floating-point unit."""

COMPILER_VERSION = "0.17.1"
"""The version of `ziglang` that built the images beside our C sources. Another may build other bytes."""


class BuildError(InputError):
    """A program could not be built; the output is as it was before."""

    def __init__(self, what: Text, meant: Text) -> None:
        """`meant` says what to do; after a compiler's error it is all that the compiler said."""
        super().__init__(what, meant=meant)


def compiler_version() -> str | None:
    """Return the version of the installed compiler; None: there is none."""
    try:
        return version("ziglang")
    except PackageNotFoundError:
        return None


def compile_program(
    source: Path,
    output: Path,
    *,
    more_sources: Sequence[Path] = (),
    include: Sequence[Path] = (),
    options: Sequence[str] = (),
    floating: bool = True,
) -> str:
    """Compile `source` (and `more_sources`, linked with it) to a program image at `output`, and check that it can run.

    `include` are further directories for `#include`, `options` further options of the compiler, `floating` is whether it may use the
    nodes' floating-point unit. Returns the compiler's warnings, empty if there are none. `output` is replaced at once, or on failure
    not at all. Raises BuildError.
    """
    sources, machine = (source, *more_sources), HARD_FLOAT if floating else SOFT_FLOAT
    _check_files(sources, output)
    if compiler_version() is None:
        raise BuildError(
            Text("There is no C compiler for guest programs here"), Text("Install it with `pip install 'tuiclu[cc]'`.")
        )
    try:
        with scratch_folder(f".{output.name}", output.parent) as folder:
            unfinished = folder / output.name
            warnings = _run_compiler(sources, unfinished, [machine, *(f"-I{path}" for path in include), *options])
            _check_image(source, unfinished)
            unfinished.replace(output)
    except OSError as problem:
        raise BuildError(
            Text("`{output}` cannot be written: {why}", output=output, why=system_says(problem)),
            Text("Choose another place with -o."),
        ) from problem
    return warnings


def compile_all(sources: Iterable[Path], directory: Path) -> dict[str, Path]:
    """Compile each source to a program of its own in `directory`; return the images by name. Raises BuildError.

    A source of the catalogue gets the options that the catalogue has for it. Programs of ours that do not compute in floating point do
    without it: so their images stay as they are.
    """
    images: dict[str, Path] = {}
    for source in sources:
        images[source.stem] = directory / f"{source.stem}.elf"
        ours = CATALOGUE.get(source.stem)
        options, floating = ((), False) if ours is None else (ours.options, ours.floating)
        compile_program(source, images[source.stem], options=options, floating=floating)
    return images


def rebuild_all(directory: Path) -> dict[str, Path]:
    """Compile every program of the catalogue into `directory`; return the images by program name. Raises BuildError."""
    with as_file(files("nodes.programs")) as programs:
        return compile_all([programs / f"{name}.c" for name in CATALOGUE], directory)


def _check_files(sources: Sequence[Path], output: Path) -> None:
    for source in sources:
        if not is_there(source):
            raise BuildError(Text("`{source}` does not exist", source=source), Text("Name a file with C source."))
        if not is_file(source):
            raise BuildError(Text("`{source}` is not a file", source=source), Text("Name a file with C source."))
        if is_there(output) and output.samefile(source):
            raise BuildError(
                Text("The output would overwrite the source `{source}`", source=source),
                Text("Choose another name with -o."),
            )
    if is_folder(output):
        raise BuildError(Text("The output `{output}` is a directory", output=output), Text("Name a file with -o."))
    if not is_folder(output.parent):
        raise BuildError(
            Text("There is no directory `{parent}` for the output", parent=output.parent), Text("Make it first.")
        )


def _run_compiler(sources: Sequence[Path], output: Path, options: Sequence[str]) -> str:
    """Return the compiler's warnings."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "ziglang",
        "cc",
        *FLAGS,
        *options,
        *map(_as_argument, sources),
        "-o",
        str(output),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = (done.stderr + done.stdout).decode(errors="replace").strip()
    if done.returncode != 0 or not output.is_file():
        names = ", ".join(f"`{source}`" for source in sources)
        raise BuildError(
            Text("{names} cannot be compiled", names=names),
            Text("The compiler says:\n{said}", said=said or Text("status {status}", status=done.returncode)),
        )
    return said


def _as_argument(path: Path) -> str:
    """Return a path in a form that is never taken for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def _check_image(source: Path, image: Path) -> None:
    try:
        read_image(source.stem, image.read_bytes())
    except ImageError as problem:
        raise BuildError(
            Text("The program was built, but no node can run it: {what}", what=problem.what), problem.meant
        ) from problem
