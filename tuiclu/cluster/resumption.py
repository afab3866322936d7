"""From a snapshot to a cluster that goes on from it: what there is to keep of a running cluster, and how it is gathered.

```
   begun                                        every node goes on where it recorded its state
 ----|-------------- n1 -------------------->   n1 -------->
 ----|------------------|-- n2 ------------->      n2 ----->
 ----|---------|- n3 ----------------------->   n3 -------->
     | the cluster's own state: cuts, commands still to come
```
The cluster itself, which is no node, is cut where the snapshot begins. Before that everything is past; behind it, what a node did before
it recorded its state is past too. Whatever a node sent in its past is sent again, and what it says is what the channels recorded; what had
been delivered before is not delivered twice. So where nothing else is different, a cluster that goes on does what the first one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from nodes.wire.events import (
    AnyEvent,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotRecorded,
    SnapshotStarted,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from nodes.wire.parts import ChannelPart, PartFiles, decode_channels, decode_part
from tuiclu.cluster.agenda import AgendaThen
from tuiclu.cluster.past import Past, PastEvent
from tuiclu.cluster.traffic import Message, TrafficThen


class NodeThen(msgspec.Struct, frozen=True):
    """What the cluster knew of a node."""

    life: int
    up: bool
    paused_since_ns: int | None
    peers_told: bool
    migration: MigrationParameters
    initiators: InitiatorParameters


class ClusterThen(msgspec.Struct, frozen=True):
    """The state of a cluster beside that of its nodes, where a snapshot begins."""

    at_ns: int
    agenda: AgendaThen
    traffic: TrafficThen
    nodes: dict[NodeName, NodeThen]
    disks: dict[NodeName, bytes]
    """What lies on the disks of those that were down."""
    pids: dict[str, Pid]
    owners: dict[Pid, NodeName]
    born: dict[NodeName, int]
    snapshots: int


WhyNot = Literal["unwritten", "stood-still", "unkept", "unordered"]
"""The copy of a node wrote nothing; a node stood still when it was to begin; something of a node cannot be kept; markers were under way
that later messages overtake, which channels do not hold as they should."""


class Resumption(msgspec.Struct, frozen=True):
    """All that a cluster goes on from."""

    snapshot: str
    then: ClusterThen
    past: list[PastEvent]
    """What had been shown when the snapshot began."""
    pasts: list[PastEvent]
    """What the nodes did from then on, until each recorded its state."""
    parts: dict[NodeName, bytes]
    recorded_ns: dict[NodeName, int]
    began: list[NodeName]
    """Who began it."""
    lives_over: dict[NodeName, dict[NodeName, int]]
    """Of each node: of whose deaths it knew."""
    channels: dict[NodeName, list[ChannelPart]]
    """By the node to which they lead."""
    why_not: tuple[WhyNot, NodeName, str] | None = None
    """Why no cluster can go on from this one: what, which node, and what of it; then nothing else is there."""

    def says(self) -> dict[Message, bytes]:
        """Return what the messages say that were in channels."""
        return {
            (name, channel.source, number): payload
            for name, channels in self.channels.items()
            for channel in channels
            for number, payload in channel.messages
        }


class _Begun:
    """A snapshot that is being recorded."""

    def __init__(self, then: ClusterThen, first: int) -> None:
        self.then = then
        self.first = first
        """Where its part of the past begins."""
        self.began: list[NodeName] = []
        self.nodes: list[NodeName] = []
        self.is_loose = False
        """Markers were under way that later messages overtake."""
        self.ends: dict[NodeName, int] = {}
        """Where the past of each node ends that has recorded its state."""


class Gatherer:
    """Gathers for every snapshot of a run what a cluster could go on from. An observer of the stream; owns the past.

    `folder` is where the nodes write their parts. What is gathered lies there too, until `take`.
    """

    about = (SnapshotStarted, SnapshotRecorded, SnapshotEnded, SnapshotFailed)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = PartFiles(str(folder))
        self.past = Past()
        self._begun: dict[str, _Begun] = {}
        self._then: dict[str, ClusterThen] = {}
        self._loose: dict[str, None] = {}
        """Snapshots by markers that may be overtaken, whose markers may be under way."""
        self.when_over: Callable[[str], object] = lambda snapshot: None
        """Called when a snapshot has ended or failed, with all of it gathered that there is."""

    def close(self) -> None:
        self.past.close()

    def begin(self, snapshot: str, then: ClusterThen) -> None:
        """Take the state of the cluster: a snapshot begins."""
        self._then[snapshot] = then

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take note of where the past of the cluster ends, and that of each node; gather all when a snapshot has ended."""
        match stamped.event:
            case SnapshotStarted(snapshot, "unordered"):
                self._loose[snapshot] = None
                for begun in self._begun.values():
                    begun.is_loose = True
            case SnapshotStarted(snapshot, _, initiators, nodes) if snapshot in self._then:
                begun = self._begun[snapshot] = _Begun(self._then.pop(snapshot), self.past.end)
                begun.began, begun.nodes, begun.is_loose = list(initiators), list(nodes), bool(self._loose)
            case SnapshotRecorded(snapshot) if snapshot in self._begun:
                self._begun[snapshot].ends[str(stamped.node)] = self.past.end
            case SnapshotEnded(snapshot, consistent) if snapshot in self._begun:
                begun = self._begun.pop(snapshot)
                if consistent:
                    self._file(snapshot).write_bytes(encode(self._gather(snapshot, begun)))
                self.when_over(snapshot)
            case SnapshotEnded(snapshot):
                self._loose.pop(snapshot, None)
                self.when_over(snapshot)
            case SnapshotFailed(snapshot):
                self._begun.pop(snapshot, None)
                self.when_over(snapshot)
            case _:
                pass
        return ()

    def wait_for_state(self, node: NodeName) -> None:
        """Wait until a node has written all that it has begun to: it is about to end."""
        for snapshot, begun in self._begun.items():
            if node in begun.nodes:
                self._files.state(snapshot, node)

    def take(self, snapshot: str) -> bytes:
        """Return what was gathered for a snapshot, encoded; empty: nothing."""
        file = self._file(snapshot)
        return file.read_bytes() if file.exists() else b""

    def _file(self, snapshot: str) -> Path:
        return self.folder / f"{snapshot}.gathered"

    def _gather(self, snapshot: str, begun: _Begun) -> Resumption:
        files = {node: self._files.state(snapshot, node) for node in begun.nodes}
        missing = [node for node, content in files.items() if not content]
        then = begun.then
        if begun.is_loose:
            return _impossible(snapshot, then, "unordered", begun.nodes[0])
        if missing:
            return _impossible(snapshot, then, "unwritten", missing[0])
        stood = [node for node in begun.began if then.nodes[node].paused_since_ns is not None]
        if stood:
            return _impossible(snapshot, then, "stood-still", stood[0])
        parts = {node: decode_part(content) for node, content in files.items()}
        unpacked = [part for part in parts.values() if part.why_not]
        if unpacked:
            return _impossible(snapshot, then, "unkept", unpacked[0].node, unpacked[0].why_not)
        return Resumption(
            snapshot,
            then,
            list(self.past.between(0, begun.first)),
            self._pasts(begun),
            files,
            {node: part.at_ns for node, part in parts.items()},
            begun.began,
            {node: part.lives_over for node, part in parts.items()},
            {node: decode_channels(self._files.channels(snapshot, node)) for node in begun.nodes},
        )

    def _pasts(self, begun: _Begun) -> list[PastEvent]:
        """Return what each node did until it had recorded its state."""
        position = begun.first
        ends = begun.ends.items()
        return [one for node, end in ends for one in self.past.between(position, end) if one.node == node]


def _impossible(snapshot: str, then: ClusterThen, why: WhyNot, node: NodeName, what: str = "") -> Resumption:
    return Resumption(snapshot, then, [], [], {}, {}, [], {}, {}, (why, node, what))


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Resumption).decode
