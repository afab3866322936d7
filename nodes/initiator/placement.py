"""Long-term scheduling: whether a new job is admitted, and where it starts."""

from __future__ import annotations

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.policies import TARGETS, Choice
from nodes.initiator.source import Source
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import JobSubmitted, ProcessFigures, StartHere
from nodes.wire.parameters import BY_POLICY
from nodes.wire.reasons import load, reason


class Placement:
    """The jobs that were submitted to the machines of one Initiator and have not started yet."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self.jobs: dict[Pid, tuple[JobSubmitted, int]] = {}
        """Jobs that wait to be admitted, and since when."""
        self._source = source

    def submit(self, job: JobSubmitted, now_ns: int) -> None:
        """A new job is admitted, here or elsewhere, or has to wait until another has ended."""
        self.jobs[job.process.pid] = job, now_ns
        self.admit(self.desk.machines[job.machine], now_ns)

    def admit(self, machine: Machine, now_ns: int) -> None:
        """Admit the jobs that wait at a machine, in the order in which they came, as long as there is room."""
        desk, name, started = self.desk, machine.figures.machine, 0
        for pid, (job, since_ns) in list(self.jobs.items()):
            if job.machine != name or pid in desk.leaving(name):
                continue
            if all(one.pid != pid for one in machine.figures.processes):  # it was killed before it began
                del self.jobs[pid]
                continue
            here = _load_with_one_more(machine)
            choice = self._place(machine, job.process, here, now_ns)
            if choice.to is not None:
                desk.decide(name, pid, "place", "yes", choice.why)
                del self.jobs[pid]
                self._source.ask(
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
            jobs, limit = (
                started + sum(one.state != "new" for one in machine.figures.processes),
                desk.settings.admission,
            )
            if limit and jobs >= limit:
                full = reason("full", machine=name, jobs=jobs, limit=limit)
                desk.decide(name, pid, "place", "not now", full)
                continue
            desk.decide(name, pid, "place", "no", choice.why)
            del self.jobs[pid]
            started += 1
            desk.tell(name, StartHere(pid, now_ns - since_ns))

    def broken(self, machine: NodeName) -> None:
        """A machine is dead, with the jobs that waited there."""
        self.jobs = {pid: waiting for pid, waiting in self.jobs.items() if waiting[0].machine != machine}

    def _place(self, machine: Machine, process: ProcessFigures, here: int, now_ns: int) -> Choice:
        """Choose where a new job starts: nowhere else, or at the lightest machine that is known. `here` is the load that it would meet."""
        desk, name = self.desk, machine.figures.machine
        stays = reason("starts-here", machine=name, load=load(here), gain=load(desk.settings.gain))
        match desk.settings.placement:
            case "home":
                return Choice(None, stays)
            case "least-loaded":
                choice = TARGETS["least-loaded"](desk.situation(machine, here, process, now_ns))
        if choice.to is None:
            return Choice(None, stays)
        to_load = load(desk.believed_load(choice.to))
        return Choice(choice.to, reason("placed", to=choice.to, to_load=to_load, machine=name, load=load(here)))


def _load_with_one_more(machine: Machine) -> int:
    figures = machine.figures
    return max(machine.load, figures.runnable * weight(figures.ips)) + weight(figures.ips)
