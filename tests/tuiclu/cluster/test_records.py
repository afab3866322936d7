"""What the records of real runs say."""

from __future__ import annotations

import pytest

from tests.tuiclu.cluster.scenarios import process, run_text

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
expect: [{freeze: {of: G, below: 1.8 s}}]
"""


def test_an_eviction_that_has_to_wait_for_its_home_holds_the_process_from_its_first_instant_on() -> None:
    outcome, events = run_text(OWNER_RETURNS_WHILE_HOME_IS_CUT_OFF)
    frozen = [event["t"] for event in events if event["kind"] == "process.frozen"]
    thawed = [event["t"] for event in events if event["kind"] == "process.thawed"]
    eviction = outcome.result["migrations"][1]
    assert eviction["freeze_s"] == (thawed[1] - frozen[1]) / 1e9 == 1.8086828
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
