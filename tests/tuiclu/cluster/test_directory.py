"""Who is where, also between two commands at one instant."""

from __future__ import annotations

from tests.tuiclu.cluster.scenarios import run_text
from tuiclu.cluster.directory import Directory

AT_ONE_INSTANT = """
cluster: {nodes: {n1: {}, n2: {}}}
processes:
  P: {program: sleeper, args: {rounds: 50}, on: n1}
  Q: {program: hello, on: n1, start: 20 ms}
script:
  - {at: 20 ms, crash: n1}
  - {at: 20 ms, restart: n1}
  - {at: 20 ms, migrate: {process: P, to: n2}}
  - {at: 20 ms, migrate: {process: Q, to: n2}}
"""


def test_with_a_node_goes_what_it_owned_and_what_was_about_to_be_created_there() -> None:
    directory = Directory()
    first, other = directory.enter("P", "n1"), directory.enter("Q", "n2")
    directory.crashed("n1")
    assert (directory.owner_of(first), directory.owner_of(other)) == (None, "n2")
    assert directory.pid_of("P") == first


def test_whoever_went_down_with_a_node_is_ordered_nothing_at_the_same_instant() -> None:
    outcome, events = run_text(AT_ONE_INSTANT)
    refused = [one["reason"] for one in events if one["kind"] == "command.refused"]
    assert refused == ["P lives no more", "Q lives no more"]
    assert [one["name"] for one in outcome.result["processes"]] == ["P"]
    assert outcome.result["migrations"] == []
