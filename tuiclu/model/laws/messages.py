"""Laws of messages: between nodes none is lost without a word, and over links none at all."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from nodes.wire.events import (
    LinkEnded,
    LinkReceived,
    LinkSent,
    MessageDelivered,
    MessageLost,
    MessageSent,
    RunEnded,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.fold import on
from tuiclu.model.laws.law import Law


class MessagesAccountedFor(Law):
    """Every message that was sent is delivered once, lost for a reason, or still on its way."""

    name = "messages"

    def __init__(self) -> None:
        self._on_the_way: dict[str, NodeName] = {}

    @on
    def sent(self, event: MessageSent, t: int, node: NodeName) -> Iterable[str]:
        twice = event.message in self._on_the_way
        self._on_the_way[event.message] = event.to
        return (f"{event.message} was sent twice",) if twice else ()

    @on
    def delivered(self, event: MessageDelivered, t: int, node: NodeName) -> Iterable[str]:
        if self._on_the_way.pop(event.message, None) != node:
            return (f"{event.message} was delivered to {node}, where it was not on its way to",)
        return ()

    @on
    def lost(self, event: MessageLost, t: int, node: NodeName) -> Iterable[str]:
        if self._on_the_way.pop(event.message, None) != event.to:
            yield f"{event.message} was lost, but was not on its way"

    @on
    def run_ended(self, event: RunEnded, t: int, node: NodeName) -> Iterable[str]:
        known = set(event.in_flight)
        for message in sorted(message for message in self._on_the_way if message not in known):
            yield f"{message} was sent to {self._on_the_way[message]} and nobody knows what became of it"
        for message in event.in_flight:
            if message not in self._on_the_way:
                yield f"{message} is said to be on its way, but is not"


LINKS_OVER = 200
"""About how many links that are over are remembered with what came over them."""


class LinksLoseNothing(Law):
    """Every message of a link is received once and in order; where a link ends in order, all that was sent has come."""

    name = "links"

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

    @on
    def sent(self, event: LinkSent, t: int, node: NodeName) -> Iterable[str]:
        link, pid, number = event.link, event.pid, event.number
        self._note(link, pid)
        self._sent[link, pid] += 1
        self._sizes.setdefault((link, pid), deque()).append(event.bytes)
        if number != self._sent[link, pid]:
            return (f"{pid} sent message {number} of {link} after {self._sent[link, pid] - 1}",)
        return ()

    @on
    def received(self, event: LinkReceived, t: int, node: NodeName) -> Iterable[str]:
        link, pid, number = event.link, event.pid, event.number
        self._note(link, pid)
        self._received[link, pid] += 1
        waiting = self._sizes.get((link, self._other(link, pid)))
        if number != self._received[link, pid]:
            return (f"{pid} received message {number} of {link} after {self._received[link, pid] - 1}",)
        if not waiting:
            return (f"{pid} received message {number} of {link}, which nobody has sent",)
        if waiting.popleft() != event.bytes:
            return (f"{pid} received {event.bytes} bytes as message {number} of {link}, which is not what was sent",)
        return ()

    @on
    def ended(self, event: LinkEnded, t: int, node: NodeName) -> Iterable[str]:
        link, pid, arrived, unread = event.link, event.pid, event.arrived, event.unread
        if self._forgets and link not in self._ends:
            return
        self._note(link, pid)
        received, sent = self._received[link, pid], self._sent[link, self._other(link, pid)]
        if received + unread != arrived:
            yield f"{arrived} messages of {link} came to {pid}, but {received} were received and {unread} not"
        if arrived > sent or (event.why == "peer" and arrived != sent):
            yield f"{sent} messages of {link} were sent to {pid}, and {arrived} came"
        self._end(link, pid)

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
