"""The names by which scenarios, settings and events call what can be chosen: one list each.

The types of settings and of scenario files are made of these, and so are the prompt's completion, the JSON Schema and the reference page.
What a name stands for is elsewhere: in a table by these names, or in a `match` that mypy finds wanting where a name is forgotten. The names
of strategies are theirs to say: see `nodes.strategies`.
"""

from __future__ import annotations

from typing import Literal, get_args

Scheduler = Literal[
    "round-robin",
    "fcfs",
    "shortest-process-next",
    "shortest-remaining-time",
    "highest-response-ratio-next",
    "feedback",
    "feedback-fixed",
    "priority",
]
"""Who gets the CPU next: `nodes.kernel.scheduler`."""
Replacement = Literal["clock", "lru", "fifo", "aging", "opt"]
"""Which page has to leave its frame: `nodes.kernel.replacement`."""
LoadSharing = Literal[
    "none",
    "sender-initiated",
    "receiver-initiated",
    "symmetric",
    "periodic-sender",
    "periodic-receiver",
    "periodic-symmetric",
]
"""Who moves processes for the sake of load, and when: `nodes.initiator.sharing` and `adaptive`."""
Victim = Literal["newest", "longest-running", "smallest", "most-cpu", "second-heaviest"]
"""Which process goes: `nodes.initiator.policies`."""
Target = Literal["least-loaded", "random", "first-fit", "longest-idle", "mosix"]
"""To which machine: `nodes.initiator.policies`."""
Dissemination = Literal["none", "periodic", "gossip", "on-demand"]
"""How machines learn of one another's load: `nodes.initiator.dissemination`."""
Placement = Literal["home", "least-loaded"]
"""Where new jobs start: `nodes.initiator.placement`."""
Eviction = Literal["home", "renegotiate", "keep-running", "low-priority", "none"]
"""What becomes of guests when an owner comes back: `nodes.initiator.eviction`."""
Redirection = Literal["forward", "update", "home"]
"""How what is sent to a process that has moved finds it: `nodes.kernel.mail`."""
Smoothing = Literal["damping", "mosix"]
"""How measurements become a load: `nodes.initiator.load`."""
Bounces = Literal["refused", "allowed"]
"""What a policy does about a process that comes back too soon: `nodes.initiator.acceptance`."""
SnapshotWay = Literal["markers", "clocks", "poll", "unordered"]
"""How the state of the whole cluster is recorded: `nodes.global_state`, and what checks it in `tuiclu.model.snapshots`."""
NetworkKind = Literal["bus", "switch", "mesh"]
"""What a message needs of the wire: `tuiclu.cluster.wire`."""

SCHEDULERS: tuple[Scheduler, ...] = get_args(Scheduler)
REPLACEMENTS: tuple[Replacement, ...] = get_args(Replacement)
LOAD_SHARING: tuple[LoadSharing, ...] = get_args(LoadSharing)
VICTIMS: tuple[Victim, ...] = get_args(Victim)
TARGETS: tuple[Target, ...] = get_args(Target)
DISSEMINATIONS: tuple[Dissemination, ...] = get_args(Dissemination)
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)
EVICTIONS: tuple[Eviction, ...] = get_args(Eviction)
REDIRECTIONS: tuple[Redirection, ...] = get_args(Redirection)
SNAPSHOT_WAYS: tuple[SnapshotWay, ...] = get_args(SnapshotWay)
NETWORK_KINDS: tuple[NetworkKind, ...] = get_args(NetworkKind)
