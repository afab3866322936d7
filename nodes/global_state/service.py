"""Snapshots on one node: it records its own state and those of its channels, by the rules of `chandy_lamport`; or in ways that are wrong.

A channel leads from one node to another, and whatever kernels say to each other goes through it: pieces of messages, pages, negotiations.
It keeps order and loses nothing as long as both nodes live.

The wrong ways, for comparison, record states only and no channels:

* by clocks: every node when its own clock shows an instant, whatever the others' clocks show
* by a poll: an observer asks one node after the other

And one records both, by the same rules, where they do not hold: its markers are on channels that do not keep order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

from nodes.global_state.chandy_lamport import Action, ChannelRecorded, PartDone, Recorder, RecordState, SendMarker
from nodes.global_state.local_state import local_state
from nodes.kernel.kernel import Kernel
from nodes.kernel.link_service import LinkService
from nodes.kernel.recent import Recent
from nodes.kernel.services import Service
from nodes.migration.session import MigrationService
from nodes.wire.amounts import sum_of
from nodes.wire.control import BeginSnapshot, Boot, Delivery, Order, PollStates, RecordAtClock
from nodes.wire.events import SnapshotChannel, SnapshotPart
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    AnyPacket,
    LooseMarker,
    OwnershipTransferred,
    PageBatch,
    PagesPushed,
    PagesSupplied,
    PagesToFlush,
    SnapshotMarker,
    StateAsked,
    StateTold,
    type_of,
)
from nodes.wire.parts import ChannelPart

_PACKETS = (SnapshotMarker, LooseMarker, StateAsked, StateTold)
OVER = 256
"""How many snapshots that are over are remembered: a late message of one begins nothing."""


class InChannel(NamedTuple):
    """A message that was in a channel."""

    packet: AnyPacket
    delivery: Delivery


class Writer(Protocol):
    """Whoever writes down what there is to go on from."""

    def write_state(self, snapshot: str, root: object) -> None: ...

    def write_channels(self, snapshot: str, channels: list[ChannelPart]) -> None: ...


class SnapshotService(Service):
    """This node's part in all snapshots. With a `writer`, a node can be made again that goes on from there.

    What is written of a node's state is all that can be reached from its services: this one too, in the midst of a snapshot.
    """

    writer: Writer | None = None

    def __init__(self, kernel: Kernel, migrations: MigrationService, links: LinkService, boot: Boot) -> None:
        self.kernel = kernel
        self.migrations = migrations
        self.links = links
        self._recorder = Recorder[InChannel](kernel.others, kernel.others)
        self._written: dict[str, list[ChannelPart]] = {}
        """What is to be written of channels, for each snapshot that is not over here."""
        self._to_do: list[Action] = []
        """What is still to be done when the state has been recorded: whoever goes on from there begins with that."""
        self._marker: tuple[str, NodeName] | None = None
        """And the marker because of which it was recorded: the snapshot, and from whom it came."""
        self._up_since_ns = boot.now_ns
        self._heard_ns: dict[NodeName, int] = {}
        """Of each node that was down: since when it is known to be up again."""
        self._began_ns: dict[str, int] = {}
        """The snapshots that have begun here and are not over."""
        self._loose: dict[str, None] = {}
        """Those of them whose markers are on channels that do not keep order."""
        self._over: Recent[str, None] = Recent(OVER)
        self._to_ask: dict[str, list[NodeName]] = {}
        """Of each poll by this node: whose answer it waits for, and behind it whom it has not asked yet."""
        orders: dict[type[Order], Callable[[Any], None]] = {
            BeginSnapshot: self._begin,
            RecordAtClock: self._record_at_clock,
            PollStates: self._poll,
        }
        kernel.register(self, _PACKETS, orders)

    # --------------------------------------------------------------------------------------------- Chandy and Lamport

    def _begin(self, order: BeginSnapshot) -> None:
        self._start(order.snapshot, self.kernel.now, loose=order.loose)

    def _start(self, snapshot: str, began_ns: int, *, loose: bool = False) -> None:
        """Take part in a snapshot from now on, if this node does not yet. Who came up after it began will send no marker."""
        if snapshot in self._began_ns or snapshot in self._over:
            return
        self._began_ns[snapshot] = began_ns
        if loose:
            self._loose[snapshot] = None
        newcomers = [peer for peer, heard_ns in self._heard_ns.items() if heard_ns > began_ns]
        self._carry_out(self._recorder.start(snapshot, without=newcomers))

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Act on a marker, or on what belongs to a poll."""
        match packet:
            case SnapshotMarker(snapshot, began_ns) | LooseMarker(snapshot, began_ns):
                if began_ns >= self._up_since_ns:
                    self._marker = (snapshot, source)
                    self._start(snapshot, began_ns, loose=isinstance(packet, LooseMarker))
                    self._take_marker()
            case StateAsked(snapshot):
                self._record(snapshot)
                amounts = sum_of(process.amounts or {} for process in self.kernel.processes.values())
                self.kernel.send(source, StateTold(snapshot, amounts))
            case StateTold(snapshot):
                self._ask_next(snapshot, source)
            case _:
                raise AssertionError(f"no part of a snapshot: {type(packet).__name__}")

    def _take_marker(self) -> None:
        """Act on the marker in hand, now that the state of this node is recorded. It may come too late to matter."""
        assert self._marker is not None
        (snapshot, source), self._marker = self._marker, None
        if snapshot in self._began_ns:
            self._carry_out(self._recorder.receive_marker(snapshot, source))

    def go_on(self) -> None:
        """Do what was left to do when this node recorded the state from which it goes on."""
        to_do, self._to_do = self._to_do, []
        self._carry_out(to_do)
        if self._marker is not None:
            self._take_marker()

    def message_delivered(self, source: NodeName, packet: AnyPacket) -> None:
        """Take note of what is in a channel."""
        if self._began_ns:
            assert self.kernel.in_hand is not None
            self._recorder.receive_message(source, InChannel(packet, self.kernel.in_hand))

    def connection_broken(self, peer: NodeName) -> None:
        """No marker will come from `peer`, and no answer."""
        self._carry_out(self._recorder.channel_broken(peer))
        for snapshot in list(self._to_ask):
            self._ask_next(snapshot, peer)

    def node_back(self, peer: NodeName) -> None:
        """Snapshots that begin from now on wait for a marker of `peer`."""
        self._recorder.channel_mended(peer)
        self._heard_ns[peer] = self.kernel.now

    def _carry_out(self, actions: list[Action]) -> None:
        for number, action in enumerate(actions):
            match action:
                case RecordState(snapshot):
                    self._record(snapshot)
                    if self.writer is not None and snapshot not in self._loose:
                        self._to_do = actions[number + 1 :]
                        self.writer.write_state(snapshot, (self.kernel, self.kernel.processor, self))
                case SendMarker(snapshot, to) if snapshot in self._loose:
                    self.kernel.send(to, LooseMarker(snapshot, self._began_ns[snapshot]), loose=True)
                case SendMarker(snapshot, to):
                    self.kernel.send(to, SnapshotMarker(snapshot, self._began_ns[snapshot]))
                case ChannelRecorded():
                    self._record_channel(action)
                case PartDone(snapshot):
                    self._recorder.forget(snapshot)
                    del self._began_ns[snapshot]
                    self._over[snapshot] = None
                    written = self._written.pop(snapshot, [])
                    if self.writer is not None and snapshot not in self._loose:
                        self.writer.write_channels(snapshot, written)
                    self._loose.pop(snapshot, None)
                    self.kernel.emit(SnapshotPart(snapshot))

    def _record(self, snapshot: str) -> None:
        """Record the state of this node, as it is at this instant."""
        self.kernel.processor.settle_burst()
        self.kernel.emit(local_state(snapshot, self.kernel, self.links, self.migrations))

    def _record_channel(self, channel: ChannelRecorded) -> None:
        """Report what was in a channel. What belongs to snapshots is not of the cluster that they show, but may have to be written."""
        pages = 0
        handed_over, found = [], cast("tuple[InChannel, ...]", channel.messages)
        if self.writer is not None:
            kept = [
                (delivery.sequence, delivery.payload)
                for packet, delivery in found
                if not (isinstance(packet, SnapshotMarker) and packet.snapshot == channel.snapshot)
                and isinstance(delivery.payload, bytes)
            ]
            self._written.setdefault(channel.snapshot, []).append(ChannelPart(channel.source, kept))
        messages = [one.packet for one in found if not isinstance(one.packet, _PACKETS)]
        for message in messages:
            match message:
                case PageBatch() | PagesToFlush() | PagesSupplied() | PagesPushed():
                    pages += len(message.pages)
                case OwnershipTransferred(migration):
                    handed_over.append(migration)
                case _:
                    pass
        types = [type_of(message) for message in messages]
        self.kernel.emit(SnapshotChannel(channel.snapshot, channel.source, types, pages, handed_over, channel.whole))

    # ------------------------------------------------------------------------------------------------ the wrong ways

    def _record_at_clock(self, order: RecordAtClock) -> None:
        """Record the state when this node's own clock shows an instant; if it is past that, now."""
        due_ns = self.kernel.clock.instant_of(order.clock_ns)
        self.kernel.call_later(max(0, due_ns - self.kernel.now), lambda: self._record(order.snapshot))

    def _poll(self, order: PollStates) -> None:
        """Ask one node after the other, beginning with this one."""
        self._record(order.snapshot)
        self._to_ask[order.snapshot] = [peer for peer in self.kernel.others if peer not in self.kernel.down]
        self._ask(order.snapshot)

    def _ask_next(self, snapshot: str, answered: NodeName) -> None:
        """Go on in a poll, if it waits for this node."""
        waiting = self._to_ask.get(snapshot)
        if waiting and waiting[0] == answered:
            waiting.pop(0)
            self._ask(snapshot)
        elif waiting and answered in waiting and answered in self.kernel.down:
            waiting.remove(answered)

    def _ask(self, snapshot: str) -> None:
        if self._to_ask[snapshot]:
            self.kernel.send(self._to_ask[snapshot][0], StateAsked(snapshot))
        else:
            del self._to_ask[snapshot]
            self.kernel.emit(SnapshotPart(snapshot))
