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
