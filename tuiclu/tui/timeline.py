"""Which stretch of time the space-time diagram shows, and which messages of it. Plain data; imports no textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = ("calm", "cut", "all")
"""All messages but the periodic loads; those of snapshots, and those that cross a cut; all."""
STEPS = (1, 2, 5)
LEAST_NS, MOST_NS = 50_000, 20_000_000_000
MOST_BY_ITSELF_NS = 1_000_000_000
COLUMNS_A_MESSAGE = 3
"""By itself the stretch is so short that a message has as many columns."""


@dataclass
class Timeline:
    """The stretch of time that is looked at. As long as nobody has chosen one, it follows the traffic: few messages, a long stretch."""

    span_ns: int = 100_000_000
    chosen: bool = False
    end_ns: int | None = None
    """Where it ends; None: now."""
    show: str = "calm"

    def window(self, now_ns: int) -> tuple[int, int]:
        """Return where it begins and ends."""
        end_ns = now_ns if self.end_ns is None else self.end_ns
        return end_ns - self.span_ns, end_ns

    def zoom(self, by: int) -> None:
        """Look at the next longer stretch; the next shorter one if negative. What is in the middle stays there, unless it moves on."""
        before = self.span_ns
        self.span_ns, self.chosen = neighbour(before, longer=by > 0), True
        if self.end_ns is not None:
            self.end_ns += (self.span_ns - before) // 2

    def pan(self, by: int, now_ns: int) -> None:
        """Look at what came before, by quarters of the stretch; at what came after if positive. At now it goes on with time."""
        _, end_ns = self.window(now_ns)
        end_ns += by * self.span_ns // 4
        self.chosen = True
        self.end_ns = None if end_ns >= now_ns else max(self.span_ns // 4, end_ns)

    def pan_to(self, now_ns: int, *, beginning: bool) -> None:
        """Look at the beginning, or at now."""
        self.end_ns = min(self.span_ns, now_ns) if beginning else None

    def next_kind(self) -> None:
        """Show the next kind of messages."""
        self.show = SHOWN[(SHOWN.index(self.show) + 1) % len(SHOWN)]

    def adapt(self, sent_ns: Sequence[int], now_ns: int, latency_ns: int, columns: int) -> None:
        """Fit the stretch to the messages sent in it, if nobody has chosen one: not too many for the columns, and not too few."""
        if self.chosen or self.end_ns is not None:
            return
        room = max(8, columns // COLUMNS_A_MESSAGE)
        least_ns = max(LEAST_NS, 2 * latency_ns)
        while self.span_ns > least_ns and sum(one >= now_ns - self.span_ns for one in sent_ns) > room:
            self.span_ns = neighbour(self.span_ns, longer=False)
        if (
            self.span_ns < max(MOST_BY_ITSELF_NS, 20 * latency_ns)
            and sum(one >= now_ns - self.span_ns for one in sent_ns) < room // 4
        ):
            self.span_ns = neighbour(self.span_ns, longer=True)


def neighbour(span_ns: int, *, longer: bool) -> int:
    """Return the next stretch of those that are easily read: 1, 2 or 5 of some unit."""
    if longer:
        return min(MOST_NS, next(one for one in _readable() if one > span_ns))
    return max(LEAST_NS, next(one for one in reversed(_readable()) if one < span_ns))


def tick_ns(span_ns: int, most: int) -> int:
    """Return how far the marks of a scale are apart, if there are to be at most so many."""
    return next(one for one in _readable() if one * most >= span_ns)


def _readable() -> list[int]:
    return [step * 10**power for power in range(3, 12) for step in STEPS]
