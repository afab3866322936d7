"""What the engine is to do at known instants: commands, some of them again and again, and to tell of deaths. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from nodes.wire.ids import NodeName
from nodes.wire.parameters import NEVER_NS
from nodes.wire.reasons import Reason
from tuiclu.cluster.commands import AnyCommand, Spawn


class TellPeers(msgspec.Struct, frozen=True, tag_field="verb", tag="tell-peers"):
    """The engine's own: let every other node learn that its connection to this one is broken."""

    node: NodeName
    life: int
    """Which life of it has ended."""


class Due(NamedTuple):
    """Something that is done at a known instant.

    At one instant, what the run does by itself comes first, and what comes from outside comes last. So a session, which hears of it
    when it comes, and its repetition, which knows it from the beginning, are equal.
    """

    time_ns: int
    outside: bool
    number: int
    command: AnyCommand | TellPeers | None
    """None: only look at the news."""
    by: str = ""
    cause: Reason | None = None


class AgendaThen(NamedTuple):
    """The state of an agenda."""

    noted: int
    due: list[Due]
    recurred: list[tuple[int, int]]
    """Each recurring command, in the order given: its number, and how often it has been noted."""


class Agenda:
    """What is due, by instants. What is due at the end of time or later is not done."""

    def __init__(self) -> None:
        self.noted = 0
        """How much was noted so far: whoever compares sees whether something has come."""
        self._noted_before = 0
        """How much was noted before the run began."""
        self._known = 0
        """How much of that belongs to the run from which this one goes on."""
        self._due: list[Due] = []
        self._recurring: dict[int, Iterator[tuple[int, AnyCommand]]] = {}
        """Commands that come again and again, by the number under which the next of them is noted."""
        self._recurred: dict[int, int] = {}
        """How often each recurring command has been noted, in the order given; those that have come to their end included."""

    def __len__(self) -> int:
        return len(self._due)

    def first_ns(self) -> int | None:
        """Return when the first of it is due; None: nothing is."""
        return self._due[0].time_ns if self._due else None

    def note(
        self,
        time_ns: int,
        command: AnyCommand | TellPeers | None,
        by: str = "",
        cause: Reason | None = None,
        *,
        outside: bool = False,
    ) -> None:
        """Note something for an instant."""
        self.noted += 1
        if time_ns < NEVER_NS:
            heapq.heappush(self._due, Due(time_ns, outside, self.noted, command, by, cause))

    def recur(self, commands: Iterator[tuple[int, AnyCommand]], by: str, now_ns: int) -> None:
        """Note commands one after the other, each for its instant; there may be no end of them.

        The instants never decrease. Each command is asked for when the one before it is due.
        """
        self.noted += 1
        self._recurring[self.noted] = commands
        self._recurred[self.noted] = 0
        self._note_next(self.noted, by, now_ns)

    def take(self) -> Due:
        """Take out what is due first, at that instant. There must be something."""
        due = heapq.heappop(self._due)
        if due.number in self._recurring:
            self._note_next(due.number, due.by, due.time_ns)
        return due

    def commands(self) -> list[AnyCommand]:
        """Return the commands that are known to come, by instants; those that come again and again count twice."""
        known = [due for due in sorted(self._due) for _ in range(1 + (due.number in self._recurring))]
        return [due.command for due in known if due.command is not None and not isinstance(due.command, TellPeers)]

    def state(self) -> AgendaThen:
        """Return all that there is to know of it."""
        return AgendaThen(self.noted, sorted(self._due), list(self._recurred.items()))

    def take_up(self, then: AgendaThen) -> None:
        """Take over the state of another agenda. Recurring commands, given here as they were there, go on where they were."""
        further, recurring = self._due, self._recurring
        given = [recurring.get(number) for number in self._recurred]
        self.noted, self._due, self._recurred = then.noted, list(then.due), dict(then.recurred)
        self._known = then.noted
        for due in sorted(further):
            if due.number not in recurring:
                self.note(due.time_ns, due.command, due.by, due.cause, outside=due.outside)
        coming = {due.number for due in then.due}
        self._recurring = {
            number: islice(one, times - 1, None)  # the first of them has been asked for here already
            for (number, times), one in zip(then.recurred, given, strict=True)
            if number in coming and one is not None
        }
        heapq.heapify(self._due)

    def begin(self) -> None:
        """The run begins: what comes from outside from now on is new."""
        self._noted_before = self.noted

    @property
    def repeated(self) -> int:
        """How many commands that came from outside when a session was saved are still to come in its repetition."""
        return sum(map(self._is_repeated, self._due))

    def forget_repeated(self, kept: Collection[str] = ()) -> None:
        """Leave out what came from outside when a session was saved, and is still to come, but these processes: they are spawned.

        What stays is no repetition any more.
        """
        self._due = [due for due in self._due if not self._is_repeated(due) or _spawns(due, kept)]
        heapq.heapify(self._due)
        self._noted_before = self._known

    def _is_repeated(self, due: Due) -> bool:
        return due.outside and self._known < due.number <= self._noted_before

    def _note_next(self, number: int, by: str, now_ns: int) -> None:
        """Note the next of some recurring commands, under their number: at one instant their turn is always the same."""
        following = next(self._recurring[number], None)
        if following is None or following[0] >= NEVER_NS:
            del self._recurring[number]
        else:
            self._recurred[number] += 1
            heapq.heappush(self._due, Due(max(following[0], now_ns), False, number, following[1], by))


def _spawns(due: Due, names: Collection[str]) -> bool:
    return isinstance(due.command, Spawn) and due.command.name in names
