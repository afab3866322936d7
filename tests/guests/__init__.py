"""Small guests that misbehave or look closely at their machine, and ways to run a guest elsewhere than under tuiclu.

Each lies here as C source beside its image, as the programs of the catalogue do. Elsewhere is: compiled for this
machine, and on `qemu-riscv64`, an independent RISC-V processor with Linux around it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tuiclu.build import COMPILER_VERSION, compiler_version

DIRECTORY = Path(__file__).parent

needs_native_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler `cc`")
needs_qemu = pytest.mark.skipif(shutil.which("qemu-riscv64") is None, reason="there is no `qemu-riscv64`")
needs_zig = pytest.mark.skipif(compiler_version() is None, reason="the extra `cc` is not installed")
needs_the_same_zig = pytest.mark.skipif(
    compiler_version() != COMPILER_VERSION, reason=f"`ziglang` {COMPILER_VERSION} is not installed"
)

TIME_LIMIT_S = 60
"""Of real time; no guest that ends needs a tenth of it."""


class Outcome(NamedTuple):
    """What a program left behind."""

    status: int
    """Its exit status, or the number of the signal that ended it, negated."""
    output: bytes
    errors: bytes


def guest(name: str) -> Path:
    """Return the image of a guest of this directory."""
    return DIRECTORY / f"{name}.elf"


def source(name: str) -> Path:
    """Return its source."""
    return DIRECTORY / f"{name}.c"


def names() -> list[str]:
    """Return the names of all guests of this directory."""
    return sorted(path.stem for path in DIRECTORY.glob("*.c"))


def compile_natively(sources: Sequence[Path], output: Path, options: Sequence[str] = ()) -> Path:
    """Compile a program for this machine; return `output`. Fused multiplication is off: RISC-V soft float has none."""
    command = ["cc", "-O2", "-ffp-contract=off", *options, *map(str, sources), "-o", str(output), "-lm"]
    subprocess.run(command, check=True, capture_output=True, timeout=10 * TIME_LIMIT_S)
    return output


def run_natively(
    program: Path, argv: Sequence[str], stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a program that was compiled for this machine. `argv[0]` is its name, whatever its file is called."""
    return _run(list(argv), program, stdin, environment)


def run_on_qemu(
    image: Path, argv: Sequence[str], stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a program image on another emulator. `argv[0]` is its name, whatever its file is called."""
    qemu = shutil.which("qemu-riscv64")
    assert qemu is not None
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, "image")
        shutil.copyfile(image, copy)
        copy.chmod(0o700)
        return _run([qemu, "-0", argv[0], str(copy), *argv[1:]], Path(qemu), stdin, environment)


def _run(command: list[str], executable: Path, stdin: bytes, environment: Mapping[str, str] | None) -> Outcome:
    done = subprocess.run(
        command,
        executable=executable,
        input=stdin,
        env=dict(environment or {}),
        capture_output=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
