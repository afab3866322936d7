"""The process: its control block, its states, and the one table of what may follow what.

States are Stallings' five, STOPPED for a process that a signal has stopped, and FROZEN for one that is being moved.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from nodes.kernel.links import LinkTable
from nodes.kernel.signals import SignalState
from nodes.wire.amounts import Amounts
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.parameters import NEVER_NS

if TYPE_CHECKING:
    from nodes.kernel.agenda import Timer
    from nodes.kernel.files import FileTable
    from nodes.kernel.memory import AddressSpace


class State(enum.StrEnum):
    NEW = "new"
    """Created, not yet admitted to the ready queue."""
    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    """Waits for something that is not the CPU: see `Process.waiting`."""
    STOPPED = "stopped"
    """A signal has stopped it, and SIGCONT has not come yet; the time of what it waits for goes on."""
    FROZEN = "frozen"
    """May not run because it is being moved; `Process.frozen_from` is what it was."""
    EXIT = "exit"


class Why(enum.StrEnum):
    """What moves a process from one state to the next."""

    ADMITTED = "admitted"
    DISPATCHED = "dispatched"
    PREEMPTED = "preempted"
    WAITS = "waits"
    WOKEN = "woken"
    ENDED = "ended"
    FROZEN = "frozen"
    THAWED_READY = "thawed ready"
    THAWED_BLOCKED = "thawed blocked"
    THAWED_STOPPED = "thawed stopped"
    STOPPED = "stopped"
    CONTINUED_READY = "continued ready"
    CONTINUED_BLOCKED = "continued blocked"


TRANSITIONS: dict[tuple[State, Why], State] = {
    (State.NEW, Why.ADMITTED): State.READY,
    (State.READY, Why.DISPATCHED): State.RUNNING,
    (State.RUNNING, Why.PREEMPTED): State.READY,
    (State.RUNNING, Why.WAITS): State.BLOCKED,
    (State.BLOCKED, Why.WOKEN): State.READY,
    (State.NEW, Why.FROZEN): State.FROZEN,
    (State.READY, Why.FROZEN): State.FROZEN,
    (State.RUNNING, Why.FROZEN): State.FROZEN,
    (State.BLOCKED, Why.FROZEN): State.FROZEN,
    (State.FROZEN, Why.THAWED_READY): State.READY,
    (State.FROZEN, Why.THAWED_BLOCKED): State.BLOCKED,
    (State.FROZEN, Why.THAWED_STOPPED): State.STOPPED,
    (State.READY, Why.STOPPED): State.STOPPED,
    (State.RUNNING, Why.STOPPED): State.STOPPED,
    (State.BLOCKED, Why.STOPPED): State.STOPPED,
    (State.STOPPED, Why.CONTINUED_READY): State.READY,
    (State.STOPPED, Why.CONTINUED_BLOCKED): State.BLOCKED,
    (State.STOPPED, Why.FROZEN): State.FROZEN,
    (State.STOPPED, Why.ENDED): State.EXIT,
    (State.NEW, Why.ENDED): State.EXIT,
    (State.READY, Why.ENDED): State.EXIT,
    (State.RUNNING, Why.ENDED): State.EXIT,
    (State.BLOCKED, Why.ENDED): State.EXIT,
    (State.FROZEN, Why.ENDED): State.EXIT,
}
"""The process state diagram. An arrow that is not here is a bug in the kernel."""


class ImpossibleTransition(AssertionError):
    """The kernel tried to move a process along an arrow that the state diagram has not."""


class Sleeping(msgspec.Struct, frozen=True, tag=True):
    """Waits until `deadline_ns`; then the system call returns `result`."""

    deadline_ns: int
    """While the process is frozen: how long it still has to sleep."""
    result: int = 0


class WaitingForSignal(msgspec.Struct, frozen=True, tag=True):
    """Waits for a signal (pause, or a read that can never be satisfied)."""


class WaitingFor(msgspec.Struct, frozen=True, tag=True):
    """Waits until somebody wakes it, and then tries again what it could not do: `while (!condition) sleep(channel)`.

    What is tried again is the whole system call, so a call that may return this must not have changed anything yet. It needs no care
    when the process is moved: where it goes on, it tries again.
    """

    what: str
    """In the events: `page`, `receive`, `send`."""
    deadline_ns: int | None = None
    """When it gives up; None: never."""
    timeout_result: int = 0
    """What the system call returns then."""
    call: bool = True
    """A system call is tried again; False: an instruction is."""


Waiting = Sleeping | WaitingForSignal | WaitingFor


def interrupts(waiting: Waiting | None) -> bool:
    """Tell whether a signal ends this wait. It does not while a page is on its way: that comes in any case."""
    match waiting:
        case Sleeping() | WaitingForSignal():
            return True
        case WaitingFor(what, call=call):
            return call and what not in ("page", "disk")
        case None:
            return False


class Account(msgspec.Struct):
    """What a process has used, wherever it ran."""

    cpu_ns: int = 0
    """Time that its own instructions took."""
    created_ns: int = 0
    dispatches: int = 0
    migrations: int = 0


@dataclass(eq=False)
class Process:
    """A process control block. Owned by one kernel at a time; the migration rows list what of it moves."""

    pid: Pid
    name: str
    program: str
    argv: tuple[str, ...]
    space: AddressSpace
    files: FileTable
    priority: int = 0
    estimate_ns: int | None = None
    state: State = State.NEW
    waiting: Waiting | None = None
    frozen_from: State | None = None
    account: Account = field(default_factory=Account)
    random_state: int = 0
    """Of the generator behind getrandom: a process draws the same numbers wherever it runs."""
    waited_ns: int = 0
    """How long it has waited for the CPU of this node, where the scheduler asks."""
    level: int = 0
    """Its queue, under multilevel feedback."""
    alarm: Timer | None = None
    """Wakes it from its sleep."""
    yields: bool = False
    """The system call that it has just made lets others have the CPU first."""
    retries_call: bool = False
    """When it gets the CPU, the system call at which it stands is tried again before it goes on."""
    stays: bool = False
    """It was told to stay where it is: no policy moves it."""
    background: bool = False
    """It gets the CPU when nobody else on this node wants it."""
    arrived_ns: int = 0
    """When it was created on this node, or came to it."""
    trail: list[tuple[str, int]] = field(default_factory=list)
    """The nodes that it left last, and when."""
    call_deadline_ns: int | None = None
    """When the system call at which it stands gives up, from its first try on; while it is frozen: how long it still has."""

    amounts: Amounts | msgspec.UnsetType = msgspec.UNSET
    """How much it has of the quantities that it has declared; unset: it has declared none."""
    links: LinkTable = field(default_factory=LinkTable)
    signals: SignalState = field(default_factory=SignalState)
    passers_on: dict[NodeName, None] = field(default_factory=dict)
    """The nodes that pass on mail of its links, as events have told so far."""
    armed: dict[int, Timer] = field(default_factory=dict)
    """What lets its timers go off, by their numbers."""
    work_due: int | None = None
    """After how many instructions the first of its timers goes off that count work."""

    @property
    def home(self) -> str:
        """The node where it was born."""
        return home_of(self.pid)

    @property
    def used(self) -> tuple[int, int]:
        """How many instructions it has executed, and how long they took, up to its last burst that is booked."""
        return self.space.instructions, self.account.cpu_ns

    @property
    def work_left(self) -> int | None:
        """In how many instructions the first of its timers goes off that count work; None: none does."""
        return None if self.work_due is None else self.work_due - self.space.instructions

    def deadline_after(self, now_ns: int, timeout_ns: int) -> int:
        """Return when the system call in hand gives up: the same at every try."""
        if self.call_deadline_ns is None:
            self.call_deadline_ns = min(now_ns + timeout_ns, NEVER_NS)
        return self.call_deadline_ns

    def note_interrupted(self, waiting: Waiting | None, now_ns: int) -> None:
        """Take note of what the process was waiting for when a signal came."""
        match waiting:
            case Sleeping(deadline_ns):
                self.signals.interrupted, self.signals.left_ns = "sleep", max(0, deadline_ns - now_ns)
            case WaitingFor(what):
                self.signals.interrupted = what
            case _:
                self.signals.interrupted = "signal"

    def move(self, why: Why) -> None:
        """Follow one arrow of the state diagram. Raises ImpossibleTransition if there is none."""
        try:
            self.state = TRANSITIONS[self.state, why]
        except KeyError:
            raise ImpossibleTransition(f"{self.pid} is {self.state} and cannot be {why}") from None
