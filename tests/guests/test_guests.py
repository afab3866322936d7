"""The guests of the tests: that they do elsewhere what the tests of the emulator expect of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guests import (
    DIRECTORY,
    Outcome,
    compile_natively,
    guest,
    names,
    needs_native_compiler,
    needs_qemu,
    needs_the_same_zig,
    run_natively,
    run_on_qemu,
    source,
)
from tuiclu.build import compile_all

SIGILL, SIGABRT, SIGKILL, SIGSEGV, SIGTERM = 4, 6, 9, 11, 15

COMMANDS: list[tuple[str, ...]] = [
    ("args", "one", "two words", ""),
    ("bytes",),
    ("divide",),
    ("floats",),
    ("exitcode", "0"),
    ("exitcode", "42"),
    ("exitcode", "300"),
]
DEATHS = [
    (("badpointer", "read"), SIGSEGV),
    (("badpointer", "write"), SIGSEGV),
    (("badpointer", "execute"), SIGSEGV),
    (("badpointer", "code"), SIGSEGV),
    (("badpointer", "null"), SIGSEGV),
    (("illegal",), SIGILL),
    (("overflow",), SIGSEGV),
    (("selfkill", "term"), SIGTERM),
    (("selfkill", "kill"), SIGKILL),
    (("selfkill", "abort"), SIGABRT),
]


def command_id(command: object) -> str:
    return " ".join(command) if isinstance(command, tuple) else str(command)


@needs_native_compiler
@needs_qemu
@pytest.mark.parametrize("command", COMMANDS, ids=command_id)
def test_a_guest_prints_the_same_as_its_source_compiled_natively(command: tuple[str, ...], tmp_path: Path) -> None:
    name = command[0]
    native = compile_natively([source(name)], tmp_path / name, ("-Wall", "-Wextra", "-Werror"))
    environment = {"VARIABLE": "a b"}  # one: qemu turns their order round
    expected = run_natively(native, command, environment=environment)
    assert run_on_qemu(guest(name), command, environment=environment) == expected


@needs_qemu
@pytest.mark.parametrize(("command", "signal"), DEATHS, ids=command_id)
def test_a_guest_that_misbehaves_dies_of_it(command: tuple[str, ...], signal: int) -> None:
    outcome = run_on_qemu(guest(command[0]), command)
    assert outcome.status == -signal
    assert outcome.output.startswith(b"about to ")
    assert b"still alive" not in outcome.output


@needs_qemu
def test_bytes_writes_every_byte_to_its_output_and_the_upper_half_to_its_errors() -> None:
    outcome = run_on_qemu(guest("bytes"), ("bytes",))
    assert outcome == Outcome(0, bytes(range(256)), bytes(range(255, 127, -1)))


@needs_native_compiler
def test_wild_pointers_get_efault_from_linux(tmp_path: Path) -> None:
    native = compile_natively([source("wildcalls")], tmp_path / "wildcalls", ("-Wall", "-Wextra", "-Werror"))
    outcome = run_natively(native, ("wildcalls",), stdin=b"something to read")
    lines = outcome.output.splitlines()
    assert len(lines) == 28
    assert [line for line in lines if not line.endswith(b": EFAULT")] == []


@needs_native_compiler
@pytest.mark.parametrize("name", ["exhaust", "forever"])
def test_the_guests_that_run_elsewhere_at_nobodys_risk_are_free_of_warnings(name: str, tmp_path: Path) -> None:
    assert compile_natively([source(name)], tmp_path / name, ("-Wall", "-Wextra", "-Werror")).exists()


@pytest.mark.long
@needs_the_same_zig
def test_every_guest_rebuilds_to_the_bytes_of_its_image(tmp_path: Path) -> None:
    rebuilt = compile_all(map(source, names()), tmp_path)
    assert {path.name for path in rebuilt.values()} == {path.name for path in DIRECTORY.glob("*.elf")}
    assert [name for name in rebuilt if rebuilt[name].read_bytes() != guest(name).read_bytes()] == []
