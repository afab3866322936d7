"""The pages of the latest migrations: which are on the wire, which have come, which stayed behind. Folded from the events. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from nodes.wire.events import (
    MessageDelivered,
    MessageSent,
    MigrationAborted,
    MigrationCommitted,
    MigrationPages,
    MigrationStarted,
    PageArrived,
    ResidualLeft,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView
from tuiclu.model.doings import Doings
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import ON_DISK, REMOTE
from tuiclu.model.migrations import MigrationView

TRANSFERS = 100
"""The number of migrations whose pages are remembered."""


@dataclass
class Transfer:
    """The pages of one migration."""

    known: frozenset[int]
    """Pages that the process had when it began."""
    flying: dict[str, list[int]] = field(default_factory=dict)
    """Batches on the wire, by the name of their message."""
    sent: Counter[int] = field(default_factory=Counter)
    arrived: dict[int, None] = field(default_factory=dict)
    fetched: dict[int, None] = field(default_factory=dict)
    """Pages that the process waited for at the destination."""
    flushed: dict[int, None] = field(default_factory=dict)
    """Pages that went to a disk."""
    left: dict[int, str] = field(default_factory=dict)
    """Pages that were left behind, and in what: REMOTE or ON_DISK."""


class Transfers(Takes):
    """The transfers, by the names of their migrations; the view and the histories have seen each event before."""

    def __init__(self, view: ClusterView, doings: Doings) -> None:
        self.of: dict[str, Transfer] = {}
        self._view = view
        self._doings = doings
        self._last_sent: dict[NodeName, str] = {}
        """The name of the last message of each node: the pages of a batch are told of right behind it."""
        self._moved_by: dict[Pid, str] = {}
        """The last migration of each process that was committed."""
        self._open: dict[str, MigrationView] = {}
        """Migrations that may still be going on."""

    def going_on(self) -> Iterable[MigrationView]:
        """Yield the migrations whose pages may still be on the way."""
        return (one for one in self._open.values() if self._has_pages_to_move(one)) if self._open else ()

    def arriving(self, node: NodeName) -> Iterable[tuple[str, int]]:
        """Yield the processes on their way to a node, and how many of their pages have come."""
        for migration in self._open.values():
            going_on = migration.ended_ns is None and migration.committed_ns is None
            if migration.destination == node and going_on and migration.accepted_ns is not None:
                yield migration.process, len(self.of[migration.name].arrived)

    def _has_pages_to_move(self, migration: MigrationView) -> bool:
        if migration.ended_ns is None:
            return True
        process = self._view.processes.get(migration.pid)
        in_memory = any(not on_disk for _, on_disk in migration.kept)
        return in_memory and migration.residual_ended_ns is None and process is not None and process.alive

    # ---------------------------------------------------------------------------------------------- beginning and end

    @on
    def started(self, event: MigrationStarted, t: int, node: NodeName) -> None:
        view = self._view.migrations.get(event.migration)
        if view is None:
            return
        self.of[event.migration] = Transfer(frozenset(self._doings.process(event.pid).pages))
        self._open[event.migration] = view
        self._forget()

    @on
    def aborted(self, event: MigrationAborted, t: int, node: NodeName) -> None:
        if event.migration in self.of:
            self.of[event.migration].flying.clear()

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> None:
        transfer = self.of.get(event.migration)
        if transfer is not None:
            self._moved_by[event.pid] = event.migration
            history = self._doings.process(event.pid)
            history.resident = dict.fromkeys(page for page in transfer.arrived if page in history.pages)

    @on
    def residual_left(self, event: ResidualLeft, t: int, node: NodeName) -> None:
        if event.migration in self.of:
            what = ON_DISK if event.on_disk else REMOTE
            self.of[event.migration].left.update(dict.fromkeys(event.pages, what))
            # those that were sent before, and written to since: that copy is worth nothing
            self._doings.no_longer_resident(event.pid, event.pages)

    # ------------------------------------------------------------------------------------------------------------ pages

    @on
    def message_sent(self, event: MessageSent, t: int, node: NodeName) -> None:
        self._last_sent[node] = event.message

    @on
    def pages_left(self, event: MigrationPages, t: int, node: NodeName) -> None:
        transfer = self.of.get(event.migration)
        if transfer is None:
            return  # it is too long ago
        if event.why == "flush":
            transfer.flushed.update(dict.fromkeys(event.pages))
        elif event.bytes:
            transfer.flying[self._last_sent.get(node, "")] = list(event.pages)
            transfer.sent.update(event.pages)

    @on
    def message_delivered(self, event: MessageDelivered, t: int, node: NodeName) -> None:
        for migration in self.going_on():
            transfer = self.of[migration.name]
            for page in transfer.flying.pop(event.message, ()):
                transfer.arrived[page] = None

    @on
    def page_arrived(self, event: PageArrived, t: int, node: NodeName) -> None:
        transfer = self.of.get(self._moved_by.get(event.pid, ""))
        if transfer is not None:
            transfer.fetched.update(dict.fromkeys(event.pages))

    def _forget(self) -> None:
        """Forget the pages of old migrations, and what moved processes that nobody tells of any more."""
        self._open = {name: one for name, one in self._open.items() if self._has_pages_to_move(one)}
        closed = [name for name in self.of if name not in self._open]
        for name in closed[: max(0, len(self.of) - TRANSFERS)]:
            del self.of[name]
        self._moved_by = {pid: name for pid, name in self._moved_by.items() if name in self.of}
