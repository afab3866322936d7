"""Short-term scheduling: which ready process gets the CPU next, and for how long. Sans I/O: no clock, no CPU.

A policy is a class with a ready queue of its own; the registry at the end gives them their names. They are those of Stallings' chapter on
uniprocessor scheduling, and give the finish times of his examples.

Some ask for how long a process will need the CPU. Nobody can know: it is what the user says (`estimate`), for the whole process. A process
without an estimate comes after all that have one. Where the estimate is wrong, the choice is.
"""

from __future__ import annotations

import enum
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol

from nodes.kernel.process import Process
from nodes.wire import vocabulary
from nodes.wire.parameters import NEVER_NS


class Came(enum.Enum):
    """How a process came to the ready queue."""

    FRESH = enum.auto()
    """New, or woken from a wait."""
    QUANTUM_USED = enum.auto()
    """It ran for as long as it was allowed to."""
    PUT_BACK = enum.auto()
    """It gave the CPU up, or had to, before its time was over."""


class Scheduler(Protocol):
    """A scheduling policy and its ready queue."""

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        """Put a ready process into the queue."""

    def remove(self, process: Process) -> None:
        """Take a process out of the queue; it is there."""

    def choose(self, now_ns: int) -> Process | None:
        """Take the next process to run out of the queue; None: nobody is ready. All that has happened by now is known."""

    def quantum_ns(self, process: Process) -> int | None:
        """Return how long `process` may run before the next choice; None: as long as it likes."""

    def preempts(self, ready: Process, running: Process) -> bool:
        """Tell whether `ready`, which has just entered, takes the CPU from `running` at once."""

    def is_empty(self) -> bool:
        """Tell whether nobody is ready."""

    def queue(self, now_ns: int) -> Iterator[Process]:
        """Walk through the ready queue, the next one first."""


class _Fifo:
    """A first-in, first-out ready queue, for the policies that need no other order."""

    def __init__(self, quantum_ns: int) -> None:
        self._quantum_ns = quantum_ns
        self._ready: deque[Process] = deque()

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        self._ready.append(process)

    def remove(self, process: Process) -> None:
        self._ready.remove(process)

    def choose(self, now_ns: int) -> Process | None:
        return self._ready.popleft() if self._ready else None

    def preempts(self, ready: Process, running: Process) -> bool:
        return False

    def is_empty(self) -> bool:
        return not self._ready

    def queue(self, now_ns: int) -> Iterator[Process]:
        return iter(self._ready)


class RoundRobin(_Fifo):
    """Each in turn for one quantum."""

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns


class FirstComeFirstServed(_Fifo):
    """Each in turn until it blocks or ends."""

    def quantum_ns(self, process: Process) -> int | None:
        return None


class _Sorted:
    """A ready queue in the order of a key, the smallest first; equal keys first in, first out."""

    def __init__(self, quantum_ns: int) -> None:
        self._quantum_ns = quantum_ns
        self._ready: list[tuple[int, int, Process]] = []
        self._arrivals = itertools.count()

    def key(self, process: Process) -> int:
        raise NotImplementedError

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        heapq.heappush(self._ready, (self.key(process), next(self._arrivals), process))

    def remove(self, process: Process) -> None:
        self._ready = [entry for entry in self._ready if entry[2] is not process]
        heapq.heapify(self._ready)

    def choose(self, now_ns: int) -> Process | None:
        return heapq.heappop(self._ready)[2] if self._ready else None

    def quantum_ns(self, process: Process) -> int | None:
        return None

    def preempts(self, ready: Process, running: Process) -> bool:
        return False

    def is_empty(self) -> bool:
        return not self._ready

    def queue(self, now_ns: int) -> Iterator[Process]:
        return (process for _, _, process in sorted(self._ready, key=lambda entry: entry[:2]))


class ShortestProcessNext(_Sorted):
    """The one that needs the CPU for the shortest time in all, by the user's estimate; whoever has the CPU keeps it."""

    UNKNOWN_NS = NEVER_NS

    def key(self, process: Process) -> int:
        return self.UNKNOWN_NS if process.estimate_ns is None else process.estimate_ns


class ShortestRemainingTime(ShortestProcessNext):
    """The one that needs the CPU for the shortest time yet, by the user's estimate; a newcomer that needs it shorter gets it at once.

    Equals go first come, first served; who had to make way for another keeps its place.
    """

    def __init__(self, quantum_ns: int) -> None:
        super().__init__(quantum_ns)
        self._chosen: tuple[int, Process] | None = None

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        if came is Came.PUT_BACK and self._chosen is not None and self._chosen[1] is process:
            heapq.heappush(self._ready, (self.key(process), *self._chosen))
        else:
            super().enter(process, came, now_ns)

    def choose(self, now_ns: int) -> Process | None:
        self._chosen = self._ready[0][1:] if self._ready else None
        return super().choose(now_ns)

    def key(self, process: Process) -> int:
        if process.estimate_ns is None:
            return self.UNKNOWN_NS
        return max(0, process.estimate_ns - process.account.cpu_ns)

    def preempts(self, ready: Process, running: Process) -> bool:
        return self.key(ready) < self.key(running)


class HighestResponseRatioNext(_Fifo):
    """The one with the greatest (w + s) / s: it has waited w for the CPU of this node, and needs it for s in all, by the user's estimate.

    Whoever has the CPU keeps it. Equals go first come, first served.
    """

    def __init__(self, quantum_ns: int) -> None:
        super().__init__(quantum_ns)
        self._since_ns: dict[Process, int] = {}

    def quantum_ns(self, process: Process) -> int | None:
        return None

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        super().enter(process, came, now_ns)
        self._since_ns[process] = now_ns

    def remove(self, process: Process) -> None:
        super().remove(process)
        del self._since_ns[process]

    def choose(self, now_ns: int) -> Process | None:
        if not self._ready:
            return None
        process = next(self.queue(now_ns))
        self._ready.remove(process)
        process.waited_ns += now_ns - self._since_ns.pop(process)
        return process

    def queue(self, now_ns: int) -> Iterator[Process]:
        return iter(sorted(self._ready, key=lambda one: self._ratio(one, now_ns), reverse=True))

    def _ratio(self, process: Process, now_ns: int) -> tuple[bool, Fraction]:
        """Return what to compare: who has an estimate at all, and the waiting time in units of it."""
        if process.estimate_ns is None:
            return False, Fraction(0)
        return True, Fraction(process.waited_ns + now_ns - self._since_ns[process], max(1, process.estimate_ns))


class Priority(_Sorted):
    """The most urgent one; equals take turns by the quantum."""

    def key(self, process: Process) -> int:
        return -process.priority

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns

    def preempts(self, ready: Process, running: Process) -> bool:
        return ready.priority > running.priority


class FeedbackFixed(_Sorted):
    """Feedback with one quantum for all: who has used it up goes on one level lower, and a level gets the CPU when all above it are empty.

    A process starts on the highest level, and is there again when it comes back from a wait. Nobody is preempted within a quantum; a
    process that is alone when its quantum ends goes on where it is.
    """

    LEVELS = 32
    """The lowest level is served round robin."""

    def key(self, process: Process) -> int:
        return process.level

    def enter(self, process: Process, came: Came, now_ns: int) -> None:
        match came:
            case Came.FRESH:
                process.level = 0
            case Came.QUANTUM_USED:
                process.level = min(process.level + 1, self.LEVELS - 1)
            case Came.PUT_BACK:
                pass
        super().enter(process, came, now_ns)

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns


class Feedback(FeedbackFixed):
    """Feedback whose quantum is twice as long on the next lower level: 2^i quanta on level i."""

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns << process.level


SCHEDULERS: dict[vocabulary.Scheduler, Callable[[int], Scheduler]] = {
    "round-robin": RoundRobin,
    "fcfs": FirstComeFirstServed,
    "shortest-process-next": ShortestProcessNext,
    "shortest-remaining-time": ShortestRemainingTime,
    "highest-response-ratio-next": HighestResponseRatioNext,
    "feedback": Feedback,
    "feedback-fixed": FeedbackFixed,
    "priority": Priority,
}
"""Policies by name; each is made with the node's quantum in nanoseconds."""
