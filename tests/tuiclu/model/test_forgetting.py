"""Of a cluster that lives for ever the latest is remembered, and nothing that lives is forgotten; of a run that ends, everything."""

from __future__ import annotations

from itertools import pairwise

from nodes.wire.events import (
    AnyEvent,
    LinkEnded,
    LinkOpened,
    LinkReceived,
    LinkSent,
    MigrationStarted,
    NegotiationRefused,
    ProcessCreated,
    ProcessExited,
    SignalDelivered,
    Stamped,
)
from nodes.wire.ids import make_pid
from nodes.wire.reasons import reason, verbatim
from tests.tuiclu.cluster.scenarios import run_text
from tests.tuiclu.cluster.test_recurring import LIVELY
from tuiclu.cluster.directory import DEAD_KNOWN, Directory
from tuiclu.model.cluster import ClusterView
from tuiclu.model.histories import Histories
from tuiclu.model.laws.ends import MOST_ENDS, WhatBeginsEnds
from tuiclu.model.laws.messages import LINKS_OVER, LinksLoseNothing
from tuiclu.model.laws.processes import Pids
from tuiclu.model.narration import Narrator
from tuiclu.model.nodes import NodeView
from tuiclu.model.report import report
from tuiclu.model.sources import SUBJECTS, Asked
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up


def begin(view: ClusterView, number: int) -> None:
    pid = make_pid("n1", number)
    view.apply(Stamped(number, 0, "n1", ProcessCreated(pid, f"J{number}", "hello", ["hello"], 0)))


def end(view: ClusterView, number: int, t: int) -> None:
    view.apply(Stamped(t, 0, "n1", ProcessExited(make_pid("n1", number), 0, None, reason("exit", code="0"), 1000, 10)))


def one_node(kept: int | None) -> ClusterView:
    view = ClusterView(kept)
    view.nodes["n1"] = NodeView("n1", 1)
    return view


def test_the_latest_to_end_are_remembered_and_whoever_lives() -> None:
    view = one_node(kept=3)
    for number in range(1, 11):
        begin(view, number)
    for number in (10, *range(2, 10)):
        end(view, number, 100 + number if number < 10 else 100)
    begin(view, 11)
    assert [one.name for one in view.processes.values()] == ["J1", "J7", "J8", "J9", "J11"]
    assert view.forgotten_cpu_ns == 60


def test_of_a_run_that_ends_everything_is_remembered() -> None:
    view = one_node(kept=None)
    for number in range(1, 1001):
        begin(view, number)
        end(view, number, number + 1)
    assert len(view.processes) == 1000


def test_late_news_of_somebody_who_is_forgotten_are_no_news() -> None:
    view = one_node(kept=1)
    for number in (1, 2, 3):
        begin(view, number)
        end(view, number, 10 + number)
    begin(view, 4)
    view.apply(Stamped(50, 0, "n1", SignalDelivered(make_pid("n1", 1), "SIGTERM", 0)))
    end(view, 1, 60)
    assert make_pid("n1", 1) not in view.processes


def test_everything_that_is_kept_of_a_lively_cluster_stays_bounded() -> None:
    """The whole stack, on a real cluster, with little memory: nothing breaks, no invariant, and the report can still be made."""
    kept = 5
    planned = plan(load_scenario("-", "tuiclu: 1\n" + LIVELY))
    view = ClusterView(kept)
    histories = Histories(view)
    narrators = [Narrator(view, lang, "") for lang in ("en", "es")]
    observers = [Follower(histories.apply), *(Follower(narrator.tell) for narrator in narrators)]
    stage = set_up(planned, view, title="forgetting", observers=observers)
    with stage.engine:
        stage.engine.run(3_000_000_000)
    assert stage.invariants.broken == {}
    dead = [one for one in view.processes.values() if not one.alive]
    assert len(dead) <= kept + 2, "those that ended since the last one began"
    assert len([one for one in view.migrations.values() if one.outcome is not None]) <= kept + 2
    assert len([one for one in view.evictions if one.outcome is not None]) <= kept + 1
    ids = [one.id for one in view.migrations.values()]
    assert ids == sorted(set(ids))
    assert max(ids) > len(ids)
    assert report(view)["processes"]


def test_a_run_that_is_told_its_end_forgets_nothing() -> None:
    outcome, events = run_text(LIVELY)
    created = [one for one in events if one["kind"] == "process.created"]
    assert len(outcome.result["processes"]) == len(created) > 20


def test_many_pids_take_little_memory_whatever_order_they_come_in() -> None:
    pids = Pids()
    for first, second in pairwise(range(1, 5001, 2)):
        for serial in (second - 1, first):
            pids.add(f"n1.{serial}")
    assert all(f"n1.{serial}" in pids for serial in range(1, 4998))
    assert "n1.6000" not in pids
    assert "n2.1" not in pids
    assert sum(len(beyond) for beyond in pids._beyond.values()) == 0


def test_a_gap_that_is_never_filled_is_given_up() -> None:
    pids = Pids()
    for serial in range(2, 2 * Pids.MOST):
        pids.add(f"n1.{serial}")
    assert len(pids._beyond["n1"]) <= Pids.MOST
    assert f"n1.{Pids.MOST}" in pids


def test_migrations_whose_end_nobody_can_tell_do_not_fill_the_stock_of_ends() -> None:
    view = one_node(kept=3)
    law = WhatBeginsEnds(view)

    def happens(t: int, event: AnyEvent) -> list[str]:
        stamped = Stamped(t, t, "n1", event)
        view.apply(stamped)
        return list(law.check(stamped))

    begin(view, 1)
    for number in range(2 * MOST_ENDS):
        asked = MigrationStarted(f"n1/{number}", make_pid("n1", 1), "n1", "n1", "eager-all", "user", verbatim(""))
        assert happens(10 * number, asked) == []
        if number < MOST_ENDS + 9:
            view.migrations[f"n1/{number}"].end("lost", 10 * number, verbatim("its source died"))
        else:
            refused = NegotiationRefused(f"n1/{number}", make_pid("n1", 1), "n1", 2, verbatim(""))
            assert happens(10 * number + 1, refused) == []
    assert len(law._ends) == MOST_ENDS


def test_of_a_link_that_is_over_at_both_ends_nothing_is_kept() -> None:
    law = LinksLoseNothing()
    for number in range(1, 2000):
        link, opener, other = f"n1.{number}/1", f"n1.{number}", "n2.1"
        story = (
            LinkOpened(link, opener, other),
            LinkSent(link, opener, 1, 8),
            LinkReceived(link, other, 1, 8),
            LinkEnded(link, opener, "own", 0, 0),
            LinkEnded(link, other, "peer", 1, 0),
            LinkEnded(link, other, "own", 1, 0),
        )
        for event in story:
            assert list(law.check(Stamped(number, 0, "n1", event))) == []
    tables = [value for value in vars(law).values() if hasattr(value, "__len__")]
    assert max(len(table) for table in tables) <= 2 * LINKS_OVER
    assert list(law.check(Stamped(9999, 0, "n1", LinkEnded("n1.1/1", "n2.1", "own", 1, 0)))) == [], "told once more"


def test_the_sources_of_numbers_forget_whom_nothing_was_heard_of_for_longest() -> None:
    histories = Histories(one_node(kept=None))
    for number in range(1, SUBJECTS + 50):
        for pid in (make_pid("n9", 1), make_pid("n1", number)):
            histories.sources.take(Stamped(number, number, "n1", SignalDelivered(pid, "SIGTERM", 0)))
    assert histories.sources.of(Asked("n9.1", ("signal.delivered",)))
    assert not histories.sources.of(Asked("n1.1", ("signal.delivered",)))


def test_the_engine_knows_the_names_of_the_living_and_of_the_latest_dead() -> None:
    directory = Directory()
    lives = directory.enter("lives", "n1")
    directory.observe(Stamped(0, 0, "n1", ProcessCreated(lives, "lives", "hello", ["hello"], 0)))
    for number in range(3 * DEAD_KNOWN):
        pid = directory.enter(f"J{number}", "n1")
        directory.observe(Stamped(0, 0, "n1", ProcessExited(pid, 0, None, verbatim(""), 0, 0)))
    assert directory.pid_of("lives") == lives
    assert directory.pid_of(f"J{3 * DEAD_KNOWN - 1}") is not None
    assert directory.pid_of("J0") is None
