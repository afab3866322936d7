"""A CPU runs ahead of what it is charged for, and nobody can tell."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from nodes.kernel import marks as marking
from nodes.kernel.ahead import Lead, Stride
from nodes.kernel.cpu import BudgetSpent, Cpu, PageFault, Protection, SystemCall

from .made_up import FIRST_PAGE, PAGES, made_up, state_of

READ, READ_WRITE = Protection.READ, Protection.READ | Protection.WRITE


class Twins:
    """The same program twice: on a CPU that runs ahead, and on one that does not."""

    def __init__(self, seed: int, stride: Stride) -> None:
        self.draw = random.Random(seed)
        pages = self.draw.randint(1, PAGES)
        self.cpu, self.other = (made_up(random.Random(seed), calls=True, pages=pages) for _ in range(2))
        self.lead = Lead(self.cpu, stride)
        self.furthest = 0

    def run(self, budget: int, most: int | None = None) -> None:
        """Let both execute; what stops them must be the same, and is dealt with as a kernel does, or not yet."""
        certain, before = self.lead.stops_after(most), self.lead.instructions
        (stop, charged), other = self.lead.run(budget, most), self.other.run(budget)
        assert stop == other
        assert charged == self.lead.instructions - before
        assert self.lead.instructions == self.other.instructions
        if isinstance(stop, PageFault | SystemCall):
            assert budget >= certain
            assert self.lead.instructions - before >= certain - isinstance(stop, PageFault)
        self.furthest = max(self.furthest, self.lead.ahead)
        if isinstance(stop, SystemCall):
            self.both(lambda cpu: cpu.finish_system_call(cpu.read_register("a0") ^ cpu.instructions))
        elif isinstance(stop, PageFault) and self.draw.random() < 0.9:
            number = stop.address // 4096
            self.both(
                lambda cpu: cpu.protect_page(number, READ_WRITE) if number in cpu._pages else self._map(cpu, number)
            )

    @staticmethod
    def _map(cpu: Cpu, number: int) -> None:
        cpu.map_page(number, READ)

    def both(self, act: Callable[[Cpu], None]) -> None:
        """Do with both CPUs what a kernel does: through the door."""
        self.lead.take_back()
        act(self.cpu)
        act(self.other)

    def interfere(self) -> None:
        """Do one of the things that a kernel does with a process between two runs."""
        number = self.draw.choice(sorted(self.other._pages)[1:])
        match self.draw.randrange(6):
            case 0:
                self.both(lambda cpu: cpu.protect_page(number, READ))
            case 1:
                self.both(lambda cpu: cpu.protect_page(number, Protection.NONE))
            case 2:
                content = self.draw.randbytes(16)
                self.both(lambda cpu: cpu.write(number * 4096 + 4000, content))
            case 3 if len(self.other._pages) > 2:
                self.both(lambda cpu: cpu.unmap_page(number))
            case 4:
                value = self.draw.getrandbits(64)
                self.both(lambda cpu: cpu.write_register("a1", value))
            case _:
                pass

    def compare(self) -> None:
        """Look at both: everything is the same."""
        self.lead.take_back()
        assert state_of(self.cpu) == state_of(self.other)


@pytest.mark.parametrize("seed", range(40))
def test_whoever_looks_sees_a_cpu_that_never_ran_ahead(seed: int) -> None:
    draw = random.Random(seed)
    twins = Twins(seed, Stride(draw.choice([1, 50, 1000, 20_000]), 1000))
    for _ in range(120):
        twins.run(draw.choice([1, 2, draw.randint(1, 300), draw.randint(1, 5000)]))
        if draw.random() < 0.1:
            twins.compare()
        if draw.random() < 0.1:
            twins.interfere()
    twins.compare()
    assert twins.furthest > 0


def test_no_more_is_executed_ahead_than_may_be() -> None:
    twins = Twins(1, Stride(10_000, 1000))
    most = twins.other.instructions + 3000
    while (left := most - twins.lead.instructions) > 0:
        twins.run(min(left, 70), left)
        assert twins.lead.ahead <= most - twins.lead.instructions
    assert twins.furthest > 0


def test_the_first_run_after_a_stop_goes_no_further_than_it_has_to() -> None:
    lead = Lead(made_up(random.Random(2)), Stride(1000, 1000))
    lead.run(10)
    assert lead.ahead == 0
    lead.run(10)
    assert lead.ahead == 2000
    assert (lead.stops_after(), lead.asks_after()) == (2001, 1000)
    lead.run(1000)
    assert lead.ahead == 2000


def test_a_process_that_could_change_its_code_does_not_run_ahead() -> None:
    cpu = made_up(random.Random(2))
    cpu.map_page(FIRST_PAGE + PAGES, Protection.READ | Protection.WRITE | Protection.EXECUTE)
    lead = Lead(cpu, Stride(1000, 1000))
    for _ in range(5):
        lead.run(10)
        assert lead.ahead == 0


def test_whoever_is_looked_at_again_and_again_runs_ahead_less_and_less_often() -> None:
    lead = Lead(made_up(random.Random(2)), Stride(100, 1000))
    ran_ahead = []
    for time in range(2000):
        lead.run(100)
        if lead.ahead:
            ran_ahead.append(time)
            lead.take_back()
    gaps = [later - earlier for earlier, later in itertools.pairwise(ran_ahead)]
    assert gaps[:8] == [1, 2, 4, 8, 16, 32, 64, 64]


def test_whoever_writes_to_many_pages_meanwhile_runs_ahead_less_and_less_often() -> None:
    dear, cheap = (Lead(made_up(random.Random(4)), Stride(1000, pages)) for pages in (0, 1000))
    times = {
        lead: sum(lead.run(1000) == (BudgetSpent(), 1000) and lead.ahead > 0 for _ in range(300))
        for lead in (dear, cheap)
    }
    assert times[cheap] == 299
    assert times[dear] < 30


def test_whoever_writes_to_too_many_pages_is_not_further_ahead_than_their_marks_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marking, "MOST_PAGES", 2)
    for seed in range(10):
        twins = Twins(seed, Stride(5000, 1000))
        for _ in range(60):
            twins.run(twins.draw.randint(1, 2000))
            if twins.draw.random() < 0.1:
                twins.compare()
        twins.compare()
