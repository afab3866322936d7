"""Files that lie on the disk of another node."""

from __future__ import annotations

from nodes.wire.ids import Pid
from nodes.wire.packets.base import Body, Packet


class FileWanted(Packet, frozen=True):
    """To the node where a file lies: read some of it for a process."""

    path: str
    offset: int
    reader: Pid


class FileContent(Body, frozen=True):
    """What was read of a file for the addressee."""

    path: str
    offset: int
    content: bytes
