"""Commands that the nodes' kernels and Initiators carry out: each becomes an order to the node that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nodes.wire.control import (
    AnyOrder,
    BeginSnapshot,
    ChangePolicy,
    DueOrder,
    PollStates,
    RecordAtClock,
    StartProcess,
)
from nodes.wire.events import AnyEvent, SnapshotStarted
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason, reason
from tuiclu.cluster.commands import (
    AnyCommand,
    OnNode,
    OnProcess,
    Set,
    Snapshot,
    Spawn,
    Stay,
)
from tuiclu.cluster.directory import Directory
from tuiclu.cluster.node import Node
from tuiclu.cluster.policy import InForce, changed, concerned, differences


class Operator:
    """Gives the orders. `controls` says who is the Initiator of which machines, `emit` takes what happens in the cluster as a whole.

    `note` is told of every node whose orders have changed.
    """

    def __init__(
        self,
        nodes: Mapping[NodeName, Node],
        directory: Directory,
        controls: Mapping[NodeName, NodeName],
        emit: Callable[[AnyEvent], None],
        note: Callable[[Iterable[Node]], None],
    ) -> None:
        self._nodes = nodes
        self._directory = directory
        self._controls = controls
        self._emit = emit
        self._note = note
        self.snapshots = 0
        """How many snapshots have been begun."""

    def carry_out(self, command: AnyCommand, now_ns: int, by: str) -> Reason | None:
        """Give the order for a command, at this instant; return why that is impossible, if it is."""

        def order(name: NodeName, what: AnyOrder) -> Reason | None:
            node = self._nodes[name]
            if node.process is None:
                return reason("down", machine=name)
            node.orders.append(DueOrder(now_ns, what))
            self._note((node,))
            return None

        def order_owner(process: str, make_order: Callable[[Pid], AnyOrder]) -> Reason | None:
            pid = self._directory.pid_of(process)
            if pid is None:
                return reason("no-such-process", process=process)
            owner = self._directory.owner_of(pid)
            return reason("lives-no-more", process=process) if owner is None else order(owner, make_order(pid))

        match command:
            case Spawn(on=name):
                return (
                    reason("down", machine=name)
                    if self._nodes[name].process is None
                    else order(name, self._start(command))
                )
            case OnProcess(process):
                return order_owner(process, lambda pid: command.order(pid, by))
            case OnNode(name):
                return order(name, command.order(now_ns))
            case Stay(str(process)):
                return order_owner(process, command.order)
            case Stay(None, str(name)):
                return order(name, command.order(None))
            case Snapshot():
                return self._record(command, order)
            case Set():
                changes = self._set(command)
                for name, after in changes.items():
                    order(name, ChangePolicy(*after))
                return None if changes else reason("nothing-changes")
            case _:
                raise AssertionError(f"{type(command).__name__} is not for a node")

    def _record(self, command: Snapshot, order: Callable[[NodeName, AnyOrder], Reason | None]) -> Reason | None:
        """Have a snapshot recorded by those who are to begin it and are up."""
        up = [name for name, node in self._nodes.items() if node.process is not None]
        begin = up if command.way == "clocks" else [name for name in command.nodes or up[:1] if name in up]
        if command.way == "poll":
            begin = begin[:1]
        if not begin:
            return reason("down", machine=", ".join(command.nodes or self._nodes))
        self.snapshots += 1
        snapshot = str(self.snapshots)
        self._emit(SnapshotStarted(snapshot, command.way, [] if command.way == "clocks" else begin, up, command.to))
        for name in begin:
            match command.way:
                case "clocks":
                    order(name, RecordAtClock(snapshot, command.clock_ns))
                case "poll":
                    order(name, PollStates(snapshot))
                case way:
                    order(name, BeginSnapshot(snapshot, loose=way == "unordered"))
        return None

    def _start(self, command: Spawn) -> StartProcess:
        pid = self._directory.enter(command.name, command.on)
        return StartProcess(
            pid,
            command.name,
            command.program,
            command.argv,
            command.environment,
            command.stdin,
            command.priority,
            command.estimate_ns,
        )

    def _set(self, command: Set) -> dict[NodeName, InForce]:
        """Note what is in force from now on, and return it for every machine on which that is new; one that is down comes up with it."""
        changes: dict[NodeName, tuple[InForce, InForce]] = {}
        for name in concerned(command, tuple(self._nodes), self._controls):
            before = self._nodes[name].in_force
            after = changed(before, command)
            if after != before:
                changes[name] = before, after
        for difference in differences(changes) if changes else ():
            self._emit(difference)
        for name, (_, after) in changes.items():
            self._nodes[name].in_force = after
        return {name: after for name, (_, after) in changes.items()}
