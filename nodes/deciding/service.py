"""The front office of a machine's migrations: asks its Initiator before anything happens, and does what it says. Decides nothing.

```
 users_orders  guest_calls          who wants something: users, programs
 guests  admission                  who has to wait: guests that must leave, new jobs
 seat                               the Initiator, here or elsewhere, and what is said to it
 figures  console                   what it is told: how the machine is, whether its owner is there
```
"""

from __future__ import annotations

import msgspec

from nodes.deciding.console import Console
from nodes.deciding.figures import Figures
from nodes.deciding.guest_calls import GuestCalls
from nodes.deciding.guests import Guests
from nodes.deciding.seat import FOR_INITIATORS, FOR_KERNELS, Seat
from nodes.deciding.users_orders import UsersOrders
from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process, State, Why
from nodes.kernel.services import Service
from nodes.migration.session import MigrationService
from nodes.wire.control import CancelMove, ChangePolicy, MoveProcess, OperateMachine, OwnerInput
from nodes.wire.events import NegotiationMessage, ProcessPlaced
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    CallOff,
    GuestsFrozen,
    GuestsToBackground,
    JobSubmitted,
    MigrateIn,
    MigrateOut,
    MigrationOffer,
    MoveEnded,
    OfferRelayed,
    StartHere,
    TurnAway,
    WishDenied,
)
from nodes.wire.parameters import AT_ARRIVAL, AT_END
from nodes.wire.reasons import Reason, saying


class DecidingService(Service):
    """Everything about decisions on one node. Registers itself with the kernel, and decides about its migrations."""

    def __init__(self, parts: Parts, migrations: MigrationService) -> None:
        kernel = self.kernel = parts.kernel
        boot, settings = kernel.boot, kernel.boot.initiators
        self.parts = parts
        self.migrations = migrations
        state = settings.owners.get(kernel.name, "none")
        self.console = Console(kernel, state, settings.idle_after_ns, lambda: self.seat.tell_figures("owner"))
        self.figures = Figures(kernel, self.console)
        self.seat = Seat(kernel, boot, self.figures, self._obey)
        self.guests = Guests(parts, migrations.moves)
        self.orders = UsersOrders(kernel, self.seat, self.figures, self._strategy)
        self.calls = GuestCalls(parts, boot.nodes, self.seat, self.figures, self._strategy)
        kernel.register(
            self,
            FOR_INITIATORS + FOR_KERNELS,
            {
                OwnerInput: self.console.take_input,
                OperateMachine: self.orders.operate,
                ChangePolicy: self._change_policy,
            },
            self.calls.table(),
        )
        parts.orders.movers.add({MoveProcess: self.orders.move})
        migrations.front.take(self)
        kernel.admission.take(self)
        if self.seat.is_elsewhere:
            kernel.call_later(0, lambda: self.seat.tell_figures("boot"))

    def _strategy(self) -> str:
        return self.migrations.parameters.strategy

    # ------------------------------------------------------------------------------------------------- what happens here

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Take a message of an Initiator or a kernel elsewhere."""
        self.seat.hear(source, packet)

    def process_ready(self, process: Process) -> None:
        self.console.await_idleness()
        self.seat.wake()

    def process_blocked(self, process: Process) -> None:
        self.figures.count_wait(process)

    def traffic(self, pid: Pid, node: NodeName, size: int) -> None:
        if self.seat.settings.communication_bytes:
            self.figures.count_traffic(pid, node, size)

    def process_ended(self, pid: Pid) -> None:
        for part in (self.figures, self.guests, self.calls):
            part.forget(pid)
        self.orders.answered(pid)
        self.seat.process_ended(pid)
        if self.seat.settings.load_sharing in AT_END and not self.seat.is_down:
            self.kernel.call_later(0, lambda: self.seat.tell_figures("ended"))
        if not self.kernel.processes:
            self.console.stop_waiting()

    def connection_broken(self, peer: NodeName) -> None:
        """A machine is dead: the Initiator is told; whoever waits for an Initiator that sat there waits no longer."""
        self.seat.machine_down(peer)
        if peer != self.seat.node:
            return
        self.guests.let_all_go()
        self.calls.fail_all(but=self.migrations.moves)
        for pid in [pid for pid, process in self.kernel.processes.items() if process.state is State.NEW]:
            self._start_new(pid)
        for migration in list(self.migrations.offered):
            self.migrations.turn_away(migration, self.seat.why_nobody(), 5)
        self.orders.refuse_unheard()

    def node_back(self, peer: NodeName) -> None:
        self.seat.machine_back(peer)

    def remembered(self) -> list[Pid]:
        """Return the processes that this service remembers, which matters only while they live."""
        parts = (self.guests, self.calls, self.orders, self.figures, self.seat)
        return [pid for part in parts for pid in part.remembered()]

    # ------------------------------------------------------------------------------------------ what the Initiator says

    def _obey(self, packet: AnyPacket) -> None:
        """Do what the Initiator of this machine says."""
        match packet:
            case MigrateOut():
                self.orders.answered(packet.pid)
                self.migrations.migrate_out(packet)
            case CallOff(_, pid):
                self.migrations.order_cancel(CancelMove(pid))
            case MigrateIn(migration):
                self.migrations.migrate_in(migration)
            case TurnAway(migration, why):
                self.migrations.turn_away(migration, why)
            case WishDenied(pid, _):
                self.orders.answered(pid)
                self.calls.fail(pid)
                self._start_new(pid)
            case StartHere(pid, waited_ns):
                if pid in self.kernel.processes:
                    self.kernel.emit(ProcessPlaced(pid, self.kernel.name, waited_ns))
                self._start_new(pid)
            case GuestsFrozen(pids):
                self.guests.freeze(pids)
            case GuestsToBackground(pids, background):
                self.guests.put_back(pids, background)
            case _:
                raise AssertionError(f"no kernel is ever told {type(packet).__name__}")

    # --------------------------------------------------------------------------------------- what migrations ask and tell

    def cancel(self, pid: Pid) -> Reason | None:
        """Nobody wants this process moved any more; say why that makes no difference."""
        return self.orders.cancel(pid)

    def describe(self, process: Process, offer: MigrationOffer) -> MigrationOffer:
        """Add to an offer what the Initiator at the destination will want to know."""
        figures = self.figures.of_process(process)
        return msgspec.structs.replace(offer, talks=figures.talks, trail=figures.trail)

    def offered(self, source: NodeName, offer: MigrationOffer) -> None:
        """Step 5: an offer has come for which there is room."""
        name = self.kernel.name
        text = saying(5, offer.name, name)
        if self.seat.is_down:
            self.migrations.turn_away(offer.migration, self.seat.why_nobody(), 5)
            return
        self.kernel.emit(NegotiationMessage(offer.migration, offer.pid, 5, name, self.seat.node, name, text))
        self.seat.say(OfferRelayed(offer, source, self.figures.of_machine()))

    def move_ended(self, migration: str, pid: Pid, outcome: str, why: Reason | None) -> None:
        """A migration is over at this side."""
        self.calls.move_ended(pid, outcome)
        if outcome in ("refused", "aborted"):
            self._start_new(pid)
        if outcome in ("completed", "lost"):
            self.figures.forget(pid)
        self.guests.move_ended(pid, outcome)
        self.seat.say(MoveEnded(migration, self.kernel.name, outcome, why))

    # ------------------------------------------------------------------------------------------------- long-term scheduling

    def holds_new(self, process: Process) -> bool:
        """Tell whether a new process waits until its Initiator has said where it starts; that may be at once."""
        settings = self.seat.settings
        placed = settings.placement != "home" or settings.admission > 0 or settings.load_sharing in AT_ARRIVAL
        if not placed or self.seat.is_down:
            return False
        self.seat.say(JobSubmitted(self.figures.of_process(process), self.kernel.name))
        return True

    def _start_new(self, pid: Pid) -> None:
        """Let a new process begin, if it waits for that."""
        process = self.kernel.processes.get(pid)
        if process is not None and process.state is State.NEW:
            self.parts.lifecycle.make_ready(process, Why.ADMITTED)

    def _change_policy(self, order: ChangePolicy) -> None:
        """Other policies are in force from now on. Migrations and evictions that have begun go on as they began."""
        settings, migration = order.initiators, order.migration
        self.migrations.change(migration)
        self.parts.mail.change_redirection(migration.redirection)
        self.console.set_patience(settings.idle_after_ns)
        self.seat.change(settings, migration.strategy)
