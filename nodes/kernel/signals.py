"""Signals and timers of a process, as plain data: what it has asked for, what is pending, and the frame under a signal handler.

A handler runs like a function that the process calls between two instructions. The kernel puts a frame on the stack, as Linux lays it out
for riscv64, with all registers and the mask, and lets the handler return to SIGRETURN, where nothing is: so it hears that the handler is
done, and restores what is in the frame. That is what the process may have changed there.

```
 sp -> siginfo      128 bytes: number, code, pid of the sender
       ucontext     176 bytes: flags, link, stack, mask
       registers    pc, x1 .. x31, and room for those of a floating point unit
```
"""

from __future__ import annotations

import enum
import struct

import msgspec

from nodes.kernel.cpu import Registers


class DefaultAction(enum.Enum):
    TERMINATE = "terminate"
    IGNORE = "ignore"


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
    17: "SIGCHLD",
    18: "SIGCONT",
    19: "SIGSTOP",
    20: "SIGTSTP",
    23: "SIGURG",
    28: "SIGWINCH",
} | {number: f"SIG{number}" for number in (16, 21, 22, 24, 25, 26, 27, 29, 30, 31, *range(32, 65))}
"""By Linux's number for riscv64."""

NUMBERS = {name: number for number, name in SIGNAL_NAMES.items()}
SIG_DFL, SIG_IGN = 0, 1
SIGILL, SIGTRAP, SIGBUS, SIGKILL, SIGSEGV, SIGALRM, SIGSTOP = 4, 5, 7, 9, 11, 14, 19
CATCHABLE = frozenset(SIGNAL_NAMES) - {SIGKILL, SIGSTOP}

_IGNORED = frozenset({17, 18, 19, 20, 21, 22, 23, 28})


def default_action(signal: int) -> DefaultAction:
    """Return what `signal` does by default. Stopping a process by a signal is not supported: it is ignored."""
    return DefaultAction.IGNORE if signal in _IGNORED else DefaultAction.TERMINATE


# ------------------------------------------------------------------------------------------------------- of one process

SA_RESTART, SA_NODEFER, SA_RESETHAND = 0x10000000, 0x40000000, 0x80000000
SIGRETURN = 0x3F_FFFF_F000
"""The last page of the user's addresses, where nothing is ever mapped: a handler that returns comes here."""
FRAME_BYTES = 128 + 176 + 32 * 8 + 528
_MASK_AT, _REGISTERS_AT = 128 + 40, 128 + 176
REAL_TIMER = -1
"""The number of the timer of setitimer and alarm; those of timer_create count from 0."""
MAX_TIMERS = 32
SHORTEST_INTERVAL_NS = 10_000
"""A timer that is to go off more often goes off so often."""
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
    reason: str
    """In words."""


class IntervalTimer(msgspec.Struct):
    """A timer that sends a signal, once or again and again."""

    signal: int
    """0: it only counts."""
    expires_ns: int | None = None
    """The instant when it goes off next; None: it does not run. While the process is frozen: how long it still has."""
    interval_ns: int = 0
    """0: it goes off once."""


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

    @property
    def deliverable(self) -> int | None:
        """The first pending signal that is not blocked."""
        if not self.pending:
            return None
        return min((signal for signal in self.pending if not self.blocks(signal)), default=None)

    def blocks(self, signal: int) -> bool:
        """Tell whether a signal has to wait."""
        return bool(self.mask >> (signal - 1) & 1)

    def action(self, signal: int) -> Action:
        """Return what is to be done with a signal; the defaults are written out."""
        action = self.actions.get(signal, _DEFAULT)
        if action.handler == SIG_DFL and default_action(signal) is DefaultAction.IGNORE:
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
        self.mask |= action.mask | (0 if action.flags & SA_NODEFER else 1 << (signal - 1))
        if action.flags & SA_RESETHAND:
            del self.actions[signal]
        return before

    def set_mask(self, mask: int) -> None:
        """Block exactly these signals; those that cannot be blocked are left out."""
        self.mask = mask & ~(1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1))


_DEFAULT, _IGNORE = Action(SIG_DFL), Action(SIG_IGN)


def frame(signal: int, sender: int, mask: int, registers: Registers) -> bytes:
    """Return what lies under a handler on the stack."""
    code = 0 if sender else 0x80  # SI_USER, SI_KERNEL
    information = struct.pack("<iiiiii", signal, 0, code, 0, sender, 1000).ljust(128, b"\0")
    context = struct.pack("<QQQQQQ", 0, 0, 0, 0, 0, mask).ljust(176, b"\0")
    return (information + context + struct.pack("<32Q", registers.pc, *registers.x)).ljust(FRAME_BYTES, b"\0")


def unpack_frame(content: bytes, registers: Registers) -> tuple[int, Registers]:
    """Return the mask and the registers in a frame; what is not in it stays as in `registers`."""
    (mask,) = struct.unpack_from("<Q", content, _MASK_AT)
    pc, *x = struct.unpack_from("<32Q", content, _REGISTERS_AT)
    return mask, msgspec.structs.replace(registers, pc=pc, x=tuple(x))


def handler_registers(signal: int, action: Action, stack: int, registers: Registers) -> Registers:
    """Return the registers with which a handler begins: its arguments, its stack, and where it returns to."""
    x = list(registers.x)
    return_address, stack_pointer, argument = 1, 2, 10
    x[return_address - 1], x[stack_pointer - 1] = SIGRETURN, stack
    x[argument - 1 : argument + 2] = signal, stack, stack + 128
    return msgspec.structs.replace(registers, pc=action.handler, x=tuple(x))
