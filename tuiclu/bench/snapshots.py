"""How long recording the state of a node holds it up, with what its processes have in memory."""

from __future__ import annotations

import contextlib
import os
from itertools import pairwise
from pathlib import Path

from nodes.programs import CATALOGUE, image
from nodes.wire.parameters import MigrationParameters, NetworkParameters, NodeParameters
from tuiclu.bench.clusters import LATENCY_NS, Watcher
from tuiclu.cluster.commands import Snapshot, Spawn, Stop
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.launcher import Launcher
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.resumption import Gatherer
from tuiclu.cluster.stream import Observer
from tuiclu.errors import EmulatorError
from tuiclu.model.cluster import ClusterView
from tuiclu.model.snapshots import SnapshotWatch
from tuiclu.scenario.runner import Follower, Log
from tuiclu.scratch import scratch_folder

FIRST_NS, EVERY_NS = 1_500_000_000, 50_000_000
SNAPSHOTS = 5
IPS = 50_000_000
ACCESSES = 100_000_000


def hold_s(pages: int) -> float:
    """Return for how much processor time recording its state holds a node up, while a process there uses so many pages: the least of
    several.

    No virtual time passes meanwhile. What the copy of the node does, which writes the state, is not the node's.
    """
    steps = [FIRST_NS + number * EVERY_NS for number in range(SNAPSHOTS)]
    spent = _Spent(FIRST_NS - EVERY_NS, steps[-1] + EVERY_NS)
    plan = ClusterPlan(
        title="bench",
        seed=1,
        network=NetworkParameters(latency_ns=LATENCY_NS),
        nodes=tuple(NodeParameters(name=name, ips=IPS, frames=pages + 512) for name in ("n1", "n2")),
        migration=MigrationParameters(),
        images={"scan": image("scan")},
    )
    view = ClusterView()
    with scratch_folder("tuiclu-bench") as folder, contextlib.closing(Gatherer(Path(folder))) as gatherer:
        observers: list[Observer] = [Log(), Follower(view.apply), SnapshotWatch()]
        engine = spent.engine = Engine(
            plan, Launcher(f"bench {os.getpid()}"), observers=observers, pacer=spent, ahead_ns=0, gatherer=gatherer
        )
        argv = CATALOGUE["scan"].argv({"pages": pages, "accesses": ACCESSES})
        engine.schedule(0, Spawn(name="P", program="scan", on="n1", argv=argv))
        for at_ns in steps:
            engine.schedule(at_ns, Snapshot(("n1",)))
        with engine:
            engine.run()
    recorded = [one.recorded["n1"][1].processes[0].pages for one in view.snapshots.values() if "n1" in one.recorded]
    if len(recorded) != SNAPSHOTS or min(recorded) < pages:
        raise EmulatorError(f"the process had {recorded} pages, and was to have {pages}")
    return spent.least_at(steps)


class _Spent(Watcher):
    """Notes what processor time the first node has had, before every window."""

    def __init__(self, from_ns: int, until_ns: int) -> None:
        super().__init__(from_ns)
        self._until_ns = until_ns
        self._noted: list[tuple[int, int]] = []

    def look(self, engine: Engine) -> None:
        process = engine.nodes["n1"].process
        assert process is not None
        self._noted.append((engine.now, on_cpu_ns(process.pid)))
        if engine.now >= self._until_ns:
            engine.schedule(engine.now, Stop())

    def least_at(self, instants: list[int]) -> float:
        """Return the least that the node did at one of these instants, while virtual time stood still, in seconds."""
        taken = dict.fromkeys(instants, 0)
        for (begins_ns, before), (ends_ns, after) in pairwise(self._noted):
            if begins_ns == ends_ns and begins_ns in taken:
                taken[begins_ns] += after - before
        return min(taken.values()) / 1e9


def on_cpu_ns(pid: int) -> int:
    """Return for how long a process has had a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
