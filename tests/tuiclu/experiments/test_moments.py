"""The instants at which a fault would hurt a migration."""

from __future__ import annotations

from nodes.wire.events import (
    MessageDelivered,
    MessageSent,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationImage,
    MigrationPages,
    MigrationResumed,
    PageFaulted,
    ProcessExited,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.reasons import reason
from tests.tuiclu.model.folding import MS, Happening, asked, stamped
from tuiclu.experiments.moments import Moment, Moments, points

MOVE: tuple[Happening, ...] = (
    (10, "n1", asked()),
    (20, "n1", MigrationAccepted("n1/1", "n1.1")),
    (30, "n1", MigrationFrozen("n1/1", "n1.1")),
    (30, "n1", MigrationImage("n1/1", "n1.1", 900)),
    (40, "n1", MigrationCommitted("n1/1", "n1.1", "n2")),
    (40, "n1", ResidualLeft("n1/1", "n1.1", "n1", False, [7])),
    (50, "n2", MigrationResumed("n1/1", "n1.1")),
    (50, "n2", MigrationCompleted("n1/1", "n1.1")),
)


def moments(*happenings: Happening) -> list[tuple[int, str]]:
    collected = Moments()
    for one in stamped(*happenings):
        collected.see(one)
    return [(moment.at_ns // MS, moment.phase) for moment in collected.moments]


def test_each_step_of_a_migration_begins_a_phase() -> None:
    assert moments(*MOVE) == [
        (10, "negotiation"),
        (20, "transfer"),
        (30, "frozen"),
        (30, "installation"),
        (40, "commit"),
        (50, "resumed"),
    ]


def test_what_is_left_behind_hurts_until_it_is_gone_and_no_longer() -> None:
    fault = PageFaulted("n1.1", "remote", [7])
    after = (
        (60, "n2", fault),
        (70, "n1", ResidualEnded("n1/1", "n1.1", "n1")),
        (80, "n2", PageFaulted("n1.1", "zero", [9])),
    )
    assert moments(*MOVE, *after)[6:] == [(60, "resumed"), (70, "resumed")]
    assert moments(
        *MOVE, (60, "n2", ProcessExited("n1.1", 0, None, reason("exit", code="0"), 5, 5)), (70, "n2", fault)
    )[6:] == [(60, "resumed")]


def test_messages_between_the_two_machines_are_moments_and_those_of_others_are_not() -> None:
    sent = (
        (11, "n1", MessageSent("n1:1", "n2", "Offer", 99)),
        (12, "n2", MessageDelivered("n1:1", "n1", "Offer")),
        (13, "n1", MessageSent("n1:2", "n3", "LoadTold", 99)),
        (14, "n3", MessageDelivered("n1:2", "n1", "LoadTold")),
    )
    assert moments(MOVE[0], *sent) == [(10, "negotiation"), (11, "negotiation"), (12, "negotiation")]


def test_what_happens_to_nobody_who_moves_is_no_moment() -> None:
    assert moments((5, "n1", PageFaulted("n1.1", "zero", [7]))) == []
    assert moments(MOVE[0], (15, "n1", MigrationPages("n1/9", "n1.9", [1], "round", 9))) == [(10, "negotiation")]


def test_faults_strike_behind_each_moment_and_in_the_middle_of_two() -> None:
    found = points(
        [
            Moment(100, "a", "x"),
            Moment(100, "a", "y"),
            Moment(104, "a", "z"),
            Moment(102, "b", "x"),
            Moment(105, "a", "z"),
        ]
    )
    assert [(one.at_ns, one.migration, one.phase) for one in found] == [
        (101, "a", "y"),
        (102, "a", "y"),
        (105, "a", "z"),
        (106, "a", "z"),
        (103, "b", "x"),
    ]
