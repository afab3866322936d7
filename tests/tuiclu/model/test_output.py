"""What is kept of what a process has written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nodes.kernel.machine import examples
from tuiclu.model import output
from tuiclu.model.output import EXACT_BYTES, LAST_BYTES, Output


@pytest.fixture(autouse=True)
def _bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep less, so that small outputs are long ones."""
    monkeypatch.setattr(output, "EXACT_BYTES", 20)
    monkeypatch.setattr(output, "LAST_BYTES", 6)


def _written(*pieces: bytes) -> Output:
    result = Output()
    for piece in pieces:
        result.add(piece)
    return result


def test_up_to_the_bound_it_is_exact() -> None:
    short = _written(b"0123456789", b"", b"abcdefghij")

    assert (short.is_exact, short.size, short.content(), short.end(4)) == (True, 20, b"0123456789abcdefghij", b"ghij")


def test_beyond_it_there_is_a_clear_mark_between_the_beginning_and_the_end() -> None:
    long = _written(b"0123456789", b"abcdefghij?!" * 1000)

    assert (long.is_exact, long.size) == (False, 12_010)
    beginning, mark, end = long.content().split(b"\n")
    assert (beginning, end, long.end(8)) == (b"0123456789abcdefghij", b"ghij?!", b"ghij?!")
    assert mark.startswith(b"[... 11,984 bytes are not kept; SHA-256 of all 12,010 bytes: ")


@given(data=st.binary(max_size=80), cuts=st.lists(st.integers(0, 80), max_size=6), byte=st.integers(0, 79))
@examples(100)
def test_two_are_equal_if_all_bytes_are_however_they_were_cut(data: bytes, cuts: list[int], byte: int) -> None:
    places = sorted([0, *cuts, len(data)])
    pieces = [data[start:end] for start, end in pairwise(places)]
    other = bytearray(data)
    if byte < len(other):
        other[byte] ^= 1

    assert _written(*pieces).content() == _written(data).content()
    assert (_written(bytes(other)).content() == _written(data).content()) == (bytes(other) == data)


def test_the_bounds_that_are_stated_hold() -> None:
    assert (EXACT_BYTES, LAST_BYTES) == (1 << 20, 4096)
