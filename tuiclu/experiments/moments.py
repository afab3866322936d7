"""The moments of a run at which a fault would hurt: each event of a migration, and of the time in which a process depends on a node that it
has left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from nodes.wire.events import (
    Event,
    MessageDelivered,
    MessageSent,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationImage,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    NegotiationRefused,
    PageArrived,
    PageFaulted,
    ProcessExited,
    ProcessFrozen,
    ProcessThawed,
    ResidualEnded,
    ResidualLeft,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid

PHASES: dict[type[Event], str] = {
    MigrationStarted: "negotiation",
    MigrationAccepted: "transfer",
    MigrationFrozen: "frozen",
    MigrationImage: "installation",
    MigrationCommitted: "commit",
    MigrationResumed: "resumed",
}
"""By the event that begins it. What follows the resumption is the time of residual dependencies, where there are any."""
_ENDS = (MigrationCompleted, MigrationAborted, MigrationLost, NegotiationRefused)
_OF_A_PROCESS = (PageFaulted, PageArrived, ProcessFrozen, ProcessThawed, ProcessExited)
_OF_TWO_MACHINES = (MessageSent, MessageDelivered)


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """An instant at which something happened to a migration."""

    at_ns: int
    migration: str
    """As events call it."""
    phase: str


class Move(msgspec.Struct, frozen=True, array_like=True):
    """A migration, and the nodes that have to do with it."""

    migration: str
    pid: Pid
    source: NodeName
    destination: NodeName
    strategy: str


@dataclass
class _UnderWay:
    move: Move
    phase: str
    ended: bool = False
    left: int = 0
    """On how many nodes there is something of the process that it needs."""


@dataclass
class Moments:
    """Collects the moments of all migrations. Give it every event."""

    moves: dict[str, Move] = field(default_factory=dict)
    """By the name of the migration."""
    moments: list[Moment] = field(default_factory=list)
    """In the order of time; one for each instant of each migration."""
    _under_way: dict[str, _UnderWay] = field(default_factory=dict)

    def see(self, stamped: Stamped) -> None:
        """Take the next event."""
        event = stamped.event
        if isinstance(event, MigrationStarted):
            move = Move(event.migration, event.pid, event.source, event.destination, event.strategy)
            self.moves[event.migration] = move
            self._under_way[event.migration] = _UnderWay(move, PHASES[MigrationStarted])
        for one in list(self._concerned(stamped)):
            one.phase = PHASES.get(type(event), one.phase)
            moment = Moment(stamped.t, one.move.migration, one.phase)
            if not self.moments or self.moments[-1] != moment:
                self.moments.append(moment)
            self._end(one, event)

    def _concerned(self, stamped: Stamped) -> Iterator[_UnderWay]:
        """Name the migrations under way that an event has to do with."""
        event = stamped.event
        name = getattr(event, "migration", None)
        for one in self._under_way.values():
            machines = (one.move.source, one.move.destination)
            if (
                name == one.move.migration
                or (isinstance(event, _OF_A_PROCESS) and event.pid == one.move.pid)
                or (isinstance(event, MessageSent) and stamped.node in machines and event.to in machines)
                or (isinstance(event, MessageDelivered) and stamped.node in machines and event.sender in machines)
            ):
                yield one

    def _end(self, one: _UnderWay, event: Event) -> None:
        """Forget a migration that is over, once the process needs nothing that it has left behind."""
        if isinstance(event, ResidualLeft):
            one.left += 1
        elif isinstance(event, ResidualEnded):
            one.left -= 1
        elif isinstance(event, _ENDS):
            one.ended = True
        if (one.ended and one.left <= 0) or isinstance(event, ProcessExited):
            del self._under_way[one.move.migration]


def points(moments: list[Moment]) -> list[Moment]:
    """Return the instants at which faults are to strike: right behind every moment of a migration, and in the middle between two."""
    found = []
    for migration in dict.fromkeys(moment.migration for moment in moments):
        of_it = [moment for moment in moments if moment.migration == migration]
        last_of_instant = [
            one
            for one, after in zip(of_it, [*of_it[1:], None], strict=True)
            if after is None or after.at_ns > one.at_ns
        ]
        for one, after in zip(last_of_instant, [*last_of_instant[1:], None], strict=True):
            found.append(Moment(one.at_ns + 1, migration, one.phase))
            if after is not None and after.at_ns - one.at_ns > 3:
                found.append(Moment((one.at_ns + after.at_ns) // 2, migration, one.phase))
    return found
