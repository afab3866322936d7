"""Snapshots of running clusters: whatever moves or crashes meanwhile, money and processes are found once, and the cut is consistent."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nodes.kernel.clock import Clock
from tests.tuiclu.cluster.banks import STRATEGIES, Cuts, bank, check, drawn, outcome_of, snapshot_step
from tuiclu.bench.snapshots import hold_s
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

DEMOS = Path(__file__).resolve().parents[3] / "demos"
SHORT, LONG, CHUNK = 10, 1000, 50


@pytest.mark.parametrize("seed", range(SHORT))
def test_money_and_processes_are_found_once_whatever_moves_or_crashes_meanwhile(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, LONG, CHUNK))
def test_a_thousand_banks_are_found_whole_by_markers_in_order_and_by_nothing_else(first: int) -> None:
    counts = Counter[str]()
    for seed in range(first, first + CHUNK):
        counts += check(seed)
    assert counts["clocks, wrong"] > 0
    assert counts["poll, wrong"] > 0
    assert counts["unordered, wrong"] > 0


def disturbed(seed: int) -> dict[str, Any]:
    """Draw a bank as above, on nodes that crash and come back, stand still or are cut off, with more snapshots just then."""
    scenario, chance = drawn(seed), random.Random(seed + 1_000_000)
    nodes, script = list(scenario["cluster"]["nodes"]), scenario["script"]
    for _ in range(chance.randint(1, 3)):
        at_ms, node = chance.randint(20, 300), chance.choice(nodes)
        ends_ms = at_ms + chance.choice((1, 5, 30, 100))
        begins, ends = chance.choice(
            (
                ({"crash": node}, {"restart": node}),
                ({"pause": node}, {"resume": node}),
                ({"partition": [node]}, {"heal": True}),
            )
        )
        script += [{"at": f"{at_ms} ms", **begins}, {"at": f"{ends_ms} ms", **ends}]
        script += [snapshot_step(chance, nodes, at_ms * 1000 + chance.randint(-8_000, 40_000)) for _ in range(2)]
    script.append({"at": "600 ms", "snapshot": {"from": nodes}})  # whoever is up begins
    return scenario | {"until": "1 s"}


def check_disturbed(seed: int) -> None:
    cuts = Cuts()
    outcome = outcome_of(disturbed(seed), cuts)
    completed = [one for one in outcome.result["snapshots"] if (one["way"], one["outcome"]) == ("markers", "completed")]
    assert all(one["ok"] for one in outcome.result["invariants"]), seed
    assert all(one["reason"] for one in outcome.result["snapshots"] if one["outcome"] == "failed")
    for snapshot in completed:
        assert (snapshot["consistent"], cuts.crossing(str(snapshot["id"]))) == (True, []), (seed, snapshot)
    assert completed[-1]["started_s"] == 0.6, "when all is well again, a snapshot ends"


@pytest.mark.parametrize("seed", range(2))
def test_a_snapshot_through_faults_is_consistent_or_says_that_it_cannot_be_had(seed: int) -> None:
    check_disturbed(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 300))
def test_three_hundred_snapshots_through_faults(seed: int) -> None:
    check_disturbed(seed)


def small_bank(*script: dict[str, Any], **cluster: Any) -> dict[str, Any]:
    scenario = bank(random.Random(1), script=list(script))
    scenario["cluster"] |= {"nodes": {"n1": {}, "n2": {}, "n3": {}}, "network": {"kind": "switch", "latency": "2 ms"}}
    scenario["cluster"] |= cluster
    scenario["processes"]["B"] |= {"count": 3, "on": ["n1", "n2", "n3"]}
    scenario["processes"]["B"]["args"] |= {"branches": 3, "transfers": 60, "pause_us": 2000}
    return scenario | {"until": "1 s"}


def snapshots_of(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    return list(outcome_of(scenario, Cuts()).result["snapshots"])


def at(time: str, **verb: Any) -> dict[str, Any]:
    return {"at": time, **verb}


def test_a_process_that_changes_hands_is_in_the_channel_by_every_strategy() -> None:
    demo = next(path for path in DEMOS.glob("*.yaml") if "during-migration" in path.name)
    result = run(plan(load_scenario(str(demo), demo.read_text()))).result
    migrations = [(one["source"], one["destination"]) for one in result["migrations"]]
    places = [snapshot["places"]["n3.1"] for snapshot in result["snapshots"]]
    assert [one["strategy"] for one in result["migrations"]] == list(STRATEGIES)
    assert places == [f"{source}>{destination}" for source, destination in migrations]
    assert all(one["markers"] == 6 for one in result["snapshots"])


def test_a_node_that_crashes_before_its_part_is_done_ends_the_snapshot_and_one_that_was_down_has_no_part() -> None:
    before, after = snapshots_of(
        small_bank(
            at("50 ms", snapshot="n1"), at("51 ms", crash="n3"), at("400 ms", snapshot="n1"), at("401 ms", restart="n3")
        )
    )
    assert (before["outcome"], before["reason"]) == ("failed", "n3 crashed before it had recorded its part")
    assert (after["outcome"], after["consistent"]) == ("completed", True)
    assert [node["name"] for node in after["nodes"]] == ["n1", "n2"]


def test_a_node_that_has_come_back_takes_part_in_the_nextsnapshot_step() -> None:
    script = [at("50 ms", crash="n3"), at("300 ms", restart="n3"), at("500 ms", snapshot={"from": ["n2", "n3"]})]
    (snapshot,) = snapshots_of(small_bank(*script))
    assert (snapshot["outcome"], snapshot["consistent"], snapshot["markers"]) == ("completed", True, 6)


def test_a_snapshot_waits_for_a_wire_that_is_cut_and_for_a_node_that_stands_still() -> None:
    script = [at("50 ms", partition=["n3"]), at("60 ms", snapshot="n1")]
    (waits,) = snapshots_of(small_bank(*script))
    (ends,) = snapshots_of(
        small_bank(*script, at("200 ms", heal=True), at("210 ms", pause="n2"), at("300 ms", resume="n2"))
    )
    assert (waits["outcome"], waits["completed_s"]) == ("unfinished", None)
    assert (ends["outcome"], ends["totals"]) == ("completed", {"money": 3000})
    assert ends["completed_s"] > 0.2


def test_a_run_without_snapshots_does_not_know_that_there_are_any() -> None:
    lines: list[bytes] = []
    run(plan(load_scenario("bank.yaml", json.dumps(small_bank()))), write_line=lines.append)
    assert not any(b"snapshot" in line.lower() or b"StateAsked" in line for line in lines)


def test_the_messages_that_betray_the_wrong_ways_are_those_that_cross_by_an_independent_reckoning() -> None:
    demo = next(path for path in DEMOS.glob("*.yaml") if "inconsistent-cut" in path.name)
    cuts = Cuts()
    snapshots = run(plan(load_scenario(str(demo), demo.read_text())), observers=[cuts]).result["snapshots"]
    named = [sorted((one["message"], one["from"], one["to"]) for one in each["crossing"]) for each in snapshots]
    assert named == [cuts.crossing(str(each["id"])) for each in snapshots]
    assert [len(each) > 0 for each in named] == [True, True, False, True]
    assert [each["consistent"] for each in snapshots] == [False, False, True, False]


def test_a_wrong_clock_shows_programs_another_date_and_no_other_time() -> None:
    assert (Clock(-200, 0).shows(1000), Clock(200, 50).shows(2_000_000)) == (800, 2_000_300)
    for clock in (Clock(), Clock(7, 50), Clock(-7, -20)):
        for shown in (1_000_000, 123_456_789):
            instant = clock.instant_of(shown)
            assert clock.shows(instant) >= shown > clock.shows(instant - 1)


def test_a_token_that_is_lost_is_found_nowhere_and_all_who_wait_for_it_are_named() -> None:
    demo = next(path for path in DEMOS.glob("*.yaml") if "token-lost" in path.name)
    snapshots = run(plan(load_scenario(str(demo), demo.read_text()))).result["snapshots"]
    assert [one["totals"] for one in snapshots] == [{"token": 1}, {"token": 1}, {"token": 0}]
    assert [sorted(one["stuck"]) for one in snapshots] == [[], [], ["T1", "T2", "T3"]]


@pytest.mark.long
def test_a_snapshot_of_64_mib_holds_a_node_up_for_less_than_20_ms_of_processor_time() -> None:
    assert hold_s(16384) < 0.02
