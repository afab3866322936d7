"""One migration, as two state machines that talk: the source's session and the destination's.

```
 source                                            destination
 OFFERED        MigrationOffer  ---------------->
                <----------------  OfferAccepted   RESERVED       frames promised
 TRANSFERRING   PageBatch, ...  ---------------->  RECEIVING
                <----------------  PagesReceived
 INSTALLING     ProcessImage    ---------------->
                <----------------  ImageInstalled  INSTALLED      may not run it yet
 COMMITTED      OwnershipTransferred ----------->                 <- the commit point is the source's
                <----------------  ProcessResumed  OWNED          runs it
 COMPLETED
```
Only the source decides. Until it commits, whatever goes wrong leaves the process running at the source and nothing reserved at the
destination. When it commits it destroys its copy, and only then tells the destination, which owns the process from that instant. So
there are never two that could run. A destination that is INSTALLED is in doubt and waits: the wire tells it the source's decision, or
that the source is dead and has said nothing. A destination that dies after the commit takes the process with it.
"""

from __future__ import annotations

import enum


class SourceState(enum.StrEnum):
    OFFERED = "offered"
    TRANSFERRING = "transferring"
    INSTALLING = "installing"
    COMMITTED = "committed"
    COMPLETED = "completed"
    REFUSED = "refused"
    ABORTED = "aborted"
    LOST = "lost"


class DestinationState(enum.StrEnum):
    RESERVED = "reserved"
    RECEIVING = "receiving"
    INSTALLED = "installed"
    OWNED = "owned"
    RELEASED = "released"


class Cause(enum.StrEnum):
    """What moves a session on: a message from the other side, or news from this one."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ALL_SENT = "all sent"
    PAGES = "pages"
    IMAGE = "image"
    INSTALLED = "installed"
    OWNERSHIP = "ownership"
    RESUMED = "resumed"
    GIVEN_UP = "given up"
    """The other side failed or took it back, the time is up, or the process has ended."""
    BROKEN = "broken"
    """The connection to the other side is broken."""


SOURCE_TRANSITIONS: dict[tuple[SourceState, Cause], SourceState] = {
    (SourceState.OFFERED, Cause.ACCEPTED): SourceState.TRANSFERRING,
    (SourceState.OFFERED, Cause.REFUSED): SourceState.REFUSED,
    (SourceState.OFFERED, Cause.GIVEN_UP): SourceState.ABORTED,
    (SourceState.OFFERED, Cause.BROKEN): SourceState.ABORTED,
    (SourceState.TRANSFERRING, Cause.ALL_SENT): SourceState.INSTALLING,
    (SourceState.TRANSFERRING, Cause.GIVEN_UP): SourceState.ABORTED,
    (SourceState.TRANSFERRING, Cause.BROKEN): SourceState.ABORTED,
    (SourceState.INSTALLING, Cause.INSTALLED): SourceState.COMMITTED,
    (SourceState.INSTALLING, Cause.GIVEN_UP): SourceState.ABORTED,
    (SourceState.INSTALLING, Cause.BROKEN): SourceState.ABORTED,
    (SourceState.COMMITTED, Cause.RESUMED): SourceState.COMPLETED,
    (SourceState.COMMITTED, Cause.BROKEN): SourceState.LOST,
}
"""A message that has no arrow here comes from a session that has ended meanwhile: it is ignored."""

DESTINATION_TRANSITIONS: dict[tuple[DestinationState, Cause], DestinationState] = {
    (DestinationState.RESERVED, Cause.PAGES): DestinationState.RECEIVING,
    (DestinationState.RECEIVING, Cause.PAGES): DestinationState.RECEIVING,
    (DestinationState.RESERVED, Cause.IMAGE): DestinationState.INSTALLED,
    (DestinationState.RECEIVING, Cause.IMAGE): DestinationState.INSTALLED,
    (DestinationState.INSTALLED, Cause.OWNERSHIP): DestinationState.OWNED,
    (DestinationState.RESERVED, Cause.GIVEN_UP): DestinationState.RELEASED,
    (DestinationState.RECEIVING, Cause.GIVEN_UP): DestinationState.RELEASED,
    (DestinationState.INSTALLED, Cause.GIVEN_UP): DestinationState.RELEASED,
    (DestinationState.RESERVED, Cause.BROKEN): DestinationState.RELEASED,
    (DestinationState.RECEIVING, Cause.BROKEN): DestinationState.RELEASED,
    (DestinationState.INSTALLED, Cause.BROKEN): DestinationState.RELEASED,
}
