"""A frame: the cluster at one instant, as a screen draws it. Plain frozen data; `model.screen` makes it."""

from __future__ import annotations

import msgspec

from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from tuiclu.model.nodes import NodeView


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Base of all parts of a frame."""


class ProcessRow(Part, frozen=True):
    """A process. Instants in virtual nanoseconds."""

    pid: Pid
    name: str
    program: str
    node: NodeName
    home: NodeName
    state: str
    cpu_ns: int
    resident: int
    """Pages in main memory, as far as events tell."""
    pages: int
    """Pages that it ever had."""
    links: tuple[str, ...]
    """The processes at the other ends of its links, by name."""
    moves: int
    created_ns: int
    ended_ns: int | None
    exit_code: int | None
    signal: str | None
    reason: Reason | None
    waits_for: str
    since_ns: int
    """When it came into its state."""
    faults: dict[str, int]
    """Pages brought in, by where they came from: `zero`, `image`, `disk`, `remote`."""
    evicted: int
    """Pages of it that had to leave their frames."""
    waits: int
    """How often it waited for a page that was in no frame."""
    wait_ns: int
    depends: tuple[str, ...]
    """Nodes that it needs after a migration: for pages, `n1` or `n1 (disk)`, or because they pass on its mail, `n1 (mail)`."""
    background: bool
    """It gets the CPU only when nobody else wants it."""
    signal_taken: str
    """The last signal whose handler it ran."""
    reads: str
    """The file that it last asked another disk or its own for: `records.dat on n3`."""


class NodeCard(Part, frozen=True):
    """A node. Processes by name, in the order of their queues."""

    view: NodeView
    """All that events have told of it by now."""
    running: str | None
    ready: tuple[str, ...]
    blocked: tuple[str, ...]
    stopped: tuple[str, ...]
    frozen: tuple[str, ...]
    guests: tuple[tuple[str, NodeName], ...]
    """Processes that were born elsewhere, and where."""
    away: tuple[tuple[str, NodeName], ...]
    """Processes that were born here, and where they are."""
    allocated: int
    reserved: int
    load: tuple[int, ...]
    """Percent of its CPU in use, one value each tenth of a second, the newest last."""
    resources: tuple[str, ...]
    pid: int | None
    """The real process id; None: it has none."""
    host: tuple[str, ...]
    """What its Initiator has been told: `blocked` (no guests), `stays` (nobody is moved), `evicting`, `leaving`."""
    files: tuple[tuple[str, int], ...]
    """Files that lie on its disk, and how many bytes each has."""
    leaving: tuple[str, ...]
    """Guests that have to leave, by name, while it evicts them."""
    policies: dict[str, str]
    """What is in force here and not on most nodes, by what it decides."""
    writers: tuple[str, ...] = ()
    """Processes that have written something just now, by name."""

    @property
    def name(self) -> NodeName:
        return self.view.name

    @property
    def state(self) -> str:
        """`up`, `paused` or `down`."""
        return self.view.state

    @property
    def ips(self) -> int:
        """Its speed now."""
        return self.view.ips if self.view.slowed_ips is None else self.view.slowed_ips

    @property
    def percent(self) -> int:
        """Of its full speed."""
        return self.view.percent

    @property
    def frames(self) -> int:
        return self.view.frames_total

    @property
    def ended(self) -> int:
        """Processes that have ended here."""
        return self.view.ended

    @property
    def life(self) -> int:
        return self.view.life

    @property
    def owner(self) -> str:
        """`none`, `active` or `idle`."""
        return self.view.owner

    @property
    def weight(self) -> int:
        """Its load as its Initiator reckons it: damped, in thousandths of a process on a reference machine."""
        return self.view.load

    @property
    def thrashing(self) -> int:
        """Percent of the last second in which its processes did nothing but wait for its disk; 0: it does not thrash."""
        return self.view.thrashing_percent

    @property
    def paged_out(self) -> int:
        """Pages that had to leave their frames here."""
        return self.view.paged_out

    @property
    def paged_in(self) -> int:
        """Pages that were read back from its disk here."""
        return self.view.paged_in

    @property
    def suspects(self) -> tuple[NodeName, ...]:
        """Nodes to which its connection is broken, as it was told."""
        return tuple(self.view.suspects)


class RoundRow(Part, frozen=True):
    pages: int
    bytes: int
    duration_ns: int


class MigrationRow(Part, frozen=True):
    """A migration, in short."""

    name: str
    pid: Pid
    process: str
    source: NodeName
    destination: NodeName
    strategy: str
    initiated_by: str
    reason: Reason
    """Why it was wished for, or why it came to nothing."""
    started_ns: int
    accepted_ns: int | None
    frozen_ns: int | None
    """When the process began to stand still: with an eviction that may be long before this migration was accepted."""
    freeze_ns: int | None
    """For how long it stood still, or does so far."""
    committed_ns: int | None
    resumed_ns: int | None
    ended_ns: int | None
    outcome: str | None
    refused_at: int | None
    frozen_because: dict[str, str]
    """Why just then, by language; empty where the strategy has no choice."""
    rounds: tuple[RoundRow, ...]
    sent: int
    """Pages sent, each time counted."""
    distinct: int
    total: int
    """Pages of the process."""
    flying: int
    """Pages on the wire just now."""
    arrived: int
    """Different pages that have come to the destination, and are not on the wire once more."""
    bytes: int
    """On the wire, in all."""
    after: int
    """Pages sent after the process went on."""
    left: tuple[tuple[NodeName, bool, int], ...]
    """What was left behind at the commit: a node, whether on its disk, how many pages."""
    depends: tuple[tuple[NodeName, str], ...]
    """Nodes whose death would now kill the process (`memory`), slow it (`disk`), or cut off its links (`mail`)."""
    waits: int
    """How often the process waited for a page since it went on."""
    wait_ns: int
    image_bytes: int
    """All of the process but its pages, on the wire."""
    letters_held: int
    """Letters that came while it was frozen, and moved along."""
    letters_forwarded: int
    """Letters that were passed on afterwards, because it had moved."""
    updates: int
    """Messages by which kernels were told where the process is."""


HERE, KEPT, ARRIVING, PROMISED, TEXT = "here", "kept", "arriving", "promised", "text"
"""What frames are used for: by a process of the node, for one that has left, by one on its way here; kept free for such a one; or by the
text of programs, which all processes that run one share."""


class Owned(Part, frozen=True):
    """Frames of a node that belong to somebody."""

    process: str
    """By name; empty: promised frames, whoever they are for, and the text of programs."""
    what: str
    """One of the above."""
    count: int


# The state of a page at one end of a migration.
UNTOUCHED, CLEAN, DIRTY, FLYING, SENT, AGAIN, REMOTE, FETCHED, ON_DISK, GONE = "ucdfsrmokg"


class PageMaps(Part, frozen=True):
    """Pages of a migrating process, in order of their numbers: the letter of its state for each, at both ends."""

    migration: str
    first: tuple[int, ...]
    """Where each run of consecutive pages begins."""
    lengths: tuple[int, ...]
    """How long it is."""
    source: str
    destination: str


class MessageRow(Part, frozen=True):
    """A message on the wire between nodes."""

    name: str
    type: str
    source: NodeName
    destination: NodeName
    bytes: int
    sent_ns: int
    arrived_ns: int | None
    fate: str
    """`flying`, `delivered`, `held` or `lost`."""
    about: str
    """The process that it is about, if one is known."""
    caught: tuple[str, ...] = ()
    """The snapshots whose cut it crosses forwards: it is in its channel there."""
    betrays: tuple[str, ...] = ()
    """The snapshots whose cut it crosses backwards: received before it, and sent behind it."""


class CutRow(Part, frozen=True):
    """Where a snapshot cuts the line of a node: there it recorded its state."""

    snapshot: str
    node: NodeName
    at_ns: int
    verdict: str
    """`consistent`, `inconsistent`, `failed`, or empty: it is not over."""
    way: str = "markers"


class ChannelRow(Part, frozen=True):
    """What a snapshot has recorded of the channel from one node to another."""

    source: NodeName
    destination: NodeName
    messages: tuple[tuple[str, int], ...]
    """How many of each kind, in the order in which the first of them came."""
    pages: int
    over: bool
    """Its marker has come: nothing more will be recorded."""


class SnapshotRow(Part, frozen=True):
    """A snapshot, as far as it is known."""

    snapshot: str
    way: str
    outcome: str
    """`consistent`, `inconsistent`, `failed`, or empty: it is not over."""
    started_ns: int
    nodes: tuple[tuple[NodeName, int | None, str], ...]
    """Those that take part: when each has recorded its state (None: it has not), and the processes it has, with what they have."""
    channels: tuple[ChannelRow, ...]
    """Those of which something is known."""
    between: tuple[tuple[str, str, int, str], ...]
    """From and to, by the names of processes: messages on their way, and what they bring."""
    moving: tuple[str, ...]
    """Processes that are just changing hands, and in which channel: `P (n1>n2)`."""
    totals: str
    reason: dict[str, str]
    """Why it failed, by language."""
    over: bool
    lost: tuple[str, ...]
    stuck: tuple[str, ...]


class Wire(Part, frozen=True):
    """What one node sent to another lately."""

    source: NodeName
    destination: NodeName
    messages: int
    bytes: int
    flying: int
    cut: bool


class Burst(Part, frozen=True):
    """A stretch of time during which the CPU of a node belonged to a process."""

    process: str
    start_ns: int
    end_ns: int


class Spoken(Part, frozen=True):
    """A sentence of the narration, in every language."""

    t: int
    text: dict[str, str]
    kind: str


class Talk(Part, frozen=True):
    """A message of a negotiation (Fig. 14.2)."""

    t: int
    migration: str
    step: int
    sender: NodeName
    receiver: NodeName
    text: Reason
    refused: bool


class Decision(Part, frozen=True):
    """A decision of an Initiator, with the numbers that it compared."""

    t: int
    by: str
    about: str
    did: dict[str, str]
    """What it comes to, by language: `gives P away`."""
    verdict: str
    """`yes`, `no` or `not now`."""
    reason: Reason
    numbers: dict[str, str]


class Belief(Part, frozen=True):
    """What one node believes of another's load, and how it came to that."""

    holder: NodeName
    about: NodeName
    load: int
    """In thousandths."""
    t: int
    """When it was true, as it was told."""
    told_by: NodeName
    """Who told it: the machine itself, or another by hearsay."""
    message: str
    """The message that told it: `n2:17`."""
    heard: int
    """When that message arrived."""
    why: str
    """Why it reckons with another load than it was told, `expected`; empty: it does not."""


class Source(Part, frozen=True):
    """The last event of a kind about something."""

    kind: str
    t: int
    seq: int


class Logged(Part, frozen=True):
    """A line of the human log. It is of the real world: no event, and in no digest."""

    clock: str
    """The time of day: `09:41:07.123`."""
    level: str
    logger: str
    text: str


class Details(Part, frozen=True):
    """What is looked at, more closely."""

    node: NodeName | None
    bursts: tuple[Burst, ...]
    control_block: dict[str, str] | None
    """The process control block, field by field; None: nothing is known."""
    looked_ns: int | None
    """When the control block was looked at: a kernel may be ahead of what is shown."""
    owners: tuple[Owned, ...]
    """Who owns the frames of the node."""
    pages: PageMaps | None
    migration: str | None
    messages: tuple[MessageRow, ...]
    """The latest between nodes, the newest first."""
    letters: tuple[MessageRow, ...]
    """The latest between processes over their links, the newest first: source and destination are names of processes."""
    output: str
    """What the process has written."""
    sources: tuple[Source, ...]
    """Where the number that is asked about comes from, as far as from events: the last of each kind, the latest first."""
    cuts: tuple[CutRow, ...] = ()
    """Of the latest snapshots, in the order in which they began."""
    snapshots: tuple[SnapshotRow, ...] = ()
    """The same ones."""
    left_out: int = 0
    """Messages of the stretch that is looked at, too many to show: the oldest."""


class Question(Part, frozen=True):
    """What the audience is asked, and the answer."""

    number: int
    question: dict[str, str]
    answer: dict[str, str]
    choices: tuple[dict[str, str], ...]
    form: dict[str, str] = {}
    """What an answer is to be, where it is no choice and not free."""


class Chapter(Part, frozen=True):
    """A chapter of a lesson."""

    title: dict[str, str]
    """By language."""
    began_ns: int | None
    """None: it has not begun."""


class Frame(Part, frozen=True):
    """The cluster at one instant."""

    number: int
    now_ns: int
    mode: str
    """`running`, `held`, `stepping`, `waiting` (nothing is left to happen), `over` (the time is up), `asking`,
    `saying` (a lesson waits until what was said has been read), `ended`."""
    factor: float | None
    """Virtual seconds a real second that are wanted; None: as many as possible."""
    reached: float
    """Virtual seconds a real second that there were lately."""
    events: int
    """How many there were so far."""
    nodes: tuple[NodeCard, ...]
    processes: tuple[ProcessRow, ...]
    migrations: tuple[MigrationRow, ...]
    wires: tuple[Wire, ...]
    news: tuple[bytes, ...]
    """Lines of the event stream since the last frame, the newest last."""
    skipped: int
    """How many more there were than these."""
    spoken: tuple[Spoken, ...]
    """Sentences since the last frame."""
    logged: tuple[Logged, ...]
    """Lines of the human log since the last frame."""
    talks: tuple[Talk, ...]
    """The latest messages of negotiations."""
    decisions: tuple[Decision, ...]
    beliefs: tuple[Belief, ...]
    details: Details
    question: Question | None
    policies: dict[str, str]
    """What is in force on most nodes, by what it decides."""
    commands: int
    """How many commands there were from the front."""
    resting: bool = False
    """Time would pass, but stands still while somebody in front reads or chooses."""
    said: dict[str, str] = {}
    """What the script said last, by language."""
    closing: dict[str, tuple[tuple[str, str], ...]] = {}
    """By language, once nothing is left to happen or the time is up: what `run` tells at the end, line by line, each with its kind."""
    pace: str = "real"
    """At which the lesson goes: `lecture`, `auto` or `real`."""
    slow: bool = False
    """Time has slowed down by itself, to show a migration."""
    chapters: tuple[Chapter, ...] = ()
    """Those that have begun, then those to come as far as the script tells."""
    repeats: int = 0
    """Commands of a session that is repeated, which are still to come; giving another means that they do not."""
