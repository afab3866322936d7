"""A film as an asciicast (version 2), which any player of asciinema plays, with a marker for each chapter. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

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
    lines = [header, *sorted(_events(film, theme), key=lambda one: one[0])]
    return "".join(f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n" for line in lines)


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
