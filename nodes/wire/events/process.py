"""The life of a process on a node."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class ProcessCreated(Event, frozen=True, tag="process.created"):
    TOLD = Text("{name} starts on {node}: {command}.")

    pid: Pid
    name: str
    program: str
    argv: list[str]
    priority: int


class ProcessNotCreated(Event, frozen=True, tag="process.not-created"):
    """There was no room for it: no frames for its arguments."""

    TOLD = Text("{name} could not be started on {node}: {reason}.")

    pid: Pid
    name: str
    program: str
    reason: Reason


class ProcessDispatched(Event, frozen=True, tag="process.dispatched"):
    pid: Pid


class ProcessPreempted(Event, frozen=True, tag="process.preempted"):
    pid: Pid
    reason: str
    """`quantum`, `yield`, or `priority`."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessBlocked(Event, frozen=True, tag="process.blocked"):
    pid: Pid
    on: str
    """What it waits for: `sleep`, `signal`, `page`, or what a system call waits for."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessReady(Event, frozen=True, tag="process.ready"):
    pid: Pid


class ProcessExited(Event, frozen=True, tag="process.exited"):
    """The end of a process, with its account."""

    TOLD = Text("{process} ends on {node}: {reason}. It used the CPU for {cpu_ms} ms.")

    pid: Pid
    exit_code: int | None
    """None if a signal ended it."""
    signal: str | None
    """The signal that ended it, by name (`SIGSEGV`)."""
    reason: Reason
    """For a signal with the address and the cause."""
    instructions: int
    cpu_ns: int


class ProcessOutput(Event, frozen=True, tag="process.output", omit_defaults=True):
    """Bytes that a process wrote to its standard output or error: `text` if they are UTF-8 by themselves, else `base64`."""

    pid: Pid
    descriptor: int
    text: str | None = None
    base64: str | None = None


class ProcessFrozen(Event, frozen=True, tag="process.frozen"):
    pid: Pid
    was: str
    """The state it was in: running, ready, blocked or stopped."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessThawed(Event, frozen=True, tag="process.thawed"):
    pid: Pid


class ProcessStopped(Event, frozen=True, tag="process.stopped"):
    """A signal has stopped a process: it stands still until SIGCONT comes, wherever it is taken meanwhile."""

    TOLD = Text("{process} is stopped on {node} by {signal}, {sent}. It stands still until SIGCONT comes.")

    pid: Pid
    signal: str
    """By name: `SIGSTOP`."""
    reason: Reason
    """Who sent it."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessContinued(Event, frozen=True, tag="process.continued"):
    """SIGCONT has come for a process that was stopped."""

    TOLD = Text("{process} may go on, on {node}: SIGCONT, {sent}.")

    pid: Pid
    reason: Reason
    """Who sent it."""


class ProcessRemoved(Event, frozen=True, tag="process.removed"):
    """The source's copy of a migrated process is gone: table entry, frames and all."""

    pid: Pid


class SignalDelivered(Event, frozen=True, tag="signal.delivered"):
    """A process begins to run its handler of a signal."""

    TOLD = Text("{process} runs its handler of {signal}.")

    pid: Pid
    signal: str
    """By name: `SIGALRM`."""
    sender: int
    """The number of the process that sent it; 0: a timer, or the user."""


class SystemCallUnknown(Event, frozen=True, tag="syscall.unknown"):
    """A process asked for a system call that this kernel has not; it got ENOSYS."""

    TOLD = Text("{process} asks for system call {number}, which this kernel has not: ENOSYS.")

    pid: Pid
    number: int


ProcessEvent = (
    ProcessCreated
    | ProcessNotCreated
    | ProcessDispatched
    | ProcessPreempted
    | ProcessBlocked
    | ProcessReady
    | ProcessExited
    | ProcessOutput
    | ProcessFrozen
    | ProcessThawed
    | ProcessStopped
    | ProcessContinued
    | ProcessRemoved
    | SignalDelivered
    | SystemCallUnknown
)
