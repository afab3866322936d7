"""Made-up programs that never end: they write all over eight pages, in every width and across their edges, and read what they wrote."""

from __future__ import annotations

import random

from nodes.kernel.cpu import Cpu, Protection

from . import DATA, TEXT, assemble

PAGES = 8
FIRST_PAGE = DATA // 4096

_FREE = ["a0", "a1", "a2", "a3", "t0", "t1", "t2", "s6"]
_OPERATIONS = ["add", "sub", "xor", "mul", "sltu", "sll", "srl", "or", "divu", "remw"]
_STORES = ["sb", "sh", "sw", "sd"]
_LOADS = ["lb", "lhu", "lw", "ld"]
_ATOMICS = ["amoadd.d", "amoswap.w", "amoxor.d", "amomaxu.w", "sc.d", "sc.w"]
_RESERVE = ["lr.d", "lr.w"]
_RETIRED = 0xC02
_ROUNDED = ["fadd.d", "fsub.s", "fmul.d", "fdiv.s", "fdiv.d", "fmul.s"]
_FLOATS = 8
"""They use f0 .. f7."""


def _floating(draw: random.Random) -> tuple[str | int, ...]:
    """Make up an instruction that has to do with the floating-point unit."""
    a, b, c, d = (draw.randrange(_FLOATS) for _ in range(4))
    free = draw.choice(_FREE)
    rounding = draw.choice((0, 7, 1, 2))
    return draw.choice(
        (
            (draw.choice(_ROUNDED), a, b, c, rounding),
            (draw.choice(("fmadd.d", "fnmsub.s")), a, b, c, d, rounding),
            ("fmv.d.x", a, free),
            ("fmv.x.d", free, a),
            ("fcvt.d.l", a, free, rounding),
            ("fsd", a, "s2", draw.randint(-8, 8)),
            ("fld", a, "s2", draw.randint(-8, 8)),
            ("csrrw.fflags", free, free),
            ("fsrmi", free, draw.randrange(5)),
        )
    )


def made_up(draw: random.Random, *, calls: bool = False, pages: int = PAGES) -> Cpu:
    """Return a CPU about to execute an endless program, with the first `pages` of its pages; `calls`: it makes system calls, too."""
    free, floating = draw.choice, draw.random() < 0.5
    body: list[tuple[str | int, ...]] = []
    for _ in range(draw.randint(3, 40)):
        kind = draw.random()
        if kind < 0.2:  # somewhere else
            body += [
                ("addi", "s1", "s1", draw.randint(-2048, 2047)),
                *(("and", "s2", "s1", "s3"), ("add", "s2", "s2", "s4"), ("andi", "s5", "s2", -8)),
            ]
        elif kind < 0.5:
            body.append((free(_STORES), free(_FREE), "s2", draw.randint(-8, 8)))
        elif kind < 0.6:
            body.append((free(_LOADS), free(_FREE), "s2", draw.randint(-8, 8)))
        elif kind < 0.7:
            body.append((free(_ATOMICS), free(_FREE), free(_FREE), "s5"))
        elif kind < 0.75:
            body.append((free(_RESERVE), free(_FREE), "s5"))
        elif kind < 0.8:
            body.append(("csrrs", free(_FREE), _RETIRED, "zero"))
        elif kind < 0.82 and calls:
            body.append(("ecall",))
        elif kind < 0.9 and floating:
            body.append(_floating(draw))
        else:
            body.append((free(_OPERATIONS), free(_FREE), free(_FREE), free(_FREE)))
    body.append(("jal", "zero", -4 * len(body)))
    cpu = Cpu()
    cpu.map_page(TEXT // 4096, Protection.READ | Protection.EXECUTE, assemble(*body).ljust(4096, b"\0"))
    cpu.map_pages(FIRST_PAGE, pages, Protection.READ | Protection.WRITE)
    for name in _FREE:
        cpu.write_register(name, draw.getrandbits(64))
    cpu.write_register("s1", draw.getrandbits(20))
    cpu.write_register("s3", 4096 * PAGES - 1 - 32)
    for name in ("s2", "s4", "s5"):
        cpu.write_register(name, DATA + 16)
    cpu.pc = TEXT
    return cpu


def state_of(cpu: Cpu) -> object:
    """Return all that a CPU holds."""
    return cpu.dump(), {number: cpu.read_page(number) for number in sorted(cpu._pages)}
