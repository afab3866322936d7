"""What became of processes, migrations and nodes, as their events tell it."""

from __future__ import annotations

from nodes.wire.events import (
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationFrozen,
    MigrationPages,
    MigrationResumed,
    NegotiationRefused,
    NodeCrashed,
    ProcessFrozen,
    ProcessThawed,
)
from tests.tuiclu.model.folding import asked, folded, records

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
        (400, "n1", NegotiationRefused("n1/1", "n1.1", "n2", 2, "no")),
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
        (310, "n1", MigrationAborted("n1/1", "n1.1", "no progress", "installing")),
        (310, "n1", THAWED),
        (900, "n1", NodeCrashed("x")),
    )
    assert record["freeze_s"] == 0.2


def test_a_freeze_that_goes_on_lasts_until_now_and_one_that_death_has_ended_until_then() -> None:
    begun = ((100, "n1", asked()), (110, "n1", FROZEN), (110, "n1", MigrationFrozen("n1/1", "n1.1")))
    (going_on,) = records(*begun, (500, "n2", NodeCrashed("x")))
    (lost,) = records(*begun, (500, "n1", NodeCrashed("x")), (800, "n2", NodeCrashed("x")))
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
