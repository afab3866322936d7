"""Short-term scheduling: which ready process gets the CPU next, and for how long. Sans I/O: no clock, no CPU.

A policy is a class with a ready queue of its own; the registry at the end gives them their names.
"""

from __future__ import annotations

import enum
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from nodes.kernel.process import Process


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

    def enter(self, process: Process, came: Came) -> None:
        """Put a ready process into the queue."""

    def remove(self, process: Process) -> None:
        """Take a process out of the queue; it is there."""

    def choose(self) -> Process | None:
        """Take the next process to run out of the queue; None: nobody is ready."""

    def quantum_ns(self, process: Process) -> int | None:
        """Return how long `process` may run before the next choice; None: as long as it likes."""

    def preempts(self, ready: Process, running: Process) -> bool:
        """Tell whether `ready`, which has just entered, takes the CPU from `running` at once."""

    def queue(self) -> Iterator[Process]:
        """Walk through the ready queue, the next one first."""


class _Fifo:
    """A first-in, first-out ready queue, for the policies that need no other order."""

    def __init__(self, quantum_ns: int) -> None:
        self._quantum_ns = quantum_ns
        self._ready: deque[Process] = deque()

    def enter(self, process: Process, came: Came) -> None:
        self._ready.append(process)

    def remove(self, process: Process) -> None:
        self._ready.remove(process)

    def choose(self) -> Process | None:
        return self._ready.popleft() if self._ready else None

    def preempts(self, ready: Process, running: Process) -> bool:
        return False

    def queue(self) -> Iterator[Process]:
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

    def enter(self, process: Process, came: Came) -> None:
        heapq.heappush(self._ready, (self.key(process), next(self._arrivals), process))

    def remove(self, process: Process) -> None:
        self._ready = [entry for entry in self._ready if entry[2] is not process]
        heapq.heapify(self._ready)

    def choose(self) -> Process | None:
        return heapq.heappop(self._ready)[2] if self._ready else None

    def queue(self) -> Iterator[Process]:
        return (process for _, _, process in sorted(self._ready, key=lambda entry: entry[:2]))


class ShortestRemainingTime(_Sorted):
    """The one that needs the CPU for the shortest time yet, by the user's estimate; those without an estimate come last."""

    UNKNOWN_NS = 1 << 62

    def key(self, process: Process) -> int:
        if process.estimate_ns is None:
            return self.UNKNOWN_NS
        return max(0, process.estimate_ns - process.account.cpu_ns)

    def quantum_ns(self, process: Process) -> int | None:
        return None

    def preempts(self, ready: Process, running: Process) -> bool:
        return self.key(ready) < self.key(running)


class Priority(_Sorted):
    """The most urgent one; equals take turns by the quantum."""

    def key(self, process: Process) -> int:
        return -process.priority

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns

    def preempts(self, ready: Process, running: Process) -> bool:
        return ready.priority > running.priority


class MultilevelFeedback(_Sorted):
    """Stallings' feedback: who uses up its quantum sinks one level, and a level lower the quantum is twice as long."""

    LEVELS = 5

    def key(self, process: Process) -> int:
        return process.level

    def enter(self, process: Process, came: Came) -> None:
        match came:
            case Came.FRESH:
                process.level = 0
            case Came.QUANTUM_USED:
                process.level = min(process.level + 1, self.LEVELS - 1)
            case Came.PUT_BACK:
                pass
        super().enter(process, came)

    def quantum_ns(self, process: Process) -> int | None:
        return self._quantum_ns << process.level

    def preempts(self, ready: Process, running: Process) -> bool:
        return ready.level < running.level


SCHEDULERS: dict[str, Callable[[int], Scheduler]] = {
    "round-robin": RoundRobin,
    "fcfs": FirstComeFirstServed,
    "shortest-remaining-time": ShortestRemainingTime,
    "priority": Priority,
    "feedback": MultilevelFeedback,
}
"""Policies by name; each is made with the node's quantum in nanoseconds."""
