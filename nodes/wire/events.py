"""What can happen, as a closed set of past-tense facts: the event stream is made of these and of nothing else.

A node or the engine emits an event; the engine stamps it with virtual time, place and a running number (`Stamped`) and writes it as
one JSON line. Events carry names and base units, nothing of the real world (no real pid, no wall clock): equal runs are equal to the
byte. Page events carry lists of page numbers, never one event a page.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nodes.wire.ids import NodeName, Pid


class Event(msgspec.Struct, frozen=True, tag_field="kind"):
    """Base of all events. The tag, `noun.past-or-noun`, is the event's `kind`."""


# ---------------------------------------------------------------------------------------------------------------- the run


class RunStarted(Event, frozen=True, tag="run.started"):
    """The first event of every run: all that the run depends on."""

    version: str
    title: str
    seed: int
    settings: dict[str, Any]
    """Every setting in force: network, nodes, costs, migration."""


class RunEnded(Event, frozen=True, tag="run.ended"):
    """The last event of every run."""

    reason: str
    """`quiescent` (nothing is left to happen), `until` (the time is up), `stopped` (by a command)."""
    in_flight: list[str]
    """Messages that were on the wire, or waiting at a paused node, when the run ended."""


class CommandGiven(Event, frozen=True, tag="command"):
    """Somebody asked the cluster for something. All such events together are the journal of a run."""

    command: dict[str, Any]
    by: str
    """`script`, `user`, or `outside` (a real signal that hit a node)."""


class PolicyChanged(Event, frozen=True, tag="policy.changed"):
    """From now on something else is in force. What was so at first is in `run.started`, under the same names."""

    setting: str
    """`strategy`, `load_sharing`, `interval_ns` ...: a name of the settings `migration` or `initiators`."""
    was: str | int
    now: str | int
    nodes: list[NodeName]
    """Where; one that is down comes up with it."""


class CommandRefused(Event, frozen=True, tag="command.refused"):
    """A command made no sense when it was due."""

    command: dict[str, Any]
    reason: str


class Narration(Event, frozen=True, tag="narration"):
    """The script tells the audience something."""

    text: dict[str, str]


class QuestionAsked(Event, frozen=True, tag="question.asked"):
    """The script asks the audience something. All by language."""

    question: dict[str, str]
    answer: dict[str, str]
    choices: list[dict[str, str]]


class InvariantViolated(Event, frozen=True, tag="invariant.violated"):
    """The cluster is in a state that must never be: a bug, or a law that a lesson breaks on purpose."""

    name: str
    detail: str


# -------------------------------------------------------------------------------------------------------------- processes


class ProcessCreated(Event, frozen=True, tag="process.created"):
    pid: Pid
    name: str
    program: str
    argv: list[str]
    priority: int


class ProcessNotCreated(Event, frozen=True, tag="process.not-created"):
    """There was no room for it: no frames for its arguments."""

    pid: Pid
    name: str
    program: str
    reason: str


class ProcessDispatched(Event, frozen=True, tag="process.dispatched"):
    pid: Pid


class ProcessPreempted(Event, frozen=True, tag="process.preempted"):
    pid: Pid
    reason: str
    """`quantum`, `yield`, or `priority`."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessBlocked(Event, frozen=True, tag="process.blocked"):
    pid: Pid
    on: str
    """What it waits for: `sleep`, `signal`, `page`, or what a system call waits for."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessReady(Event, frozen=True, tag="process.ready"):
    pid: Pid


class ProcessExited(Event, frozen=True, tag="process.exited"):
    """The end of a process, with its account."""

    pid: Pid
    exit_code: int | None
    """None if a signal ended it."""
    signal: str | None
    """The signal that ended it, by name (`SIGSEGV`)."""
    reason: str
    """In words; for a signal with the address and the cause."""
    instructions: int
    cpu_ns: int


class ProcessOutput(Event, frozen=True, tag="process.output", omit_defaults=True):
    """Bytes that a process wrote to its standard output or error: `text` if they are UTF-8 by themselves, else `base64`."""

    pid: Pid
    descriptor: int
    text: str | None = None
    base64: str | None = None


class ProcessFrozen(Event, frozen=True, tag="process.frozen"):
    pid: Pid
    was: str
    """The state it was in: running, ready, blocked or stopped."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessThawed(Event, frozen=True, tag="process.thawed"):
    pid: Pid


class ProcessStopped(Event, frozen=True, tag="process.stopped"):
    """A signal has stopped a process: it stands still until SIGCONT comes, wherever it is taken meanwhile."""

    pid: Pid
    signal: str
    """By name: `SIGSTOP`."""
    reason: str
    """Who sent it."""
    instructions: int = 0
    """That it has executed so far, wherever it ran."""
    cpu_ns: int = 0
    """That they took."""


class ProcessContinued(Event, frozen=True, tag="process.continued"):
    """SIGCONT has come for a process that was stopped."""

    pid: Pid
    reason: str
    """Who sent it."""


class ProcessRemoved(Event, frozen=True, tag="process.removed"):
    """The source's copy of a migrated process is gone: table entry, frames and all."""

    pid: Pid


class SignalDelivered(Event, frozen=True, tag="signal.delivered"):
    """A process begins to run its handler of a signal."""

    pid: Pid
    signal: str
    """By name: `SIGALRM`."""
    sender: int
    """The number of the process that sent it; 0: a timer, or the user."""


class SystemCallUnknown(Event, frozen=True, tag="syscall.unknown"):
    """A process asked for a system call that this kernel has not; it got ENOSYS."""

    pid: Pid
    number: int


# ------------------------------------------------------------------------------------------------------------------ pages


class PageFaulted(Event, frozen=True, tag="page.faulted"):
    """Pages brought in since the last such event, in order of their faults."""

    pid: Pid
    source: str
    """Where they came from: `zero` (new and empty), `image` (the program's file), `disk`, or `remote` (another node)."""
    pages: list[int]


class PageArrived(Event, frozen=True, tag="page.arrived"):
    """A process has waited for pages that were in no frame, and has them."""

    pid: Pid
    source: str
    """Where they came from: `disk` (of this node), `remote` (another node's memory) or `remote-disk`."""
    place: NodeName
    """The node that had them."""
    pages: list[int]
    """The first is the one that it waited for; the others were fetched with it."""
    waited_ns: int


class PageEvicted(Event, frozen=True, tag="page.evicted"):
    """Pages that had to leave their frames since the last such event, in order."""

    pid: Pid
    written: bool
    """They were dirty, and went to the disk; False: a copy of them was to be had elsewhere."""
    pages: list[int]


class FramesInUse(Event, frozen=True, tag="frames.counted"):
    """A node's frames, counted when a process came, moved or went: allocated, reserved and free must add up to the total."""

    allocated: int
    reserved: int
    """Promised to processes that are on their way here; counted as neither allocated nor free."""
    free: int
    total: int
    mapped: int
    """Entries in the page tables of all processes that are here or arriving: as many as frames are allocated."""


# --------------------------------------------------------------------------------------------------------------- messages


class MessageSent(Event, frozen=True, tag="message.sent"):
    message: str
    """`n1:12`: the twelfth message that n1 sent."""
    to: NodeName
    type: str
    bytes: int
    """On the wire, header included."""


class MessageDelivered(Event, frozen=True, tag="message.delivered"):
    message: str
    sender: NodeName
    type: str


class MessageHeld(Event, frozen=True, tag="message.held"):
    """The link is cut: the message waits until it is healed."""

    message: str
    to: NodeName


class MessageReleased(Event, frozen=True, tag="message.released"):
    message: str
    to: NodeName


class MessageLost(Event, frozen=True, tag="message.lost"):
    message: str
    to: NodeName
    reason: str


# ----------------------------------------------------------------------------------------------------- mail and links


class MessageForwarded(Event, frozen=True, tag="message.forwarded"):
    """A letter was not where its addressee is, and is passed on."""

    pid: Pid
    """The addressee."""
    sender: Pid
    type: str
    to: NodeName
    hops: int
    """How many times it will have crossed the wire when it gets there."""
    why: str
    """`forwarding address`, `home` (the home passes it on, or is asked), `not coming` (the move was abandoned)."""


class MailHeld(Event, frozen=True, tag="mail.held"):
    """What came for a process while it was frozen moves along with it."""

    pid: Pid
    letters: int
    to: NodeName


class MailTold(Event, frozen=True, tag="mail.told"):
    """A kernel tells another where a process is, or is going to be."""

    pid: Pid
    at: NodeName
    to: NodeName
    peer: Pid
    """The process that talks to it; empty: its home is told."""


class MailReturned(Event, frozen=True, tag="mail.returned"):
    """A letter found no addressee."""

    pid: Pid
    """The addressee."""
    sender: Pid
    type: str
    reason: str


class FileAsked(Event, frozen=True, tag="file.asked"):
    """A process needs some of a file that its buffer has not: the disk of a node is asked for it."""

    pid: Pid
    path: str
    on: NodeName
    offset: int


class NameKnown(Event, frozen=True, tag="name.published"):
    """The name server knows a name now."""

    name: str
    pid: Pid


class LinkOpened(Event, frozen=True, tag="link.opened"):
    """A link is open at both ends: `pid` asked for it, `peer` was asked."""

    link: str
    pid: Pid
    peer: Pid


class LinkSent(Event, frozen=True, tag="link.sent"):
    """The kernel took a message over from a process."""

    link: str
    pid: Pid
    number: int
    """From 1, in this direction of the link."""
    bytes: int


class LinkReceived(Event, frozen=True, tag="link.received"):
    """A process got a message from its kernel."""

    link: str
    pid: Pid
    number: int
    bytes: int


class LinkEnded(Event, frozen=True, tag="link.ended"):
    """An end of a link is no use any more for its process."""

    link: str
    pid: Pid
    why: str
    """`destroyed`, `exited`: by its own process; `peer`: the other end was destroyed, and all that it sent has come; `broken`."""
    arrived: int
    """Messages that have come to this end, in all."""
    unread: int
    """Of these, messages that its process had not received."""
    reason: str = ""
    """Why it is broken."""


# ------------------------------------------------------------------------------------------------------------- migrations


class NegotiationRefused(Event, frozen=True, tag="negotiation.refused"):
    migration: str
    pid: Pid
    by: NodeName
    step: int
    """The step of the negotiation (Stallings, Fig. 14.2) at which it was refused; 0: before the first."""
    reason: str
    rule: str = ""
    """The reason's name, to tell it in other languages."""
    numbers: dict[str, int | float | str] = {}
    """What was compared."""


class MigrationStarted(Event, frozen=True, tag="migration.started"):
    migration: str
    """`n1/2`: the second migration out of n1."""
    pid: Pid
    source: NodeName
    destination: NodeName
    strategy: str
    initiated_by: str
    """`user`, `os`, `process`, `eviction` or `shutdown`."""
    reason: str
    rule: str = ""
    """The reason's name, to tell it in other languages."""
    numbers: dict[str, int | float | str] = {}
    """What was compared."""


class MigrationAccepted(Event, frozen=True, tag="migration.accepted"):
    """The negotiation has ended well, at the source: the transfer begins."""

    migration: str
    pid: Pid


class MigrationFrozen(Event, frozen=True, tag="migration.frozen"):
    """The process stopped running, for the sake of this migration."""

    migration: str
    pid: Pid
    why: str = ""
    """Why just now, where the strategy had a choice: the rule of precopy that ended its rounds."""


class MigrationRound(Event, frozen=True, tag="migration.round"):
    """A set of pages was sent and acknowledged."""

    migration: str
    pid: Pid
    round: int
    pages: int
    bytes: int
    duration_ns: int


class MigrationPages(Event, frozen=True, tag="migration.pages"):
    """A batch of pages left for the destination, or for the disk to which they are flushed."""

    migration: str
    pid: Pid
    pages: list[int]
    why: str
    """`round` (the strategy sends them), `flush`, `demand` (the process asked for the first of them), or `push`."""
    bytes: int
    """On the wire; 0 where they go to the node's own disk."""


class MigrationImage(Event, frozen=True, tag="migration.image"):
    """All of the process but its pages left for the destination."""

    migration: str
    pid: Pid
    bytes: int
    """On the wire."""


class ResidualLeft(Event, frozen=True, tag="residual.left"):
    """At the commit, the process depends on a node: for pages of its own that it has not at the destination, or for its mail."""

    migration: str
    pid: Pid
    holder: NodeName
    on_disk: bool
    """On the disk of that node; False: in its memory."""
    pages: list[int]
    links: list[str] = []
    """Links for which that node passes on the mail; then there are no pages."""


class ResidualEnded(Event, frozen=True, tag="residual.ended"):
    """A node is needed no more: of the pages that it kept in memory all are sent, or nobody wants them; or it passes on no mail."""

    migration: str
    """Empty: the last one of the process."""
    pid: Pid
    holder: NodeName
    mail: bool = False
    """It is needed no more for mail; False: for pages in its memory."""


class MigrationCommitted(Event, frozen=True, tag="migration.committed"):
    """The commit point: from now on the destination owns the process. Before it, any failure leaves it at the source."""

    migration: str
    pid: Pid
    destination: NodeName
    in_memory: int = 0
    """Pages of it that the source keeps in its memory, until the process has them."""
    on_disk: int = 0
    """Pages of it that the source keeps on its disk."""


class MigrationResumed(Event, frozen=True, tag="migration.resumed"):
    """The process may run again, at the destination."""

    migration: str
    pid: Pid


class MigrationCompleted(Event, frozen=True, tag="migration.completed"):
    """The source knows that the process runs at the destination, and has nothing of it any more."""

    migration: str
    pid: Pid


class MigrationAborted(Event, frozen=True, tag="migration.aborted"):
    """It came to nothing, before the commit point: the process goes on at the source."""

    migration: str
    pid: Pid
    reason: str
    stage: str
    """The state of the source's session when it gave up."""


class MigrationLost(Event, frozen=True, tag="migration.lost"):
    """The destination died after the commit point and before it could say that the process runs."""

    migration: str
    pid: Pid
    reason: str


class ReservationReleased(Event, frozen=True, tag="migration.released"):
    """The destination gave back what it had reserved for a migration that came to nothing."""

    migration: str
    pid: Pid
    reason: str


# ------------------------------------------------------------------------------------------- Initiators, owners and eviction


class NegotiationMessage(Event, frozen=True, tag="negotiation.message"):
    """One of the seven messages of the negotiation (Stallings, Fig. 14.2) left its sender."""

    migration: str
    pid: Pid
    step: int
    sender: NodeName
    """The machine where the party sits that says it."""
    receiver: NodeName
    machine: NodeName
    """The machine that it is about: whose kernel or Initiator is meant; in step 2 the one that was chosen."""
    text: dict[str, str]
    """What it says, by language."""


class DecisionTaken(Event, frozen=True, tag="decision.taken"):
    """An Initiator decided something, also *no* and *not now*; what says the same as before is not repeated."""

    by: NodeName
    """The machine for which it was decided."""
    about: str
    """A process, or the machine."""
    what: str
    """`share`, `ask`, `take`, `admit`, `place`, `evict`, `evacuate`, `want-work`, `give-work`, `talk`."""
    verdict: str
    """`yes`, `no` or `not now`."""
    reason: str
    rule: str
    numbers: dict[str, int | float | str]


class LoadReported(Event, frozen=True, tag="load.reported"):
    """A machine's load has changed: the truth, and what its Initiator believes of others meanwhile."""

    load: int
    """Runnable processes for a reference CPU, damped; thousandths."""
    runnable: int
    frames_free: int
    frames_total: int
    pressure: int
    beliefs: dict[str, tuple[int, int]]
    """Of each machine of which something is believed: its load, and how old that is in nanoseconds."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class LoadHeard(Event, frozen=True, tag="load.heard"):
    """An Initiator was told of machines that it does not control: all that it will believe of them until it is told something newer."""

    told_by: NodeName
    """Where the Initiator sits that told it, of its own machines or by hearsay."""
    loads: dict[str, tuple[int, int]]
    """Of each machine: its load in thousandths, and when that was so. What is older than what is believed changes nothing."""


class BeliefRevised(Event, frozen=True, tag="belief.revised"):
    """An Initiator thinks otherwise of a machine than it was told: it has sent a process there, or what it was told holds no more."""

    machine: NodeName
    load: int | None
    """What it reckons with until it is told something newer; None: it believes nothing."""
    why: str
    """`expected` (a process is on its way there), `nothing-to-give` (it said so), `dead`."""


class ProcessBounced(Event, frozen=True, tag="process.bounced"):
    """A process is back where it was a moment ago: the policy thrashes."""

    pid: Pid
    machines: list[str]
    """Its last stations, this one at the end."""
    away_ns: int
    """For how long it was away."""


class ProcessPlaced(Event, frozen=True, tag="process.placed"):
    """A new job was admitted, and it was decided where it starts."""

    pid: Pid
    on: NodeName
    waited_ns: int
    """For how long it had to wait to be admitted."""


class ProcessPutBack(Event, frozen=True, tag="process.background"):
    """A process gets the CPU only when nobody else wants it, or as all others again."""

    pid: Pid
    background: bool


class OwnerActive(Event, frozen=True, tag="owner.active"):
    """The owner of a workstation touches a key."""


class OwnerIdle(Event, frozen=True, tag="owner.idle"):
    """The owner of a workstation is away, or has touched no key for long enough."""

    idle_ns: int


class EvictionStarted(Event, frozen=True, tag="eviction.started"):
    """Foreign processes have to leave a machine."""

    cause: str
    """`owner`, `expel` or `shutdown`."""
    policy: str
    processes: list[Pid]
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class EvictionCompleted(Event, frozen=True, tag="eviction.completed"):
    """None of the processes that had to leave is left there, or none is in the owner's way."""

    policy: str
    left: list[Pid]
    """Those that have left the machine."""
    remain: list[Pid]
    """Those that stayed: in the background, or because nobody took them."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class MachineBlocked(Event, frozen=True, tag="machine.blocked"):
    blocked: bool
    """Whether it refuses guests."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class MachineStays(Event, frozen=True, tag="machine.stays"):
    stays: bool
    """Whether no policy may move its processes away."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class ShutdownAnnounced(Event, frozen=True, tag="node.leaving"):
    """The node will go down at a known instant."""

    at_ns: int
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


# ------------------------------------------------------------------------------------------------------- nodes and links


class NodeStarted(Event, frozen=True, tag="node.started"):
    ips: int
    frames: int


class NodeAccounted(Event, frozen=True, tag="node.accounted"):
    """What a node's CPU has done in this life of it, when the node dies or the run ends."""

    kernel_ns: int
    """The kernel's own work, with what was lost of instructions that it interrupted; all else that the CPU did was charged to processes."""
    alone_ns: int
    """Of it, while no process had the CPU."""
    pid: Pid | None
    """The process that has the CPU; its account so far follows."""
    instructions: int
    cpu_ns: int


class NodeCrashed(Event, frozen=True, tag="node.crashed"):
    cause: str


class NodeRestarted(Event, frozen=True, tag="node.restarted"):
    life: int
    """2 for the first restart."""


class NodePaused(Event, frozen=True, tag="node.paused"):
    pass


class NodeResumed(Event, frozen=True, tag="node.resumed"):
    pass


class NodeSlowed(Event, frozen=True, tag="node.slowed"):
    percent: int
    ips: int


class NodeThrashing(Event, frozen=True, tag="node.thrashing"):
    """Most of the last second the CPU had nothing to do while processes waited for pages from the node's own disk."""

    percent: int
    """Of the last second."""


class NodeRecovered(Event, frozen=True, tag="node.recovered"):
    """A node that thrashed does so no longer."""

    percent: int
    """Of the last second in which it still did."""


class NodeSuspected(Event, frozen=True, tag="node.suspected"):
    """A node was told that its connection to another is broken."""

    peer: NodeName


class LinkPartitioned(Event, frozen=True, tag="link.partitioned"):
    links: list[str]
    """`n1>n2` for each direction that is cut."""


class LinkHealed(Event, frozen=True, tag="link.healed"):
    links: list[str]


AnyEvent = (
    RunStarted
    | RunEnded
    | CommandGiven
    | PolicyChanged
    | CommandRefused
    | Narration
    | QuestionAsked
    | InvariantViolated
    | ProcessCreated
    | ProcessNotCreated
    | ProcessDispatched
    | ProcessPreempted
    | ProcessBlocked
    | ProcessReady
    | ProcessExited
    | ProcessOutput
    | ProcessFrozen
    | ProcessThawed
    | ProcessStopped
    | ProcessContinued
    | ProcessRemoved
    | SignalDelivered
    | SystemCallUnknown
    | PageFaulted
    | PageArrived
    | PageEvicted
    | FramesInUse
    | MessageSent
    | MessageDelivered
    | MessageHeld
    | MessageReleased
    | MessageLost
    | MessageForwarded
    | MailHeld
    | MailTold
    | MailReturned
    | FileAsked
    | NameKnown
    | LinkOpened
    | LinkSent
    | LinkReceived
    | LinkEnded
    | NegotiationRefused
    | MigrationStarted
    | MigrationAccepted
    | MigrationFrozen
    | MigrationRound
    | MigrationPages
    | MigrationImage
    | MigrationCommitted
    | ResidualLeft
    | ResidualEnded
    | MigrationResumed
    | MigrationCompleted
    | MigrationAborted
    | MigrationLost
    | ReservationReleased
    | NegotiationMessage
    | DecisionTaken
    | LoadReported
    | LoadHeard
    | BeliefRevised
    | ProcessBounced
    | ProcessPlaced
    | ProcessPutBack
    | OwnerActive
    | OwnerIdle
    | EvictionStarted
    | EvictionCompleted
    | MachineBlocked
    | MachineStays
    | ShutdownAnnounced
    | NodeStarted
    | NodeAccounted
    | NodeCrashed
    | NodeRestarted
    | NodePaused
    | NodeResumed
    | NodeSlowed
    | NodeThrashing
    | NodeRecovered
    | NodeSuspected
    | LinkPartitioned
    | LinkHealed
)


def kind_of(event: Event | type[Event]) -> str:
    """Return the name under which an event stands in the stream: `process.created`."""
    return _KIND_OF[event if isinstance(event, type) else type(event)]


_KIND_OF: dict[type[Event], str] = {event: str(event.__struct_config__.tag) for event in AnyEvent.__args__}
KINDS: dict[str, type[Event]] = {kind: event for event, kind in _KIND_OF.items()}
"""Every kind of event there is, by name."""


class Stamped(msgspec.Struct, frozen=True):
    """An event with its place in the order of the run."""

    t: int
    """Virtual nanoseconds."""
    seq: int
    """Running number over the whole run, from 0."""
    node: NodeName | None
    """Where it happened; None: in the cluster as a whole."""
    event: AnyEvent

    def to_json(self) -> bytes:
        """Return the event's line in the stream, without the line's end."""
        node = b"null" if self.node is None else b'"' + self.node.encode() + b'"'
        return b'{"t":%d,"seq":%d,"node":%b,%b' % (self.t, self.seq, node, _encode(self.event)[1:])


_encode = msgspec.json.Encoder(order="deterministic").encode
