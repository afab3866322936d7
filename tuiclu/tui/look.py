"""What the person in front of the screen looks at, and what the screen remembers for them. Plain data; imports no textual."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tuiclu.texts import Translate, told, translations
from tuiclu.tui.sorting import COLUMNS, Order, following, ordered
from tuiclu.tui.timeline import Timeline

if TYPE_CHECKING:
    from nodes.wire.reasons import Reason
    from tuiclu.model.frame import Frame, Logged, MigrationRow, NodeCard, ProcessRow, Question, SnapshotRow, Spoken

LOG_KINDS = ("sentences", "events", "output", "nodes")
"""In sentences, every event, what programs write, and the human log of the nodes."""
REMEMBERED = 5000
"""Lines of the log, of each kind."""
UNSEEN = ("narration", "question.asked", "chapter.began", "command")
"""Kinds of events that are told, but not seen in the cluster."""
LEAST_SPAN_NS, MOST_SPAN_NS = 1_000_000, 20_000_000_000


@dataclass(frozen=True)
class RealSide:
    """What a node costs the real machine."""

    pid: int
    cpu_percent: float
    rss_bytes: int
    status: str
    switches: int


class Notice(NamedTuple):
    """Something that is said above the footer."""

    text: dict[str, str]
    """By language."""
    style: str
    final: bool = True
    """Nothing more will come of it."""


@dataclass
class Prediction:
    """What the audience has predicted, and what could be seen since."""

    question: Question
    said: str
    """Empty: nothing."""
    at_ns: int
    seen: deque[Spoken] = field(default_factory=lambda: deque(maxlen=20))


@dataclass
class Look:
    """See above."""

    lang: str = "en"
    quiz: tuple[str, str] = ("", "")
    """The lesson of which this is a quiz, and where its marks are kept (see `live.front.Start`)."""
    view: str = "cluster"
    node: str | None = None
    """The node that is selected, by name."""
    pid: str | None = None
    """The process that is selected."""
    migration: str | None = None
    """The migration that is open; None: the latest."""
    snapshot: str | None = None
    """The snapshot that was chosen in the space-time diagram; None: the latest."""
    scroll: int = 0
    """Lines by which the lists of this view are scrolled back."""
    log_kind: str = "sentences"
    between: str = "nodes"
    """Whose messages are shown: those between `nodes`, or between `processes`."""
    find: str = ""
    """What the log is filtered by."""
    ascii_only: bool = False
    read_only: bool = False
    expert: bool = False
    legend: bool = False
    order: dict[str, Order] = field(default_factory=dict)
    """By view: how its table is sorted; those that are not here, as it comes."""
    step_unit: str = "event"
    span_ns: int = 400_000_000
    """The stretch of time in the Gantt strip."""
    timeline: Timeline = field(default_factory=Timeline)
    """And in the space-time diagram."""
    notice: str = ""
    """What was said last above the footer."""
    notice_style: str = "dim"
    answers: dict[int, Notice] = field(default_factory=dict)
    """What came of the orders that were given last, by their numbers."""
    title: dict[str, str] = field(default_factory=dict)
    source: str = ""
    address: str = ""
    """What moments of the undisturbed run are called by: the file, or the name of the demo."""
    kind: str = ""
    bandwidth_bps: int = 0
    latency_ns: int = 0
    ended: str = ""
    """How the cluster ended; empty: it lives."""
    closing: bool = False
    """The end of the run is told over the view: until another view is looked at, or escape."""
    told_closing: bool = False
    """It has been told."""
    asked: str = ""
    """The number that is asked about, by its target (see `numbers`); empty: none is."""
    asked_at: tuple[int, int] = (0, 2)
    """Where it is, or where the next question begins."""
    choice: int = -1
    """Of the choices that the audience has, the one that was gone to; -1: none."""
    prediction: Prediction | None = None
    """What was predicted and cannot have been seen yet."""
    revealed: Prediction | None = None
    """What was predicted, while it is shown what came of it."""
    marks: dict[str, int] = field(default_factory=dict)
    """Moments that were marked, by what they are called, and their instants."""
    dragged: str = ""
    """The process that is being dragged from its card."""
    spoken: deque[Spoken] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    events: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    logged: deque[Logged] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    real: dict[str, RealSide] = field(default_factory=dict)

    @property
    def t(self) -> Translate:
        """Return the function that gives the screen's texts in its language."""
        return translations(self.lang)

    def why(self, reason: Reason | None) -> str:
        """Return a reason in the language of the screen; nothing if there is none."""
        return "" if reason is None else told(reason.text(), self.lang)

    def take(self, frame: Frame) -> None:
        """Remember what is new in a frame, and keep what is selected to what there is."""
        self.spoken.extend(one for one in frame.spoken if not _is_answer(one))
        if self.prediction is not None:
            self.prediction.seen.extend(one for one in frame.spoken if one.kind not in UNSEEN)
        self.events.extend(line.decode() for line in frame.news)
        self.logged.extend(frame.logged)
        if bool(frame.closing) != self.told_closing:
            self.closing = self.told_closing = bool(frame.closing)
            self.scroll = 0
        names = [node.name for node in frame.nodes]
        if self.node not in names:
            self.node = names[0] if names else None
        process = self.process(frame)
        if process is not None and self.view == "processes":
            self.node = process.node  # it is followed wherever it goes
        elif process is None or process.node != self.node:
            here = processes_of(frame, self.node)
            self.pid = here[0].pid if here else self.pid

    def process(self, frame: Frame) -> ProcessRow | None:
        """Return the process that is selected."""
        return next((one for one in frame.processes if one.pid == self.pid), None)

    def card(self, frame: Frame) -> NodeCard | None:
        """Return the node that is selected."""
        return next((one for one in frame.nodes if one.name == self.node), None)

    def opened(self, frame: Frame) -> MigrationRow | None:
        """Return the migration that is open: the one that was chosen, else one that is going on, else the latest."""
        if not frame.migrations:
            return None
        chosen = next((one for one in frame.migrations if one.name == self.migration), None)
        going_on = [one for one in frame.migrations if one.ended_ns is None]
        return chosen or (going_on or list(frame.migrations))[-1]

    def listed(self, frame: Frame) -> list[ProcessRow]:
        """Return the processes of the table that is looked at: of all nodes, those that contain what is looked for; else of the node."""
        if self.view == "processes":
            wanted = self.find.lower()
            return ordered(
                self.view, [one for one in everyone(frame) if contains(one, wanted)], self.order.get(self.view)
            )
        return ordered("node", processes_of(frame, self.node), self.order.get("node"))

    def migrations(self, frame: Frame) -> list[MigrationRow]:
        """Return the migrations of the table in view 3."""
        return ordered("migration", frame.migrations, self.order.get("migration"))

    def sort(self, column: str | None) -> None:
        """Sort the table of this view by a column, or, if it is already, the other way round; None: by the next column."""
        if self.view not in COLUMNS:
            return
        before = self.order.pop(self.view, None)
        if column is None:
            order = following(self.view, before)
        else:
            order = Order(column, descending=before is not None and before.column == column and not before.descending)
        if order is not None:
            self.order[self.view] = order

    def turn(self) -> None:
        """Sort the table of this view the other way round."""
        before = self.order.get(self.view)
        if self.view in COLUMNS:
            column = before.column if before is not None else COLUMNS[self.view][0]
            self.order[self.view] = Order(column, descending=before is None or not before.descending)

    def forget(self) -> None:
        """Forget what happened: it happens again, or otherwise."""
        for remembered in (self.spoken, self.events, self.logged):
            remembered.clear()
        self.answers.clear()
        self.closing = self.told_closing = False
        self.ended = ""

    # What is said above the footer.

    def notify(self, text: str, style: str) -> None:
        """Say something; answers that are final have been read by now."""
        self.forget_answers()
        self.notice, self.notice_style = text, style

    def answer(self, number: int, notice: Notice) -> None:
        """Say what came of an order; with the first sign of it, those before it that are done give way."""
        if number not in self.answers:
            self.forget_answers()
        self.answers[number] = notice
        self.notice, self.notice_style = notice.text.get(self.lang, ""), notice.style

    def forget_answers(self) -> None:
        """Keep what may still change."""
        self.answers = {number: one for number, one in self.answers.items() if not one.final}

    # Looking around.

    def show(self, view: str) -> None:
        """Look at another view; what is looked for was looked for in the one before."""
        self.find = self.find if view == self.view else ""
        self.view, self.scroll, self.asked, self.closing = view, 0, "", False

    def choose_node(self, frame: Frame, name: str | None) -> None:
        """Select a node, and the first of its processes."""
        self.node = name
        here = processes_of(frame, name)
        self.pid = here[0].pid if here else None

    def next_node(self, frame: Frame, by: int = 1) -> None:
        """Select the node that is `by` further."""
        names = [node.name for node in frame.nodes]
        if names:
            index = names.index(self.node) if self.node in names else 0
            self.choose_node(frame, names[(index + by) % len(names)])

    def next_row(self, frame: Frame, by: int) -> None:
        """Select the process or the migration that is `by` further down, or scroll."""
        if self.closing or self.view == "log":
            self.scroll_by(-by)
        elif self.view == "messages":
            self._next_snapshot(frame, by)
        elif self.view in ("migration", "conversation") and frame.migrations:
            opened = self.opened(frame)
            names = [one.name for one in self.migrations(frame)]
            index = names.index(opened.name) if opened is not None else 0
            self.migration = names[max(0, min(len(names) - 1, index + by))]
        else:
            nodes = {one.pid: one.node for one in self.listed(frame)}
            pids = list(nodes)
            if pids:
                index = pids.index(self.pid) if self.pid in pids else -1
                self.pid = pids[(index + by) % len(pids)]
                self.node = nodes[self.pid]

    def _next_snapshot(self, frame: Frame, by: int) -> None:
        """Look at the snapshot before or behind, of those that have something in the stretch of time that is drawn."""
        seen = snapshots_in(frame, *self.timeline.window(frame.now_ns))
        if seen:
            names = [one.snapshot for one in seen]
            index = names.index(self.snapshot) if self.snapshot in names else len(names) - 1
            self.snapshot = names[(index + by) % len(names)]

    def next_kind(self, frame: Frame) -> None:
        """Go to the next kind of log or of messages, or to the next node."""
        if self.view == "log":
            self.log_kind, self.scroll = LOG_KINDS[(LOG_KINDS.index(self.log_kind) + 1) % len(LOG_KINDS)], 0
        elif self.view == "messages":
            self.between = "processes" if self.between == "nodes" else "nodes"
        else:
            self.next_node(frame)

    def scroll_by(self, by: int) -> None:
        """Scroll back, or forth if negative. The control block of view 2 and the cards of view 1 begin at the top, lists at their end."""
        at_top = self.closing or self.view in ("cluster", "node")
        self.scroll = max(0, self.scroll + (-by if at_top else by))

    def zoom(self, by: int) -> None:
        """Look at a stretch of time that is `by` times as long; shorter if negative."""
        if self.view == "messages":
            self.timeline.zoom(by)
            return
        span = self.span_ns * by if by > 0 else self.span_ns // -by
        self.span_ns = max(LEAST_SPAN_NS, min(MOST_SPAN_NS, span))

    def give_up(self) -> None:
        """Give up what was chosen last: the question, else the filter, else the open migration."""
        if self.revealed is not None:
            self.revealed = None
        elif self.asked:
            self.asked = ""
        elif self.closing:
            self.closing, self.scroll = False, 0
        elif self.find:
            self.find = ""
        else:
            self.migration = None
            self.notice = ""
            self.answers.clear()


def everyone(frame: Frame) -> list[ProcessRow]:
    """Return the processes of all nodes: those that live first, then those that have ended, the latest first."""
    living = [one for one in frame.processes if one.ended_ns is None]
    ended = [one for one in frame.processes if one.ended_ns is not None]
    return [*living, *sorted(ended, key=lambda one: -(one.ended_ns or 0))]


def snapshots_in(frame: Frame, start_ns: int, end_ns: int) -> list[SnapshotRow]:
    """Return the snapshots that have something in a stretch of time."""
    found = {cut.snapshot for cut in frame.details.cuts if start_ns <= cut.at_ns <= end_ns}
    return [one for one in frame.details.snapshots if one.snapshot in found]


def contains(one: ProcessRow, wanted: str) -> bool:
    """Tell whether a process is meant by what is looked for: a part of its name, its pid or its program, or its node."""
    return any(wanted in text.lower() for text in (one.name, one.pid, one.program)) or wanted == one.node.lower()


def processes_of(frame: Frame, node: str | None) -> list[ProcessRow]:
    """Return the processes of a node: those that live first, then those that have ended there."""
    here = [one for one in frame.processes if one.node == node]
    order = {"running": 0, "ready": 1, "blocked": 2, "stopped": 3, "frozen": 4}
    return sorted(
        here, key=lambda one: (order.get(one.state, 9), one.since_ns if one.state == "ready" else 0, one.created_ns)
    )


def seconds(ns: int) -> str:
    """Return an instant as it stands in a header: `12.345678 s` with as many digits as tell something."""
    return f"{ns / 1e9:.6f} s"


def duration(ns: int) -> str:
    """Return a duration with three digits and a unit."""
    for size, unit in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")):
        if abs(ns) >= size:
            value = ns / size
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"
    return f"{ns} ns"


def size(count: int) -> str:
    """Return a number of bytes with a unit."""
    if count >= 1 << 20:
        return f"{count / (1 << 20):.1f} MiB"
    return f"{count / 1024:.0f} KiB" if count >= 1024 else f"{count} B"


def _is_answer(spoken: Spoken) -> bool:
    """Tell whether a line is the answer to a question: a dialog shows it, when the audience has answered."""
    return spoken.kind == "question.asked" and all(text.startswith("= ") for text in spoken.text.values())
