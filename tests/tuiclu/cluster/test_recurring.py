"""What comes again and again is carried out in its turn, whatever the windows; and a condition may come true over and over."""

from __future__ import annotations

from tests.tuiclu.cluster.scenarios import run_text

LIVELY = """
seed: 5
cluster:
  network: {latency: 1 ms}
  nodes: {n1: {}, n2: {owner: {busy: 60 ms, away: 100 ms}}}
  policy: {load-sharing: periodic-sender, load: {interval: 20 ms, high: 1, residence: 0 s}}
processes:
  J: {program: worker, args: {steps: 20000, pages: 1}, on: n1, arrivals: {every: 40 ms, batch: 2}}
  G: {program: sleeper, args: {rounds: 100, work: 10, pause_ms: 20}, on: n1}
script:
  - {every: 70 ms, jitter: 20 ms, say: "again"}
  - {at: 70 ms, say: "once"}
  - whenever: {event: owner.idle, node: n2, after: 10 ms}
    migrate: {process: G, to: n2}
  - whenever: {event: owner.active, node: n2, after: 10 ms}
    migrate: {process: G, to: n2}
until: 1 s
"""


def test_a_cluster_that_lives_for_ever_runs_alike_whatever_the_windows() -> None:
    outcome, events = run_text(LIVELY)
    again, _ = run_text(LIVELY, window_ns=300_000)

    assert outcome.digest == again.digest
    assert outcome.ok
    assert len([one for one in events if one["kind"] == "narration" and one["text"]["en"] == "again"]) == 14
    assert outcome.view.ended == "until", "there is no end to it but this"


def test_whenever_acts_each_time_and_when_once() -> None:
    _, events = run_text(
        """
cluster: {nodes: {n1: {}}}
processes: {H: {program: hello, on: n1, count: 7, arrivals: {every: 10 ms, spread: regular}}}
script:
  - {whenever: {event: process.exited}, say: "each"}
  - {whenever: {event: process.exited, count: 3}, say: "each third"}
  - {when: {event: process.exited}, say: "one"}
"""
    )

    said = [one["text"]["en"] for one in events if one["kind"] == "narration"]
    assert {text: said.count(text) for text in said} == {"each": 7, "each third": 2, "one": 1}


def test_a_whenever_that_never_happened_is_told_of() -> None:
    outcome, _ = run_text('cluster: {nodes: {n1: {}}}\nscript:\n  - {whenever: {event: owner.idle}, say: "never"}\n')

    assert len(outcome.never_came) == 1
