"""A condition reads the event stream and comes true once."""

import json
from typing import Any

from nodes.wire.events import MigrationPages, ProcessCreated, Stamped
from tuiclu.scenario.conditions import Condition, Watch


def event(kind: str, t: int = 0, node: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"t": t, "seq": 0, "node": node, "kind": kind, **fields}


def instants(condition: Condition, *events: dict[str, Any]) -> list[int | None]:
    """Return what a watch says to each event."""
    watch = Watch(condition)
    return [watch.see(one, {"n1.1": "P", "n1.2": "Q"}) for one in events]


def test_a_condition_without_more_is_the_first_event_of_its_kind() -> None:
    crashed = Condition("node.crashed")

    assert instants(crashed, event("node.paused", 1), event("node.crashed", 2), event("node.crashed", 3)) == [
        None,
        2,
        None,
    ]


def test_a_process_is_known_by_its_name_or_its_pid() -> None:
    exited = event("process.exited", pid="n1.1")

    assert Condition("process.exited", ("P",)).matches(exited, {"n1.1": "P"})
    assert Condition("process.exited", ("n1.1",)).matches(exited)
    assert Condition("process.exited", ("Q", "P")).matches(exited, {"n1.1": "P"})
    assert not Condition("process.exited", ("Q",)).matches(exited, {"n1.1": "P"})


def test_a_process_is_known_by_the_name_in_the_event_of_its_creation() -> None:
    assert Condition("process.created", ("P",)).matches(event("process.created", pid="n1.1", name="P"))
    assert not Condition("invariant.violated", ("P",)).matches(event("invariant.violated", name="P"))


def test_a_node_is_where_it_happens() -> None:
    assert Condition("node.crashed", node="n1").matches(event("node.crashed", node="n1"))
    assert not Condition("node.crashed", node="n1").matches(event("node.crashed", node="n2"))
    assert not Condition("run.ended", node="n1").matches(event("run.ended"))


def test_further_fields_must_be_equal() -> None:
    sleeps = Condition("process.blocked", fields={"on": "sleep"})

    assert sleeps.matches(event("process.blocked", on="sleep"))
    assert not sleeps.matches(event("process.blocked", on="signal"))
    assert not sleeps.matches(event("process.blocked"))
    assert not Condition("x", fields={"step": True}).matches(event("x", step=1)), "true is not 1"


def test_the_nth_event_is_counted_among_those_that_match() -> None:
    second = Condition("process.exited", ("P",), count=2)
    p, q = event("process.exited", 5, pid="n1.1"), event("process.exited", 6, pid="n1.2")

    assert instants(second, p, q, q, p, p) == [None, None, None, 5, None]


def test_pages_are_added_up_over_the_events_that_match() -> None:
    forty = Condition("migration.pages", ("P",), pages=40)
    batch = event("migration.pages", 9, pid="n1.1", pages=list(range(16)))
    other = event("migration.pages", 9, pid="n1.2", pages=list(range(16)))

    assert instants(forty, batch, other, batch, batch, batch) == [None, None, None, 9, None]


def test_pages_may_be_a_number() -> None:
    assert instants(Condition("migration.round", pages=3), event("migration.round", 1, pages=3)) == [1]


def test_a_step_is_due_some_time_after_the_event() -> None:
    assert instants(Condition("node.crashed", after_ns=100), event("node.crashed", 5)) == [105]


def test_the_real_stream_is_understood() -> None:
    created = Stamped(3, 0, "n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0))
    pages = Stamped(4, 1, "n1", MigrationPages("n1/1", "n1.1", [1, 2, 3], "round", 999))
    lines = [json.loads(stamped.to_json()) for stamped in (created, pages)]

    assert instants(Condition("process.created", ("P",)), *lines) == [3, None]
    assert instants(Condition("migration.pages", ("P",), pages=3), *lines) == [None, 4]
