"""A quiz: answers are told when they could be seen, and what was predicted is marked by what the run has shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nodes.wire.events import Narration, QuestionAsked, RunEnded, Stamped
from tests.tuiclu.scenario.example import SMALL, load, message
from tests.tuiclu.scenario.test_expectations import migration, process, result
from tuiclu.bundled import demo_files
from tuiclu.errors import InputError
from tuiclu.quiz import progress
from tuiclu.quiz.answers import Answers
from tuiclu.quiz.examiner import Examiner
from tuiclu.quiz.marks import Mark, Prediction, Score, mark, objection, score, sheet
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run


def both(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} (es)"}


CHOICE = QuestionAsked(both("Who?"), both("So it is."), [both("P"), both("Q")], correct=2)
FREEZE = QuestionAsked(both("How long?"), both(""), [], figure={"is": "freeze", "of": "P", "within": 10})
ROUNDS = QuestionAsked(both("How many?"), both(""), [], figure={"is": "rounds", "within": 0})
FREE = QuestionAsked(both("Why?"), both("Because."), [])

RUN = result(
    process(faults={"zero": 3, "disk": 4}),
    migrations=[
        migration(freeze_s=0.1, rounds=[{}, {}, {}], pages_resent=7),
        migration(2, outcome="refused", freeze_s=None),
    ],
)


def verdict(asked: QuestionAsked, said: str) -> bool | None:
    return mark(Prediction(asked, said), RUN, "en").right


@pytest.mark.parametrize(
    ("said", "right"), [("2", True), ("q", True), ("Q (es)", True), ("1", False), ("", False), ("9", False)]
)
def test_a_choice_is_right_by_its_number_or_its_words(said: str, right: bool) -> None:
    assert verdict(CHOICE, said) is right


@pytest.mark.parametrize(
    ("said", "right"),
    [("100 ms", True), ("0.11 s", True), ("90 ms", True), ("89 ms", False), ("111 ms", False), ("100", False)],
)
def test_a_span_is_right_within_so_many_hundredths(said: str, right: bool) -> None:
    assert verdict(FREEZE, said) is right


@pytest.mark.parametrize(
    ("what", "seen"),
    [
        ("rounds", "3"),
        ("migrations", "1"),
        ("resent", "7"),
        ("page-faults", "7"),
        ("turnaround", "1.9 s"),
        ("freeze", "100 ms"),
    ],
)
def test_every_figure_is_computed(what: str, seen: str) -> None:
    asked = QuestionAsked(both("?"), both(""), [], figure={"is": what, "of": "P", "within": 0})

    assert mark(Prediction(asked, seen), RUN, "en") == Mark(Prediction(asked, seen), True, f"{seen}.")


def test_where_nothing_happened_nothing_is_right() -> None:
    found = mark(Prediction(FREEZE, "100 ms"), result(process()), "en")

    assert (found.right, found.answer) == (False, "nothing.")


def test_a_free_question_has_no_mark() -> None:
    marks = [mark(Prediction(FREE, "so"), RUN, "es"), mark(Prediction(CHOICE, "2"), RUN, "es")]

    assert score(marks) == Score(1, 1)
    assert sheet(marks, "es") == [
        "1. Why? (es)",
        "   Previsto: so (para comentar)",
        "   Respuesta: Because. (es)",
        "2. Who? (es)",
        "   Previsto: 2 (correcto)",
        "   Respuesta: 2. Q (es). So it is. (es)",
        "Puntuación: 1 de 1",
    ]


@pytest.mark.parametrize(
    ("asked", "said", "meant"),
    [
        (FREEZE, "soon", "a duration with its unit: 120 ms"),
        (ROUNDS, "two", "a whole number"),
        (CHOICE, "3", "the number of one of the choices, from 1 to 2"),
        (CHOICE, "", None),
        (FREE, "whatever", None),
    ],
)
def test_what_is_not_understood_is_said_to_be_so(asked: QuestionAsked, said: str, meant: str | None) -> None:
    assert objection(asked, said) == meant


def test_an_answer_is_told_at_the_first_stop_behind_its_question() -> None:
    examiner = Examiner("en", lambda _: "2", print)
    stream = [
        Stamped(10, 1, None, CHOICE),
        Stamped(10, 2, None, Narration(both("Look."))),
        Stamped(20, 3, None, Narration(both("There."))),
        Stamped(20, 4, None, FREE),
        Stamped(20, 5, None, RunEnded("quiescent", [])),
    ]

    told: list[list[str]] = []
    for stamped in stream:
        told.append(list(examiner.before(stamped)))
        examiner.after(stamped)

    assert told == [[], [], ["    0.000000 s  = So it is."], [], ["    0.000000 s  = Because."]]
    assert [one.said for one in examiner.predictions] == ["2", "2"]


def test_who_is_not_understood_is_asked_again_and_who_is_gone_is_not() -> None:
    lines = iter(["soon", "120 ms"])
    said: list[str] = []
    examiner = Examiner("en", lambda _: next(lines, None), said.append)

    for number in range(2):
        examiner.after(Stamped(number, number, None, FREEZE))

    assert [one.said for one in examiner.predictions] == ["120 ms", ""]
    assert said == ["That is not understood: it is a duration with its unit: 120 ms."]


def test_predictions_belong_to_questions_by_their_number() -> None:
    answers = Answers()
    for asked in (CHOICE, FREE):
        answers.asked(asked)
    answers.said(2, "so")

    assert answers.predictions() == [Prediction(CHOICE, ""), Prediction(FREE, "so")]


def test_progress_keeps_the_best_and_the_last(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    good, bad = (mark(Prediction(CHOICE, said), RUN, "en") for said in ("2", "1"))

    progress.enter(file, "precopy", [good, good])
    progress.enter(file, "precopy", [good, bad])
    progress.enter(file, "flushing", [bad])

    assert progress.read(file).lessons == {
        "precopy": progress.Taken(2, 2, 2, ["2", "1"]),
        "flushing": progress.Taken(1, 0, 1, ["1"]),
    }
    assert [one.name for one in tmp_path.iterdir()] == ["p.json"]


def test_a_file_that_is_no_progress_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text("[]")

    with pytest.raises(InputError, match="this is no progress of quizzes"):
        progress.enter(tmp_path / "p.json", "precopy", [])
    assert (tmp_path / "p.json").read_text() == "[]"


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        ("{question: a, answer: b, choices: [x, y], correct: 3}", "there is no choice 3."),
        ("{question: a, answer: b, correct: 1}", "there is no choice 1."),
        ("{question: a, answer: b, choices: [x], figure: {is: freeze}}", "`figure` does not go with `choices`."),
        ("{question: a, answer: b, figure: {is: freez}}", "Did you mean `freeze`?"),
        ("{question: a, answer: b, figure: {is: freeze, of: R}}", "there is no process `R`."),
    ],
)
def test_what_is_wrong_with_a_question_is_said(ask: str, told: str) -> None:
    assert told in message(f"{SMALL}processes: {{P: {{program: hello, on: n1}}}}\nscript:\n  - at: 0\n    ask: {ask}\n")


def test_what_a_question_asks_for_is_computed_from_its_run() -> None:
    scenario = load(
        f"{SMALL}processes: {{P: {{program: primes, on: n1}}}}\nscript:\n"
        "  - at: 5 ms\n    ask: {question: a, answer: b, figure: {is: migrations, of: P}}\n"
        "  - at: 10 ms\n    migrate: {process: P, to: n2}\n"
    )
    examiner = Examiner("en", lambda _: "1", print)

    outcome = run(plan(scenario), follow_with=lambda _: examiner.after)

    assert [one.right for one in examiner.marks(outcome.result)] == [True]


QUESTIONS: list[Any] = [
    pytest.param(step.ask, id=f"{name}: {index}")
    for name, file in demo_files().items()
    for index, step in enumerate(load_scenario(file).file.script)
    if step.ask is not None
]


def test_most_questions_of_the_course_can_be_marked() -> None:
    marked = [one for one in QUESTIONS if one.values[0].correct or one.values[0].figure]

    assert len(marked) * 4 >= len(QUESTIONS) * 3


def test_the_choices_of_the_course_are_read_whole_on_the_narrowest_screen() -> None:
    room = 80 - len("│ ▶ 1   │")
    choices = [text for one in QUESTIONS for choice in one.values[0].choices for text in choice.values()]

    assert [text for text in choices if len(text) > room] == []
