"""The process state diagram, and what a control block knows of itself."""

from __future__ import annotations

from functools import cache

import pytest

from nodes.kernel.process import TRANSITIONS, ImpossibleTransition, State, Why
from nodes.wire.ids import home_of, make_pid
from tests.nodes.kernel.assembler import FOREVER
from tests.nodes.kernel.machine import MS, Machine, boot


def test_every_state_can_be_reached_from_new() -> None:
    reached, frontier = [State.NEW], [State.NEW]
    while frontier:
        state = frontier.pop()
        for (before, _), after in TRANSITIONS.items():
            if before is state and after not in reached:
                reached.append(after)
                frontier.append(after)

    assert sorted(reached) == sorted(State)


def test_nothing_follows_exit_and_nothing_leads_back_to_new() -> None:
    assert [arrow for arrow in TRANSITIONS if arrow[0] is State.EXIT] == []
    assert [arrow for arrow, after in TRANSITIONS.items() if after is State.NEW] == []


def test_a_process_can_end_in_every_state_that_it_can_be_in() -> None:
    ends = [state for state, why in TRANSITIONS if why is Why.ENDED]

    assert sorted(ends) == sorted(state for state in State if state is not State.EXIT)


def test_only_a_ready_process_gets_the_cpu_and_only_a_thawed_or_continued_one_leaves_frozen_or_stopped_alive() -> None:
    assert [before for (before, _), after in TRANSITIONS.items() if after is State.RUNNING] == [State.READY]
    assert [why for before, why in TRANSITIONS if before is State.FROZEN] == [
        Why.THAWED_READY,
        Why.THAWED_BLOCKED,
        Why.THAWED_STOPPED,
        Why.ENDED,
    ]
    assert [why for before, why in TRANSITIONS if before is State.STOPPED] == [
        Why.CONTINUED_READY,
        Why.CONTINUED_BLOCKED,
        Why.FROZEN,
        Why.ENDED,
    ]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("why", Why)
def test_a_process_follows_the_arrows_of_the_diagram_and_no_other(state: State, why: Why) -> None:
    machine = _started()
    process = machine.process("n1.1")
    process.state = state

    if (state, why) in TRANSITIONS:
        process.move(why)
        assert process.state is TRANSITIONS[state, why]
    else:
        with pytest.raises(ImpossibleTransition, match=f"^n1.1 is {state} and cannot be {why}$"):
            process.move(why)
        assert process.state is state


@cache
def _started() -> Machine:
    """Return a machine with one process, the same for all tests here: they change nothing but its state."""
    machine = Machine(boot())
    machine.start(FOREVER)
    machine.advance(MS)
    return machine


def test_a_process_knows_its_home_for_life() -> None:
    assert _started().process("n1.1").home == "n1"
    assert (home_of("my.node.12"), make_pid("my.node", 12)) == ("my.node", "my.node.12")
