"""The CPU of a node, and the processes that compete for it: who has it, until when, and how its time is counted.

```
            preempted: quantum, priority, yield
        +-----------------------------------------+
        v                                         |
 ready queue ----- choose: context switch ----> burst -----> a trap: see `traps`
 (foreground, background)                       start + ceil(executed / ips)
```
A *burst* is what the running process executes from one instant on: its time is counted from there, not from where a window begins; after
n instructions it is `start + ceil(n / ips)`. The kernel's own work (`charge`) lets the next burst begin later.

Time is charged for instructions here; when the host executes them is another matter (see `ahead`). What has been executed ahead tells how
long the process leaves everybody alone (`quiet_ns`), and when the CPU has to be let run again at the latest (`next_ns`).

An instruction that cannot be executed shows that when it would have been done, not when it begins: until then nobody has tried it, and the
window may have ended. It is tried again from its beginning, so the attempt itself costs nothing.
"""

from __future__ import annotations

from typing import Protocol

from nodes.kernel.agenda import Timer
from nodes.kernel.ahead import DONE
from nodes.kernel.cpu import BudgetSpent, Cpu, Stop
from nodes.kernel.kernel import Kernel
from nodes.kernel.process import Process, State, Why
from nodes.kernel.scheduler import SCHEDULERS, Came, Scheduler
from nodes.wire.control import CpuAccount
from nodes.wire.events import NodeSlowed, ProcessDispatched, ProcessPreempted, ProcessPutBack
from nodes.wire.ids import Pid
from nodes.wire.parameters import NEVER_NS, SECOND_NS, NodeParameters


class TrapHandler(Protocol):
    """Who does what the running process cannot do alone. See `traps`."""

    def handle(self, process: Process, cpu: Cpu, stop: Stop, work_due: int | None) -> None: ...

    def system_call(self, process: Process, cpu: Cpu) -> None: ...

    def signal(self, process: Process, signal: int) -> None: ...


class Processor:
    """One CPU with its two ready queues."""

    def __init__(self, kernel: Kernel, parameters: NodeParameters) -> None:
        self.kernel = kernel
        self.traps: TrapHandler
        """Handed in when the node is put together."""
        self.ips = parameters.ips
        """Instructions a second, as fast as it runs just now."""
        self.running: Process | None = None
        """The process that has the CPU."""
        self._nominal_ips = parameters.ips
        self._context_switch_ns = parameters.costs.context_switch_ns
        self._foreground = SCHEDULERS[parameters.scheduler](parameters.quantum_ns)
        self._background = SCHEDULERS[parameters.scheduler](parameters.quantum_ns)
        """The processes that get the CPU when nobody in the foreground wants it."""
        self._last: Pid | None = None
        self._start_ns = kernel.now
        """When the CPU begins, or began, to execute the running process's instructions; later than now while the kernel works."""
        self._executed = 0
        """Instructions since then."""
        self._kernel_ns = self._alone_ns = 0
        """How long the kernel has worked, with what was lost of instructions that it interrupted; of it, while nobody had the CPU."""
        self._slice_end_ns: int | None = None
        self._tick: Timer | None = None
        self._tick_due_ns = kernel.now
        """When replacement is to be told of the next tick, or as soon as a process runs after that."""

    # -------------------------------------------------------------------------------------------------- the ready queues

    def _queue_of(self, process: Process) -> Scheduler:
        return self._background if process.background else self._foreground

    def enter(self, process: Process) -> None:
        """Let a process that has just become ready compete for the CPU; it gets it at once if it may."""
        self._queue_of(process).enter(process, Came.FRESH, self.kernel.now)
        self._preempt_for(process)

    def remove(self, process: Process) -> None:
        """Take a ready process out of its queue."""
        self._queue_of(process).remove(process)

    def put_back(self, process: Process, background: bool) -> None:
        """Let a process have the CPU only when nobody in the foreground wants it, or as all others again."""
        if process.background == background:
            return
        if process is self.running:
            self.preempt(process, "priority", Came.PUT_BACK)
        if process.state is State.READY:
            self._queue_of(process).remove(process)
        process.background = background
        self.kernel.emit(ProcessPutBack(process.pid, background))
        if process.state is State.READY:
            self._queue_of(process).enter(process, Came.PUT_BACK, self.kernel.now)
            self._preempt_for(process)

    def _preempt_for(self, process: Process) -> None:
        """Let a process that has just come to the ready queue have the CPU at once, if it may."""
        running = self.running
        self.settle_burst()  # a policy may ask how long it has run
        if running is None or (process.background and not running.background):
            return
        if process.background != running.background or self._queue_of(process).preempts(process, running):
            self.preempt(running, "priority", Came.PUT_BACK)

    def preempt(self, process: Process, reason: str, came: Came) -> None:
        """Take the CPU from the running process, which could go on, and let it queue again."""
        self.take_away(process)
        self.kernel.emit(ProcessPreempted(process.pid, reason, *process.used))
        process.move(Why.PREEMPTED)
        self._queue_of(process).enter(process, came, self.kernel.now)

    def take_away(self, process: Process) -> None:
        """Take the CPU from the running process."""
        self.settle_burst()
        self._lose_instruction()
        self._alone_ns += max(0, self._start_ns - self.kernel.now)
        self.kernel.faults.report(process)
        if self._tick is not None:
            self._tick.cancel()
        self.running = None

    # --------------------------------------------------------------------------------------------------------- the burst

    @property
    def is_wanted(self) -> bool:
        """Whether the CPU is free, and somebody is ready."""
        return self.running is None and not (self._foreground.is_empty() and self._background.is_empty())

    def dispatch(self) -> None:
        """Give the free CPU to the process whose turn it is, if one is ready. All else that happens at this instant has happened."""
        now_ns = self.kernel.now
        process = self._foreground.choose(now_ns) or self._background.choose(now_ns)
        if process is None:
            return
        process.move(Why.DISPATCHED)
        process.account.dispatches += 1
        self.running = process
        self._executed = 0
        self._alone_ns -= max(0, self._start_ns - self.kernel.now)
        self._start_ns = max(self._start_ns, self.kernel.now)
        if process.pid != self._last:
            self._spend(self._context_switch_ns)
            self._last = process.pid
        self._begin_slice(process)
        process.space.note_resumed()
        self._wind_up()
        self.kernel.emit(ProcessDispatched(process.pid))

    def _wind_up(self) -> None:
        """Let replacement be told of the tick that comes while processes run, where it wants to be. Idle, a node has no ticks."""
        tick_ns = self.kernel.pager.policy.tick_ns
        if tick_ns is not None:
            self._tick_due_ns = max(self._tick_due_ns, self.kernel.now)
            self._tick = self.kernel.call_later(self._tick_due_ns - self.kernel.now, self._ticked)

    def _ticked(self) -> None:
        policy = self.kernel.pager.policy
        policy.tick()
        self._tick_due_ns = self.kernel.now + (policy.tick_ns or 0)
        self._wind_up()

    def _begin_slice(self, process: Process) -> None:
        """Let the quantum begin with the burst."""
        slice_ns = self._slice_ns(process)
        self._slice_end_ns = None if slice_ns is None else self._start_ns + slice_ns

    def _slice_ns(self, process: Process) -> int | None:
        """Return how long a quantum is: long enough for one instruction, or a slow CPU would never execute any."""
        quantum_ns = self._queue_of(process).quantum_ns(process)
        return None if quantum_ns is None else max(quantum_ns, -(-SECOND_NS // self.ips))

    def run(self, limit_ns: int) -> bool:
        """Execute the running process up to `limit_ns`, the end of its quantum at most.

        Returns True as soon as something came of it, False at the limit.
        """
        process = self.running
        assert process is not None
        if process.retries_call:
            if self._start_ns > limit_ns:
                return False
            self.kernel.pass_to(self._start_ns)
            process.retries_call = False
            self.traps.system_call(process, process.space.cpu)
            return True
        signal = process.signals.deliverable if process.signals.pending else None
        if signal is not None:
            return self._call_handler(process, signal, limit_ns)
        budget = (limit_ns - self._start_ns) * self.ips // SECOND_NS - self._executed
        if budget > 0:
            space, work_due = process.space, process.work_due
            most = process.work_left
            stop, charged = space.lead.run(budget if most is None else min(budget, most), most)
            self._executed += charged
            if type(stop) is not BudgetSpent or (work_due is not None and space.instructions == work_due):
                if isinstance(stop, DONE):
                    self.kernel.pass_to(self._executed_ns(self._executed))
                else:
                    shown_ns = self._executed_ns(self._executed + 1)
                    self._begin_burst(self._executed_ns(self._executed))
                    self.kernel.pass_to(shown_ns)
                self.traps.handle(process, space.cpu, stop, work_due)
                return True
        return False

    def _call_handler(self, process: Process, signal: int, limit_ns: int) -> bool:
        """Let the running process do what it wants with a signal, as soon as the kernel has time for it. Returns as `run` does."""
        self.settle_burst()
        if self._start_ns > limit_ns:
            return False
        self.kernel.pass_to(self._start_ns)
        self.traps.signal(process, signal)
        return True

    def quantum_ends_ns(self) -> int | None:
        """Return when the quantum of the running process ends; None: never, or there is none."""
        return None if self.running is None else self._slice_end_ns

    def end_quantum(self) -> None:
        """The quantum of the running process ends now. All else of this instant has happened: who has come stands before it."""
        process = self.running
        assert process is not None
        self.settle_burst()
        self.kernel.faults.report(process)
        queue = self._queue_of(process)
        if queue.is_empty() and queue.quantum_ns(process) is not None:
            self._lose_instruction()
            self._begin_slice(process)
            return  # alone: it goes on without a switch
        self.preempt(process, "quantum", Came.QUANTUM_USED)

    # -------------------------------------------------------------------------------------------------------------- time

    def next_ns(self, until_ns: int) -> int | None:
        """Return when the CPU next does anything, now that it has executed up to `until_ns`; None: nobody wants it.

        A slice can end before its burst begins: the kernel's work has taken what was left of it. And what the CPU does at an instant
        belongs to the window that ends there, not to one that begins there; so that window has to begin a nanosecond before.
        """
        process = self.running
        if process is None:
            return until_ns if self.is_wanted else None
        first_ns = self._start_ns
        if not self._calls_kernel_first(process):
            first_ns = self._executed_ns(self._executed + process.space.lead.asks_after(process.work_left))
        if self._slice_end_ns is not None and self._shows_end_of_slice(process):
            first_ns = min(first_ns, self._slice_end_ns)
        return max(until_ns, first_ns - 1)

    def quiet_ns(self, until_ns: int) -> int | None:
        """Return an instant before which no process can stop and do anything, now that the CPU has executed up to `until_ns`; None: never.

        What the end of a quantum itself shows is not reckoned with.
        """
        process = self.running
        if process is None:
            return until_ns if self.is_wanted else None
        if self._calls_kernel_first(process):
            return max(until_ns, self._start_ns - 1)
        first_ns = self._executed_ns(self._executed + process.space.lead.stops_after(process.work_left))
        if self._slice_end_ns is not None and self._slice_end_ns < first_ns:
            for queue in (self._foreground, self._background):
                for other in queue.queue(until_ns):
                    ahead = 0 if self._calls_kernel_first(other) else other.space.lead.stops_after(other.work_left)
                    first_ns = min(first_ns, self._slice_end_ns + -(-ahead * SECOND_NS // self.ips))
        return max(until_ns, first_ns - 1)

    @staticmethod
    def _calls_kernel_first(process: Process) -> bool:
        """Tell whether a process, when it has the CPU, calls the kernel before it executes anything."""
        return process.retries_call or (bool(process.signals.pending) and process.signals.deliverable is not None)

    def _shows_end_of_slice(self, process: Process) -> bool:
        """Tell whether anybody sees the quantum of the running process end: another gets the CPU, or there is something to report."""
        return not self._queue_of(process).is_empty() or self.kernel.faults.has_to_report(process)

    def _executed_ns(self, count: int) -> int:
        """Return when a number of instructions of the burst are done."""
        return self._start_ns + -(-count * SECOND_NS // self.ips)

    def settle_burst(self) -> None:
        """Book the instructions executed since the burst began, and begin a new one now."""
        if self.running is not None and self._executed:
            self._begin_burst(self.kernel.now)

    def _begin_burst(self, start_ns: int) -> None:
        """Book the instructions executed since the burst began, and begin a new one. What is left over of the time was not theirs."""
        assert self.running is not None
        used_ns = -(-self._executed * SECOND_NS // self.ips)
        self.running.account.cpu_ns += used_ns
        self._kernel_ns += start_ns - self._start_ns - used_ns
        self._executed = 0
        self._start_ns = start_ns

    def _lose_instruction(self) -> None:
        """Let an instruction that is not done begin anew. The burst is settled."""
        if self.running is not None and self._start_ns < self.kernel.now:
            self._begin_burst(self.kernel.now)

    def account(self) -> CpuAccount:
        """Return what the CPU has done so far, and how it goes on. Changes nothing."""
        running = self.running
        if running is None:
            return CpuAccount(self._kernel_ns, self._alone_ns, self._start_ns)
        instructions, cpu_ns = running.used
        return CpuAccount(
            self._kernel_ns,
            self._alone_ns,
            self._start_ns,
            running.pid,
            instructions - self._executed,
            cpu_ns,
            self.ips,
            self._slice_end_ns,
            self._slice_ns(running) or 0,
        )

    def charge(self, cost_ns: int) -> None:
        """Let the kernel's own work take time: no process is executed meanwhile, and the instruction that was begun is done later."""
        self.settle_burst()
        if self.running is None:
            self._start_ns = max(self._start_ns, self.kernel.now)
            self._alone_ns += self._spend(cost_ns)
        else:
            self._spend(cost_ns)

    def _spend(self, cost_ns: int) -> int:
        """Let the kernel work before the CPU executes anything, at most until the end of time; return for how long."""
        spent_ns = min(cost_ns, NEVER_NS - self._start_ns)
        self._start_ns += spent_ns
        self._kernel_ns += spent_ns
        return spent_ns

    def set_speed(self, percent: int) -> None:
        """Run at another speed from now on. The burst is settled."""
        self._lose_instruction()
        self._start_ns = max(self._start_ns, self.kernel.now)
        self.ips = max(1, self._nominal_ips * percent // 100)
        self.kernel.emit(NodeSlowed(percent, self.ips))

    def stand_still(self, since_ns: int) -> None:
        """Make up for the time in which this node did not exist: the CPU did nothing, and the quantum did not run."""
        if self.running is not None:
            pause_ns = self.kernel.now - since_ns
            self._start_ns = min(self._start_ns + pause_ns, NEVER_NS)
            if self._slice_end_ns is not None:
                self._slice_end_ns += pause_ns
