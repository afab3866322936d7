"""An assembler for RV64GC, from the tables of the unprivileged specification (chapter 24), and a CPU with a program in it.

It shares nothing with the description of the instruction set that the kernel runs, so that neither hides a mistake of the other.

`encode("addi", "a0", "a1", -5)` and `encode("c.lw", "a0", "s0", 64)` return the bytes of one instruction. Operands come in the order
of the assembly language with the base register before the offset: `encode("sd", "a1", "sp", 8)` is `sd a1, 8(sp)`. Branches and jumps
take the distance in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from nodes.kernel import cpu as processor
from nodes.kernel.cpu import PAGE_BYTES, Cpu, Protection

NAMES = ["zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"]
NAMES += ["a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"]

TEXT = 0x10000
"""Where `cpu_with` puts the program."""
DATA = 0x20000
"""Where `cpu_with` puts pages to read and write."""


class Form(NamedTuple):
    """How a kind of instruction is written down."""

    operands: str
    """Their kinds, in order, for those who make instructions up: see `FORMS`."""
    pack: Callable[..., int]


def number(register: str | int) -> int:
    """Return the number of a register."""
    return register if isinstance(register, int) else NAMES.index(register)


def _bits(value: int, high: int, low: int = -1) -> int:
    """Return bits high .. low of a number (bit `high` alone if there is no `low`)."""
    low = high if low < 0 else low
    return value >> low & (1 << high - low + 1) - 1


def _r(opcode: int, funct3: int, funct7: int) -> Form:
    return Form(
        "d s s",
        lambda d, a, b: funct7 << 25 | number(b) << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | opcode,
    )


def _i(opcode: int, funct3: int, operands: str = "d s i12") -> Form:
    return Form(
        operands, lambda d, a, i: _bits(i, 11, 0) << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | opcode
    )


def _shift(opcode: int, funct3: int, funct7: int, operands: str) -> Form:
    return Form(
        operands, lambda d, a, by: funct7 << 25 | by << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | opcode
    )


def _store(funct3: int) -> Form:
    return Form(
        "s base i12",
        lambda v, a, i: (
            _bits(i, 11, 5) << 25 | number(v) << 20 | number(a) << 15 | funct3 << 12 | _bits(i, 4, 0) << 7 | 0x23
        ),
    )


def _branch(funct3: int) -> Form:
    def pack(a: str | int, b: str | int, to: int) -> int:
        upper = _bits(to, 12) << 31 | _bits(to, 10, 5) << 25
        return (
            upper | number(b) << 20 | number(a) << 15 | funct3 << 12 | _bits(to, 4, 1) << 8 | _bits(to, 11) << 7 | 0x63
        )

    return Form("s s to", pack)


def _jal(d: str | int, to: int) -> int:
    offset = _bits(to, 20) << 31 | _bits(to, 10, 1) << 21 | _bits(to, 11) << 20 | _bits(to, 19, 12) << 12
    return offset | number(d) << 7 | 0x6F


def _u(opcode: int) -> Form:
    return Form("d i20", lambda d, i: _bits(i, 19, 0) << 12 | number(d) << 7 | opcode)


def _amo(funct3: int, funct5: int) -> Form:
    return Form(
        "d s atomic",
        lambda d, v, a: funct5 << 27 | number(v) << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | 0x2F,
    )


def _csr(funct3: int) -> Form:
    return Form("d csr s", lambda d, csr, a: csr << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | 0x73)


def _ci(quadrant: int, funct3: int, operands: str) -> Form:
    """Register and six bits of immediate in their natural order."""
    return Form(
        operands, lambda d, i: funct3 << 13 | _bits(i, 5) << 12 | number(d) << 7 | _bits(i, 4, 0) << 2 | quadrant
    )


def _short(register: str | int) -> int:
    """Return the three bits of x8 .. x15."""
    assert 8 <= number(register) < 16, register
    return number(register) - 8


def _cb_alu(funct2: int, operands: str) -> Form:
    return Form(
        operands,
        lambda d, i: 4 << 13 | _bits(i, 5) << 12 | funct2 << 10 | _short(d) << 7 | _bits(i, 4, 0) << 2 | 1,
    )


def _ca(bit12: int, funct2: int) -> Form:
    return Form(
        "d8 s8", lambda d, s: 4 << 13 | bit12 << 12 | 3 << 10 | _short(d) << 7 | funct2 << 5 | _short(s) << 2 | 1
    )


def _cl(funct3: int, width: int, operands: str) -> Form:
    def pack(v: str | int, a: str | int, i: int) -> int:
        last = _bits(i, 2) << 6 | _bits(i, 6) << 5 if width == 4 else _bits(i, 7, 6) << 5
        return funct3 << 13 | _bits(i, 5, 3) << 10 | _short(a) << 7 | last | _short(v) << 2

    return Form(operands, pack)


def _cbz(funct3: int) -> Form:
    def pack(a: str | int, to: int) -> int:
        high = _bits(to, 8) << 12 | _bits(to, 4, 3) << 10
        return (
            funct3 << 13 | high | _short(a) << 7 | _bits(to, 7, 6) << 5 | _bits(to, 2, 1) << 3 | _bits(to, 5) << 2 | 1
        )

    return Form("s8 to8", pack)


def _cj(to: int) -> int:
    high = _bits(to, 11) << 12 | _bits(to, 4) << 11 | _bits(to, 9, 8) << 9 | _bits(to, 10) << 8 | _bits(to, 6) << 7
    return 5 << 13 | high | _bits(to, 7) << 6 | _bits(to, 3, 1) << 3 | _bits(to, 5) << 2 | 1


def _cr(bit12: int, operands: str) -> Form:
    if operands == "s!":
        return Form(operands, lambda a: 4 << 13 | bit12 << 12 | number(a) << 7 | 2)
    return Form(operands, lambda d, s: 4 << 13 | bit12 << 12 | number(d) << 7 | number(s) << 2 | 2)


def _addi16sp(i: int) -> int:
    return (
        3 << 13
        | _bits(i, 9) << 12
        | 2 << 7
        | _bits(i, 4) << 6
        | _bits(i, 6) << 5
        | _bits(i, 8, 7) << 3
        | _bits(i, 5) << 2
        | 1
    )


def _addi4spn(d: str | int, i: int) -> int:
    return _bits(i, 5, 4) << 11 | _bits(i, 9, 6) << 7 | _bits(i, 2) << 6 | _bits(i, 3) << 5 | _short(d) << 2


def _lwsp(d: str | int, i: int) -> int:
    return 2 << 13 | _bits(i, 5) << 12 | number(d) << 7 | _bits(i, 4, 2) << 4 | _bits(i, 7, 6) << 2 | 2


def _ldsp(d: str | int, i: int) -> int:
    return 3 << 13 | _bits(i, 5) << 12 | number(d) << 7 | _bits(i, 4, 3) << 5 | _bits(i, 8, 6) << 2 | 2


def _swsp(v: str | int, i: int) -> int:
    return 6 << 13 | _bits(i, 5, 2) << 9 | _bits(i, 7, 6) << 7 | number(v) << 2 | 2


def _sdsp(v: str | int, i: int) -> int:
    return 7 << 13 | _bits(i, 5, 3) << 10 | _bits(i, 8, 6) << 7 | number(v) << 2 | 2


def _rounded(funct7: int, operands: str = "fd fs fs rm", second: int | None = None) -> Form:
    """An operation with a rounding mode; `second` stands where its second operand would, if it has none."""
    if second is None:
        return Form(operands, lambda d, a, b, rm: funct7 << 25 | b << 20 | a << 15 | rm << 12 | d << 7 | 0x53)
    return Form(
        operands, lambda d, a, rm: funct7 << 25 | second << 20 | number(a) << 15 | rm << 12 | number(d) << 7 | 0x53
    )


def _unrounded(funct7: int, funct3: int, operands: str = "fd fs fs") -> Form:
    """An operation without a rounding mode, of one operand or two."""
    return Form(
        operands,
        lambda d, a, b=0: funct7 << 25 | b << 20 | number(a) << 15 | funct3 << 12 | number(d) << 7 | 0x53,
    )


def _fused(opcode: int, double: int) -> Form:
    return Form(
        "fd fs fs fs rm",
        lambda d, a, b, c, rm: c << 27 | double << 25 | b << 20 | a << 15 | rm << 12 | d << 7 | opcode,
    )


def _floating(suffix: str, double: int) -> dict[str, Form]:
    """Return the operations of one format."""
    integers = {name: code for code, name in enumerate(["w", "wu", "l", "lu"])}
    return {
        **{f"{name}.{suffix}": _rounded(code << 2 | double) for code, name in enumerate(["fadd", "fsub", "fmul", "fdiv"])},
        f"fsqrt.{suffix}": _rounded(0x2C | double, "fd fs rm", 0),
        **{f"fcvt.{name}.{suffix}": _rounded(0x60 | double, "d fs rm", code) for name, code in integers.items()},
        **{f"fcvt.{suffix}.{name}": _rounded(0x68 | double, "fd s rm", code) for name, code in integers.items()},
        **{f"{name}.{suffix}": _unrounded(0x10 | double, code) for code, name in enumerate(["fsgnj", "fsgnjn", "fsgnjx"])},
        **{f"{name}.{suffix}": _unrounded(0x14 | double, code) for code, name in enumerate(["fmin", "fmax"])},
        **{f"{name}.{suffix}": _unrounded(0x50 | double, code, "d fs fs") for code, name in enumerate(["fle", "flt", "feq"])},
        f"fclass.{suffix}": _unrounded(0x70 | double, 1, "d fs"),
        **{
            f"{name}.{suffix}": _fused(opcode, double)
            for name, opcode in {"fmadd": 0x43, "fmsub": 0x47, "fnmsub": 0x4B, "fnmadd": 0x4F}.items()
        },
    }  # fmt: skip


def _float_load(funct3: int) -> Form:
    return Form("fd base i12", lambda d, a, i: _bits(i, 11, 0) << 20 | number(a) << 15 | funct3 << 12 | d << 7 | 0x07)


def _float_store(funct3: int) -> Form:
    return Form("fs base i12", lambda v, a, i: _store(funct3).pack(v, a, i) & ~0x7F | 0x27)


FORMS: dict[str, Form] = {
    "lui": _u(0x37), "auipc": _u(0x17), "jal": Form("d to", _jal), "jalr": _i(0x67, 0, "d s i12 jump"),
    "beq": _branch(0), "bne": _branch(1), "blt": _branch(4), "bge": _branch(5), "bltu": _branch(6), "bgeu": _branch(7),
    **{name: _i(0x03, funct3, "d base i12") for funct3, name in enumerate(["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"])},
    **{name: _store(funct3) for funct3, name in enumerate(["sb", "sh", "sw", "sd"])},
    "addi": _i(0x13, 0), "slti": _i(0x13, 2), "sltiu": _i(0x13, 3), "xori": _i(0x13, 4), "ori": _i(0x13, 6), "andi": _i(0x13, 7),
    "slli": _shift(0x13, 1, 0, "d s u6"), "srli": _shift(0x13, 5, 0, "d s u6"), "srai": _shift(0x13, 5, 0x20, "d s u6"),
    "add": _r(0x33, 0, 0), "sub": _r(0x33, 0, 0x20), "sll": _r(0x33, 1, 0), "slt": _r(0x33, 2, 0), "sltu": _r(0x33, 3, 0),
    "xor": _r(0x33, 4, 0), "srl": _r(0x33, 5, 0), "sra": _r(0x33, 5, 0x20), "or": _r(0x33, 6, 0), "and": _r(0x33, 7, 0),
    "addiw": _i(0x1B, 0), "slliw": _shift(0x1B, 1, 0, "d s u5"), "srliw": _shift(0x1B, 5, 0, "d s u5"),
    "sraiw": _shift(0x1B, 5, 0x20, "d s u5"), "addw": _r(0x3B, 0, 0), "subw": _r(0x3B, 0, 0x20), "sllw": _r(0x3B, 1, 0),
    "srlw": _r(0x3B, 5, 0), "sraw": _r(0x3B, 5, 0x20),
    "fence": Form("u4 u4", lambda before, after: before << 24 | after << 20 | 0x0F), "fence.i": Form("", lambda: 0x100F),
    "ecall": Form("trap", lambda: 0x73), "ebreak": Form("trap", lambda: 0x100073),
    "csrrw": _csr(1), "csrrs": _csr(2), "csrrc": _csr(3), "csrrwi": _csr(5), "csrrsi": _csr(6), "csrrci": _csr(7),
    **{name: _r(0x33, funct3, 1) for funct3, name in enumerate(["mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"])},
    "mulw": _r(0x3B, 0, 1), "divw": _r(0x3B, 4, 1), "divuw": _r(0x3B, 5, 1), "remw": _r(0x3B, 6, 1), "remuw": _r(0x3B, 7, 1),
    **{
        f"{name}.{width}": _amo(funct3, funct5)
        for width, funct3 in (("w", 2), ("d", 3))
        for name, funct5 in {
            "amoadd": 0, "amoswap": 1, "sc": 3, "amoxor": 4, "amoor": 8, "amoand": 12,
            "amomin": 16, "amomax": 20, "amominu": 24, "amomaxu": 28,
        }.items()
    },
    "lr.w": Form("d atomic", lambda d, a: 2 << 27 | number(a) << 15 | 2 << 12 | number(d) << 7 | 0x2F),
    "lr.d": Form("d atomic", lambda d, a: 2 << 27 | number(a) << 15 | 3 << 12 | number(d) << 7 | 0x2F),
    "c.addi4spn": Form("d8 u10/4", _addi4spn),
    "c.lw": _cl(2, 4, "d8 base8 u7/4"), "c.ld": _cl(3, 8, "d8 base8 u8/8"),
    "c.sw": _cl(6, 4, "s8 base8 u7/4"), "c.sd": _cl(7, 8, "s8 base8 u8/8"),
    "c.addi": _ci(1, 0, "d i6"), "c.addiw": _ci(1, 1, "d! i6"), "c.li": _ci(1, 2, "d i6"), "c.lui": _ci(1, 3, "d!2 i6!"),
    "c.addi16sp": Form("i10/16", _addi16sp), "c.srli": _cb_alu(0, "d8 u6"), "c.srai": _cb_alu(1, "d8 u6"),
    "c.andi": _cb_alu(2, "d8 i6"), "c.sub": _ca(0, 0), "c.xor": _ca(0, 1), "c.or": _ca(0, 2), "c.and": _ca(0, 3),
    "c.subw": _ca(1, 0), "c.addw": _ca(1, 1), "c.j": Form("to11", _cj), "c.beqz": _cbz(6), "c.bnez": _cbz(7),
    "c.slli": _ci(2, 0, "d u6"), "c.lwsp": Form("d! sp u8/4", lambda d, _sp, i: _lwsp(d, i)),
    "c.ldsp": Form("d! sp u9/8", lambda d, _sp, i: _ldsp(d, i)),
    "c.swsp": Form("s sp u8/4", lambda v, _sp, i: _swsp(v, i)), "c.sdsp": Form("s sp u9/8", lambda v, _sp, i: _sdsp(v, i)),
    "c.jr": _cr(0, "s!"), "c.mv": _cr(0, "d s!!"), "c.jalr": _cr(1, "s!"), "c.add": _cr(1, "d s!!"),
    "c.ebreak": Form("trap", lambda: 0x9002),
    **_floating("s", 0), **_floating("d", 1),
    "fcvt.s.d": _rounded(0x20, "fd fs rm", 1), "fcvt.d.s": _rounded(0x21, "fd fs rm", 0),
    "fmv.x.w": _unrounded(0x70, 0, "d fs"), "fmv.w.x": _unrounded(0x78, 0, "fd s"),
    "fmv.x.d": _unrounded(0x71, 0, "d fs"), "fmv.d.x": _unrounded(0x79, 0, "fd s"),
    "flw": _float_load(2), "fld": _float_load(3), "fsw": _float_store(2), "fsd": _float_store(3),
    "c.fld": _cl(1, 8, "fd8 base8 u8/8"), "c.fsd": _cl(5, 8, "fs8 base8 u8/8"),
    "c.fldsp": Form("fd sp u9/8", lambda d, _sp, i: _ldsp(d, i) & 0x1FFF | 1 << 13),
    "c.fsdsp": Form("fs sp u9/8", lambda v, _sp, i: _sdsp(v, i) & 0x1FFF | 5 << 13),
    "frcsr": Form("d", lambda d: _csr(2).pack(d, 3, 0)), "frrm": Form("d", lambda d: _csr(2).pack(d, 2, 0)),
    "fsrmi": Form("d mode", lambda d, mode: _csr(5).pack(d, 2, mode)),
    **{
        f"{name}.fflags": Form("d s", lambda d, a, code=code: _csr(code).pack(d, 1, a))
        for code, name in enumerate(["csrrw", "csrrs", "csrrc"], 1)
    },
    **{
        f"{name}.fflags": Form("d u5", lambda d, i, code=code: _csr(code).pack(d, 1, i))
        for code, name in enumerate(["csrrwi", "csrrsi", "csrrci"], 5)
    },
}  # fmt: skip
"""Every instruction of RV64GC.

Kinds of operands: `d` a register to write, `s` one to read, `base` one that holds an address, `sp` the stack pointer, `atomic` one that
holds an aligned address, `d8 s8 base8` those that are x8 .. x15, `fd fs fd8 fs8` the same of f0 .. f31, `!` not x0, `iN` and `uN` signed
and unsigned immediates of N bits, `/4` multiples of 4, `to` a distance to jump, `rm` a rounding mode or 7 for that of fcsr, `mode` one for
fcsr, `csr` a control register, `trap` not an operand: the instruction calls the kernel.
"""


def encode(name: str, *operands: str | int) -> bytes:
    """Return the bytes of an instruction."""
    word = FORMS[name].pack(*operands)
    return word.to_bytes(2 if name.startswith("c.") else 4, "little")


def assemble(*instructions: tuple[str | int, ...] | bytes) -> bytes:
    """Return the bytes of a program: tuples of a name and its operands, and bytes as they are."""
    return b"".join(
        instruction if isinstance(instruction, bytes) else encode(str(instruction[0]), *instruction[1:])
        for instruction in instructions
    )


def cpu_with(*instructions: tuple[str | int, ...] | bytes, **registers: int) -> Cpu:
    """Return a CPU about to execute a program at TEXT, with two pages at DATA and the registers as given."""
    cpu = Cpu()
    code = assemble(*instructions)
    pages = -(-len(code) // PAGE_BYTES)
    cpu.map_pages(
        TEXT // PAGE_BYTES, pages, Protection.READ | Protection.EXECUTE, code.ljust(pages * PAGE_BYTES, b"\0")
    )
    cpu.map_pages(DATA // PAGE_BYTES, 2, Protection.READ | Protection.WRITE)
    for name, value in registers.items():
        cpu.write_register(name, value)
    cpu.pc = TEXT
    return cpu


def both_machines(*compiled: pytest.MarkDecorator) -> object:
    """Return a fixture that runs every test of a module on the machine that interprets, and on the one that compiles at once.

    `compiled` marks the tests on the second.
    """

    @pytest.fixture(
        autouse=True,
        scope="module",
        params=[pytest.param(processor._HOT, id="interpreted"), pytest.param(0, id="compiled", marks=compiled)],
    )
    def machines(request: pytest.FixtureRequest) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(processor, "_HOT", request.param)
            yield

    return machines
