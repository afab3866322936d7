"""A view of the cluster, folded from its events and from nothing else: all that a report, a check or a screen needs to know. Pure.

What is known of each subject is kept in a file of its own: `nodes`, `processes`, `migrations`, `evictions`, `links`, `policy`, `snapshots`.
"""

from __future__ import annotations

from collections import Counter

from nodes.wire.events import (
    MigrationStarted,
    NodeCrashed,
    ProcessCreated,
    RunEnded,
    RunStarted,
    Stamped,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.evictions import Evictions, EvictionView
from tuiclu.model.fold import Table, Takes, on
from tuiclu.model.links import Links, LinkView
from tuiclu.model.migrations import Migrations, MigrationView
from tuiclu.model.nodes import FaultView, Nodes, NodeView
from tuiclu.model.policy import Policies
from tuiclu.model.processes import Processes, ProcessView
from tuiclu.model.snapshots import Snapshots, SnapshotView

KEPT = 200
"""What is remembered of a cluster that lives for ever, see below."""


class ClusterView(Takes):
    """The cluster as its events tell it.

    `kept`: of the processes that have ended, and of the migrations, evictions, faults and links that are over, so many are remembered, the
    latest. None: all, as the result of a run that ends promises.
    """

    def __init__(self, kept: int | None = None) -> None:
        self.now_ns = 0
        self.title = ""
        self.seed = 0
        self.ended: str | None = None
        self.in_flight: list[str] = []
        self.counts: Counter[str] = Counter()
        """How many events of each kind there were."""
        self.policies = Policies()
        """What is in force."""
        self._kept = kept
        self._nodes = Nodes()
        self._processes = Processes(self._nodes)
        self._migrations = Migrations(self._nodes, self._processes)
        self._evictions = Evictions()
        self._links = Links(self._processes)
        self._snapshots = Snapshots(kept)
        parts = (self._nodes, self._processes, self._migrations, self._evictions, self._links, self._snapshots)
        self._table = Table(self, self.policies, *parts)

    def apply(self, stamped: Stamped) -> None:
        """Take the next event."""
        self.now_ns = stamped.t
        self.counts[kind_of(stamped.event)] += 1
        if self._kept is not None:
            if isinstance(stamped.event, ProcessCreated | MigrationStarted | NodeCrashed):
                self._forget(self._kept)
            if not self._processes.knows(stamped.event):
                return
        self._table.apply(stamped)

    @on
    def run_started(self, event: RunStarted, t: int, node: NodeName) -> None:
        self.title, self.seed = event.title, event.seed

    @on
    def run_ended(self, event: RunEnded, t: int, node: NodeName) -> None:
        self.ended, self.in_flight = event.reason, event.in_flight

    def _forget(self, kept: int) -> None:
        """Let go of what is too old; a process goes with its migrations."""
        gone = self._processes.forget(kept)
        self._migrations.forget(kept, gone)
        self._evictions.forget(kept)
        self._links.forget()
        del self.faults[: max(0, len(self.faults) - kept)]

    # ---------------------------------------------------------------------------------------------------- what is known

    @property
    def nodes(self) -> dict[NodeName, NodeView]:
        return self._nodes.views

    @property
    def resources(self) -> dict[NodeName, tuple[str, ...]]:
        """What each node has that others may not."""
        return self._nodes.resources

    @property
    def files(self) -> dict[NodeName, dict[str, int]]:
        """Files on the disk of each node, and their bytes."""
        return self._nodes.files

    @property
    def faults(self) -> list[FaultView]:
        return self._nodes.faults

    @property
    def cuts(self) -> dict[str, None]:
        """Directions in which the wire is cut: `n1>n2`."""
        return self._nodes.cuts

    @property
    def processes(self) -> dict[Pid, ProcessView]:
        return self._processes.views

    @property
    def names(self) -> dict[str, Pid]:
        """Names that processes have published, as the name server knows them."""
        return self._processes.names

    @property
    def forgotten_cpu_ns(self) -> int:
        """What processes used that are forgotten."""
        return self._processes.forgotten_cpu_ns

    @property
    def migrations(self) -> dict[str, MigrationView]:
        return self._migrations.views

    @property
    def evictions(self) -> list[EvictionView]:
        return self._evictions.views

    @property
    def links(self) -> dict[str, LinkView]:
        """By name, in the order in which they were opened."""
        return self._links.views

    @property
    def snapshots(self) -> dict[str, SnapshotView]:
        """By their numbers."""
        return self._snapshots.known

    def under_way(self) -> list[MigrationView]:
        """Return the migrations that have not ended."""
        return self._migrations.under_way()

    def disturbed(self) -> bool:
        """Tell whether anything may have to wait for ever: the wire is cut somewhere, or a node is paused."""
        return self._nodes.disturbed()

    def holds_of(self, machine: NodeName) -> tuple[str, ...]:
        """Return what operators have made of a machine: `blocked`, `stays`, `evicting`, `leaving`."""
        return tuple(self._evictions.flags.get(machine, ()))

    def leaving(self, machine: NodeName) -> list[Pid]:
        """Return the processes that have to leave a machine, those that have left meanwhile among them."""
        return self._evictions.leaving(machine)

    def name_of(self, pid: Pid) -> str:
        """Return what the scenario calls a process."""
        return self._processes.name_of(pid)

    def names_of_pids(self) -> dict[Pid, str]:
        """Return what the scenario calls each process."""
        return {pid: process.name for pid, process in self.processes.items()}
