"""A run that goes on from a snapshot does what the run did of which it was taken: event for event, whatever was under way."""

from __future__ import annotations

import contextlib
import random
import re
from pathlib import Path

import msgspec
import pytest

from tests.limits import patience
from tests.random_scenarios.drawn import drawn, text_of
from tests.random_scenarios.trial import write_programs
from tests.tuiclu.cluster.resuming import fault_of_going_on, gathered, going_on, observed, with_snapshot
from tests.tuiclu.cluster.scenarios import trusted, tuiclu
from tuiclu.bundled import demo_files
from tuiclu.cluster import commands
from tuiclu.cluster.resumption import Gatherer
from tuiclu.errors import InputError
from tuiclu.live.journal import Journal
from tuiclu.model.snapshot_file import file_of, read_snapshot
from tuiclu.scenario.compile import Plan, PlannedStep, plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.prompt import Names, step_tree
from tuiclu.scenario.restoring import Origin, load, load_snapshot, origin_of
from tuiclu.scenario.runner import run

SHORT, LONG = 2, 200
INSTANTS = 3
"""Of each draw of a demo from which it goes on."""
STRATEGIES = ("eager-all", "precopy", "eager-dirty", "copy-on-reference", "flushing", "hybrid")

MOVES = """
tuiclu: 1
title: Moves
seed: 3
cluster:
  network: {kind: bus, bandwidth: 10 Mbit/s, latency: 1 ms}
  defaults: {mips: 10, memory: 1 MiB}
  nodes: {n1: {}, n2: {}, n3: {}}
processes:
  P: {program: scan, args: {pages: 30, accesses: 20000}, on: n1}
  R: {program: token-ring, count: 3, on: [n1, n2, n3], args: {members: 3, rounds: 4}}
script:
  - at: 20 ms
    migrate: {process: P, to: n2, strategy: STRATEGY}
"""


def moving(strategy: str, at_ms: float) -> Plan:
    return with_snapshot(plan(load_scenario("-", MOVES.replace("STRATEGY", strategy))), int(at_ms * 1e6), ("n2",))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_goes_on_from_the_middle_of_a_migration(strategy: str) -> None:
    assert fault_of_going_on(moving(strategy, 60)) is None


def test_no_run_goes_on_from_where_markers_are_late_on_channels_that_keep_no_order() -> None:
    """Whoever sends what may be overtaken by a marker keeps every snapshot from holding it."""
    loose = PlannedStep(commands.Snapshot(("n1",), "unordered"), at_ns=60_000_000)
    asked = moving("precopy", 62)
    steps = sorted((*asked.steps, loose), key=lambda step: step.at_ns or 0)
    outcome, _, starts = gathered(msgspec.structs.replace(asked, steps=tuple(steps)))
    assert [one["outcome"] for one in outcome.result["snapshots"]] == ["completed", "completed"]
    assert [start.why_not for start in starts.values()] == [("unordered", "n1", "")]


def test_other_seeds_and_links_come_to_the_same_answers() -> None:
    asked = moving("copy-on-reference", 40)
    outcome, _, starts = gathered(asked)
    other = plan(
        load_scenario(
            "-",
            MOVES.replace("STRATEGY", "copy-on-reference"),
            ["seed=8", "cluster.network.latency=3 ms", "cluster.network.kind=switch"],
        )
    )
    again, events = observed(going_on(other, starts["1"]))
    assert [one["output"] for one in again.result["processes"]] == [
        one["output"] for one in outcome.result["processes"]
    ]
    assert all(one["ok"] for one in again.result["invariants"])
    assert again.result["virtual_s"] != outcome.result["virtual_s"], "the wire is another"
    assert again.digest == observed(going_on(other, starts["1"]))[0].digest, "it can be repeated"
    assert next(one for one in events if one["kind"] == "run.resumed")["seed"] == 8


def snapshot_file(scenario: Scenario, folder: Path) -> Path:
    """Run a scenario, and return the file of its first snapshot."""
    with contextlib.closing(Gatherer(folder)) as gatherer:
        outcome = run(plan(scenario), gatherer=gatherer)
        content = file_of(outcome.view, outcome.view.snapshots["1"], origin_of(scenario), gatherer.take("1"))
    file = folder / "first.snapshot"
    file.write_bytes(content)
    return file


def fault_of_drawn(seed: int, folder: Path) -> str | None:
    """Go on from the middle of a random scenario."""
    chance = random.Random(seed)
    asked = plan(trusted(load_scenario(str(folder / "case.yaml"), text_of(drawn(seed)))))
    with patience():
        end_ns = int(run(asked).result["virtual_s"] * 1e9)
        return fault_of_going_on(with_snapshot(asked, chance.randrange(end_ns + 1)))


@pytest.mark.parametrize("seed", range(SHORT))
def test_a_random_run_goes_on_from_any_instant(seed: int, tmp_path: Path) -> None:
    write_programs(tmp_path)
    assert fault_of_drawn(seed, tmp_path) is None


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SHORT, LONG))
def test_two_hundred_random_runs_go_on_from_any_instant(seed: int, tmp_path: Path) -> None:
    write_programs(tmp_path)
    assert fault_of_drawn(seed, tmp_path) is None


def fault_of_demo(name: str, draw: int) -> str | None:
    """Go on from instants of a demo, most of them in the middle of migrations, if there are any."""
    chance = random.Random(f"{name} {draw}")
    asked = plan(load_scenario(demo_files()[name]))
    first = run(asked)
    end_ns = int(first.result["virtual_s"] * 1e9)
    moves = [(one.started_ns, one.ended_ns or end_ns) for one in first.view.migrations.values()]
    for _ in range(INSTANTS):
        begins_ns, ends_ns = chance.choice(moves) if moves and chance.random() < 0.7 else (0, end_ns)
        nodes = tuple(chance.sample(sorted(first.view.nodes), 1))
        asked = with_snapshot(asked, chance.randint(begins_ns, ends_ns), nodes)
    return fault_of_going_on(asked)


@pytest.mark.parametrize("name", ["precopy"])
def test_a_demo_goes_on_from_random_instants(name: str) -> None:
    assert fault_of_demo(name, 0) is None


@pytest.mark.long
@pytest.mark.parametrize("draw", range(2))
@pytest.mark.parametrize("name", sorted(demo_files()))
def test_every_demo_goes_on_from_six_random_instants(name: str, draw: int) -> None:
    assert fault_of_demo(name, draw) is None


def test_the_command_goes_on_from_a_file_that_is_all_that_it_takes(tmp_path: Path) -> None:
    scenario = tmp_path / "moves.yaml"
    scenario.write_text(f"{MOVES.replace('STRATEGY', 'hybrid')}  - at: 40 ms\n    snapshot: n1\n")
    first = tuiclu("run", str(scenario), "--snapshots", str(tmp_path / "kept"), "--quiet")
    scenario.unlink()
    file = tmp_path / "kept" / "1.snapshot"

    went_on = tuiclu("run", "--from", str(file))

    assert (first.returncode, went_on.returncode, went_on.stderr) == (0, 0, "")
    assert re.match(r" +0\.040000 s  The run goes on from snapshot 1, which began at 0\.040000 s", went_on.stdout)
    ended = re.compile(r"[0-9.]+ virtual seconds")
    assert ended.findall(went_on.stdout)[-1:] == ended.findall(first.stdout)[-1:]
    with pytest.raises(InputError, match="the nodes of a snapshot are as they are: n1, n2, n3"):
        load_snapshot(str(file), ["cluster.nodes.n4={}"])


def test_a_file_of_another_version_says_so_whatever_is_different_in_it(tmp_path: Path) -> None:
    text = f"{MOVES.replace('STRATEGY', 'hybrid')}  - at: 40 ms\n    snapshot: n1\n"
    file = snapshot_file(load_scenario("moves.yaml", text), tmp_path)
    snapshot = read_snapshot(file.read_bytes())
    origin = msgspec.msgpack.decode(snapshot.origin, type=Origin)
    other = msgspec.msgpack.encode(msgspec.structs.replace(origin, version="0.0.9", code="another"))
    line, _, _ = file.read_bytes().partition(b"\n")
    changed = msgspec.structs.replace(snapshot, origin=other, going_on=b"\x93\x01")
    file.write_bytes(line + b"\n" + msgspec.msgpack.encode(changed))
    with pytest.raises(InputError, match=r"another version of tuiclu \(0\.0\.9\) has written this snapshot"):
        load_snapshot(str(file), ())


@pytest.mark.parametrize("content", [b"", b"tuiclu snapshot 2 {}\nrubbish", b"tuiclu snapshot 9 {}\n"])
def test_what_is_no_snapshot_is_no_beginning(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "1.snapshot"
    file.write_bytes(content)
    with pytest.raises(InputError, match="this is not a snapshot"):
        load_snapshot(str(file), ())


def test_a_session_that_goes_on_from_a_snapshot_is_saved_with_it(tmp_path: Path) -> None:
    """What was typed is done to the run that goes on, also when the session is repeated."""
    text = f"{MOVES.replace('STRATEGY', 'hybrid')}  - at: 40 ms\n    snapshot: n1\n"
    file = snapshot_file(load_scenario("moves.yaml", text), tmp_path)
    (tmp_path / "session").mkdir()
    journal = Journal(load_snapshot(str(file), ()), tmp_path / "session")
    journal.note(70_000_000, step_tree("kill P", Names(("n1", "n2", "n3"))), "user")
    file.unlink()

    saved = load(tmp_path / "session" / "session.yaml", None, ())
    outcome, events = observed(plan(saved))

    assert (outcome.process("P")["exit_code"], outcome.process("P")["output"]) == (None, "")
    assert [event["t"] for event in events if event["kind"] == "command" and event["by"] == "user"] == [70_000_000]
    assert len([event for event in events if event["kind"] == "command" and event["command"]["verb"] == "migrate"]) == 1
