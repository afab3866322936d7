"""Laws of beginnings and ends, and of sums: whatever begins has one end, and all that is counted adds up."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.wire.events import (
    EvictionStarted,
    FramesInUse,
    MigrationAborted,
    MigrationCompleted,
    MigrationLost,
    MigrationStarted,
    NegotiationRefused,
    RunEnded,
    kind_of,
)
from nodes.wire.ids import NodeName
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.laws.law import Law

MOST_ENDS = 200
"""How many migrations are remembered to have ended."""


class WhatBeginsEnds(Law):
    """Every migration and every eviction has one beginning and one end; none is under way when nothing is left to happen."""

    name = "outcomes"

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._ends: dict[str, str] = {}
        """How each migration has ended; empty: it has not."""
        self._forgets = False
        """Of some that were over nothing is known any more."""

    @on
    def begun(self, event: MigrationStarted, t: int, node: NodeName) -> Iterable[str]:
        if event.migration in self._ends:
            yield f"migration {event.migration} began a second time"
        self._ends[event.migration] = ""
        if len(self._ends) > MOST_ENDS:
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        """Forget one that is over, whether its end was told or nobody is left who could tell it."""
        going_on = {one.name for one in self._view.under_way()}
        over = next((name for name, end in self._ends.items() if end or name not in going_on), None)
        if over is not None:
            del self._ends[over]
            self._forgets = True

    @on
    def ended(
        self,
        event: NegotiationRefused | MigrationCompleted | MigrationAborted | MigrationLost,
        t: int,
        node: NodeName,
    ) -> Iterable[str]:
        known = self._ends.get(event.migration)
        if known is None and self._forgets:
            return
        if known is None:
            yield f"migration {event.migration} has ended ({kind_of(event)}), and never began"
        elif known:
            yield f"migration {event.migration} has ended twice: {known}, then {kind_of(event)}"
        self._ends[event.migration] = kind_of(event)

    @on
    def eviction_begun(self, event: EvictionStarted, t: int, node: NodeName) -> Iterable[str]:
        earlier, where = self._view.evictions[:-1], event.machine or node
        others = [one for one in earlier if one.outcome is None and one.node == where]
        for pid in event.processes:
            if any(pid in one.processes and one.seat == node for one in others):
                yield f"{self._view.name_of(pid)} is evicted from {where} twice at a time"

    @on
    def run_ended(self, event: RunEnded, t: int, node: NodeName) -> Iterable[str]:
        if event.reason != "quiescent" or self._view.disturbed():
            return
        for one in self._view.under_way():
            yield f"migration {one.name} of {one.process} is under way, and nothing is left to happen"
        for eviction in self._view.evictions:
            if eviction.outcome is None:
                yield f"the eviction from {eviction.node} is under way, and nothing is left to happen"


class AccountsAddUp(Law):
    """What a node says of its CPU fits what its processes were seen to do with it, to the nanosecond. Looked at when the run ends."""

    name = "accounts"

    def __init__(self, view: ClusterView) -> None:
        self._view = view

    @on
    def run_ended(self, event: RunEnded, t: int, node: NodeName) -> Iterable[str]:
        nodes = self._view.nodes.values()
        for one in nodes:
            busy_ns = one.belonged_ns(t) + one.alone_ns
            if busy_ns != one.charged_ns + one.kernel_ns or min(one.kernel_ns, one.alone_ns) < 0:
                used = f"{one.charged_ns} ns for processes and {one.kernel_ns} ns for its kernel"
                yield f"{one.name} was busy for {busy_ns} ns, and used {used}"
        charged_ns = sum(one.charged_ns for one in nodes)
        used_ns = sum(process.cpu_ns for process in self._view.processes.values()) + self._view.forgotten_cpu_ns
        if charged_ns != used_ns:
            yield f"nodes charged {charged_ns} ns to processes, which say that they used {used_ns} ns"


class FramesAddUp(Law):
    """Allocated, promised and free frames add up, and every allocated frame holds a page that somebody has."""

    name = "frames"

    @on
    def counted(self, event: FramesInUse, t: int, node: NodeName) -> Iterable[str]:
        allocated, reserved, free, total = event.allocated, event.reserved, event.free, event.total
        if allocated + reserved + free != total or min(allocated, reserved, free) < 0:
            yield f"{node}: {allocated} allocated + {reserved} promised + {free} free is not {total}"
        if allocated != event.mapped + event.text:
            said = f"page tables have {event.mapped} entries, and the text of programs takes {event.text}"
            yield f"{node}: {allocated} frames are allocated, {said}"
