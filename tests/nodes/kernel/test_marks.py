"""A CPU goes back to where it was, to the instruction."""

from __future__ import annotations

import random

import pytest

from nodes.kernel import marks as marking
from nodes.kernel.cpu import Access, BudgetSpent, Cpu, PageFault, Protection
from nodes.kernel.marks import Marks, TooManyPages

from . import DATA, both_machines, cpu_with
from .made_up import FIRST_PAGE, PAGES, made_up, state_of

machines = both_machines()


@pytest.mark.parametrize("seed", range(8))
def test_whoever_goes_back_is_where_he_would_be_if_he_had_never_gone_on(seed: int) -> None:
    draw = random.Random(seed)
    cpu, other = made_up(random.Random(seed)), made_up(random.Random(seed))
    marks = Marks(cpu)
    for _ in range(6):
        first = cpu.instructions + draw.choice([0, 1, draw.randint(1, 3000)])
        if first > cpu.instructions:
            assert cpu.run(first - cpu.instructions) == BudgetSpent()
        for _ in range(draw.randint(1, 4)):
            marks.set()
            if draw.random() < 0.9:
                assert cpu.run(draw.choice([1, 7, draw.randint(1, 5000)])) == BudgetSpent()
        forgotten = draw.randint(first, cpu.instructions)
        marks.forget_before(forgotten)
        there = draw.randint(forgotten, cpu.instructions)
        marks.go_back(there)
        if there > other.instructions:
            other.run(there - other.instructions)
        assert state_of(cpu) == state_of(other)
        assert not marks
        assert marks.kept == 0


def test_pages_are_kept_once_for_a_mark_and_only_if_they_are_written() -> None:
    cpu = cpu_with(("sd", "zero", "a0", 0), ("sd", "zero", "a0", 8), ("jal", "zero", -8), a0=DATA)
    marks = Marks(cpu)
    marks.set()
    cpu.run(300)
    assert marks.kept == 1
    marks.set()
    cpu.run(300)
    assert marks.kept == 2
    marks.forget_before(cpu.instructions)
    assert marks.kept == 1


def test_what_is_written_after_the_last_mark_is_forgotten_is_not_kept() -> None:
    cpu = cpu_with(("sd", "zero", "a0", 0), ("jal", "zero", -4), a0=DATA)
    marks = Marks(cpu)
    marks.set()
    marks.forget()
    cpu.run(10)
    assert marks.kept == 0


def test_a_guarded_page_shows_faults_as_any_other() -> None:
    cpu = cpu_with(("sd", "a1", "a0", 0), a0=DATA + 2 * 4096 - 4, a1=-1)
    marks = Marks(cpu)
    marks.set()
    assert cpu.run(5) == PageFault(DATA + 2 * 4096, Access.WRITE)
    assert cpu.instructions == 0
    cpu.map_page(DATA // 4096 + 2, Protection.READ)
    assert cpu.run(5) == PageFault(DATA + 2 * 4096, Access.WRITE)


def test_whoever_writes_to_too_many_pages_stops_before_the_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "MOST_PAGES", 3)
    draw = random.Random(5)
    cpu, other = made_up(random.Random(5)), made_up(random.Random(5))
    marks = Marks(cpu)
    marks.set()
    with pytest.raises(TooManyPages):
        cpu.run(100_000)
    assert marks.kept == 3
    other.run(cpu.instructions)
    assert state_of(cpu) == state_of(other)
    there = draw.randint(0, cpu.instructions)
    marks.go_back(there)
    again = made_up(random.Random(5))
    again.run(there)
    assert state_of(cpu) == state_of(again)


def test_a_cpu_that_is_renewed_between_a_mark_and_the_way_back_keeps_its_guards() -> None:
    cpu, other = made_up(random.Random(3)), made_up(random.Random(3))
    marks = Marks(cpu)
    cpu.run(1000)
    marks.set()
    cpu.run(50)
    cpu._renew()
    cpu.run(5000)
    marks.go_back(1020)
    other.run(1020)
    assert state_of(cpu) == state_of(other)


def test_rights_that_change_end_the_guard() -> None:
    cpu = cpu_with(("sd", "zero", "a0", 0), ("jal", "zero", -4), a0=DATA)
    marks = Marks(cpu)
    marks.set()
    cpu.protect_page(FIRST_PAGE, Protection.READ)
    cpu.protect_page(FIRST_PAGE, Protection.READ | Protection.WRITE)
    marks.set()
    cpu.run(4)
    assert marks.kept == 1


def test_a_process_that_could_change_its_code_is_not_guarded() -> None:
    cpu = Cpu()
    cpu.map_page(16, Protection.READ | Protection.WRITE | Protection.EXECUTE)
    assert cpu.writes_code
    with pytest.raises(AssertionError):
        Marks(cpu).set()
    cpu.unmap_page(16)
    assert not cpu.writes_code


def test_made_up_programs_write_to_all_their_pages_in_the_end() -> None:
    written: set[int] = set()
    for seed in range(12):
        cpu = made_up(random.Random(seed))
        cpu.guard(written.add)
        cpu.run(20_000)
    assert written == set(range(FIRST_PAGE, FIRST_PAGE + PAGES))
