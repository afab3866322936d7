"""How fast pages move in wall time: a whole address space in a stream, and one page at a time on demand.

The emulated wire is made so fast that it is never what is waited for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import NamedTuple

from nodes.wire.events import AnyEvent, MigrationAccepted, MigrationRound, PageArrived, Stamped
from nodes.wire.image import PAGE_BYTES
from tuiclu.errors import EmulatorError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

_SCENARIO = """
tuiclu: 1
title: bench of pages
cluster:
  network: {{kind: switch, bandwidth: 1 Tbit/s, latency: 50 us}}
  defaults: {{mips: 1000, memory: 160 MiB}}
  costs: {{migration-page: 0 ns, interrupt: 0 ns, page-fault: 0 ns}}
  migration: {{batch: {batch}, window: 64, prefetch: {prefetch}}}
  nodes: {{n1: {{}}, n2: {{}}}}
processes:
  P: {{program: scan, args: {{pages: {pages}, hot: 0, writes: 0, accesses: {accesses}}}, on: n1}}
script:
  - at: {at_ns} ns
    migrate: {{process: P, to: n2, strategy: {strategy}}}
"""


class Moved(NamedTuple):
    """What a migration took in wall time."""

    stream_s: float
    """From the start of the transfer to the arrival of the last page that was sent before the process went on."""
    stream_bytes: int
    page_s: float
    """For a page that was fetched afterwards, from one arrival to the next. The first and the last tenth of the arrivals are left out:
    there the program's code is translated anew, and it comes to its end. NaN where there were too few."""


class _Clock:
    """Notes when events were seen first, and when how many pages arrived."""

    about = (MigrationAccepted, MigrationRound, PageArrived)

    def __init__(self) -> None:
        self.seen_s: dict[type[AnyEvent], float] = {}
        self.arrivals: list[tuple[float, int]] = []

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        now_s = time.perf_counter()
        self.seen_s.setdefault(type(stamped.event), now_s)
        if isinstance(stamped.event, PageArrived):
            self.arrivals.append((now_s, len(stamped.event.pages)))
        return ()

    def page_s(self) -> float:
        """Return the time a page, without the first and the last tenth."""
        tenth = len(self.arrivals) // 10
        middle = self.arrivals[tenth : len(self.arrivals) - tenth]
        return (middle[-1][0] - middle[0][0]) / sum(count for _, count in middle[1:]) if tenth else math.nan


_INSTRUCTIONS_A_PAGE = 512 * 4
"""More than the program needs to write to a page for the first time: then it begins to make its accesses, 50 instructions each."""


def move(strategy: str, *, pages: int, accesses: int, batch: int = 256, prefetch: int = 0) -> Moved:
    """Move a process with a number of pages once, and let it end on the other node. Leaves no process behind."""
    at_ns = pages * _INSTRUCTIONS_A_PAGE  # an instruction takes a nanosecond
    text = _SCENARIO.format(
        strategy=strategy, pages=pages, accesses=accesses, batch=batch, prefetch=prefetch, at_ns=at_ns
    )
    clock = _Clock()
    outcome = run(plan(load_scenario("-", text)), observers=[clock])
    if not outcome.ok or [one["outcome"] for one in outcome.result["migrations"]] != ["completed"]:
        raise EmulatorError(f"the benchmark's migration by {strategy} went wrong: {outcome.result['migrations']}")
    (migration,) = outcome.result["migrations"]
    accepted_s = clock.seen_s[MigrationAccepted]
    return Moved(
        clock.seen_s.get(MigrationRound, accepted_s) - accepted_s,
        migration["pages_before_resume"] * PAGE_BYTES,
        clock.page_s(),
    )
