"""What an Initiator knows of processes and machines."""

from __future__ import annotations

import msgspec

from nodes.wire.ids import NodeName, Pid


class ProcessFigures(msgspec.Struct, frozen=True, array_like=True):
    """What an Initiator knows of a process."""

    pid: Pid
    name: str
    pages: int
    """Frames that it needs."""
    age_ns: int
    cpu_ns: int
    here_ns: int
    """For how long it has been on this machine."""
    state: str
    """As the kernel calls it."""
    stays: bool = False
    """It was told to stay where it is."""
    priority: int = 0
    talks: dict[NodeName, int] = {}
    """Bytes exchanged with each node in the last while."""
    trail: tuple[tuple[NodeName, int], ...] = ()
    """The machines that it left last, and when."""


class MachineFigures(msgspec.Struct, frozen=True, array_like=True):
    """What a machine says of itself at an instant."""

    machine: NodeName
    at_ns: int
    ips: int
    runnable: int
    """Processes that run or are ready, those in the background not counted."""
    frames_total: int
    frames_free: int
    processes: tuple[ProcessFigures, ...] = ()
    busy: bool = False
    """Something will happen there by itself."""
    owner: str = "none"
    """`none` (nobody owns it), `active` or `idle`."""
    input_ns: int = 0
    """When its owner touched a key last."""
    pressure: int = 0
    """Page faults that had to wait for a disk or another machine, a second: memory is short."""


class LoadEntry(msgspec.Struct, frozen=True, array_like=True):
    """What is told of a machine's load, by itself or by hearsay."""

    machine: NodeName
    at_ns: int
    """When it was so: what is told of others is older than the message."""
    load: int
    """Runnable processes for a reference CPU, damped; thousandths."""
    ips: int
    frames_free: int
    busy: bool
    takes_guests: bool
    input_ns: int
