"""What is kept of what a process has written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.events import NodeCrashed, ProcessCreated, ProcessExited, ProcessOutput
from nodes.wire.reasons import reason, verbatim
from tests.nodes.kernel.machine import examples
from tests.tuiclu.model.folding import folded
from tuiclu.model import output
from tuiclu.model.output import ALL_BYTES, EXACT_BYTES, LAST_BYTES, EndedOutputs, Output


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


def test_of_all_who_have_ended_the_oldest_are_shortened_and_go_on_to_tell_whether_they_are_equal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "ALL_BYTES", 50)
    ended = EndedOutputs()
    outputs = [_written(b"%020d" % number) for number in range(5)]
    for one in outputs:
        ended.add(one)

    assert [one.is_exact for one in outputs] == [False, False, False, True, True]
    assert sum(one.kept for one in outputs) <= 50 + 3 * 2 * output.LAST_BYTES
    assert outputs[1].content().startswith(b"000000\n[... 8 bytes are not kept; SHA-256 of all 20 bytes: ")
    assert outputs[1].end() == b"000001"
    other, same = _written(b"0" * 10 + b"1" + b"0" * 8 + b"1"), _written(b"%020d" % 1)
    other.shorten()
    same.shorten()
    assert (outputs[1].content() == same.content(), outputs[1].content() == other.content()) == (True, False)


@given(data=st.binary(max_size=80))
@examples(50)
def test_what_is_shortened_keeps_no_more_than_its_beginning_and_its_end_and_tells_its_size(data: bytes) -> None:
    one = _written(data)
    one.shorten()

    assert one.kept <= 2 * output.LAST_BYTES
    assert one.size == len(data)
    assert one.is_exact == (one.content() == data)


def test_whoever_ends_is_counted_whatever_it_dies_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "ALL_BYTES", 39)
    view = folded(
        (1, "n2", ProcessCreated("n2.1", "Q", "primes", ["primes"], 0)),
        (1, "n1", ProcessOutput("n1.1", 1, text="0123456789abcdefghij")),
        (1, "n2", ProcessOutput("n2.1", 2, text="0123456789")),
        (2, "n1", ProcessExited("n1.1", 0, None, reason("exit", code="0"), 1000, 10)),
        (3, "n2", NodeCrashed(verbatim("SIGKILL"))),
    )

    assert view.processes["n2.1"].state == "lost"
    assert [one.output.is_exact for one in view.processes.values()] == [False, True]


def test_the_bounds_that_are_stated_hold() -> None:
    assert (EXACT_BYTES, LAST_BYTES, ALL_BYTES) == (1 << 20, 4096, 64 << 20)
