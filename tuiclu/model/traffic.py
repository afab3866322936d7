"""The latest messages between nodes and between processes, folded from the events. Pure, and bounded."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.wire.events import (
    LinkReceived,
    LinkSent,
    MessageDelivered,
    MessageForwarded,
    MessageHeld,
    MessageLost,
    MessageReleased,
    MessageSent,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import MessageRow
from tuiclu.model.transfers import Transfers

MESSAGES = 400


@dataclass
class Message:
    """A message between nodes, as far as it is known."""

    name: str
    type: str
    source: NodeName
    destination: NodeName
    bytes: int
    sent_ns: int
    about: str = ""
    arrived_ns: int | None = None
    fate: str = "flying"

    def row(self) -> MessageRow:
        return MessageRow(**vars(self))


class Traffic(Takes):
    """The messages, beside the view and the transfers, which have seen each event before."""

    def __init__(self, view: ClusterView, transfers: Transfers) -> None:
        self.messages: dict[str, Message] = {}
        self.letters: dict[str, Message] = {}
        """Messages between processes, by link, sender and number."""
        self._view = view
        self._transfers = transfers
        self._forwarding: dict[NodeName, NodeName] = {}
        """Nodes that are just passing a letter on, and where to."""

    @on
    def forwarded(self, event: MessageForwarded, t: int, node: NodeName) -> None:
        self._forwarding[node] = event.to

    @on
    def sent(self, event: MessageSent, t: int, node: NodeName) -> None:
        message = Message(event.message, event.type, node, event.to, event.bytes, t)
        if self._forwarding.pop(node, None) == event.to:
            message.type = f"{event.type} (forwarded)"
        for migration in self._transfers.going_on():
            if {migration.source, migration.destination} == {node, event.to}:
                message.about = migration.process
        self.messages[event.message] = message
        _keep(self.messages, MESSAGES)

    @on
    def delivered(self, event: MessageDelivered, t: int, node: NodeName) -> None:
        self._becomes(event.message, "delivered", t)

    @on
    def held(self, event: MessageHeld, t: int, node: NodeName) -> None:
        self._becomes(event.message, "held")

    @on
    def released(self, event: MessageReleased, t: int, node: NodeName) -> None:
        self._becomes(event.message, "flying")

    @on
    def lost(self, event: MessageLost, t: int, node: NodeName) -> None:
        self._becomes(event.message, "lost", t)

    def _becomes(self, name: str, fate: str, arrived_ns: int | None = None) -> None:
        message = self.messages.get(name)
        if message is not None:
            message.fate = fate
            message.arrived_ns = arrived_ns if arrived_ns is not None else message.arrived_ns

    @on
    def letter_sent(self, event: LinkSent, t: int, node: NodeName) -> None:
        name = f"{event.link}/{event.pid}/{event.number}"
        source, destination = self._view.name_of(event.pid), self._view.name_of(self._peer(event.pid, event.link))
        self.letters[name] = Message(name, event.link, source, destination, event.bytes, t)
        _keep(self.letters, MESSAGES)

    @on
    def letter_received(self, event: LinkReceived, t: int, node: NodeName) -> None:
        letter = self.letters.get(f"{event.link}/{self._peer(event.pid, event.link)}/{event.number}")
        if letter is not None:
            letter.arrived_ns, letter.fate = t, "delivered"

    def _peer(self, pid: Pid, link: str) -> Pid:
        """Return the other end of an open link of a process; empty: it is not known."""
        process = self._view.processes.get(pid)
        return process.links.get(link, "") if process is not None else ""


def _keep(messages: dict[str, Message], most: int) -> None:
    """Forget the oldest."""
    while len(messages) > most:
        del messages[next(iter(messages))]
