"""What happens to the processes of a node: they come, become ready, wait, stand still, leave and end.

Every step follows an arrow of the state diagram (`process.TRANSITIONS`), is reported as an event, and is told to the services. What a
process has elsewhere than in its control block (timers, output that is not reported, links) is theirs to look after.
"""

from __future__ import annotations

from nodes.kernel.arguments import after
from nodes.kernel.kernel import Kernel
from nodes.kernel.memory import AddressSpace
from nodes.kernel.process import (
    Process,
    Sleeping,
    State,
    Waiting,
    WaitingFor,
    WaitingForSignal,
    Why,
    interrupts,
)
from nodes.kernel.processor import Processor
from nodes.kernel.services import Service
from nodes.kernel.signals import SIGNAL_NAMES
from nodes.wire.events import (
    ProcessBlocked,
    ProcessContinued,
    ProcessExited,
    ProcessFrozen,
    ProcessReady,
    ProcessRemoved,
    ProcessStopped,
    ProcessThawed,
)
from nodes.wire.reasons import Reason, reason


class Lifecycle:
    """The processes of one node, from state to state."""

    def __init__(self, kernel: Kernel, processor: Processor) -> None:
        self.kernel = kernel
        self.processor = processor

    def admit(self, process: Process) -> None:
        """Put a process that has arrived, complete and FROZEN or NEW, into the table. It does not run yet."""
        self.kernel.processes[process.pid] = process
        self.kernel.services.tell(Service.process_came, process)

    def make_ready(self, process: Process, why: Why) -> None:
        """Let a process that is new, woken or thawed compete for the CPU."""
        process.move(why)
        process.waiting = None
        self.processor.enter(process)
        self.kernel.services.tell(Service.process_ready, process)

    def block(self, process: Process, waiting: Waiting, why: Why = Why.WAITS) -> None:
        """Let a process wait; a sleeper is woken by a timer."""
        if process is self.processor.running:
            self.processor.take_away(process)
        process.move(why)
        process.waiting = waiting
        match waiting:
            case Sleeping(deadline_ns, result):
                on, ends = "sleep", lambda: self.finish_wait(process, result)
            case WaitingForSignal():
                on, deadline_ns, ends = "signal", None, lambda: None
            case WaitingFor(on, deadline_ns, result):
                ends = lambda: self.finish_wait(process, result)  # noqa: E731
        self.kernel.emit(ProcessBlocked(process.pid, on, *process.used))
        if deadline_ns is not None:
            process.alarm = self.kernel.call_later(max(0, deadline_ns - self.kernel.now), ends)
        self.kernel.services.tell(Service.process_blocked, process)

    def wake(self, process: Process) -> None:
        """Let a process that is WaitingFor something try again. Harmless if it no longer waits."""
        waiting = process.waiting
        if process.state is State.BLOCKED and isinstance(waiting, WaitingFor):
            self._stop_alarm(process)
            process.retries_call = waiting.call
            self.kernel.emit(ProcessReady(process.pid))
            self.make_ready(process, Why.WOKEN)

    def wake_for_signal(self, process: Process) -> None:
        """Let a process that was blocked in a system call run a signal handler before anything else."""
        self._stop_alarm(process)
        self.kernel.emit(ProcessReady(process.pid))
        self.make_ready(process, Why.WOKEN)

    def finish_wait(self, process: Process, result: int) -> None:
        """Let the system call in which a process is blocked return `result`."""
        self._stop_alarm(process)
        process.call_deadline_ns = None
        process.space.cpu.finish_system_call(result)
        self.kernel.emit(ProcessReady(process.pid))
        self.make_ready(process, Why.WOKEN)

    def freeze(self, process: Process) -> None:
        """Take a process from the CPU, the ready queue or its wait, so that nothing changes it any more."""
        match process.state:
            case State.RUNNING:
                self.processor.take_away(process)
            case State.READY:
                self.processor.remove(process)
            case _:
                self._stop_alarm(process)
                if isinstance(process.waiting, Sleeping):
                    process.waiting = Sleeping(
                        max(0, process.waiting.deadline_ns - self.kernel.now), process.waiting.result
                    )
        if process.call_deadline_ns is not None:
            process.call_deadline_ns = max(0, process.call_deadline_ns - self.kernel.now)
        self.kernel.services.tell(Service.process_halting, process)
        process.frozen_from = process.state
        self.kernel.emit(ProcessFrozen(process.pid, process.state.value, *process.used))
        process.move(Why.FROZEN)
        self.kernel.services.tell(Service.process_frozen, process)

    def thaw(self, process: Process) -> None:
        """Let a frozen process be what it was: one that was stopped stays so, another goes on, for what was left of its time."""
        was, process.frozen_from = process.frozen_from, None
        self.kernel.emit(ProcessThawed(process.pid))
        if process.call_deadline_ns is not None:
            process.call_deadline_ns = after(self.kernel.now, process.call_deadline_ns)
        if isinstance(process.waiting, Sleeping):
            process.waiting = Sleeping(after(self.kernel.now, process.waiting.deadline_ns), process.waiting.result)
        if was is State.STOPPED:
            process.move(Why.THAWED_STOPPED)
        else:
            self._go_on(process, Why.THAWED_BLOCKED, Why.THAWED_READY)
        self.kernel.services.tell(Service.process_thawed, process)

    def _go_on(self, process: Process, blocked: Why, ready: Why) -> None:
        """Let a process go on where it was: who slept sleeps on, who waited for something looks again."""
        match process.waiting:
            case Sleeping() | WaitingForSignal() as waiting:
                self.block(process, waiting, blocked)
            case WaitingFor(call=call):
                process.retries_call = call
                self.make_ready(process, ready)
            case None:
                self.make_ready(process, ready)

    def stop(self, process: Process, signal: str, why: Reason) -> None:
        """Let a process stand still until it is continued; what it waits for may come meanwhile. It may be stopped already."""
        match process.state:
            case State.RUNNING:
                self.processor.take_away(process)
            case State.READY:
                self.processor.remove(process)
            case State.BLOCKED:
                self._stop_alarm(process)
            case _:
                return
        process.move(Why.STOPPED)
        self.kernel.emit(ProcessStopped(process.pid, signal, why, *process.used))

    def continue_stopped(self, process: Process, why: Reason) -> None:
        """Let a process that is stopped go on, if it is; a signal that has come meanwhile ends its wait."""
        if process.state is not State.STOPPED:
            return
        self.kernel.emit(ProcessContinued(process.pid, why))
        if process.signals.deliverable is not None and interrupts(process.waiting):
            process.note_interrupted(process.waiting, self.kernel.now)
            process.waiting = None
        self._go_on(process, Why.CONTINUED_BLOCKED, Why.CONTINUED_READY)

    def give_up(self, process: Process) -> AddressSpace:
        """Forget a process that is owned elsewhere now; its address space is the caller's, who has to `free_space` it."""
        del self.kernel.processes[process.pid]
        self._stop_alarm(process)
        self.kernel.emit(ProcessRemoved(process.pid))
        self.kernel.services.tell(Service.process_left, process)
        return process.space

    def end_process(
        self, process: Process, *, exit_code: int | None = None, signal: int | None = None, why: Reason | None = None
    ) -> None:
        """End a process, by its own will (`exit_code`) or by a signal, and free all that it had."""
        if process is self.processor.running:
            self.processor.take_away(process)
        elif process.state is State.READY:
            self.processor.remove(process)
        self.kernel.faults.report(process)
        self.kernel.services.tell(Service.process_halting, process)
        process.move(Why.ENDED)
        self.kernel.emit(
            ProcessExited(
                process.pid,
                exit_code,
                None if signal is None else SIGNAL_NAMES[signal],
                why or reason("exit", code=str(exit_code)),
                *process.used,
            )
        )
        self.kernel.services.tell(Service.process_ending, process)
        del self.kernel.processes[process.pid]
        self._stop_alarm(process)
        self.kernel.free_space(process.space)
        self.kernel.count_frames()
        self.kernel.services.tell(Service.process_ended, process.pid)

    @staticmethod
    def _stop_alarm(process: Process) -> None:
        if process.alarm is not None:
            process.alarm.cancel()
            process.alarm = None
