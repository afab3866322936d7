"""Which node is next to do something: what the engine asks at every window. Nodes that sleep cost nothing there."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence

from nodes.wire.parameters import NEVER_NS
from tuiclu.cluster.node import Node


class Calendar:
    """The nodes by the first instant at which something can happen there. It knows what it was told by `note`."""

    def __init__(self, nodes: Sequence[Node], when: Callable[[Node], int | None]) -> None:
        """`nodes` are in the order of the plan; `when` says of a node at which instant that is, None: never."""
        self._nodes = nodes
        self._when = when
        self._noted: list[int | None] = [None] * len(nodes)
        """Of each node, by its place in the plan: what was noted last."""
        self._entries: list[tuple[int, int]] = []
        """A heap of (instant, place). An entry is out of date if another instant has been noted for its place since."""

    def note(self, nodes: Iterable[Node]) -> None:
        """Take note of nodes whose next instant may have changed."""
        for node in nodes:
            earliest_ns = self._when(node)
            if earliest_ns != self._noted[node.index]:
                self._noted[node.index] = earliest_ns
                if earliest_ns is not None:
                    heapq.heappush(self._entries, (earliest_ns, node.index))

    def first_ns(self) -> int | None:
        """Return the first instant at which something can happen at any node; None: nothing will."""
        self._drop_outdated()
        return self._entries[0][0] if self._entries else None

    def first_two_ns(self) -> tuple[int, int]:
        """Return the first instant at which something can happen at any node, and the first at any other node; `NEVER_NS`: nothing will."""
        first_ns = self.first_ns()
        if first_ns is None:
            return NEVER_NS, NEVER_NS
        first = heapq.heappop(self._entries)
        second_ns = self.first_ns()
        while second_ns is not None and self._entries[0] == first:  # noted, noted otherwise, and noted as before
            heapq.heappop(self._entries)
            second_ns = self.first_ns()
        heapq.heappush(self._entries, first)
        return first_ns, NEVER_NS if second_ns is None else second_ns

    def due_before(self, end_ns: int) -> list[tuple[int, Node]]:
        """Return the nodes at which something can happen before an instant, each with its own, in the order of the plan."""
        found: dict[tuple[int, int], None] = {}
        while self._entries and self._entries[0][0] < end_ns:
            entry = heapq.heappop(self._entries)
            if self._noted[entry[1]] == entry[0]:
                found[entry] = None
        for entry in found:
            heapq.heappush(self._entries, entry)
        return [(earliest_ns, self._nodes[place]) for earliest_ns, place in sorted(found, key=lambda entry: entry[1])]

    def _drop_outdated(self) -> None:
        entries = self._entries
        while entries and self._noted[entries[0][1]] != entries[0][0]:
            heapq.heappop(entries)


class Timetable:
    """When which node does anything, and when it can send anything."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.acts = Calendar(nodes, Node.earliest_ns)
        self.sends = Calendar(nodes, Node.sends_ns)

    def note(self, nodes: Iterable[Node]) -> None:
        """Take note of nodes whose next instant may have changed."""
        self.acts.note(nodes)
        self.sends.note(nodes)
