"""Every demo keeps what it promises, and the length of the windows shows nowhere in it."""

from __future__ import annotations

import pytest

from tests.tuiclu.model.recount import faults_of
from tuiclu.bundled import demo_files
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run
from tuiclu.scenario.schema import LANGUAGES

_LARGE = ("policies-compared",)
"""They take more than a few seconds."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in _LARGE else name for name in demo_files()]
)
def test_a_demo_keeps_what_it_promises_whatever_the_windows(name: str) -> None:
    scenario = load_scenario(demo_files()[name])
    asked = plan(scenario)

    lines: list[bytes] = []
    outcome = run(asked, write_line=lines.append)
    again = run(asked, window_ns=asked.network.latency_ns // 3)

    assert [verdict.text for verdict in outcome.verdicts if not verdict.ok] == []
    assert outcome.ok
    assert outcome.never_came == ()
    assert again.digest == outcome.digest
    assert faults_of(lines, outcome.result) == []


@pytest.mark.parametrize("name", demo_files())
def test_a_demo_speaks_every_language_and_expects_something(name: str) -> None:
    scenario = load_scenario(demo_files()[name])

    for text in (scenario.file.title, scenario.file.about):
        assert isinstance(text, dict)
        assert sorted(text) == sorted(LANGUAGES)
        assert len(dict.fromkeys(text.values())) == len(LANGUAGES), "nothing was forgotten to be translated"
    for step in scenario.file.script:
        assert step.say is None or (isinstance(step.say, dict) and sorted(step.say) == sorted(LANGUAGES))
    assert scenario.file.expect
