"""Who may come in: each rule, in its order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nodes.initiator.acceptance import Guest, may_come
from nodes.initiator.load import Machine
from nodes.initiator.owner import Owner
from nodes.wire.packets import MachineFigures
from nodes.wire.parameters import InitiatorParameters
from tests.nodes.initiator.world import a_process

S = 10**9
GUEST = Guest(a_process("n1.1", 20), "n1", 3000, "", "user", for_load=False)


def ask(
    guest: Guest = GUEST,
    *,
    settings: InitiatorParameters | None = None,
    promised: int = 0,
    machine: dict[str, Any] | None = None,
    figures: dict[str, Any] | None = None,
) -> tuple[bool, str]:
    given: dict[str, Any] = {
        "machine": "n2",
        "at_ns": 0,
        "ips": 10_000_000,
        "runnable": 0,
        "frames_total": 100,
        "frames_free": 50,
    }
    target = Machine(MachineFigures(**(given | (figures or {}))), **(machine or {}))
    answer = may_come(guest, target, promised, 0, settings or InitiatorParameters(), 10 * S)
    return answer.yes, answer.why.rule


def test_a_users_wish_is_not_a_question_of_load() -> None:
    assert ask(figures={"runnable": 9}) == (True, "user-wishes")


def test_who_is_told_that_the_machine_goes_down_stays_away_even_from_home() -> None:
    leaving = {"leaving_ns": 11 * S}
    assert ask(machine=leaving) == (False, "shutting-down")
    assert ask(replace(GUEST, process=a_process("n2.1")), machine=leaving) == (False, "shutting-down")


def test_home_never_refuses_whoever_sits_there_and_however_loaded_it_is() -> None:
    comes_home = replace(GUEST, process=a_process("n2.7"), initiated_by="eviction")
    figures = {"owner": "active", "runnable": 50}
    assert ask(comes_home, machine={"blocked": True}, figures=figures) == (True, "comes-home")


def test_a_blocked_machine_and_one_whose_owner_works_take_nobody() -> None:
    assert ask(machine={"blocked": True}) == (False, "blocked")
    assert ask(figures={"owner": "active", "input_ns": 9 * S}) == (False, "owner-active")
    assert ask(figures={"owner": "idle"})[0]


def test_a_resource_must_be_there() -> None:
    wants = replace(GUEST, resource="plotter", initiated_by="process")
    assert ask(wants) == (False, "no-resource")
    assert ask(wants, settings=InitiatorParameters(resources={"n2": ("plotter",)})) == (True, "has-resource")


def test_guests_may_have_only_their_share_of_the_memory() -> None:
    quota = InitiatorParameters(guest_frames_percent=30)
    others = {"processes": (a_process("n3.1", 15), a_process("n2.1", 60))}
    assert ask(settings=quota, figures=others) == (False, "over-quota")
    assert ask(settings=quota)[0]


@pytest.mark.parametrize(("percent", "yes"), [(35, True), (34, False), (100, True)])
def test_guests_may_have_exactly_their_share(percent: int, yes: bool) -> None:
    others = {"processes": (a_process("n3.1", 15), a_process("n2.1", 60))}
    assert ask(settings=InitiatorParameters(guest_frames_percent=percent), figures=others)[0] == yes


@pytest.mark.parametrize(("source_load", "yes"), [(2500, True), (2499, False)])
def test_a_policy_that_gains_exactly_enough_is_let_in(source_load: int, yes: bool) -> None:
    guest = replace(GUEST, initiated_by="os", for_load=True, source_load=source_load)
    assert ask(guest, figures={"runnable": 1})[0] == yes


@pytest.mark.parametrize(("left_ago_ns", "yes"), [(S, True), (S - 1, False)])
def test_after_exactly_the_time_of_a_bounce_one_may_come_back(left_ago_ns: int, yes: bool) -> None:
    process = a_process("n1.1", trail=(("n2", 0), ("n2", 10 * S - left_ago_ns)))
    assert ask(replace(GUEST, process=process, initiated_by="os"))[0] == yes


@pytest.mark.parametrize(("runnable", "yes"), [(0, True), (1, False)])
def test_under_an_adaptive_policy_the_queue_must_be_below_the_threshold(runnable: int, yes: bool) -> None:
    guest = replace(GUEST, initiated_by="os", for_load=True)
    settings = InitiatorParameters(load_sharing="sender-initiated", threshold=1)
    assert ask(guest, settings=settings, figures={"runnable": runnable})[0] == yes
    assert not ask(guest, settings=settings, promised=1000)[0]


@pytest.mark.parametrize(("load", "yes"), [(1499, True), (1500, False)])
def test_who_has_to_leave_elsewhere_is_taken_in_up_to_the_threshold(load: int, yes: bool) -> None:
    assert ask(replace(GUEST, initiated_by="eviction"), machine={"load": load})[0] == yes


@pytest.mark.parametrize(("runnable", "promised", "yes"), [(0, 0, True), (1, 0, True), (2, 0, False), (1, 1000, False)])
def test_a_policy_must_gain_by_it_and_who_is_promised_counts(runnable: int, promised: int, yes: bool) -> None:
    guest = replace(GUEST, initiated_by="os", for_load=True)
    rule = "light-enough" if yes else "too-loaded"
    assert ask(guest, figures={"runnable": runnable}, promised=promised) == (yes, rule)


def test_who_left_a_moment_ago_may_not_bounce_back_unless_that_is_allowed() -> None:
    bouncing = replace(GUEST, process=a_process("n1.1", trail=(("n2", 95 * S // 10),)), initiated_by="os")
    assert ask(bouncing) == (False, "bounces")
    assert ask(bouncing, settings=InitiatorParameters(bounces="allowed"))[0]
    assert ask(bouncing, settings=InitiatorParameters(bounce_ns=S // 4))[0]
    assert ask(replace(bouncing, initiated_by="user"))[0]


def test_a_policy_sends_nobody_to_where_memory_is_short() -> None:
    guest = replace(GUEST, initiated_by="os", for_load=True)
    assert ask(guest, figures={"pressure": 20}) == (False, "pages")
    assert ask(guest, figures={"pressure": 19})[0]
    assert ask(replace(guest, initiated_by="user"), figures={"pressure": 99})[0]


def test_who_has_to_leave_elsewhere_is_taken_in_where_the_load_is_not_high() -> None:
    refugee = replace(GUEST, initiated_by="shutdown")
    assert ask(refugee, figures={"runnable": 1}) == (True, "room-for-guest")
    assert ask(refugee, figures={"runnable": 2}) == (False, "over-limit")


def test_an_owner_is_back_at_the_first_key_and_away_after_a_while_without_one() -> None:
    owner = Owner("idle", 30 * S)
    assert owner.idle_at_ns() is None
    assert [owner.touch(5 * S), owner.touch(7 * S)] == [True, False]
    assert (owner.state, owner.idle_at_ns()) == ("active", 37 * S)
    assert [owner.leave(), owner.leave()] == [True, False]
    assert (owner.state, owner.idle_at_ns()) == ("idle", None)


def test_nobody_leaves_a_machine_that_nobody_owns() -> None:
    nobody = Owner("none", 30 * S)
    assert (nobody.leave(), nobody.state) == (False, "none")
