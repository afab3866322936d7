"""One node and Poisson arrivals: M/M/1 and M/D/1, to the nanosecond what a calculation along the same sample path gives."""

from __future__ import annotations

from collections import deque
from random import Random

import pytest

from nodes.wire import vocabulary
from nodes.wire.events import ProcessExited
from tests.nodes.kernel.assembler import burn
from tests.nodes.kernel.machine import FREE, GIPS, Machine, boot

Jobs = list[tuple[int, int]]
"""When each arrives, and for how long it needs the CPU, in nanoseconds."""

MEAN_NS, LOAD, JOBS, QUANTUM_NS = 2000, 0.8, 40, 700


def poisson(seed: int, *, exponential: bool) -> Jobs:
    draw, at_ns = Random(seed), 0.0
    jobs = []
    for _ in range(JOBS):
        at_ns += draw.expovariate(LOAD / MEAN_NS)
        need = 50 + round(draw.expovariate(1 / MEAN_NS) / 50) * 50 if exponential else MEAN_NS
        jobs.append((round(at_ns), need))
    return jobs


def in_order(jobs: Jobs) -> list[int]:
    """Return when each job ends, first come, first served (Lindley)."""
    ends, free_ns = [], 0
    for at_ns, need_ns in jobs:
        free_ns = max(free_ns, at_ns) + need_ns
        ends.append(free_ns)
    return ends


def in_turn(jobs: Jobs) -> list[int]:
    """Return when each job ends, if each gets a quantum in turn."""
    ends, left = [0] * len(jobs), [need_ns for _, need_ns in jobs]
    coming, ready, now_ns = deque(range(len(jobs))), deque[int](), 0
    while coming or ready:
        if not ready:
            now_ns = max(now_ns, jobs[coming[0]][0])
        while coming and jobs[coming[0]][0] <= now_ns:
            ready.append(coming.popleft())
        job = ready.popleft()
        used_ns = min(QUANTUM_NS, left[job])
        now_ns, left[job] = now_ns + used_ns, left[job] - used_ns
        while coming and jobs[coming[0]][0] <= now_ns:
            ready.append(coming.popleft())
        if left[job]:
            ready.append(job)
        else:
            ends[job] = now_ns
    return ends


@pytest.mark.parametrize("exponential", [True, False], ids=["M/M/1", "M/D/1"])
@pytest.mark.parametrize(("scheduler", "calculation"), [("fcfs", in_order), ("round-robin", in_turn)])
def test_a_node_is_the_queue_that_it_stands_for(
    scheduler: vocabulary.Scheduler, calculation: object, exponential: bool
) -> None:
    jobs = poisson(7, exponential=exponential)
    node = Machine(boot(scheduler=scheduler, quantum_ns=QUANTUM_NS, ips=GIPS, costs=FREE))
    pids = [node.start(burn(need_ns), at_ns=at_ns) for at_ns, need_ns in jobs]
    node.run()
    ends = {event.pid: t for t, event in node.of(ProcessExited)}
    assert callable(calculation)
    assert [ends[pid] for pid in pids] == calculation(jobs)
