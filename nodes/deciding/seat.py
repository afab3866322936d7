"""The seat of the Initiator of this machine: here, or on another node (`controls`); and the Initiator itself where it sits here.

Who is here is spoken to by a call, everybody else by a message; what is said by calls is handled one after the other.
"""

from __future__ import annotations

import random  # noqa: TID251 - one seeded generator a node
from collections import deque
from collections.abc import Callable, Sequence
from typing import get_args

import msgspec

from nodes.deciding.figures import Figures
from nodes.initiator.desk import Action, Report, Tell
from nodes.initiator.initiator import Initiator
from nodes.initiator.policies import Policy
from nodes.initiator.users_policy import UsersPolicy
from nodes.kernel.agenda import Timer
from nodes.kernel.kernel import Kernel
from nodes.wire.control import Boot
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import AnyPacket, FiguresTold, FromKernel, ToInitiator, ToKernel
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import Reason, reason
from nodes.wire.users_code import UsersModules, load_class
from nodes.wire.vocabulary import LOAD_SHARING

FOR_INITIATORS: tuple[type, ...] = get_args(ToInitiator)
FOR_KERNELS: tuple[type, ...] = get_args(ToKernel)


class Seat:
    """Carries what Initiators and this machine's kernel say to each other. `obey` does what the kernel is told."""

    def __init__(self, kernel: Kernel, boot: Boot, figures: Figures, obey: Callable[[AnyPacket], None]) -> None:
        settings = self.settings = boot.initiators
        self.kernel = kernel
        self.figures = figures
        self.node = settings.controls.get(kernel.name, kernel.name)
        """Where the Initiator of this machine sits."""
        self.initiator = _initiator(kernel, boot)
        """The one that sits here, if one does; it may control other machines."""
        self._obey = obey
        self._queue: deque[tuple[NodeName, AnyPacket]] = deque()
        self._at_work = False
        self._timer: Timer | None = None
        self._timer_ns: int | None = None
        self._figures_due = False

    @property
    def is_elsewhere(self) -> bool:
        return self.node != self.kernel.name

    @property
    def is_down(self) -> bool:
        """Whether the Initiator of this machine sat on a node that has crashed, and has not been heard of since."""
        return self.node in self.kernel.down

    def why_nobody(self) -> Reason:
        """Return the reason for a "no" where there is no Initiator that could be asked."""
        return reason("no-initiator", machine=self.kernel.name, on=self.node)

    # ---------------------------------------------------------------------------------------------------- conversation

    def say(self, packet: AnyPacket) -> None:
        """Say something to the Initiator of this machine: on the wire, or by a call that is made as soon as this one is over.

        One that sits elsewhere is told with it how the machine is now.
        """
        if self.is_down:
            return  # there is nobody who could hear it
        if self.is_elsewhere:
            if isinstance(packet, FromKernel):
                packet = msgspec.structs.replace(packet, figures=self.figures.of_machine())
            self.kernel.send(self.node, packet)
            return
        self.hear(self.node, packet)

    def hear(self, sender: NodeName, packet: AnyPacket) -> None:
        """Take what an Initiator or a kernel says to one of those that are here."""
        self._queue.append((sender, packet))
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

    def _refresh(self) -> None:
        """Let the Initiator that sits here see its own machine as it is."""
        if self.initiator is not None and self.kernel.name in self.initiator.machines:
            self.initiator.observe(self.figures.of_machine(), self.kernel.now)

    # ------------------------------------------------------------------------------------ what the Initiator here hears

    def machine_down(self, peer: NodeName) -> None:
        """Tell the Initiator here that a machine is dead."""
        if self.initiator is not None:
            self._refresh()
            self._carry_out(self.initiator.broken(peer, self.kernel.now))

    def machine_back(self, peer: NodeName) -> None:
        """Tell it that a machine is up again. One that sits there knows nothing yet of this machine."""
        if self.initiator is not None:
            self.initiator.back(peer)
        if peer == self.node:
            self.tell_figures("boot")
            self.tell_after_interval()

    def process_ended(self, pid: Pid) -> None:
        if self.initiator is not None:
            self.initiator.process_ended(pid)

    def wake(self) -> None:
        """A process begins to compete for the CPU: from now on there is something to measure."""
        if self.initiator is not None and self.initiator.wake(self.kernel.now) and not self._at_work:
            self._set_timer()
        self.tell_after_interval()

    def change(self, settings: InitiatorParameters, strategy: str) -> None:
        """Let other policies be in force from now on."""
        before, self.settings = self.settings, settings
        if self.initiator is not None:
            policy = self.initiator.sharing.users_policy
            if settings.load_sharing != before.load_sharing:  # else a user's own goes on with what it remembers
                policy = _users_policy(settings.load_sharing, self.kernel.users)
            self._refresh()
            self._carry_out(self.initiator.change(settings, strategy, policy, self.kernel.now))
        if self.kernel.processes:
            self.tell_after_interval()

    def remembered(self) -> list[Pid]:
        """Return the processes that the Initiator here remembers, which matters only while they live."""
        if self.initiator is None:
            return []
        desk = self.initiator.desk
        kept = [asking.process.pid for asking in desk.asking.values()]
        kept += [giving.process.pid for giving in desk.giving.values()]
        kept += self.initiator.placement.jobs
        return kept + [pid for all_ in self.initiator.eviction.evictions.values() for one in all_ for pid in one.open()]

    # ------------------------------------------------------------------------------------------------------------ timers

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

    # ----------------------------------------------------------------------------------- figures, for one that is elsewhere

    def tell_figures(self, cause: str) -> None:
        """Tell the Initiator of this machine how it is now, and why it is told."""
        self.say(FiguresTold(self.figures.of_machine(), cause))

    def tell_after_interval(self) -> None:
        """Let an Initiator elsewhere have figures from time to time, if it wants any."""
        listens = self.is_elsewhere and not self.is_down
        if listens and self.settings.watched and not self._figures_due:
            self._figures_due = True
            self.kernel.call_later(self.settings.interval_ns, self._tell_interval)

    def _tell_interval(self) -> None:
        self._figures_due = False
        figures = self.figures.of_machine()
        self.say(FiguresTold(figures, "interval"))
        if figures.busy:
            self.tell_after_interval()


def _initiator(kernel: Kernel, boot: Boot) -> Initiator | None:
    """Return the Initiator that sits on this machine; None: none does."""
    name, life, settings = kernel.name, boot.life, boot.initiators
    machines = [machine for machine in boot.nodes if settings.controls.get(machine, machine) == name]
    if not machines:
        return None
    draw = random.Random(f"{boot.seed}/{name}/{life}/initiator")  # noqa: S311 - not for secrets
    prefix = name if life == 1 else f"{name}#{life}"
    policy = _users_policy(settings.load_sharing, kernel.users)
    return Initiator(name, machines, boot.nodes, settings, draw, prefix, boot.migration.strategy, policy)


def _users_policy(name: str, users: UsersModules) -> Policy | None:
    """Return a user's own policy, `module:Class`; None: the policy is one of ours."""
    return None if name in LOAD_SHARING else UsersPolicy(lambda: load_class(name, users)())
