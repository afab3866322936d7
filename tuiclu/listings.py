"""The lists of demos and of guest programs, at any width and in every language. Pure: a line at a time."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nodes.wire.text import Text
from tuiclu.scenario.schema import in_every_language
from tuiclu.texts import in_own_words, told

if TYPE_CHECKING:
    from nodes.programs import Program
    from tuiclu.scenario.parser import Scenario

_COMMAND = re.compile(r"(?:^|(?<= ))tuiclu (?:run|open|compare|compare-policies|verify)\b.*$")
"""The end of a line that is to be typed: it gets a line of its own, which is never broken."""
LEAST = 20
"""Cells in width below which nothing is made narrower any more."""
_TO_SEE = (Text("without a screen"), Text("on the screen"), Text("the file"))


def demos(scenarios: Mapping[str, Scenario], lang: str, width: int) -> list[str]:
    """Return all demos: name and title, and below what to watch."""
    lines: list[str] = []
    for name, scenario in scenarios.items():
        lines += _wrapped(f"{name}: {in_own_words(scenario.title, lang)}", width)
        lines += _indented(in_own_words(in_every_language(scenario.file.about), lang), width, 4)
        lines.append("")
    return lines[:-1]


def demo(name: str, scenario: Scenario, lang: str, width: int) -> list[str]:
    """Return one demo, and how to see it."""
    commands = (f"tuiclu run {name}", f"tuiclu open {name}", scenario.source)
    labels = [told(label, lang) for label in _TO_SEE]
    column = max(map(len, labels)) + 2
    return [
        *demos({name: scenario}, lang, width),
        "",
        *(f"{label + ':':<{column}}{command}" for label, command in zip(labels, commands, strict=True)),
    ]


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
