"""Whose machine it is: owners of workstations, guests that have to leave, machines that take none."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.text import Text


class ProcessPutBack(Event, frozen=True, tag="process.background"):
    """A process gets the CPU only when nobody else wants it, or as all others again."""

    TOLD = Text("{process} {place} on {node}.")

    pid: Pid
    background: bool


class OwnerActive(Event, frozen=True, tag="owner.active"):
    """The owner of a workstation touches a key."""

    TOLD = Text("The owner of {node} touches a key.")


class OwnerIdle(Event, frozen=True, tag="owner.idle"):
    """The owner of a workstation is away, or has touched no key for long enough."""

    TOLD = Text("The owner of {node} is away: {node} is idle.")

    idle_ns: int


class EvictionStarted(Event, frozen=True, tag="eviction.started"):
    """Foreign processes have to leave a machine."""

    TOLD = Text("Eviction from {machine} ({policy}): {names} {must} leave.")

    cause: str
    """`owner`, `expel` or `shutdown`."""
    policy: str
    processes: list[Pid]
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class EvictionCompleted(Event, frozen=True, tag="eviction.completed"):
    """None of the processes that had to leave is left there, or none is in the owner's way."""

    TOLD = Text("The eviction from {machine} is over{left_behind}.")

    policy: str
    left: list[Pid]
    """Those that have left the machine."""
    remain: list[Pid]
    """Those that stayed: in the background, or because nobody took them."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class MachineBlocked(Event, frozen=True, tag="machine.blocked"):
    TOLD = Text("{machine} {open} guests.")

    blocked: bool
    """Whether it refuses guests."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class MachineStays(Event, frozen=True, tag="machine.stays"):
    TOLD = Text("No policy may move processes away from {machine}: {yes}.")

    stays: bool
    """Whether no policy may move its processes away."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class ShutdownAnnounced(Event, frozen=True, tag="node.leaving"):
    """The node will go down at a known instant."""

    TOLD = Text("{machine} will go down at {at_s} s.")

    at_ns: int
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


OwnerEvent = (
    ProcessPutBack
    | OwnerActive
    | OwnerIdle
    | EvictionStarted
    | EvictionCompleted
    | MachineBlocked
    | MachineStays
    | ShutdownAnnounced
)
