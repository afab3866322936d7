"""A few kernels joined by a wire of the simplest kind, in one process: frames take their time, and may be held or outlive their sender.

Time passes in windows as under the engine, with every kernel in each of them. Every message and event is kept. After each window it is
checked that no process is in two process tables, and that every frame and every CPU in use belongs to somebody.
"""

from __future__ import annotations

import heapq
import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from nodes.deciding.service import DecidingService
from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process, State
from nodes.migration.session import MigrationService
from nodes.wire import vocabulary
from nodes.wire.bulk import new_file
from nodes.wire.control import FRAMES_IN_A_LIFE, AnyOrder, Delivery, Frame, LocalEvent, MoveProcess
from nodes.wire.events import (
    MigrationCommitted,
    MigrationResumed,
    ProcessCreated,
    ProcessExited,
    ProcessRemoved,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.packets import AnyPacket, decode_packet
from nodes.wire.parameters import Costs, FileParameters, InitiatorParameters, MigrationParameters
from nodes.wire.reasons import reason
from tests.nodes.kernel.machine import END_NS, MS, AnEvent, CountedPool, Machine, boot, output_of

Link = tuple[NodeName, NodeName]

LATENCY_NS = MS
AGREED_NS = 2 * LATENCY_NS
"""From a wish to move a process until it is offered: the Initiators of both sides agree first (steps 1 and 2)."""
DETECTION_NS = 5 * MS
"""From a crash until the peers are told, at the earliest."""


class Said(NamedTuple):
    """A message between two kernels."""

    sent_ns: int
    source: NodeName
    destination: NodeName
    packet: AnyPacket
    wire_bytes: int

    @property
    def type(self) -> str:
        return type(self.packet).__name__


class _Arrival(NamedTuple):
    time_ns: int
    number: int
    destination: NodeName
    life: int
    delivery: Delivery


class Network:
    """Nodes n1, n2, ... and the wire between them. `windows` gives the lengths of the first windows."""

    def __init__(
        self,
        count: int = 2,
        *,
        frames: Sequence[int] = (),
        ips: int = 10_000_000,
        quantum_ns: int = 20 * MS,
        scheduler: vocabulary.Scheduler = "round-robin",
        costs: Costs | None = None,
        migration: MigrationParameters | None = None,
        latency_ns: int = LATENCY_NS,
        byte_ns: int = 0,
        windows: Iterable[int] = (),
        pool: CountedPool | None = None,
        files: dict[str, FileParameters] | None = None,
        initiators: InitiatorParameters | None = None,
    ) -> None:
        self.names = tuple(f"n{number + 1}" for number in range(count))
        self.migration = migration or MigrationParameters()
        self.pool = pool or CountedPool()
        self.now = 0
        self.said: list[Said] = []
        self.events: list[tuple[NodeName, LocalEvent]] = []
        self.held: set[Link] = set()
        """Links on which frames wait; only ever asked, never walked through."""
        self.lost: list[Said] = []
        """What arrived at nodes that were down."""
        self._latency_ns = latency_ns
        self._byte_ns = byte_ns
        self._windows = iter(windows)
        self._images: dict[str, ProgramImage] = {}
        self._number = 0
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._arrivals: list[_Arrival] = []
        self._waiting: dict[Link, list[tuple[Delivery, int, int]]] = {}
        """Frames in front of held links, with their sizes and the lives that they are meant for."""
        self._link_free_ns: dict[Link, int] = {}
        self._lives = dict.fromkeys(self.names, 1)
        self._lives_known_to_be_over = dict.fromkeys(self.names, 0)
        self._settings = dict(zip(self.names, frames or [512] * count, strict=True))
        self._files = files
        self._initiators = initiators
        self._boot_rest = (ips, quantum_ns, scheduler, costs)
        self._disks = {name: new_file() for name in self.names}
        """They outlive their nodes."""
        for descriptor in self._disks.values():
            weakref.finalize(self, os.close, descriptor)
        self.machines: dict[NodeName, Machine] = {}
        self.services: dict[NodeName, MigrationService] = {}
        self.fronts: dict[NodeName, DecidingService] = {}
        for name in self.names:
            self._boot(name)

    def _boot(self, name: NodeName) -> None:
        ips, quantum_ns, scheduler, costs = self._boot_rest
        told = boot(
            name,
            self._images,
            nodes=self.names,
            frames=self._settings[name],
            ips=ips,
            quantum_ns=quantum_ns,
            scheduler=scheduler,
            costs=costs,
            migration=self.migration,
            life=self._lives[name],
            now_ns=self.now,
            files=self._files,
            initiators=self._initiators,
        )
        disk = os.dup(self._disks[name])

        def add_services(parts: Parts) -> None:
            self.services[name] = MigrationService(parts, self.migration)
            self.fronts[name] = DecidingService(parts, self.services[name])

        self.machines[name] = Machine(told, self.pool, 1000 * (told.life - 1), disk, add_services)

    def __getitem__(self, name: NodeName) -> Machine:
        return self.machines[name]

    # ------------------------------------------------------------------------------------------------------- doing

    def at(self, time_ns: int, action: Callable[[], None]) -> None:
        """Have something done at an instant, before whatever else happens in it beside the CPUs."""
        self._number += 1
        heapq.heappush(self._agenda, (time_ns, self._number, action))

    def move(self, pid: Pid, to: NodeName, at_ns: int) -> None:
        """Ask the node that owns a process then to move it; nobody is asked if nobody owns it."""

        def ask() -> None:
            for name in self.owners(pid):
                self[name].order(self.now, MoveProcess(pid, to, None, "user", reason("asked-for-by-user")))

        self.at(at_ns, ask)

    def order(self, pid: Pid, make_order: Callable[[Pid], AnyOrder], at_ns: int) -> None:
        """Give an order about a process to the node that owns it then, as the engine knows it: from the commit on the destination."""

        def give() -> None:
            name = self.owner(pid)
            if name in self.machines:
                self[name].order(self.now, make_order(pid))

        self.at(at_ns, give)

    def operate(self, name: NodeName, order: AnyOrder, at_ns: int) -> None:
        """Give an order to a node, if it is up then."""

        def give() -> None:
            if name in self.machines:
                self[name].order(self.now, order)

        self.at(at_ns, give)

    def kill(self, pid: Pid, at_ns: int) -> None:
        """Kill a process at the node that owns it then, if there is one."""

        def strike() -> None:
            for name in self.owners(pid):
                self[name].kill(pid, self.now)

        self.at(at_ns, strike)

    def crash(self, name: NodeName, at_ns: int) -> None:
        """Let a node be no more from an instant on. What it sent before still arrives; then its peers are told."""

        def fall() -> None:
            machine, service = self.machines.pop(name), self.services.pop(name)
            self.fronts.pop(name, None)
            spaces = [process.space for process in machine.kernel.processes.values()]
            spaces += [session.process.space for session in service.incoming.values()]
            spaces += [kept.space for kept in service.pages.kept.values()]
            for space in spaces:
                self.pool.give_back(space.cpu)
            life = self._lives[name]
            self.at(self.now + DETECTION_NS, lambda: self._tell_peers(name, life))

        self.at(at_ns, fall)

    def restart(self, name: NodeName, at_ns: int) -> None:
        """Start a crashed node again, with nothing of its former life."""

        def rise() -> None:
            self._tell_peers(name, self._lives[name])
            self._lives[name] += 1
            self._boot(name)
            frames, events = self[name].kernel.take_results()  # what it says as it boots
            self.events += [(name, event) for event in events]
            for frame in frames:
                self._send(name, frame)
            for peer in self.names:  # nobody who is down answers: it will notice
                if peer not in self.machines and self._lives_known_to_be_over[peer] == self._lives[peer]:
                    news = Delivery(0, peer, self._lives[peer] * FRAMES_IN_A_LIFE, b"")
                    self._transmit((peer, name), self.now, 0, news, self._lives[name])

        self.at(at_ns, rise)

    def hold(self, *links: Link, at_ns: int = 0) -> None:
        """From an instant on, let frames wait in front of links."""
        self.at(at_ns, lambda: self.held.update(links))

    def release(self, *links: Link, at_ns: int) -> None:
        """Let the frames that wait in front of links go on, in order."""

        def let_go() -> None:
            for link in links:
                self.held.discard(link)
                for delivery, size, life in self._waiting.pop(link, []):
                    self._transmit(link, self.now, size, delivery, life)

        self.at(at_ns, let_go)

    def _tell_peers(self, name: NodeName, life: int) -> None:
        """Let the others learn that this life of a node is over, unless they know."""
        if self._lives_known_to_be_over[name] >= life:
            return
        self._lives_known_to_be_over[name] = life
        for peer in self.machines:
            if peer != name:
                news = Delivery(0, name, life * FRAMES_IN_A_LIFE, b"")
                self._transmit((name, peer), self.now, 0, news, self._lives[peer])

    # -------------------------------------------------------------------------------------------------------- time

    def run(self, until_ns: int = END_NS, *, until: Callable[[], bool] = lambda: False) -> Network:
        """Let time pass until nothing is left to happen, up to `until_ns`, or until something is so at a window's edge."""
        while not until():
            earliest = self._earliest()
            if earliest is None or earliest >= until_ns:
                self.now = max(self.now, until_ns) if earliest is not None else self.now
                break
            self.now = earliest
            if self._agenda and self._agenda[0][0] <= earliest:
                heapq.heappop(self._agenda)[2]()
            else:
                length = min(next(self._windows, self._latency_ns), self._latency_ns)
                limit = min(earliest + length, until_ns)
                if self._agenda:
                    limit = min(limit, self._agenda[0][0])
                self._run_window(limit)
                self.now = limit
            self.check()
        return self

    def _earliest(self) -> int | None:
        instants = [machine.kernel.next_ns() for machine in self.machines.values()]
        instants += [self._arrivals[0].time_ns] if self._arrivals else []
        instants += [self._agenda[0][0]] if self._agenda else []
        return min((instant for instant in instants if instant is not None), default=None)

    def _run_window(self, limit_ns: int) -> None:
        while self._arrivals and self._arrivals[0].time_ns < limit_ns:
            arrival = heapq.heappop(self._arrivals)
            if arrival.destination in self.machines and arrival.life == self._lives[arrival.destination]:
                self[arrival.destination].kernel.deliver(arrival.delivery)
            elif arrival.delivery.payload:
                assert isinstance(arrival.delivery.payload, bytes)
                packet, size = decode_packet(arrival.delivery.payload), len(arrival.delivery.payload)
                self.lost.append(Said(arrival.time_ns, arrival.delivery.source, arrival.destination, packet, size))
        sent: list[tuple[NodeName, Frame]] = []
        for name, machine in self.machines.items():
            machine.frames, machine.events = [], []
            machine.advance(limit_ns)
            assert machine.reached_ns == limit_ns
            sent += [(name, frame) for frame in machine.frames]
            self.events += [(name, event) for event in machine.events]
        for name, frame in sorted(sent, key=lambda one: (one[1].time_ns, one[0], one[1].sequence)):
            self._send(name, frame)

    def _send(self, source: NodeName, frame: Frame) -> None:
        assert isinstance(frame.payload, bytes)
        packet = decode_packet(frame.payload)
        self.said.append(Said(frame.time_ns, source, frame.destination, packet, frame.wire_bytes))
        delivery = Delivery(0, source, frame.sequence, frame.payload)
        life = self._lives[frame.destination]
        self._transmit((source, frame.destination), frame.time_ns, frame.wire_bytes, delivery, life)

    def _transmit(self, link: Link, at_ns: int, size: int, delivery: Delivery, life: int) -> None:
        if link in self.held:
            self._waiting.setdefault(link, []).append((delivery, size, life))
            return
        free_ns = max(at_ns, self._link_free_ns.get(link, 0)) + size * self._byte_ns
        self._link_free_ns[link] = free_ns
        self._number += 1
        arrival_ns = free_ns + self._latency_ns
        arrived = Delivery(arrival_ns, delivery.source, delivery.sequence, delivery.payload)
        heapq.heappush(self._arrivals, _Arrival(arrival_ns, self._number, link[1], life, arrived))

    # ------------------------------------------------------------------------------------------------------ seeing

    def owner(self, pid: Pid) -> NodeName:
        """Return the node that owns a process, or has owned it last, as the events tell; empty: it has not begun."""
        owners = [(t, name) for t, name, event in self.of(ProcessCreated) if event.pid == pid]
        owners += [(t, event.destination) for t, _, event in self.of(MigrationCommitted) if event.pid == pid]
        return max(owners)[1] if owners else ""

    def owners(self, pid: Pid) -> list[NodeName]:
        """Return the living nodes that have a process in their table."""
        return [name for name, machine in self.machines.items() if pid in machine.kernel.processes]

    def process(self, pid: Pid) -> Process:
        """Return a process that is somewhere."""
        (owner,) = self.owners(pid)
        return self[owner].process(pid)

    def of(self, *kinds: type[AnEvent]) -> list[tuple[int, NodeName, AnEvent]]:
        """Return all events of some kinds so far: instant, place, event."""
        return [(local.t, name, local.event) for name, local in self.events if isinstance(local.event, kinds)]

    def events_at(self, name: NodeName) -> list[LocalEvent]:
        """Return all events of a node, in all its lives, in order."""
        return [local for at, local in self.events if at == name]

    def output(self, pid: Pid) -> bytes:
        """Return what a process has written to its standard output, wherever it was then."""
        return output_of([local.event for _, local in sorted(self.events, key=lambda one: one[1].t)], pid)

    def has_ended(self, pid: Pid) -> bool:
        """Tell whether a process ended, other than with its node."""
        return any(event.pid == pid for _, _, event in self.of(ProcessExited))

    def exit_of(self, pid: Pid) -> ProcessExited:
        """Return how a process ended."""
        return next(event for _, _, event in self.of(ProcessExited) if event.pid == pid)

    def conversation(self, start: int = 0) -> list[str]:
        """Return the types of all messages, in the order in which they were sent."""
        return [said.type for said in self.said[start:]]

    # ---------------------------------------------------------------------------------------------------- checking

    def check(self) -> None:
        """Check what must hold at every instant."""
        pids = [pid for machine in self.machines.values() for pid in machine.kernel.processes]
        assert len(pids) == len(dict.fromkeys(pids)), "a process is in two tables"
        cpus = len(pids)
        for name, machine in self.machines.items():
            coming = [session.process.space for session in self.services[name].incoming.values()]
            kept = [one.space for one in self.services[name].pages.kept.values()]
            machine.check_memory(*[len(space.pages) for space in coming + kept], arriving=coming)
            assert machine.kernel.frames.reserved == sum(space.reservation for space in coming)
            cpus += len(coming) + len(kept)
        assert self.pool.in_use == cpus

    def check_at_rest(self) -> None:
        """Check that everything is over: no process, no session, no promise, nothing due."""
        for name, machine in self.machines.items():
            assert (self.services[name].outgoing, self.services[name].incoming) == ({}, {})
            assert self.services[name].pages.kept == {}
            machine.check_at_rest()
        self.check_one_owner()

    def check_nobody_waits(self) -> None:
        """Check, where nothing is left to happen, that no process stands still, and that no node keeps anything for one that is no more."""
        living = [pid for machine in self.machines.values() for pid in machine.kernel.processes]
        for name, machine in self.machines.items():
            service, kernel = self.services[name], machine.kernel
            frozen = [pid for pid, process in kernel.processes.items() if process.state is State.FROZEN]
            assert frozen == [], f"{frozen} stand still on {name}"
            assert (service.outgoing, service.incoming, service.offered) == ({}, {}, {}), name
            assert kernel.frames.reserved == 0
            kept = {
                "on disk": kernel.store.owners(),
                "in memory": list(service.pages.kept),
                "in its books": service.pages.remembered(),
                "as mail": machine.parts.mail.remembered(),
            }
            kept["at its front"] = self.fronts[name].remembered()
            for what, pids in kept.items():
                dead = [pid for pid in pids if pid not in living]
                assert not dead, f"{name} keeps something {what} of {dead}"

    def check_one_owner(self) -> None:
        """Check in the events that no process ever had two owners, and that nobody lost what it did not have."""
        owner: dict[Pid, NodeName | None] = {}
        for _, name, event in sorted(
            self.of(ProcessCreated, MigrationResumed, ProcessRemoved, ProcessExited), key=lambda one: one[0]
        ):
            match event:
                case ProcessCreated(pid):
                    assert pid not in owner
                    owner[pid] = name
                case MigrationResumed(_, pid):
                    assert owner[pid] is None, f"{pid} is owned by {owner[pid]} when {name} resumes it"
                    owner[pid] = name
                case ProcessRemoved(pid) | ProcessExited(pid):
                    assert owner[pid] == name
                    owner[pid] = None
