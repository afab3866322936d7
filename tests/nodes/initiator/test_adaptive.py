"""The adaptive policies of Eager, Lazowska and Zahorjan: what they decide, and that they come out in the order that the papers found."""

from __future__ import annotations

from functools import cache

import pytest

from nodes.wire.parameters import InitiatorParameters
from tests.nodes.initiator.queues import Queues


@cache
def mean_response(policy: str, load: float, jobs: int = 1500, seeds: int = 1) -> float:
    """Return the mean time of a job in a system of ten machines, in units of its mean service time."""
    total = 0.0
    for seed in range(seeds):
        settings = InitiatorParameters(load_sharing=policy, residence_ns=0, bounces="allowed", answer_timeout_ns=10**18)
        total += Queues(10, settings, seed).run(load, jobs, seed)
    return total / seeds


def test_the_sender_decides_at_arrival_and_moves_nothing_that_has_begun() -> None:
    settings = InitiatorParameters(load_sharing="sender-initiated", residence_ns=0)
    queues = Queues(10, settings, 1)
    queues.run(0.8, 1000, 1)
    assert queues.moves > 100
    assert not any(job.moved_after_beginning for job in queues.done)


def test_the_receiver_decides_when_a_job_ends() -> None:
    settings = InitiatorParameters(load_sharing="receiver-initiated", residence_ns=0, bounces="allowed")
    queues = Queues(10, settings, 1)
    queues.run(0.8, 1000, 1)
    assert queues.moves > 50


def test_without_sharing_each_machine_is_a_queue_of_its_own() -> None:
    assert mean_response("none", 0.5) == pytest.approx(1 / (1 - 0.5), rel=0.15)


def test_the_sender_is_better_at_moderate_load_and_the_receiver_at_high_load() -> None:
    assert (
        mean_response("sender-initiated", 0.5) < mean_response("receiver-initiated", 0.5) < mean_response("none", 0.5)
    )
    assert (
        mean_response("receiver-initiated", 0.95)
        < mean_response("sender-initiated", 0.95)
        < mean_response("none", 0.95)
    )


@pytest.mark.long
@pytest.mark.parametrize(
    ("load", "sender", "receiver"),
    [(0.5, 1.106, 1.346), (0.7, 1.400, 1.531), (0.8, 1.830, 1.700), (0.9, 2.911, 2.091), (0.95, 4.325, 2.507)],
)
def test_the_crossover_lies_where_a_calculation_has_it(load: float, sender: float, receiver: float) -> None:
    """Between 0.7 and 0.8. The closer to 1, the longer the memory of the queues, and the wider what chance makes of it."""
    wide = 0.1 if load <= 0.8 else 0.25
    assert mean_response("sender-initiated", load, 3000, 3) == pytest.approx(sender, rel=wide)
    assert mean_response("receiver-initiated", load, 3000, 3) == pytest.approx(receiver, rel=wide)
    both = mean_response("symmetric", load, 3000, 3)
    assert both < 1.05 * min(mean_response(one, load, 3000, 3) for one in ("sender-initiated", "receiver-initiated"))
