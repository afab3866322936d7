"""Texts that are not ours (titles, names, programs, outputs, paths, reasons), of whatever characters: all that shows a run takes them.

A real run is told anew with strange texts in every place in which a scenario, a guest or the machine could have put them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import count, product
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from nodes.wire.events import Stamped
from tests.nodes.kernel.machine import examples
from tests.tuiclu.tui.instants import a_run, frame_at, seen
from tuiclu.harmless import harmless, one_line
from tuiclu.model.cluster import ClusterView
from tuiclu.model.explain import explain, read_events
from tuiclu.model.frame import Spoken
from tuiclu.model.narration import Narrator
from tuiclu.model.report import report
from tuiclu.model.screen import ScreenView
from tuiclu.texts import LANGUAGES
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.views import VIEWS

FOREIGN = (
    "title",
    "name",
    "program",
    "argv",
    "text",
    "reason",
    "cause",
    "path",
    "detail",
    "question",
    "answer",
    "choices",
)
"""Fields of events that hold such texts."""
CLOSED = ("run.ended", "process.preempted")
"""Kinds of events whose reason is one of a few of ours."""
NASTY = "\x1b[2J\x1b]0;mine\x07\r\n\t\x00\x7f\x9b1m\u202e\u2066\u200b\u200d\ufeff\u0301e\u0301\u65e5\U0001f600\ud800{0}{x}%s[b]$1\\"
"""What a terminal obeys, what turns the direction, what takes no cell, what takes two, and what formatting could fall over."""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""What can be in an event: it travels as UTF-8."""


@cache
def happened() -> tuple[dict[str, Any], ...]:
    """Return the events of a run in which processes talk, move and end."""
    return tuple(json.loads(stamped.to_json()) for stamped in a_run("links-follow", 8).events[:900])


def replaced(value: Any, text: Callable[[], str]) -> Any:
    """Return a value with every text in it replaced."""
    match value:
        case str():
            return text()
        case list():
            return [replaced(one, text) for one in value]
        case dict():
            return {key: replaced(one, text) for key, one in value.items()}
        case _:
            return value


def told_with(text: str) -> list[Stamped]:
    """Return the run with a text in all places for such. Names are different ones."""
    numbers = count()
    lines = []
    for event in happened():
        strange = {
            key: replaced(value, lambda: f"{text}{next(numbers)}")
            if key in FOREIGN and event["kind"] not in CLOSED
            else value
            for key, value in event.items()
        }
        lines.append(json.dumps(strange).encode())
    return list(read_events(lines))


def cells(text: str) -> list[str]:
    """Return the characters of a text that do not take exactly one cell of a terminal."""
    return [
        one
        for one in text
        if not one.isprintable() or unicodedata.combining(one) or unicodedata.east_asian_width(one) in "WF"
    ]


@given(text=st.text(st.characters(codec=None), max_size=30))
@example(text=NASTY)
@examples(200)
def test_whatever_a_text_is_what_people_read_of_it_has_nothing_that_a_terminal_obeys(text: str) -> None:
    spaces = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{FIGURE SPACE}"
    assert [one for one in harmless(text) if not one.isprintable() and one not in spaces] == []
    assert "\n" not in one_line(text)
    harmless(text).encode()


@given(text=TEXTS)
@example(text=NASTY.replace("\ud800", ""))
@examples(2)
def test_a_run_full_of_them_is_told_explained_and_reported(text: str) -> None:
    events = told_with(text)
    for lang in LANGUAGES:
        view = ClusterView()
        narrator = Narrator(view, lang, text, everything=True)
        for stamped in events:
            view.apply(stamped)
            for line in narrator.tell(stamped):
                harmless(line).encode()
        assert explain(iter(events), lang).lines
    assert json.loads(json.dumps(report(view)))["processes"]


@given(text=TEXTS)
@example(text=NASTY.replace("\ud800", ""))
@examples(2)
def test_on_the_screen_every_character_of_them_takes_one_cell(text: str) -> None:
    events = told_with(text)
    known = ClusterView()
    screen = ScreenView(known)
    narrator = Narrator(known, "en", text)
    spoken = []
    for stamped in events:
        known.apply(stamped)
        screen.apply(stamped)
        told = [dict.fromkeys(LANGUAGES, line) for line in narrator.tell(stamped)]
        spoken += [Spoken(stamped.t, one, str(stamped.event.__struct_config__.tag)) for one in told]
    frame = frame_at(screen, 0, events, tuple(spoken))
    for view, lang, (width, height) in product(VIEWS, LANGUAGES, ((80, 24), (200, 60))):
        look = seen(a_run("links-follow", 8), frame, view, lang)
        look.title = dict.fromkeys(LANGUAGES, text)
        paper = draw(frame, look, [], width, height)
        rows = [paper.row(y)[0] for y in range(height)]
        assert [(cells(row), len(row)) for row in rows] == [([], width)] * height
