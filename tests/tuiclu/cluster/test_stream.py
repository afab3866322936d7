"""The order of the event stream, and who is shown what."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.events import AnyEvent, Event, Narration, NodePaused, NodeResumed, Stamped
from tuiclu.cluster.stream import COMMAND, CPU, EventStream


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
