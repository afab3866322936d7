"""Links: what two processes say to each other."""

from __future__ import annotations

import msgspec

from nodes.wire.events.base import Event
from nodes.wire.ids import Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class LinkOpened(Event, frozen=True, tag="link.opened"):
    """A link is open at both ends: `pid` asked for it, `peer` was asked."""

    TOLD = Text("{process} has opened a link with {partner}.")

    link: str
    pid: Pid
    peer: Pid


class LinkSent(Event, frozen=True, tag="link.sent"):
    """The kernel took a message over from a process."""

    link: str
    pid: Pid
    number: int
    """From 1, in this direction of the link."""
    bytes: int
    amounts: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """How much of which quantities it takes from its sender; unset: nothing that was declared."""


class LinkReceived(Event, frozen=True, tag="link.received"):
    """A process got a message from its kernel."""

    link: str
    pid: Pid
    number: int
    bytes: int
    amounts: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """How much of which quantities it brings its receiver; unset: nothing that was declared."""


class LinkEnded(Event, frozen=True, tag="link.ended"):
    """An end of a link is no use any more for its process."""

    TOLD = Text("The link {link} is broken for {process}: {reason}.")

    link: str
    pid: Pid
    why: str
    """`destroyed`, `exited`: by its own process; `peer`: the other end was destroyed, and all that it sent has come; `broken`."""
    arrived: int
    """Messages that have come to this end, in all."""
    unread: int
    """Of these, messages that its process had not received."""
    reason: Reason | None = None
    """Why it is broken."""


LinkEvent = LinkOpened | LinkSent | LinkReceived | LinkEnded
