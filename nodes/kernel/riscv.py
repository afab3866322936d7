"""The instruction set of the guests: RV64GC, written down for icicle in Sleigh, the language in which it is told what a machine does.

icicle brings a description of RISC-V of its own, made for reading programs rather than for running them: it traps where the
specification defines a result (division by zero), writes `rd` of an atomic instruction before the store that may still fault, goes to
the wrong place for `c.jalr ra`, keeps a reservation after a failed SC, knows half of a floating point unit, and lets a program read
and write every control register. The description here holds what the unprivileged specification (20191213, chapters 2, 3, 5, 7, 8,
10, 11, 12 and 16) says of user mode, and nothing else: what is not in it is an illegal instruction. It is also small: a machine made from
it takes a tenth of the time and a third of the memory.

There are two of them: with the floating-point unit (F and D: `riscv_floating`), and without it, as most programs never need it.

An instruction computes all it needs before it changes a register, so that one that faulted can simply run again.

Where the specification leaves a choice: fences order nothing, as there is one hart; a reservation is one address with its width, and
only SC and another LR end it; a misaligned store across two pages may have written the first when the second faults.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
from collections.abc import Iterator

from nodes.kernel import riscv_floating

REGISTERS = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"),
    *("a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"),
)
"""The names of x0 .. x31 in the calling convention."""

TRAP_COUNTER, TRAP_MISALIGNED, TRAP_BREAKPOINT, TRAP_RESERVED, TRAP_FENCE_I, TRAP_FLOATING = (
    1,
    3,
    5,
    7,
    9,
    riscv_floating.TRAP,
)
"""Why an instruction was handed to the kernel: odd numbers, so that none of them is the address of an instruction."""

_HEAD = f"""
define endian=little;
define alignment=2;
define space ram type=ram_space size=8 default;
define space register type=register_space size=4;
define register offset=0x1000 size=8 [ pc reserved_address reserved_bytes ];
define register offset=0x2000 size=8 [ {" ".join(REGISTERS)} ];
define pcodeop ecall;
define pcodeop invalidInstructionException;

# Fields: rA and cA are registers, nA and mA their numbers, sA_B and uA_B (32 bits), vA_B (16 bits) bits A to B.
define token word (32)
  opcode = (0, 6)  funct3 = (12, 14)  funct5 = (27, 31)  funct6 = (26, 31)  funct7 = (25, 31)
  o0_1 = (0, 1)  o2 = (2, 2)  o3 = (3, 3)  o4_6 = (4, 6)  fmt = (25, 26)  rm = (12, 14)
  fr7 = (7, 11)  fr15 = (15, 19)  fr20 = (20, 24)  fr27 = (27, 31)
  r7 = (7, 11)  r15 = (15, 19)  r20 = (20, 24)  n7 = (7, 11)  n15 = (15, 19)  n20 = (20, 24)
  shamt5 = (20, 24)  shamt6 = (20, 25)
  s20_31 = (20, 31) signed  u20_31 = (20, 31)  s25_31 = (25, 31) signed  s12_31 = (12, 31) signed  s31 = (31, 31) signed
  u7 = (7, 7)  u25_30 = (25, 30)  u8_11 = (8, 11)  u12_19 = (12, 19)  u20 = (20, 20)  u21_30 = (21, 30);
define token half (16)
  quadrant = (0, 1)  cfunct3 = (13, 15)
  cf2 = (2, 6)  cf7 = (7, 11)  shortf2 = (2, 4)
  c2 = (2, 6)  c7 = (7, 11)  m2 = (2, 6)  m7 = (7, 11)  short2 = (2, 4)  short7 = (7, 9)
  s12 = (12, 12) signed  v12 = (12, 12)  v2_12 = (2, 12)  v5_12 = (5, 12)  v10_12 = (10, 12)  v11_12 = (11, 12)  v9_12 = (9, 12)
  v10_11 = (10, 11)  v11 = (11, 11)  v9_10 = (9, 10)  v7_10 = (7, 10)  v8 = (8, 8)  v7 = (7, 7)  v7_8 = (7, 8)  v7_9 = (7, 9)
  v6 = (6, 6)  v5 = (5, 5)  v5_6 = (5, 6)  v4_6 = (4, 6)  v3_4 = (3, 4)  v3_5 = (3, 5)  v2 = (2, 2)  v2_3 = (2, 3)  v2_4 = (2, 4)
  v2_6 = (2, 6);
attach variables [ r7 r15 r20 c2 c7 ] [ {" ".join(REGISTERS)} ];
attach variables [ short2 short7 ] [ {" ".join(REGISTERS[8:16])} ];

rd: r7 is r7 {{ export r7; }}
rd: "zero" is n7 = 0 {{ local none:8 = 0; export none; }}
rs1: r15 is r15 {{ export r15; }}
rs1: "zero" is n15 = 0 {{ export 0:8; }}
rs2: r20 is r20 {{ export r20; }}
rs2: "zero" is n20 = 0 {{ export 0:8; }}
crd: c7 is c7 {{ export c7; }}
crd: "zero" is m7 = 0 {{ local none:8 = 0; export none; }}
crs2: c2 is c2 {{ export c2; }}
crs2: "zero" is m2 = 0 {{ export 0:8; }}

macro trap(why) {{ invalidInstructionException(why); }}
macro aligned(at, mask) {{ if ((at & mask) == 0) goto <yes>; invalidInstructionException({TRAP_MISALIGNED}:8); <yes> }}
macro high(r, a, b) {{ local p:16 = a * b; r = p(8); }}

# The divisor is made 1 where the specification wants no trap: x / 0 is -1, x % 0 is x, min / -1 is min, min % -1 is 0.
macro divisor(d, none, a, b) {{
  none = zext(b == 0);
  d = b + none + (zext((a == 0x8000000000000000) && (b == -1)) << 1);
}}
macro div(r, a, b) {{ local d:8 = 0; local none:8 = 0; divisor(d, none, a, b); r = (a s/ d) | -none; }}
macro rem(r, a, b) {{ local d:8 = 0; local none:8 = 0; divisor(d, none, a, b); r = (a s% d) | (a & -none); }}
macro divu(r, a, b) {{ local none:8 = zext(b == 0); r = (a / (b | none)) | -none; }}
macro remu(r, a, b) {{ local none:8 = zext(b == 0); r = (a % (b | none)) | (a & -none); }}
"""

_IMMEDIATES = {
    "imm": "s20_31",
    "imm_store": "(s25_31 << 5) | n7",
    "imm_upper": "s12_31 << 12",
    "cimm": "(s12 << 5) | v2_6",
    "cimm_upper": "(s12 << 17) | (v2_6 << 12)",
    "cimm_16sp": "(s12 << 9) | (v3_4 << 7) | (v5 << 6) | (v2 << 5) | (v6 << 4)",
    "cimm_4spn": "(v7_10 << 6) | (v11_12 << 4) | (v5 << 3) | (v6 << 2)",
    "cshamt": "(v12 << 5) | v2_6",
    "coff_w": "(v5 << 6) | (v10_12 << 3) | (v6 << 2)",
    "coff_d": "(v5_6 << 6) | (v10_12 << 3)",
    "coff_lwsp": "(v2_3 << 6) | (v12 << 5) | (v4_6 << 2)",
    "coff_ldsp": "(v2_4 << 6) | (v12 << 5) | (v5_6 << 3)",
    "coff_swsp": "(v7_8 << 6) | (v9_12 << 2)",
    "coff_sdsp": "(v7_9 << 6) | (v10_12 << 3)",
}
"""Immediate operands: how the bits of the instruction make the number."""

_TARGETS = {
    "branch": "(s31 << 12) | (u7 << 11) | (u25_30 << 5) | (u8_11 << 1)",
    "jump": "(s31 << 20) | (u12_19 << 12) | (u20 << 11) | (u21_30 << 1)",
    "cbranch": "(s12 << 8) | (v5_6 << 6) | (v2 << 5) | (v10_11 << 3) | (v3_4 << 1)",
    "cjump": "(s12 << 11) | (v8 << 10) | (v9_10 << 8) | (v6 << 7) | (v7 << 6) | (v2 << 5) | (v11 << 4) | (v3_5 << 1)",
}
"""Where branches and jumps go, from the address of the instruction."""


def _operands() -> Iterator[str]:
    for name, bits in _IMMEDIATES.items():
        yield f"{name}: value is {_fields(bits)} [ value = {bits}; ] {{ export *[const]:8 value; }}"
    for name, bits in _TARGETS.items():
        yield f"{name}: to is {_fields(bits)} [ to = inst_start + ({bits}); ] {{ export *[ram]:8 to; }}"


def _fields(bits: str) -> str:
    return " & ".join(re.findall(r"[a-z]\w*", bits))


# ------------------------------------------------------------------------------------------------------ control, memory

_CONTROL = f"""
:lui rd, imm_upper is opcode = 0x37 & rd & imm_upper {{ rd = imm_upper; }}
:auipc rd, imm_upper is opcode = 0x17 & rd & imm_upper {{ rd = inst_start + imm_upper; }}
:jal rd, jump is opcode = 0x6f & rd & jump {{ rd = inst_next; goto jump; }}
:jalr rd, imm(rs1) is opcode = 0x67 & funct3 = 0 & rd & rs1 & imm {{ local to:8 = (rs1 + imm) & ~1; rd = inst_next; goto [to]; }}
:fence is opcode = 0x0f & funct3 = 0 {{ local none:8 = 0; }}
:fence.i is opcode = 0x0f & funct3 = 1 {{ trap({TRAP_FENCE_I}:8); }}
:ecall is opcode = 0x73 & funct3 = 0 & u20_31 = 0 & n15 = 0 & n7 = 0 {{ ecall(); }}
:ebreak is opcode = 0x73 & funct3 = 0 & u20_31 = 1 & n15 = 0 & n7 = 0 {{ trap({TRAP_BREAKPOINT}:8); }}
:rdcycle rd is opcode = 0x73 & funct3 = 2 & u20_31 = 0xc00 & n15 = 0 & rd {{ trap({TRAP_COUNTER}:8); }}
:rdtime rd is opcode = 0x73 & funct3 = 2 & u20_31 = 0xc01 & n15 = 0 & rd {{ trap({TRAP_COUNTER}:8); }}
:rdinstret rd is opcode = 0x73 & funct3 = 2 & u20_31 = 0xc02 & n15 = 0 & rd {{ trap({TRAP_COUNTER}:8); }}
"""

_BRANCHES = {
    "beq": (0, "=="),
    "bne": (1, "!="),
    "blt": (4, "s<"),
    "bge": (5, "s>="),
    "bltu": (6, "<"),
    "bgeu": (7, ">="),
}
_LOADS = {
    "lb": (0, "sext", 1), "lh": (1, "sext", 2), "lw": (2, "sext", 4), "ld": (3, "", 8),
    "lbu": (4, "zext", 1), "lhu": (5, "zext", 2), "lwu": (6, "zext", 4),
}  # fmt: skip
_STORES = {"sb": (0, 1), "sh": (1, 2), "sw": (2, 4), "sd": (3, 8)}


def _control_and_memory() -> Iterator[str]:
    yield _CONTROL
    for name, (funct3, test) in _BRANCHES.items():
        yield (
            f":{name} rs1, rs2, branch is opcode = 0x63 & funct3 = {funct3} & rs1 & rs2 & branch "
            f"{{ if (rs1 {test} rs2) goto branch; }}"
        )
    for name, (funct3, extend, width) in _LOADS.items():
        yield (
            f":{name} rd, imm(rs1) is opcode = 0x03 & funct3 = {funct3} & rd & rs1 & imm "
            f"{{ local at:8 = rs1 + imm; rd = {extend}(*[ram]:{width} at); }}"
        )
    for name, (funct3, width) in _STORES.items():
        yield (
            f":{name} rs2, imm_store(rs1) is opcode = 0x23 & funct3 = {funct3} & rs1 & rs2 & imm_store "
            f"{{ local at:8 = rs1 + imm_store; local v:8 = rs2; *[ram]:{width} at = v:{width}; }}"
        )


# ----------------------------------------------------------------------------------------------------------- arithmetic

_IMMEDIATE_OPERATIONS = {
    "addi": (0, "a + b"), "slti": (2, "zext(a s< b)"), "sltiu": (3, "zext(a < b)"),
    "xori": (4, "a ^ b"), "ori": (6, "a | b"), "andi": (7, "a & b"),
}  # fmt: skip
_OPERATIONS = {
    "add": (0, 0x00, "r = a + b;"), "sub": (0, 0x20, "r = a - b;"),
    "slt": (2, 0x00, "r = zext(a s< b);"), "sltu": (3, 0x00, "r = zext(a < b);"),
    "xor": (4, 0x00, "r = a ^ b;"), "or": (6, 0x00, "r = a | b;"), "and": (7, 0x00, "r = a & b;"),
    "mul": (0, 0x01, "r = a * b;"),
    "mulh": (1, 0x01, "high(r, sext(a), sext(b));"),
    "mulhsu": (2, 0x01, "high(r, sext(a), zext(b));"),
    "mulhu": (3, 0x01, "high(r, zext(a), zext(b));"),
    "div": (4, 0x01, "div(r, a, b);"), "divu": (5, 0x01, "divu(r, a, b);"),
    "rem": (6, 0x01, "rem(r, a, b);"), "remu": (7, 0x01, "remu(r, a, b);"),
}  # fmt: skip
_WORD_OPERATIONS = {
    "addw": (0, 0x00, "sext", "r = a + b;"), "subw": (0, 0x20, "sext", "r = a - b;"), "mulw": (0, 0x01, "sext", "r = a * b;"),
    "divw": (4, 0x01, "sext", "div(r, a, b);"), "divuw": (5, 0x01, "zext", "divu(r, a, b);"),
    "remw": (6, 0x01, "sext", "rem(r, a, b);"), "remuw": (7, 0x01, "zext", "remu(r, a, b);"),
}  # fmt: skip
_SHIFTS = {"sll": (1, 0x00, "<<"), "srl": (5, 0x00, ">>"), "sra": (5, 0x20, "s>>")}


def _arithmetic() -> Iterator[str]:
    for name, (funct3, result) in _IMMEDIATE_OPERATIONS.items():
        yield (
            f":{name} rd, rs1, imm is opcode = 0x13 & funct3 = {funct3} & rd & rs1 & imm "
            f"{{ local a:8 = rs1; local b:8 = imm; rd = {result}; }}"
        )
    yield ":addiw rd, rs1, imm is opcode = 0x1b & funct3 = 0 & rd & rs1 & imm { local r:8 = rs1 + imm; rd = sext(r:4); }"
    for name, (funct3, funct7, compute) in _OPERATIONS.items():
        yield (
            f":{name} rd, rs1, rs2 is opcode = 0x33 & funct3 = {funct3} & funct7 = {funct7} & rd & rs1 & rs2 "
            f"{{ local a:8 = rs1; local b:8 = rs2; local r:8 = 0; {compute} rd = r; }}"
        )
    for name, (funct3, funct7, extend, compute) in _WORD_OPERATIONS.items():
        yield (
            f":{name} rd, rs1, rs2 is opcode = 0x3b & funct3 = {funct3} & funct7 = {funct7} & rd & rs1 & rs2 "
            f"{{ local x:8 = rs1; local y:8 = rs2; local a:8 = {extend}(x:4); local b:8 = {extend}(y:4); local r:8 = 0; "
            f"{compute} rd = sext(r:4); }}"
        )
    for name, (funct3, funct7, shift) in _SHIFTS.items():
        word = f"local a:8 = rs1; local r:4 = a:4 {shift}"
        yield (
            f":{name}i rd, rs1, shamt6 is opcode = 0x13 & funct3 = {funct3} & funct6 = {funct7 >> 1} & rd & rs1 & shamt6 "
            f"{{ rd = rs1 {shift} shamt6; }}"
        )
        yield (
            f":{name}iw rd, rs1, shamt5 is opcode = 0x1b & funct3 = {funct3} & funct7 = {funct7} & rd & rs1 & shamt5 "
            f"{{ {word} shamt5; rd = sext(r); }}"
        )
        yield (
            f":{name} rd, rs1, rs2 is opcode = 0x33 & funct3 = {funct3} & funct7 = {funct7} & rd & rs1 & rs2 "
            f"{{ local by:8 = rs2 & 63; rd = rs1 {shift} by; }}"
        )
        yield (
            f":{name}w rd, rs1, rs2 is opcode = 0x3b & funct3 = {funct3} & funct7 = {funct7} & rd & rs1 & rs2 "
            f"{{ local by:8 = rs2 & 31; {word} by; rd = sext(r); }}"
        )


# -------------------------------------------------------------------------------------------------------------- atomics

_AMOS = {
    "amoswap": (0x01, "b"), "amoadd": (0x00, "old + b"),
    "amoxor": (0x04, "old ^ b"), "amoand": (0x0C, "old & b"), "amoor": (0x08, "old | b"),
    "amomin": (0x10, "b ^ ((old ^ b) & -zext(old s< b))"), "amomax": (0x14, "b ^ ((old ^ b) & -zext(old s> b))"),
    "amominu": (0x18, "b ^ ((old ^ b) & -zext(old < b))"), "amomaxu": (0x1C, "b ^ ((old ^ b) & -zext(old > b))"),
}  # fmt: skip


def _atomics() -> Iterator[str]:
    for suffix, funct3, width, loaded in (("w", 2, 4, "sext(old)"), ("d", 3, 8, "old")):
        kind = f"opcode = 0x2f & funct3 = {funct3}"
        begin = f"local at:8 = rs1; aligned(at, {width - 1}:8);"
        load = f"local old:{width} = *[ram]:{width} at;"
        yield (
            f":lr.{suffix} rd, (rs1) is {kind} & funct5 = 2 & n20 = 0 & rd & rs1 "
            f"{{ {begin} {load} reserved_address = at; reserved_bytes = {width}; rd = {loaded}; }}"
        )
        yield (
            f":sc.{suffix} rd, rs2, (rs1) is {kind} & funct5 = 3 & rd & rs1 & rs2 "
            f"{{ {begin} local v:8 = rs2; local failed:8 = 1; "
            f"if ((reserved_bytes != {width}) || (reserved_address != at)) goto <end>; *[ram]:{width} at = v:{width}; failed = 0; "
            f"<end> reserved_bytes = 0; rd = failed; }}"
        )
        for name, (funct5, result) in _AMOS.items():
            yield (
                f":{name}.{suffix} rd, rs2, (rs1) is {kind} & funct5 = {funct5} & rd & rs1 & rs2 "
                f"{{ {begin} local v:8 = rs2; local b:{width} = v:{width}; {load} *[ram]:{width} at = {result}; rd = {loaded}; }}"
            )


# ----------------------------------------------------------------------------------------------------------- compressed

_QUADRANT_0 = """
:c.addi4spn short2, cimm_4spn is {0} & cfunct3 = 0 & short2 & cimm_4spn {{ short2 = sp + cimm_4spn; }}
:c.reserved is {0} & cfunct3 = 0 & v5_12 = 0 {{ {reserved} }}
:c.lw short2, coff_w(short7) is {0} & cfunct3 = 2 & short2 & short7 & coff_w {{ local at:8 = short7 + coff_w; short2 = sext(*[ram]:4 at); }}
:c.ld short2, coff_d(short7) is {0} & cfunct3 = 3 & short2 & short7 & coff_d {{ local at:8 = short7 + coff_d; short2 = *[ram]:8 at; }}
:c.sw short2, coff_w(short7) is {0} & cfunct3 = 6 & short2 & short7 & coff_w {{ local at:8 = short7 + coff_w; *[ram]:4 at = short2:4; }}
:c.sd short2, coff_d(short7) is {0} & cfunct3 = 7 & short2 & short7 & coff_d {{ local at:8 = short7 + coff_d; *[ram]:8 at = short2; }}
"""
_QUADRANT_1 = """
:c.addi crd, cimm is {0} & cfunct3 = 0 & crd & cimm {{ crd = crd + cimm; }}
:c.addiw crd, cimm is {0} & cfunct3 = 1 & crd & cimm {{ local r:8 = crd + cimm; crd = sext(r:4); }}
:c.reserved is {0} & cfunct3 = 1 & m7 = 0 {{ {reserved} }}
:c.li crd, cimm is {0} & cfunct3 = 2 & crd & cimm {{ crd = cimm; }}
:c.lui crd, cimm_upper is {0} & cfunct3 = 3 & crd & cimm_upper {{ crd = cimm_upper; }}
:c.addi16sp cimm_16sp is {0} & cfunct3 = 3 & m7 = 2 & cimm_16sp {{ sp = sp + cimm_16sp; }}
:c.reserved is {0} & cfunct3 = 3 & v12 = 0 & v2_6 = 0 {{ {reserved} }}
:c.reserved is {0} & cfunct3 = 3 & m7 = 2 & v12 = 0 & v2_6 = 0 {{ {reserved} }}
:c.srli short7, cshamt is {0} & cfunct3 = 4 & v10_11 = 0 & short7 & cshamt {{ short7 = short7 >> cshamt; }}
:c.srai short7, cshamt is {0} & cfunct3 = 4 & v10_11 = 1 & short7 & cshamt {{ short7 = short7 s>> cshamt; }}
:c.andi short7, cimm is {0} & cfunct3 = 4 & v10_11 = 2 & short7 & cimm {{ short7 = short7 & cimm; }}
:c.sub short7, short2 is {0} & cfunct3 = 4 & v10_12 = 3 & v5_6 = 0 & short7 & short2 {{ short7 = short7 - short2; }}
:c.xor short7, short2 is {0} & cfunct3 = 4 & v10_12 = 3 & v5_6 = 1 & short7 & short2 {{ short7 = short7 ^ short2; }}
:c.or short7, short2 is {0} & cfunct3 = 4 & v10_12 = 3 & v5_6 = 2 & short7 & short2 {{ short7 = short7 | short2; }}
:c.and short7, short2 is {0} & cfunct3 = 4 & v10_12 = 3 & v5_6 = 3 & short7 & short2 {{ short7 = short7 & short2; }}
:c.subw short7, short2 is {0} & cfunct3 = 4 & v10_12 = 7 & v5_6 = 0 & short7 & short2 {{ local r:8 = short7 - short2; short7 = sext(r:4); }}
:c.addw short7, short2 is {0} & cfunct3 = 4 & v10_12 = 7 & v5_6 = 1 & short7 & short2 {{ local r:8 = short7 + short2; short7 = sext(r:4); }}
:c.j cjump is {0} & cfunct3 = 5 & cjump {{ goto cjump; }}
:c.beqz short7, cbranch is {0} & cfunct3 = 6 & short7 & cbranch {{ if (short7 == 0) goto cbranch; }}
:c.bnez short7, cbranch is {0} & cfunct3 = 7 & short7 & cbranch {{ if (short7 != 0) goto cbranch; }}
"""
_QUADRANT_2 = """
:c.slli crd, cshamt is {0} & cfunct3 = 0 & crd & cshamt {{ crd = crd << cshamt; }}
:c.lwsp crd, coff_lwsp is {0} & cfunct3 = 2 & crd & coff_lwsp {{ local at:8 = sp + coff_lwsp; crd = sext(*[ram]:4 at); }}
:c.reserved is {0} & cfunct3 = 2 & m7 = 0 {{ {reserved} }}
:c.ldsp crd, coff_ldsp is {0} & cfunct3 = 3 & crd & coff_ldsp {{ local at:8 = sp + coff_ldsp; crd = *[ram]:8 at; }}
:c.reserved is {0} & cfunct3 = 3 & m7 = 0 {{ {reserved} }}
:c.mv crd, crs2 is {0} & cfunct3 = 4 & v12 = 0 & crd & crs2 {{ crd = crs2; }}
:c.jr crd is {0} & cfunct3 = 4 & v12 = 0 & m2 = 0 & crd {{ local to:8 = crd & ~1; goto [to]; }}
:c.reserved is {0} & cfunct3 = 4 & v2_12 = 0 {{ {reserved} }}
:c.add crd, crs2 is {0} & cfunct3 = 4 & v12 = 1 & crd & crs2 {{ crd = crd + crs2; }}
:c.jalr crd is {0} & cfunct3 = 4 & v12 = 1 & m2 = 0 & crd {{ local to:8 = crd & ~1; ra = inst_next; goto [to]; }}
:c.ebreak is {0} & cfunct3 = 4 & v2_12 = 0x400 {{ {breakpoint} }}
:c.swsp crs2, coff_swsp is {0} & cfunct3 = 6 & crs2 & coff_swsp {{ local at:8 = sp + coff_swsp; local v:8 = crs2; *[ram]:4 at = v:4; }}
:c.sdsp crs2, coff_sdsp is {0} & cfunct3 = 7 & crs2 & coff_sdsp {{ local at:8 = sp + coff_sdsp; *[ram]:8 at = crs2; }}
"""


def _compressed() -> Iterator[str]:
    """Of two that fit, the one that constrains more bits counts: so exceptions stand beside their rules."""
    for number, text in enumerate((_QUADRANT_0, _QUADRANT_1, _QUADRANT_2)):
        yield text.format(
            f"quadrant = {number}", reserved=f"trap({TRAP_RESERVED}:8);", breakpoint=f"trap({TRAP_BREAKPOINT}:8);"
        )


# ------------------------------------------------------------------------------------------------------------- for icicle

_FILES = {
    "riscv.ldefs": """<?xml version="1.0" encoding="UTF-8"?>
<language_definitions>
  <language processor="RISCV" endian="little" size="64" variant="default" version="1.0" slafile="riscv64.sla"
            processorspec="riscv64.pspec" id="RISCV:LE:64:default">
    <description>RISC-V</description>
    <compiler name="gcc" spec="riscv64.cspec" id="gcc"/>
  </language>
</language_definitions>
""",
    "riscv64.pspec": """<?xml version="1.0" encoding="UTF-8"?>
<processor_spec>
  <programcounter register="pc"/>
</processor_spec>
""",
    "riscv64.cspec": """<?xml version="1.0" encoding="UTF-8"?>
<compiler_spec>
  <stackpointer register="sp" space="ram"/>
  <default_proto>
    <prototype name="__stdcall" extrapop="0" stackshift="0">
      <input><pentry minsize="1" maxsize="8"><register name="a0"/></pentry></input>
      <output><pentry minsize="1" maxsize="8"><register name="a0"/></pentry></output>
    </prototype>
  </default_proto>
</compiler_spec>
""",
}


LANGUAGES = pathlib.Path(__file__).parent / "sleigh"
"""Where the files above lie as icicle wants them, in a folder for each machine. `python -m nodes.kernel.riscv` writes them anew."""
_MACHINES = {None: LANGUAGES / "rv64imac", True: LANGUAGES / "rv64gc-thorough", False: LANGUAGES / "rv64gc"}
_FOLDER = pathlib.Path("Ghidra", "Processors", "RISCV", "data", "languages")


def files() -> dict[pathlib.Path, str]:
    """Return the descriptions of the machines: each file, and its text."""
    whole = [_HEAD, *_operands(), *_control_and_memory(), *_arithmetic(), *_atomics(), *_compressed()]
    texts: dict[pathlib.Path, str] = {}
    for thorough, machine in _MACHINES.items():
        specification = whole if thorough is None else [*whole, *riscv_floating.specification(thorough=thorough)]
        texts |= {machine / _FOLDER / name: text for name, text in _FILES.items()}
        texts[machine / _FOLDER / "riscv64.slaspec"] = "\n".join([*specification, ""])
    return texts


@contextlib.contextmanager
def language(*, thorough: bool | None) -> Iterator[None]:
    """While this lasts, the RISC-V machines that icicle makes are those described here.

    `thorough`: how the floating-point unit is (`riscv_floating.specification`); None: there is none.

    icicle reads descriptions from a directory only, and is told which one, and how hard its compiler shall try, by the environment. A
    compiler that does not try hard takes a fifth less time, and what it makes is no slower.
    """
    before = {name: os.environ.get(name) for name in ("GHIDRA_SRC", "OPT_LEVEL")}
    os.environ |= {"GHIDRA_SRC": str(_MACHINES[thorough]), "OPT_LEVEL": "none"}
    try:
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                del os.environ[variable]
            else:
                os.environ[variable] = value


if __name__ == "__main__":
    for path, written in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written)
