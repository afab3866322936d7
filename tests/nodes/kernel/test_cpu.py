"""What a CPU owes the kernel, with results taken from the unprivileged specification of RISC-V."""

from __future__ import annotations

import gc
import itertools
import os
import pathlib
import random
import sys

import msgspec
import pytest

from nodes.kernel import cpu as processor
from nodes.kernel.cpu import (
    PAGE_BYTES,
    Access,
    Breakpoint,
    BudgetSpent,
    CodeFence,
    Cpu,
    CpuPool,
    IllegalInstruction,
    PageFault,
    PageNotMapped,
    Protection,
    Registers,
    Stop,
    SystemCall,
)

from . import DATA, NAMES, TEXT, assemble, both_machines, cpu_with, encode

machines = both_machines()

NONE, READ = Protection.NONE, Protection.READ
READ_WRITE = Protection.READ | Protection.WRITE
READ_EXECUTE = Protection.READ | Protection.EXECUTE
ALL = Protection.READ | Protection.WRITE | Protection.EXECUTE

TEXT_PAGE, DATA_PAGE = TEXT // PAGE_BYTES, DATA // PAGE_BYTES
ALL_ONES = (1 << 64) - 1
MIN, MAX = 1 << 63, (1 << 63) - 1
MIN_W, MAX_W = 1 << 31, (1 << 31) - 1
"""The smallest and largest numbers of 32 bits; `MIN_W` without, `SIGNED_MIN_W` with its sign extended."""
SIGNED_MIN_W = ALL_ONES - MIN_W + 1


def minus(value: int) -> int:
    """Return a negative number as a register holds it."""
    return (1 << 64) - value


# ---------------------------------------------------------------------------------------------------------- arithmetic


def test_nobody_sees_at_which_instruction_a_cpu_begins_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(hot: int, budget: int, moves_at: int) -> list[Stop | Registers | bytes]:
        """Sum up and write to a page that is not there at first, in slices; move once to another CPU."""
        monkeypatch.setattr(processor, "_HOT", hot)
        cpu = cpu_with(
            *(("addi", "a0", "zero", 9), ("add", "a1", "a1", "a0"), ("sd", "a1", "a2", 0), ("addi", "a0", "a0", -1)),
            *(("bne", "a0", "zero", -12), ("ecall",)),
            a2=DATA + 2 * PAGE_BYTES,
        )
        stops: list[Stop] = []
        while not stops or not isinstance(stops[-1], SystemCall):
            if moves_at <= cpu.instructions:
                moves_at = 1 << 62
                other = Cpu()
                for number in sorted(cpu._pages):
                    other.map_page(number, Protection(cpu._pages[number]), cpu.read_page(number))
                other.restore(cpu.dump())
                cpu = other
            stop = cpu.run(budget)
            if isinstance(stop, PageFault):
                cpu.map_page(stop.address // PAGE_BYTES, READ_WRITE)
            if stop != BudgetSpent():
                stops.append(stop)
        return [*stops, cpu.dump(), cpu.read_page(DATA_PAGE + 2)]

    expected = run(1_000_000, 1000, 1_000_000)
    assert expected[0] == PageFault(DATA + 2 * PAGE_BYTES, Access.WRITE)
    for hot in range(45):
        assert run(hot, 1000, 1_000_000) == expected
        assert run(hot, 3 + hot % 5, hot // 2) == expected


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        # Division by zero and overflow: table 7.1.
        ("div", 7, 0, ALL_ONES), ("div", MIN, 0, ALL_ONES), ("div", 0, 0, ALL_ONES), ("div", MIN, ALL_ONES, MIN),
        ("divu", 7, 0, ALL_ONES), ("divu", 0, 0, ALL_ONES), ("divu", MIN, ALL_ONES, 0),
        ("rem", 7, 0, 7), ("rem", minus(7), 0, minus(7)), ("rem", MIN, ALL_ONES, 0),
        ("remu", 7, 0, 7), ("remu", ALL_ONES, 0, ALL_ONES), ("remu", MIN, ALL_ONES, MIN),
        ("divw", 7, 0, ALL_ONES), ("divw", MIN_W, ALL_ONES, SIGNED_MIN_W), ("divw", 1 << 32 | 7, 1 << 32, ALL_ONES),
        ("divuw", 7, 0, ALL_ONES), ("divuw", MIN_W, 0, ALL_ONES), ("divuw", minus(2), 1, minus(2)),
        ("remw", MIN_W, 0, SIGNED_MIN_W), ("remw", MIN_W, ALL_ONES, 0), ("remw", 5 << 32 | 7, 5 << 32, 7),
        ("remuw", MIN_W, 0, SIGNED_MIN_W), ("remuw", 7, 0, 7), ("remuw", ALL_ONES, MIN_W, MAX_W),
        # Division rounds towards zero; the remainder has the sign of the dividend.
        ("div", minus(7), 2, minus(3)), ("div", 7, minus(2), minus(3)), ("rem", minus(7), 2, minus(1)), ("rem", 7, minus(2), 1),
        ("divu", minus(7), 2, MAX - 3), ("remu", minus(7), 2, 1),
        ("divw", minus(7), 2, minus(3)), ("remw", minus(7), 2, minus(1)), ("divw", MAX_W, minus(1), minus(MAX_W)),
        # The upper half of products.
        ("mul", MAX, 2, minus(2)), ("mulh", MIN, MIN, 1 << 62), ("mulh", ALL_ONES, ALL_ONES, 0), ("mulh", MIN, MAX, minus(1 << 62)),
        ("mulhu", ALL_ONES, ALL_ONES, minus(2)), ("mulhu", MIN, MIN, 1 << 62),
        ("mulhsu", ALL_ONES, ALL_ONES, ALL_ONES), ("mulhsu", MIN, ALL_ONES, MIN), ("mulhsu", ALL_ONES, 1, ALL_ONES),
        ("mulhsu", MAX, ALL_ONES, MAX - 1), ("mulw", MAX_W, 2, minus(2)), ("mulw", 1 << 16, 1 << 16, 0),
        # Shifts take the low 6 bits of the amount, those of words 5.
        ("sll", 1, 63, MIN), ("sll", 1, 64, 1), ("sll", 3, minus(1), MIN), ("srl", MIN, 63, 1), ("srl", ALL_ONES, 64, ALL_ONES),
        ("sra", MIN, 63, ALL_ONES), ("sra", MIN, 64, MIN), ("sllw", 1, 31, SIGNED_MIN_W), ("sllw", 1, 32, 1),
        ("srlw", MIN_W, 31, 1), ("srlw", MIN_W, 32, SIGNED_MIN_W), ("sraw", MIN_W, 31, ALL_ONES), ("sraw", ALL_ONES >> 32, 0, ALL_ONES),
        # Words are extended by their sign, whatever the upper half was.
        ("addw", MAX_W, 1, SIGNED_MIN_W), ("addw", 5 << 32, 7 << 32, 0), ("subw", SIGNED_MIN_W, 1, MAX_W), ("subw", 0, 1, ALL_ONES),
        ("add", ALL_ONES, 1, 0), ("sub", 0, 1, ALL_ONES),
        ("slt", MIN, 0, 1), ("slt", 0, MIN, 0), ("sltu", MIN, 0, 0), ("sltu", 0, MIN, 1), ("sltu", 5, 5, 0),
        ("xor", ALL_ONES, MIN, MAX), ("or", MIN, 1, MIN + 1), ("and", ALL_ONES, MIN, MIN),
    ],
)  # fmt: skip
def test_an_operation_gives_what_the_specification_says(name: str, a: int, b: int, expected: int) -> None:
    cpu = cpu_with((name, "a0", "a1", "a2"), (name, "a1", "a1", "a2"), ("ecall",), a1=a, a2=b)
    assert cpu.run(10) == SystemCall()
    assert (cpu.read_register("a0"), cpu.read_register("a1"), cpu.instructions) == (expected, expected, 3)


@pytest.mark.parametrize(
    ("name", "a", "immediate", "expected"),
    [
        ("addi", 0, -2048, minus(2048)), ("addi", ALL_ONES, 2047, 2046), ("addiw", MAX_W, 1, SIGNED_MIN_W), ("addiw", 1 << 32, 0, 0),
        ("slti", minus(5), -4, 1), ("slti", 5, -4, 0), ("sltiu", 5, -4, 1), ("sltiu", 0, 1, 1), ("sltiu", ALL_ONES, -1, 0),
        ("xori", 5, -1, minus(6)), ("ori", 0, -2048, minus(2048)), ("andi", ALL_ONES, -2048, minus(2048)),
        ("slli", 1, 63, MIN), ("srli", MIN, 63, 1), ("srai", MIN, 63, ALL_ONES), ("srai", MIN, 32, minus(1 << 31)),
        ("slliw", 1, 31, SIGNED_MIN_W), ("srliw", MIN_W, 31, 1), ("srliw", ALL_ONES, 0, ALL_ONES), ("sraiw", MIN_W, 31, ALL_ONES),
    ],
)  # fmt: skip
def test_an_immediate_operation_gives_what_the_specification_says(
    name: str, a: int, immediate: int, expected: int
) -> None:
    cpu = cpu_with((name, "a0", "a1", immediate), ("ecall",), a1=a)
    assert cpu.run(10) == SystemCall()
    assert cpu.read_register("a0") == expected


@pytest.mark.parametrize(
    ("name", "a", "b", "taken"),
    [
        ("beq", 5, 5, True), ("beq", 5, 6, False), ("bne", 5, 6, True), ("bne", 5, 5, False),
        ("blt", ALL_ONES, 0, True), ("blt", 0, ALL_ONES, False), ("bltu", 0, ALL_ONES, True), ("bltu", ALL_ONES, 0, False),
        ("bge", 0, ALL_ONES, True), ("bge", MIN, MAX, False), ("bgeu", MIN, MAX, True), ("bge", 7, 7, True), ("bgeu", 0, 1, False),
    ],
)  # fmt: skip
def test_a_branch_is_taken_when_the_specification_says(name: str, a: int, b: int, taken: bool) -> None:
    cpu = cpu_with((name, "a1", "a2", 8), ("ecall",), ("ecall",), a1=a, a2=b)
    assert cpu.run(10) == SystemCall()
    assert cpu.pc == TEXT + (8 if taken else 4)


def test_upper_immediates_extend_their_sign() -> None:
    cpu = cpu_with(("lui", "a0", 0x80000), ("auipc", "a1", 0xFFFFF), ("ecall",))
    cpu.run(10)
    assert (cpu.read_register("a0"), cpu.read_register("a1")) == (SIGNED_MIN_W, TEXT + 4 - 0x1000)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lb", minus(0x7F)), ("lbu", 0x81), ("lh", minus(0x7D7F)), ("lhu", 0x8281), ("lw", minus(0x7B7C7D7F)),
        ("lwu", 0x84838281), ("ld", 0x8887868584838281 ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("offset", [0, 1, PAGE_BYTES - 7, PAGE_BYTES - 3, PAGE_BYTES - 1])
def test_a_load_may_be_misaligned_and_cross_pages(name: str, expected: int, offset: int) -> None:
    cpu = cpu_with((name, "a0", "a1", -16), ("ecall",), a1=DATA + offset + 16)
    cpu.write(DATA + offset, bytes(range(0x81, 0x89)))
    assert cpu.run(10) == SystemCall()
    assert cpu.read_register("a0") == expected


@pytest.mark.parametrize(("name", "size"), [("sb", 1), ("sh", 2), ("sw", 4), ("sd", 8)])
@pytest.mark.parametrize("offset", [8, 9, PAGE_BYTES - 7, PAGE_BYTES - 3, PAGE_BYTES - 1])
def test_a_store_may_be_misaligned_and_cross_pages(name: str, size: int, offset: int) -> None:
    cpu = cpu_with((name, "a0", "a1", 16), ("ecall",), a0=0x8877665544332211, a1=DATA + offset - 16)
    assert cpu.run(10) == SystemCall()
    expected = bytes.fromhex("1122334455667788")[:size].ljust(8, b"\0")
    assert cpu.read(DATA + offset - 1, 9) == b"\0" + expected


def test_x0_is_never_written() -> None:
    instructions = [
        ("addi", "zero", "a0", 1), ("lui", "zero", 1), ("ld", "zero", "a1", 0), ("jal", "zero", 4), ("amoadd.d", "zero", "a0", "a1"),
        ("div", "zero", "a0", "a0"), ("csrrs", "zero", 0xC00, "zero"), ("lr.d", "zero", "a1"), ("sc.d", "zero", "a0", "a1"),
        ("c.addi", "zero", 5), ("c.li", "zero", 5), ("c.lui", "zero", 5), ("c.mv", "zero", "a0"), ("c.add", "zero", "a0"),
        ("c.slli", "zero", 3), ("slliw", "zero", "a0", 3), ("mulhu", "zero", "a0", "a0"),
        ("add", "a2", "zero", "zero"), ("c.swsp", "zero", "sp", 0), ("ld", "a3", "sp", 0), ("ecall",),
    ]  # fmt: skip
    cpu = cpu_with(*instructions, a0=ALL_ONES, a1=DATA, sp=DATA + 64)
    cpu.write(DATA, b"\xff" * 80)
    assert cpu.run(50) == SystemCall()
    assert (cpu.read_register("a2"), cpu.read_register("a3"), cpu.read_register("zero")) == (
        0,
        ALL_ONES << 32 & ALL_ONES,
        0,
    )
    assert cpu.instructions == len(instructions)


def test_hints_and_fences_do_nothing_and_count() -> None:
    hints: list[tuple[str | int, ...] | bytes] = [
        ("fence", 15, 15), ("fence", 1, 0), ("fence", 0, 0), bytes.fromhex("0f003083"), ("fence.i",),
        ("c.addi", "zero", 0), ("c.addi", "a0", 0), ("c.slli", "a0", 0), ("c.srli", "a0", 0), ("c.srai", "a0", 0), ("c.addi", "zero", 7),
        ("addi", "zero", "zero", 0), ("slti", "zero", "a0", 5), ("ori", "zero", "a0", 32), ("add", "zero", "zero", "ra"),
    ]  # fmt: skip
    cpu = cpu_with(*hints, ("ecall",), a0=5)
    before = cpu.dump()
    assert cpu.run(50) == SystemCall()
    assert cpu.dump() == msgspec.structs.replace(before, pc=cpu.pc, instructions=len(hints) + 1)


# ---------------------------------------------------------------------------------------------------------- compressed


@pytest.mark.parametrize(
    ("instruction", "changed"),
    [
        (("c.addi4spn", "a0", 1020), {"a0": DATA + 1020}), (("c.addi4spn", "s0", 4), {"s0": DATA + 4}),
        (("c.lw", "a0", "s1", 124), {"a0": SIGNED_MIN_W + 124}), (("c.ld", "a0", "s1", 248), {"a0": MIN_W + 252 << 32 | MIN_W + 248}),
        (("c.lwsp", "a0", "sp", 252), {"a0": SIGNED_MIN_W + 252}), (("c.ldsp", "t6", "sp", 504), {"t6": MIN_W + 508 << 32 | MIN_W + 504}),
        (("c.addi", "t6", -32), {"t6": minus(32)}), (("c.addiw", "a1", 31), {"a1": SIGNED_MIN_W + 30}),
        (("c.li", "t6", -32), {"t6": minus(32)}), (("c.lui", "t6", -32), {"t6": minus(32 << 12)}), (("c.lui", "a0", 31), {"a0": 31 << 12}),
        (("c.addi16sp", -512), {"sp": DATA - 512}), (("c.addi16sp", 496), {"sp": DATA + 496}),
        (("c.srli", "a1", 31), {"a1": 0}), (("c.slli", "a1", 63), {"a1": MIN}), (("c.srai", "a2", 63), {"a2": ALL_ONES}),
        (("c.srli", "a2", 63), {"a2": 1}), (("c.andi", "a2", -1), {}), (("c.andi", "a2", 31), {"a2": 0}),
        (("c.sub", "a1", "a2"), {"a1": MIN + MAX_W}), (("c.xor", "a1", "a2"), {"a1": MIN + MAX_W}),
        (("c.or", "a1", "a2"), {"a1": MIN + MAX_W}), (("c.and", "a1", "a2"), {"a1": 0}),
        (("c.subw", "a2", "a1"), {"a2": SIGNED_MIN_W + 1}), (("c.addw", "a1", "a1"), {"a1": minus(2)}),
        (("c.mv", "t6", "a1"), {"t6": MAX_W}), (("c.add", "a1", "a2"), {"a1": MIN + MAX_W}),
    ],
)  # fmt: skip
def test_a_compressed_instruction_does_what_its_long_form_does(
    instruction: tuple[str | int, ...], changed: dict[str, int]
) -> None:
    cpu = cpu_with(instruction, ("ecall",), sp=DATA, s1=DATA, a1=MAX_W, a2=MIN)
    cpu.write(DATA, b"".join((MIN_W + offset).to_bytes(4, "little") for offset in range(0, 1024, 4)))
    expected = {name: cpu.read_register(name) for name in NAMES} | changed
    assert cpu.run(10) == SystemCall()
    assert {name: cpu.read_register(name) for name in NAMES} == expected
    assert cpu.pc == TEXT + 2


@pytest.mark.parametrize(
    ("name", "base", "offset", "size"),
    [("c.sw", "s1", 124, 4), ("c.sd", "s1", 248, 8), ("c.swsp", "sp", 252, 4), ("c.sdsp", "sp", 504, 8)],
)
def test_a_compressed_store_writes_its_width(name: str, base: str, offset: int, size: int) -> None:
    cpu = cpu_with((name, "a0", base, offset), ("ecall",), sp=DATA, s1=DATA, a0=0x8877665544332211)
    assert cpu.run(10) == SystemCall()
    assert cpu.read(DATA, 1024) == bytes(offset) + bytes.fromhex("1122334455667788")[:size] + bytes(
        1024 - offset - size
    )


@pytest.mark.parametrize(
    ("instruction", "to", "returns_to"),
    [
        (("c.j", 2046), 2046, None), (("c.j", -2048), -2048, None),
        (("c.beqz", "s1", 254), 254, None), (("c.bnez", "a0", -256), -256, None),
        (("c.bnez", "s1", 254), 2, None), (("c.beqz", "a0", -256), 2, None), (("c.jr", "a0"), 0x100, None), (("c.jalr", "a0"), 0x100, 2),
        (("jal", "ra", 0xFFFFE), 0xFFFFE, 4), (("jal", "t0", -0x100000), -0x100000, 4), (("jalr", "ra", "a0", -2048), 0x100 - 2048, 4),
        (("jalr", "a0", "a0", 2047), 0x101 + 2047, 4), (("beq", "s1", "s1", 4094), 4094, None), (("beq", "s1", "s1", -4096), -4096, None),
    ],
)  # fmt: skip
def test_a_jump_goes_as_far_as_its_bits_reach(
    instruction: tuple[str | int, ...], to: int, returns_to: int | None
) -> None:
    here = 0x200000
    cpu = Cpu()
    cpu.map_pages((here >> 12) - 257, 515, READ_EXECUTE)
    cpu.write(here, assemble(instruction))
    cpu.write_register("a0", here + 0x101)  # odd: the lowest bit is dropped
    cpu.pc = here
    assert cpu.run(1) == BudgetSpent()
    assert cpu.pc == here + to
    link = "t0" if "t0" in instruction else "a0" if instruction[:2] == ("jalr", "a0") else "ra"
    assert cpu.read_register(link) == (here + returns_to if returns_to else here + 0x101 if link == "a0" else 0)


def test_a_call_through_the_link_register_goes_where_it_pointed() -> None:
    for call, size in ((("c.jalr", "ra"), 2), (("jalr", "ra", "ra", 0), 4)):
        cpu = cpu_with(call, bytes(30), ("ecall",), ra=TEXT + 30 + size)
        assert cpu.run(10) == SystemCall()
        assert (cpu.pc, cpu.read_register("ra")) == (TEXT + 30 + size, TEXT + size)


# -------------------------------------------------------------------------------------------------------------- atomics


@pytest.mark.parametrize(
    ("name", "old", "operand", "new"),
    [
        ("amoswap", 5, 7, 7), ("amoadd", ALL_ONES, 2, 1), ("amoxor", 6, 3, 5), ("amoand", 6, 3, 2), ("amoor", 6, 3, 7),
        ("amomin", minus(5), 3, minus(5)), ("amomin", 3, minus(5), minus(5)), ("amomax", minus(5), 3, 3), ("amomax", 3, minus(5), 3),
        ("amominu", minus(5), 3, 3), ("amominu", 3, minus(5), 3), ("amomaxu", minus(5), 3, minus(5)), ("amomaxu", 3, minus(5), minus(5)),
        ("amomin", 4, 4, 4), ("amomaxu", 4, 4, 4),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ordering", [0, 1, 2, 3])
def test_an_atomic_operation_returns_the_old_value_and_stores_the_new(
    name: str, old: int, operand: int, new: int, ordering: int
) -> None:
    for suffix, size in (("w", 4), ("d", 8)):
        word = int.from_bytes(encode(f"{name}.{suffix}", "a0", "a0", "a1"), "little") | ordering << 25
        cpu = cpu_with(word.to_bytes(4, "little"), ("ecall",), a0=operand, a1=DATA + 8)
        cpu.write(DATA, b"\x55" * 24)
        cpu.write(DATA + 8, old.to_bytes(8, "little")[:size])
        assert cpu.run(10) == SystemCall()
        assert cpu.read_register("a0") == old
        assert cpu.read(DATA, 24) == b"\x55" * 8 + new.to_bytes(8, "little")[:size].ljust(8, b"\x55") + b"\x55" * 8


def test_a_word_loaded_atomically_is_extended_by_its_sign() -> None:
    cpu = cpu_with(("lr.w", "a0", "a1"), ("amomaxu.w", "a2", "zero", "a1"), ("ecall",), a1=DATA)
    cpu.write(DATA, MIN_W.to_bytes(4, "little"))
    cpu.run(10)
    assert (cpu.read_register("a0"), cpu.read_register("a2")) == (SIGNED_MIN_W, SIGNED_MIN_W)


@pytest.mark.parametrize(
    ("instructions", "failed"),
    [
        ([("lr.w", "a2", "a1"), ("sc.w", "a0", "a3", "a1")], [0]),
        ([("lr.d", "a2", "a1"), ("sc.d", "a0", "a3", "a1")], [0]),
        ([("sc.w", "a0", "a3", "a1")], [1]),
        ([("lr.w", "a2", "a4"), ("sc.w", "a0", "a3", "a1")], [1]),
        ([("lr.d", "a2", "a1"), ("sc.w", "a0", "a3", "a1")], [1]),
        ([("lr.w", "a2", "a1"), ("sc.w", "a5", "a2", "a1"), ("sc.w", "a0", "a3", "a1")], [1, 0]),
        ([("lr.w", "a2", "a1"), ("sc.w", "a5", "a3", "a4"), ("sc.w", "a0", "a3", "a1")], [1, 1]),
        ([("lr.w", "a2", "a4"), ("lr.w", "a2", "a1"), ("sc.w", "a0", "a3", "a1")], [0]),
        ([("lr.w", "a2", "a1"), ("lr.w", "a2", "a4"), ("sc.w", "a0", "a3", "a1")], [1]),
    ],
)
def test_a_conditional_store_needs_the_reservation_of_its_address(
    instructions: list[tuple[str, ...]], failed: list[int]
) -> None:
    cpu = cpu_with(*instructions, ("ecall",), a0=9, a1=DATA + 8, a3=77, a4=DATA + 16, a5=9)
    assert cpu.run(10) == SystemCall()
    assert [cpu.read_register(name) for name in ("a0", "a5")][: len(failed)] == failed
    assert cpu.read(DATA + 8, 1)[0] == (0 if failed[0] else 77)


def test_a_reservation_moves_with_the_process() -> None:
    program = [("lr.d", "a2", "a1"), ("sc.d", "a0", "a3", "a1"), ("ecall",)]
    here, there = cpu_with(*program, a0=9, a1=DATA, a3=77), cpu_with(*program)
    assert here.run(1) == BudgetSpent()
    there.restore(here.dump())
    assert there.run(10) == SystemCall()
    assert (there.read_register("a0"), there.read(DATA, 1)[0], there.instructions) == (0, 77, 3)


@pytest.mark.parametrize("name", ["lr", "sc", "amoadd", "amominu"])
@pytest.mark.parametrize(("suffix", "offset"), [("w", 1), ("w", 2), ("d", 4), ("d", 7)])
def test_a_misaligned_atomic_instruction_is_refused(name: str, suffix: str, offset: int) -> None:
    operands = ("a0", "a1") if name == "lr" else ("a0", "a0", "a1")
    code = encode(f"{name}.{suffix}", *operands)
    cpu = cpu_with(("c.addi", "a5", 1), code, a1=DATA + offset)
    before = cpu.read(DATA, 16)
    assert cpu.run(10) == IllegalInstruction(TEXT + 2, int.from_bytes(code, "little"), misaligned=True)
    assert (cpu.pc, cpu.instructions, cpu.read(DATA, 16)) == (TEXT + 2, 1, before)


# ------------------------------------------------------------------------------------------------- traps to the kernel


def test_a_system_call_counts_once_and_waits_to_be_finished() -> None:
    cpu = cpu_with(
        ("addi", "a7", "zero", 64), ("ecall",), ("c.addi", "a0", 1), a0=10, a1=11, a2=12, a3=13, a4=14, a5=15
    )
    assert cpu.run(10) == SystemCall()
    assert (cpu.pc, cpu.instructions, cpu.system_call_number()) == (TEXT + 4, 2, 64)
    assert [cpu.argument(index) for index in range(6)] == [10, 11, 12, 13, 14, 15]
    cpu.finish_system_call(-38)
    assert (cpu.pc, cpu.read_register("a0"), cpu.instructions) == (TEXT + 8, minus(38), 2)
    assert cpu.run(1) == BudgetSpent()
    assert (cpu.read_register("a0"), cpu.instructions) == (minus(37), 3)


def test_a_system_call_that_is_the_last_of_the_budget_is_reported() -> None:
    cpu = cpu_with(("addi", "a7", "zero", 64), ("ecall",))
    assert [cpu.run(1), cpu.run(1)] == [BudgetSpent(), SystemCall()]


@pytest.mark.parametrize("instruction", [("ebreak",), ("c.ebreak",)])
def test_a_breakpoint_is_not_counted(instruction: tuple[str]) -> None:
    cpu = cpu_with(("c.addi", "a0", 1), instruction)
    assert [cpu.run(10), cpu.run(10)] == [Breakpoint(TEXT + 2)] * 2
    assert (cpu.pc, cpu.instructions) == (TEXT + 2, 1)


@pytest.mark.parametrize("counter", [0xC00, 0xC01, 0xC02])
def test_counters_return_the_instructions_before_them(counter: int) -> None:
    cpu = cpu_with(("c.addi", "a5", 1), ("csrrs", "a0", counter, "zero"), ("csrrs", "a1", counter, "zero"), ("ecall",))
    assert cpu.run(10) == SystemCall()
    assert (cpu.read_register("a0"), cpu.read_register("a1"), cpu.instructions) == (1, 2, 4)
    cpu = cpu_with(("c.addi", "a5", 1), ("csrrs", "a0", counter, "zero"), ("csrrs", "a1", counter, "zero"), ("ecall",))
    assert [cpu.run(2), cpu.run(1), cpu.run(1)] == [BudgetSpent(), BudgetSpent(), SystemCall()]
    assert (cpu.read_register("a0"), cpu.read_register("a1"), cpu.instructions) == (1, 2, 4)


@pytest.mark.parametrize(
    "word",
    [
        0x00000000, 0xFFFFFFFF, 0xC0001073,  # zeros, ones, unimp
        0x0000107F, 0x0000003F, 0x0000005F,  # longer than 32 bits
        0x00002063, 0x00003063, 0x00007003, 0x00004023, 0x00001067, 0x00009067,  # reserved funct3
        0x40001093, 0x84001013, 0x0200101B, 0x4000101B, 0x0200501B,  # shift amounts beyond the width
        0x04000033, 0x80000033, 0x40001033, 0x0200103B, 0x0200203B, 0x40002033,  # reserved funct7
        0x1010202F, 0x2800202F, 0x0000102F, 0x0000402F, 0xF800302F,  # reserved atomics, LR with a second operand
        0x0000200F, 0x0010200F,  # cache management
        0x00200073, 0x10200073, 0x30200073, 0x10500073, 0x12000073, 0x000000F3, 0x00008073,  # privileged, or almost ECALL
        0xC000A573, 0xC0001573, 0xC0302573, 0x00002573, 0x00402573, 0x30002573, 0x34102573, 0xC2202573,  # other CSRs
        0x00000007, 0x00001007, 0x00004007, 0x00001027, 0x00004027, 0x04000053, 0x06000053, 0x04000043,  # half and quadruple precision
        0x00005053, 0x00006053, 0x02005053, 0x00005043, 0xC0006053,  # reserved rounding modes
        0x58100053, 0x20003053, 0x28002053, 0xA0003053, 0x40000053, 0x42100053, 0xC0400053, 0xD0400053,  # reserved among F and D
        0xE0100053, 0xE0002053, 0xE0101053, 0xF0100053, 0xF0001053, 0x30000053, 0x48000053,  # more of these
        0x60001013, 0x20002033, 0x0A001033,  # bits (B)
        0x02000057, 0x0000000B, 0x0000002B, 0x0000005B, 0x0000007B,  # vectors, custom
    ],
)  # fmt: skip
def test_what_is_no_instruction_is_illegal(word: int) -> None:
    for budget in (1, 10):
        cpu = cpu_with(("c.addi", "a0", 1), ("c.addi", "a0", 1), word.to_bytes(4, "little"), ("ecall",))
        stop: Stop = BudgetSpent()
        while stop == BudgetSpent():
            stop = cpu.run(budget)
        assert stop == IllegalInstruction(TEXT + 4, word if word & 3 == 3 else word & 0xFFFF)
        assert (cpu.pc, cpu.instructions, cpu.run(1)) == (TEXT + 4, 2, stop)


@pytest.mark.parametrize(
    "half",
    [
        0x0000, 0x8000, 0x9C00,  # nothing, reserved
        0x2001, 0x205D, 0x6101, 0x6281, 0x6001, 0x9C41, 0x9C61, 0x9CE1,  # c.addiw x0, c.addi16sp 0, c.lui 0, reserved
        0x4002, 0x6002, 0x4012, 0x8002,  # c.lwsp x0, c.ldsp x0, c.jr x0
    ],
)  # fmt: skip
def test_what_is_no_compressed_instruction_is_illegal(half: int) -> None:
    cpu = cpu_with(("c.addi", "a0", 1), half.to_bytes(2, "little"), ("ecall",), sp=DATA, a0=DATA)
    assert cpu.run(10) == IllegalInstruction(TEXT + 2, half)
    assert (cpu.pc, cpu.instructions) == (TEXT + 2, 1)


# --------------------------------------------------------------------------------------------------------- page faults


@pytest.mark.parametrize(
    ("instruction", "address", "faults"),
    [
        (("ld", "a0", "a1", 0), DATA - 8, (DATA - 8, Access.READ)),
        (("lb", "a0", "a1", 0), 0, (0, Access.READ)),
        (("sd", "a0", "a1", 0), DATA + 8192, (DATA + 8192, Access.WRITE)),
        (("lw", "a0", "a1", 0), MIN + 1, (MIN + 1, Access.READ)),
        (("ld", "a0", "a1", 0), DATA + 8192 - 3, (DATA + 8192, Access.READ)),
        (("sd", "a0", "a1", 0), DATA + 8192 - 3, (DATA + 8192, Access.WRITE)),
        (("c.sd", "a0", "a1", 0), DATA - 3, (DATA - 3, Access.WRITE)),
        (("c.ld", "a0", "a1", 0), ALL_ONES - 3, (ALL_ONES - 3, Access.READ)),
        (("sw", "a0", "a1", 0), TEXT + 64, (TEXT + 64, Access.WRITE)),
        (("lr.d", "a0", "a1"), DATA + 8192, (DATA + 8192, Access.READ)),
        (("amoadd.d", "a0", "a0", "a1"), DATA + 8192, (DATA + 8192, Access.WRITE)),
        (("amoadd.w", "a0", "a0", "a1"), TEXT, (TEXT, Access.WRITE)),
    ],
)
def test_a_data_fault_names_the_first_byte_it_could_not_have(
    instruction: tuple[str | int, ...], address: int, faults: tuple[int, Access]
) -> None:
    for budget in (1, 10):
        cpu = cpu_with(("c.addi", "a5", 1), instruction, ("ecall",), a0=5, a1=address)
        if budget == 1:
            assert cpu.run(1) == BudgetSpent()
        before = msgspec.structs.replace(cpu.dump(), pc=TEXT + 2, instructions=1)
        assert [cpu.run(budget), cpu.run(budget)] == [PageFault(*faults)] * 2
        assert msgspec.structs.replace(cpu.dump(), x=()) == msgspec.structs.replace(before, x=())
        assert cpu.read_register("a0") == 5


@pytest.mark.parametrize(
    ("instruction", "offset", "result"),
    [
        (("ld", "a1", "a1", 0), 4096 - 4, 0x0807060504030201),
        (("lw", "a1", "a1", 0), 8, 0x04030201),
        (("lr.d", "a1", "a1"), 8, 0x0807060504030201),
        (("amoadd.d", "a0", "a0", "a1"), 8, 0x0807060504030201),
        (("amoswap.w", "a1", "a0", "a1"), 8, 0x04030201),
        (("amomax.d", "a1", "a1", "a1"), 8, 0x0807060504030201),
        (("sd", "a0", "a1", 0), 4096 - 4, 5),
        (("c.sd", "a0", "a1", 0), 4096 - 2, 5),
        (("jalr", "a0", "a1", 0), 0, TEXT + 4),
    ],
)
def test_an_instruction_that_faulted_runs_again_as_if_it_had_not(
    instruction: tuple[str | int, ...], offset: int, result: int
) -> None:
    """Every page that it touches is missing at first, then mapped without any right, then with those it asks for, one by one."""
    where = 0x50000
    content = bytearray(8192)
    content[offset : offset + 8] = bytes(range(1, 9))
    if instruction[0] == "jalr":
        content[:4] = encode("ecall")
    whole = cpu_with(instruction, ("ecall",), a0=5, a1=where + offset)
    whole.map_pages(where // PAGE_BYTES, 2, ALL, bytes(content))
    assert whole.run(10) == SystemCall()

    cpu = cpu_with(instruction, ("ecall",), a0=5, a1=where + offset)
    faults = 0
    while isinstance(stop := cpu.run(10), PageFault):
        faults += 1
        number, slot = stop.address // PAGE_BYTES, stop.address // PAGE_BYTES - where // PAGE_BYTES
        right = {Access.READ: READ, Access.WRITE: READ_WRITE, Access.EXECUTE: READ_EXECUTE}[stop.access]
        try:
            cpu.protect_page(number, right)
        except PageNotMapped:
            cpu.map_page(number, NONE, bytes(content[slot * PAGE_BYTES : (slot + 1) * PAGE_BYTES]))
    assert stop == SystemCall()
    assert faults >= 2
    assert cpu.dump() == whole.dump()
    assert result in (cpu.read_register("a0"), cpu.read_register("a1"))


def test_an_atomic_operation_on_a_page_without_write_access_changes_nothing() -> None:
    """Its register may be its operand too: it must not be written before the store is possible."""
    cpu = cpu_with(("amoadd.d", "a0", "a0", "a1"), ("ecall",), a0=5, a1=DATA)
    cpu.write(DATA, (10).to_bytes(8, "little"))
    cpu.protect_page(DATA_PAGE, READ)
    assert [cpu.run(5), cpu.run(5)] == [PageFault(DATA, Access.WRITE)] * 2
    assert (cpu.read_register("a0"), cpu.instructions) == (5, 0)
    cpu.protect_page(DATA_PAGE, READ_WRITE)
    assert cpu.run(5) == SystemCall()
    assert (cpu.read_register("a0"), cpu.read(DATA, 8)) == (10, (15).to_bytes(8, "little"))


def test_a_conditional_store_keeps_its_reservation_through_a_fault() -> None:
    cpu = cpu_with(("lr.w", "a2", "a1"), ("sc.w", "a0", "a3", "a1"), ("ecall",), a1=DATA, a3=77)
    cpu.protect_page(DATA_PAGE, READ)
    assert cpu.run(5) == PageFault(DATA, Access.WRITE)
    cpu.protect_page(DATA_PAGE, READ_WRITE)
    assert cpu.run(5) == SystemCall()
    assert (cpu.read_register("a0"), cpu.read(DATA, 1)[0]) == (0, 77)


@pytest.mark.parametrize("to", [0, 0x50000, 0x50002, MIN, ALL_ONES - 1, DATA, DATA + 4094])
def test_a_jump_to_where_no_code_may_be_faults_at_its_target(to: int) -> None:
    for budget in (1, 10):
        cpu = cpu_with(("jalr", "ra", "a0", 0), a0=to)
        if budget == 1:
            assert cpu.run(1) == BudgetSpent()
        assert [cpu.run(budget), cpu.run(budget)] == [PageFault(to, Access.EXECUTE)] * 2
        assert (cpu.pc, cpu.instructions, cpu.read_register("ra")) == (to, 1, TEXT + 4)


def test_a_budget_that_ends_where_code_ends_is_spent_first() -> None:
    cpu = Cpu()
    cpu.map_page(TEXT_PAGE, READ_EXECUTE, encode("c.addi", "a0", 1) * 2048)
    cpu.pc = TEXT + 4096 - 6
    assert [cpu.run(3), cpu.run(3)] == [BudgetSpent(), PageFault(TEXT + 4096, Access.EXECUTE)]
    assert (cpu.instructions, cpu.pc) == (3, TEXT + 4096)


def test_code_goes_on_into_a_page_that_is_mapped_later_every_time_it_comes_there() -> None:
    end = TEXT + PAGE_BYTES
    cpu = Cpu()
    cpu.map_page(TEXT_PAGE, READ_EXECUTE, encode("c.addi", "a0", 1) * 2048)
    cpu.pc = end - 10
    assert cpu.run(100) == PageFault(end, Access.EXECUTE)
    assert cpu.instructions == 5
    cpu.map_page(
        TEXT_PAGE + 1, READ_EXECUTE, assemble(("addi", "a1", "a1", 1), ("jal", "zero", -14)).ljust(PAGE_BYTES, b"\0")
    )
    assert cpu.run(7 * 20_000 - 5) == BudgetSpent()
    assert (cpu.instructions, cpu.read_register("a0"), cpu.read_register("a1")) == (140_000, 5 * 20_000, 20_000)


@pytest.mark.parametrize(
    "instruction",
    [
        ("addi", "a0", "zero", 7),
        ("ecall",),
        ("csrrs", "a0", 0xC00, "zero"),
        ("amoswap.w", "a0", "zero", "a1"),
        ("jal", "a0", 0x2000),
    ],
)
def test_an_instruction_across_two_pages_needs_both(instruction: tuple[str | int, ...]) -> None:
    code = assemble(instruction)
    first = encode("c.addi", "a5", 1) * 2047 + code[:2]
    second = (code[2:] + encode("ecall")).ljust(PAGE_BYTES, b"\0")
    whole, parts = Cpu(), Cpu()
    for cpu in (whole, parts):
        cpu.map_page(TEXT_PAGE, READ_EXECUTE, first)
        cpu.map_page(DATA_PAGE, READ_WRITE)
        cpu.write_register("a1", DATA)
        cpu.pc = TEXT + 4096 - 6
    whole.map_page(TEXT_PAGE + 1, READ_EXECUTE, second)
    expected = whole.run(10)
    for again in range(3):
        assert parts.run(10) == PageFault(TEXT + 4096, Access.EXECUTE)
        assert (parts.pc, parts.instructions) == (TEXT + 4094, 2), again
        if again == 0:
            parts.map_page(TEXT_PAGE + 1, READ_WRITE, second)
    parts.protect_page(TEXT_PAGE + 1, READ_EXECUTE)
    assert (parts.run(10), parts.dump()) == (expected, whole.dump())


def test_pages_without_rights_refuse_everything_and_share_nothing() -> None:
    cpu = cpu_with(("ld", "a0", "a1", 0), ("ecall",), a1=DATA + 8)
    cpu.map_pages(DATA_PAGE + 2, 2, READ)
    cpu.read_pages(DATA_PAGE, 4)
    cpu.protect_page(DATA_PAGE, NONE)
    assert cpu.run(5) == PageFault(DATA + 8, Access.READ)
    for number in range(DATA_PAGE + 1, DATA_PAGE + 4):
        cpu.write_register("a1", number * PAGE_BYTES)
        cpu.pc = TEXT
        assert cpu.run(5) == SystemCall()


# --------------------------------------------------------------------------------------------------------- changing code


def returns(value: int) -> bytes:
    """Return a page of code that answers with a value."""
    return assemble(("addi", "a0", "zero", value), ("ecall",)).ljust(PAGE_BYTES, b"\0")


def answer(cpu: Cpu) -> int | Stop:
    """Run the code at TEXT and return its answer, or what stopped it."""
    cpu.pc = TEXT
    stop = cpu.run(100)
    return cpu.read_register("a0") if stop == SystemCall() else stop


@pytest.fixture(name="warm")
def a_cpu_that_has_executed_its_page() -> Cpu:
    cpu = Cpu()
    cpu.map_page(TEXT_PAGE, READ_EXECUTE, returns(1))
    for _ in range(3):
        assert answer(cpu) == 1
    return cpu


def test_code_that_was_executed_does_not_run_without_its_page(warm: Cpu) -> None:
    warm.unmap_page(TEXT_PAGE)
    assert [answer(warm), answer(warm)] == [PageFault(TEXT, Access.EXECUTE)] * 2


def test_code_that_was_executed_does_not_run_without_the_right(warm: Cpu) -> None:
    for protection in (NONE, READ, READ_WRITE):
        warm.protect_page(TEXT_PAGE, protection)
        assert answer(warm) == PageFault(TEXT, Access.EXECUTE)
        warm.protect_page(TEXT_PAGE, READ_EXECUTE)
        assert answer(warm) == 1


def test_code_that_was_executed_does_not_run_when_its_page_comes_back_with_another(warm: Cpu) -> None:
    warm.unmap_page(TEXT_PAGE)
    warm.map_page(TEXT_PAGE, READ_EXECUTE, returns(2))
    assert answer(warm) == 2


def test_code_that_the_kernel_writes_over_runs_anew(warm: Cpu) -> None:
    warm.write(TEXT, returns(2)[:4])
    assert answer(warm) == 2
    warm.write(TEXT + 2, returns(3)[2:3])
    assert answer(warm) == 3


def test_code_that_became_data_and_changed_runs_anew(warm: Cpu) -> None:
    warm.protect_page(TEXT_PAGE, READ_WRITE)
    warm.write(TEXT, returns(2)[:4])
    warm.protect_page(TEXT_PAGE, READ_EXECUTE)
    assert answer(warm) == 2


def test_a_renewed_cpu_keeps_registers_memory_and_count(warm: Cpu) -> None:
    warm.map_page(DATA_PAGE, READ, bytes(range(256)) * 16)
    for number in range(1, 32):
        warm.write_register(number, number << 56 | number)
    warm.write_register("a0", 1)
    before, pages = warm.dump(), warm.read_pages(DATA_PAGE, 1)
    warm.map_page(TEXT_PAGE + 1, READ_EXECUTE)
    warm.unmap_page(TEXT_PAGE + 1)
    warm.pc = TEXT + 4
    assert warm.run(1) == SystemCall()
    assert warm.dump() == msgspec.structs.replace(before, pc=TEXT + 4, instructions=before.instructions + 1)
    assert warm.read_pages(DATA_PAGE, 1) == pages
    with pytest.raises(PageNotMapped):
        warm.read_page(TEXT_PAGE + 1)


@pytest.mark.parametrize("before_run", [False, True])
@pytest.mark.parametrize("data_store", [False, True])
@pytest.mark.parametrize("padding", [0, 2])
def test_a_program_sees_the_code_it_wrote_after_a_fence(before_run: bool, data_store: bool, padding: int) -> None:
    program = assemble(
        ("sd", "zero", "a1", 1000) if data_store else b"",
        ("sw", "a2", "a1", 0),
        ("fence.i",),
        ("c.addi", "a5", 0) if padding else b"",
    )
    target = TEXT + len(program)
    cpu = Cpu()
    cpu.map_page(TEXT_PAGE, ALL, (program + returns(1)[:8]).ljust(PAGE_BYTES, b"\0"))
    cpu.write_register("a1", target)
    cpu.write_register("a2", int.from_bytes(encode("addi", "a0", "zero", 2), "little"))
    if before_run:
        cpu.pc = target
        assert cpu.run(10) == SystemCall()
        assert cpu.read_register("a0") == 1
    cpu.pc, count = TEXT, cpu.instructions
    assert cpu.run(10) == CodeFence(), "whoever charges for it hears of it"
    assert cpu.run(10) == SystemCall()
    assert (cpu.read_register("a0"), cpu.instructions - count) == (2, 4 + data_store + bool(padding))


def test_a_program_sees_the_code_it_wrote_after_the_system_call_that_stands_for_a_fence() -> None:
    cpu = Cpu()
    program = assemble(("sw", "a2", "a1", 0), ("ecall",))
    cpu.map_page(TEXT_PAGE, ALL, (program + returns(1)[:8]).ljust(PAGE_BYTES, b"\0"))
    cpu.write_register("a1", TEXT + 8)
    cpu.write_register("a2", int.from_bytes(encode("addi", "a0", "zero", 2), "little"))
    cpu.pc = TEXT + 8
    cpu.run(10)
    cpu.pc = TEXT
    assert cpu.run(10) == SystemCall()
    cpu.synchronize_code()
    cpu.finish_system_call(0)
    assert cpu.run(10) == SystemCall()
    assert cpu.read_register("a0") == 2


@pytest.mark.parametrize("budget", [1, 100])
@pytest.mark.parametrize("name", ["sw", "sd"])
@pytest.mark.parametrize("before", [0, 2])
def test_a_store_may_overwrite_itself(budget: int, name: str, before: int) -> None:
    cpu = Cpu()
    program = assemble((name, "a2", "a1", 0), ("addi", "a0", "a0", 1), ("ecall",))
    cpu.map_page(TEXT_PAGE - 1, READ_WRITE)
    cpu.map_page(TEXT_PAGE, ALL, program.ljust(PAGE_BYTES, b"\0"))
    cpu.write_register("a1", TEXT - PAGE_BYTES)
    assert answer(cpu) == 1
    cpu.write_register("a1", TEXT - before)
    cpu.write_register("a2", int.from_bytes((bytes(before + 4) + program[4:8])[:8], "little"))
    cpu.pc = TEXT
    while (stop := cpu.run(budget)) == BudgetSpent():
        pass
    assert (stop, cpu.read_register("a0"), cpu.instructions) == (SystemCall(), 2, 6)
    cpu.pc = TEXT
    assert cpu.run(1) == IllegalInstruction(TEXT, 0)


def test_data_beside_code_can_be_written() -> None:
    cpu = cpu_with(("sd", "a0", "a1", 1000), ("ld", "a2", "a1", 1000), ("ecall",), a0=7, a1=TEXT)
    cpu.protect_page(TEXT_PAGE, ALL)
    assert cpu.run(10) == SystemCall()
    assert (cpu.read_register("a2"), cpu.instructions) == (7, 3)


# ---------------------------------------------------------------------------------------------------- registers, memory


def test_registers_have_two_names_and_a_number() -> None:
    cpu = Cpu()
    cpu.write_register("fp", -1)
    assert [cpu.read_register(name) for name in ("s0", "x8", 8, "fp")] == [ALL_ONES] * 4
    cpu.write_register(0, 5)
    assert [cpu.read_register(name) for name in ("zero", "x0", 0)] == [0] * 3


def test_registers_travel_as_msgpack() -> None:
    cpu = cpu_with(("lr.w", "a2", "a1"), a1=DATA, t6=ALL_ONES)
    cpu.run(1)
    dumped = cpu.dump()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(dumped), type=Registers) == dumped
    assert (dumped.pc, dumped.instructions, dumped.reserved_address, dumped.reserved_bytes) == (TEXT + 4, 1, DATA, 4)
    assert dumped.x[30] == ALL_ONES
    other = Cpu()
    other.restore(dumped)
    assert other.dump() == dumped


def test_the_kernel_reads_and_writes_whatever_the_protection() -> None:
    cpu = Cpu()
    cpu.map_page(5, NONE, b"\x11" * PAGE_BYTES)
    cpu.map_page(6, READ)
    cpu.write(6 * PAGE_BYTES - 2, b"abcd")
    assert cpu.read(6 * PAGE_BYTES - 3, 6) == b"\x11abcd\0"
    assert cpu.read_pages(5, 2) == b"\x11" * 4094 + b"abcd" + bytes(4094)
    assert (cpu.read(0, 0), cpu.read_page(6)[:2]) == (b"", b"cd")


@pytest.mark.parametrize(
    ("address", "size", "missing"),
    [(0, 1, 0), (4 * PAGE_BYTES, 1, 4), (6 * PAGE_BYTES - 1, 2, 6), (ALL_ONES, 1, ALL_ONES >> 12), (ALL_ONES, 9, ALL_ONES >> 12),
     (5 * PAGE_BYTES, 1 << 62, 6), (1 << 64, 8, 1 << 52), (-8, 8, -1)],
)  # fmt: skip
def test_memory_that_is_not_there_is_neither_read_nor_written(address: int, size: int, missing: int) -> None:
    cpu = Cpu()
    cpu.map_page(5, READ_WRITE)
    with pytest.raises(PageNotMapped, match=f"page {missing:#x} is not mapped"):
        cpu.read(address, size)
    with pytest.raises(PageNotMapped):
        cpu.write(address, b"x" * min(size, 9000))
    assert cpu.read_page(5) == bytes(PAGE_BYTES)


def test_pages_can_be_unmapped_once_and_mapped_again_empty() -> None:
    cpu = Cpu()
    cpu.map_pages(5, 3, READ_WRITE, b"\x11" * 3 * PAGE_BYTES)
    cpu.unmap_pages(6, 2)
    with pytest.raises(PageNotMapped):
        cpu.unmap_page(6)
    with pytest.raises(PageNotMapped):
        cpu.unmap_pages(5, 2)
    with pytest.raises(PageNotMapped):
        cpu.protect_page(7, READ)
    cpu.map_pages(6, 3, READ_WRITE)
    assert cpu.read_pages(5, 4) == b"\x11" * PAGE_BYTES + bytes(3 * PAGE_BYTES)
    cpu.unmap_page(7)
    cpu.map_page(7, READ_WRITE, b"\x22" * PAGE_BYTES)
    assert cpu.read_page(7) == b"\x22" * PAGE_BYTES


def test_a_reset_cpu_is_a_new_one() -> None:
    cpu = cpu_with(("lr.w", "a2", "a1"), ("ecall",), a1=DATA)
    cpu.run(10)
    cpu.reset()
    assert cpu.dump() == Cpu().dump() == Registers(0, (0,) * 31, 0, 0, 0)
    assert cpu.run(1) == PageFault(0, Access.EXECUTE)
    with pytest.raises(PageNotMapped):
        cpu.read(DATA, 1)


# ----------------------------------------------------------------------------------------------------------------- pool


def count_to(cpu: Cpu, limit: int) -> int:
    """Count in a loop of two instructions and return where it ended."""
    cpu.map_page(
        TEXT_PAGE,
        READ_EXECUTE,
        assemble(("addi", "a0", "a0", 1), ("bne", "a0", "a1", -4), ("ecall",)).ljust(PAGE_BYTES, b"\0"),
    )
    cpu.map_pages(DATA_PAGE, 16, READ_WRITE)
    cpu.write_register("a1", limit)
    cpu.pc = TEXT
    assert cpu.run(10 * limit) == SystemCall()
    return cpu.read_register("a0")


def private_kilobytes() -> int:
    """Return how much memory this process shares with no other."""
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def test_a_pool_gives_cpus_that_are_like_new_even_when_it_is_empty() -> None:
    pool = CpuPool(1)
    for _ in range(3):
        first, second = pool.take(), pool.take()
        assert (count_to(first, 10), count_to(second, 20)) == (10, 20)
        pool.give_back(first)
        pool.give_back(second)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the memory of this process")
def test_a_pool_does_not_grow() -> None:
    pool = CpuPool(2)

    def cycle(times: int) -> int:
        for _ in range(times):
            cpu = pool.take()
            count_to(cpu, 100)
            pool.give_back(cpu)
        gc.collect()
        return private_kilobytes()

    sizes = [cycle(25) for _ in range(5)]
    growth = [after - before for before, after in itertools.pairwise(sizes)]
    assert min(growth) < 500, growth  # a lost machine would be 1,500 each time


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_pool_made_before_a_fork_serves_each_child_alone() -> None:
    pool = CpuPool(2)
    pipes = []
    for child in range(4):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            ends = [count_to(pool.take(), 1000 * (child + 1) + turn) for turn in range(3)]
            os.write(writing, msgspec.msgpack.encode(ends))
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    all_ends = [msgspec.msgpack.decode(os.read(reading, 1000)) for reading in pipes]
    for reading in pipes:
        os.close(reading)
        os.wait()
    assert all_ends == [[1000 * (child + 1) + turn for turn in range(3)] for child in range(4)]
    assert count_to(pool.take(), 7) == 7


@pytest.mark.parametrize("seed", range(3))
def test_a_cpu_knows_which_pages_can_be_both_written_and_executed(seed: int) -> None:
    draw, cpu = random.Random(seed), Cpu()
    for _ in range(200):
        first, count = draw.randrange(6), draw.randint(1, 3)
        mapped = [number for number in range(first, first + count) if number in cpu._pages]
        rights = draw.choice((NONE, READ, READ_WRITE, READ_EXECUTE, ALL))
        match draw.randrange(6):
            case 0 if not mapped:
                cpu.map_pages(first, count, rights)
            case 1 if not mapped:
                cpu.map_page(first, rights)
            case 2 if len(mapped) == count:
                cpu.protect_pages(first, count, rights)
            case 3 if len(mapped) == count:
                cpu.unmap_page(first)
            case 4 if len(mapped) == count:
                cpu.protect_page(first, rights)
            case _:
                cpu._renew()
        assert set(cpu._writable_code) == {number for number, bits in cpu._pages.items() if bits & 6 == 6}
