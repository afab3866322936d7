"""Load: how it is measured, damped and made comparable, and what is believed of other machines.

All loads are whole thousandths of a process on a reference machine: two processes on a CPU twice as fast weigh as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nodes.wire.ids import NodeName
from nodes.wire.packets import LoadEntry, MachineFigures
from nodes.wire.parameters import SECOND_NS

REFERENCE_IPS = 10_000_000


def weight(ips: int) -> int:
    """Return what one process weighs on a CPU of this speed."""
    return 1000 * REFERENCE_IPS // ips


def damped(before: int, measured: int, percent: int) -> int:
    """Move an old load towards a new measurement by `percent` of the way; it arrives."""
    step = (measured - before) * percent
    return before + (step // 100 if step >= 0 else -(-step // 100)) if abs(step) >= 100 else measured


def mosix_used(before: int, measured: int) -> int:
    """Return the load that MOSIX decides by: what rises is taken in slowly, what falls at once."""
    return -(-(5 * before + 3 * measured) // 8) if measured > before else measured


def mosix_told(before: int, used: int) -> int:
    """Return the load that MOSIX tells others: what rises is told at once, what falls slowly, so that not all send there."""
    return used if used >= before else (7 * before + used) // 8


@dataclass
class Traffic:
    """How much happened in the last second, by its place: what a process exchanges with each node, for example."""

    second: int = 0
    now: dict[NodeName, int] = field(default_factory=dict)
    before: dict[NodeName, int] = field(default_factory=dict)

    def count(self, node: NodeName, size: int, now_ns: int) -> None:
        self._turn(now_ns)
        self.now[node] = self.now.get(node, 0) + size

    def in_the_last_second(self, now_ns: int) -> dict[NodeName, int]:
        """Return the bytes by node: of this second all, of the one before the part that is not yet a second ago."""
        self._turn(now_ns)
        left = SECOND_NS - now_ns % SECOND_NS
        nodes = sorted({**self.before, **self.now})
        return {node: self.now.get(node, 0) + self.before.get(node, 0) * left // SECOND_NS for node in nodes}

    def _turn(self, now_ns: int) -> None:
        second = now_ns // SECOND_NS
        if second != self.second:
            self.before = self.now if second == self.second + 1 else {}
            self.now = {}
            self.second = second


@dataclass
class Machine:
    """A machine that an Initiator controls: what it said last, and what that means."""

    figures: MachineFigures
    load: int = 0
    """Smoothed: what is decided by."""
    told: int = 0
    """What others are told; under MOSIX's smoothing it is another."""
    blocked: bool = False
    expels: bool = False
    """It was told to send all guests away: also those that come yet, because they had been let in before."""
    stays: bool = False
    leaving_ns: int | None = None
    """When it goes down, if that was announced."""
    owner: str = "none"
    """How its owner was when it was looked at last."""

    def measure(self, percent: int, smoothing: str = "damping") -> None:
        """Take the run queue's length into the load."""
        measured = self.figures.runnable * weight(self.figures.ips)
        if smoothing == "mosix":
            self.load = mosix_used(self.load, measured)
            self.told = mosix_told(self.told, self.load)
        else:
            self.load = self.told = damped(self.load, measured, percent)

    @property
    def takes_guests(self) -> bool:
        return not self.blocked and self.leaving_ns is None and self.figures.owner != "active"

    def entry(self, promised: int = 0) -> LoadEntry:
        """Return what is told to others; `promised` processes are on their way here."""
        figures = self.figures
        return LoadEntry(
            figures.machine,
            figures.at_ns,
            self.told + promised * weight(figures.ips),
            figures.ips,
            figures.frames_free,
            figures.busy,
            self.takes_guests,
            figures.input_ns,
        )


@dataclass
class Beliefs:
    """What an Initiator was told of machines that it does not control. It may have been true once."""

    entries: dict[NodeName, LoadEntry] = field(default_factory=dict)
    expected: dict[NodeName, int] = field(default_factory=dict)
    """Load that was sent there after it said what is believed of it."""

    def hear(self, entries: Iterable[LoadEntry]) -> None:
        """Believe what is newer than what is believed."""
        for entry in entries:
            known = self.entries.get(entry.machine)
            if known is None or known.at_ns < entry.at_ns:
                self.entries[entry.machine] = entry
                self.expected.pop(entry.machine, None)

    def forget(self, machine: NodeName) -> None:
        self.entries.pop(machine, None)
        self.expected.pop(machine, None)

    def expect(self, machine: NodeName, load: int) -> None:
        """Count a process that was sent there before the machine itself tells of it."""
        self.expected[machine] = self.expected.get(machine, 0) + load

    def load(self, machine: NodeName) -> int:
        return self.entries[machine].load + self.expected.get(machine, 0)

    def fresh(self, now_ns: int, max_age_ns: int) -> Iterator[LoadEntry]:
        """Walk through what is new enough to be believed, in the order of the names."""
        for _, entry in sorted(self.entries.items()):
            if now_ns - entry.at_ns <= max_age_ns:
                yield entry

    def freshest(self, count: int) -> list[LoadEntry]:
        """Return the newest entries, the newest first."""
        return sorted(self.entries.values(), key=lambda entry: (-entry.at_ns, entry.machine))[:count]
