"""Delivering signals, and the timers that send some: what the kernel does between two instructions of a process."""

from __future__ import annotations

import contextlib
import errno
import struct

from nodes.kernel.arguments import after
from nodes.kernel.cpu import Access
from nodes.kernel.gate import Gate
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.mail import MailService
from nodes.kernel.memory import Violation
from nodes.kernel.process import Process, State, WaitingFor, interrupts
from nodes.kernel.services import Service
from nodes.kernel.signals import (
    CATCHABLE,
    FRAME_BYTES,
    SIG_DFL,
    SIG_IGN,
    SIGCONT,
    SIGKILL,
    SIGNAL_NAMES,
    SIGSEGV,
    SMALLEST_STACK_BYTES,
    STOPPING,
    AlternateStack,
    DefaultAction,
    IntervalTimer,
    Sent,
    default_action,
    frame,
    handler_registers,
    unpack_frame,
)
from nodes.wire.events import SignalDelivered
from nodes.wire.packets import Letter, SignalSent
from nodes.wire.parameters import SECOND_NS
from nodes.wire.reasons import Reason, reason

_NANOSLEEP, _CLOCK_NANOSLEEP, _ABSOLUTE = 101, 115, 1


class SignalService(Service):
    """Signals on one node. A letter may bring one."""

    def __init__(self, kernel: Kernel, lifecycle: Lifecycle, mail: MailService, gate: Gate) -> None:
        self.kernel = kernel
        self.lifecycle = lifecycle
        self.mail = mail
        self.gate = gate
        kernel.register(self)
        mail.handlers.add({SignalSent: self._letter})

    def _letter(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, SignalSent)
        if process is not None:
            sender = letter.body.by or reason("the-user")
            self.send(process, letter.body.signal, reason("sent-by", sender=sender), letter.body.number)

    def send(self, process: Process, signal: int, why: Reason, sender: int = 0) -> None:
        """Send a signal to a process of this node: it is ignored, it waits, it stops, continues or ends the process, or calls a handler.

        Of two that cancel each other out, SIGCONT and those that stop, the later one holds.
        """
        state = process.signals
        for other in STOPPING if signal == SIGCONT else (SIGCONT,) if signal in STOPPING else ():
            state.pending.pop(other, None)
        if signal == SIGCONT:
            self.lifecycle.continue_stopped(process, why)
        if signal in CATCHABLE and state.blocks(signal):
            state.pending[signal] = Sent(sender, why)
            if isinstance(process.waiting, WaitingFor) and process.waiting.what == "signals":
                self.lifecycle.wake(process)
            return
        handler = state.action(signal).handler if signal in CATCHABLE else SIG_DFL
        match handler:
            case _ if handler == SIG_IGN:
                pass
            case _ if handler == SIG_DFL and not _has_to_wait(process, signal):
                self._act(process, signal, why)
            case _:
                state.pending[signal] = Sent(sender, why)
                if process.state is State.BLOCKED and interrupts(process.waiting):
                    self.interrupt(process)

    def _act(self, process: Process, signal: int, why: Reason) -> None:
        """Do with a process what a signal does by default."""
        match default_action(signal):
            case DefaultAction.TERMINATE:
                ended_by = reason("signalled", signal=SIGNAL_NAMES[signal], why=why)
                self.lifecycle.end_process(process, signal=signal, why=ended_by)
            case DefaultAction.STOP:
                self.lifecycle.stop(process, SIGNAL_NAMES[signal], why)
            case DefaultAction.IGNORE | DefaultAction.CONTINUE:
                pass

    def punish(self, process: Process, signal: int, why: Reason, code: int, address: int) -> None:
        """Let the running process feel what it has done wrong: its handler of the signal runs, or it ends.

        What ignores or blocks the signal of its own trap would trap again, for ever: it ends, too.
        """
        state = process.signals
        if state.blocks(signal) or state.action(signal).handler in (SIG_DFL, SIG_IGN):
            self.lifecycle.end_process(process, signal=signal, why=why)
        else:
            state.pending[signal] = Sent(0, why, (code, address))

    def interrupt(self, process: Process) -> None:
        """End the wait of a blocked process: its system call fails, or begins again after the handler."""
        process.note_interrupted(process.waiting, self.kernel.now)
        self.lifecycle.wake_for_signal(process)

    # ----------------------------------------------------------------------------------------------- the running process

    def deliver(self, process: Process, signal: int) -> None:
        """Let the running process, which stands between two instructions, do what it wants with a pending signal.

        Raises what touching its stack does: then nothing has changed.
        """
        state, space = process.signals, process.space
        action = state.action(signal)
        if action.handler in (SIG_IGN, SIG_DFL):  # it was blocked when it came, or the process was stopped
            sent = state.pending.pop(signal)
            if action.handler == SIG_DFL:
                self._act(process, signal, sent.reason)
            return
        registers = space.cpu.dump()
        stack = state.stack_for(action, registers.x[1])
        try:
            if stack is None:
                raise Violation(reason("alternate-stack-full"))
            space.touch(stack, FRAME_BYTES, Access.WRITE)
        except Violation as violation:
            ended_by = reason("handler-violation", why=violation.why)
            self.lifecycle.end_process(process, signal=SIGSEGV, why=ended_by)
            return
        if state.interrupted is not None and not state.restarts(signal):
            self._tell_rest(process)
            space.cpu.finish_system_call(-errno.EINTR)
            process.call_deadline_ns = None
            registers = space.cpu.dump()
        sent, alternate = state.pending[signal], state.alternate
        mask = state.enter_handler(signal)
        space.write(stack, frame(signal, sent, mask, registers, alternate))
        space.cpu.restore(handler_registers(signal, action, stack, registers))
        self.kernel.emit(SignalDelivered(process.pid, SIGNAL_NAMES[signal], sent.sender))

    def _tell_rest(self, process: Process) -> None:
        """Write how long an interrupted sleeper would still have slept to where it wants to know that."""
        cpu = process.space.cpu
        match cpu.system_call_number():
            case number if number == _NANOSLEEP:
                address = cpu.argument(1)
            case number if number == _CLOCK_NANOSLEEP and not cpu.argument(1) & _ABSOLUTE:
                address = cpu.argument(3)
            case _:
                return
        if address:
            with contextlib.suppress(Violation):
                process.space.write(address, struct.pack("<qq", *divmod(process.signals.left_ns, SECOND_NS)))

    def return_from_handler(self, process: Process) -> None:
        """Restore what lies on the stack of the running process. Raises Violation, and what touching its stack does."""
        cpu = process.space.cpu
        content = process.space.read(cpu.read_register("sp"), FRAME_BYTES)
        mask, registers, alternate = unpack_frame(content, cpu.dump())
        process.signals.set_mask(mask)
        cpu.restore(registers)
        if alternate is not None:
            set_alternate_stack(process, alternate)

    # ------------------------------------------------------------------------------------------------------------- timers

    def arm(self, process: Process, number: int) -> None:
        """Let a timer of a process of this node run, if it is set."""
        self.disarm(process, number)
        timer = process.signals.timers[number]
        if timer.counts_work:
            process.work_due = process.signals.work_due()
        elif timer.expires is not None:
            delay_ns = max(0, timer.expires - self.kernel.now)
            process.armed[number] = self.kernel.call_later(delay_ns, lambda: self._expire(process, number, timer))

    def disarm(self, process: Process, number: int) -> None:
        """Let a timer not go off here."""
        armed = process.armed.pop(number, None)
        if armed is not None:
            armed.cancel()

    def _expire(self, process: Process, number: int, timer: IntervalTimer) -> None:
        if timer.interval:
            timer.expires = after(self.kernel.now, timer.interval)
            self.arm(process, number)
        else:
            timer.expires = None
            del process.armed[number]
        if timer.signal:
            self.send(process, timer.signal, reason("timer"))

    def expire_work(self, process: Process) -> None:
        """Let the timers go off that count the work of a process: it has done as much as one of them waits for."""
        state, done = process.signals, process.space.instructions
        due = [timer for timer in state.timers.values() if timer.counts_work and timer.expires == done]
        for timer in due:
            timer.expires = after(done, timer.interval) if timer.interval else None
        process.work_due = state.work_due()
        for timer in due:
            if timer.signal and process.pid in self.kernel.processes:
                self.send(process, timer.signal, reason("timer"))

    def process_frozen(self, process: Process) -> None:
        """Stop the timers of a process that is to move; what is left of their time moves along."""
        for number, timer in process.signals.timers.items():
            self.disarm(process, number)
            if timer.expires is not None and not timer.counts_work:
                timer.expires = max(0, timer.expires - self.kernel.now)

    def process_thawed(self, process: Process) -> None:
        """Let the timers of a process go on that was frozen."""
        for number, timer in process.signals.timers.items():
            if timer.expires is not None and not timer.counts_work:
                timer.expires = after(self.kernel.now, timer.expires)
            self.arm(process, number)

    def process_left(self, process: Process) -> None:
        """Stop the timers of a process that is here no longer."""
        self._disarm_all(process)

    def process_ending(self, process: Process) -> None:
        """Stop the timers of a process that has ended."""
        self._disarm_all(process)

    def _disarm_all(self, process: Process) -> None:
        for number in list(process.armed):
            self.disarm(process, number)


def _has_to_wait(process: Process, signal: int) -> bool:
    """Tell whether a signal cannot yet do what it does by default: the process is stopped, or has to begin to run before it can be."""
    if process.state is State.STOPPED:
        return signal != SIGKILL
    return process.state in (State.NEW, State.FROZEN) and default_action(signal) is DefaultAction.STOP


def set_alternate_stack(process: Process, alternate: AlternateStack) -> int:
    """Give handlers another stack, or none; return 0, or the negative errno of what is not possible."""
    state = process.signals
    if state.alternate.holds(process.space.cpu.read_register("sp")):
        return -errno.EPERM
    if 0 < alternate.size < SMALLEST_STACK_BYTES:
        return -errno.ENOMEM
    state.set_stack(alternate)
    return 0
