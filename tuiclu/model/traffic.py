"""The latest messages between nodes and between processes, folded from the events. Pure, and bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

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

MESSAGES = 6000
"""How many are remembered, of each kind: what can be looked back at."""
ROWS = 400
"""How many are shown at once."""
SNAPSHOTS = 8
"""Of so many of the latest snapshots it is known which messages cross their cuts."""
LOADS = frozenset({"LoadTold"})
"""What nodes tell each other all the time."""
OF_CUTS = frozenset({"SnapshotMarker", "LooseMarker", "StateAsked", "StateTold"})
"""Messages by which snapshots are recorded."""


class Excerpt(NamedTuple):
    """Which messages are looked at."""

    span_ns: int | None = None
    """How long the stretch of time is; None: the latest messages, however old."""
    end_ns: int | None = None
    """Where it ends; None: now."""
    show: str = "calm"
    """`calm`: all but the periodic loads; `cut`: those of snapshots, and those that cross a cut; `all`."""

    def shows(self, message: Message | MessageRow) -> bool:
        """Tell whether a kind of message is wanted."""
        match self.show:
            case "cut":
                return message.type in OF_CUTS or bool(message.caught or message.betrays)
            case "calm":
                return message.type not in LOADS
            case _:
                return True


LATEST = Excerpt()


@dataclass(slots=True)
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
    caught: tuple[str, ...] = ()
    betrays: tuple[str, ...] = ()

    def row(self) -> MessageRow:
        return MessageRow(*(getattr(self, name) for name in MessageRow.__struct_fields__))


class Remembered:
    """The latest messages, by name. The oldest are forgotten."""

    def __init__(self, most: int | None) -> None:
        """`most`: so many; None: all."""
        self._of: dict[str, Message] = {}
        self._names: deque[str] = deque()
        self._most = most

    def __getitem__(self, name: str) -> Message:
        return self._of[name]

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[Message]:
        """Yield them, the newest first."""
        return (self._of[name] for name in reversed(self._names))

    def get(self, name: str) -> Message | None:
        return self._of.get(name)

    def add(self, message: Message) -> None:
        """Take the newest."""
        if message.name not in self._of:
            self._names.append(message.name)
        self._of[message.name] = message
        if self._most is not None and len(self._names) > self._most:
            del self._of[self._names.popleft()]

    def forget(self, before_ns: int) -> None:
        """Forget what had arrived by an instant."""
        kept = [one for one in self._of.values() if one.arrived_ns is None or one.arrived_ns >= before_ns]
        self._of = {one.name: one for one in kept}
        self._names = deque(self._of)

    def rows(self, excerpt: Excerpt, now_ns: int, most: int | None = ROWS) -> tuple[tuple[MessageRow, ...], int]:
        """Return those of an excerpt, the newest first, and how many there were more than `most`."""
        found = (one for one in self if excerpt.shows(one))
        if excerpt.span_ns is not None:
            end_ns = now_ns if excerpt.end_ns is None else excerpt.end_ns
            start_ns = end_ns - excerpt.span_ns
            found = (one for one in found if one.sent_ns <= end_ns and (one.arrived_ns or now_ns) >= start_ns)
        shown = tuple(one.row() for one in islice(found, most))
        return shown, 0 if excerpt.span_ns is None else sum(1 for _ in found)


class Traffic(Takes):
    """The messages, beside the view and the transfers, which have seen each event before."""

    def __init__(self, view: ClusterView, transfers: Transfers, *, keeps_all: bool = False) -> None:
        most = None if keeps_all else MESSAGES
        self.messages = Remembered(most)
        self.letters = Remembered(most)
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
        self.messages.add(message)

    @on
    def delivered(self, event: MessageDelivered, t: int, node: NodeName) -> None:
        self._becomes(event.message, "delivered", t)
        if self._view.snapshots:
            self._crosses(event, node)

    def _crosses(self, event: MessageDelivered, destination: NodeName) -> None:
        """Note which cuts a message crosses, and which way: each node says with its state which of its messages was the last before."""
        message = self.messages.get(event.message)
        if message is None or message.type in OF_CUTS:
            return
        number = int(event.message.rpartition(":")[2])
        for snapshot in islice(reversed(self._view.snapshots.values()), SNAPSHOTS):
            recorded = snapshot.recorded.get(event.sender)
            is_past = recorded is None or number <= recorded[1].sent
            if is_past and destination in snapshot.recorded and event.sender in snapshot.started.nodes:
                message.caught += (snapshot.started.snapshot,)
            elif not is_past and destination in snapshot.started.nodes and destination not in snapshot.recorded:
                message.betrays += (snapshot.started.snapshot,)

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
        self.letters.add(Message(name, event.link, source, destination, event.bytes, t))

    @on
    def letter_received(self, event: LinkReceived, t: int, node: NodeName) -> None:
        letter = self.letters.get(f"{event.link}/{self._peer(event.pid, event.link)}/{event.number}")
        if letter is not None:
            letter.arrived_ns, letter.fate = t, "delivered"

    def _peer(self, pid: Pid, link: str) -> Pid:
        """Return the other end of an open link of a process; empty: it is not known."""
        process = self._view.processes.get(pid)
        return process.links.get(link, "") if process is not None else ""
