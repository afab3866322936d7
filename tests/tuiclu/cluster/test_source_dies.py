"""The source of a migration is killed, after the process has gone on and at every stage before: real nodes, real SIGKILLs."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest

from tests.tuiclu.cluster.scenarios import process, run_text
from tuiclu.scenario.runner import Outcome
from tuiclu.scenario.schema import STRATEGIES

SCAN = {"pages": 200, "hot": 30, "writes": 30, "accesses": 300_000, "cold": 1000}
"""It refers to most of its pages again after the move, and not to all of them at once."""


def a_cluster(steps: list[dict[str, Any]], migration: dict[str, Any] | None = None) -> str:
    scenario = {
        "cluster": {
            "network": {"kind": "switch", "bandwidth": "100 Mbit/s", "latency": "200 us", "detection": "20 ms"},
            "defaults": {"memory": "4 MiB", "disk": {"latency": "1 ms"}},
            "nodes": {"n1": {}, "n2": {}, "n3": {}},
            "migration": {"disk-patience": "2 s", **(migration or {})},
        },
        "processes": {"P": {"program": "scan", "args": SCAN, "on": "n1"}},
        "script": steps,
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in scenario.items())


def a_move(strategy: str) -> dict[str, Any]:
    return {"at": "500 ms", "migrate": {"process": "P", "to": "n2", "strategy": strategy}}


def after(event: str, delay: str, **verb: Any) -> dict[str, Any]:
    return {"when": {"event": event, "process": "P", "after": delay}, **verb}


@functools.cache
def at_home() -> dict[str, Any]:
    outcome, _ = run_text(a_cluster([]))
    return process(outcome, "P")


def run(
    strategy: str, *steps: dict[str, Any], migration: dict[str, Any] | None = None
) -> tuple[Outcome, list[dict[str, Any]]]:
    outcome, events = run_text(a_cluster([a_move(strategy), *steps], migration))
    assert [one for one in outcome.result["invariants"] if not one["ok"]] == []
    return outcome, events


def survived(outcome: Outcome) -> bool:
    """Tell whether P has ended well, with the answer that it gives at home; what has ended otherwise is dead, with a reason."""
    p = process(outcome, "P")
    if p["exit_code"] is None:
        assert p["reason"]
        return False
    assert {key: p[key] for key in ("exit_code", "output", "instructions")} == {
        key: at_home()[key] for key in ("exit_code", "output", "instructions")
    }
    return True


# -------------------------------------------------------------------------------------------------- after it has gone on


@pytest.mark.parametrize("strategy", ["eager-all", "precopy", "hybrid"])
def test_who_has_brought_all_along_survives(strategy: str) -> None:
    outcome, _ = run(strategy, after("migration.resumed", "100 ms", crash="n1"))
    assert survived(outcome)
    assert process(outcome, "P")["node"] == "n2"


def test_hybrid_does_not_survive_a_crash_before_its_last_page_has_left() -> None:
    outcome, _ = run("hybrid", after("migration.resumed", "1 us", crash="n1"), migration={"hybrid-rounds": 0})
    assert not survived(outcome)
    assert re.fullmatch("SIGBUS: page 0x[0-9a-f]+ of P is on n1, which has crashed", process(outcome, "P")["reason"])


@pytest.mark.parametrize("strategy", ["copy-on-reference", "eager-dirty"])
def test_who_has_left_pages_in_the_memory_of_the_source_dies_of_a_missing_one_that_is_named(strategy: str) -> None:
    memory = [] if strategy == "copy-on-reference" else [f"cluster.nodes.n1.memory={70 * 4} KiB"]
    steps = [a_move(strategy), after("migration.resumed", "20 ms", crash="n1")]
    outcome, _ = run_text(a_cluster(steps), overrides=memory)
    p = process(outcome, "P")
    assert outcome.ok
    assert not survived(outcome)
    assert (p["signal"], p["node"], p["state"]) == ("SIGBUS", "n2", "exited")
    assert re.fullmatch(
        "SIGBUS: page 0x[0-9a-f]+ of P is on n1, (which has crashed|whose disk has not answered for 2 s)", p["reason"]
    )


def test_flushing_dies_if_the_disk_of_the_source_never_comes_back() -> None:
    outcome, _ = run("flushing", after("migration.resumed", "20 ms", crash="n1"))
    assert not survived(outcome)
    reason = process(outcome, "P")["reason"]
    assert re.fullmatch("SIGBUS: page 0x[0-9a-f]+ of P is on n1, whose disk has not answered for 2 s", reason)


def test_flushing_waits_for_the_disk_of_the_source_and_goes_on_when_it_is_back() -> None:
    restart = {"when": {"event": "node.crashed", "node": "n1", "after": "1 s"}, "restart": "n1"}
    outcome, _ = run("flushing", after("migration.resumed", "20 ms", crash="n1"), restart)
    unharmed, _ = run("flushing")
    assert survived(outcome)
    assert process(outcome, "P")["turnaround_s"] > process(unharmed, "P")["turnaround_s"] + 0.5
    assert outcome.result["migrations"][0]["fault_wait_s"] > 0.5


def test_flushing_to_the_disk_of_another_node_survives() -> None:
    outcome, _ = run("flushing", after("migration.resumed", "20 ms", crash="n1"), migration={"flush-to": "n3"})
    assert survived(outcome)
    assert outcome.result["migrations"][0]["residual_at_resume"] == ["n3 (disk)"]


# ------------------------------------------------------------------------------------------------------- during the move

STAGES = {
    "offered": ("migration.started", "0 s"),
    "accepted": ("migration.accepted", "0 s"),
    "transferring": ("migration.pages", "0 s"),
    "frozen": ("migration.frozen", "0 s"),
    "the image is on its way": ("migration.image", "0 s"),
    "installing": ("migration.image", "1 ms"),
    "committed": ("migration.committed", "0 s"),
    "resumed": ("migration.resumed", "0 s"),
}
"""When the source is killed: at an event, or so long after it; one latency later in any case."""


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whenever_it_is_killed_there_is_one_copy_or_where_the_commit_had_not_come_none_and_never_two(
    strategy: str, stage: str
) -> None:
    """Before the commit a process goes down with its source, as any process of it; from the commit on it is the destination's."""
    event, delay = STAGES[stage]
    outcome, events = run(strategy, after(event, delay, crash="n1"))
    kinds = [one["kind"] for one in events]
    if "node.crashed" not in kinds:
        assert strategy == "copy-on-reference"
        assert stage == "transferring", (
            "the one strategy that sends no page before it goes on may end before it is asked for one"
        )
        return
    crash = kinds.index("node.crashed")
    committed = "migration.committed" in kinds[:crash]
    ran = [(place, one["node"]) for place, one in enumerate(events) if one["kind"] == "process.dispatched"]
    assert {node for place, node in ran if place > crash} <= {"n2"}
    assert any(node == "n2" for _, node in ran) == committed
    p = process(outcome, "P")
    if not committed:
        assert (p["state"], p["node"], p["reason"]) == ("lost", "n1", "n1 crashed")
        assert not [one for one in events if one["kind"] == "process.thawed" and one["node"] == "n2"]
    elif strategy in ("eager-all", "precopy"):
        assert survived(outcome)
    else:
        assert survived(outcome) or p["signal"] == "SIGBUS"
    used = [one for one in events if one["kind"] == "frames.counted" and one["node"] == "n2"]
    assert not used or (used[-1]["reserved"] == 0), "what was reserved for it is given back"
    if used and not committed:
        assert used[-1]["allocated"] == 0


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ("committed", "resumed")])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_before_the_commit_a_destination_that_is_killed_costs_the_process_nothing_but_time(
    strategy: str, stage: str
) -> None:
    event, delay = STAGES[stage]
    outcome, events = run(strategy, after(event, delay, crash="n2"))
    kinds = [one["kind"] for one in events]
    if "node.crashed" not in kinds or "migration.committed" in kinds[: kinds.index("node.crashed")]:
        assert (strategy, stage) in [("copy-on-reference", "transferring")]
        return
    assert survived(outcome)
    assert process(outcome, "P")["node"] == "n1"
    negotiating = "migration.accepted" not in kinds
    assert outcome.result["migrations"][0]["outcome"] == ("refused" if negotiating else "aborted")
