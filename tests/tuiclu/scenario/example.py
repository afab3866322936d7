"""A good scenario that uses most of the format, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tuiclu.errors import InputError
from tuiclu.scenario.parser import Scenario, load_scenario

GOOD = """\
tuiclu: 1
title: {en: Eviction, es: Desalojo}
about: What happens when the owner is back.
seed: 7
cluster:
  network: {kind: bus, bandwidth: 10 Mbit/s, latency: 1 ms, detection: 100 ms}
  defaults: {mips: 10, memory: 2 MiB, quantum: 20 ms, scheduler: round-robin}
  nodes:
    n1: {}
    n2: {mips: 1.5 GIPS, resources: [printer]}
    n3:
  costs: {context-switch: 10 us}
  migration: {batch: 32 pages, window: 4, offer-timeout: 1 s}
  policy: {strategy: eager-all}
processes:
  P: {program: primes, args: {limit: 20000}, on: n1, start: 0 s}
  Q:
    program: scan
    count: 4
    on: [n1, n2]
    environment: {LEVEL: 3}
    stdin: "one\\ntwo\\n"
    priority: 5
    estimate: 1.5 s
    start: 10 ms
script:
  - at: 500 ms
    say: {en: "Let us move P.", es: "Movamos P."}
  - at: 600 ms
    migrate: {process: P, to: n3, strategy: eager-all}
  - when: {event: migration.resumed, process: P, after: 3 ms}
    crash: n3
  - when: {event: migration.pages, process: Q, pages: 40}
    partition: {from: n1, to: [n2, n3]}
  - at: 2 s
    heal: true
  - at: 3 s
    spawn: {name: R, program: hello, on: n2, args: [a, 1, 2.50, true]}
until: 20 s
expect:
  - process: P
    exit: 0
    output: "2262\\n"
  - migrations: {of: P, outcome: completed, count: 1}
  - freeze: {of: Q, below: 50 ms}
  - turnaround: {of: R, below: 1 s}
  - event: node.crashed
  - invariants: hold
"""

SMALL = """\
tuiclu: 1
cluster: {nodes: {n1: , n2: }}
"""


def load(text: str = GOOD, overrides: Sequence[str] = ()) -> Scenario:
    return load_scenario("s.yaml", text, overrides)


def spoilt(old: str, new: str) -> str:
    """Return the good scenario with its first `old` replaced."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


def message(text: str, overrides: Sequence[str] = ()) -> str:
    """Return what is wrong with a scenario, as a user reads it."""
    with pytest.raises(InputError) as caught:
        load(text, overrides)
    return str(caught.value)
