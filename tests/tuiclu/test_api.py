"""`import tuiclu`: what programs and notebooks use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tuiclu
from tests.tuiclu.test_cli import SMALL


def test_a_scenario_is_run_from_its_text_and_tells_what_came_of_it() -> None:
    events: list[tuiclu.Event] = []
    outcome = tuiclu.run(SMALL, seed=3, set={"script.0.migrate.strategy": "copy-on-reference"}, on_event=events.append)
    assert outcome.ok
    assert outcome.process("P")["output"] == "303\n"
    assert [move["strategy"] for move in outcome.result["migrations"]] == ["copy-on-reference"]
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert (events[0]["kind"], events[0]["seed"], events[-1]["kind"]) == ("run.started", 3, "run.ended")
    assert (
        outcome.digest
        == tuiclu.run(tuiclu.load(SMALL, set={"seed": 3, "script.0.migrate.strategy": "copy-on-reference"})).digest
    )


def test_a_run_ends_where_it_is_told_to() -> None:
    outcome = tuiclu.run("first-steps", until="50 ms")
    assert outcome.result["virtual_s"] == 0.05
    with pytest.raises(KeyError):
        outcome.process("Q17")


def test_strategies_are_compared_row_by_row() -> None:
    comparison = tuiclu.compare("scan", args={"pages": 30, "hot": 5}, strategies=["eager-all", "copy-on-reference"])
    assert [row.strategy for row in comparison.rows] == ["eager-all", "copy-on-reference"]
    assert comparison.rows[1].freeze_s is not None
    assert comparison.rows[0].freeze_s is not None
    assert comparison.rows[1].freeze_s < comparison.rows[0].freeze_s


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tuiclu.load("first-step"), "there is no file and no demo `first-step`. Did you mean `first-steps`?"),
        (lambda: tuiclu.load("tuiclu: 1\nclustr: {}\n"), "-:2:1: "),
        (lambda: tuiclu.run(SMALL, until="soon"), "until soon: "),
        (lambda: tuiclu.run(tuiclu.load(SMALL), seed=1), "a scenario that is loaded has its settings"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(call: object, says: str) -> None:
    assert callable(call)
    with pytest.raises(tuiclu.InputError) as error:
        call()
    assert says in str(error.value)


def test_all_that_is_offered_is_there_and_importing_it_loads_no_emulator() -> None:
    assert {name for name in tuiclu.__all__ if getattr(tuiclu, name, None) is None} == set()
    with pytest.raises(AttributeError):
        tuiclu.walk  # noqa: B018
    code = "import sys, tuiclu; sys.exit(any(name.split('.')[0] in ('icicle', 'textual', 'msgspec') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
