"""How much of its CPU a node has used lately, at any instant. Pure."""

from __future__ import annotations

from collections import deque

SLOT_NS = 10_000_000
WINDOW = 10
"""Slots over which the load is taken, the one that is under way included: a tenth of a second, or a little less."""
COLUMNS = 40
"""Of a history: a value each tenth of a second."""
PER_COLUMN = 10


class CpuLoad:
    """Takes the stretches of time during which a CPU belonged to a process, and says what share that was."""

    def __init__(self) -> None:
        self._busy: deque[tuple[int, int]] = deque()
        """Of each slot in which it was busy: the number of the slot, and for how long."""
        self._on_ns: int | None = None
        """Since when it is busy; None: it is not."""

    def on(self, t: int) -> None:
        """The CPU belongs to a process from now on."""
        if self._on_ns is None:
            self._on_ns = t

    def off(self, t: int) -> None:
        """It belongs to nobody from now on."""
        if self._on_ns is not None:
            self._enter(self._on_ns, t)
            self._on_ns = None

    def _enter(self, start: int, end: int) -> None:
        oldest = end // SLOT_NS - COLUMNS * PER_COLUMN
        start = max(start, oldest * SLOT_NS)
        while start < end:
            slot = start // SLOT_NS
            upto = min(end, (slot + 1) * SLOT_NS)
            if self._busy and self._busy[-1][0] == slot:
                self._busy[-1] = slot, self._busy[-1][1] + upto - start
            else:
                self._busy.append((slot, upto - start))
            start = upto
        while self._busy and self._busy[0][0] < oldest:
            self._busy.popleft()

    def columns(self, now_ns: int) -> tuple[int, ...]:
        """Return the percentages of whole tenths of a second, and at last that of the tenth of a second that ends now."""
        current = now_ns // SLOT_NS // PER_COLUMN
        sums = [0] * COLUMNS
        for slot, busy_ns in [*self._busy, *self._under_way(now_ns)]:
            at = COLUMNS - 1 - (current - slot // PER_COLUMN)
            if 0 <= at < COLUMNS - 1:
                sums[at] += busy_ns
        column_ns = SLOT_NS * PER_COLUMN
        return (*(round(100 * busy_ns / column_ns) for busy_ns in sums[:-1]), self.percent(now_ns))

    def percent(self, now_ns: int) -> int:
        """Return the share of the last tenth of a second, to a slot's edge, in which the CPU was busy."""
        first = max(0, -(-now_ns // SLOT_NS) - WINDOW)
        span_ns = now_ns - first * SLOT_NS
        busy_ns = sum(busy for slot, busy in [*self._busy, *self._under_way(now_ns)] if slot >= first)
        return min(100, round(100 * busy_ns / span_ns)) if span_ns else 0

    def _under_way(self, now_ns: int) -> list[tuple[int, int]]:
        """Return what is not entered yet, by slots."""
        if self._on_ns is None or now_ns <= self._on_ns:
            return []
        start = max(self._on_ns, (now_ns // SLOT_NS - COLUMNS * PER_COLUMN) * SLOT_NS)
        slots = range(start // SLOT_NS, (now_ns - 1) // SLOT_NS + 1)
        return [(slot, min(now_ns, (slot + 1) * SLOT_NS) - max(start, slot * SLOT_NS)) for slot in slots]
