"""Folds: an event finds by its type who takes it, in a fixed order, and what follows from it can be had as it was at any instant."""

from __future__ import annotations

import pytest

from nodes.wire.events import NodePaused, NodeResumed, ProcessCreated, ProcessReady, Stamped
from nodes.wire.ids import NodeName
from tuiclu.model.fold import Table, Takes, on


class Pauses(Takes):
    def __init__(self) -> None:
        self.seen: list[str] = []

    @on
    def paused_or_resumed(self, event: NodePaused | NodeResumed, t: int, node: NodeName) -> None:
        self.seen.append(f"{type(event).__name__} {t} {node}")


class PausesAndBirths(Pauses):
    @on
    def created(self, event: ProcessCreated, t: int, node: NodeName) -> None:
        self.seen.append(event.name)


def test_an_event_goes_to_the_method_whose_annotation_names_it_and_to_no_other() -> None:
    part = PausesAndBirths()
    table = Table(part)
    for event in (NodePaused(), ProcessReady("n1.1"), NodeResumed(), ProcessCreated("n1.1", "P", "p", [], 0)):
        table.apply(Stamped(7, 0, "n1", event))
    assert part.seen == ["NodePaused 7 n1", "NodeResumed 7 n1", "P"]
    assert set(table.kinds) == {NodePaused, NodeResumed, ProcessCreated}


def test_of_several_parts_the_first_is_the_first_to_take_an_event() -> None:
    one, other = Pauses(), Pauses()
    other.seen = one.seen
    one.seen.append("begin")
    Table(one, other).apply(Stamped(1, 0, None, NodePaused()))
    assert one.seen == ["begin", "NodePaused 1 ", "NodePaused 1 "]


def test_two_methods_for_one_event_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="Twice takes NodePaused twice: paused_or_resumed, again"):

        class Twice(Pauses):
            @on
            def again(self, event: NodePaused, t: int, node: NodeName) -> None: ...
