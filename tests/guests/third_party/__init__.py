"""A program that nobody here wrote for the purpose: the interpreter of Lua 5.4.4, as its authors published it.

`lua-5.4.4.tar.gz` is their archive, unchanged (`ARCHIVE_SHA256`); its licence is the MIT licence, at the end of
`doc/readme.html` in it. `lua.elf` is built from it by `build_for_guests`. Beside them lie scripts, and what they print:
`text.lua` and `text.out`.

To run one: the program `lua` with the argument `-` and the script as its standard input. It needs some 300 pages.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests.guests import compile_natively
from tuiclu.build import compile_program

DIRECTORY = Path(__file__).parent
ARCHIVE = DIRECTORY / "lua-5.4.4.tar.gz"
ARCHIVE_SHA256 = "164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61"
IMAGE = DIRECTORY / "lua.elf"
ARGV = ("lua", "-")
SCRIPTS = ("text", "tables")


def script(name: str) -> bytes:
    """Return what to put on Lua's standard input."""
    return (DIRECTORY / f"{name}.lua").read_bytes()


def expected_output(name: str) -> bytes:
    """Return what the script prints, on any machine."""
    return (DIRECTORY / f"{name}.out").read_bytes()


def build_natively(directory: Path) -> Path:
    """Build Lua for this machine; return the program."""
    return compile_natively(_unpack(directory), directory / "lua")


def build_for_guests(directory: Path) -> Path:
    """Build Lua for RISC-V; return the image."""
    main, *others = _unpack(directory)
    image = directory / "lua.elf"
    compile_program(main, image, more_sources=others)
    return image


def _unpack(directory: Path) -> list[Path]:
    """Unpack the archive and return the sources of the interpreter: plain ANSI C, without its compiler `luac`."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(directory, filter="data")
    sources = directory / "lua-5.4.4" / "src"
    return sorted(path for path in sources.glob("*.c") if path.name != "luac.c")
