"""Two runs compared: whatever is changed in one event, that event is named, and in what it differs."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.wire.events import RunStarted, Stamped
from tests.tuiclu.recordings.test_export import events
from tuiclu.recordings.diff import compare, lines


def changed(stamped: Stamped) -> Stamped:
    """Return an event that happens a microsecond later."""
    return msgspec.structs.replace(stamped, t=stamped.t + 1000)


def test_a_run_does_not_differ_from_itself() -> None:
    assert not compare(events(), events()).events_differ
    assert list(lines(("a", "b"), (events(), events()), "en")) == [f"The events are the same: {len(events())}."]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_single_change_is_named_exactly(data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(events()) - 1))
    other = [*events()[:at], changed(events()[at]), *events()[at + 1 :]]
    found = compare(events(), other)
    assert (found.common, found.one, found.other) == (at, events()[at], other[at])
    assert [path for path, _, _ in found.fields] == ["t"]


@given(st.integers(1, 40))
def test_a_run_that_breaks_off_differs_where_it_ends(count: int) -> None:
    found = compare(events(), events()[:count])
    assert (found.common, found.one, found.other) == (count, events()[count], None)


def test_one_page_number_among_many_is_found() -> None:
    at, faulted = next((number, one) for number, one in enumerate(events()) if getattr(one.event, "pages", ()))
    pages = [*faulted.event.pages[:-1], faulted.event.pages[-1] ^ 1]  # type: ignore[union-attr, index]
    other = list(events())
    other[at] = msgspec.structs.replace(faulted, event=msgspec.structs.replace(faulted.event, pages=pages))
    ((path, before, after),) = compare(events(), other).fields
    assert path == f"pages[{len(pages) - 1}]"
    assert int(before) ^ 1 == int(after)


@pytest.mark.parametrize(("lang", "said"), [("en", "The settings differ:"), ("es", "Los ajustes difieren:")])
def test_settings_are_compared_apart_from_what_follows_from_them(lang: str, said: str) -> None:
    first = events()[0]
    assert isinstance(first.event, RunStarted)
    other = [msgspec.structs.replace(first, event=msgspec.structs.replace(first.event, seed=9)), *events()[1:-5]]
    told = list(lines(("one", "other"), (events(), other), lang))
    assert told[:2] == [said, "  seed: 0  |  9"]
    assert any(line.startswith("  one: ") for line in told)
    assert told[-1].rstrip().endswith("s")
