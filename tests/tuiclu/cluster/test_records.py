"""What the records of real runs say."""

from __future__ import annotations

import pytest

from tests.tuiclu.cluster.scenarios import process, run_text
from tests.tuiclu.model.recount import faults_of
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

OWNER_RETURNS_WHILE_HOME_IS_CUT_OFF = """
cluster:
  nodes: {n1: {}, n2: {owner: idle}}
processes:
  G: {program: primes, args: {limit: 40000}, on: n1}
script:
  - {at: 100 ms, migrate: {process: G, to: n2}}
  - {at: 600 ms, partition: {nodes: [n1], others: [n2]}}
  - {at: 700 ms, activate: n2}
  - {at: 2200 ms, heal: true}
expect: [{freeze: {of: G, below: 1.7 s}}]
"""


def test_an_eviction_that_has_to_wait_for_its_home_holds_the_process_from_its_first_instant_on() -> None:
    outcome, events = run_text(OWNER_RETURNS_WHILE_HOME_IS_CUT_OFF)
    frozen = [event["t"] for event in events if event["kind"] == "process.frozen"]
    thawed = [event["t"] for event in events if event["kind"] == "process.thawed"]
    eviction = outcome.result["migrations"][1]
    assert eviction["freeze_s"] == (thawed[1] - frozen[1]) / 1e9 == pytest.approx(1.795, abs=0.001)
    assert process(outcome, "G")["frozen_s"] == pytest.approx(
        sum(one["freeze_s"] for one in outcome.result["migrations"])
    )
    (verdict,) = outcome.verdicts
    assert not verdict.ok, "a goal covers all of it"


def test_a_move_to_where_the_process_is_already_is_refused_and_has_moved_nothing() -> None:
    outcome, _ = run_text("""
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: primes, args: {limit: 2000}, on: n1}}
script: [{at: 1 ms, migrate: {process: P, to: n1}}]
""")
    (record,) = outcome.result["migrations"]
    assert (record["outcome"], record["refused_at"], record["reason"]) == ("refused", 0, "P is on n1 already")


def test_whoever_is_given_to_a_node_that_has_died_is_lost_and_the_laws_hold() -> None:
    outcome, _ = run_text("""
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: primes, on: n1}}
script:
  - {at: 100 ms, migrate: {process: P, to: n2}}
  - {when: {event: message.sent, type: ImageInstalled}, crash: n2}
expect: [{process: P, state: lost}]
""")
    assert outcome.ok
    assert [one["outcome"] for one in outcome.result["migrations"]] == ["lost"]
    assert process(outcome, "P")["reason"] == "n2, which was to own it, had crashed"


# --------------------------------------------------------------------------------------------------------- accounts

BUSY = """
cluster: {nodes: {n1: {mips: 10}, n2: {mips: 3}, n3: {}}}
processes:
  P: {program: primes, on: n1}
  Q: {program: sleeper, args: {rounds: 100, work: 3000, pause_ms: 7}, on: n1}
  R: {program: primes, on: n2}
  S: {program: scan, args: {pages: 200, hot: 40, writes: 30, accesses: 90000, seed: 1}, on: n3}
script:
  - {at: 20 ms, migrate: {process: S, to: n2, strategy: hybrid}}
"""


@pytest.mark.parametrize(
    "end",
    [
        "until: 123456789 ns",
        "until: 25123 us",
        "  - {at: 90 ms, stop: true}",
        "  - {at: 61 ms, crash: n2}\nuntil: 100 ms",
        "  - {at: 61 ms, crash: n2}\n  - {at: 70 ms, restart: n2}\nuntil: 100 ms",
        "  - {at: 61 ms, pause: n1}\nuntil: 100 ms",
        "  - {at: 61 ms, pause: n1}\n  - {at: 75 ms, resume: n1}\nuntil: 100 ms",
        "  - {at: 61 ms, pause: n2}\n  - {at: 75 ms, crash: n2}\nuntil: 100 ms",
        "  - {at: 41 ms, slow: {node: n2, factor: 0.31}}\n  - {at: 61 ms, kill: P}\nuntil: 100 ms",
    ],
)
def test_all_that_a_cpu_did_is_on_somebodys_account_whoever_has_ended_or_not(end: str) -> None:
    outcome, _ = run_text(BUSY + end)
    assert [one for one in outcome.result["invariants"] if not one["ok"]] == []
    charged = sum(one["processes_s"] for one in outcome.result["nodes"])
    assert charged == pytest.approx(sum(one["cpu_s"] for one in outcome.result["processes"]))
    for one in outcome.result["nodes"]:
        assert one["busy_s"] == pytest.approx(one["processes_s"] + one["kernel_s"])
    ran = process(outcome, "P")
    assert ran["instructions"] / 10e6 == pytest.approx(ran["cpu_s"], rel=1e-3)
    assert ran["cpu_s"] > 0


def test_an_account_does_not_depend_on_the_windows_in_which_it_was_kept() -> None:
    end = "  - {at: 61 ms, crash: n2}\nuntil: 99999999 ns"
    wide, narrow = (run_text(BUSY + end, window_ns=window_ns)[0].result for window_ns in (None, 77_777))
    assert wide["digest"] == narrow["digest"]


def test_whoever_gives_the_order_it_is_a_user_who_wants_the_move() -> None:
    outcome, _ = run_text("""
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: primes, args: {limit: 2000}, on: n1}}
script: [{at: 1 ms, by: outside, migrate: {process: P, to: n2}}]
""")
    assert [one["initiated_by"] for one in outcome.result["migrations"]] == ["user"]


def test_every_figure_of_a_migration_is_found_again_in_the_events_and_a_wrong_one_is_not() -> None:
    lines: list[bytes] = []
    text = """
cluster: {nodes: {n1: {}, n2: {}}, network: {bandwidth: 100 Mbit/s}}
processes: {S: {program: scan, args: {pages: 100, hot: 40, writes: 30, accesses: 90000}, on: n1}}
script: [{at: 20 ms, migrate: {process: S, to: n2, strategy: hybrid}}]
"""
    result = run(plan(load_scenario("-", "tuiclu: 1" + text)), write_line=lines.append).result
    (record,) = result["migrations"]
    assert faults_of(lines, result) == []
    assert (record["pages_after_resume"], record["remote_faults"]) > (0, 0)
    for key in ("freeze_s", "pages_sent", "pages_before_resume", "bytes_on_wire", "remote_faults", "fault_wait_s"):
        wrong = result | {"migrations": [record | {key: record[key] + 1}]}
        assert any(f"{key} of migration" in fault for fault in faults_of(lines, wrong)), key


@pytest.mark.parametrize(("kind", "goal_ms"), [("bus", 60), ("bus", 150), ("switch", 40)])
def test_a_process_whose_rounds_ended_by_the_goal_for_its_freeze_keeps_it(kind: str, goal_ms: int) -> None:
    outcome, _ = run_text(f"""
cluster:
  network: {{kind: {kind}, bandwidth: 10 Mbit/s, latency: 2 ms}}
  migration: {{precopy-freeze-goal: {goal_ms} ms, precopy-few-pages: 1, precopy-rounds: 30}}
  nodes: {{n1: {{}}, n2: {{}}}}
processes: {{D: {{program: dirtier, args: {{pages: 60, work: 30000, rounds: 10}}, on: n1}}}}
script: [{{at: 300 ms, migrate: {{process: D, to: n2, strategy: precopy}}}}]
""")
    (record,) = outcome.result["migrations"]
    assert (record["outcome"], record["frozen_because"]) == ("completed", "freeze goal")
    assert record["freeze_s"] <= goal_ms / 1000
