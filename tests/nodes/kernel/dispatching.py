"""Uniprocessor scheduling as textbooks define it, second by second: a model to hold the kernel's policies against.

At every second first those that arrive enter the ready queue, then the one whose quantum is over, then the CPU is given to somebody if it
is free. Jobs are (arrival, service), and of equals the first in the list is first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial


@dataclass
class Job:
    index: int
    arrival: int
    service: int
    left: int
    level: int = 0
    entered: int = 0
    """Its place in the order of arrivals at the ready queue."""
    end: int = -1


Rank = Callable[[Job, int], tuple[Fraction | int, int]]
"""Of a job at an instant: the smallest is the next."""


def simulate(
    jobs: Sequence[tuple[int, int]],
    quantum: int,
    rank: Rank,
    slice_of: Callable[[Job, int], int | None],
    preempts: bool = False,
) -> list[int]:
    """Return when each job ends."""
    table = [Job(index, arrival, service, service) for index, (arrival, service) in enumerate(jobs)]
    ready: list[Job] = []
    running: Job | None = None
    used = entries = second = 0
    while any(job.end < 0 for job in table):
        for job in table:
            if job.arrival == second:
                entries += 1
                job.entered = entries
                ready.append(job)
        limit = None if running is None else slice_of(running, quantum)
        if running is not None and limit is not None and used >= limit:
            if ready:
                running.level += 1
                entries += 1
                running.entered = entries
                ready.append(running)
                running = None
            used = 0
        if running is not None and preempts and any(job.left < running.left for job in ready):
            ready.append(running)
            running = None
        if running is None and ready:
            running = min(ready, key=lambda job: rank(job, second))
            ready.remove(running)
            used = 0
        second += 1
        if running is not None:
            running.left -= 1
            used += 1
            if running.left == 0:
                running.end = second
                running = None
    return [job.end for job in table]


def _in_turn(job: Job, _now: int) -> tuple[int, int]:
    return 0, job.entered


def _shortest(job: Job, _now: int) -> tuple[int, int]:
    return job.service, job.entered


def _least_left(job: Job, _now: int) -> tuple[int, int]:
    return job.left, job.entered


def _response_ratio(job: Job, now: int) -> tuple[Fraction, int]:
    return -Fraction(now - job.arrival + job.service, job.service), job.entered


def _highest_level(job: Job, _now: int) -> tuple[int, int]:
    return job.level, job.entered


def _whole(_job: Job, _quantum: int) -> None:
    return None


def _quantum(_job: Job, quantum: int) -> int:
    return quantum


def _doubled(job: Job, quantum: int) -> int:
    return quantum << job.level


MODELS: dict[str, Callable[[Sequence[tuple[int, int]], int], list[int]]] = {
    "fcfs": partial(simulate, rank=_in_turn, slice_of=_whole),
    "round-robin": partial(simulate, rank=_in_turn, slice_of=_quantum),
    "shortest-process-next": partial(simulate, rank=_shortest, slice_of=_whole),
    "shortest-remaining-time": partial(simulate, rank=_least_left, slice_of=_whole, preempts=True),
    "highest-response-ratio-next": partial(simulate, rank=_response_ratio, slice_of=_whole),
    "feedback-fixed": partial(simulate, rank=_highest_level, slice_of=_quantum),
    "feedback": partial(simulate, rank=_highest_level, slice_of=_doubled),
}
