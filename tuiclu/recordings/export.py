"""What a run is made into, for those who only look: each form by its name. Pure: events go in, a text comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nodes.wire.events import RunStarted, Stamped
from nodes.wire.text import Text
from tuiclu.recordings import captions
from tuiclu.recordings.asciicast import asciicast, asciicast3
from tuiclu.recordings.diagram import WHOLE, Stretch, as_svg
from tuiclu.recordings.film import Camera, Film, film_of
from tuiclu.recordings.page import page
from tuiclu.recordings.perfetto import as_perfetto
from tuiclu.recordings.report import report
from tuiclu.recordings.scorm import package
from tuiclu.recordings.shiviz import as_shiviz
from tuiclu.recordings.spreadsheet import as_csv
from tuiclu.scenario.expectations import Verdict
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
    verdicts: Sequence[Verdict] = ()
    """What came of what was expected, in the language; nobody knows where only events were kept."""
    compared: Mapping[str, Mapping[str, object]] = MappingProxyType({})
    """What further runs of the scenario came to, by name."""

    stretch: Stretch = WHOLE
    """Of a diagram: what of the run is drawn."""

    def film(self, lang: str) -> Film:
        """Return its film in a language."""
        return film_of(self.events, Camera(lang, self.title, speed=self.speed, size=self.size))


class Form(NamedTuple):
    """Something that a run can be made into."""

    ending: str
    """How the name of such a file ends."""
    make: Callable[[Kept], str | bytes]
    about: Text


def _page(kept: Kept, *, reports: bool = False) -> str:
    langs = [kept.lang, *(lang for lang in LANGUAGES if lang != kept.lang)]
    return page({lang: kept.film(lang) for lang in langs}, _facts(kept), kept.address, reports=reports)


def _facts(kept: Kept) -> dict[str, str]:
    started = next(one.event for one in kept.events if isinstance(one.event, RunStarted))
    return {"tuiclu": started.version, "seed": str(started.seed), **({"digest": kept.digest} if kept.digest else {})}


def _report(kept: Kept) -> str:
    return report(kept.events, kept.title, _facts(kept), kept.lang, kept.verdicts, kept.compared)


def _package(kept: Kept) -> bytes:
    return package(in_own_words(kept.title, kept.lang) or kept.address, kept.address, _page(kept, reports=True))


FORMS: dict[str, Form] = {
    "html": Form(
        ".html", _page, Text("one page that needs no network: player, captions, chapters, questions, transcript")
    ),
    "scorm": Form(
        ".zip", _package, Text("the same page as a package for Moodle and others (SCORM 1.2), which reports the score")
    ),
    "report": Form(
        ".report.html",
        _report,
        Text(
            "a report on one page: verdicts, tables, who had the CPU, space and time, the pages of each migration, narration"
        ),
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
    "svg": Form(
        ".svg",
        lambda kept: as_svg(kept.events, kept.lang, in_own_words(kept.title, kept.lang), kept.stretch),
        Text("the space-time diagram of a run, or of a stretch of it"),
    ),
    "shiviz": Form(
        ".log",
        lambda kept: as_shiviz(kept.events, kept.lang, in_own_words(kept.title, kept.lang)),
        Text("the space-time diagram of ShiViz, with vector clocks"),
    ),
}
"""By the names that `tuiclu export --to` takes."""
