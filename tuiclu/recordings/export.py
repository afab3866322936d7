"""What a run is made into, for those who only look: each form by its name. Pure: events go in, a text comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nodes.wire.events import RunStarted, Stamped
from nodes.wire.text import Text
from tuiclu.recordings import captions
from tuiclu.recordings.asciicast import asciicast, asciicast3
from tuiclu.recordings.film import Camera, Film, film_of
from tuiclu.recordings.page import page
from tuiclu.recordings.perfetto import as_perfetto
from tuiclu.recordings.shiviz import as_shiviz
from tuiclu.recordings.spreadsheet import as_csv
from tuiclu.texts import LANGUAGES, in_own_words


class Kept(NamedTuple):
    """A run that was kept, and how it is to be told."""

    events: Sequence[Stamped]
    title: Mapping[str, str]
    digest: str
    """Empty: nobody has computed it."""
    address: str
    """What its moments are called by."""
    lang: str
    speed: float = 1.0
    size: tuple[int, int] = (100, 30)

    def film(self, lang: str) -> Film:
        """Return its film in a language."""
        return film_of(self.events, Camera(lang, self.title, speed=self.speed, size=self.size))


class Form(NamedTuple):
    """Something that a run can be made into."""

    ending: str
    """How the name of such a file ends."""
    make: Callable[[Kept], str]
    about: Text


def _page(kept: Kept) -> str:
    started = next(one.event for one in kept.events if isinstance(one.event, RunStarted))
    facts = {"tuiclu": started.version, "seed": str(started.seed), **({"digest": kept.digest} if kept.digest else {})}
    langs = [kept.lang, *(lang for lang in LANGUAGES if lang != kept.lang)]
    return page({lang: kept.film(lang) for lang in langs}, facts, kept.address)


FORMS: dict[str, Form] = {
    "html": Form(
        ".html", _page, Text("one page that needs no network: player, captions, chapters, questions, transcript")
    ),
    "asciicast": Form(
        ".cast", lambda kept: asciicast(kept.film(kept.lang)), Text("for asciinema, with a marker for each chapter")
    ),
    "asciicast3": Form(
        ".cast", lambda kept: asciicast3(kept.film(kept.lang)), Text("the same in version 3, for asciinema 3")
    ),
    "webvtt": Form(
        ".vtt", lambda kept: captions.captions(kept.film(kept.lang), kept.lang), Text("the captions of the film")
    ),
    "webvtt-chapters": Form(
        ".vtt", lambda kept: captions.chapters(kept.film(kept.lang), kept.lang), Text("the chapters of the film")
    ),
    "perfetto": Form(".json", lambda kept: as_perfetto(kept.events), Text("a trace for ui.perfetto.dev")),
    "csv": Form(
        ".csv",
        lambda kept: as_csv(kept.events, kept.lang, in_own_words(kept.title, kept.lang)),
        Text("every event in a line, for a spreadsheet"),
    ),
    "shiviz": Form(
        ".log",
        lambda kept: as_shiviz(kept.events, kept.lang, in_own_words(kept.title, kept.lang)),
        Text("the space-time diagram of ShiViz, with vector clocks"),
    ),
}
"""By the names that `tuiclu export --to` takes."""
