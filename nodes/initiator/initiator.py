"""The Initiator: migration policy, long-term scheduling and memory promises for one or more machines. Sans I/O.

It is told messages and figures with the time, and answers with actions: something to say to a kernel or to another Initiator, and
something to report. It asks nothing, sends nothing and waits for nothing; `next_ns` says when it wants to be called again (`expire`).

This file puts the parts together, and says what comes to whom:

| part | is asked |
|---|---|
| `desk` | what is known, and to put into words what was decided |
| `source` | to negotiate a migration out of one of our machines; its tables are in `negotiation` |
| `destination` | whether somebody may come in (`acceptance`), now and when the offer is there |
| `sharing` | whether a policy wants something moved: whom and where to is in `policies` |
| `adaptive` | the same, where it decides once: when a job comes, or when one ends |
| `placement` | where new jobs start, and when |
| `eviction` | who has to leave, and where to |
| `calling` | who has to come home, because its machine calls it |
| `dissemination` | to measure load (`load`), and to let others know |
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random  # noqa: TID251 - a seeded generator is handed in

from nodes.initiator.adaptive import Adaptive
from nodes.initiator.calling import Calling
from nodes.initiator.desk import Action, Desk
from nodes.initiator.destination import Destination
from nodes.initiator.dissemination import Dissemination
from nodes.initiator.eviction import Evictor
from nodes.initiator.load import Machine
from nodes.initiator.negotiation import Asking, AskState, GiveCause, GiveState
from nodes.initiator.placement import Placement
from nodes.initiator.policies import Policy
from nodes.initiator.sharing import Sharing
from nodes.initiator.source import Source
from nodes.wire.events import MachineBlocked, MachineStays, ShutdownAnnounced
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    ComeHome,
    FiguresTold,
    FromKernel,
    JobSubmitted,
    LoadAsked,
    LoadEntry,
    LoadTold,
    MachineFigures,
    MachineTold,
    MoveEnded,
    MoveWished,
    NeverMind,
    NoThankYou,
    NothingToGive,
    OfferRelayed,
    ToInitiator,
    WillYouTake,
    WishCancelled,
    WorkWanted,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters

AWAKE_INTERVALS = 4
"""So long after the last sign of work anywhere an Initiator goes on measuring and telling; then it sleeps until it is told something."""


class Initiator:
    """The Initiator that sits on `me` and decides for `machines`. `name_prefix` makes the names of its migrations unique."""

    def __init__(
        self,
        me: NodeName,
        machines: Iterable[NodeName],
        everyone: tuple[NodeName, ...],
        settings: InitiatorParameters,
        draw: Random,
        name_prefix: str | None = None,
        strategy: str = "eager-all",
        policy: Policy | None = None,
    ) -> None:
        self.desk = Desk(me, machines, everyone, settings, draw, name_prefix or me)
        self.source = Source(self.desk, strategy, self._attempt_over)
        self.destination = Destination(self.desk)
        self.sharing = Sharing(self.desk, self.source, policy)
        self.adaptive = Adaptive(self.desk, self.source)
        self.placement = Placement(self.desk, self.source)
        self.eviction = Evictor(self.desk, self.source)
        self.calling = Calling(self.desk, self.source)
        self.dissemination = Dissemination(self.desk)
        self._work_seen_ns: int | None = None
        """When there was work anywhere, as far as is known here."""
        self._tick_ns: int | None = None

    @property
    def machines(self) -> dict[NodeName, Machine]:
        return self.desk.machines

    # -------------------------------------------------------------------------------------------------- what comes in

    def receive(self, sender: NodeName, message: ToInitiator, now_ns: int) -> list[Action]:
        """Take a message of a kernel or of another Initiator, both known by the machine where they sit."""
        if isinstance(message, FromKernel) and message.figures is not None:
            self.observe(message.figures, now_ns)
        match message:
            case MoveWished():
                self.source.wish(message, now_ns)
            case WishCancelled(pid):
                self.source.cancel(pid, now_ns)
            case WillYouTake():
                self.destination.answer(sender, message, now_ns)
            case YesMigrateTo():
                self.source.take_yes(sender, message)
            case NoThankYou():
                self.source.take_no(sender, message, now_ns)
            case NeverMind(migration):
                self.destination.end(migration, GiveCause.NEVER_MIND)
            case OfferRelayed(_, _, figures):
                self.observe(figures, now_ns)
                self.destination.consider_offer(message, now_ns)
            case MoveEnded():
                self._move_ended(message, now_ns)
            case FiguresTold(figures, cause):
                self.observe(figures, now_ns)
                if cause == "interval":
                    self.dissemination.measure(self.machines[figures.machine])
                elif cause == "ended":
                    self.adaptive.job_ended(self.machines[figures.machine], now_ns)
            case JobSubmitted():
                if not self.adaptive.takes(message, now_ns):
                    self.placement.submit(message, now_ns)
            case MachineTold():
                self._obey(message, now_ns)
            case ComeHome(home):
                self.calling.hear(home, now_ns)
            case LoadTold(entries):
                self._hear(sender, entries, now_ns)
            case LoadAsked():
                self.desk.tell(sender, LoadTold(self.desk.own_entries()))
            case WorkWanted():
                if not self.adaptive.give(message, now_ns):
                    self.sharing.give_work(message, now_ns)
            case NothingToGive(machine, by):
                self.sharing.refused(machine, by, now_ns)
                self.adaptive.refused(machine, by, now_ns)
                self.desk.forget(machine, "nothing-to-give")
        return self.desk.take_actions()

    def observe(self, figures: MachineFigures, now_ns: int) -> None:
        """Take what a machine says of itself. What follows from it comes with the actions of the next call."""
        machine = self.machines[figures.machine]
        machine.figures = figures
        if figures.busy:
            self._see_work(now_ns, now_ns)
        if figures.owner != machine.owner:
            machine.owner = figures.owner
            if figures.owner == "active":
                self.eviction.evict(machine, "owner", now_ns)
            else:
                self.eviction.lift(machine, "owner")

    def wake(self, now_ns: int) -> bool:
        """There is work on a machine of ours; tell whether `next_ns` is another now."""
        tick_ns = self._tick_ns
        self._see_work(now_ns, now_ns)
        return self._tick_ns != tick_ns

    def process_ended(self, pid: Pid) -> None:
        """A process of a machine of ours is dead."""
        self.desk.cooling.pop(pid, None)
        self.placement.jobs.pop(pid, None)
        self.adaptive.forget(pid)

    def broken(self, peer: NodeName, now_ns: int) -> list[Action]:
        """The machine `peer` is dead, with its kernel and its Initiator."""
        desk = self.desk
        desk.down[peer] = None
        self.eviction.broken(peer)
        if peer in desk.machines:  # its next life knows nothing of this one
            desk.machines[peer] = Machine(MachineFigures(peer, now_ns, desk.machines[peer].figures.ips, 0, 0, 0))
            self.placement.broken(peer)
        self.adaptive.broken(peer, now_ns)
        self.source.broken(peer, now_ns)
        self.destination.broken(peer)
        for name in [name for name in desk.beliefs.entries if name == peer or desk.seat(name) == peer]:
            desk.forget(name, "dead")
        self.sharing.awaits_no_work(peer)
        if self.dissemination.answered(peer):
            self._share_all(now_ns)
        return desk.take_actions()

    def back(self, peer: NodeName) -> None:
        """The machine `peer` is up again."""
        self.desk.down.pop(peer, None)

    def asks_for(self, pid: Pid) -> bool:
        """Tell whether a process has been asked for, and nothing is decided yet."""
        return self.source.asks_for(pid)

    def _attempt_over(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        self.eviction.move_over(asking, moved, now_ns)
        self.calling.move_over(asking, moved, now_ns)
        job = self.adaptive.move_over(asking, moved, now_ns)
        if job is not None:
            self.placement.submit(job, now_ns)

    def _move_ended(self, ended: MoveEnded, now_ns: int) -> None:
        """A kernel says what became of a migration."""
        giving = None
        if ended.outcome != "completed":  # that says the source; when it has come the destination says
            giving = self.destination.end(ended.migration, GiveCause.ENDED)
        self.source.move_ended(ended, now_ns)
        machine = self.machines.get(ended.machine)
        if machine is not None and ended.outcome == "arrived":
            self.sharing.awaits_no_work(ended.machine)
            self.adaptive.came(ended.machine)
            self.destination.note_bounce(ended.machine, giving, now_ns)
            self.eviction.guest_came(machine, now_ns)
            self.calling.came(machine, giving, now_ns)

    def _hear(self, sender: NodeName, entries: list[LoadEntry], now_ns: int) -> None:
        """Others tell of their load."""
        self.desk.hear(sender, entries)
        for entry in entries:
            if entry.busy and entry.machine not in self.machines and self.desk.reachable(entry.machine):
                self._see_work(entry.at_ns, now_ns)
        if self.dissemination.answered(sender):
            self._share_all(now_ns)

    # ------------------------------------------------------------------------------------------------ an operator's word

    def _obey(self, told: MachineTold, now_ns: int) -> None:
        """An operator's word."""
        machine = self.machines[told.machine]
        match told.verb:
            case "block" | "unblock":
                self._block(machine, blocked=told.verb == "block")
                if machine.expels and not machine.blocked:
                    machine.expels = False
                    self.eviction.lift(machine, "expel")
            case "stay" | "unstay":
                machine.stays = told.verb == "stay"
                self.desk.report(MachineStays(machine.stays, told.machine))
            case "expel":
                self._block(machine, blocked=True)
                machine.expels = True
                self.eviction.evict(machine, "expel", now_ns)
            case "bring":
                for seat in [self.desk.me, *self.desk.other_seats()]:
                    self.desk.tell(seat, ComeHome(told.machine))
            case "shutdown":
                machine.leaving_ns = told.at_ns
                self.desk.report(ShutdownAnnounced(told.at_ns, told.machine))
                self.eviction.evict(machine, "shutdown", now_ns)
            case other:
                raise AssertionError(f"an Initiator is never told to {other}")

    def _block(self, machine: Machine, *, blocked: bool) -> None:
        if machine.blocked != blocked:
            machine.blocked = blocked
            self.desk.report(MachineBlocked(blocked, machine.figures.machine))

    def change(
        self, settings: InitiatorParameters, strategy: str, users_policy: Policy | None, now_ns: int
    ) -> list[Action]:
        """Decide by other settings from now on. What was asked, promised or begun goes on as it was; jobs that wait are looked at again.

        `users_policy` is what `settings.load_sharing` names, where it is none of our own.
        """
        before, self.desk.settings = self.desk.settings, settings
        self.source.strategy = strategy
        self.sharing.users_policy = users_policy
        for machine in self.desk.living():
            self.placement.admit(machine, now_ns)
        if (settings.watched, settings.interval_ns) != (before.watched, before.interval_ns):
            self._tick_ns = None
            self._sleep_or_wait(now_ns)
        return self.desk.take_actions()

    # --------------------------------------------------------------------------------------------------------------- time

    def expire(self, now_ns: int) -> list[Action]:
        """Do what is due: give up waiting, measure, tell, decide."""
        self.source.expire(now_ns)
        self.destination.expire(now_ns)
        self.sharing.expire(now_ns)
        self.adaptive.expire(now_ns)
        if self.dissemination.expire(now_ns):
            self._share_all(now_ns)
        if self._tick_ns is not None and self._tick_ns <= now_ns:
            self._tick_ns = None
            self._tick(now_ns)
            self._sleep_or_wait(now_ns)
        return self.desk.take_actions()

    def next_ns(self) -> int | None:
        """Return when `expire` should be called; None: not before something is told."""
        desk = self.desk
        instants = [asking.deadline_ns for asking in desk.asking.values() if asking.state is AskState.ASKED]
        instants += [giving.deadline_ns for giving in desk.giving.values() if giving.state is GiveState.PROMISED]
        instants += self.sharing.deadlines() + self.adaptive.deadlines()
        instants += [one for one in (self.dissemination.deadline_ns, self._tick_ns) if one is not None]
        return min(instants, default=None)

    def _see_work(self, seen_ns: int, now_ns: int) -> None:
        """There was work somewhere at `seen_ns`."""
        self._work_seen_ns = max(seen_ns, self._work_seen_ns or 0)
        if self._tick_ns is None:
            self._sleep_or_wait(now_ns)

    def _sleep_or_wait(self, now_ns: int) -> None:
        """Set the next tick, unless there has been nothing to do anywhere for a while. Nodes tick one after the other."""
        settings, everyone = self.desk.settings, self.desk.everyone
        interval = settings.interval_ns
        if (
            not settings.watched
            or self._work_seen_ns is None
            or now_ns - self._work_seen_ns > AWAKE_INTERVALS * interval
        ):
            return
        phase = interval * everyone.index(self.desk.me) // len(everyone)
        self._tick_ns = ((now_ns - phase) // interval + 1) * interval + phase

    def _tick(self, now_ns: int) -> None:
        """An interval is over: measure, tell, and let the policies decide."""
        desk = self.desk
        desk.cooling = {pid: until for pid, until in desk.cooling.items() if until > now_ns}
        mine = self.machines.get(desk.me)
        if mine is not None:
            self.dissemination.measure(mine)
        self.dissemination.spread()
        deciders = []
        for machine in desk.living():
            self.placement.admit(machine, now_ns)
            if not self.sharing.bring_together(machine, now_ns):
                deciders.append(machine)
        if desk.settings.dissemination != "on-demand":
            for machine in deciders:
                self.sharing.share(machine, now_ns)
        elif not self.dissemination.probing and self.sharing.wants_to_know(deciders):
            self.dissemination.ask_around(now_ns)

    def _share_all(self, now_ns: int) -> None:
        """Those who were asked for their load have answered, or will not: decide."""
        for machine in self.desk.living():
            self.sharing.share(machine, now_ns)
