"""The engine: it holds the clock and the wire, and lets the nodes run in conservative windows.

With T the earliest instant at which anything can happen anywhere, and L the latency of the wire, nothing that a node does can reach
another before T + L. So every node that has something to do before T + L runs there on its own, in parallel with the others. A node that
is alone in having something to do runs further: to where the next of the others could reach it. It stops by itself where an answer to what
it sends, or somebody's reaction to an event, could first reach it. (Chandy and Misra 1979; Bryant 1977.)

At one instant, the nodes' CPUs come first, then commands, then messages, then timers. Events are put in that order before anybody sees
them, and nobody sees an event before all that came earlier is known. So where the windows' edges lie shows nowhere.

Commands come from a script at known instants, or from outside at a window's edge. A real SIGKILL that hits a node from outside is such a
command: one path for emulated faults and for real ones.
"""

from __future__ import annotations

import bisect
import heapq
import logging
import os
import selectors
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, Protocol

import msgspec

from nodes.wire.bulk import new_bulk
from nodes.wire.connection import ConnectionClosed, NodeFiles, framed
from nodes.wire.control import (
    FRAMES_IN_A_LIFE,
    AfterPause,
    AnyOrder,
    Boot,
    CancelMove,
    ChangePolicy,
    Delivery,
    DueOrder,
    Grant,
    Halt,
    Inspect,
    Inspection,
    KillProcess,
    LetStay,
    LoadImage,
    MoveProcess,
    OperateMachine,
    OwnerInput,
    Report,
    SetSpeed,
    SignalProcess,
    StartProcess,
    decode_report,
    encode_question,
)
from nodes.wire.events import (
    KINDS,
    AnyEvent,
    CommandGiven,
    CommandRefused,
    Event,
    LinkHealed,
    LinkPartitioned,
    MessageHeld,
    MessageLost,
    MessageReleased,
    Narration,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    QuestionAsked,
    RunEnded,
    RunStarted,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import (
    FileParameters,
    InitiatorParameters,
    MigrationParameters,
    NetworkParameters,
    NodeParameters,
)
from tuiclu.cluster.commands import (
    Activate,
    AnyCommand,
    Ask,
    Block,
    Bring,
    Cancel,
    Crash,
    Expel,
    Heal,
    Idle,
    Kill,
    Migrate,
    Partition,
    Pause,
    Restart,
    Resume,
    Say,
    Set,
    Shutdown,
    Signal,
    Slow,
    Spawn,
    Stay,
    Stop,
)
from tuiclu.cluster.directory import Directory
from tuiclu.cluster.launcher import Launcher, NodeProcess
from tuiclu.cluster.policy import InForce, changed, concerned, differences
from tuiclu.cluster.wire import Link, Transmission, Wire
from tuiclu.errors import EmulatorError

log = logging.getLogger("tuiclu.engine")

_CPU, _COMMAND = 0, 1
"""Phases of an instant; a node's own messages and timers follow as phase 2."""
MAX_WINDOW_NS = 20_000_000
"""No window is longer, so that a key press, or the death of an idle node, is never far from an edge."""
QUICK_S = 100e-6
"""Real seconds that the engine stays awake for the answer of a node, where the last one took hardly longer."""
STALL_S = 1.0
"""Real seconds without a report after which the engine looks whether somebody has stopped a node."""
WAIT_S = 0.05
"""Real seconds that the engine waits at a time when virtual time may not go on."""
LOOK_S = 0.1
"""Real seconds after which the engine looks at the latest whether a node has died of which it asks nothing."""
_NEVER_NS = 1 << 62
_BY = {"outside": "from outside"}
"""How the cause of a crash says who asked for it, where that is not `by the ...`."""


class ClusterPlan(msgspec.Struct, frozen=True):
    """All that a cluster is made from."""

    title: str
    seed: int
    network: NetworkParameters
    nodes: tuple[NodeParameters, ...]
    migration: MigrationParameters
    images: dict[str, ProgramImage]
    plugin_folder: str = ""
    """Where the modules of a user's own classes lie."""
    initiators: InitiatorParameters = InitiatorParameters()
    files: dict[str, FileParameters] = {}
    """By name: what lies on the disk of some node."""


class Observer(Protocol):
    """Sees events, in order. What it answers is put into the stream right behind the event that it was shown."""

    @property
    def about(self) -> Collection[type[Event]] | None:
        """The types of events that it wants to see; None: all."""

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]: ...


class Pacer(Protocol):
    """Decides when virtual time may go on, and speaks for whoever sits in front of the cluster."""

    @property
    def paces(self) -> bool:
        """Whether it ever lets virtual time wait; else the observers see what happened while the nodes work on what comes next."""

    def ahead_s(self, virtual_ns: int) -> float:
        """Return how many real seconds too early it is for `virtual_ns`; not positive: it may come."""

    def now_ns(self) -> int:
        """Return the virtual instant that should be now."""

    def fileno(self) -> int | None:
        """Return the descriptor over which somebody in front of the cluster speaks; None: nobody does."""

    def hear(self) -> bool:
        """Take in what the front has said, and carry out nothing yet: a window is running. False: the front is gone."""

    def attend(self) -> None:
        """Carry out what was asked for, and tell what happened. Called often: at every edge, and while the engine waits."""

    def all_shown(self) -> None:
        """Take note that the observers have seen all that happened before the instant that comes next."""

    def stays(self, reason: str, /) -> bool:
        """Tell whether the run is to stay although nothing is left to happen, or its time is up (`reason`)."""


class _TellPeers(msgspec.Struct, frozen=True):
    """The engine's own: let every other node learn that its connection to this one is broken."""

    node: NodeName
    life: int


class _Due(NamedTuple):
    """Something that the engine does at a known instant."""

    time_ns: int
    number: int
    command: AnyCommand | _TellPeers | None
    """None: only look at the news."""
    by: str
    cause: str


_Buffered = tuple[int, int, int, int, NodeName | None, AnyEvent]
"""An event that waits until all earlier ones are known: instant, phase, index of the node, number, node, event.

Compares in the order of the stream; a plain tuple, because there are so many.
"""


@dataclass(eq=False, slots=True)
class Node:
    """What the engine knows of one node."""

    parameters: NodeParameters
    name: NodeName
    index: int
    """Its place in the plan; breaks ties."""
    in_force: InForce
    """What its kernel and its Initiator go by; it outlives the node's process."""
    life: int = 1
    process: NodeProcess | None = None
    """None: it has crashed."""
    reached_ns: int = 0
    next_ns: int | None = None
    paused_since_ns: int | None = None
    inbox: list[tuple[int, Transmission]] = field(default_factory=list)
    """A heap of (arrival, message)."""
    orders: list[DueOrder] = field(default_factory=list)
    images_to_load: dict[str, ProgramImage] = field(default_factory=dict)
    """Programs that came while it could not take them."""
    granted: list[tuple[int, Transmission]] = field(default_factory=list)
    """What the node was given with the question that it has not answered yet."""
    dying: bool = False
    """Its process has ended, and the command that says so is due."""
    disk: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    """The file of its disk: it has no name, outlives the node's process, and ends with the cluster, however that ends."""
    peers_told: bool = True
    """Whether the others have been told of its last crash."""

    @property
    def runs(self) -> bool:
        return self.process is not None and self.paused_since_ns is None and not self.dying

    def earliest_ns(self) -> int | None:
        """Return the first instant at which something happens here as far as is known; None: never, or it stands still."""
        if self.process is None or self.paused_since_ns is not None or self.dying:
            return None
        earliest = self.next_ns
        if self.inbox and (earliest is None or self.inbox[0][0] < earliest):
            earliest = self.inbox[0][0]
        if self.orders and (earliest is None or self.orders[0].at_ns < earliest):
            earliest = self.orders[0].at_ns
        return earliest


class Engine:
    """Runs one cluster. Use as a context manager: whatever happens, no process is left behind.

    `watched` are the kinds of events on which an observer gives commands: they come at the earliest one latency after the event.
    `window_ns` shortens the windows; it changes nothing but the speed.
    """

    def __init__(
        self,
        plan: ClusterPlan,
        launcher: Launcher,
        *,
        observers: Sequence[Observer] = (),
        watched: Iterable[str] = (),
        pacer: Pacer | None = None,
        window_ns: int | None = None,
    ) -> None:
        self.plan = plan
        self.now = 0
        """Nothing before this instant is still to happen."""
        in_force = InForce(plan.migration, plan.initiators)
        self.nodes = {node.name: Node(node, node.name, index, in_force) for index, node in enumerate(plan.nodes)}
        self.directory = Directory()
        self.windows = 0
        self._launcher = launcher
        self._observers = list(observers)
        self._concerned: dict[type[Event], list[Callable[[Stamped], Iterable[AnyEvent]]]] = {}
        """Of each type of events seen so far: who wants to see it."""
        self._watched = tuple(sorted(watched))
        self._watched_types = frozenset(KINDS[kind] for kind in self._watched)
        self._pacer = pacer
        self._paced = pacer is not None and pacer.paces
        self.window_ns = min(window_ns or MAX_WINDOW_NS, MAX_WINDOW_NS)
        """No window is longer. It may be changed at any edge."""
        self.until_ns: int | None = None
        """The run ends here at the latest; None: by itself."""
        self._latency_ns = plan.network.latency_ns
        self._wire = Wire(plan.network, self._held)
        self._agenda: list[_Due] = []
        self._noted = 0
        self._buffer: list[_Buffered] = []
        self._buffered = 0
        self._sequence = 0
        self._last_ns = 0
        self._stopped = False
        self._selector = selectors.DefaultSelector()
        self._bulk = new_bulk()
        self._front = pacer.fileno() if pacer is not None else None
        if self._front is not None:
            self._selector.register(self._front, selectors.EVENT_READ, None)
        self._inspection: Inspection | None = None
        """What the last look showed."""
        self._looked_s = time.monotonic()
        self._is_quick = True
        """Whether the last node that was alone at work answered soon."""
        self._plain_grant = (-1, b"")
        """The last grant without messages and orders, framed: most are, and most nodes get the same one."""

    # ------------------------------------------------------------------------------------------------------ life and end

    def __enter__(self) -> Engine:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        plan = self.plan
        settings = {
            "network": msgspec.to_builtins(plan.network),
            "nodes": msgspec.to_builtins(plan.nodes),
            "migration": msgspec.to_builtins(plan.migration),
            "initiators": msgspec.to_builtins(plan.initiators),
        }
        if plan.files:
            settings["files"] = {
                name: {"on": file.on, "size": file.size, "seed": file.seed} for name, file in plan.files.items()
            }
        from tuiclu import __version__

        self._record(0, None, RunStarted(__version__, plan.title, plan.seed, settings))
        for node in self.nodes.values():
            self._launch(node)
        for node in self.nodes.values():
            self._boot(node)
        self._collect(list(self.nodes.values()))
        for t, _, _, _, name, event in self._take_buffered(
            None
        ):  # the nodes are up before the first command, whatever it is
            self._record(t, name, event)

    def _launch(self, node: Node) -> None:
        node.process = self._launcher.start(node.name, NodeFiles(node.disk.fileno(), self._bulk))
        log.info("%s is process %d", node.name, node.process.pid)

    def _boot(self, node: Node) -> None:
        assert node.process is not None
        plan = self.plan
        boot = Boot(
            node.parameters,
            node.in_force.migration,
            tuple(self.nodes),
            plan.images,
            plan.seed,
            node.life,
            self.now,
            2 * self._latency_ns,
            self._latency_ns,
            self._watched,
            node.in_force.initiators,
            plan.files,
            plan.plugin_folder,
        )
        node.process.connection.do_not_wait()
        self._selector.register(node.process.connection, selectors.EVENT_READ, node)
        self._ask(node, boot)

    def close(self) -> None:
        """End all node processes, by force where need be. Ctrl-C is not heard meanwhile."""
        heard = _ignore_interrupt()
        try:
            living = [node for node in self.nodes.values() if node.process is not None]
            for node in living:
                assert node.process is not None
                if node.paused_since_ns is not None or node.granted or node.dying:
                    node.process.kill()
                    continue
                try:
                    node.process.connection.send(encode_question(Halt()))
                except ConnectionClosed:
                    node.process.kill()
            for node in living:
                assert node.process is not None
                node.process.bury()
                node.process = None
            self._selector.close()
        finally:
            for node in self.nodes.values():
                node.disk.close()
            os.close(self._bulk)
            _hear_interrupt(heard)

    # -------------------------------------------------------------------------------------------------------- commands

    def schedule(self, time_ns: int, command: AnyCommand, by: str = "script", cause: str = "") -> None:
        """Have a command carried out at an instant that is not over yet."""
        self._note(max(time_ns, self.now), command, by, cause)

    def edge_ns(self) -> int:
        """Return the first instant that no node has run beyond: the earliest at which a command from outside can be carried out.

        At 0 the nodes have just started, and nothing comes before that.
        """
        edge_ns = max([1, self.now, *(node.reached_ns for node in self.nodes.values() if node.process is not None)])
        if self._pacer is None or (earliest_ns := self._earliest_ns(self._busy_nodes())) is None:
            return edge_ns
        return max(edge_ns, min(earliest_ns, self._pacer.now_ns()))

    def attend(self, timeout_s: float) -> None:
        """Wait for the front, or for the end of a node, at most so long; then let the pacer attend to it."""
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                self._hear_front()
            else:
                self._found_dead(key.data)
        if self._pacer is not None:
            self._pacer.attend()

    def inspect(self, name: NodeName, pid: Pid) -> Inspection | None:
        """Look at a process on a node, and at the node's frames; None if the node cannot be asked. At an edge only; changes nothing."""
        node = self.nodes[name]
        if not node.runs or node.process is None or node.process.is_stopped():
            return None
        self._inspection = None
        self._ask(node, Inspect(pid))
        self._collect([node])
        return self._inspection

    def load_image(self, name: str, image: ProgramImage) -> None:
        """Let all nodes have one more program: those that are down or paused when they are up again. At an edge only; no time passes."""
        self.plan.images[name] = image
        for node in self.nodes.values():
            if node.runs:
                self._ask(node, LoadImage(name, image))
            else:
                node.images_to_load[name] = image

    def _note(self, time_ns: int, command: AnyCommand | _TellPeers | None, by: str = "", cause: str = "") -> None:
        self._noted += 1
        heapq.heappush(self._agenda, _Due(time_ns, self._noted, command, by, cause))

    # -------------------------------------------------------------------------------------------------------- the loop

    def run(self, until_ns: int | None = None) -> None:
        """Let virtual time pass until nothing is left to happen, `until_ns` is reached, or a command stops the run."""
        self.until_ns = until_ns
        reason = self._advance()
        self._flush(None)
        unfinished = sorted(
            self._wire.unfinished()
            + [transmission for node in self.nodes.values() for _, transmission in node.inbox if transmission.payload]
        )
        in_flight = [transmission.name for transmission in unfinished if transmission.payload]
        # When nothing is left to happen, timers may have come since that did nothing: it depends on the windows where they are noticed.
        self.now = self._last_ns if reason == "quiescent" else max(self.now, self._last_ns)
        self._record(self.now, None, RunEnded(reason, in_flight))

    def _advance(self) -> str:
        """Run, and return why the run ends."""
        while not self._stopped:
            if self._pacer is not None:
                self._pacer.attend()
            busy = self._busy_nodes()
            if self._transmit(busy):
                busy = self._busy_nodes()
            earliest = self._earliest_ns(busy)
            if earliest is None:
                self._flush(None)
                if self._agenda or self._stays("quiescent"):
                    continue  # an observer has reacted to the last events, or somebody has asked for something
                return "quiescent"
            until_ns = self.until_ns
            if (
                until_ns is not None
                and earliest >= until_ns
                and not (self._agenda and self._agenda[0].time_ns <= until_ns)
            ):
                self.now = until_ns
                if self._stays("until"):
                    continue
                return "until"
            is_due = bool(self._agenda) and self._agenda[0].time_ns <= earliest
            if is_due or self._paced:  # else the observers see it while the nodes work
                noted = self._noted
                self._flush((earliest, _COMMAND))
                if self._noted != noted or not self._wait_for(earliest):
                    continue  # an observer has reacted, a node has died meanwhile, or a command has been given
            self.now = earliest
            if is_due:
                self._obey(heapq.heappop(self._agenda))
            elif not self._lose_arrivals(earliest):
                self._run_window(earliest, busy, until_ns)
        return "stopped"

    def _wait_for(self, virtual_ns: int) -> bool:
        """Wait until the pacer lets `virtual_ns` come; tell whether it came (else something is due before)."""
        pacer = self._pacer
        if pacer is not None:
            pacer.all_shown()
        return self._has_come(virtual_ns)

    def _has_come(self, virtual_ns: int) -> bool:
        pacer = self._pacer
        while pacer is not None and (ahead_s := pacer.ahead_s(virtual_ns)) > 0:
            noted = self._noted
            for key, _ in self._selector.select(min(ahead_s, WAIT_S)):
                if key.data is None:
                    self._hear_front()
                else:
                    self.now = max(self.now, min(virtual_ns, pacer.now_ns()))
                    self._found_dead(key.data)
            pacer.attend()
            if self._noted != noted:
                return False
        return True

    def _stays(self, reason: str) -> bool:
        """Tell whether the pacer keeps the run alive for `reason`; meanwhile wait a little for whatever comes."""
        if self._pacer is None or not self._pacer.stays(reason):
            return False
        self.attend(WAIT_S)
        return True

    def _busy_nodes(self) -> list[tuple[int, Node]]:
        """Return the nodes at which anything can happen, each with the first instant at which it can."""
        return [(earliest, node) for node in self.nodes.values() if (earliest := node.earliest_ns()) is not None]

    def _earliest_ns(self, busy: list[tuple[int, Node]]) -> int | None:
        """Return the first instant at which anything can happen."""
        instants = [earliest for earliest, _ in busy]
        if self._agenda:
            instants.append(self._agenda[0].time_ns)
        if len(busy) < len(self.nodes):
            instants += [node.inbox[0][0] for node in self.nodes.values() if node.process is None and node.inbox]
        waiting = self._wire.next_start_ns()
        if waiting is not None:
            instants.append(waiting)
        return min(instants, default=None)

    def _transmit(self, busy: list[tuple[int, Node]]) -> bool:
        """Give every message its turn before which nothing else can be sent any more; tell whether there was one."""
        if self._wire.next_start_ns() is None:
            return False
        bound = min((earliest for earliest, _ in busy), default=None)
        if self._agenda and (bound is None or self._agenda[0].time_ns < bound):
            bound = self._agenda[0].time_ns
        any_transmitted = False
        while (transmitted := self._wire.transmit_one(bound)) is not None:
            any_transmitted = True
            node = self.nodes[transmitted[1].destination]
            heapq.heappush(node.inbox, transmitted)
            earliest = node.earliest_ns()
            if earliest is not None and (bound is None or earliest < bound):
                bound = earliest
        return any_transmitted

    def _lose_arrivals(self, now_ns: int) -> bool:
        """Drop what arrives now at nodes that are down or have had another life since; tell whether there was anything."""
        lost = False
        for node in self.nodes.values():
            while node.inbox and node.inbox[0][0] <= now_ns and not self._reaches(node, node.inbox[0][1]):
                self._lose(*heapq.heappop(node.inbox), node)
                lost = True
        return lost

    def _lose(self, arrival_ns: int, transmission: Transmission, node: Node) -> None:
        if transmission.payload:
            reason = f"{node.name} is down" if node.process is None else f"{node.name} has been restarted since"
            self._emit(arrival_ns, None, MessageLost(transmission.name, node.name, reason))

    @staticmethod
    def _reaches(node: Node, transmission: Transmission) -> bool:
        return node.process is not None and transmission.life == node.life

    def _run_window(self, start_ns: int, busy: list[tuple[int, Node]], until_ns: int | None) -> None:
        first_ns, second_ns = sorted([*(earliest for earliest, _ in busy), _NEVER_NS, _NEVER_NS])[:2]
        waiting = self._wire.next_start_ns()
        limit = start_ns + self.window_ns
        for bound in (
            self._agenda[0].time_ns if self._agenda else None,
            None if waiting is None else waiting + self._latency_ns,
            until_ns,
        ):
            if bound is not None and bound < limit:
                limit = bound
        asked: list[Node] = []
        first_end_ns = min(second_ns + self._latency_ns, limit)
        common_end_ns = min(first_ns + self._latency_ns, limit)
        for earliest, node in busy:
            end_ns = first_end_ns if earliest == first_ns else common_end_ns
            if earliest < end_ns:
                self._grant(node, end_ns)
                asked.append(node)
        self.windows += 1
        if not asked:
            raise AssertionError(f"no node can run at {start_ns}")
        self._flush((start_ns, _COMMAND))
        self._collect(asked)

    def _grant(self, node: Node, end_ns: int) -> None:
        inbox = node.inbox
        if not node.orders and not (inbox and inbox[0][0] < end_ns):
            if self._plain_grant[0] != end_ns:
                self._plain_grant = (end_ns, framed(encode_question(Grant(end_ns, [], []))))
            self._send(node, self._plain_grant[1])
            return
        deliveries: list[Delivery] = []
        while inbox and inbox[0][0] < end_ns:
            arrival_ns, transmission = entry = heapq.heappop(inbox)
            if not self._reaches(node, transmission):
                self._lose(arrival_ns, transmission, node)
                continue
            node.granted.append(entry)
            deliveries.append(Delivery(arrival_ns, transmission.source, transmission.sequence, transmission.payload))
        orders, node.orders = node.orders, []
        self._ask(node, Grant(end_ns, deliveries, orders))

    # ------------------------------------------------------------------------------------------- questions and answers

    def _ask(self, node: Node, question: Boot | Grant | LoadImage | Inspect) -> None:
        self._send(node, framed(encode_question(question)))

    @staticmethod
    def _send(node: Node, frame: bytes) -> None:
        assert node.process is not None
        try:  # noqa: SIM105 - suppress takes half a microsecond
            node.process.connection.send_framed(frame)
        except ConnectionClosed:
            pass  # its end shows when its answer is awaited

    def _collect(self, asked: list[Node]) -> None:
        """Wait for the answers of all nodes that were asked, and for the end of any node."""
        began_s = time.monotonic()
        answered = 1 if len(asked) == 1 and self._is_quick and self._hears_at_once(asked[0], began_s + QUICK_S) else 0
        while answered < len(asked) and self._hear(asked[answered]):
            answered += 1
        awaited = {id(node) for node in asked[answered:]}
        if not awaited and began_s - self._looked_s > LOOK_S:
            self._looked_s = began_s
            for key, _ in self._selector.select(0):
                if key.data is not None:
                    self._hear(key.data)
        explained = False
        silent_since_s = began_s
        while awaited:
            ready = self._selector.select(STALL_S)
            for key, _ in ready:
                if key.data is None:
                    self._hear_front()
                elif self._hear(key.data):
                    silent_since_s = time.monotonic()
                    awaited.discard(id(key.data))
            if awaited and not explained and time.monotonic() - silent_since_s >= STALL_S:
                explained = True
                self._explain_silence(asked, awaited)
        if len(asked) == 1:
            self._is_quick = time.monotonic() - began_s < 2 * QUICK_S

    def _hears_at_once(self, node: Node, until_s: float) -> bool:
        """Stay awake for the answer of a node that is alone at work: to be woken would take as long as many an answer does."""
        while not self._hear(node):
            if time.monotonic() > until_s:
                return False
            os.sched_yield()
        return True

    def _hear_front(self) -> None:
        if self._front is not None and self._pacer is not None and not self._pacer.hear():
            self._selector.unregister(self._front)
            self._front = None

    def _hear(self, node: Node) -> bool:
        """Take a node's answer, or its end, if it has come; tell whether it has."""
        assert node.process is not None
        try:
            answer = node.process.connection.receive_now()
        except ConnectionClosed:
            self._found_dead(node)
            return True
        if answer is None:
            return False
        self._take(node, decode_report(answer))
        return True

    def _take(self, node: Node, report: Report) -> None:
        node.granted.clear()
        node.reached_ns, node.next_ns = report.reached_ns, report.next_ns
        self._inspection = report.inspection or self._inspection
        for frame in report.frames:
            peer = self.nodes[frame.destination]
            self._wire.send(
                Transmission(
                    frame.time_ns,
                    node.name,
                    frame.sequence,
                    frame.destination,
                    peer.life,
                    frame.wire_bytes,
                    frame.payload,
                )
            )
        for local in report.events:
            self._buffer_event(local.t, local.phase, node, local.event)

    @staticmethod
    def _explain_silence(asked: list[Node], awaited: set[int]) -> None:
        for node in asked:
            if id(node) in awaited and node.process is not None and node.process.is_stopped():
                log.warning("%s was stopped by a signal from outside; virtual time waits for it", node.name)

    def _found_dead(self, node: Node) -> None:
        """A node's process has ended without being told to."""
        assert node.process is not None
        self._selector.unregister(node.process.connection)
        node.dying = True
        status = node.process.end()
        if status is None or status >= 0:
            lines = "\n  ".join(node.process.last_lines())
            raise EmulatorError(f"node {node.name} failed at {self.now / 1e9:.6f} s (exit status {status}):\n  {lines}")
        for entry in node.granted:
            heapq.heappush(node.inbox, entry)
        node.granted.clear()
        cause = f"{signal.Signals(-status).name} from outside"
        self._note(max(self.now, node.reached_ns), Crash(node.name), "outside", cause)

    # --------------------------------------------------------------------------------------------------------- commands

    def _obey(self, due: _Due) -> None:
        command = due.command
        if command is None:
            return
        if isinstance(command, _TellPeers):
            node = self.nodes[command.node]
            if node.life == command.life:
                self._tell_peers(node)
            return
        if not isinstance(command, Say | Ask):
            self._emit(self.now, None, CommandGiven(msgspec.to_builtins(command), due.by))
        refusal = self._carry_out(command, due.by, due.cause)
        if refusal is not None:
            self._emit(self.now, None, CommandRefused(msgspec.to_builtins(command), refusal))

    def _carry_out(self, command: AnyCommand, by: str, cause: str) -> str | None:
        """Carry a command out; return why that is impossible, if it is."""
        match command:
            case Spawn():
                return self._spawn(command)
            case Migrate(process, to, strategy):
                return self._migrate(process, to, strategy, by)
            case Cancel(process):
                return self._order_owner(process, lambda pid: CancelMove(pid))
            case Kill(process):
                return self._order_owner(process, lambda pid: KillProcess(pid))
            case Signal(process, which):
                return self._order_owner(process, lambda pid: SignalProcess(pid, which))
            case Crash(name):
                return self._crash(self.nodes[name], cause or f"SIGKILL {_BY.get(by, f'by the {by}')}")
            case Restart(name):
                return self._restart(self.nodes[name])
            case Pause(name):
                return self._pause(self.nodes[name])
            case Resume(name):
                return self._resume(self.nodes[name])
            case Slow(name, percent):
                return self._order(self.nodes[name], SetSpeed(percent))
            case Partition():
                self._partition(command)
            case Heal():
                self._heal(command)
            case Activate(name):
                return self._order(self.nodes[name], OwnerInput(active=True))
            case Idle(name):
                return self._order(self.nodes[name], OwnerInput(active=False))
            case Stay(process, name, lifted):
                return self._stay(process, name, stays=not lifted)
            case Block(name, lifted):
                return self._order(self.nodes[name], OperateMachine("unblock" if lifted else "block"))
            case Expel(name):
                return self._order(self.nodes[name], OperateMachine("expel"))
            case Bring(name):
                return self._order(self.nodes[name], OperateMachine("bring"))
            case Shutdown():
                return self._shut_down(command, by)
            case Set():
                return self._set(command)
            case Say(text):
                self._emit(self.now, None, Narration(text))
            case Ask(question, answer, choices):
                self._emit(self.now, None, QuestionAsked(question, answer, list(choices)))
            case Stop():
                self._stopped = True
        return None

    def _order(self, node: Node, order: AnyOrder) -> str | None:
        if node.process is None or node.dying:
            return f"{node.name} is down"
        node.orders.append(DueOrder(self.now, order))
        return None

    def _order_owner(self, process: str, make_order: Callable[[Pid], AnyOrder]) -> str | None:
        pid = self.directory.pid_of(process)
        if pid is None:
            return f"there is no process {process}"
        owner = self.directory.owner_of(pid)
        if owner is None:
            return f"{process} lives no more"
        return self._order(self.nodes[owner], make_order(pid))

    def _spawn(self, command: Spawn) -> str | None:
        node = self.nodes[command.on]
        if node.process is None:
            return f"{node.name} is down"
        pid = self.directory.enter(command.name, node.name)
        return self._order(
            node,
            StartProcess(
                pid,
                command.name,
                command.program,
                command.argv,
                command.environment,
                command.stdin,
                command.priority,
                command.estimate_ns,
            ),
        )

    def _migrate(self, process: str, to: NodeName, strategy: str | None, by: str) -> str | None:
        initiator = "user" if by in ("user", "script") else by
        return self._order_owner(
            process, lambda pid: MoveProcess(pid, to, strategy, initiator, f"asked for by the {by}")
        )

    def _stay(self, process: str | None, name: NodeName | None, *, stays: bool) -> str | None:
        if process is not None:
            return self._order_owner(process, lambda pid: LetStay(pid, stays))
        assert name is not None
        return self._order(self.nodes[name], OperateMachine("stay" if stays else "unstay"))

    def _set(self, command: Set) -> str | None:
        """Let other settings be in force at once on every machine that is concerned; one that is down comes up with them."""
        changes: dict[NodeName, tuple[InForce, InForce]] = {}
        for name in concerned(command, tuple(self.nodes), self.plan.initiators.controls):
            before = self.nodes[name].in_force
            after = changed(before, command)
            if after != before:
                changes[name] = before, after
        if not changes:
            return "Nothing would change"
        for difference in differences(changes):
            self._emit(self.now, None, difference)
        for name, (_, after) in changes.items():
            self.nodes[name].in_force = after
            self._order(self.nodes[name], ChangePolicy(*after))
        return None

    def _shut_down(self, command: Shutdown, by: str) -> str | None:
        """Announce that a node goes down, and let it go down then."""
        at_ns = self.now + command.in_ns
        refusal = self._order(self.nodes[command.node], OperateMachine("shutdown", at_ns))
        if refusal is None:
            self._note(at_ns, Crash(command.node), by, "shut down, as announced")
        return refusal

    def _crash(self, node: Node, cause: str) -> str | None:
        if node.process is None:
            return f"{node.name} is down already"
        if not node.dying:
            self._selector.unregister(node.process.connection)
            node.process.kill()
        node.process.bury()
        log.info("%s, which was process %d, is gone: %s", node.name, node.process.pid, cause)
        node.process = None
        node.dying = False
        node.paused_since_ns = None
        node.next_ns = None
        node.orders.clear()
        node.images_to_load.clear()  # the next life gets them as it boots
        self._emit(self.now, node, NodeCrashed(cause))
        node.peers_told = False
        self._note(self.now + self.plan.network.detection_ns, _TellPeers(node.name, node.life))
        return None

    def _tell_peers(self, node: Node) -> None:
        """Let every other node learn that its connection to `node` is broken: behind all that this life of it has sent,
        before all that the next one will send."""
        if node.peers_told:
            return
        node.peers_told = True
        for peer in self.nodes.values():
            if peer is not node:
                self._wire.send(
                    Transmission(self.now, node.name, node.life * FRAMES_IN_A_LIFE, peer.name, peer.life, 0, b"")
                )

    def _restart(self, node: Node) -> str | None:
        if node.process is not None:
            return f"{node.name} is not down"
        self._tell_peers(node)
        node.life += 1
        node.reached_ns = self.now
        self._emit(self.now, node, NodeRestarted(node.life))
        self._launch(node)
        self._boot(node)
        self._collect([node])
        return None

    def _pause(self, node: Node) -> str | None:
        if not node.runs:
            return f"{node.name} is {'down' if node.process is None else 'paused already'}"
        assert node.process is not None
        node.process.stop()
        node.paused_since_ns = self.now
        self._emit(self.now, node, NodePaused())
        return None

    def _resume(self, node: Node) -> str | None:
        if node.process is None or node.paused_since_ns is None:
            return f"{node.name} is not paused"
        node.process.go_on()
        for name, image in node.images_to_load.items():
            self._ask(node, LoadImage(name, image))
        node.images_to_load.clear()
        waited = [DueOrder(self.now, due.order) for due in node.orders]
        node.orders = [DueOrder(self.now, AfterPause(node.paused_since_ns)), *waited]
        node.paused_since_ns = None
        self._emit(self.now, node, NodeResumed())
        return None

    def _partition(self, command: Partition) -> None:
        cut = self._wire.cut(self._links(command.nodes, command.others, one_way=command.one_way))
        self._emit(self.now, None, LinkPartitioned([f"{source}>{target}" for source, target in cut]))

    def _heal(self, command: Heal) -> None:
        links = self._links(command.nodes or tuple(self.nodes), command.others, one_way=False)
        healed, released = self._wire.heal(links, self.now)
        self._emit(self.now, None, LinkHealed([f"{source}>{target}" for source, target in healed]))
        for transmission in released:
            if transmission.payload:
                self._emit(self.now, None, MessageReleased(transmission.name, transmission.destination))

    def _links(self, nodes: Sequence[NodeName], others: Sequence[NodeName], *, one_way: bool) -> list[Link]:
        everyone = tuple(self.nodes)
        targets = others or [name for name in everyone if name not in nodes] or everyone
        forth = [(one, other) for one in nodes for other in targets if one != other]
        back = [] if one_way else [(other, one) for one, other in forth]
        return list(dict.fromkeys(forth + back))

    # ----------------------------------------------------------------------------------------------------------- events

    def _held(self, transmission: Transmission, at_ns: int) -> None:
        if transmission.payload:
            self._emit(at_ns, None, MessageHeld(transmission.name, transmission.destination))

    def _emit(self, t: int, node: Node | None, event: AnyEvent) -> None:
        """Put an event of the engine's own into the stream, behind what the CPUs did at that instant."""
        self._buffer_event(t, _COMMAND, node, event)

    def _buffer_event(self, t: int, phase: int, node: Node | None, event: AnyEvent) -> None:
        self._buffered += 1
        index, name = (node.index, node.name) if node is not None else (-1, None)
        self._buffer.append((t, phase, index, self._buffered, name, event))
        if type(event) in self._watched_types:
            self._note(t + self._latency_ns, None)

    def _take_buffered(self, before: tuple[int, int] | None) -> list[_Buffered]:
        """Take the events before an instant and phase (None: all) out of the buffer, in order."""
        buffer = self._buffer
        buffer.sort()  # what a node reports is in order already, so this is little more than a merge
        if before is None or (buffer and buffer[-1] < before):
            self._buffer = []
            return buffer
        count = bisect.bisect_left(buffer, before)
        taken, self._buffer = buffer[:count], buffer[count:]
        return taken

    def _flush(self, before: tuple[int, int] | None) -> None:
        """Show the observers all events before an instant and phase (None: all), each when its time has come."""
        if self._paced:
            self._flush_in_time(before)
            return
        for t, _, _, _, node, event in self._take_buffered(before):
            self._record(t, node, event)
        self.now = max(self.now, self._last_ns)

    def _flush_in_time(self, before: tuple[int, int] | None) -> None:
        """Show each event as soon as its time has come, unless something is due before it."""
        waiting = deque(self._take_buffered(before))
        while waiting:
            if not self._has_come(waiting[0][0]):
                due = (self._agenda[0].time_ns, _COMMAND) if self._agenda else None
                if due is not None and waiting[-1] >= due:
                    self._buffer += waiting
                    waiting = deque(self._take_buffered(due))
                continue
            t, _, _, _, node, event = waiting.popleft()
            self.now = max(self.now, t)
            self._record(t, node, event)

    def _record(self, t: int, node: NodeName | None, event: AnyEvent) -> None:
        stamped = Stamped(t, self._sequence, node, event)
        self._sequence += 1
        self._last_ns = t
        concerned = self._concerned.get(type(event))
        if concerned is None:
            concerned = self._concerned[type(event)] = self._who_wants(type(event))
        consequences: list[AnyEvent] = []
        for observe in concerned:
            consequences += observe(stamped)
        for consequence in consequences:
            self._record(t, node, consequence)

    def _who_wants(self, kind: type[Event]) -> list[Callable[[Stamped], Iterable[AnyEvent]]]:
        everyone: list[Observer] = [self.directory, *self._observers]
        return [one.observe for one in everyone if one.about is None or kind in one.about]


def _ignore_interrupt() -> Any:
    """Be deaf to Ctrl-C; return what `_hear_interrupt` needs. Only the main thread can."""
    try:
        return signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        return None


def _hear_interrupt(heard: Any) -> None:
    if heard is not None:
        signal.signal(signal.SIGINT, heard)


class NobodyInFront:
    """The half of a pacer that speaks for the front, where there is none."""

    paces = True

    def fileno(self) -> int | None:
        """Return None."""
        return None

    def hear(self) -> bool:
        """Return False."""
        return False

    def attend(self) -> None:
        """Do nothing."""

    def all_shown(self) -> None:
        """Do nothing."""

    def stays(self, _reason: str) -> bool:
        """Return False: the run ends by itself."""
        return False


class RealTime(NobodyInFront):
    """Paces virtual time: `factor` virtual seconds a real second."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._began = time.monotonic()

    def ahead_s(self, virtual_ns: int) -> float:
        return virtual_ns / 1e9 / self._factor - (time.monotonic() - self._began)

    def now_ns(self) -> int:
        return int((time.monotonic() - self._began) * self._factor * 1e9)
