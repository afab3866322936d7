"""The program `references` on a node costs what textbooks say: among the frames is nothing of its own but its text, which stays there."""

from __future__ import annotations

import pytest

from nodes.wire import vocabulary
from nodes.wire.events import PageEvicted, PageFaulted
from tests.nodes.kernel.machine import Machine, boot

STALLINGS, BELADY = "2 3 2 1 5 2 4 5 3 2 5 2", "123412512345"
OWN = 1
"""The first page of its stack."""


def faults(machine: Machine) -> int:
    return sum(len(event.pages) for _, event in machine.of(PageFaulted))


def follow(
    policy: vocabulary.Replacement, frames: int, string: str, *, pages: int = 1, repetitions: int = 1, writes: int = 0
) -> Machine:
    """Let the program follow a string on a node with so many frames for its groups."""
    machine = Machine(boot(frames=1 + frames * pages, replacement=policy))
    pid = machine.start("references", string, str(pages), str(repetitions), str(writes))
    machine.run()
    assert machine.exit_of(pid).exit_code == 0
    machine.check_at_rest()
    return machine


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize(
    ("string", "frames", "policy", "expected"),
    [
        (STALLINGS, 3, "opt", 6),
        (STALLINGS, 3, "lru", 7),
        (STALLINGS, 3, "clock", 8),
        (STALLINGS, 3, "fifo", 9),
        (BELADY, 3, "fifo", 9),
        (BELADY, 4, "fifo", 10),
        (BELADY, 3, "lru", 10),
        (BELADY, 4, "lru", 8),
        (BELADY, 3, "opt", 7),
        (BELADY, 4, "opt", 6),
    ],
)
def test_a_real_program_costs_what_the_textbook_says(
    string: str, frames: int, policy: vocabulary.Replacement, expected: int, writes: int
) -> None:
    assert faults(follow(policy, frames, string, writes=writes)) - OWN == expected


@pytest.mark.parametrize(("policy", "expected"), [("lru", 7), ("fifo", 9)])
def test_a_group_of_pages_costs_as_much_as_one_page_for_each(policy: vocabulary.Replacement, expected: int) -> None:
    assert faults(follow(policy, 3, STALLINGS, pages=20)) - OWN == 20 * expected


def test_pages_that_are_written_go_to_the_disk_and_come_back_as_they_were() -> None:
    machine = follow("lru", 3, BELADY, repetitions=3, writes=1)
    assert any(event.written for _, event in machine.of(PageEvicted))
    assert machine.output("n1.1") == follow("clock", 15, BELADY, repetitions=3, writes=1).output("n1.1")


def test_lru_sees_less_exactly_who_goes_to_and_fro_all_the_time_but_never_costs_much_more() -> None:
    calm, restless = (follow("lru", 40, "0123", pages=10, repetitions=times) for times in (10, 2000))
    assert faults(calm) == faults(restless) == 40 + OWN
