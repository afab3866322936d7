"""Snapshots: what nodes say to each other to record the state of the whole cluster."""

from __future__ import annotations

from nodes.wire.packets.base import Packet


class SnapshotMarker(Packet, frozen=True):
    """The sender has recorded its state: what came from it before this belongs to the state of the channel, if to anything."""

    snapshot: str
    began_ns: int
    """When the snapshot began: a node that came up since then has no part in it."""


class LooseMarker(Packet, frozen=True):
    """The same on a channel that does not keep order: what was sent behind it may have come before it."""

    snapshot: str
    began_ns: int


class StateAsked(Packet, frozen=True):
    """An observer asks a node to record its state, now."""

    snapshot: str


class StateTold(Packet, frozen=True):
    """The answer: it is recorded, and the processes here have so much of what they declare."""

    snapshot: str
    amounts: dict[str, int]


SnapshotPacket = SnapshotMarker | LooseMarker | StateAsked | StateTold
