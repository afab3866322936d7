"""A cluster that a program drives: time passes only as far as it is let, goes back, and leaves nothing behind."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import psutil
import pytest

import tuiclu
from nodes.wire.events import MigrationResumed
from tests.tuiclu import notebook

TEXT = """
tuiclu: 1
cluster: {nodes: {n1: , n2: , n3: }}
processes:
  P: {program: primes, args: {limit: 6000}, on: n1}
script:
  - {at: 20 ms, say: Now.}
until: 1 s
"""


def test_time_passes_to_an_instant_an_event_or_by_a_step() -> None:
    with tuiclu.Cluster(TEXT) as cluster:
        assert cluster.now_ns == 0
        cluster.run_until("10 ms")
        assert (cluster.now_s, cluster.is_over) == (0.01, False)
        said = cluster.run_until(event="narration")
        assert said is not None
        assert (said["t"], said["text"]["en"]) == (20_000_000, "Now.")
        count = len(cluster.events)
        assert cluster.step() == cluster.events[count]
        assert cluster.run_until(event="node.crashed") is None
        assert cluster.is_over
        assert cluster.step() is None


def test_orders_are_carried_out_and_what_was_done_can_be_run_again(tmp_path: Path) -> None:
    with tuiclu.Cluster(TEXT) as cluster:
        cluster.run_until("15 ms")
        cluster.migrate("P", "n2", strategy="precopy")
        resumed = cluster.run_until(event="migration.resumed", process="P")
        assert resumed is not None
        assert isinstance(cluster.stream[-1].event, MigrationResumed)
        assert cluster.process("P")["node"] == "n2"
        cluster.do("migrate P n3")
        result = cluster.run()
        assert [one["destination"] for one in result["migrations"]] == ["n2", "n3"]
        cluster.save(tmp_path / "mine.yaml")
        events = cluster.events

    again: list[tuiclu.Event] = []
    tuiclu.run(tmp_path / "mine.yaml", on_event=again.append)
    assert again[: len(events)] == events


def test_the_way_back_leads_to_the_same_events_and_from_there_elsewhere() -> None:
    with tuiclu.Cluster(TEXT) as cluster:
        cluster.run_until("15 ms")
        cluster.migrate("P", "n2")
        cluster.run_until(event="migration.resumed")
        events = cluster.events
        cluster.back()
        assert cluster.events == events[:-1]
        cluster.back("message", 2)
        assert cluster.events[-1]["kind"].startswith("message.")
        cluster.run_until(event="migration.resumed")
        assert cluster.events == events

        sent = next(event["seq"] for event in events if event["kind"] == "migration.pages")
        cluster.back_to(sent)
        cluster.do("crash n2")
        assert cluster.run()["migrations"][0]["outcome"] == "aborted"
        assert cluster.process("P")["output"] == "783\n"

        cluster.back_to()
        assert len(cluster.events) < 10
        assert cluster.run()["migrations"] == []


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda cluster: cluster.do("migrate Q n2"), "there is no process `Q`"),
        (lambda cluster: cluster.do("migrat P n2"), "Did you mean `migrate`?"),
        (lambda cluster: cluster.run_until("soon"), "`soon` is not a duration"),
        (lambda cluster: cluster.run_until(), "neither an instant nor an event"),
        (lambda cluster: cluster.step("page"), "there is no step `page`"),
        (lambda cluster: cluster.back_to(99999), "there was no event 99999"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_cluster_lives_on(act, told: str) -> None:  # type: ignore[no-untyped-def]
    with tuiclu.Cluster(TEXT) as cluster:
        with pytest.raises(tuiclu.InputError, match=told.replace("?", r"\?")):
            act(cluster)
        assert cluster.run()["processes"][0]["state"] == "exited"


def test_nothing_is_left_whenever_it_is_closed() -> None:
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    for moment in (None, "10 ms", "2 s"):
        cluster = tuiclu.Cluster(TEXT)
        if moment is not None:
            cluster.run_until(moment)
        cluster.close()
        cluster.close()
    left = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]

    assert [one.name() for one in left if "node" in " ".join(one.cmdline())] == []
    assert [one.name for one in threading.enumerate() if one.name.startswith("tuiclu")] == []


def test_the_notebook_prints_what_it_says() -> None:
    written = json.loads(notebook.FILE.read_text(encoding="utf-8"))

    assert notebook.executed(written) == written
