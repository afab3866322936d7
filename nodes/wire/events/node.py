"""Nodes as a whole: up, down, slow, short of memory, suspected."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


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
    TOLD = Text("{node} crashes ({cause}). Its memory is lost{victims}.")

    cause: Reason


class NodeRestarted(Event, frozen=True, tag="node.restarted"):
    TOLD = Text("{node} starts again, with empty memory (life {life}).")

    life: int
    """2 for the first restart."""


class NodePaused(Event, frozen=True, tag="node.paused"):
    TOLD = Text("{node} stands still.")


class NodeResumed(Event, frozen=True, tag="node.resumed"):
    TOLD = Text("{node} goes on.")


class NodeSlowed(Event, frozen=True, tag="node.slowed"):
    TOLD = Text("{node} runs at {percent} % of its speed from now on.")

    percent: int
    ips: int


class NodeThrashing(Event, frozen=True, tag="node.thrashing"):
    """Most of the last second the CPU had nothing to do while processes waited for pages from the node's own disk."""

    TOLD = Text(
        "{node} THRASHES: for {percent} % of the last second its CPU idled while processes waited for pages from its disk."
    )

    percent: int
    """Of the last second."""


class NodeRecovered(Event, frozen=True, tag="node.recovered"):
    """A node that thrashed does so no longer."""

    TOLD = Text("{node} thrashes no longer: in the last second its CPU idled little for want of pages.")

    percent: int
    """Of the last second in which it still did."""


class NodeSuspected(Event, frozen=True, tag="node.suspected"):
    """A node was told that its connection to another is broken."""

    TOLD = Text("{node} is the first to notice that the connection to {peer} is broken.")

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
