"""The order of the lessons, what to try after each, and how long one takes at a lecturer's pace. Pure, but that it reads `course.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from tuiclu.language.names import Part as Mapped
from tuiclu.language.names import Text, in_every_language
from tuiclu.live.lecture import reading_s
from tuiclu.scenario.convert import convert
from tuiclu.scenario.tree import read_tree

if TYPE_CHECKING:
    from tuiclu.scenario.parser import Scenario

FILE = "course.yaml"
MIGRATION_S = 10.0
"""About so long a migration is watched."""
QUESTION_S = 15.0
"""About so long an audience thinks and talks."""


class LessonEntry(Mapped, frozen=True):
    """A lesson, as the file has it."""

    demo: str
    exercise: Text


class PartEntry(Mapped, frozen=True):
    """A part of the course, as the file has it."""

    title: Text
    lessons: tuple[LessonEntry, ...]


class CourseFile(Mapped, frozen=True):
    """The whole file."""

    parts: tuple[PartEntry, ...]


class Lesson(NamedTuple):
    """A lesson in its place. Texts by language."""

    number: int
    """From 1, through the whole course."""
    demo: str
    part: int
    """From 1."""
    part_title: dict[str, str]
    exercise: dict[str, str]


@cache
def course() -> dict[str, Lesson]:
    """Return the lessons by the names of their demos, in the order of the lecture."""
    text = files("tuiclu.lessons").joinpath(FILE).read_text(encoding="utf-8")
    root = read_tree(text, FILE)
    assert root is not None
    file, _ = convert(root, CourseFile)
    lessons: dict[str, Lesson] = {}
    for part, entry in enumerate(file.parts, start=1):
        title = in_every_language(entry.title)
        for one in entry.lessons:
            exercise = in_every_language(one.exercise)
            lessons[one.demo] = Lesson(len(lessons) + 1, one.demo, part, title, exercise)
    return lessons


def minutes(scenario: Scenario) -> int:
    """Return about how many minutes a lesson takes at a lecturer's pace: to read, to watch, and to think."""
    seconds = 30.0
    for step in scenario.file.script:
        if step.say is not None:
            seconds += reading_s(in_every_language(step.say)["en"])
        if step.ask is not None:
            seconds += QUESTION_S + reading_s(in_every_language(step.ask.question)["en"])
        if step.migrate is not None or step.snapshot is not None:
            seconds += MIGRATION_S
    return max(1, round(seconds / 60))
