"""What the two sessions of one migration say to each other, from the offer to the end."""

from __future__ import annotations

from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets.base import Packet
from nodes.wire.packets.mail import Letter
from nodes.wire.reasons import Reason


class MigrationPacket(Packet, frozen=True):
    """Base of what the two sessions of one migration say to each other."""

    migration: str
    """`n1/2`: the second migration out of n1."""


class MigrationOffer(MigrationPacket, frozen=True):
    """Step 4 of the negotiation, *Offer P*: kernel of the source to kernel of the destination."""

    pid: Pid
    name: str
    program: str
    strategy: str
    pages: int
    """Frames that the destination will need to hold it."""
    age_ns: int
    cpu_ns: int
    load: int = 0
    """Of the source, in thousandths: what the process leaves behind."""
    initiated_by: str = "user"
    talks: dict[NodeName, int] = {}
    """Bytes exchanged with each node in the last while: its communication load."""
    trail: tuple[tuple[NodeName, int], ...] = ()
    """The machines that it left last, and when."""


class OfferAccepted(MigrationPacket, frozen=True):
    """Step 7, *Accept the offer*: sent only after the destination has reserved what the process needs."""


class OfferRefused(MigrationPacket, frozen=True):
    """The destination will not have it; nothing is reserved."""

    step: int
    reason: Reason


class PageBatch(MigrationPacket, frozen=True):
    """Pages of the process, as raw bytes in the order of `pages`."""

    pages: list[int]
    content: bytes


class PagesReceived(MigrationPacket, frozen=True):
    """The destination has this many pages more: the source may send on."""

    pages: int


class PagesToFlush(MigrationPacket, frozen=True):
    """Pages to be written to the disk of the receiver."""

    pid: Pid
    pages: list[int]
    content: bytes


class PagesFlushed(MigrationPacket, frozen=True):
    """They are on the disk."""

    pages: int


class ProcessImage(MigrationPacket, frozen=True):
    """All of the process but its pages: one row for each module that holds a piece of its state."""

    rows: dict[str, bytes]


class ImageInstalled(MigrationPacket, frozen=True):
    """The destination holds everything and could run the process; it may not yet."""


class InstallFailed(MigrationPacket, frozen=True):
    """The destination could not install what it got, and has released everything."""

    reason: Reason


class OwnershipTransferred(MigrationPacket, frozen=True):
    """The commit: the source has destroyed its copy, the destination owns the process."""

    letters: list[Letter] = []
    """What came for the process while it was frozen."""


class ProcessResumed(MigrationPacket, frozen=True):
    """The process runs at the destination: the source's session may end."""


class MigrationAbandoned(MigrationPacket, frozen=True):
    """The source takes its offer back, before the commit; the destination releases everything."""

    reason: Reason


MigrationMessage = (
    MigrationOffer
    | OfferAccepted
    | OfferRefused
    | PageBatch
    | PagesReceived
    | PagesToFlush
    | PagesFlushed
    | ProcessImage
    | ImageInstalled
    | InstallFailed
    | OwnershipTransferred
    | ProcessResumed
    | MigrationAbandoned
)
