"""An Initiator whose settings change while it works: from then on it decides by the new ones, and finishes what it has begun."""

from __future__ import annotations

from typing import Any

import msgspec

from nodes.wire.events import DecisionTaken
from nodes.wire.packets import JobSubmitted, MigrateOut, StartHere, WillYouTake, YesMigrateTo
from nodes.wire.parameters import InitiatorParameters
from tests.nodes.initiator.desks import MS, SENDS, Desk, asked, three
from tests.nodes.initiator.world import a_process

NOTHING = InitiatorParameters()
LIMITED = InitiatorParameters(admission=1)


def change(desk: Desk, strategy: str = "eager-all", policy: Any = None, **settings: Any) -> list[Any]:
    """Change settings; return what is said to that."""
    desk.settings = msgspec.structs.replace(desk.settings, **settings)
    desk.look()
    return desk._take(desk.mind.change(desk.settings, strategy, policy, desk.now))


def test_load_sharing_that_is_switched_on_begins_with_the_next_interval() -> None:
    desk = Desk(NOTHING, three())
    assert desk.mind.next_ns() is None
    assert change(desk, load_sharing="periodic-sender", dissemination="periodic", damping_percent=100) == []
    desk.hear("n2", 0)
    assert asked(desk.tick()) == [("n1.1", "n2", "os")]


def test_load_sharing_that_is_switched_off_asks_nobody_any_more_and_wakes_up_for_nothing() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n2", 0)
    change(desk, load_sharing="none", dissemination="none")
    assert desk.mind.next_ns() is None
    assert desk.decisions("share") == []


def test_what_was_asked_before_goes_on_by_the_strategy_with_which_it_began() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n2", 0)
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    change(desk, "precopy", load_sharing="none")
    orders = [one for one in desk.tell(YesMigrateTo(question.migration, "n2"), "n2") if isinstance(one, MigrateOut)]
    assert [(one.pid, one.strategy) for one in orders] == [("n1.1", "eager-all")]


def test_what_is_asked_afterwards_moves_by_the_new_strategy() -> None:
    desk = Desk(SENDS, three())
    desk.hear("n2", 0)
    change(desk, "precopy")
    (question,) = [one for one in desk.tick() if isinstance(one, WillYouTake)]
    orders = [one for one in desk.tell(YesMigrateTo(question.migration, "n2"), "n2") if isinstance(one, MigrateOut)]
    assert [one.strategy for one in orders] == ["precopy"]


def test_a_change_that_has_to_do_with_something_else_delays_no_interval() -> None:
    desk = Desk(SENDS, three())
    due_ns = desk.mind.next_ns()
    assert due_ns is not None
    desk.now = due_ns
    change(desk, high=2500)
    assert desk.mind.next_ns() == due_ns
    change(desk, interval_ns=10 * MS)
    assert desk.mind.next_ns() == due_ns + 10 * MS


def test_jobs_that_wait_start_when_there_is_room_for_more() -> None:
    desk = Desk(LIMITED, [a_process("n1.1")])
    desk.processes += [a_process(f"n1.{number}", state="new") for number in (2, 3, 4)]
    for process in desk.processes[1:]:
        assert desk.tell(JobSubmitted(process, "n1")) == []
    assert [one.pid for one in change(desk, admission=2) if isinstance(one, StartHere)] == ["n1.2"]
    desk.processes[1] = a_process("n1.2")
    assert [one.pid for one in change(desk, admission=0) if isinstance(one, StartHere)] == ["n1.3", "n1.4"]


def test_a_class_of_the_users_own_can_take_over() -> None:
    class Shy:
        def choose(self, *_: Any) -> str:
            return "too shy"

    desk = Desk(SENDS, three())
    change(desk, policy=Shy(), load_sharing="mine:Shy")
    desk.tick()
    (decision,) = [one for one in desk.events if isinstance(one, DecisionTaken) and one.what == "share"]
    assert (decision.reason.rule, decision.reason.numbers) == ("user-policy", {"says": "too shy"})
