"""A process and its links before and after a migration: what has changed, and what has not."""

from __future__ import annotations

from tests.tuiclu.scenario.example import load
from tuiclu.model.before_and_after import before_and_after
from tuiclu.scenario.closing import closing
from tuiclu.scenario.compile import plan
from tuiclu.scenario.runner import run

TEXT = """\
tuiclu: 1
tell: [control-blocks]
cluster: {nodes: {n1: , n2: , n3: }}
processes:
  S: {program: server, args: {name: squares, clients: 2, work: 100}, on: n1}
  A: {program: client, args: {name: squares, requests: 3, pause_ms: 50}, on: n1}
  B: {program: client, args: {name: squares, requests: 3, pause_ms: 50}, on: n3}
script:
  - {at: 40 ms, migrate: {process: S, to: n2}}
"""


def test_pid_and_account_stay_and_links_are_the_same_from_elsewhere() -> None:
    planned = plan(load(TEXT))
    outcome = run(planned)
    move = next(iter(outcome.view.migrations.values()))
    assert move.before is not None
    assert move.after is not None

    assert (move.before.node, move.after.node) == ("n1", "n2")
    assert (move.before.instructions, move.before.cpu_ns) == (move.after.instructions, move.after.cpu_ns)
    assert move.before.links == move.after.links == (("n1.2/1", "A", "n1"), ("n3.1/1", "B", "n3"))
    assert move.before.there == (("n1", ("S", "A")), ("n2", ()))
    assert move.after.there == (("n1", ("A",)), ("n2", ("S",)))
    table = before_and_after(outcome.view, "es")
    assert table[0] == "S va de n1 (S) a n2 (D)"
    assert "  enlace n1.2/1 con A   dentro de n1  de n2 a n1" in table
    told = closing(planned, outcome.view, (), outcome.result, (), "es")
    assert table == [line.text for line in told if line.text in table]


def test_who_was_not_moved_has_no_table() -> None:
    outcome = run(plan(load(TEXT.replace("to: n2", "to: n1"))))

    assert before_and_after(outcome.view, "en") == []
