"""A user's own modules: found by what was read of them, under names of their own."""

from __future__ import annotations

import queue
import sys

import pytest

from nodes.wire import users_code
from nodes.wire.users_code import LONGEST, UsersCodeError, UsersModules, guarded, load_class, load_module, what_failed


def modules(**sources: str) -> UsersModules:
    return UsersModules("/somewhere", sources)


def test_a_module_may_be_called_as_one_of_pythons_and_neither_hides_the_other() -> None:
    own = modules(queue="import queue\nclass Own:\n    theirs = queue.Queue\n")

    assert load_class("queue:Own", own).theirs is queue.Queue
    assert sys.modules["queue"] is queue


@pytest.mark.parametrize(
    "text",
    [
        "import helper\nfound = helper.ANSWER",
        "from helper import ANSWER as found",
        "from . import helper\nfound = helper.ANSWER",
        "from .helper import ANSWER as found",
        "def find():\n    import helper\n    return helper.ANSWER\nfound = find()",
        "from helper import *\nfound = ANSWER",
    ],
)
def test_modules_import_those_beside_them_whenever_they_like(text: str) -> None:
    path, known = list(sys.path), set(sys.modules)
    own = modules(main=text, helper="ANSWER = 42")

    assert load_module("main", own).found == 42
    assert sys.path == path
    assert all(name.startswith("_tuiclu_users_") for name in set(sys.modules) - known)


@pytest.mark.parametrize("text", ["import no_such_thing", "from . import no_such_thing", "from .no_such import x"])
def test_what_is_not_beside_them_and_not_installed_is_missed(text: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        load_module("main", modules(main=text))


def test_a_module_that_was_changed_is_another_one_and_one_that_failed_can_be_tried_again() -> None:
    assert [load_module("main", modules(main=f"found = {number}")).found for number in (1, 2, 1)] == [1, 2, 1]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load_module("main", modules(main="1 / 0"))


def test_two_modules_may_import_each_other() -> None:
    own = modules(one="import other\nclass A: pass\n", other="import one\nclass B: pass\n")

    assert load_class("one:A", own).__name__ == "A"


def test_dataclasses_and_annotations_find_their_module() -> None:
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass D:\n    n: int = 3\n"
    )

    assert load_class("main:D", modules(main=text))().n == 3


class _Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\n\tb"), "ValueError: a b"),
        (SystemExit("bye"), "SystemExit: bye"),
        (KeyError(), "KeyError"),
        (_Unspeakable(), "_Unspeakable"),
        (ValueError("x" * 10_000), f"ValueError: {'x' * (LONGEST - 3)}..."),
    ],
)
def test_whatever_is_raised_is_told_in_one_short_line(error: BaseException, said: str) -> None:
    def fail() -> None:
        raise error

    assert str(what_failed(error)) == said
    with pytest.raises(UsersCodeError) as raised:
        guarded(fail, "strategy-failed", name="mine")
    assert str(raised.value) == f"the strategy mine failed: {said}"


CIRCLES = {
    "while": "while True: pass",
    "for": "import itertools\nfor _ in itertools.count(): pass",
    "calls": "def f():\n    return 1\nwhile f(): f()",
    "catches": "while True:\n    try:\n        pass\n    except ValueError:\n        pass",
}


@pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES)
def test_code_that_goes_round_in_circles_fails_after_so_many_steps(
    circle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users_code, "MOST_STEPS", 1000)
    before = sys.gettrace()

    with pytest.raises(UsersCodeError, match="failed: NeverDone: it is not done after 1000 steps"):
        guarded(lambda: load_module("main", modules(main=circle)), "strategy-failed", name="mine")
    assert sys.gettrace() is before


def test_only_the_steps_of_users_are_counted_and_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users_code, "MOST_STEPS", 1000)
    own = load_module("main", modules(main="def ask(how):\n    for _ in range(50):\n        how()"))

    def ours() -> int:
        total = 0
        for one in range(10):
            total += one
        return total

    for _ in range(5):
        guarded(lambda: own.ask(ours), "strategy-failed", name="mine")
