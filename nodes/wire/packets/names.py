"""The server of names."""

from __future__ import annotations

from nodes.wire.ids import Pid
from nodes.wire.packets.base import Body, Packet


class NamePublished(Packet, frozen=True):
    """To the name server: this process wants to be found under this name."""

    name: str
    owner: Pid


class NameAsked(Packet, frozen=True):
    """To the name server: who has this name? It answers as soon as somebody has."""

    name: str
    asker: Pid


class NameAnswered(Body, frozen=True):
    """The answer of the name server: who has published a name."""

    name: str
    owner: Pid


NamePacket = NamePublished | NameAsked
