"""Every demo keeps what it promises: by the command, in this process, in other windows, in both languages.

Each demo runs twice here, which is little for so many questions: once by the command, as a user runs it, a few of them in a process of
their own; and once in windows a third as long, with all that listens. Both must give the same events.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.tuiclu.cluster.scenarios import tuiclu, tuiclu_process
from tests.tuiclu.model.languages import Wrong, listener, note
from tests.tuiclu.model.recount import faults_of
from tuiclu.bundled import demo_files
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run
from tuiclu.texts import LANGUAGES

FEW = ("first-steps", "refusals")
"""Demos that are run as processes of their own, and repeated by `verify`."""
LARGE = ("policies-compared",)
"""Demos of so many nodes and jobs that a second run of them is a long test."""


def by_the_command(name: str, lang: str, events: Path) -> str:
    """Run a demo as a user does, see that it does what it promises, and return the digest of its events."""
    command = tuiclu_process if name in FEW else tuiclu
    done = command("run", name, "--events", str(events), "--lang", lang)
    assert (done.returncode, done.stderr) == (0, "")
    assert "FAILED" not in done.stdout
    wrong: Wrong = {}
    for line in done.stdout[done.stdout.rindex("\n\n") :].splitlines():
        note(wrong, line, lang)
    assert wrong == {}, "the closing lines are in the reader's language"
    return f"sha256:{hashlib.sha256(events.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("name", sorted(set(demo_files()) - set(LARGE)))
def test_a_demo_keeps_what_it_promises_whatever_the_windows_and_the_language(name: str, tmp_path: Path) -> None:
    asked = plan(load_scenario(demo_files()[name]))
    lines: list[bytes] = []
    wrong: Wrong = {}

    outcome = run(
        asked,
        lang="es",
        window_ns=asked.network.latency_ns // 3,
        write_line=lines.append,
        follow_with=listener(wrong),
    )
    for verdict in outcome.verdicts:
        note(wrong, verdict.text, "es")

    assert [verdict.text for verdict in outcome.verdicts if not verdict.ok] == []
    assert outcome.ok
    assert outcome.never_came == ()
    assert wrong == {}
    assert faults_of(lines, outcome.result) == []
    assert by_the_command(name, "en", tmp_path / "events") == outcome.digest


@pytest.mark.parametrize("name", LARGE)
def test_a_large_demo_does_what_it_promises(name: str, tmp_path: Path) -> None:
    by_the_command(name, "es", tmp_path / "events")


@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.long) for name in demo_files()]
)
def test_verify_finds_the_same_events_every_time(name: str) -> None:
    done = tuiclu("verify", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("equal: ")


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
