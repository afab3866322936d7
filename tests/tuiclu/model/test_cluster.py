"""What became of processes, migrations and nodes, as their events tell it."""

from __future__ import annotations

import pytest

from nodes.wire.events import (
    EvictionCompleted,
    EvictionStarted,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationFrozen,
    MigrationLost,
    MigrationPages,
    MigrationResumed,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    ProcessFrozen,
    ProcessThawed,
    ResidualLeft,
)
from nodes.wire.reasons import verbatim
from tests.tuiclu.model.folding import Happening, asked, folded, records
from tuiclu.model.report import report

# ---------------------------------------------------------------------------------------------------- standing still

FROZEN = ProcessFrozen("n1.1", "ready")
THAWED = ProcessThawed("n1.1")


def test_who_stood_still_before_the_move_began_has_stood_still_since_then() -> None:
    (record,) = records(
        (700, "n1", FROZEN),
        (700, "n1", asked(by="eviction")),
        (2204, "n1", MigrationFrozen("n1/1", "n1.1")),
        (2507, "n1", MigrationCommitted("n1/1", "n1.1", "n2")),
        (2509, "n2", MigrationResumed("n1/1", "n1.1")),
        (2509, "n2", THAWED),
    )
    assert record["freeze_s"] == 1.809


def test_a_process_that_is_moved_at_the_second_attempt_has_stood_still_since_the_first() -> None:
    refused, moved = records(
        (100, "n1", FROZEN),
        (100, "n1", asked("n1/1")),
        (400, "n1", NegotiationRefused("n1/1", "n1.1", "n2", 2, verbatim("no"))),
        (400, "n1", asked("n1/2", to="n3")),
        (410, "n1", MigrationFrozen("n1/2", "n1.1")),
        (600, "n1", MigrationCommitted("n1/2", "n1.1", "n3")),
        (601, "n3", MigrationResumed("n1/2", "n1.1")),
        (601, "n3", THAWED),
    )
    assert (refused["freeze_s"], moved["freeze_s"]) == (None, 0.501)


def test_a_freeze_that_came_to_nothing_was_one_all_the_same() -> None:
    (record,) = records(
        (100, "n1", asked()),
        (110, "n1", FROZEN),
        (110, "n1", MigrationFrozen("n1/1", "n1.1")),
        (310, "n1", MigrationAborted("n1/1", "n1.1", verbatim("no progress"), "installing")),
        (310, "n1", THAWED),
        (900, "n1", NodeCrashed(verbatim("x"))),
    )
    assert record["freeze_s"] == 0.2


def test_a_freeze_that_goes_on_lasts_until_now_and_one_that_death_has_ended_until_then() -> None:
    begun = ((100, "n1", asked()), (110, "n1", FROZEN), (110, "n1", MigrationFrozen("n1/1", "n1.1")))
    (going_on,) = records(*begun, (500, "n2", NodeCrashed(verbatim("x"))))
    (lost,) = records(*begun, (500, "n1", NodeCrashed(verbatim("x"))), (800, "n2", NodeCrashed(verbatim("x"))))
    assert (going_on["freeze_s"], lost["freeze_s"]) == (0.39, 0.39)


def test_whoever_stood_still_and_was_not_moved_is_known_to_have_done_so() -> None:
    process = folded((100, "n1", FROZEN), (350, "n1", THAWED), (400, "n1", FROZEN), (450, "n1", THAWED)).processes[
        "n1.1"
    ]
    assert [one.length_ns(0) for one in process.standstills] == [250_000_000, 50_000_000]


# ------------------------------------------------------------------------------------------------------------- pages


def test_what_is_pushed_before_the_process_goes_on_was_sent_before_it_goes_on() -> None:
    (record,) = records(
        (100, "n1", asked()),
        (110, "n1", MigrationAccepted("n1/1", "n1.1")),
        (120, "n1", MigrationPages("n1/1", "n1.1", [1, 2], "round", 8000)),
        (130, "n1", MigrationCommitted("n1/1", "n1.1", "n2")),
        (130, "n1", MigrationPages("n1/1", "n1.1", [3], "push", 4000)),
        (131, "n2", MigrationResumed("n1/1", "n1.1")),
        (131, "n1", MigrationPages("n1/1", "n1.1", [2, 4], "demand", 8000)),
    )
    assert (record["pages_before_resume"], record["pages_after_resume"]) == (3, 2)
    assert (record["pages_sent"], record["pages_resent"], record["bytes_on_wire"]) == (5, 1, 20000)


def test_who_passes_on_the_mail_of_links_that_were_opened_since_did_not_do_so_when_the_process_went_on() -> None:
    (record,) = records(
        (100, "n1", asked()),
        (130, "n1", MigrationCommitted("n1/1", "n1.1", "n2")),
        (130, "n1", ResidualLeft("n1/1", "n1.1", "n1", False, [7])),
        (131, "n2", MigrationResumed("n1/1", "n1.1")),
        (150, "n2", ResidualLeft("", "n1.1", "n1", False, [], ["n1.1-n3.1"])),
    )
    assert (record["residual_at_resume"], record["residual"]) == (["n1"], ["n1", "n1 (mail)"])


# ---------------------------------------------------------------------------------------------------------- outcomes

ASKED = (100, "n1", asked())
ACCEPTED = (110, "n2", NegotiationMessage("n1/1", "n1.1", 7, "n2", "n1", "n1", verbatim("")))
COMMITTED = (200, "n1", MigrationCommitted("n1/1", "n1.1", "n2"))
RESUMED = (201, "n2", MigrationResumed("n1/1", "n1.1"))
LOST = (400, "n1", MigrationLost("n1/1", "n1.1", verbatim("n2 is dead")))
FROM_AFAR = (100, "n3", asked("n3/1"))


def dies(at: int, node: str) -> Happening:
    return (at, node, NodeCrashed(verbatim("x")))


def said(step: int, migration: str) -> Happening:
    return (105, "n3", NegotiationMessage(migration, "n1.1", step, "n3", "n1", "n2", verbatim("")))


@pytest.mark.parametrize(
    ("happenings", "outcome", "state"),
    [
        # whoever is asked for by an Initiator that dies
        ((FROM_AFAR, said(1, "n3/1"), dies(120, "n3")), "aborted", "ready"),
        ((FROM_AFAR, said(3, "n3/1"), dies(120, "n3")), "unfinished", "ready"),  # the order is on the wire
        # the source dies
        ((FROM_AFAR, said(1, "n3/1"), dies(120, "n1")), "lost", "lost"),
        ((ASKED, ACCEPTED, dies(150, "n1")), "lost", "lost"),
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n1")), "unfinished", "ready"),  # the news are on the wire
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n1"), RESUMED), "completed", "ready"),
        ((ASKED, ACCEPTED, COMMITTED, RESUMED, dies(202, "n1")), "completed", "ready"),
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n1"), dies(201, "n2")), "lost", "lost"),
        ((dies(90, "n1"), FROM_AFAR), "aborted", "lost"),
        # the destination dies
        ((ASKED, ACCEPTED, dies(150, "n2")), "unfinished", "ready"),  # the source will give it up
        ((ASKED, ACCEPTED, dies(199, "n2"), COMMITTED), "unfinished", "lost"),
        ((ASKED, ACCEPTED, dies(199, "n2"), COMMITTED, LOST), "lost", "lost"),
        ((ASKED, ACCEPTED, dies(199, "n2"), COMMITTED, dies(300, "n1")), "lost", "lost"),
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n2")), "unfinished", "lost"),
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n2"), LOST), "lost", "lost"),
        ((ASKED, ACCEPTED, COMMITTED, dies(200, "n2"), dies(300, "n1")), "lost", "lost"),
        # it goes on there, but the source cannot hear of it any more
        ((ASKED, ACCEPTED, COMMITTED, RESUMED, dies(300, "n2"), LOST), "completed", "lost"),
    ],
)
def test_a_migration_has_an_outcome_whoever_dies(happenings: tuple[Happening, ...], outcome: str, state: str) -> None:
    view = folded(*happenings)
    assert [one["outcome"] for one in report(view)["migrations"]] == [outcome]
    assert view.processes["n1.1"].state == state


def test_a_frozen_process_that_is_given_to_a_dead_node_is_lost_with_the_reason_and_stands_still_no_longer() -> None:
    process = folded(ASKED, ACCEPTED, (120, "n1", FROZEN), dies(199, "n2"), COMMITTED).processes["n1.1"]
    assert (process.state, process.node, str(process.reason)) == ("lost", "n2", "n2, which was to own it, had crashed")
    assert [one.length_ns(0) for one in process.standstills] == [80_000_000]


@pytest.mark.parametrize("step", [0, 2, 3, 5, 6])
def test_what_is_refused_is_recorded_in_one_way_wherever(step: int) -> None:
    (record,) = records(ASKED, (120, "n1", NegotiationRefused("n1/1", "n1.1", "n2", step, verbatim("no room"))))
    assert {key: record[key] for key in ("outcome", "refused_at", "refused_by", "reason", "total_s")} == {
        "outcome": "refused",
        "refused_at": step,
        "refused_by": "n2",
        "reason": "no room",
        "total_s": 0.02,
    }


EVICTED = (100, "n3", EvictionStarted("owner", "home", ["n1.1"], "n1"))


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        (dies(200, "n1"), "lost"),
        (dies(200, "n3"), "aborted"),
        (dies(200, "n2"), "unfinished"),
        ((200, "n3", EvictionCompleted("home", ["n1.1"], [], "n1")), "completed"),
    ],
)
def test_an_eviction_has_an_outcome_whoever_dies_and_is_from_the_machine_not_from_where_its_initiator_sits(
    then: Happening, outcome: str
) -> None:
    (record,) = report(folded(EVICTED, then))["evictions"]
    assert (record["node"], record["initiator"], record["outcome"]) == ("n1", "n3", outcome)
