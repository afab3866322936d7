"""All migrations out of and into one node: orders, offers, and what the two sides of each say to each other.

`states` has the protocol as a drawing and as tables, `outgoing` the source's side of one migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from nodes.kernel.assembly import Parts
from nodes.kernel.files import FileTable
from nodes.kernel.frames import OutOfFrames
from nodes.kernel.memory import Place
from nodes.kernel.process import Process, State
from nodes.kernel.regions import text_pages
from nodes.kernel.services import Office, Service
from nodes.migration.outgoing import Outgoing
from nodes.migration.registry import find_strategy
from nodes.migration.remote_pages import RemotePages
from nodes.migration.states import DESTINATION_TRANSITIONS, Cause, DestinationState, SourceState
from nodes.process_image import image
from nodes.strategies.strategy import frames_needed
from nodes.transitions import follow
from nodes.wire.control import CancelMove
from nodes.wire.events import (
    CommandRefused,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationLost,
    MigrationResumed,
    NegotiationMessage,
    NegotiationRefused,
    ReservationReleased,
    ResidualLeft,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    ImageInstalled,
    InstallFailed,
    Letter,
    MigrateOut,
    MigrationAbandoned,
    MigrationOffer,
    MigrationPacket,
    OfferAccepted,
    OfferRefused,
    OwnershipTransferred,
    PageBatch,
    PagesFlushed,
    PagesReceived,
    ProcessImage,
    ProcessResumed,
)
from nodes.wire.parameters import BY_POLICY, MigrationParameters
from nodes.wire.reasons import Reason, reason, saying
from nodes.wire.users_code import UsersCodeError

TRAIL = 4
"""How many of the machines that a process has left are remembered."""


@dataclass(eq=False)
class Incoming:
    """The destination's side of one migration."""

    migration: str
    source: NodeName
    process: Process
    state: DestinationState = DestinationState.RESERVED

    def step(self, cause: Cause) -> bool:
        """Follow one arrow of the table; tell whether there was one."""
        return follow(DESTINATION_TRANSITIONS, self, cause)


class Front(Protocol):
    """Whoever decides before the mechanism acts: is asked about offers, and told what became of every migration."""

    def cancel(self, pid: Pid) -> Reason | None:
        """Nobody wants this process moved any more; say why that makes no difference, if it makes none."""

    def describe(self, process: Process, offer: MigrationOffer) -> MigrationOffer:
        """Add to an offer what a policy at the destination will want to know."""

    def offered(self, source: NodeName, offer: MigrationOffer) -> None:
        """An offer has come for which there is room. `migrate_in` or `turn_away` may follow, now or later."""

    def move_ended(self, migration: str, pid: Pid, outcome: str, why: Reason | None) -> None:
        """A migration is over at this side: `completed`, `refused`, `aborted`, `lost`; `arrived`, `released`."""


_PACKETS = (
    MigrationOffer,
    OfferAccepted,
    OfferRefused,
    PageBatch,
    PagesReceived,
    PagesFlushed,
    ProcessImage,
    ImageInstalled,
    InstallFailed,
    OwnershipTransferred,
    ProcessResumed,
    MigrationAbandoned,
)
"""What sessions say to each other."""


class MigrationService(Service):
    """All migrations out of and into one node. Registers itself with the kernel."""

    def __init__(self, parts: Parts, parameters: MigrationParameters) -> None:
        kernel = self.kernel = parts.kernel
        self.parts = parts
        self.lifecycle = parts.lifecycle
        self.mail = parts.mail
        self.pages = RemotePages(parts, parameters, kernel.others if kernel.boot.life > 1 else ())
        self.pages.on_the_way = self._on_the_way
        self.parameters = parameters
        self.outgoing: dict[str, Outgoing] = {}
        self.incoming: dict[str, Incoming] = {}
        self.offered: dict[str, tuple[NodeName, MigrationOffer]] = {}
        """Offers about which nothing is decided yet; nothing is reserved for them."""
        self.front: Office[Front] = Office("decides about migrations")
        kernel.register(self, _PACKETS)
        parts.orders.movers.add({CancelMove: self.order_cancel})

    def change(self, parameters: MigrationParameters) -> None:
        """Move processes by other parameters from now on. Migrations that have begun keep those with which they began."""
        self.parameters = self.pages.parameters = parameters

    # ------------------------------------------------------------------------------------------------------- the source

    def moves(self, pid: Pid) -> bool:
        """Tell whether a process of this node is just being moved."""
        return any(session.process.pid == pid for session in self.outgoing.values())

    def _on_the_way(self) -> list[Pid]:
        going = [session.process.pid for session in self.outgoing.values()]
        return going + [session.process.pid for session in self.incoming.values()]

    def _why_not_offer(self, process: Process | None, pid: Pid, to: NodeName) -> Reason | None:
        """Say why a process cannot be offered to another node; None: it can."""
        name = self.kernel.name
        if process is None:
            return reason("no-process", machine=name, process=pid)
        if self.moves(pid):
            return reason("moves-already", process=process.name)
        if to == name:
            return reason("here-already", process=process.name, machine=name)
        return reason("is-down", machine=to) if to in self.kernel.down else None

    def migrate_out(self, order: MigrateOut) -> None:
        """Step 3 of the negotiation, *Migrate P out*, has come: offer the process, if it is still here."""
        migration, pid = order.migration, order.pid
        kernel, process = self.kernel, self.kernel.processes.get(pid)
        why = self._why_not_offer(process, pid, order.to)
        if why is None and process is not None and process.stays and order.initiated_by == BY_POLICY:
            why = reason("was-told-to-stay", process=process.name)
        if why is not None:
            kernel.emit(NegotiationRefused(migration, pid, kernel.name, 3, why))
            self._tell_end(migration, pid, "refused", why)
            return
        assert process is not None
        self._offer(process, order)

    def _offer(self, process: Process, order: MigrateOut) -> None:
        """Step 4, *Offer P*: kernel to kernel."""
        kernel, migration, to = self.kernel, order.migration, order.to
        space = process.space
        try:
            chosen = find_strategy(order.strategy, kernel.users)(self.parameters)
            pages = frames_needed(chosen, len(space.pages), len(space.resident_dirty()))
        except UsersCodeError as error:
            kernel.emit(NegotiationRefused(migration, process.pid, kernel.name, 3, error.why))
            self._tell_end(migration, process.pid, "refused", error.why)
            return
        give_up = partial(self.abort, Cause.GIVEN_UP)
        session = Outgoing(
            self.parts, self.pages, give_up, migration, process, to, order.strategy, chosen, self.parameters
        )
        self.outgoing[migration] = session
        age_ns = kernel.now - process.account.created_ns
        offer = MigrationOffer(
            migration,
            process.pid,
            process.name,
            process.program,
            order.strategy,
            pages,
            age_ns,
            process.account.cpu_ns,
            order.load,
            order.initiated_by,
        )
        offer = self.front.held.describe(process, offer)
        self._say(4, migration, process.pid, process.name, to)
        kernel.send(to, offer)
        session.sign_of_life()

    def _say(self, step: int, migration: str, pid: Pid, process: str, receiver: NodeName) -> None:
        name = self.kernel.name
        text = saying(step, process, receiver)
        self.kernel.emit(NegotiationMessage(migration, pid, step, name, receiver, receiver, text))

    def _tell_end(self, migration: str, pid: Pid, outcome: str, why: Reason | None = None) -> None:
        self.front.held.move_ended(migration, pid, outcome, why)

    def order_cancel(self, order: CancelMove) -> None:
        """Give up the migration of a process, if it has not come to its commit point."""
        pid = order.pid
        why: Reason | None = reason("not-moving", process=pid)
        for session in [session for session in self.outgoing.values() if session.process.pid == pid]:
            if session.state is not SourceState.COMMITTED:
                self.abort(Cause.GIVEN_UP, session, reason("cancelled"))
                return
            why = reason("passed-commit", process=session.process.name)
        if any(session.process.pid == pid for session in self.incoming.values()):
            why = reason("passed-commit", process=pid)
        elif not self.moves(pid):
            why = self.front.held.cancel(pid)
        if why is not None:
            self.kernel.emit(CommandRefused({"verb": "cancel", "process": pid}, why))

    def abort(self, cause: Cause, session: Outgoing, why: Reason) -> None:
        """Give a migration up before its commit point: the process goes on here."""
        stage = session.state
        if not session.step(cause):
            return
        del self.outgoing[session.migration]
        if session.stream is not None:
            session.stream.stop()
        process = session.process
        if cause is not Cause.BROKEN or stage is SourceState.OFFERED:  # an offer may have met a new life of the peer
            self.kernel.send(session.destination, MigrationAbandoned(session.migration, why))
        self.kernel.emit(MigrationAborted(session.migration, process.pid, why, stage.value))
        if process.state is State.FROZEN:
            process.space.pushers.pop(self.kernel.name, None)
            self.lifecycle.thaw(process)
            self.pages.owned(process)
            self.mail.stay(process)
        self._tell_end(session.migration, process.pid, "aborted")

    def _commit(self, session: Outgoing) -> None:
        """Destroy the source's copy, and only then tell the destination that the process is its own.

        What the destination has not got of the address space is kept, as pages without a process.
        """
        if not session.step(Cause.INSTALLED):
            return
        kernel, migration, pid = self.kernel, session.migration, session.process.pid
        places: dict[Place, list[int]] = {}
        for number, place in sorted(session.process.space.left_behind.items(), key=lambda item: item[0]):
            places.setdefault(place, []).append(number)
        kept = [len(places.get(Place(kernel.name, on_disk=on_disk), ())) for on_disk in (False, True)]
        kernel.emit(MigrationCommitted(migration, pid, session.destination, *kept))
        for place, numbers in places.items():
            if place.node != session.destination:
                kernel.emit(ResidualLeft(migration, pid, place.node, place.on_disk, numbers))
        for node, links in self.mail.passers_on(session.process, session.destination).items():
            kernel.emit(ResidualLeft(migration, pid, node, False, [], links))
        letters = self.mail.depart(session.process, session.destination)
        space = self.lifecycle.give_up(session.process)
        self.pages.left(session.process, session.destination)
        keeps = Place(kernel.name, on_disk=False) in places
        if not keeps:
            kernel.free_space(space)
            if Place(kernel.name, on_disk=True) not in places:
                kernel.store.discard(pid)
            kernel.count_frames()
        kernel.send(session.destination, OwnershipTransferred(migration, letters))
        if keeps:
            self.pages.keep(pid, migration, session.destination, space, push=session.pushes)
            kernel.count_frames()

    # -------------------------------------------------------------------------------------------------- the destination

    def _consider(self, source: NodeName, offer: MigrationOffer) -> None:
        """Step 5, *Offer P*: ask who decides, if there are frames for it."""
        if self._refused_by_memory(source, offer):
            return
        self.offered[offer.migration] = source, offer
        self.front.held.offered(source, offer)

    def migrate_in(self, migration: str) -> None:
        """Step 6, *Migrate P in*, has come: reserve what the process needs, and accept."""
        if migration in self.offered:
            source, offer = self.offered.pop(migration)
            if not self._refused_by_memory(source, offer):
                self._accept(source, offer)

    def turn_away(self, migration: str, why: Reason, step: int = 6) -> None:
        """An offer is refused: at step 6 by the Initiator, or at step 5 because there is none."""
        if migration in self.offered:
            source, _ = self.offered.pop(migration)
            if source not in self.kernel.down:
                self.kernel.send(source, OfferRefused(migration, step, why))

    def _refused_by_memory(self, source: NodeName, offer: MigrationOffer) -> bool:
        free, pages = self.kernel.frames.free, offer.pages + self._missing_text(offer)
        if not self.kernel.pager.takes_strangers:
            why = reason("opt-from-start", machine=self.kernel.name)
        elif pages > free:
            why = reason("too-few-frames", machine=self.kernel.name, free=free, process=offer.name, pages=pages)
        else:
            return False
        self.kernel.send(source, OfferRefused(offer.migration, 5, why))
        self._tell_end(offer.migration, offer.pid, "released", why)
        return True

    def _missing_text(self, offer: MigrationOffer) -> int:
        """Return how many frames it takes to have the program of a process here, beside its pages."""
        image = self.kernel.images[offer.program]
        return self.kernel.frames.missing_text(image.digest, text_pages(image))

    def _accept(self, source: NodeName, offer: MigrationOffer) -> None:
        """Step 7, *Accept the offer*: frames are reserved before the answer leaves."""
        kernel = self.kernel
        space = kernel.make_space(offer.pid, offer.program)
        kernel.load_text(space)
        space.reserve(offer.pages)
        process = Process(offer.pid, offer.name, offer.program, (), space, FileTable.standard(b""), state=State.FROZEN)
        self.incoming[offer.migration] = Incoming(offer.migration, source, process)
        self.mail.expect(offer.pid, source)
        kernel.count_frames()
        self._say(7, offer.migration, offer.pid, offer.name, source)
        kernel.send(source, OfferAccepted(offer.migration))

    def _take_pages(self, session: Incoming, batch: PageBatch) -> None:
        if not session.step(Cause.PAGES):
            return
        space = session.process.space
        try:
            space.install_pages(batch.pages, batch.content)
        except OutOfFrames:
            self._fail(session, reason("no-frame-left", machine=self.kernel.name, process=session.process.pid))
            return
        copying_ns = len(batch.pages) * self.kernel.costs.migration_page_ns
        self.kernel.charge(copying_ns)
        received = PagesReceived(session.migration, len(batch.pages))
        self.kernel.call_later(copying_ns, lambda: self._answer(session, DestinationState.RECEIVING, received))

    def _install(self, session: Incoming, rows: dict[str, bytes]) -> None:
        if not session.step(Cause.IMAGE):
            return
        process = session.process
        try:
            image.restore(process, rows)
        except image.DamagedImage as error:
            self._fail(session, reason("image-damaged", process=process.pid, why=error.why))
            return
        process.space.end_reservation()
        fixed_ns = self.kernel.costs.migration_fixed_ns
        self.kernel.charge(fixed_ns)
        installed = ImageInstalled(session.migration)
        self.kernel.call_later(fixed_ns, lambda: self._answer(session, DestinationState.INSTALLED, installed))

    def _answer(self, session: Incoming, state: DestinationState, packet: AnyPacket) -> None:
        """Send `packet` if the session is still in `state`."""
        if session.state is state:
            self.kernel.send(session.source, packet)

    def _own(self, session: Incoming, letters: list[Letter]) -> None:
        if not session.step(Cause.OWNERSHIP):
            return
        process = session.process
        del self.incoming[session.migration]
        process.account.migrations += 1
        process.arrived_ns = self.kernel.now
        process.trail = [*process.trail, (session.source, self.kernel.now)][-TRAIL:]
        self.lifecycle.admit(process)
        self.kernel.emit(MigrationResumed(session.migration, process.pid))
        self.lifecycle.thaw(process)
        self.pages.owned(process)
        self.mail.arrive(process, letters)
        self.kernel.count_frames()
        self.kernel.send(session.source, ProcessResumed(session.migration))
        self._tell_end(session.migration, process.pid, "arrived")

    def _fail(self, session: Incoming, why: Reason) -> None:
        self._release(session, Cause.GIVEN_UP, why)
        self.kernel.send(session.source, InstallFailed(session.migration, why))

    def _release(self, session: Incoming, cause: Cause, why: Reason) -> None:
        """Give back all that was reserved and received for a process that does not come."""
        if not session.step(cause):
            return
        del self.incoming[session.migration]
        self.kernel.free_space(session.process.space)
        if not self.pages.keeps(session.process.pid):
            self.kernel.store.discard(session.process.pid)
        self.kernel.emit(ReservationReleased(session.migration, session.process.pid, why))
        self.mail.not_coming(session.process.pid)
        self.kernel.count_frames()
        self._tell_end(session.migration, session.process.pid, "released")

    # --------------------------------------------------------------------------------------------------- what comes in

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Handle a message. One for a session that has ended is ignored."""
        if isinstance(packet, MigrationOffer):
            self._consider(source, packet)
            return
        assert isinstance(packet, MigrationPacket)
        outgoing = self.outgoing.get(packet.migration)
        incoming = self.incoming.get(packet.migration)
        if outgoing is not None:
            self._receive_at_source(outgoing, packet)
        elif incoming is not None:
            self._receive_at_destination(incoming, packet)
        elif isinstance(packet, MigrationAbandoned) and packet.migration in self.offered:
            self._forget_offer(packet.migration)

    def _forget_offer(self, migration: str) -> None:
        """An offer about which nothing had been decided is taken back, or its source is dead."""
        _, offer = self.offered.pop(migration)
        self._tell_end(migration, offer.pid, "released")

    def _receive_at_source(self, session: Outgoing, packet: AnyPacket) -> None:
        kernel, process = self.kernel, session.process
        match packet:
            case OfferAccepted():
                if session.step(Cause.ACCEPTED):
                    kernel.emit(MigrationAccepted(session.migration, process.pid))
                    process.space.begin_copying()
                    session.consult(session.strategy.begin)
            case OfferRefused(_, step, why):
                if session.step(Cause.REFUSED):
                    del self.outgoing[session.migration]
                    pid, by = process.pid, session.destination
                    refused = NegotiationRefused(session.migration, pid, by, step, why)
                    kernel.emit(refused)
                    self._tell_end(session.migration, pid, "refused", why)
            case PagesReceived():
                if session.state is SourceState.TRANSFERRING:
                    session.acknowledged()
            case PagesFlushed():
                session.flushed()
            case ImageInstalled():
                self.mail.when_announced(process, lambda: self._commit(session))
            case InstallFailed(_, why):
                self.abort(Cause.GIVEN_UP, session, why)
            case ProcessResumed():
                if session.step(Cause.RESUMED):
                    del self.outgoing[session.migration]
                    kernel.emit(MigrationCompleted(session.migration, process.pid))
                    self._tell_end(session.migration, process.pid, "completed")
            case _:
                raise AssertionError(f"a source never gets {type(packet).__name__}")

    def _receive_at_destination(self, session: Incoming, packet: AnyPacket) -> None:
        match packet:
            case PageBatch():
                self._take_pages(session, packet)
            case ProcessImage(_, rows):
                self._install(session, rows)
            case OwnershipTransferred(_, letters):
                self._own(session, letters)
            case MigrationAbandoned(_, why):
                self._release(session, Cause.GIVEN_UP, why)
            case _:
                raise AssertionError(f"a destination never gets {type(packet).__name__}")

    def connection_broken(self, peer: NodeName) -> None:
        """The peer is dead: end every session with it as the tables say."""
        for session in [session for session in self.outgoing.values() if session.destination == peer]:
            if session.state is SourceState.COMMITTED and session.step(Cause.BROKEN):
                del self.outgoing[session.migration]
                why = reason("owner-crashed", machine=peer)
                self.kernel.emit(MigrationLost(session.migration, session.process.pid, why))
                holders = dict.fromkeys(place.node for place in session.process.space.left_behind.values())
                self.pages.lost(session.process.pid, list(holders))
                self._tell_end(session.migration, session.process.pid, "lost")
            else:
                self.abort(Cause.BROKEN, session, reason("connection-broken", by=peer))
        for session in [session for session in self.outgoing.values() if session.flush_node == peer]:
            self.abort(Cause.GIVEN_UP, session, reason("flush-disk-gone", machine=peer))
        for incoming in [session for session in self.incoming.values() if session.source == peer]:
            self._release(incoming, Cause.BROKEN, reason("connection-broken", by=peer))
        for migration in [name for name, (source, _) in self.offered.items() if source == peer]:
            self._forget_offer(migration)

    def process_ended(self, pid: Pid) -> None:
        """A process of this node has ended: it can no longer be moved."""
        for session in [session for session in self.outgoing.values() if session.process.pid == pid]:
            self.abort(Cause.GIVEN_UP, session, reason("ended-meanwhile", process=pid))
