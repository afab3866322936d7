"""Load policies of a user's own: whatever they answer or raise, nothing worse comes of it than that nothing moves."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.initiator.users_policy import UsersPolicy, ask
from nodes.wire.packets import MachineFigures
from nodes.wire.users_code import LONGEST, UsersCodeError
from tests.nodes.initiator.world import a_process

EVERYONE = ("n1", "n2")


def a_machine() -> MachineFigures:
    return MachineFigures("n1", 0, 10_000_000, 1, 512, 400, (a_process("n1.1", talks={"n2": 7}),))


class Fixed:
    """Answers as it was told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def choose(self, machine: MachineFigures, *_: Any) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def asked(policy: Any) -> Any:
    machine = a_machine()
    answer = ask(policy, machine, 3000, [], 0, EVERYONE)
    assert machine == a_machine()
    return answer


def test_a_good_answer_is_a_process_of_the_machine_and_another_node_or_a_reason() -> None:
    assert asked(Fixed(("n1.1", "n2"))) == (a_machine().processes[0], "n2")
    assert asked(Fixed("not so bad")) == "not so bad"
    assert asked(Fixed("x" * 10_000)) == "x" * LONGEST


@pytest.mark.parametrize(
    "answer",
    [
        None,
        (),
        ("n1.1",),
        ("n1.1", "n2", "n3"),
        ("n1.9", "n2"),
        ("n1.1", "n9"),
        ("n1.1", "n1"),
        (["n1.1"], ["n2"]),
        7,
        ValueError("no"),
        SystemExit("bye"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_every_other_answer_is_a_failure_that_is_told(answer: Any) -> None:
    with pytest.raises(UsersCodeError):
        asked(Fixed(answer))


def test_one_that_spoils_what_it_is_shown_spoils_a_copy() -> None:
    class Vandal(Fixed):
        def choose(self, machine: MachineFigures, *_: Any) -> Any:
            machine.processes[0].talks.clear()
            return "spoilt"

    assert asked(Vandal("")) == "spoilt"


def test_one_that_cannot_be_made_says_so_whenever_it_is_asked() -> None:
    def make() -> Any:
        raise SystemExit("bye")

    policy = UsersPolicy(make)
    for _ in range(2):
        with pytest.raises(UsersCodeError, match=r"^it cannot be made: SystemExit: bye$"):
            asked(policy)
