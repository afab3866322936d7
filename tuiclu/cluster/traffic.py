"""Messages between nodes: what is on the wire, what lies before each node, what is lost because a node is down."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from nodes.wire.control import FRAMES_IN_A_LIFE, Delivery, Frame
from nodes.wire.events import AnyEvent, MessageHeld, MessageLost, MessageReleased, MessageSent
from nodes.wire.ids import NodeName
from nodes.wire.parameters import NetworkParameters
from nodes.wire.reasons import reason
from tuiclu.cluster.calendar import Timetable
from tuiclu.cluster.node import Node
from tuiclu.cluster.past import PastEvent
from tuiclu.cluster.stream import OutOfTime
from tuiclu.cluster.wire import SOMETHING, Link, Transmission, Wire, WireThen, without

LOOSE = "LooseMarker"
"""The messages that are loose, as events call them."""
Message = tuple[NodeName, NodeName, int]
"""To whom, from whom, and its number there."""


class TrafficThen(NamedTuple):
    """What is under way."""

    wire: WireThen
    arriving: list[tuple[int, Transmission]]
    """Messages that have been transmitted, and when each arrives."""


class Traffic:
    """The wire and the nodes' inboxes. `emit` takes what happens to messages."""

    def __init__(
        self,
        network: NetworkParameters,
        nodes: Mapping[NodeName, Node],
        timetable: Timetable,
        emit: Callable[[int, None, AnyEvent], None],
    ) -> None:
        self.lost_ns = -1
        """When a message was lost last."""
        self._nodes = nodes
        self._timetable = timetable
        self._emit = emit
        self._wire = Wire(network, self._held)
        self._down: dict[NodeName, Node] = {}
        """Nodes at which everything is lost."""

    @property
    def begun_ns(self) -> int:
        """When the last message had its turn on the wire, or came to a cut."""
        return self._wire.begun_ns

    def next_start_ns(self) -> int | None:
        """Return when the next message begins that waits for its turn on the wire; None: none does."""
        return self._wire.next_start_ns()

    def next_loss_ns(self) -> int | None:
        """Return when the next message arrives at a node that is down; None: none will, as far as is known."""
        return min((node.inbox[0][0] for node in self._down.values() if node.inbox), default=None)

    def send(self, node: Node, frames: Iterable[Frame], reached_ns: int) -> None:
        """Take what a node that has come to `reached_ns` has sent on its way. Raises OutOfTime."""
        for frame in frames:
            if not node.quiet_until_ns <= frame.time_ns <= reached_ns:
                why = f"it ran to {reached_ns} ns, and was to send nothing before {node.quiet_until_ns} ns"
                raise OutOfTime(node.name, f"message {node.name}:{frame.sequence}", frame.time_ns, why)
            life = self._nodes[frame.destination].life
            self._wire.send(
                Transmission(
                    frame.time_ns,
                    node.name,
                    frame.sequence,
                    frame.destination,
                    life,
                    frame.wire_bytes,
                    frame.payload,
                    frame.loose,
                )
            )

    def tell_of_death(self, node: Node, peer: Node, now_ns: int) -> None:
        """Let one node learn that its connection to another is broken: behind all that this life of it has sent, before all of the next."""
        self._wire.send(Transmission(now_ns, node.name, node.life * FRAMES_IN_A_LIFE, peer.name, peer.life, 0, b""))

    def transmit(self, before_ns: int | None) -> bool:
        """Give every message its turn that begins before an instant (None: all of them), as long as none that is delivered can be answered
        by then; tell whether one had it, or came to a cut."""
        waiting_ns = self._wire.next_start_ns()
        if waiting_ns is None:
            return False
        while (transmitted := self._wire.transmit_one(before_ns)) is not None:
            node = self._arrive(*transmitted)
            self._timetable.note((node,))
            sends_ns = node.sends_ns()
            if sends_ns is not None and (before_ns is None or sends_ns < before_ns):
                before_ns = sends_ns
        return self._wire.next_start_ns() != waiting_ns

    def _arrive(self, arrival_ns: int, transmission: Transmission) -> Node:
        """Have a message come to a node, unless the node had taken it before it recorded the state from which it goes on."""
        node = self._nodes[transmission.destination]
        source, number = transmission.source, transmission.sequence
        is_news = not transmission.payload
        if is_news and number <= node.knew_over.get(source, 0) * FRAMES_IN_A_LIFE:
            return node
        if (source, number) not in node.knew:
            heapq.heappush(node.inbox, (max(arrival_ns, node.resumes_ns), transmission))
        return node

    def state(self) -> TrafficThen:
        """Return all that there is to know of what is under way, but for what it says."""
        lying = [entry for node in self._nodes.values() for entry in (*node.granted, *node.inbox)]
        return TrafficThen(self._wire.state(), [(arrival_ns, without(one)) for arrival_ns, one in lying])

    def take_up(self, then: TrafficThen, pasts: Iterable[PastEvent], says: Mapping[Message, bytes]) -> None:
        """Have under way what was when a snapshot began, and what nodes sent from then on until they recorded their states.

        `says` is what the channels recorded of it: other messages are known where they arrive, or lost.
        """

        def as_recorded(one: Transmission) -> Transmission:
            return one._replace(payload=says.get((one.destination, one.source, one.sequence), one.payload))

        media = [
            waiting._replace(
                queues={name: [as_recorded(one) for one in queue] for name, queue in waiting.queues.items()}
            )
            for waiting in then.wire.media
        ]
        self._wire.take_up(then.wire._replace(media=media, held=[as_recorded(one) for one in then.wire.held]))
        for arrival_ns, one in then.arriving:
            self._arrive(arrival_ns, as_recorded(one))
        for past in pasts:
            if isinstance(past.event, MessageSent):
                source, number = numbered(past.event.message)
                destination, size = past.event.to, past.event.bytes
                life = self._nodes[destination].life
                sent = Transmission(
                    past.t, source, number, destination, life, size, SOMETHING, past.event.type == LOOSE
                )
                self._wire.send(as_recorded(sent))

    def deliveries(self, node: Node, end_ns: int) -> list[Delivery]:
        """Take out of a node's inbox what it is to be given now that it runs to `end_ns`; what was meant for another life is lost."""
        inbox = node.inbox
        deliveries: list[Delivery] = []
        while inbox and inbox[0][0] < end_ns:
            arrival_ns, transmission = entry = heapq.heappop(inbox)
            if not _reaches(node, transmission):
                self._lose(max(arrival_ns, node.promised_ns), transmission, node)
                continue
            node.granted.append(entry)
            deliveries.append(Delivery(arrival_ns, transmission.source, transmission.sequence, transmission.payload))
        return deliveries

    def lose_arrivals(self, now_ns: int) -> bool:
        """Drop what arrives now at nodes that are down or have had another life since; tell whether there was anything."""
        concerned = [*self._down.values(), *(node for _, node in self._timetable.acts.due_before(now_ns + 1))]
        lost = [self._lose_arrived(node, now_ns) for node in concerned]
        return any(lost)

    def node_down(self, node: Node, now_ns: int) -> None:
        """Lose from now on what arrives at a node, and what has waited there for the end of a pause."""
        self._down[node.name] = node
        node.take_back()
        self._lose_arrived(node, now_ns)

    def stays_down(self, node: Node) -> None:
        """Lose what arrives at a node: it is down where this begins."""
        self._down[node.name] = node

    def node_up(self, node: Node) -> None:
        """Let a node have again what arrives there."""
        del self._down[node.name]

    def cut(self, links: Iterable[Link]) -> list[Link]:
        """Cut links; return those that were whole."""
        return self._wire.cut(links)

    def heal(self, links: Iterable[Link], now_ns: int) -> tuple[list[Link], Sequence[Transmission]]:
        """Heal links; return those that were cut, and what had waited there and is under way again."""
        return self._wire.heal(links, now_ns)

    def tell_released(self, transmissions: Iterable[Transmission], now_ns: int) -> None:
        """Tell which messages are under way again."""
        for transmission in transmissions:
            if transmission.payload:
                self._emit(now_ns, None, MessageReleased(transmission.name, transmission.destination))

    def in_flight(self) -> list[str]:
        """Return the names of all messages that have been sent and have not arrived, in the order in which they were sent."""
        lying = [one for node in self._nodes.values() for _, one in (*node.inbox, *node.granted)]
        return [one.name for one in sorted(one for one in (*self._wire.unfinished(), *lying) if one.payload)]

    def _lose_arrived(self, node: Node, now_ns: int) -> bool:
        """Drop what has come to a node and cannot be taken there any more; tell whether there was anything."""
        lost = False
        while node.inbox and node.inbox[0][0] <= now_ns and not _reaches(node, node.inbox[0][1]):
            self._lose(now_ns, heapq.heappop(node.inbox)[1], node)
            lost = True
        self._timetable.note((node,))
        return lost

    def _lose(self, at_ns: int, transmission: Transmission, node: Node) -> None:
        self.lost_ns = max(self.lost_ns, at_ns)
        if transmission.payload:
            why = reason("down" if node.process is None else "restarted-since", machine=node.name)
            self._emit(at_ns, None, MessageLost(transmission.name, node.name, why))

    def _held(self, transmission: Transmission, at_ns: int) -> None:
        if transmission.payload:
            self._emit(at_ns, None, MessageHeld(transmission.name, transmission.destination))


def numbered(message: str) -> tuple[NodeName, int]:
    """Return who sent a message, and its number there."""
    source, _, number = message.rpartition(":")
    return source, int(number)


def _reaches(node: Node, transmission: Transmission) -> bool:
    return node.process is not None and transmission.life == node.life
