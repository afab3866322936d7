"""The floating-point instructions of the guests, F and D: written down in Sleigh, and done in whole numbers where that settles nothing.

Sleigh has the host's arithmetic: to the nearest, with no flags, with the host's NaNs. That is right for almost all that programs compute,
and it is compiled. So an instruction computes that way, and keeps the result if no other could have come out and no flag would be new:
the rounding mode is to the nearest, and either INEXACT has been raised before and the result is normal, or the result is exact
(Cota and Carloni, "Cross-ISA machine instrumentation using fast and scalable dynamic binary translation", 2019, section 3.2). Everything
else is handed to the kernel, one instruction at a time, which calls `execute`.

A result is exact if its significand, multiplied back, gives what it was made of. The low 64 bits of that product are enough: what was
rounded makes a difference, but one of fewer bits.

A fused multiply-add is made of sums and products whose errors are known (Boldo and Melquiond, "Emulation of a FMA and correctly rounded
sums: proved algorithms using rounding to odd", 2008), where exponents keep all of them from overflowing and underflowing.

A single lies in the low half of its register, under ones. What lies there otherwise is handed over too: it stands for the canonical NaN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from nodes.kernel import floating
from nodes.kernel.floating import DOUBLE, SINGLE, Format, Result, Rounding

REGISTERS: Final = tuple(f"f{number}" for number in range(32))
CONTROL: Final = "fcsr"
"""The register of the flags (bits 0 to 4) and of the rounding mode (bits 5 to 7)."""

_QUICK_MASK = 0xE1
QUICK: Final = {"quick_s": 0xFD << 24, "quick_d": 0x7FD << 53}
"""Registers that follow from `CONTROL`, so that one comparison settles most results: if it says to the nearest, and INEXACT is raised, the
span of the normal numbers that rounding alone cannot have made so, without their signs; otherwise 0."""


def quick(control: int) -> dict[str, int]:
    """Return what these registers have to be."""
    return {name: span if control & _QUICK_MASK == 1 else 0 for name, span in QUICK.items()}


TRAP: Final = 11
"""Why an instruction is handed over to `execute`: see `riscv`."""

_MODE_AT = 5
_DYNAMIC = 7
"""What an instruction has in its field `rm` if fcsr has the rounding mode."""
_BOX = 0xFFFF_FFFF_0000_0000
_WORD, _ALL = (1 << 32) - 1, (1 << 64) - 1

# ---------------------------------------------------------------------------------------------------------- how to settle

_SPANS = "\n".join(
    f'span_{suffix}: "{mode}" is rm{of} {{ export {span}; }}'
    for suffix in ("s", "d")
    for mode, of, span in (
        ("rne", " = 0", f"quick_{suffix}"),
        ("dyn", f" = {_DYNAMIC}", f"quick_{suffix}"),
        ("other", "", "0:8"),
    )
)
_HEAD = f"""
define register offset=0x3000 size=8 [ {" ".join(REGISTERS)} {CONTROL} {" ".join(QUICK)} ];
attach variables [ fr7 fr15 fr20 fr27 cf2 cf7 ] [ {" ".join(REGISTERS)} ];
attach variables [ shortf2 ] [ {" ".join(REGISTERS[8:16])} ];

# 0: to the nearest; 1: to the nearest, and INEXACT is raised already; more: neither.
mode: "rne" is rm = 0 {{ local m:8 = {CONTROL} & 1; export m; }}
mode: "dyn" is rm = {_DYNAMIC} {{ local m:8 = {CONTROL} & {0x7 << _MODE_AT | 1:#x}; export m; }}
mode: "other" is rm {{ export 2:8; }}

# The span within which one comparison settles a result.
{_SPANS}

# Which fractions take a whole number away from zero. 1: more than a half, or a half if the number is odd; 2: a half; 4: any, of a
# negative number; 8: any, of a positive one; 16: that is for the kernel to find out.
away: "rne" is rm = 0 {{ export 1:8; }}
away: "rtz" is rm = 1 {{ export 0:8; }}
away: "rdn" is rm = 2 {{ export 4:8; }}
away: "rup" is rm = 3 {{ export 8:8; }}
away: "rmm" is rm = 4 {{ export 3:8; }}
away: "dyn" is rm = {_DYNAMIC} {{ local m:8 = 1 | (zext(({CONTROL} & {0x7 << _MODE_AT:#x}) != 0) << 4); export m; }}
away: "other" is rm {{ export 16:8; }}

macro set_control(value) {{
  local is_quick:8 = zext((value & {_QUICK_MASK:#x}) == 1);
  {CONTROL} = value; {" ".join(f"{name} = is_quick * {span:#x};" for name, span in QUICK.items())}
}}
macro hand_over() {{ invalidInstructionException({TRAP}:8); }}

# The field of the exponent of a double, and its significand if it is normal.
macro parts(e, m, a) {{ e = (a >> 52) & 0x7ff; m = (a & 0xfffffffffffff) | 0x10000000000000; }}

# The error of s, which is a + b.
macro error_of_sum(error, s, a, b) {{ local t:8 = s f- a; error = (a f- (s f- t)) f+ (b f- t); }}
# The error of p, which is a * b.
macro error_of_product(error, p, a, b) {{
  local ca:8 = a f* 0x41a0000002000000; local ah:8 = ca f- (ca f- a); local al:8 = a f- ah;
  local cb:8 = b f* 0x41a0000002000000; local bh:8 = cb f- (cb f- b); local bl:8 = b f- bh;
  error = (((ah f* bh) f- p) f+ (ah f* bl) f+ (al f* bh)) f+ (al f* bl);
}}
# If s has an error, and is even: the neighbour on whose side the error is, which is odd.
macro make_odd(s, error) {{
  s = s + ((1 - (zext((s ^ error) s< 0) << 1)) * zext(((error << 1) != 0) && ((s & 1) == 0)));
}}
"""


class _Width(NamedTuple):
    """How the instructions of one format are written."""

    suffix: str
    format: Format

    @property
    def code(self) -> int:
        """The field `fmt` of its instructions."""
        return int(self.format is DOUBLE)

    @property
    def bytes(self) -> int:
        """The size of its numbers."""
        return self.format.bits // 8

    def operands(self, **registers: str) -> str:
        """Load operands. After it `boxed` is whether they all are singles, if they should be."""
        if self.format is DOUBLE:
            return " ".join([f"local {name}:8 = {register};" for name, register in registers.items()])
        loads = " ".join(
            [f"local {name}r:8 = {register}; local {name}:4 = {name}r:4;" for name, register in registers.items()]
        )
        return f"{loads} local boxed:1 = (({' & '.join(f'{name}r' for name in registers)}) >> 32) == {_WORD:#x};"

    def settles(self, condition: str) -> str:
        """Let the result be as it has been computed, if a condition holds."""
        boxed = "" if self.format is DOUBLE else "boxed && "
        return f"if ({boxed}{condition}) goto <settled>;"

    def instruction(self, funct5: int) -> str:
        """Return the fields that all operations with one code have."""
        return f"opcode = 0x53 & fmt = {self.code} & funct5 = {funct5}"

    def keep(self, value: str = "r") -> str:
        """Write the result."""
        return f"fr7 = {value};" if self.format is DOUBLE else f"fr7 = zext({value}) | {_BOX:#x};"

    def above(self, *registers: str) -> str:
        """Return what is within the span if r is settled by that, and the boxes of some registers are whole."""
        above = f"((r << 1) - {2 << self.format.precision:#x})"
        if self.format is SINGLE:
            above = (
                f"(zext{above}"
                + f" | (~({' & '.join(registers)}) & {_BOX:#x}))" * bool(registers)
                + ")" * (not registers)
            )
        return above

    def quick(self, *registers: str) -> str:
        """Settle what one comparison settles."""
        return f"if ({self.above(*registers)} < span_{self.suffix}) goto <settled>;"

    @property
    def finite(self) -> str:
        """Whether r is finite."""
        return f"((r << 1) < {self.format.greatest_exponent << self.format.precision:#x})"


_WIDTHS = _S, _D = _Width("s", SINGLE), _Width("d", DOUBLE)
_MOVE = "opcode = 0x53 & n20 = 0"
_ELSE = "hand_over(); <settled>"
"""What comes behind all that may settle an instruction."""


# ----------------------------------------------------------------------------------------------------------- instructions


def specification(*, thorough: bool) -> Iterator[str]:
    """Return the description of all these instructions, to stand behind that of the others.

    `thorough`: results that are exact are settled, too, while INEXACT is not raised. That takes a branch, and every branch makes icicle's
    compiler write all it has to memory. Otherwise arithmetic of doubles is handed over by a division by zero, which needs none.
    """
    yield _HEAD
    yield _MOVES
    for width in _WIDTHS:
        yield from _without_rounding(width)
        yield from _arithmetic(width, thorough=thorough)
        yield from _from_integers(width)
        yield from _to_integers(width)
        yield _fused(width)
    yield _OTHERS


_MOVES = f"""
:flw fr7, imm(rs1) is opcode = 0x07 & funct3 = 2 & fr7 & rs1 & imm {{
  local at:8 = rs1 + imm; local v:4 = *[ram]:4 at; fr7 = zext(v) | {_BOX:#x}; }}
:fld fr7, imm(rs1) is opcode = 0x07 & funct3 = 3 & fr7 & rs1 & imm {{ local at:8 = rs1 + imm; fr7 = *[ram]:8 at; }}
:fsw fr20, imm_store(rs1) is opcode = 0x27 & funct3 = 2 & rs1 & fr20 & imm_store {{
  local at:8 = rs1 + imm_store; local v:8 = fr20; *[ram]:4 at = v:4; }}
:fsd fr20, imm_store(rs1) is opcode = 0x27 & funct3 = 3 & rs1 & fr20 & imm_store {{ local at:8 = rs1 + imm_store; *[ram]:8 at = fr20; }}
:c.fld shortf2, coff_d(short7) is quadrant = 0 & cfunct3 = 1 & shortf2 & short7 & coff_d {{
  local at:8 = short7 + coff_d; shortf2 = *[ram]:8 at; }}
:c.fsd shortf2, coff_d(short7) is quadrant = 0 & cfunct3 = 5 & shortf2 & short7 & coff_d {{
  local at:8 = short7 + coff_d; *[ram]:8 at = shortf2; }}
:c.fldsp cf7, coff_ldsp is quadrant = 2 & cfunct3 = 1 & cf7 & coff_ldsp {{ local at:8 = sp + coff_ldsp; cf7 = *[ram]:8 at; }}
:c.fsdsp cf2, coff_sdsp is quadrant = 2 & cfunct3 = 5 & cf2 & coff_sdsp {{ local at:8 = sp + coff_sdsp; *[ram]:8 at = cf2; }}
:fmv.x.w rd, fr15 is {_MOVE} & funct7 = 0x70 & funct3 = 0 & rd & fr15 {{ local v:8 = fr15; rd = sext(v:4); }}
:fmv.w.x fr7, rs1 is {_MOVE} & funct7 = 0x78 & funct3 = 0 & fr7 & rs1 {{ local v:8 = rs1; fr7 = zext(v:4) | {_BOX:#x}; }}
:fmv.x.d rd, fr15 is {_MOVE} & funct7 = 0x71 & funct3 = 0 & rd & fr15 {{ rd = fr15; }}
:fmv.d.x fr7, rs1 is {_MOVE} & funct7 = 0x79 & funct3 = 0 & fr7 & rs1 {{ fr7 = rs1; }}
:fcvt.d.s fr7, fr15, mode is {_MOVE} & funct7 = 0x21 & fr7 & fr15 & mode {{
  {_S.operands(a="fr15")} {_S.settles("(mode < 2) && !nan(a)")} {_ELSE} fr7 = float2float(a); }}
:fcvt.s.d fr7, fr15, mode is opcode = 0x53 & funct7 = 0x20 & n20 = 1 & fr7 & fr15 & mode & span_s {{
  local r:4 = float2float(fr15); {_S.quick()}
  local back:8 = float2float(r);
  {_D.settles("(mode < 2) && (back f== fr15)")}
  {_ELSE} {_S.keep()} }}
"""

_CHANGES = {"w": "n", "s": "old | n", "c": "old & ~n"}
_OTHERS = "\n".join(
    [
        "# The control register and its two parts: fflags, frm, fcsr.",
        *[
            f'{name}: "{csr}" is u20_31 = {csr} {{ export {value}:8; }}'
            for csr, mask, at in ((1, 0x1F, 0), (2, 0x7, _MODE_AT), (3, 0xFF, 0))
            for name, value in (("csr_mask", mask), ("csr_at", at))
        ],
        *[
            f":csrr{name}{suffix} rd is opcode = 0x73 & funct3 = {funct3 + immediate} & csr_mask & csr_at & rd & {source} {{ "
            f"local old:8 = ({CONTROL} >> csr_at) & csr_mask; local n:8 = {source}; local new:8 = {change}; "
            f"local all:8 = ({CONTROL} & ~(csr_mask << csr_at)) | ((new & csr_mask) << csr_at); set_control(all); rd = old; }}"
            for funct3, (name, change) in enumerate(_CHANGES.items(), 1)
            for suffix, immediate, source in (("", 0, "rs1"), ("i", 4, "n15"))
        ],
        "# What is not above is handed over, and there it is found to be one of the others, or none.",
        ":fp is opcode = 0x53 { hand_over(); }",
        ":fp is o4_6 = 4 & o0_1 = 3 { hand_over(); }",
        "",
    ]
)


_SIGNS = {"fsgnj": "b", "fsgnjn": "~b", "fsgnjx": "(a ^ b)"}
_COMPARED = {"fle": "a f<= b", "flt": "a f< b", "feq": "a f== b"}
_FIRST = {"fmin": "(a f< b) || ((a f== b) && (a s< 0))", "fmax": "(b f< a) || ((a f== b) && (b s< 0))"}
"""When the result is the first of two. Two zeros are equal: their signs decide."""


def _without_rounding(width: _Width) -> Iterator[str]:
    size, sign = width.bytes, width.format.sign
    one, two = width.operands(a="fr15"), width.operands(a="fr15", b="fr20")
    if_single = f"{width.settles('1:1')} {_ELSE}" if width.format is SINGLE else ""
    if_ordered = f"{width.settles('!(nan(a) || nan(b))')} {_ELSE}"
    for funct3, (name, of) in enumerate(_SIGNS.items()):
        yield (
            f":{name}.{width.suffix} fr7, fr15, fr20 is {width.instruction(4)} & funct3 = {funct3} & fr7 & fr15 & fr20 "
            f"{{ {two} {if_single} local r:{size} = (a & {sign - 1:#x}) | ({of} & {sign:#x}); {width.keep()} }}"
        )
    for funct3, (name, test) in enumerate(_COMPARED.items()):
        yield (
            f":{name}.{width.suffix} rd, fr15, fr20 is {width.instruction(20)} & funct3 = {funct3} & rd & fr15 & fr20 "
            f"{{ {two} {if_ordered} rd = zext({test}); }}"
        )
    for funct3, (name, test) in enumerate(_FIRST.items()):
        yield (
            f":{name}.{width.suffix} fr7, fr15, fr20 is {width.instruction(5)} & funct3 = {funct3} & fr7 & fr15 & fr20 "
            f"{{ {two} {if_ordered} local r:{size} = b ^ ((a ^ b) & -zext({test})); {width.keep()} }}"
        )
    greatest = f"{width.format.greatest_exponent:#x}"
    yield f"""
:fclass.{width.suffix} rd, fr15 is {width.instruction(28)} & n20 = 0 & funct3 = 1 & rd & fr15 {{
  {one} {if_single}
  local e:{size} = (a >> {width.format.precision - 1}) & {greatest};
  local f:{size} = a << {width.format.bits - width.format.precision + 1};
  local nan:8 = zext((e == {greatest}) && (f != 0));
  local place:8 = (zext(e == 0) * (2 + zext(f == 0))) + zext((e != 0) && (e != {greatest}));
  place = ((place ^ (7 * zext(a s>= 0))) & (nan - 1)) + (nan * (8 + zext(f s< 0)));
  rd = 1 << place; }}"""


_AS_DOUBLES = "local x:8 = float2float(a); local y:8 = float2float(b); local z:8 = float2float(r);"
_PARTS = "local ea:8 = 0; local ma:8 = 0; parts(ea, ma, a); local eb:8 = 0; local mb:8 = 0; parts(eb, mb, b);"
_PARTS += "local er:8 = 0; local mr:8 = 0; parts(er, mr, r);"
_NORMAL = "(((ea - 1) < 0x7fe) && ((eb - 1) < 0x7fe) && ((er - 1) < 0x7fe))"
_EXACT = {
    "fadd.s": ("local t:4 = r f- a;", "((a f- (r f- t)) f+ (b f- t)) f== 0"),
    "fsub.s": ("local t:4 = r f- a;", "((a f- (r f- t)) f- (b f+ t)) f== 0"),
    "fmul.s": (_AS_DOUBLES, "(x f* y) f== z"),
    "fdiv.s": (_AS_DOUBLES, "(z f* y) f== x"),
    "fsqrt.s": (_AS_DOUBLES, "(z f* z) f== x"),
    "fadd.d": ("local t:8 = r f- a;", "((a f- (r f- t)) f+ (b f- t)) f== 0"),
    "fsub.d": ("local t:8 = r f- a;", "((a f- (r f- t)) f- (b f+ t)) f== 0"),
    "fmul.d": (
        _PARTS,
        f"({_NORMAL} && (((ma * mb) << (ea + eb - er - 1011)) == 0)) || (((r << 1) == 0) && (((a << 1) == 0) || ((b << 1) == 0)))",
    ),
    "fdiv.d": (
        _PARTS,
        f"({_NORMAL} && ((mr * mb) == (ma << (ea - eb - er + 1075)))) || (((r << 1) == 0) && ((a << 1) == 0))",
    ),
    "fsqrt.d": (_PARTS, f"({_NORMAL} && ((mr * mr) == (ma << (53 - (ea & 1))))) || ((r << 1) == 0)"),
}
"""What is computed to tell whether a result is exact, and when it is."""


def _arithmetic(width: _Width, *, thorough: bool) -> Iterator[str]:
    for name, funct5, result in (
        ("fadd", 0, "a f+ b"),
        ("fsub", 1, "a f- b"),
        ("fmul", 2, "a f* b"),
        ("fdiv", 3, "a f/ b"),
        ("fsqrt", 11, "sqrt(a)"),
    ):
        operands = {"a": "fr15"} if name == "fsqrt" else {"a": "fr15", "b": "fr20"}
        fields = " & ".join(operands.values()) + (" & n20 = 0" if name == "fsqrt" else "")
        part = "" if width.format is DOUBLE else ":4"
        for operand, register in operands.items():
            result = re.sub(rf"\b{operand}\b", register + part, result)
        start = f":{name}.{width.suffix} fr7, fr15, mode is {width.instruction(funct5)} & {fields} & fr7 & mode & span_{width.suffix}"
        if width.format is DOUBLE and not thorough:
            yield f"""
{start} {{
  local r:8 = {result}; local settled:4 = zext({width.above()} < span_d); local none:4 = 1 / settled; fr7 = r; }}"""
            continue
        prepared, exact = _EXACT[f"{name}.{width.suffix}"]
        if name in ("fadd", "fsub"):
            exact = f"{width.finite} && ({exact})"
        yield f"""
{start} {{
  local r:{width.bytes} = {result}; {width.quick(*operands.values())}
  {width.operands(**{"b": "fr15", **operands})} {prepared}
  {width.settles(f"(mode < 2) && ({exact})")}
  {_ELSE} {width.keep()} }}"""


_INTEGERS = {
    "w": ("local x:8 = rs1; local i:8 = sext(x:4);", "(i + {most}) <= {span}"),
    "wu": ("local x:8 = rs1; local i:8 = zext(x:4);", "i <= {most}"),
    "l": ("local i:8 = rs1;", "(i + {most}) <= {span}"),
    "lu": ("local i:8 = rs1;", "i <= {most}"),
}
"""How they are loaded, and which of them are surely exact."""


def _from_integers(width: _Width) -> Iterator[str]:
    most = 1 << width.format.precision
    for code, (name, (load, small)) in enumerate(_INTEGERS.items()):
        yield f"""
:fcvt.{width.suffix}.{name} fr7, rs1, mode is {width.instruction(26)} & n20 = {code} & fr7 & rs1 & mode {{
  {load} local boxed:1 = 1;
  {width.settles("(mode == 1)" + " && (i s>= 0)" * (name == "lu"))}
  {width.settles(f"(mode < 2) && ({small.format(most=f'{most:#x}', span=f'{2 * most:#x}')})")}
  {_ELSE} local r:{width.bytes} = int2float(i); {width.keep()} }}"""


_HALF = "0x3fe0000000000000"
_LIMITED = {"w": 0x41DFFFFFFFC00000, "wu": 0x41EFFFFFFFE00000, "l": 0x43D0000000000000, "lu": 0x43D0000000000000}
"""Below which double a number fits, however it is rounded."""


def _to_integers(width: _Width) -> Iterator[str]:
    for code, (name, limit) in enumerate(_LIMITED.items()):
        fits = f"(m < {limit:#x})" + " && ((d s>= 0) || (m == 0))" * (code & 1)
        known = f"{fits} && ((({CONTROL} & 1) == 1) || (back f== d))"
        keep = "rd = sext(v:4);" if name == "wu" else "rd = v;"
        start = f"""
  {width.operands(a="fr15")} local d:8 = {"a" if width.format is DOUBLE else "float2float(a)"};
  local m:8 = d & {DOUBLE.sign - 1:#x}; local v:8 = trunc(d); local back:8 = int2float(v);"""
        yield f"""
:fcvt.{name}.{width.suffix} rd, fr15, "rtz" is {width.instruction(24)} & n20 = {code} & rm = 1 & rd & fr15 {{ {start}
  {width.settles(known)} {_ELSE} {keep} }}
:fcvt.{name}.{width.suffix} rd, fr15, away is {width.instruction(24)} & n20 = {code} & rd & fr15 & away {{ {start}
  {width.settles(f"(away < 16) && {known}")} {_ELSE}
  local f:8 = (d f- back) & {DOUBLE.sign - 1:#x}; local negative:8 = zext(d s< 0);
  local half:1 = ((away & 1) != 0) && (({_HALF} f< f) || ((f f== {_HALF}) && (((v | (away >> 1)) & 1) != 0)));
  local any:1 = (f != 0) && ((away & (8 - (negative << 2))) != 0);
  v = v + (zext(half || any) * (1 - (negative << 1))); {keep} }}"""


def _fused(width: _Width) -> str:
    """All four: bit 2 says that the sum is subtracted, bit 3 that the product is."""
    sign = f"<< {width.format.bits - 1}"
    return f"""
:fma.{width.suffix} fr7, fr15, fr20, fr27, mode is o4_6 = 4 & o0_1 = 3 & fmt = {width.code} & o2 & o3 & fr7 & fr15 & fr20 & fr27 & mode
  & span_{width.suffix} {{
  {width.operands(a="fr15", b="fr20", c="fr27")} a = a ^ (o3 {sign}); c = c ^ (o2 {sign});
  {_FUSED[width.suffix].format(quick=width.quick("fr15", "fr20", "fr27"), finite=width.finite)}
  {_ELSE} {width.keep()} }}"""


_FUSED = {
    "s": """
  local x:8 = float2float(a); local y:8 = float2float(b); local z:8 = float2float(c); local p:8 = x f* y; local s:8 = p f+ z;
  local error:8 = 0; error_of_sum(error, s, p, z); make_odd(s, error);
  local r:4 = float2float(s);
  {quick}
  local back:8 = float2float(r);
  if (boxed && (mode < 2) && (error f== 0) && (back f== s)) goto <settled>;
""",
    "d": """
  local p:8 = a f* b; local r:8 = p f+ c;
  if ((mode < 2) && {finite} && (((a << 1) == 0) || ((b << 1) == 0))) goto <settled>;
  local ea:8 = (a >> 52) & 0x7ff; local eb:8 = (b >> 52) & 0x7ff; local ec:8 = (c >> 52) & 0x7ff;
  if (((ea - 623) >= 800) || ((eb - 623) >= 800) || (((ec - 523) >= 1000) && ((c << 1) != 0))) goto <unknown>;
  local low:8 = 0; error_of_product(low, p, a, b);
  local th:8 = c f+ low; local tl:8 = 0; error_of_sum(tl, th, c, low);
  local vh:8 = p f+ th; local vl:8 = 0; error_of_sum(vl, vh, p, th);
  local z:8 = tl f+ vl; local error:8 = 0; error_of_sum(error, z, tl, vl); make_odd(z, error);
  r = vh f+ z;
  {quick}
  if ((mode < 2) && (error f== 0) && ((r f- vh) f== z)) goto <settled>;
  <unknown>
""",
}


# ------------------------------------------------------------------------------------------------------- in whole numbers


def is_floating(word: int) -> bool:
    """Tell whether a word that is no instruction without the floating-point unit may be one with it."""
    function = word >> 12 & 7
    match word & 0x7F:
        case 0x07 | 0x27:
            return function in (2, 3)
        case 0x73:
            return function & 3 != 0 and 1 <= word >> 20 <= 3
        case 0x43 | 0x47 | 0x4B | 0x4F | 0x53:
            return True
        case _:
            return word & 3 in (0, 2) and word >> 13 in (1, 5)


class Effect(NamedTuple):
    """What an instruction that was handed over does: it writes one register, and raises flags."""

    is_floating: bool
    """That register is one of f0 .. f31."""
    register: int
    value: int
    flags: int


_FORMATS = (SINGLE, DOUBLE)
_ARITHMETIC: dict[int, Callable[[int, int, Format, Rounding], Result]] = {
    0: floating.add,
    1: lambda a, b, fmt, rounding: floating.add(a, floating.negated(b, fmt), fmt, rounding),
    2: floating.multiply,
    3: floating.divide,
}
_COMPARISONS = (floating.less_or_equal, floating.less, floating.equal)
_EXTREMES = (floating.minimum, floating.maximum)
_LIMITS = ((-(1 << 31), (1 << 31) - 1), (0, (1 << 32) - 1), (-(1 << 63), (1 << 63) - 1), (0, _ALL))
"""Of 32 and 64 bits, with and without a sign."""


def _signed(value: int, bits: int) -> int:
    return (value & ((1 << bits) - 1) ^ 1 << (bits - 1)) - (1 << (bits - 1))


class Instruction:
    """An instruction that was handed over, with the registers as it finds them."""

    def __init__(self, word: int, x: Callable[[int], int], f: Callable[[int], int], control: int) -> None:
        self._word = word
        self._x = x
        self._f = f
        self._control = control
        self._fmt = _FORMATS[word >> 25 & 1]

    def _field(self, at: int) -> int:
        return self._word >> at & 0x1F

    @property
    def _function(self) -> int:
        return self._word >> 12 & 7

    @property
    def _rounding(self) -> Rounding | None:
        """The rounding mode; None: there is no such mode."""
        mode = self._control >> _MODE_AT if self._function == _DYNAMIC else self._function
        return Rounding(mode) if mode < len(Rounding) else None

    def _operand(self, at: int, fmt: Format | None = None) -> int:
        """Return the number in the register that a field names."""
        fmt = fmt or self._fmt
        value = self._f(self._field(at))
        if fmt is DOUBLE:
            return value
        return value & _WORD if value >= _BOX else fmt.nan

    def _number(self, result: Result, fmt: Format | None = None) -> Effect:
        bits, flags = result
        return Effect(True, self._field(7), bits if (fmt or self._fmt) is DOUBLE else bits | _BOX, flags)

    def _integer(self, value: int, flags: int = 0) -> Effect:
        return Effect(False, self._field(7), value & _ALL, flags)

    def execute(self) -> Effect | None:
        """Return what it does; None: it is none."""
        if self._word >> 26 & 1:
            return None
        if self._word & 0x7F != 0x53:
            return self._fused()
        match self._field(27):
            case 4 if self._function < 3:
                return self._number((self._sign_injected(), 0))
            case 5 if self._function < 2:
                return self._number(_EXTREMES[self._function](self._operand(15), self._operand(20), self._fmt))
            case 20 if self._function < 3:
                return self._integer(*_COMPARISONS[self._function](self._operand(15), self._operand(20), self._fmt))
            case 28 if self._function == 1 and not self._field(20):
                return self._integer(floating.classify(self._operand(15), self._fmt))
            case code:
                rounding = self._rounding
                return None if rounding is None else self._rounded(code, rounding)

    def _fused(self) -> Effect | None:
        rounding, fmt = self._rounding, self._fmt
        if rounding is None:
            return None
        a, b, c = self._operand(15), self._operand(20), self._operand(27)
        if self._word & 8:
            a = floating.negated(a, fmt)
        if self._word & 4:
            c = floating.negated(c, fmt)
        return self._number(floating.multiply_add(a, b, c, fmt, rounding))

    def _sign_injected(self) -> int:
        a, b, sign = self._operand(15), self._operand(20), self._fmt.sign
        return a & ~sign | (b, ~b, a ^ b)[self._function] & sign

    def _rounded(self, code: int, rounding: Rounding) -> Effect | None:
        fmt, second = self._fmt, self._field(20)
        match code:
            case 0 | 1 | 2 | 3:
                return self._number(_ARITHMETIC[code](self._operand(15), self._operand(20), fmt, rounding))
            case 11 if not second:
                return self._number(floating.square_root(self._operand(15), fmt, rounding))
            case 8 if second < 2 and _FORMATS[second] is not fmt:
                source = _FORMATS[second]
                return self._number(floating.convert(self._operand(15, source), source, fmt, rounding))
            case 24 if second < 4:
                value, flags = floating.to_integer(self._operand(15), fmt, rounding, *_LIMITS[second])
                return self._integer(_signed(value, 32) if second < 2 else value, flags)
            case 26 if second < 4:
                value = self._x(self._field(15))
                bits = 32 if second < 2 else 64
                value = value & ((1 << bits) - 1) if second & 1 else _signed(value, bits)
                return self._number(floating.from_integer(value, fmt, rounding))
            case _:
                return None
