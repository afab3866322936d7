"""Evictions that meet: who is booked for what, who has left, and who may compete again."""

from __future__ import annotations

from nodes.wire.events import EvictionCompleted, EvictionStarted
from nodes.wire.packets import (
    ComeHome,
    FiguresTold,
    GuestsToBackground,
    LoadEntry,
    MachineTold,
    MoveEnded,
    NoThankYou,
    WillYouTake,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.desks import EVERYONE, Desk, a_question, a_wish, asked
from tests.nodes.initiator.world import a_process


def owned(eviction: str, *pids: str, alone: bool = False) -> Desk:
    """Return a machine whose owner has come back to some guests; `alone`: all others are dead."""
    desk = Desk(InitiatorParameters(eviction=eviction), [a_process(pid) for pid in pids], "idle")  # type: ignore[arg-type]
    for name in EVERYONE[1:] if alone else ():
        desk._take(desk.mind.broken(name, desk.now))
    desk.owner = "active"
    desk.tell(FiguresTold(desk.figures(), "owner"))
    return desk


def leave(desk: Desk) -> list[object]:
    """Let the owner leave."""
    desk.owner = "idle"
    return desk.tell(FiguresTold(desk.figures(), "owner"))


def refuse(desk: Desk, pid: str) -> None:
    """Let everybody refuse a process, until nobody is asked any more."""
    while questions := [one for one in desk.mind.desk.asking.values() if one.process.pid == pid]:
        to = questions[0].to
        entry = LoadEntry(to, desk.now, 0, 10_000_000, 9, busy=False, takes_guests=False, input_ns=0)
        desk.tell(NoThankYou(questions[0].migration, reason("blocked", machine=to), entry), to)


def started(desk: Desk) -> list[list[str]]:
    return [one.processes for one in desk.events if isinstance(one, EvictionStarted)]


def completed(desk: Desk) -> list[tuple[list[str], list[str]]]:
    return [(one.left, one.remain) for one in desk.events if isinstance(one, EvictionCompleted)]


def test_whom_another_cause_keeps_in_the_background_stays_there_when_one_is_over() -> None:
    desk = owned("home", "n2.1", alone=True)
    desk.tell(MachineTold("n1", "expel"))

    assert leave(desk) == []
    assert desk.tell(MachineTold("n1", "unblock")) == [GuestsToBackground(("n2.1",), background=False)]


def test_who_was_left_here_for_a_cause_is_not_booked_for_it_again_when_another_guest_comes() -> None:
    desk = owned("low-priority", "n2.1")
    desk.processes.append(a_process("n4.1", here_ns=0))

    said = desk.tell(MoveEnded("n4/1", "n1", "arrived"))

    assert said == [GuestsToBackground(("n4.1",), background=True)]
    assert started(desk) == [["n2.1"], ["n4.1"]]


def test_who_was_left_here_and_then_moved_by_a_user_has_not_left_because_of_the_eviction() -> None:
    desk = owned("home", "n2.1", "n3.1")
    refuse(desk, "n2.1")
    desk.tell(a_wish("n2.1", "n2"))
    (wish,) = [name for name, one in desk.mind.desk.asking.items() if one.process.pid == "n2.1"]
    desk.tell(YesMigrateTo(wish, "n2"), "n2")
    desk.processes.pop(0)
    desk.tell(MoveEnded(wish, "n1", "completed"))
    assert completed(desk) == []

    refuse(desk, "n3.1")

    assert completed(desk) == [([], ["n2.1", "n3.1"])]


def test_an_eviction_ends_when_the_last_guest_is_where_it_goes_and_is_told_once() -> None:
    desk = owned("home", "n2.1", "n3.1")
    for number, pid in ((1, "n2.1"), (2, "n3.1")):
        assert completed(desk) == []
        desk.tell(YesMigrateTo(f"n1/{number}", pid[:2]), pid[:2])
        desk.processes.pop(0)
        desk.tell(MoveEnded(f"n1/{number}", "n1", "completed"))
    leave(desk)

    assert completed(desk) == [(["n2.1", "n3.1"], [])]


def test_guests_that_look_for_a_place_at_once_do_not_all_ask_the_same() -> None:
    desk = Desk(InitiatorParameters(eviction="renegotiate"), [a_process("n9.1"), a_process("n9.2")], "idle")
    for name, load in (("n2", 0), ("n3", 500), ("n4", 2500)):
        desk.hear(name, load)
    desk.owner = "active"

    said = desk.tell(FiguresTold(desk.figures(), "owner"))

    assert asked(said) == [("n9.1", "n2", "eviction"), ("n9.2", "n3", "eviction")]


def test_under_renegotiate_home_comes_last_and_under_home_first() -> None:
    for policy, first, last in (("renegotiate", "n3", "n2"), ("home", "n2", "n4")):
        desk = owned(policy, "n2.1")
        refuse(desk, "n2.1")
        tried = [what.to for _, what in desk.said if isinstance(what, WillYouTake)]
        assert (tried[0], tried[-1], len(tried)) == (first, last, 3)


def test_who_is_put_into_the_background_when_its_owner_has_left_meanwhile_competes_as_all_others() -> None:
    desk = owned("home", "n2.1")
    leave(desk)
    desk.said.clear()

    refuse(desk, "n2.1")

    assert [what for _, what in desk.said if isinstance(what, GuestsToBackground)] == [
        GuestsToBackground(("n2.1",), background=False)
    ]


def test_a_machine_that_goes_down_puts_nobody_into_the_background() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n1.1"), a_process("n2.1")])
    for name in EVERYONE[1:]:
        desk._take(desk.mind.broken(name, desk.now))

    assert desk.tell(MachineTold("n1", "shutdown", desk.now + 1)) == []
    assert completed(desk) == [([], ["n1.1", "n2.1"])]


def test_of_those_that_have_run_equally_long_the_first_leaves_a_machine_that_goes_down_first() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n2.2"), a_process("n1.1"), a_process("n2.1", cpu_ns=10**9)])
    desk.tell(MachineTold("n1", "shutdown", desk.now + 1))
    assert started(desk) == [["n2.1", "n1.1", "n2.2"]]


# ------------------------------------------------------------------------------------------------------------ come home


def test_who_was_promised_to_come_when_its_home_calls_goes_on_home_as_soon_as_it_is_here() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n3.1", "n2"), "n2")
    assert desk.tell(ComeHome("n3"), "n3") == []
    desk.processes.append(a_process("n3.1", here_ns=0))

    assert asked(desk.tell(MoveEnded("n2/1", "n1", "arrived"))) == [("n3.1", "n3", "user")]


def test_who_was_on_the_way_when_its_home_called_and_stays_after_all_is_sent_home() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n3.1")])
    desk.tell(a_wish("n3.1", "n2"))
    desk.tell(ComeHome("n3"), "n3")
    entry = LoadEntry("n2", desk.now, 0, 10_000_000, 9, busy=False, takes_guests=False, input_ns=0)

    said = desk.tell(NoThankYou("n1/1", reason("blocked", machine="n2"), entry), "n2")

    assert asked(said) == [("n3.1", "n3", "user")]


def test_who_comes_home_by_itself_is_not_called_and_neither_is_anybody_elses() -> None:
    desk = Desk(InitiatorParameters(), [a_process("n1.1"), a_process("n3.1")])
    assert desk.tell(ComeHome("n1")) == []
    desk.tell(a_wish("n3.1", "n3"))
    desk.tell(YesMigrateTo("n1/1", "n3"), "n3")
    desk.tell(ComeHome("n3"), "n3")
    desk.processes.pop()
    assert desk.tell(MoveEnded("n1/1", "n1", "completed")) == []
