"""Floating-point arithmetic in whole numbers against Berkeley SoftFloat: special values and others, every rounding mode, every flag."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import softfloatpy as berkeley

from nodes.kernel.floating import (
    DOUBLE,
    INVALID,
    SINGLE,
    Format,
    Result,
    Rounding,
    add,
    classify,
    convert,
    divide,
    equal,
    from_integer,
    less,
    less_or_equal,
    maximum,
    minimum,
    multiply,
    multiply_add,
    negated,
    square_root,
    to_integer,
)

FORMATS = {"f32": SINGLE, "f64": DOUBLE}
CLASSES: dict[str, Any] = {"f32": berkeley.Float32, "f64": berkeley.Float64}
INTEGERS: dict[str, tuple[Any, int, int]] = {
    "i32": (berkeley.Int32, -(1 << 31), (1 << 31) - 1),
    "ui32": (berkeley.UInt32, 0, (1 << 32) - 1),
    "i64": (berkeley.Int64, -(1 << 63), (1 << 63) - 1),
    "ui64": (berkeley.UInt64, 0, (1 << 64) - 1),
}
ARITHMETIC: dict[str, tuple[int, Callable[..., Result]]] = {
    "add": (2, add),
    "sub": (2, lambda a, b, fmt, rounding: add(a, negated(b, fmt), fmt, rounding)),
    "mul": (2, multiply),
    "div": (2, divide),
    "sqrt": (1, square_root),
    "mul_add": (3, multiply_add),
}


def edges(fmt: Format) -> list[int]:
    """Return the numbers around which something changes, of both signs, and NaNs of both kinds."""
    stored = fmt.precision - 1
    bias = fmt.greatest_exponent >> 1
    exponents = [
        0,
        1,
        2,
        bias - 1,
        bias,
        bias + 1,
        bias + stored,
        fmt.greatest_exponent - 1,
        fmt.greatest_exponent,
    ]
    fractions = [0, 1, (1 << stored) - 1, 1 << (stored - 1), (1 << (stored - 1)) + 1]
    numbers = [exponent << stored | fraction for exponent in exponents for fraction in fractions]
    return [sign | number for sign in (0, fmt.sign) for number in numbers]


def some(fmt: Format, draw: random.Random) -> int:
    """Make up a number: an edge, any bits, or one that is near to 1 or whole, so that sums and quotients are exact now and then."""
    stored = fmt.precision - 1
    bias = fmt.greatest_exponent >> 1
    sign = draw.choice((0, fmt.sign))
    match draw.randrange(5):
        case 0:
            return draw.choice(edges(fmt))
        case 1:
            return draw.getrandbits(fmt.bits)
        case 2:
            return sign | draw.randint(bias - 2, bias + 2) << stored | draw.getrandbits(stored)
        case 3:
            return sign | draw.randint(bias - 60, bias + 60) << stored | draw.getrandbits(stored)
        case _:
            return sign | draw.randint(bias, bias + 9) << stored | draw.getrandbits(8) << (stored - 8)


def number(name: str, bits: int) -> object:
    return CLASSES[name].from_bytes(bits.to_bytes(FORMATS[name].bits // 8, "big"))


def asked(question: str, operands: list[object], rounding: Rounding, name: str | None = None) -> Result:
    """Ask the reference; return bits (or the number), with NaNs made canonical, and the flags."""
    berkeley.set_rounding_mode(berkeley.RoundingMode(rounding))
    berkeley.set_exception_flags(berkeley.ExceptionFlag(0))
    answer = getattr(berkeley, question)(*operands)
    flags = int(berkeley.get_exception_flags())
    if isinstance(answer, bool):
        return int(answer), flags
    if name is None:
        return answer.to_int(), flags
    bits = int.from_bytes(answer.to_bytes(), "big")
    return FORMATS[name].nan if answer.is_nan() else bits, flags


def operand_rows(name: str, count: int, amount: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Make up operands; of one or two, all edges with all edges are among them where there is time for it."""
    draw = random.Random(f"{name}{count}{seed}")
    everything = list(itertools.product(edges(FORMATS[name]), repeat=count)) if count < 3 else []
    yield from draw.sample(everything, min(len(everything), amount))
    for _ in range(amount):
        yield tuple(some(FORMATS[name], draw) for _ in range(count))


def check_arithmetic(name: str, operation: str, amount: int, seed: int = 0) -> None:
    count, ours = ARITHMETIC[operation]
    for operands in operand_rows(name, count, amount, seed):
        numbers = [number(name, bits) for bits in operands]
        for rounding in Rounding:
            expected = asked(f"{name}_{operation}", numbers, rounding, name)
            computed = ours(*operands, FORMATS[name], rounding)
            assert computed == expected, f"{operation} {rounding.name} {[hex(bits) for bits in operands]}"


def check_conversions(name: str, amount: int, seed: int = 0) -> None:
    other = "f64" if name == "f32" else "f32"
    for (bits,) in operand_rows(name, 1, amount, seed):
        for rounding in Rounding:
            expected = asked(f"{name}_to_{other}", [number(name, bits)], rounding, other)
            assert convert(bits, FORMATS[name], FORMATS[other], rounding) == expected, hex(bits)
            for integer, (_, lowest, highest) in INTEGERS.items():
                answer = asked(f"{name}_to_{integer}", [number(name, bits)], rounding)
                computed = to_integer(bits, FORMATS[name], rounding, lowest, highest)
                if answer[1] & INVALID:  # which number it is then, RISC-V says
                    assert computed[1] == INVALID, (integer, rounding, hex(bits))
                else:
                    assert computed == answer, (integer, rounding, hex(bits))


def check_from_integers(name: str, amount: int, seed: int = 0) -> None:
    draw = random.Random(f"{name}{seed}")
    for integer, (kind, lowest, highest) in INTEGERS.items():
        near = [value for one in (0, lowest, highest, 1 << 24, 1 << 53) for value in (one - 1, one, one + 1)]
        values = near + [draw.getrandbits(draw.randint(1, 64)) * draw.choice((1, -1)) for _ in range(amount)]
        for value in (value for value in values if lowest <= value <= highest):
            for rounding in Rounding:
                expected = asked(f"{integer}_to_{name}", [kind.from_int(value)], rounding, name)
                assert from_integer(value, FORMATS[name], rounding) == expected, (integer, value, rounding)


def check_comparisons(name: str, amount: int, seed: int = 0) -> None:
    ours = {"eq": equal, "lt": less, "le": less_or_equal}
    for a, b in operand_rows(name, 2, amount, seed):
        for operation, compare in ours.items():
            expected = asked(f"{name}_{operation}", [number(name, a), number(name, b)], Rounding.NEAREST_EVEN)
            assert compare(a, b, FORMATS[name]) == expected, (operation, hex(a), hex(b))


each_format = pytest.mark.parametrize("name", FORMATS)


@each_format
@pytest.mark.parametrize("operation", ARITHMETIC)
def test_arithmetic_gives_the_bits_and_flags_of_the_reference(name: str, operation: str) -> None:
    check_arithmetic(name, operation, 150)


@each_format
def test_conversions_give_the_bits_and_flags_of_the_reference(name: str) -> None:
    check_conversions(name, 90)
    check_from_integers(name, 60)


@each_format
def test_comparisons_give_the_answers_and_flags_of_the_reference(name: str) -> None:
    check_comparisons(name, 600)


@pytest.mark.long
@pytest.mark.timeout(3600)
@each_format
def test_many_operations_give_the_bits_and_flags_of_the_reference(name: str) -> None:
    for operation in ARITHMETIC:
        check_arithmetic(name, operation, 4000, 1)
    check_conversions(name, 4000, 1)
    check_from_integers(name, 4000, 1)
    check_comparisons(name, 4000, 1)


def test_what_is_beyond_an_integer_is_its_nearest_limit_and_a_nan_the_highest() -> None:
    lowest, highest = -(1 << 31), (1 << 31) - 1
    infinity, nan, minus_one = DOUBLE.infinity, DOUBLE.nan, 0xBFF0000000000000

    def convert_one(bits: int, low: int) -> Result:
        return to_integer(bits, DOUBLE, Rounding.TO_ZERO, low, highest)

    assert convert_one(infinity, lowest) == (highest, INVALID)
    assert convert_one(infinity | DOUBLE.sign, lowest) == (lowest, INVALID)
    assert convert_one(nan | DOUBLE.sign, lowest) == (highest, INVALID)
    assert convert_one(minus_one, 0) == (0, INVALID)
    assert convert_one(minus_one, lowest) == (-1, 0)


@each_format
def test_the_smaller_of_two_zeros_is_the_negative_one(name: str) -> None:
    fmt = FORMATS[name]
    assert minimum(0, fmt.sign, fmt) == minimum(fmt.sign, 0, fmt) == (fmt.sign, 0)
    assert maximum(0, fmt.sign, fmt) == maximum(fmt.sign, 0, fmt) == (0, 0)


@each_format
def test_a_nan_is_neither_the_smaller_nor_the_greater_one_unless_both_are(name: str) -> None:
    fmt = FORMATS[name]
    signalling = fmt.infinity | 1
    for extreme in (minimum, maximum):
        assert extreme(fmt.nan, 1, fmt) == extreme(1, fmt.nan, fmt) == (1, 0)
        assert extreme(signalling, 1, fmt) == (1, INVALID)
        assert extreme(signalling, fmt.nan | 1, fmt) == (fmt.nan, INVALID)
        assert extreme(fmt.nan | 1, fmt.nan | 1, fmt) == (fmt.nan, 0)


@each_format
def test_the_smaller_and_the_greater_one_are_what_they_are_as_numbers(name: str) -> None:
    fmt = FORMATS[name]
    numbers = [bits for bits in edges(fmt) if not unordered(bits, fmt)]
    for a, b in itertools.product(numbers, repeat=2):
        if less(a, b, fmt)[0]:
            assert (minimum(a, b, fmt), maximum(a, b, fmt)) == ((a, 0), (b, 0))


def unordered(bits: int, fmt: Format) -> bool:
    return bits & ~fmt.sign > fmt.infinity


@each_format
def test_every_kind_of_number_has_its_bit(name: str) -> None:
    fmt = FORMATS[name]
    normal, subnormal = fmt.infinity - 1, 1
    kinds = [fmt.infinity, normal, subnormal, 0]
    assert [classify(bits | fmt.sign, fmt) for bits in kinds] == [1 << place for place in (0, 1, 2, 3)]
    assert [classify(bits, fmt) for bits in kinds] == [1 << place for place in (7, 6, 5, 4)]
    assert [classify(bits, fmt) for bits in (fmt.infinity | 1, fmt.nan)] == [1 << 8, 1 << 9]
