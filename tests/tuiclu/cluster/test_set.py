"""What is in force is changed while a real cluster runs: it holds from that instant on, everywhere it should and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.tuiclu.cluster.scenarios import kinds, process, run_text, trusted
from tuiclu.bundled import demo_files
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, run

MS, S = 10**6, 10**9
HEAD = """
cluster:
  network: {kind: switch, bandwidth: 100 Mbit/s, latency: 1 ms}
  nodes: {n1: {}, n2: {}, n3: {}}
"""
JOBS = "processes: {J: {program: primes, args: {limit: 14000}, on: n1, count: 4}}\n"


def ran(script: str, head: str = HEAD, processes: str = JOBS, **options: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    return run_text(f"{head}{processes}script:\n{script}", **options)


def changes(events: list[dict[str, Any]]) -> list[tuple[str, Any, Any, str]]:
    return [
        (one["setting"], one["was"], one["now"], " ".join(one["nodes"]))
        for one in events
        if one["kind"] == "policy.changed"
    ]


def moves(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [
        (one["process"], one["source"], one["destination"], one["strategy"])
        for one in outcome.result["migrations"]
        if one["outcome"] == "completed"
    ]


def wishes(events: list[dict[str, Any]]) -> list[int]:
    """Return when policies wanted something moved."""
    return [one["t"] for one in events if one["kind"] == "migration.started" and one["initiated_by"] == "os"]


# --------------------------------------------------------------------------------------------------------- load sharing


def test_load_is_shared_from_the_instant_on_at_which_that_is_switched_on_and_not_after_it_is_switched_off() -> None:
    script = """
  - {at: 500 ms, set: {load-sharing: periodic-sender}}
  - {at: 1 s, set: {load-sharing: none}}
"""
    outcome, events = ran(script)
    assert outcome.ok
    assert changes(events) == [
        ("load_sharing", "none", "periodic-sender", "n1 n2 n3"),
        ("dissemination", "none", "periodic", "n1 n2 n3"),
        ("load_sharing", "periodic-sender", "none", "n1 n2 n3"),
    ]
    assert wishes(events)
    assert all(500 * MS < instant < S for instant in wishes(events))


def test_what_is_set_on_one_node_holds_there_only() -> None:
    script = "  - {at: 0 s, set: {load-sharing: periodic-sender, dissemination: periodic, on: n2}}\n"
    jobs = "processes: {J: {program: primes, args: {limit: 9000}, on: [n1, n1, n1, n2, n2, n2]}}\n"
    outcome, events = ran(script, processes=jobs)
    assert changes(events)[0] == ("load_sharing", "none", "periodic-sender", "n2")
    assert {one["source"] for one in outcome.result["migrations"]} <= {"n2"}


def test_an_idle_machine_begins_to_ask_when_it_is_told_to() -> None:
    script = "  - {at: 300 ms, set: {load-sharing: periodic-receiver}}\n"
    outcome, events = ran(script)
    asked = [one for one in events if one["kind"] == "decision.taken" and one["what"] == "want-work"]
    assert {one["by"] for one in asked if one["verdict"] == "yes"} >= {"n2", "n3"}
    assert len(moves(outcome)) >= 2


def test_an_initiator_that_sits_elsewhere_changes_with_the_machines_for_which_it_decides() -> None:
    head = HEAD + "  initiators: {n1: [n1, n2]}\n"
    script = "  - {at: 200 ms, set: {load-sharing: periodic-sender, strategy: precopy, on: n2}}\n"
    outcome, events = ran(script, head, JOBS.replace("on: n1", "on: n2"))
    assert changes(events)[:1] == [("strategy", "eager-all", "precopy", "n1 n2")]
    assert {(source, strategy) for _, source, _, strategy in moves(outcome)} == {("n2", "precopy")}


def test_jobs_that_wait_are_admitted_when_there_is_no_limit_any_more() -> None:
    head = HEAD + "  policy: {admission: 1}\n"
    outcome, events = ran("  - {at: 400 ms, set: {admission: 0}}\n", head)
    placed = [one["t"] for one in events if one["kind"] == "process.placed"]
    assert placed[1:] == [400 * MS] * 3
    assert outcome.ok


# ------------------------------------------------------------------------------------------- strategy and migrations


def test_a_migration_that_has_begun_keeps_its_strategy_and_the_next_takes_the_new_one() -> None:
    script = """
  - {at: 100 ms, migrate: {process: J1, to: n2}}
  - {when: {event: migration.accepted, process: J1}, set: {strategy: precopy, migration: {batch: 1, window: 1}}}
  - {at: 400 ms, migrate: {process: J2, to: n3}}
"""
    outcome, events = ran(script)
    assert moves(outcome) == [("J1", "n1", "n2", "eager-all"), ("J2", "n1", "n3", "precopy")]
    batches = [len(one["pages"]) for one in events if one["kind"] == "migration.pages" and one["pid"] == "n1.1"]
    assert max(batches) == 4
    assert {len(one["pages"]) for one in events if one["kind"] == "migration.pages" and one["pid"] == "n1.2"} == {1}


def test_a_strategy_of_the_users_own_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "own_for_set.py").write_text(
        "class Stop:\n    def __init__(self, parameters): pass\n"
        "    def begin(self, transfer):\n        transfer.freeze('mine')\n        transfer.send_pages(transfer.pages_to_send())\n"
        "    def pages_arrived(self, transfer): transfer.hand_over()\n"
        "class Away:\n    def choose(self, machine, load, others, now_ns):\n"
        "        return (machine.processes[0].pid, others[0].machine) if load > 2500 and others else 'no'\n"
    )
    text = (
        f"tuiclu: 1{HEAD}{JOBS}script:\n"
        '  - {at: 0 s, set: {strategy: "own_for_set:Stop"}}\n'
        '  - {at: 500 ms, set: {load-sharing: "own_for_set:Away"}}\n'
    )
    (tmp_path / "s.yaml").write_text(text)
    outcome = run(plan(trusted(load_scenario(tmp_path / "s.yaml"))))
    assert outcome.ok
    assert {strategy for _, _, _, strategy in moves(outcome)} == {"own_for_set:Stop"}


def test_a_policy_of_the_users_own_remembers_what_it_saw_when_something_else_is_set(tmp_path: Path) -> None:
    (tmp_path / "own_memory.py").write_text(
        "class Fifth:\n    seen = 0\n    def choose(self, machine, load, others, now_ns):\n"
        "        self.seen += 1\n        return (machine.processes[0].pid, 'n2') if self.seen == 5 else 'not yet'\n"
    )
    text = (
        f"tuiclu: 1{HEAD}  policy: {{load-sharing: 'own_memory:Fifth'}}\n{JOBS}script:\n"
        "  - {at: 350 ms, set: {strategy: precopy}}\n  - {at: 700 ms, stop: true}\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    lines: list[bytes] = []
    run(plan(trusted(load_scenario(tmp_path / "s.yaml"))), write_line=lines.append)
    assert wishes([msgspec.json.decode(line) for line in lines]) == [500 * MS]


# ---------------------------------------------------------------------------------------- crashes, pauses, workstations


def test_a_node_that_was_down_comes_up_with_what_is_in_force() -> None:
    script = """
  - {at: 100 ms, crash: n1}
  - {at: 200 ms, set: {strategy: precopy, load-sharing: periodic-symmetric}}
  - {at: 300 ms, restart: n1}
  - {at: 400 ms, spawn: {name: K, program: primes, args: {limit: 9000}, on: n1}}
  - {at: 600 ms, migrate: {process: K, to: n3}}
"""
    outcome, events = ran(script)
    assert changes(events)[0] == ("strategy", "eager-all", "precopy", "n1 n2 n3")
    assert moves(outcome) == [("K", "n1", "n3", "precopy")]
    n1 = [one["t"] for one in events if one["kind"] == "load.reported" and one["node"] == "n1"]
    assert n1, "it measures its load again"


def test_a_node_that_stands_still_goes_on_with_what_is_in_force() -> None:
    script = """
  - {at: 100 ms, pause: n1}
  - {at: 200 ms, set: {strategy: precopy}}
  - {at: 300 ms, resume: n1}
  - {at: 310 ms, migrate: {process: J1, to: n3}}
"""
    outcome, _ = ran(script)
    assert moves(outcome) == [("J1", "n1", "n3", "precopy")]


@pytest.mark.parametrize(("on", "policies"), [("", ["none"] * 2), (", on: n2", ["none", "renegotiate"])])
def test_eviction_is_set_for_all_workstations_or_for_one(on: str, policies: list[str]) -> None:
    head = """
cluster:
  nodes: {n1: {}, n2: {owner: idle}, n3: {owner: idle, eviction: renegotiate}}
"""
    script = f"""
  - {{at: 50 ms, migrate: {{process: J1, to: n2}}}}
  - {{at: 50 ms, migrate: {{process: J2, to: n3}}}}
  - {{at: 900 ms, set: {{eviction: none{on}}}}}
  - {{at: 1 s, activate: n2}}
  - {{at: 1 s, activate: n3}}
"""
    outcome, events = ran(script, head)
    evicted = [one["policy"] for one in outcome.result["evictions"]]
    assert evicted == [policy for policy in policies if policy != "none"]
    everywhere = [("eviction", "home", "none", "n1 n2"), ("eviction", "renegotiate", "none", "n3")]
    assert changes(events) == ([("eviction", "home", "none", "n2")] if on else everywhere)


def test_an_owner_is_away_sooner_when_the_time_for_that_is_shorter() -> None:
    head = "\ncluster: {nodes: {n1: {owner: active}, n2: {}}}\n"
    _, events = ran("  - {at: 300 ms, set: {idle-after: 200 ms}}\n", head)
    assert [one["t"] for one in events if one["kind"] == "owner.idle"] == [300 * MS]


# --------------------------------------------------------------------------------------------------------- redirection

_TALK = """
cluster:
  nodes: {n1: {}, n2: {}, n3: {}, n4: {}}
  policy: {redirection: BEFORE}
processes:
  S: {program: server, args: {clients: 1}, on: n2}
  C: {program: client, args: {requests: 4, pause_ms: 1000}, on: n1}
script:
  - {at: 500 ms, migrate: {process: S, to: n3}}
  - {at: 1500 ms, migrate: {process: S, to: n4}}
  - {WHEN, set: {redirection: AFTER}}
  - {at: 2500 ms, migrate: {process: S, to: n1}}
"""
_WAYS = ("forward", "update", "home")
_PAIRS = [(before, after) for before in _WAYS for after in _WAYS if before != after]


@pytest.mark.parametrize("when", ["at: 1900 ms", "when: {event: migration.image, process: S, count: 2}"])
@pytest.mark.parametrize(("before", "after"), _PAIRS)
def test_no_letter_is_lost_when_the_way_of_redirection_changes(before: str, after: str, when: str) -> None:
    text = _TALK.replace("BEFORE", before).replace("AFTER", after).replace("WHEN", when)
    outcome, events = run_text(text)
    assert outcome.ok
    assert process(outcome, "C")["output"] == "client: 4 answers, sum 20\n"
    assert kinds(events, "mail.returned") == []
    assert changes(events) == [("redirection", before, after, "n1 n2 n3 n4")]


# ------------------------------------------------------------------------------------------------------------ the stream


def test_what_changes_nothing_is_refused() -> None:
    _, events = ran("  - {at: 100 ms, set: {strategy: eager-all, load: {high: 1.5}}}\n")
    assert [one["reason"] for one in events if one["kind"] == "command.refused"] == ["Nothing would change"]
    assert changes(events) == []


def test_the_windows_show_nowhere_in_a_run_with_changes() -> None:
    script = """
  - {at: 500 ms, set: {load-sharing: periodic-symmetric, strategy: hybrid, load: {interval: 30 ms}}}
  - {when: {event: migration.resumed}, set: {strategy: flushing, dissemination: gossip}}
  - {when: {event: policy.changed, setting: dissemination, count: 2}, set: {load-sharing: none, on: [n1, n3]}}
"""
    runs = [ran(script, window_ns=window)[1] for window in (None, 333_333)]
    assert runs[0] == runs[1]
    assert len(changes(runs[0])) == 7


def test_without_the_changes_the_demo_does_not_show_what_it_promises() -> None:
    file = demo_files()["policy-switched"]
    assert run(plan(load_scenario(file))).ok
    same = ("script.2.set.load-sharing=none",)
    assert not run(plan(load_scenario(file, None, same))).ok
