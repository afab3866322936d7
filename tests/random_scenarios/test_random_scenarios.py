"""Whatever cluster is drawn, however a file is spoilt: the emulator does not fail, no invariant breaks, other windows give the same run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.wire.events import KINDS
from tests.random_scenarios import trial
from tests.random_scenarios.chance import Chance
from tests.random_scenarios.coverage import said, sayable
from tests.random_scenarios.drawn import drawn, text_of
from tests.random_scenarios.hostile import hostile
from tests.random_scenarios.situations import SITUATIONS
from tests.random_scenarios.trial import fault_of_hostile, fault_of_seed, write_programs

_PARTS = 20
_MANY, _MANY_HOSTILE = 3000, 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs for which scenarios ask."""
    path = tmp_path_factory.mktemp("random")
    write_programs(path)
    return path


def _try_valid(seeds: range, folder: Path) -> None:
    for seed in seeds:
        fault = fault_of_seed(seed, folder)
        said = f"python -m tests.random_scenarios --seeds {seed}..{seed}: {fault}"
        assert fault is None, f"{said}\n{text_of(drawn(seed))}"


def _try_hostile(seeds: range, folder: Path) -> None:
    for seed in seeds:
        content = hostile(seed)
        fault = fault_of_hostile(content, folder)
        said = f"python -m tests.random_scenarios --hostile --seeds {seed}..{seed}: {fault}\n"
        assert fault is None, said + content.decode(errors="replace")


def test_a_few_random_scenarios_run_and_are_the_same_in_other_windows(folder: Path) -> None:
    _try_valid(range(16), folder)


def test_a_few_files_that_are_wrong_are_refused_in_one_line_or_run(folder: Path) -> None:
    _try_hostile(range(30), folder)


def test_the_same_seed_draws_the_same_scenario() -> None:
    assert [text_of(drawn(seed)) for seed in range(20)] == [text_of(drawn(seed)) for seed in range(20)]
    assert [hostile(seed) for seed in range(20)] == [hostile(seed) for seed in range(20)]


APART = (
    "ScenarioFile.from",
    "ScenarioFile.include",
    "ScenarioFile.params",
    "ScenarioFile.compare",
    "ScenarioFile.grade",
    "ScenarioFile.tell",
    "ScenarioFile.tell: control-blocks",
    "ParameterDefinition",
    "ComparedRun",
    "Grade",
    "GradedMark",
    "AskKeys.correct",
    "AskKeys.figure",
    "AskedFigure",
    "ProcessExpectation.same-as",
    "SnapshotKeys.to",
)
"""Attributes, and structs with all theirs, that are not drawn."""


def test_whatever_the_scenario_language_can_say_is_drawn_sooner_or_later() -> None:
    """Who adds a verb, an attribute, a policy, a program or an event adds it to what is drawn, or it is never tried.

    But for what comes before and after a run, other files, parameters, variants and marks: that is no matter of chance, and has tests of
    its own.
    """
    missing = {one for one in sayable() if one not in APART and one.partition(".")[0] not in APART}
    for seed in range(3000):
        missing -= set(said(drawn(seed)))
        if not missing:
            break
    assert missing == set()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", SITUATIONS)
def test_a_scenario_that_is_led_into_a_situation_comes_to_it_often_enough(kind: str, folder: Path) -> None:
    arrived = 0
    for seed in range(12):
        trial.happened.clear()
        chance = Chance(seed)
        tree = SITUATIONS[kind](chance, drawn(seed))
        fault = trial.fault_of_tree(tree, folder, seed)
        assert fault is None, f"{fault}\n{text_of(tree)}"
        arrived += trial.happened[kind.encode()] > 0
    assert arrived >= 3


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_whatever_can_happen_happens_in_some_random_scenario(folder: Path) -> None:
    """Who adds a kind of event sees to it that chance comes there: what never happens in these runs is never tried."""
    trial.happened.clear()
    missing = {kind for kind in KINDS if kind != "invariant.violated"}
    for seed in range(3000, 4000):
        _try_valid(range(seed, seed + 1), folder)
        missing -= {kind.decode() for kind in trial.happened}
        if not missing:
            break
    assert missing == set()


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(_PARTS))
def test_many_random_scenarios_run_and_are_the_same_in_other_windows(part: int, folder: Path) -> None:
    _try_valid(range(100 + part, 100 + _MANY, _PARTS), folder)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(_PARTS))
def test_many_files_that_are_wrong_are_refused_in_one_line_or_run(part: int, folder: Path) -> None:
    _try_hostile(range(100 + part, 100 + _MANY_HOSTILE, _PARTS), folder)
