"""Another lesson, or another value of a parameter: what is asked, and on what the screen opens then."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.tuiclu.tui.actions.test_orders import Somebody, done
from tuiclu.bundled import demo_files
from tuiclu.tui.actions import lessons
from tuiclu.tui.following import Next

TEXT = """\
tuiclu: 1
params: {limit: {default: 100, at-most: 900, about: Primes up to it.}}
cluster: {nodes: {n1: }}
processes: {P: {program: primes, args: {limit: $limit}, on: n1}}
"""


class Sitting(Somebody):
    """Somebody whose screen can end."""

    def __init__(self, *choices: str, overrides: tuple[str, ...] = ()) -> None:
        super().__init__(*choices)
        self.overrides = overrides
        self.next: Next | None = None

    def action_quit_now(self) -> None:
        self.said.append("quits")


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "s.yaml").write_text(TEXT)
    return str(tmp_path / "s.yaml")


def on(file: str, *choices: str, overrides: tuple[str, ...] = ()) -> Sitting:
    screen = Sitting(*choices, overrides=overrides)
    screen.opened = msgspec.structs.replace(screen.opened, source=file)
    return screen


def test_a_lesson_is_chosen_by_its_title() -> None:
    screen = Sitting("precopy: ")

    done("lessons", screen)

    assert (screen.next, screen.said) == (Next("precopy"), ["quits"])


def test_who_chooses_nothing_stays() -> None:
    screen = Sitting()

    done("lessons", screen)

    assert (screen.next, screen.said) == (None, [])


def test_a_lesson_that_is_not_there_is_told_with_the_nearest() -> None:
    screen = Sitting()

    lessons.open_lesson(screen, "precop")

    assert (screen.next, screen.said) == (None, ["(Did you mean `precopy`?)"])


def test_the_title_is_that_of_the_file() -> None:
    assert lessons._title("eviction") == {"en": "Eviction", "es": "Desalojo"}
    assert all(lessons._title(name) for name in demo_files())


def test_a_parameter_is_shown_as_it_is_and_typed_anew(file: str) -> None:
    screen = on(file, "limit = 300  (a whole number, at most 900)", overrides=("params.limit=300",))

    done("parameters", screen)

    assert screen.said == [":param limit=300"]


def test_with_another_value_the_run_begins_anew(file: str) -> None:
    screen = on(file, overrides=("seed=4", "params.limit=300"))

    lessons.set_parameter(screen, "limit=500")

    assert screen.next == Next(file, ("seed=4", "params.limit=500"))
    assert screen.said == ["quits"]


def test_a_value_that_cannot_be_is_told_and_the_run_goes_on(file: str) -> None:
    screen = on(file)

    lessons.set_parameter(screen, "limit=901")

    assert screen.next is None
    assert "cannot be the number 901. It is a whole number, at most 900." in screen.said[0]


def test_a_scenario_without_parameters_says_so() -> None:
    screen = on("first-steps")

    done("parameters", screen)

    assert screen.said == ["(This scenario has no parameters.)"]
