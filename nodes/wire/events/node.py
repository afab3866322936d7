"""Nodes as a whole: up, down, slow, short of memory, suspected."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason


class NodeStarted(Event, frozen=True, tag="node.started"):
    ips: int
    frames: int


class NodeAccounted(Event, frozen=True, tag="node.accounted"):
    """What a node's CPU has done in this life of it, when the node dies or the run ends."""

    kernel_ns: int
    """The kernel's own work, with what was lost of instructions that it interrupted; all else that the CPU did was charged to processes."""
    alone_ns: int
    """Of it, while no process had the CPU."""
    pid: Pid | None
    """The process that has the CPU; its account so far follows."""
    instructions: int
    cpu_ns: int


class NodeCrashed(Event, frozen=True, tag="node.crashed"):
    cause: Reason


class NodeRestarted(Event, frozen=True, tag="node.restarted"):
    life: int
    """2 for the first restart."""


class NodePaused(Event, frozen=True, tag="node.paused"):
    pass


class NodeResumed(Event, frozen=True, tag="node.resumed"):
    pass


class NodeSlowed(Event, frozen=True, tag="node.slowed"):
    percent: int
    ips: int


class NodeThrashing(Event, frozen=True, tag="node.thrashing"):
    """Most of the last second the CPU had nothing to do while processes waited for pages from the node's own disk."""

    percent: int
    """Of the last second."""


class NodeRecovered(Event, frozen=True, tag="node.recovered"):
    """A node that thrashed does so no longer."""

    percent: int
    """Of the last second in which it still did."""


class NodeSuspected(Event, frozen=True, tag="node.suspected"):
    """A node was told that its connection to another is broken."""

    peer: NodeName


NodeEvent = (
    NodeStarted
    | NodeAccounted
    | NodeCrashed
    | NodeRestarted
    | NodePaused
    | NodeResumed
    | NodeSlowed
    | NodeThrashing
    | NodeRecovered
    | NodeSuspected
)
