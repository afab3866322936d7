"""Signals and timers of a process, as plain data: what it has asked for, what is pending, and the frame under a signal handler.

A handler runs like a function that the process calls between two instructions. The kernel puts a frame on the stack, as Linux lays it out
for riscv64, with all registers and the mask, and lets the handler return to SIGRETURN, where nothing is: so it hears that the handler is
done, and restores what is in the frame. That is what the process may have changed there.

```
 sp -> siginfo      128 bytes: number, code, pid of the sender
       ucontext     176 bytes: flags, link, stack, mask
       registers    pc, x1 .. x31; f0 .. f31, fcsr, and room for wider ones
```
"""

from __future__ import annotations

import enum
import struct

import msgspec

from nodes.kernel.cpu import Registers
from nodes.wire.reasons import Reason


class DefaultAction(enum.Enum):
    TERMINATE = "terminate"
    IGNORE = "ignore"
    STOP = "stop"
    CONTINUE = "continue"
    """Of SIGCONT, which has continued the process already when it was sent."""


SIGNAL_NAMES: dict[int, str] = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    16: "SIGSTKFLT",
    17: "SIGCHLD",
    18: "SIGCONT",
    19: "SIGSTOP",
    20: "SIGTSTP",
    21: "SIGTTIN",
    22: "SIGTTOU",
    23: "SIGURG",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    26: "SIGVTALRM",
    27: "SIGPROF",
    28: "SIGWINCH",
    29: "SIGIO",
    30: "SIGPWR",
    31: "SIGSYS",
} | {number: f"SIG{number}" for number in range(32, 65)}
"""By Linux's number for riscv64."""

NUMBERS = {name: number for number, name in SIGNAL_NAMES.items()}
SIG_DFL, SIG_IGN = 0, 1
SIGILL, SIGTRAP, SIGBUS, SIGKILL, SIGSEGV, SIGALRM, SIGCONT, SIGSTOP, SIGVTALRM, SIGPROF = (
    4,
    5,
    7,
    9,
    11,
    14,
    18,
    19,
    26,
    27,
)
CATCHABLE = frozenset(SIGNAL_NAMES) - {SIGKILL, SIGSTOP}
STOPPING = (SIGSTOP, 20, 21, 22)
"""The signals that stop a process by default; the first does in any case."""

_DEFAULTS = (
    dict.fromkeys((17, 23, 28), DefaultAction.IGNORE)
    | dict.fromkeys(STOPPING, DefaultAction.STOP)
    | {SIGCONT: DefaultAction.CONTINUE}
)


def default_action(signal: int) -> DefaultAction:
    """Return what `signal` does by default."""
    return _DEFAULTS.get(signal, DefaultAction.TERMINATE)


# ------------------------------------------------------------------------------------------------------- of one process

SA_ONSTACK, SA_RESTART, SA_NODEFER, SA_RESETHAND = 0x08000000, 0x10000000, 0x40000000, 0x80000000
SS_ONSTACK, SS_DISABLE, SS_AUTODISARM = 1, 2, 1 << 31
SIGRETURN = 0x3F_FFFF_F000
"""The last page of the user's addresses, where nothing is ever mapped: a handler that returns comes here."""
FRAME_BYTES = 128 + 176 + 32 * 8 + 528
SMALLEST_STACK_BYTES = 2048
"""No alternate stack is smaller."""
_STACK_AT, _MASK_AT, _REGISTERS_AT, _FLOATING_AT = 128 + 16, 128 + 40, 128 + 176, 128 + 176 + 32 * 8
REAL_TIMER, VIRTUAL_TIMER, PROFILING_TIMER = -1, -2, -3
"""The numbers of the timers of setitimer; those of timer_create count from 0."""
MAX_TIMERS = 32
SHORTEST_INTERVAL_NS = 10_000
"""The shortest interval of a timer; for the second, third ... of a process it is twice, three times ... as long."""
_RESTARTED = frozenset({"receive", "send", "accept", "name", "link", "file"})
"""Calls that begin again after a handler that asked for it (SA_RESTART). Linux restarts neither sleeps nor select."""


class Action(msgspec.Struct, frozen=True, array_like=True):
    """What a process wants done with a signal."""

    handler: int
    """An address, SIG_DFL or SIG_IGN."""
    flags: int = 0
    mask: int = 0
    """Signals that are blocked while the handler runs: bit n - 1 stands for signal n."""


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """Who sent a signal."""

    sender: int
    """The number of the process; 0: a kernel."""
    reason: Reason
    fault: tuple[int, int] | None = None
    """The code and the address of what the process itself has done wrong."""


class IntervalTimer(msgspec.Struct):
    """A timer that sends a signal, once or again and again. It runs on the clock, or counts what its process works.

    Work is counted in instructions: the timer goes off between the same two wherever the process runs. It gets as many as the node on
    which it is set executes in the time that is asked for.
    """

    signal: int
    """0: it only counts."""
    counts_work: bool = False
    expires: int | None = None
    """When it goes off next, in nanoseconds of the clock or in instructions of the process; None: it does not run.
    While the process is frozen, on the clock: how long it still has."""
    interval: int = 0
    """In the same unit; 0: it goes off once."""


class AlternateStack(msgspec.Struct, frozen=True, array_like=True):
    """Where handlers run that ask for it (SA_ONSTACK): `size` bytes of memory from `address` on."""

    address: int = 0
    size: int = 0
    """0: there is none."""
    disarms: bool = False
    """It is given up while a handler runs on it (SS_AUTODISARM)."""

    def holds(self, stack_pointer: int) -> bool:
        """Tell whether it is just being used."""
        return not self.disarms and 0 < stack_pointer - self.address <= self.size

    def packed(self, stack_pointer: int) -> bytes:
        """Return it as programs see it."""
        flags = SS_DISABLE if not self.size else SS_ONSTACK * self.holds(stack_pointer)
        return struct.pack("<QIIQ", self.address, flags | SS_AUTODISARM * self.disarms, 0, self.size)


class SignalState(msgspec.Struct):
    """All of a process that has to do with signals."""

    actions: dict[int, Action] = {}
    mask: int = 0
    pending: dict[int, Sent] = {}
    """Signals that came and were not acted upon, by their numbers."""
    mask_after: int | None = None
    """The mask that sigsuspend has replaced: it holds again after the handler."""
    interrupted: str | None = None
    """What the process was waiting for in the system call at which it stands, and which a signal has ended."""
    left_ns: int = 0
    """How long it would still have slept."""
    timers: dict[int, IntervalTimer] = {}
    given_stack: AlternateStack | msgspec.UnsetType = msgspec.UNSET
    """The alternate stack; unset, and not in an image, if there is none."""

    @property
    def alternate(self) -> AlternateStack:
        """The alternate stack, if it has room."""
        return _NO_STACK if isinstance(self.given_stack, msgspec.UnsetType) else self.given_stack

    @property
    def deliverable(self) -> int | None:
        """The first pending signal that is not blocked: what the process itself has done wrong comes before all others."""
        if not self.pending:
            return None
        open_ = [signal for signal in self.pending if not self.blocks(signal)]
        return min(open_, key=lambda signal: (self.pending[signal].fault is None, signal), default=None)

    def blocks(self, signal: int) -> bool:
        """Tell whether a signal has to wait."""
        return bool(self.mask >> (signal - 1) & 1)

    def action(self, signal: int) -> Action:
        """Return what is to be done with a signal; the defaults are written out."""
        action = self.actions.get(signal, _DEFAULT)
        if action.handler == SIG_DFL and default_action(signal) in (DefaultAction.IGNORE, DefaultAction.CONTINUE):
            return _IGNORE
        return action

    def restarts(self, signal: int) -> bool:
        """Tell whether the call that `signal` has interrupted begins again after the handler."""
        return self.interrupted in _RESTARTED and bool(self.action(signal).flags & SA_RESTART)

    def enter_handler(self, signal: int) -> int:
        """Take note that the handler of a pending signal begins; return the mask that holds again after it."""
        action = self.action(signal)
        del self.pending[signal]
        before = self.mask if self.mask_after is None else self.mask_after
        self.mask_after = self.interrupted = None
        if self.alternate.disarms:
            self.set_stack(_NO_STACK)
        self.mask |= action.mask | (0 if action.flags & SA_NODEFER else 1 << (signal - 1))
        if action.flags & SA_RESETHAND:
            del self.actions[signal]
        return before

    def stack_for(self, action: Action, stack_pointer: int) -> int | None:
        """Return where the frame of a handler begins; None: it would not fit on the alternate stack any more."""
        alternate = self.alternate
        if alternate.holds(stack_pointer):
            place = (stack_pointer - FRAME_BYTES) & ~15
            return place if alternate.holds(place) else None
        if action.flags & SA_ONSTACK and alternate.size:
            stack_pointer = alternate.address + alternate.size
        return (stack_pointer - FRAME_BYTES) & ~15

    def set_stack(self, alternate: AlternateStack) -> None:
        """Give handlers another stack, or none."""
        self.given_stack = alternate if alternate.size else msgspec.UNSET

    def work_due(self) -> int | None:
        """Return after how many instructions the first of those timers goes off that count work; None: none of them runs."""
        counts = [timer.expires for timer in self.timers.values() if timer.counts_work and timer.expires is not None]
        return min(counts, default=None)

    def set_mask(self, mask: int) -> None:
        """Block exactly these signals; those that cannot be blocked are left out."""
        self.mask = mask & ~(1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1))


_NO_STACK = AlternateStack()
_DEFAULT, _IGNORE = Action(SIG_DFL), Action(SIG_IGN)


def frame(signal: int, sent: Sent, mask: int, registers: Registers, alternate: AlternateStack) -> bytes:
    """Return what lies under a handler on the stack."""
    if sent.fault is not None:
        information = struct.pack("<iiiiQ", signal, 0, sent.fault[0], 0, sent.fault[1]).ljust(128, b"\0")
    else:
        code = 0 if sent.sender else 0x80  # SI_USER, SI_KERNEL
        information = struct.pack("<iiiiii", signal, 0, code, 0, sent.sender, 1000).ljust(128, b"\0")
    stack = alternate.packed(registers.x[1])
    context = (struct.pack("<QQ", 0, 0) + stack + struct.pack("<Q", mask)).ljust(176, b"\0")
    saved = struct.pack("<32Q", registers.pc, *registers.x)
    if registers.f:
        saved += struct.pack("<32QI", *registers.f)
    return (information + context + saved).ljust(FRAME_BYTES, b"\0")


def unpack_frame(content: bytes, registers: Registers) -> tuple[int, Registers, AlternateStack | None]:
    """Return the mask, the registers and the alternate stack (None: not one) in a frame; what is not in it stays as in `registers`."""
    (mask,) = struct.unpack_from("<Q", content, _MASK_AT)
    pc, *x = struct.unpack_from("<32Q", content, _REGISTERS_AT)
    *f, control = struct.unpack_from("<32QI", content, _FLOATING_AT)
    f.append(control & 0xFF)
    restored = msgspec.structs.replace(registers, pc=pc, x=tuple(x), f=tuple(f) if any(f) else ())
    return mask, restored, unpack_stack(content[_STACK_AT:_MASK_AT])


def unpack_stack(content: bytes) -> AlternateStack | None:
    """Read the alternate stack that a program describes; None: it is none."""
    address, flags, _, size = struct.unpack("<QIIQ", content)
    disarms, mode = bool(flags & SS_AUTODISARM), flags & ~SS_AUTODISARM
    if mode not in (0, SS_ONSTACK, SS_DISABLE):
        return None
    return _NO_STACK if mode == SS_DISABLE else AlternateStack(address, size, disarms)


def handler_registers(signal: int, action: Action, stack: int, registers: Registers) -> Registers:
    """Return the registers with which a handler begins: its arguments, its stack, and where it returns to."""
    x = list(registers.x)
    return_address, stack_pointer, argument = 1, 2, 10
    x[return_address - 1], x[stack_pointer - 1] = SIGRETURN, stack
    x[argument - 1 : argument + 2] = signal, stack, stack + 128
    return msgspec.structs.replace(registers, pc=action.handler, x=tuple(x))
