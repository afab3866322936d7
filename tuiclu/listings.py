"""The lists of demos and of guest programs, at any width and in every language. Pure: a line at a time."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nodes.wire.text import Text
from tuiclu.lessons.course import minutes
from tuiclu.scenario.schema import in_every_language
from tuiclu.texts import in_own_words, told

if TYPE_CHECKING:
    from nodes.programs import Program
    from tuiclu.lessons.course import Lesson
    from tuiclu.scenario.parser import Scenario

_COMMAND = re.compile(r"(?:^|(?<= ))tuiclu (?:run|open|compare|compare-policies|verify)\b.*$")
"""The end of a line that is to be typed: it gets a line of its own, which is never broken."""
LEAST = 20
"""Cells in width below which nothing is made narrower any more."""
_TO_SEE = (Text("without a screen"), Text("on the screen"), Text("the file"))


def demos(scenarios: Mapping[str, Scenario], lessons: Mapping[str, Lesson], lang: str, width: int) -> list[str]:
    """Return all demos, by the parts of the course: name and title, and below what to watch."""
    lines: list[str] = []
    part = 0
    for name, scenario in scenarios.items():
        if len(scenarios) > 1 and lessons[name].part != part:
            part = lessons[name].part
            lines += [*_wrapped(f"{part}. {in_own_words(lessons[name].part_title, lang)}", width), ""]
        lines += _wrapped(f"{name}: {in_own_words(scenario.title, lang)}", width)
        lines += _indented(in_own_words(in_every_language(scenario.file.about), lang), width, 4)
        lines.append("")
    return lines[:-1]


def demo(name: str, scenario: Scenario, lessons: Mapping[str, Lesson], lang: str, width: int) -> list[str]:
    """Return one demo: its place in the course, what to watch, an exercise, how long it takes, and how to see it."""
    lesson = lessons[name]
    place = Text("Lesson {number} of {count}: {part}. About {minutes} min.")
    filled = place.filled(
        number=lesson.number,
        count=len(lessons),
        part=in_own_words(lesson.part_title, lang),
        minutes=minutes(scenario),
    )
    exercise = f"{told(Text('Exercise'), lang)}: {in_own_words(lesson.exercise, lang)}"
    commands = (f"tuiclu run {name}", f"tuiclu open {name}", scenario.source)
    labels = [told(label, lang) for label in _TO_SEE]
    column = max(map(len, labels)) + 2
    return [
        *_wrapped(told(filled, lang), width),
        "",
        *demos({name: scenario}, lessons, lang, width),
        "",
        *_wrapped(exercise, width),
        "",
        *(f"{label + ':':<{column}}{command}" for label, command in zip(labels, commands, strict=True)),
    ]


def parameters(scenario: Scenario, lang: str) -> list[str]:
    """Return a line for each parameter of a scenario: what it is, may be and is for."""
    lines = []
    for one in scenario.parameters.values():
        about = in_own_words(one.about, lang)
        what = told(Text("{name} = {value} ({what})", name=one.name, value=one.value, what=one.may_be), lang)
        lines.append(f"{what}: {about}" if about else what)
    return lines


def variants(scenario: Scenario, lang: str) -> list[str]:
    """Return a line for each further run of a scenario: how it is asked for, and what it shows."""
    lines = []
    for name, run in scenario.file.compare.items():
        about = in_own_words(in_every_language(run.about), lang)
        lines += [f"--variant {name}: {about}" if about else f"--variant {name}"] if not scenario.variant else []
    return lines


def programs(shown: Iterable[Program], lang: str, width: int) -> list[str]:
    """Return programs: name and what they do, and below their arguments."""
    lines: list[str] = []
    for program in shown:
        lines += _wrapped(f"{program.name}: {told(program.summary, lang)}", width)
        for parameter in program.parameters:
            lines += _indented(f"{parameter.name} = {parameter.default}: {told(parameter.summary, lang)}", width, 4)
    return lines


def _indented(text: str, width: int, by: int) -> list[str]:
    """Return a text so far to the right, as paragraphs; commands stand on lines of their own."""
    lines: list[str] = []
    paragraph = ""
    for line in text.strip().splitlines():
        command = _COMMAND.search(line)
        paragraph = f"{paragraph} {line[: command.start()] if command else line}".strip()
        if command:
            lines += [*_wrapped(paragraph, width - by), f"  {command[0]}"]
            paragraph = ""
    return [" " * by + line for line in (*lines, *_wrapped(paragraph, width - by))]


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines; what is continued stands two cells to the right."""
    return textwrap.wrap(
        text, max(LEAST, width), break_on_hyphens=False, break_long_words=False, subsequent_indent="  "
    )
