"""A submission is marked over seeds and faults: points, reasons, and a scenario for each lost mark; the sheet is the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.wire.text import Text
from tests.tuiclu.cluster.scenarios import trusted
from tests.tuiclu.scenario.example import message
from tuiclu.errors import InputError
from tuiclu.experiments.grading import Sheet, grade, lines
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.runner import run

LESSON = """\
tuiclu: 1
title: {en: Your own, es: La suya}
cluster:
  policy: {load-sharing: periodic-sender}
  nodes: {n1: , n2: }
processes:
  J: {program: primes, args: {limit: 4000}, on: n1, count: 3}
until: 30 s
compare:
  alone: {set: {cluster.policy.load-sharing: none}}
grade:
  seeds: [3, 4]
  into: {cluster.policy.load-sharing: Policy}
  marks:
    - points: 3
      about: {en: Something moves., es: Algo migra.}
      expect:
        - migrations: {of: J, outcome: completed, at-least: 1}
        - turnaround: {of: J, mean-below: 200 % of alone}
    - points: 4
      about: Faults are survived.
      faults: 2
      seeds: [3]
      expect:
        - invariants: hold
"""
GOOD = """\
class Policy:
    def choose(self, machine, load, others, now_ns):
        if load < 1500 or not others:
            return "not so bad"
        return machine.processes[-1].pid, others[0].machine
"""
LAZY = 'class Policy:\n    def choose(self, *_):\n        return "no"\n'

SCENARIOS = LESSON.replace("into: {cluster.policy.load-sharing: Policy}", "take: [script, cluster.policy]")
THEIRS = """\
tuiclu: 1
cluster: {nodes: {n1: {mips: 1000}, n2: }}
processes: {J: {program: hello, on: n1, count: 3}}
script:
  - at: 50 ms
    migrate: {process: J2, to: n2}
expect:
  - {process: J1, exit: 9}
"""


def lesson(folder: Path, text: str = LESSON) -> Scenario:
    (folder / "lesson.yaml").write_text(text)
    return load_scenario(folder / "lesson.yaml")


def graded(
    folder: Path, name: str, submission: str, text: str = LESSON, out: Path | None = None, lang: str = "en"
) -> Sheet:
    theirs, scratch = folder / "theirs", folder / "scratch"
    theirs.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    (theirs / name).write_text(submission)
    return grade(lesson(folder, text), theirs / name, scratch, trusted, lang, out)


def test_points_are_given_for_what_holds_in_every_run_and_the_sheet_is_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sheets = [graded(folder, "mine.py", GOOD) for folder in (tmp_path, tmp_path / "elsewhere")]

    assert [(one.points, one.of, one.runs) for one in sheets[0].marks] == [(3, 3, 2), (4, 4, 2)]
    assert lines(sheets[0], "es") == lines(sheets[1], "es")
    assert lines(sheets[0], "es")[1:3] == ["3 / 3  Algo migra.", "4 / 4  Faults are survived."]


def test_each_lost_mark_has_its_reason_and_a_scenario_that_shows_it(tmp_path: Path) -> None:
    sheet = graded(tmp_path, "mine.py", LAZY, out=tmp_path / "out")

    lost = sheet.marks[0].lost
    assert (sheet.marks[0].points, [one.seed for one in lost]) == (0, [3, 4])
    assert lost[0].reasons[0] == "completed migrations of J1, J2 and J3: at least 1; but there were 0"
    assert str(tmp_path) not in "".join(lines(sheet, "en"))
    again = load_scenario(tmp_path / "out" / lost[0].file)
    outcome = run(plan(trusted(again)))
    assert [one.text for one in outcome.verdicts if not one.ok] == list(lost[0].reasons)


def test_a_scenario_is_marked_by_what_is_taken_of_it_alone(tmp_path: Path) -> None:
    sheet = graded(tmp_path, "mine.yaml", THEIRS, SCENARIOS)

    assert (sheet.points, sheet.of) == (7, 7)


@pytest.mark.parametrize(
    ("name", "submission", "text", "why"),
    [
        ("mine.py", "class Police: pass", LESSON, "`submission` has no class `Policy`."),
        ("mine.py", "class Policy(", LESSON, "cannot be loaded: submission.py:1:"),
        ("mine.yaml", "tuiclu: 2", SCENARIOS, "mine.yaml:1:9: `tuiclu` cannot be the number 2."),
        ("mine.yaml", THEIRS.replace("J2", "J9"), SCENARIOS, "there is no process `J9`"),
    ],
)
def test_what_cannot_be_run_gets_no_points_and_is_told_why(
    tmp_path: Path, name: str, submission: str, text: str, why: str
) -> None:
    sheet = graded(tmp_path, name, submission, text)

    assert (sheet.points, sheet.of) == (0, 7)
    assert why in sheet.refused
    assert str(tmp_path) not in sheet.refused


def test_python_is_executed_only_where_it_is_trusted(tmp_path: Path) -> None:
    def refuse(_: Scenario) -> Scenario:
        raise InputError(Text("not trusted"))

    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n{GOOD}")
    (tmp_path / "scratch").mkdir()

    with pytest.raises(InputError, match="not trusted"):
        grade(lesson(tmp_path), tmp_path / "mine.py", tmp_path / "scratch", refuse, "en")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  into: {cluster.policy.load-sharing: Policy}\n",
            "",
            "11:1: `grade` says nothing of where a submission goes.",
        ),
        ("  into:", "  take: [script]\n  into:", "11:1: `into` does not go with `take`."),
        ("of: J, outcome", "of: K, outcome", "18:28: there is no process `K`."),
        ("points: 3", "points: 0", "15:15: `grade.marks.0.points` cannot be 0."),
    ],
)
def test_what_is_wrong_with_the_marks_of_a_lesson_has_its_place(old: str, new: str, told: str) -> None:
    assert old in LESSON
    assert message(LESSON.replace(old, new, 1)).startswith(f"s.yaml:{told.partition('.')[0]}")


def test_a_lesson_without_marks_marks_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this lesson says nothing of marks"):
        graded(tmp_path, "mine.py", GOOD, LESSON[: LESSON.index("grade:")])
