"""A view of the cluster, folded from its events and from nothing else.

`ClusterView.apply` takes one event after the other; what it has then is all that a report, a check or a screen needs. Pure.
"""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field

from nodes.wire.events import (
    Event,
    EvictionCompleted,
    EvictionStarted,
    FramesInUse,
    LinkEnded,
    LinkHealed,
    LinkOpened,
    LinkPartitioned,
    LinkReceived,
    LinkSent,
    LoadReported,
    MailHeld,
    MailTold,
    MessageDelivered,
    MessageForwarded,
    MessageSent,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationImage,
    MigrationLost,
    MigrationPages,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    NameKnown,
    NegotiationMessage,
    NegotiationRefused,
    NodeAccounted,
    NodeCrashed,
    NodePaused,
    NodeRecovered,
    NodeRestarted,
    NodeResumed,
    NodeStarted,
    NodeThrashing,
    OwnerActive,
    OwnerIdle,
    PageArrived,
    PageEvicted,
    PageFaulted,
    PolicyChanged,
    ProcessBlocked,
    ProcessContinued,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessNotCreated,
    ProcessOutput,
    ProcessPreempted,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
    ResidualEnded,
    ResidualLeft,
    RunEnded,
    RunStarted,
    Stamped,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid, home_of
from tuiclu.model.output import EndedOutputs, Output
from tuiclu.model.policy import Policies


@dataclass
class Standstill:
    """A span in which a process may not run because it has to move: from its freezing until it goes on, here or elsewhere, or has ended."""

    began_ns: int
    ended_ns: int | None = None

    def length_ns(self, now_ns: int) -> int:
        """Return how long it lasted, or has lasted by now."""
        return (now_ns if self.ended_ns is None else self.ended_ns) - self.began_ns


@dataclass
class ProcessView:
    """What became of a process so far. Instants in virtual nanoseconds."""

    pid: Pid
    name: str
    program: str
    node: NodeName
    """Where it is, or was last."""
    created_ns: int
    state: str = "ready"
    """As the kernels call it; `exited`, or `lost` with its node."""
    exit_code: int | None = None
    signal: str | None = None
    reason: str = ""
    instructions: int = 0
    cpu_ns: int = 0
    ended_ns: int | None = None
    since_ns: int = 0
    """When it came into its state."""
    ready_ns: int = 0
    """For how long it was ready and had to wait for a CPU, before that."""
    output: Output = field(default_factory=Output)
    """Standard output and error, in the order in which they were written."""
    errors: Output = field(default_factory=Output)
    """Standard error alone."""
    faults: Counter[str] = field(default_factory=Counter)
    """Pages brought in, by where they came from."""
    evicted: int = 0
    """Pages of it that had to leave their frames."""
    page_waits: Counter[str] = field(default_factory=Counter)
    """How often it waited for a page, by where that was: `disk`, `remote`, `remote-disk`."""
    page_wait_ns: int = 0
    """How long, in all."""
    stopped: bool = False
    """A signal has stopped it; while it is moved its state is `frozen`, and then `stopped` again."""
    residual: dict[tuple[NodeName, bool], str] = field(default_factory=dict)
    """Whom it depends on for pages, in memory or on disk (True), and since which migration."""
    passers_on: dict[NodeName, str] = field(default_factory=dict)
    """Whom its links depend on for their mail, and since which migration."""
    standstills: list[Standstill] = field(default_factory=list)
    """When it stood still to be moved, whoever wanted it, and whatever came of it."""

    def become(self, state: str, t: int) -> None:
        """Let it be in another state from now on."""
        self.ready_ns, self.since_ns, self.state = self.waited_ns(t), t, state

    def waited_ns(self, now_ns: int) -> int:
        """Return for how long it has waited for a CPU by now."""
        return self.ready_ns + (now_ns - self.since_ns if self.state == "ready" and self.alive else 0)

    def stand_still(self, t: int) -> Standstill:
        """Let it stand still from now on, unless it does so already: who must leave is frozen long before a place is found."""
        if not self.standstills or self.standstills[-1].ended_ns is not None:
            self.standstills.append(Standstill(t))
        return self.standstills[-1]

    def go_on(self, t: int) -> None:
        """Let it stand still no longer."""
        if self.standstills and self.standstills[-1].ended_ns is None:
            self.standstills[-1].ended_ns = t

    @property
    def home(self) -> NodeName:
        return home_of(self.pid)

    @property
    def alive(self) -> bool:
        return self.ended_ns is None


@dataclass
class RoundView:
    """One set of pages that was sent and acknowledged."""

    pages: int
    bytes: int
    duration_ns: int


@dataclass
class PageRecord:
    """Some pages that left for the destination, for a disk or for the process that missed them: what screens and exports draw."""

    t: int
    why: str
    """`round`, `flush`, `demand` or `push`."""
    pages: list[int]
    bytes: int
    before_resume: bool
    """They left before the process went on at the destination; what is pushed begins to leave at the commit."""


@dataclass
class MigrationView:
    """One migration, from the wish to its outcome."""

    id: int
    name: str
    """As events call it: `n1/2`."""
    pid: Pid
    process: str
    source: NodeName
    destination: NodeName
    strategy: str
    initiated_by: str
    reason: str
    started_ns: int
    accepted_ns: int | None = None
    standstill: Standstill | None = None
    """In which the process was moved. It may have begun before this migration: with an eviction, or with an attempt that failed."""
    resumed_ns: int | None = None
    ended_ns: int | None = None
    outcome: str | None = None
    """`completed`, `refused`, `aborted` or `lost`; None: it goes on."""
    refused_at: int | None = None
    refused_by: NodeName | None = None
    negotiator: NodeName = ""
    """Where the Initiator sits that asked for it."""
    step: int = 0
    """The last message of the negotiation that was sent. From the third on, the kernel of the source ends it, or its death."""
    committed_ns: int | None = None
    source_died: bool = False
    destination_died: bool = False
    """After it had reserved frames for the process."""
    frozen_because: str = ""
    """The rule by which precopy ended its rounds."""
    rounds: list[RoundView] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    """How often each page was sent."""
    record: list[PageRecord] = field(default_factory=list)
    """Which pages went when, and why."""
    image_bytes: int = 0
    """All but the pages, on the wire."""
    kept: dict[tuple[NodeName, bool], int] = field(default_factory=dict)
    """How many pages were left behind at the commit: in the memory of a node, or on its disk (True)."""
    passers_on: dict[NodeName, list[str]] = field(default_factory=dict)
    """Who passed on mail of the process after it, and for which links."""
    residual_ended_ns: int | None = None
    """When the source had nothing of the process in memory any more, where it had after the commit."""
    waits: Counter[str] = field(default_factory=Counter)
    """How often the process waited for a page since it was resumed, and before its next migration; by where the page was."""
    wait_ns: int = 0
    """How long, in all."""
    letters_held: int = 0
    """Letters that came for the process while it was frozen, and moved along at the commit."""
    letters_forwarded: int = 0
    """How often a letter was passed on because the process had moved, from then on until it moves again."""
    most_hops: int = 0
    """How often one such letter crossed the wire at most."""
    updates: int = 0
    """Messages by which kernels were told where the process is, or was about to be."""

    def end(self, outcome: str, t: int, reason: str | None = None) -> None:
        """Let it be over. `reason`: why it was not completed."""
        self.outcome, self.ended_ns = outcome, t
        if reason is not None:
            self.reason = reason

    @property
    def frozen_ns(self) -> int | None:
        """When the process began to stand still; None: it has not done so for this migration."""
        return None if self.standstill is None else self.standstill.began_ns

    def freeze_ns(self, now_ns: int) -> int | None:
        """Return how long the process stood still, or has done so by now; None: it has not done so for this migration."""
        return None if self.standstill is None else self.standstill.length_ns(now_ns)

    def pages_sent(self, *, before_resume: bool) -> int:
        """Return how many pages left before the process went on, or after."""
        return sum(len(one.pages) for one in self.record if one.before_resume == before_resume)

    @property
    def bytes_on_wire(self) -> int:
        return self.image_bytes + sum(one.bytes for one in self.record)


@dataclass
class NodeView:
    name: NodeName
    ips: int
    state: str = "up"
    """`up`, `paused` or `down`."""
    frames_total: int = 0
    frames_allocated: int = 0
    frames_reserved: int = 0
    frames_text: int = 0
    """Of those that are allocated, the ones with the text of programs."""
    busy_ns: int = 0
    """Time during which the CPU belonged to a process."""
    charged_ns: int = 0
    """Time that was charged to processes for their instructions here."""
    kernel_ns: int = 0
    """Time that the kernel needed for its own work; known when the run ends, or the node dies."""
    alone_ns: int = 0
    """Of it, while the CPU belonged to no process."""
    running: Pid | None = None
    running_since_ns: int = 0
    load: int = 0
    """Damped, in thousandths of a process on a reference machine."""
    owner: str = "none"
    """`none`, `active` or `idle`."""
    thrashing_since_ns: int | None = None
    """Since when its processes have mostly waited for its disk; None: they do not."""
    thrashed_ns: int = 0
    """How long they had, before that."""

    def belonged_ns(self, now_ns: int) -> int:
        """Return for how long the CPU has belonged to a process by now."""
        runs = self.running is not None and self.state == "up"
        return self.busy_ns + (now_ns - self.running_since_ns if runs else 0)

    def end_thrashing(self, t: int) -> None:
        if self.thrashing_since_ns is not None:
            self.thrashed_ns += t - self.thrashing_since_ns
            self.thrashing_since_ns = None


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


@dataclass
class LinkView:
    """A link between two processes, from the first sign of it."""

    name: str
    opener: Pid
    """Who asked for it."""
    peer: Pid | None = None
    sent: Counter[Pid] = field(default_factory=Counter)
    """Messages, by who sent them."""
    received: Counter[Pid] = field(default_factory=Counter)
    bytes: int = 0
    """Of all messages that were sent."""
    ended: dict[Pid, str] = field(default_factory=dict)
    """Why each end is of no use any more, as far as it is so."""


@dataclass
class FaultView:
    kind: str
    target: str
    at_ns: int
    cause: str


KEPT = 200
"""What is remembered of a cluster that lives for ever, see below."""


class ClusterView:
    """The cluster as its events tell it.

    `kept`: of the processes that have ended, and of the migrations, evictions, faults and links that are over, so many are remembered, the
    latest. None: all, as the result of a run that ends promises.
    """

    def __init__(self, kept: int | None = None) -> None:
        self._kept = kept
        self._begun = 0
        """How many migrations there were."""
        self._outputs = EndedOutputs()
        self.forgotten_cpu_ns = 0
        """What processes used that are remembered no more."""
        self.now_ns = 0
        self.title = ""
        self.seed = 0
        self.ended: str | None = None
        self.in_flight: list[str] = []
        self.nodes: dict[NodeName, NodeView] = {}
        self.processes: dict[Pid, ProcessView] = {}
        self.migrations: dict[str, MigrationView] = {}
        self.evictions: list[EvictionView] = []
        self.faults: list[FaultView] = []
        self.links: dict[str, LinkView] = {}
        """By name, in the order in which they were opened."""
        self.policies = Policies()
        """What is in force."""
        self.names: dict[str, Pid] = {}
        """Names that processes have published, as the name server knows them."""
        self.cuts: dict[str, None] = {}
        """Directions in which the wire is cut: `n1>n2`."""
        self._under_way: list[MigrationView] = []
        """Those that have not ended, and some that have."""
        self._last_wish: dict[Pid, MigrationView] = {}
        """The last migration of each process that was asked for."""
        self._latest_move: dict[Pid, MigrationView] = {}
        """The last migration of each process that has resumed it."""
        self.counts: Counter[str] = Counter()
        """How many events of each kind there were."""

    def under_way(self) -> list[MigrationView]:
        """Return the migrations that have not ended."""
        self._under_way = [one for one in self._under_way if one.outcome is None]
        return self._under_way

    def disturbed(self) -> bool:
        """Tell whether anything may have to wait for ever: the wire is cut somewhere, or a node is paused."""
        return bool(self.cuts) or any(node.state == "paused" for node in self.nodes.values())

    def name_of(self, pid: Pid) -> str:
        """Return what the scenario calls a process."""
        process = self.processes.get(pid)
        return process.name if process is not None else pid

    def names_of_pids(self) -> dict[Pid, str]:
        """Return what the scenario calls each process."""
        return {pid: process.name for pid, process in self.processes.items()}

    def apply(self, stamped: Stamped) -> None:
        """Take the next event."""
        self.now_ns = stamped.t
        event, t, node = stamped.event, stamped.t, stamped.node
        self.counts[kind_of(event)] += 1
        if type(event) in _ONLY_COUNTED or (self._kept is not None and self._is_forgotten(event)):
            return
        if type(event) in _OF_LINKS:
            self._apply_to_link(event)  # type: ignore[arg-type]
            return
        match event:
            case RunStarted(_, title, seed):
                self.title, self.seed = title, seed
                self.policies.apply(event)
            case PolicyChanged():
                self.policies.apply(event)
            case RunEnded(reason, in_flight):
                self.ended, self.in_flight = reason, in_flight
            case NodeThrashing():
                self.nodes[str(node)].thrashing_since_ns = t
            case NodeRecovered():
                self.nodes[str(node)].end_thrashing(t)
            case NodeAccounted(kernel_ns, alone_ns, pid, instructions, cpu_ns):
                self.nodes[str(node)].kernel_ns += kernel_ns
                self.nodes[str(node)].alone_ns += alone_ns
                if pid is not None:
                    self._charge(self.processes[pid], self.nodes[str(node)], instructions, cpu_ns)
            case NodeStarted() | NodeCrashed() | NodeRestarted() | NodePaused() | NodeResumed() | FramesInUse():
                self._apply_to_node(str(node), t, event)
            case ProcessCreated(pid, name, program):
                self.processes[pid] = ProcessView(pid, name, program, str(node), t, since_ns=t)
            case ProcessNotCreated(pid, name, program, reason):
                stillborn = ProcessView(pid, name, program, str(node), t, "exited", None, "SIGKILL", reason, ended_ns=t)
                self.processes[pid] = stillborn
            case (
                ProcessDispatched()
                | ProcessPreempted()
                | ProcessBlocked()
                | ProcessReady()
                | ProcessExited()
                | ProcessOutput()
                | ProcessFrozen()
                | ProcessThawed()
                | ProcessStopped()
                | ProcessContinued()
                | PageFaulted()
                | PageArrived()
                | PageEvicted()
            ):
                self._apply_to_process(self.processes[event.pid], str(node), t, event)
            case MigrationStarted():
                self._begin_migration(t, str(node), event)
            case NegotiationMessage():
                if event.migration in self.migrations:
                    self._note_negotiation(self.migrations[event.migration], event)
            case LoadReported(load):
                self.nodes[event.machine or str(node)].load = load
            case OwnerActive() | OwnerIdle():
                self.nodes[str(node)].owner = "active" if isinstance(event, OwnerActive) else "idle"
            case EvictionStarted(cause, policy, pids):
                machine = event.machine or str(node)
                self.evictions.append(EvictionView(machine, cause, policy, t, list(pids), seat=str(node)))
            case EvictionCompleted():
                self._end_eviction(event.machine or str(node), t, event)
            case (
                NegotiationRefused()
                | MigrationAccepted()
                | MigrationFrozen()
                | MigrationPages()
                | MigrationImage()
                | MigrationRound()
                | MigrationCommitted()
                | ResidualLeft()
                | ResidualEnded()
                | MigrationResumed()
                | MigrationCompleted()
                | MigrationAborted()
                | MigrationLost()
            ):
                migration = self.migrations.get(event.migration) or self._latest_move.get(event.pid)
                if migration is not None:
                    self._apply_to_migration(migration, t, str(node), event)
            case LinkPartitioned(links):
                self.cuts.update(dict.fromkeys(links))
            case LinkHealed(links):
                for link in links:
                    self.cuts.pop(link, None)
            case NameKnown(name, pid):
                self.names[name] = pid
            case MessageForwarded() | MailHeld() | MailTold():
                self._apply_to_mail(event)
            case _:
                pass

    # ------------------------------------------------------------------------------------------------------- forgetting

    def _keep_output(self, process: ProcessView) -> None:
        self._outputs.add(process.output)
        self._outputs.add(process.errors)

    def _is_forgotten(self, event: Event) -> bool:
        """Tell whether an event is about a process that is remembered no more. Let go of what is too old meanwhile."""
        if isinstance(event, ProcessCreated | MigrationStarted | NodeCrashed):
            self._forget(self._kept or 0)
        pid = getattr(event, "pid", None)
        return (
            pid is not None and pid not in self.processes and not isinstance(event, ProcessCreated | ProcessNotCreated)
        )

    def _forget(self, kept: int) -> None:
        """Remember so many of those that are over, the latest; a process goes with its migrations."""
        ended = sorted((one for one in self.processes.values() if not one.alive), key=lambda one: one.ended_ns or 0)
        for process in ended[: max(0, len(ended) - kept)]:
            del self.processes[process.pid]
            self._outputs.forget(process.output)
            self._outputs.forget(process.errors)
            self.forgotten_cpu_ns += process.cpu_ns
            self._last_wish.pop(process.pid, None)
            self._latest_move.pop(process.pid, None)
        known = self.processes
        over = [one for one in self.migrations.values() if one.outcome is not None]
        old = {one.name for one in over[: max(0, len(over) - kept)]}
        self.migrations = {name: one for name, one in self.migrations.items() if name not in old and one.pid in known}
        self.under_way()
        finished = [one for one in self.evictions if one.outcome is not None]
        first = finished[-kept].started_ns if len(finished) > kept else 0
        self.evictions = [one for one in self.evictions if one.outcome is None or one.started_ns >= first]
        del self.faults[: max(0, len(self.faults) - kept)]
        cut = [name for name, link in self.links.items() if link.opener not in known and link.peer not in known]
        for name in cut:
            del self.links[name]
        self.names = {name: pid for name, pid in self.names.items() if pid in known}

    # ------------------------------------------------------------------------------------------------------------ links

    def _apply_to_link(self, event: LinkOpened | LinkSent | LinkReceived | LinkEnded) -> None:
        link = self.links.get(event.link)
        if link is None:
            link = self.links[event.link] = LinkView(event.link, event.link.rpartition("/")[0])
        match event:
            case LinkOpened(_, _, peer):
                link.peer = peer
            case LinkSent(_, pid, _, size):
                link.sent[pid] += 1
                link.bytes += size
            case LinkReceived(_, pid):
                link.received[pid] += 1
            case LinkEnded(_, pid, why):
                link.ended.setdefault(pid, why)

    def _apply_to_mail(self, event: MessageForwarded | MailHeld | MailTold) -> None:
        wish = self._last_wish.get(event.pid)
        match event:
            case MessageForwarded(hops=hops):
                move = self._latest_move.get(event.pid) or wish
                if move is not None:
                    move.letters_forwarded += 1
                    move.most_hops = max(move.most_hops, hops)
            case MailHeld(letters=letters):
                if wish is not None:
                    wish.letters_held += letters
            case MailTold():
                if wish is not None:
                    wish.updates += 1

    # ------------------------------------------------------------------------------------------------------------ nodes

    def _apply_to_node(
        self,
        name: NodeName,
        t: int,
        event: NodeStarted | NodeCrashed | NodeRestarted | NodePaused | NodeResumed | FramesInUse,
    ) -> None:
        if isinstance(event, NodeStarted):
            known = self.nodes.get(name)
            self.nodes[name] = NodeView(name, event.ips, frames_total=event.frames)
            if known is not None:
                fresh = self.nodes[name]
                fresh.busy_ns, fresh.thrashed_ns = known.busy_ns, known.thrashed_ns
                fresh.charged_ns, fresh.kernel_ns, fresh.alone_ns = known.charged_ns, known.kernel_ns, known.alone_ns
            return
        node = self.nodes[name]
        match event:
            case FramesInUse(allocated, reserved, _, total, _, text):
                node.frames_allocated, node.frames_reserved, node.frames_total = allocated, reserved, total
                node.frames_text = text
            case NodeCrashed(cause):
                self._cpu_free(node, t)
                node.end_thrashing(t)
                node.state = "down"
                node.frames_allocated = node.frames_reserved = node.frames_text = 0
                self.faults.append(FaultView("crash", name, t, cause))
                for process in self.processes.values():
                    if process.node == name and process.alive:
                        self._lose(process, t, f"{name} crashed")
                for migration in self.under_way():
                    self._outlive(migration, name, t)
                for eviction in self.evictions:
                    if eviction.outcome is None and name in (eviction.node, eviction.seat):
                        eviction.outcome, eviction.ended_ns = "lost" if name == eviction.node else "aborted", t
            case NodeRestarted():
                node.state = "up"
                self.faults.append(FaultView("restart", name, t, ""))
            case NodePaused():
                self._cpu_free(node, t)
                node.state = "paused"
                self.faults.append(FaultView("pause", name, t, ""))
            case NodeResumed():
                node.state = "up"
                node.running_since_ns = t
                self.faults.append(FaultView("resume", name, t, ""))

    def _lose(self, process: ProcessView, t: int, reason: str) -> None:
        process.go_on(t)
        process.become("lost", t)
        self._keep_output(process)
        process.ended_ns, process.reason = t, reason

    def _outlive(self, migration: MigrationView, dead: NodeName, t: int) -> None:
        """Let a migration that is under way go on without one of its parties, or end with it.

        Whoever is alive ends it in its own time. What only the dead could have ended is over.
        """
        process = self.processes[migration.pid]
        migration.source_died |= dead == migration.source
        migration.destination_died |= dead == migration.destination and migration.step >= 7
        if migration.committed_ns is None:
            if dead == migration.source:
                gone = process.state == "lost" and process.ended_ns == t
                migration.end("lost" if gone else "aborted", t, f"{dead} crashed")
            elif dead == migration.negotiator and migration.step < 3:
                migration.end("aborted", t, f"its Initiator, on {dead}, crashed")
        elif migration.source_died and migration.resumed_ns is not None:
            migration.end("completed", migration.resumed_ns)
        elif migration.source_died and not process.alive:
            migration.end("lost", t, process.reason)

    @staticmethod
    def _cpu_free(node: NodeView, t: int) -> None:
        if node.running is not None and node.state == "up":
            node.busy_ns += t - node.running_since_ns
        node.running_since_ns = t

    # -------------------------------------------------------------------------------------------------------- processes

    def _apply_to_process(
        self,
        process: ProcessView,
        node_name: NodeName,
        t: int,
        event: ProcessDispatched
        | ProcessPreempted
        | ProcessBlocked
        | ProcessReady
        | ProcessExited
        | ProcessOutput
        | ProcessFrozen
        | ProcessThawed
        | ProcessStopped
        | ProcessContinued
        | PageFaulted
        | PageArrived
        | PageEvicted,
    ) -> None:
        node = self.nodes[node_name]
        match event:
            case ProcessOutput(_, descriptor, text, encoded):
                data = text.encode() if text is not None else base64.b64decode(encoded or "")
                process.output.add(data)
                if descriptor == 2:
                    process.errors.add(data)
                return
            case PageFaulted(_, source, pages):
                process.faults[source] += len(pages)
                return
            case PageEvicted(_, _, pages):
                process.evicted += len(pages)
                return
            case PageArrived(_, source, _, _, waited_ns):
                process.page_waits[source] += 1
                process.page_wait_ns += waited_ns
                if process.pid in self._latest_move:
                    self._latest_move[process.pid].waits[source] += 1
                    self._latest_move[process.pid].wait_ns += waited_ns
                return
            case ProcessExited(_, exit_code, signal, reason):
                process.exit_code, process.signal, process.reason = exit_code, signal, reason
                process.ended_ns = t
                process.go_on(t)
                self._keep_output(process)
            case ProcessFrozen():
                process.stand_still(t)
            case ProcessThawed():
                process.go_on(t)
            case ProcessStopped() | ProcessContinued():
                process.stopped = isinstance(event, ProcessStopped)
            case _:
                pass
        match event:
            case ProcessPreempted() | ProcessBlocked() | ProcessFrozen() | ProcessStopped() | ProcessExited():
                self._charge(process, node, event.instructions, event.cpu_ns)
            case _:
                pass
        stays_stopped = process.stopped and isinstance(event, ProcessThawed)
        process.become("stopped" if stays_stopped else _STATE_AFTER[type(event)], t)
        if isinstance(event, ProcessDispatched):
            node.running, node.running_since_ns = process.pid, t
        elif node.running == process.pid:
            self._cpu_free(node, t)
            node.running = None

    @staticmethod
    def _charge(process: ProcessView, node: NodeView, instructions: int, cpu_ns: int) -> None:
        """Take a process's account as it is now. What has come to it since the last time, it used on this node."""
        node.charged_ns += max(0, cpu_ns - process.cpu_ns)
        process.instructions = max(instructions, process.instructions)
        process.cpu_ns = max(cpu_ns, process.cpu_ns)

    # ------------------------------------------------------------------------------------------------------- migrations

    def _end_eviction(self, node: NodeName, t: int, event: EvictionCompleted) -> None:
        over = {*event.left, *event.remain}
        for eviction in self.evictions:
            if eviction.node == node and eviction.outcome is None and over <= {*eviction.processes}:
                eviction.outcome, eviction.completed_ns, eviction.ended_ns = "completed", t, t
                eviction.remain = list(event.remain)
                return

    @staticmethod
    def _note_negotiation(migration: MigrationView, event: NegotiationMessage) -> None:
        migration.step = event.step
        if event.step == 2:
            migration.destination = event.machine

    def _begin_migration(self, t: int, negotiator: NodeName, event: MigrationStarted) -> None:
        self._begun += 1
        self.migrations[event.migration] = MigrationView(
            self._begun,
            event.migration,
            event.pid,
            self.name_of(event.pid),
            event.source,
            event.destination,
            event.strategy,
            event.initiated_by,
            event.reason,
            t,
            negotiator=negotiator,
        )
        self._under_way.append(self.migrations[event.migration])
        self._last_wish[event.pid] = self.migrations[event.migration]
        if self.nodes[event.source].state == "down":  # its Initiator, elsewhere, has not heard of it
            self.migrations[event.migration].end("aborted", t, f"{event.source} had crashed")

    def _apply_to_migration(
        self,
        migration: MigrationView,
        t: int,
        node: NodeName,
        event: NegotiationRefused
        | MigrationAccepted
        | MigrationFrozen
        | MigrationPages
        | MigrationImage
        | MigrationRound
        | MigrationCommitted
        | ResidualLeft
        | ResidualEnded
        | MigrationResumed
        | MigrationCompleted
        | MigrationAborted
        | MigrationLost,
    ) -> None:
        match event:
            case MigrationAccepted():
                migration.accepted_ns = t
            case MigrationFrozen(_, _, why):
                migration.standstill, migration.frozen_because = self.processes[migration.pid].stand_still(t), why
            case MigrationPages(_, _, pages, why, size):
                migration.sent.update(pages)
                migration.record.append(PageRecord(t, why, pages, size, migration.resumed_ns is None))
            case MigrationImage(_, _, size):
                migration.image_bytes = size
            case MigrationRound(_, _, _, pages_sent, sent_bytes, duration_ns):
                migration.rounds.append(RoundView(pages_sent, sent_bytes, duration_ns))
            case MigrationCommitted(_, pid, destination):
                process, migration.committed_ns = self.processes[pid], t
                process.node = destination
                process.residual.clear()
                process.passers_on.clear()
                if migration.destination_died:
                    self._lose(process, t, f"{destination}, which was to own it, had crashed")
            case ResidualLeft(_, pid, holder, _, _, links) if links:
                migration.passers_on[holder] = links
                self.processes[pid].passers_on[holder] = migration.name
            case ResidualEnded(_, pid, holder, mail=True):
                self.processes[pid].passers_on.pop(holder, None)
            case ResidualLeft(_, pid, holder, on_disk, pages):
                migration.kept[holder, on_disk] = len(pages)
                self.processes[pid].residual[holder, on_disk] = migration.name
            case ResidualEnded(_, pid):
                migration.residual_ended_ns = t
                if self.processes[pid].alive:
                    self.processes[pid].residual.pop((node, False), None)
            case MigrationResumed(_, pid):
                migration.resumed_ns = t
                self._latest_move[pid] = migration
                if migration.source_died:
                    migration.end("completed", t)
            case MigrationCompleted():
                migration.end("completed", t)
            case NegotiationRefused(_, _, by, step, reason):
                migration.end("refused", t, reason)
                migration.refused_at, migration.refused_by = step, by
            case MigrationAborted(_, _, reason):
                migration.end("aborted", t, reason)
            case MigrationLost(_, pid, reason):
                process = self.processes[pid]
                if migration.resumed_ns is not None:
                    migration.end("completed", migration.resumed_ns)  # the source could not hear of it
                else:
                    migration.end("lost", t, reason)
                    if process.alive:
                        self._lose(process, t, reason)


_OF_LINKS = frozenset({LinkOpened, LinkSent, LinkReceived, LinkEnded})
_ONLY_COUNTED = frozenset({MessageSent, MessageDelivered})
"""The most frequent events, of which nothing is kept here."""
_STATE_AFTER: dict[type, str] = {
    ProcessDispatched: "running",
    ProcessPreempted: "ready",
    ProcessBlocked: "blocked",
    ProcessReady: "ready",
    ProcessExited: "exited",
    ProcessFrozen: "frozen",
    ProcessThawed: "ready",
    ProcessStopped: "stopped",
    ProcessContinued: "ready",
}
