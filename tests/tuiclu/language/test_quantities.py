"""Quantities are read exactly, print themselves so that they can be read again, and teach what was meant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiclu.language.quantities import Bandwidth, Duration, Factor, Pages, Quantity, QuantityError, Size, Speed

KINDS: list[type[Quantity]] = [Duration, Bandwidth, Size, Speed, Factor, Pages]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Duration, "10 ms", 10_000_000),
        (Duration, "1.5 s", 1_500_000_000),
        (Duration, "200 us", 200_000),
        (Duration, "200 µs", 200_000),
        (Duration, "5 ns", 5),
        (Duration, "2 min", 120_000_000_000),
        (Duration, "10s", 10_000_000_000),
        (Duration, "0", 0),
        (Duration, "0.000000001 s", 1),
        (Duration, "9223372036.854775807 s", 2**63 - 1),
        (Bandwidth, "10 Mbit/s", 10_000_000),
        (Bandwidth, "1 Gbit/s", 10**9),
        (Bandwidth, "64 kbit/s", 64_000),
        (Size, "4 MiB", 4 * 2**20),
        (Size, "64 KiB", 64 * 2**10),
        (Size, "512 B", 512),
        (Size, "1 MB", 10**6),
        (Size, "1.5 KiB", 1536),
        (Speed, "25 MIPS", 25_000_000),
        (Speed, "1.5 GIPS", 1_500_000_000),
        (Speed, "25", 25_000_000),
        (Speed, "0.5", 500_000),
        (Factor, "50 %", 50),
        (Factor, "x0.5", 50),
        (Factor, "0.5", 50),
        (Factor, "1", 100),
        (Pages, "16 pages", 16),
        (Pages, "16", 16),
        (Pages, "1 page", 1),
    ],
)
def test_a_quantity_is_a_whole_number_of_base_units(kind: type[Quantity], text: str, value: int) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (Duration, "10 sec", "`10 sec` is not a duration; write `10 s`"),
        (Duration, "10 MS", "`10 MS` is not a duration; write `10 ms`"),
        (Duration, "1.5 hours", "`1.5 hours` is not a duration; write `90 min`"),
        (Duration, "10", "`10` has no unit; write `10 ms`, or another of ns, us, ms, s, min"),
        (Duration, "soon", "`soon` is not a duration; write a number and its unit, such as `10 ms`"),
        (
            Duration,
            "3 apples",
            "`3 apples` is not a duration; its units are ns, us, ms, s, min: write one such as `10 ms`",
        ),
        (Duration, "-1 ms", "`-1 ms` is negative; a duration is not: write one such as `10 ms`"),
        (Duration, "0.5 ns", "`0.5 ns` is not a whole number of nanoseconds; write it with fewer digits"),
        (
            Duration,
            "300 s 5",
            "`300 s 5` is not a duration; its units are ns, us, ms, s, min: write one such as `10 ms`",
        ),
        (
            Duration,
            "9223372036854775808 ns",
            "`9223372036854775808 ns` is too much; a duration is at most `9223372036.854775807 s`",
        ),
        (Duration, "9" * 50 + " s", "`" + "9" * 37 + "...` has too many digits; write one such as `10 ms`"),
        (Bandwidth, "10 MB/s", "`10 MB/s` is not a bandwidth; write `80 Mbit/s`"),
        (Bandwidth, "10 Mbps", "`10 Mbps` is not a bandwidth; write `10 Mbit/s`"),
        (Bandwidth, "10", "`10` has no unit; write `10 Mbit/s`, or another of bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s"),
        (Bandwidth, "0", "`0` is too little; a bandwidth is at least `1 bit/s`"),
        (Size, "4 MB/s", "`4 MB/s` is not a size; write `4 MB`"),
        (Size, "4M", "`4M` is not a size; write `4 MiB`"),
        (Size, "64 kb", "`64 kb` is not a size; write `64 KiB`"),
        (Speed, "2 GHz", "`2 GHz` is not a speed; write `2 GIPS`"),
        (Speed, "0", "`0` is too little; a speed is at least `1 IPS`"),
        (Factor, "200 %", "`200 %` is too much; a factor is at most `100 %`"),
        (Factor, "x0.333", "`x0.333` is not a whole number of percent; write it with fewer digits"),
        (Factor, "x", "`x` is not a factor; write a number and its unit, such as `50 %`"),
        (Pages, "0", "`0` is too little; a number of pages is at least `1 page`"),
        (Pages, "2.5 pages", "`2.5 pages` is not a whole number of pages; write it with fewer digits"),
    ],
)
def test_what_is_not_a_quantity_is_told_what_was_meant(kind: type[Quantity], text: str, says: str) -> None:
    with pytest.raises(QuantityError) as caught:
        kind.parse(text)

    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Duration(0), "0 s"),
        (Duration(10_000_000), "10 ms"),
        (Duration(1_500_000_000), "1.5 s"),
        (Duration(1_000_000_001), "1.000000001 s"),
        (Duration(90_000_000_000), "90 s"),
        (Bandwidth(10_000_000), "10 Mbit/s"),
        (Size(2 * 2**20), "2 MiB"),
        (Size(1536), "1536 B"),
        (Size(1_000_000), "1 MB"),
        (Speed(25_000_000), "25 MIPS"),
        (Speed(1_500_000_000), "1.5 GIPS"),
        (Factor(50), "50 %"),
        (Pages(16), "16 pages"),
    ],
)
def test_a_quantity_prints_itself_with_the_unit_that_suits_it(quantity: Quantity, text: str) -> None:
    assert str(quantity) == text
    assert f"{quantity}" == text


@given(st.sampled_from(KINDS), st.data())
def test_what_is_printed_is_read_as_the_same_value(kind: type[Quantity], data: st.DataObject) -> None:
    quantity = kind(data.draw(st.integers(kind.least, kind.most)))

    assert kind.parse(str(quantity)) == quantity


@given(st.decimals(0, 10**6, places=9), st.sampled_from(["ns", "us", "ms", "s", "min"]))
def test_nothing_is_rounded(number: Decimal, unit: str) -> None:
    exact = number * {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}[unit]
    try:
        value = Duration.parse(f"{number:f} {unit}")
    except QuantityError:
        assert exact != int(exact)
    else:
        assert value == exact


@given(st.sampled_from(KINDS), st.text())
def test_any_text_is_a_quantity_or_an_error_of_one_line(kind: type[Quantity], text: str) -> None:
    said = "1 quantity"
    try:
        kind.parse(text)
    except QuantityError as error:
        said = str(error)
    assert said.isprintable()
