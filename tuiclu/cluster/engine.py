"""The engine: it holds the clock and the wire, and lets the nodes run in conservative windows.

With T the earliest instant at which anything can happen anywhere, and L the latency of the wire, nothing that a node does can reach
another before T + L. So every node that has something to do before T + L runs there on its own, in parallel with the others. Nodes know
more: each says before when it sends nothing (it is quiet), because its CPU runs ahead. With Q the first instant at which any node can send
anything, all run to Q + L; the one that may send first runs further, to where the next of the others could reach it. It stops by itself
where an answer to what it sends, or somebody's reaction to an event, could first reach it. (Chandy and Misra 1979; Bryant 1977.)

Commands come from a script at known instants, or from outside at a window's edge. A real SIGKILL that hits a node from outside is such a
command: one path for emulated faults and for real ones.

| part           | what it does                                                                                 |
|----------------|----------------------------------------------------------------------------------------------|
| `windows`      | the arithmetic: how far nodes may run, when a death takes effect                              |
| `calendar`     | which node is next to do anything, or to send anything                                        |
| `agenda`       | what is due at known instants: commands                                                       |
| `traffic`      | messages on the wire, in inboxes, lost                                                        |
| `present`      | what time it is; the event stream, and when it is shown                                       |
| `conversation` | grants and reports: the nodes run while it waits                                              |
| `lives`        | the nodes' processes: start, end, found dead                                                  |
| `faults`       | crash, restart, pause, resume, partition, heal                                                |
| `operator`     | commands that a node carries out                                                              |
| `continuation` | what there is to go on from when a snapshot begins, and how a cluster goes on from there      |
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from nodes.wire.control import Inspect, Inspection, Report
from nodes.wire.events import (
    AnyEvent,
    ChapterBegan,
    CommandGiven,
    CommandRefused,
    Narration,
    QuestionAsked,
    RunEnded,
    RunStarted,
    Stamped,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import NEVER_NS
from nodes.wire.reasons import Reason, reason
from nodes.wire.users_code import UsersModules
from tuiclu.cluster.agenda import Agenda, Due, TellPeers
from tuiclu.cluster.calendar import Timetable
from tuiclu.cluster.commands import (
    AnyCommand,
    Ask,
    Chapter,
    Crash,
    Heal,
    Partition,
    Pause,
    Restart,
    Resume,
    Say,
    Shutdown,
    Snapshot,
    Stop,
)
from tuiclu.cluster.continuation import Continuation
from tuiclu.cluster.conversation import Conversation
from tuiclu.cluster.directory import Directory
from tuiclu.cluster.faults import Faults
from tuiclu.cluster.launcher import Launcher, make_room_for
from tuiclu.cluster.lives import Lives
from tuiclu.cluster.node import Node
from tuiclu.cluster.operator import Operator
from tuiclu.cluster.pacing import Pacer
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.policy import InForce
from tuiclu.cluster.present import WAIT_S, Present
from tuiclu.cluster.reactions import with_origins
from tuiclu.cluster.resumption import Gatherer, Resumption
from tuiclu.cluster.stream import COMMAND, Observer, OutOfTime
from tuiclu.cluster.traffic import Traffic
from tuiclu.cluster.windows import Ahead, Lookahead, turns_end_ns
from tuiclu.version import __version__

log = logging.getLogger("tuiclu.engine")


MAX_WINDOW_NS = 160_000_000
"""No window is longer: by twice as much as CPUs are ahead."""
PACED_WINDOW_NS = 20_000_000
"""Nor is one longer than this where time is paced, so that a key press, or the death of an idle node, is never far from an edge."""


class Engine:
    """Runs one cluster. Use as a context manager: whatever happens, no process is left behind.

    `watched` are the kinds of events on which an observer gives commands: they come at the earliest one latency after the event.
    `window_ns` shortens the windows; `ahead_ns` is by how much CPUs run ahead. Both change nothing but the speed. `gatherer` keeps of
    every snapshot what a cluster can go on from; `resumption` is what this one goes on from.
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
        gatherer: Gatherer | None = None,
        resumption: Resumption | None = None,
    ) -> None:
        make_room_for(len(plan.nodes))
        self.plan = plan
        self.windows = 0
        longest_ns = PACED_WINDOW_NS if pacer is not None and pacer.paces else MAX_WINDOW_NS
        self.window_ns = min(window_ns or longest_ns, longest_ns)
        """No window is longer. It may be changed at any edge."""
        self.followed: NodeName | None = None
        """The node that somebody looks at: it is never ahead of an event that has not been shown by more than a nanosecond."""
        self.stops_at_ns: int | None = None
        """An instant at which time is to stand still: no node runs beyond it before."""
        self.until_ns: int | None = None
        """The run ends here at the latest; None: by itself."""
        self.directory = Directory()
        in_force = InForce(plan.migration, plan.initiators)
        self.nodes = {node.name: Node(node, node.name, index, in_force) for index, node in enumerate(plan.nodes)}
        network, kinds = plan.network, tuple(sorted(with_origins(watched)))
        self._pacer = pacer
        self._stopped = False
        self._gatherer = gatherer
        self._resumption = resumption
        self._inspection: Inspection | None = None
        """What the last look showed."""
        self._lookahead = Lookahead(network.latency_ns, network.detection_ns)
        self.agenda = Agenda()
        self._present = Present(
            [self.directory, *observers, *([] if gatherer is None else [gatherer])],
            kinds,
            network.latency_ns,
            self.agenda,
            pacer,
            self._hear,
            self._attend,
        )
        self._present.stream.past = None if gatherer is None else gatherer.past
        emit, note = self._present.emit, self.agenda.note
        self._timetable = Timetable(tuple(self.nodes.values()))
        self._conversation = Conversation(pacer, self._take, self._found_dead)
        self._lives = Lives(plan, self.nodes, launcher, self._conversation, kinds, ahead_ns, gatherer)
        self._traffic = Traffic(network, self.nodes, self._timetable, emit)
        self._faults = Faults(self.nodes, self._lives, self._traffic, network.detection_ns, emit, note)
        self._operator = Operator(
            self.nodes,
            self.directory,
            plan.initiators.controls,
            lambda event: emit(self.now, None, event),
            self._timetable.note,
        )
        self._continuation = Continuation(
            plan, self.nodes, self.directory, self.agenda, self._present, self._traffic, self._lives, self._operator
        )

    @property
    def now(self) -> int:
        """Nothing before this instant is still to happen."""
        return self._present.now_ns

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
        if self._resumption is not None:
            self._continuation.go_on_from(self._resumption)
            self._timetable.note(self.nodes.values())
            return
        started = RunStarted(__version__, self.plan.title, self.plan.seed, self.plan.settings())
        self._present.stream.show(0, None, started)
        self._lives.prepare(self.agenda.commands())
        self._lives.begin(self.nodes.values(), self.now)
        self._present.stream.show_all(None)  # the nodes are up before the first command, whatever it is

    def close(self) -> None:
        """End all node processes, by force where need be."""
        self._lives.close()

    # ------------------------------------------------------------------------------------------------ what is asked of it

    def schedule(self, time_ns: int, command: AnyCommand, by: str = "script", *, outside: bool = False) -> None:
        """Have a command carried out at an instant that is not over yet.

        `outside`: it comes from outside the run, now or when the session was saved.
        """
        self.agenda.note(max(time_ns, self.now), command, by, outside=outside)

    def recur(self, commands: Iterator[tuple[int, AnyCommand]], by: str = "script") -> None:
        """Have commands carried out one after the other, each at its instant; there may be no end of them.

        The instants never decrease. Each command is asked for when the one before it is due.
        """
        self.agenda.recur(commands, by, self.now)

    def edge_ns(self) -> int:
        """Return the earliest instant at which a command from outside can be carried out: no node has run beyond it, and no message
        that was sent has had its turn since, or been lost at a node that is down.

        At 0 the nodes have just started, and nothing comes before that.
        """
        reached = (node.reached_ns for node in self.nodes.values() if node.process is not None)
        edge_ns = max([1, self.now, self._traffic.begun_ns + 1, self._traffic.lost_ns + 1, *reached])
        if self._pacer is None or (earliest_ns := self._earliest_ns()) is None:
            return edge_ns
        latest_ns = min(earliest_ns, self._pacer.now_ns())
        if self.until_ns is not None:
            # The clock may have passed the end of the run before anybody has looked.
            latest_ns = min(latest_ns, self.until_ns)
        return max(edge_ns, latest_ns)

    def inspect(self, name: NodeName, pid: Pid, at_ns: int) -> Inspection | None:
        """Look at a process on a node, and at the node's frames, as they are at an instant, or as soon afterwards as the node can tell (see
        `followed`): it is at `reached_ns` then. None if the node cannot be asked. At an edge only; changes nothing.
        """
        node = self.nodes[name]
        if not node.runs or node.process is None or node.process.is_stopped():
            return None
        self._inspection = None
        arrives_ns = self._lookahead.arrives_ns(self._ahead())
        possible_ns = _first(at_ns, self.edge_ns(), node.earliest_ns(), self.agenda.first_ns(), arrives_ns)
        assert possible_ns is not None
        node.granted_ns = max(node.granted_ns, possible_ns)
        self._conversation.ask(node, Inspect(pid, possible_ns))
        promised = node.next_ns, node.quiet_ns
        self._conversation.collect([node])
        node.promise_as_before(*promised)
        self._timetable.note((node,))
        return self._inspection

    def followed_ns(self) -> int | None:
        """Return the instant at which the node is that is followed, if it is ahead of no event that has not been shown; None: it is."""
        node = self.nodes.get(self.followed or "")
        if node is None:
            return None
        unshown_ns = self._present.unshown_ns()
        return node.reached_ns - 1 if unshown_ns is None or node.reached_ns <= unshown_ns + 1 else None

    def load_image(self, name: str, image: ProgramImage) -> None:
        """Let all nodes have one more program: those that are down or paused when they are up again. At an edge only; no time passes."""
        self._lives.load_image(name, image)

    def load_modules(self, users: UsersModules) -> None:
        """Let all nodes take a user's own classes from these modules from now on. As `load_image`."""
        self._lives.load_modules(users)

    # -------------------------------------------------------------------------------------------------------- the loop

    def run(self, until_ns: int | None = None) -> None:
        """Let virtual time pass until nothing is left to happen, `until_ns` is reached, or a command stops the run."""
        self.until_ns = until_ns
        self.agenda.begin()
        present, stream = self._present, self._present.stream
        reason = self._advance()
        present.show(None)
        present.now_ns = self._ends_ns(reason)
        for name, event in self._last_events(reason, self.now):
            stream.show(self.now, name, event)

    def _ends_ns(self, reason: str) -> int:
        """Return the instant of the end of a run that ends now."""
        # When nothing is left to happen, timers may have come that did nothing: when they are noticed depends on the windows.
        last_ns = self._present.stream.last_ns
        return last_ns if reason == "quiescent" else max(self.now, last_ns)

    def _last_events(self, reason: str, now_ns: int) -> Iterator[tuple[NodeName | None, AnyEvent]]:
        """Yield what ends the stream of a run that ends at an instant."""
        for node in self.nodes.values():
            if node.account is not None:
                yield node.name, node.account.as_event(node.paused_since_ns or now_ns)
        yield None, RunEnded(reason, self._traffic.in_flight())

    def would_end(self, reason: str) -> list[Stamped]:
        """Return the events with which the run would end now. Nothing happens: it may well go on."""
        now_ns, shown = self._ends_ns(reason), self._present.stream.shown
        events = self._last_events(reason, now_ns)
        return [Stamped(now_ns, shown + number, name, event) for number, (name, event) in enumerate(events)]

    def _advance(self) -> str:
        """Run, and return why the run ends."""
        while not self._stopped:
            self._attend()
            self._transmit()
            earliest = self._earliest_ns()
            if earliest is None:
                self._present.show(None)
                if self.agenda or self._stays("quiescent"):
                    continue  # an observer has reacted to the last events, or somebody has asked for something
                return "quiescent"
            if earliest < self.now:
                raise OutOfTime(None, "that something is due", earliest, f"it is {self.now} ns already")
            due_ns = self.agenda.first_ns()
            if self._is_up(earliest, due_ns):
                if not self._come_to_the_end() or self._stays("until"):
                    continue
                return "until"
            is_due = due_ns is not None and due_ns <= earliest
            # else the observers see what comes before while the nodes work
            if (is_due or self._present.is_paced) and not self._present.come_to(earliest):
                continue
            self._present.now_ns = earliest
            if is_due:
                self._obey(self.agenda.take())
            elif not (self._present.is_paced and self._transmit()) and not self._traffic.lose_arrivals(earliest):
                self._run_window(earliest)
        return "stopped"

    def _earliest_ns(self) -> int | None:
        """Return the first instant at which anything can happen."""
        return _first(
            self._timetable.acts.first_ns(),
            self.agenda.first_ns(),
            self._traffic.next_start_ns(),
            self._traffic.next_loss_ns(),
        )

    def _is_up(self, earliest_ns: int, due_ns: int | None) -> bool:
        """Tell whether nothing is left to happen in the time of the run. What is due when it is up is still done."""
        until_ns = self.until_ns
        return until_ns is not None and earliest_ns >= until_ns and (due_ns is None or due_ns > until_ns)

    def _come_to_the_end(self) -> bool:
        """Show all that has happened, and let the time be up as soon as it may; tell whether it is (else something comes first)."""
        until_ns = self.until_ns
        assert until_ns is not None
        if self.now < until_ns and not self._present.come_to(until_ns):
            return False
        self._present.show(None)
        self._present.now_ns = until_ns
        return True

    def _ahead(self) -> Ahead:
        """Return what is known of what comes."""
        return Ahead(*self._timetable.sends.first_two_ns(), self._traffic.next_start_ns(), self.agenda.first_ns())

    def _transmit(self) -> bool:
        """Give every message its turn on the wire before which nothing else can be sent any more; tell whether one had it."""
        return self._traffic.transmit(turns_end_ns(self._ahead(), self.now if self._present.is_paced else None))

    def _run_window(self, start_ns: int) -> None:
        """Let every node that has something to do run as far as nothing unknown can reach it, all at the same time."""
        stops_at_ns = self.stops_at_ns if self.stops_at_ns is not None and self.stops_at_ns > start_ns else None
        until_ns = _first(self.until_ns, stops_at_ns)
        window = self._lookahead.window(start_ns, self._ahead(), until_ns, self.window_ns)
        asked: list[Node] = []
        follower: tuple[Node, int, int, int | None] | None = None
        for earliest_ns, node in self._timetable.acts.due_before(max(window.end_ns, start_ns + 1)):
            sends_ns = node.sends_ns()
            end_ns = window.end_for(sends_ns)
            if earliest_ns >= end_ns:
                continue
            if node.name == self.followed:
                follower = node, earliest_ns, end_ns, sends_ns
                continue
            node.let_run(earliest_ns, end_ns, sends_ns)
            self._conversation.grant(node, end_ns, self._traffic.deliveries(node, end_ns))
            asked.append(node)
        if follower is not None and not asked:  # else its turn comes when it is known what the others do
            self._let_follow(*follower)
            asked.append(follower[0])
        self.windows += 1
        if not asked:
            raise AssertionError(f"no node can run at {start_ns}")
        self._present.show((start_ns, COMMAND))
        self._conversation.collect(asked)

    def _let_follow(self, node: Node, earliest_ns: int, end_ns: int, sends_ns: int | None) -> None:
        """Let a node run that somebody looks at: no further than to the first event, there or elsewhere, that has not been shown."""
        first_ns, second_ns = self._timetable.acts.first_two_ns()
        others_ns = second_ns if earliest_ns == first_ns else first_ns
        sent_ns, lost_ns = self._traffic.next_start_ns(), self._traffic.next_loss_ns()
        for stop_ns in (self._present.unshown_ns(), others_ns, sent_ns, lost_ns):
            if stop_ns is not None:
                end_ns = min(end_ns, max(stop_ns, earliest_ns + 1))
        node.let_run(earliest_ns, end_ns, sends_ns)
        self._conversation.grant(node, end_ns, self._traffic.deliveries(node, end_ns), to_next_event=True)

    def _take(self, node: Node, report: Report) -> None:
        """Take what a node answers: how far it has come, what it has sent, and what has happened there."""
        node.answered(report)
        self._inspection = report.inspection or self._inspection
        if report.reached_ns > node.granted_ns:
            why = f"it was let run to {node.granted_ns} ns only"
            raise OutOfTime(node.name, "its progress", report.reached_ns, why)
        self._traffic.send(node, report.frames, report.reached_ns)
        end_ns = report.reached_ns if report.reached_ns > node.promised_ns else node.granted_ns
        self._present.take_reported(node, report.events, end_ns)
        self._timetable.note((node,))

    # --------------------------------------------------------------------------------------------------------- commands

    def _obey(self, due: Due) -> None:
        command = due.command
        if command is None:
            return
        if isinstance(command, TellPeers):
            self._faults.tell_peers(command, self.now)
            return
        if not isinstance(command, Say | Ask | Chapter):
            self._present.emit(self.now, None, CommandGiven(msgspec.to_builtins(command), due.by))
        refusal = self._carry_out(command, due.by, due.cause)
        if refusal is not None:
            self._present.emit(self.now, None, CommandRefused(msgspec.to_builtins(command), refusal))

    def _carry_out(self, command: AnyCommand, by: str, cause: Reason | None) -> Reason | None:
        """Carry a command out; return why that is impossible, if it is."""
        match command:
            case Crash() | Restart() | Pause() | Resume() | Partition() | Heal():
                refusal = self._faults.carry_out(command, self.now, by, cause)
                self._timetable.note(self.nodes.values())
                if isinstance(command, Crash) and refusal is None:
                    self.directory.crashed(command.node)
                return refusal
            case Say() | Chapter() | Ask():
                self._present.emit(self.now, None, _for_the_audience(command))
            case Stop():
                self._stopped = True
            case Snapshot(way="markers") if self._gatherer is not None:
                return self._continuation.begin_snapshot(command, by, self._gatherer)
            case Shutdown(name, in_ns):
                refusal = self._operator.carry_out(command, self.now, by)
                if refusal is None:
                    self.agenda.note(self.now + in_ns, Crash(name), by, reason("shut-down"))
                return refusal
            case _:
                return self._operator.carry_out(command, self.now, by)
        return None

    # ------------------------------------------------------------------------------------------------ what comes from outside

    def _hear(self, timeout_s: float) -> bool:
        """Wait at most so long for the front, or for the end of a node; tell whether a node has ended."""
        ended = self._conversation.listen(timeout_s)
        for node in ended:
            self._found_dead(node)
        return bool(ended)

    def _attend(self) -> None:
        """Let what was heard from outside take effect. The cluster is at rest."""
        self._settle_deaths()
        if self._pacer is not None:
            self._pacer.attend()
            self._settle_deaths()  # who is looked at may be found dead

    def _stays(self, reason: str) -> bool:
        """Tell whether the pacer keeps the run alive for `reason`; meanwhile wait a little for whatever comes."""
        if self._pacer is None or not self._pacer.stays(reason):
            return False
        self._hear(WAIT_S)
        self._attend()
        return True

    def _found_dead(self, node: Node) -> None:
        """A node's process has ended without being told to. When that takes effect is settled as soon as no other one is at work."""
        self._lives.found_dead(node)
        self._timetable.note((node,))

    def _settle_deaths(self) -> None:
        """Note the crashes of the nodes that were killed from outside. The cluster is at rest."""
        while self._lives.struck:
            node, deadly = self._lives.struck.pop(0)
            window_ns = node.promised_ns if node.asked else node.first_ns()
            at_ns = self._lookahead.death_ns(self.edge_ns(), self.now, node.reached_ns, window_ns, self._ahead())
            crash = Crash(node.name, deadly)
            self.agenda.note(at_ns, crash, "outside", outside=True)
            if self._pacer is not None:
                self._pacer.struck(at_ns, crash)


def _first(*instants: int | None) -> int | None:
    """Return the first of some instants; None: none of them ever comes."""
    return min((instant for instant in instants if instant is not None and instant < NEVER_NS), default=None)


def _for_the_audience(command: Say | Chapter | Ask) -> AnyEvent:
    match command:
        case Say(text):
            return Narration(text)
        case Chapter(title):
            return ChapterBegan(title)
        case Ask(question, answer, choices, correct, figure):
            return QuestionAsked(question, answer, list(choices), correct, figure)
