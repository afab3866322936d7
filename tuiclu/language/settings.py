"""What can be said of a cluster: its machines, what connects them, and what is in force on them.

A setting has one name, that of its parameter (`load_sharing`, `interval_ns`), wherever events speak of it, and a key by which scenarios
call it (`load-sharing`, `load.interval`). `KEYS` is the only place that knows both.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from nodes.wire.vocabulary import (
    Bounces,
    Dissemination,
    Eviction,
    NetworkKind,
    Placement,
    Redirection,
    Replacement,
    Scheduler,
    Smoothing,
    Target,
    Victim,
)
from tuiclu.language.names import LoadSharing, NewNodeName, NodeName, Part, Settings, Strategy
from tuiclu.language.quantities import Bandwidth, Duration, Load, Pages, Size, Speed, plain


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
    """Precopy: the most rounds before the process is frozen."""
    precopy_few_pages: Pages | None = None
    """Precopy: the number of pages left that is not worth another round."""
    precopy_freeze_goal: Duration | None = None
    """Precopy: freeze as soon as the process would stand still for no longer than this, all told."""
    hybrid_rounds: Annotated[int, Meta(ge=0, le=1000, examples=[1])] | None = None
    """Hybrid: the rounds of precopy before the process is frozen and the rest follows it."""
    prefetch: Annotated[int, Meta(ge=0, le=1024, examples=[4])] | None = None
    """Strategies that leave pages behind: how many pages behind a missing one are fetched with it."""
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
    """How many hundredths of every new measurement go into the load."""
    smoothing: Smoothing | None = None
    """How measurements become the load: by `damping`, or as MOSIX does it, which takes a rise in slowly and tells a fall slowly."""
    high: Load | None = None
    """From this load on a machine tries to get rid of a process."""
    low: Load | None = None
    """Below this load a machine asks for work."""
    gain: Load | None = None
    """How much lighter the target must be, with the process that comes."""
    residence: Duration | None = None
    """How long a process stays where it has come to, at least, before a policy moves it on."""
    bounce: Duration | None = None
    """A process bounces if it comes back to where it left less than this time ago."""
    bounces: Bounces | None = None
    """What is done about it."""
    pressure: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    """A machine whose processes wait for a page this often a second gets no process by any policy."""
    max_age: Duration | None = None
    """Older information about others is not believed."""
    gossip_fanout: Annotated[int, Meta(ge=1, le=100)] | None = None
    """Gossip: how many others are told at a time."""
    gossip_window: Annotated[int, Meta(ge=1, le=250)] | None = None
    """Gossip: how many of the freshest entries go in a message."""
    probes: Annotated[int, Meta(ge=1, le=250)] | None = None
    """How many others are asked, drawn at random: on demand, or one after the other by `sender-initiated` and its like."""
    threshold: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """`sender-initiated` and its like: the number of jobs from which on a machine has enough."""


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
    """The most jobs that a machine admits at once, the others wait to be started; 0: as many as come."""
    eviction: Eviction | None = None
    """What becomes of guests when the owner of a workstation comes back."""
    idle_after: Duration | None = None
    """An owner who has touched no key for this time is away: 30 s."""
    communication: Size | None = None
    """A process that exchanges this much with another node in a second is moved there."""
    guest_memory: Annotated[int, Meta(ge=1, le=100)] | None = None
    """How many hundredths of a machine's memory guests may have."""
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


KEYS: dict[str, str] = {
    "strategy": "strategy",
    "load_sharing": "load-sharing",
    "victim": "victim",
    "target": "target",
    "dissemination": "dissemination",
    "placement": "placement",
    "admission": "admission",
    "eviction": "eviction",
    "idle_after_ns": "idle-after",
    "communication_bytes": "communication",
    "guest_frames_percent": "guest-memory",
    "answer_timeout_ns": "answer-timeout",
    "interval_ns": "load.interval",
    "damping_percent": "load.damping",
    "smoothing": "load.smoothing",
    "high": "load.high",
    "low": "load.low",
    "gain": "load.gain",
    "residence_ns": "load.residence",
    "bounce_ns": "load.bounce",
    "bounces": "load.bounces",
    "pressure": "load.pressure",
    "max_age_ns": "load.max-age",
    "gossip_fanout": "load.gossip-fanout",
    "gossip_window": "load.gossip-window",
    "probes": "load.probes",
    "threshold": "load.threshold",
    "redirection": "redirection",
    "precopy_rounds": "migration.precopy-rounds",
    "precopy_few_pages": "migration.precopy-few-pages",
    "precopy_freeze_goal_ns": "migration.precopy-freeze-goal",
    "hybrid_rounds": "migration.hybrid-rounds",
    "prefetch_pages": "migration.prefetch",
    "flush_to": "migration.flush-to",
    "disk_patience_ns": "migration.disk-patience",
    "batch_pages": "migration.batch",
    "window_batches": "migration.window",
    "offer_timeout_ns": "migration.offer-timeout",
    "transfer_timeout_ns": "migration.transfer-timeout",
}
"""By its name in events: how a scenario calls a setting, below `cluster.policy` or, with `migration.`, below `cluster`."""


def in_force(policy: Policy, migration: MigrationSettings) -> dict[str, Any]:
    """Return what is said of policies and of how pages are moved, by the names of the parameters; what is not said is not there."""
    parts = {"": policy, "load": policy.load, "migration": migration}
    given = {}
    for name, key in KEYS.items():
        part, _, last = key.rpartition(".")
        given[name] = getattr(parts[part], last.replace("-", "_"))
    given["answer_timeout_ns"] = given["answer_timeout_ns"] or migration.offer_timeout
    return {name: plain(value) for name, value in given.items() if value is not None}
