"""Which node is next: the calendar says what a look at every node would say, and looks at no node that sleeps."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.parameters import NEVER_NS, InitiatorParameters, MigrationParameters, NodeParameters
from tuiclu.cluster.calendar import Calendar
from tuiclu.cluster.node import Node
from tuiclu.cluster.policy import InForce

IN_FORCE = InForce(MigrationParameters(), InitiatorParameters())


def nodes_of(count: int) -> list[Node]:
    """Return nodes that are told when something happens there by `next_ns` alone."""
    found = [
        Node(NodeParameters(f"n{index}"), f"n{index}", index, IN_FORCE, disk=io.BytesIO()) for index in range(count)
    ]
    for node in found:
        node.process = object()  # type: ignore[assignment] # it runs: nobody speaks to it
    return found


INSTANTS = st.one_of(st.none(), st.integers(0, 12))


@given(st.lists(st.tuples(st.integers(0, 3), INSTANTS), max_size=40), st.integers(0, 13))
def test_it_says_what_a_look_at_every_node_would_say(changes: list[tuple[int, int | None]], end_ns: int) -> None:
    nodes = nodes_of(4)
    calendar = Calendar(nodes, Node.earliest_ns)
    for index, next_ns in changes:
        nodes[index].next_ns = next_ns
        calendar.note((nodes[index],))
        busy = [(node.next_ns, node) for node in nodes if node.next_ns is not None]
        instants = sorted([*(instant for instant, _ in busy), NEVER_NS, NEVER_NS])
        assert calendar.first_ns() == (instants[0] if busy else None)
        assert calendar.first_two_ns() == tuple(instants[:2])
        assert calendar.due_before(end_ns) == [(instant, node) for instant, node in busy if instant < end_ns]


class Watched(list[Node]):
    """Nodes, and the places of those that somebody has looked at."""

    def __init__(self, nodes: list[Node]) -> None:
        super().__init__(nodes)
        self.looked: set[object] = set()

    def __getitem__(self, place: Any) -> Any:
        self.looked.add(place)
        return super().__getitem__(place)


def test_nodes_that_sleep_are_not_looked_at() -> None:
    nodes = Watched(nodes_of(1000))
    for node in nodes:
        node.next_ns = 10**9
    calendar = Calendar(nodes, Node.earliest_ns)
    calendar.note(nodes)
    busy = list(nodes)[7]

    for instant in range(1, 500):
        busy.next_ns = instant
        calendar.note((busy,))
        assert calendar.due_before(instant + 1) == [(instant, busy)]
        assert calendar.first_two_ns() == (instant, 10**9)

    assert nodes.looked == {7}
