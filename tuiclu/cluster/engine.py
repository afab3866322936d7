"""The engine: it holds the clock and the wire, and lets the nodes run in conservative windows.

With T the earliest instant at which anything can happen anywhere, and L the latency of the wire, nothing that a node does can reach
another before T + L. So every node that has something to do before T + L runs there on its own, in parallel with the others. Nodes know
more: each says before when it sends nothing (it is quiet), because its CPU runs ahead. With Q the first instant at which any node can send
anything, all run to Q + L; the one that may send first runs further, to where the next of the others could reach it. It stops by itself
where an answer to what it sends, or somebody's reaction to an event, could first reach it. (Chandy and Misra 1979; Bryant 1977.)

At one instant, the nodes' CPUs come first, then commands, then messages, then timers. Events are put in that order before anybody sees
them, and nobody sees an event before all that came earlier is known. So where the windows' edges lie shows nowhere.

Commands come from a script at known instants, or from outside at a window's edge. A real SIGKILL that hits a node from outside is such a
command: one path for emulated faults and for real ones.
"""

from __future__ import annotations

import heapq
import logging
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from nodes.wire.bulk import new_bulk
from nodes.wire.clauses import clause
from nodes.wire.connection import ConnectionClosed, NodeFiles, framed
from nodes.wire.control import (
    AHEAD_NS,
    FRAMES_IN_A_LIFE,
    MACHINE_FAILED,
    AfterPause,
    Boot,
    Delivery,
    DueOrder,
    Grant,
    Halt,
    Inspect,
    Inspection,
    LoadImage,
    LoadModules,
    Report,
    encode_question,
)
from nodes.wire.events import (
    KINDS,
    AnyEvent,
    CommandGiven,
    CommandRefused,
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
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import (
    NEVER_NS,
    FileParameters,
    InitiatorParameters,
    MigrationParameters,
    NetworkParameters,
    NodeParameters,
)
from nodes.wire.text import Text
from nodes.wire.users_code import UsersModules
from tuiclu.cluster.calendar import Calendar
from tuiclu.cluster.commands import (
    AnyCommand,
    Ask,
    Crash,
    Heal,
    Partition,
    Pause,
    Restart,
    Resume,
    Say,
    Shutdown,
    Stop,
)
from tuiclu.cluster.conversation import Conversation
from tuiclu.cluster.directory import Directory
from tuiclu.cluster.launcher import Launcher, make_room_for
from tuiclu.cluster.node import Node
from tuiclu.cluster.operator import Operator
from tuiclu.cluster.pacing import Pacer
from tuiclu.cluster.policy import InForce
from tuiclu.cluster.preparation import uses
from tuiclu.cluster.stream import COMMAND, EventStream, Observer, OutOfTime
from tuiclu.cluster.wire import Link, Transmission, Wire
from tuiclu.errors import EmulatorError, MachineError

log = logging.getLogger("tuiclu.engine")

MAX_WINDOW_NS = 20_000_000
"""No window is longer, so that a key press, or the death of an idle node, is never far from an edge."""
WAIT_S = 0.05
"""Real seconds that the engine waits at a time when virtual time may not go on."""
_KILLED = {"script": "killed-by-script", "user": "killed-by-user", "outside": "killed-from-outside"}
"""The clause that says who asked for a crash."""


class ClusterPlan(msgspec.Struct, frozen=True):
    """All that a cluster is made from."""

    title: str
    seed: int
    network: NetworkParameters
    nodes: tuple[NodeParameters, ...]
    migration: MigrationParameters
    images: dict[str, ProgramImage]
    users: UsersModules = UsersModules()
    """The modules of a user's own classes: they may be executed."""
    initiators: InitiatorParameters = InitiatorParameters()
    files: dict[str, FileParameters] = {}
    """By name: what lies on the disk of some node."""


class _TellPeers(msgspec.Struct, frozen=True):
    """The engine's own: let every other node learn that its connection to this one is broken."""

    node: NodeName
    life: int


class _Due(NamedTuple):
    """Something that the engine does at a known instant.

    At one instant, what comes from outside comes behind all that the run does by itself: a saved session knows it from the beginning, the
    session itself when it came.
    """

    time_ns: int
    outside: bool
    number: int
    command: AnyCommand | _TellPeers | None
    """None: only look at the news."""
    by: str
    cause: str


class Engine:
    """Runs one cluster. Use as a context manager: whatever happens, no process is left behind.

    `watched` are the kinds of events on which an observer gives commands: they come at the earliest one latency after the event.
    `window_ns` shortens the windows; `ahead_ns` is by how much CPUs run ahead. Both change nothing but the speed.
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
        ahead_ns: int | None = None,
    ) -> None:
        make_room_for(len(plan.nodes))
        self.plan = plan
        self.now = 0
        """Nothing before this instant is still to happen."""
        in_force = InForce(plan.migration, plan.initiators)
        self.nodes = {node.name: Node(node, node.name, index, in_force) for index, node in enumerate(plan.nodes)}
        self._calendar = Calendar(tuple(self.nodes.values()), Node.earliest_ns)
        """When which node does anything."""
        self._senders = Calendar(tuple(self.nodes.values()), Node.sends_ns)
        """When which node can send anything."""
        self._down: dict[NodeName, Node] = {}
        """The nodes that have crashed."""
        self.directory = Directory()
        self._operator = Operator(
            self.nodes, self.directory, plan.initiators.controls, lambda event: self._emit(self.now, None, event)
        )
        self.windows = 0
        self._launcher = launcher
        self._stream = EventStream([self.directory, *observers])
        self._watched = tuple(sorted(watched))
        self._watched_types = frozenset(KINDS[kind] for kind in self._watched)
        self._pacer = pacer
        self._paced = pacer is not None and pacer.paces
        self.window_ns = min(window_ns or MAX_WINDOW_NS, MAX_WINDOW_NS)
        """No window is longer. It may be changed at any edge."""
        self.until_ns: int | None = None
        """The run ends here at the latest; None: by itself."""
        self._latency_ns = plan.network.latency_ns
        self._ahead_ns = AHEAD_NS if ahead_ns is None else ahead_ns
        self._wire = Wire(plan.network, self._held)
        self._agenda: list[_Due] = []
        self._noted = 0
        self._lost_ns = -1
        """When a message was lost last."""
        self._struck: list[tuple[Node, str]] = []
        """Nodes that somebody has killed, and by which signal, whose crash is not noted yet."""
        self._recurring: dict[int, Iterator[tuple[int, AnyCommand]]] = {}
        """Commands that come again and again, by the number under which the next of them is noted."""
        self._stopped = False
        self._bulk = new_bulk()
        self._users = plan.users
        self._conversation = Conversation(pacer, self._take, self._found_dead)
        self._inspection: Inspection | None = None
        """What the last look showed."""
        self._plain_grant = (-1, False, b"")
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
        from tuiclu.version import __version__

        self._stream.show(0, None, RunStarted(__version__, plan.title, plan.seed, settings))
        self._prepare()
        for node in self.nodes.values():
            self._launch(node)
        for node in self.nodes.values():
            self._boot(node)
        self._conversation.collect(list(self.nodes.values()))
        self._stream.show_all(None)  # the nodes are up before the first command, whatever it is

    def _prepare(self) -> None:
        """Have programs compiled that will be used more than once, as far as that is known."""
        commands = [due.command for due in sorted(self._agenda) for _ in range(1 + (due.number in self._recurring))]
        known = [command for command in commands if command is not None and not isinstance(command, _TellPeers)]
        for program, use in uses(known).items():
            if program in self.plan.images:
                self._launcher.prepare_for(self.plan.images[program], use.argv, use.stdin, use.times)

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
            self._users,
            plan.network.bandwidth_bps,
            self._ahead_ns,
        )
        node.promised_ns, node.granted_ns = self.now, self.now + 1  # that it is up, and nothing else
        node.quiet_until_ns = self.now
        node.asked = True
        self._conversation.begin(node)
        self._conversation.ask(node, boot)

    def close(self) -> None:
        """End all node processes, by force where need be. Ctrl-C is not heard meanwhile."""
        heard = _ignore_interrupt()
        try:
            living = [node for node in self.nodes.values() if node.process is not None]
            for node in living:
                assert node.process is not None
                if node.paused_since_ns is not None or node.asked or node.dying:
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
            self._conversation.close()
        finally:
            for node in self.nodes.values():
                node.disk.close()
            os.close(self._bulk)
            _hear_interrupt(heard)

    # -------------------------------------------------------------------------------------------------------- commands

    def schedule(self, time_ns: int, command: AnyCommand, by: str = "script", *, outside: bool = False) -> None:
        """Have a command carried out at an instant that is not over yet.

        `outside`: it comes from outside the run, now or when the session was saved.
        """
        self._note(max(time_ns, self.now), command, by, outside=outside)

    def recur(self, commands: Iterator[tuple[int, AnyCommand]], by: str = "script") -> None:
        """Have commands carried out one after the other, each at its instant; there may be no end of them.

        The instants never decrease. Each command is asked for when the one before it is due.
        """
        self._noted += 1
        self._recurring[self._noted] = commands
        self._note_next(self._noted, by)

    def _note_next(self, number: int, by: str) -> None:
        """Note the next of some recurring commands, under their number: at one instant their turn is always the same."""
        following = next(self._recurring[number], None)
        if following is None or following[0] >= NEVER_NS:
            del self._recurring[number]
        else:
            heapq.heappush(self._agenda, _Due(max(following[0], self.now), False, number, following[1], by, ""))

    def edge_ns(self) -> int:
        """Return the earliest instant at which a command from outside can be carried out: no node has run beyond it, and no message
        that was sent has had its turn since, or been lost at a node that is down.

        At 0 the nodes have just started, and nothing comes before that.
        """
        reached = (node.reached_ns for node in self.nodes.values() if node.process is not None)
        edge_ns = max([1, self.now, self._wire.begun_ns + 1, self._lost_ns + 1, *reached])
        if self._pacer is None or (earliest_ns := self._earliest_ns()) is None:
            return edge_ns
        return max(edge_ns, min(earliest_ns, self._pacer.now_ns()))

    def attend(self, timeout_s: float) -> None:
        """Wait for the front, or for the end of a node, at most so long; then let the pacer attend to it."""
        for node in self._conversation.listen(timeout_s):
            self._found_dead(node)
        self._settle_deaths()
        if self._pacer is not None:
            self._pacer.attend()

    def inspect(self, name: NodeName, pid: Pid) -> Inspection | None:
        """Look at a process on a node, and at the node's frames; None if the node cannot be asked. At an edge only; changes nothing."""
        node = self.nodes[name]
        if not node.runs or node.process is None or node.process.is_stopped():
            return None
        self._inspection = None
        agenda_ns = self._agenda[0].time_ns if self._agenda else None
        at_ns = min(one for one in (self.edge_ns(), node.earliest_ns(), agenda_ns) if one is not None)
        node.granted_ns = max(node.granted_ns, at_ns)
        self._conversation.ask(node, Inspect(pid, at_ns))
        self._conversation.collect([node])
        return self._inspection

    def load_image(self, name: str, image: ProgramImage) -> None:
        """Let all nodes have one more program: those that are down or paused when they are up again. At an edge only; no time passes."""
        self.plan.images[name] = image
        for node in self.nodes.values():
            if node.runs:
                self._conversation.ask(node, LoadImage(name, image))
            else:
                node.images_to_load[name] = image

    def load_modules(self, users: UsersModules) -> None:
        """Let all nodes take a user's own classes from these modules from now on. As `load_image`."""
        self._users = users
        for node in self.nodes.values():
            if node.runs:
                self._conversation.ask(node, LoadModules(users))
            else:
                node.modules_to_load = users

    def _note_changed(self, nodes: Iterable[Node]) -> None:
        """Take note that something else may be next at some nodes than before."""
        self._calendar.note(nodes)
        self._senders.note(nodes)

    def _note(
        self,
        time_ns: int,
        command: AnyCommand | _TellPeers | None,
        by: str = "",
        cause: str = "",
        *,
        outside: bool = False,
    ) -> None:
        """Note something for an instant; what is due at the end of time or later is not done."""
        self._noted += 1
        if time_ns < NEVER_NS:
            heapq.heappush(self._agenda, _Due(time_ns, outside, self._noted, command, by, cause))

    # -------------------------------------------------------------------------------------------------------- the loop

    def run(self, until_ns: int | None = None) -> None:
        """Let virtual time pass until nothing is left to happen, `until_ns` is reached, or a command stops the run."""
        self.until_ns = until_ns
        reason = self._advance()
        self._flush(None)
        unfinished = sorted(
            self._wire.unfinished()
            + [one for node in self.nodes.values() for _, one in (*node.inbox, *node.granted) if one.payload]
        )
        in_flight = [transmission.name for transmission in unfinished if transmission.payload]
        # When nothing is left to happen, timers may have come since that did nothing: it depends on the windows where they are noticed.
        self.now = self._stream.last_ns if reason == "quiescent" else max(self.now, self._stream.last_ns)
        for node in self.nodes.values():
            if node.account is not None:
                account = node.account.as_event(node.paused_since_ns or self.now)
                self._stream.show(self.now, node.name, account)
        self._stream.show(self.now, None, RunEnded(reason, in_flight))

    def _advance(self) -> str:
        """Run, and return why the run ends."""
        while not self._stopped:
            self._settle_deaths()
            if self._pacer is not None:
                self._pacer.attend()
            self._transmit()
            earliest = self._earliest_ns()
            if earliest is None:
                self._flush(None)
                if self._agenda or self._stays("quiescent"):
                    continue  # an observer has reacted to the last events, or somebody has asked for something
                return "quiescent"
            if earliest < self.now:
                raise OutOfTime(None, "that something is due", earliest, f"it is {self.now} ns already")
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
                self._flush((earliest, COMMAND))
                if self._noted != noted or not self._wait_for(earliest):
                    continue  # an observer has reacted, a node has died meanwhile, or a command has been given
            self.now = earliest
            if is_due:
                self._obey(heapq.heappop(self._agenda))
            elif not (self._paced and self._transmit()) and not self._lose_arrivals(earliest):
                self._run_window(earliest, until_ns)
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
            for node in self._conversation.listen(min(ahead_s, WAIT_S)):
                self.now = max(self.now, min(virtual_ns, pacer.now_ns()))
                self._found_dead(node)
            self._settle_deaths()
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

    def _earliest_ns(self) -> int | None:
        """Return the first instant at which anything can happen."""
        instants = [node.inbox[0][0] for node in self._down.values() if node.inbox]
        agenda_ns = self._agenda[0].time_ns if self._agenda else None
        instants += [
            one for one in (self._calendar.first_ns(), agenda_ns, self._wire.next_start_ns()) if one is not None
        ]
        return min((instant for instant in instants if instant < NEVER_NS), default=None)

    def _transmit(self) -> bool:
        """Give every message its turn before which nothing else can be sent any more; tell whether one went, or came to a cut.

        Where somebody can interfere at any time, no message has its turn before that has come.
        """
        waiting_ns = self._wire.next_start_ns()
        if waiting_ns is None:
            return False
        bound = self._senders.first_ns()
        if self._agenda and (bound is None or self._agenda[0].time_ns < bound):
            bound = self._agenda[0].time_ns
        if self._paced and (bound is None or self.now < bound):
            bound = self.now + 1
        while (transmitted := self._wire.transmit_one(bound)) is not None:
            node = self.nodes[transmitted[1].destination]
            heapq.heappush(node.inbox, transmitted)
            self._note_changed((node,))
            sends_ns = node.sends_ns()
            if sends_ns is not None and (bound is None or sends_ns < bound):
                bound = sends_ns
        return self._wire.next_start_ns() != waiting_ns

    def _lose_arrivals(self, now_ns: int) -> bool:
        """Drop what arrives now at nodes that are down or have had another life since; tell whether there was anything."""
        concerned = [*self._down.values(), *(node for _, node in self._calendar.due_before(now_ns + 1))]
        lost = [self._lose_arrived(node, now_ns) for node in concerned]
        return any(lost)

    def _lose_arrived(self, node: Node, now_ns: int) -> bool:
        """Drop what has come to a node and cannot be taken there any more; tell whether there was anything."""
        lost = False
        while node.inbox and node.inbox[0][0] <= now_ns and not self._reaches(node, node.inbox[0][1]):
            self._lose(now_ns, heapq.heappop(node.inbox)[1], node)
            lost = True
        self._note_changed((node,))
        return lost

    def _lose(self, at_ns: int, transmission: Transmission, node: Node) -> None:
        self._lost_ns = max(self._lost_ns, at_ns)
        if transmission.payload:
            reason = clause("down" if node.process is None else "restarted-since", machine=node.name)
            self._emit(at_ns, None, MessageLost(transmission.name, node.name, reason))

    @staticmethod
    def _reaches(node: Node, transmission: Transmission) -> bool:
        return node.process is not None and transmission.life == node.life

    def _run_window(self, start_ns: int, until_ns: int | None) -> None:
        first_ns, second_ns = self._senders.first_two_ns()
        waiting = self._wire.next_start_ns()
        # Whoever is killed meanwhile dies where his window began (see `_settle_deaths`): nobody may have heard of that yet.
        limit = min(start_ns + self.window_ns, start_ns + self.plan.network.detection_ns + self._latency_ns, NEVER_NS)
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
        for earliest, node in self._calendar.due_before(max(common_end_ns, start_ns + 1)):
            sends_ns = node.sends_ns()
            end_ns = first_end_ns if sends_ns == first_ns else common_end_ns
            if earliest < end_ns:
                node.promised_ns, node.granted_ns, node.asked = earliest, end_ns, True
                node.quiet_until_ns = NEVER_NS if sends_ns is None else sends_ns
                self._grant(node, end_ns)
                asked.append(node)
        self.windows += 1
        if not asked:
            raise AssertionError(f"no node can run at {start_ns}")
        self._flush((start_ns, COMMAND))
        self._conversation.collect(asked)

    def _grant(self, node: Node, end_ns: int) -> None:
        inbox, stay_awake = node.inbox, self._conversation.lockstep.is_on
        if not node.orders and not (inbox and inbox[0][0] < end_ns):
            if self._plain_grant[:2] != (end_ns, stay_awake):
                self._plain_grant = (end_ns, stay_awake, framed(encode_question(Grant(end_ns, [], [], stay_awake))))
            self._conversation.send(node, self._plain_grant[2])
            return
        deliveries: list[Delivery] = []
        while inbox and inbox[0][0] < end_ns:
            arrival_ns, transmission = entry = heapq.heappop(inbox)
            if not self._reaches(node, transmission):
                self._lose(max(arrival_ns, node.promised_ns), transmission, node)
                continue
            node.granted.append(entry)
            deliveries.append(Delivery(arrival_ns, transmission.source, transmission.sequence, transmission.payload))
        orders, node.orders = node.orders, []
        self._conversation.ask(node, Grant(end_ns, deliveries, orders, stay_awake))

    # --------------------------------------------------------------------------------------------------------- answers

    def _take(self, node: Node, report: Report) -> None:
        node.asked = False
        node.come_to(report.reached_ns)
        node.account = report.account
        node.next_ns, node.quiet_ns = report.next_ns, report.quiet_ns
        self._inspection = report.inspection or self._inspection
        if report.reached_ns > node.granted_ns:
            raise OutOfTime(
                node.name, "its progress", report.reached_ns, f"it was let run to {node.granted_ns} ns only"
            )
        for frame in report.frames:
            if not node.quiet_until_ns <= frame.time_ns <= report.reached_ns:
                why = f"it ran to {report.reached_ns} ns, and was to send nothing before {node.quiet_until_ns} ns"
                raise OutOfTime(node.name, f"message {node.name}:{frame.sequence}", frame.time_ns, why)
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
        end_ns = report.reached_ns if report.reached_ns > node.promised_ns else node.granted_ns
        self._stream.put_reported(node.index, node.name, report.events, node.promised_ns, end_ns)
        if self._watched:
            for local in report.events:
                self._note_if_watched(local.t, local.event)
        self._note_changed((node,))

    def _found_dead(self, node: Node) -> None:
        """A node's process has ended without being told to. When that takes effect is settled as soon as no other one is at work."""
        assert node.process is not None
        self._conversation.end(node)
        node.dying = True
        status = node.process.end()
        node.process.raise_if_orphaned()
        if status == MACHINE_FAILED:
            raise MachineError(
                Text("{node} cannot go on: {why}", node=node.name, why=Text(" ".join(node.process.last_lines()[-1:])))
            )
        if status is None or status >= 0:
            lines = "\n  ".join(node.process.last_lines())
            raise EmulatorError(f"node {node.name} failed at {self.now / 1e9:.6f} s (exit status {status}):\n  {lines}")
        node.take_back()
        self._note_changed((node,))
        self._struck.append((node, _signal_name(-status)))

    def _settle_deaths(self) -> None:
        """Note the crashes of the nodes that were killed from outside, each for an instant before which the node had nothing to do.

        The others have been let run no further than until what is sent then can reach them. The cluster is at rest.
        """
        while self._struck:
            node, deadly = self._struck.pop(0)
            at_ns = self.edge_ns()
            waiting_ns = self._wire.next_start_ns()
            for bound in (
                node.promised_ns if node.asked else node.first_ns(),
                None if waiting_ns is None else waiting_ns + self._latency_ns,
                self._agenda[0].time_ns if self._agenda else None,
            ):
                if bound is not None and bound < at_ns:
                    at_ns = bound
            at_ns = max(at_ns, self.now)
            crash = Crash(node.name, deadly)
            self._note(at_ns, crash, "outside", outside=True)
            if self._pacer is not None:
                self._pacer.struck(at_ns, crash)

    # --------------------------------------------------------------------------------------------------------- commands

    def _obey(self, due: _Due) -> None:
        command = due.command
        if due.number in self._recurring:
            self._note_next(due.number, due.by)
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
        self._note_changed(self.nodes.values())
        if refusal is not None:
            self._emit(self.now, None, CommandRefused(msgspec.to_builtins(command), refusal))

    def _carry_out(self, command: AnyCommand, by: str, cause: str) -> str | None:
        """Carry a command out; return why that is impossible, if it is."""
        match command:
            case Crash(name, deadly):
                return self._crash(self.nodes[name], cause or clause(_KILLED[by], signal=deadly))
            case Restart(name):
                return self._restart(self.nodes[name])
            case Pause(name):
                return self._pause(self.nodes[name])
            case Resume(name):
                return self._resume(self.nodes[name])
            case Partition():
                self._partition(command)
            case Heal():
                self._heal(command)
            case Shutdown():
                return self._shut_down(command, by)
            case Say(text):
                self._emit(self.now, None, Narration(text))
            case Ask(question, answer, choices):
                self._emit(self.now, None, QuestionAsked(question, answer, list(choices)))
            case Stop():
                self._stopped = True
            case _:
                return self._operator.carry_out(command, self.now, by)
        return None

    def _shut_down(self, command: Shutdown, by: str) -> str | None:
        """Announce that a node goes down, and let it go down then."""
        at_ns = self.now + command.in_ns
        refusal = self._operator.carry_out(command, self.now, by)
        if refusal is None:
            self._note(at_ns, Crash(command.node), by, clause("shut-down"))
        return refusal

    def _crash(self, node: Node, cause: str) -> str | None:
        if node.process is None:
            return clause("down-already", machine=node.name)
        if not node.dying:
            self._conversation.end(node)
            node.process.kill()
        node.process.bury()
        log.info("%s, which was process %d, is gone: %s", node.name, node.process.pid, cause)
        node.process = None
        self._down[node.name] = node
        node.dying = node.asked = False
        node.take_back()
        node.next_ns = node.quiet_ns = None
        node.orders.clear()
        node.images_to_load.clear()  # the next life gets them as it boots
        node.modules_to_load = None
        if node.account is not None:
            self._emit(self.now, node, node.account.as_event(node.paused_since_ns or self.now))
        node.account = node.paused_since_ns = None
        self._emit(self.now, node, NodeCrashed(cause))
        self._lose_arrived(node, self.now)  # among it what has waited for the end of a pause
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
                self._tell_of_death(node, peer)

    def _tell_of_death(self, node: Node, peer: Node) -> None:
        self._wire.send(Transmission(self.now, node.name, node.life * FRAMES_IN_A_LIFE, peer.name, peer.life, 0, b""))

    def _restart(self, node: Node) -> str | None:
        if node.process is not None:
            return clause("not-down", machine=node.name)
        self._tell_peers(node)
        del self._down[node.name]
        node.life += 1
        node.reached_ns = self.now
        self._emit(self.now, node, NodeRestarted(node.life))
        self._launch(node)
        self._boot(node)
        self._conversation.collect([node])
        for peer in self.nodes.values():  # whoever is down answers nobody: it notices
            if peer.process is None and peer.peers_told:
                self._tell_of_death(peer, node)
        return None

    def _pause(self, node: Node) -> str | None:
        if node.process is None or node.paused_since_ns is not None:
            return clause("down" if node.process is None else "paused-already", machine=node.name)
        node.process.stop()
        node.paused_since_ns = self.now
        self._emit(self.now, node, NodePaused())
        return None

    def _resume(self, node: Node) -> str | None:
        if node.process is None or node.paused_since_ns is None:
            return clause("not-paused", machine=node.name)
        node.process.go_on()
        for name, image in node.images_to_load.items():
            self._conversation.ask(node, LoadImage(name, image))
        node.images_to_load.clear()
        if node.modules_to_load is not None:
            self._conversation.ask(node, LoadModules(node.modules_to_load))
            node.modules_to_load = None
        waited = [DueOrder(self.now, due.order) for due in node.orders]
        node.orders = [DueOrder(self.now, AfterPause(node.paused_since_ns)), *waited]
        node.paused_since_ns = None
        node.reached_ns = self.now
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
        index, name = (node.index, node.name) if node is not None else (-1, None)
        self._stream.put(t, COMMAND, index, name, event)
        self._note_if_watched(t, event)

    def _note_if_watched(self, t: int, event: AnyEvent) -> None:
        """Keep the instant free at which a reaction to an event can come."""
        if type(event) in self._watched_types:
            self._note(t + self._latency_ns, None)

    def _flush(self, before: tuple[int, int] | None) -> None:
        """Show the observers all events before an instant and phase (None: all), each when its time has come."""
        if self._paced:
            self._flush_in_time(before)
            return
        self._stream.show_all(before)
        self.now = max(self.now, self._stream.last_ns)

    def _flush_in_time(self, before: tuple[int, int] | None) -> None:
        """Show each event as soon as its time has come, unless something is due before it."""
        stream = self._stream
        waiting = deque(stream.take(before))
        while waiting:
            if not self._has_come(waiting[0][0]):
                due = (self._agenda[0].time_ns, COMMAND) if self._agenda else None
                if due is not None and waiting[-1] >= due:
                    stream.put_back(list(waiting))
                    waiting = deque(stream.take(due))
                continue
            t, _, _, _, node, event = waiting.popleft()
            self.now = max(self.now, t)
            stream.show(t, node, event)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals has no name of its own
        return f"SIG{number}"


def _ignore_interrupt() -> Any:
    """Be deaf to Ctrl-C; return what `_hear_interrupt` needs. Only the main thread can."""
    try:
        return signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        return None


def _hear_interrupt(heard: Any) -> None:
    if heard is not None:
        signal.signal(signal.SIGINT, heard)
