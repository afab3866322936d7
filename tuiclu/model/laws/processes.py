"""Laws of processes: each has one owner, none lives on a dead node, and whoever stands still has somebody who ends it."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.wire.events import (
    EvictionCompleted,
    LinkHealed,
    MigrationAborted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    NodeResumed,
    OwnerIdle,
    ProcessBlocked,
    ProcessContinued,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
    RunEnded,
    RunResumed,
    RunStarted,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import SECOND_NS, NetworkParameters
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.laws.law import Law
from tuiclu.model.processes import ProcessView


class Pids:
    """Many pids in little memory: of each home, all up to a serial number, and some beyond."""

    MOST = 1000
    """Beyond it, for each home; if there are more, the oldest gap is taken to be none."""

    def __init__(self) -> None:
        self._up_to: dict[NodeName, int] = {}
        self._beyond: dict[NodeName, set[int]] = {}

    def add(self, pid: Pid) -> None:
        home, _, serial = pid.rpartition(".")
        beyond = self._beyond.setdefault(home, set())
        beyond.add(int(serial))
        up_to = self._up_to.get(home, 0)
        if len(beyond) > self.MOST:
            up_to = min(beyond) - 1
        while up_to + 1 in beyond:
            up_to += 1
            beyond.discard(up_to)
        self._up_to[home] = up_to

    def __contains__(self, pid: Pid) -> bool:
        home, _, serial = pid.rpartition(".")
        return int(serial) <= self._up_to.get(home, 0) or int(serial) in self._beyond.get(home, ())


class OneOwner(Law):
    """Every living process has exactly one owner, at every event."""

    name = "one-owner"

    def __init__(self) -> None:
        self._owner: dict[Pid, NodeName] = {}
        self._ended = Pids()
        self._arriving: dict[Pid, NodeName] = {}
        """Owned since the commit by a node that has not resumed them yet."""
        self._promised: dict[str, NodeName] = {}
        """Who has reserved frames for each migration, and lives."""
        self._void: set[str] = set()
        """Migrations whose destination has died since: who is given away to it is lost."""

    @on
    def created(self, event: ProcessCreated, t: int, node: NodeName) -> Iterable[str]:
        if event.pid in self._owner or event.pid in self._ended:
            yield f"{event.pid} was created on {node} although there was one before"
        self._owner[event.pid] = node

    @on
    def touched(
        self,
        event: ProcessDispatched | ProcessFrozen | ProcessPreempted | ProcessBlocked | ProcessReady | ProcessStopped,
        t: int,
        node: NodeName,
    ) -> Iterable[str]:
        return self._only_owner(event.pid, node, "touched it")

    @on
    def let_go_on(self, event: ProcessThawed | ProcessContinued, t: int, node: NodeName) -> Iterable[str]:
        return self._only_owner(event.pid, node, "let it go on")

    @on
    def exited(self, event: ProcessExited, t: int, node: NodeName) -> Iterable[str]:
        broken = self._only_owner(event.pid, node, "ended it")
        self._forget(event.pid)
        return broken

    @on
    def negotiated(self, event: NegotiationMessage, t: int, node: NodeName) -> Iterable[str]:
        if event.step == 7:
            self._promised[event.migration] = node
        return ()

    @on
    def aborted(self, event: MigrationAborted, t: int, node: NodeName) -> Iterable[str]:
        self._promised.pop(event.migration, None)
        self._void.discard(event.migration)
        return ()

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> Iterable[str]:
        broken = self._only_owner(event.pid, node, "gave it away")
        self._owner[event.pid] = self._arriving[event.pid] = event.destination
        self._promised.pop(event.migration, None)
        if event.migration in self._void:
            self._void.discard(event.migration)
            self._forget(event.pid)
        return broken

    @on
    def resumed(self, event: MigrationResumed, t: int, node: NodeName) -> Iterable[str]:
        if self._arriving.pop(event.pid, None) != node:
            yield f"{event.pid} was resumed on {node}, which had not become its owner"

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> Iterable[str]:
        self._void |= {migration for migration, promised in self._promised.items() if promised == node}
        for pid in [pid for pid, owner in self._owner.items() if owner == node]:
            self._forget(pid)
        return ()

    def _forget(self, pid: Pid) -> None:
        self._owner.pop(pid, None)
        self._arriving.pop(pid, None)
        self._ended.add(pid)

    def _only_owner(self, pid: Pid, node: NodeName, deed: str) -> Iterable[str]:
        owner = self._owner.get(pid)
        if owner is None:
            return (f"{node} {deed}: {pid}, which does not live",)
        if owner != node:
            return (f"{node} {deed}: {pid}, which {owner} owns",)
        return (f"{node} {deed}: {pid}, before it was resumed there",) if pid in self._arriving else ()


class DeadNodesHoldNobody(Law):
    """No process is anything but lost where a node is down. What the view says is held against the deaths of nodes."""

    name = "dead-nodes"

    def __init__(self, view: ClusterView) -> None:
        self._view = view

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> Iterable[str]:
        return self._alive_where_it_is_down([self._view.processes[event.pid]])

    @on
    def look_at_all(self, event: NodeCrashed | RunEnded, t: int, node: NodeName) -> Iterable[str]:
        return self._alive_where_it_is_down(self._view.processes.values())

    def _alive_where_it_is_down(self, processes: Iterable[ProcessView]) -> Iterable[str]:
        for process in processes:
            if process.alive and self._view.nodes[process.node].state == "down":
                yield f"{process.name} is {process.state} on {process.node}, which is down"


class SomebodyEndsTheStandstill(Law):
    """Whoever is frozen has somebody alive who ends it; for want of one, it is so no longer than news need to get around.

    That is who moves it: the Initiator that has asked for its move, from the third message of the negotiation on both kernels; or else the
    Initiator that lets it leave its machine. Where one of them dies or gives up, the process goes on.
    """

    name = "standing-still"

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._alone_since_ns: dict[Pid, int] = {}
        self._frozen: dict[Pid, None] = {}
        self._patience_ns = NetworkParameters().detection_ns + NEWS_NS

    @on
    def run_begun(self, event: RunStarted | RunResumed, t: int, node: NodeName) -> Iterable[str]:
        self._patience_ns = event.settings.get("network", {}).get("detection_ns", 0) + NEWS_NS
        return ()

    @on
    def frozen(self, event: ProcessFrozen, t: int, node: NodeName) -> Iterable[str]:
        self._frozen[event.pid] = None
        return self._look(t)

    @on
    def something_moved(
        self,
        event: NegotiationRefused
        | MigrationStarted
        | MigrationAborted
        | MigrationCompleted
        | MigrationLost
        | EvictionCompleted
        | NodeCrashed
        | NodeResumed
        | LinkHealed
        | OwnerIdle
        | ProcessDispatched
        | ProcessBlocked,
        t: int,
        node: NodeName,
    ) -> Iterable[str]:
        return self._look(t) if self._frozen else ()

    @on
    def run_ended(self, event: RunEnded, t: int, node: NodeName) -> Iterable[str]:
        return self._look(t, quiescent=event.reason == "quiescent")

    def _look(self, t: int, *, quiescent: bool = False) -> Iterable[str]:
        for pid in list(self._frozen):
            process = self._view.processes[pid]
            if process.state != "frozen":
                del self._frozen[pid]
            if process.state != "frozen" or self._view.disturbed():
                self._alone_since_ns.pop(pid, None)
            elif quiescent:
                yield f"{process.name} stands still on {process.node}, and nothing is left to happen"
            elif self._has_somebody(pid):
                self._alone_since_ns.pop(pid, None)
            elif t - self._alone_since_ns.setdefault(pid, t) > self._patience_ns:
                del self._frozen[pid]
                yield f"{process.name} stands still on {process.node}, and nobody alive will end it"

    def _has_somebody(self, pid: Pid) -> bool:
        """Tell whether somebody alive moves a process, or lets it leave. What only the dead could end is under way no more."""
        if any(one.outcome is None and pid in one.processes for one in self._view.evictions):
            return True
        return any(one.pid == pid and not one.destination_died for one in self._view.under_way())


NEWS_NS = SECOND_NS
"""For how long, beyond the time after which a death is noticed, news can be on their way: they wait their turn behind pages."""
