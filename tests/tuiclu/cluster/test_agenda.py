"""What is due comes in one order: by instants, what comes from outside last, else as it was noted."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.wire.parameters import NEVER_NS
from tuiclu.cluster.agenda import Agenda, TellPeers
from tuiclu.cluster.commands import AnyCommand, Crash, Restart, Stop


def taken(agenda: Agenda, count: int) -> list[tuple[int, object]]:
    return [(due.time_ns, due.command) for due in (agenda.take() for _ in range(count))]


def test_what_comes_from_outside_comes_behind_all_that_the_run_does_itself() -> None:
    agenda = Agenda()
    agenda.note(5, Crash("n1"), "user", outside=True)
    agenda.note(5, Crash("n2"))
    agenda.note(5, None)
    agenda.note(4, Stop())

    assert taken(agenda, 4) == [(4, Stop()), (5, Crash("n2")), (5, None), (5, Crash("n1"))]
    assert not agenda
    assert agenda.first_ns() is None


def test_what_is_due_at_the_end_of_time_is_not_done_but_was_noted() -> None:
    agenda = Agenda()
    agenda.note(NEVER_NS, Stop())

    assert (agenda.noted, len(agenda)) == (1, 0)


def test_recurring_commands_are_asked_for_one_by_one_and_keep_their_turn() -> None:
    agenda, asked = Agenda(), []

    def every_ten() -> Iterator[tuple[int, AnyCommand]]:
        for instant in (10, 20, 20, NEVER_NS):
            asked.append(instant)
            yield instant, Restart("n1")

    agenda.recur(every_ten(), "script", 0)
    agenda.note(20, Stop())

    assert asked == [10]
    assert taken(agenda, 2) == [(10, Restart("n1")), (20, Restart("n1"))]
    assert asked == [10, 20, 20]
    assert taken(agenda, 2) == [(20, Restart("n1")), (20, Stop())], "it was noted first"
    assert (asked[-1], len(agenda)) == (NEVER_NS, 0)


def test_a_recurring_command_whose_instant_has_passed_is_due_at_once() -> None:
    agenda = Agenda()
    agenda.recur(iter([(3, Stop()), (4, Stop())]), "script", 7)

    assert taken(agenda, 2) == [(7, Stop()), (7, Stop())]


def test_it_tells_before_the_run_which_commands_are_known_to_come() -> None:
    agenda = Agenda()
    agenda.note(5, Stop())
    agenda.note(1, TellPeers("n1", 1))
    agenda.note(2, None)
    agenda.recur(iter([(3, Crash("n1")), (9, Crash("n1"))]), "script", 0)

    assert agenda.commands() == [Crash("n1"), Crash("n1"), Stop()]
