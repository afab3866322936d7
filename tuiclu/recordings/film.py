"""A film of a run that is over: what the screen shows, on a clock of its own. Pure: events go in, pictures come out, the same each time.

Time passes as in a lesson that nobody conducts (`live.lecture`): what is said stays for as long as it takes to read it, migrations are
slow, and the view is the one in which most happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from nodes.wire.events import ChapterBegan, Narration, QuestionAsked, RunEnded, RunStarted, Stamped
from nodes.wire.parameters import NetworkParameters
from tuiclu.live.lecture import EVEN, Lecture, Slope, reading_s
from tuiclu.live.reporter import Reporter
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Frame
from tuiclu.model.report import report
from tuiclu.model.screen import ScreenView
from tuiclu.model.traffic import Excerpt
from tuiclu.quiz.marks import figure
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look, Prediction

PICTURES_A_SECOND = 5
END_S = 4.0
"""The last picture stays."""
QUESTION_S = 5.0
"""To think, beside the time that it takes to read the question."""
WIDTH, HEIGHT = 100, 30

Row = tuple[str, tuple[str, ...]]
"""The characters of a line, and the style of each."""


@dataclass(frozen=True)
class Picture:
    """What is seen from an instant of the film on."""

    at_s: float
    now_ns: int
    event: int
    """The last event that has happened: with it, this moment of the run has a name."""
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """A sentence of the narration, by language."""

    at_s: float
    t_ns: int
    kind: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Mark:
    """Where a chapter begins."""

    at_s: float
    title: Mapping[str, str]


@dataclass(frozen=True)
class Quiz:
    """A question to the audience, and when its answer is told: after what it asks about could be seen."""

    at_s: float
    asked: QuestionAsked
    answered_s: float
    seen: int | None = None
    """The figure of the run that is asked for; None: there is none."""


@dataclass
class Film:
    """All that a film consists of."""

    title: dict[str, str]
    lang: str
    width: int
    height: int
    pictures: list[Picture] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    chapters: list[Mark] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    length_s: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    """What came of the run, as `run --json` has it."""


@dataclass
class _Clock:
    """The seconds of the film that have passed, and how virtual time passes in it."""

    speed: float
    at_s: float = 0.0
    at_ns: int = 0
    slope: Slope = EVEN
    climbed_s: float = 0.0

    def follow(self, slope: Slope) -> None:
        self.slope, self.climbed_s = slope, 0.0

    def until_s(self, t_ns: int) -> float:
        """Return how many seconds of the film it is until an instant."""
        passed_s = self.slope.passed_s(self.climbed_s) + (t_ns - self.at_ns) / 1e9 / self.speed
        return max(0.0, self.slope.real_s(passed_s) - self.climbed_s)

    def go_on(self, seconds: float, until_ns: int) -> None:
        """Let so many seconds of the film pass, at most until an instant."""
        before_s = self.slope.passed_s(self.climbed_s)
        self.climbed_s += seconds
        passed_s = self.slope.passed_s(self.climbed_s) - before_s
        self.at_ns = min(until_ns, self.at_ns + int(passed_s * self.speed * 1e9))
        self.at_s += seconds


class Camera:
    """Takes the events of a run, in order, and makes its film. Ask for the `film` when the last one has been taken."""

    def __init__(
        self,
        lang: str,
        title: Mapping[str, str] | None = None,
        *,
        speed: float = 1.0,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        ascii_only: bool = False,
    ) -> None:
        """`title` by language, where the run itself has one only."""
        self._title = title
        self._size = size
        self._clock = _Clock(speed)
        self._look = Look(lang=lang, ascii_only=ascii_only)
        self._view = ClusterView()
        self._screen = ScreenView(self._view)
        self._reporter: Reporter | None = None
        self._lecture: Lecture | None = None
        self._moving: dict[str, bool] = {}
        """The migrations under way, and whether they were accepted."""
        self._rows: tuple[Row, ...] = ()
        self._event = 0
        self._open: list[QuestionAsked] = []
        self._asked_s = 0.0
        self.film = Film({}, lang, *size)

    about = None

    def observe(self, stamped: Stamped) -> Iterable[object]:
        """Take the next event."""
        if isinstance(stamped.event, RunStarted):
            self._begin(stamped.event)
        if self._reporter is None or self._lecture is None:
            return ()  # what has no beginning has no network, and no pace
        self._pass_until(stamped.t)
        self._view.apply(stamped)
        self._screen.apply(stamped)
        told = self._reporter.take(stamped)
        self._event = stamped.seq
        kind = str(stamped.event.__struct_config__.tag)
        for index in range(max(map(len, told.values()), default=0)):
            texts = {lang: lines[min(index, len(lines) - 1)] for lang, lines in told.items() if lines}
            self.film.lines.append(Line(self._clock.at_s, stamped.t, kind, texts))
        if self._lecture.see(stamped.event):
            self._clock.follow(self._lecture.slope)
        self._stop_for(stamped)
        if isinstance(stamped.event, RunEnded):
            self._end()
        return ()

    def _begin(self, started: RunStarted) -> None:
        network = msgspec.convert(started.settings["network"], NetworkParameters)
        title = dict(self._title or {"en": started.title})
        self.film.title = title
        self._look.title, self._look.kind = title, network.kind
        self._look.bandwidth_bps, self._look.latency_ns = network.bandwidth_bps, network.latency_ns
        self._reporter = Reporter(self._view, self._screen, title)
        self._lecture = Lecture(network)

    def _pass_until(self, t_ns: int) -> None:
        """Let the film go on until an instant of the run, with a picture now and then."""
        while (left_s := self._clock.until_s(t_ns)) > 0:
            self._take_picture("running")
            self._clock.go_on(min(left_s, 1 / PICTURES_A_SECOND), t_ns)
            if left_s <= 1 / PICTURES_A_SECOND:
                break
        self._clock.at_ns = t_ns

    def _stop_for(self, stamped: Stamped) -> None:
        """Stay for as long as the audience reads."""
        match stamped.event:
            case Narration(text):
                self._tell_answers()
                self._stay("saying", max(map(reading_s, text.values())))
            case ChapterBegan(title):
                self.film.chapters.append(Mark(self._clock.at_s, title))
            case QuestionAsked() as asked:
                self._tell_answers()
                self._open.append(asked)
                self._asked_s = self._clock.at_s
                self._stay("asking", QUESTION_S + max(map(reading_s, asked.question.values())))
                assert self._reporter is not None
                if self._reporter.question is not None:
                    self._look.prediction = Prediction(self._reporter.question, "", stamped.t)
                self._reporter.question = None
            case _:
                pass

    def _stay(self, mode: str, seconds: float) -> None:
        self._take_picture(mode)
        self._clock.at_s += seconds

    def _tell_answers(self) -> None:
        """What was asked could be seen by now: tell the answer."""
        for asked in self._open:
            self.film.quizzes.append(Quiz(self._asked_s, asked, self._clock.at_s))
            self._look.revealed, self._look.prediction = self._look.prediction, None
            self._stay("held", max(map(reading_s, asked.answer.values())))
            self._look.revealed = None
        self._open.clear()

    def _end(self) -> None:
        self._tell_answers()
        self._stay("ended", END_S)
        self.film.length_s = self._clock.at_s
        result = self.film.result = report(self._view)
        self.film.quizzes = [
            replace(one, seen=figure(one.asked, result)) if one.asked.figure else one for one in self.film.quizzes
        ]

    def _take_picture(self, mode: str) -> None:
        """Show what there is, if that is something else than before."""
        assert self._reporter is not None
        self._choose_view()
        now_ns = max(self._clock.at_ns, self._view.now_ns)
        self._screen.look_at(now_ns)
        migration = next(reversed(self._moving), None)
        timeline = self._look.timeline
        details = self._screen.details(
            node=None,
            pid=None,
            migration=migration,
            messages=self._look.view == "messages",
            excerpt=Excerpt(timeline.span_ns, timeline.end_ns, timeline.show),
        )
        frame: Frame = self._reporter.frame(
            now_ns=now_ns,
            still=False,
            details=details,
            pids={},
            mode=mode,
            factor=self._clock.speed,
            reached=0.0,
            logged=(),
            commands=0,
            slow=self._clock.slope.share < 1,
        )
        self._look.take(frame)
        paper = draw(frame, self._look, [], *self._size)
        rows = tuple(paper.row(y) for y in range(paper.height - 1))  # the last line has the keys
        if rows != self._rows:
            self._rows = rows
            self.film.pictures.append(Picture(self._clock.at_s, now_ns, self._event, rows))

    def _choose_view(self) -> None:
        """Look at where most happens: a negotiation, a migration, a snapshot, else the cluster."""
        under_way = [one for one in self._view.migrations.values() if one.ended_ns is None and one.resumed_ns is None]
        self._moving = {one.name: one.accepted_ns is not None for one in under_way}
        slow = self._clock.slope.share < 1
        records = any(one.outcome == "unfinished" for one in self._view.snapshots.values())
        if slow and records and not under_way:
            view = "messages"
        elif not slow or not under_way:
            view = "cluster"
        else:
            view = "migration" if all(self._moving.values()) else "conversation"
        if view != self._look.view:
            self._look.show(view)
            self._look.migration = None


def film_of(events: Iterable[Stamped], camera: Camera) -> Film:
    """Return the film of the events of a run."""
    for stamped in events:
        camera.observe(stamped)
    return camera.film


def changed_rows(film: Film) -> Iterator[tuple[Picture, list[int]]]:
    """Yield each picture, and the numbers of the lines that are not as in the one before."""
    before: tuple[Row, ...] = ()
    for picture in film.pictures:
        yield (
            picture,
            [y for y, row in enumerate(picture.rows) if y >= len(before) or row != before[y]],
        )
        before = picture.rows
