"""What the engine and a node process say to each other. This is not the emulated wire: it costs no virtual time.

The engine asks (`Boot`, `Grant`), the node answers each with exactly one `Report`. Between an answer and the next question a node
does nothing at all, so that at a window's edge the cluster is at rest. `LoadImage` and `LoadModules` are no questions, and have no answer.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from nodes.wire.bulk import Reference
from nodes.wire.events import AnyEvent, NodeAccounted
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import SECOND_NS, FileParameters, InitiatorParameters, MigrationParameters, NodeParameters
from nodes.wire.reasons import Reason
from nodes.wire.users_code import UsersModules

# ------------------------------------------------------------------------------------------------------- engine to node


FRAMES_IN_A_LIFE = 1_000_000_000
"""A node numbers its frames from this times its former lives. The news that a life is over is numbered this times the lives so far:
it comes behind all that this life has sent, and before all that the next one sends."""


AHEAD_NS = 80_000_000
"""By how much virtual time CPUs usually execute instructions ahead of it: many windows where the latency is short, and some hundred
thousand instructions that may have to be executed again."""

MACHINE_FAILED = 74
"""The exit status of a node that the real machine does not let go on; the last line of its log says why. 70: a panic."""


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """A frame that reaches the node. `payload` is an encoded packet or where it is, or empty: the connection to `source` is broken."""

    arrival_ns: int
    source: NodeName
    sequence: int
    """Running number of the frames of `source`: with the arrival and the source it gives the order."""
    payload: bytes | Reference


class Order(msgspec.Struct, frozen=True, tag=True):
    """Base of what the engine tells a node's kernel to do, at a given instant."""


class Changeable(Protocol):
    """What orders can change of a process."""

    stays: bool
    priority: int


class PersonalOrder(Order, frozen=True):
    """Base of what a user can want of one process, beside a signal."""

    pid: Pid

    def command(self) -> dict[str, str]:
        """Return the command that it comes from, as a refusal tells it."""
        raise NotImplementedError


class Change(PersonalOrder, frozen=True):
    """Base of orders that change what a process takes along: they go after one that is packed already."""

    def carry_out(self, process: Changeable) -> None:
        """Change the process, which is here."""
        raise NotImplementedError


class StartProcess(Order, frozen=True):
    pid: Pid
    name: str
    program: str
    """The name under which `Boot` or `LoadImage` gave its image."""
    argv: tuple[str, ...]
    environment: tuple[str, ...]
    stdin: bytes
    priority: int
    estimate_ns: int | None


class MoveProcess(PersonalOrder, frozen=True):
    to: NodeName
    strategy: str | None
    initiated_by: str
    reason: Reason

    def command(self) -> dict[str, str]:
        return {"verb": "migrate", "process": self.pid, "to": self.to}


class CancelMove(PersonalOrder, frozen=True):
    """Give up the migration of a process, if it has not come to its commit point."""

    def command(self) -> dict[str, str]:
        return {"verb": "cancel", "process": self.pid}


class KillProcess(PersonalOrder, frozen=True):
    def command(self) -> dict[str, str]:
        return {"verb": "kill", "process": self.pid}


class LetStay(Change, frozen=True):
    """No policy may move this process, or policies may again."""

    stays: bool

    def command(self) -> dict[str, str]:
        return {"verb": "stay" if self.stays else "unstay", "process": self.pid}

    def carry_out(self, process: Changeable) -> None:
        process.stays = self.stays


AnyPersonalOrder = KillProcess | LetStay | MoveProcess | CancelMove


class OwnerInput(Order, frozen=True):
    """The owner of the workstation touches a key (`active`), or leaves."""

    active: bool


class OperateMachine(Order, frozen=True):
    """A verb for the Initiator of this machine: `block`, `unblock`, `stay`, `unstay`, `expel`, `bring`, `shutdown`."""

    verb: str
    at_ns: int = 0
    """Of a shutdown: when it comes."""


class ChangePolicy(Order, frozen=True):
    """From now on this is in force on the machine: the whole of it, changed or not."""

    migration: MigrationParameters
    initiators: InitiatorParameters


class SignalProcess(Order, frozen=True):
    """Send a signal; where the process is on its way elsewhere, it follows as mail."""

    pid: Pid
    signal: str
    """By name: `SIGUSR1`."""


class SetSpeed(Order, frozen=True):
    percent: int


class BeginSnapshot(Order, frozen=True):
    """Record the state, and let it be recorded everywhere, by markers."""

    snapshot: str
    loose: bool = False
    """By markers on channels that do not keep order, which is wrong."""


class RecordAtClock(Order, frozen=True):
    """Record the state of this node alone when its own clock shows `clock_ns`."""

    snapshot: str
    clock_ns: int


class PollStates(Order, frozen=True):
    """Record the state of this node, and ask the others one after the other to record theirs."""

    snapshot: str


class AfterPause(Order, frozen=True):
    """The node stood still since `since_ns` and goes on now."""

    since_ns: int


AnyOrder = (
    AnyPersonalOrder
    | StartProcess
    | SignalProcess
    | SetSpeed
    | AfterPause
    | OwnerInput
    | OperateMachine
    | ChangePolicy
    | BeginSnapshot
    | RecordAtClock
    | PollStates
)


class DueOrder(msgspec.Struct, frozen=True, array_like=True):
    at_ns: int
    order: AnyOrder


class Boot(msgspec.Struct, frozen=True, tag=True):
    """The first thing that a node is told."""

    parameters: NodeParameters
    migration: MigrationParameters
    nodes: tuple[NodeName, ...]
    images: dict[str, ProgramImage]
    seed: int
    life: int
    """1, and one more for every restart."""
    now_ns: int
    reply_ns: int
    """No answer to what a node sends can reach it sooner than this."""
    news_ns: int
    """No reaction to an event of a watched kind can reach it sooner than this."""
    watched: tuple[str, ...]
    """Kinds of events on which somebody outside waits."""
    initiators: InitiatorParameters = InitiatorParameters()
    files: dict[str, FileParameters] = {}
    """By name: the files of the cluster, wherever they lie."""
    users: UsersModules = UsersModules()
    """The modules of a user's own classes: they may be executed."""
    bandwidth_bps: int = 10_000_000
    """Of the wire that all nodes have together."""
    ahead_ns: int = AHEAD_NS
    """By how much virtual time CPUs execute instructions ahead of it; 0: not at all. Nobody sees it."""
    parts_folder: str = ""
    """Where the node writes its parts of snapshots, for whoever wants to go on from them; empty: nobody does."""
    part: bytes = b""
    """What this node has written of itself for a snapshot, and goes on from; empty: it begins anew."""


class Grant(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Run on to `until_ns`, or to where an answer to what you did could first reach you, whichever is sooner."""

    until_ns: int
    deliveries: list[Delivery]
    orders: list[DueOrder]
    stay_awake: bool = False
    """The next question will come in a moment."""
    to_next_event: bool = False
    """And no further than to where anything has happened: somebody looks at you, and is shown one thing after the other."""


class LoadImage(msgspec.Struct, frozen=True, tag=True):
    """Have one more program, as if `Boot` had brought it: the file system that all nodes share has it from now on."""

    name: str
    image: ProgramImage


class LoadModules(msgspec.Struct, frozen=True, tag=True):
    """Take a user's own classes from these modules from now on."""

    users: UsersModules


class Inspect(msgspec.Struct, frozen=True, tag=True):
    """Show a process, and the frames, as they are at an instant up to which nothing happens here."""

    pid: Pid
    at_ns: int


class Halt(msgspec.Struct, frozen=True, tag=True):
    """End the process."""


# ------------------------------------------------------------------------------------------------------- node to engine


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A message that a node put on the wire."""

    time_ns: int
    sequence: int
    destination: NodeName
    wire_bytes: int
    payload: bytes | Reference
    """An encoded packet, or where it is (see `bulk`)."""
    loose: bool = False
    """What is sent behind it may arrive before it."""


class LocalEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event of this node. `phase` orders it among what others do at the same instant (see the engine)."""

    t: int
    phase: int
    event: AnyEvent


class Inspection(msgspec.Struct, frozen=True, array_like=True):
    """What a look into a node shows."""

    control_block: dict[str, str]
    """Empty: the process is not here."""
    dirty: list[int]
    """Pages that differ from where they came from."""
    touched: list[int]
    """Pages that were written since they were brought in or last copied."""
    frame_map: list[tuple[str, int]]
    """Who owns the frames, in the order of their numbers: runs of a process's name, empty for free ones."""


class CpuAccount(msgspec.Struct, frozen=True, array_like=True):
    """What a node's CPU has done so far, and how it goes on: enough to say what it comes to later (`NodeAccounted`)."""

    kernel_ns: int
    """Its own work, some of which may still lie ahead; without the time since `start_ns`, which is not booked yet."""
    alone_ns: int
    start_ns: int
    """When the running process begins, or began, to execute what is not booked yet; or when the kernel will have done its work."""
    pid: Pid | None = None
    instructions: int = 0
    cpu_ns: int = 0
    ips: int = 0
    slice_end_ns: int | None = None
    """Then its quantum ends, and it goes on alone, with an instruction that begins anew."""
    quantum_ns: int = 0

    def as_event(self, at_ns: int) -> NodeAccounted:
        """Return what it comes to at an instant before which nothing else happens."""
        since_ns = at_ns - self.start_ns
        if self.pid is None:
            ahead_ns = max(0, -since_ns)
            return NodeAccounted(self.kernel_ns - ahead_ns, self.alone_ns - ahead_ns, None, 0, 0)
        executed, used_ns = self._executed_by(at_ns)
        kernel_ns, cpu_ns = self.kernel_ns + since_ns - used_ns, self.cpu_ns + used_ns
        return NodeAccounted(kernel_ns, self.alone_ns, self.pid, self.instructions + executed, cpu_ns)

    def _executed_by(self, at_ns: int) -> tuple[int, int]:
        """Return how many instructions will have been executed since `start_ns`, and how long they take: quantum by quantum."""
        start_ns, end_ns = self.start_ns, self.slice_end_ns
        if end_ns is None or at_ns <= end_ns:
            return self._executed_in(at_ns - start_ns)
        if end_ns <= start_ns:  # the kernel's work has taken all of it
            end_ns = start_ns + self.quantum_ns
        first, first_ns = self._executed_in(min(at_ns, end_ns) - start_ns)
        quanta, rest_ns = divmod(max(0, at_ns - end_ns), self.quantum_ns)
        each, each_ns = self._executed_in(self.quantum_ns)
        last, last_ns = self._executed_in(rest_ns)
        return first + quanta * each + last, first_ns + quanta * each_ns + last_ns

    def _executed_in(self, time_ns: int) -> tuple[int, int]:
        count = max(0, time_ns * self.ips // SECOND_NS)
        return count, -(-count * SECOND_NS // self.ips)


class Report(msgspec.Struct, frozen=True, array_like=True):
    """What happened in the window."""

    reached_ns: int
    """Every event before this instant has happened and is reported, now or earlier."""
    next_ns: int | None
    """Nothing happens here before this instant unless a message or an order arrives; None: nothing ever."""
    frames: list[Frame]
    events: list[LocalEvent]
    inspection: Inspection | None = None
    """The answer to `Inspect`: all else is as it was."""
    account: CpuAccount | None = None
    """As of `reached_ns`."""
    quiet_ns: int | None = None
    """Nothing is sent before this instant, and nothing happens for which somebody waits, unless a message or an order arrives; None: never
    again. Not before `next_ns`."""


AnyQuestion = Boot | Grant | LoadImage | LoadModules | Inspect | Halt

encode_question = msgspec.msgpack.Encoder().encode
decode_question = msgspec.msgpack.Decoder(AnyQuestion).decode
encode_report = msgspec.msgpack.Encoder().encode
decode_report = msgspec.msgpack.Decoder(Report).decode
