"""Runs a plan on a cluster without a screen, watches it, and says what came of it."""

from __future__ import annotations

import copy
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from nodes.wire.events import KINDS, AnyEvent, Event, RunResumed, Stamped
from nodes.wire.image import ProgramImage
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.launcher import Launcher
from tuiclu.cluster.pacing import Pacer, RealTime
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.resumption import Gatherer
from tuiclu.cluster.stream import Observer
from tuiclu.model.cluster import KEPT, ClusterView
from tuiclu.model.invariants import InvariantChecker
from tuiclu.model.report import report, seconds
from tuiclu.model.snapshots import SnapshotWatch
from tuiclu.scenario import schema
from tuiclu.scenario.comparisons import Others, Seen, runs_named, verdict
from tuiclu.scenario.compile import Plan, PlannedStep
from tuiclu.scenario.conditions import Condition, Watch
from tuiclu.scenario.expectations import Verdict, counted_as
from tuiclu.scenario.plugins import try_classes
from tuiclu.scenario.schema import AnyExpectation, EventExpectation
from tuiclu.scenario.trust import untrusted
from tuiclu.texts import in_own_words

if TYPE_CHECKING:
    from tuiclu.scenario.keeping import Keeper


class Log:
    """The event stream, line by line: its digest, and whoever wants the lines."""

    about = None

    def __init__(self, write: Callable[[bytes], object] | None = None) -> None:
        self._write = write
        self._hash = hashlib.sha256()

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        line = stamped.to_json() + b"\n"
        self._hash.update(line)
        if self._write is not None:
            self._write(line)
        return ()

    @property
    def digest(self) -> str:
        """Of all lines so far: equal wherever the same version runs the same scenario and seed."""
        return f"sha256:{self._hash.hexdigest()}"


class Follower:
    """Hands every event to a function."""

    about = None

    def __init__(self, follow: Callable[[Stamped], object]) -> None:
        self._follow = follow

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        self._follow(stamped)
        return ()


class Script:
    """The steps that wait for an event: gives their commands, one latency after it at the earliest."""

    def __init__(self, steps: Iterable[PlannedStep], latency_ns: int, view: ClusterView) -> None:
        self._waiting = [(Watch(step.when, step.again), step) for step in steps if step.when is not None]
        self._latency_ns = latency_ns
        self._view = view
        self.kinds = sorted({step.when.kind for _, step in self._waiting if step.when is not None})
        self.about: tuple[type[Event], ...] = (*(KINDS[kind] for kind in self.kinds), RunResumed)
        self.engine: Engine | None = None
        self.sees_past = False
        """What it is shown happened in another run, and the commands that came of it are known."""

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        if isinstance(stamped.event, RunResumed):
            self.sees_past = False
        seen, names = stamped.fields(), self._view.names_of_pids()
        for watch, step in self._waiting:
            due_ns = watch.see(seen, names)
            if due_ns is not None and self.engine is not None and not self.sees_past:
                self.engine.schedule(due_ns + self._latency_ns, step.command, step.by)
        return ()

    def never_came(self) -> list[PlannedStep]:
        """Return the steps whose event never happened."""
        return [step for watch, step in self._waiting if not watch.done]


class Tally:
    """Counts the events of which an expectation demands more than their kind."""

    def __init__(self, expectations: Iterable[AnyExpectation], view: ClusterView) -> None:
        self._demands = {
            counted_as(one): Condition(one.event, _as_tuple(one.process), one.node, one.fields)
            for one in expectations
            if isinstance(one, EventExpectation) and counted_as(one) != one.event
        }
        self.about = tuple(KINDS[condition.kind] for condition in self._demands.values())
        self._met: Counter[str] = Counter()
        self._view = view

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        seen, names = stamped.fields(), self._view.names_of_pids()
        for name, condition in self._demands.items():
            self._met[name] += condition.matches(seen, names)
        return ()

    @property
    def counts(self) -> Counter[str]:
        """How many events of each kind there were, and of those that expectations demand."""
        return self._view.counts | self._met


def _as_tuple(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names or ()


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    result: dict[str, Any]
    """As `run --json` promises it."""
    view: ClusterView
    verdicts: tuple[Verdict, ...]
    digest: str
    windows: int
    never_came: tuple[PlannedStep, ...]

    @property
    def ok(self) -> bool:
        """Whether all expectations hold, and all invariants."""
        return bool(self.result["ok"])

    def process(self, name: str) -> dict[str, Any]:
        """Return what became of a process, by its name, as `run --json` has it. Raises KeyError."""
        for process in self.result["processes"]:
            if process["name"] == name:
                return dict(process)
        raise KeyError(name)


class Ending(NamedTuple):
    """What is known at the end of a run."""

    view: ClusterView
    invariants: InvariantChecker
    tally: Tally


@dataclass(frozen=True)
class Stage:
    """A cluster that is ready to run a plan, and who watches it."""

    engine: Engine
    log: Log
    invariants: InvariantChecker
    script: Script
    tally: Tally

    def as_it_would_end(self, view: ClusterView, reason: str) -> Ending:
        """Return what would be known if the run ended now, in copies: it may well go on. `view` is that of this stage."""
        ending = copy.deepcopy(Ending(view, self.invariants, self.tally))
        for stamped in self.engine.would_end(reason):
            ending.view.apply(stamped)
            ending.tally.observe(stamped)
            ending.invariants.observe(stamped)
        return ending


def set_up(
    plan: Plan,
    view: ClusterView,
    *,
    title: str,
    observers: Sequence[Observer] = (),
    write_line: Callable[[bytes], object] | None = None,
    pacer: Pacer | None = None,
    window_ns: int | None = None,
    ahead_ns: int | None = None,
    log_sink: logging.Handler | None = None,
    further_images: Mapping[str, ProgramImage] | None = None,
    last: Sequence[Observer] = (),
    gatherer: Gatherer | None = None,
) -> Stage:
    """Make the cluster of a plan, with all its commands scheduled. Nothing runs yet: enter the engine first.

    A user's own classes are loaded here for the first time, and only if they are trusted. Raises InputError if they are not, or are none.
    `observers` see each event after `view` has, those in `last` after all others; `further_images` are programs that may be started
    although the plan does not use them. `gatherer` keeps of every snapshot what a cluster can go on from.
    """
    if plan.users.classes and not plan.users.trusted:
        raise untrusted(plan.users)
    try_classes(plan.users)
    log, invariants, tally = Log(write_line), InvariantChecker(view), Tally(plan.expectations, view)
    script = Script(plan.steps, plan.network.latency_ns, view)
    images = {**(further_images or {}), **plan.images}
    engine = Engine(
        ClusterPlan(
            plan.title.get("en", ""),
            plan.seed,
            plan.network,
            plan.nodes,
            plan.migration,
            images,
            plan.users.modules,
            plan.initiators,
            plan.files,
        ),
        Launcher(title, log_sink),
        observers=[
            log,
            Follower(view.apply),
            tally,
            *observers,
            script,
            SnapshotWatch(),
            invariants,
            *last,
        ],
        watched=script.kinds,
        pacer=pacer,
        window_ns=window_ns,
        ahead_ns=ahead_ns,
        gatherer=gatherer,
        resumption=plan.goes_on,
    )
    script.engine, script.sees_past = engine, plan.goes_on is not None
    for step in plan.steps:
        if step.at_ns is not None:
            engine.schedule(step.at_ns, step.command, step.by, outside=step.by != "script")
    for one in plan.recurring:
        engine.recur(one.commands(plan.seed), one.by)
    return Stage(engine, log, invariants, script, tally)


def run(
    plan: Plan,
    *,
    source: str = "",
    lang: str = "en",
    until_ns: int | None = None,
    speed: float | None = None,
    window_ns: int | None = None,
    ahead_ns: int | None = None,
    write_line: Callable[[bytes], object] | None = None,
    follow_with: Callable[[ClusterView], Callable[[Stamped], object]] | None = None,
    log_sink: logging.Handler | None = None,
    observers: Sequence[Observer] = (),
    gatherer: Gatherer | None = None,
    keeper: Keeper | None = None,
    comparing: bool = True,
) -> Outcome:
    """Run a plan to its end and judge it. Raises EmulatorError if the emulator fails; leaves no process behind in any case.

    `write_line` gets every line of the event stream; `follow_with` is given the view and makes a function that gets every event after the
    view has seen it. `speed` is virtual seconds a real second; None: no waiting. `window_ns` and `ahead_ns` are the engine's, and change
    nothing but the time that it takes. `keeper` writes the snapshots of the run to files, and raises InputError where that cannot be.
    Without `comparing`, runs by which something is measured are not made, and that is not judged.
    """
    wall_start = time.perf_counter()
    view = ClusterView(KEPT if plan.is_endless and until_ns is None else None)
    if keeper is not None:
        keeper.view, gatherer = view, keeper.gatherer
    stage = set_up(
        plan,
        view,
        title=in_own_words(plan.title, lang) or source,
        observers=[
            *([Follower(follow_with(view))] if follow_with is not None else []),
            *observers,
            *([] if keeper is None else [keeper]),
        ],
        write_line=write_line,
        pacer=RealTime(speed) if speed is not None else None,
        window_ns=window_ns,
        ahead_ns=ahead_ns,
        log_sink=log_sink,
        gatherer=gatherer,
    )
    engine, log, invariants, script = stage.engine, stage.log, stage.invariants, stage.script
    limit = until_ns if until_ns is not None else plan.until_ns
    with engine:
        processes = {name: node.process.pid for name, node in engine.nodes.items() if node.process is not None}
        engine.run(limit)
        living = {name: node.process for name, node in engine.nodes.items() if node.process is not None}
        real = {name: process.real_side() for name, process in living.items()}
    if keeper is not None:
        keeper.finish()
    result = {
        "scenario": source,
        "seed": plan.seed,
        "virtual_s": seconds(view.now_ns),
        "wall_s": round(time.perf_counter() - wall_start, 6),
        "digest": log.digest,
        "ended": view.ended,
        **report(view),
        "invariants": invariants.report(),
    }
    for node in result["nodes"]:
        node["real"] = real.get(node["name"], {})
        node["pid"] = node["real"].get("pid", processes.get(node["name"]))
    others = {name: beside(one) for name, one in plan.compared.items()} if comparing else {}
    verdicts = judged(plan, Seen(result, stage.tally.counts), others, lang)
    if others:
        result["compared"] = {name: dict(one.result) for name, one in others.items()}
    result["expectations"] = [{"text": verdict.text, "ok": verdict.ok} for verdict in verdicts]
    result["ok"] = all(verdict.ok for verdict in verdicts) and not invariants.broken
    return Outcome(result, view, verdicts, log.digest, engine.windows, tuple(script.never_came()))


def beside(plan: Plan) -> Seen:
    """Run what a run is compared with, and return what came of it."""
    view = ClusterView()
    stage = set_up(plan, view, title=plan.title.get("en", ""))
    with stage.engine:
        stage.engine.run(plan.until_ns)
    result = {"virtual_s": seconds(view.now_ns), "digest": stage.log.digest, **report(view)}
    return Seen({**result, "invariants": stage.invariants.report()}, stage.tally.counts)


def judged(plan: Plan, seen: Seen, others: Others, lang: str) -> tuple[Verdict, ...]:
    """Judge what was expected of a run. What is to be measured by a run that was not made is not judged."""
    made = {schema.AS_WRITTEN: seen, **others}
    return tuple(
        verdict(one, seen, made, lang) for one in plan.expectations if all(name in made for name in runs_named([one]))
    )
