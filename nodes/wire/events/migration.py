"""A migration, from its start to its end, and what it leaves behind."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class MigrationStarted(Event, frozen=True, tag="migration.started"):
    TOLD = Text("{process} is to move from {source} to {destination} ({strategy}); {initiator} wants it{grounds}.")

    migration: str
    """`n1/2`: the second migration out of n1."""
    pid: Pid
    source: NodeName
    destination: NodeName
    strategy: str
    initiated_by: str
    """`user`, `os`, `process`, `eviction` or `shutdown`."""
    reason: Reason


class MigrationAccepted(Event, frozen=True, tag="migration.accepted"):
    """The negotiation has ended well, at the source: the transfer begins."""

    TOLD = Text("{accepted}.")

    migration: str
    pid: Pid


class MigrationFrozen(Event, frozen=True, tag="migration.frozen"):
    """The process stopped running, for the sake of this migration."""

    TOLD = Text("{process} stands still{because}.")

    migration: str
    pid: Pid
    why: str = ""
    """Why just now, where the strategy had a choice: the rule of precopy that ended its rounds."""


class MigrationRound(Event, frozen=True, tag="migration.round"):
    """A set of pages was sent and acknowledged."""

    TOLD = Text("Round {round}: {count} ({kib} KiB) of {process} {moved} in {milliseconds} ms.")

    migration: str
    pid: Pid
    round: int
    pages: int
    bytes: int
    duration_ns: int


class MigrationPages(Event, frozen=True, tag="migration.pages"):
    """A batch of pages left for the destination, or for the disk to which they are flushed."""

    migration: str
    pid: Pid
    pages: list[int]
    why: str
    """`round` (the strategy sends them), `flush`, `demand` (the process asked for the first of them), or `push`."""
    bytes: int
    """On the wire; 0 where they go to the node's own disk."""


class MigrationImage(Event, frozen=True, tag="migration.image"):
    """All of the process but its pages left for the destination."""

    migration: str
    pid: Pid
    bytes: int
    """On the wire."""


class MigrationCommitted(Event, frozen=True, tag="migration.committed"):
    """The commit point: from now on the destination owns the process. Before it, any failure leaves it at the source."""

    TOLD = Text("Commit: {process} {belongs}, and {source} {destroys}.")

    migration: str
    pid: Pid
    destination: NodeName
    in_memory: int = 0
    """Pages of it that the source keeps in its memory, until the process has them."""
    on_disk: int = 0
    """Pages of it that the source keeps on its disk."""


class ResidualLeft(Event, frozen=True, tag="residual.left"):
    """At the commit, the process depends on a node: for pages of its own that it has not at the destination, or for its mail.

    Where its home passes on all of its mail, that can also begin with a link that it opens away from home.
    """

    TOLD = Text("{process} still depends on {holder}: {needs}.")

    migration: str
    """Empty: the last one of the process."""
    pid: Pid
    holder: NodeName
    on_disk: bool
    """On the disk of that node; False: in its memory."""
    pages: list[int]
    links: list[str] = []
    """Links for which that node passes on the mail; then there are no pages."""


class ResidualEnded(Event, frozen=True, tag="residual.ended"):
    """A node is no longer needed: all pages that it kept in memory are sent, or nobody wants them; or it no longer passes on mail."""

    TOLD = Text("{holder} {needed_no_more} {process} any more.")

    migration: str
    """Empty: the last one of the process."""
    pid: Pid
    holder: NodeName
    mail: bool = False
    """It is no longer needed for mail; False: for pages in its memory."""


class MigrationResumed(Event, frozen=True, tag="migration.resumed"):
    """The process may run again, at the destination."""

    TOLD = Text("{process} {goes_on} on {node}. It stood still for {frozen_ms} ms.")

    migration: str
    pid: Pid


class MigrationCompleted(Event, frozen=True, tag="migration.completed"):
    """The source knows that the process runs at the destination, and has nothing of it any more."""

    migration: str
    pid: Pid


class MigrationAborted(Event, frozen=True, tag="migration.aborted"):
    """It came to nothing, before the commit point: the process goes on at the source."""

    TOLD = Text("The migration of {process} to {destination} is aborted ({stage}): {reason}. {fate}.")

    migration: str
    pid: Pid
    reason: Reason
    stage: str
    """The state of the source's session when it gave up."""


class MigrationLost(Event, frozen=True, tag="migration.lost"):
    """The destination died after the commit point and before it could say that the process runs."""

    TOLD = Text("{lost}: {reason}.")

    migration: str
    pid: Pid
    reason: Reason


class ReservationReleased(Event, frozen=True, tag="migration.released"):
    """The destination gave back what it had reserved for a migration that came to nothing."""

    TOLD = Text("{node} gives back what it had reserved for {process}: {reason}.")

    migration: str
    pid: Pid
    reason: Reason


MigrationEvent = (
    MigrationStarted
    | MigrationAccepted
    | MigrationFrozen
    | MigrationRound
    | MigrationPages
    | MigrationImage
    | MigrationCommitted
    | ResidualLeft
    | ResidualEnded
    | MigrationResumed
    | MigrationCompleted
    | MigrationAborted
    | MigrationLost
    | ReservationReleased
)
