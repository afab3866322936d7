"""Long-term scheduling: jobs that wait to be admitted, in their order, and what becomes of them."""

from __future__ import annotations

import pytest

from nodes.wire.packets import (
    JobSubmitted,
    LoadEntry,
    NoThankYou,
    ProcessFigures,
    StartHere,
    WillYouTake,
    WishDenied,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.desks import BOTH, Desk, Manor, asked, three
from tests.nodes.initiator.world import a_process


def a_job(number: int, machine: str = "n1") -> ProcessFigures:
    return a_process(f"{machine}.{number}", state="new", here_ns=0)


def submit(desk: Desk, *numbers: int) -> list[object]:
    said = []
    for number in numbers:
        desk.processes.append(a_job(number))
        said += desk.tell(JobSubmitted(a_job(number), "n1"))
    return said


@pytest.mark.parametrize(("limit", "starts"), [(0, True), (3, False), (4, True)])
def test_a_machine_is_full_when_it_has_as_many_jobs_as_it_may(limit: int, starts: bool) -> None:
    desk = Desk(InitiatorParameters(admission=limit), three())
    assert bool(submit(desk, 4)) == starts


def test_those_that_are_admitted_at_once_count_for_each_other() -> None:
    desk = Desk(InitiatorParameters(admission=2), three()[:2])
    assert submit(desk, 4, 5, 6) == []
    desk.processes = desk.processes[1:]

    assert desk.tick() == [StartHere("n1.4", desk.settings.interval_ns)]


def test_a_job_that_was_killed_before_it_began_does_not_stand_in_the_way() -> None:
    desk = Desk(InitiatorParameters(admission=1), three()[:1])
    submit(desk, 4, 5)
    desk.processes = [one for one in desk.processes if one.pid not in ("n1.1", "n1.4")]

    assert [one.pid for one in desk.tick()] == ["n1.5"]
    assert desk.mind.placement.jobs == {}


def test_of_a_process_that_has_ended_nothing_is_kept() -> None:
    desk = Desk(InitiatorParameters(admission=1), three()[:1])
    submit(desk, 4, 5)
    desk.mind.desk.cooling["n1.4"] = desk.now
    desk.mind.process_ended("n1.4")

    assert (list(desk.mind.placement.jobs), desk.mind.desk.cooling) == (["n1.5"], {})


def test_jobs_that_waited_on_a_machine_that_dies_are_gone_with_it_and_the_others_wait_on() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH, admission=1))
    for name in BOTH:
        manor.show(name, [a_process(f"{name}.1"), a_job(2, name)])
        manor.tell(JobSubmitted(a_job(2, name), name), name)

    manor.bury("n2")

    assert list(manor.mind.placement.jobs) == ["n1.2"]


def test_what_a_machine_was_told_and_has_said_is_forgotten_when_it_dies() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH))
    manor.show("n2", [a_process("n2.1")])
    manor.mind.machines["n2"].blocked = manor.mind.machines["n2"].stays = True

    manor.bury("n2")

    machine = manor.mind.machines["n2"]
    assert (machine.blocked, machine.stays, machine.figures.processes) == (False, False, ())
    assert machine.figures.ips == 10_000_000


def test_who_refuses_a_job_leaves_it_to_start_where_it_came() -> None:
    settings = InitiatorParameters(placement="least-loaded", dissemination="periodic", damping_percent=100)
    desk = Desk(settings, three())
    desk.hear("n2", 0)
    (question,) = submit(desk, 4)
    assert isinstance(question, WillYouTake)
    assert (question.for_load, question.source_load) == (True, 4000)
    entry = LoadEntry("n2", desk.now, 9000, 10_000_000, 9, busy=True, takes_guests=True, input_ns=0)

    why = reason("blocked", machine="n2")
    assert desk.tell(NoThankYou(question.migration, why, entry), "n2") == [WishDenied("n1.4", why)]


def test_other_settings_let_jobs_that_wait_be_looked_at_again_at_once() -> None:
    desk = Desk(InitiatorParameters(admission=1), three()[:1])
    submit(desk, 4)

    said = desk._take(desk.mind.change(InitiatorParameters(admission=2), "precopy", None, desk.now + 5))

    assert said == [StartHere("n1.4", 5)]
    assert asked(desk.tell(JobSubmitted(a_job(7), "n1"))) == []
