"""The kernel of one node: one loop that lets virtual time pass, and the processes through their states.

The kernel is sans-I/O: it is given messages and orders with their instants, runs up to a limit (`advance`), and leaves what it sends and
what happened in two lists. What ends up in them depends on nothing but what it was given; where the limits of the windows lie makes no
difference. Three rules see to that:

* The CPU's time is counted from the start of a burst, not of a window (see `processor`).
* At one instant the CPU comes first, then what is on the agenda, in its order, then the end of a quantum, and last the choice of who gets
  the CPU. So a trap that falls exactly on a window's edge belongs to that window, and everything else on the edge to the next; and who
  arrives just when a quantum ends, or when the CPU becomes free, is in the ready queue before anybody is put behind or chosen.
* The kernel's work is charged as time during which the CPU runs nobody; it never delays what is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nodes.kernel import signals, system_calls
from nodes.kernel.agenda import ORDER, TIMER, Agenda, Timer
from nodes.kernel.arguments import after
from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import CpuPool
from nodes.kernel.creation import create_process
from nodes.kernel.file_service import FileService
from nodes.kernel.frames import Frames
from nodes.kernel.gate import Gate
from nodes.kernel.link_service import LinkService
from nodes.kernel.mail import MailService
from nodes.kernel.memory import AddressSpace
from nodes.kernel.orders import OrderService
from nodes.kernel.output import OutputService
from nodes.kernel.pager import Pager
from nodes.kernel.process import Process, Sleeping, State, Waiting, WaitingFor, WaitingForSignal, Why
from nodes.kernel.processor import Processor
from nodes.kernel.services import Admission, Office, Once, PageFetcher, Service, Services
from nodes.kernel.signal_delivery import SignalService, interrupts, note_interrupted
from nodes.kernel.thrashing import CONCERNED, ThrashingWatch
from nodes.kernel.traps import Traps
from nodes.wire.clauses import clause
from nodes.wire.control import (
    FRAMES_IN_A_LIFE,
    AfterPause,
    AnyOrder,
    Boot,
    CancelMove,
    Delivery,
    Frame,
    KillProcess,
    LetStay,
    LocalEvent,
    MoveProcess,
    SetSpeed,
    SignalProcess,
    StartProcess,
)
from nodes.wire.events import (
    AnyEvent,
    FramesInUse,
    MessageDelivered,
    MessageSent,
    NodeRecovered,
    NodeStarted,
    NodeSuspected,
    NodeThrashing,
    ProcessBlocked,
    ProcessContinued,
    ProcessExited,
    ProcessFrozen,
    ProcessReady,
    ProcessRemoved,
    ProcessStopped,
    ProcessThawed,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid, make_pid
from nodes.wire.packets import HEADER_BYTES, AnyPacket, Letter, Packet, SignalSent, decode_packet, encode_packet
from nodes.wire.parameters import NEVER_NS

MOST_EVENTS = 5_000
"""A window ends where there are so many events to report: so that what has happened does not pile up here."""


class Kernel:
    """Mechanism of one node. Owns its processes, frames and CPUs, and the file of its disk."""

    def __init__(self, boot: Boot, pool: CpuPool, disk: int | None = None) -> None:
        self.parameters = boot.parameters
        self.name = boot.parameters.name
        self.costs = boot.parameters.costs
        self.images = boot.images
        self.users = boot.users
        """The modules of a user's own classes."""
        self.now = boot.now_ns
        self.others = tuple(node for node in boot.nodes if node != self.name)
        """All other nodes, up or down."""
        self.processes: dict[Pid, Process] = {}
        self.down: dict[NodeName, None] = {}
        """Nodes that crashed and have not been heard of since."""
        self.lives_over: dict[NodeName, int] = {}
        """Of each node that has crashed, as far as is known here: which of its lives was the last to end."""
        self.services = Services()
        """Who hears what happens here."""
        self.calls: Once[int, system_calls.SystemCall] = Once("system call")
        """Those that services offer beyond those of every kernel, by number."""
        self.page_fetcher: Office[PageFetcher] = Office("fetches pages of other nodes")
        self.admission: Office[Admission] = Office("admits new processes")
        # What the window brings.
        self._outbox: list[Frame] = []
        self._events: list[LocalEvent] = []
        self._phase = 2
        self._frames_sent = (boot.life - 1) * FRAMES_IN_A_LIFE  # no number is used again after a restart
        self._until = boot.now_ns
        self.boot = boot
        """What it was told first."""
        self._watched = frozenset(boot.watched)
        # Its parts.
        self._agenda = Agenda()
        self._thrashing = ThrashingWatch(self.now)
        self._recovery: Timer | None = None
        """Goes off when this node, which thrashes, will have recovered."""
        self.processor = Processor(self, boot.parameters)
        self.traps = Traps(self)
        self.frames: Frames[AddressSpace] = Frames(boot.parameters.frames)
        self.store = BackingStore(boot.parameters.disk, lambda: self.now, disk)
        self.pager = Pager(self.frames, self.store, boot.parameters.replacement, self.traps.note_evicted)
        self._pool = pool
        self._spaces: list[AddressSpace] = []
        self._by_packet: Once[type, Service] = Once("a message")
        self._by_order: Once[type, Callable[[Any], None]] = Once("an order")
        self.emit(NodeStarted(self.processor.ips, self.frames.total))
        self.gate = Gate(self, boot.bandwidth_bps // len(boot.nodes))
        self.mail = MailService(self, boot.migration.redirection, boot.life, boot.nodes)
        self.links = LinkService(self, boot.nodes)
        self.signals = SignalService(self)
        self.orders = OrderService(self)
        self.file_service = FileService(self, boot.files)
        self.output = OutputService(self)

    def register(
        self,
        service: Service,
        packets: Iterable[type[Packet]] = (),
        orders: dict[type, Callable[[Any], None]] | None = None,
        calls: dict[int, system_calls.SystemCall] | None = None,
    ) -> None:
        """Let a service hear what happens, behind those that are registered already. Raises TakenTwice.

        It alone gets the messages of the types `packets`, carries out the kinds of `orders`, and offers the system `calls`.
        """
        self.services.add(service)
        self._by_packet.add(dict.fromkeys(packets, service))
        self._by_order.add(orders or {})
        self.calls.add(calls or {})

    def serves(self, packet: type[Packet]) -> bool:
        """Tell whether there is a service for messages of a type."""
        return packet in self._by_packet

    # ------------------------------------------------------------------------------------------------ the outside's view

    def deliver(self, delivery: Delivery) -> None:
        """Take a message that will have arrived at its instant."""
        if delivery.payload:
            assert isinstance(delivery.payload, bytes), "the node has fetched it"
            packet = decode_packet(delivery.payload)
            action = lambda: self._receive(delivery, packet)  # noqa: E731
        else:
            life = delivery.sequence // FRAMES_IN_A_LIFE
            action = lambda: self._connection_broken(delivery.source, life)  # noqa: E731
        self._agenda.put_message(delivery.arrival_ns, delivery.source, delivery.sequence, action)

    def order(self, at_ns: int, order: AnyOrder) -> None:
        """Take an order that is to be carried out at its instant."""
        if isinstance(order, AfterPause):
            self.pass_to(at_ns)  # first of all: what was due during the pause is late, and happens now
            self._phase = 2
            self.processor.stand_still(order.since_ns)
            return
        self._agenda.put(at_ns, ORDER, lambda: self._obey(order))

    def advance(self, until_ns: int) -> int:
        """Let time pass, up to `until_ns` at most, and return the instant that was reached.

        It is sooner where an answer to what was sent, or a reaction to an event that somebody waits for, could be.
        """
        self._until = until_ns
        processor, agenda = self.processor, self._agenda
        while True:
            due_ns = agenda.first_ns()
            is_over = self.now < self._until and (due_ns is None or due_ns > self.now)
            if is_over and processor.is_wanted:
                self._phase = 2
                processor.dispatch()
                continue  # something may be due now that was not before
            ends_ns = processor.quantum_ends_ns()
            next_ns = min((one for one in (due_ns, ends_ns) if one is not None), default=self._until)
            if processor.running is not None and processor.run(min(next_ns, self._until)):
                continue
            if next_ns >= self._until:
                break
            self.pass_to(next_ns)
            self._phase = 2
            if due_ns == next_ns:
                agenda.take()()
            else:
                processor.end_quantum()
        return self._until

    def next_ns(self) -> int | None:
        """Return the instant before which nothing happens here unless something arrives; None: nothing ever will."""
        instants = (self._agenda.first_ns(), self.processor.next_ns(self._until))
        return min((instant for instant in instants if instant is not None and instant < NEVER_NS), default=None)

    def take_results(self) -> tuple[list[Frame], list[LocalEvent]]:
        """Return what was sent and what happened since the last call."""
        results = self._outbox, self._events
        self._outbox, self._events = [], []
        return results

    # --------------------------------------------------------------------------------------------- what all parts may do

    def emit(self, event: AnyEvent) -> None:
        """Report that something happened, now."""
        self._events.append(LocalEvent(self.now, self._phase, event))
        if len(self._events) >= MOST_EVENTS:
            self._until = min(self._until, self.now + 1)
        if self._watched and kind_of(event) in self._watched:
            self._until = min(self._until, self.now + self.boot.news_ns)
        if type(event) in CONCERNED:
            self._tell_thrashing(self._thrashing.observe(event, self.now))

    def _tell_thrashing(self, verdict: NodeThrashing | NodeRecovered | None) -> None:
        """Report that this node begins to thrash, or does so no longer; see to it that its recovery is noticed when it comes."""
        if verdict is not None:
            self.emit(verdict)
        if self._thrashing.thrashing and self._recovery is None:
            delay_ns = max(0, self._thrashing.recovers_at() - self.now)
            self._recovery = self.call_later(delay_ns, self._look_for_recovery)

    def _look_for_recovery(self) -> None:
        """Look whether this node still thrashes. A wait for the disk that is going on counts when it has come to its end."""
        self._recovery = None
        waiting = [one.waiting for one in self.processes.values() if one.state is State.BLOCKED]
        waits = any(isinstance(one, WaitingFor) and one.what == "page" for one in waiting)
        if self._thrashing.thrashing and not waits:
            self._tell_thrashing(self._thrashing.verdict(self.now))

    def send(self, destination: NodeName, packet: AnyPacket) -> int:
        """Put a message on the wire, now, and return its size there in bytes."""
        payload = encode_packet(packet)
        self._frames_sent += 1
        size = len(payload) + HEADER_BYTES
        self._outbox.append(Frame(self.now, self._frames_sent, destination, size, payload))
        self._until = min(self._until, self.now + self.boot.reply_ns)
        self.emit(MessageSent(self._message_name(self.name, self._frames_sent), destination, _type_of(packet), size))
        self.services.tell(Service.message_sent, destination, packet)
        return size

    def call_later(self, delay_ns: int, action: Callable[[], None]) -> Timer:
        """Have something done after `delay_ns`; what is due at the end of time or later is not done."""
        due_ns = self.now + delay_ns
        return self._agenda.put(due_ns, TIMER, action) if due_ns < NEVER_NS else Timer(action)

    def charge(self, cost_ns: int) -> None:
        """Let the kernel's own work take time: the CPU executes no process meanwhile."""
        self.processor.charge(cost_ns)

    def pass_to(self, time_ns: int) -> None:
        """Let it be `time_ns`, if it is not later already."""
        if time_ns > self.now:
            self.now = time_ns
            self._phase = 0

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
        return (self.boot.nodes.index(home) + 1) * 1_000_000 + int(serial)

    def pid_numbered(self, number: int) -> Pid | None:
        """Return the pid that programs know by `number`; None: no process could have it."""
        home, serial = divmod(number, 1_000_000)
        return make_pid(self.boot.nodes[home - 1], serial) if 0 < home <= len(self.boot.nodes) and serial else None

    @property
    def ips(self) -> int:
        """Instructions a second, as fast as the CPU runs just now."""
        return self.processor.ips

    @property
    def running(self) -> Process | None:
        """The process that has the CPU."""
        return self.processor.running

    # ------------------------------------------------------------------------------------------------------- processes

    def admit(self, process: Process) -> None:
        """Put a process that has arrived, complete and FROZEN or NEW, into the table. It does not run yet."""
        self.processes[process.pid] = process
        self.services.tell(Service.process_came, process)

    def make_ready(self, process: Process, why: Why) -> None:
        """Let a process that is new, woken or thawed compete for the CPU."""
        process.move(why)
        process.waiting = None
        self.processor.enter(process)
        self.services.tell(Service.process_ready, process)

    def block(self, process: Process, waiting: Waiting, why: Why = Why.WAITS) -> None:
        """Let a process wait; a sleeper is woken by a timer."""
        if process is self.running:
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
        self.emit(ProcessBlocked(process.pid, on, *process.used))
        if deadline_ns is not None:
            process.alarm = self.call_later(max(0, deadline_ns - self.now), ends)
        self.services.tell(Service.process_blocked, process)

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
                self.processor.take_away(process)
            case State.READY:
                self.processor.remove(process)
            case _:
                self._stop_alarm(process)
                if isinstance(process.waiting, Sleeping):
                    process.waiting = Sleeping(max(0, process.waiting.deadline_ns - self.now), process.waiting.result)
        if process.call_deadline_ns is not None:
            process.call_deadline_ns = max(0, process.call_deadline_ns - self.now)
        self.signals.freeze(process)
        self.output.finish(process)
        process.frozen_from = process.state
        self.emit(ProcessFrozen(process.pid, process.state.value, *process.used))
        process.move(Why.FROZEN)
        self.services.tell(Service.process_frozen, process)

    def thaw(self, process: Process) -> None:
        """Let a frozen process be what it was: one that was stopped stays so, another goes on, for what was left of its time."""
        was, process.frozen_from = process.frozen_from, None
        self.emit(ProcessThawed(process.pid))
        if process.call_deadline_ns is not None:
            process.call_deadline_ns = after(self.now, process.call_deadline_ns)
        if isinstance(process.waiting, Sleeping):
            process.waiting = Sleeping(after(self.now, process.waiting.deadline_ns), process.waiting.result)
        if was is State.STOPPED:
            process.move(Why.THAWED_STOPPED)
        else:
            self._go_on(process, Why.THAWED_BLOCKED, Why.THAWED_READY)
        self.signals.thaw(process)

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

    def stop(self, process: Process, signal: str, reason: str) -> None:
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
        self.emit(ProcessStopped(process.pid, signal, reason, *process.used))

    def continue_stopped(self, process: Process, reason: str) -> None:
        """Let a process that is stopped go on, if it is; a signal that has come meanwhile ends its wait."""
        if process.state is not State.STOPPED:
            return
        self.emit(ProcessContinued(process.pid, reason))
        if process.signals.deliverable is not None and interrupts(process.waiting):
            note_interrupted(process, process.waiting, self.now)
            process.waiting = None
        self._go_on(process, Why.CONTINUED_BLOCKED, Why.CONTINUED_READY)

    def give_up(self, process: Process) -> AddressSpace:
        """Forget a process that is owned elsewhere now; its address space is the caller's, who has to `free_space` it."""
        del self.processes[process.pid]
        self._stop_alarm(process)
        self.signals.forget(process)
        self.gate.forget(process.pid)
        self.emit(ProcessRemoved(process.pid))
        self.services.tell(Service.process_left, process)
        return process.space

    def end_process(
        self, process: Process, *, exit_code: int | None = None, signal: int | None = None, reason: str = ""
    ) -> None:
        """End a process, by its own will (`exit_code`) or by a signal, and free all that it had."""
        if process is self.running:
            self.processor.take_away(process)
        elif process.state is State.READY:
            self.processor.remove(process)
        self.traps.report_faults(process)
        self.output.finish(process)
        process.move(Why.ENDED)
        self.emit(
            ProcessExited(
                process.pid,
                exit_code,
                None if signal is None else signals.SIGNAL_NAMES[signal],
                reason or f"exit({exit_code})",
                *process.used,
            )
        )
        self.links.close_all(process)
        self._forget(process)
        self.count_frames()
        self.services.tell(Service.process_ended, process.pid)

    def signal(self, process: Process, signal: int, reason: str, sender: int = 0) -> None:
        """Deliver a signal: it is ignored, it waits, it ends the process, or it calls a handler of it."""
        self.signals.send(process, signal, reason, sender)

    def _forget(self, process: Process) -> None:
        del self.processes[process.pid]
        self._stop_alarm(process)
        self.signals.forget(process)
        self.gate.forget(process.pid)
        self.free_space(process.space)

    @staticmethod
    def _stop_alarm(process: Process) -> None:
        if process.alarm is not None:
            process.alarm.cancel()
            process.alarm = None

    # ------------------------------------------------------------------------------------------------ messages and orders

    def _receive(self, delivery: Delivery, packet: AnyPacket) -> None:
        name = self._message_name(delivery.source, delivery.sequence)
        self.emit(MessageDelivered(name, delivery.source, _type_of(packet)))
        if delivery.source in self.down:
            del self.down[delivery.source]
            self.services.tell(Service.node_back, delivery.source)
        self.charge(self.costs.interrupt_ns)
        self.services.tell(Service.message_delivered, delivery.source, packet)
        self._by_packet[type(packet)].receive(delivery.source, packet)

    def _connection_broken(self, peer: NodeName, life: int) -> None:
        self.down[peer] = None
        self.lives_over[peer] = life
        self.emit(NodeSuspected(peer))
        self.services.tell(Service.connection_broken, peer)

    def _obey(self, order: AnyOrder) -> None:
        self.processor.settle_burst()
        match order:
            case StartProcess():
                create_process(self, order, self.boot.seed)
            case SignalProcess(pid, signal):
                self.mail.send("", 0, pid, SignalSent(signals.NUMBERS[signal], clause("the-user"), 0))
            case KillProcess() | MoveProcess() | CancelMove() | LetStay():
                self.orders.give(order)
            case SetSpeed(percent):
                self.processor.set_speed(percent)
            case AfterPause():
                raise AssertionError("carried out on arrival")
            case _:
                self.carry_out(order)

    def carry_out(self, order: AnyOrder) -> None:
        """Give an order to the service that has registered for its type."""
        self._by_order[type(order)](order)

    @staticmethod
    def _message_name(source: NodeName, sequence: int) -> str:
        return f"{source}:{sequence}"


def _type_of(packet: AnyPacket) -> str:
    """Return what events call a message: of a letter, what it says."""
    return type(packet.body if isinstance(packet, Letter) else packet).__name__
