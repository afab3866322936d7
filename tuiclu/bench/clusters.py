"""Clusters made to be measured, observed as `tuiclu run` observes its own."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import psutil

from nodes.programs import CATALOGUE, image
from nodes.wire.parameters import MigrationParameters, NetworkParameters, NodeParameters
from tuiclu.bench import programs
from tuiclu.cluster.commands import Migrate, Spawn, Stop
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.launcher import Launcher
from tuiclu.cluster.pacing import NobodyInFront
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.stream import Observer
from tuiclu.model.cluster import ClusterView
from tuiclu.model.invariants import InvariantChecker
from tuiclu.scenario.runner import Follower, Log

LATENCY_NS = 1_000_000


class Guest(msgspec.Struct, frozen=True):
    """A bundled program and its arguments."""

    program: str
    args: dict[str, int | str] = {}

    @property
    def argv(self) -> tuple[str, ...]:
        return CATALOGUE[self.program].argv(self.args)


_BETWEEN_JOBS_NS = 20_000_000
ENDLESS = Guest("sha", {"kib": 1, "rounds": 1_000_000})
"""Computes for days, in little memory."""


class ClusterKind(msgspec.Struct, frozen=True):
    """A cluster of equal nodes, of which the first `busy` run a guest each."""

    nodes: int
    ips: int = 10_000_000
    frames: int = 512
    busy: int = 0
    guest: Guest = ENDLESS
    latency_ns: int = LATENCY_NS
    ahead_ns: int | None = None
    """By how much CPUs run ahead; None: as usual."""


@dataclass
class Cluster:
    engine: Engine
    view: ClusterView
    pids: list[int]
    """The real process ids of the nodes."""


@dataclass(frozen=True)
class Progress:
    """What a cluster did in some stretch of wall time."""

    wall_s: float
    windows: int
    virtual_s: float
    measured: int = 0
    """By how much what the stopwatch was told to measure has grown."""


@contextmanager
def running(
    kind: ClusterKind, stopwatch: Watcher | None = None, jobs: tuple[Guest, int] | None = None
) -> Iterator[Cluster]:
    """Start a cluster, and end all of its processes afterwards. Its guests start when its engine is told to run.

    `jobs` are a guest and how often it comes to the first node, once the one before it is over.
    """
    names = [f"n{number}" for number in range(1, kind.nodes + 1)]
    images = {kind.guest.program: image(kind.guest.program)} if kind.busy else {}
    if jobs is not None:
        images[jobs[0].program] = image(jobs[0].program)
    plan = ClusterPlan(
        title="bench",
        seed=1,
        network=NetworkParameters(latency_ns=kind.latency_ns),
        nodes=tuple(NodeParameters(name=name, ips=kind.ips, frames=kind.frames) for name in names),
        migration=MigrationParameters(),
        images=images,
    )
    view = ClusterView()
    observers: list[Observer] = [Log(), Follower(view.apply), InvariantChecker(view)]
    launcher = Launcher(f"bench {os.getpid()}")
    engine = Engine(plan, launcher, observers=observers, pacer=stopwatch, ahead_ns=kind.ahead_ns)
    if stopwatch is not None:
        stopwatch.engine = engine
    for name in names[: kind.busy]:
        spawn = Spawn(
            name=f"P-{name}",
            program=kind.guest.program,
            on=name,
            argv=kind.guest.argv,
            environment=(),
            stdin=b"",
            priority=0,
            estimate_ns=None,
        )
        engine.schedule(0, spawn)
    for number in range(jobs[1] if jobs is not None else 0):
        assert jobs is not None
        job = Spawn(f"J{number}", jobs[0].program, names[0], jobs[0].argv)
        engine.schedule(number * _BETWEEN_JOBS_NS, job)
    with engine:
        yield Cluster(engine, view, [node.process.pid for node in engine.nodes.values() if node.process is not None])


@contextmanager
def talking(nodes: int, stopwatch: Stopwatch) -> Iterator[Cluster]:
    """Start a cluster of fast nodes; on each, one process sends small messages without end to another on the next node."""
    names = [f"n{number}" for number in range(1, nodes + 1)]
    plan = ClusterPlan(
        title="bench",
        seed=1,
        network=NetworkParameters(kind="switch", bandwidth_bps=1_000_000_000, latency_ns=LATENCY_NS),
        nodes=tuple(NodeParameters(name=name, ips=1_000_000_000) for name in names),
        migration=MigrationParameters(),
        images={"pipeline": image("pipeline")},
    )
    view = ClusterView()
    observers: list[Observer] = [Log(), Follower(view.apply), InvariantChecker(view)]
    engine = stopwatch.engine = Engine(plan, Launcher(f"bench {os.getpid()}"), observers=observers, pacer=stopwatch)
    for number, name in enumerate(names):
        for stage, node in enumerate((name, names[(number + 1) % nodes])):
            argv = CATALOGUE["pipeline"].argv(
                {"name": name, "stage": stage, "stages": 2, "messages": 1_000_000_000, "bytes": 8, "work": 0}
            )
            engine.schedule(0, Spawn(name=f"P-{name}-{stage}", program="pipeline", on=node, argv=argv))
    with engine:
        yield Cluster(engine, view, [node.process.pid for node in engine.nodes.values() if node.process is not None])


@contextmanager
def moving(moves: int, every_ns: int) -> Iterator[Cluster]:
    """Start two nodes, between which a large program moves to and fro, as often as is said; it goes on without end."""
    names = ("n1", "n2")
    plan = ClusterPlan(
        title="bench",
        seed=1,
        network=NetworkParameters(kind="switch", bandwidth_bps=1_000_000_000, latency_ns=LATENCY_NS),
        nodes=tuple(NodeParameters(name=name, ips=100_000_000, frames=4096) for name in names),
        migration=MigrationParameters(),
        images={programs.NAME: programs.large()},
    )
    view = ClusterView()
    observers: list[Observer] = [Log(), Follower(view.apply), InvariantChecker(view)]
    engine = Engine(plan, Launcher(f"bench {os.getpid()}"), observers=observers)
    engine.schedule(0, Spawn(name="P", program=programs.NAME, on=names[0], argv=(programs.NAME,)))
    for number in range(1, moves + 1):
        engine.schedule(number * every_ns, Migrate("P", names[number % 2], "eager-all"))
    with engine:
        yield Cluster(engine, view, [node.process.pid for node in engine.nodes.values() if node.process is not None])


class Watcher(NobodyInFront):
    """Lets a cluster run as fast as it can. It is a pacer that never waits: the engine lets it look before every window."""

    def __init__(self, from_ns: int) -> None:
        self.engine: Engine | None = None
        self.paces = False
        self._from_ns = from_ns
        """What is before does not count: guests start."""

    def attend(self) -> None:
        if self.engine is not None and self.engine.now >= self._from_ns:
            self.look(self.engine)

    @abstractmethod
    def look(self, engine: Engine) -> None:
        """Look at a cluster that has come to where it counts."""

    def ahead_s(self, _virtual_ns: int) -> float:
        return 0.0

    def now_ns(self) -> int:
        raise AssertionError("it never waits")


class Stopwatch(Watcher):
    """Stops a cluster `wall_s` real seconds after it has come to `from_ns`."""

    def __init__(self, from_ns: int, wall_s: float) -> None:
        super().__init__(from_ns)
        self.progress: Progress | None = None
        self._wall_s = wall_s
        self.measure: Callable[[], int] = lambda: 0
        self._began: tuple[float, int, int, int] | None = None

    def look(self, engine: Engine) -> None:
        if self.progress is not None:
            return
        now_s, now_ns = time.perf_counter(), engine.now
        if self._began is None:
            self._began = now_s, engine.windows, now_ns, self.measure()
            return
        began_s, windows, began_ns, measured = self._began
        if now_s - began_s >= self._wall_s:
            self.progress = Progress(
                now_s - began_s,
                engine.windows - windows,
                (now_ns - began_ns) / 1e9,
                self.measure() - measured,
            )
            engine.schedule(now_ns, Stop())


def progress_of(kind: ClusterKind, wall_s: float, warm_up_ns: int = 150_000_000) -> Progress:
    """Run a cluster for `wall_s` real seconds, after its guests have started, and return how far it came."""
    stopwatch = Stopwatch(warm_up_ns, wall_s)
    with running(kind, stopwatch) as cluster:
        cluster.engine.run()
    assert stopwatch.progress is not None, "an endless guest has ended"
    return stopwatch.progress


class Meter(Watcher):
    """Measures what a stretch of virtual time costs all processes together, in processor time, and stops the cluster after it."""

    def __init__(self, from_ns: int, stretch_ns: int) -> None:
        super().__init__(from_ns)
        self._stretch_ns = stretch_ns
        self._began: tuple[int, float] | None = None
        """At which instant, and what had been spent by then."""
        self.cost_s: float | None = None
        """Processor seconds of the engine and the nodes for a virtual second."""

    def look(self, engine: Engine) -> None:
        if self.cost_s is not None:
            return
        if self._began is None:
            self._began = engine.now, self._spent_s(engine)
            return
        began_ns, spent_s = self._began
        if engine.now >= began_ns + self._stretch_ns:
            self.cost_s = (self._spent_s(engine) - spent_s) * 1e9 / (engine.now - began_ns)
            engine.schedule(engine.now, Stop())

    @staticmethod
    def _spent_s(engine: Engine) -> float:
        nodes = [
            psutil.Process(node.process.pid).cpu_times() for node in engine.nodes.values() if node.process is not None
        ]
        return time.process_time() + float(sum(one.user + one.system for one in nodes))


def cost_of(kind: ClusterKind, stretch_ns: int, warm_up_ns: int = 150_000_000) -> float:
    """Return the processor seconds that a virtual second of a cluster costs, after its guests have started."""
    meter = Meter(warm_up_ns, stretch_ns)
    with running(kind, meter) as cluster:
        cluster.engine.run()
    assert meter.cost_s is not None, "an endless guest has ended"
    return meter.cost_s
