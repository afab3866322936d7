"""The emulated wire: messages between kernels, and the links that carry them."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class MessageSent(Event, frozen=True, tag="message.sent"):
    message: str
    """`n1:12`: the twelfth message that n1 sent."""
    to: NodeName
    type: str
    bytes: int
    """On the wire, header included."""


class MessageDelivered(Event, frozen=True, tag="message.delivered"):
    message: str
    sender: NodeName
    type: str


class MessageHeld(Event, frozen=True, tag="message.held"):
    """The link is cut: the message waits until it is healed."""

    TOLD = Text("A message to {to} waits at the cut ({message}).")

    message: str
    to: NodeName


class MessageReleased(Event, frozen=True, tag="message.released"):
    message: str
    to: NodeName


class MessageLost(Event, frozen=True, tag="message.lost"):
    TOLD = Text("Messages to {to} are lost: {reason} ({message} is the first).")

    message: str
    to: NodeName
    reason: Reason


class LinkPartitioned(Event, frozen=True, tag="link.partitioned"):
    TOLD = Text("The wire is cut: {where}.")

    links: list[str]
    """`n1>n2` for each direction that is cut."""


class LinkHealed(Event, frozen=True, tag="link.healed"):
    TOLD = Text("The wire is whole again: {where}.")

    links: list[str]


NetworkEvent = (
    MessageSent | MessageDelivered | MessageHeld | MessageReleased | MessageLost | LinkPartitioned | LinkHealed
)
