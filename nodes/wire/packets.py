"""What kernels say to each other: the payloads of the frames on the emulated wire.

A closed union; the kernel gives each type to the service that registered for it.
"""

from __future__ import annotations

import msgspec

from nodes.wire.ids import Pid

HEADER_BYTES = 64
"""Charged on the wire for every message beside its payload: link, network and transport headers."""


class Packet(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all messages between kernels."""


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


class OfferAccepted(MigrationPacket, frozen=True):
    """Step 7, *Accept the offer*: sent only after the destination has reserved what the process needs."""


class OfferRefused(MigrationPacket, frozen=True):
    """The destination will not have it; nothing is reserved."""

    step: int
    reason: str


class PageBatch(MigrationPacket, frozen=True):
    """Pages of the process, as raw bytes in the order of `pages`."""

    pages: list[int]
    content: bytes


class PagesReceived(MigrationPacket, frozen=True):
    """The destination has this many pages more: the source may send on."""

    pages: int


class ProcessImage(MigrationPacket, frozen=True):
    """All of the process but its pages: one row for each module that holds a piece of its state."""

    rows: dict[str, bytes]


class ImageInstalled(MigrationPacket, frozen=True):
    """The destination holds everything and could run the process; it may not yet."""


class InstallFailed(MigrationPacket, frozen=True):
    """The destination could not install what it got, and has released everything."""

    reason: str


class OwnershipTransferred(MigrationPacket, frozen=True):
    """The commit: the source has destroyed its copy, the destination owns the process."""


class ProcessResumed(MigrationPacket, frozen=True):
    """The process runs at the destination: the source's session may end."""


class MigrationAbandoned(MigrationPacket, frozen=True):
    """The source takes its offer back, before the commit; the destination releases everything."""

    reason: str


# ------------------------------------------------------------------------------------------------- pages left behind


class PageRequest(Packet, frozen=True):
    """The owner of a process needs the first of these pages at once, and would like to have the others."""

    pid: Pid
    pages: list[int]
    on_disk: bool
    """They are on a disk, as far as the owner knows; else in memory."""


class PagesSupplied(Packet, frozen=True):
    """The answer: the pages, as raw bytes in their order."""

    pid: Pid
    pages: list[int]
    content: bytes
    missing: list[int]
    """What was asked for and is not there."""
    saved: bool
    """The pages stay on the disk as well."""


class PagesPushed(Packet, frozen=True):
    """Pages that were not asked for; the keeper has them no more."""

    pid: Pid
    pages: list[int]
    content: bytes


class PagesTaken(Packet, frozen=True):
    """A batch of pushed pages is in its frames: the keeper may send on."""

    pid: Pid


class PushHold(Packet, frozen=True):
    """The process is about to move on: push nothing more."""

    pid: Pid


class PushHeld(Packet, frozen=True):
    """Nothing that was pushed is on the way any more."""

    pid: Pid


class OwnerMoved(Packet, frozen=True):
    """The process lives at the sender now."""

    pid: Pid


class PagesForgotten(Packet, frozen=True):
    """Nobody wants the pages of this process any more."""

    pid: Pid


class PagesToFlush(MigrationPacket, frozen=True):
    """Pages to be written to the disk of the receiver."""

    pid: Pid
    pages: list[int]
    content: bytes


class PagesFlushed(MigrationPacket, frozen=True):
    """They are on the disk."""

    pages: int


AnyPacket = (
    MigrationOffer
    | OfferAccepted
    | OfferRefused
    | PageBatch
    | PagesReceived
    | ProcessImage
    | ImageInstalled
    | InstallFailed
    | OwnershipTransferred
    | ProcessResumed
    | MigrationAbandoned
    | PageRequest
    | PagesSupplied
    | PagesPushed
    | PagesTaken
    | PushHold
    | PushHeld
    | OwnerMoved
    | PagesForgotten
    | PagesToFlush
    | PagesFlushed
)

encode_packet = msgspec.msgpack.Encoder().encode
decode_packet = msgspec.msgpack.Decoder(AnyPacket).decode
