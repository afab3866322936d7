"""Who owns the page frames of each node, folded from the events: at every instant the same as the other figures of a frame. Pure.

A process owns the pages that it has in memory where it is. Beside these there are frames into which the pages of a process on its way here
have come, frames that are promised to it, and frames with pages of one that has left and may still fetch them; and frames with the text of
programs, which belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from nodes.wire.events import (
    FramesInUse,
    MigrationPages,
    NodeCrashed,
    PageEvicted,
    PageFaulted,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView
from tuiclu.model.doings import Doings
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import ARRIVING, HERE, KEPT, PROMISED, TEXT, Owned
from tuiclu.model.transfers import Transfers


class FramesOwned(Takes):
    """See above. The view, the histories and the transfers have seen each event before."""

    def __init__(self, view: ClusterView, doings: Doings, transfers: Transfers) -> None:
        self._view = view
        self._doings = doings
        self._transfers = transfers
        self._kept: dict[NodeName, dict[Pid, dict[int, None]]] = {}
        """Pages of processes that have left a node, in its memory."""
        self._untold: dict[Pid, int] = {}
        """Pages of which no event has told yet: arguments of a process that was just created, faults in the burst that is under way."""
        self._latest: dict[NodeName, Pid] = {}
        """Whom each node has created or dispatched last: frames of which no event has told are its."""
        self._arriving_then: dict[NodeName, int] = {}
        """Pages that were arriving when the frames of a node were counted last: promises for later ones have been kept since."""

    @on
    def created_or_dispatched(self, event: ProcessCreated | ProcessDispatched, t: int, node: NodeName) -> None:
        self._latest[node] = event.pid

    @on
    def all_told(self, event: PageFaulted | ProcessExited, t: int, node: NodeName) -> None:
        self._untold.pop(event.pid, None)

    @on
    def residual_left(self, event: ResidualLeft, t: int, node: NodeName) -> None:
        if event.pages and not event.on_disk:
            self._kept.setdefault(event.holder, {})[event.pid] = dict.fromkeys(event.pages)

    @on
    def pages_left(self, event: MigrationPages | PageEvicted, t: int, node: NodeName) -> None:
        kept = self._kept.get(node, {}).get(event.pid)
        if kept and (isinstance(event, PageEvicted) or event.why in ("push", "demand")):
            for page in event.pages:
                kept.pop(page, None)

    @on
    def residual_ended(self, event: ResidualEnded, t: int, node: NodeName) -> None:
        if not event.mail:
            self._kept.get(event.holder, {}).pop(event.pid, None)

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        self._kept.pop(node, None)
        self._untold = {pid: count for pid, count in self._untold.items() if self._lives(pid)}

    @on
    def counted(self, event: FramesInUse, t: int, node: NodeName) -> None:
        self._arriving_then[node] = sum(one.count for one in self.of(node) if one.what == ARRIVING)
        pid = self._latest.get(node)
        if pid is not None:
            self._untold[pid] = max(0, self._untold.get(pid, 0) + event.allocated - self.in_use(node))

    def _lives(self, pid: Pid) -> bool:
        process = self._view.processes.get(pid)
        return process is not None and process.alive

    def of(self, node: NodeName) -> tuple[Owned, ...]:
        """Return who owns frames of a node, and how many; nobody owns the others.

        An eviction is told behind the arrival that it has made room for: until then there seem to be more pages than frames, and those
        that are too many have left whoever has most.
        """
        owners = [one for one in self._owners(node) if one.count]
        total = self._view.nodes[node].frames_total
        too_many = sum(one.count for one in owners) - total if total else 0
        if too_many > 0:
            most = max(range(len(owners)), key=lambda at: owners[at].count)
            owners[most] = msgspec.structs.replace(owners[most], count=max(0, owners[most].count - too_many))
        return tuple(owners)

    def in_use(self, node: NodeName) -> int:
        """Return how many frames of a node hold a page."""
        return sum(one.count for one in self.of(node) if one.what != PROMISED)

    def promised(self, node: NodeName) -> int:
        """Return how many frames of a node are promised and still empty."""
        return sum(one.count for one in self.of(node) if one.what == PROMISED)

    def _owners(self, node: NodeName) -> Iterator[Owned]:
        view = self._view
        if view.nodes[node].state == "down":
            return
        for process in view.processes.values():
            if process.node == node and process.alive:
                count = len(self._doings.process(process.pid).resident) + self._untold.get(process.pid, 0)
                yield Owned(process.name, HERE, count)
        yield Owned("", TEXT, view.nodes[node].frames_text)
        for pid, pages in self._kept.get(node, {}).items():
            yield Owned(view.name_of(pid), KEPT, len(pages))
        came = 0
        for process_name, count in self._transfers.arriving(node):
            came += count
            yield Owned(process_name, ARRIVING, count)
        yield Owned(
            "", PROMISED, max(0, view.nodes[node].frames_reserved - max(0, came - self._arriving_then.get(node, 0)))
        )
