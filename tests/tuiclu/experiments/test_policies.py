"""The table of policies: its figures, and that it comes from real runs."""

from __future__ import annotations

import json

import pytest

from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.experiments.policies import COLUMNS, POLICIES, Figure, _figure, compare_policies
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

SMALL = """
tuiclu: 1
cluster: {nodes: {n1: {}, n2: {}}, network: {latency: 5 ms}}
processes:
  J: {program: worker, on: n1, count: 6, arrivals: {every: 50 ms, vary: {steps: [200000, 900000]}}}
"""


def test_a_figure_has_the_confidence_of_students_t() -> None:
    figure = _figure([1.0, 2.0, 3.0])
    assert figure.mean == 2.0
    assert figure.half_width == pytest.approx(4.303 / 3**0.5)
    assert _figure([5.0]) == Figure(5.0, None)
    assert Figure(2.0, 0.5).shown(1) == "2.0 ±0.5"


def test_all_policies_stand_in_one_table() -> None:
    done = tuiclu("compare-policies", "-", "--seeds", "1", text=SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(POLICIES)]] == list(POLICIES)
    assert all(heading in lines[0] for heading, _, _ in COLUMNS.values())


def test_sharing_the_load_is_better_than_not_and_the_figures_are_there_for_programs() -> None:
    done = tuiclu(
        "compare-policies", "-", "--policies", "none,periodic-symmetric", "--seeds", "2", "--json", text=SMALL
    )
    compared = json.loads(done.stdout)
    none, symmetric = compared["policies"]
    assert (compared["seeds"], none["policy"], symmetric["policy"]) == ([0, 1], "none", "periodic-symmetric")
    assert (none["migrations"]["mean"], none["unfinished"]["mean"]) == (0, 0)
    assert symmetric["migrations"]["mean"] > 0
    assert symmetric["mean_turnaround_s"]["mean"] < none["mean_turnaround_s"]["mean"]


def test_every_column_says_what_the_result_of_the_same_run_says() -> None:
    compared = compare_policies(load_scenario("-", SMALL), ["symmetric"], [7])
    of_run = run(plan(load_scenario("-", SMALL, (*POLICIES["symmetric"], "seed=7")))).result
    (row,) = compared["policies"]
    turnarounds = sorted(one["turnaround_s"] for one in of_run["processes"])
    outcomes = [one["outcome"] for one in of_run["migrations"]]
    last_s = max(one["started_s"] + one["turnaround_s"] for one in of_run["processes"])
    assert {key: row[key]["mean"] for key in COLUMNS} == pytest.approx(
        {
            "mean_turnaround_s": sum(turnarounds) / 6,
            "p95_turnaround_s": turnarounds[-1],
            "slow_down": sum(one["turnaround_s"] / one["cpu_s"] for one in of_run["processes"]) / 6,
            "migrations": outcomes.count("completed"),
            "refused": outcomes.count("refused"),
            "messages": of_run["messages"],
            "utilisation_percent": 100 * sum(one["busy_s"] for one in of_run["nodes"]) / 2 / last_s,
            "unfinished": 0,
        },
        abs=1e-6,
    )


def test_an_unknown_policy_is_named_with_those_that_there_are() -> None:
    done = tuiclu("compare-policies", "load-sharing", "--policies", "symetric")
    assert done.returncode == 2
    assert "periodic-symmetric" in done.stderr
