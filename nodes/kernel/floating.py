"""Floating-point arithmetic in whole numbers: exact, in every rounding mode, with every flag (IEEE 754-2019, as RISC-V chose its options).

A number goes in and comes out as its bits. What an operation returns is the bits of its result, correctly rounded, and the flags that it
raises. The options are those of the unprivileged specification (20191213, chapters 11 and 12): every NaN that an operation makes is the
canonical one, and whether a result is tiny is asked after rounding.

This is the slow way, some microseconds an operation: `riscv_floating` takes it for what the host's own arithmetic does not settle.
"""

from __future__ import annotations

import enum
from math import isqrt
from typing import Final, NamedTuple

INEXACT: Final = 1
UNDERFLOW: Final = 2
OVERFLOW: Final = 4
DIVISION_BY_ZERO: Final = 8
INVALID: Final = 16


class Rounding(enum.IntEnum):
    """Where a result goes that lies between two numbers, as instructions and fcsr encode it."""

    NEAREST_EVEN = 0
    TO_ZERO = 1
    DOWN = 2
    UP = 3
    NEAREST_MAX_MAGNITUDE = 4
    """To the nearest; of two that are as near, to the one farther from zero."""


class Format(NamedTuple):
    """How the bits of a number are divided: sign, exponent, fraction."""

    bits: int
    precision: int
    """Bits of a significand, with the one that is not stored."""

    @property
    def sign(self) -> int:
        """The bit that makes a number negative."""
        return 1 << (self.bits - 1)

    @property
    def greatest_exponent(self) -> int:
        """What the exponent's field has for infinities and NaNs."""
        return (1 << (self.bits - self.precision)) - 1

    @property
    def infinity(self) -> int:
        """The bits of the positive one."""
        return self.greatest_exponent << (self.precision - 1)

    @property
    def nan(self) -> int:
        """The bits of the canonical NaN."""
        return self.infinity | self.quiet

    @property
    def quiet(self) -> int:
        """The bit that a signalling NaN has not."""
        return 1 << (self.precision - 2)

    @property
    def lowest(self) -> int:
        """The exponent of the last bit of a subnormal number: the smallest is 2**lowest."""
        return 3 - (1 << (self.bits - self.precision - 1)) - self.precision


SINGLE: Final = Format(32, 24)
DOUBLE: Final = Format(64, 53)


class Kind(enum.Enum):
    """What some bits stand for."""

    ZERO = enum.auto()
    FINITE = enum.auto()
    """Not zero, normal or not."""
    INFINITE = enum.auto()
    QUIET_NAN = enum.auto()
    SIGNALLING_NAN = enum.auto()


class Number(NamedTuple):
    """What some bits stand for: if it is finite, `significand * 2**exponent`, with its sign."""

    kind: Kind
    negative: bool
    significand: int = 0
    exponent: int = 0

    @property
    def is_nan(self) -> bool:
        """Whether it is no number at all."""
        return self.kind is Kind.QUIET_NAN or self.kind is Kind.SIGNALLING_NAN

    @property
    def signed(self) -> int:
        """The significand of a finite number, or of zero, with its sign."""
        return -self.significand if self.negative else self.significand


Result = tuple[int, int]
"""Bits, and flags."""


def unpack(bits: int, fmt: Format) -> Number:
    """Say what some bits stand for."""
    stored = fmt.precision - 1
    negative = bool(bits & fmt.sign)
    exponent, fraction = bits >> stored & fmt.greatest_exponent, bits & ((1 << stored) - 1)
    if exponent == fmt.greatest_exponent:
        kind = Kind.INFINITE if not fraction else Kind.QUIET_NAN if fraction & fmt.quiet else Kind.SIGNALLING_NAN
        return Number(kind, negative)
    if exponent:
        return Number(Kind.FINITE, negative, fraction | 1 << stored, exponent - 1 + fmt.lowest)
    return Number(Kind.FINITE, negative, fraction, fmt.lowest) if fraction else Number(Kind.ZERO, negative)


# -------------------------------------------------------------------------------------------------------------- rounding


def _quotient(significand: int, shift: int, negative: bool, rounding: Rounding) -> tuple[int, bool]:
    """Return `significand / 2**shift` as a whole number, rounded, and whether it is that exactly."""
    if shift <= 0:
        return significand << -shift, True
    whole, rest = significand >> shift, significand & ((1 << shift) - 1)
    half = 1 << (shift - 1)
    match rounding:
        case Rounding.NEAREST_EVEN:
            up = rest > half or (rest == half and bool(whole & 1))
        case Rounding.NEAREST_MAX_MAGNITUDE:
            up = rest >= half
        case Rounding.DOWN:
            up = negative and rest > 0
        case Rounding.UP:
            up = not negative and rest > 0
        case Rounding.TO_ZERO:
            up = False
    return whole + up, rest == 0


def _rounded(negative: bool, significand: int, exponent: int, fmt: Format, rounding: Rounding) -> Result:
    """Return the number of a format for a value that is not zero."""
    stored, sign = fmt.precision - 1, fmt.sign if negative else 0
    last = significand.bit_length() + exponent - fmt.precision
    """The exponent of the last bit that the format keeps, if exponents had no limits."""
    place = max(last, fmt.lowest)
    whole, exact = _quotient(significand, place - exponent, negative, rounding)
    flags = 0 if exact else INEXACT
    if last < fmt.lowest and not exact:
        unlimited, _ = _quotient(significand, last - exponent, negative, rounding)
        if last + (unlimited >> fmt.precision) < fmt.lowest:
            flags |= UNDERFLOW
    if whole >> fmt.precision:
        whole, place = whole >> 1, place + 1
    bits = whole + ((place - fmt.lowest) << stored)  # the first bit of a normal number makes its exponent one more
    if bits >= fmt.infinity:
        to_infinity = rounding in (Rounding.NEAREST_EVEN, Rounding.NEAREST_MAX_MAGNITUDE)
        to_infinity |= rounding is (Rounding.DOWN if negative else Rounding.UP)
        bits, flags = fmt.infinity - (not to_infinity), OVERFLOW | INEXACT
    return sign | bits, flags


def _zero(negative: bool, fmt: Format) -> Result:
    return fmt.sign if negative else 0, 0


def _infinity(negative: bool, fmt: Format) -> Result:
    return fmt.infinity | (fmt.sign if negative else 0), 0


def _nan_of(fmt: Format, *operands: Number) -> Result:
    """Return what an operation makes of operands of which one is a NaN."""
    return fmt.nan, INVALID if any(operand.kind is Kind.SIGNALLING_NAN for operand in operands) else 0


# ------------------------------------------------------------------------------------------------------------ arithmetic


def negated(bits: int, fmt: Format) -> int:
    """Return a number with the other sign."""
    return bits ^ fmt.sign


def add(a: int, b: int, fmt: Format, rounding: Rounding) -> Result:
    """a + b"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    return _nan_of(fmt, x, y) if x.is_nan or y.is_nan else _sum(x, y, fmt, rounding)


def _sum(x: Number, y: Number, fmt: Format, rounding: Rounding) -> Result:
    """Add what is no NaN."""
    if x.kind is Kind.INFINITE or y.kind is Kind.INFINITE:
        if x.kind is y.kind and x.negative is not y.negative:
            return fmt.nan, INVALID
        return _infinity(x.negative if x.kind is Kind.INFINITE else y.negative, fmt)
    exponent = min(x.exponent, y.exponent)
    total = (x.signed << (x.exponent - exponent)) + (y.signed << (y.exponent - exponent))
    if total:
        return _rounded(total < 0, abs(total), exponent, fmt, rounding)
    both_zero = x.kind is y.kind is Kind.ZERO
    negative = x.negative if both_zero and x.negative is y.negative else rounding is Rounding.DOWN
    return _zero(negative, fmt)


def _product(x: Number, y: Number) -> Number | None:
    """Multiply what is no NaN, exactly; None: there is no such product."""
    negative = x.negative is not y.negative
    kinds = (x.kind, y.kind)
    if Kind.INFINITE in kinds:
        return None if Kind.ZERO in kinds else Number(Kind.INFINITE, negative)
    if Kind.ZERO in kinds:
        return Number(Kind.ZERO, negative)
    return Number(Kind.FINITE, negative, x.significand * y.significand, x.exponent + y.exponent)


def multiply(a: int, b: int, fmt: Format, rounding: Rounding) -> Result:
    """a * b"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        return _nan_of(fmt, x, y)
    product = _product(x, y)
    if product is None:
        return fmt.nan, INVALID
    match product.kind:
        case Kind.INFINITE:
            return _infinity(product.negative, fmt)
        case Kind.ZERO:
            return _zero(product.negative, fmt)
        case _:
            return _rounded(product.negative, product.significand, product.exponent, fmt, rounding)


def multiply_add(a: int, b: int, c: int, fmt: Format, rounding: Rounding) -> Result:
    """a * b + c, rounded once"""
    x, y, z = unpack(a, fmt), unpack(b, fmt), unpack(c, fmt)
    product = None if x.is_nan or y.is_nan else _product(x, y)
    if product is None and not (x.is_nan or y.is_nan):
        return fmt.nan, INVALID
    if product is None or z.is_nan:
        return _nan_of(fmt, x, y, z)
    return _sum(product, z, fmt, rounding)


def divide(a: int, b: int, fmt: Format, rounding: Rounding) -> Result:
    """a / b"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        return _nan_of(fmt, x, y)
    negative = x.negative is not y.negative
    if x.kind is y.kind is not Kind.FINITE:
        return fmt.nan, INVALID
    if x.kind is Kind.INFINITE:
        return _infinity(negative, fmt)
    if y.kind is Kind.ZERO:
        return _infinity(negative, fmt)[0], DIVISION_BY_ZERO
    if x.kind is Kind.ZERO or y.kind is Kind.INFINITE:
        return _zero(negative, fmt)
    shift = 2 * fmt.precision + 2
    quotient, rest = divmod(x.significand << shift, y.significand)
    return _rounded(negative, quotient << 1 | (rest != 0), x.exponent - y.exponent - shift - 1, fmt, rounding)


def square_root(a: int, fmt: Format, rounding: Rounding) -> Result:
    """The square root of a"""
    x = unpack(a, fmt)
    if x.is_nan:
        return _nan_of(fmt, x)
    if x.kind is Kind.ZERO:
        return a, 0
    if x.negative:
        return fmt.nan, INVALID
    if x.kind is Kind.INFINITE:
        return a, 0
    shift = 2 * fmt.precision + 2
    shift += (x.exponent - shift) & 1
    square = x.significand << shift
    root = isqrt(square)
    return _rounded(False, root << 1 | (root * root != square), (x.exponent - shift) // 2 - 1, fmt, rounding)


# ----------------------------------------------------------------------------------------------------------- conversions


def to_integer(a: int, fmt: Format, rounding: Rounding, lowest: int, highest: int) -> Result:
    """Return the whole number from `lowest` to `highest` for a, and flags. What is beyond is invalid; a NaN is beyond the highest."""
    x = unpack(a, fmt)
    if x.is_nan or x.kind is Kind.INFINITE:
        return lowest if x.negative and not x.is_nan else highest, INVALID
    whole, exact = _quotient(x.significand, -x.exponent, x.negative, rounding)
    value = -whole if x.negative else whole
    if not lowest <= value <= highest:
        return lowest if x.negative else highest, INVALID
    return value, 0 if exact else INEXACT


def from_integer(value: int, fmt: Format, rounding: Rounding) -> Result:
    """Return the number of a format for a whole one."""
    return _rounded(value < 0, abs(value), 0, fmt, rounding) if value else _zero(False, fmt)


def convert(a: int, source: Format, target: Format, rounding: Rounding) -> Result:
    """Return the number of another format for a."""
    x = unpack(a, source)
    match x.kind:
        case Kind.ZERO:
            return _zero(x.negative, target)
        case Kind.INFINITE:
            return _infinity(x.negative, target)
        case Kind.FINITE:
            return _rounded(x.negative, x.significand, x.exponent, target, rounding)
        case Kind.QUIET_NAN | Kind.SIGNALLING_NAN:
            return _nan_of(target, x)


# ----------------------------------------------------------------------------------------------------------- comparisons


def _rank(bits: int, fmt: Format) -> int:
    """Return a whole number that is the greater, the greater a number is that is no NaN: -0 comes just below 0."""
    return -(bits & ~fmt.sign) - 1 if bits & fmt.sign else bits


def equal(a: int, b: int, fmt: Format) -> Result:
    """Whether a == b: 1, or 0. Invalid only for signalling NaNs"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        return 0, _nan_of(fmt, x, y)[1]
    return int(a == b or x.kind is y.kind is Kind.ZERO), 0


def less(a: int, b: int, fmt: Format) -> Result:
    """Whether a < b: 1, or 0. Invalid for NaNs"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        return 0, INVALID
    return int(_rank(a, fmt) < _rank(b, fmt) and not x.kind is y.kind is Kind.ZERO), 0


def less_or_equal(a: int, b: int, fmt: Format) -> Result:
    """Whether a <= b: 1, or 0. Invalid for NaNs"""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        return 0, INVALID
    return int(_rank(a, fmt) <= _rank(b, fmt) or x.kind is y.kind is Kind.ZERO), 0


def _extreme(a: int, b: int, fmt: Format, first: bool) -> Result:
    """Return the one of two that is to be; a NaN only if both are."""
    x, y = unpack(a, fmt), unpack(b, fmt)
    if x.is_nan or y.is_nan:
        bits, flags = _nan_of(fmt, x, y)
        return (a if not x.is_nan else b if not y.is_nan else bits), flags
    return a if first else b, 0


def minimum(a: int, b: int, fmt: Format) -> Result:
    """The smaller one"""
    return _extreme(a, b, fmt, _rank(a, fmt) < _rank(b, fmt))


def maximum(a: int, b: int, fmt: Format) -> Result:
    """The greater one"""
    return _extreme(a, b, fmt, _rank(a, fmt) > _rank(b, fmt))


def classify(a: int, fmt: Format) -> int:
    """Return the bit that stands for what a is."""
    x = unpack(a, fmt)
    if x.is_nan:
        return 1 << (8 if x.kind is Kind.SIGNALLING_NAN else 9)
    is_normal = bool(x.significand >> (fmt.precision - 1))
    place = 0 if x.kind is Kind.INFINITE else 3 if x.kind is Kind.ZERO else 1 if is_normal else 2
    return 1 << (place if x.negative else 7 - place)
