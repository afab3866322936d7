"""Whether a node thrashes: its processes wait for its disk most of the time, while its CPU has nothing to do.

Read from the stream alone. A stretch of time is *stalled* if a process of the node waits for a page from the node's own disk and none has
the CPU. A node thrashes that was stalled for half of the last second and read back what it had to evict: at least one page for two that
had to leave their frames. (Where none are read back, a program just fills more pages than there are frames.) It has recovered when it was
stalled for less than a quarter of the last second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from nodes.wire.events import (
    AnyEvent,
    Event,
    NodeCrashed,
    NodeRecovered,
    NodeThrashing,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    ProcessStopped,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import SECOND_NS

WINDOW_NS = SECOND_NS
THRASHING_NS, RECOVERED_NS = WINDOW_NS // 2, WINDOW_NS // 4
"""So much of the window stalled."""

CAUSES: tuple[type[Event], ...] = (PageArrived, ProcessDispatched, ProcessExited)
"""The events at which it may be found that a node thrashes, or does no longer."""

Stretch = tuple[int, int]
"""From, to."""


@dataclass
class _Node:
    running: Pid | None = None
    idle_since_ns: int = 0
    idle: deque[Stretch] = field(default_factory=deque)
    """When no process had the CPU, within the window or a little longer."""
    stalled: deque[Stretch] = field(default_factory=deque)
    stalled_sum_ns: int = 0
    """Of all these stretches."""
    traffic: deque[tuple[int, int, int]] = field(default_factory=deque)
    """When so many pages were read back from the disk, and so many had to leave their frames."""
    read_back: int = 0
    evicted: int = 0
    """Of these, in all."""
    thrashing: bool = False

    def dispatched(self, pid: Pid, t: int) -> None:
        if self.running is None and t > self.idle_since_ns:
            self.idle.append((self.idle_since_ns, t))
        self.running = pid

    def left_the_cpu(self, pid: Pid, t: int) -> None:
        if self.running == pid:
            self.running, self.idle_since_ns = None, t

    def waited(self, since_ns: int, t: int) -> None:
        """A process has waited for the disk: note when the CPU was idle meanwhile, and what is not noted yet."""
        begin = max(since_ns, self.stalled[-1][1] if self.stalled else 0)
        last = [(self.idle_since_ns, t)] if self.running is None else []
        for idle_from, idle_to in [*self.idle, *last]:
            start, end = max(idle_from, begin), min(idle_to, t)
            if start < end:
                self.stalled.append((start, end))
                self.stalled_sum_ns += end - start

    def paged(self, t: int, read_back: int, evicted: int) -> None:
        self.traffic.append((t, read_back, evicted))
        self.read_back += read_back
        self.evicted += evicted
        while self.traffic[0][0] <= t - WINDOW_NS:
            _, old_read_back, old_evicted = self.traffic.popleft()
            self.read_back -= old_read_back
            self.evicted -= old_evicted

    def reads_back_what_it_evicts(self, t: int) -> bool:
        """Tell whether it does, within the window that ends now."""
        self.paged(t, 0, 0)
        return 2 * self.read_back >= self.evicted > 0

    def stalled_ns(self, t: int) -> int:
        """Return how much of the window that ends now was stalled, and forget what lies before it."""
        begin = t - WINDOW_NS
        while self.idle and self.idle[0][1] <= begin:
            self.idle.popleft()
        while self.stalled and self.stalled[0][1] <= begin:
            start, end = self.stalled.popleft()
            self.stalled_sum_ns -= end - start
        return self.stalled_sum_ns - (max(0, begin - self.stalled[0][0]) if self.stalled else 0)


class ThrashingWatch:
    """Observes the stream and adds to it when a node begins to thrash and when it has recovered."""

    about: tuple[type[Event], ...] = (
        ProcessDispatched,
        ProcessPreempted,
        ProcessBlocked,
        ProcessExited,
        ProcessFrozen,
        PageEvicted,
        PageFaulted,
        PageArrived,
        NodeCrashed,
    )

    def __init__(self) -> None:
        self._nodes: dict[NodeName, _Node] = {}

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        if stamped.node is None:
            return ()
        node = self._nodes.setdefault(stamped.node, _Node())
        t = stamped.t
        match stamped.event:
            case ProcessDispatched(pid):
                node.dispatched(pid, t)
            case (
                ProcessPreempted(pid)
                | ProcessBlocked(pid)
                | ProcessExited(pid)
                | ProcessFrozen(pid)
                | ProcessStopped(pid)
            ):
                node.left_the_cpu(pid, t)
            case PageEvicted(pages=pages):
                node.paged(t, 0, len(pages))
            case PageFaulted(source="disk", pages=pages):
                node.paged(t, len(pages), 0)
            case PageArrived(source="disk", waited_ns=waited_ns):
                node.waited(t - waited_ns, t)
            case NodeCrashed():
                self._nodes[stamped.node] = _Node(idle_since_ns=t)
            case _:
                pass
        return self._verdict(node, t) if isinstance(stamped.event, CAUSES) else ()

    @staticmethod
    def _verdict(node: _Node, t: int) -> Iterable[AnyEvent]:
        stalled_ns = node.stalled_ns(t)
        if not node.thrashing and stalled_ns >= THRASHING_NS and node.reads_back_what_it_evicts(t):
            node.thrashing = True
            return (NodeThrashing(stalled_ns * 100 // WINDOW_NS),)
        if node.thrashing and stalled_ns < RECOVERED_NS:
            node.thrashing = False
            return (NodeRecovered(stalled_ns * 100 // WINDOW_NS),)
        return ()
