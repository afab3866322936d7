"""What a scenario file may say: its types, and nothing that is done with them.

The parser reads files by these types, and the published JSON Schema is made from them; the strings below the attributes
are its descriptions. To add a verb to the script, add an attribute of `Step` here, with a struct where one value is not
enough, and a row of `compile.VERBS`. To add an expectation, add a struct here and to `AnyExpectation`, and a row of
`expectations.JUDGES`. Names in a file are checked wherever they stand, by the types below that say what they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

import msgspec
from msgspec import Meta

import nodes.strategies
from nodes.wire.vocabulary import LOAD_SHARING as LOAD_SHARING
from nodes.wire.vocabulary import SCHEDULERS as SCHEDULERS
from nodes.wire.vocabulary import Bounces as Bounces
from nodes.wire.vocabulary import Dissemination as Dissemination
from nodes.wire.vocabulary import Eviction as Eviction
from nodes.wire.vocabulary import NetworkKind as NetworkKind
from nodes.wire.vocabulary import Placement as Placement
from nodes.wire.vocabulary import Redirection as Redirection
from nodes.wire.vocabulary import Replacement as Replacement
from nodes.wire.vocabulary import Scheduler as Scheduler
from nodes.wire.vocabulary import Smoothing as Smoothing
from nodes.wire.vocabulary import Target as Target
from nodes.wire.vocabulary import Victim as Victim
from tuiclu.scenario.quantities import Bandwidth, Duration, Factor, Load, Pages, Size, Speed
from tuiclu.texts import LANGUAGES

FORMAT = 1
"""The version of this format: the value of `tuiclu:`."""

SPOKEN = ("en", "es")
"""Languages in which events always have what a scenario says, whatever catalogues there are; a further one only if the scenario has it."""
MAX_NODES = 250
MIN_MEMORY_BYTES = 16 * 1024
MAX_SEED = 2**63 - 1

STRATEGIES = tuple(nodes.strategies.STRATEGIES)
SignalName = Literal[
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGABRT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGKILL",
]
DeadlySignal = Annotated[str, Meta(pattern="^SIG[A-Z0-9]{2,10}$")]
Outcome = Literal["completed", "refused", "aborted", "lost", "unfinished"]
ProcessState = Literal["new", "ready", "running", "blocked", "stopped", "frozen", "exited", "lost"]
"""How a process can be when the run has ended; `lost`: it went down with its node."""


class Name(msgspec.Struct, frozen=True):
    """What a text that is a name names, and whether it makes the name or uses it: notes for the parser."""

    of: str
    new: bool = False

    def notes(self) -> dict[str, Name]:
        return {"name": self}


NODE_PATTERN = "^[a-z][a-z0-9-]*$"
PROCESS_PATTERN = "^[A-Za-z][A-Za-z0-9_-]*$"
PROCESS_OR_PID_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*(\.[1-9][0-9]*)?$"
USERS_CLASS_PATTERN = "[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_]*"
STRATEGY_PATTERN = f"^([a-z][a-z-]*|{USERS_CLASS_PATTERN})$"
LOAD_SHARING_PATTERN = f"^({'|'.join(LOAD_SHARING)}|{USERS_CLASS_PATTERN})$"
FILE_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9._-]*$"
VARIABLE_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$"

NodeName = Annotated[str, Meta(pattern=NODE_PATTERN, extra=Name("node").notes())]
NewNodeName = Annotated[str, Meta(pattern=NODE_PATTERN, extra=Name("node", new=True).notes())]
ProcessName = Annotated[str, Meta(pattern=PROCESS_OR_PID_PATTERN, extra=Name("process").notes())]
"""One process, by its name or its pid."""
ProcessOrGroupName = Annotated[str, Meta(pattern=PROCESS_OR_PID_PATTERN, extra=Name("process or group").notes())]
"""One process, or all that one definition stands for."""
Processes = ProcessOrGroupName | tuple[ProcessOrGroupName, ...]
"""One or more processes or groups."""
NewProcessName = Annotated[str, Meta(pattern=PROCESS_PATTERN, extra=Name("process", new=True).notes())]
Strategy = Annotated[str, Meta(pattern=STRATEGY_PATTERN, extra=Name("strategy").notes(), examples=list(STRATEGIES))]
"""How an address space is moved: by a strategy's name, or as `module:Class` by a class of one's own beside the scenario."""
EventKind = Annotated[str, Meta(extra=Name("event").notes(), examples=["migration.resumed"])]
FileName = Annotated[str, Meta(pattern=FILE_PATTERN, extra=Name("file", new=True).notes())]
VariableName = Annotated[str, Meta(pattern=VARIABLE_PATTERN, extra=Name("variable", new=True).notes())]
LanguageName = Annotated[str, Meta(pattern=f"^({'|'.join(LANGUAGES)})$", extra=Name("language").notes())]


LoadSharing = Annotated[str, Meta(pattern=LOAD_SHARING_PATTERN, extra=Name("policy").notes())]
"""One of ours, or a class of the user's own."""


class Argument(str):
    """A text as it was written: numbers, `true` and `false` need no quotes, and keep their digits."""


Text = str | dict[LanguageName, str]
"""For people: one text, or one for each language."""


def in_every_language(text: Text) -> dict[str, str]:
    """Return the text by language; a language that has none gets the first that there is."""
    given: dict[str, str] = {SPOKEN[0]: text} if isinstance(text, str) else text
    first = next(iter(given.values()), "")
    return {language: given.get(language, first) for language in SPOKEN} | given


class Part(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Base of all mappings of the format: keys in kebab case, unknown keys refused."""


class Settings(Part, frozen=True):
    """Base of mappings that may be left empty: what is not said stays as it is in every cluster."""


# -------------------------------------------------------------------------------------------------------------- cluster


class Network(Settings, frozen=True):
    """The wire between the nodes."""

    kind: NetworkKind = "bus"
    """`bus`: one wire that all share; `switch`: each node has one line, full duplex, into a switch; `mesh`: a line of its own for each pair
    of nodes."""
    bandwidth: Bandwidth | None = None
    latency: Duration | None = None
    """From the last bit sent to its arrival. More than 0: it is how far nodes may run ahead of one another."""
    detection: Duration | None = None
    """From the crash of a node until the others are told that their connection to it is broken."""


class DiskSettings(Settings, frozen=True):
    """The disk that a node pages to."""

    latency: Duration | None = None
    """Of every request: the seek."""
    bandwidth: Bandwidth | None = None


class Rhythm(Part, frozen=True):
    """An owner who comes and goes for as long as the run lasts. Away at first; each time lasts from half to one and a half times what is
    said here, drawn from the seed."""

    busy: Duration
    """For how long the owner is at the workstation, in the mean."""
    away: Duration
    """For how long the owner is away, in the mean."""


class ClockSettings(Settings, frozen=True):
    """How wrong a node's clock is: what programs see of the date, and snapshots by clocks."""

    fast: Duration | None = None
    """By so much when the run begins."""
    slow: Duration | None = None
    """By so much when the run begins."""
    drift: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None
    """Microseconds that it gains a second; negative: it loses them."""


class NodeSettings(Settings, frozen=True):
    """The hardware of a node, and the configuration of its kernel."""

    mips: Speed | None = None
    """Millions of instructions a second, or with a unit: `25 MIPS`, `1.5 GIPS`."""
    memory: Size | None = None
    """At least 16 KiB, in frames of 4 KiB."""
    quantum: Duration | None = None
    """For how long a process may have the CPU before others get it."""
    scheduler: Scheduler | None = None
    replacement: Replacement | None = None
    """Which page leaves its frame when another needs one."""
    disk: DiskSettings | None = None
    resources: tuple[str, ...] | None = None
    """What this node has that others may not: a printer, a licence."""
    clock: ClockSettings | None = None
    """How wrong its clock is: `{fast: 200 ms}`, `{slow: 1 s, drift: 50}`."""
    owner: Literal["active", "idle"] | Rhythm | None = None
    """Somebody owns this workstation, and is at it (`active`) or away (`idle`) when the run begins; or comes and goes:
    `{busy: 10 s, away: 20 s}`."""
    eviction: Eviction | None = None
    """What becomes of guests on this node when its owner comes back, if not the same as everywhere."""


class CostSettings(Settings, frozen=True):
    """Virtual time that a kernel charges for its own work."""

    context_switch: Duration | None = None
    """When the CPU is given to another process than the one that had it last."""
    system_call: Duration | None = None
    """For every system call, beside what the call itself waits for."""
    system_call_page: Duration | None = None
    """For each page, beyond the first four, that a system call reads, writes or changes; a thousandfold where code changes."""
    output_byte: Duration | None = None
    """For every byte that a program writes to its standard output or error."""
    page_fault: Duration | None = None
    """For every page fault that the node can serve from its own memory."""
    image_page: Duration | None = None
    """Beside `page-fault`, when the page is read from the program's image."""
    interrupt: Duration | None = None
    """For every message that arrives."""
    process_creation: Duration | None = None
    """To start a program: table entry, address space, arguments."""
    migration_fixed: Duration | None = None
    """At the source and at the destination, for every migration."""
    migration_page: Duration | None = None
    """At the source and at the destination, for every page moved."""


class MigrationSettings(Settings, frozen=True):
    """How pages are moved."""

    precopy_rounds: Annotated[int, Meta(ge=1, le=1000, examples=[8])] | None = None
    """Precopy: at most so many rounds before the process is frozen."""
    precopy_few_pages: Pages | None = None
    """Precopy: so few pages left are not worth another round."""
    precopy_freeze_goal: Duration | None = None
    """Precopy: freeze as soon as the process would stand still for no longer than this, all told."""
    hybrid_rounds: Annotated[int, Meta(ge=0, le=1000, examples=[1])] | None = None
    """Hybrid: so many rounds of precopy before the process is frozen and the rest follows it."""
    prefetch: Annotated[int, Meta(ge=0, le=1024, examples=[4])] | None = None
    """Strategies that leave pages behind: so many pages behind a missing one are fetched with it."""
    flush_to: NodeName | None = None
    """Flushing: the node on whose disk the dirty pages are put; without it, the source's own."""
    disk_patience: Duration | None = None
    """How long a process waits for a page on the disk of a node that is down before it dies of it."""
    batch: Pages | None = None
    """Pages in one message."""
    window: Annotated[int, Meta(ge=1, le=10_000, examples=[8])] | None = None
    """Batches on the way before the source waits for an acknowledgement."""
    offer_timeout: Duration | None = None
    """How long a source waits for the answer to its offer before it gives up."""
    transfer_timeout: Duration | None = None
    """How long a source waits without any progress of a transfer before it aborts."""


class LoadSettings(Settings, frozen=True):
    """How load is measured, and how much of it is too much. A load of 1 is one process on a machine of 10 MIPS."""

    interval: Duration | None = None
    """How often a machine measures its load, tells it and decides."""
    damping: Annotated[int, Meta(ge=1, le=100)] | None = None
    """So many hundredths of every new measurement go into the load."""
    smoothing: Smoothing | None = None
    """How measurements become the load: by `damping`, or as MOSIX does it, which takes a rise in slowly and tells a fall slowly."""
    high: Load | None = None
    """From this load on a machine tries to get rid of a process."""
    low: Load | None = None
    """Below this load a machine asks for work."""
    gain: Load | None = None
    """The target must be lighter by so much, with the process that comes."""
    residence: Duration | None = None
    """A process stays where it has come to for at least so long before a policy moves it on."""
    bounce: Duration | None = None
    """A process that comes back to where it left less than so long ago bounces."""
    bounces: Bounces | None = None
    """What is done about it."""
    pressure: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    """A machine whose processes wait so often a second for a page gets no more by any policy."""
    max_age: Duration | None = None
    """Older information about others is not believed."""
    gossip_fanout: Annotated[int, Meta(ge=1, le=100)] | None = None
    """Gossip: to so many others at a time."""
    gossip_window: Annotated[int, Meta(ge=1, le=250)] | None = None
    """Gossip: so many of the freshest entries in a message."""
    probes: Annotated[int, Meta(ge=1, le=250)] | None = None
    """So many others are asked, drawn at random: on demand, or one after the other by `sender-initiated` and its like."""
    threshold: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """`sender-initiated` and its like: from so many jobs on a machine has enough."""


class Policy(Settings, frozen=True):
    """What the cluster does unless a step says otherwise."""

    strategy: Strategy | None = None
    """How an address space is moved."""
    load_sharing: LoadSharing | None = None
    """Who begins when loads differ; or a policy of your own as `module:Class`, a Python file beside the scenario."""
    victim: Victim | None = None
    """Which process leaves a loaded machine."""
    target: Target | None = None
    """Which machine it is offered to."""
    dissemination: Dissemination | None = None
    """How machines tell each other their loads; without it `periodic` if anything is shared."""
    placement: Placement | None = None
    """Where a new job starts: where it was submitted, or where the load is least."""
    admission: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    """So many jobs a machine admits at once, the others wait to be started; 0: as many as come."""
    eviction: Eviction | None = None
    """What becomes of guests when the owner of a workstation comes back."""
    idle_after: Duration | None = None
    """An owner who has touched no key for so long is away: 30 s."""
    communication: Size | None = None
    """A process that exchanges so much with another node in a second is moved there."""
    guest_memory: Annotated[int, Meta(ge=1, le=100)] | None = None
    """So many hundredths of a machine's memory guests may have."""
    answer_timeout: Duration | None = None
    """How long an Initiator waits for an answer."""
    load: LoadSettings = LoadSettings()
    redirection: Redirection | None = None
    """How what is sent to a process that has moved finds it: `forward` (forwarding addresses), `update` (all who talk to it are told before
    the commit), `home` (all its mail goes by its home)."""


class Cluster(Part, frozen=True):
    """The machines and what connects them."""

    nodes: dict[NewNodeName, NodeSettings]
    """By name, each with what differs from the defaults: `n1: {}`."""
    network: Network = Network()
    defaults: NodeSettings = NodeSettings()
    """What holds for every node that does not say otherwise."""
    costs: CostSettings = CostSettings()
    migration: MigrationSettings = MigrationSettings()
    policy: Policy = Policy()
    initiators: dict[NodeName, tuple[NodeName, ...]] = {}
    """Who decides for which machines: `{n1: [n1, n2]}`. A machine that is not named has an Initiator of its own."""


# ------------------------------------------------------------------------------------------------------------ processes


class Launch(Part, frozen=True):
    """A program and what it is started with."""

    program: str
    """The name of a bundled program, or the path of an ELF file relative to the scenario."""
    args: dict[str, Argument] | tuple[Argument, ...] = ()
    """Named arguments of a bundled program, or a list that reaches `main` as argv[1..]."""
    environment: dict[VariableName, Argument] = {}
    stdin: str = ""
    """What it finds on its standard input."""
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    """Larger is more urgent."""
    estimate: Duration | None = None
    """The CPU time that the user expects it to need, for schedulers that ask."""


class Arrivals(Part, frozen=True):
    """Jobs that come one after the other, at instants that are drawn from the seed."""

    every: Duration
    """The mean time between two of them."""
    batch: Annotated[int, Meta(ge=1, le=100)] = 1
    """So many come together each time."""
    spread: Literal["exponential", "uniform", "regular"] = "exponential"
    """`exponential`: a Poisson process; `uniform`: from half to one and a half times the mean; `regular`: always the same time."""
    nodes: Literal["at-random", "in-turn"] = "at-random"
    """Which of the nodes in `on` gets the next one."""
    vary: dict[str, tuple[Argument, ...]] = {}
    """By the name of an argument: the values of which one is drawn for each."""


class ProcessDefinition(Launch, frozen=True, kw_only=True):
    """A process; with `count`, or a list in `on`, several of one kind: P1, P2, ... on the nodes in turn."""

    on: NodeName | tuple[NodeName, ...]
    count: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    start: Duration | None = None
    """The instant at which it is created; without it, 0."""
    arrivals: Arrivals | None = None
    """They come one after the other, the first some time after `start`; without `count` there is no end of them."""


# --------------------------------------------------------------------------------------------------------------- script


class When(Part, frozen=True):
    """A condition: an event of this kind, with these values in its fields."""

    event: EventKind
    process: Processes | None = None
    """The process that the event is about, or one of them."""
    node: NodeName | None = None
    """The node where it happens."""
    pages: Pages | None = None
    """As soon as such events have told of so many pages together."""
    count: Annotated[int, Meta(ge=1)] = 1
    """The Nth such event."""
    after: Duration | None = None
    """That long after it."""
    fields: dict[str, str | int | float | bool] = {}
    """Any further key is a field of the event, and the value that it must have."""


FURTHER_KEYS: dict[type, str] = {When: "fields"}
"""Structs that take keys beyond their own, and the attribute that collects these. See also behind `EventExpectation`."""


class Migrate(Part, frozen=True):
    """Move a process to another node."""

    process: ProcessName
    to: NodeName
    strategy: Strategy | None = None


class Spawn(Launch, frozen=True, kw_only=True):
    """Start a program as a new process."""

    name: NewProcessName
    on: NodeName


class SendSignal(Part, frozen=True):
    """Send a signal to a process, wherever it is."""

    process: ProcessName
    signal: SignalName


class Crash(Part, frozen=True):
    """Kill a node, for real: its memory is lost."""

    node: NodeName
    signal: DeadlySignal = "SIGKILL"
    """What killed it from outside, in a session that was saved."""


class Slow(Part, frozen=True):
    """Run a node's CPU at a share of its full speed from now on."""

    node: NodeName
    factor: Factor


class Partition(Part, frozen=True):
    """Cut the wire between two groups of nodes: `from` and `to` one way only, `nodes` and `others` both ways."""

    nodes: tuple[NodeName, ...] | None = None
    others: tuple[NodeName, ...] | None = None
    """Without it: every node that is not in `nodes`."""
    one_way: bool = False
    """Only from `nodes` to `others`; the other direction still works."""
    from_: NodeName | tuple[NodeName, ...] | None = msgspec.field(default=None, name="from")
    to: NodeName | tuple[NodeName, ...] | None = None


class Heal(Part, frozen=True):
    """Join what a partition cut, between two groups of nodes."""

    nodes: tuple[NodeName, ...]
    others: tuple[NodeName, ...] | None = None
    """Without it: every node that is not in `nodes`."""


class Stay(Part, frozen=True):
    """No policy may move a process, or those of a node: name one of the two."""

    process: ProcessName | None = None
    node: NodeName | None = None
    lifted: bool = False
    """Policies may move them again."""


class Block(Part, frozen=True):
    """A node refuses guests."""

    node: NodeName
    lifted: bool = False
    """It takes guests again."""


class Shutdown(Part, frozen=True):
    """Announce that a node goes down: its processes leave first."""

    node: NodeName
    in_: Duration = msgspec.field(name="in")
    """How long it is until then."""


class Snapshot(Part, frozen=True):
    """Record the state of the whole cluster while it runs; without `from`, the first node begins."""

    from_: NodeName | tuple[NodeName, ...] | None = msgspec.field(default=None, name="from")
    """Who begins; of a poll the observer, who is one."""
    way: Literal["markers", "clocks", "poll"] = "markers"
    """`markers`: the algorithm of Chandy and Lamport. The wrong ways, to compare: `clocks`, every node when its own clock shows `at`;
    `poll`, the observer asks one node after the other."""
    at: Duration | None = None
    """Of `clocks`: what a node's clock shows when it records its state."""


class Change(Policy, frozen=True):
    """What is to be in force from now on; all that is not said stays as it is."""

    migration: MigrationSettings = MigrationSettings()
    """How pages are moved."""
    on: NodeName | tuple[NodeName, ...] | None = None
    """Only for the Initiators of these nodes; without it, for all."""


class Ask(Part, frozen=True):
    """A question to the audience, and its answer. A screen stops here until somebody has answered."""

    question: Text
    answer: Text
    choices: tuple[Text, ...] = ()
    """What can be answered, if it is not free."""


class Step(Part, frozen=True):
    """One step of the script: `at` an instant, `when` something happens, `whenever` it does or `every` so often, and one verb."""

    at: Duration | None = None
    """The instant; with `every`, the first one."""
    when: When | None = None
    """Once, when this happens."""
    whenever: When | None = None
    """Each time that this happens: with `count: 3`, each third time."""
    every: Duration | None = None
    """Again and again, for as long as the run lasts; without `at`, for the first time when so long has passed."""
    jitter: Duration | None = None
    """With `every`: each time later by up to so much, drawn from the seed."""
    by: Literal["user", "outside"] | None = None
    """Who asks for it, in a session that was saved: somebody at the screen, or a real signal. Without it: the script."""

    migrate: Migrate | None = None
    """Move a process to another node."""
    cancel: ProcessName | None = None
    """Give up the migration of a process that is under way, before its commit point."""
    spawn: Spawn | None = None
    """Start a program as a new process."""
    kill: ProcessName | None = None
    """End a process by SIGKILL."""
    signal: SendSignal | None = None
    """Send a signal to a process; it follows one that moves."""
    crash: NodeName | Crash | None = None
    """Kill a node, for real: its memory is lost."""
    restart: NodeName | None = None
    """Start a crashed node again, with empty memory."""
    pause: NodeName | None = None
    """Stop a node, for real: it does nothing, and messages to it wait."""
    resume: NodeName | None = None
    """Let a paused node go on."""
    slow: Slow | None = None
    """Run a node's CPU at a share of its full speed from now on."""
    partition: tuple[NodeName, ...] | Partition | None = None
    """Cut these nodes off from all others, or one group from another."""
    heal: Literal[True] | tuple[NodeName, ...] | Heal | None = None
    """`true`: join all that was cut; or join these nodes with all others, or one group with another."""
    activate: NodeName | None = None
    """The owner of a workstation touches a key: guests may have to leave."""
    idle: NodeName | None = None
    """The owner of a workstation leaves it."""
    stay: Stay | None = None
    """No policy may move a process, or those of a node."""
    block: NodeName | Block | None = None
    """A node refuses guests."""
    expel: NodeName | None = None
    """A node sends all its guests home, and refuses others."""
    bring: NodeName | None = None
    """A node calls all its processes home."""
    shutdown: Shutdown | None = None
    """Announce that a node goes down: its processes leave first."""
    set: Change | None = None
    """Change policies, the strategy, and what goes with them, while the cluster runs."""
    snapshot: NodeName | Snapshot | None = None
    """Record the state of the whole cluster; this node begins."""
    say: Text | None = None
    """Tell the audience something."""
    ask: Ask | None = None
    """Ask the audience something."""
    stop: Literal[True] | None = None
    """`true`: end the run."""


TIMING = ("at", "when", "whenever", "every", "jitter", "by")
"""What a step has beside its verb."""
VERB_NAMES: tuple[str, ...] = tuple(field for field in Step.__struct_fields__ if field not in TIMING)


# --------------------------------------------------------------------------------------------------------- expectations


class ProcessExpectation(Part, frozen=True):
    """How a process is in the end: each key that is given must hold."""

    process: Processes
    exit: Annotated[int, Meta(ge=0, le=255)] | None = None
    """Its exit status."""
    output: str | None = None
    """All that it wrote, to standard output and standard error."""
    signal: str | None = None
    """The signal that ended it: `SIGKILL`."""
    state: ProcessState | None = None
    on: NodeName | None = None
    """The node where it is, or was last."""


class MigrationFilter(Part, frozen=True):
    """Which migrations, and how many of them; without `count`, at least one."""

    of: Processes | None = None
    outcome: Outcome | None = None
    strategy: Strategy | None = None
    initiated_by: Literal["user", "os", "process", "eviction", "shutdown"] | None = None
    refused_at: Annotated[int, Meta(ge=0, le=7)] | None = None
    """The step of the negotiation."""
    to: NodeName | None = None
    frozen_because: Literal["few pages left", "freeze goal", "no gain", "round limit"] | None = None
    """The rule by which precopy ended its rounds."""
    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None


class MigrationsExpectation(Part, frozen=True):
    """How many migrations there were."""

    migrations: MigrationFilter


class FreezeBound(Part, frozen=True):
    """The limit, and for which process; without `of`, for every one that moved."""

    below: Duration
    of: Processes | None = None


class FreezeExpectation(Part, frozen=True):
    """For how long a process stood still at a time, from its freezing until it went on, whatever it was to be moved for."""

    freeze: FreezeBound


class PagesBound(Part, frozen=True):
    """Limits for a number in the results of each completed migration of a process; without a limit, at least 1."""

    of: Processes
    figure: Literal["before-resume", "after-resume", "resent", "kept", "remote-faults", "disk-faults", "rounds"]
    """Pages that went before the process went on, or after; that went more than once; that were left behind. Faults served from another
    node's memory, or from a disk. Sets of pages that were sent."""
    strategy: Strategy | None = None
    """Only of migrations by this strategy."""
    to: NodeName | None = None
    """Only of migrations to this node."""
    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None


class PagesExpectation(Part, frozen=True):
    """How many pages went, when, and why."""

    pages: PagesBound


class FaultsBound(Part, frozen=True):
    """How many pages had to be brought into a frame for each of these processes; without a limit, at least 1."""

    of: Processes
    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None


class FaultsExpectation(Part, frozen=True):
    """How often a page was missing: new, of the program, on a disk or on another node."""

    page_faults: FaultsBound


class ResidualDependencies(Part, frozen=True):
    """On whom a process depended when it had gone on, for pages or for its mail; without nodes, on nobody."""

    of: Processes
    strategy: Strategy | None = None
    """Only after migrations by this strategy."""
    to: NodeName | None = None
    """Only after migrations to this node."""
    memory: tuple[NodeName, ...] = ()
    """The nodes that had pages of it in memory."""
    disk: tuple[NodeName, ...] = ()
    """The nodes that had pages of it on disk."""
    mail: tuple[NodeName, ...] = ()
    """The nodes that passed on mail of its links."""


class ResidualExpectation(Part, frozen=True):
    """Whom a process still needed after it had moved."""

    residual: ResidualDependencies


class TurnaroundBound(Part, frozen=True):
    """The limits, and of which process."""

    of: Processes
    below: Duration | None = None
    above: Duration | None = None
    mean_below: Duration | None = None
    """Of all of them together."""
    mean_above: Duration | None = None


class TurnaroundExpectation(Part, frozen=True):
    """From the start of a process to its end."""

    turnaround: TurnaroundBound


class EventExpectation(Part, frozen=True):
    """How many events of a kind there were; without a number, at least one."""

    event: EventKind
    process: Processes | None = None
    """The process that the event is about, or one of them."""
    node: NodeName | None = None
    """The node where it happens."""
    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None
    fields: dict[str, str | int | float | bool] = {}
    """Any further key is a field of the event, and the value that it must have."""


FURTHER_KEYS[EventExpectation] = "fields"


class EvictionFilter(Part, frozen=True):
    """Which evictions, and how they went."""

    of: NodeName
    policy: Eviction | None = None
    count: Annotated[int, Meta(ge=1)] | None = None
    """So many; without it, at least one."""
    within: Duration | None = None
    """Each was over after so long."""
    remain: Annotated[int, Meta(ge=0)] | None = None
    """So many guests were left there, all together."""


class EvictionsExpectation(Part, frozen=True):
    """Guests had to leave a node."""

    evictions: EvictionFilter


class SnapshotExpectation(Part, frozen=True):
    """What a snapshot came to: each key that is given must hold."""

    snapshot: Annotated[int, Meta(ge=1)]
    """Its number in the run, from 1."""
    outcome: Literal["completed", "failed", "unfinished"] = "completed"
    consistent: bool | None = None
    """Whether no message is received in it that is not sent."""
    totals: dict[str, int] | None = None
    """What processes and messages have together, of each quantity that is named."""


class InvariantsExpectation(Part, frozen=True):
    """No invariant was ever violated."""

    invariants: Literal["hold"]


AnyExpectation = (
    ProcessExpectation
    | MigrationsExpectation
    | FreezeExpectation
    | PagesExpectation
    | FaultsExpectation
    | ResidualExpectation
    | TurnaroundExpectation
    | EventExpectation
    | EvictionsExpectation
    | SnapshotExpectation
    | InvariantsExpectation
)

EXPECTATIONS: dict[str, type[Part]] = {
    struct.__struct_encode_fields__[0]: struct for struct in get_args(AnyExpectation)
}
"""By the key that tells an expectation from the others."""

if TYPE_CHECKING:
    Expectation = AnyExpectation
else:

    class Expectation:
        """`AnyExpectation` for msgspec, which knows no union of structs that differ in their keys."""


# ------------------------------------------------------------------------------------------------------------- the file


class FileDefinition(Part, frozen=True):
    """A file that lies on the disk of one node, and that processes everywhere can read: by its name."""

    on: NodeName
    size: Size | None = None
    """Its bytes are pseudo-random then."""
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 0
    content: Annotated[str, Meta(min_length=1)] | None = None
    """Its text, in place of a size."""


class ScenarioFile(Part, frozen=True, kw_only=True):
    """A scenario of tuiclu: a cluster, the processes on it, what is done to them and what must come of it."""

    tuiclu: Literal[1]
    """The version of this format."""
    title: Text = ""
    about: Text = ""
    """What to watch for, in a few sentences."""
    pace: Literal["lecture", "auto", "real"] | None = None
    """On the screen: `lecture` waits for a key after each `say` and slows migrations down; `auto` waits for as long as reading takes;
    `real`, the default, does neither. The demos go at the pace of a lecture. It changes no event."""
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] = 0
    """Of all that is random; equal seeds give equal runs."""
    cluster: Cluster
    files: dict[FileName, FileDefinition] = {}
    """Files that lie on nodes, by their names: `big.dat: {on: n2, size: 1 MiB}`."""
    processes: dict[NewProcessName, ProcessDefinition] = {}
    script: tuple[Step, ...] = ()
    until: Duration | None = None
    """An upper bound of virtual time; a run ends by itself when nothing is left to happen."""
    expect: tuple[Expectation, ...] = ()
    """What must hold at the end; it decides the exit status."""
