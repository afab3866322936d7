"""What the parts of a snapshot come to, and whether its cut is consistent: folded from the events. Pure.

A cut is closed under happened-before if no message crosses it backwards: sent after its sender's state was recorded, and delivered before
its receiver's was. Every node numbers its messages, and says with its state which was the last before; so it is enough to look at what is
delivered while a snapshot is being recorded. The truth that this shows is compared with what the nodes have recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from nodes.wire.amounts import sum_of
from nodes.wire.events import (
    AnyEvent,
    ChannelState,
    EndRecorded,
    LinkBetween,
    MessageCrossed,
    MessageDelivered,
    NodeCrashed,
    ProcessRecorded,
    SnapshotChannel,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotPart,
    SnapshotRecorded,
    SnapshotStarted,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason, fields_of, reason
from nodes.wire.vocabulary import SNAPSHOT_WAYS
from tuiclu.model.fold import Takes, on

Channel = tuple[NodeName, NodeName]
"""From and to."""
MARKERS, CLOCKS, POLL, UNORDERED = SNAPSHOT_WAYS
_OF_SNAPSHOTS = frozenset({"SnapshotMarker", "LooseMarker", "StateAsked", "StateTold"})
"""Messages that are not of the cluster that snapshots show."""


@dataclass
class Parts:
    """What has been recorded of one snapshot so far, and what has become of messages meanwhile."""

    snapshot: str
    way: str
    nodes: list[NodeName]
    """Those that take part."""
    observer: NodeName | None = None
    """Of a poll: who asks."""
    states: dict[NodeName, SnapshotRecorded] = field(default_factory=dict)
    channels: dict[Channel, SnapshotChannel] = field(default_factory=dict)
    done: dict[NodeName, None] = field(default_factory=dict)
    """Those that have recorded all that they have to."""
    in_channel: dict[Channel, int] = field(default_factory=dict)
    """How many messages were in a channel at the cut, in truth."""
    crossing: list[MessageCrossed] = field(default_factory=list)
    known: dict[str, None] = field(default_factory=dict)
    """Quantities of which an earlier snapshot has found some: shared by all of a run."""

    def see_delivery(self, destination: NodeName, event: MessageDelivered) -> None:
        """Take note of a message that is delivered: does it cross the cut, and which way?"""
        if event.sender not in self.nodes or destination not in self.nodes or event.type in _OF_SNAPSHOTS:
            return
        state = self.states.get(event.sender)
        is_past = state is None or int(event.message.rpartition(":")[2]) <= state.sent
        if destination in self.states:
            if is_past:
                channel = (event.sender, destination)
                self.in_channel[channel] = self.in_channel.get(channel, 0) + 1
        elif not is_past:
            self.crossing.append(MessageCrossed(event.message, event.type, event.sender, destination))

    def is_whole(self) -> bool:
        """Tell whether nothing is missing any more."""
        match self.way:
            case "markers" | "unordered":
                return all(node in self.done for node in self.nodes)
            case "poll":
                return bool(self.done)
            case _:
                return all(node in self.states for node in self.nodes)

    def end(self) -> SnapshotEnded:
        """Put the parts together."""
        found = list(self._places())
        crossing = [one for one in self.crossing if one.destination in self.states]  # a poll may have missed somebody
        places = {process.pid: place for place, process in found}
        looks = self.way in (MARKERS, UNORDERED)  # into channels
        faithful = not looks or all(
            len(channel.messages) == self.in_channel.get(between, 0) for between, channel in self.channels.items()
        )
        between = links_between([process for _, process in found], self._lingering()) if looks else []
        totals = sum_of(
            [
                *(process.amounts for _, process in found),
                *(link.amounts for link in between),
                *(_unread(process) for _, process in found if not looks),
            ]
        )
        return SnapshotEnded(
            self.snapshot,
            not crossing and faithful and len(places) == len(found),
            crossing,
            places,
            [
                ChannelState(source, destination, len(channel.messages), channel.pages)
                for (source, destination), channel in self.channels.items()
                if channel.messages
            ],
            between,
            totals,
            len(self.channels) if looks else 0,
            stuck([process for _, process in found], between) if self.way == MARKERS else [],
            self.way == MARKERS and not found and not between,
            self._lost(totals),
        )

    def _lost(self, totals: dict[str, int]) -> list[str]:
        """Return what an earlier snapshot has found and this one does not."""
        if self.way != MARKERS:
            return []
        lost = [quantity for quantity in self.known if totals.get(quantity) == 0]
        self.known.update(dict.fromkeys(quantity for quantity, amount in totals.items() if amount > 0))
        return lost

    def _places(self) -> Iterator[tuple[str, ProcessRecorded]]:
        """Yield every process where it is: on a node, or in a channel if it was just handed over."""
        coming = {process.migration: process for state in self.states.values() for process in state.coming}
        for node, state in self.states.items():
            yield from ((node, process) for process in state.processes)
        for (source, destination), channel in self.channels.items():
            for migration in channel.handed_over:
                if migration in coming:
                    yield f"{source}>{destination}", coming[migration]

    def _lingering(self) -> list[ProcessRecorded]:
        return [process for state in self.states.values() for process in state.lingering]


def stuck(processes: Iterable[ProcessRecorded], between: Iterable[LinkBetween]) -> list[Pid]:
    """Return who waits for ever: each waits, nothing is on its way to it, and all with whom it has links are stuck as well.

    Which of its links a process waits for is not looked at, so some may be missed; nobody is named who could go on.
    """
    to_come = {link.destination for link in between if link.messages > 0}
    partners = {one.pid: {end.peer for end in one.links} for one in processes}
    waiting = [one.pid for one in processes if one.waits and one.links and one.pid not in to_come]
    while any(not partners[pid] <= set(waiting) for pid in waiting):
        waiting = [pid for pid in waiting if partners[pid] <= set(waiting)]
    return waiting


def links_between(processes: Iterable[ProcessRecorded], lingering: Iterable[ProcessRecorded]) -> list[LinkBetween]:
    """Return what is on its way over links: what a process has sent and the other one has not received, wherever the pieces are.

    Who sends a message keeps its pieces until the other side's kernel has got them, so both ends together know of all.
    """
    ends = {(end.link, one.pid): end for one in (*processes, *lingering) for end in one.links}
    sides = dict.fromkeys([*ends, *((link, end.peer) for (link, _), end in ends.items())])
    found: list[LinkBetween] = []
    for link, pid in sides:
        sender = ends.get((link, pid))
        peer = sender.peer if sender is not None else next(of for one, of in ends if one == link)
        receiver = ends.get((link, peer))
        messages = _sent(sender, receiver) - (0 if receiver is None else receiver.received)
        amounts = _on_the_way(sender, receiver)
        if messages > 0 or amounts:
            found.append(LinkBetween(link, pid, peer, messages, amounts))
    return found


def _sent(sender: EndRecorded | None, receiver: EndRecorded | None) -> int:
    """Return how many messages have gone in a direction of which at least one end is known."""
    if sender is not None:
        return sender.sent
    return 0 if receiver is None else receiver.arrived


def _on_the_way(sender: EndRecorded | None, receiver: EndRecorded | None) -> dict[str, int]:
    came = {} if receiver is None else dict(receiver.came)
    kept = [] if sender is None else sender.kept
    expected = 0 if receiver is None else receiver.expected
    missing = [amounts for piece, amounts in kept if piece >= expected and piece not in came]
    return sum_of([*came.values(), *missing])


def _unread(process: ProcessRecorded) -> dict[str, int]:
    return sum_of([amounts for end in process.links for _, amounts in end.came])


class SnapshotWatch:
    """Watches the snapshots of a run, and says when one has ended, with what it comes to, or cannot end any more."""

    about = (SnapshotStarted, SnapshotRecorded, SnapshotChannel, SnapshotPart, MessageDelivered, NodeCrashed)

    def __init__(self) -> None:
        self._running: dict[str, Parts] = {}
        self._known: dict[str, None] = {}

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take the next event; answer what it means for the snapshots that are being recorded."""
        event, node = stamped.event, str(stamped.node)
        match event:
            case MessageDelivered():
                for parts in self._running.values():
                    parts.see_delivery(node, event)
                return ()
            case SnapshotStarted(snapshot, way, initiators, nodes):
                observer = initiators[0] if way == POLL else None
                self._running[snapshot] = Parts(snapshot, way, list(nodes), observer, known=self._known)
            case SnapshotRecorded(snapshot) if snapshot in self._running:
                self._running[snapshot].states[node] = event
            case SnapshotChannel(snapshot, source) if snapshot in self._running:
                return self._see_channel(self._running[snapshot], source, node, event)
            case SnapshotPart(snapshot) if snapshot in self._running:
                self._running[snapshot].done[node] = None
            case NodeCrashed():
                return [answer for parts in list(self._running.values()) for answer in self._see_crash(parts, node)]
            case _:
                return ()
        return [answer for parts in list(self._running.values()) for answer in self._end_if_whole(parts)]

    def _end_if_whole(self, parts: Parts) -> Iterator[AnyEvent]:
        if parts.is_whole():
            del self._running[parts.snapshot]
            yield parts.end()

    def _see_channel(
        self, parts: Parts, source: NodeName, destination: NodeName, event: SnapshotChannel
    ) -> Iterable[AnyEvent]:
        if source not in parts.nodes:
            return ()  # it was down when the snapshot began, and has no state of which this could be a part
        parts.channels[source, destination] = event
        if event.whole:
            return ()
        return self._fail(parts, reason("channel-broken", machine=destination, peer=source))

    def _see_crash(self, parts: Parts, node: NodeName) -> Iterable[AnyEvent]:
        """A node has crashed: its part is missing, unless it has been done. A poll goes on with the others."""
        if parts.way == POLL and node != parts.observer:
            return ()
        if node not in parts.nodes or node in parts.done or (parts.way == CLOCKS and node in parts.states):
            return ()
        return self._fail(parts, reason("crashed-unrecorded", machine=node))

    def _fail(self, parts: Parts, why: Reason) -> Iterable[AnyEvent]:
        del self._running[parts.snapshot]
        return [SnapshotFailed(parts.snapshot, why)]


@dataclass
class SnapshotView:
    """A snapshot, as it is known so far."""

    started: SnapshotStarted
    started_ns: int
    recorded: dict[NodeName, tuple[int, SnapshotRecorded]] = field(default_factory=dict)
    """When each node recorded its state, and what it is."""
    channels: dict[NodeName, list[SnapshotChannel]] = field(default_factory=dict)
    """What was recorded of channels, by the nodes to which they lead."""
    ended_ns: int | None = None
    ended: SnapshotEnded | None = None
    failed: Reason | None = None
    """Why it cannot be ended."""

    @property
    def outcome(self) -> str:
        """`completed`, `failed` or `unfinished`."""
        if self.ended is not None:
            return "completed"
        return "failed" if self.failed is not None else "unfinished"


class Snapshots(Takes):
    """The snapshots of a run, by their names."""

    def __init__(self, kept: int | None) -> None:
        self.known: dict[str, SnapshotView] = {}
        self._kept = kept
        """The latest ones are remembered; None: all."""

    @on
    def started(self, event: SnapshotStarted, t: int, node: NodeName) -> None:
        self.known[event.snapshot] = SnapshotView(event, t)
        if self._kept is not None and len(self.known) > self._kept:
            del self.known[next(iter(self.known))]

    @on
    def recorded(self, event: SnapshotRecorded, t: int, node: NodeName) -> None:
        if event.snapshot in self.known:
            self.known[event.snapshot].recorded[node] = (t, event)

    @on
    def channel(self, event: SnapshotChannel, t: int, node: NodeName) -> None:
        if event.snapshot in self.known:
            self.known[event.snapshot].channels.setdefault(node, []).append(event)

    @on
    def over(self, event: SnapshotEnded | SnapshotFailed, t: int, node: NodeName) -> None:
        view = self.known.get(event.snapshot)
        if view is None:
            return
        view.ended_ns = t
        if isinstance(event, SnapshotEnded):
            view.ended = event
        else:
            view.failed = event.reason


def snapshot_result(view: SnapshotView, name_of: Callable[[Pid], str]) -> dict[str, object]:
    """Return a snapshot as plain data, in the shape that `run --json` promises."""
    ended, started = view.ended, view.started
    result: dict[str, object] = {
        "id": int(started.snapshot),
        "way": started.way,
        "initiator": started.initiators[0] if started.initiators else None,
        "initiators": started.initiators,
        "started_s": view.started_ns / 10**9,
        "completed_s": None if view.ended_ns is None or ended is None else view.ended_ns / 10**9,
        "outcome": view.outcome,
        **fields_of(view.failed),
        "nodes": [
            {
                "name": node,
                "recorded_s": t / 10**9,
                "processes": [process.pid for process in state.processes],
                "amounts": sum_of(process.amounts for process in state.processes),
            }
            for node, (t, state) in view.recorded.items()
        ],
    }
    if ended is not None:
        result |= {
            "markers": ended.markers,
            "consistent": ended.consistent,
            "crossing": [
                {"message": one.message, "type": one.type, "from": one.source, "to": one.destination}
                for one in ended.crossing
            ],
            "processes": list(ended.places),
            "places": dict(ended.places),
            "channels": [
                {"from": one.source, "to": one.destination, "messages": one.messages, "pages": one.pages}
                for one in ended.channels
            ],
            "between": [
                {
                    "link": one.link,
                    "from": name_of(one.source),
                    "to": name_of(one.destination),
                    "messages": one.messages,
                    "amounts": one.amounts,
                }
                for one in ended.between
            ],
            "totals": dict(ended.totals),
            "stuck": [name_of(pid) for pid in ended.stuck],
            "over": ended.over,
            "lost": list(ended.lost),
        }
    return result
