"""What happened lately, folded from the events: all that a screen shows beyond the state of the cluster.

Pure. Every history is bounded, so that a session may last for days.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nodes.wire.clauses import in_language
from nodes.wire.events import (
    AnyEvent,
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    FileAsked,
    LinkEnded,
    LinkHealed,
    LinkOpened,
    LinkPartitioned,
    LinkReceived,
    LinkSent,
    LoadHeard,
    MachineBlocked,
    MachineStays,
    MessageDelivered,
    MessageForwarded,
    MessageHeld,
    MessageLost,
    MessageReleased,
    MessageSent,
    MigrationAborted,
    MigrationCommitted,
    MigrationPages,
    MigrationRound,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRecovered,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeStarted,
    NodeSuspected,
    NodeThrashing,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessContinued,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessOutput,
    ProcessPreempted,
    ProcessPutBack,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
    ResidualLeft,
    RunStarted,
    ShutdownAnnounced,
    SignalDelivered,
    Stamped,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import text_of
from tuiclu.model.beliefs import Beliefs
from tuiclu.model.cluster import ClusterView, MigrationView
from tuiclu.model.frame import (
    ON_DISK,
    REMOTE,
    Burst,
    Decision,
    MessageRow,
    Source,
    Talk,
)
from tuiclu.model.frames_owned import FramesOwned
from tuiclu.model.loads import CpuLoad
from tuiclu.model.narration import LANGUAGES, deed_of

BURSTS = 300
MESSAGES = 400
TALKS = 60
WROTE_NS = 500_000_000
"""For so long a process that has written something is marked."""
ENDED_SHOWN = 40
"""Processes that have ended are shown so many at a time, the latest."""
MOST_HISTORIES = 200
"""From so many processes on the histories of those that ended long ago are forgotten."""
SUBJECTS = 600
"""Of so many processes, migrations and wires the last events are remembered; those of all nodes are."""
TRANSFERS = 100
"""The pages of so many migrations are remembered."""


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
        return MessageRow(**vars(self))


@dataclass
class NodeHistory:
    """What a node did lately."""

    cpu: CpuLoad = field(default_factory=CpuLoad)
    bursts: deque[Burst] = field(default_factory=lambda: deque(maxlen=BURSTS))
    percent: int = 100
    ips: int = 0
    life: int = 1
    ended: int = 0
    thrashing: int = 0
    paged_out: int = 0
    paged_in: int = 0
    files: dict[str, int] = field(default_factory=dict)
    """Files on its disk, and their bytes."""
    evicting: list[Pid] = field(default_factory=list)
    suspects: dict[NodeName, None] = field(default_factory=dict)


@dataclass
class ProcessHistory:
    """What a process did so far, beyond its state."""

    since_ns: int = 0
    waits_for: str = ""
    got_cpu_ns: int | None = None
    pages: dict[int, str] = field(default_factory=dict)
    """Where each page that it has had came from."""
    resident: dict[int, None] = field(default_factory=dict)
    """Pages in main memory where it is."""
    links: dict[str, Pid] = field(default_factory=dict)
    """The other end of each link that is open."""
    moves: int = 0
    background: bool = False
    signal_taken: str = ""
    reads: str = ""
    wrote_ns: int = -WROTE_NS
    """When it wrote something last."""


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
    fetched: dict[int, None] = field(default_factory=dict)
    """Pages that the process waited for at the destination."""
    flushed: dict[int, None] = field(default_factory=dict)
    """Pages that went to a disk."""
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the reason that an event gives: the same in every language."""
    left: dict[int, str] = field(default_factory=dict)
    """Pages that were left behind, and in what: REMOTE or ON_DISK."""


class Asked(NamedTuple):
    """What is wanted to know about a number: the events from which it comes."""

    about: str = ""
    """A node, a pid, a migration, a wire (`n1→n2`), or the whole cluster."""
    kinds: tuple[str, ...] = ()
    pick: str = ""
    """How the one event is found that is meant, where not the latest is; a name in `PICKS`."""
    which: str = ""
    """What tells it: an instant, a message, a round, a machine."""


def _at_instant(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the instant, and perhaps the kind of the event."""
    instant, _, kind = asked.which.partition(" ")
    about = (stamped.node, *(getattr(stamped.event, name, None) for name in ("migration", "pid", "by")))
    same_kind = not kind or kind == kind_of(stamped.event)
    return str(stamped.t) == instant and same_kind and (not asked.about or asked.about in about)


def _of_message(stamped: Stamped, asked: Asked) -> bool:
    """`which`: a message between nodes, `n1:17`, or one on a link, `link/pid/number`."""
    event = stamped.event
    if isinstance(event, LinkSent):
        return f"{event.link}/{event.pid}/{event.number}" == asked.which
    if isinstance(event, LinkReceived):
        link, _, number = (*asked.which.rsplit("/", 2), "", "")[:3]
        return (event.link, str(event.number)) == (link, number) and not asked.which.endswith(f"/{event.pid}/{number}")
    return getattr(event, "message", None) == asked.which


def _of_round(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the number of a round."""
    event = stamped.event
    return isinstance(event, MigrationRound) and (event.migration, str(event.round)) == (asked.about, asked.which)


def _of_belief(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the machine of which something is believed."""
    event = stamped.event
    told = event.loads if isinstance(event, LoadHeard) else (getattr(event, "machine", ""),)
    return stamped.node == asked.about and asked.which in told


PICKS: dict[str, Callable[[Stamped, Asked], bool]] = {
    "instant": _at_instant,
    "message": _of_message,
    "round": _of_round,
    "belief": _of_belief,
}


class Sources:
    """Where a number on the screen comes from: of each kind the last event about a node, process, migration or wire; or a certain one."""

    def __init__(self) -> None:
        self._of_nodes: dict[str, dict[str, tuple[int, int]]] = {}
        self._of_others: dict[str, dict[str, tuple[int, int]]] = {}
        self._latest: deque[Stamped] = deque(maxlen=LATEST)

    def take(self, stamped: Stamped) -> None:
        """Note an event under all that it is about; the empty name is the whole cluster."""
        event, node = stamped.event, stamped.node or ""
        self._latest.append(stamped)
        kind, place = kind_of(event), (stamped.t, stamped.seq)
        self._of_nodes.setdefault("", {})[kind] = place
        self._of_nodes.setdefault(node, {})[kind] = place
        pid, migration = getattr(event, "pid", None), getattr(event, "migration", None)
        if pid is not None:
            self._note(pid, kind, place)
        if migration is not None:
            self._note(migration, kind, place)
        if isinstance(event, MessageSent):
            self._note(f"{node}→{event.to}", kind, place)
        while len(self._of_others) > SUBJECTS:
            del self._of_others[next(iter(self._of_others))]

    def _note(self, about: str, kind: str, place: tuple[int, int]) -> None:
        """Note an event about something; what is heard of again is the last to be forgotten."""
        last = self._of_others.pop(about, {})
        last[kind] = place
        self._of_others[about] = last

    def of(self, asked: Asked) -> tuple[Source, ...]:
        """Return the events that are meant, the latest first: the last of each kind, or the ones that are picked.

        The start of the run is about everything.
        """
        if asked.pick:
            return self._picked(asked)
        start = {kind: place for kind, place in self._of_nodes.get("", {}).items() if kind == "run.started"}
        last = start | (self._of_nodes.get(asked.about) or self._of_others.get(asked.about, {}))
        found = [Source(kind, *last[kind]) for kind in asked.kinds if kind in last]
        return tuple(sorted(found, key=lambda one: -one.seq))

    def _picked(self, asked: Asked) -> tuple[Source, ...]:
        is_meant = PICKS[asked.pick]
        found: dict[str, Source] = {}
        for stamped in reversed(self._latest):
            kind = kind_of(stamped.event)
            if kind in asked.kinds and kind not in found and is_meant(stamped, asked):
                found[kind] = Source(kind, stamped.t, stamped.seq)
        return tuple(found.values())


LATEST = 20_000
"""Events among which a single one is looked for."""


class Histories:
    """Recent histories, beside the view that they belong to. `apply` comes after the view has seen the event."""

    def __init__(self, view: ClusterView) -> None:
        self.view = view
        self.nodes: dict[NodeName, NodeHistory] = {}
        self.processes: dict[Pid, ProcessHistory] = {}
        self.transfers: dict[str, Transfer] = {}
        self.messages: dict[str, Message] = {}
        self.letters: dict[str, Message] = {}
        """Messages between processes, by link, sender and number."""
        self.talks: deque[Talk] = deque(maxlen=TALKS)
        self.decisions: deque[Decision] = deque(maxlen=TALKS)
        self.beliefs = Beliefs()
        self.cuts: dict[str, None] = {}
        self.resources: dict[NodeName, tuple[str, ...]] = {}
        self.hosts: dict[NodeName, dict[str, None]] = {}
        self.sources = Sources()
        self.frames = FramesOwned(view, self)
        self._forwarding: dict[NodeName, NodeName] = {}
        """Nodes that are just passing a letter on, and where to."""
        self._last_sent: dict[NodeName, str] = {}
        """The name of the last message of each node: the pages of a batch are told of right behind it."""
        self._moved_by: dict[Pid, str] = {}
        self._open: dict[str, MigrationView] = {}
        """Migrations that may still be going on."""

    # ---------------------------------------------------------------------------------------------------------- folding

    def apply(self, stamped: Stamped) -> None:
        """Take the next event, which `view` has seen."""
        event, t, node = stamped.event, stamped.t, str(stamped.node)
        self.sources.take(stamped)
        self.beliefs.apply(stamped)
        self._fold(event, t, node)
        self.frames.apply(node, event)

    def _fold(self, event: AnyEvent, t: int, node: NodeName) -> None:
        match event:
            case ProcessDispatched() | ProcessPreempted() | ProcessBlocked() | ProcessReady() | ProcessFrozen():
                self._apply_to_process(event.pid, node, t, event)
            case ProcessCreated() | ProcessThawed() | ProcessStopped() | ProcessContinued() | ProcessExited():
                self._apply_to_process(event.pid, node, t, event)
            case PageFaulted() | PageEvicted() | PageArrived():
                self._apply_to_pages(node, event)
            case ProcessOutput(pid):
                self.process(pid).wrote_ns = t
            case ProcessPutBack() | SignalDelivered() | FileAsked():
                self._apply_to_block(event)
            case LinkOpened() | LinkEnded() | LinkSent() | LinkReceived():
                self._apply_to_link(t, event)
            case MessageForwarded(_, _, _, to):
                self._forwarding[node] = to
            case MessageSent(message, to, type_, size):
                self._send(message, node, to, type_, size, t)
            case MessageDelivered(message):
                self._arrive(message, t)
            case MessageHeld(message) | MessageReleased(message) | MessageLost(message):
                self._divert(message, t, kind_of(event))
            case DecisionTaken():
                self._decide(t, event)
            case MachineBlocked() | MachineStays() | EvictionStarted() | EvictionCompleted() | ShutdownAnnounced():
                self._apply_to_host(node, event)
            case MigrationStarted() | NegotiationMessage() | NegotiationRefused() | MigrationPages():
                self._apply_to_migration(node, t, event)
            case MigrationCommitted() | MigrationAborted() | ResidualLeft():
                self._apply_to_migration(node, t, event)
            case NodeStarted() | NodeSlowed() | NodeRestarted() | NodeCrashed() | NodePaused() | NodeResumed():
                self._apply_to_node(node, t, event)
            case NodeThrashing() | NodeRecovered() | NodeSuspected():
                self._apply_to_node(node, t, event)
            case LinkPartitioned(links):
                self.cuts.update(dict.fromkeys(links))
            case LinkHealed(links):
                for link in links:
                    self.cuts.pop(link, None)
            case RunStarted(settings=settings):
                for one in settings["nodes"]:
                    self.node(one["name"])
                    self.resources[one["name"]] = tuple(one.get("resources", ()))
                for file, about in settings.get("files", {}).items():
                    self.node(about["on"]).files[file] = about["size"]
            case _:
                pass

    def _apply_to_node(
        self,
        node: NodeName,
        t: int,
        event: NodeStarted
        | NodeSlowed
        | NodeRestarted
        | NodeCrashed
        | NodePaused
        | NodeResumed
        | NodeThrashing
        | NodeRecovered
        | NodeSuspected,
    ) -> None:
        history = self.node(node)
        match event:
            case NodeStarted(ips):
                history.ips = ips
            case NodeSlowed(percent, ips):
                history.percent, history.ips = percent, ips
            case NodeRestarted(life):
                history.life, history.percent = life, 100
                for other in self.nodes.values():
                    other.suspects.pop(node, None)
            case NodeCrashed():
                self._close_bursts(node, t)
                self.hosts.pop(node, None)
                history.evicting, history.thrashing = [], 0
                history.suspects.clear()
            case NodePaused():
                self._close_bursts(node, t)
            case NodeResumed():
                running = self.view.nodes[node].running
                if running is not None:  # it has kept the CPU all the time, and uses it again
                    self.process(running).got_cpu_ns = t
                    history.cpu.on(t)
            case NodeThrashing(percent):
                history.thrashing = percent
            case NodeRecovered():
                history.thrashing = 0
            case NodeSuspected(peer):
                history.suspects[peer] = None

    def _apply_to_block(self, event: ProcessPutBack | SignalDelivered | FileAsked) -> None:
        history = self.process(event.pid)
        match event:
            case ProcessPutBack(background=background):
                history.background = background
            case SignalDelivered(signal=signal):
                history.signal_taken = signal
            case FileAsked(_, path, on):
                history.reads = f"{path} on {on}"

    def _apply_to_pages(self, node: NodeName, event: PageFaulted | PageEvicted | PageArrived) -> None:
        history = self.process(event.pid)
        match event:
            case PageEvicted(_, _, pages):
                self.node(node).paged_out += len(pages)
                for page in pages:
                    history.resident.pop(page, None)
            case PageFaulted(_, source, pages):
                self.node(node).paged_in += len(pages) if source == "disk" else 0
                history.pages.update((page, source) for page in pages)
                history.resident.update(dict.fromkeys(pages))
            case PageArrived(pid, _, _, pages):
                history.resident.update(dict.fromkeys(pages))
                transfer = self._latest_of(pid)
                if transfer is not None:
                    transfer.fetched.update(dict.fromkeys(pages))

    def _latest_of(self, pid: Pid) -> Transfer | None:
        """Return the pages of the last migration of a process that was committed."""
        name = self._moved_by.get(pid)
        return self.transfers.get(name) if name is not None else None

    def _apply_to_link(self, t: int, event: LinkOpened | LinkEnded | LinkSent | LinkReceived) -> None:
        history = self.process(event.pid)
        match event:
            case LinkOpened(link, pid, peer):
                history.links[link] = peer
                self.process(peer).links[link] = pid
            case LinkEnded(link):
                history.links.pop(link, None)
            case LinkSent(link, pid, number, size):
                name = f"{link}/{pid}/{number}"
                peer = self.view.name_of(history.links.get(link, ""))
                self.letters[name] = Message(name, link, self.view.name_of(pid), peer, size, t)
                _keep(self.letters, MESSAGES)
            case LinkReceived(link, pid, number):
                letter = self.letters.get(f"{link}/{history.links.get(link, '')}/{number}")
                if letter is not None:
                    letter.arrived_ns, letter.fate = t, "delivered"

    def arriving(self, node: NodeName) -> Iterable[tuple[str, int]]:
        """Yield the processes on their way to a node, and how many of their pages have come."""
        for migration in self._open.values():
            transfer = self.transfers[migration.name]
            going_on = migration.ended_ns is None and transfer.committed_ns is None
            if migration.destination == node and going_on and migration.accepted_ns is not None:
                yield migration.process, len(transfer.arrived)

    def node(self, name: NodeName) -> NodeHistory:
        return self.nodes.setdefault(name, NodeHistory())

    def process(self, pid: Pid) -> ProcessHistory:
        return self.processes.setdefault(pid, ProcessHistory())

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
        | ProcessStopped
        | ProcessContinued
        | ProcessExited,
    ) -> None:
        history = self.process(pid)
        history.since_ns = t
        history.waits_for = event.on if isinstance(event, ProcessBlocked) else ""
        if history.got_cpu_ns is not None:
            self._end_burst(pid, history, node, t)
        match event:
            case ProcessDispatched():
                history.got_cpu_ns = t
                self.node(node).cpu.on(t)
            case ProcessExited():
                self.node(node).ended += 1
                if len(self.processes) > MOST_HISTORIES:
                    self._forget_ended()
            case _:
                pass

    def _end_burst(self, pid: Pid, history: ProcessHistory, node: NodeName, t: int) -> None:
        assert history.got_cpu_ns is not None
        self.node(node).bursts.append(Burst(self.view.name_of(pid), history.got_cpu_ns, t))
        history.got_cpu_ns = None
        self.node(node).cpu.off(t)

    def _close_bursts(self, node: NodeName, t: int) -> None:
        for pid, history in self.processes.items():
            process = self.view.processes.get(pid)
            if history.got_cpu_ns is not None and process is not None and process.node == node:
                self._end_burst(pid, history, node, t)

    def _forget_ended(self) -> None:
        ended = [pid for pid in self.processes if (one := self.view.processes.get(pid)) is None or not one.alive]
        for pid in ended[:-ENDED_SHOWN]:
            del self.processes[pid]
        self._moved_by = {pid: name for pid, name in self._moved_by.items() if pid in self.processes}

    # --------------------------------------------------------------------------------------------------------- messages

    def _send(self, name: str, node: NodeName, to: NodeName, type_: str, size: int, t: int) -> None:
        message = Message(name, type_, node, to, size, t)
        if self._forwarding.pop(node, None) == to:
            message.type = f"{type_} (forwarded)"
        for migration in self._going_on():
            if {migration.source, migration.destination} == {node, to}:
                message.about = migration.process
        self.messages[name] = message
        self._last_sent[node] = name
        _keep(self.messages, MESSAGES)

    def _going_on(self) -> Iterable[MigrationView]:
        """Yield the migrations whose pages may still be on the way."""
        return (one for one in self._open.values() if self._has_pages_to_move(one))

    def _has_pages_to_move(self, migration: MigrationView) -> bool:
        if migration.ended_ns is None:
            return True
        process = self.view.processes.get(migration.pid)
        in_memory = any(not on_disk for _, on_disk in migration.kept)
        return in_memory and migration.residual_ended_ns is None and process is not None and process.alive

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
        | NegotiationMessage
        | NegotiationRefused
        | MigrationPages
        | MigrationCommitted
        | MigrationAborted
        | ResidualLeft,
    ) -> None:
        name = event.migration
        view = self.view.migrations.get(name)
        if view is None:
            return
        match event:
            case MigrationStarted():
                transfer = self.transfers[name] = Transfer(frozenset(self.process(event.pid).pages))
                transfer.reasons[event.reason] = _in_words(event.reason, event.rule, event.numbers)
                self._open[name] = view
                self._forget_transfers()
            case NegotiationMessage(_, _, step, sender, receiver, _, text):
                self.talks.append(Talk(t, name, step, sender, receiver, text, refused=False))
            case NegotiationRefused(_, _, by, step, reason, rule, numbers):
                said = _in_words(reason, rule, numbers)
                if name in self.transfers:
                    self.transfers[name].reasons[reason] = said
                self.talks.append(Talk(t, name, step, by, view.negotiator or view.source, said, refused=True))
            case MigrationPages(_, _, pages, why, size):
                self._depart(name, node, pages, why, size)
            case MigrationCommitted(_, pid):
                transfer = self.transfers[name]
                transfer.committed_ns = t
                self._moved_by[pid] = name
                history = self.process(pid)
                history.moves += 1
                history.resident = dict.fromkeys(page for page in transfer.arrived if page in history.pages)
            case ResidualLeft(_, pid, _, on_disk, pages):
                self.transfers[name].left.update(dict.fromkeys(pages, ON_DISK if on_disk else REMOTE))
                for page in pages:  # sent before, and written to since: that copy is worth nothing
                    self.process(pid).resident.pop(page, None)
            case MigrationAborted():
                self.transfers[name].flying.clear()

    def _decide(self, t: int, event: DecisionTaken) -> None:
        shown = {name: str(value) for name, value in event.numbers.items()}
        name = self.view.name_of(event.about)
        did = {lang: deed_of(event.what, event.verdict, name, lang) for lang in LANGUAGES}
        why = _in_words(event.reason, event.rule, event.numbers)
        self.decisions.append(Decision(t, event.by, name, did, event.verdict, why, shown))

    def _apply_to_host(
        self,
        node: NodeName,
        event: MachineBlocked | MachineStays | EvictionStarted | EvictionCompleted | ShutdownAnnounced,
    ) -> None:
        node = event.machine or node
        leaving = self.node(node).evicting
        match event:
            case MachineBlocked(blocked):
                name, holds = "blocked", blocked
            case MachineStays(stays):
                name, holds = "stays", stays
            case EvictionStarted(_, _, pids):
                leaving += [pid for pid in pids if pid not in leaving]
                name, holds = "evicting", True
            case EvictionCompleted(_, left, remain):
                leaving[:] = [pid for pid in leaving if pid not in left and pid not in remain]
                name, holds = "evicting", bool(leaving)
            case ShutdownAnnounced():
                name, holds = "leaving", True
        flags = self.hosts.setdefault(node, {})
        if holds:
            flags[name] = None
        else:
            flags.pop(name, None)

    def _depart(self, name: str, node: NodeName, pages: list[int], why: str, size: int) -> None:
        transfer = self.transfers.get(name)
        if transfer is None:
            return  # it is too long ago
        if why == "flush":
            transfer.flushed.update(dict.fromkeys(pages))
        elif size:
            transfer.flying[self._last_sent.get(node, "")] = list(pages)
            transfer.sent.update(pages)

    def _forget_transfers(self) -> None:
        """Forget the pages of old migrations."""
        self._open = {name: one for name, one in self._open.items() if self._has_pages_to_move(one)}
        closed = [name for name in self.transfers if name not in self._open]
        for name in closed[: max(0, len(self.transfers) - TRANSFERS)]:
            del self.transfers[name]


def _in_words(reason: str, rule: str, numbers: dict[str, Any]) -> dict[str, str]:
    """Return a reason in every language; as it stands where its rule is not known."""
    return {lang: text_of(rule, numbers, lang) or in_language(reason, lang) for lang in LANGUAGES}


def _keep(messages: dict[str, Message], most: int) -> None:
    """Forget the oldest."""
    while len(messages) > most:
        del messages[next(iter(messages))]
