"""Settings of nodes, wires and costs: plain data with a unit in every name.

Nothing here decides anything; the kernel and the engine read it.
"""

from __future__ import annotations

import msgspec

from nodes.wire.vocabulary import (
    Bounces,
    Dissemination,
    Eviction,
    LoadSharing,
    NetworkKind,
    Placement,
    Redirection,
    Replacement,
    Scheduler,
    Smoothing,
    Target,
    Victim,
)

SECOND_NS = 1_000_000_000
PAGE_BYTES = 4096
NEVER_NS = (1 << 63) - 1
"""The end of time, after 292 years: no span is longer, and what is due then, or later, does not happen."""


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Virtual time that a kernel charges for its own work, in nanoseconds.

    The default is a plausible department workstation: a context switch of 10 us, a system call of 1 us.
    """

    context_switch_ns: int = 10_000
    """Charged when the CPU is given to another process than the one that had it last."""
    system_call_ns: int = 1_000
    """Charged for every system call, beside what the call itself waits for."""
    system_call_page_ns: int = 2_000
    """Charged beside it for each page, beyond the first four, that a system call reads, writes or changes: a call that does more takes
    longer. To take code away or to change it costs as much as a thousand pages: all that the CPU knows of it is forgotten."""
    output_byte_ns: int = 100
    """Charged for every byte that a program writes to its standard output or error: 10 MB a second."""
    page_fault_ns: int = 2_000
    """Charged for every page fault that the node can serve from its own memory."""
    image_page_ns: int = 20_000
    """Charged beside `page_fault_ns` when the page is read from the program's image."""
    interrupt_ns: int = 5_000
    """Charged for every message that arrives."""
    process_creation_ns: int = 500_000
    """Charged to start a program: table entry, address space, arguments."""
    migration_fixed_ns: int = 1_000_000
    """Charged at the source and at the destination for every migration: packing and unpacking the control block."""
    migration_page_ns: int = 10_000
    """Charged at the source and at the destination for every page moved: copying it to and from the wire."""


class DiskParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The disk that a node pages to. The default is a plausible workstation's: a seek of 8 ms, 20 MB a second."""

    latency_ns: int = 8_000_000
    """Of every request, beside the time of the transfer."""
    bandwidth_bps: int = 160_000_000


class FileParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that lies on the disk of one node and can be read from all."""

    on: str
    size: int
    seed: int = 0
    """Its bytes follow from it, where there is no `content`."""
    content: bytes = b""


class NodeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hardware and the kernel configuration of one emulated node."""

    name: str
    ips: int = 10_000_000
    """Instructions a second: 10 MIPS."""
    frames: int = 512
    """Physical page frames of 4 KiB: 2 MiB."""
    quantum_ns: int = 20_000_000
    scheduler: Scheduler = "round-robin"
    replacement: Replacement = "clock"
    """Which page leaves its frame when another needs one: `clock`, `lru`, `fifo`, `aging`, or `opt`."""
    disk: DiskParameters = DiskParameters()
    resources: tuple[str, ...] = ()
    """What this node has that others may not (a printer, a licence), by name."""
    costs: Costs = Costs()
    clock: tuple[int, int] | msgspec.UnsetType = msgspec.UNSET
    """By how many nanoseconds its clock is fast at first, and how many microseconds it gains a second; unset: it is right."""


class MigrationParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How processes are moved."""

    strategy: str = "eager-all"
    precopy_rounds: int = 8
    """Precopy: the most rounds before the process is frozen."""
    precopy_few_pages: int = 4
    """Precopy: the number of pages left that is not worth another round."""
    precopy_freeze_goal_ns: int = 0
    """Precopy: freeze as soon as the process would stand still for no longer than this, all told; 0: this rule never holds."""
    hybrid_rounds: int = 1
    """Hybrid: the rounds of precopy before the process is frozen."""
    prefetch_pages: int = 0
    """Strategies that leave pages behind: the number of pages behind a missing one that are fetched with it."""
    flush_to: str = ""
    """Flushing: the node on whose disk the dirty pages are put; empty: the source's own."""
    disk_patience_ns: int = 30 * SECOND_NS
    """How long a process waits for a page on the disk of a node that is down before it dies of it."""
    batch_pages: int = 4
    """Pages in one message."""
    window_batches: int = 16
    """Batches on the way before the source waits for an acknowledgement."""
    offer_timeout_ns: int = 2 * SECOND_NS
    """How long a source waits for the answer to its offer before it gives up."""
    transfer_timeout_ns: int = 10 * SECOND_NS
    """How long a source waits without any progress of a transfer before it aborts."""
    redirection: Redirection = "forward"
    """How what is sent to a process that has moved finds it: `forward`, `update` or `home`."""


AT_ARRIVAL: tuple[LoadSharing, ...] = ("sender-initiated", "symmetric")
AT_END: tuple[LoadSharing, ...] = ("receiver-initiated", "symmetric")
"""Policies of load sharing that decide when a job arrives, and when one ends."""
ADAPTIVE = tuple(dict.fromkeys(AT_ARRIVAL + AT_END))
"""Those that decide at such an event and ask then; no load is told beforehand."""


class InitiatorParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Initiators decide. Loads are in thousandths of a process on a reference machine of 10 MIPS."""

    controls: dict[str, str] = {}
    """By machine: the node on which its Initiator sits. A machine that is not named has its own."""
    resources: dict[str, tuple[str, ...]] = {}
    """What each machine has that others may not: every Initiator knows it, as it knows the machines' names."""
    load_sharing: str = "none"
    """`none`; by events `sender-initiated`, `receiver-initiated`, `symmetric`; by intervals `periodic-sender`, `periodic-receiver`,
    `periodic-symmetric`; or `module:Class`."""
    victim: Victim = "newest"
    target: Target = "least-loaded"
    dissemination: Dissemination = "none"
    placement: Placement = "home"
    """Where a new job starts: `home` (where it was submitted), or `least-loaded`."""
    admission: int = 0
    """The most jobs that a machine admits at once, the others wait to be started; 0: no limit."""
    interval_ns: int = 100_000_000
    """How often a machine measures its load, tells it and decides."""
    damping_percent: int = 50
    """How much of every new measurement goes into the load."""
    smoothing: Smoothing = "damping"
    """How measurements become the load: `damping`, or `mosix`, which takes a rise in slowly and tells a fall slowly."""
    high: int = 1500
    """At this load a machine tries to get rid of a process."""
    low: int = 500
    """Below this load a machine asks for work."""
    gain: int = 500
    """Hysteresis: how much lighter the target must be, with the process that comes."""
    residence_ns: int = 300_000_000
    """How long a process stays where it has come to, at least, before a policy moves it on."""
    bounce_ns: int = 1_000_000_000
    """A process bounces if it comes back to where it left less than this time ago."""
    bounces: Bounces = "refused"
    """What a policy does about it: `refused`, or `allowed` (and it is only named)."""
    max_age_ns: int = 1_000_000_000
    """Older information about others is not believed."""
    gossip_fanout: int = 2
    """Gossip: how many others are told at a time."""
    gossip_window: int = 8
    """Gossip: how many of the freshest entries go in a message."""
    probes: int = 3
    """How many others are asked, drawn at random: for their load on demand, or one after the other by `sender-initiated` and its like."""
    threshold: int = 1
    """`sender-initiated` and its like: the number of jobs from which on a machine has enough."""
    communication_bytes: int = 0
    """A process that exchanges this many bytes a second with one other node is moved there; 0: never."""
    move_fixed_ns: int = 2_000_000
    """What a migration costs, by the costs of the kernels and the speed of the wire: a fixed amount,"""
    move_page_ns: int = 3_300_000
    """and an amount for every page."""
    pressure: int = 20
    """A machine whose processes wait for a page this often a second gets no process by any policy: memory is what is short there."""
    guest_frames_percent: int = 100
    """How much of a machine's memory may be promised to guests."""
    eviction: Eviction = "home"
    """When an owner comes back: `home`, `renegotiate`, `keep-running`, `low-priority`, or `none`."""
    evictions: dict[str, Eviction] = {}
    """By machine, where it has a policy of its own."""
    idle_after_ns: int = 30 * SECOND_NS
    """An owner who has touched no key for this time is away (Sprite: 30 s)."""
    owners: dict[str, str] = {}
    """Machines that somebody owns, and how their owner is at the start: `active` or `idle`."""
    answer_timeout_ns: int = 2 * SECOND_NS
    """How long an Initiator waits for the answer to *Will you take P?*; a promise is good for twice as long."""

    @property
    def shares(self) -> bool:
        """Whether any policy asks for others' load."""
        return self.load_sharing not in ("none", *ADAPTIVE) or self.placement != "home"

    @property
    def watched(self) -> bool:
        """Whether Initiators measure, tell and decide by themselves from time to time, or only answer."""
        return (
            self.load_sharing != "none"
            or self.dissemination != "none"
            or self.communication_bytes > 0
            or self.admission > 0
        )


class NetworkParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wire: one bus that all share, a switch with a line to each node, or a mesh with a line for each pair of nodes."""

    kind: NetworkKind = "bus"
    """`bus`, `switch` or `mesh`."""
    bandwidth_bps: int = 10_000_000
    latency_ns: int = 1_000_000
    detection_ns: int = 200_000_000
    """From the crash of a node until the others are told that their connection to it is broken."""


CALLS_HOME, BY_POLICY = "user", "os"
"""Who initiated a migration: a machine that calls its own home does it for its user."""
