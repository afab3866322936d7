"""At which pace a lesson goes: what waits for its audience, and where time slows down by itself. Pure: it reads no clock.

No event depends on it. A screen asks it while a cluster runs, a film asks it about a run that is over: both see the same lesson.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from nodes.wire.events import (
    AnyEvent,
    MigrationAborted,
    MigrationAccepted,
    MigrationCompleted,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    Narration,
    NegotiationRefused,
    NodeCrashed,
    QuestionAsked,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotStarted,
)
from nodes.wire.image import PAGE_BYTES
from nodes.wire.parameters import NetworkParameters

LATENCY_SHOWN_S = 1.2
"""Real seconds that a message of a negotiation is on the wire at first."""
PAGE_SHOWN_S = 0.08
"""Real seconds that a page takes on the wire at first."""
DOUBLES_S = 4.0
"""It becomes faster as it goes on: its pace doubles each time that this many real seconds have passed."""
LETTERS_A_SECOND = 15
READING_S = 1.2
"""Real seconds to begin with: to look up, and to find the line."""


MOST_DOUBLINGS = 60
"""Once something has been seen this often, the audience knows it: it passes at the whole pace."""


def reading_s(text: str) -> float:
    """Return how long it takes to read a sentence."""
    return READING_S + len(text) / LETTERS_A_SECOND


@dataclass(frozen=True)
class Slope:
    """How time passes from the beginning of a slow stretch: at `share` of the pace at first, then faster, up to the whole pace."""

    share: float = 1.0

    @property
    def _whole_s(self) -> float:
        """After this many real seconds it is the whole pace again."""
        return DOUBLES_S * math.log2(1 / self.share)

    def passed_s(self, real_s: float) -> float:
        """Return how much virtual time has passed after so much real time, at pace 1."""
        slow_s = min(real_s, self._whole_s)
        passed_s = self.share * DOUBLES_S / math.log(2) * (2 ** (slow_s / DOUBLES_S) - 1)
        return passed_s + real_s - slow_s

    def real_s(self, passed_s: float) -> float:
        """Return how much real time it takes until so much virtual time has passed, at pace 1: the inverse of `passed_s`."""
        slow_s = min(passed_s, self.passed_s(self._whole_s))
        real_s = DOUBLES_S * math.log2(1 + slow_s * math.log(2) / (self.share * DOUBLES_S))
        return real_s + passed_s - slow_s


EVEN = Slope()
"""Time passes at its pace."""


def _snapshot(name: str) -> str:
    """Return how a snapshot is called among migrations."""
    return f"snapshot {name}"


class Lecture:
    """Follows the events of a run, and says how its time passes from each of them on."""

    def __init__(self, network: NetworkParameters) -> None:
        self._talk_share = network.latency_ns / 1e9 / LATENCY_SHOWN_S
        self._move_share = PAGE_BYTES * 8 / network.bandwidth_bps / PAGE_SHOWN_S
        self._slow: dict[str, float] = {}
        """The migrations and snapshots under way, and which share of its pace time passes at for their sake."""
        self._kinds: dict[str, tuple[str, str]] = {}
        """How each of them moves, and by whom it was wished for."""
        self._seen: Counter[tuple[str, str]] = Counter()
        """How many of each kind have been shown: what is known by now passes faster."""
        self.slope = EVEN

    def see(self, event: AnyEvent) -> bool:
        """Take an event; tell whether time passes in another way from here on, by `slope`."""
        match event:
            case MigrationStarted(migration=name):
                kind = self._kinds[name] = (event.strategy, event.initiated_by)
                self._slow[name] = self._talk_share * self._known(kind)
                self._seen[kind] += 1
            case MigrationAccepted(migration=name) if name in self._slow:
                self._slow[name] = self._move_share * self._known(self._kinds[name]) / 2
            case (
                MigrationResumed() | MigrationAborted() | MigrationCompleted() | MigrationLost() | NegotiationRefused()
            ):
                self._slow.pop(event.migration, None)
                self._kinds.pop(event.migration, None)
            case SnapshotStarted(name, way) if way != "clocks":  # those may look at theirs much later
                self._slow[_snapshot(name)] = self._talk_share * self._known(("snapshot", way))
                self._seen["snapshot", way] += 1
            case SnapshotEnded(name) | SnapshotFailed(name):
                self._slow.pop(_snapshot(name), None)
            case NodeCrashed():  # it may have been the one to tell of the end: nobody else does
                self._slow.clear()
                self._kinds.clear()
            case _:
                return False
        share = min([1.0, *self._slow.values()])
        if share == self.slope.share:
            return False
        self.slope = Slope(share)
        return True

    def _known(self, kind: tuple[str, str]) -> int:
        """Return how much faster passes what has been seen before."""
        return int(2 ** min(self._seen[kind], MOST_DOUBLINGS))

    @staticmethod
    def waits_for(event: AnyEvent) -> dict[str, str] | None:
        """Return the text, by language, for which a lesson waits before it goes on; None: it does not wait."""
        match event:
            case Narration(text):
                return text
            case QuestionAsked(question):
                return question
            case _:
                return None
