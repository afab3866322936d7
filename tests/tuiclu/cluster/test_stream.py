"""The order of the event stream, and who is shown what."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.control import LocalEvent
from nodes.wire.events import AnyEvent, Event, Narration, NodePaused, NodeResumed, Stamped
from tuiclu.cluster.stream import COMMAND, CPU, EventStream, OutOfTime


class Seen:
    """Notes what it is shown, and answers a pause with a sentence."""

    def __init__(self, about: tuple[type[Event], ...] | None = None) -> None:
        self.about = about
        self.stamped: list[Stamped] = []

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        self.stamped.append(stamped)
        return (Narration({"en": "It stands still."}),) if isinstance(stamped.event, NodePaused) else ()


PLACES = st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(-1, 3))


@given(st.lists(PLACES), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2))))
def test_events_are_shown_by_instant_phase_and_node_wherever_the_cuts_lie(
    places: list[tuple[int, int, int]], cuts: list[tuple[int, int]]
) -> None:
    whole, parts = Seen(), Seen()
    for seen, edges in ((whole, []), (parts, sorted(cuts))):
        stream = EventStream([seen])
        for t, phase, index in places:
            stream.put(t, phase, index, None if index < 0 else f"n{index}", NodeResumed())
        for edge in edges:
            stream.show_all(edge)
        stream.show_all(None)
    assert parts.stamped == whole.stamped
    assert [(one.t, one.node) for one in whole.stamped] == [
        (t, None if index < 0 else f"n{index}") for t, _, index in sorted(places)
    ]
    assert [one.seq for one in whole.stamped] == list(range(len(places)))


def test_nothing_is_shown_before_an_edge_but_what_comes_before_it() -> None:
    seen = Seen()
    stream = EventStream([seen])
    stream.put(10, COMMAND, -1, None, NodeResumed())
    stream.put(10, CPU, 0, "n1", NodeResumed())
    stream.show_all((10, COMMAND))
    assert [one.node for one in seen.stamped] == ["n1"]


def test_what_an_observer_answers_comes_right_behind_the_event() -> None:
    seen = Seen()
    stream = EventStream([seen])
    stream.put(1, CPU, 0, "n1", NodePaused())
    stream.put(1, CPU, 1, "n2", NodeResumed())
    stream.show_all(None)
    assert [type(one.event) for one in seen.stamped] == [NodePaused, Narration, NodeResumed]
    assert [one.seq for one in seen.stamped] == [0, 1, 2]


def test_an_observer_sees_only_what_it_is_about() -> None:
    everything, resumed = Seen(), Seen((NodeResumed,))
    stream = EventStream([everything, resumed])
    stream.show(1, "n1", NodePaused())
    stream.show(2, "n1", NodeResumed())
    assert [type(one.event) for one in resumed.stamped] == [NodeResumed]
    assert len(everything.stamped) == 3, "with the sentence behind the pause"


def test_what_was_taken_out_can_be_put_back() -> None:
    seen = Seen()
    stream = EventStream([seen])
    for t in (3, 1, 2):
        stream.put(t, CPU, 0, "n1", NodeResumed())
    stream.put_back(stream.take((3, CPU)))
    stream.show_all(None)
    assert [one.t for one in seen.stamped] == [1, 2, 3]


# ------------------------------------------------------------------------------------------------ what is watched in every run


def test_what_comes_in_before_what_has_been_shown_is_a_panic_that_says_who_and_when() -> None:
    stream = EventStream([])
    stream.put(10, COMMAND, 0, "n1", NodeResumed())
    stream.show_all((20, COMMAND))
    stream.put(10, COMMAND, 0, "n1", NodeResumed())
    stream.put(10, CPU, 1, "n2", NodePaused())

    with pytest.raises(OutOfTime, match=r"n2 reports node.paused at 10 ns, but what came behind it at 10 ns has been"):
        stream.show_all(None)


def test_time_in_the_stream_never_decreases() -> None:
    stream = EventStream([])
    stream.show(10, "n1", NodeResumed())
    stream.show(10, None, NodeResumed())

    with pytest.raises(OutOfTime, match=r"the cluster reports node.paused at 9 ns, but what happened at 10 ns"):
        stream.show(9, None, NodePaused())


@pytest.mark.parametrize(
    ("places", "why"),
    [
        ([(99, 2)], r"n1 reports node\.resumed at 99 ns, but it was let run from 100 ns to 200 ns, "),
        ([(100, 0)], "at 100 ns, but it was let run from 100 ns to 200 ns, "),
        ([(120, 2), (110, 2)], "at 110 ns, but .* and has reported all before 120 ns"),
        ([(100, 2), (201, 0)], "at 201 ns, but it was let run from 100 ns to 200 ns, "),
        ([(200, 0), (200, 2)], "at 200 ns, but it was let run from 100 ns to 200 ns, "),
    ],
)
def test_a_node_reports_what_falls_between_its_promise_and_the_end_of_its_window_and_nothing_else(
    places: list[tuple[int, int]], why: str
) -> None:
    stream = EventStream([])
    stream.put_reported(0, "n1", [LocalEvent(100, 2, NodeResumed()), LocalEvent(200, 0, NodeResumed())], 100, 200)

    with pytest.raises(OutOfTime, match=why):
        stream.put_reported(0, "n1", [LocalEvent(t, phase, NodeResumed()) for t, phase in places], 100, 200)
