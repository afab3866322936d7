"""Floating-point instructions: what is compiled gives what whole numbers give; and who they are, and where."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from nodes.kernel import cpu as processor
from nodes.kernel import riscv_floating
from nodes.kernel.cpu import PAGE_BYTES, Breakpoint, Cpu, IllegalInstruction, Protection, Registers
from nodes.kernel.floating import DOUBLE, SINGLE
from tests.nodes.kernel import encode
from tests.nodes.kernel.test_floating import some

TEXT = 0x10000
EBREAK = (0x00100073).to_bytes(4, "little")
MASK = (1 << 64) - 1
BOX = 0xFFFF_FFFF_0000_0000
A, B, C, D = 1, 2, 3, 4
"""The registers that instructions read (A, B, C), and the one that they write."""


def operation(funct5: int, fmt: int, second: int, mode: int) -> int:
    return funct5 << 27 | fmt << 25 | second << 20 | A << 15 | mode << 12 | D << 7 | 0x53


def words(fmt: int) -> Iterator[int]:
    """Return every computing instruction of a format, in every rounding mode that there is and in two that there are not."""
    modes = range(8)
    for mode in modes:
        for funct5 in (0, 1, 2, 3):
            yield operation(funct5, fmt, B, mode)
        yield operation(11, fmt, 0, mode)
        yield operation(8, fmt, 1 - fmt, mode)
        for second in range(4):
            yield operation(24, fmt, second, mode)
            yield operation(26, fmt, second, mode)
        for opcode in (0x43, 0x47, 0x4B, 0x4F):
            yield C << 27 | fmt << 25 | B << 20 | A << 15 | mode << 12 | D << 7 | opcode
    for funct5, count in ((4, 3), (5, 2), (20, 3)):
        for funct3 in range(count):
            yield operation(funct5, fmt, B, funct3)
    yield operation(28, fmt, 0, 1)


def operands(fmt: int, draw: random.Random) -> tuple[int, int, int]:
    """Make up three operands that have something to do with each other, now and then."""

    def one() -> int:
        bits = some((SINGLE, DOUBLE)[fmt], draw)
        return bits if fmt else (draw.getrandbits(64) if draw.random() < 0.05 else bits | BOX)

    a, b, c = one(), one(), one()
    match draw.randrange(6):
        case 0:
            return a, a, c
        case 1:
            return a, b, b
        case 2:
            return a, a ^ (1 << 63 if fmt else 1 << 31), c
        case _:
            return a, b, c


def check(fmt: int, amount: int, seed: int, *, compiles: bool) -> None:
    """Execute every instruction with operands made up, and compare with the same in whole numbers."""
    draw = random.Random(f"{fmt}{seed}")
    code = b"".join([word.to_bytes(4, "little") + EBREAK for word in words(fmt)])
    cpu = Cpu(compiles=compiles)
    cpu.map_page(TEXT // PAGE_BYTES, Protection.EXECUTE, code.ljust(PAGE_BYTES, b"\0"))
    for index, word in enumerate(words(fmt)):
        at = TEXT + index * 8
        for _ in range(amount):
            f = [0] * 33
            f[A], f[B], f[C] = operands(fmt ^ (word >> 27 == 8), draw)
            f[D] = draw.getrandbits(64) | 1
            f[32] = draw.choice((0, 1, 1, draw.getrandbits(8), draw.getrandbits(5) | 1))
            x = [0] * 31
            x[A - 1] = draw.choice(
                (f[A], draw.getrandbits(draw.randint(1, 64)), -draw.getrandbits(draw.randint(1, 63)) & MASK)
            )
            before = Registers(at, tuple(x), 0, 0, 100, tuple(f))
            cpu.restore(before)
            stop = cpu.run(1000)
            effect = riscv_floating.Instruction(word, lambda n: x[n - 1], lambda n: f[n], f[32]).execute()  # noqa: B023
            if effect is None:
                assert (stop, cpu.dump()) == (IllegalInstruction(at, word), before)
                continue
            (f if effect.is_floating else x)[effect.register - (not effect.is_floating)] = effect.value
            f[32] |= effect.flags
            expected = Registers(at + 4, tuple(x), 0, 0, 101, tuple(f))
            assert (stop, cpu.dump()) == (Breakpoint(at + 4), expected), f"{word:#010x} {before}"


each_format = pytest.mark.parametrize("fmt", [0, 1], ids=["single", "double"])


@each_format
def test_what_is_interpreted_gives_what_whole_numbers_give(fmt: int) -> None:
    check(fmt, 8, 1, compiles=False)


@each_format
def test_what_is_compiled_gives_what_whole_numbers_give(fmt: int) -> None:
    check(fmt, 12, 2, compiles=True)


@each_format
def test_what_a_thorough_unit_has_compiled_gives_what_whole_numbers_give(
    fmt: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_EXACT_MAX", 0)
    check(fmt, 8, 5, compiles=True)


def test_a_cpu_that_goes_on_computing_exactly_moves_to_a_thorough_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_EXACT_MAX", 5)
    cpu = Cpu(compiles=True)
    loop = encode("fadd.d", 1, 1, 2, 7) + encode("addi", "a0", "a0", -1) + encode("bne", "a0", "zero", -8) + EBREAK
    cpu.map_page(TEXT // PAGE_BYTES, Protection.EXECUTE, loop.ljust(PAGE_BYTES, b"\0"))
    one = 0x3FF0000000000000
    x = tuple(100 if number == 10 else 0 for number in range(1, 32))
    cpu.restore(Registers(TEXT, x, 0, 0, 0, (0, 0, one, *[0] * 30)))
    assert cpu.run(1_000_000) == Breakpoint(TEXT + 12)
    registers = cpu.dump()
    assert (registers.instructions, registers.f[1], registers.f[32]) == (300, 0x4059000000000000, 0)
    assert cpu._exact_results == 5


@pytest.mark.long
@pytest.mark.timeout(3600)
@each_format
def test_many_operations_give_what_whole_numbers_give(fmt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    check(fmt, 500, 3, compiles=True)
    monkeypatch.setattr(processor, "_EXACT_MAX", 0)
    check(fmt, 300, 6, compiles=True)
    check(fmt, 200, 4, compiles=False)
