"""Whole clusters of real node processes, run by the engine."""

from __future__ import annotations

import pytest

from tests.tuiclu.cluster.posts import a_report
from tests.tuiclu.cluster.scenarios import kinds, node_processes, process, run_text
from tuiclu.cluster.commands import Say
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.pacing import NobodyInFront
from tuiclu.cluster.stream import OutOfTime
from tuiclu.model.cluster import ClusterView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, set_up

TWO_NODES = """
title: {title}
seed: 3
cluster:
  nodes: {{n1: {{}}, n2: {{}}}}
processes:
  P: {{program: primes, args: {{limit: 6000}}, on: n1}}
  S: {{program: sleeper, args: {{rounds: 3, pause_ms: 20}}, on: n1}}
script:
{script}
until: 20 s
"""


def two_nodes(*steps: str, title: str = "two nodes") -> str:
    return TWO_NODES.format(title=title, script="\n".join(f"  - {{{step}}}" for step in steps) or "  []")


PRIMES = "783\n"


@pytest.fixture(scope="module")
def at_home() -> Outcome:
    """The run in which nobody moves and nothing fails."""
    return run_text(two_nodes())[0]


def test_the_unmoved_run_gives_the_right_answers(at_home: Outcome) -> None:
    assert (process(at_home, "P")["output"], process(at_home, "P")["exit_code"]) == (PRIMES, 0)
    assert at_home.result["ended"] == "quiescent"
    assert at_home.ok


def test_no_node_process_is_left_after_a_run() -> None:
    run_text(two_nodes(title="left behind"))
    assert list(node_processes("left behind")) == []


@pytest.mark.parametrize("instant", ["1 ms", "37 ms", "95500 us", "260 ms"])
def test_a_moved_process_gives_the_same_answer_in_as_many_instructions(instant: str, at_home: Outcome) -> None:
    steps = [f"at: {instant}, migrate: {{process: {name}, to: n2}}" for name in ("P", "S")]
    outcome, _ = run_text(two_nodes(*steps))
    for name in ("P", "S"):
        moved, home = process(outcome, name), process(at_home, name)
        assert (moved["output"], moved["exit_code"]) == (home["output"], home["exit_code"])
        assert moved["instructions"] == home["instructions"]
    assert outcome.ok


def test_the_length_of_the_windows_shows_nowhere() -> None:
    text = two_nodes(
        "at: 40 ms, migrate: {process: P, to: n2}",
        "when: {event: migration.committed, process: P}, slow: {node: n2, factor: 50 %}",
        "when: {event: process.output, process: P}, spawn: {name: H, program: hello, on: n2}",
    )
    digests = {run_text(text, window_ns=window_ns)[0].digest for window_ns in (None, 1_000_000, 333_333, 77_777)}
    assert len(digests) == 1


def test_a_message_that_comes_to_a_cut_is_no_window_where_a_run_is_paced() -> None:
    """Nobody has anything to do when it comes there, and the next thing is a look at the news."""
    text = """
cluster: {nodes: {n1: {}, n2: {}}, network: {latency: 5 ms}}
processes:
  ping: {program: pingpong, args: [ping, room, 8, 700], on: n1}
  pong: {program: pingpong, args: [pong, room, 8, 700], on: n2}
script:
  - {when: {event: link.received}, partition: [n2]}
  - {when: {event: link.sent, count: 50}, say: Enough.}
  - {at: 1 s, heal: true}
"""
    assert run_text(text, speed=1e9)[0].digest == run_text(text)[0].digest


class _Talker(NobodyInFront):
    """Somebody who says something whenever there is an opportunity."""

    engine: Engine

    def __init__(self) -> None:
        self.said_ns: list[int] = []

    def ahead_s(self, _virtual_ns: int) -> float:
        return 0.0

    def now_ns(self) -> int:
        return 0

    def attend(self) -> None:
        at_ns = self.engine.edge_ns()
        if self.said_ns[-1:] != [at_ns]:
            self.said_ns.append(at_ns)
            self.engine.schedule(at_ns, Say({"en": "Look."}), "user", outside=True)


class _Late(_Talker):
    """Somebody whose clock has passed the end of the run."""

    def now_ns(self) -> int:
        return 1_000_000_000


def test_nothing_that_is_said_comes_after_the_end_of_the_run() -> None:
    late = _Late()
    made = plan(load_scenario("-", f"tuiclu: 1\n{two_nodes()}"))
    staged = set_up(made, ClusterView(), title="late", pacer=late)
    late.engine = staged.engine

    with staged.engine:
        staged.engine.run(until_ns=40_000_000)

    assert late.said_ns[-1] == 40_000_000


def test_what_is_said_at_any_edge_falls_at_the_same_place_when_it_is_known_from_the_beginning() -> None:
    """Also at the instant at which a message has been lost at a node that is down."""
    text = two_nodes("at: 9900 us, migrate: {process: P, to: n2}", "at: 10 ms, crash: n2", "at: 15 ms, stop: true")
    made = plan(load_scenario("-", f"tuiclu: 1\n{text}"))
    talker = _Talker()
    talked = set_up(made, ClusterView(), title="talked", pacer=talker)
    talker.engine = talked.engine
    repeated = set_up(made, ClusterView(), title="repeated")

    with talked.engine:
        talked.engine.run()
    for at_ns in talker.said_ns:
        repeated.engine.schedule(at_ns, Say({"en": "Look."}), "user", outside=True)
    with repeated.engine:
        repeated.engine.run()

    assert len(talker.said_ns) > 3
    assert talked.log.digest == repeated.log.digest


def test_a_node_that_has_run_further_than_it_was_let_run_is_found_out() -> None:
    engine = set_up(plan(load_scenario("-", f"tuiclu: 1\n{two_nodes()}")), ClusterView(), title="too far").engine
    node = engine.nodes["n1"]
    node.let_run(0, 5, None)
    try:
        with pytest.raises(OutOfTime, match="its progress"):
            engine._take(node, a_report(6))
    finally:
        engine.close()


def test_a_quantum_shorter_than_the_work_of_the_kernel_makes_no_difference_to_that() -> None:
    """The slices end while the kernel still works, on a node with two processes; the other one is let run in reliance on it."""
    text = """
cluster: {nodes: {n1: {quantum: 100 us}, n2: {}}}
processes: {A: {program: hello, on: n1, count: 2}, B: {program: hello, on: n2}}
"""
    (one, events), (other, _) = run_text(text), run_text(text, window_ns=333_333)
    instants = [event["t"] for event in events]
    assert one.digest == other.digest
    assert instants == sorted(instants)


def test_a_node_that_goes_on_after_a_pause_does_not_take_the_cluster_back_to_what_it_had_to_do_then() -> None:
    text = two_nodes(
        "at: 5 ms, pause: n1",
        "at: 60 ms, resume: n1",
        "at: 60 ms, migrate: {process: S, to: n2}",
        "at: 60 ms, crash: n1",
    )
    digests = {run_text(text, window_ns=window_ns)[0].digest for window_ns in (None, 333_333)}
    assert len(digests) == 1


def test_what_a_paused_node_was_sent_is_lost_when_it_crashes_and_not_before() -> None:
    text = two_nodes("at: 10 ms, pause: n2", "at: 20 ms, migrate: {process: S, to: n2}", "at: 60 ms, crash: n2")
    (one, events), (other, _) = run_text(text), run_text(text, window_ns=333_333)
    assert one.digest == other.digest
    assert {event["t"] for event in events if event["kind"] == "message.lost"} == {60_000_000}


def test_another_seed_is_another_run_and_the_same_seed_the_same() -> None:
    text = two_nodes()
    digests = [run_text(text, overrides=[f"seed={seed}"])[0].digest for seed in (1, 2, 1)]
    assert digests[0] == digests[2] != digests[1]


def test_a_crash_takes_the_processes_of_the_node_with_it_and_nobody_else() -> None:
    outcome, events = run_text(
        two_nodes("at: 0 s, spawn: {name: Q, program: primes, on: n2}", "at: 30 ms, crash: n2", "at: 40 ms, crash: n2")
    )
    assert process(outcome, "Q")["state"] == "lost"
    assert process(outcome, "P")["output"] == PRIMES
    assert outcome.result["faults"][0] == {
        "kind": "crash",
        "target": "n2",
        "at_s": 0.03,
        "cause": "SIGKILL by the script",
        "rule": "killed-by-script",
        "numbers": {"signal": "SIGKILL"},
    }
    assert [event["reason"] for event in events if event["kind"] == "command.refused"] == ["n2 is down already"]
    assert [event["peer"] for event in events if event["kind"] == "node.suspected"] == ["n2"]


def test_a_restarted_node_is_a_new_process_with_empty_memory_and_new_pids() -> None:
    outcome, events = run_text(
        two_nodes(
            "at: 0 s, spawn: {name: Q, program: primes, on: n2}",
            "at: 30 ms, crash: n2",
            "at: 50 ms, restart: n2",
            "at: 60 ms, spawn: {name: R, program: primes, args: {limit: 100}, on: n2}",
            "at: 100 ms, migrate: {process: P, to: n2}",
        )
    )
    assert (process(outcome, "Q")["pid"], process(outcome, "R")["pid"]) == ("n2.1", "n2.2")
    assert process(outcome, "R")["output"] == "25\n"
    assert (process(outcome, "P")["output"], process(outcome, "P")["node"]) == (PRIMES, "n2")
    assert kinds(events, "node.crashed", "node.restarted", "node.suspected") == [
        "node.crashed",
        "node.restarted",
        "node.suspected",
    ]
    assert outcome.ok


def test_a_paused_node_does_nothing_and_makes_up_for_nothing(at_home: Outcome) -> None:
    outcome, _ = run_text(two_nodes("at: 50 ms, pause: n1", "at: 550 ms, resume: n1"))
    for name in ("P", "S"):
        paused, free = process(outcome, name), process(at_home, name)
        assert paused["output"] == free["output"]
        assert paused["cpu_s"] == pytest.approx(free["cpu_s"], abs=1e-3)
    assert process(outcome, "P")["turnaround_s"] == pytest.approx(process(at_home, "P")["turnaround_s"] + 0.5, abs=0.05)


def test_a_run_that_ends_with_a_paused_node_leaves_no_process() -> None:
    outcome, _ = run_text(two_nodes("at: 10 ms, pause: n1", title="ends paused"))
    assert outcome.result["ended"] == "quiescent"
    assert process(outcome, "P")["state"] in ("ready", "running")
    assert list(node_processes("ends paused")) == []


def test_a_slow_node_takes_longer_for_the_same_instructions(at_home: Outcome) -> None:
    outcome, _ = run_text(two_nodes("at: 0 s, slow: {node: n1, factor: 25 %}"))
    assert process(outcome, "P")["instructions"] == process(at_home, "P")["instructions"]
    assert process(outcome, "P")["cpu_s"] == pytest.approx(4 * process(at_home, "P")["cpu_s"], rel=0.01)


def test_messages_wait_at_a_partition_and_the_migration_goes_on_when_it_heals() -> None:
    outcome, events = run_text(
        two_nodes(
            "at: 30 ms, migrate: {process: P, to: n2}",
            "when: {event: migration.pages, process: P, pages: 12}, partition: [n2]",
            "at: 500 ms, heal: true",
        )
    )
    assert outcome.result["migrations"][0]["outcome"] == "completed"
    assert outcome.result["migrations"][0]["freeze_s"] > 0.4
    assert kinds(events, "message.held") != []
    assert kinds(events, "message.lost") == []
    assert process(outcome, "P")["output"] == PRIMES
    assert outcome.ok


def test_a_partition_that_lasts_ends_the_negotiation_and_the_process_goes_on_at_home() -> None:
    outcome, _ = run_text(
        two_nodes("at: 20 ms, partition: [n2]", "at: 30 ms, migrate: {process: P, to: n2}", "at: 3 s, heal: true"),
        overrides=["cluster.migration.offer-timeout=100 ms"],
    )
    migration = outcome.result["migrations"][0]
    assert (migration["outcome"], migration["reason"]) == ("refused", "n2 has not answered for 0.1 s")
    assert migration["refused_at"] == 2
    assert (process(outcome, "P")["node"], process(outcome, "P")["output"]) == ("n1", PRIMES)
    assert outcome.ok


STAGES = ["accepted", "frozen", "pages", "round", "committed", "resumed", "completed"]


@pytest.mark.parametrize("victim", ["n1", "n2"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_crash_at_any_stage_leaves_exactly_one_process_or_says_that_it_is_lost(stage: str, victim: str) -> None:
    outcome, _ = run_text(
        two_nodes(
            "at: 30 ms, migrate: {process: P, to: n2}",
            f"when: {{event: migration.{stage}, process: P}}, crash: {victim}",
        )
    )
    after = process(outcome, "P")
    committed = STAGES.index(stage) >= STAGES.index("committed")
    survives = (victim == "n1") == committed
    assert after["state"] == ("exited" if survives else "lost"), outcome.result["migrations"]
    if survives:
        assert after["output"] == PRIMES
        assert after["node"] == ("n2" if victim == "n1" else "n1")
    assert outcome.ok


def test_a_node_without_room_refuses_and_nothing_stays_reserved() -> None:
    text = two_nodes("at: 40 ms, migrate: {process: P, to: n2}").replace("n2: {}", "n2: {memory: 64 KiB}")
    outcome, events = run_text(text)
    migration = outcome.result["migrations"][0]
    assert (migration["outcome"], migration["refused_at"]) == ("refused", 5)
    assert migration["reason"].startswith("n2 has 16 frames free, P needs ")
    assert process(outcome, "P")["output"] == PRIMES
    assert [event for event in events if event["kind"] == "frames.counted" and event["node"] == "n2"] == []


def test_commands_that_make_no_sense_when_they_are_due_are_refused_with_a_reason() -> None:
    outcome, events = run_text(
        two_nodes(
            "at: 1 ms, resume: n1",
            "at: 2 ms, restart: n1",
            "at: 3 ms, pause: n2",
            "at: 4 ms, pause: n2",
            "at: 5 ms, crash: n2",
            "at: 6 ms, slow: {node: n2, factor: 10 %}",
            "at: 7 ms, spawn: {name: Q, program: hello, on: n2}",
            "at: 4 s, kill: P",
        )
    )
    assert [event["reason"] for event in events if event["kind"] == "command.refused"] == [
        "n1 is not paused",
        "n1 is not down",
        "n2 is paused already",
        "n2 is down",
        "n2 is down",
        "P lives no more",
    ]
    assert outcome.ok


def test_a_killed_process_frees_all_that_it_had() -> None:
    outcome, events = run_text(two_nodes("at: 30 ms, kill: P"))
    assert (process(outcome, "P")["signal"], process(outcome, "P")["state"]) == ("SIGKILL", "exited")
    last = [event for event in events if event["kind"] == "frames.counted"][-1]
    assert (last["allocated"], last["free"]) == (0, last["total"])


def test_the_run_ends_when_the_time_is_up() -> None:
    outcome, _ = run_text(two_nodes(), until_ns=50_000_000)
    assert (outcome.result["ended"], outcome.result["virtual_s"]) == ("until", 0.05)
    assert process(outcome, "P")["state"] in ("ready", "running")


def test_the_stop_verb_ends_the_run_at_its_instant() -> None:
    outcome, _ = run_text(two_nodes("at: 33 ms, stop: true"))
    assert (outcome.result["ended"], outcome.result["virtual_s"]) == ("stopped", 0.033)


def test_a_node_that_is_idle_is_not_woken() -> None:
    alone, _ = run_text(two_nodes().replace("{rounds: 3, pause_ms: 20}", "{rounds: 1, pause_ms: 1}"))
    assert alone.windows < alone.result["virtual_s"] / 0.002, "a node that is alone runs further than the latency"
