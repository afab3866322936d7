"""What a screen shows beyond the state of the cluster: recent histories, folded from the events, and the frame made from all of it.

Pure. Every history is bounded, so that a session may last for days.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from nodes.wire.events import (
    LinkHealed,
    LinkPartitioned,
    MessageDelivered,
    MessageHeld,
    MessageLost,
    MessageReleased,
    MessageSent,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationPages,
    MigrationStarted,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeSlowed,
    NodeStarted,
    PageFaulted,
    ProcessBlocked,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    ProcessReady,
    ProcessThawed,
    RunStarted,
    Stamped,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView, MigrationView, NodeView, ProcessView
from tuiclu.model.frame import (
    Belief,
    Burst,
    Decision,
    Details,
    MessageRow,
    MigrationRow,
    NodeCard,
    PageMaps,
    ProcessRow,
    RoundRow,
    Talk,
    Wire,
)

BUCKET_NS = 100_000_000
"""A value of the load history: a tenth of a second."""
LOADS = 40
BURSTS = 300
MESSAGES = 400
TALKS = 60
ENDED_SHOWN = 40
"""Processes that have ended are shown so many at a time, the latest."""
MIGRATIONS_SHOWN = 60
TRANSFERS = 240
"""The pages of so many migrations are remembered."""
WIRE_NS = 300_000_000
"""For so long a message counts as traffic of late."""

# The state of a page at one end of a migration.
UNTOUCHED, CLEAN, DIRTY, FLYING, SENT, AGAIN, REMOTE, FETCHED, ON_DISK, GONE = "ucdfsrmokg"


@dataclass
class Message:
    """A message between nodes, as far as it is known."""

    name: str
    type: str
    source: NodeName
    destination: NodeName
    bytes: int
    sent_ns: int
    about: str = ""
    arrived_ns: int | None = None
    fate: str = "flying"

    def row(self) -> MessageRow:
        return MessageRow(
            self.name,
            self.type,
            self.source,
            self.destination,
            self.bytes,
            self.sent_ns,
            self.arrived_ns,
            self.fate,
            self.about,
        )


@dataclass
class NodeHistory:
    """What a node did lately."""

    loads: deque[int] = field(default_factory=lambda: deque([0] * LOADS, maxlen=LOADS))
    bursts: deque[Burst] = field(default_factory=lambda: deque(maxlen=BURSTS))
    busy_ns: int = 0
    """Its busy time when the load was taken last."""
    percent: int = 100
    ips: int = 0
    life: int = 1
    ended: int = 0


@dataclass
class ProcessHistory:
    """What a process did so far, beyond its state."""

    since_ns: int = 0
    waits_for: str = ""
    cpu_ns: int = 0
    got_cpu_ns: int | None = None
    pages: dict[int, str] = field(default_factory=dict)
    """Where each page that it has had came from."""
    moves: int = 0


@dataclass
class Transfer:
    """The pages of one migration."""

    known: frozenset[int]
    """Pages that the process had when it began."""
    committed_ns: int | None = None
    flying: dict[str, list[int]] = field(default_factory=dict)
    """Batches on the wire, by the name of their message."""
    sent: Counter[int] = field(default_factory=Counter)
    arrived: dict[int, None] = field(default_factory=dict)
    departing: list[int] | None = None
    """A batch whose message has not been seen yet."""


class ScreenView:
    """Recent histories, beside the view that they belong to. `apply` comes after the view has seen the event."""

    def __init__(self, view: ClusterView) -> None:
        self.view = view
        self.nodes: dict[NodeName, NodeHistory] = {}
        self.processes: dict[Pid, ProcessHistory] = {}
        self.transfers: dict[str, Transfer] = {}
        self.messages: dict[str, Message] = {}
        self.talks: deque[Talk] = deque(maxlen=TALKS)
        self.decisions: deque[Decision] = deque(maxlen=TALKS)
        self.beliefs: dict[tuple[NodeName, NodeName], Belief] = {}
        self.cuts: dict[str, None] = {}
        self.resources: dict[NodeName, tuple[str, ...]] = {}
        self.owners: dict[NodeName, str] = {}
        self.hosts: dict[NodeName, str] = {}
        self.policies: dict[str, str] = {}
        self._bucket = 0
        self._open: dict[str, MigrationView] = {}
        """Migrations that may still be going on."""

    # ---------------------------------------------------------------------------------------------------------- folding

    def apply(self, stamped: Stamped) -> None:
        """Take the next event, which `view` has seen."""
        event, t, node = stamped.event, stamped.t, str(stamped.node)
        if t // BUCKET_NS > self._bucket:
            self._take_loads(t)
        match event:
            case ProcessDispatched() | ProcessPreempted() | ProcessBlocked() | ProcessReady() | ProcessFrozen():
                self._apply_to_process(event.pid, node, t, event)
            case ProcessCreated() | ProcessThawed() | ProcessExited():
                self._apply_to_process(event.pid, node, t, event)
            case PageFaulted(pid, source, pages):
                self._history(pid).pages.update((page, source) for page in pages)
            case MessageSent(message, to, type_, size):
                self._send(message, node, to, type_, size, t)
            case MessageDelivered(message):
                self._arrive(message, t)
            case MessageHeld(message) | MessageReleased(message) | MessageLost(message):
                self._divert(message, t, kind_of(event))
            case MigrationStarted() | MigrationAccepted() | NegotiationRefused() | MigrationPages():
                self._apply_to_migration(node, t, event)
            case MigrationCommitted() | MigrationAborted():
                self._apply_to_migration(node, t, event)
            case NodeStarted(ips):
                self._node(node).ips = ips
            case NodeSlowed(percent, ips):
                self._node(node).percent, self._node(node).ips = percent, ips
            case NodeRestarted(life):
                self._node(node).life, self._node(node).percent = life, 100
            case NodeCrashed() | NodePaused():
                self._close_bursts(node, t)
            case LinkPartitioned(links):
                self.cuts.update(dict.fromkeys(links))
            case LinkHealed(links):
                for link in links:
                    self.cuts.pop(link, None)
            case RunStarted(settings=settings):
                for one in settings["nodes"]:
                    self._node(one["name"])
                    self.resources[one["name"]] = tuple(one.get("resources", ()))
                self.policies = {"strategy": str(settings["migration"]["strategy"])}
            case _:
                pass

    def _node(self, name: NodeName) -> NodeHistory:
        return self.nodes.setdefault(name, NodeHistory())

    def _history(self, pid: Pid) -> ProcessHistory:
        return self.processes.setdefault(pid, ProcessHistory())

    def _take_loads(self, t: int) -> None:
        """Enter the load of every node since the last bucket; a long silence counts as that many buckets."""
        buckets = min(LOADS, t // BUCKET_NS - self._bucket)
        span_ns = (t // BUCKET_NS - self._bucket) * BUCKET_NS
        self._bucket = t // BUCKET_NS
        edge_ns = self._bucket * BUCKET_NS
        for name, node in self.view.nodes.items():
            history = self._node(name)
            running_ns = edge_ns - node.running_since_ns if node.running is not None and node.state == "up" else 0
            busy_ns = node.busy_ns + max(0, running_ns)
            load = max(0, min(100, round(100 * (busy_ns - history.busy_ns) / span_ns)))
            history.busy_ns = busy_ns
            history.loads.extend([load] * buckets)

    def _apply_to_process(
        self,
        pid: Pid,
        node: NodeName,
        t: int,
        event: ProcessDispatched
        | ProcessPreempted
        | ProcessBlocked
        | ProcessReady
        | ProcessFrozen
        | ProcessCreated
        | ProcessThawed
        | ProcessExited,
    ) -> None:
        history = self._history(pid)
        history.since_ns = t
        history.waits_for = event.on if isinstance(event, ProcessBlocked) else ""
        if history.got_cpu_ns is not None:
            self._end_burst(pid, history, node, t)
        match event:
            case ProcessDispatched():
                history.got_cpu_ns = t
            case ProcessExited(_, _, _, _, _, cpu_ns):
                history.cpu_ns = cpu_ns
                self._node(node).ended += 1
                if len(self.processes) > 2000:
                    self._forget_ended()
            case _:
                pass

    def _end_burst(self, pid: Pid, history: ProcessHistory, node: NodeName, t: int) -> None:
        assert history.got_cpu_ns is not None
        history.cpu_ns += t - history.got_cpu_ns
        self._node(node).bursts.append(Burst(self.view.name_of(pid), history.got_cpu_ns, t))
        history.got_cpu_ns = None

    def _close_bursts(self, node: NodeName, t: int) -> None:
        for pid, history in self.processes.items():
            process = self.view.processes.get(pid)
            if history.got_cpu_ns is not None and process is not None and process.node == node:
                self._end_burst(pid, history, node, t)

    def _forget_ended(self) -> None:
        ended = [pid for pid in self.processes if (one := self.view.processes.get(pid)) is None or not one.alive]
        for pid in ended[:-ENDED_SHOWN]:
            del self.processes[pid]

    # --------------------------------------------------------------------------------------------------------- messages

    def _send(self, name: str, node: NodeName, to: NodeName, type_: str, size: int, t: int) -> None:
        message = Message(name, type_, node, to, size, t)
        for migration in self._going_on():
            if {migration.source, migration.destination} == {node, to}:
                message.about = migration.process
                transfer = self.transfers[migration.name]
                if transfer.departing is not None and migration.source == node:
                    transfer.flying[name] = transfer.departing
                    transfer.departing = None
        self.messages[name] = message
        while len(self.messages) > MESSAGES:
            del self.messages[next(iter(self.messages))]

    def _going_on(self) -> Iterable[MigrationView]:
        """Yield the migrations whose pages may still be on the way."""
        return (one for one in self._open.values() if one.ended_ns is None)

    def _arrive(self, name: str, t: int) -> None:
        message = self.messages.get(name)
        if message is not None:
            message.arrived_ns, message.fate = t, "delivered"
        for migration in self._going_on():
            transfer = self.transfers[migration.name]
            for page in transfer.flying.pop(name, ()):
                transfer.arrived[page] = None

    def _divert(self, name: str, t: int, kind: str) -> None:
        message = self.messages.get(name)
        if message is None:
            return
        message.fate = {"message.held": "held", "message.released": "flying", "message.lost": "lost"}[kind]
        if message.fate == "lost":
            message.arrived_ns = t

    # ------------------------------------------------------------------------------------------------------- migrations

    def _apply_to_migration(
        self,
        node: NodeName,
        t: int,
        event: MigrationStarted
        | MigrationAccepted
        | NegotiationRefused
        | MigrationPages
        | MigrationCommitted
        | MigrationAborted,
    ) -> None:
        name, view = event.migration, self.view.migrations[event.migration]
        match event:
            case MigrationStarted():
                self.transfers[name] = Transfer(frozenset(self._history(event.pid).pages))
                self._open[name] = view
                self._forget_transfers()
                self._say(Talk(t, name, 4, view.source, view.destination, view.process, refused=False))
            case MigrationAccepted():
                self._say(Talk(t, name, 7, view.destination, view.source, view.process, refused=False))
            case NegotiationRefused(_, _, by, step, reason):
                self._say(Talk(t, name, step, by, view.source, reason, refused=True))
            case MigrationPages(_, _, pages):
                transfer = self.transfers[name]
                transfer.departing = list(pages)
                transfer.sent.update(pages)
            case MigrationCommitted():
                self.transfers[name].committed_ns = t
                self._history(event.pid).moves += 1
            case MigrationAborted():
                self.transfers[name].flying.clear()

    def _say(self, talk: Talk) -> None:
        self.talks.append(talk)

    def _forget_transfers(self) -> None:
        """Forget the pages of old migrations."""
        self._open = {name: one for name, one in self._open.items() if one.ended_ns is None}
        closed = [name for name in self.transfers if name not in self._open]
        for name in closed[: max(0, len(self.transfers) - TRANSFERS)]:
            del self.transfers[name]

    # ----------------------------------------------------------------------------------------------------- parts of a frame

    def process_rows(self) -> tuple[ProcessRow, ...]:
        """Return the living processes, and the latest of those that have ended."""
        ended = [one for one in self.view.processes.values() if not one.alive]
        left_out = {one.pid for one in ended[:-ENDED_SHOWN]}
        return tuple(self._process_row(one) for one in self.view.processes.values() if one.pid not in left_out)

    def _process_row(self, process: ProcessView) -> ProcessRow:
        history = self._history(process.pid)
        running_ns = self.view.now_ns - history.got_cpu_ns if history.got_cpu_ns is not None else 0
        return ProcessRow(
            process.pid,
            process.name,
            process.program,
            process.node,
            process.home,
            process.state,
            history.cpu_ns + running_ns,
            len(history.pages) if process.alive else 0,
            len(history.pages),
            history.moves,
            process.created_ns,
            process.ended_ns,
            process.exit_code,
            process.signal,
            process.reason,
            history.waits_for,
            history.since_ns,
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
        history = self._node(node.name)
        queue = sorted(
            (one for one in here if one.state == "ready"), key=lambda one: (self._history(one.pid).since_ns, one.pid)
        )
        return NodeCard(
            name=node.name,
            state=node.state,
            ips=history.ips or node.ips,
            percent=history.percent,
            running=next((one.name for one in here if one.state == "running"), None),
            ready=tuple(one.name for one in queue),
            blocked=tuple(one.name for one in here if one.state == "blocked"),
            frozen=tuple(one.name for one in here if one.state == "frozen"),
            guests=tuple((one.name, one.home) for one in here if one.home != node.name),
            away=tuple(away),
            allocated=max(node.frames_allocated, sum(len(self._history(one.pid).pages) for one in here)),
            reserved=node.frames_reserved,
            frames=node.frames_total,
            load=tuple(history.loads),
            ended=history.ended,
            resources=self.resources.get(node.name, ()),
            pid=pid if node.state != "down" else None,
            life=history.life,
            owner=self.owners.get(node.name),
            host=self.hosts.get(node.name, ""),
        )

    def migration_rows(self) -> tuple[MigrationRow, ...]:
        """Return the latest migrations, the newest last."""
        views = list(self.view.migrations.values())
        return tuple(self._migration_row(one) for one in views[-MIGRATIONS_SHOWN:] if one.name in self.transfers)

    def _migration_row(self, view: MigrationView) -> MigrationRow:
        transfer = self.transfers[view.name]
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
            transfer.committed_ns,
            view.resumed_ns,
            view.ended_ns,
            view.outcome,
            view.refused_at,
            view.frozen_because,
            tuple(RoundRow(one.pages, one.bytes, one.duration_ns) for one in view.rounds),
            sum(transfer.sent.values()),
            len(transfer.sent),
            len(transfer.known | set(transfer.sent)),
            sum(len(pages) for pages in transfer.flying.values()),
        )

    def wires(self) -> tuple[Wire, ...]:
        """Return the traffic of late, by sender and receiver, and the cuts."""
        found: dict[tuple[NodeName, NodeName], list[int]] = {}
        since_ns = self.view.now_ns - WIRE_NS
        for message in reversed(self.messages.values()):
            flying = message.fate in ("flying", "held")
            if message.sent_ns < since_ns and not flying:
                if message.sent_ns < since_ns - 10 * WIRE_NS:
                    break
                continue
            sums = found.setdefault((message.source, message.destination), [0, 0, 0])
            sums[0] += 1
            sums[1] += message.bytes
            sums[2] += flying
        for link in self.cuts:
            source, _, destination = link.partition(">")
            found.setdefault((source, destination), [0, 0, 0])
        return tuple(
            Wire(source, destination, sums[0], sums[1], sums[2], f"{source}>{destination}" in self.cuts)
            for (source, destination), sums in sorted(found.items())
        )

    def details(
        self,
        *,
        node: NodeName | None,
        pid: Pid | None,
        migration: str | None,
        messages: bool,
        control_block: dict[str, str] | None = None,
        frame_map: tuple[tuple[str, int], ...] = (),
    ) -> Details:
        """Return what is looked at, more closely."""
        process = self.view.processes.get(pid or "")
        return Details(
            node,
            self._bursts(node) if node is not None else (),
            control_block,
            frame_map,
            self.page_maps(migration) if migration in self.transfers else None,
            migration if migration in self.transfers else None,
            tuple(message.row() for message in islice(reversed(self.messages.values()), 150)) if messages else (),
            process.output[-2000:].decode("utf-8", "replace") if process is not None else "",
        )

    def _bursts(self, node: NodeName) -> tuple[Burst, ...]:
        bursts = list(self._node(node).bursts)
        view = self.view.nodes.get(node)
        if view is not None and view.running is not None and view.state == "up":
            bursts.append(Burst(self.view.name_of(view.running), view.running_since_ns, self.view.now_ns))
        return tuple(bursts)

    def page_maps(self, name: str) -> PageMaps:
        """Return both ends of a migration, page by page."""
        transfer, view = self.transfers[name], self.view.migrations[name]
        history = self._history(view.pid)
        flying = {page for pages in transfer.flying.values() for page in pages}
        pages = sorted(transfer.known | set(transfer.sent) | (set(history.pages) if view.ended_ns is None else set()))
        gone = transfer.committed_ns is not None
        source: list[str] = []
        destination: list[str] = []
        first: list[int] = []
        lengths: list[int] = []
        for page in pages:
            if not first or page != first[-1] + lengths[-1]:
                first.append(page)
                lengths.append(0)
            lengths[-1] += 1
            times = transfer.sent[page]
            if page in flying:
                source.append(FLYING)
            elif gone:
                source.append(GONE)
            else:
                source.append(AGAIN if times > 1 else SENT if times else CLEAN)
            if page in transfer.arrived:
                destination.append(AGAIN if times > 1 else CLEAN)
            else:
                destination.append(FLYING if page in flying else UNTOUCHED)
        return PageMaps(name, tuple(first), tuple(lengths), "".join(source), "".join(destination))
