"""The Initiator of the source: wishes, the answers to its question, silence, and what it remembers of a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.wire.events import BeliefRevised, CommandRefused, MigrationAborted, NegotiationRefused
from nodes.wire.packets import (
    CallOff,
    LoadEntry,
    MigrateOut,
    MoveEnded,
    NeverMind,
    NoThankYou,
    WillYouTake,
    WishCancelled,
    WishDenied,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.desks import BOTH, SENDS, Desk, Manor, a_wish, asked, three
from tests.nodes.initiator.world import a_process


def refusals(desk: Desk) -> list[tuple[str, int, str]]:
    return [(one.by, one.step, one.reason.rule) for one in desk.events if isinstance(one, NegotiationRefused)]


def no(desk: Desk, migration: str, sender: str) -> list[Any]:
    entry = LoadEntry(sender, desk.now, 0, 10_000_000, 9, busy=False, takes_guests=False, input_ns=0)
    return desk.tell(NoThankYou(migration, reason("blocked", machine=sender), entry), sender)


def test_a_resource_is_looked_for_at_the_least_loaded_machine_that_has_it() -> None:
    desk = Desk(InitiatorParameters(resources=dict.fromkeys(("n2", "n3", "n4"), ("gpu",))), three())
    for name, load in (("n2", 2000), ("n3", 900), ("n4", 900)):
        desk.hear(name, load)

    assert asked(desk.tell(a_wish("n1.1", "", resource="gpu"))) == [("n1.1", "n3", "user")]


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        (a_wish("n1.1", "", resource="gpu"), "nobody-has"),
        (a_wish("n1.1", "n9"), "no-node"),
        (a_wish("n1.1", "n1"), "here-already"),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked_and_the_kernel_is_told(wish: Any, rule: str) -> None:
    desk = Desk(InitiatorParameters(), three())

    assert [type(one) for one in desk.tell(wish)] == [WishDenied]
    assert refusals(desk) == [("n1", 0, rule)]


def test_a_process_that_is_asked_for_already_is_not_asked_for_twice() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))

    assert [type(one) for one in desk.tell(a_wish("n1.1", "n3"))] == [WishDenied]
    assert refusals(desk) == [("n1", 0, "moves-already")]


def test_a_yes_may_name_another_machine_and_that_one_is_meant_from_then_on() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.hear("n4", 100)
    desk.tell(a_wish("n1.1", "n2"))
    desk.events.clear()

    (order,) = desk.tell(YesMigrateTo("n1/1", "n4"), "n2")

    assert isinstance(order, MigrateOut)
    assert (order.to, desk.mind.desk.asking["n1/1"].to) == ("n4", "n4")
    revised = [one for one in desk.events if isinstance(one, BeliefRevised)]
    assert revised == [BeliefRevised("n4", 1100, "expected")]


def test_a_yes_that_comes_too_late_is_given_back() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    desk.tell(YesMigrateTo("n1/1", "n2"), "n2")

    assert desk.tell(YesMigrateTo("n1/1", "n2"), "n2") == [NeverMind("n1/1")]
    assert desk.tell(YesMigrateTo("n1/7", "n3"), "n3") == [NeverMind("n1/7")]


def test_silence_ends_the_wait_at_its_deadline_and_both_sides_are_told() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    deadline_ns = desk.now + desk.settings.answer_timeout_ns
    assert desk.mind.next_ns() == deadline_ns

    assert desk._take(desk.mind.expire(deadline_ns - 1)) == []
    said = desk._take(desk.mind.expire(deadline_ns))

    why = reason("no-answer", by="n2", waited_s="2")
    assert [type(one) for one in said] == [NeverMind, WishDenied]
    assert refusals(desk) == [("n1", 2, why.rule)]
    assert desk.mind.desk.asking == {}


def test_who_waits_at_the_kernel_is_told_of_a_refusal_and_of_a_policys_own_there_is_nobody_to_tell() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    assert no(desk, "n1/1", "n2") == [WishDenied("n1.1", reason("blocked", machine="n2"))]

    sends = Desk(SENDS, three())
    sends.hear("n3", 0)
    (question,) = [one for one in sends.tick() if isinstance(one, WillYouTake)]
    assert no(sends, question.migration, "n3") == []


def test_a_wish_that_is_cancelled_while_it_is_asked_for_is_taken_back_on_both_sides() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))

    said = desk.tell(WishCancelled("n1.1"))

    assert said == [NeverMind("n1/1"), WishDenied("n1.1", reason("cancelled"))]
    (aborted,) = [one for one in desk.events if isinstance(one, MigrationAborted)]
    assert (aborted.migration, aborted.stage) == ("n1/1", "asked")
    assert desk.mind.desk.asking == {}


def test_a_wish_that_is_cancelled_after_the_order_is_for_the_kernel_to_end() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    desk.tell(YesMigrateTo("n1/1", "n2"), "n2")

    assert desk.tell(WishCancelled("n1.1")) == [CallOff("n1/1", "n1.1")]
    assert list(desk.mind.desk.asking) == ["n1/1"]
    assert desk.tell(WishCancelled("n1.2")) == []
    (refused,) = [one for one in desk.events if isinstance(one, CommandRefused)]
    assert refused.command == {"verb": "cancel", "process": "n1.2"}


def test_a_policy_leaves_alone_for_the_residence_time_whom_it_could_not_move_and_a_user_need_not() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n3", 0)
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    no(desk, question.migration, "n3")
    until_ns = desk.now + desk.settings.residence_ns
    assert desk.mind.desk.cooling == {"n1.1": until_ns}
    desk.tell(a_wish("n1.2", "n3"))
    no(desk, "n1/2", "n3")
    assert desk.mind.desk.cooling == {"n1.1": until_ns}

    while desk.now + desk.settings.interval_ns < until_ns:
        desk.tick()
    assert "n1.1" in desk.mind.desk.cooling
    desk.tick()
    assert desk.mind.desk.cooling == {}


@pytest.mark.parametrize(
    ("outcome", "cools"), [("refused", True), ("aborted", True), ("completed", False), ("lost", False)]
)
def test_whom_a_policy_has_moved_or_lost_it_need_not_leave_alone(outcome: str, cools: bool) -> None:
    desk = Desk(SENDS, three())
    desk.hear("n3", 0)
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    desk.tell(YesMigrateTo(question.migration, "n3"), "n3")

    desk.tell(MoveEnded(question.migration, "n1", outcome))

    assert ("n1.1" in desk.mind.desk.cooling) == cools
    assert desk.mind.desk.asking == {}


def test_the_end_of_a_move_is_what_its_source_says_and_nobody_else() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH))
    manor.show("n1", three())
    manor.show("n2", [])
    (question,) = manor.tell(a_wish("n1.1", "n2"))
    (answer,) = manor.tell(question)
    manor.tell(answer)

    manor.tell(MoveEnded("n1/1", "n2", "arrived"), "n2")
    assert list(manor.mind.desk.asking) == ["n1/1"]
    manor.tell(MoveEnded("n1/1", "n1", "completed"))
    assert manor.mind.desk.asking == {}


def test_who_was_asked_and_dies_is_waited_for_no_longer_and_who_was_ordered_is_the_kernels_affair() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    desk.tell(a_wish("n1.2", "n2"))
    desk.tell(YesMigrateTo("n1/2", "n2"), "n2")
    desk.tell(a_wish("n1.3", "n3"))

    said = desk._take(desk.mind.broken("n2", desk.now))

    assert [(type(one), one.pid) for one in said] == [(WishDenied, "n1.1")]
    assert refusals(desk) == [("n1", 2, "connection-broken")]
    assert list(desk.mind.desk.asking) == ["n1/2", "n1/3"]


def test_what_is_leaving_counts_no_more_for_the_question_whether_to_give_but_only_once_it_is_ordered() -> None:
    desk = Desk(SENDS, three())
    desk.tick()
    mind = desk.mind.desk
    assert mind.load_to_give(desk.mind.machines["n1"]) == 3000
    desk.tell(a_wish("n1.1", "n2"))
    assert mind.load_to_give(desk.mind.machines["n1"]) == 3000
    desk.tell(YesMigrateTo("n1/1", "n2"), "n2")
    assert mind.load_to_give(desk.mind.machines["n1"]) == 2000


def test_what_is_leaving_never_makes_a_load_less_than_nothing() -> None:
    desk = Desk(InitiatorParameters(), three())  # nothing is measured yet
    desk.tell(a_wish("n1.1", "n2"))
    (order,) = desk.tell(YesMigrateTo("n1/1", "n2"), "n2")
    assert (order.load, desk.mind.desk.load_to_give(desk.mind.machines["n1"])) == (0, 0)


def test_others_are_told_of_those_that_were_promised_to_come() -> None:
    desk = Desk(SENDS, three()[:1])
    desk.tick()
    assert [one.load for one in desk.mind.desk.own_entries()] == [1000]
    question = WillYouTake("n2/1", a_process("n2.1"), "n2", 9000, "n1", "", "user", for_load=False)
    desk.tell(question, "n2")
    assert [one.load for one in desk.mind.desk.own_entries()] == [2000]


def test_a_decision_of_one_kind_is_told_again_only_when_it_is_another() -> None:
    desk = Desk(SENDS, three()[:1])
    desk.tick()
    desk.tick()
    desk.processes = three()
    desk.tick()
    desk.tick()
    desk.processes = three()[:1]
    desk.tick()

    rules = [rule for _, rule in desk.decisions("share")]
    assert rules == ["below-threshold", "nobody-known", "below-threshold"]
