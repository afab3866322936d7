"""The core of a node's kernel: one loop that lets virtual time pass, and the door for whoever has something to do in it.

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

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from nodes.kernel.agenda import ORDER, TIMER, Agenda, Timer
from nodes.kernel.ahead import Stride
from nodes.kernel.arguments import SystemCall
from nodes.kernel.backing_store import BackingStore
from nodes.kernel.clock import Clock
from nodes.kernel.cpu import CpuPool
from nodes.kernel.fault_reports import FaultReports
from nodes.kernel.frames import Frames
from nodes.kernel.memory import AddressSpace
from nodes.kernel.pager import Pager
from nodes.kernel.process import Process
from nodes.kernel.services import Admission, Office, Once, PageFetcher, Service, Services
from nodes.wire.control import FRAMES_IN_A_LIFE, AfterPause, AnyOrder, Boot, Delivery, Frame, LocalEvent, Order
from nodes.wire.events import (
    AnyEvent,
    Event,
    FramesInUse,
    MessageDelivered,
    MessageSent,
    NodeRecovered,
    NodeStarted,
    NodeSuspected,
    NodeThrashing,
    PageEvicted,
    PageFaulted,
    ProcessDispatched,
    ProcessPreempted,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid, make_pid
from nodes.wire.packets import HEADER_BYTES, AnyPacket, Packet, decode_packet, encode_packet, type_of
from nodes.wire.parameters import NEVER_NS

MOST_EVENTS = 5_000
"""A window ends with this many events to report, so that what has happened does not pile up here."""


_NO_STOP_NEEDED = frozenset(
    kind_of(kind)
    for kind in (ProcessPreempted, ProcessDispatched, PageFaulted, PageEvicted, NodeThrashing, NodeRecovered)
)
"""Kinds of events that happen when a quantum ends, without any process having stopped."""


class CentralProcessor(Protocol):
    """What the kernel needs of the CPU to let time pass. `Processor` is the one that there is."""

    ips: int
    running: Process | None

    @property
    def is_wanted(self) -> bool: ...

    def dispatch(self) -> None: ...

    def run(self, limit_ns: int) -> bool: ...

    def quantum_ends_ns(self) -> int | None: ...

    def end_quantum(self) -> None: ...

    def next_ns(self, until_ns: int) -> int | None: ...

    def quiet_ns(self, until_ns: int) -> int | None: ...

    def settle_burst(self) -> None: ...

    def charge(self, cost_ns: int) -> None: ...

    def stand_still(self, since_ns: int) -> None: ...


class Kernel:
    """The core of one node: clock, agenda and outbox, and who is registered for what. Owns its processes, its frames, and its disk's file.

    `assembly` puts its parts together; what they have to do with each other is told there.
    """

    def __init__(self, boot: Boot, pool: CpuPool, disk: int | None = None) -> None:
        self.parameters = boot.parameters
        self.name = boot.parameters.name
        self.costs = boot.parameters.costs
        self.clock = Clock() if isinstance(boot.parameters.clock, msgspec.UnsetType) else Clock(*boot.parameters.clock)
        """What programs see of the date; the monotonic clock is always right."""
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
        self.orders: Once[type[Order], Callable[[Any], None]] = Once("an order")
        """Who carries out each kind of order."""
        self.calls: Once[int, SystemCall] = Once("a system call")
        """Who carries out each system call, by its number."""
        self.page_fetcher: Office[PageFetcher] = Office("fetches pages of other nodes")
        self.admission: Office[Admission] = Office("admits new processes")
        # What the window brings.
        self._outbox: list[Frame] = []
        self._events: list[LocalEvent] = []
        self._most_events = MOST_EVENTS
        """After so many, the window ends."""
        self._phase = 2
        self.in_hand: Delivery | None = None
        """The message that is being acted on."""
        self._frames_sent = (boot.life - 1) * FRAMES_IN_A_LIFE  # no number is used again after a restart
        self._until = boot.now_ns
        self.boot = boot
        """What it was told first."""
        self._watched = frozenset(boot.watched)
        self._is_watched_closely = not self._watched.isdisjoint(_NO_STOP_NEEDED)
        # Its parts.
        self._agenda = Agenda()
        self.processor: CentralProcessor
        """Handed in by `use`, before anything happens."""
        self.frames: Frames[AddressSpace] = Frames(boot.parameters.frames)
        self.store = BackingStore(boot.parameters.disk, lambda: self.now, disk)
        self.faults = FaultReports(self)
        self.pager = Pager(self.frames, self.store, boot.parameters.replacement, self.faults.note_evicted)
        self._pool = pool
        self._stride = Stride.of(boot.parameters.ips, boot.ahead_ns, boot.news_ns)
        self._spaces: list[AddressSpace] = []
        self._by_packet: Once[type, Service] = Once("a message")
        self._event_hearers: dict[type[Event], list[Callable[[Any], None]]] = {}

    def use(self, processor: CentralProcessor) -> None:
        """Run processes on a processor from now on: the node is up."""
        self.processor = processor
        self.emit(NodeStarted(processor.ips, self.frames.total))

    def register(
        self,
        service: Service,
        packets: Iterable[type[Packet]] = (),
        orders: Mapping[type[Order], Callable[[Any], None]] | None = None,
        calls: Mapping[int, SystemCall] | None = None,
    ) -> None:
        """Let a service hear what happens, behind those that are registered already. Raises TakenTwice.

        It alone gets the messages of the types `packets`, carries out the kinds of `orders`, and offers the system `calls`.
        """
        self.services.add(service)
        self._by_packet.add(dict.fromkeys(packets, service))
        self.orders.add(orders or {})
        self.calls.add(calls or {})

    def listen(self, events: Iterable[type[Event]], hear: Callable[[Any], None]) -> None:
        """Let somebody hear of events of some types as they are reported."""
        for event in events:
            self._event_hearers.setdefault(event, []).append(hear)

    def serves(self, packet: type[Packet]) -> bool:
        """Tell whether there is a service for messages of a type."""
        return packet in self._by_packet

    # -------------------------------------------------------------------------------------------------- to be kept, or copied

    def given(self) -> dict[str, object]:
        """Return what this kernel was given and another in its place would be given anew, by names that are the same for both."""
        images = {f"program {image.digest}": image for image in self.images.values()}
        return {"boot": self.boot, "users": self.users, "images": self.images, "cpus": self._pool} | images

    def come_back(self) -> None:
        """Let no CPU be ahead of what was charged."""
        for space in self._spaces:
            space.lead.take_back()

    def go_on(self, boot: Boot) -> None:
        """Be the kernel of a node that goes on: what it had done is known, and what it had been given and not come to is given anew."""
        self._agenda.keep_own()
        self._outbox, self._events = [], []
        self._until = self.now
        self._watched = frozenset(boot.watched)
        self._is_watched_closely = not self._watched.isdisjoint(_NO_STOP_NEEDED)
        self._stride = Stride.of(boot.parameters.ips, boot.ahead_ns, boot.news_ns)

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
            self.advance(order.since_ns)  # so far it was let run, even if nobody asked
            self.pass_to(at_ns)  # first of all: what was due during the pause is late, and happens now
            self._phase = 2
            self.processor.stand_still(order.since_ns)
            return
        self._agenda.put(at_ns, ORDER, lambda: self._obey(order))

    def advance(self, until_ns: int, *, to_next_event: bool = False) -> int:
        """Let time pass, up to `until_ns` at most, and return the instant that was reached.

        It is sooner where an answer to what was sent, or a reaction to an event that somebody waits for, could be; and with `to_next_event`
        where the first instant is over at which anything has happened.
        """
        self._until = until_ns
        self._most_events = 1 if to_next_event else MOST_EVENTS
        processor, agenda = self.processor, self._agenda
        while True:
            due_ns = agenda.first_ns()
            is_over = self.now < self._until and (due_ns is None or due_ns > self.now)
            if is_over and processor.is_wanted:
                self._phase = 2
                processor.dispatch()
                continue  # something may be due now that was not before
            ends_ns = processor.quantum_ends_ns()
            next_ns = due_ns if ends_ns is None or (due_ns is not None and due_ns < ends_ns) else ends_ns
            if next_ns is None:
                next_ns = self._until
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
        return _first_of(self._agenda.first_ns(), self.processor.next_ns(self._until))

    def quiet_ns(self) -> int | None:
        """Return the instant before which nothing is sent, and nothing happens for which somebody outside waits; None: never."""
        if self._is_watched_closely:
            return self.next_ns()
        return _first_of(self._agenda.first_ns(), self.processor.quiet_ns(self._until))

    def take_results(self) -> tuple[list[Frame], list[LocalEvent]]:
        """Return what was sent and what happened since the last call."""
        results = self._outbox, self._events
        self._outbox, self._events = [], []
        return results

    # --------------------------------------------------------------------------------------------- what all parts may do

    def emit(self, event: AnyEvent) -> None:
        """Report that something happened, now."""
        self._events.append(LocalEvent(self.now, self._phase, event))
        if len(self._events) >= self._most_events:
            self._until = min(self._until, self.now + 1)
        if self._watched and kind_of(event) in self._watched:
            self._until = min(self._until, self.now + self.boot.news_ns)
        for hear in self._event_hearers.get(type(event), ()):
            hear(event)

    def send(self, destination: NodeName, packet: AnyPacket, *, loose: bool = False) -> int:
        """Put a message on the wire, now, and return its size there in bytes. `loose`: what is sent behind it may arrive before it."""
        payload = encode_packet(packet)
        self._frames_sent += 1
        size = len(payload) + HEADER_BYTES
        self._outbox.append(Frame(self.now, self._frames_sent, destination, size, payload, loose))
        self._until = min(self._until, self.now + self.boot.reply_ns)
        self.emit(MessageSent(self._message_name(self.name, self._frames_sent), destination, type_of(packet), size))
        self.services.tell(Service.message_sent, destination, packet)
        return size

    @property
    def last_sent(self) -> int:
        """The number of the last message that this node has sent."""
        return self._frames_sent

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
        self.emit(FramesInUse(frames.allocated, frames.reserved, frames.free, frames.total, mapped, frames.text))

    def make_space(self, pid: Pid, program: str) -> AddressSpace:
        """Return an empty address space for a process, with a CPU of its own. `free_space` must follow."""
        image = self.images[program]
        space = AddressSpace(pid, self._pool.take(image), image, self.frames, self.store, self.name, self._stride)
        self._spaces.append(space)
        return space

    def load_text(self, space: AddressSpace) -> None:
        """Have the text of a process's program in memory, and charge for what of it has to be read. Raises OutOfFrames."""
        self.charge(space.share_text() * self.costs.image_page_ns)

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

    # ------------------------------------------------------------------------------------------------ messages and orders

    def _receive(self, delivery: Delivery, packet: AnyPacket) -> None:
        name = self._message_name(delivery.source, delivery.sequence)
        self.emit(MessageDelivered(name, delivery.source, type_of(packet)))
        if delivery.source in self.down:
            del self.down[delivery.source]
            self.services.tell(Service.node_back, delivery.source)
        self.charge(self.costs.interrupt_ns)
        self.in_hand = delivery
        self.services.tell(Service.message_delivered, delivery.source, packet)
        self.in_hand = None
        self._by_packet[type(packet)].receive(delivery.source, packet)

    def _connection_broken(self, peer: NodeName, life: int) -> None:
        self.down[peer] = None
        self.lives_over[peer] = life
        self.emit(NodeSuspected(peer))
        self.services.tell(Service.connection_broken, peer)

    def _obey(self, order: AnyOrder) -> None:
        self.processor.settle_burst()
        self.orders[type(order)](order)

    @staticmethod
    def _message_name(source: NodeName, sequence: int) -> str:
        return f"{source}:{sequence}"


def _first_of(*instants: int | None) -> int | None:
    """Return the first of some instants; None: none of them ever comes."""
    return min((instant for instant in instants if instant is not None and instant < NEVER_NS), default=None)
