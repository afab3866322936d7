"""The Initiator: migration policy, long-term scheduling and memory promises for one or more machines. Sans I/O.

It is told messages and figures with the time, and answers with actions: something to say to a kernel or to another Initiator, and
something to report. It asks nothing, sends nothing and waits for nothing; `next_ns` says when it wants to be called again (`expire`).

What is where: the conversation's tables are in `negotiation`, who may come in is in `acceptance`, whom to move and where to is in
`policies`, what is believed of others in `load`, who has to leave in `eviction`. This file puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random  # noqa: TID251 - a seeded generator is handed in
from typing import NamedTuple

from nodes.initiator.acceptance import Answer, Guest, may_come
from nodes.initiator.eviction import Eviction
from nodes.initiator.load import Beliefs, Machine, weight
from nodes.initiator.negotiation import AskCause, Asking, AskState, GiveCause, GiveState, Giving
from nodes.initiator.policies import (
    ASKS_FOR_WORK,
    LOAD_SHARING,
    SENDS,
    TARGETS,
    VICTIMS,
    Choice,
    Policy,
    Situation,
    eligible,
)
from nodes.wire.events import (
    AnyEvent,
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    LoadReported,
    MachineBlocked,
    MachineStays,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    ProcessBounced,
    ShutdownAnnounced,
)
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import (
    ComeHome,
    FiguresTold,
    GuestsFrozen,
    GuestsToBackground,
    JobSubmitted,
    LoadAsked,
    LoadEntry,
    LoadTold,
    MachineFigures,
    MachineTold,
    MigrateIn,
    MigrateOut,
    MigrationOffer,
    MoveEnded,
    MoveWished,
    NeverMind,
    NoThankYou,
    NothingToGive,
    OfferRelayed,
    ProcessFigures,
    StartHere,
    ToInitiator,
    ToKernel,
    TurnAway,
    WillYouTake,
    WishDenied,
    WorkWanted,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import Reason, load, reason, seconds
from nodes.wire.sayings import saying

AWAKE_INTERVALS = 4
"""So long after the last sign of work anywhere an Initiator goes on measuring and telling; then it sleeps until it is told something."""
CALLS_HOME, BY_POLICY = "user", "os"


class Tell(NamedTuple):
    """Say something to a party: what is said tells whether it is a kernel or an Initiator."""

    to: NodeName
    """Where the party sits."""
    what: ToInitiator | ToKernel


class Report(NamedTuple):
    """Let it be known that something happened."""

    event: AnyEvent


Action = Tell | Report


class _Probe(NamedTuple):
    """A round of questions about load that is under way."""

    awaited: tuple[NodeName, ...]
    deadline_ns: int


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
        self.me = me
        self.everyone = everyone
        self.settings = settings
        self.machines = {name: Machine(MachineFigures(name, 0, 10_000_000, 0, 0, 0)) for name in machines}
        self.beliefs = Beliefs()
        self.asking: dict[str, Asking] = {}
        self.giving: dict[str, Giving] = {}
        self.evictions: dict[NodeName, Eviction] = {}
        self.jobs: dict[Pid, tuple[JobSubmitted, int]] = {}
        """Jobs that wait to be admitted, and since when."""
        self._strategy = strategy
        self._draw = draw
        self._policy = policy
        self._prefix = name_prefix or me
        self._count = 0
        self._probe: _Probe | None = None
        self._wanting: dict[NodeName, int] = {}
        """Machines for which work was asked for, and until when the answer is awaited."""
        self._cooling: dict[Pid, int] = {}
        """Processes that were refused somewhere, and until when no policy tries again."""
        self._work_seen_ns: int | None = None
        """When there was work anywhere, as far as is known here."""
        self._tick_ns: int | None = None
        self._said: dict[tuple[NodeName, str], tuple[str, str, str]] = {}
        """The last decision of each kind, so that it is not repeated."""
        self._reported: dict[NodeName, tuple[int, int]] = {}
        self._out: list[Action] = []

    # -------------------------------------------------------------------------------------------------- what comes in

    def receive(self, sender: NodeName, message: ToInitiator, now_ns: int) -> list[Action]:
        """Take a message of a kernel or of another Initiator, both known by the machine where they sit."""
        match message:
            case MoveWished():
                self._wish(message, now_ns)
            case WillYouTake():
                self._answer_question(sender, message, now_ns)
            case YesMigrateTo():
                self._take_yes(sender, message, now_ns)
            case NoThankYou():
                self._take_no(message, now_ns)
            case NeverMind(migration):
                self._end_giving(migration, GiveCause.NEVER_MIND)
            case OfferRelayed():
                self._consider_offer(message, now_ns)
            case MoveEnded():
                self._end_move(message, now_ns)
            case FiguresTold(figures, cause):
                self.observe(figures, now_ns)
                if cause == "interval":
                    self._measure(self.machines[figures.machine])
            case JobSubmitted():
                self._submit(message, now_ns)
            case MachineTold():
                self._obey(message, now_ns)
            case ComeHome(home):
                self._send_home(home, now_ns)
            case LoadTold(entries):
                self._hear(sender, entries, now_ns)
            case LoadAsked():
                self._tell(sender, LoadTold(self._own_entries()))
            case WorkWanted():
                self._give_work(message, now_ns)
            case NothingToGive(machine, by):
                self._wanting.pop(by, None)
                self.beliefs.forget(machine)
        return self._take_actions()

    def observe(self, figures: MachineFigures, now_ns: int) -> None:
        """Take what a machine says of itself. What follows from it comes with the actions of the next call."""
        machine = self.machines[figures.machine]
        machine.figures = figures
        if figures.busy:
            self._see_work(now_ns)
        if figures.owner != machine.owner:
            machine.owner = figures.owner
            if figures.owner == "active":
                self._evict(machine, "owner", now_ns)
            elif figures.machine in self.evictions:
                self._let_guests_be(machine)

    def broken(self, peer: NodeName, now_ns: int) -> list[Action]:
        """The machine `peer` is dead, with its kernel and its Initiator."""
        why = reason("connection-broken", by=peer)
        for asking in list(self.asking.values()):
            awaited = (asking.source, self.seat(asking.to)) if asking.state is AskState.ASKED else (asking.source,)
            if peer in awaited and asking.step(AskCause.BROKEN):
                self._close_asking(asking, why if asking.state is AskState.REFUSED else None, now_ns)
        for giving in list(self.giving.values()):
            if peer == giving.machine or (peer == giving.asker and giving.state is GiveState.PROMISED):
                self._end_giving(giving.migration, GiveCause.BROKEN)
        for name in [name for name in self.beliefs.entries if name == peer or self.seat(name) == peer]:
            self.beliefs.forget(name)
        self.evictions.pop(peer, None)
        self._wanting.pop(peer, None)
        return self._take_actions()

    def process_ended(self, pid: Pid) -> None:
        """A process of a machine of ours is no more."""
        self._cooling.pop(pid, None)
        self.jobs.pop(pid, None)

    def expire(self, now_ns: int) -> list[Action]:
        """Do what is due: give up waiting, measure, tell, decide."""
        for asking in list(self.asking.values()):
            if asking.state is AskState.ASKED and asking.deadline_ns <= now_ns and asking.step(AskCause.SILENCE):
                waited_s = seconds(now_ns - asking.asked_ns)
                self._tell(self.seat(asking.to), NeverMind(asking.migration))
                self._close_asking(asking, reason("no-answer", by=asking.to, waited_s=waited_s), now_ns)
        for giving in list(self.giving.values()):
            if giving.state is GiveState.PROMISED and giving.deadline_ns <= now_ns:
                self._end_giving(giving.migration, GiveCause.SILENCE)
        for name in [name for name, deadline_ns in self._wanting.items() if deadline_ns <= now_ns]:
            del self._wanting[name]
        if self._probe is not None and self._probe.deadline_ns <= now_ns:
            self._end_probe(now_ns)
        if self._tick_ns is not None and self._tick_ns <= now_ns:
            self._tick_ns = None
            self._tick(now_ns)
            self._sleep_or_wait(now_ns)
        return self._take_actions()

    def next_ns(self) -> int | None:
        """Return when `expire` should be called; None: not before something is told."""
        instants = [asking.deadline_ns for asking in self.asking.values() if asking.state is AskState.ASKED]
        instants += [giving.deadline_ns for giving in self.giving.values() if giving.state is GiveState.PROMISED]
        instants += self._wanting.values()
        if self._probe is not None:
            instants.append(self._probe.deadline_ns)
        if self._tick_ns is not None:
            instants.append(self._tick_ns)
        return min(instants, default=None)

    def seat(self, machine: NodeName) -> NodeName:
        """Return where the Initiator of a machine sits."""
        return self.settings.controls.get(machine, machine)

    # ------------------------------------------------------------------------------------------------ wishes and questions

    def _wish(self, wish: MoveWished, now_ns: int) -> None:
        """Somebody at one of our kernels wants a process moved."""
        machine, process = self.machines[wish.machine], wish.process
        if any(asking.process.pid == process.pid for asking in self.asking.values()):
            self._deny(wish, reason("moves-already", process=process.name))
            return
        to, why = wish.to, wish.reason
        if wish.resource and not to:
            having = [name for name in self.everyone if wish.resource in self.settings.resources.get(name, ())]
            if not having:
                self._deny(wish, reason("nobody-has", resource=wish.resource))
                return
            to = min(having, key=lambda name: (self._believed(name), self.everyone.index(name)))
            why = reason("wants-resource", resource=wish.resource, to=to)
        if to not in self.everyone:
            self._deny(wish, reason("no-node", to=to))
            return
        self._ask(
            machine, process, to, wish.strategy, wish.initiated_by, why, now_ns, resource=wish.resource, wished=True
        )

    def _deny(self, wish: MoveWished, why: Reason) -> None:
        """Refuse a wish before anybody was asked."""
        name = self._name()
        self._report(
            MigrationStarted(
                name,
                wish.process.pid,
                wish.machine,
                wish.to or wish.machine,
                wish.strategy,
                wish.initiated_by,
                wish.reason.text(),
                wish.reason.rule,
                wish.reason.numbers,
            )
        )
        self._report(NegotiationRefused(name, wish.process.pid, wish.machine, 0, why.text(), why.rule, why.numbers))
        self._tell(wish.machine, WishDenied(wish.process.pid, why))

    def _ask(
        self,
        machine: Machine,
        process: ProcessFigures,
        to: NodeName,
        strategy: str,
        initiated_by: str,
        why: Reason,
        now_ns: int,
        *,
        resource: str = "",
        for_load: bool = False,
        wished: bool = False,
        source_load: int | None = None,
    ) -> None:
        """Step 1: *Will you take P?*"""
        strategy = strategy or self._strategy
        name, source = self._name(), machine.figures.machine
        deadline_ns = now_ns + self.settings.answer_timeout_ns
        self.asking[name] = Asking(
            name, process, source, to, strategy, initiated_by, deadline_ns, now_ns, for_load, wished
        )
        self._report(
            MigrationStarted(name, process.pid, source, to, strategy, initiated_by, why.text(), why.rule, why.numbers)
        )
        self._say(1, name, process, self.me, self.seat(to), to)
        mine = self._load_to_give(machine) if source_load is None else source_load
        question = WillYouTake(name, process, source, mine, to, resource, initiated_by, for_load)
        self._tell(self.seat(to), question)

    def _take_yes(self, sender: NodeName, yes: YesMigrateTo, now_ns: int) -> None:
        """Step 2 has come: order step 3, *Migrate P out*."""
        asking = self.asking.get(yes.migration)
        if asking is None or not asking.step(AskCause.YES):
            self._tell(sender, NeverMind(yes.migration))
            return
        asking.to = yes.machine
        machine = self.machines[asking.source]
        self.beliefs.expect(yes.machine, weight(self._ips_of(yes.machine)))
        self._say(3, asking.migration, asking.process, self.me, asking.source, asking.source)
        order = MigrateOut(
            asking.migration,
            asking.process.pid,
            yes.machine,
            asking.strategy,
            asking.initiated_by,
            self._load_to_give(machine),
        )
        self._tell(asking.source, order)

    def _take_no(self, no: NoThankYou, now_ns: int) -> None:
        self.beliefs.hear([no.entry])
        asking = self.asking.get(no.migration)
        if asking is not None and asking.step(AskCause.NO):
            self._close_asking(asking, no.reason, now_ns)

    def _close_asking(self, asking: Asking, refused: Reason | None, now_ns: int) -> None:
        """Forget a migration of ours. `refused`: it came to nothing at step 2, and why."""
        del self.asking[asking.migration]
        pid = asking.process.pid
        if refused is not None:
            self._report(
                NegotiationRefused(asking.migration, pid, asking.to, 2, refused.text(), refused.rule, refused.numbers)
            )
            if asking.wished:
                self._tell(asking.source, WishDenied(pid, refused))
        self._after_move(asking, moved=False if refused is not None else None, now_ns=now_ns)

    def _end_move(self, ended: MoveEnded, now_ns: int) -> None:
        """A kernel says what became of a migration."""
        giving = self.giving.get(ended.migration)
        self._end_giving(ended.migration, GiveCause.ENDED)
        asking = self.asking.get(ended.migration)
        if asking is not None and ended.machine == asking.source and asking.step(AskCause.ENDED):
            del self.asking[ended.migration]
            self._after_move(asking, moved=ended.outcome in ("completed", "lost"), now_ns=now_ns)
        machine = self.machines.get(ended.machine)
        if machine is not None and ended.outcome == "arrived":
            self._welcome(machine, giving, now_ns)

    def _after_move(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        """A process of ours has gone, or has not. None: its machine is dead."""
        if moved is False and asking.initiated_by == BY_POLICY:
            self._cooling[asking.process.pid] = now_ns + self.settings.residence_ns
        eviction = self.evictions.get(asking.source)
        if eviction is not None and moved is not None:
            eviction.note(asking.process.pid, asking.to, moved=moved)
            self._go_on_evicting(self.machines[asking.source], eviction, now_ns)

    # ----------------------------------------------------------------------------------------------------- taking in

    def _answer_question(self, sender: NodeName, ask: WillYouTake, now_ns: int) -> None:
        """Step 2: *Yes, let it migrate to machine 3*, or no. An Initiator of several machines may choose another of its own."""
        for other in [giving for giving in self.giving.values() if giving.process.pid == ask.process.pid]:
            if other.state is GiveState.PROMISED:
                self._end_giving(other.migration, GiveCause.NEVER_MIND)
        guest = Guest(ask.process, ask.source, ask.source_load, ask.resource, ask.initiated_by, ask.for_load)
        crossing = self._crossing(ask)
        if crossing is not None:
            self._decide(ask.to, ask.process.pid, "take", "no", crossing)
            self._tell(sender, NoThankYou(ask.migration, crossing, self._entry(self.machines[ask.to])))
            return
        choosable = [ask.to]
        if ask.initiated_by != CALLS_HOME and not ask.resource:
            choosable += [name for name in self.machines if name not in (ask.to, ask.source)]
        first: Answer | None = None
        for name in choosable:
            answer = self._may_come(guest, self.machines[name], now_ns)
            first = first or answer
            if answer.yes:
                self._decide(name, ask.process.pid, "take", "yes", answer.why)
                self.giving[ask.migration] = Giving(
                    ask.migration,
                    ask.process,
                    ask.source,
                    ask.source_load,
                    name,
                    sender,
                    ask.resource,
                    ask.initiated_by,
                    ask.for_load,
                    now_ns + 2 * self.settings.answer_timeout_ns,
                )
                self._say(2, ask.migration, ask.process, self.me, sender, name)
                self._tell(sender, YesMigrateTo(ask.migration, name))
                return
        assert first is not None
        self._decide(ask.to, ask.process.pid, "take", "no", first.why)
        self._tell(sender, NoThankYou(ask.migration, first.why, self._entry(self.machines[ask.to])))

    def _crossing(self, ask: WillYouTake) -> Reason | None:
        """Two that talk must not go to each other at once: say who is about to go to where this one comes from."""
        if ask.initiated_by != BY_POLICY or ask.for_load:
            return None
        for asking in self.asking.values():
            if asking.source == ask.to and asking.to == ask.source and asking.initiated_by == BY_POLICY:
                return reason("crosses", process=asking.process.name, to=ask.source)
        return None

    def _consider_offer(self, relayed: OfferRelayed, now_ns: int) -> None:
        """Step 5 has come: step 6, *Migrate P in*, or not, by what holds now."""
        offer = relayed.offer
        self.observe(relayed.figures, now_ns)
        giving = self.giving.get(offer.migration)
        process = _process_of(offer, now_ns)
        machine = self.machines[relayed.figures.machine]
        if giving is None:  # the promise has lapsed meanwhile
            giving = Giving(
                offer.migration,
                process,
                relayed.source,
                offer.load,
                relayed.figures.machine,
                self.seat(relayed.source),
                "",
                offer.initiated_by,
                offer.initiated_by == BY_POLICY,
                now_ns + self.settings.answer_timeout_ns,
            )
            self.giving[offer.migration] = giving
        giving.process = process
        guest = Guest(process, giving.source, giving.source_load, giving.resource, giving.initiated_by, giving.for_load)
        answer = self._may_come(guest, machine, now_ns, besides=giving.migration)
        self._decide(relayed.figures.machine, process.pid, "admit", "yes" if answer.yes else "no", answer.why)
        if not answer.yes:
            self._end_giving(giving.migration, GiveCause.TURN_AWAY)
            self._tell(relayed.figures.machine, TurnAway(offer.migration, answer.why))
            return
        giving.step(GiveCause.ADMIT)
        self._say(6, offer.migration, process, self.me, relayed.figures.machine, relayed.figures.machine)
        self._tell(relayed.figures.machine, MigrateIn(offer.migration))

    def _may_come(self, guest: Guest, machine: Machine, now_ns: int, besides: str = "") -> Answer:
        others = [
            giving
            for giving in self.giving.values()
            if giving.machine == machine.figures.machine and giving.migration != besides
        ]
        promised = len(others) * weight(machine.figures.ips)
        pages = sum(giving.process.pages for giving in others)
        return may_come(guest, machine, promised, pages, self.settings, now_ns)

    def _end_giving(self, migration: str, cause: GiveCause) -> None:
        giving = self.giving.get(migration)
        if giving is not None and giving.step(cause):
            del self.giving[migration]

    def _welcome(self, machine: Machine, giving: Giving | None, now_ns: int) -> None:
        """A process has come in: was it a policy that let it bounce, and may it stay?"""
        name = machine.figures.machine
        self._wanting.pop(name, None)
        bouncing = [giving.process] if giving is not None and giving.initiated_by == BY_POLICY else []
        for process in bouncing:
            left_ns = next((left for station, left in reversed(process.trail) if station == name), None)
            if left_ns is not None and now_ns - left_ns < self.settings.bounce_ns:
                stations = [station for station, _ in process.trail] + [name]
                self._report(ProcessBounced(process.pid, stations, now_ns - left_ns))
        if machine.figures.owner == "active":
            self._evict(machine, "owner", now_ns)

    # ------------------------------------------------------------------------------------------------- long-term scheduling

    def _submit(self, job: JobSubmitted, now_ns: int) -> None:
        """A new job is admitted, here or elsewhere, or has to wait until another has ended."""
        machine = self.machines[job.machine]
        self.jobs[job.process.pid] = job, now_ns
        self._admit(machine, now_ns)

    def _admit(self, machine: Machine, now_ns: int) -> None:
        """Admit the jobs that wait at a machine, in the order in which they came, as long as there is room."""
        name, started = machine.figures.machine, 0
        for pid, (job, since_ns) in list(self.jobs.items()):
            if job.machine != name or any(asking.process.pid == pid for asking in self.asking.values()):
                continue
            here = self._load_with_one_more(machine)
            choice = self._place(machine, job.process, here, now_ns)
            if choice.to is not None:
                self._decide(name, pid, "place", "yes", choice.why)
                del self.jobs[pid]
                self._ask(
                    machine,
                    job.process,
                    choice.to,
                    "eager-all",
                    BY_POLICY,
                    choice.why,
                    now_ns,
                    for_load=True,
                    wished=True,
                    source_load=here,
                )
                continue
            jobs = started + sum(one.state != "new" for one in machine.figures.processes)
            if self.settings.admission and jobs >= self.settings.admission:
                full = reason("full", machine=name, jobs=jobs, limit=self.settings.admission)
                self._decide(name, pid, "place", "not now", full)
                continue
            self._decide(name, pid, "place", "no", choice.why)
            del self.jobs[pid]
            started += 1
            self._tell(name, StartHere(pid, now_ns - since_ns))

    @staticmethod
    def _load_with_one_more(machine: Machine) -> int:
        figures = machine.figures
        return max(machine.load, figures.runnable * weight(figures.ips)) + weight(figures.ips)

    def _place(self, machine: Machine, process: ProcessFigures, here: int, now_ns: int) -> Choice:
        """Choose where a new job starts: nowhere else, or at the lightest machine that is known. `here` is the load that it would meet."""
        figures = machine.figures
        stays = reason("starts-here", machine=figures.machine, load=load(here), gain=load(self.settings.gain))
        if self.settings.placement == "home":
            return Choice(None, stays)
        choice = TARGETS["least-loaded"](self._situation(machine, here, process, now_ns))
        if choice.to is None:
            return Choice(None, stays)
        to_load = load(self.beliefs.load(choice.to))
        return Choice(
            choice.to, reason("placed", to=choice.to, to_load=to_load, machine=figures.machine, load=load(here))
        )

    # ---------------------------------------------------------------------------------------------------------- eviction

    def _evict(self, machine: Machine, cause: str, now_ns: int) -> None:
        """Let all who have to leave a machine leave it: its guests, or before a shutdown everybody."""
        figures = machine.figures
        name = figures.machine
        policy = self.settings.evictions.get(name, self.settings.eviction)
        guests = [one for one in figures.processes if cause == "shutdown" or home_of(one.pid) != name]
        known = self.evictions.get(name)
        if known is not None and known.cause == cause:
            guests = [one for one in guests if one.pid not in known.pids]
        if not guests:
            return
        why = _why_evicted(cause, machine, now_ns)
        if cause == "owner" and policy == "none":
            self._decide(name, name, "evict", "no", why)
            return
        self._decide(name, name, "evict" if cause != "shutdown" else "evacuate", "yes", why)
        if cause == "shutdown":
            policy = "renegotiate"
            guests.sort(
                key=lambda one: (-one.cpu_ns, one.pid)
            )  # who has run longest has most to lose, and will run longest
        elif cause == "expel":
            policy = "home"
        pids = tuple(one.pid for one in guests)
        if known is None or known.cause != cause:
            known = self.evictions[name] = Eviction(cause, policy, [], one_by_one=cause == "shutdown")
        known.pids += pids
        self._report(EvictionStarted(cause, policy, list(pids)))
        if known.freezes:
            self._tell(name, GuestsFrozen(pids))
        self._go_on_evicting(machine, known, now_ns)

    def _go_on_evicting(self, machine: Machine, eviction: Eviction, now_ns: int) -> None:
        """Ask for a place for each that has none yet; when nobody is left to be asked for, the eviction is over."""
        name = machine.figures.machine
        here = {one.pid: one for one in machine.figures.processes}
        moving = [asking.process.pid for asking in self.asking.values()]
        for pid in eviction.open():
            if pid not in here:
                eviction.gone.append(pid)
            elif pid not in moving and not (eviction.one_by_one and any(one in moving for one in eviction.pids)):
                self._evict_one(machine, here[pid], eviction, now_ns)
                moving = [asking.process.pid for asking in self.asking.values()]
        if not eviction.open():
            if self.evictions.get(name) is eviction and not (eviction.cause == "owner" and eviction.stay):
                del self.evictions[name]
            if not eviction.told:
                eviction.told = True
                self._report(EvictionCompleted(eviction.policy, list(eviction.gone), list(eviction.stay)))

    def _evict_one(self, machine: Machine, process: ProcessFigures, eviction: Eviction, now_ns: int) -> None:
        name = machine.figures.machine
        to = None if eviction.policy == "low-priority" else self._refuge(machine, process, eviction)
        if to is None:
            eviction.stay.append(process.pid)
            if eviction.policy != "low-priority":
                self._decide(name, process.pid, "evict", "no", reason("nowhere", process=process.name))
            if eviction.cause != "shutdown":
                self._tell(name, GuestsToBackground((process.pid,), background=True))
            return
        eviction.tried.setdefault(process.pid, []).append(to)
        why = _why_evicted(eviction.cause, machine, now_ns)
        by = "shutdown" if eviction.cause == "shutdown" else "eviction"
        self._ask(machine, process, to, eviction.strategy, by, why, now_ns)

    def _refuge(self, machine: Machine, process: ProcessFigures, eviction: Eviction) -> NodeName | None:
        """Return where a process that has to leave may be tried next; None: everybody has been."""
        name, home = machine.figures.machine, home_of(process.pid)
        tried = [name, *eviction.tried.get(process.pid, [])]
        others = [one for one in self.everyone if one not in tried and one != home]
        asked = [asking.to for asking in self.asking.values()]
        others.sort(
            key=lambda one: (
                not self._known_open(one),
                self._believed(one) + asked.count(one) * weight(self._ips_of(one)),
                self._distance(name, one),
            )
        )
        at_home = [home] if home in self.everyone and home not in tried else []
        order = others + at_home if eviction.policy in ("renegotiate", "keep-running") else at_home + others
        return order[0] if order else None

    def _let_guests_be(self, machine: Machine) -> None:
        """The owner has left: who was put into the background competes again, who is on the way out goes on."""
        eviction = self.evictions[machine.figures.machine]
        if eviction.cause == "owner" and eviction.stay:
            self._tell(machine.figures.machine, GuestsToBackground(tuple(eviction.stay), background=False))
        if not eviction.open():
            self.evictions.pop(machine.figures.machine, None)

    def _send_home(self, home: NodeName, now_ns: int) -> None:
        """A machine calls home who was born on it."""
        moving = [asking.process.pid for asking in self.asking.values()]
        for machine in self.machines.values():
            for process in machine.figures.processes:
                if home_of(process.pid) == home != machine.figures.machine and process.pid not in moving:
                    self._ask(machine, process, home, "", CALLS_HOME, reason("called-home", home=home), now_ns)

    def _obey(self, told: MachineTold, now_ns: int) -> None:
        """An operator's word."""
        machine = self.machines[told.machine]
        match told.verb:
            case "block" | "unblock":
                self._block(machine, blocked=told.verb == "block")
            case "stay" | "unstay":
                machine.stays = told.verb == "stay"
                self._report(MachineStays(machine.stays))
            case "expel":
                self._block(machine, blocked=True)
                self._evict(machine, "expel", now_ns)
            case "bring":
                for seat in dict.fromkeys(self.seat(name) for name in self.everyone):
                    self._tell(seat, ComeHome(told.machine))
            case "shutdown":
                machine.leaving_ns = told.at_ns
                self._report(ShutdownAnnounced(told.at_ns))
                self._evict(machine, "shutdown", now_ns)
            case other:
                raise AssertionError(f"an Initiator is never told to {other}")

    def _block(self, machine: Machine, *, blocked: bool) -> None:
        if machine.blocked != blocked:
            machine.blocked = blocked
            self._report(MachineBlocked(blocked))

    # --------------------------------------------------------------------------------------------------------- information

    def _hear(self, sender: NodeName, entries: list[LoadEntry], now_ns: int) -> None:
        news = [entry for entry in entries if entry.machine not in self.machines]
        self.beliefs.hear(news)
        for entry in news:
            if entry.busy:
                self._see_work(max(entry.at_ns, self._work_seen_ns or 0), now_ns)
        if self._probe is not None:
            awaited = tuple(name for name in self._probe.awaited if name != sender)
            self._probe = self._probe._replace(awaited=awaited)
            if not awaited:
                self._end_probe(now_ns)

    def _entry(self, machine: Machine) -> LoadEntry:
        name = machine.figures.machine
        return machine.entry(sum(giving.machine == name for giving in self.giving.values()))

    def _own_entries(self) -> list[LoadEntry]:
        return [self._entry(machine) for machine in self.machines.values()]

    def _spread(self) -> None:
        """Tell others, by the dissemination that is set."""
        settings = self.settings
        own = self._own_entries()
        others = self._other_seats()
        match settings.dissemination:
            case "periodic":
                for seat in others:
                    self._tell(seat, LoadTold(own))
            case "gossip":
                heard = self.beliefs.freshest(max(0, settings.gossip_window - len(own)))
                for seat in self._draw.sample(others, min(settings.gossip_fanout, len(others))):
                    self._tell(seat, LoadTold(own + heard))
            case _:
                pass

    def _ask_around(self, now_ns: int) -> None:
        """Ask a few others, drawn at random, for their load; decide when they have answered."""
        others = self._other_seats()
        asked = tuple(self._draw.sample(others, min(self.settings.probes, len(others))))
        self._probe = _Probe(asked, now_ns + self.settings.interval_ns)
        for seat in asked:
            self._tell(seat, LoadAsked())

    def _end_probe(self, now_ns: int) -> None:
        self._probe = None
        for machine in self.machines.values():
            self._share(machine, now_ns)

    def _other_seats(self) -> list[NodeName]:
        return list(dict.fromkeys(seat for name in self.everyone if (seat := self.seat(name)) != self.me))

    # ------------------------------------------------------------------------------------------------------- load sharing

    def wake(self, now_ns: int) -> None:
        """There is work on a machine of ours."""
        self._see_work(now_ns)

    def _see_work(self, seen_ns: int, now_ns: int | None = None) -> None:
        self._work_seen_ns = max(seen_ns, self._work_seen_ns or 0)
        if self._tick_ns is None:
            self._sleep_or_wait(seen_ns if now_ns is None else now_ns)

    def _sleep_or_wait(self, now_ns: int) -> None:
        """Set the next tick, unless there has been nothing to do anywhere for a while. Nodes tick one after the other."""
        interval = self.settings.interval_ns
        if (
            not self.settings.watched
            or self._work_seen_ns is None
            or now_ns - self._work_seen_ns > AWAKE_INTERVALS * interval
        ):
            return
        phase = interval * self.everyone.index(self.me) // len(self.everyone)
        self._tick_ns = ((now_ns - phase) // interval + 1) * interval + phase

    def _tick(self, now_ns: int) -> None:
        self._cooling = {pid: until for pid, until in self._cooling.items() if until > now_ns}
        mine = self.machines.get(self.me)
        if mine is not None:
            self._measure(mine)
        self._spread()
        deciders = []
        for machine in self.machines.values():
            self._admit(machine, now_ns)
            if not self._talk(machine, now_ns):
                deciders.append(machine)
        if self.settings.dissemination == "on-demand" and self._probe is None and self._wants_to_know(deciders):
            self._ask_around(now_ns)
            return
        if self.settings.dissemination != "on-demand":
            for machine in deciders:
                self._share(machine, now_ns)

    def _measure(self, machine: Machine) -> None:
        figures = machine.figures
        machine.measure(self.settings.damping_percent)
        told = machine.load, figures.runnable
        if self._reported.get(figures.machine) != told:
            self._reported[figures.machine] = told
            beliefs = {
                name: (self.beliefs.load(name), figures.at_ns - entry.at_ns)
                for name, entry in sorted(self.beliefs.entries.items())
            }
            self._report(
                LoadReported(
                    machine.load,
                    figures.runnable,
                    figures.frames_free,
                    figures.frames_total,
                    figures.pressure,
                    beliefs,
                )
            )

    def _wants_to_know(self, machines: list[Machine]) -> bool:
        """Tell whether a probe could lead to anything."""
        sharing = self.settings.load_sharing
        return any(
            (sharing not in ASKS_FOR_WORK[:1] and sharing != "none" and self._load_to_give(one) >= self.settings.high)
            or (sharing in ASKS_FOR_WORK and self._load_to_give(one) < self.settings.low)
            for one in machines
        )

    def _share(self, machine: Machine, now_ns: int) -> None:
        """Decide for a machine whether it should get rid of a process, or ask for one."""
        sharing = self.settings.load_sharing
        if sharing == "none":
            return
        if sharing not in LOAD_SHARING:
            self._share_by_users_policy(machine, now_ns)
            return
        if sharing in SENDS:
            self._share_out(machine, now_ns)
        if sharing in ASKS_FOR_WORK:
            self._want_work(machine, now_ns)

    def _load_to_give(self, machine: Machine) -> int:
        """Return a machine's load for the question whether it should give: what is leaving does not count."""
        figures = machine.figures
        now = min(machine.load, figures.runnable * weight(figures.ips))
        leaving = sum(
            asking.source == figures.machine and asking.state is AskState.ORDERED for asking in self.asking.values()
        )
        return max(0, now - leaving * weight(figures.ips))

    def _why_not_give(self, machine: Machine) -> Reason | None:
        """Say what forbids a machine to give a process away just now, whoever wants one; None: nothing."""
        name, settings = machine.figures.machine, self.settings
        mine = self._load_to_give(machine)
        if mine < settings.high:
            return reason("below-threshold", load=load(mine), threshold=load(settings.high))
        if machine.stays:
            return reason("told-to-stay", machine=name)
        for asking in self.asking.values():
            if asking.source == name and asking.initiated_by == BY_POLICY:
                return reason("waits-for-answer", process=asking.process.name, to=asking.to)
        return None

    def _victim(self, machine: Machine) -> ProcessFigures | Reason:
        """Choose which process should go, or say why none may."""
        settings, mine = self.settings, self._load_to_give(machine)
        moving = [asking.process.pid for asking in self.asking.values()]
        may = eligible(machine.figures.processes, settings, moving, self._cooling)
        if may.processes:
            return VICTIMS[settings.victim](may.processes)
        return reason(
            "no-victim",
            load=load(mine),
            fresh=may.fresh,
            residence_s=seconds(settings.residence_ns),
            locked=may.locked,
            moving=may.moving,
            waiting=may.waiting,
        )

    def _share_out(self, machine: Machine, now_ns: int) -> None:
        """Sender-initiated: a loaded machine looks for a lighter one."""
        name = machine.figures.machine
        why_not = self._why_not_give(machine)
        if why_not is not None:
            self._decide(name, name, "share", "not now", why_not)
            return
        victim = self._victim(machine)
        if isinstance(victim, Reason):
            self._decide(name, name, "share", "not now", victim)
            return
        situation = self._situation(machine, self._load_to_give(machine), victim, now_ns)
        choice = TARGETS[self.settings.target](situation)
        if choice.to is None:
            self._decide(name, name, "share", "not now", choice.why)
            return
        self._decide(name, victim.pid, "share", "yes", choice.why)
        self._ask(machine, victim, choice.to, "", BY_POLICY, choice.why, now_ns, for_load=True)

    def _want_work(self, machine: Machine, now_ns: int) -> None:
        """Receiver-initiated: a machine with little to do asks the most loaded one that it knows of."""
        figures, settings = machine.figures, self.settings
        name = figures.machine
        mine = max(machine.load, figures.runnable * weight(figures.ips))
        mine += sum(giving.machine == name for giving in self.giving.values()) * weight(figures.ips)
        if mine >= settings.low:
            why = reason("above-threshold", load=load(mine), threshold=load(settings.low))
            self._decide(name, name, "want-work", "not now", why)
            return
        if name in self._wanting or not machine.takes_guests:
            return
        fresh = self.beliefs.fresh(now_ns, settings.max_age_ns)
        loaded = [one for one in fresh if self.beliefs.load(one.machine) >= settings.high]
        if not loaded:
            why = reason("nobody-loaded", load=load(mine), threshold=load(settings.high))
            self._decide(name, name, "want-work", "not now", why)
            return
        source = max(loaded, key=lambda one: (self.beliefs.load(one.machine), -self._distance(name, one.machine)))
        why = reason(
            "asks-for-work",
            load=load(mine),
            threshold=load(settings.low),
            machine=source.machine,
            other_load=load(self.beliefs.load(source.machine)),
            age_s=seconds(now_ns - source.at_ns),
        )
        self._decide(name, source.machine, "want-work", "yes", why)
        self._wanting[name] = now_ns + settings.answer_timeout_ns
        self._tell(self.seat(source.machine), WorkWanted(source.machine, name, mine))

    def _give_work(self, wanted: WorkWanted, now_ns: int) -> None:
        """Somebody asks one of our machines for work."""
        machine = self.machines[wanted.machine]
        why_not = self._why_not_give(machine)
        victim = why_not if why_not is not None else self._victim(machine)
        mine = self._load_to_give(machine)
        if isinstance(victim, Reason):
            self._decide(wanted.machine, wanted.by, "give-work", "not now", victim)
            self._tell(self.seat(wanted.by), NothingToGive(wanted.machine, wanted.by, victim))
            return
        why = reason("work-wanted", to=wanted.by, to_load=load(wanted.load), machine=wanted.machine, load=load(mine))
        self._decide(wanted.machine, victim.pid, "give-work", "yes", why)
        self._ask(machine, victim, wanted.by, "", BY_POLICY, why, now_ns, for_load=True)

    def _talk(self, machine: Machine, now_ns: int) -> bool:
        """Bring a process to the one that it talks to; tell whether that was decided."""
        limit, name = self.settings.communication_bytes, machine.figures.machine
        if not limit or machine.stays:
            return False
        moving = [asking.process.pid for asking in self.asking.values()]
        for process in machine.figures.processes:
            coming_from = [giving.source for giving in self.giving.values() if giving.machine == name]
            heard = {
                to: count
                for to, count in process.talks.items()
                if to != name and to in self.everyone and to not in coming_from
            }
            if not heard or process.stays or process.pid in moving or process.pid in self._cooling:
                continue
            to = max(sorted(heard), key=lambda one: heard[one])
            here = process.talks.get(name, 0)
            if heard[to] - here < limit or process.here_ns < self.settings.residence_ns:
                continue
            why = reason("talks-to", bytes=heard[to], to=to, span_s=1)
            self._decide(name, process.pid, "talk", "yes", why)
            self._ask(machine, process, to, "", BY_POLICY, why, now_ns)
            return True
        return False

    def _share_by_users_policy(self, machine: Machine, now_ns: int) -> None:
        """Do what a user's own class says."""
        assert self._policy is not None
        name, mine = machine.figures.machine, self._load_to_give(machine)
        others = list(self.beliefs.fresh(now_ns, self.settings.max_age_ns))
        try:
            answer = self._policy.choose(machine.figures, mine, others, now_ns)
            if isinstance(answer, str):
                self._decide(name, name, "share", "not now", reason("user-policy", says=answer))
                return
            pid, to = answer
            process = next(one for one in machine.figures.processes if one.pid == pid)
            if to not in self.everyone or to == name:
                raise ValueError(f"{to} is no other node")
        except Exception as error:  # noqa: BLE001 - a user's code may fail in any way, and must not take the node down
            failed = reason(
                "user-policy-failed", name=self.settings.load_sharing, error=f"{type(error).__name__}: {error}"
            )
            self._decide(name, name, "share", "no", failed)
            return
        if any(asking.source == name for asking in self.asking.values()):
            return
        why = reason("user-policy", says=f"{process.name} to {to}")
        self._decide(name, pid, "share", "yes", why)
        self._ask(machine, process, to, "", BY_POLICY, why, now_ns, for_load=True)

    def _situation(self, machine: Machine, mine: int, process: ProcessFigures, now_ns: int) -> Situation:
        name = machine.figures.machine
        return Situation(
            name, mine, process, self._known(name, now_ns), self.everyone, self.settings, self._draw, now_ns
        )

    def _known(self, besides: NodeName, now_ns: int) -> Beliefs:
        """Return what is known of all machines: what is believed of those of others, and the truth about our own."""
        if len(self.machines) == 1:
            return self.beliefs
        own = {name: self._entry(machine) for name, machine in self.machines.items() if name != besides}
        return Beliefs(self.beliefs.entries | own, self.beliefs.expected)

    # -------------------------------------------------------------------------------------------------------------- helpers

    def _believed(self, name: NodeName) -> int:
        if name in self.machines:
            return self.machines[name].load
        return self.beliefs.load(name) if name in self.beliefs.entries else 0

    def _known_open(self, name: NodeName) -> bool:
        if name in self.machines:
            return self.machines[name].takes_guests
        entry = self.beliefs.entries.get(name)
        return entry is None or entry.takes_guests

    def _ips_of(self, name: NodeName) -> int:
        if name in self.machines:
            return self.machines[name].figures.ips
        entry = self.beliefs.entries.get(name)
        return entry.ips if entry is not None else 10_000_000

    def _distance(self, machine: NodeName, other: NodeName) -> int:
        return (self.everyone.index(other) - self.everyone.index(machine)) % len(self.everyone)

    def _name(self) -> str:
        self._count += 1
        return f"{self._prefix}/{self._count}"

    def _decide(self, by: NodeName, about: str, what: str, verdict: str, why: Reason) -> None:
        """Report a decision, unless the last one of its kind for this machine said the same."""
        said = about, verdict, why.rule
        if verdict == "yes" or self._said.get((by, what)) != said:
            self._said[by, what] = said
            self._report(DecisionTaken(by, about, what, verdict, why.text(), why.rule, why.numbers))

    def _say(
        self,
        step: int,
        migration: str,
        process: ProcessFigures,
        sender: NodeName,
        receiver: NodeName,
        machine: NodeName,
    ) -> None:
        text = saying(step, process.name, machine)
        self._report(NegotiationMessage(migration, process.pid, step, sender, receiver, machine, text))

    def _tell(self, to: NodeName, what: ToInitiator | ToKernel) -> None:
        self._out.append(Tell(to, what))

    def _report(self, event: AnyEvent) -> None:
        self._out.append(Report(event))

    def _take_actions(self) -> list[Action]:
        actions, self._out = self._out, []
        return actions


def _process_of(offer: MigrationOffer, now_ns: int) -> ProcessFigures:
    return ProcessFigures(
        offer.pid, offer.name, offer.pages, offer.age_ns, offer.cpu_ns, 0, "ready", talks=offer.talks, trail=offer.trail
    )


def _why_evicted(cause: str, machine: Machine, now_ns: int) -> Reason:
    name = machine.figures.machine
    match cause:
        case "owner":
            return reason("evicted", machine=name)
        case "expel":
            return reason("expelled", machine=name)
        case _:
            return reason("shutting-down-soon", machine=name, left_s=seconds((machine.leaving_ns or now_ns) - now_ns))


PolicyFactory = Callable[[], Policy]
