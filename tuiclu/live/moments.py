"""Moments of a run, and how each of them is called: a word that can be pasted.

812      right behind the event of this number
1.5s     an instant; everything that happens at it has happened
c2       where the second chapter begins
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.language.quantities import Duration, QuantityError

REMEMBERED = 50_000
"""Events, the latest: so far back one can step by units, and look for events by their kinds."""
STEP_ENDS: dict[str, tuple[str, ...]] = {
    "message": ("message.sent", "message.delivered", "message.lost"),
    "quantum": ("process.preempted", "process.blocked", "process.exited"),
}
"""The kinds of events that end a step; a step by event ends with any."""


@dataclass(frozen=True)
class Moment:
    """A moment of a run: an event by its number, an instant in ns, or a chapter by its number, from 1."""

    kind: Literal["event", "instant", "chapter"]
    value: int

    def __str__(self) -> str:
        """Return how it is called."""
        match self.kind:
            case "event":
                return str(self.value)
            case "instant":
                return f"{self.value}ns"
            case "chapter":
                return f"c{self.value}"

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Return the moment that is called so. Raises InputError."""
        word = text.strip().removeprefix("#")
        if re.fullmatch("[0-9]{1,15}", word):
            return cls("event", int(word))
        if re.fullmatch("c[1-9][0-9]{0,5}", word):
            return cls("chapter", int(word[1:]))
        try:
            return cls("instant", int(Duration.parse(word)))
        except QuantityError as error:
            raise InputError(
                Text("`{word}` is no moment of a run", word=text),
                None,
                Text("Write the number of an event (812), an instant (1.5s), or a chapter (c2)."),
            ) from error


class Passed(NamedTuple):
    """An event that has been shown."""

    seq: int
    t: int
    kind: str


class Trail:
    """The events that have been shown, and what comes before what."""

    def __init__(self) -> None:
        self._passed: deque[Passed] = deque(maxlen=REMEMBERED)
        self.chapters: list[Passed] = []
        """Where each chapter began."""

    @property
    def last(self) -> Passed | None:
        """The event that has been shown last."""
        return self._passed[-1] if self._passed else None

    def note(self, seq: int, t: int, kind: str) -> None:
        """Take an event that is shown."""
        passed = Passed(seq, t, kind)
        self._passed.append(passed)
        if kind == "chapter.began":
            self.chapters.append(passed)

    def is_past(self, moment: Moment, now_ns: int) -> bool:
        """Tell whether a moment is over: it cannot be waited for any more."""
        match moment.kind:
            case "event":
                return self.last is not None and moment.value < self.last.seq
            case "instant":
                return moment.value < now_ns
            case "chapter":
                return moment.value <= len(self.chapters)

    def resolved(self, moment: Moment) -> Moment:
        """Return a moment that every run of the same events knows: a chapter that has begun, by the number of its event."""
        if moment.kind == "chapter" and moment.value <= len(self.chapters):
            return Moment("event", self.chapters[moment.value - 1].seq)
        return moment

    def step_back(self, unit: str) -> Moment:
        """Return the moment one step before the present: behind the event that ended the step before."""
        if self.last is None:
            return Moment("event", 0)
        before = (one for one in reversed(self._passed) if one.seq < self.last.seq)
        match unit:
            case "event":
                found = next(before, None)
            case "window":
                found = next((one for one in before if one.t < self.last.t), None)
            case _:
                found = next((one for one in before if one.kind in STEP_ENDS[unit]), None)
        return Moment("event", 0 if found is None else found.seq)

    def latest(self, kind: str) -> Moment | None:
        """Return where there was an event of a kind last, before the present one; None: there was none, or too long ago."""
        for one in reversed(self._passed):
            if one.kind == kind and self.last is not None and one.seq < self.last.seq:
                return Moment("event", one.seq)
        return None
