"""What must hold at every event of every run. Each law reads the stream and names what breaks it.

* `one-owner`: every process that lives has exactly one owner, and only its owner runs it, freezes it or ends it.
* `dead-nodes`: no process is anything but lost on a node that is down.
* `standing-still`: whoever is frozen is so for the sake of a migration that is under way, and somebody alive will end it.
* `outcomes`: whatever begins has one end: a migration, an eviction. Nothing is under way when nothing is left to happen.
* `accounts`: a CPU's busy time is what it charged to processes and what its kernel used, and every process has what all CPUs charged it.
* `frames`: on every node, frames allocated, promised and free add up to the total, and page tables have an entry for each in use.
* `messages`: every message that was sent is delivered once, lost for a reason, or still on its way when the run ends.
* `links`: what a process receives over a link is what was sent, once and in order; all the rest is accounted for when the link ends.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from nodes.wire.events import (
    AnyEvent,
    Event,
    EvictionCompleted,
    EvictionStarted,
    FramesInUse,
    InvariantViolated,
    LinkEnded,
    LinkHealed,
    LinkReceived,
    LinkSent,
    MessageDelivered,
    MessageLost,
    MessageSent,
    MigrationAborted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    NodeResumed,
    OwnerIdle,
    ProcessBlocked,
    ProcessContinued,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
    RunEnded,
    Stamped,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import SECOND_NS
from tuiclu.model.cluster import ClusterView


class Invariant(Protocol):
    """A law. `name` is what reports call it."""

    name: str
    about: tuple[type[Event], ...]
    """The events that it looks at."""

    def check(self, stamped: Stamped) -> Iterator[str]:
        """Take the next event; yield a sentence for each way in which it breaks the law."""


class Pids:
    """Many pids in little memory: of each home, all up to a serial number, and some beyond."""

    MOST = 1000
    """Beyond it, for each home; if there are more, the oldest gap is taken to be none."""

    def __init__(self) -> None:
        self._up_to: dict[NodeName, int] = {}
        self._beyond: dict[NodeName, set[int]] = {}

    def add(self, pid: Pid) -> None:
        home, _, serial = pid.rpartition(".")
        beyond = self._beyond.setdefault(home, set())
        beyond.add(int(serial))
        up_to = self._up_to.get(home, 0)
        if len(beyond) > self.MOST:
            up_to = min(beyond) - 1
        while up_to + 1 in beyond:
            up_to += 1
            beyond.discard(up_to)
        self._up_to[home] = up_to

    def __contains__(self, pid: Pid) -> bool:
        home, _, serial = pid.rpartition(".")
        return int(serial) <= self._up_to.get(home, 0) or int(serial) in self._beyond.get(home, ())


class OneOwner:
    """Every living process has exactly one owner, at every event."""

    name = "one-owner"
    about: tuple[type[Event], ...] = (
        ProcessCreated,
        NegotiationMessage,
        MigrationAborted,
        MigrationCommitted,
        MigrationResumed,
        ProcessDispatched,
        ProcessFrozen,
        ProcessPreempted,
        ProcessBlocked,
        ProcessReady,
        ProcessThawed,
        ProcessStopped,
        ProcessContinued,
        ProcessExited,
        NodeCrashed,
    )

    def __init__(self) -> None:
        self._owner: dict[Pid, NodeName] = {}
        self._ended = Pids()
        self._arriving: dict[Pid, NodeName] = {}
        """Owned since the commit by a node that has not resumed them yet."""
        self._promised: dict[str, NodeName] = {}
        """Who has reserved frames for each migration, and lives."""
        self._void: set[str] = set()
        """Migrations whose destination has died since: who is given away to it is lost."""

    def check(self, stamped: Stamped) -> Iterator[str]:
        event, node = stamped.event, str(stamped.node)
        match event:
            case ProcessCreated(pid):
                if pid in self._owner or pid in self._ended:
                    yield f"{pid} was created on {node} although there was one before"
                self._owner[pid] = node
            case NegotiationMessage(migration, _, 7):
                self._promised[migration] = node
            case MigrationAborted(migration):
                self._promised.pop(migration, None)
                self._void.discard(migration)
            case MigrationCommitted(migration, pid, destination):
                yield from self._only_owner(pid, node, "gave it away")
                self._owner[pid] = destination
                self._arriving[pid] = destination
                self._promised.pop(migration, None)
                if migration in self._void:
                    self._void.discard(migration)
                    self._forget(pid)
            case MigrationResumed(_, pid):
                if self._arriving.pop(pid, None) != node:
                    yield f"{pid} was resumed on {node}, which had not become its owner"
            case (
                ProcessDispatched(pid)
                | ProcessFrozen(pid)
                | ProcessPreempted(pid)
                | ProcessBlocked(pid)
                | ProcessReady(pid)
                | ProcessStopped(pid)
            ):
                yield from self._only_owner(pid, node, "touched it")
            case ProcessThawed(pid) | ProcessContinued(pid):
                yield from self._only_owner(pid, node, "let it go on")
            case ProcessExited(pid):
                yield from self._only_owner(pid, node, "ended it")
                self._forget(pid)
            case NodeCrashed():
                self._void |= {migration for migration, promised in self._promised.items() if promised == node}
                for pid in [pid for pid, owner in self._owner.items() if owner == node]:
                    self._forget(pid)
            case _:
                pass

    def _forget(self, pid: Pid) -> None:
        self._owner.pop(pid, None)
        self._arriving.pop(pid, None)
        self._ended.add(pid)

    def _only_owner(self, pid: Pid, node: NodeName, deed: str) -> Iterator[str]:
        owner = self._owner.get(pid)
        if owner is None:
            yield f"{node} {deed}: {pid}, which does not live"
        elif owner != node:
            yield f"{node} {deed}: {pid}, which {owner} owns"
        elif pid in self._arriving:
            yield f"{node} {deed}: {pid}, before it was resumed there"


class FramesAddUp:
    """Allocated, promised and free frames add up, and every allocated frame holds a page that somebody has."""

    name = "frames"
    about: tuple[type[Event], ...] = (FramesInUse,)

    def check(self, stamped: Stamped) -> Iterator[str]:
        match stamped.event:
            case FramesInUse(allocated, reserved, free, total, mapped, text):
                if allocated + reserved + free != total or min(allocated, reserved, free) < 0:
                    yield f"{stamped.node}: {allocated} allocated + {reserved} promised + {free} free is not {total}"
                if allocated != mapped + text:
                    said = f"page tables have {mapped} entries, and the text of programs takes {text}"
                    yield f"{stamped.node}: {allocated} frames are allocated, {said}"
            case _:
                pass


class MessagesAccountedFor:
    """Every message that was sent is delivered once, lost for a reason, or still on its way."""

    name = "messages"
    about: tuple[type[Event], ...] = (
        MessageSent,
        MessageDelivered,
        MessageLost,
        RunEnded,
    )

    def __init__(self) -> None:
        self._on_the_way: dict[str, NodeName] = {}

    def check(self, stamped: Stamped) -> Iterator[str]:
        event = stamped.event
        match event:
            case MessageSent(message, to):
                if message in self._on_the_way:
                    yield f"{message} was sent twice"
                self._on_the_way[message] = to
            case MessageDelivered(message):
                if self._on_the_way.pop(message, None) != stamped.node:
                    yield f"{message} was delivered to {stamped.node}, where it was not on its way to"
            case MessageLost(message, to):
                if self._on_the_way.pop(message, None) != to:
                    yield f"{message} was lost, but was not on its way"
            case RunEnded(_, in_flight):
                known = set(in_flight)
                for message in sorted(message for message in self._on_the_way if message not in known):
                    yield f"{message} was sent to {self._on_the_way[message]} and nobody knows what became of it"
                for message in in_flight:
                    if message not in self._on_the_way:
                        yield f"{message} is said to be on its way, but is not"
            case _:
                pass


LINKS_OVER = 200
"""Of about so many links that are over it is remembered what came over them."""


class LinksLoseNothing:
    """Every message of a link is received once and in order; where a link ends in order, all that was sent has come."""

    name = "links"
    about: tuple[type[Event], ...] = (LinkSent, LinkReceived, LinkEnded)

    def __init__(self) -> None:
        self._sent: Counter[tuple[str, Pid]] = Counter()
        self._received: Counter[tuple[str, Pid]] = Counter()
        self._sizes: dict[tuple[str, Pid], deque[int]] = {}
        """Of messages that were sent and not received yet."""
        self._ends: dict[str, dict[Pid, None]] = {}
        self._over: dict[str, dict[Pid, None]] = {}
        """The ends that are of no use any more, of each link that has such."""
        self._forgets = False
        """Of some links that were over nothing is known any more."""

    def check(self, stamped: Stamped) -> Iterator[str]:
        event = stamped.event
        match event:
            case LinkSent(link, pid, number, size):
                self._note(link, pid)
                self._sent[link, pid] += 1
                self._sizes.setdefault((link, pid), deque()).append(size)
                if number != self._sent[link, pid]:
                    yield f"{pid} sent message {number} of {link} after {self._sent[link, pid] - 1}"
            case LinkReceived(link, pid, number, size):
                self._note(link, pid)
                self._received[link, pid] += 1
                waiting = self._sizes.get((link, self._other(link, pid)))
                if number != self._received[link, pid]:
                    yield f"{pid} received message {number} of {link} after {self._received[link, pid] - 1}"
                elif not waiting:
                    yield f"{pid} received message {number} of {link}, which nobody has sent"
                elif waiting.popleft() != size:
                    yield f"{pid} received {size} bytes as message {number} of {link}, which is not what was sent"
            case LinkEnded(link) if self._forgets and link not in self._ends:
                pass
            case LinkEnded(link, pid, why, arrived, unread):
                self._note(link, pid)
                received, sent = self._received[link, pid], self._sent[link, self._other(link, pid)]
                if received + unread != arrived:
                    yield f"{arrived} messages of {link} came to {pid}, but {received} were received and {unread} not"
                if arrived > sent or (why == "peer" and arrived != sent):
                    yield f"{sent} messages of {link} were sent to {pid}, and {arrived} came"
                self._end(link, pid)
            case _:
                pass

    def _end(self, link: str, pid: Pid) -> None:
        """An end is of no use any more. Of links that are over at both, the latest are remembered: it may be told again."""
        over = self._over.setdefault(link, {})
        over[pid] = None
        done = [name for name, ends in self._over.items() if len(ends) > 1] if len(self._over) > LINKS_OVER else []
        for name in done[: max(0, len(done) - LINKS_OVER // 2)]:
            for end in self._ends.pop(name, {}):
                for table in (self._sent, self._received, self._sizes):
                    table.pop((name, end), None)
            del self._over[name]
            self._forgets = True

    def _note(self, link: str, pid: Pid) -> None:
        self._ends.setdefault(link, {})[pid] = None

    def _other(self, link: str, pid: Pid) -> Pid:
        """Return the other end of a link, as far as it is known; the link's name begins with who opened it."""
        opener = link.rpartition("/")[0]
        return opener if pid != opener else next((one for one in self._ends[link] if one != opener), "")


class DeadNodesHoldNobody:
    """No process is anything but lost where a node is down. What the view says is held against the deaths of nodes."""

    name = "dead-nodes"
    about: tuple[type[Event], ...] = (NodeCrashed, MigrationCommitted, RunEnded)

    def __init__(self, view: ClusterView) -> None:
        self._view = view

    def check(self, stamped: Stamped) -> Iterator[str]:
        match stamped.event:
            case MigrationCommitted(_, pid):
                looked_at = [self._view.processes[pid]]
            case _:
                looked_at = list(self._view.processes.values())
        for process in looked_at:
            if process.alive and self._view.nodes[process.node].state == "down":
                yield f"{process.name} is {process.state} on {process.node}, which is down"


class SomebodyEndsTheStandstill:
    """Whoever is frozen is so for a migration that is under way; between two attempts for no longer than news need to get around."""

    name = "standing-still"
    about: tuple[type[Event], ...] = (
        ProcessFrozen,
        NegotiationRefused,
        MigrationStarted,
        MigrationAborted,
        MigrationCompleted,
        MigrationLost,
        EvictionCompleted,
        NodeCrashed,
        NodeResumed,
        LinkHealed,
        OwnerIdle,
        RunEnded,
    )

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._alone_since_ns: dict[Pid, int] = {}
        self._frozen: dict[Pid, None] = {}

    def check(self, stamped: Stamped) -> Iterator[str]:
        if isinstance(stamped.event, ProcessFrozen):
            self._frozen[stamped.event.pid] = None
        moving = [one.pid for one in self._view.under_way()] if self._frozen else []
        quiescent = isinstance(stamped.event, RunEnded) and stamped.event.reason == "quiescent"
        for pid in list(self._frozen):
            process = self._view.processes[pid]
            if process.state != "frozen":
                del self._frozen[pid]
            if process.state != "frozen" or self._view.disturbed():
                self._alone_since_ns.pop(pid, None)
            elif quiescent:
                yield f"{process.name} stands still on {process.node}, and nothing is left to happen"
            elif pid in moving:
                self._alone_since_ns.pop(pid, None)
            elif stamped.t - self._alone_since_ns.setdefault(pid, stamped.t) > PATIENCE_NS:
                yield f"{process.name} stands still on {process.node}, and nobody is moving it"


PATIENCE_NS = 10 * SECOND_NS
"""For how long a frozen process may be moved by nobody: until its kernel has heard that the Initiator is dead which froze it."""


MOST_ENDS = 2000
"""Of so many migrations it is remembered that they have ended."""


class WhatBeginsEnds:
    """Every migration and every eviction has one beginning and one end; none is under way when nothing is left to happen."""

    name = "outcomes"
    about: tuple[type[Event], ...] = (
        MigrationStarted,
        NegotiationRefused,
        MigrationCompleted,
        MigrationAborted,
        MigrationLost,
        EvictionStarted,
        RunEnded,
    )

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._ends: dict[str, str] = {}
        """How each migration has ended; empty: it has not."""

    def check(self, stamped: Stamped) -> Iterator[str]:
        event = stamped.event
        match event:
            case MigrationStarted(migration):
                if migration in self._ends:
                    yield f"migration {migration} began a second time"
                self._ends[migration] = ""
                if len(self._ends) > MOST_ENDS:
                    over = next((name for name, end in self._ends.items() if end), migration)
                    del self._ends[over]
            case NegotiationRefused() | MigrationCompleted() | MigrationAborted() | MigrationLost():
                known = self._ends.get(event.migration)
                if known is None:
                    yield f"migration {event.migration} has ended ({kind_of(event)}), and never began"
                elif known:
                    yield f"migration {event.migration} has ended twice: {known}, then {kind_of(event)}"
                self._ends[event.migration] = kind_of(event)
            case EvictionStarted(_, _, pids, machine):
                earlier, where = self._view.evictions[:-1], machine or stamped.node
                others = [one for one in earlier if one.outcome is None and one.node == where]
                for pid in pids:
                    if any(pid in one.processes and one.seat == stamped.node for one in others):
                        yield f"{self._view.name_of(pid)} is evicted from {where} twice at a time"
            case RunEnded("quiescent") if not self._view.disturbed():
                for one in self._view.under_way():
                    yield f"migration {one.name} of {one.process} is under way, and nothing is left to happen"
                for eviction in self._view.evictions:
                    if eviction.outcome is None:
                        yield f"the eviction from {eviction.node} is under way, and nothing is left to happen"
            case _:
                pass


class AccountsAddUp:
    """What a node says of its CPU fits what its processes were seen to do with it, to the nanosecond. Looked at when the run ends."""

    name = "accounts"
    about: tuple[type[Event], ...] = (RunEnded,)

    def __init__(self, view: ClusterView) -> None:
        self._view = view

    def check(self, stamped: Stamped) -> Iterator[str]:
        nodes = self._view.nodes.values()
        for node in nodes:
            busy_ns = node.belonged_ns(stamped.t) + node.alone_ns
            if busy_ns != node.charged_ns + node.kernel_ns or min(node.kernel_ns, node.alone_ns) < 0:
                used = f"{node.charged_ns} ns for processes and {node.kernel_ns} ns for its kernel"
                yield f"{node.name} was busy for {busy_ns} ns, and used {used}"
        charged_ns = sum(node.charged_ns for node in nodes)
        used_ns = sum(process.cpu_ns for process in self._view.processes.values()) + self._view.forgotten_cpu_ns
        if charged_ns != used_ns:
            yield f"nodes charged {charged_ns} ns to processes, which say that they used {used_ns} ns"


class InvariantChecker:
    """Watches all laws. An observer of the stream: it answers a broken law with an event.

    Some hold what the view says, which sees each event first, against what happens.
    """

    def __init__(self, view: ClusterView) -> None:
        self.laws: tuple[Invariant, ...] = (
            OneOwner(),
            DeadNodesHoldNobody(view),
            SomebodyEndsTheStandstill(view),
            WhatBeginsEnds(view),
            AccountsAddUp(view),
            FramesAddUp(),
            MessagesAccountedFor(),
            LinksLoseNothing(),
        )
        self.broken: dict[str, str] = {}
        """By the law's name: the first thing that broke it."""
        self._laws_about: dict[type[Event], list[Invariant]] = {}
        for law in self.laws:
            for event in law.about:
                self._laws_about.setdefault(event, []).append(law)
        self.about = tuple(self._laws_about)

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take the next event; return what it breaks."""
        violations: list[AnyEvent] = []
        for law in self._laws_about.get(type(stamped.event), ()):
            for detail in law.check(stamped):
                self.broken.setdefault(law.name, f"{detail} (at {stamped.t / 1e9:.6f} s)")
                violations.append(InvariantViolated(law.name, detail))
        return violations

    def report(self) -> list[dict[str, object]]:
        """Return each law and whether it held."""
        return [
            {"name": law.name, "ok": law.name not in self.broken}
            | ({"detail": self.broken[law.name]} if law.name in self.broken else {})
            for law in self.laws
        ]
