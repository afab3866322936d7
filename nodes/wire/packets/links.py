"""Links between processes: what the ends of one say to each other."""

from __future__ import annotations

import msgspec

from nodes.wire.packets.base import Body


class LinkRequested(Body, frozen=True):
    """The sender wants a link with the addressee."""

    link: str


class LinkGranted(Body, frozen=True):
    """The link is open at the addressee, too, or (`refused`) is not."""

    link: str
    refused: bool = False


class LinkFragment(Body, frozen=True):
    """A piece of a message; with it, what the sender has got of the other direction."""

    link: str
    sequence: int
    content: bytes
    last: bool
    """The message ends with it."""
    end: bool
    """Nothing more will come: this end of the link was destroyed."""
    received: int
    """The sender of this has all fragments below this number ..."""
    window_end: int
    """... and room for those below this one."""
    amounts: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """What the message brings that ends with this piece: how much of which quantities; unset: nothing that was declared."""


class LinkReceipt(Body, frozen=True):
    """How far the sender of this has got, when it has nothing else to say."""

    link: str
    received: int
    window_end: int
    again: bool = False
    """The answer to an enquiry: what is above `received` may be lost, and should be sent again."""


class LinkEnquired(Body, frozen=True):
    """Some node has crashed: is the other end still there, and how far has it got?"""

    link: str


class LinkGone(Body, frozen=True):
    """The process that an enquiry was for has no such link any more."""

    link: str


class LettersInDoubt(Body, frozen=True):
    """A node that passed letters for the other end on, to where it believed that to be, hears that they may be lost: ask again."""

    link: str


LinkBody = LinkRequested | LinkGranted | LinkFragment | LinkReceipt | LinkEnquired | LinkGone | LettersInDoubt
