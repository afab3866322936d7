"""Programs of a few instructions, written in the test that runs them: how many instructions they retire is known beforehand."""

from __future__ import annotations

import hashlib
import struct

from nodes.wire.image import PAGE_BYTES, ProgramImage, Segment

ZERO, SP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5, A7, S2, S3 = (
    0,
    2,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    17,
    18,
    19,
)

TEXT = 0x1_0000
DATA = 0x2_0000
"""Where the code of a program lies, and its data, if it has any."""

EXIT_INSTRUCTIONS, SLEEP_INSTRUCTIONS, YIELD_INSTRUCTIONS, WRITE_INSTRUCTIONS = 3, 5, 2, 7
"""How many instructions `exit`, `sleep`, `yield_cpu` and `write` take, the system call itself included."""


class Code:
    """A program that is being written. Every method appends instructions and returns the program."""

    def __init__(self) -> None:
        self._words: list[int] = []
        self._data: list[tuple[int, bytes]] = []

    # ------------------------------------------------------------------------------------------------- instructions

    def word(self, word: int) -> Code:
        """Append an instruction, or what looks like one."""
        self._words.append(word & 0xFFFFFFFF)
        return self

    def addi(self, rd: int, rs: int, value: int) -> Code:
        return self.word((value & 0xFFF) << 20 | rs << 15 | rd << 7 | 0x13)

    def andi(self, rd: int, rs: int, value: int) -> Code:
        return self.word((value & 0xFFF) << 20 | rs << 15 | 7 << 12 | rd << 7 | 0x13)

    def slli(self, rd: int, rs: int, count: int) -> Code:
        return self.word(count << 20 | rs << 15 | 1 << 12 | rd << 7 | 0x13)

    def srli(self, rd: int, rs: int, count: int) -> Code:
        return self.word(count << 20 | rs << 15 | 5 << 12 | rd << 7 | 0x13)

    def lui(self, rd: int, upper: int) -> Code:
        return self.word((upper & 0xFFFFF) << 12 | rd << 7 | 0x37)

    def li(self, rd: int, value: int) -> Code:
        """Load a constant of 32 bits, signed: always two instructions."""
        return self.lui(rd, value + 0x800 >> 12).word((value & 0xFFF) << 20 | rd << 15 | rd << 7 | 0x1B)

    def add(self, rd: int, one: int, other: int) -> Code:
        return self.word(other << 20 | one << 15 | rd << 7 | 0x33)

    def mul(self, rd: int, one: int, other: int) -> Code:
        return self.word(1 << 25 | other << 20 | one << 15 | rd << 7 | 0x33)

    def remu(self, rd: int, one: int, other: int) -> Code:
        return self.word(1 << 25 | other << 20 | one << 15 | 7 << 12 | rd << 7 | 0x33)

    def ld(self, rd: int, address: int, offset: int = 0) -> Code:
        return self.word((offset & 0xFFF) << 20 | address << 15 | 3 << 12 | rd << 7 | 0x03)

    def sd(self, source: int, address: int, offset: int = 0) -> Code:
        high, low = offset >> 5 & 0x7F, offset & 0x1F
        return self.word(high << 25 | source << 20 | address << 15 | 3 << 12 | low << 7 | 0x23)

    def bnez(self, rs: int, target: int) -> Code:
        """Branch to the instruction with the number `target` unless the register is 0."""
        return self._branch(1, rs, 4 * (target - len(self._words)))

    def beqz(self, rs: int, target: int) -> Code:
        """Branch to the instruction with the number `target` if the register is 0."""
        return self._branch(0, rs, 4 * (target - len(self._words)))

    def jump(self, target: int) -> Code:
        """Go to the instruction with the number `target`."""
        return self._branch(0, ZERO, 4 * (target - len(self._words)))

    def _branch(self, condition: int, rs: int, offset: int) -> Code:
        high = (offset >> 12 & 1) << 6 | offset >> 5 & 0x3F
        low = (offset >> 1 & 0xF) << 1 | offset >> 11 & 1
        return self.word(high << 25 | rs << 15 | condition << 12 | low << 7 | 0x63)

    @property
    def here(self) -> int:
        """The number of the next instruction."""
        return len(self._words)

    # ------------------------------------------------------------------------------------------------- system calls

    def call(self, number: int) -> Code:
        """Make a system call with the arguments that are in the registers: two instructions."""
        return self.addi(A7, ZERO, number).word(0x73)

    def exit(self, code: int = 0) -> Code:
        return self.addi(A0, ZERO, code).call(93)

    def exit_with(self, register: int) -> Code:
        """End with the low bits of a register as the code."""
        return self.addi(A0, register, 0).call(93)

    def yield_cpu(self) -> Code:
        return self.call(124)

    def sleep(self, ns: int) -> Code:
        return self.address_of(A0, struct.pack("<qq", *divmod(ns, 1_000_000_000))).addi(A1, ZERO, 0).call(101)

    def write(self, text: bytes, descriptor: int = 1) -> Code:
        return self.address_of(A1, text).addi(A0, ZERO, descriptor).li(A2, len(text)).call(64)

    def address_of(self, rd: int, content: bytes) -> Code:
        """Load the address of a constant that lies behind the code: two instructions."""
        self._data.append((len(self._words), content))
        return self.li(rd, 0)

    # ---------------------------------------------------------------------------------------------------- workloads

    def work(self, instructions: int) -> Code:
        """Retire exactly so many instructions (at least 4), to no purpose."""
        loops, rest = divmod(instructions - 2, 2)
        if rest:
            self.addi(T0, T0, 0)
        self.li(T0, loops)
        start = self.here
        return self.addi(T0, T0, -1).bnez(T0, start)

    # -------------------------------------------------------------------------------------------------------- image

    def image(self, name: str = "test", *, data_pages: int = 0) -> ProgramImage:
        """Return the program, with so many pages of data at DATA that are zero at first."""
        words, behind = list(self._words), bytearray()
        for index, content in self._data:
            address = TEXT + 4 * len(words) + len(behind)
            behind += content.ljust(-(-len(content) // 8) * 8, b"\0")
            rd = words[index] >> 7 & 31
            words[index : index + 2] = Code().li(rd, address)._words
        text = struct.pack(f"<{len(words)}I", *words) + bytes(behind)
        segments = [Segment(TEXT, len(text), text, readable=True, writable=False, executable=True)]
        if data_pages:
            segments.append(Segment(DATA, data_pages * PAGE_BYTES, b"", readable=True, writable=True, executable=False))
        return ProgramImage(name, TEXT, tuple(segments), 0, 0, 56, hashlib.sha256(text).hexdigest())


def burn(instructions: int, code: int = 0) -> ProgramImage:
    """Return a program that retires exactly so many instructions (at least 7) and ends with `code`."""
    return Code().work(instructions - EXIT_INSTRUCTIONS).exit(code).image("burn")


FOREVER = Code().jump(0).image("forever")
"""Retires one instruction again and again."""


_MULTIPLIER, _INCREMENT = 1_103_515_245, 12_345


def scatter(pages: int, rounds: int, *, sleep_ns: int = 0) -> ProgramImage:
    """Return a program that reads and writes words all over its `pages` pages of data, in `rounds` rounds.

    In every eighth round it sleeps, or gives up the CPU if `sleep_ns` is 0. It writes the 8 bytes of `scatter_output` and ends with
    the low 7 bits of them. A page that is lost, or an old one in the place of a new one, changes them.
    """
    code = Code().li(S0, DATA).li(S1, rounds).addi(S2, ZERO, 0).addi(S3, ZERO, 1)
    start = code.here
    code.li(T1, _MULTIPLIER).mul(S3, S3, T1).li(T1, _INCREMENT).add(S3, S3, T1)
    code.srli(T0, S3, 16).li(T1, pages).remu(T0, T0, T1).slli(T0, T0, 12).add(T0, T0, S0)
    code.ld(T2, T0).addi(T1, ZERO, 31).mul(S2, S2, T1).add(S2, S2, T2).add(S2, S2, S1).sd(S2, T0)
    code.andi(T1, S1, 7)
    skipped = SLEEP_INSTRUCTIONS if sleep_ns else YIELD_INSTRUCTIONS
    code.bnez(T1, code.here + 1 + skipped)
    if sleep_ns:
        code.sleep(sleep_ns)
    else:
        code.yield_cpu()
    code.addi(S1, S1, -1).bnez(S1, start)
    code.sd(S2, S0).addi(A0, ZERO, 1).addi(A1, S0, 0).addi(A2, ZERO, 8).call(64).andi(S2, S2, 127).exit_with(S2)
    return code.image("scatter", data_pages=pages)


def scatter_output(pages: int, rounds: int) -> bytes:
    """Return what `scatter` writes."""
    mask = (1 << 64) - 1
    words, state, total = [0] * pages, 1, 0
    for left in range(rounds, 0, -1):
        state = (state * _MULTIPLIER + _INCREMENT) & mask
        page = (state >> 16) % pages
        total = (total * 31 + words[page] + left) & mask
        words[page] = total
    return struct.pack("<Q", total)


def churn(rounds: int, sleep_ns: int) -> ProgramImage:
    """Return a program that takes memory, writes to it, changes its protection and gives it back, again and again.

    It always gets the same addresses, and all that it takes must be zero. It sleeps while it has something. It writes the 8 bytes of
    `churn_output`.
    """
    pages = 3
    code = Code().li(S0, DATA).li(S1, rounds).addi(S2, ZERO, 0).addi(A0, ZERO, 0).call(214).addi(S3, A0, 0)
    start = code.here
    code.addi(A0, ZERO, 0).li(A1, pages * PAGE_BYTES).addi(A2, ZERO, 3).li(A3, 0x22).addi(A4, ZERO, -1)
    code.addi(A5, ZERO, 0).call(222).addi(S0, A0, 0).li(T1, (pages - 1) * PAGE_BYTES).add(T2, S0, T1)
    _mix(code.ld(T0, S0)).ld(T0, T2).add(S2, S2, T0).sd(S1, S0).sd(S1, T2)
    code.sleep(sleep_ns)
    _mix(code.ld(T0, S0)).ld(T0, T2).add(S2, S2, T0)
    code.addi(A0, S0, 0).li(A1, PAGE_BYTES).addi(A2, ZERO, 1).call(226)
    code.lui(T1, 1).add(A0, S3, T1).call(214)
    _mix(code.ld(T0, S3)).sd(S1, S3)
    code.sleep(sleep_ns)
    code.ld(T0, S3).add(S2, S2, T0).addi(A0, S3, 0).call(214)
    code.addi(A0, S0, 0).li(A1, pages * PAGE_BYTES).call(215)
    code.sleep(sleep_ns)
    code.addi(S1, S1, -1).bnez(S1, start)
    code.li(A1, DATA).sd(S2, A1).addi(A0, ZERO, 1).addi(A2, ZERO, 8).call(64).exit()
    return code.image("churn", data_pages=1)


def _mix(code: Code) -> Code:
    return code.addi(T1, ZERO, 31).mul(S2, S2, T1).add(S2, S2, T0)


def churn_output(rounds: int) -> bytes:
    """Return what `churn` writes."""
    total = 0
    for left in range(rounds, 0, -1):
        total = (total * 31 * 31 + 2 * left) * 31 + left
    return struct.pack("<Q", total & (1 << 64) - 1)
