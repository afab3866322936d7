"""Conducts a running cluster for somebody in front of it: time passes, stands still or goes step by step, and frames go up.

It is the engine's pacer, and its last observer: an event enters the stream when its time has come, so that even the events of one window
can be watched one by one, however slowly. What is typed is carried out at the first instant that no node has run beyond.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from nodes.wire.control import Inspection
from nodes.wire.events import AnyEvent, QuestionAsked, RunResumed, Stamped, kind_of
from nodes.wire.text import Text
from tuiclu.cluster.commands import Crash, Snapshot
from tuiclu.cluster.engine import Engine
from tuiclu.errors import InputError
from tuiclu.inputs import at_home
from tuiclu.live.channel import Channel
from tuiclu.live.human_log import HumanLog
from tuiclu.live.journal import Journal
from tuiclu.live.lecture import EVEN, Lecture, Slope, reading_s
from tuiclu.live.moments import STEP_ENDS, Moment, Trail
from tuiclu.live.protocol import (
    Answered,
    AnyAsk,
    AnyShow,
    Back,
    Focus,
    Framed,
    Hold,
    Pace,
    Past,
    Play,
    Predict,
    Quit,
    Quiz,
    Rest,
    RunOn,
    Save,
    Seek,
    Seen,
    Step,
    Teach,
    Type,
    decode_ask,
    encode_show,
)
from tuiclu.live.reporter import Reporter
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Details, Frame
from tuiclu.model.orders import Answer, Orders
from tuiclu.model.screen import ScreenView
from tuiclu.model.sources import Asked
from tuiclu.model.traffic import Excerpt
from tuiclu.quiz.answers import Answers
from tuiclu.scenario.branch import Branch
from tuiclu.scenario.conditions import Condition, Watch
from tuiclu.scenario.prompt import Names, Typed, step_tree
from tuiclu.texts import LANGUAGES

if TYPE_CHECKING:
    from tuiclu.language.names import LessonPace

FRAME_S = 0.05
"""At most twenty frames a second."""
LOOK_S = 0.005
"""Real seconds between two looks at the front, where nothing else makes the engine look."""
LAG_S = 0.1
"""A cluster that is later than this does not try to catch up."""
INSPECT_S = 0.2
"""Real seconds between two looks into a node, where time passes as fast as it can."""
FASTEST, SLOWEST = 1000.0, 0.01
_KEEPS_NONE = Text("this session keeps nothing from which a snapshot could be written")
_KEEPS_THEM = Text("Open it with `--snapshots FOLDER`.")


class Prompt(Protocol):
    """Understands what is typed. Raises InputError."""

    def command(self, line: str, view: ClusterView, coming: int = 0) -> Typed: ...

    def forget(self, branch: Branch) -> None: ...

    def goal(self, line: str, view: ClusterView) -> int | Condition: ...


@dataclass
class _Clock:
    """Virtual time against real time: `factor` virtual seconds a real second from an anchor on. Stands still while it is held.

    Where time slows down by itself, it follows a slope.
    """

    factor: float | None = 1.0
    """None: as fast as possible."""
    slope: Slope = EVEN
    climbed_s: float = 0.0
    """Real seconds since the slope began, up to the anchor."""
    held: bool = True
    resting: bool = False
    """Somebody reads or chooses: it stands still as well, whatever else is so."""
    virtual_ns: int = 0
    wall_s: float = field(default_factory=time.monotonic)

    @property
    def stands_still(self) -> bool:
        return self.held or self.resting

    def set(self, virtual_ns: int) -> None:
        """Let it be this instant now."""
        now_s = time.monotonic()
        if not self.stands_still:
            self.climbed_s += now_s - self.wall_s
        self.virtual_ns, self.wall_s = virtual_ns, now_s

    def stop(self, virtual_ns: int) -> None:
        """Stand still at this instant."""
        self.set(virtual_ns)
        self.held = True

    def follow(self, slope: Slope, virtual_ns: int) -> None:
        """Pass by another slope, from this instant on."""
        self.set(virtual_ns)
        self.slope, self.climbed_s = slope, 0.0

    def now_ns(self) -> int:
        if self.stands_still or self.factor is None:
            return self.virtual_ns
        climbed_s = self.climbed_s + time.monotonic() - self.wall_s
        passed_s = self.slope.passed_s(climbed_s) - self.slope.passed_s(self.climbed_s)
        return self.virtual_ns + int(passed_s * self.factor * 1e9)

    def until_s(self, virtual_ns: int) -> float:
        """Return how many real seconds it is until an instant; negative: it is over. It must not stand still, and have a factor."""
        assert self.factor is not None
        elapsed_s = time.monotonic() - self.wall_s
        passed_s = self.slope.passed_s(self.climbed_s) + (virtual_ns - self.virtual_ns) / 1e9 / self.factor
        return self.slope.real_s(max(0.0, passed_s)) - self.climbed_s - elapsed_s


class Director:
    """See above. Give it its engine (`engine`) before that runs."""

    about = None
    paces = True

    engine: Engine

    def __init__(
        self,
        channel: Channel,
        view: ClusterView,
        screen: ScreenView,
        prompt: Prompt,
        journal: Journal,
        reporter: Reporter,
        log: HumanLog,
        lecture: Lecture,
        pace: LessonPace = "real",
    ) -> None:
        """`pace`: at which the lesson goes, until somebody wants another."""
        self._reporter = reporter
        self._lecture = lecture
        self._pace: LessonPace = pace
        self._read_by_s: float | None = None
        """The real instant at which what was said has been read; None: nobody reads, or it waits for a key."""
        self._channel = channel
        self._log = log
        self._view = view
        self._screen = screen
        self._prompt = prompt
        self._journal = journal
        self._orders = Orders(view)
        self._clock = _Clock()
        self._mode = "running"
        self._clock.held = False
        self._step: str | None = None
        self._window_before = 0
        self._goal: int | Watch | None = None
        self._trail = Trail()
        self._sought: Moment | None = None
        """The moment that is being gone to: until it is reached nothing is shown, and nothing waits."""
        self._asked: deque[AnyAsk] = deque()
        self._focus = Focus()
        self._ending = False
        self.keeps_snapshots = False
        """Snapshots can be written to files."""
        self.sees_past = False
        """What it is shown happened in another run, which this one goes on from: nobody is told of it."""
        self._shown_ns = 0
        """Up to where the audience has been shown the stream."""
        self._next_ns = 0
        """Nothing happens before this instant, as far as is known."""
        self._settles_ns = 0
        """All that comes before this instant is shown, although time stands still."""
        self.closing: Callable[[str, bool], dict[str, tuple[tuple[str, str], ...]]] = lambda *_: {}
        """Says what there is to tell if the run ends now, by language; it is told why, and whether somebody has given commands."""
        self._closing: dict[str, tuple[tuple[str, str], ...]] = {}
        self.answers = Answers()
        self._commands = 0
        self._seen = True
        self._changed = True
        self._sent_s = 0.0
        self._looked_s = 0.0
        self._inspected: Inspection | None = None
        self._inspected_what: tuple[str | None, str] | None = None
        self._inspected_s = 0.0
        self._inspected_ns = 0
        self._measured: deque[tuple[float, int]] = deque(maxlen=40)

    # ---------------------------------------------------------------------------------------------------------- the pacer

    def fileno(self) -> int | None:
        """Return the descriptor of the front."""
        return self._channel.fileno()

    def ahead_s(self, virtual_ns: int) -> float:
        """Return how many real seconds too early `virtual_ns` is: for ever while time stands still."""
        self._next_ns = virtual_ns
        if self._ending or virtual_ns < self._settles_ns:
            return 0.0
        if self._sought is not None:
            if self._sought.kind != "instant" or virtual_ns <= self._sought.value:
                return 0.0
            self._hold("held", self._sought.value)
        if self._clock.resting:
            return float("inf")
        if isinstance(self._goal, int) and virtual_ns > self._goal and not self._clock.held:
            if self._clock.factor is not None and self._clock.now_ns() < self._goal:
                return self._clock.until_s(self._goal)
            self._hold("held", self._goal)
        if self._clock.held:
            return float("inf")
        if self._step is not None or self._clock.factor is None:
            return 0.0
        ahead_s = self._clock.until_s(virtual_ns)
        if ahead_s < -LAG_S:
            self._clock.set(virtual_ns)
        return ahead_s

    def begin(self) -> None:
        """Let the clock start: the cluster is up."""
        self._clock.set(self._shown_ns)

    def now_ns(self) -> int:
        """Return the virtual instant that should be now: never behind the one at which time is to stand still."""
        now_ns, stops_at_ns = self._clock.now_ns(), self._stops_at_ns()
        return max(self._shown_ns, now_ns if stops_at_ns is None else min(now_ns, stops_at_ns))

    def hear(self) -> bool:
        """Take in what the front has said; carry out nothing that touches the cluster."""
        self._asked.extend(decode_ask(message) for message in self._channel.receive())
        if not self._channel.open:
            self._asked.append(Quit())
        return self._channel.open

    def attend(self) -> None:
        """Carry out what was asked for, and send a frame if one is due. The cluster is at an edge."""
        now_s = time.monotonic()
        if not self._asked and not self._changed and now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        if self._channel.open:
            self.hear()
        while self._asked:
            self._carry_out(self._asked.popleft())
        if self._read_by_s is not None and now_s >= self._read_by_s and not self._clock.resting:
            self._go_on(None)
        self._channel.flush()
        if (
            self._seen
            and self._sought is None
            and now_s - self._sent_s >= FRAME_S
            and (self._changed or self._reporter.new_lines or self._log.waiting or not self._clock.stands_still)
        ):
            self._send_frame(now_s)
        self.engine.window_ns = self._window_ns()
        self.engine.followed = self._looked_at()[0]
        self.engine.stops_at_ns = self._stops_at_ns()

    def _stops_at_ns(self) -> int | None:
        """Return the instant at which time is to stand still, if one is known."""
        if self._sought is not None and self._sought.kind == "instant":
            return self._sought.value
        return self._goal if isinstance(self._goal, int) else None

    def all_shown(self) -> None:
        """End a step by window, once all that happened in it is shown."""
        if self._step == "window" and self.engine.windows > self._window_before:
            self._hold("held", self._shown_ns)

    def struck(self, at_ns: int, crash: Crash, /) -> None:
        """Note in the journal that somebody has killed a node from outside."""
        line = f"crash {crash.node}" if crash.signal == "SIGKILL" else f"crash {crash.node} signal={crash.signal}"
        self._journal.note(at_ns, step_tree(line, Names(tuple(self._view.nodes))), "outside")

    def stays(self, reason: str, /) -> bool:
        """Stay until the front quits; time stands still meanwhile."""
        if self._ending:
            return False
        mode = "waiting" if reason == "quiescent" else "over"
        if self._mode != mode:
            self._hold(mode, self.engine.now)
            self._closing = self.closing(reason, self._commands > 0)
        return True

    def _window_ns(self) -> int:
        """Windows are short where time is slow, so that what is typed is carried out soon."""
        if self._clock.stands_still or self._step is not None:
            return 1_000_000
        if self._clock.factor is None:
            return 20_000_000
        return max(200_000, min(20_000_000, int(self._clock.factor * self._clock.slope.share * FRAME_S * 1e9)))

    # ------------------------------------------------------------------------------------------------------- the observer

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take an event, after all others have: note what there is to tell, and end a step or a run that led up to it."""
        self._shown_ns = max(self._shown_ns, stamped.t)
        if isinstance(stamped.event, RunResumed):
            self.sees_past = False
        self._note_event(stamped)
        return ()

    def _note_event(self, stamped: Stamped) -> None:
        kind = kind_of(stamped.event)
        self._trail.note(stamped.seq, stamped.t, kind)
        told = self._reporter.take(stamped)
        if self.sees_past:
            return
        for answer in self._orders.see(stamped, told):
            self._answer(answer)
        if isinstance(stamped.event, QuestionAsked):
            self.answers.asked(stamped.event)
            if not self._ending and self._sought is None:
                self._hold("asking", stamped.t)
        self._teach(stamped)
        if self._step == "event" or (self._step is not None and kind in STEP_ENDS.get(self._step, ())):
            self._hold("held", stamped.t)
        if isinstance(self._goal, Watch):
            self._watch(self._goal, stamped)
        if self._sought is not None and self._is_reached(self._sought, stamped.seq):
            self._hold("held", stamped.t)

    def _is_reached(self, sought: Moment, seq: int) -> bool:
        """Tell whether an event that has just been shown is the one that is gone to."""
        if sought.kind == "chapter":
            return len(self._trail.chapters) >= sought.value
        return sought.kind == "event" and seq >= sought.value

    def _teach(self, stamped: Stamped) -> None:
        """Let the lesson wait for its audience, or slow down, if its pace is such. Who runs on to a goal does not stop on the way."""
        turns = self._lecture.see(stamped.event)
        if self._pace == "real" or self._ending or self._sought is not None:
            return
        if turns:
            self._clock.follow(self._lecture.slope, stamped.t)
            self._measured.clear()
        text = self._lecture.waits_for(stamped.event)
        if text is not None and self._step is None and self._goal is None and self._mode == "running":
            self._hold("saying", stamped.t)
            if self._pace == "auto":
                self._read_by_s = time.monotonic() + max(map(reading_s, text.values()))

    def _watch(self, goal: Watch, stamped: Stamped) -> None:
        fields = stamped.fields()
        names = self._view.names_of_pids()
        if goal.see(fields, names) is not None:
            self._hold("held", stamped.t)

    # ----------------------------------------------------------------------------------------------------------- commands

    def _carry_out(self, ask: AnyAsk) -> None:
        self._changed = self._changed or not isinstance(ask, Seen)
        match ask:
            case Play():
                self._go_on(None)
            case Hold():
                self._hold("held", self.now_ns())
                self._settle()
            case Rest(resting):
                self._clock.set(self.now_ns())
                self._clock.resting = resting
                if resting:
                    self._settle()
                self._measured.clear()
            case Step(unit):
                self._go_on(unit)
            case Pace(factor):
                self._clock.set(self.now_ns())
                self._clock.factor = None if factor is None else min(FASTEST, max(SLOWEST, factor))
                self._measured.clear()
            case Teach(pace):
                self._set_pace(pace)
            case RunOn(goal):
                self._run_on(goal)
            case Seek(moment):
                self._seek(Moment.parse(moment))
            case Back(unit):
                self._return_to(self._trail.step_back(unit))
            case Type(line, number):
                self._type(line, number)
            case Predict(number, said):
                self.answers.said(number, said)
            case Quiz(lesson, file):
                self.answers.lesson, self.answers.progress = lesson, file
            case Focus():
                self._focus = ask
            case Save(path, number):
                self._answer_with(number, lambda: str(self._journal.write(at_home(path))))
            case Seen():
                self._seen = True
            case Quit():
                self._sought = None
                self._quit()

    def _hold(self, mode: str, virtual_ns: int) -> None:
        """Let time stand still at an instant."""
        self._clock.stop(virtual_ns)
        self._mode = mode
        self._read_by_s = None
        self._step = self._goal = self._sought = None
        self._settles_ns = 0
        self._changed = True

    def _settle(self) -> None:
        """Let time stand still where the node is that somebody looks at, a moment later: what is shown of it is of that instant then."""
        followed_ns = self.engine.followed_ns()
        if followed_ns is not None and followed_ns > self.now_ns():
            self._settles_ns = followed_ns + 1
            self._clock.set(followed_ns)

    def _go_on(self, unit: str | None) -> None:
        if self._mode == "over":
            self.engine.until_ns = None
            self._journal.open_ended = True
            self._journal.write()
        self._reporter.question = None
        self._read_by_s = None
        self._closing = {}
        self._clock.set(max(self._shown_ns, self._clock.now_ns()))
        self._clock.held = False
        self._step = unit
        self._window_before = self.engine.windows
        self._mode = "stepping" if unit else "running"
        self._measured.clear()

    def _set_pace(self, pace: LessonPace) -> None:
        self._pace = pace
        self._clock.follow(EVEN if pace == "real" else self._lecture.slope, self.now_ns())
        self._measured.clear()
        if self._mode == "saying" and pace != "lecture":
            self._go_on(None)

    def _run_on(self, line: str) -> None:
        """Run on to what was typed: a moment, an event that is to come, or with `<` before it the last of a kind."""
        try:
            goal = self._goal_of(line.strip())
        except InputError as error:
            self._refuse(0, error)
            return
        if isinstance(goal, Moment):
            self._seek(goal)
            return
        self._go_on(None)
        self._goal = goal if isinstance(goal, int) else Watch(goal)

    def _goal_of(self, line: str) -> Moment | int | Condition:
        """Return what a line names to go to. Raises InputError."""
        if line.startswith("<"):
            kind = line[1:].strip()
            found = self._trail.latest(kind)
            if found is None:
                raise InputError(Text("there was no `{kind}` before", kind=kind))
            return found
        if re.fullmatch("#?[0-9]+|c[0-9]+", line):
            return Moment.parse(line)
        goal = self._prompt.goal(line, self._view)
        return Moment("instant", goal) if isinstance(goal, int) and goal < self.now_ns() else goal

    def _seek(self, moment: Moment) -> None:
        """Go to a moment: as fast as possible where it is to come; where it is over, whoever is in front begins anew."""
        if self._trail.is_past(moment, self.now_ns()) and self.engine.now == self._shown_ns == 0:
            self._hold("held", 0)  # the nodes have just started, and nothing comes before that
            return
        if self._trail.is_past(moment, self.now_ns()):
            self._return_to(self._trail.resolved(moment))
            return
        self._go_on(None)
        last = self._trail.last
        if moment.kind == "event" and last is not None and last.seq == moment.value:
            self._hold("held", last.t)
        else:
            self._sought = moment

    def _return_to(self, moment: Moment) -> None:
        """Have a moment gone to that is over; here, time stands still meanwhile."""
        self._journal.write_again()
        if not self._clock.held:
            self._hold("held", self.now_ns())
        self._tell(Past(str(moment)))

    def _type(self, line: str, number: int) -> None:
        try:
            typed = self._understood(line)
            if isinstance(typed.command, Snapshot) and typed.command.to and not self.keeps_snapshots:
                raise InputError(_KEEPS_NONE, None, _KEEPS_THEM)
            at_ns = self._command(typed)
        except InputError as error:
            self._refuse(number, error)
        else:
            self._answer(self._orders.follow(number, line, msgspec.to_builtins(typed.command), at_ns))

    def _answer(self, answer: Answer) -> None:
        self._tell(Answered(answer.number, answer.ok, answer.text[LANGUAGES[0]], answer.text, answer.final))

    def _understood(self, line: str) -> Typed:
        return self._prompt.command(line, self._view, self.engine.agenda.repeated)

    def _command(self, typed: Typed) -> int:
        """Have a command carried out as soon as may be, note it in the journal, and return its instant."""
        if self.engine.agenda.repeated:
            self.engine.agenda.forget_repeated(typed.branch.kept)
            self._prompt.forget(typed.branch)
            self._journal.branch(typed.branch)
        at_ns = self._journal.carry_out(self.engine, typed)
        self._commands += 1
        if self._mode == "waiting":
            self._go_on(None)
        return at_ns

    def _answer_with(self, number: int, action: Callable[[], str]) -> None:
        try:
            self._tell(Answered(number, ok=True, text=action()))
        except InputError as error:
            self._refuse(number, error)

    def _refuse(self, number: int, error: InputError) -> None:
        self._tell(Answered(number, ok=False, text=str(error), said={lang: error.told(lang) for lang in LANGUAGES}))

    def _quit(self) -> None:
        if not self._ending:
            self._clock.held = False
            if self._mode not in ("waiting", "over"):
                self._command(self._understood("stop"))
            self._ending = True

    # -------------------------------------------------------------------------------------------------------------- frames

    def _tell(self, show: AnyShow) -> None:
        self._channel.send(encode_show(show))

    def _send_frame(self, now_s: float) -> None:
        frame = self.frame()
        self._tell(Framed(frame))
        self._seen = not self._channel.open
        self._sent_s = now_s
        self._changed = False

    def last_frame(self) -> None:
        """Send a frame of the end, even if the one before has not been seen."""
        self._mode = "ended"
        self._send_frame(time.monotonic())

    def frame(self) -> Frame:
        """Return the next frame, with all that is new since the last one."""
        now_ns = self._looked_at_ns(min(self.now_ns(), max(self._shown_ns, self.engine.now, self._next_ns)))
        still = self._mode == "waiting"
        self._screen.look_at(now_ns, still=still)
        return self._reporter.frame(
            now_ns=now_ns,
            still=still,
            details=self._details(now_ns),
            pids={name: node.process.pid for name, node in self.engine.nodes.items() if node.process is not None},
            find=self._focus.find,
            mode=self._mode,
            factor=self._clock.factor,
            reached=self._reached(now_ns),
            logged=self._log.take(),
            commands=self._commands,
            closing=self._closing,
            resting=self._clock.resting and self._mode in ("running", "stepping"),
            pace=self._pace,
            repeats=self.engine.agenda.repeated,
            slow=self._clock.slope.share < 1,
        )

    def _looked_at(self) -> tuple[str | None, str]:
        """Return the node that is looked at more closely, if there is one, and the process."""
        focus = self._focus
        migration = self._view.migrations.get(focus.migration or "")
        node, pid = focus.node, focus.pid
        if migration is not None and migration.ended_ns is None:
            node, pid = migration.source, migration.pid
        is_there = self._mode != "ended" and node in self.engine.nodes
        return node if is_there else None, pid or ""

    def _looked_at_ns(self, now_ns: int) -> int:
        """Return the instant of a frame: while time passes, where the node is that is looked at. Nothing happens up to there."""
        if self._clock.stands_still:
            return now_ns
        return max(now_ns, self.engine.followed_ns() or 0)

    def _details(self, now_ns: int) -> Details:
        """Return what is looked at, more closely, with a look into the node a few times a second."""
        screen, focus = self._screen, self._focus
        looked_at, now_s = self._looked_at(), time.monotonic()
        if looked_at[0] is None:
            self._inspected = None
        elif (
            self._inspected_what != looked_at
            or self._clock.factor is not None
            or self._clock.stands_still
            or now_s - self._inspected_s >= INSPECT_S
        ):
            self._inspected = self.engine.inspect(looked_at[0], looked_at[1], now_ns)
            self._inspected_what, self._inspected_s = looked_at, now_s
            self._inspected_ns = self.engine.nodes[looked_at[0]].reached_ns
            if self._inspected_ns == now_ns + 1:  # an instant is over when the next begins
                self._inspected_ns = now_ns
        return screen.details(
            node=focus.node,
            pid=focus.pid,
            migration=focus.migration,
            messages=focus.messages,
            excerpt=Excerpt(focus.span_ns, focus.end_ns, focus.show),
            asked=Asked(focus.about, focus.kinds, focus.pick, focus.which),
            inspection=self._inspected,
            looked_ns=self._inspected_ns,
        )

    def _reached(self, now_ns: int) -> float:
        """Return how many virtual seconds there were lately for a real one."""
        now_s = time.monotonic()
        if self._clock.stands_still:
            return 0.0
        self._measured.append((now_s, now_ns))
        first_s, first_ns = self._measured[0]
        return (now_ns - first_ns) / 1e9 / (now_s - first_s) if now_s > first_s else 0.0
