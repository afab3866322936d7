"""The catalogue of guest programs: its arguments and texts, and that every image does what its source says."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from nodes.programs import CATALOGUE, UnknownArgument, image
from tests.guests import (
    Outcome,
    compile_natively,
    needs_native_compiler,
    needs_qemu,
    needs_the_same_zig,
    run_natively,
    run_on_qemu,
)
from tuiclu.build import rebuild_all

PROGRAMS = Path(str(files("nodes.programs")))

COMMANDS: list[tuple[str, ...]] = [
    ("hello",),
    ("hello", "one", "two words", "", "ñandú"),
    ("primes", "0"),
    ("primes", "3"),
    ("primes", "20000"),
    ("matmul", "1"),
    ("matmul", "40"),
    ("nbody", "0"),
    ("nbody", "1000"),
    ("sort", "1"),
    ("sort", "5000"),
    ("sha", "1", "1"),
    ("sha", "20", "3"),
    ("scan", "1", "1", "100", "0", "0"),
    ("scan", "64", "8", "30", "20000", "1"),
    ("scan", "16", "0", "0", "1000", "7"),
    ("scan", "16", "16", "100", "1000", "7"),
    ("scan", "64", "8", "30", "20000", "1", "500"),
    ("sleeper", "3", "1000", "1"),
    ("interactive", "8", "1", "1000", "0", "0"),
    ("migrant", "printer", "20000", "0"),
    ("worker", "50000", "3"),
    ("references", "123412512345", "1", "1", "0"),
    ("references", "0, 1 f e,a", "64", "3", "1"),
    ("references", "0123456789abcdef" * 4, "2", "2", "1"),
    ("dirtier", "1", "0", "0"),
    ("dirtier", "30", "100", "7"),
]
MISUSES: list[tuple[str, ...]] = [
    ("primes",),
    ("primes", "1", "2"),
    ("primes", ""),
    ("primes", "-1"),
    ("primes", " 1"),
    ("primes", "1x"),
    ("primes", "99999999999999999999999"),
    ("matmul", "0"),
    ("nbody",),
    ("sort", "ten"),
    ("sha", "1"),
    ("scan", "4", "5", "0", "0", "0"),
    ("sleeper", "1", "1"),
    ("interactive", "3", "1", "1", "0", "0"),
    ("migrant", "printer", "many", "0"),
    ("worker", "10", "65"),
    ("references", "1 2 g", "1", "1", "0"),
    ("references", ", ,", "1", "1", "0"),
    ("references", "0" * 65, "1", "1", "0"),
    ("references", "1", "0", "1", "0"),
    ("references", "1", "1", "1", "2"),
    ("dirtier", "0", "1", "1"),
    ("pingpong", "pang", "table", "1", "8"),
    ("pingpong", "ping", "table", "1", "7"),
    ("reader", "big.dat"),
    ("ring", "3", "3", "1", "1"),
    ("pipeline", "line", "0", "1", "1", "8", "1"),
    ("server", "", "1", "1"),
    ("client", "squares", "1"),
    ("bank", "1000", "1", "2"),
    ("token-ring", "3", "1", "1"),
]
_ENVIRONMENT = {"TUICLU_NAME": "Iniciador"}


def program_id(command: tuple[str, ...]) -> str:
    return " ".join(command)


@pytest.fixture(scope="session")
def native_programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The programs of the catalogue, compiled for this machine."""
    directory = tmp_path_factory.mktemp("native")
    warnings = ("-Wall", "-Wextra", "-Werror")
    return {name: compile_natively([PROGRAMS / f"{name}.c"], directory / name, warnings) for name in CATALOGUE}


# ------------------------------------------------------------------------------------------------------ the catalogue


def test_arguments_by_name_are_put_in_their_places_and_the_others_have_their_defaults() -> None:
    assert CATALOGUE["scan"].argv({"hot": 4, "seed": "9"}) == ("scan", "64", "4", "30", "200000", "9", "10")


def test_without_arguments_a_program_has_its_defaults() -> None:
    assert CATALOGUE["primes"].argv() == CATALOGUE["primes"].argv({}) == CATALOGUE["primes"].argv([])
    assert CATALOGUE["primes"].argv() == ("primes", "20000")


def test_a_list_of_arguments_is_passed_on_as_it_is() -> None:
    assert CATALOGUE["scan"].argv([1, "two"]) == ("scan", "1", "two")


def test_an_unknown_argument_is_named_together_with_those_that_there_are() -> None:
    with pytest.raises(UnknownArgument) as caught:
        CATALOGUE["sha"].argv({"kib": 1, "turns": 2})
    assert (caught.value.name, caught.value.known) == ("turns", ("kib", "rounds"))
    assert str(caught.value) == "no argument is called `turns`; there are: kib, rounds"


def test_every_source_is_in_the_catalogue_and_has_its_image() -> None:
    names = sorted(path.stem for path in PROGRAMS.glob("*.c"))
    assert names == sorted(path.stem for path in PROGRAMS.glob("*.elf")) == sorted(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_image_is_a_program(name: str) -> None:
    assert image(name).name == name
    assert image(name) is image(name)


def test_what_is_not_in_the_catalogue_has_no_image() -> None:
    with pytest.raises(KeyError):
        image("../kernel")


# ------------------------------------------------------------------------------------------------- what programs print


@needs_native_compiler
@needs_qemu
@pytest.mark.parametrize("command", COMMANDS, ids=program_id)
def test_an_image_prints_the_same_as_its_source_compiled_natively(
    command: tuple[str, ...], native_programs: dict[str, Path]
) -> None:
    name = command[0]
    native = run_natively(native_programs[name], command, environment=_ENVIRONMENT)
    assert run_on_qemu(PROGRAMS / f"{name}.elf", command, environment=_ENVIRONMENT) == native
    assert (native.status, native.errors) == (0, b"")
    assert native.output


@needs_qemu
@pytest.mark.parametrize("command", MISUSES, ids=program_id)
def test_bad_arguments_get_a_usage_line_and_status_2(command: tuple[str, ...]) -> None:
    outcome = run_on_qemu(PROGRAMS / f"{command[0]}.elf", command)
    assert (outcome.status, outcome.output) == (2, b"")
    assert outcome.errors.startswith(f"usage: {command[0]} ".encode())
    assert outcome.errors.count(b"\n") == 1


@needs_qemu
@pytest.mark.parametrize("name", [name for name in CATALOGUE if not CATALOGUE[name].needs_partners])
def test_every_program_ends_well_with_its_defaults(name: str) -> None:
    given = {"pause_ms": 1} if name == "sleeper" else {}
    outcome = run_on_qemu(PROGRAMS / f"{name}.elf", CATALOGUE[name].argv(given))
    assert (outcome.status, outcome.errors) == (0, b"")


@needs_qemu
def test_hello_tells_what_it_was_given() -> None:
    outcome = run_on_qemu(PROGRAMS / "hello.elf", ("hello", "a", "b c"), environment={"TUICLU_NAME": "n1"})
    assert outcome == Outcome(
        0,
        b"Hello from a real program!\nargc = 3\nargv[0] = hello\nargv[1] = a\nargv[2] = b c\nTUICLU_NAME = n1\n",
        b"",
    )


@needs_qemu
@pytest.mark.parametrize(("limit", "count"), [(0, 0), (2, 0), (3, 1), (100, 25), (20000, 2262)])
def test_primes_counts_the_primes_below_its_limit(limit: int, count: int) -> None:
    outcome = run_on_qemu(PROGRAMS / "primes.elf", ("primes", str(limit)))
    assert outcome.output == f"{count}\n".encode()


@needs_qemu
@pytest.mark.parametrize(("kib", "rounds"), [(1, 1), (3, 4), (64, 1)])
def test_sha_computes_sha_256(kib: int, rounds: int) -> None:
    buffer = bytearray((i * 7 + i // 256) % 256 for i in range(kib * 1024))
    for _ in range(rounds):
        buffer[:32] = hashlib.sha256(buffer).digest()
    outcome = run_on_qemu(PROGRAMS / "sha.elf", ("sha", str(kib), str(rounds)))
    assert outcome.output == f"{buffer[:32].hex()}\n".encode()


@needs_qemu
def test_matmul_multiplies() -> None:
    n, checksum = 5, 0
    a = [i % 1000 + 1 for i in range(n * n)]
    b = [i * i % 1000 + 1 for i in range(n * n)]
    for row in range(n):
        for column in range(n):
            checksum = checksum * 31 + sum(a[row * n + i] * b[i * n + column] for i in range(n))
    outcome = run_on_qemu(PROGRAMS / "matmul.elf", ("matmul", str(n)))
    assert outcome.output == f"{checksum % 2**64:016x}\n".encode()


@needs_qemu
def test_scan_depends_on_each_of_its_arguments() -> None:
    base = (8, 2, 30, 500, 1)
    commands = [base, *((*base[:i], base[i] + 1, *base[i + 1 :]) for i in range(len(base)))]
    outputs = {run_on_qemu(PROGRAMS / "scan.elf", ("scan", *map(str, command))).output for command in commands}
    assert len(outputs) == len(commands)


# --------------------------------------------------------------------------------------------------- how they are built


@pytest.mark.long
@needs_the_same_zig
def test_every_source_rebuilds_to_the_bytes_of_its_image(tmp_path: Path) -> None:
    rebuilt = {name: path.read_bytes() for name, path in rebuild_all(tmp_path).items()}
    assert rebuilt == {name: (PROGRAMS / f"{name}.elf").read_bytes() for name in CATALOGUE}


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_image_holds_a_path_of_the_machine_that_built_it(name: str) -> None:
    content = (PROGRAMS / f"{name}.elf").read_bytes()
    assert not [word for word in (b"/home/", b"/root/", b"/tmp/", b"/work/", b"/usr/", b".c\0") if word in content]
