"""Guest programs made up at random, and a way to write them down as ELF files, as a user's program would lie there."""

from __future__ import annotations

import random
import struct

from nodes.wire.image import PAGE_BYTES, ProgramImage
from tests.nodes.kernel.assembler import A0, A1, A2, A3, A4, A5, DATA, S0, S1, S2, S3, T0, T1, T2, ZERO, Code

_GETRANDOM, _MMAP, _MUNMAP, _MPROTECT, _READ, _WRITE, _BRK = 278, 222, 215, 226, 63, 64, 214


def made_up(seed: int) -> tuple[ProgramImage, int]:
    """Return a program that does, in a loop, what chance wants: it computes, reads and writes all over its pages, takes and gives back
    memory, sleeps, yields, draws random numbers, reads and writes. It never looks at a clock. And return its pages of data.

    All that it reads goes into a sum (S2), which it writes at the end.
    """
    draw = random.Random(seed)
    pages = draw.choice((1, 3, 10, 40, 120))
    code = Code().addi(S2, ZERO, 1).li(S1, draw.randint(1, 6))
    start = code.here
    for _ in range(draw.randint(2, 8)):
        draw.choice(_STATEMENTS)(code, draw, pages)
    code.addi(S1, S1, -1).beqz(S1, code.here + 2).jump(start) if code.here - start < 900 else code.addi(S1, S1, -1)
    code.li(T0, DATA).sd(S2, T0).addi(A0, ZERO, 1).addi(A1, T0, 0).addi(A2, ZERO, 8).call(_WRITE)
    return code.andi(S2, S2, 127).exit_with(S2).image(f"made-up-{seed}", data_pages=pages), pages


def _mix(code: Code, register: int) -> None:
    """Let the sum depend on a register."""
    code.addi(T2, ZERO, 31).mul(S2, S2, T2).add(S2, S2, register)


def _somewhere(draw: random.Random, pages: int, size: int = 8) -> int:
    return DATA + draw.randrange(0, pages * PAGE_BYTES - size, 8)


def _compute(code: Code, draw: random.Random, pages: int) -> None:
    code.work(draw.choice((10, 1000, 30_000)))


def _touch(code: Code, draw: random.Random, pages: int) -> None:
    for _ in range(draw.randint(1, 12)):
        code.li(S0, _somewhere(draw, pages)).ld(T0, S0)
        _mix(code, T0)
        if draw.random() < 0.5:
            code.sd(S2, S0)


def _sweep(code: Code, draw: random.Random, pages: int) -> None:
    """Write a word to every page, one after the other."""
    code.li(S0, DATA + 8 * draw.randrange(512)).li(S3, pages)
    start = code.here
    code.ld(T0, S0).add(S2, S2, T0).sd(S2, S0).lui(T1, 1).add(S0, S0, T1).addi(S3, S3, -1).bnez(S3, start)


def _sleep(code: Code, draw: random.Random, pages: int) -> None:
    code.sleep(draw.choice((0, 1_000, 300_000, 5_000_000)))


def _yield(code: Code, draw: random.Random, pages: int) -> None:
    code.yield_cpu()


def _say(code: Code, draw: random.Random, pages: int) -> None:
    size = min(draw.choice((1, 100, 5000, 12_000)), pages * PAGE_BYTES - 16)
    code.addi(A0, ZERO, 1).li(A1, _somewhere(draw, pages, size + 8)).li(A2, size).call(_WRITE)
    _mix(code, A0)


def _hear(code: Code, draw: random.Random, pages: int) -> None:
    code.addi(A0, ZERO, 0).li(A1, _somewhere(draw, pages, 64)).li(A2, draw.randint(1, 50)).call(_READ)
    _mix(code, A0)


def _gamble(code: Code, draw: random.Random, pages: int) -> None:
    code.li(A0, _somewhere(draw, pages, 64)).li(A1, draw.randint(1, 50)).addi(A2, ZERO, 0).call(_GETRANDOM)
    _mix(code, A0)


def _borrow(code: Code, draw: random.Random, pages: int) -> None:
    """Take memory, use it, perhaps make it read-only, and give part of it back."""
    count = draw.randint(1, 20)
    code.addi(A0, ZERO, 0).li(A1, count * PAGE_BYTES).addi(A2, ZERO, 3).li(A3, 0x22).addi(A4, ZERO, -1)
    code.addi(A5, ZERO, 0).call(_MMAP).addi(S0, A0, 0)
    for _ in range(draw.randint(1, 6)):
        code.li(T1, 8 * draw.randrange(count * 512)).add(T1, T1, S0).ld(T0, T1)
        _mix(code, T0)
        code.sd(S2, T1)
    if draw.random() < 0.5:
        code.sleep(draw.choice((1_000, 300_000)))
    code.ld(T0, S0)
    _mix(code, T0)
    if draw.random() < 0.3:
        code.addi(A0, S0, 0).li(A1, PAGE_BYTES).addi(A2, ZERO, 1).call(_MPROTECT)
    code.addi(A0, S0, 0).li(A1, draw.randint(1, count) * PAGE_BYTES).call(_MUNMAP)
    _mix(code, A0)


def _grow(code: Code, draw: random.Random, pages: int) -> None:
    code.addi(A0, ZERO, 0).call(_BRK).addi(S0, A0, 0).li(T1, draw.choice((1, 5)) * PAGE_BYTES).add(A0, S0, T1)
    code.call(_BRK).sd(S2, S0, 0).ld(T0, S0)
    _mix(code, T0)
    if draw.random() < 0.5:
        code.addi(A0, S0, 0).call(_BRK)


_STATEMENTS = (_compute, _touch, _touch, _sweep, _sleep, _yield, _say, _hear, _gamble, _borrow, _grow)


def elf(image: ProgramImage) -> bytes:
    """Write a program down as a static ELF file for 64-bit RISC-V without hardware floating point."""
    header_bytes, entry_bytes = 64, 56
    place = header_bytes + entry_bytes * len(image.segments)
    headers, contents = b"", b""
    for segment in image.segments:
        rights = segment.readable * 4 | segment.writable * 2 | segment.executable
        address, size = segment.address, len(segment.content)
        headers += struct.pack(
            "<IIQQQQQQ", 1, rights, place + len(contents), address, address, size, segment.memory_bytes, 8
        )
        contents += segment.content
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header += struct.pack(
        "<HHIQQQIHHHHHH", 2, 243, 1, image.entry, header_bytes, 0, 0, 64, 56, len(image.segments), 64, 0, 0
    )
    return header + headers + contents
