"""Letters to processes, and what kernels tell each other of where processes are."""

from __future__ import annotations

from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets.base import Body, Packet
from nodes.wire.packets.files import FileContent
from nodes.wire.packets.links import LinkBody
from nodes.wire.packets.names import NameAnswered
from nodes.wire.packets.process import ProcessBody
from nodes.wire.reasons import Reason


class PlaceTold(Body, frozen=True):
    """A process has moved, or is about to: letters to it should go to `at` from now on."""

    process: Pid
    at: NodeName
    version: int
    before: NodeName = ""
    """Where it still is if it does not get there; empty: it is there."""
    answer_to: NodeName = ""
    """The kernel that waits to hear that this is known; empty: nobody does."""


class LetterReturned(Body, frozen=True):
    """A letter did not find its addressee."""

    addressee: Pid
    reason: Reason
    what: str
    """The type of what it said."""
    link: str = ""
    """The link that it was about, if it was about one."""


AnyBody = LinkBody | ProcessBody | FileContent | NameAnswered | PlaceTold | LetterReturned
"""What a letter can say."""


class Letter(Packet, frozen=True):
    """Says something to a process, wherever it is: passed on from node to node until it is found."""

    to: Pid
    sender: Pid
    """Empty: a kernel speaks for itself."""
    origin: NodeName
    """Where it was sent, so where the sender was then."""
    version: int
    """How often the sender had moved then."""
    route: tuple[NodeName, ...]
    """The nodes that passed it on."""
    body: AnyBody


class PlaceNoted(Packet, frozen=True):
    """The kernel of `peer`, or (empty) the home, knows where `process` is going to be."""

    process: Pid
    version: int
    peer: Pid


class AddressTold(Packet, frozen=True):
    """A kernel that passes on what comes for a process is told where that process is: its home, or one with a forwarding address."""

    process: Pid
    at: NodeName
    version: int
    before: NodeName
    """Where it still is if it does not get there; empty: it is there."""
    answer: bool
    """The sender waits to hear that this is known."""


class NodeBack(Packet, frozen=True):
    """The sender has crashed and is up again, with nothing of its former life."""


class ProcessGone(Packet, frozen=True):
    """The home of a process is told that it has ended at the sender's node."""

    process: Pid


MailPacket = Letter | PlaceNoted | AddressTold | NodeBack | ProcessGone
