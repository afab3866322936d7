"""The kernel of one node: one loop that lets virtual time pass.

The kernel is sans-I/O: it is given messages and orders with their instants, runs up to a limit (`advance`), and leaves what it sends and
what happened in two lists. What ends up in them depends on nothing but what it was given; where the limits of the windows lie makes no
difference. Three rules see to that:

* The CPU's time is counted from the start of a burst, not of a window: after n instructions it is `start + ceil(n / ips)`.
* At one instant the CPU comes first, then orders, then messages by (source, number), then the kernel's own timers. So a trap that falls
  exactly on a window's edge belongs to that window, and everything else on the edge to the next.
* The kernel's work is charged as time during which the CPU runs nobody; it never delays what is due.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from nodes.kernel import signals, system_calls
from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import (
    Access,
    Breakpoint,
    BudgetSpent,
    Cpu,
    CpuPool,
    IllegalInstruction,
    PageFault,
    Stop,
    SystemCall,
)
from nodes.kernel.file_service import FileService
from nodes.kernel.files import FileTable
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.link_service import LinkService
from nodes.kernel.loader import ArgumentsTooLong, start_program
from nodes.kernel.mail import MailService
from nodes.kernel.memory import AddressSpace, PageElsewhere, PageWait, Place, Violation
from nodes.kernel.pager import Pager
from nodes.kernel.process import Process, Sleeping, State, Waiting, WaitingFor, WaitingForSignal, Why
from nodes.kernel.scheduler import SCHEDULERS, Came, Scheduler
from nodes.kernel.signal_delivery import SignalService, interrupts, note_interrupted
from nodes.wire.control import (
    FRAMES_IN_A_LIFE,
    AfterPause,
    AnyOrder,
    Boot,
    Delivery,
    Frame,
    KillProcess,
    LocalEvent,
    SetSpeed,
    SignalProcess,
    StartProcess,
)
from nodes.wire.events import (
    AnyEvent,
    CommandRefused,
    FramesInUse,
    MessageDelivered,
    MessageSent,
    NodeSlowed,
    NodeStarted,
    NodeSuspected,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessNotCreated,
    ProcessPreempted,
    ProcessPutBack,
    ProcessReady,
    ProcessRemoved,
    ProcessThawed,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid, make_pid
from nodes.wire.packets import HEADER_BYTES, AnyPacket, Letter, Packet, SignalSent, decode_packet, encode_packet
from nodes.wire.parameters import SECOND_NS

# What comes first at one instant, after the CPU.
_ORDER, _MESSAGE, _TIMER = 0, 1, 2


class Service(Protocol):
    """A part of the kernel that speaks to its like on other nodes."""

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Handle a message of one of the types for which the service is registered."""

    def connection_broken(self, peer: NodeName) -> None:
        """The connection to `peer` is broken: it crashed, and nothing that it sent before is still to come."""

    def process_ended(self, pid: Pid) -> None:
        """A process of this node is no more."""


class Timer:
    """Something that happens at a known instant, unless it is cancelled before."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None] | None) -> None:
        self.action = action

    def cancel(self) -> None:
        """Let it not happen. Harmless once it has."""
        self.action = None


class _Due(NamedTuple):
    """The place of a timer, an order or a message in the order of what happens."""

    time_ns: int
    rank: int
    source: str
    number: int
    timer: Timer


def _nobody_fetches(process: Process, number: int, place: Place) -> None:
    raise AssertionError(f"page {number:#x} of {process.pid} is on {place.node}, and no service fetches it")


class Kernel:
    """Mechanism of one node. Owns its processes, frames and CPUs, and the file of its disk."""

    def __init__(self, boot: Boot, pool: CpuPool, disk: int | None = None) -> None:
        self.parameters = boot.parameters
        self.name = boot.parameters.name
        self.costs = boot.parameters.costs
        self.images = boot.images
        self.frames: Frames[AddressSpace] = Frames(boot.parameters.frames)
        self.store = BackingStore(boot.parameters.disk, lambda: self.now, disk)
        self.pager = Pager(self.frames, self.store, boot.parameters.replacement, self._note_evicted)
        self.fetch_page: Callable[[Process, int, Place], None] = _nobody_fetches
        """Asked for a page that another node has, with the process that waits for it."""
        self._evicted: dict[tuple[Pid, bool], list[int]] = {}
        """Pages that left their frames and were not reported yet, and whether they were written to the disk."""
        self._pool = pool
        self._spaces: list[AddressSpace] = []
        self.processes: dict[Pid, Process] = {}
        self.now = boot.now_ns
        self.yield_requested = False
        self.down: dict[NodeName, None] = {}
        """Nodes that crashed and have not been heard of since."""
        self._services: list[Service] = []
        self._by_packet: dict[type, Service] = {}
        self._by_order: dict[type, Callable[[Any], None]] = {}
        self._boot = boot
        self._ips = boot.parameters.ips
        self._scheduler = SCHEDULERS[boot.parameters.scheduler](boot.parameters.quantum_ns)
        self._background = SCHEDULERS[boot.parameters.scheduler](boot.parameters.quantum_ns)
        """The processes that get the CPU when nobody in the foreground wants it."""
        self.on_ready: Callable[[], None] = lambda: None
        """Called whenever a process begins to compete for the CPU."""
        self.holds_new: Callable[[Process], bool] = lambda process: False
        """Long-term scheduling: says of a new process whether somebody else admits it, now or later, by `make_ready`."""
        self.page_waits = 0
        """How often a process here had to wait for a page so far: its growth is the pressure on memory."""
        self.on_traffic: Callable[[Pid, NodeName, int], None] = lambda pid, node, size: None
        """Called for all that a process here exchanges with a node over a link or reads of a file: its pid, the node, the bytes."""
        self.calls: dict[int, system_calls.SystemCall] = {}
        """System calls that services offer beyond those of every kernel, by number."""
        self._agenda: list[_Due] = []
        self._timers = 0
        self._until = boot.now_ns
        self._watched = frozenset(boot.watched)
        # The burst of the process that has the CPU.
        self._running: Process | None = None
        self._last: Pid | None = None
        self._start_ns = boot.now_ns
        """When the CPU begins, or began, to execute the running process's instructions; later than now while the kernel works."""
        self._executed = 0
        """Instructions since then."""
        self._slice_end_ns: int | None = None
        # What the window brought.
        self._frames_sent = (boot.life - 1) * FRAMES_IN_A_LIFE  # no number is used again after a restart
        self._outbox: list[Frame] = []
        self._events: list[LocalEvent] = []
        self._phase = 2
        self.emit(NodeStarted(self._ips, self.frames.total))
        self.mail = MailService(self, boot.migration.redirection, boot.life, boot.nodes)
        self.links = LinkService(self, boot.nodes)
        self.signals = SignalService(self)
        self.file_service = FileService(self, boot.files)

    def register(
        self, service: Service, packets: Iterable[type[Packet]], orders: dict[type, Callable[[Any], None]] | None = None
    ) -> None:
        """Give a service the messages of some types, and the orders of some types to functions of it."""
        self._services.append(service)
        self._by_packet |= dict.fromkeys(packets, service)
        self._by_order |= orders or {}

    def serves(self, packet: type[Packet]) -> bool:
        """Tell whether there is a service for messages of a type."""
        return packet in self._by_packet

    # ------------------------------------------------------------------------------------------------ the outside's view

    def deliver(self, delivery: Delivery) -> None:
        """Take a message that will have arrived at its instant."""
        if delivery.payload:
            assert isinstance(delivery.payload, bytes), "the node has fetched it"
            packet = decode_packet(delivery.payload)
            self._at(delivery.arrival_ns, _MESSAGE, lambda: self._receive(delivery, packet), delivery)
        else:
            self._at(delivery.arrival_ns, _MESSAGE, lambda: self._connection_broken(delivery.source), delivery)

    def order(self, at_ns: int, order: AnyOrder) -> None:
        """Take an order that is to be carried out at its instant."""
        if isinstance(order, AfterPause):
            self._pass_to(at_ns)  # first of all: what was due during the pause is late, and happens now
            self._phase = 2
            self._stand_still(order.since_ns)
            return
        self._at(at_ns, _ORDER, lambda: self._obey(order))

    def advance(self, until_ns: int) -> int:
        """Let time pass, up to `until_ns` at most, and return the instant that was reached.

        It is sooner where an answer to what was sent, or a reaction to an event that somebody waits for, could be.
        """
        self._until = until_ns
        while True:
            if self._running is None:
                self._dispatch()
            due_ns = self._agenda[0].time_ns if self._agenda else self._until
            if self._running is not None and self._run_cpu(min(due_ns, self._until)):
                continue
            if due_ns >= self._until or not self._agenda:
                break
            timer = heapq.heappop(self._agenda).timer
            if timer.action is not None:
                self._pass_to(due_ns)
                self._phase = 2
                timer.action()
        return self._until

    def next_ns(self) -> int | None:
        """Return the instant before which nothing happens here unless something arrives; None: nothing ever will."""
        while self._agenda and self._agenda[0].timer.action is None:
            heapq.heappop(self._agenda)
        due = self._agenda[0].time_ns if self._agenda else None
        if self._running is None:
            return due
        running = max(self._until, self._start_ns)
        return running if due is None else min(due, running)

    def take_results(self) -> tuple[list[Frame], list[LocalEvent]]:
        """Return what was sent and what happened since the last call."""
        results = self._outbox, self._events
        self._outbox, self._events = [], []
        return results

    # --------------------------------------------------------------------------------------------- what all parts may do

    def emit(self, event: AnyEvent) -> None:
        """Report that something happened, now."""
        self._events.append(LocalEvent(self.now, self._phase, event))
        if self._watched and kind_of(event) in self._watched:
            self._until = min(self._until, self.now + self._boot.news_ns)

    def send(self, destination: NodeName, packet: AnyPacket) -> int:
        """Put a message on the wire, now, and return its size there in bytes."""
        payload = encode_packet(packet)
        self._frames_sent += 1
        size = len(payload) + HEADER_BYTES
        self._outbox.append(Frame(self.now, self._frames_sent, destination, size, payload))
        self._until = min(self._until, self.now + self._boot.reply_ns)
        self.emit(MessageSent(self._message_name(self.name, self._frames_sent), destination, _type_of(packet), size))
        return size

    def call_later(self, delay_ns: int, action: Callable[[], None]) -> Timer:
        """Have something done after `delay_ns`."""
        return self._at(self.now + delay_ns, _TIMER, action)

    def charge(self, cost_ns: int) -> None:
        """Let the kernel's own work take time: the CPU executes no process meanwhile."""
        self._settle_burst()
        self._start_ns = max(self._start_ns, self.now) + cost_ns

    def count_frames(self) -> None:
        """Report how the frames are used."""
        frames = self.frames
        mapped = sum(len(space.pages) for space in self._spaces)
        self.emit(FramesInUse(frames.allocated, frames.reserved, frames.free, frames.total, mapped))

    def make_space(self, pid: Pid, program: str) -> AddressSpace:
        """Return an empty address space for a process, with a CPU of its own. `free_space` must follow."""
        space = AddressSpace(pid, self._pool.take(), self.images[program], self.frames, self.store, self.name)
        self._spaces.append(space)
        return space

    def free_space(self, space: AddressSpace) -> None:
        """Give back an address space, with all its frames and promises and its CPU."""
        self._spaces.remove(space)
        space.release()
        self._pool.give_back(space.cpu)

    def number_of(self, pid: Pid) -> int:
        """Return the number by which programs know a process: the same everywhere in the cluster."""
        home, _, serial = pid.rpartition(".")
        return (self._boot.nodes.index(home) + 1) * 1_000_000 + int(serial)

    def pid_numbered(self, number: int) -> Pid | None:
        """Return the pid that programs know by `number`; None: no process could have it."""
        home, serial = divmod(number, 1_000_000)
        return make_pid(self._boot.nodes[home - 1], serial) if 0 < home <= len(self._boot.nodes) and serial else None

    def process_numbered(self, number: int) -> Process | None:
        """Return the process of this node that programs know by `number`."""
        return self.processes.get(self.pid_numbered(number) or "")

    @property
    def ips(self) -> int:
        """Instructions a second, as fast as the CPU runs just now."""
        return self._ips

    @property
    def running(self) -> Process | None:
        """The process that has the CPU."""
        return self._running

    # ------------------------------------------------------------------------------------------------------- processes

    def admit(self, process: Process) -> None:
        """Put a process that has arrived, complete and FROZEN or NEW, into the table. It does not run yet."""
        self.processes[process.pid] = process

    def make_ready(self, process: Process, why: Why) -> None:
        """Let a process that is new, woken or thawed compete for the CPU."""
        process.move(why)
        process.waiting = None
        self._queue_of(process).enter(process, Came.FRESH)
        self._preempt_for(process)
        self.on_ready()

    def _preempt_for(self, process: Process) -> None:
        """Let a process that has just come to the ready queue have the CPU at once, if it may."""
        running = self._running
        self._settle_burst()  # a policy may ask how long it has run
        if running is None or (process.background and not running.background):
            return
        if process.background != running.background or self._queue_of(process).preempts(process, running):
            self._preempt(running, "priority", Came.PUT_BACK)

    def _queue_of(self, process: Process) -> Scheduler:
        return self._background if process.background else self._scheduler

    def put_back(self, process: Process, background: bool) -> None:
        """Let a process have the CPU only when nobody in the foreground wants it, or as all others again."""
        if process.background == background:
            return
        if process is self._running:
            self._preempt(process, "priority", Came.PUT_BACK)
        if process.state is State.READY:
            self._queue_of(process).remove(process)
        process.background = background
        self.emit(ProcessPutBack(process.pid, background))
        if process.state is State.READY:
            self._queue_of(process).enter(process, Came.PUT_BACK)
            self._preempt_for(process)

    def block(self, process: Process, waiting: Waiting, why: Why = Why.WAITS) -> None:
        """Let a process wait; a sleeper is woken by a timer."""
        if process is self._running:
            self._take_cpu(process)
        process.move(why)
        process.waiting = waiting
        match waiting:
            case Sleeping(deadline_ns, result):
                on, ends = "sleep", lambda: self.finish_wait(process, result)
            case WaitingForSignal():
                on, deadline_ns, ends = "signal", None, lambda: None
            case WaitingFor(on, deadline_ns, result):
                self.page_waits += on == "page"
                ends = lambda: self.finish_wait(process, result)  # noqa: E731
        self.emit(ProcessBlocked(process.pid, on))
        if deadline_ns is not None:
            process.alarm = self.call_later(max(0, deadline_ns - self.now), ends)

    def wake(self, process: Process) -> None:
        """Let a process that is WaitingFor something try again. Harmless if it waits no more."""
        waiting = process.waiting
        if process.state is State.BLOCKED and isinstance(waiting, WaitingFor):
            self._stop_alarm(process)
            process.retries_call = waiting.call
            self.emit(ProcessReady(process.pid))
            self.make_ready(process, Why.WOKEN)

    def wake_for_signal(self, process: Process) -> None:
        """Let a process that was blocked in a system call run a signal handler before anything else."""
        self._stop_alarm(process)
        self.emit(ProcessReady(process.pid))
        self.make_ready(process, Why.WOKEN)

    def finish_wait(self, process: Process, result: int) -> None:
        """Let the system call in which a process is blocked return `result`."""
        self._stop_alarm(process)
        process.call_deadline_ns = None
        process.space.cpu.finish_system_call(result)
        self.emit(ProcessReady(process.pid))
        self.make_ready(process, Why.WOKEN)

    def freeze(self, process: Process) -> None:
        """Take a process from the CPU, the ready queue or its wait, so that nothing changes it any more."""
        match process.state:
            case State.RUNNING:
                self._take_cpu(process)
            case State.READY:
                self._queue_of(process).remove(process)
            case _:
                self._stop_alarm(process)
                if isinstance(process.waiting, Sleeping):
                    process.waiting = Sleeping(max(0, process.waiting.deadline_ns - self.now), process.waiting.result)
        if process.call_deadline_ns is not None:
            process.call_deadline_ns = max(0, process.call_deadline_ns - self.now)
        self.signals.freeze(process)
        process.frozen_from = process.state
        self.emit(ProcessFrozen(process.pid, process.state.value))
        process.move(Why.FROZEN)

    def thaw(self, process: Process) -> None:
        """Let a frozen process go on where it was: a sleeper sleeps out what was left of its time, who waited for something looks again."""
        process.frozen_from = None
        self.emit(ProcessThawed(process.pid))
        if process.call_deadline_ns is not None:
            process.call_deadline_ns += self.now
        match process.waiting:
            case Sleeping(left_ns, result):
                self.block(process, Sleeping(self.now + left_ns, result), Why.THAWED_BLOCKED)
            case WaitingForSignal() as waiting:
                self.block(process, waiting, Why.THAWED_BLOCKED)
            case WaitingFor(call=call):
                process.retries_call = call
                self.make_ready(process, Why.THAWED_READY)
            case None:
                self.make_ready(process, Why.THAWED_READY)
        self.signals.thaw(process)

    def give_up(self, process: Process) -> AddressSpace:
        """Forget a process that is owned elsewhere now; its address space is the caller's, who has to `free_space` it."""
        del self.processes[process.pid]
        self._stop_alarm(process)
        self.signals.forget(process)
        self.emit(ProcessRemoved(process.pid))
        return process.space

    def end_process(
        self, process: Process, *, exit_code: int | None = None, signal: int | None = None, reason: str = ""
    ) -> None:
        """End a process, by its own will (`exit_code`) or by a signal, and free all that it had."""
        if process is self._running:
            self._take_cpu(process)
        elif process.state is State.READY:
            self._queue_of(process).remove(process)
        self._report_faults(process)
        process.move(Why.ENDED)
        self.emit(
            ProcessExited(
                process.pid,
                exit_code,
                None if signal is None else signals.SIGNAL_NAMES[signal],
                reason or f"exit({exit_code})",
                process.space.cpu.instructions,
                process.account.cpu_ns,
            )
        )
        self.links.close_all(process)
        self._forget(process)
        self.count_frames()
        for service in self._services:
            service.process_ended(process.pid)

    def signal(self, process: Process, signal: int, reason: str, sender: int = 0) -> None:
        """Deliver a signal: it is ignored, it waits, it ends the process, or it calls a handler of it."""
        self.signals.send(process, signal, reason, sender)

    def _forget(self, process: Process) -> None:
        del self.processes[process.pid]
        self._stop_alarm(process)
        self.signals.forget(process)
        self.free_space(process.space)

    @staticmethod
    def _stop_alarm(process: Process) -> None:
        if process.alarm is not None:
            process.alarm.cancel()
            process.alarm = None

    # ----------------------------------------------------------------------------------------------------------- the CPU

    def _dispatch(self) -> None:
        process = self._scheduler.choose() or self._background.choose()
        if process is None:
            return
        process.move(Why.DISPATCHED)
        process.account.dispatches += 1
        self._running = process
        self._executed = 0
        self._start_ns = max(self._start_ns, self.now)
        if process.pid != self._last:
            self._start_ns += self.costs.context_switch_ns
            self._last = process.pid
        self._begin_slice(process)
        self.emit(ProcessDispatched(process.pid))

    def _begin_slice(self, process: Process) -> None:
        """Let the quantum begin with the burst. It is long enough for one instruction, or a slow CPU would never execute any."""
        quantum_ns = self._queue_of(process).quantum_ns(process)
        shortest_ns = -(-SECOND_NS // self._ips)
        self._slice_end_ns = None if quantum_ns is None else self._start_ns + max(quantum_ns, shortest_ns)

    def _run_cpu(self, limit_ns: int) -> bool:
        """Execute the running process up to `limit_ns`. Returns True as soon as something came of it, False at the limit."""
        process = self._running
        assert process is not None
        if process.retries_call:
            if self._start_ns > limit_ns:
                return False
            self._pass_to(self._start_ns)
            process.retries_call = False
            self._system_call(process, process.space.cpu)
            return True
        signal = process.signals.deliverable if process.signals.pending else None
        if signal is not None:
            return self._call_handler(process, signal, limit_ns)
        slice_end = self._slice_end_ns
        stop_ns = limit_ns if slice_end is None or limit_ns < slice_end else slice_end
        budget = (stop_ns - self._start_ns) * self._ips // SECOND_NS - self._executed
        if budget > 0:
            cpu = process.space.cpu
            before = cpu.instructions
            stop = cpu.run(budget)
            self._executed += cpu.instructions - before
            if type(stop) is not BudgetSpent:
                self._pass_to(self._start_ns + -(-self._executed * SECOND_NS // self._ips))
                self._trap(process, cpu, stop)
                return True
        if slice_end is not None and slice_end <= limit_ns:
            self._pass_to(slice_end)
            self._quantum_expired(process)
            return True
        return False

    def _call_handler(self, process: Process, signal: int, limit_ns: int) -> bool:
        """Let the running process do what it wants with a signal, as soon as the kernel has time for it. Returns as `_run_cpu` does."""
        self._settle_burst()
        if self._start_ns > limit_ns:
            return False
        self._pass_to(self._start_ns)
        self.charge(self.costs.system_call_ns)
        try:
            self.signals.deliver(process, signal)
        except OutOfFrames:
            self._out_of_memory(process, "the call of a signal handler")
        except PageWait as wait:
            self._wait_for_disk(process, wait, call=False)
        except PageElsewhere as elsewhere:
            self._wait_for_node(process, elsewhere, call=False)
        return True

    def _quantum_expired(self, process: Process) -> None:
        self._settle_burst()
        self._report_faults(process)
        queue = self._queue_of(process)
        if next(queue.queue(), None) is None and queue.quantum_ns(process) is not None:
            self._start_ns = max(self._start_ns, self.now)
            self._begin_slice(process)
            return  # alone: it goes on without a switch
        self._preempt(process, "quantum", Came.QUANTUM_USED)

    def _preempt(self, process: Process, reason: str, came: Came) -> None:
        self._take_cpu(process)
        self.emit(ProcessPreempted(process.pid, reason))
        process.move(Why.PREEMPTED)
        self._queue_of(process).enter(process, came)

    def _take_cpu(self, process: Process) -> None:
        self._settle_burst()
        self._report_faults(process)
        self._running = None

    def _settle_burst(self) -> None:
        """Book the instructions executed since the burst began, and begin a new one now."""
        if self._running is not None and self._executed:
            self._running.account.cpu_ns += -(-self._executed * SECOND_NS // self._ips)
            self._executed = 0
            self._start_ns = self.now

    def _trap(self, process: Process, cpu: Cpu, stop: Stop) -> None:
        match stop:
            case SystemCall():
                self._system_call(process, cpu)
            case PageFault(address, access):
                self._page_fault(process, address, access)
            case IllegalInstruction(address, word, misaligned):
                # not by `signal`: what ignores the signal of its own trap would trap again, for ever
                signal = signals.SIGBUS if misaligned else signals.SIGILL
                what = "SIGBUS, misaligned atomic" if misaligned else "SIGILL, illegal"
                self.end_process(process, signal=signal, reason=f"{what} instruction {word:#010x} at {address:#x}")
            case Breakpoint(address):
                self.end_process(process, signal=signals.SIGTRAP, reason=f"SIGTRAP, breakpoint at {address:#x}")
            case BudgetSpent():
                raise AssertionError("not a trap")

    def _system_call(self, process: Process, cpu: Cpu) -> None:
        self.charge(self.costs.system_call_ns)
        self.yield_requested = False
        try:
            result = system_calls.perform(self, process)
        except OutOfFrames:
            self._out_of_memory(process, "in a system call")
            return
        except PageWait as wait:
            self._wait_for_disk(process, wait, call=True)
            return
        except PageElsewhere as elsewhere:
            self._wait_for_node(process, elsewhere, call=True)
            return
        if result is None:
            return
        if isinstance(result, WaitingFor) and result.deadline_ns is not None and result.deadline_ns <= self.now:
            result = result.timeout_result
        if not isinstance(result, int):
            if process.signals.deliverable is not None and interrupts(result):
                note_interrupted(process, result, self.now)
            else:
                self.block(process, result)
            return
        process.call_deadline_ns = None
        cpu.finish_system_call(result)
        if self.yield_requested:
            self._preempt(process, "yield", Came.PUT_BACK)

    def _page_fault(self, process: Process, address: int, access: Access) -> None:
        try:
            if address == signals.SIGRETURN and access is Access.EXECUTE:
                self.signals.return_from_handler(process)
                self.charge(self.costs.system_call_ns)
                return
            source = process.space.serve_fault(address, access)
        except Violation as violation:
            pc = process.space.cpu.pc
            self.end_process(process, signal=signals.SIGSEGV, reason=f"SIGSEGV at pc {pc:#x}: {violation}")
        except OutOfFrames:
            self._out_of_memory(process, f"{access.value} at {address:#x}")
        except PageWait as wait:
            self.charge(self.costs.page_fault_ns)
            self._wait_for_disk(process, wait, call=False)
        except PageElsewhere as elsewhere:
            self.charge(self.costs.page_fault_ns)
            self._wait_for_node(process, elsewhere, call=False)
        else:
            if source != "referenced":  # that is the hardware's work
                self.charge(self.costs.page_fault_ns + (self.costs.image_page_ns if source == "image" else 0))

    def _wait_for_disk(self, process: Process, wait: PageWait, *, call: bool) -> None:
        """Let a process wait until the disk has read its page, or has made room for it."""
        since_ns = self.now
        self.block(process, WaitingFor("page", call=call))

        def arrived() -> None:
            waited_ns = self.now - since_ns
            self.emit(PageArrived(process.pid, "disk", self.name, [wait.number], waited_ns))
            self.wake(process)

        process.alarm = self.call_later(wait.until_ns - self.now, arrived)

    def _wait_for_node(self, process: Process, elsewhere: PageElsewhere, *, call: bool) -> None:
        """Let a process wait until another node has sent its page."""
        self.block(process, WaitingFor("page", call=call))
        self.fetch_page(process, elsewhere.number, elsewhere.place)

    def _note_evicted(self, space: AddressSpace, number: int, written: bool) -> None:
        self._evicted.setdefault((space.pid, written), []).append(number)

    def _out_of_memory(self, process: Process, where: str) -> None:
        frames = self.frames
        reason = (
            f"out of memory: {where} needs a frame, and of the {frames.total} of {self.name} "
            f"{frames.reserved} are promised and the others cannot be spared"
        )
        self.end_process(process, signal=signals.SIGKILL, reason=reason)

    def _report_faults(self, process: Process) -> None:
        for source, pages in process.space.faulted.items():
            self.emit(PageFaulted(process.pid, source, pages))
        process.space.faulted = {}
        for (pid, written), pages in self._evicted.items():
            self.emit(PageEvicted(pid, written, pages))
        self._evicted = {}

    # ------------------------------------------------------------------------------------------------ messages and orders

    def _receive(self, delivery: Delivery, packet: AnyPacket) -> None:
        name = self._message_name(delivery.source, delivery.sequence)
        self.emit(MessageDelivered(name, delivery.source, _type_of(packet)))
        self.down.pop(delivery.source, None)
        self.charge(self.costs.interrupt_ns)
        self._by_packet[type(packet)].receive(delivery.source, packet)

    def _connection_broken(self, peer: NodeName) -> None:
        self.down[peer] = None
        self.emit(NodeSuspected(peer))
        for service in self._services:
            service.connection_broken(peer)

    def _obey(self, order: AnyOrder) -> None:
        self._settle_burst()
        match order:
            case StartProcess():
                self._start_process(order)
            case SignalProcess(pid, signal):
                self.mail.send("", 0, pid, SignalSent(signals.NUMBERS[signal], "the user", 0))
            case KillProcess(pid):
                if pid in self.processes:
                    self.signal(self.processes[pid], signals.SIGKILL, "from outside")
                else:
                    self.emit(
                        CommandRefused({"verb": "kill", "process": pid}, f"{pid} is just on its way to {self.name}")
                    )
            case SetSpeed(percent):
                self._start_ns = max(self._start_ns, self.now)
                self._ips = max(1, self.parameters.ips * percent // 100)
                self.emit(NodeSlowed(percent, self._ips))
            case AfterPause():
                raise AssertionError("carried out on arrival")
            case _:
                self._by_order[type(order)](order)

    def _stand_still(self, since_ns: int) -> None:
        """Make up for the time in which this node did not exist: its CPU did nothing, and its quantum did not run."""
        if self._running is not None:
            pause_ns = self.now - since_ns
            self._start_ns += pause_ns
            if self._slice_end_ns is not None:
                self._slice_end_ns += pause_ns

    def _start_process(self, order: StartProcess) -> None:
        self.charge(self.costs.process_creation_ns)
        space = self.make_space(order.pid, order.program)
        process = Process(
            order.pid,
            order.name,
            order.program,
            order.argv,
            space,
            FileTable.standard(order.stdin),
            order.priority,
            order.estimate_ns,
            random_state=self._seed_for(order.pid),
        )
        process.account.created_ns = process.arrived_ns = self.now
        try:
            while not self._tries_to_start(space, order):
                pass
        except (OutOfFrames, ArgumentsTooLong) as error:
            self.free_space(space)
            frames = self.frames
            reason = str(error) or (
                f"no frame can be had for its arguments: of {frames.total}, {frames.allocated} are in use and {frames.reserved} promised"
            )
            self.emit(ProcessNotCreated(order.pid, order.name, order.program, reason))
            return
        self.admit(process)
        self.emit(ProcessCreated(order.pid, order.name, order.program, list(order.argv), order.priority))
        self.count_frames()
        if not self.holds_new(process):
            self.make_ready(process, Why.ADMITTED)

    def _tries_to_start(self, space: AddressSpace, order: StartProcess) -> bool:
        """Lay a program out; tell whether that is done. A frame may have to be freed first, by way of the disk."""
        try:
            start_program(space, order.argv, order.environment, self._seed_bytes(order.pid, "auxv"))
        except PageWait:
            return False
        return True

    def _seed_for(self, pid: Pid) -> int:
        return int.from_bytes(self._seed_bytes(pid, "getrandom")[:8], "little")

    def _seed_bytes(self, pid: Pid, purpose: str) -> bytes:
        return hashlib.sha256(f"{self._boot.seed}/{pid}/{purpose}".encode()).digest()

    @staticmethod
    def _message_name(source: NodeName, sequence: int) -> str:
        return f"{source}:{sequence}"

    # -------------------------------------------------------------------------------------------------------------- time

    def _at(self, time_ns: int, rank: int, action: Callable[[], None], delivery: Delivery | None = None) -> Timer:
        timer = Timer(action)
        if delivery is not None:
            due = _Due(time_ns, rank, delivery.source, delivery.sequence, timer)
        else:
            self._timers += 1
            due = _Due(time_ns, rank, "", self._timers, timer)
        heapq.heappush(self._agenda, due)
        return timer

    def _pass_to(self, time_ns: int) -> None:
        if time_ns > self.now:
            self.now = time_ns
            self._phase = 0


def _type_of(packet: AnyPacket) -> str:
    """Return what events call a message: of a letter, what it says."""
    return type(packet.body if isinstance(packet, Letter) else packet).__name__
