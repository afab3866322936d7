"""The captions of a film, and its chapters, as WebVTT: what is told, line for line, in the language that is wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tuiclu.recordings.film import Film, Line
from tuiclu.texts import in_own_words


def captions(film: Film, lang: str) -> str:
    """Return the narration: what is told at one instant stands together, until something else is told."""
    told = [(at_s, [in_own_words(line.text, lang) for line in lines]) for at_s, lines in _together(film)]
    ends = [at_s for at_s, _ in told[1:]] + [film.length_s]
    return _webvtt((at_s, end_s, "\n".join(lines)) for (at_s, lines), end_s in zip(told, ends, strict=True))


def chapters(film: Film, lang: str) -> str:
    """Return the chapters."""
    ends = [one.at_s for one in film.chapters[1:]] + [film.length_s]
    marks = zip(film.chapters, ends, strict=True)
    return _webvtt((one.at_s, end_s, in_own_words(one.title, lang)) for one, end_s in marks)


def _together(film: Film) -> Iterator[tuple[float, list[Line]]]:
    for at_ms, lines in groupby(film.lines, key=lambda line: round(line.at_s * 1000)):
        yield at_ms / 1000, list(lines)


def _webvtt(cues: Iterator[tuple[float, float, str]]) -> str:
    parts = [
        f"{_stamp(start_s)} --> {_stamp(max(end_s, start_s + 0.001))}\n{_escaped(text)}\n"
        for start_s, end_s, text in cues
    ]
    return "\n".join(["WEBVTT\n", *parts])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
