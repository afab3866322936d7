"""Processes that talk, on a cluster of real node processes: moved at random, under every way of redirection, they give the same answers."""

from __future__ import annotations

import random
from typing import Any

import pytest

from nodes.wire.parameters import MigrationParameters
from tests.nodes.migration.talking import ENSEMBLES
from tests.tuiclu.cluster.scenarios import kinds, process, run_text
from tests.tuiclu.cluster.test_answers import NODES, Move, a_cluster, same_answer
from tuiclu.scenario.runner import Outcome
from tuiclu.scenario.schema import STRATEGIES

REDIRECTIONS = ("forward", "update", "home")
TOGETHER = {
    f"{ensemble}{number}": {"program": command[0], "args": list(command[1:]), "on": NODES[number % 3]}
    for ensemble, commands in ENSEMBLES.items()
    if ensemble != "long"  # the other two partners have the same name
    for number, command in enumerate(commands)
}
"""All ensembles at once."""


@pytest.fixture(scope="module")
def at_home() -> Outcome:
    outcome, _ = run_text(a_cluster(TOGETHER))
    assert outcome.ok
    assert [process(outcome, name)["exit_code"] for name in TOGETHER] == [0] * len(TOGETHER)
    return outcome


def moves(outcome: Outcome, seed: int) -> list[Move]:
    """Draw instants in the life of each process, and where it is to go then, and how."""
    draw = random.Random(seed)
    found: list[Move] = []
    for name in TOGETHER:
        life_ns = round(process(outcome, name)["turnaround_s"] * 1e9)
        found += [(name, draw.randrange(1, 2 * life_ns), draw.choice(NODES), draw.choice(STRATEGIES)) for _ in range(5)]
    return found


@pytest.mark.parametrize("redirection", REDIRECTIONS)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_processes_that_talk_and_move_give_the_same_answers(redirection: str, seed: int, at_home: Outcome) -> None:
    override = f"cluster.policy.redirection={redirection}"
    outcome, _ = run_text(a_cluster(TOGETHER, moves(at_home, seed)), overrides=[override])

    assert outcome.ok
    for name in TOGETHER:
        same_answer(outcome, at_home, name)
    assert sum(one["outcome"] == "completed" for one in outcome.result["migrations"]) > 10


def test_the_account_of_every_link_is_in_the_result(at_home: Outcome) -> None:
    links: list[dict[str, Any]] = at_home.result["links"]
    (pingpong,) = [link for link in links if set(link["between"]) == {"pingpong0", "pingpong1"}]

    assert pingpong == {
        "name": pingpong["name"],
        "between": ["pingpong1", "pingpong0"],
        "sent": [30, 30],
        "received": [30, 30],
        "bytes": 2400,
        "ended": ["destroyed", "peer"],
    }


@pytest.mark.parametrize(
    ("redirection", "told", "forwarded", "hops"), [("forward", 2, 2, 3), ("update", 3, 0, 0), ("home", 1, 3, 2)]
)
def test_each_way_of_redirection_has_its_price(redirection: str, told: int, forwarded: int, hops: int) -> None:
    text = """
cluster:
  network: {kind: switch, bandwidth: 100 Mbit/s}
  nodes: {n1: {}, n2: {}, n3: {}, n4: {}}
processes:
  S: {program: server, args: {clients: 1}, on: n1}
  C: {program: client, args: {requests: 3, pause_ms: 300}, on: n2}
script:
  - {at: 50 ms, migrate: {process: S, to: n3}}
  - {at: 150 ms, migrate: {process: S, to: n4}}
"""
    outcome, events = run_text(text, overrides=[f"cluster.policy={{redirection: {redirection}}}"])
    migrations = outcome.result["migrations"]

    assert outcome.ok
    assert process(outcome, "C")["output"] == "client: 3 answers, sum 8\n"
    assert (len(kinds(events, "mail.told")), len(kinds(events, "message.forwarded"))) == (told, forwarded)
    assert sum(one["update_messages"] for one in migrations) == told
    assert sum(one["letters_forwarded"] for one in migrations) == forwarded
    assert max(one["most_hops"] for one in migrations) == hops


def test_a_signal_of_the_script_finds_its_process() -> None:
    text = """
cluster:
  nodes: {n1: {}, n2: {}}
processes:
  P: {program: primes, args: {limit: 40000}, on: n1}
script:
  - {at: 100 ms, migrate: {process: P, to: n2}}
  - {when: {event: migration.frozen}, signal: {process: P, signal: SIGTERM}}
"""
    outcome, _ = run_text(text)

    assert outcome.ok
    assert (process(outcome, "P")["signal"], process(outcome, "P")["node"]) == ("SIGTERM", "n2")


def test_the_ways_of_redirection_are_those_of_the_kernel() -> None:
    assert MigrationParameters().redirection in REDIRECTIONS


def test_a_reader_that_moves_to_its_file_gives_the_same_answer() -> None:
    text = """
cluster:
  network: {bandwidth: 10 Mbit/s}
  nodes: {n1: {}, n2: {}}
files:
  big.dat: {on: n2, size: 100 KiB, seed: 3}
processes:
  P: {program: reader, args: {file: big.dat, work: 2000}, on: n1}
"""
    home, _ = run_text(text)
    moved, _ = run_text(text + "script:\n  - {at: 30 ms, migrate: {process: P, to: n2}}\n")

    assert home.ok
    assert moved.ok
    assert process(home, "P")["output"].startswith("102400 bytes, ")
    same_answer(moved, home, "P")
    assert process(moved, "P")["turnaround_s"] < process(home, "P")["turnaround_s"]
