"""The one command language: what a script, a key or a prompt can ask of a running cluster, and when. A verb is declared here, once.

As it is written, a verb is an attribute of `Step`: one value, or a mapping (`...Keys`) where one is not enough. From its type follow the
file format, the prompt with its completion, the JSON Schema and the reference page. As it is carried out, it is a command of the verb's
name: imperative, with names and base units only. What a node or a process is told is `order`; the rest is done by the engine.

The engine checks commands against the cluster as it is when they are due, and answers one that makes no sense then (a migration of a
process that has exited) with a `command.refused` event, never with a crash.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta, field

from nodes.wire.control import (
    AnyOrder,
    CancelMove,
    KillProcess,
    LetStay,
    MoveProcess,
    OperateMachine,
    OwnerInput,
    SetSpeed,
    SignalProcess,
)
from nodes.wire.ids import Pid
from nodes.wire.reasons import reason
from nodes.wire.vocabulary import SnapshotWay
from tuiclu.language.launch import Launch, argv_of, name_of
from tuiclu.language.names import (
    DeadlySignal,
    EventKind,
    NewProcessName,
    NodeName,
    Part,
    Processes,
    ProcessName,
    SignalName,
    SnapshotFile,
    Strategy,
    Text,
    in_every_language,
)
from tuiclu.language.quantities import Duration, Factor, Pages
from tuiclu.language.settings import MigrationSettings, Policy, in_force

# ------------------------------------------------------------------------------------------------------------- as written


class Keys(Part, frozen=True):
    """Base of the mappings that stand behind a verb."""

    def command(self) -> AnyCommand:
        """Return the command that is given."""
        raise NotImplementedError


class Command(msgspec.Struct, frozen=True, tag_field="verb", tag=str.lower, forbid_unknown_fields=True):
    """Base of all commands."""

    @classmethod
    def of(cls, value: Any) -> Self:
        """Return the command for a verb behind which one value stands."""
        return cls(*(value,))


class OnProcess(Command, frozen=True):
    """Base of what is ordered of one process, wherever it is."""

    process: str
    """Its name in the scenario, or its pid."""

    def order(self, pid: Pid, by: str) -> AnyOrder:
        """Return what the node is told where the process is."""
        raise NotImplementedError


class OnNode(Command, frozen=True):
    """Base of what is ordered of one node."""

    node: str

    def order(self, now_ns: int) -> AnyOrder:
        """Return what it is told."""
        raise NotImplementedError


# -------------------------------------------------------------------------------------------------------------- processes


class MigrateKeys(Keys, frozen=True):
    """Move a process to another node."""

    process: ProcessName
    to: NodeName
    strategy: Strategy | None = None

    def command(self) -> Migrate:
        return Migrate(self.process, self.to, self.strategy)


_WISHES = {"script": "asked-for-by-script", "user": "asked-for-by-user", "outside": "asked-for-by-user"}
"""The rule that says who wants a process moved: whoever is outside is somebody in front of it, as far as it can tell."""


class Migrate(OnProcess, frozen=True):
    """Move a process to another node."""

    to: str
    strategy: str | None = None
    """A registered strategy; None: the one the cluster is set to."""

    def order(self, pid: Pid, by: str) -> MoveProcess:
        return MoveProcess(pid, self.to, self.strategy, "user", reason(_WISHES[by]))


class Cancel(OnProcess, frozen=True):
    """Give up the migration of a process that is under way, before its commit point: the process stays where it is."""

    def order(self, pid: Pid, by: str) -> CancelMove:
        return CancelMove(pid)


class SpawnKeys(Launch, Keys, frozen=True, kw_only=True):
    """Start a program as a new process."""

    name: NewProcessName
    on: NodeName

    def command(self) -> Spawn:
        return Spawn.launched(self.name, self.on, self)


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

    @classmethod
    def launched(cls, name: str, node: str, launch: Launch) -> Self:
        """Return the command that starts what is defined as a process of this name on this node."""
        return cls(
            name=name,
            program=name_of(launch.program),
            on=node,
            argv=argv_of(launch),
            environment=tuple(f"{variable}={value}" for variable, value in launch.environment.items()),
            stdin=launch.stdin.encode(),
            priority=launch.priority,
            estimate_ns=None if launch.estimate is None else int(launch.estimate),
        )


class Kill(OnProcess, frozen=True):
    """End a process by SIGKILL."""

    def order(self, pid: Pid, by: str) -> KillProcess:
        return KillProcess(pid)


class SignalKeys(Keys, frozen=True):
    """Send a signal to a process, wherever it is."""

    process: ProcessName
    signal: SignalName

    def command(self) -> Signal:
        return Signal(self.process, self.signal)


class Signal(OnProcess, frozen=True):
    """Send a signal to a process, wherever it is: it goes by mail, and follows one that moves."""

    signal: str
    """By name: `SIGUSR1`."""

    def order(self, pid: Pid, by: str) -> SignalProcess:
        return SignalProcess(pid, self.signal)


class StayKeys(Keys, frozen=True):
    """No policy may move a process, or those of a node: name one of the two."""

    process: ProcessName | None = None
    node: NodeName | None = None
    lifted: bool = False
    """Policies may move them again."""

    def command(self) -> Stay:
        return Stay(self.process, self.node, self.lifted)


class Stay(Command, frozen=True):
    """No policy may move a process, or those of a node."""

    process: str | None = None
    node: str | None = None
    lifted: bool = False
    """Policies may again."""

    def order(self, pid: Pid | None) -> AnyOrder:
        """Return what a node is told about a process, or about itself."""
        return OperateMachine("unstay" if self.lifted else "stay") if pid is None else LetStay(pid, not self.lifted)


# ------------------------------------------------------------------------------------------------------- nodes, and faults


class CrashKeys(Keys, frozen=True):
    """Kill a node, for real: its memory is lost."""

    node: NodeName
    signal: DeadlySignal = "SIGKILL"
    """What killed it from outside, in a session that was saved."""

    def command(self) -> Crash:
        return Crash(self.node, self.signal)


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


class SlowKeys(Keys, frozen=True):
    """Run a node's CPU at a share of its full speed from now on."""

    node: NodeName
    factor: Factor

    def command(self) -> Slow:
        return Slow(self.node, int(self.factor))


class Slow(OnNode, frozen=True):
    """Run a node's CPU at a share of its speed from now on."""

    percent: int
    """Of the speed that its parameters give: 100 is full speed."""

    def order(self, now_ns: int) -> SetSpeed:
        return SetSpeed(self.percent)


class PartitionKeys(Keys, frozen=True):
    """Cut the wire between two groups of nodes: `from` and `to` one way only, `nodes` and `others` both ways."""

    nodes: tuple[NodeName, ...] | None = None
    others: tuple[NodeName, ...] | None = None
    """Without it: every node that is not in `nodes`."""
    one_way: bool = False
    """Only from `nodes` to `others`; the other direction still works."""
    from_: NodeName | tuple[NodeName, ...] | None = msgspec.field(default=None, name="from")
    to: NodeName | tuple[NodeName, ...] | None = None

    def command(self) -> Partition:
        if self.nodes is None:
            return Partition(_nodes(self.from_), _nodes(self.to), one_way=True)
        return Partition(self.nodes, _nodes(self.others), self.one_way)


class Partition(Command, frozen=True):
    """Cut the wire between two groups of nodes: what one sends to the other waits until `heal`."""

    nodes: tuple[str, ...]
    """One side."""
    others: tuple[str, ...] = ()
    """The other side; empty: every node that is not in `nodes`."""
    one_way: bool = False
    """Only from `nodes` to `others`; the other direction still works."""


class HealKeys(Keys, frozen=True):
    """Join what a partition cut, between two groups of nodes."""

    nodes: tuple[NodeName, ...]
    others: tuple[NodeName, ...] | None = None
    """Without it: every node that is not in `nodes`."""

    def command(self) -> Heal:
        return Heal(self.nodes, _nodes(self.others))


class Heal(Command, frozen=True):
    """Undo all partitions, or those between two groups."""

    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Literal[True] | tuple[str, ...]) -> Self:
        return cls() if value is True else cls(value)


class ShutdownKeys(Keys, frozen=True):
    """Announce that a node goes down: its processes leave first."""

    node: NodeName
    in_: Duration = msgspec.field(name="in")
    """How long it is until then."""

    def command(self) -> Shutdown:
        return Shutdown(self.node, int(self.in_))


class Shutdown(OnNode, frozen=True):
    """Announce that a node will go down: its processes leave first."""

    in_ns: int = 0

    def order(self, now_ns: int) -> OperateMachine:
        return OperateMachine("shutdown", now_ns + self.in_ns)


# ------------------------------------------------------------------------------------------------- whose machine it is


class Activate(OnNode, frozen=True):
    """The owner of a workstation touches a key."""

    def order(self, now_ns: int) -> OwnerInput:
        return OwnerInput(active=True)


class Idle(OnNode, frozen=True):
    """The owner of a workstation leaves it."""

    def order(self, now_ns: int) -> OwnerInput:
        return OwnerInput(active=False)


class BlockKeys(Keys, frozen=True):
    """A node refuses guests."""

    node: NodeName
    lifted: bool = False
    """It takes guests again."""

    def command(self) -> Block:
        return Block(self.node, self.lifted)


class Block(OnNode, frozen=True):
    """A node refuses guests."""

    lifted: bool = False
    """It takes guests again."""

    def order(self, now_ns: int) -> OperateMachine:
        return OperateMachine("unblock" if self.lifted else "block")


class Expel(OnNode, frozen=True):
    """A node sends all its guests home, and is blocked."""

    def order(self, now_ns: int) -> OperateMachine:
        return OperateMachine("expel")


class Bring(OnNode, frozen=True):
    """A node calls all its processes home."""

    def order(self, now_ns: int) -> OperateMachine:
        return OperateMachine("bring")


# ---------------------------------------------------------------------------------------------------- the whole cluster


class Change(Policy, Keys, frozen=True):
    """What is in force from now on. Whatever is not named stays as it is."""

    migration: MigrationSettings = MigrationSettings()
    """How pages are moved."""
    on: NodeName | tuple[NodeName, ...] | None = None
    """Only for the Initiators of these nodes; without it, for all."""

    def command(self) -> Set:
        return Set(in_force(self, self.migration), _nodes(self.on))


class Set(Command, frozen=True):
    """Let something else be in force from now on: policies, the strategy, and the numbers that go with them."""

    changes: dict[str, str | int]
    """By the names of `MigrationParameters` and `InitiatorParameters`."""
    on: tuple[str, ...] = ()
    """For the Initiators of these machines; empty: for all."""


class SnapshotKeys(Keys, frozen=True):
    """Record the state of the whole cluster while it runs; without `from`, the first node begins."""

    from_: NodeName | tuple[NodeName, ...] | None = msgspec.field(default=None, name="from")
    """Who begins; of a poll the observer, who is one."""
    way: SnapshotWay = "markers"
    """`markers`: the algorithm of Chandy and Lamport. The wrong ways, to compare: `clocks`, every node when its own clock shows `at`;
    `poll`, the observer asks one node after the other; `unordered`, markers on channels that do not keep order."""
    at: Duration | None = None
    """Of `clocks`: what a node's clock shows when it records its state."""
    to: SnapshotFile | None = None
    """The name of the file to which `run` and `open` write it: in the folder for snapshots, else where they were called."""

    def command(self) -> Snapshot:
        return Snapshot(_nodes(self.from_), self.way, 0 if self.at is None else int(self.at), self.to or "")


class Snapshot(Command, frozen=True, omit_defaults=True):
    """Record the state of the whole cluster while it runs."""

    nodes: tuple[str, ...] = ()
    """Who begins; of a poll the observer."""
    way: str = "markers"
    """`markers`, `clocks`, `poll` or `unordered`."""
    clock_ns: int = 0
    """Of `clocks`: what a node's own clock shows when it records its state."""
    to: str = ""
    """The name of a file; empty: none is wanted."""

    @classmethod
    def of(cls, value: str) -> Self:
        return cls((value,))


class Say(Command, frozen=True):
    """Tell the audience something."""

    text: dict[str, str]
    """By language: `en`, `es`."""

    @classmethod
    def of(cls, value: Text) -> Self:
        return cls(in_every_language(value))


class AskedFigure(Part, frozen=True):
    """A figure of the run, by which an answer is right or wrong."""

    is_: Literal[
        "freeze",
        "turnaround",
        "migrations",
        "rounds",
        "before-resume",
        "after-resume",
        "resent",
        "kept",
        "remote-faults",
        "disk-faults",
        "page-faults",
    ] = field(name="is")
    """The longest standstill in a migration, the time from start to end, how many migrations were completed; or of the last migration how
    many sets of pages were sent, and how many pages before the process went on, after, again, were left behind, or came from a memory or a
    disk."""
    of: ProcessName | None = None
    """Of this process; without it, of all."""
    within: Annotated[int, Meta(ge=0, le=100)] = 10
    """How far an answer may be off, in hundredths."""


class AskKeys(Keys, frozen=True):
    """A question to the audience, and its answer. A screen stops here until somebody has answered."""

    question: Text
    answer: Text
    choices: tuple[Text, ...] = ()
    """What can be answered, if it is not free."""
    correct: Annotated[int, Meta(ge=1)] | None = None
    """The number of the right choice, from 1."""
    figure: AskedFigure | None = None
    """The answer is a figure of the run, which is computed."""

    def command(self) -> Ask:
        choices = tuple(in_every_language(choice) for choice in self.choices)
        figure: dict[str, str | int] = {}
        if self.figure is not None:
            figure = {"is": self.figure.is_, "within": self.figure.within}
            figure |= {} if self.figure.of is None else {"of": self.figure.of}
        return Ask(in_every_language(self.question), in_every_language(self.answer), choices, self.correct or 0, figure)


class Chapter(Command, frozen=True):
    """Begin a chapter of a lesson."""

    title: dict[str, str]
    """By language: `en`, `es`."""

    @classmethod
    def of(cls, value: Text) -> Self:
        return cls(in_every_language(value))


class Ask(Command, frozen=True):
    """Ask the audience something; a screen stops until somebody has answered."""

    question: dict[str, str]
    """By language: `en`, `es`."""
    answer: dict[str, str]
    choices: tuple[dict[str, str], ...] = ()
    """What can be answered; empty: anything."""
    correct: int = 0
    """The number of the right choice, from 1; 0: none is more right than others."""
    figure: dict[str, str | int] = {}
    """The figure of the run that is the answer (see `AskedFigure`)."""


class Stop(Command, frozen=True):
    """End the run."""

    @classmethod
    def of(cls, value: Literal[True]) -> Self:
        return cls()


# ---------------------------------------------------------------------------------------------------------------- all of them


class When(Part, frozen=True):
    """A condition: an event of this kind, with these values in its fields."""

    event: EventKind
    process: Processes | None = None
    """The process that the event is about, or one of them."""
    node: NodeName | None = None
    """The node where it happens."""
    pages: Pages | None = None
    """As soon as such events have told of this many pages together."""
    count: Annotated[int, Meta(ge=1)] = 1
    """The Nth such event."""
    after: Duration | None = None
    """That long after it."""
    fields: dict[str, str | int | float | bool] = {}
    """Any further key is a field of the event, and the value that it must have."""


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
    """With `every`: the longest delay of each time, drawn from the seed."""
    by: Literal["user", "outside"] | None = None
    """Who asks for it, in a session that was saved: somebody at the screen, or a real signal. Without it: the script."""

    migrate: MigrateKeys | None = None
    """Move a process to another node."""
    cancel: ProcessName | None = None
    """Give up the migration of a process that is under way, before its commit point."""
    spawn: SpawnKeys | None = None
    """Start a program as a new process."""
    kill: ProcessName | None = None
    """End a process by SIGKILL."""
    signal: SignalKeys | None = None
    """Send a signal to a process; it follows one that moves."""
    crash: NodeName | CrashKeys | None = None
    """Kill a node, for real: its memory is lost."""
    restart: NodeName | None = None
    """Start a crashed node again, with empty memory."""
    pause: NodeName | None = None
    """Stop a node, for real: it does nothing, and messages to it wait."""
    resume: NodeName | None = None
    """Let a paused node go on."""
    slow: SlowKeys | None = None
    """Run a node's CPU at a share of its full speed from now on."""
    partition: tuple[NodeName, ...] | PartitionKeys | None = None
    """Cut these nodes off from all others, or one group from another."""
    heal: Literal[True] | tuple[NodeName, ...] | HealKeys | None = None
    """`true`: join all that was cut; or join these nodes with all others, or one group with another."""
    activate: NodeName | None = None
    """The owner of a workstation touches a key: guests may have to leave."""
    idle: NodeName | None = None
    """The owner of a workstation leaves it."""
    stay: StayKeys | None = None
    """No policy may move a process, or those of a node."""
    block: NodeName | BlockKeys | None = None
    """A node refuses guests."""
    expel: NodeName | None = None
    """A node sends all its guests home, and refuses others."""
    bring: NodeName | None = None
    """A node calls all its processes home."""
    shutdown: ShutdownKeys | None = None
    """Announce that a node goes down: its processes leave first."""
    set: Change | None = None
    """Change policies, the strategy, and what goes with them, while the cluster runs."""
    snapshot: NodeName | SnapshotKeys | None = None
    """Record the state of the whole cluster; this node begins."""
    say: Text | None = None
    """Tell the audience something."""
    chapter: Text | None = None
    """Begin a chapter of the lesson, with this title: on the screen, chapters are listed and jumped to."""
    ask: AskKeys | None = None
    """Ask the audience something."""
    stop: Literal[True] | None = None
    """`true`: end the run."""


TIMING = ("at", "when", "whenever", "every", "jitter", "by")
"""What a step has beside its verb."""
VERB_NAMES: tuple[str, ...] = tuple(field for field in Step.__struct_fields__ if field not in TIMING)

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
    | Chapter
    | Ask
    | Stop
)
COMMANDS: dict[str, type[AnyCommand]] = {str(one.__struct_config__.tag): one for one in AnyCommand.__args__}
"""By the name of the verb."""


def command_of(step: Step) -> AnyCommand:
    """Return the command that a step gives."""
    verb = next(name for name in VERB_NAMES if getattr(step, name) is not None)
    value = getattr(step, verb)
    return value.command() if isinstance(value, Keys) else COMMANDS[verb].of(value)


def _nodes(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else names
