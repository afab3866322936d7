"""Guests that have to leave, and machines that take none: folded from the events."""

from __future__ import annotations

from dataclasses import dataclass, field

from nodes.wire.events import (
    EvictionCompleted,
    EvictionStarted,
    MachineBlocked,
    MachineStays,
    NodeCrashed,
    ShutdownAnnounced,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.fold import Takes, on


@dataclass
class EvictionView:
    """Guests that had to leave a node."""

    node: NodeName
    cause: str
    policy: str
    started_ns: int
    processes: list[Pid]
    completed_ns: int | None = None
    remain: list[Pid] = field(default_factory=list)
    seat: NodeName = ""
    """Where the Initiator sits that lets them leave."""
    outcome: str | None = None
    """`completed`; `lost`, with the machine; `aborted`, because the Initiator is dead; None: it goes on."""
    ended_ns: int | None = None


class Evictions(Takes):
    """All evictions of which anything is remembered."""

    def __init__(self) -> None:
        self.views: list[EvictionView] = []
        self.flags: dict[NodeName, dict[str, None]] = {}
        """What holds of each machine: `blocked`, `stays`, `evicting`, `leaving`; in the order in which it began to."""

    def leaving(self, machine: NodeName) -> list[Pid]:
        """Return the processes that have to leave a machine, those that have left meanwhile among them."""
        return [pid for view in self.views if view.node == machine and view.outcome is None for pid in view.processes]

    def _set(self, machine: NodeName, flag: str, *, holds: bool) -> None:
        flags = self.flags.setdefault(machine, {})
        if holds:
            flags.setdefault(flag, None)
        else:
            flags.pop(flag, None)

    @on
    def blocked(self, event: MachineBlocked, t: int, node: NodeName) -> None:
        self._set(event.machine or node, "blocked", holds=event.blocked)

    @on
    def stays(self, event: MachineStays, t: int, node: NodeName) -> None:
        self._set(event.machine or node, "stays", holds=event.stays)

    @on
    def shutdown_announced(self, event: ShutdownAnnounced, t: int, node: NodeName) -> None:
        self._set(event.machine or node, "leaving", holds=True)

    @on
    def started(self, event: EvictionStarted, t: int, node: NodeName) -> None:
        machine = event.machine or node
        self.views.append(EvictionView(machine, event.cause, event.policy, t, list(event.processes), seat=node))
        self._set(machine, "evicting", holds=True)

    @on
    def completed(self, event: EvictionCompleted, t: int, node: NodeName) -> None:
        machine, over = event.machine or node, {*event.left, *event.remain}
        for view in self.views:
            if view.node == machine and view.outcome is None and over <= {*view.processes}:
                view.outcome, view.completed_ns, view.ended_ns = "completed", t, t
                view.remain = list(event.remain)
                break
        self._set(machine, "evicting", holds=bool(self.leaving(machine)))

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        for view in self.views:
            if view.outcome is None and node in (view.node, view.seat):
                view.outcome, view.ended_ns = "lost" if node == view.node else "aborted", t
                self._set(view.node, "evicting", holds=bool(self.leaving(view.node)))
        self.flags.pop(node, None)

    def forget(self, kept: int) -> None:
        """Remember those that go on, and the latest of those that are over, up to a number."""
        finished = [one for one in self.views if one.outcome is not None]
        first = finished[-kept].started_ns if len(finished) > kept else 0
        self.views = [one for one in self.views if one.outcome is None or one.started_ns >= first]
