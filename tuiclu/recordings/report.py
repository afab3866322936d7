"""A report of a run: one page with its verdicts, tables, drawings, the pages of each migration, and the narration. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from nodes.wire.events import (
    MigrationAborted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationLost,
    MigrationResumed,
    RunStarted,
    Stamped,
)
from nodes.wire.parameters import NetworkParameters
from nodes.wire.text import Text
from tuiclu.live.reporter import Reporter
from tuiclu.model.before_and_after import before_and_after
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.model.report import report as results_of
from tuiclu.model.screen import ScreenView
from tuiclu.model.summary import mean_turnarounds, process_rows
from tuiclu.recordings.charts import Happenings, gantt, space_time
from tuiclu.recordings.page import class_names, looks, template_of
from tuiclu.scenario.comparisons import side_by_side
from tuiclu.scenario.expectations import Verdict
from tuiclu.texts import in_own_words, told
from tuiclu.tui.draw.paper import Run, runs_of
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look

TEMPLATE = "report.html"
SIZE = 100, 32
MOST_PICTURED = 20
"""Of more migrations, the first."""
WORDS: dict[str, Text] = {
    "verdicts": Text("What was expected"),
    "processes": Text("Processes"),
    "migrations": Text("Migrations"),
    "compared": Text("Side by side"),
    "cpus": Text("Who had the CPU"),
    "diagram": Text("Space and time"),
    "blocks": Text("Control blocks and links, before and after"),
    "pages": Text("The pages of each migration"),
    "transcript": Text("Transcript"),
    "light": Text("Light or dark"),
    "drawn": Text("Messages drawn"),
    "failed": Text("FAILED"),
    "nothing": Text("nothing"),
    "scroll": Text("A table that can be scrolled"),
}
"""What the page says of its own."""
_HEADINGS = (
    *(Text("name"), Text("who"), Text("from, to"), Text("strategy"), Text("outcome"), Text("asked for by")),
    *(Text("freeze"), Text("total"), Text("pages"), Text("bytes")),
)
_PICTURES: dict[type, Text] = {
    MigrationFrozen: Text("it stands still"),
    MigrationResumed: Text("it goes on"),
    MigrationCompleted: Text.of("migrations", "completed"),
    MigrationAborted: Text.of("migrations", "aborted"),
    MigrationLost: Text.of("migrations", "lost"),
}


class Picture(NamedTuple):
    """What the screen shows of a migration at an instant."""

    migration: str
    caption: str
    rows: tuple[tuple[Run, ...], ...]


class _Photographer:
    """Follows the events of a run, and draws the pages of a migration when something happens to it."""

    def __init__(self, lang: str, title: Mapping[str, str]) -> None:
        self.view = ClusterView()
        self.pictures: list[Picture] = []
        self._screen = ScreenView(self.view)
        self._look = Look(lang=lang)
        self._look.show("migration")
        self._reporter = Reporter(self.view, self._screen, dict(title))
        self._title = title

    def take(self, stamped: Stamped) -> None:
        """Take the next event."""
        event = stamped.event
        if isinstance(event, RunStarted):
            network = msgspec.convert(event.settings["network"], NetworkParameters)
            self._look.title, self._look.kind = dict(self._title or {"en": event.title}), network.kind
            self._look.bandwidth_bps, self._look.latency_ns = network.bandwidth_bps, network.latency_ns
        self.view.apply(stamped)
        self._screen.apply(stamped)
        self._reporter.take(stamped)
        if type(event) in _PICTURES and len({one.migration for one in self.pictures}) <= MOST_PICTURED:
            self._draw(event.migration, stamped.t, _PICTURES[type(event)])  # type: ignore[union-attr]

    def _draw(self, migration: str, t: int, what: Text) -> None:
        self._look.migration = migration
        self._screen.look_at(t)
        details = self._screen.details(node=None, pid=None, migration=migration, messages=False)
        frame = self._reporter.frame(
            now_ns=t,
            still=False,
            details=details,
            pids={},
            mode="held",
            factor=1.0,
            reached=0.0,
            logged=(),
            commands=0,
        )
        self._look.take(frame)
        paper = draw(frame, self._look, [], *SIZE)
        rows = tuple(tuple(runs_of(*paper.row(y))) for y in range(2, paper.height - 1))
        view = self.view.migrations.get(migration)
        who = "" if view is None else f"{self.view.name_of(view.pid)}, {view.source} → {view.destination}: "
        self.pictures.append(Picture(migration, f"{who}{told(what, self._look.lang)}, {t / 1e9:.6f} s", rows))


def report(
    events: Iterable[Stamped],
    title: Mapping[str, str],
    facts: Mapping[str, str],
    lang: str,
    verdicts: Sequence[Verdict] = (),
    compared: Mapping[str, Mapping[str, object]] | None = None,
) -> str:
    """Return the page. `facts`: what is known of the run (version, seed, digest); `compared`: what further runs of the scenario came to."""
    photographer, happenings = _Photographer(lang, title), Happenings()
    view = photographer.view
    narrator = Narrator(view, lang, in_own_words(title, lang))
    lines: list[str] = []
    for stamped in events:
        photographer.take(stamped)
        happenings.take(stamped)
        lines += narrator.tell(stamped)
    words = {name: told(word, lang) for name, word in WORDS.items()}
    names = {pid: process.name for pid, process in view.processes.items()}
    diagram, drawn, count = space_time(happenings, words["diagram"])
    result = results_of(view)
    number_of = class_names()
    return template_of(TEMPLATE).render(
        lang=lang,
        title=in_own_words(title, lang),
        words=words,
        facts=facts,
        looks=looks(number_of),
        verdicts=verdicts,
        processes=process_rows(view, lang),
        means=mean_turnarounds(view, {}, lang),
        migrations=[[told(heading, lang) for heading in _HEADINGS], *_migrations(result["migrations"], lang)],
        compared=side_by_side(result, compared, lang) if compared else [],
        cpus=gantt(happenings, names, words["cpus"]),
        diagram=diagram,
        drawn=f"{drawn} / {count}",
        blocks=before_and_after(view, lang),
        pictures=photographer.pictures,
        number_of=number_of,
        lines=[(line[:14].strip(), line[14:].strip()) for line in lines],
    )


def _migrations(migrations: Iterable[Mapping[str, object]], lang: str) -> list[list[str]]:
    return [
        [
            str(one["id"]),
            str(one["process"]),
            f"{one['source']} → {one['destination']}",
            str(one["strategy"]),
            told(Text.of("migrations", str(one["outcome"])), lang),
            told(Text.of("initiated by", str(one["initiated_by"])), lang),
            "-" if one["freeze_s"] is None else f"{one['freeze_s']:.6f} s",
            "-" if one["total_s"] is None else f"{one['total_s']:.6f} s",
            str(one["pages_sent"]),
            str(one["bytes_on_wire"]),
        ]
        for one in migrations
    ]
