"""A quiz: the questions of a lesson, what was predicted, and what the run has shown. Pure.

A question is marked where its answer can be told apart: by the number of the right choice, or by a figure of the run, which is computed.
What is neither is for discussion, and has no mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nodes.wire.events import QuestionAsked
from nodes.wire.text import Text
from tuiclu.language.quantities import Duration, QuantityError
from tuiclu.scenario.expectations import FIGURES, figure_of
from tuiclu.texts import in_own_words, told

Result = Mapping[str, Any]
"""What `run --json` prints, or as much of it as figures are made of."""

_SPANS = ("freeze", "turnaround")
"""Figures that are spans of time."""
_SPAN_WANTED = Text("a duration with its unit: 120 ms")
_NUMBER_WANTED = Text("a whole number")
_CHOICE_WANTED = Text("the number of one of the choices, from 1 to {count}")


class Prediction(NamedTuple):
    """A question, and what was said before its answer could be seen."""

    asked: QuestionAsked
    said: str
    """Empty: nothing."""


class Mark(NamedTuple):
    """What came of a prediction."""

    prediction: Prediction
    right: bool | None
    """None: nobody can tell."""
    answer: str
    """The right one, in the language that is told."""


class Score(NamedTuple):
    """How many predictions were right, of those that can be."""

    right: int
    of: int


def is_a_span(asked: QuestionAsked) -> bool:
    """Tell whether a figure is a span of time, in nanoseconds."""
    return bool(asked.figure) and asked.figure["is"] in _SPANS


def objection(asked: QuestionAsked, said: str) -> Text | None:
    """Return what an answer should have been, if it cannot be understood; None: it can, or nothing is said."""
    if not said or not (asked.figure or asked.choices):
        return None
    understood = _measured(asked, said) if asked.figure else _chosen(asked, said)
    return wanted(asked) if understood is None else None


def wanted(asked: QuestionAsked) -> Text | None:
    """Return what an answer is to be; None: it is free."""
    if asked.figure:
        return _SPAN_WANTED if asked.figure["is"] in _SPANS else _NUMBER_WANTED
    return _CHOICE_WANTED.filled(count=len(asked.choices)) if asked.choices else None


def figure(asked: QuestionAsked, result: Result) -> int | None:
    """Return the figure of a run that is asked for, a span in nanoseconds; None: there is none."""
    what, name = str(asked.figure["is"]), asked.figure.get("of")
    moves = [
        one
        for one in result["migrations"]
        if one["outcome"] == "completed" and name in (None, one["process"], one["pid"])
    ]
    processes = [one for one in result["processes"] if name in (None, one["name"], one["pid"])]
    match what:
        case "migrations":
            return len(moves)
        case "freeze":
            spans = [one["freeze_s"] for one in moves if one["freeze_s"] is not None]
            return _ns(max(spans)) if spans else None
        case "turnaround":
            ended = [one["turnaround_s"] for one in processes if one["turnaround_s"] is not None]
            return _ns(max(ended)) if ended else None
        case "page-faults":
            return sum(sum(one["faults"].values()) for one in processes) if processes else None
        case _:
            assert what in FIGURES
            return figure_of(moves[-1], what) if moves else None


def mark(prediction: Prediction, result: Result, lang: str) -> Mark:
    """Judge a prediction by what the run has shown."""
    asked, said = prediction
    answer = in_own_words(asked.answer, lang)
    if asked.figure:
        seen = figure(asked, result)
        shown = told(Text("nothing"), lang) if seen is None else _written(asked, seen)
        return Mark(prediction, _is_near(asked, said, seen), f"{shown}. {answer}".strip())
    if asked.correct:
        choice = in_own_words(asked.choices[asked.correct - 1], lang)
        return Mark(prediction, _chosen(asked, said) == asked.correct, f"{asked.correct}. {choice}. {answer}".strip())
    return Mark(prediction, None, answer)


def score(marks: Iterable[Mark]) -> Score:
    """Count what was right."""
    verdicts = [one.right for one in marks if one.right is not None]
    return Score(sum(verdicts), len(verdicts))


_SIGNS = {True: Text("right"), False: Text("wrong"), None: Text("to discuss")}
_SCORE = Text("Score: {right} of {count}")


def sheet(marks: Sequence[Mark], lang: str, *, computed: bool = False) -> list[str]:
    """Return what came of a quiz, in lines. `computed`: nobody has predicted anything."""
    lines = []
    for number, one in enumerate(marks, start=1):
        question = " ".join(in_own_words(one.prediction.asked.question, lang).split())
        lines.append(f"{number}. {question}")
        if not computed:
            said = one.prediction.said or told(Text("nothing"), lang)
            predicted = told(Text("Predicted"), lang)
            lines.append(f"   {predicted}: {said} ({told(_SIGNS[one.right], lang)})")
        lines.append(f"   {told(Text('Answer'), lang)}: {' '.join(one.answer.split())}")
    right, count = score(marks)
    if not computed and count:
        lines.append(told(_SCORE.filled(right=right, count=count), lang))
    return lines


def _ns(seconds: float) -> int:
    return round(seconds * 10**9)


def _written(asked: QuestionAsked, seen: int) -> str:
    return str(Duration(round(seen, -3))) if asked.figure["is"] in _SPANS else str(seen)


def _measured(asked: QuestionAsked, said: str) -> int | None:
    """Return an answer as a number, a span in nanoseconds; None: it is none."""
    if asked.figure["is"] in _SPANS:
        try:
            return int(Duration.parse(said))
        except QuantityError:
            return None
    return int(said) if said.isascii() and said.isdigit() and len(said) < 15 else None


def _is_near(asked: QuestionAsked, said: str, seen: int | None) -> bool:
    number = _measured(asked, said) if said else None
    if number is None or seen is None:
        return False
    return abs(number - seen) * 100 <= int(asked.figure["within"]) * seen


def _chosen(asked: QuestionAsked, said: str) -> int | None:
    """Return the number of the choice that an answer takes, from 1: by its number, or by its text in any language."""
    if said.isascii() and said.isdigit() and len(said) < 4 and 1 <= int(said) <= len(asked.choices):
        return int(said)
    for number, choice in enumerate(asked.choices, start=1):
        if said.strip().casefold() in (text.strip().casefold() for text in choice.values()):
            return number
    return None
