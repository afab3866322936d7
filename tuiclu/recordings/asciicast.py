"""A film as an asciicast, which players of asciinema play, with a marker for each chapter. Pure.

Version 2 is what every player takes, and counts seconds from the beginning; version 3 counts them from the event before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich.color import ColorSystem

from tuiclu.recordings.film import Film, Row, changed_rows
from tuiclu.texts import in_own_words
from tuiclu.tui.draw.paper import runs_of
from tuiclu.tui.styles import style_of

CLEAR = "\x1b[?25l\x1b[0m\x1b[2J"
"""No cursor, and nothing on the screen."""


def asciicast(film: Film, theme: str = "dark") -> str:
    """Return the text of the file. It says nothing of when and where it was made: the same run makes the same file."""
    header = {
        "version": 2,
        "width": film.width,
        "height": film.height,
        "duration": round(film.length_s, 3),
        "title": in_own_words(film.title, film.lang),
        "env": {"TERM": "xterm-256color"},
    }
    return _lines([header, *_in_order(film, theme)])


def asciicast3(film: Film, theme: str = "dark") -> str:
    """Return the same in version 3."""
    header = {
        "version": 3,
        "term": {"cols": film.width, "rows": film.height, "type": "xterm-256color"},
        "title": in_own_words(film.title, film.lang),
    }
    events, before_ms = [], 0
    for at_s, code, data in _in_order(film, theme):
        at_ms = round(at_s * 1000)  # what is rounded away is not lost: it is in the next one
        events.append(((at_ms - before_ms) / 1000, code, data))
        before_ms = at_ms
    return _lines([header, *events])


def _lines(values: Iterable[object]) -> str:
    return "".join(f"{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n" for value in values)


def _in_order(film: Film, theme: str) -> list[tuple[float, str, str]]:
    return sorted(_events(film, theme), key=lambda one: one[0])


def _events(film: Film, theme: str) -> Iterator[tuple[float, str, str]]:
    for chapter in film.chapters:
        yield round(chapter.at_s, 3), "m", in_own_words(chapter.title, film.lang)
    clear = CLEAR
    for picture, changed in changed_rows(film):
        written = "".join(f"\x1b[{y + 1};1H{_ansi(picture.rows[y], theme)}" for y in changed)
        yield round(picture.at_s, 3), "o", clear + written
        clear = ""
    yield round(film.length_s, 3), "o", "\x1b[0m"


def _ansi(row: Row, theme: str) -> str:
    return "".join(
        style_of(theme, run.style).render(run.text, color_system=ColorSystem.TRUECOLOR) for run in runs_of(*row)
    )
