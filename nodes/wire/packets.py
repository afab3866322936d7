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


class MigrationOffer(Packet, frozen=True):
    """Step 4 of the negotiation, *Offer P*: kernel of the source to kernel of the destination."""

    migration: str
    pid: Pid
    name: str
    program: str
    strategy: str
    pages: int
    """Frames that the destination will need to hold it."""
    age_ns: int
    cpu_ns: int


class OfferAccepted(Packet, frozen=True):
    """Step 7, *Accept the offer*: sent only after the destination has reserved what the process needs."""

    migration: str


class OfferRefused(Packet, frozen=True):
    """The destination will not have it; nothing is reserved."""

    migration: str
    step: int
    reason: str


class PageBatch(Packet, frozen=True):
    """Pages of the process, as raw bytes in the order of `pages`."""

    migration: str
    pages: list[int]
    content: bytes


class PagesReceived(Packet, frozen=True):
    """The destination has this many pages more: the source may send on."""

    migration: str
    pages: int


class ProcessImage(Packet, frozen=True):
    """All of the process but its pages: one row for each module that holds a piece of its state."""

    migration: str
    rows: dict[str, bytes]


class ImageInstalled(Packet, frozen=True):
    """The destination holds everything and could run the process; it may not yet."""

    migration: str


class InstallFailed(Packet, frozen=True):
    """The destination could not install what it got, and has released everything."""

    migration: str
    reason: str


class OwnershipTransferred(Packet, frozen=True):
    """The commit: the source has destroyed its copy, the destination owns the process."""

    migration: str


class ProcessResumed(Packet, frozen=True):
    """The process runs at the destination: the source's session may end."""

    migration: str


class MigrationAbandoned(Packet, frozen=True):
    """The source takes its offer back, before the commit; the destination releases everything."""

    migration: str
    reason: str


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
)

encode_packet = msgspec.msgpack.Encoder().encode
decode_packet = msgspec.msgpack.Decoder(AnyPacket).decode
