"""What nodes believe of each other, as the screen shows it, against what was told by messages that were delivered."""

from __future__ import annotations

import pytest

from nodes.wire.events import (
    AnyEvent,
    BeliefRevised,
    LoadHeard,
    LoadReported,
    MessageDelivered,
    MessageSent,
    NodeCrashed,
    Stamped,
)
from nodes.wire.reasons import verbatim
from tests.tuiclu.tui.instants import DEMOS, a_run
from tuiclu.model.beliefs import Beliefs
from tuiclu.model.fold import Table

Known = dict[tuple[str, str], tuple[int, int, str]]
"""By who believes it and about whom: the load, when it was so, and the message that told it."""


def recomputed(events: list[Stamped]) -> Known:
    """Return what is believed after these events: each delivered message that tells loads, the newest news of each machine."""
    known: Known = {}
    sent: dict[str, tuple[str, int]] = {}
    loads: dict[str, int] = {}
    for number, one in enumerate(events):
        node, event = one.node or "", one.event
        if isinstance(event, MessageSent):
            sent[event.message] = node, one.t
        elif isinstance(event, LoadReported):
            loads[node] = event.load
        elif isinstance(event, NodeCrashed):
            known = {pair: what for pair, what in known.items() if pair[0] != node}
        elif isinstance(event, BeliefRevised):
            if event.load is None:
                del known[node, event.machine]
            else:
                known[node, event.machine] = (event.load, *known[node, event.machine][1:])
        elif isinstance(event, LoadHeard):
            before = next(
                each.event
                for each in reversed(events[:number])
                if each.node == node and isinstance(each.event, MessageDelivered)
            )
            assert before.type in ("LoadTold", "NoThankYou")
            sender, sent_ns = sent[before.message]
            assert sender == event.told_by
            for machine, (load, at_ns) in event.loads.items():
                assert at_ns <= sent_ns, "nobody can tell of what is not yet"
                if (node, machine) not in known or known[node, machine][1] < at_ns:
                    known[node, machine] = load, at_ns, before.message
    return known


def check(demo: str) -> None:
    run = a_run(demo)
    for frame, until in zip(run.frames, run.until, strict=True):
        shown = {(one.holder, one.about): (one.load, one.t, one.message) for one in frame.beliefs}
        assert shown == recomputed(run.events[:until]), f"{demo} at {frame.now_ns}"


@pytest.mark.parametrize("demo", ["stale-information", "load-sharing"])
def test_what_is_believed_is_what_was_told_by_delivered_messages(demo: str) -> None:
    check(demo)
    assert any(frame.beliefs for frame in a_run(demo).frames)


@pytest.mark.long
@pytest.mark.parametrize("demo", DEMOS)
def test_in_every_demo_what_is_believed_is_what_was_told(demo: str) -> None:
    check(demo)


def folded(*happenings: tuple[int, str, AnyEvent]) -> dict[str, tuple[int, int, str, int]]:
    beliefs = Beliefs()
    table = Table(beliefs)
    for number, (t, node, event) in enumerate(happenings):
        table.apply(Stamped(t, number, node, event))
    return {one.about: (one.load, one.t, one.message, one.heard) for one in beliefs.rows() if one.holder == "n1"}


FIRST = (50, "n1", MessageDelivered("n2:1", "n2", "LoadTold")), (50, "n1", LoadHeard("n2", {"n2": (900, 40)}))


def test_a_message_that_tells_the_same_load_again_renews_it() -> None:
    again = (90, "n1", MessageDelivered("n2:2", "n2", "LoadTold")), (90, "n1", LoadHeard("n2", {"n2": (900, 80)}))
    assert folded(*FIRST, *again) == {"n2": (900, 80, "n2:2", 90)}


def test_older_hearsay_changes_nothing_and_newer_does() -> None:
    older = (90, "n1", MessageDelivered("n3:1", "n3", "LoadTold")), (90, "n1", LoadHeard("n3", {"n2": (100, 30)}))
    newer = (90, "n1", MessageDelivered("n3:1", "n3", "LoadTold")), (90, "n1", LoadHeard("n3", {"n2": (100, 60)}))
    assert folded(*FIRST, *older) == {"n2": (900, 40, "n2:1", 50)}
    assert folded(*FIRST, *newer) == {"n2": (100, 60, "n3:1", 90)}


def test_who_dies_believes_nothing_and_what_is_dropped_is_gone() -> None:
    assert folded(*FIRST, (60, "n1", BeliefRevised("n2", 1900, "expected"))) == {"n2": (1900, 40, "n2:1", 50)}
    assert folded(*FIRST, (60, "n1", BeliefRevised("n2", None, "dead"))) == {}
    assert folded(*FIRST, (60, "n1", NodeCrashed(verbatim("a fault")))) == {}
