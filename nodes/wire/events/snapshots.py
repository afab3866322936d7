"""Snapshots: the recorded states of nodes and channels, and what they come to."""

from __future__ import annotations

import msgspec

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class EndRecorded(msgspec.Struct, frozen=True):
    """One end of a link in a recorded state."""

    link: str
    peer: Pid
    sent: int
    """Messages that its process has sent so far."""
    arrived: int
    """Messages of the other side that have come whole."""
    received: int
    """Of these, messages that its process has taken."""
    expected: int
    """The first piece of the other side that has not come."""
    kept: list[tuple[int, dict[str, int]]] = []
    """What messages bring that may not have arrived, each with the number of its last piece."""
    came: list[tuple[int, dict[str, int]]] = []
    """What messages bring that its process has not taken."""


class ProcessRecorded(msgspec.Struct, frozen=True):
    """A process in a recorded state, without its memory."""

    pid: Pid
    name: str
    state: str
    pages: int
    """In frames of the node."""
    amounts: dict[str, int]
    """What it has, as it has declared."""
    links: list[EndRecorded]
    migration: str = ""
    """It is here for this migration, and not yet this node's own."""
    waits: bool = False
    """It waits, without a limit, for what only another process can bring: a message, or room for one."""


class SnapshotStarted(Event, frozen=True, tag="snapshot.started"):
    """Somebody wants the state of the whole cluster recorded."""

    TOLD = Text("Snapshot {snapshot}: {how}.")

    snapshot: str
    """`1`: the first of the run."""
    way: str
    """`markers` (Chandy and Lamport), `clocks` (every node when its own clock shows an instant), `poll` (one node after the other),
    `unordered` (markers on channels that do not keep order)."""
    initiators: list[NodeName]
    """Who begins; of `clocks` nobody."""
    nodes: list[NodeName]
    """The nodes that are up, whose state it records."""
    to: str = ""
    """The name of the file that is wanted of it; empty: none is, by whoever wants it recorded."""


class SnapshotRecorded(Event, frozen=True, tag="snapshot.recorded"):
    """A node has recorded its own state, as it is now."""

    TOLD = Text("{node} records its state for snapshot {snapshot}: {what}.")

    snapshot: str
    sent: int
    """The number of the last message that it has sent: all that came later is the future of this state."""
    processes: list[ProcessRecorded]
    """Its own processes."""
    coming: list[ProcessRecorded]
    """Processes that are installed here and are not yet known to be its own."""
    lingering: list[ProcessRecorded]
    """Processes that have ended, and of whose links something is still to be delivered."""


class SnapshotChannel(Event, frozen=True, tag="snapshot.channel"):
    """A node has recorded the state of a channel to it."""

    TOLD = Text("In the channel from {source} to {node} snapshot {snapshot} finds {what}.")

    snapshot: str
    source: NodeName
    messages: list[str]
    """What was in it, in order: what events call each message."""
    pages: int
    """Pages of processes in these messages."""
    handed_over: list[str]
    """The migrations whose process was in it: it had left the source, and did not belong to the destination yet."""
    whole: bool
    """False: the channel broke before its marker came, and perhaps more was in it."""


class SnapshotPart(Event, frozen=True, tag="snapshot.part"):
    """A node has recorded all that it has to: its own state, and those of the channels to it. Of a poll: the observer has asked all."""

    snapshot: str


class MessageCrossed(msgspec.Struct, frozen=True):
    """A message that a cut holds as received and not as sent: it comes from the future."""

    message: str
    type: str
    source: NodeName
    destination: NodeName


class ChannelState(msgspec.Struct, frozen=True):
    """What was in the channel from one node to another."""

    source: NodeName
    destination: NodeName
    messages: int
    pages: int


class LinkBetween(msgspec.Struct, frozen=True):
    """What was on its way from one process to another over a link: sent, and not received."""

    link: str
    source: Pid
    destination: Pid
    messages: int
    amounts: dict[str, int]


class SnapshotEnded(Event, frozen=True, tag="snapshot.ended"):
    """All parts of a snapshot are recorded. What they come to is collected outside of the cluster, and costs nothing there."""

    TOLD = Text("Snapshot {snapshot} is complete, {verdict}{totals}{over}{lost}{stuck}.")

    snapshot: str
    consistent: bool
    """No message crosses the cut backwards, the channels hold exactly what was in them, and no process is in two places."""
    crossing: list[MessageCrossed]
    places: dict[Pid, str]
    """Where each process is in it: `n2`, or on its way: `n1>n2`."""
    channels: list[ChannelState]
    """Those that were not empty."""
    between: list[LinkBetween]
    """The same as processes see it."""
    totals: dict[str, int]
    """The sum of what processes have declared to have; of `markers` and `unordered`, and of what was on its way between them."""
    markers: int
    stuck: list[Pid] = []
    """Processes that wait for each other over links, and to which nothing is on its way: a deadlock. It was there when the snapshot was
    recorded, and will be there for ever."""
    over: bool = False
    """No process is left, nor on its way, nor anything between processes: the work has ended."""
    lost: list[str] = []
    """What an earlier snapshot has found, and of which now no process has any, nor is any on its way: a token that is lost. It stays lost,
    as long as nobody makes another."""


class SnapshotFailed(Event, frozen=True, tag="snapshot.failed"):
    """A snapshot cannot be ended."""

    TOLD = Text("Snapshot {snapshot} cannot be completed: {why}.")

    snapshot: str
    reason: Reason


SnapshotEvent = SnapshotStarted | SnapshotRecorded | SnapshotChannel | SnapshotPart | SnapshotEnded | SnapshotFailed
