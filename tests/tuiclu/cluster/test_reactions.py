"""Who reacts to an event comes one latency after it, whatever the event comes of, and however far nodes run by themselves."""

from __future__ import annotations

import pytest

from nodes.wire.events import KINDS
from tests.tuiclu.cluster.scenarios import kinds, run_text
from tuiclu.cluster.reactions import ORIGINS, with_origins

CUT = """
cluster: {network: {latency: 100 us}, nodes: {n1: , n2: }, policy: {load-sharing: periodic-symmetric}}
processes: {S: {program: sleeper, on: n2}}
script:
  - {at: 100 us, partition: [n1]}
  - {when: {event: message.held}, bring: n2}
until: 400 ms
"""
RECORDED = """
cluster: {nodes: {n1: , n2: , n3: }}
processes:
  P: {program: sha, args: {kib: 1}, count: 3, on: [n1, n2, n3]}
script:
  - {at: 50 ms, snapshot: {from: [n1, n2]}}
  - {at: 100 ms, snapshot: {way: clocks, at: 120 ms}}
  - {at: 150 ms, snapshot: {way: poll, from: n3}}
  - {whenever: {event: snapshot.ended}, bring: n1}
  - {whenever: {event: snapshot.ended}, kill: P2}
until: 300 ms
"""


@pytest.mark.parametrize(("text", "event"), [(CUT, "message.held"), (RECORDED, "snapshot.ended")])
def test_a_reaction_to_what_comes_of_a_nodes_event_comes_in_time(text: str, event: str) -> None:
    runs = [run_text(text, window_ns=window_ns) for window_ns in (None, 33_333)]
    (one, events), (other, _) = runs
    assert one.digest == other.digest
    (first, *_) = [line["t"] for line in events if line["kind"] == event]
    latency_ns = 100_000 if text is CUT else 1_000_000
    assert first + latency_ns in [line["t"] for line in events if line["kind"] == "command"]
    assert kinds(events, event)


def test_whoever_waits_for_an_event_waits_for_what_it_comes_of() -> None:
    assert with_origins(["process.exited", "message.held"]) == {"process.exited", "message.held", "message.sent"}
    assert {*ORIGINS, *(kind for of in ORIGINS.values() for kind in of)} <= KINDS.keys()
