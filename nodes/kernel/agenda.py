"""What is to happen on a node, in the order in which it does.

At one instant orders come first, then messages by (source, number), then the kernel's own timers in the order in which they were set.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

ORDER, MESSAGE, TIMER = 0, 1, 2
"""What comes first at one instant, after the CPU."""


_FEW = 64


class Timer:
    """Something that happens at a known instant, unless it is cancelled before."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None] | None) -> None:
        self.action = action

    def cancel(self) -> None:
        """Let it not happen. Harmless once it has."""
        self.action = None


class _Due(NamedTuple):
    """The place of a timer, an order or a message in the order of what happens."""

    time_ns: int
    rank: int
    source: str
    number: int
    timer: Timer


class Agenda:
    """All that is due, now or later."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._count = 0
        self._clear_at = _FEW
        """The length from which on what was cancelled is taken out: whoever sets timers again and again leaves no heap behind."""

    def put(self, time_ns: int, rank: int, action: Callable[[], None]) -> Timer:
        """Have something done at an instant, behind all of its rank that is due then."""
        self._count += 1
        return self._push(time_ns, rank, "", self._count, action)

    def put_message(self, time_ns: int, source: str, number: int, action: Callable[[], None]) -> None:
        """Have a message taken at an instant."""
        self._push(time_ns, MESSAGE, source, number, action)

    def _push(self, time_ns: int, rank: int, source: str, number: int, action: Callable[[], None]) -> Timer:
        if len(self._due) >= self._clear_at:
            self._due = [due for due in self._due if due.timer.action is not None]
            heapq.heapify(self._due)
            self._clear_at = max(_FEW, 2 * len(self._due))
        timer = Timer(action)
        heapq.heappush(self._due, _Due(time_ns, rank, source, number, timer))
        return timer

    def keep_own(self) -> None:
        """Forget what came from outside and was not taken yet: orders and messages."""
        self._due = [due for due in self._due if due.rank == TIMER]
        heapq.heapify(self._due)

    def first_ns(self) -> int | None:
        """Return when the next thing happens; None: nothing is due."""
        while self._due and self._due[0].timer.action is None:
            heapq.heappop(self._due)
        return self._due[0].time_ns if self._due else None

    def take(self) -> Callable[[], None]:
        """Take the next thing out and return what is to be done. There is one: `first_ns` has said so."""
        action = heapq.heappop(self._due).timer.action
        assert action is not None
        return action
