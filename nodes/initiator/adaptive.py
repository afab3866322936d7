"""Adaptive load sharing as Eager, Lazowska and Zahorjan define it: decided once, when a job comes or ends, by the length of queues.

| policy               | decides                                               | probes, up to `probes` drawn at random        |
|----------------------|-------------------------------------------------------|-----------------------------------------------|
| `sender-initiated`   | when a job arrives and finds `threshold` jobs or more | for one with fewer: the job starts there      |
| `receiver-initiated` | when a job ends and leaves fewer than `threshold`     | for one with more: it gives one that has begun|
| `symmetric`          | both                                                  | both                                          |

One is probed after the other, until one agrees. Under `sender-initiated` nothing is moved that has begun, and who has found nobody starts
where it came. No load is told to anybody beforehand: a probe is the question of step 1, or a request for work, and the answer is what holds
then (Adaptive load sharing in homogeneous distributed systems, IEEE Transactions on Software Engineering 12, 1986; A comparison of
receiver-initiated and sender-initiated adaptive load sharing, Performance Evaluation 6, 1986).
"""

from __future__ import annotations

from dataclasses import dataclass

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.negotiation import Asking
from nodes.initiator.policies import VICTIMS, eligible, worth_moving
from nodes.initiator.source import Source
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import JobSubmitted, NothingToGive, WorkWanted
from nodes.wire.parameters import AT_ARRIVAL, AT_END, BY_POLICY
from nodes.wire.reasons import Number, Reason, reason


@dataclass
class _Arrival:
    """A job that has come, and looks for a place to start."""

    job: JobSubmitted
    untried: list[NodeName]
    """Whom to probe yet, in this order."""


@dataclass
class _Search:
    """A machine with too little to do, which looks for a job."""

    untried: list[NodeName]
    asked: NodeName = ""
    deadline_ns: int = 0


class Adaptive:
    """The probing of one Initiator, for its machines."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self._source = source
        self._arrivals: dict[Pid, _Arrival] = {}
        self._searches: dict[NodeName, _Search] = {}

    def queue(self, machine: Machine) -> int:
        """Return how many jobs a machine has: those that compete for its CPU, and those that it has promised to take."""
        name = machine.figures.machine
        return machine.figures.runnable + sum(giving.machine == name for giving in self.desk.giving.values())

    def _draw(self, name: NodeName) -> list[NodeName]:
        """Draw whom a machine will probe."""
        others = [one for one in self.desk.everyone if one != name and self.desk.reachable(one)]
        return self.desk.draw.sample(others, min(self.desk.settings.probes, len(others)))

    # ----------------------------------------------------------------------------------------------- a job arrives

    def takes(self, job: JobSubmitted, now_ns: int) -> bool:
        """A job has come. Tell whether a place is looked for; otherwise it is for others to say where and when it starts."""
        desk, machine = self.desk, self.desk.machines[job.machine]
        if desk.settings.load_sharing not in AT_ARRIVAL:
            return False
        queue, pid = self.queue(machine), job.process.pid
        if queue < desk.settings.threshold:
            self._stay(job, reason("short-queue", machine=job.machine, jobs=queue, threshold=desk.settings.threshold))
            return False
        if machine.stays:
            self._stay(job, reason("told-to-stay", machine=job.machine))
            return False
        self._arrivals[pid] = _Arrival(job, self._draw(job.machine))
        return self._probe_for(pid, now_ns)

    def _probe_for(self, pid: Pid, now_ns: int) -> bool:
        """Ask the next one whether it takes a job; tell whether there was one."""
        desk, arrival = self.desk, self._arrivals[pid]
        job, machine = arrival.job, desk.machines[arrival.job.machine]
        while arrival.untried:
            to = arrival.untried.pop(0)
            if not desk.reachable(to):
                continue
            queue = self.queue(machine)
            why = reason("probed", machine=job.machine, jobs=queue, threshold=desk.settings.threshold, to=to)
            desk.decide(job.machine, pid, "place", "yes", why)
            load = (queue + 1) * weight(machine.figures.ips)
            self._source.ask(
                machine, job.process, to, "eager-all", BY_POLICY, why, now_ns, for_load=True, source_load=load
            )
            return True
        del self._arrivals[pid]
        self._stay(job, reason("nobody-below", threshold=desk.settings.threshold))
        return False

    def _stay(self, job: JobSubmitted, why: Reason) -> None:
        self.desk.decide(job.machine, job.process.pid, "place", "no", why)

    def move_over(self, asking: Asking, moved: bool | None, now_ns: int) -> JobSubmitted | None:
        """An attempt to move a process is over. Return a job that has found no place elsewhere, and has not begun."""
        pid = asking.process.pid
        arrival = self._arrivals.get(pid)
        if arrival is None:
            return None
        here = self.desk.machines[arrival.job.machine].figures.processes
        waits = any(one.pid == pid and one.state == "new" for one in here)
        if moved is not False or not waits:
            del self._arrivals[pid]
            return None
        return None if self._probe_for(pid, now_ns) else arrival.job

    # -------------------------------------------------------------------------------------------------- a job ends

    def job_ended(self, machine: Machine, now_ns: int) -> None:
        """A job of a machine has ended: look for another one, if it has left too few."""
        desk, name = self.desk, machine.figures.machine
        if desk.settings.load_sharing not in AT_END or name in self._searches or not machine.takes_guests:
            return
        self._searches[name] = _Search(self._draw(name))
        self._look_on(name, now_ns)

    def _look_on(self, name: NodeName, now_ns: int) -> None:
        """Ask the next one for a job, unless the machine has enough meanwhile."""
        desk, search = self.desk, self._searches[name]
        queue, threshold = self.queue(desk.machines[name]), desk.settings.threshold
        while search.untried and queue < threshold:
            to = search.untried.pop(0)
            if not desk.reachable(to):
                continue
            desk.decide(
                name, to, "want-work", "yes", reason("short-queue", machine=name, jobs=queue, threshold=threshold)
            )
            search.asked, search.deadline_ns = to, now_ns + desk.settings.answer_timeout_ns
            desk.tell(desk.seat(to), WorkWanted(to, name, queue * weight(desk.machines[name].figures.ips)))
            return
        del self._searches[name]
        if queue < threshold:
            desk.decide(name, name, "want-work", "not now", reason("nobody-above", threshold=threshold))

    def give(self, wanted: WorkWanted, now_ns: int) -> bool:
        """Somebody asks one of our machines for work; tell whether that is decided here."""
        desk, settings = self.desk, self.desk.settings
        if settings.load_sharing not in AT_END:
            return False
        machine = desk.machines[wanted.machine]
        leaving = desk.leaving(wanted.machine)
        queue = machine.figures.runnable - sum(one.pid in leaving for one in machine.figures.processes)
        may = eligible(machine.figures.processes, settings, leaving, ())
        numbers: dict[str, Number] = {"machine": wanted.machine, "jobs": queue, "threshold": settings.threshold}
        if queue <= settings.threshold or machine.stays or not may.processes:
            rule = "queue-too-short" if queue <= settings.threshold else "none-may-go"
            why = reason("told-to-stay", machine=wanted.machine) if machine.stays else reason(rule, **numbers)
            desk.decide(wanted.machine, wanted.by, "give-work", "not now", why)
            desk.tell(desk.seat(wanted.by), NothingToGive(wanted.machine, wanted.by, why))
            return True
        victim = VICTIMS[settings.victim](may.processes)
        there = wanted.load // weight(desk.ips_of(wanted.by))
        too_young = worth_moving(victim, machine.figures.runnable, there, settings)
        if too_young is not None:
            desk.decide(wanted.machine, wanted.by, "give-work", "not now", too_young)
            desk.tell(desk.seat(wanted.by), NothingToGive(wanted.machine, wanted.by, too_young))
            return True
        why = reason("long-queue", to=wanted.by, **numbers)
        desk.decide(wanted.machine, victim.pid, "give-work", "yes", why)
        self._source.ask(machine, victim, wanted.by, "", BY_POLICY, why, now_ns, for_load=True)
        return True

    def refused(self, machine: NodeName, by: NodeName, now_ns: int) -> None:
        """A machine that was asked for work has none to give."""
        search = self._searches.get(by)
        if search is not None and search.asked == machine:
            self._look_on(by, now_ns)

    def came(self, name: NodeName) -> None:
        """A process has come to a machine of ours: it looks no further."""
        self._searches.pop(name, None)

    # ------------------------------------------------------------------------------------------------------- the end

    def expire(self, now_ns: int) -> None:
        """Wait no longer for those who do not answer."""
        for name in [name for name, search in self._searches.items() if search.deadline_ns <= now_ns]:
            self._look_on(name, now_ns)

    def deadlines(self) -> list[int]:
        """Return the instants at which `expire` has something to do."""
        return [search.deadline_ns for search in self._searches.values()]

    def forget(self, pid: Pid) -> None:
        """A process has ended."""
        self._arrivals.pop(pid, None)

    def broken(self, peer: NodeName, now_ns: int) -> None:
        """A machine is dead, with what looked for a place or for work there; who waits for its answer asks on."""
        self._searches.pop(peer, None)
        self._arrivals = {pid: one for pid, one in self._arrivals.items() if one.job.machine != peer}
        for name in [name for name, search in self._searches.items() if not self.desk.reachable(search.asked)]:
            self._look_on(name, now_ns)
