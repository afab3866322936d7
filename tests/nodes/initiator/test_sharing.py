"""Load sharing at its boundaries: exactly at a threshold, exactly at a limit, and what is remembered of those that were asked."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.initiator.load import Machine
from nodes.wire.events import LoadReported
from nodes.wire.packets import (
    FiguresTold,
    JobSubmitted,
    LoadTold,
    MachineFigures,
    MoveEnded,
    NothingToGive,
    StartHere,
    WillYouTake,
    WorkWanted,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.desks import SENDS, Desk, a_question, asked, three
from tests.nodes.initiator.world import a_process

RECEIVES = InitiatorParameters(load_sharing="periodic-receiver", dissemination="periodic", damping_percent=100)


def settings(load_sharing: str, **others: object) -> InitiatorParameters:
    return InitiatorParameters(load_sharing=load_sharing, dissemination="periodic", damping_percent=100, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(("high", "gives"), [(3000, True), (3001, False)])
def test_a_machine_gives_from_the_threshold_on(high: int, gives: bool) -> None:
    desk = Desk(settings("periodic-sender", high=high), three())
    desk.hear("n2", 0)
    assert bool(asked(desk.tick())) == gives


@pytest.mark.parametrize(("low", "wants"), [(1000, False), (1001, True)])
def test_a_machine_asks_for_work_below_the_threshold(low: int, wants: bool) -> None:
    desk = Desk(settings("periodic-receiver", low=low), three()[:1])
    desk.hear("n2", 4000)
    assert bool([one for one in desk.tick() if isinstance(one, WorkWanted)]) == wants


def test_one_whose_work_has_come_or_who_has_waited_long_enough_asks_again() -> None:
    desk = Desk(RECEIVES)

    def asks() -> bool:
        desk.hear("n2", 4000)
        return bool([one for one in desk.tick() if isinstance(one, WorkWanted)])

    assert (asks(), asks()) == (True, False)
    desk.tell(MoveEnded("n2/1", "n1", "arrived"))
    assert (asks(), asks()) == (True, False)
    desk.now += desk.settings.answer_timeout_ns
    assert asks()


def test_whom_a_machine_has_promised_to_take_counts_when_it_looks_whether_it_has_too_little_to_do() -> None:
    desk = Desk(RECEIVES)
    desk.tell(a_question("n2.1", "n2"), "n2")
    desk.hear("n3", 4000)
    assert not [one for one in desk.tick() if isinstance(one, WorkWanted)]


def talker(limit: int, heard: int, here: int = 0, **process: Any) -> Desk:
    talks = {"n2": heard} | ({"n1": here} if here else {})
    return Desk(InitiatorParameters(communication_bytes=limit), [a_process("n1.1", talks=talks, **process)])


def goes(desk: Desk) -> bool:
    desk.tell(FiguresTold(desk.figures(), "boot"))
    return bool(asked(desk.tick()))


@pytest.mark.parametrize(
    ("heard", "here", "moves"), [(1000, 0, True), (999, 0, False), (1500, 500, True), (1499, 500, False)]
)
def test_a_process_goes_to_whom_it_talks_to_from_the_limit_on(heard: int, here: int, moves: bool) -> None:
    assert goes(talker(1000, heard, here)) == moves


def test_nobody_goes_to_where_somebody_is_just_coming_from() -> None:
    desk = talker(1000, 5000)
    desk.tell(a_question("n2.1", "n2"), "n2")
    assert not goes(desk)


def test_who_was_told_to_stay_or_has_just_come_goes_to_nobody() -> None:
    assert not goes(talker(1000, 5000, stays=True))
    assert not goes(talker(1000, 5000, here_ns=10))


# ------------------------------------------------------------------------------------------------------------- adaptive


@pytest.mark.parametrize(("jobs", "probes"), [(2, True), (1, False)])
def test_a_job_that_finds_as_many_as_the_threshold_looks_for_another_place(jobs: int, probes: bool) -> None:
    desk = Desk(InitiatorParameters(load_sharing="sender-initiated", threshold=2), three()[:jobs])
    job = a_process("n1.9", state="new", here_ns=0)
    desk.processes.append(job)

    said = desk.tell(JobSubmitted(job, "n1"))

    assert [type(one) for one in said] == [WillYouTake if probes else StartHere]


@pytest.mark.parametrize(("jobs", "gives"), [(2, True), (1, False)])
def test_who_is_asked_for_work_gives_only_what_it_has_beyond_the_threshold(jobs: int, gives: bool) -> None:
    desk = Desk(InitiatorParameters(load_sharing="receiver-initiated", threshold=1), three()[:jobs])

    said = desk.tell(WorkWanted("n1", "n2", 0), "n2")

    assert [type(one) for one in said] == [WillYouTake if gives else NothingToGive]
    assert [one.for_load for one in said if isinstance(one, WillYouTake)] == [True] * gives


def test_a_machine_that_has_got_work_looks_no_further_and_one_that_is_refused_does() -> None:
    desk = Desk(InitiatorParameters(load_sharing="receiver-initiated", probes=3))
    (first,) = desk.tell(FiguresTold(desk.figures(), "ended"))
    (second,) = desk.tell(NothingToGive(first.machine, "n1", reason("cancelled")), first.machine)
    assert first.machine != second.machine
    assert desk.tell(NothingToGive(first.machine, "n1", reason("cancelled")), first.machine) == [], "not asked now"
    desk.tell(MoveEnded(f"{second.machine}/1", "n1", "arrived"))
    assert desk.tell(NothingToGive(second.machine, "n1", reason("cancelled")), second.machine) == []


# --------------------------------------------------------------------------------------------------------- dissemination


def test_a_load_is_reported_when_it_has_changed_and_not_otherwise() -> None:
    desk = Desk(SENDS, three())
    for processes in (three(), three(), three()[:1], three()[:1]):
        desk.processes = processes
        desk.tick()
    assert [one.load for one in desk.events if isinstance(one, LoadReported)] == [3000, 1000]


def test_gossip_is_never_longer_than_its_window() -> None:
    desk = Desk(InitiatorParameters(dissemination="gossip", gossip_fanout=1, gossip_window=2), three())
    for name in ("n2", "n3", "n4"):
        desk.now += 1
        desk.hear(name, 700)
    (told,) = [one for one in desk.tick() if isinstance(one, LoadTold)]
    assert [entry.machine for entry in told.entries] == ["n1", "n4"]


def test_work_elsewhere_keeps_awake_for_four_intervals_and_not_longer() -> None:
    desk = Desk(SENDS)
    desk.hear("n2", 1000)
    ticks = 0
    while desk.mind.next_ns() is not None:
        desk.tick()
        ticks += 1
    assert ticks == 5


def test_a_machine_told_of_twice_is_known_by_what_it_said_last() -> None:
    machine = Machine(MachineFigures("n1", 0, 10_000_000, 2, 100, 50))
    machine.measure(100)
    assert (machine.entry().load, machine.entry(2).load) == (2000, 4000)
