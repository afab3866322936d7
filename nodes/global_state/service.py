"""Snapshots on one node: it records its own state and those of its channels, by the rules of `chandy_lamport`; or in ways that are wrong.

A channel leads from one node to another, and whatever kernels say to each other goes through it: pieces of messages, pages, negotiations.
It keeps order and loses nothing as long as both nodes live.

The wrong ways, for comparison, record states only and no channels:

* by clocks: every node when its own clock shows an instant, whatever the others' clocks show
* by a poll: an observer asks one node after the other
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodes.global_state.chandy_lamport import Action, ChannelRecorded, PartDone, Recorder, RecordState, SendMarker
from nodes.global_state.local_state import local_state
from nodes.kernel.kernel import Kernel
from nodes.kernel.link_service import LinkService
from nodes.kernel.recent import Recent
from nodes.kernel.services import Service
from nodes.migration.session import MigrationService
from nodes.wire.amounts import sum_of
from nodes.wire.control import BeginSnapshot, Boot, Order, PollStates, RecordAtClock
from nodes.wire.events import SnapshotChannel, SnapshotPart
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    AnyPacket,
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

_PACKETS = (SnapshotMarker, StateAsked, StateTold)
OVER = 256
"""So many snapshots that are over are remembered: a late message of one begins nothing."""


class SnapshotService(Service):
    """This node's part in all snapshots."""

    def __init__(self, kernel: Kernel, migrations: MigrationService, links: LinkService, boot: Boot) -> None:
        self.kernel = kernel
        self.migrations = migrations
        self.links = links
        self._recorder = Recorder[AnyPacket](kernel.others, kernel.others)
        self._up_since_ns = boot.now_ns
        self._heard_ns: dict[NodeName, int] = {}
        """Of each node that was down: since when it is known to be up again."""
        self._began_ns: dict[str, int] = {}
        """The snapshots that have begun here and are not over."""
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
        self._start(order.snapshot, self.kernel.now)

    def _start(self, snapshot: str, began_ns: int) -> None:
        """Take part in a snapshot from now on, if this node does not yet. Who came up after it began will send no marker."""
        if snapshot in self._began_ns or snapshot in self._over:
            return
        self._began_ns[snapshot] = began_ns
        newcomers = [peer for peer, heard_ns in self._heard_ns.items() if heard_ns > began_ns]
        self._carry_out(self._recorder.start(snapshot, without=newcomers))

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Act on a marker, or on what belongs to a poll."""
        match packet:
            case SnapshotMarker(snapshot, began_ns):
                if began_ns >= self._up_since_ns:
                    self._start(snapshot, began_ns)
                    if snapshot in self._began_ns:
                        self._carry_out(self._recorder.receive_marker(snapshot, source))
            case StateAsked(snapshot):
                self._record(snapshot)
                amounts = sum_of(process.amounts or {} for process in self.kernel.processes.values())
                self.kernel.send(source, StateTold(snapshot, amounts))
            case StateTold(snapshot):
                self._ask_next(snapshot, source)
            case _:
                raise AssertionError(f"no part of a snapshot: {type(packet).__name__}")

    def message_delivered(self, source: NodeName, packet: AnyPacket) -> None:
        """Take note of what is in a channel. What belongs to snapshots is not of the cluster that they show."""
        if self._began_ns and not isinstance(packet, _PACKETS):
            self._recorder.receive_message(source, packet)

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
        for action in actions:
            match action:
                case RecordState(snapshot):
                    self._record(snapshot)
                case SendMarker(snapshot, to):
                    self.kernel.send(to, SnapshotMarker(snapshot, self._began_ns[snapshot]))
                case ChannelRecorded():
                    self._record_channel(action)
                case PartDone(snapshot):
                    self._recorder.forget(snapshot)
                    del self._began_ns[snapshot]
                    self._over[snapshot] = None
                    self.kernel.emit(SnapshotPart(snapshot))

    def _record(self, snapshot: str) -> None:
        """Record the state of this node, as it is at this instant."""
        self.kernel.processor.settle_burst()
        self.kernel.emit(local_state(snapshot, self.kernel, self.links, self.migrations))

    def _record_channel(self, channel: ChannelRecorded) -> None:
        pages = 0
        handed_over = []
        for message in channel.messages:
            match message:
                case PageBatch() | PagesToFlush() | PagesSupplied() | PagesPushed():
                    pages += len(message.pages)
                case OwnershipTransferred(migration):
                    handed_over.append(migration)
                case _:
                    pass
        types = [type_of(message) for message in channel.messages]
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
