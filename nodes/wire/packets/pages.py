"""Pages that a process left behind: who keeps them, who wants them, where they are wanted."""

from __future__ import annotations

from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets.base import Packet


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
    """Pages that were not asked for; the keeper no longer has them."""

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


class PagesClaimed(Packet, frozen=True):
    """To a node that is up again: of these processes, which live at the sender or are coming or going there, pages may lie on its disk."""

    versions: dict[Pid, int]
    """How often each has moved."""


class OwnerMoving(Packet, frozen=True):
    """A process leaves the sender for `to`.

    Who keeps pages of it is told so by whoever gives it away: no news of that node's death can come before.
    """

    pid: Pid
    to: NodeName
    version: int
    """How often it will have moved when it is there."""


class PagesForgotten(Packet, frozen=True):
    """Nobody wants the pages of this process any more."""

    pid: Pid


PagePacket = (
    PageRequest
    | PagesSupplied
    | PagesPushed
    | PagesTaken
    | PushHold
    | PushHeld
    | OwnerMoved
    | PagesClaimed
    | OwnerMoving
    | PagesForgotten
)
