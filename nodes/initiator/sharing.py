"""What a policy moves by itself: for the load (by one of our policies or by a user's own class), and those that talk to each other."""

from __future__ import annotations

from nodes.initiator import users_policy
from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.policies import (
    ASKS_FOR_WORK,
    SENDS,
    TARGETS,
    VICTIMS,
    Policy,
    eligible,
    worth_moving,
)
from nodes.initiator.source import Source
from nodes.wire.ids import NodeName
from nodes.wire.packets import NothingToGive, ProcessFigures, WorkWanted
from nodes.wire.parameters import BY_POLICY
from nodes.wire.reasons import Reason, load, reason, seconds
from nodes.wire.users_code import UsersCodeError
from nodes.wire.vocabulary import LOAD_SHARING


class Sharing:
    """Load sharing among machines, and communication, for the machines of one Initiator."""

    def __init__(self, desk: Desk, source: Source, own_policy: Policy | None) -> None:
        self.desk = desk
        self.users_policy = own_policy
        """What `load_sharing` names, where it is none of our own."""
        self._source = source
        self._wanting: dict[NodeName, int] = {}
        """Machines for which work was asked for, and until when the answer is awaited."""
        self._in_vain: dict[tuple[NodeName, NodeName], int] = {}
        """When a machine asked another one that had nothing to give, the last time."""

    def wants_to_know(self, machines: list[Machine]) -> bool:
        """Tell whether others' load would matter to any of these machines just now."""
        desk, settings = self.desk, self.desk.settings
        sharing = settings.load_sharing
        sends = sharing in SENDS or sharing not in LOAD_SHARING
        return any(
            (sends and desk.load_to_give(one) >= settings.high)
            or (sharing in ASKS_FOR_WORK and desk.load_to_give(one) < settings.low)
            for one in machines
        )

    def share(self, machine: Machine, now_ns: int) -> None:
        """Decide for a machine whether it should get rid of a process, or ask for one."""
        sharing = self.desk.settings.load_sharing
        if sharing == "none":
            return
        if sharing not in LOAD_SHARING:
            self._share_by_users_policy(machine, now_ns)
            return
        if sharing in SENDS:
            self._share_out(machine, now_ns)
        if sharing in ASKS_FOR_WORK:
            self._want_work(machine, now_ns)

    # ------------------------------------------------------------------------------------------------------- giving

    def _why_not_give(self, machine: Machine) -> Reason | None:
        """Say what forbids a machine to give a process away just now, whoever wants one; None: nothing."""
        name, settings = machine.figures.machine, self.desk.settings
        mine = self.desk.load_to_give(machine)
        if mine < settings.high:
            return reason("below-threshold", load=load(mine), threshold=load(settings.high))
        if machine.stays:
            return reason("told-to-stay", machine=name)
        for asking in self.desk.asking.values():
            if asking.source == name and asking.initiated_by == BY_POLICY:
                return reason("waits-for-answer", process=asking.process.name, to=asking.to)
        return None

    def _victim(self, machine: Machine) -> ProcessFigures | Reason:
        """Choose which process should go, or say why none may."""
        desk, settings = self.desk, self.desk.settings
        leaving = desk.leaving(machine.figures.machine)
        may = eligible(machine.figures.processes, settings, leaving, desk.cooling)
        if may.processes:
            return VICTIMS[settings.victim](may.processes)
        return reason(
            "no-victim",
            load=load(desk.load_to_give(machine)),
            fresh=may.fresh,
            residence_s=seconds(settings.residence_ns),
            locked=may.locked,
            moving=may.moving,
            waiting=may.waiting,
        )

    def _share_out(self, machine: Machine, now_ns: int) -> None:
        """Sender-initiated: a loaded machine looks for a lighter one."""
        desk, name = self.desk, machine.figures.machine
        why_not = self._why_not_give(machine)
        if why_not is not None:
            desk.decide(name, name, "share", "not now", why_not)
            return
        victim = self._victim(machine)
        if isinstance(victim, Reason):
            desk.decide(name, name, "share", "not now", victim)
            return
        situation = desk.situation(machine, desk.load_to_give(machine), victim, now_ns)
        choice = TARGETS[desk.settings.target](situation)
        if choice.to is None:
            desk.decide(name, name, "share", "not now", choice.why)
            return
        there = desk.jobs_believed(choice.to)
        too_young = worth_moving(victim, machine.figures.runnable, there, desk.settings)
        if too_young is not None:
            desk.decide(name, name, "share", "not now", too_young)
            return
        desk.decide(name, victim.pid, "share", "yes", choice.why)
        self._source.ask(machine, victim, choice.to, "", BY_POLICY, choice.why, now_ns, for_load=True)

    def give_work(self, wanted: WorkWanted, now_ns: int) -> None:
        """Somebody asks one of our machines for work."""
        desk = self.desk
        machine = desk.machines[wanted.machine]
        why_not = self._why_not_give(machine)
        victim = why_not if why_not is not None else self._victim(machine)
        if isinstance(victim, ProcessFigures):
            there = wanted.load // weight(desk.ips_of(wanted.by))
            victim = worth_moving(victim, machine.figures.runnable, there, desk.settings) or victim
        mine = desk.load_to_give(machine)
        if isinstance(victim, Reason):
            desk.decide(wanted.machine, wanted.by, "give-work", "not now", victim)
            desk.tell(desk.seat(wanted.by), NothingToGive(wanted.machine, wanted.by, victim))
            return
        why = reason("work-wanted", to=wanted.by, to_load=load(wanted.load), machine=wanted.machine, load=load(mine))
        desk.decide(wanted.machine, victim.pid, "give-work", "yes", why)
        self._source.ask(machine, victim, wanted.by, "", BY_POLICY, why, now_ns, for_load=True)

    # ------------------------------------------------------------------------------------------------------- taking

    def _want_work(self, machine: Machine, now_ns: int) -> None:
        """Receiver-initiated: a machine with little to do asks the most loaded one that it knows of, and who had nothing last of all."""
        desk, settings, figures = self.desk, self.desk.settings, machine.figures
        name = figures.machine
        mine = max(machine.load, figures.runnable * weight(figures.ips))
        mine += sum(giving.machine == name for giving in desk.giving.values()) * weight(figures.ips)
        if mine >= settings.low:
            why = reason("above-threshold", load=load(mine), threshold=load(settings.low))
            desk.decide(name, name, "want-work", "not now", why)
            return
        if name in self._wanting or not machine.takes_guests:
            return
        known = desk.known_besides(name)
        loaded = [one for one in known.fresh(now_ns, settings.max_age_ns) if known.load(one.machine) >= settings.high]
        if not loaded:
            why = reason("nobody-loaded", load=load(mine), threshold=load(settings.high))
            desk.decide(name, name, "want-work", "not now", why)
            return
        source = min(
            loaded,
            key=lambda one: (
                self._had_nothing_ns(name, one.machine, now_ns),
                -known.load(one.machine),
                desk.distance(name, one.machine),
            ),
        )
        why = reason(
            "asks-for-work",
            load=load(mine),
            threshold=load(settings.low),
            machine=source.machine,
            other_load=load(known.load(source.machine)),
            age_s=seconds(now_ns - source.at_ns),
        )
        desk.decide(name, source.machine, "want-work", "yes", why)
        self._wanting[name] = now_ns + settings.answer_timeout_ns
        desk.tell(desk.seat(source.machine), WorkWanted(source.machine, name, mine))

    def _had_nothing_ns(self, name: NodeName, other: NodeName, now_ns: int) -> int:
        """Return when another machine had nothing to give, if that is as new as what is believed of loads; -1: it has not been asked."""
        asked_ns = self._in_vain.get((name, other), -1)
        return asked_ns if asked_ns >= 0 and now_ns - asked_ns <= self.desk.settings.max_age_ns else -1

    def refused(self, other: NodeName, name: NodeName, now_ns: int) -> None:
        """A machine that was asked for work has nothing to give."""
        self.awaits_no_work(name)
        self._in_vain[name, other] = now_ns

    def awaits_no_work(self, name: NodeName) -> None:
        """A machine stops waiting for work: some has come, nobody has any, or the machine is dead."""
        self._wanting.pop(name, None)

    def expire(self, now_ns: int) -> None:
        """Wait no longer for work that does not come."""
        for name in [name for name, deadline_ns in self._wanting.items() if deadline_ns <= now_ns]:
            del self._wanting[name]

    def deadlines(self) -> list[int]:
        """Return the instants at which `expire` has something to do."""
        return list(self._wanting.values())

    # ----------------------------------------------------------------------------------------------- other reasons to move

    def bring_together(self, machine: Machine, now_ns: int) -> bool:
        """Bring a process to the one that it talks to; tell whether that was decided."""
        desk, limit, name = self.desk, self.desk.settings.communication_bytes, machine.figures.machine
        if not limit or machine.stays:
            return False
        leaving = desk.leaving(name)
        coming_from = [giving.source for giving in desk.giving.values() if giving.machine == name]
        for process in machine.figures.processes:
            heard = {
                to: count
                for to, count in process.talks.items()
                if to != name and to in desk.everyone and to not in coming_from and desk.reachable(to)
            }
            if not heard or process.stays or process.pid in leaving or process.pid in desk.cooling:
                continue
            to = max(sorted(heard), key=lambda one: heard[one])
            here = process.talks.get(name, 0)
            if heard[to] - here < limit or process.here_ns < desk.settings.residence_ns:
                continue
            why = reason("talks-to", bytes=heard[to], to=to, span_s=1)
            desk.decide(name, process.pid, "talk", "yes", why)
            self._source.ask(machine, process, to, "", BY_POLICY, why, now_ns)
            return True
        return False

    def _share_by_users_policy(self, machine: Machine, now_ns: int) -> None:
        """Do what a user's own class says."""
        assert self.users_policy is not None
        desk, name, mine = self.desk, machine.figures.machine, self.desk.load_to_give(machine)
        others = list(desk.known_besides(name).fresh(now_ns, desk.settings.max_age_ns))
        try:
            answer = users_policy.ask(self.users_policy, machine.figures, mine, others, now_ns, desk.everyone)
        except UsersCodeError as error:
            failed = reason("user-policy-failed", name=desk.settings.load_sharing, error=error.why)
            desk.decide(name, name, "share", "no", failed)
            return
        if isinstance(answer, str):
            desk.decide(name, name, "share", "not now", reason("user-policy", says=answer))
            return
        process, to = answer
        if not desk.reachable(to):
            desk.decide(name, process.pid, "share", "no", desk.why_unreachable(to))
            return
        if any(asking.source == name for asking in desk.asking.values()):
            return
        why = reason("user-policy", says=f"{process.name} to {to}")
        desk.decide(name, process.pid, "share", "yes", why)
        self._source.ask(machine, process, to, "", BY_POLICY, why, now_ns, for_load=True)
