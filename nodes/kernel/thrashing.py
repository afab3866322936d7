"""Whether a node thrashes: its processes wait for its disk most of the time, while its CPU has nothing to do.

Seen from what the kernel reports alone. A stretch of time is *stalled* if a process of the node waits for a page from the node's own disk
and none has the CPU; it counts when the page has come. A node thrashes that was stalled for half of the last second and read back what it
had to evict: at least one page for two that had to leave their frames. (Where none are read back, a program just fills more pages than
there are frames.) It has recovered as soon as it was stalled for less than a quarter of the last second, whether anything happens then or
not: `recovers_at` says when to look.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from nodes.kernel.agenda import Timer
from nodes.kernel.kernel import Kernel
from nodes.kernel.process import State, WaitingFor
from nodes.wire.events import (
    AnyEvent,
    Event,
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
)
from nodes.wire.ids import Pid
from nodes.wire.parameters import SECOND_NS

WINDOW_NS = SECOND_NS
THRASHING_NS, RECOVERED_NS = WINDOW_NS // 2, WINDOW_NS // 4
"""How much of the window stalled."""

Stretch = tuple[int, int]
"""From, to."""


@dataclass
class ThrashingWatch:
    """What is known of one node."""

    idle_since_ns: int
    """Since when no process has the CPU, if none has it; at first, when the node has started."""
    running: Pid | None = None
    idle: deque[Stretch] = field(default_factory=deque)
    """When no process had the CPU, within the window or a little longer."""
    stalled: deque[Stretch] = field(default_factory=deque)
    stalled_sum_ns: int = 0
    """Of all these stretches."""
    traffic: deque[tuple[int, int, int]] = field(default_factory=deque)
    """When pages were read back from the disk, how many, and how many had to leave their frames."""
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
        stalled = [(max(self.idle_since_ns, begin), t)] if self.running is None else []
        for idle_from, idle_to in reversed(self.idle):  # none of them overlap: what is behind `begin` is at the end
            if idle_to <= begin:
                break
            stalled.append((max(idle_from, begin), min(idle_to, t)))
        for start, end in reversed(stalled):
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

    def forget_idle(self, t: int) -> None:
        """Forget when the CPU was idle before the window that ends now."""
        while self.idle and self.idle[0][1] <= t - WINDOW_NS:
            self.idle.popleft()

    def stalled_ns(self, t: int) -> int:
        """Return how much of the window that ends now was stalled, and forget what lies before it."""
        self.forget_idle(t)
        begin = t - WINDOW_NS
        while self.stalled and self.stalled[0][1] <= begin:
            start, end = self.stalled.popleft()
            self.stalled_sum_ns -= end - start
        return self.stalled_sum_ns - (max(0, begin - self.stalled[0][0]) if self.stalled else 0)

    # ----------------------------------------------------------------------------------------------------------- verdicts

    def observe(self, event: AnyEvent, t: int) -> NodeThrashing | NodeRecovered | None:
        """Take the next event of the node, one of those that are `CONCERNED`; return what follows from it."""
        match event:
            case ProcessDispatched(pid):
                self.dispatched(pid, t)
            case ProcessPreempted(pid) | ProcessBlocked(pid) | ProcessFrozen(pid) | ProcessStopped(pid):
                self.left_the_cpu(pid, t)
                return None
            case ProcessExited(pid):
                self.left_the_cpu(pid, t)
            case PageEvicted(pages=pages):
                self.paged(t, 0, len(pages))
                return None
            case PageFaulted(source=source, pages=pages):
                if source == "disk":
                    self.paged(t, len(pages), 0)
                return None
            case PageArrived(source=source, waited_ns=waited_ns):
                if source == "disk":
                    self.waited(t - waited_ns, t)
            case _:
                raise AssertionError(f"{type(event).__name__} is no concern of this")
        return self.verdict(t)

    def verdict(self, t: int) -> NodeThrashing | NodeRecovered | None:
        """Return what is to be reported now: that the node begins to thrash, or does so no longer."""
        if not self.stalled and not self.thrashing:
            self.forget_idle(t)
            return None
        stalled_ns = self.stalled_ns(t)
        if not self.thrashing and stalled_ns >= THRASHING_NS and self.reads_back_what_it_evicts(t):
            self.thrashing = True
            return NodeThrashing(stalled_ns * 100 // WINDOW_NS)
        if self.thrashing and stalled_ns < RECOVERED_NS:
            self.thrashing = False
            return NodeRecovered(stalled_ns * 100 // WINDOW_NS)
        return None

    def recovers_at(self) -> int:
        """Return the instant at which a node that thrashes will have recovered if nothing stalls it."""
        later_ns = 0
        for start, end in reversed(self.stalled):
            if later_ns + end - start >= RECOVERED_NS:
                return end - (RECOVERED_NS - later_ns) + 1 + WINDOW_NS
            later_ns += end - start
        return 0


CONCERNED: frozenset[type[Event]] = frozenset(
    (
        ProcessDispatched,
        ProcessPreempted,
        ProcessBlocked,
        ProcessFrozen,
        ProcessStopped,
        ProcessExited,
        PageEvicted,
        PageFaulted,
        PageArrived,
    )
)
"""The events from which it is seen."""


class ThrashingReporter:
    """Hears the events of one node, and reports when it begins to thrash, and when it does so no longer."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._watch = ThrashingWatch(kernel.now)
        self._recovery: Timer | None = None
        """Goes off when this node, which thrashes, will have recovered."""
        kernel.listen(CONCERNED, self._hear)

    def _hear(self, event: AnyEvent) -> None:
        self._tell(self._watch.observe(event, self._kernel.now))

    def _tell(self, verdict: NodeThrashing | NodeRecovered | None) -> None:
        """Report that this node begins to thrash, or does so no longer; see to it that its recovery is noticed when it comes."""
        if verdict is not None:
            self._kernel.emit(verdict)
        if self._watch.thrashing and self._recovery is None:
            delay_ns = max(0, self._watch.recovers_at() - self._kernel.now)
            self._recovery = self._kernel.call_later(delay_ns, self._look_for_recovery)

    def _look_for_recovery(self) -> None:
        """Look whether this node still thrashes. A wait for the disk that is going on counts when it has come to its end."""
        self._recovery = None
        waiting = [one.waiting for one in self._kernel.processes.values() if one.state is State.BLOCKED]
        waits = any(isinstance(one, WaitingFor) and one.what == "page" for one in waiting)
        if self._watch.thrashing and not waits:
            self._tell(self._watch.verdict(self._kernel.now))
