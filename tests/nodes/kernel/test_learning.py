"""Programs that are compiled already: nobody sees that another process had the CPU before, nor that the program was learnt."""

from __future__ import annotations

import pytest

from nodes.kernel.cpu import (
    _WARM,
    PAGE_BYTES,
    Access,
    BudgetSpent,
    Cpu,
    CpuPool,
    IllegalInstruction,
    PageFault,
    Protection,
    SystemCall,
)
from nodes.kernel.learning import learn
from nodes.programs import CATALOGUE, image
from nodes.wire.image import ProgramImage
from tests.nodes.kernel.assembler import TEXT, Code, burn
from tests.nodes.kernel.machine import MS, CountedPool, Machine, boot

_FIRST = TEXT // PAGE_BYTES
_DATA = 0x200
_CODE, _WRITABLE = Protection.READ | Protection.EXECUTE, Protection.READ | Protection.WRITE


def life(name: str, pool: CountedPool) -> list[object]:
    """Return all that is told of a program's first hundred milliseconds, on a node with these CPUs."""
    node = Machine(boot(), pool)
    pid = node.start(name, *CATALOGUE[name].argv({})[1:], stdin=b"some input\n")
    node.run(100 * MS)
    node.kill(pid, 100 * MS)
    node.run(101 * MS)
    return [*node.events]


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_program_lives_as_on_a_new_cpu_where_it_is_compiled_already(name: str) -> None:
    plain, learnt = CountedPool(), CountedPool()
    learn(learnt, image(name), CATALOGUE[name].argv({}), b"")
    learnt.in_use = 0

    first = life(name, plain)

    assert life(name, plain) == first, "on the CPU of the first process"
    assert life(name, learnt) == first, "on one that has learnt the program"
    assert life(name, learnt) == first


def test_a_program_that_was_learnt_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = CountedPool()
    learn(pool, image("primes"), ("primes", "2000"), b"")
    monkeypatch.setattr("nodes.kernel.cpu._new_machine", lambda **_: pytest.fail("a machine is made anew"))

    for _ in range(3):
        node = Machine(boot(), pool)
        node.start("primes", "2000")
        node.run()
        assert pool._warm, "the next process can have it"


@pytest.mark.parametrize("program", [burn(10), Code().word(0).image("wrong"), Code().jump(0).image("endless")])
def test_whatever_a_program_does_can_be_learnt(program: ProgramImage) -> None:
    pool = CpuPool(0)

    learn(pool, program, (program.name,), b"")

    assert [cpu.program for cpu in pool._warm] == [program.digest]


# ------------------------------------------------------------------------------------------------- the CPU of another


def code(*pages: bytes) -> bytes:
    return b"".join(page.ljust(PAGE_BYTES, b"\0") for page in pages)


ECALL = (0x73).to_bytes(4, "little")
JUMP_TO_NEXT_PAGE = (0x0000106F).to_bytes(4, "little")
"""jal x0, +4096"""


def used(text: bytes) -> Cpu:
    """Return a CPU whose process has executed the first page of its text and what that jumps to, has written a page, and has gone."""
    cpu = Cpu(compiles=True).meant_for("program", len(text))
    cpu.map_text(_FIRST, text)
    cpu.map_page(_DATA, _WRITABLE, b"secret".ljust(PAGE_BYTES, b"\0"))
    cpu.pc = TEXT
    cpu.write_register("a0", 7)
    assert isinstance(cpu.run(10), SystemCall)
    assert cpu.retire()
    return cpu


def test_nothing_is_left_of_the_process_before_but_the_text() -> None:
    cpu = used(code(ECALL))

    registers = cpu.dump()
    assert (registers.pc, registers.x, registers.instructions) == (0, (0,) * 31, 0)
    cpu.map_text(_FIRST, code(ECALL))
    assert list(cpu._pages) == [_FIRST]
    cpu.pc = TEXT
    assert isinstance(cpu.run(10), SystemCall)
    assert cpu.instructions == 1
    cpu.map_page(_DATA, _WRITABLE)
    assert cpu.read_page(_DATA) == bytes(PAGE_BYTES)


def test_text_that_the_next_process_has_not_is_not_executed() -> None:
    text = code(JUMP_TO_NEXT_PAGE, ECALL)
    cpu = used(text)

    cpu.map_text(_FIRST, text[:PAGE_BYTES])
    cpu.hide_text()

    cpu.pc = TEXT
    assert cpu.run(10) == PageFault(TEXT + PAGE_BYTES, Access.EXECUTE)
    assert not cpu.retire(), "it has lost code"


def test_a_page_that_the_next_process_has_in_the_place_of_text_is_its_own() -> None:
    cpu = used(code(ECALL))

    cpu.map_page(_FIRST, _CODE, code(b"\0\0\0\0"))

    cpu.pc = TEXT
    assert isinstance(cpu.run(10), IllegalInstruction)


@pytest.mark.parametrize("what", ["changed", "taken away", "beside the text"])
def test_a_cpu_that_had_other_code_is_not_used_again(what: str) -> None:
    cpu = Cpu(compiles=True).meant_for("program", 4)
    cpu.map_text(_FIRST, code(ECALL))
    cpu.pc = TEXT
    cpu.run(10)
    match what:
        case "changed":
            cpu.write(TEXT, b"\0\0")
        case "taken away":
            cpu.unmap_page(_FIRST)
        case _:
            cpu.map_page(_DATA, _CODE, code(ECALL))

    assert not cpu.retire()


def test_a_cpu_that_interprets_goes_on_towards_compiling_with_its_next_process() -> None:
    cpu = Cpu().meant_for("program", PAGE_BYTES)
    loop = code((0x0000006F).to_bytes(4, "little"))
    hot_at = cpu._hot_at
    for turn in range(3):
        cpu.map_text(_FIRST, loop)
        cpu.pc = TEXT
        assert cpu.run(1000) == BudgetSpent()
        assert cpu.retire()
        assert hot_at is not None
        assert cpu._hot_at == hot_at - 1000 * (turn + 1)


def test_a_pool_keeps_so_many_and_the_latest() -> None:
    pool = CpuPool(0)
    for number in range(_WARM + 3):
        cpu = Cpu().meant_for(str(number), 4)
        cpu.map_text(_FIRST, code(ECALL))
        pool.give_back(cpu)

    assert [cpu.program for cpu in pool._warm] == [str(number) for number in range(3, _WARM + 3)]
