"""Who is where: the one place in which the engine knows processes, folded from their events, and from the crashes of nodes."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.wire.events import (
    AnyEvent,
    Event,
    MigrationCommitted,
    ProcessCreated,
    ProcessExited,
    ProcessNotCreated,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid, make_pid

DEAD_KNOWN = 200
"""How many ended processes are remembered by name: the latest. Any other is taken for one that never was."""


class Directory:
    """Names and pids of processes, and which node owns each that lives. An observer of the stream."""

    about: tuple[type[Event], ...] = (
        ProcessCreated,
        ProcessExited,
        ProcessNotCreated,
        MigrationCommitted,
    )

    def __init__(self) -> None:
        self._pids: dict[str, Pid] = {}
        self._owners: dict[Pid, NodeName] = {}
        self._born: dict[NodeName, int] = {}

    def enter(self, name: str, home: NodeName) -> Pid:
        """Give a process that is about to be created its pid."""
        self._born[home] = self._born.get(home, 0) + 1
        pid = make_pid(home, self._born[home])
        self._pids[name] = pid
        self._owners[pid] = home
        if len(self._pids) > len(self._owners) + 2 * DEAD_KNOWN:
            dead = [name for name, known in self._pids.items() if known not in self._owners]
            for old in dead[:-DEAD_KNOWN]:
                del self._pids[old]
        return pid

    def crashed(self, node: NodeName) -> None:
        """Forget what a node owned, and what was about to be created there. At once: the next command may come at the same instant."""
        self._owners = {pid: owner for pid, owner in self._owners.items() if owner != node}

    def pid_of(self, process: str) -> Pid | None:
        """Return the pid of a process given by its name or its pid; None: there was never one."""
        if process in self._pids:
            return self._pids[process]
        return process if process in self._pids.values() else None

    def owner_of(self, pid: Pid) -> NodeName | None:
        """Return the node that owns a process; None: it is dead."""
        return self._owners.get(pid)

    def known(self) -> tuple[dict[str, Pid], dict[Pid, NodeName], dict[NodeName, int]]:
        """Return all that is known here: the pids of names, the owners of processes, and how many were born where."""
        return dict(self._pids), dict(self._owners), dict(self._born)

    def know(self, pids: dict[str, Pid], owners: dict[Pid, NodeName], born: dict[NodeName, int]) -> None:
        """Know what another directory knew, and nothing else."""
        self._pids, self._owners, self._born = dict(pids), dict(owners), dict(born)

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take note of an event."""
        node = stamped.node
        match stamped.event:
            case ProcessCreated(pid):
                self._owners[pid] = node or ""
            case ProcessExited(pid) | ProcessNotCreated(pid):
                self._owners.pop(pid, None)
            case MigrationCommitted(_, pid, destination):
                self._owners[pid] = destination
            case _:
                pass
        return ()
