"""No system call with any argument harms a kernel: it ends, it costs its time, and there is never too much of anything."""

from __future__ import annotations

import pytest

from tests.nodes.attack import Attack


def _attack(seed: int, steps: int, *, nodes: int, processes: int, frames: int) -> Attack:
    attack = Attack(seed, nodes, processes, frames)
    for step in range(steps):
        try:
            attack.step()
        except Exception as error:
            error.add_note(f"seed {seed}, step {step}")
            raise
    attack.check()
    return attack


@pytest.mark.parametrize("seed", range(2))
def test_random_calls_harm_nobody(seed: int) -> None:
    assert _attack(seed, 700, nodes=1, processes=1, frames=64).made > 500


@pytest.mark.parametrize("seed", range(2))
def test_random_calls_harm_nobody_while_memory_is_short_and_processes_move(seed: int) -> None:
    assert _attack(seed, 300, nodes=3, processes=4, frames=16).made > 1000


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 116))
def test_a_million_random_calls_harm_nobody(seed: int) -> None:
    """Half of the time on nodes that are short of memory and crash now and then, by processes that move."""
    made, round_ = 0, 0
    while made < 1_000_000 // 16:
        round_ += 1
        crowd = round_ % 2
        attack = _attack(
            1000 * seed + round_, 1000, nodes=1 + 2 * crowd, processes=1 + 3 * crowd, frames=64 - 40 * crowd
        )
        made += attack.made
