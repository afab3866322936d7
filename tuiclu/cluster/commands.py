"""The one command language: what a script, a key or a prompt can ask of a running cluster.

Commands are imperative and carry names only. The engine checks them against the cluster as it is when they are due, and answers
one that makes no sense then (a migration of a process that has exited) with a `command.refused` event, never with a crash.
"""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, tag_field="verb", tag=str.lower, forbid_unknown_fields=True):
    """Base of all commands."""


class Migrate(Command, frozen=True):
    """Move a process to another node."""

    process: str
    """Its name in the scenario, or its pid."""
    to: str
    strategy: str | None = None
    """A registered strategy; None: the one the cluster is set to."""


class Cancel(Command, frozen=True):
    """Give up the migration of a process that is under way, before its commit point: the process stays where it is."""

    process: str


class Spawn(Command, frozen=True):
    """Start a program as a new process."""

    name: str
    program: str
    """The name under which its image was registered with the cluster."""
    on: str
    argv: tuple[str, ...]
    environment: tuple[str, ...] = ()
    stdin: bytes = b""
    priority: int = 0
    """Larger is more urgent."""
    estimate_ns: int | None = None
    """The CPU time that the user expects it to need, for schedulers that ask."""


class Kill(Command, frozen=True):
    """End a process by SIGKILL."""

    process: str


class Signal(Command, frozen=True):
    """Send a signal to a process, wherever it is: it goes by mail, and follows one that moves."""

    process: str
    signal: str
    """By name: `SIGUSR1`."""


class Crash(Command, frozen=True, omit_defaults=True):
    """Kill a node with a real SIGKILL: its memory is lost."""

    node: str
    signal: str = "SIGKILL"
    """By name. Another one has killed it from outside, and is told as the cause when the session is repeated."""


class Restart(Command, frozen=True):
    """Start a crashed node again, as a new process with empty memory."""

    node: str


class Pause(Command, frozen=True):
    """Stop a node with a real SIGSTOP: it does nothing, and messages to it wait."""

    node: str


class Resume(Command, frozen=True):
    """Let a paused node go on (SIGCONT)."""

    node: str


class Slow(Command, frozen=True):
    """Run a node's CPU at a share of its speed from now on."""

    node: str
    percent: int
    """Of the speed that its parameters give: 100 is full speed."""


class Partition(Command, frozen=True):
    """Cut the wire between two groups of nodes: what one sends to the other waits until `heal`."""

    nodes: tuple[str, ...]
    """One side."""
    others: tuple[str, ...] = ()
    """The other side; empty: every node that is not in `nodes`."""
    one_way: bool = False
    """Only from `nodes` to `others`; the other direction still works."""


class Heal(Command, frozen=True):
    """Undo all partitions, or those between two groups."""

    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Activate(Command, frozen=True):
    """The owner of a workstation touches a key."""

    node: str


class Idle(Command, frozen=True):
    """The owner of a workstation leaves it."""

    node: str


class Stay(Command, frozen=True):
    """No policy may move a process, or those of a node."""

    process: str | None = None
    node: str | None = None
    lifted: bool = False
    """Policies may again."""


class Block(Command, frozen=True):
    """A node refuses guests."""

    node: str
    lifted: bool = False
    """It takes guests again."""


class Expel(Command, frozen=True):
    """A node sends all its guests home, and is blocked."""

    node: str


class Bring(Command, frozen=True):
    """A node calls all its processes home."""

    node: str


class Shutdown(Command, frozen=True):
    """Announce that a node will go down: its processes leave first."""

    node: str
    in_ns: int = 0


class Set(Command, frozen=True):
    """Let something else be in force from now on: policies, the strategy, and the numbers that go with them."""

    changes: dict[str, str | int]
    """By the names of `MigrationParameters` and `InitiatorParameters`."""
    on: tuple[str, ...] = ()
    """For the Initiators of these machines; empty: for all."""


class Snapshot(Command, frozen=True, omit_defaults=True):
    """Record the state of the whole cluster while it runs."""

    nodes: tuple[str, ...] = ()
    """Who begins; of a poll the observer."""
    way: str = "markers"
    """`markers`, `clocks` or `poll`."""
    clock_ns: int = 0
    """Of `clocks`: what a node's own clock shows when it records its state."""


class Say(Command, frozen=True):
    """Tell the audience something."""

    text: dict[str, str]
    """By language: `en`, `es`."""


class Ask(Command, frozen=True):
    """Ask the audience something; a screen stops until somebody has answered."""

    question: dict[str, str]
    """By language: `en`, `es`."""
    answer: dict[str, str]
    choices: tuple[dict[str, str], ...] = ()
    """What can be answered; empty: anything."""


class Stop(Command, frozen=True):
    """End the run."""


AnyCommand = (
    Migrate
    | Cancel
    | Spawn
    | Kill
    | Signal
    | Crash
    | Restart
    | Pause
    | Resume
    | Slow
    | Partition
    | Heal
    | Activate
    | Idle
    | Stay
    | Block
    | Expel
    | Bring
    | Shutdown
    | Set
    | Snapshot
    | Say
    | Ask
    | Stop
)
