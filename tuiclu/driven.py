"""A cluster that a program drives: step by step, to an instant or an event, back, and with orders of its own. See `tuiclu.api`.

The engine runs in a thread, and lets virtual time pass only as far as it is asked to. To go back, the run is repeated up to there in a new
cluster: the events are the same.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import msgspec

from nodes.programs import CATALOGUE, image
from nodes.wire.events import AnyEvent, Stamped, kind_of
from nodes.wire.text import Text
from tuiclu.cluster.launcher import prepare
from tuiclu.cluster.pacing import NobodyInFront
from tuiclu.errors import InputError
from tuiclu.live.moments import STEP_ENDS
from tuiclu.model.cluster import ClusterView
from tuiclu.model.report import report, seconds
from tuiclu.scenario.compile import plan
from tuiclu.scenario.conditions import Condition, Watch
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.prompt import Prompt
from tuiclu.scenario.runner import Stage, set_up
from tuiclu.scenario.tree import HERE, Entry
from tuiclu.scenario.tree import Mapping as Tree
from tuiclu.scenario.trust import Trust
from tuiclu.scenario.written import scalar, with_steps
from tuiclu.scenario.yaml_text import as_text

Unit = Literal["event", "message", "quantum"]
"""What a step is: the next event, the next message that is sent or delivered, or the next turn of a process on a CPU."""


Event = dict[str, Any]
"""One event, as a line of `tuiclu run --events` has it: `t` (virtual ns), `seq`, `node`, `kind`, and the fields of its kind."""


class DrivenCluster:
    """A running cluster. Use it as a context manager: every process of it ends with it."""

    def __init__(self, scenario: Scenario, *, trust: bool = False) -> None:
        """`trust` lets the Python be executed that the scenario names. The nodes are up when this returns.

        Raises InputError if the scenario cannot be run, EmulatorError if the emulator fails.
        """
        prepare()
        self._trust = Trust(everything=trust)
        self._scenario = scenario.admitted(self._trust.admit)
        self._done: list[tuple[int, Tree]] = []
        """What was done from here, and when."""
        self._run = _Driven(self._scenario, self._done)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes of the cluster, wherever it is."""
        self._run.close()

    # ------------------------------------------------------------------------------------------------------- what is known

    @property
    def now_ns(self) -> int:
        """The virtual instant, in nanoseconds."""
        return self._run.reached_ns

    @property
    def now_s(self) -> float:
        """The virtual instant, in seconds."""
        return self.now_ns / 1e9

    @property
    def events(self) -> list[Event]:
        """All events so far, in order."""
        return [_as_dict(one) for one in self._run.events]

    @property
    def stream(self) -> Sequence[Stamped]:
        """The same with types: `t`, `seq`, `node`, and as `event` a struct of its kind (`nodes.wire.events`; `tuiclu docs events`)."""
        return tuple(self._run.events)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to happen, or the time is up."""
        return self._run.is_over

    def result(self) -> dict[str, Any]:
        """Return what is known of nodes, processes and migrations now, as `tuiclu run --json` has it."""
        return {"virtual_s": seconds(self.now_ns), **report(self._run.view)}

    def process(self, name: str) -> dict[str, Any]:
        """Return what is known of a process, by its name. Raises KeyError."""
        for process in self.result()["processes"]:
            if process["name"] == name:
                return dict(process)
        raise KeyError(name)

    # ---------------------------------------------------------------------------------------------------- as time goes by

    def step(self, unit: Unit = "event", count: int = 1) -> Event | None:
        """Let so many steps happen, and return the last event; None: nothing is left to happen."""
        ends = STEP_ENDS.get(unit)
        if unit != "event" and ends is None:
            raise InputError(
                Text("there is no step `{unit}`", unit=unit), "step", Text("It is event, message or quantum.")
            )
        before = len(self._run.events)
        for _ in range(count):
            self._run.go_on(lambda stamped: ends is None or kind_of(stamped.event) in ends)
        return _as_dict(self._run.events[-1]) if len(self._run.events) > before else None

    def run_until(
        self,
        at: str | None = None,
        *,
        event: str | None = None,
        process: str | None = None,
        node: str | None = None,
        count: int = 1,
        **fields: Any,
    ) -> Event | None:
        """Let time pass to an instant (`1.5 s`), or until an event of a kind has come so often: about a process, on a node, with fields.

        Return that event; None: it is an instant, or nothing is left to happen. Raises InputError for what is neither.
        """
        if (at is None) == (event is None):
            raise InputError(Text("this says neither an instant nor an event"), "run_until", Text("Give one of them."))
        if at is not None:
            from tuiclu.language.quantities import Duration, QuantityError

            try:
                self._run.go_to(int(Duration.parse(at)))
            except QuantityError as error:
                raise InputError(error.what, f"at {at}", error.meant) from None
            return None
        watch = Watch(Condition(str(event), (process,) if process else (), node, fields, count=count))
        names = self._run.view.names_of_pids

        def is_meant(stamped: Stamped) -> bool:
            seen = {"t": stamped.t, "seq": stamped.seq, "node": stamped.node, **msgspec.to_builtins(stamped.event)}
            return watch.see(seen, names()) is not None

        found = self._run.go_on(is_meant)
        return _as_dict(self._run.events[-1]) if found else None

    def run(self) -> dict[str, Any]:
        """Let time pass until nothing is left to happen, or the time is up, and return the result."""
        self._run.go_on(lambda _: False)
        return self.result()

    # ------------------------------------------------------------------------------------------------------------- orders

    def migrate(self, process: str, to: str, *, strategy: str | None = None) -> None:
        """Move a process to another node, as soon as may be."""
        self.do(f"migrate {process} {to}{f' {strategy}' if strategy else ''}")

    def do(self, line: str) -> None:
        """Give an order, as it is typed on the screen: any verb of a script (`crash n2`, `set load-sharing none`).

        It is carried out when time passes next. Raises InputError.
        """
        self._done.append(self._run.command(line, self._trust))

    # ---------------------------------------------------------------------------------------------------------------- back

    def back(self, unit: Unit = "event", count: int = 1) -> None:
        """Go so many steps back; to the beginning if there are fewer. What was done here after that moment is undone."""
        ends, seen = STEP_ENDS.get(unit), self._run.events
        stops = [one.seq for one in seen if ends is None or kind_of(one.event) in ends]
        if stops and stops[-1] < seen[-1].seq:
            stops.append(seen[-1].seq)
        self.back_to(stops[-1 - count] if count < len(stops) else None)

    def back_to(self, event: int | None = None) -> None:
        """Go back to an event, by its `seq`; None: to the beginning. What was done here after it is undone."""
        seen = self._run.events
        if event is not None and not 0 <= event < len(seen):
            raise InputError(Text("there was no event {event}", event=event), "back_to")
        at_ns = 0 if event is None else seen[event].t
        self._done = [(t, step) for t, step in self._done if event is not None and t <= at_ns]
        self._run.close()
        self._run = _Driven(self._scenario, self._done)
        if event is not None and event > self._run.events[-1].seq:
            self._run.go_on(lambda stamped: stamped.seq >= event)

    def save(self, file: str | Path) -> None:
        """Write what has been done so far as a scenario, which `tuiclu run` repeats."""
        root = with_steps(self._scenario, [step for _, step in self._done], expected=True)
        Path(file).write_text(as_text(root), encoding="utf-8")


def _as_dict(stamped: Stamped) -> Event:
    event: Event = msgspec.json.decode(stamped.to_json())
    return event


class _Ended(BaseException):
    """Nobody drives the cluster any more."""


class _Driven(NobodyInFront):
    """One run, in a thread of its own; this is its pacer, and its last observer."""

    about = None

    def __init__(self, scenario: Scenario, done: Iterable[tuple[int, Tree]]) -> None:
        """`done`: what is done to it, and when."""
        steps = [step for _, step in done]
        if steps:
            text = as_text(with_steps(scenario, steps, expected=True))
            users = scenario.users
            scenario = load_scenario(scenario.source, text, modules=users.modules).admitted(lambda _: users)
        self.scenario = scenario
        self.view = ClusterView()
        self.events: list[Stamped] = []
        self.is_over = False
        self._until: Callable[[Stamped], bool] | None = None
        self._goal_ns: int | None = None
        self._found = False
        self._reached_ns = 0
        self._holds = False
        self._turn = threading.Condition()
        """Either time passes, or the program does something."""
        self._wanted: list[Callable[[], None]] = []
        self._failure: BaseException | None = None
        self._ending = False
        self._images = {name: image(name) for name in CATALOGUE} | dict(scenario.images)
        self._knocked, self._knocks = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        planned = plan(scenario)
        self._limit_ns = planned.until_ns
        try:
            title = planned.title.get("en", "")
            self._stage: Stage = set_up(
                planned, self.view, title=title, pacer=self, further_images=self._images, last=[self]
            )
        except BaseException:
            self._close_pipe()
            raise
        self._thread = threading.Thread(target=self._live, name="tuiclu: cluster", daemon=True)
        self._thread.start()
        self._wait()

    # ---------------------------------------------------------------------------------------------------- for the program

    @property
    def reached_ns(self) -> int:
        """The virtual instant."""
        return max(self._reached_ns, self.events[-1].t if self.events else 0)

    def go_on(self, until: Callable[[Stamped], bool]) -> bool:
        """Let time pass until an event is the one that is meant; tell whether it came."""
        return self._go(until, None)

    def go_to(self, goal_ns: int) -> None:
        """Let time pass up to an instant; nothing happens if it is over."""
        if goal_ns > self.reached_ns:
            self._go(None, goal_ns)

    def command(self, line: str, trust: Trust) -> tuple[int, Tree]:
        """Have an order carried out as soon as may be; return its instant, and how it is written in a script. Raises InputError."""
        typed = Prompt(self.scenario, self._images, trust).command(line, self.view)
        found: list[int] = []

        def carry_out() -> None:
            engine = self._stage.engine
            for name, program in typed.images.items():
                engine.load_image(name, program)
            if typed.users is not None:
                engine.load_modules(typed.users.modules)
            found.append(engine.edge_ns())
            engine.schedule(found[0], typed.command, "user", outside=True)

        self._have_done(carry_out)
        self.is_over = False
        entries = {"at": Entry(HERE, scalar(f"{found[0]} ns")), "by": Entry(HERE, scalar("user"))}
        return found[0], Tree(HERE, {**entries, **typed.step.entries})

    def close(self) -> None:
        """End the run, and all processes of it. Twice does no harm."""
        if self._knocks >= 0:
            self._ending = True
            self._knock()
            self._thread.join()
            self._close_pipe()

    def _close_pipe(self) -> None:
        os.close(self._knocked)
        os.close(self._knocks)
        self._knocked = self._knocks = -1

    def _go(self, until: Callable[[Stamped], bool] | None, goal_ns: int | None) -> bool:
        if self.is_over:
            return False
        self._until, self._goal_ns, self._found, self._holds = until, goal_ns, False, False
        self._knock()
        self._wait()
        return self._found

    def _have_done(self, action: Callable[[], None]) -> None:
        """Have something done by the thread of the engine, where the cluster is at rest, and wait until it is."""
        done = threading.Event()

        def do() -> None:
            action()
            done.set()

        self._wanted.append(do)
        self._knock()
        while not done.wait(0.1):
            if self._failure is not None:
                raise self._failure

    def _wait(self) -> None:
        """Wait until time stands still, and raise what kept it from doing so."""
        with self._turn:
            self._turn.wait_for(lambda: self._holds)
        if self._failure is not None:
            raise self._failure

    def _knock(self) -> None:
        os.write(self._knocks, b".")

    # ---------------------------------------------------------------------------------------------------------- in the thread

    def _live(self) -> None:
        try:
            with self._stage.engine as engine:
                self._hold()
                engine.run(self._limit_ns)
        except _Ended:
            pass
        except BaseException as error:  # noqa: BLE001 - whoever drives it is told
            self._failure = error
        self.is_over = True
        self._hold()

    def _hold(self) -> None:
        with self._turn:
            self._holds = True
            self._turn.notify_all()

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take an event, after all others have."""
        self.events.append(stamped)
        if self._until is not None and not self._holds and self._until(stamped):
            self._found = True
            self._hold()
        return ()

    def ahead_s(self, virtual_ns: int) -> float:
        """Say whether an instant may come: not while time stands still, and not beyond the one that is gone to."""
        if not self._holds and self._goal_ns is not None and virtual_ns > self._goal_ns:
            self._reached_ns = self._goal_ns
            self._hold()
        return float("inf") if self._holds else 0.0

    def now_ns(self) -> int:
        """Return the virtual instant."""
        return self.reached_ns

    def fileno(self) -> int:
        """Return where the program knocks."""
        return self._knocked

    def hear(self) -> bool:
        """Take in that somebody has knocked."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._knocked, 4096)
        return True

    def attend(self) -> None:
        """Do what is asked for. The cluster is at rest."""
        if self._ending:
            raise _Ended
        while self._wanted:
            self._wanted.pop(0)()

    def stays(self, _reason: str, /) -> bool:
        """Stay when nothing is left to happen: the program may still have orders, or questions."""
        if not self.is_over:
            self.is_over = True
            self._hold()
        return True
