"""What a frame of the screen is made of: rows, cards and maps, from the state of the cluster and from what happened lately. Pure."""

from __future__ import annotations

from dataclasses import replace

from nodes.wire.control import Inspection
from nodes.wire.events import (
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView
from tuiclu.model.cuts import CUTS, cuts_of, snapshot_row
from tuiclu.model.doings import ENDED_SHOWN
from tuiclu.model.frame import (
    AGAIN,
    CLEAN,
    DIRTY,
    FETCHED,
    FLYING,
    GONE,
    ON_DISK,
    SENT,
    UNTOUCHED,
    Burst,
    Details,
    MigrationRow,
    NodeCard,
    PageMaps,
    ProcessRow,
    RoundRow,
    Wire,
)
from tuiclu.model.histories import Histories
from tuiclu.model.migrations import MigrationView
from tuiclu.model.nodes import NodeView
from tuiclu.model.processes import ProcessView
from tuiclu.model.sentences.migrations import frozen_because
from tuiclu.model.sources import Asked
from tuiclu.model.traffic import LATEST, Excerpt
from tuiclu.model.transfers import Transfer
from tuiclu.texts import LANGUAGES

MIGRATIONS_SHOWN = 60
WROTE_NS = 500_000_000
"""How long a process that has written something is marked."""
ENDED_FOUND = 400
"""Processes that have ended long ago and are looked for, at most."""
STILL_NS = 200_000_000
"""How much later loads are shown once nothing is left to happen: an idle CPU is seen to be idle."""
NOTHING = Asked()
WIRE_NS = 300_000_000
"""How long a message counts as traffic of late."""


class ScreenView:
    """A view of the cluster and the histories beside it, as what a frame shows."""

    def __init__(self, view: ClusterView) -> None:
        self.view = view
        self.recent = Histories(view)
        self.now_ns = 0
        """The instant that is shown: all that a frame has is of this one. It may be later than the last event, never earlier."""
        self._still_ns = 0

    def apply(self, stamped: Stamped) -> None:
        """Take the next event, which `view` has seen."""
        self.recent.apply(stamped)
        self.now_ns = self.view.now_ns

    def look_at(self, now_ns: int, *, still: bool = False) -> None:
        """Show this instant; what was so at the last event is so still. `still`: nothing is left to happen, and nobody uses a CPU."""
        self.now_ns = max(now_ns, self.view.now_ns)
        self._still_ns = STILL_NS if still else 0

    def process_rows(self, find: str | None = None) -> tuple[ProcessRow, ...]:
        """Return the living processes, and of those that have ended the latest; with `find` more of them, if they contain it."""
        ended = [one for one in self.view.processes.values() if not one.alive]
        left_out = {one.pid for one in ended[:-ENDED_SHOWN]}
        if find is not None:
            wanted = find.lower()
            found = [
                one.pid
                for one in ended
                if any(wanted in text.lower() for text in (one.name, one.pid, one.program, one.node))
            ]
            left_out -= set(found[-ENDED_FOUND:])
        return tuple(self._process_row(one) for one in self.view.processes.values() if one.pid not in left_out)

    def _process_row(self, process: ProcessView) -> ProcessRow:
        history = self.recent.doings.process(process.pid)
        running_ns = max(0, self.now_ns - history.got_cpu_ns) if history.got_cpu_ns is not None else 0
        return ProcessRow(
            process.pid,
            process.name,
            process.program,
            process.node,
            process.home,
            process.state,
            process.cpu_ns + running_ns,
            len(history.resident) if process.alive else 0,
            len(history.pages),
            tuple(self.view.name_of(peer) for peer in process.links.values()),
            process.moves,
            process.created_ns,
            process.ended_ns,
            process.exit_code,
            process.signal,
            process.reason,
            process.waits_for,
            process.since_ns,
            dict(process.faults),
            process.evicted,
            sum(process.page_waits.values()),
            process.page_wait_ns,
            (
                *(f"{holder} (disk)" if on_disk else holder for holder, on_disk in process.residual),
                *(f"{holder} (mail)" for holder in process.passers_on),
            ),
            process.background,
            process.signal_taken,
            process.reads,
        )

    def node_cards(self, pids: dict[NodeName, int]) -> tuple[NodeCard, ...]:
        """Return all nodes; `pids` are the real processes behind them."""
        here: dict[NodeName, list[ProcessView]] = {name: [] for name in self.view.nodes}
        away: dict[NodeName, list[tuple[str, NodeName]]] = {name: [] for name in self.view.nodes}
        for process in self.view.processes.values():
            if process.alive:
                here.setdefault(process.node, []).append(process)
                if process.home != process.node:
                    away.setdefault(process.home, []).append((process.name, process.node))
        return tuple(
            self._node_card(node, here[name], away[name], pids.get(name)) for name, node in self.view.nodes.items()
        )

    def _node_card(
        self, node: NodeView, here: list[ProcessView], away: list[tuple[str, NodeName]], pid: int | None
    ) -> NodeCard:
        load = self.recent.doings.node(node.name).cpu.columns(self.now_ns + self._still_ns)
        leaving = self.view.leaving(node.name)
        queue = sorted(
            (one for one in here if one.state == "ready"),
            key=lambda one: (one.since_ns, one.pid),
        )
        return NodeCard(
            view=replace(node, suspects=dict(node.suspects)),
            running=next((one.name for one in here if one.state == "running"), None),
            ready=tuple(one.name for one in queue),
            blocked=tuple(one.name for one in here if one.state == "blocked"),
            frozen=tuple(one.name for one in here if one.state == "frozen"),
            stopped=tuple(one.name for one in here if one.state == "stopped"),
            guests=tuple((one.name, one.home) for one in here if one.home != node.name),
            away=tuple(away),
            allocated=self.recent.frames.in_use(node.name),
            reserved=self.recent.frames.promised(node.name),
            load=load,
            resources=self.view.resources.get(node.name, ()),
            pid=pid if node.state != "down" else None,
            host=self.view.holds_of(node.name),
            policies=self.view.policies.unusual(node.name),
            writers=tuple(one.name for one in here if self._wrote(one)),
            files=tuple(self.view.files.get(node.name, {}).items()),
            leaving=tuple(one.name for one in here if one.pid in leaving),
        )

    def _wrote(self, process: ProcessView) -> bool:
        """Tell whether a process has written something just now."""
        return process.wrote_ns is not None and self.view.now_ns - process.wrote_ns < WROTE_NS

    def migration_rows(self) -> tuple[MigrationRow, ...]:
        """Return the latest migrations, the newest last."""
        views = list(self.view.migrations.values())
        return tuple(
            self._migration_row(one) for one in views[-MIGRATIONS_SHOWN:] if one.name in self.recent.transfers.of
        )

    def _migration_row(self, view: MigrationView) -> MigrationRow:
        transfer = self.recent.transfers.of[view.name]
        return MigrationRow(
            view.name,
            view.pid,
            view.process,
            view.source,
            view.destination,
            view.strategy,
            view.initiated_by,
            view.reason,
            view.started_ns,
            view.accepted_ns,
            view.frozen_ns,
            view.freeze_ns(self.now_ns),
            view.committed_ns,
            view.resumed_ns,
            view.ended_ns,
            view.outcome,
            view.refused_at,
            {lang: frozen_because(view.frozen_because, lang) for lang in LANGUAGES},
            tuple(RoundRow(one.pages, one.bytes, one.duration_ns) for one in view.rounds),
            sum(transfer.sent.values()),
            len(transfer.sent),
            len(transfer.known | set(transfer.sent)),
            sum(len(pages) for pages in transfer.flying.values()),
            len(transfer.arrived.keys() - {page for pages in transfer.flying.values() for page in pages}),
            view.bytes_on_wire,
            view.pages_sent(before_resume=False),
            tuple((holder, on_disk, pages) for (holder, on_disk), pages in view.kept.items()),
            self._depends_on(view),
            sum(view.waits.values()),
            view.wait_ns,
            view.image_bytes,
            view.letters_held,
            view.letters_forwarded,
            view.updates,
        )

    def _depends_on(self, view: MigrationView) -> tuple[tuple[NodeName, str], ...]:
        process = self.view.processes.get(view.pid)
        if process is None or not process.alive:
            return ()
        pages = dict.fromkeys((holder, "disk" if on_disk else "memory") for holder, on_disk in process.residual)
        return (*pages, *((holder, "mail") for holder in process.passers_on))

    def wires(self) -> tuple[Wire, ...]:
        """Return the traffic of late, by sender and receiver, and the cuts."""
        found: dict[tuple[NodeName, NodeName], list[int]] = {}
        since_ns = self.now_ns - WIRE_NS
        for message in self.recent.traffic.messages:
            flying = message.fate in ("flying", "held")
            if message.sent_ns < since_ns and not flying:
                if message.sent_ns < since_ns - 10 * WIRE_NS:
                    break
                continue
            sums = found.setdefault((message.source, message.destination), [0, 0, 0])
            sums[0] += 1
            sums[1] += message.bytes
            sums[2] += flying
        for link in self.view.cuts:
            source, _, destination = link.partition(">")
            found.setdefault((source, destination), [0, 0, 0])
        return tuple(
            Wire(source, destination, sums[0], sums[1], sums[2], f"{source}>{destination}" in self.view.cuts)
            for (source, destination), sums in sorted(found.items())
        )

    def details(
        self,
        *,
        node: NodeName | None,
        pid: Pid | None,
        migration: str | None,
        messages: bool,
        excerpt: Excerpt = LATEST,
        asked: Asked = NOTHING,
        inspection: Inspection | None = None,
        looked_ns: int | None = None,
    ) -> Details:
        """Return what is looked at, more closely. `excerpt`: of messages, which; `asked`: which events are wanted to be known.

        `inspection` was made at `looked_ns`: this instant, or a later one where the node had run on before anybody looked at it.
        """
        process = self.view.processes.get(pid or "")
        traffic = self.recent.traffic
        between_nodes, left_out = traffic.messages.rows(excerpt, self.now_ns) if messages else ((), 0)
        between_processes, _ = traffic.letters.rows(excerpt._replace(show="all"), self.now_ns) if messages else ((), 0)
        snapshots = list(self.view.snapshots.values())[-CUTS:] if messages else []
        is_of_now = looked_ns is not None and looked_ns <= self.now_ns
        return Details(
            node,
            self._bursts(node) if node is not None else (),
            inspection.control_block if inspection is not None else None,
            looked_ns if inspection is not None else None,
            self.recent.frames.of(node) if node is not None and node in self.view.nodes else (),
            self.page_maps(migration, inspection if node is None and is_of_now else None)
            if migration in self.recent.transfers.of
            else None,
            migration if migration in self.recent.transfers.of else None,
            between_nodes,
            between_processes,
            process.output.end().decode("utf-8", "replace") if process is not None else "",
            self.recent.sources.of(asked),
            cuts_of(snapshots),
            tuple(snapshot_row(one, self.view.name_of) for one in snapshots),
            left_out,
        )

    def _bursts(self, node: NodeName) -> tuple[Burst, ...]:
        bursts = list(self.recent.doings.node(node).bursts)
        view = self.view.nodes.get(node)
        if view is not None and view.running is not None and view.state == "up":
            bursts.append(Burst(self.view.name_of(view.running), view.running_since_ns, self.now_ns))
        return tuple(bursts)

    def page_maps(self, name: str, inspection: Inspection | None = None) -> PageMaps:
        """Return both ends of a migration, page by page. A look at the source tells which pages are dirty there."""
        dirty = frozenset(inspection.dirty if inspection is not None else ())
        touched = frozenset(inspection.touched if inspection is not None else ())
        transfer, view = self.recent.transfers.of[name], self.view.migrations[name]
        history = self.recent.doings.process(view.pid)
        flying = frozenset(page for pages in transfer.flying.values() for page in pages)
        pages = sorted(transfer.known | set(transfer.sent) | (set(history.pages) if view.ended_ns is None else set()))
        source: list[str] = []
        destination: list[str] = []
        first: list[int] = []
        lengths: list[int] = []
        for page in pages:
            if not first or page != first[-1] + lengths[-1]:
                first.append(page)
                lengths.append(0)
            lengths[-1] += 1
            state = self._at_source(transfer, page, flying=page in flying, committed=view.committed_ns is not None)
            if (state == CLEAN and page in dirty) or (state in (SENT, AGAIN) and page in touched):
                state = DIRTY
            source.append(state)
            destination.append(self._at_destination(transfer, page, flying=page in flying))
        return PageMaps(name, tuple(first), tuple(lengths), "".join(source), "".join(destination))

    @staticmethod
    def _at_source(transfer: Transfer, page: int, *, flying: bool, committed: bool) -> str:
        """Return the state of a page where the process came from."""
        if flying:
            return FLYING
        if committed:
            there = page in transfer.arrived or page in transfer.fetched
            return transfer.left.get(page, GONE) if not there or transfer.left.get(page) == ON_DISK else GONE
        times = transfer.sent[page]
        if times > 1:
            return AGAIN
        return SENT if times else ON_DISK if page in transfer.flushed else CLEAN

    @staticmethod
    def _at_destination(transfer: Transfer, page: int, *, flying: bool) -> str:
        """Return the state of a page where the process goes."""
        if page in transfer.fetched:
            return FETCHED
        if flying:
            return FLYING
        if page in transfer.arrived:
            return AGAIN if transfer.sent[page] > 1 else CLEAN
        return transfer.left.get(page, UNTOUCHED)
