"""A cluster of single-server queues that share jobs by the real Initiators, without kernels or costs: the model of the adaptive policies.

Jobs arrive at every machine by a Poisson process, need an exponential time, and are served in the order of arrival. A message takes no
time, and a job that moves takes none: what is compared is the policy.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from random import Random

from nodes.initiator.desk import Tell
from nodes.initiator.initiator import Initiator
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    FiguresTold,
    JobSubmitted,
    MachineFigures,
    MigrateIn,
    MigrateOut,
    MigrationOffer,
    MoveEnded,
    OfferRelayed,
    ProcessFigures,
    StartHere,
    TurnAway,
)
from nodes.wire.parameters import SECOND_NS, InitiatorParameters

IPS = 10_000_000


@dataclass
class Job:
    pid: Pid
    arrived_ns: int
    left_ns: int
    born: NodeName
    began_ns: int | None = None
    """Since when it is served; None: not yet, or not now."""
    begun: bool = False
    """It was served, if only for a while."""
    moved_after_beginning: bool = False


class Queues:
    """Machines n1, n2, ... with a queue each."""

    def __init__(self, count: int, settings: InitiatorParameters, seed: int) -> None:
        self.names = tuple(f"n{number}" for number in range(1, count + 1))
        self.minds = {
            name: Initiator(name, [name], self.names, settings, Random(f"{seed}/{name}")) for name in self.names
        }
        self.queues: dict[NodeName, list[Job]] = {name: [] for name in self.names}
        self.waiting: dict[Pid, Job] = {}
        """Jobs that have come and are not told yet where they start."""
        self.done: list[Job] = []
        self.responses_ns: list[int] = []
        self.moves = 0
        self._agenda: list[tuple[int, int, NodeName, Job | None]] = []
        self._number = 0
        self._now = 0
        self._mail: deque[tuple[NodeName, NodeName, AnyPacket]] = deque()

    def run(self, load: float, jobs: int, seed: int) -> float:
        """Let `jobs` jobs arrive, at so much of what all can serve; return their mean time in the system, in services."""
        draw = Random(seed)
        at = 0.0
        for number in range(jobs):
            at += draw.expovariate(load * len(self.names))
            name = draw.choice(self.names)
            job = Job(f"{name}.{number + 1}", round(at * SECOND_NS), round(draw.expovariate(1.0) * SECOND_NS) + 1, name)
            self._put(job.arrived_ns, name, job)
        while self._agenda:
            self._now, _, name, arrival = heapq.heappop(self._agenda)
            if arrival is not None:
                self._arrive(name, arrival)
            else:
                self._end_service(name)
        return sum(self.responses_ns) / len(self.responses_ns) / SECOND_NS

    def _put(self, at_ns: int, name: NodeName, arrival: Job | None) -> None:
        self._number += 1
        heapq.heappush(self._agenda, (at_ns, self._number, name, arrival))

    # ------------------------------------------------------------------------------------------------------ the queues

    def _arrive(self, name: NodeName, job: Job) -> None:
        self.waiting[job.pid] = job
        self._tell(name, name, JobSubmitted(self._figures_of(job), name))
        self._deliver()

    def _start(self, name: NodeName, job: Job) -> None:
        self.queues[name].append(job)
        self._serve(name)

    def _serve(self, name: NodeName) -> None:
        queue = self.queues[name]
        if queue and queue[0].began_ns is None:
            queue[0].began_ns, queue[0].begun = self._now, True
            self._put(self._now + queue[0].left_ns, name, None)

    def _end_service(self, name: NodeName) -> None:
        queue = self.queues[name]
        if not queue or queue[0].began_ns is None or queue[0].began_ns + queue[0].left_ns != self._now:
            return  # that job has gone elsewhere
        job = queue.pop(0)
        self.responses_ns.append(self._now - job.arrived_ns)
        self.done.append(job)
        self._serve(name)
        self._tell(name, name, FiguresTold(self._figures(name), "ended"))
        self._deliver()

    def _take_out(self, name: NodeName, pid: Pid) -> Job:
        if pid in self.waiting:
            return self.waiting.pop(pid)
        queue = self.queues[name]
        job = next(one for one in queue if one.pid == pid)
        queue.remove(job)
        job.moved_after_beginning |= job.begun
        if job.began_ns is not None:
            job.left_ns -= self._now - job.began_ns
            job.began_ns = None
        self._serve(name)
        return job

    # ----------------------------------------------------------------------------------------------- what is said

    def _figures_of(self, job: Job) -> ProcessFigures:
        state = "new" if job.pid in self.waiting else "running" if job.began_ns is not None else "ready"
        age = self._now - job.arrived_ns
        return ProcessFigures(job.pid, job.pid, 1, age, age, age, state)

    def _figures(self, name: NodeName) -> MachineFigures:
        new = [job for job in self.waiting.values() if job.born == name]
        queue = self.queues[name]
        here = tuple(self._figures_of(job) for job in (*queue, *new))
        return MachineFigures(name, self._now, IPS, len(queue), 1000, 1000, here, bool(here))

    def _tell(self, sender: NodeName, to: NodeName, packet: AnyPacket) -> None:
        self._mail.append((sender, to, packet))

    def _deliver(self) -> None:
        while self._mail:
            sender, to, packet = self._mail.popleft()
            self._hear(sender, to, packet)

    def _hear(self, sender: NodeName, at: NodeName, packet: AnyPacket) -> None:
        match packet:
            case StartHere(pid):
                self._start(at, self.waiting.pop(pid))
            case MigrateOut(migration, pid, to):
                offer = MigrationOffer(migration, pid, pid, "p", "eager-all", 1, 0, 0, packet.load, packet.initiated_by)
                self._tell(to, to, OfferRelayed(offer, at, self._figures(to)))
                self._moving = (migration, pid, at, to)
            case MigrateIn(migration):
                name, pid, source, to = self._moving
                assert name == migration
                self._start(to, self._take_out(source, pid))
                self.moves += 1
                self._tell(source, source, MoveEnded(migration, source, "completed"))
                self._tell(to, to, MoveEnded(migration, to, "arrived"))
            case TurnAway():
                raise AssertionError("nothing changes between the promise and the offer")
            case _:
                mind = self.minds[at]
                mind.observe(self._figures(at), self._now)
                for action in mind.receive(sender, packet, self._now):  # type: ignore[arg-type]
                    if isinstance(action, Tell):
                        self._tell(at, action.to, action.what)
