"""The CPU against another one: qemu's, on made-up programs of all instructions of RV64GC.

A program is a few sequences of instructions. Each loads its registers from a table, executes, and stores them back; the loads and
stores of its own fall into a window of 256 bytes on both sides of a page boundary. In the end the program writes its data, tables and
windows, and both CPUs must have written the same. What differs shrinks to an instruction or two.

```
 TEXT   per sequence: registers from table . instructions . registers to table;   at the end: all registers to table, write, exit
 DATA   table of sequence 0 | table of sequence 1 | ... | last table
 page after, and one more per sequence                 ..window 0..   ..window 1..
                                                              ^ page boundary
```
"""

from __future__ import annotations

import itertools
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from collections.abc import Sequence as Seq
from typing import NamedTuple, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodes.kernel.cpu import PAGE_BYTES, Access, BudgetSpent, Cpu, PageFault, PageNotMapped, Protection, SystemCall

from . import FORMS, NAMES, both_machines, encode, number

machines = both_machines(pytest.mark.long)

QEMU = shutil.which("qemu-riscv64")
needs_qemu = pytest.mark.skipif(QEMU is None, reason="qemu-riscv64 (Debian: qemu-user) is not installed")

TEXT = 0x100000
DATA = 0x400000
TABLE_BYTES = 768
"""x0 .. x31, f0 .. f31, fcsr."""
FLOATS_AT, CONTROL_AT = 256, 512
TABLE = [*NAMES, *[f"f{number}" for number in range(32)], "fcsr", *["nothing"] * 31]
WINDOW = 128
"""Bytes of the window on each side of its page boundary."""

RIGHTS = {Access.READ: Protection.READ, Access.WRITE: Protection.WRITE, Access.EXECUTE: Protection.EXECUTE}

MASK = (1 << 64) - 1
EDGES = [
    *(0, 1, 2, 3, 5, 7, 31, 32, 63, 64, MASK, MASK - 1, 0x7FFF, 0x8000, 0xFFFF),
    *(1 << 31, (1 << 31) - 1, (1 << 32) - 1, 1 << 32, 1 << 63, (1 << 63) - 1, MASK << 31 & MASK, MASK << 32 & MASK),
    *(0x5555555555555555, 0x8000000080000000, 0x123456789ABCDEF0),
]
T = TypeVar("T")
Operand = str | int
Instruction = tuple[Operand, ...]
"""A name and its operands; the distance of a branch is the number of groups behind its own that it skips."""
Group = tuple[Instruction, ...]
"""Instructions that belong together: nobody jumps between them."""


class Sequence(NamedTuple):
    """Some instructions and the registers they begin with."""

    registers: tuple[int, ...]
    """x0 .. x31. Those that hold addresses hold distances from the page boundary of the window."""
    base: int
    """The register that holds the address of the table. The instructions do not write it."""
    floats: tuple[int, ...]
    """f0 .. f31 and fcsr."""
    pointers: tuple[int, ...]
    """Registers that hold addresses: anywhere near, aligned, and the stack pointer or none. Nor these."""
    groups: tuple[Group, ...]


# ------------------------------------------------------------------------------------------------------------ generation

BRANCHES = [name for name, form in FORMS.items() if form.operands.split()[-1:] in (["to"], ["to8"], ["to11"])]
JUMPS = ["jalr", "c.jr", "c.jalr"]
LOADS_AND_STORES = [name for name, form in FORMS.items() if "base" in form.operands.split()]
SHORT_LOADS_AND_STORES = [name for name, form in FORMS.items() if "base8" in form.operands.split()]
STACK_LOADS_AND_STORES = [name for name, form in FORMS.items() if "sp" in form.operands.split()]
ATOMICS = [name for name, form in FORMS.items() if "atomic" in form.operands.split()]
MULTIPLICATIONS = [name for name in FORMS if name.startswith(("mul", "div", "rem"))]
FLOATING = [
    name
    for name, form in FORMS.items()
    if name.startswith("f") and "fence" not in name and not {"base", "sp"} & set(form.operands.split())
] + [name for name in FORMS if name.endswith(".fflags")]
COMPUTATIONS = [
    name
    for name, form in FORMS.items()
    if name not in (*BRANCHES, *JUMPS, *FLOATING, "fence.i")
    and not {"base", "base8", "sp", "atomic", "csr", "trap"} & set(form.operands.split())
]


class Choices(Protocol):
    """Who decides what is made up: hypothesis, which can shrink it, or a generator, which is a hundred times faster."""

    def choice(self, seq: Seq[T]) -> T:
        """Return one of these."""

    def randint(self, a: int, b: int) -> int:
        """Return a number from a to b."""


class Drawn:
    """Choices of hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def choice(self, seq: Seq[T]) -> T:
        """Return one of these."""
        return self.draw(st.sampled_from(seq))

    def randint(self, a: int, b: int) -> int:
        """Return a number from a to b."""
        return self.draw(st.integers(a, b))


class Writer:
    """Makes up the instructions of one sequence."""

    def __init__(self, choices: Choices, registers: list[int], base: int, pointers: tuple[int, ...]) -> None:
        self.choices = choices
        self.registers = registers
        self.pointers = pointers
        self.near, self.aligned, *stack = pointers
        self.stack = stack[0] if stack else None
        self.free = [register for register in range(32) if register not in (base, *pointers)]

    def operand(self, kind: str) -> Operand:
        """Make up an operand that is not part of an address."""
        choices = self.choices
        match kind.rstrip("!2"):
            case "d" | "s" as use:
                candidates = self.free if use == "d" else list(range(32))
                banned = {"d!": (0,), "d!2": (0, 2), "s!!": (0,)}.get(kind, ())
                return choices.choice([register for register in candidates if register not in banned])
            case "d8" | "s8" as use:
                candidates = self.free if use == "d8" else list(range(32))
                return choices.choice([register for register in candidates if 8 <= register < 16])
            case "to" | "to8" | "to11":
                return choices.randint(0, 3)
            case "fd" | "fs":
                return choices.randint(0, 31)
            case "fd8" | "fs8":
                return choices.randint(8, 15)
            case "rm":
                return choices.choice([0, 7, 0, 7, 1, 2, 3, 4])
            case "mode":
                return choices.randint(0, 4)
        bits, _, multiple = kind.rstrip("!")[1:].partition("/")
        step, count = int(multiple or 1), 1 << int(bits)
        low = -(count // 2) if kind[0] == "i" else 0
        high = low + count - step
        chosen = choices.choice([low, high, step, choices.randint(low // step, high // step) * step])
        return chosen if chosen or not ("!" in kind or "/" in kind) else step

    def plain(self, name: str) -> Instruction:
        """Make up an instruction without an address."""
        return (name, *[self.operand(kind) for kind in FORMS[name].operands.split()])

    def access(self, name: str) -> Instruction:
        """Make up a load or store that hits the window."""
        value, base, offset = FORMS[name].operands.split()
        register = {"base": self.near, "base8": self.aligned, "sp": self.stack}[base]
        assert register is not None
        at = self.registers[register]
        bits, _, multiple = offset[1:].partition("/")
        if offset[0] == "i":
            distance = (
                self.choices.choice([self.choices.randint(-8, 0), self.choices.randint(-WINDOW, WINDOW - 8)]) - at
            )
        else:
            step = int(multiple)
            distance = self.choices.randint(0, min((1 << int(bits)) - step, WINDOW - 8 - at) // step) * step
        return (name, self.operand(value), register, distance)

    def atomic(self, name: str) -> Instruction:
        """Make up an atomic instruction at the aligned address."""
        return (
            name,
            *[self.aligned if kind == "atomic" else self.operand(kind) for kind in FORMS[name].operands.split()],
        )

    def reservation(self, width: str) -> Group:
        """Make up a load and a conditional store, or a store without its load, or one too many."""
        load, store = self.atomic(f"lr.{width}"), self.atomic(f"sc.{width}")
        between = self.plain(self.choices.choice(COMPUTATIONS))
        return self.choices.choice([(load, store), (load, between, store), (store,), (load, between, store, store)])

    def jump(self, name: str) -> Group:
        """Make up a jump to an address in a register."""
        register = self.operand("d!")
        jump = (name, self.operand("d"), register, 0) if name == "jalr" else (name, register)
        return ("la", register, self.choices.randint(0, 3)), jump

    def group(self, name: str) -> Group:
        """Make up an instruction of this name, with those that belong to it."""
        kinds = FORMS[name].operands.split()
        if name[:3] in ("lr.", "sc."):
            return self.reservation(name[-1])
        if "atomic" in kinds:
            return (self.atomic(name),)
        if {"base", "base8", "sp"} & set(kinds):
            return (self.access(name),)
        return self.jump(name) if name in JUMPS else (self.plain(name),)

    def names(self) -> list[list[str]]:
        """Return the instructions that fit the pointers, in classes that shall be equally frequent."""
        aligned = self.registers[self.aligned] % 8 == 0
        atomics = [name for name in ATOMICS if aligned or name[-1] == "w"]
        stack = STACK_LOADS_AND_STORES if self.stack is not None else COMPUTATIONS
        return [
            COMPUTATIONS,
            COMPUTATIONS,
            MULTIPLICATIONS,
            FLOATING,
            FLOATING,
            LOADS_AND_STORES,
            SHORT_LOADS_AND_STORES,
            stack,
            atomics,
            BRANCHES,
            JUMPS,
        ]


def sequence(choices: Choices, name: str | None = None) -> Sequence:
    """Make up a sequence: of many instructions, or of one alone with many operands."""
    registers = [0] + [edge_or_any(choices) for _ in range(31)]
    aligned = choices.randint(8, 15)
    stack = choices.choice([True, False]) or name in STACK_LOADS_AND_STORES
    others = [register for register in range(3, 32) if register != aligned]
    near = choices.choice(others)
    base = choices.choice([register for register in others if register != near])
    registers[aligned] = choices.randint(-WINDOW // 8, WINDOW // 8 - 1) * (4 if name is None else 8)
    registers[near] = choices.randint(-1900, 1900)
    registers[2] = choices.randint(-WINDOW, 0) if stack else registers[2]
    writer = Writer(choices, registers, base, (near, aligned, 2) if stack else (near, aligned))
    count = choices.choice(range(1, 13)) if name is None else 12
    names = [name or choices.choice(choices.choice(writer.names())) for _ in range(count)]
    floats = [float_bits(choices) for _ in range(32)] + [choices.randint(0, 4) << 5 | choices.choice([0, 1, 1, 31])]
    groups = tuple([writer.group(name) for name in names])
    return Sequence(tuple(registers), base, tuple(floats), writer.pointers, groups)


FLOAT_EDGES = [
    *(0, 1 << 63, 0x3FF0000000000000, 0xBFF8000000000000, 0x7FF0000000000000, 0xFFF0000000000000),
    *(0x7FF8000000000000, 0x7FF0000000000001, 1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF),
    *(0x41E0000000000000, 0xC3E0000000000000, 0x4008000000000000, 0x3FE0000000000000, 0x4340000000000001),
]
SINGLE_EDGES = [
    *(0, 1 << 31, 0x3F800000, 0xBFC00000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 1, 0x007FFFFF, 0x00800000),
    *(0x7F7FFFFF, 0x4F000000, 0xDF000000, 0x40400000, 0x3F000000, 0x4B800001),
]


def float_bits(choices: Choices) -> int:
    """Make up what a floating-point register holds: a double, a single in its box, or one that is in none."""
    single = choices.choice([choices.choice(SINGLE_EDGES), choices.randint(0x3F000000, 0x41000000)])
    double = choices.choice([choices.choice(FLOAT_EDGES), choices.randint(0x3FE0 << 48, 0x4020 << 48)])
    return choices.choice(
        [single | MASK << 32 & MASK, single | MASK << 32 & MASK, double, double, choices.randint(0, MASK)]
    )


def edge_or_any(choices: Choices) -> int:
    """Make up a value of a register."""
    return choices.choice([choices.choice(EDGES), 1 << choices.randint(0, 63), choices.randint(0, MASK)])


@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    """Make up a sequence that can shrink."""
    return sequence(Drawn(draw))


programs = st.sampled_from(range(1, 9)).flatmap(lambda count: st.lists(sequences(), min_size=count, max_size=count))


def sweep(seed: int) -> list[Sequence]:
    """Make up a program in which every instruction occurs a dozen times, each in a sequence of its own."""
    generator = random.Random(seed)
    names = [
        *COMPUTATIONS,
        *FLOATING,
        *LOADS_AND_STORES,
        *SHORT_LOADS_AND_STORES,
        *STACK_LOADS_AND_STORES,
        *ATOMICS,
        *BRANCHES,
        *JUMPS,
    ]
    return [sequence(generator, name) for name in names]


# -------------------------------------------------------------------------------------------------------------- programs


def size(instruction: Instruction) -> int:
    """Return the bytes that an instruction takes."""
    name = str(instruction[0])
    return 8 if name == "la" else 2 if name.startswith("c.") else 4


def layout(groups: tuple[Group, ...]) -> Iterator[bytes]:
    """Turn instructions into bytes: branches get their distances, `la` becomes the two instructions that load an address."""
    ends = [0]
    for group in groups:
        ends.append(ends[-1] + sum(size(instruction) for instruction in group))
    for index, group in enumerate(groups):
        here = ends[index]
        for instruction in group:
            name, *operands = instruction
            if name in BRANCHES or name == "la":
                skipped = operands.pop()
                assert isinstance(skipped, int)
                operands.append(ends[min(index + 1 + skipped, len(groups))] - here)
            if name == "la":
                yield encode("auipc", operands[0], 0) + encode("addi", operands[0], operands[0], operands[1])
            else:
                yield encode(str(name), *operands)
            here += size(instruction)


def used(sequence: Sequence) -> list[int]:
    """Return the registers that the instructions of a sequence name, and those that they change without naming them."""
    registers = {1, 2, *sequence.pointers}
    for group in sequence.groups:
        for name, *operands in group:
            kinds = "d to" if name == "la" else FORMS[str(name)].operands
            registers |= {
                operand
                for kind, operand in zip(kinds.split(), operands, strict=False)
                if isinstance(operand, int) and (kind[0] in "ds" or kind.startswith(("base", "atomic")))
            }
    return sorted(registers - {0, sequence.base})


def used_floats(sequence: Sequence) -> list[int]:
    """Return the floating-point registers that the instructions of a sequence name."""
    registers: set[int] = set()
    for group in sequence.groups:
        for name, *operands in group:
            if name != "la":
                kinds = FORMS[str(name)].operands.split()
                pairs = zip(kinds, operands, strict=False)
                registers |= {operand for kind, operand in pairs if isinstance(operand, int) and kind[0] == "f"}
    return sorted(registers)


def load_address(register: int, address: int) -> bytes:
    """Load an address below 2 GB."""
    upper = (address + 0x800) >> 12
    return encode("lui", register, upper) + encode("addi", register, register, address - (upper << 12))


def build(program: list[Sequence]) -> tuple[bytes, bytes]:
    """Return the text and the data of a program, in whole pages."""
    last_table = DATA + len(program) * TABLE_BYTES
    windows = -(-(last_table + TABLE_BYTES) // PAGE_BYTES) * PAGE_BYTES
    text, tables = b"", b""
    for index, sequence in enumerate(program):
        boundary = windows + (index + 1) * PAGE_BYTES
        table = DATA + index * TABLE_BYTES
        content = list(sequence.registers)
        for pointer in sequence.pointers:
            content[pointer] += boundary
        content[sequence.base] = 0
        table_words = struct.pack("<65Q", *[value & MASK for value in (*content, *sequence.floats)])
        tables += table_words.ljust(TABLE_BYTES, b"\0")
        moved, floats = used(sequence), used_floats(sequence)
        helper = 31 if sequence.base != 31 else 30
        text += load_address(sequence.base, table)
        text += encode("ld", helper, sequence.base, CONTROL_AT) + encode("csrrw", "zero", 3, helper)
        text += b"".join(encode("fld", register, sequence.base, FLOATS_AT + 8 * register) for register in floats)
        text += b"".join(encode("ld", register, sequence.base, 8 * register) for register in moved)
        text += encode("sc.w", "zero", "zero", sequence.pointers[1])  # no reservation to begin with
        text += b"".join(layout(sequence.groups))
        text += b"".join(encode("sd", register, sequence.base, 8 * register) for register in moved)
        text += b"".join(encode("fsd", register, sequence.base, FLOATS_AT + 8 * register) for register in floats)
        text += encode("frcsr", helper) + encode("sd", helper, sequence.base, CONTROL_AT)
    text += load_address(31, last_table) + b"".join(
        encode("sd", register, 31, 8 * register) for register in range(1, 31)
    )
    filling = random.Random(1).randbytes(PAGE_BYTES)
    data = tables.ljust(windows - DATA, b"\0") + filling * (len(program) + 2)
    text += load_address(number("a1"), DATA) + load_address(number("a2"), len(data))
    for call in (64, 93):  # write(1, DATA, all of it), exit
        text += encode("addi", "a0", "zero", call == 64) + encode("addi", "a7", "zero", call) + encode("ecall")
    return text.ljust(-(-len(text) // PAGE_BYTES) * PAGE_BYTES, b"\0"), data


def elf(text: bytes, data: bytes) -> bytes:
    """Return a static executable with these two segments."""
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 243, 1, TEXT, 64, 0, 1, 64, 56, 2, 0, 0, 0
    )  # flags 1: compressed instructions
    segments = b"".join(
        struct.pack("<IIQQQQQQ", 1, rights, offset, address, address, length, length, PAGE_BYTES)
        for rights, offset, address, length in (
            (5, PAGE_BYTES, TEXT, len(text)),
            (6, PAGE_BYTES + len(text), DATA, len(data)),
        )
    )
    return (header + segments).ljust(PAGE_BYTES, b"\0") + text + data


def start(text: bytes, data: bytes) -> Cpu:
    """Return a CPU about to run a program."""
    cpu = Cpu()
    cpu.map_pages(TEXT // PAGE_BYTES, len(text) // PAGE_BYTES, Protection.READ | Protection.EXECUTE, text)
    cpu.map_pages(DATA // PAGE_BYTES, len(data) // PAGE_BYTES, Protection.READ | Protection.WRITE, data)
    cpu.pc = TEXT
    return cpu


def output(cpu: Cpu) -> bytes:
    """Run a program to its end in as few pieces as possible, and return what it wrote."""
    written = b""
    while True:
        assert cpu.run(1_000_000) == SystemCall()
        if cpu.system_call_number() == 93:
            return written
        written += cpu.read(cpu.argument(1), cpu.argument(2))
        cpu.finish_system_call(cpu.argument(2))


def moved(cpu: Cpu, pages: dict[int, Protection]) -> Cpu:
    """Return another CPU in the same state."""
    other = Cpu()
    for page_number, protection in pages.items():
        other.map_page(page_number, protection, cpu.read_page(page_number))
    other.restore(cpu.dump())
    return other


def output_in_pieces(text: bytes, data: bytes, budgets: list[int], moves: set[int]) -> tuple[bytes, Cpu]:
    """Run a program in slices of so many instructions, with no page mapped before it is needed, and none with more rights than were
    needed, on another CPU after every slice whose number is in `moves`. Returns what it wrote and the CPU where it ended.
    """
    image = {TEXT + offset: text[offset : offset + PAGE_BYTES] for offset in range(0, len(text), PAGE_BYTES)}
    image |= {DATA + offset: data[offset : offset + PAGE_BYTES] for offset in range(0, len(data), PAGE_BYTES)}
    cpu, pages, written = Cpu(), dict[int, Protection](), b""
    cpu.pc = TEXT
    for turn, budget in enumerate(itertools.cycle(budgets)):
        before = cpu.instructions
        match cpu.run(budget):
            case BudgetSpent():
                assert cpu.instructions == before + budget
            case SystemCall():
                assert before < cpu.instructions <= before + budget
                if cpu.system_call_number() == 93:
                    return written, cpu
                for number in range(DATA // PAGE_BYTES, DATA // PAGE_BYTES + len(data) // PAGE_BYTES):
                    written += cpu.read_page(number) if number in pages else image[number * PAGE_BYTES]
                cpu.finish_system_call(cpu.argument(2))
            case PageFault(address, access):
                assert before <= cpu.instructions < before + budget
                number = address // PAGE_BYTES
                pages[number] = pages.get(number, Protection.NONE) | RIGHTS[access]
                try:
                    cpu.protect_page(number, pages[number])
                except PageNotMapped:
                    cpu.map_page(number, pages[number], image[number * PAGE_BYTES])
            case stop:
                raise AssertionError(stop)
        if turn in moves:
            cpu = moved(cpu, pages)
    raise AssertionError("not reached")


def output_of_qemu(text: bytes, data: bytes) -> bytes:
    """Return what the program writes when qemu runs it."""
    assert QEMU is not None
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "program")
        path.write_bytes(elf(text, data))
        path.chmod(0o755)
        return subprocess.run([QEMU, path], stdout=subprocess.PIPE, timeout=60, check=True).stdout


def differences(program: list[Sequence], ours: bytes, theirs: bytes) -> str:
    """Say in which registers and bytes two outputs of a program differ."""
    windows = -(-(len(program) + 1) * TABLE_BYTES // PAGE_BYTES) * PAGE_BYTES
    lines = []
    for offset in range(0, windows, 8):
        ours_word, theirs_word = ours[offset : offset + 8], theirs[offset : offset + 8]
        if ours_word != theirs_word:
            register = TABLE[offset % TABLE_BYTES // 8]
            lines.append(
                f"sequence {offset // TABLE_BYTES}: {register} {ours_word[::-1].hex()}, qemu {theirs_word[::-1].hex()}"
            )
    for offset in range(windows, len(ours)):
        if ours[offset] != theirs[offset]:
            index, distance = divmod(offset - windows + PAGE_BYTES // 2, PAGE_BYTES)
            distance -= PAGE_BYTES // 2
            lines.append(f"sequence {index - 1}: window byte {distance}: {ours[offset]:#x}, qemu {theirs[offset]:#x}")
    return "\n".join(lines)


def check_against_qemu(program: list[Sequence]) -> None:
    """Run a program on both CPUs and compare."""
    text, data = build(program)
    ours, theirs = output(start(text, data)), output_of_qemu(text, data)
    assert ours == theirs, differences(program, ours, theirs)


# ----------------------------------------------------------------------------------------------------------------- tests

quiet = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


budgets = st.lists(st.integers(1, 40), min_size=1, max_size=5)
moves = st.sets(st.integers(0, 60), max_size=3)


def check_against_itself(program: list[Sequence], budgets: list[int], moves: set[int]) -> None:
    """Run a program whole and in pieces, and compare what it wrote, its registers and its count."""
    text, data = build(program)
    whole = start(text, data)
    expected = output(whole)
    written, cpu = output_in_pieces(text, data, budgets, moves)
    assert (written, cpu.dump()) == (expected, whole.dump())


@needs_qemu
def test_every_instruction_computes_what_it_computes_under_qemu() -> None:
    check_against_qemu(sweep(1))


@pytest.mark.long
@pytest.mark.timeout(3600)
@needs_qemu
def test_every_instruction_with_many_operands_computes_what_it_computes_under_qemu() -> None:
    for seed in range(2, 200):
        check_against_qemu(sweep(seed))


@needs_qemu
@settings(quiet, max_examples=25, derandomize=True)
@given(programs)
def test_a_program_computes_what_it_computes_under_qemu(program: list[Sequence]) -> None:
    check_against_qemu(program)


@pytest.mark.long
@pytest.mark.timeout(3600)
@needs_qemu
@settings(quiet, max_examples=700)
@given(programs)
def test_many_programs_compute_what_they_compute_under_qemu(program: list[Sequence]) -> None:
    check_against_qemu(program)


@settings(quiet, max_examples=20, derandomize=True)
@given(programs, budgets, moves)
def test_slices_faults_and_moves_change_nothing(program: list[Sequence], budgets: list[int], moves: set[int]) -> None:
    check_against_itself(program, budgets, moves)


@settings(quiet, max_examples=10, derandomize=True)
@given(programs)
def test_one_instruction_at_a_time_is_the_same_as_all_at_once(program: list[Sequence]) -> None:
    check_against_itself(program, [1], set())


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(quiet, max_examples=400)
@given(programs, budgets, moves)
def test_many_slices_faults_and_moves_change_nothing(
    program: list[Sequence], budgets: list[int], moves: set[int]
) -> None:
    check_against_itself(program, budgets, moves)
