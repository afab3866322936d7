"""Between the Initiator, this node's kernel and the wire: carries what they say to each other, and gives the Initiator its numbers.

The Initiator of this machine may sit elsewhere (`controls`), and one that sits here may control others: who is here is spoken to by a
call, everybody else by a message. Decides nothing. Owns the owner of the workstation, who sits in front of it.
"""

from __future__ import annotations

import errno
import random  # noqa: TID251 - one seeded generator a node
from collections import deque
from collections.abc import Sequence
from typing import get_args

import msgspec

from nodes.initiator.desk import Action, Report, Tell
from nodes.initiator.initiator import Initiator
from nodes.initiator.load import Traffic
from nodes.initiator.owner import Owner
from nodes.initiator.policies import Policy
from nodes.initiator.users_policy import UsersPolicy
from nodes.kernel.agenda import Timer
from nodes.kernel.arguments import Arguments, Result
from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process, State, WaitingFor, Why
from nodes.kernel.services import Service
from nodes.migration.session import MigrationService
from nodes.wire.control import Boot, CancelMove, ChangePolicy, MoveProcess, OperateMachine, OwnerInput
from nodes.wire.events import (
    CommandRefused,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    OwnerActive,
    OwnerIdle,
    ProcessPlaced,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    CallOff,
    FiguresTold,
    FromKernel,
    GuestsFrozen,
    GuestsToBackground,
    JobSubmitted,
    MachineFigures,
    MachineTold,
    MigrateIn,
    MigrateOut,
    MigrationOffer,
    MoveEnded,
    MoveWished,
    OfferRelayed,
    ProcessFigures,
    StartHere,
    ToInitiator,
    ToKernel,
    TurnAway,
    WishCancelled,
    WishDenied,
)
from nodes.wire.parameters import AT_ARRIVAL, AT_END
from nodes.wire.reasons import Reason, reason
from nodes.wire.sayings import saying
from nodes.wire.users_code import UsersModules, load_class
from nodes.wire.vocabulary import LOAD_SHARING

FOR_INITIATORS: tuple[type, ...] = get_args(ToInitiator)
FOR_KERNELS: tuple[type, ...] = get_args(ToKernel)


class InitiatorService(Service):
    """The front of a node's migrations. Registers itself with the kernel and with the migration service."""

    def __init__(self, parts: Parts, migrations: MigrationService, boot: Boot) -> None:
        settings = self.settings = boot.initiators
        kernel = self.kernel = parts.kernel
        self.parts = parts
        self.lifecycle = parts.lifecycle
        self.migrations = migrations
        self.nodes = boot.nodes
        self.seat = settings.controls.get(kernel.name, kernel.name)
        """Where the Initiator of this machine sits."""
        machines = [name for name in boot.nodes if settings.controls.get(name, name) == kernel.name]
        self.initiator: Initiator | None = None
        if machines:
            draw = random.Random(f"{boot.seed}/{kernel.name}/{boot.life}/initiator")  # noqa: S311 - not for secrets
            prefix = kernel.name if boot.life == 1 else f"{kernel.name}#{boot.life}"
            policy = _users_policy(settings.load_sharing, kernel.users)
            self.initiator = Initiator(
                kernel.name, machines, boot.nodes, settings, draw, prefix, boot.migration.strategy, policy
            )
        state = settings.owners.get(kernel.name, "none")
        self.owner = Owner(state, settings.idle_after_ns, kernel.now)
        self._life = boot.life
        self._queue: deque[tuple[NodeName, AnyPacket]] = deque()
        self._at_work = False
        self._timer: Timer | None = None
        self._timer_ns: int | None = None
        self._idle_timer: Timer | None = None
        self._figures_due = False
        self._held: dict[Pid, None] = {}
        """Processes that stand still because they have to leave."""
        self._call_results: dict[Pid, int] = {}
        """What a process's own wish to move comes to, when its system call is tried again here."""
        self._own_wishes: list[Pid] = []
        self._wishes: dict[Pid, MoveProcess] = {}
        """What somebody outside wanted of processes here, while the Initiator, which sits elsewhere, has not answered."""
        self._unasked = 0
        self._traffic: dict[Pid, Traffic] = {}
        self._page_waits, self._uncounted_waits = Traffic(), 0
        kernel.register(
            self,
            FOR_INITIATORS + FOR_KERNELS,
            {
                OwnerInput: self._owner_input,
                OperateMachine: self._operate,
                ChangePolicy: self._change_policy,
            },
            {1050: self._migrate_to_node, 1051: self._migrate_to_resource, 1052: self._where_am_i},
        )
        migrations.front.take(self)
        kernel.admission.take(self)
        if self.seat != kernel.name:
            kernel.call_later(0, lambda: self._tell_figures("boot"))

    # ---------------------------------------------------------------------------------------------------- conversation

    @property
    def _seat_down(self) -> bool:
        """Whether the Initiator of this machine sat on a node that has crashed, and has not been heard of since."""
        return self.seat in self.kernel.down

    def _why_no_initiator(self) -> Reason:
        return reason("no-initiator", machine=self.kernel.name, on=self.seat)

    def _deliver(self, packet: AnyPacket) -> None:
        """Say something to the Initiator of this machine: on the wire, or by a call that is made as soon as this one is over.

        One that sits elsewhere is told with it how the machine is now.
        """
        if self._seat_down:
            return  # there is nobody who could hear it
        if self.seat != self.kernel.name:
            if isinstance(packet, FromKernel):
                packet = msgspec.structs.replace(packet, figures=self.figures())
            self.kernel.send(self.seat, packet)
            return
        self._queue.append((self.seat, packet))
        self._work()

    def _work(self) -> None:
        """Handle what was said by calls, one after the other."""
        if self._at_work:
            return
        self._at_work = True
        while self._queue:
            sender, packet = self._queue.popleft()
            if isinstance(packet, FOR_KERNELS):
                self._obey(packet)
            elif self.initiator is not None:
                self._refresh()
                self._carry_out(self.initiator.receive(sender, packet, self.kernel.now))  # type: ignore[arg-type]
        self._at_work = False
        self._set_timer()

    def _carry_out(self, actions: Sequence[Action]) -> None:
        """Do what the Initiator wants; what parties here say to each other comes when all of it is done."""
        for action in actions:
            match action:
                case Report(event):
                    self.kernel.emit(event)
                case Tell(to, what) if to == self.kernel.name:
                    self._queue.append((to, what))
                case Tell(to, what):
                    self.kernel.send(to, what)
        self._work()

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Take a message of an Initiator or a kernel elsewhere."""
        self._queue.append((source, packet))
        self._work()

    def connection_broken(self, peer: NodeName) -> None:
        """A machine is dead: the Initiator is told; who stood still by order of an Initiator that is no more goes on."""
        if self.initiator is not None:
            self._refresh()
            self._carry_out(self.initiator.broken(peer, self.kernel.now))
        if peer == self.seat:
            for pid in list(self._held):
                self._let_go(pid)
            for pid in list(self._own_wishes):
                if not self.migrations.moves(pid):
                    self._own_wish_failed(pid)
            for pid in [pid for pid, process in self.kernel.processes.items() if process.state is State.NEW]:
                self._start_new(pid)
            for migration in list(self.migrations.offered):
                self.migrations.turn_away(migration, self._why_no_initiator(), 5)
            for wish in self._wishes.values():
                self._refuse_unheard(wish)
            self._wishes.clear()

    def node_back(self, peer: NodeName) -> None:
        """A machine is up again: an Initiator that sits there knows nothing yet of this one."""
        if self.initiator is not None:
            self.initiator.back(peer)
        if peer == self.seat:
            self._tell_figures("boot")
            self._tell_after_interval()

    def process_ended(self, pid: Pid) -> None:
        """A process of this node is no more."""
        self._traffic.pop(pid, None)
        self._held.pop(pid, None)
        self._call_results.pop(pid, None)
        self._wishes.pop(pid, None)
        if pid in self._own_wishes:
            self._own_wishes.remove(pid)
        if self.initiator is not None:
            self.initiator.process_ended(pid)
        if self.settings.load_sharing in AT_END and not self._seat_down:
            self.kernel.call_later(0, lambda: self._tell_figures("ended"))
        if not self.kernel.processes and self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _set_timer(self) -> None:
        if self.initiator is None:
            return
        due_ns = self.initiator.next_ns()
        if due_ns == self._timer_ns:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_ns = due_ns
        if due_ns is not None:
            self._timer = self.kernel.call_later(max(0, due_ns - self.kernel.now), self._expire)

    def _expire(self) -> None:
        assert self.initiator is not None
        self._timer = self._timer_ns = None
        self._refresh()
        self._carry_out(self.initiator.expire(self.kernel.now))

    def remembered(self) -> list[Pid]:
        """Return the processes of which something is known here that only matters while they live."""
        kept = [*self._held, *self._own_wishes, *self._wishes, *self._call_results, *self._traffic]
        if self.initiator is not None:
            desk = self.initiator.desk
            kept += [asking.process.pid for asking in desk.asking.values()]
            kept += [giving.process.pid for giving in desk.giving.values()]
            kept += self.initiator.placement.jobs
            kept += [pid for all_ in self.initiator.eviction.evictions.values() for one in all_ for pid in one.open()]
        return kept

    # ---------------------------------------------------------------------------------------------------------- figures

    def figures(self) -> MachineFigures:
        """Return what this machine says of itself now."""
        self._notice_idleness()
        kernel, owner = self.kernel, self.owner
        processes = kernel.processes.values()
        competing = (State.RUNNING, State.READY)
        return MachineFigures(
            kernel.name,
            kernel.now,
            kernel.ips,
            sum(one.state in competing and not one.background for one in processes),
            kernel.frames.total,
            kernel.frames.free,
            tuple(self._figures_of(one) for one in processes),
            any(one.state in (*competing, State.FROZEN) or one.alarm is not None for one in processes),
            owner.state,
            owner.input_ns,
            self._pressure(),
        )

    def _pressure(self) -> int:
        """Return how often processes here had to wait for a page in the last second."""
        now = self.kernel.now
        self._page_waits.count("", self._uncounted_waits, now)
        self._uncounted_waits = 0
        return self._page_waits.in_the_last_second(now).get("", 0)

    def _figures_of(self, process: Process) -> ProcessFigures:
        now, account = self.kernel.now, process.account
        return ProcessFigures(
            process.pid,
            process.name,
            len(process.space.pages),
            now - account.created_ns,
            account.cpu_ns,
            now - process.arrived_ns,
            process.state.value,
            process.stays,
            process.priority,
            self._traffic[process.pid].in_the_last_second(now) if process.pid in self._traffic else {},
            tuple(process.trail),
        )

    def traffic(self, pid: Pid, node: NodeName, size: int) -> None:
        if not self.settings.communication_bytes:
            return
        self._traffic.setdefault(pid, Traffic()).count(node, size, self.kernel.now)

    def process_blocked(self, process: Process) -> None:
        """A process waits. Where it waits for a page, that is pressure on memory."""
        self._uncounted_waits += isinstance(process.waiting, WaitingFor) and process.waiting.what == "page"

    def _refresh(self) -> None:
        """Let the Initiator that sits here see its own machine as it is."""
        if self.initiator is not None and self.kernel.name in self.initiator.machines:
            self.initiator.observe(self.figures(), self.kernel.now)

    def _tell_figures(self, cause: str) -> None:
        self._deliver(FiguresTold(self.figures(), cause))

    def process_ready(self, process: Process) -> None:
        """A process begins to compete for the CPU: from now on there is something to measure."""
        self._await_idleness()
        if self.initiator is not None and self.initiator.wake(self.kernel.now) and not self._at_work:
            self._set_timer()
        self._tell_after_interval()

    def _tell_after_interval(self) -> None:
        """Let an Initiator elsewhere have figures from time to time, if it wants any."""
        listens = self.seat != self.kernel.name and not self._seat_down
        if listens and self.settings.watched and not self._figures_due:
            self._figures_due = True
            self.kernel.call_later(self.settings.interval_ns, self._tell_interval)

    def _tell_interval(self) -> None:
        self._figures_due = False
        figures = self.figures()
        self._deliver(FiguresTold(figures, "interval"))
        if figures.busy:
            self._tell_after_interval()

    # ----------------------------------------------------------------------------------------------- the kernel's part

    def _obey(self, packet: AnyPacket) -> None:
        """Do what the Initiator of this machine says."""
        kernel = self.kernel
        match packet:
            case MigrateOut():
                self._wishes.pop(packet.pid, None)
                self.migrations.migrate_out(packet)
            case CallOff(_, pid):
                self.migrations.order_cancel(CancelMove(pid))
            case MigrateIn(migration):
                self.migrations.migrate_in(migration)
            case TurnAway(migration, why):
                self.migrations.turn_away(migration, why)
            case WishDenied(pid, _):
                self._wishes.pop(pid, None)
                self._own_wish_failed(pid)
                self._start_new(pid)
            case StartHere(pid, waited_ns):
                if pid in kernel.processes:
                    kernel.emit(ProcessPlaced(pid, kernel.name, waited_ns))
                self._start_new(pid)
            case GuestsFrozen(pids):
                for process in self._here(pids):
                    if process.state in (State.RUNNING, State.READY, State.BLOCKED, State.STOPPED):
                        self.lifecycle.freeze(process)
                    self._held[process.pid] = None
            case GuestsToBackground(pids, background):
                for process in self._here(pids):
                    self._let_go(process.pid)
                    self.parts.processor.put_back(process, background)
            case _:
                raise AssertionError(f"no kernel is ever told {type(packet).__name__}")

    def _here(self, pids: Sequence[Pid]) -> list[Process]:
        return [self.kernel.processes[pid] for pid in pids if pid in self.kernel.processes]

    def _let_go(self, pid: Pid) -> None:
        """Let a process go on that stood still because it had to leave, unless it is being moved."""
        self._held.pop(pid, None)
        process = self.kernel.processes.get(pid)
        if process is not None and process.state is State.FROZEN and not self.migrations.moves(pid):
            self.lifecycle.thaw(process)
            self.parts.mail.stay(process)

    def order_move(self, order: MoveProcess) -> None:
        """Somebody outside wants a process of this node moved."""
        kernel, process = self.kernel, self.kernel.processes.get(order.pid)
        strategy = order.strategy or self.migrations.parameters.strategy
        if process is None:
            self._refuse_order(order, strategy, reason("no-process", machine=kernel.name, process=order.pid))
        elif order.to == kernel.name:
            why = reason("here-already", process=process.name, machine=kernel.name)
            self._refuse_order(order, strategy, why)
        elif self._seat_down:
            self._refuse_order(order, strategy, self._why_no_initiator())
        else:
            wish = MoveWished(
                self._figures_of(process),
                kernel.name,
                order.to,
                "",
                strategy,
                order.initiated_by,
                reason("asked-for", who=order.initiated_by),
            )
            if self.seat != kernel.name:
                self._wishes[order.pid] = order
            self._deliver(wish)

    def _refuse_unheard(self, order: MoveProcess) -> None:
        """The Initiator has died and said nothing to a wish: perhaps it has never heard of it."""
        command = {"verb": "migrate", "process": order.pid, "to": order.to}
        why = self._why_no_initiator()
        self.kernel.emit(CommandRefused(command, why.text()))

    def cancel(self, pid: Pid) -> Reason | None:
        """Nobody wants this process moved any more; say why that makes no difference. An Initiator elsewhere says so itself."""
        if self._seat_down:
            return self._why_no_initiator()
        if self.seat == self.kernel.name and not (self.initiator is not None and self.initiator.asks_for(pid)):
            return reason("not-moving", process=pid)
        self._deliver(WishCancelled(pid))
        return None

    def _refuse_order(self, order: MoveProcess, strategy: str, why: Reason) -> None:
        """Refuse a move of which no Initiator has to be asked."""
        migration, by = self._start_unasked(order, strategy), self.kernel.name
        self.kernel.emit(NegotiationRefused(migration, order.pid, by, 0, why.text(), why.rule, why.numbers))

    def _start_unasked(self, order: MoveProcess, strategy: str) -> str:
        """Begin a migration of which nobody has to be asked, and return its name."""
        self._unasked += 1
        name, life = self.kernel.name, "" if self._life == 1 else f"#{self._life}"
        migration = f"{name}{life}/0.{self._unasked}"
        self.kernel.emit(
            MigrationStarted(migration, order.pid, name, order.to, strategy, order.initiated_by, order.reason)
        )
        return migration

    def describe(self, process: Process, offer: MigrationOffer) -> MigrationOffer:
        """Add to an offer what the Initiator at the destination will want to know."""
        figures = self._figures_of(process)
        return msgspec.structs.replace(offer, talks=figures.talks, trail=figures.trail)

    def offered(self, source: NodeName, offer: MigrationOffer) -> None:
        """Step 5: an offer has come for which there is room."""
        name = self.kernel.name
        text = saying(5, offer.name, name)
        if self._seat_down:
            self.migrations.turn_away(offer.migration, self._why_no_initiator(), 5)
            return
        self.kernel.emit(NegotiationMessage(offer.migration, offer.pid, 5, name, self.seat, name, text))
        self._deliver(OfferRelayed(offer, source, self.figures()))

    def move_ended(self, migration: str, pid: Pid, outcome: str, why: Reason | None) -> None:
        """A migration is over at this side."""
        if outcome in ("refused", "aborted"):
            self._own_wish_failed(pid)
            self._start_new(pid)
        elif pid in self._own_wishes:
            self._own_wishes.remove(pid)
        if outcome in ("completed", "lost"):
            self._traffic.pop(pid, None)
        if outcome != "refused":
            self._held.pop(pid, None)
        elif pid not in self._held:
            self._let_go(pid)  # whoever held it has died or given up meanwhile
        self._deliver(MoveEnded(migration, self.kernel.name, outcome, why))

    # ------------------------------------------------------------------------------------------------- long-term scheduling

    def holds_new(self, process: Process) -> bool:
        """A new process waits until its Initiator has said where it starts; that may be at once."""
        settings = self.settings
        placed = settings.placement != "home" or settings.admission > 0 or settings.load_sharing in AT_ARRIVAL
        if not placed or self._seat_down:
            return False
        self._deliver(JobSubmitted(self._figures_of(process), self.kernel.name))
        return True

    def _start_new(self, pid: Pid) -> None:
        process = self.kernel.processes.get(pid)
        if process is not None and process.state is State.NEW:
            self.lifecycle.make_ready(process, Why.ADMITTED)

    # ------------------------------------------------------------------------------------------------ owner and operator

    def _owner_input(self, order: OwnerInput) -> None:
        kernel = self.kernel
        if order.active:
            if self.owner.touch(kernel.now):
                kernel.emit(OwnerActive())
                self._tell_figures("owner")
            self._await_idleness()
        elif self.owner.leave():
            self._owner_left()

    def _await_idleness(self) -> None:
        """Wait until no key has been touched for long enough. Where no process is, nobody waits: it is noticed when somebody looks."""
        idle_at_ns = self.owner.idle_at_ns()
        if idle_at_ns is not None and self._idle_timer is None and self.kernel.processes:
            self._idle_timer = self.kernel.call_later(max(0, idle_at_ns - self.kernel.now), self._look_for_owner)

    def _look_for_owner(self) -> None:
        self._idle_timer = None
        self._notice_idleness()
        self._await_idleness()

    def _notice_idleness(self) -> None:
        idle_at_ns = self.owner.idle_at_ns()
        if idle_at_ns is not None and idle_at_ns <= self.kernel.now and self.owner.leave():
            self._owner_left()

    def _owner_left(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        self.kernel.emit(OwnerIdle(self.kernel.now - self.owner.input_ns))
        self._tell_figures("owner")

    def _operate(self, order: OperateMachine) -> None:
        if self._seat_down:
            command = {"verb": order.verb, "node": self.kernel.name}
            self.kernel.emit(CommandRefused(command, self._why_no_initiator().text()))
            return
        self._deliver(MachineTold(self.kernel.name, order.verb, order.at_ns))

    def _change_policy(self, order: ChangePolicy) -> None:
        """Other policies are in force from now on. Migrations and evictions that have begun go on as they began."""
        before, settings, migration = self.settings, order.initiators, order.migration
        self.settings = settings
        self.migrations.change(migration)
        self.parts.mail.change_redirection(migration.redirection)
        self.owner.idle_after_ns = settings.idle_after_ns
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        self._await_idleness()
        if self.initiator is not None:
            policy = self.initiator.sharing.users_policy
            if settings.load_sharing != before.load_sharing:  # else a user's own goes on with what it remembers
                policy = _users_policy(settings.load_sharing, self.kernel.users)
            self._refresh()
            self._carry_out(self.initiator.change(settings, migration.strategy, policy, self.kernel.now))
        if self.kernel.processes:
            self._tell_after_interval()

    # --------------------------------------------------------------------------------------------------- system calls

    def _migrate_to_node(self, process: Process, a: Arguments) -> Result:
        """`migrate_to(const char *node)`: 0 when the process runs there."""
        to = _text(process, a[0])
        if to not in self.nodes:
            return -errno.ENOENT
        return 0 if to == self.kernel.name else self._wish_of(process, to, "", reason("own-will"))

    def _migrate_to_resource(self, process: Process, a: Arguments) -> Result:
        """`migrate_to_resource(const char *resource)`: 0 when the process runs where it is."""
        resource = _text(process, a[0])
        if resource in self.kernel.parameters.resources:
            return 0
        if not any(resource in there for there in self.settings.resources.values()):
            return -errno.ENODEV
        return self._wish_of(process, "", resource, reason("own-will"))

    def _where_am_i(self, process: Process, a: Arguments) -> Result:
        """`where_am_i(char *name, size_t size)`: the length of the name of this node."""
        name = self.kernel.name.encode() + b"\0"
        if a[1] < len(name):
            return -errno.ERANGE
        process.space.write(a[0], name)
        return len(name) - 1

    def _wish_of(self, process: Process, to: NodeName, resource: str, why: Reason) -> Result:
        """Let a process wait for its own migration. Where it goes on, the call is tried again, and finds that it is there."""
        if process.pid in self._call_results:
            return self._call_results.pop(process.pid)
        if self._seat_down:
            return -errno.EAGAIN
        deadline_ns = process.deadline_after(self.kernel.now, 20 * self.settings.answer_timeout_ns)
        if process.pid not in self._own_wishes:
            self._own_wishes.append(process.pid)
            strategy = self.migrations.parameters.strategy
            wish = MoveWished(self._figures_of(process), self.kernel.name, to, resource, strategy, "process", why)
            self.kernel.call_later(0, lambda: self._deliver(wish))
        return WaitingFor("migration", deadline_ns, -errno.ETIMEDOUT)

    def _own_wish_failed(self, pid: Pid) -> None:
        """A process that asked to be moved itself stays: its system call fails."""
        if pid not in self._own_wishes:
            return
        self._own_wishes.remove(pid)
        process = self.kernel.processes.get(pid)
        if process is None:
            return
        waiting = process.waiting
        if process.state is State.BLOCKED and isinstance(waiting, WaitingFor) and waiting.what == "migration":
            self.lifecycle.finish_wait(process, -errno.EAGAIN)
        elif process.retries_call:
            self._call_results[pid] = -errno.EAGAIN


def _text(process: Process, address: int) -> str:
    """Read a name from a process's memory."""
    try:
        return process.space.read_string(address, 64).decode("utf-8", "replace")
    except ValueError:
        return ""


def _users_policy(name: str, users: UsersModules) -> Policy | None:
    """Return a user's own policy, `module:Class`; None: the policy is one of ours."""
    return None if name in LOAD_SHARING else UsersPolicy(lambda: load_class(name, users)())
