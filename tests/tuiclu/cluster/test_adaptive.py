"""The adaptive policies on a real cluster: who is moved, and when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tuiclu.cluster.scenarios import run_text
from tuiclu.scenario.runner import Outcome

JOBS = """
seed: 3
cluster:
  network: {{kind: switch, bandwidth: 100 Mbit/s, latency: 100 us}}
  nodes: {{n1: {{}}, n2: {{}}, n3: {{}}, n4: {{}}}}
  policy: {{load-sharing: {policy}, load: {{residence: 10 ms}}}}
processes:
  J: {{program: worker, args: {{steps: 50000, pages: 4}}, on: n1, count: 8, arrivals: {{every: 10 ms}}}}
  K: {{program: worker, args: {{steps: 1000, pages: 4}}, on: [n2, n3, n4], start: 40 ms}}
"""


def moved(policy: str) -> tuple[Outcome, list[dict[str, Any]]]:
    """Run the jobs, and return the migrations that were completed."""
    outcome, _ = run_text(JOBS.format(policy=policy))
    assert all(process["exit_code"] == 0 for process in outcome.result["processes"])
    return outcome, [one for one in outcome.result["migrations"] if one["outcome"] == "completed"]


@pytest.mark.parametrize("policy", ["sender-initiated", "receiver-initiated", "symmetric"])
def test_jobs_of_one_machine_are_shared_and_end_sooner(policy: str) -> None:
    alone, none = moved("none")
    shared, moves = moved(policy)
    assert not none
    assert moves
    assert {one["initiated_by"] for one in moves} == {"os"}
    assert mean(shared) < mean(alone)


def test_under_sender_initiated_a_job_is_moved_before_it_begins() -> None:
    outcome, events = run_text(JOBS.format(policy="sender-initiated"))
    moves = [one for one in outcome.result["migrations"] if one["outcome"] == "completed"]
    ran_on: dict[str, list[str]] = {}
    for event in events:
        if event["kind"] == "process.dispatched":
            ran_on.setdefault(event["pid"], []).append(event["node"])
    assert moves
    for move in moves:
        assert dict.fromkeys(ran_on[move["pid"]]) == {move["destination"]: None}


def test_under_receiver_initiated_a_job_is_moved_when_another_has_ended() -> None:
    outcome, moves = moved("receiver-initiated")
    ends = [one["started_s"] + one["turnaround_s"] for one in outcome.result["processes"]]
    latency_s = 0.0001
    assert all(any(0 <= move["started_s"] - end < 10 * latency_s for end in ends) for move in moves)


def mean(outcome: Outcome) -> float:
    turnarounds = [one["turnaround_s"] for one in outcome.result["processes"] if one["name"].startswith("J")]
    return float(sum(turnarounds)) / len(turnarounds)
