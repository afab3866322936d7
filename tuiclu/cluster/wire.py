"""The emulated wire: when does a message that was sent arrive? Pure: it is told what is sent, and answers.

| kind     | what a message needs for its length divided by the bandwidth                                     |
|----------|--------------------------------------------------------------------------------------------------|
| `bus`    | the one medium; when several nodes want to send, the one whose last turn is longest ago is next  |
| `switch` | the sending node's line into the switch, and the receiving node's line out of it                  |
| `mesh`   | the line from the one node to the other, which no other pair shares                              |

A node is connected to a switch by one line, full duplex: what it sends goes one behind the other, and so does what it receives. The switch
passes a message on while it still comes in, and keeps what has to wait for a line out, in the order in which it began to come in.

Then comes the latency. Two messages from one node to another arrive in the order in which they were sent, unless the first is loose: that
one is under way for up to eight latencies more. Where a partition cuts a link, messages wait in front of the cut, in order, until it heals:
links lose time, not data.
"""

from __future__ import annotations

import heapq
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from nodes.wire.bulk import Reference
from nodes.wire.ids import NodeName
from nodes.wire.parameters import SECOND_NS, NetworkParameters
from nodes.wire.vocabulary import NetworkKind

Link = tuple[NodeName, NodeName]
"""From, to: one direction."""


class Transmission(NamedTuple):
    """A message on its way."""

    sent_ns: int
    source: NodeName
    sequence: int
    destination: NodeName
    life: int
    """Which life of the destination it was sent to."""
    wire_bytes: int
    payload: bytes | Reference
    """Empty: the news that the connection to `source` is broken."""
    loose: bool = False
    """What is sent behind it may arrive before it."""

    @property
    def name(self) -> str:
        """The message's name in the event stream."""
        return f"{self.source}:{self.sequence}"


SOMETHING = b"?"
"""In the place of what a message says, where nobody reads it."""
_BUS = ("", "")
"""In the place of a link: the one medium that all share."""


LATEST = 8
"""Latencies by which a loose message may be late."""


def lateness_ns(transmission: Transmission, latency_ns: int) -> int:
    """Return by how much a loose message is late: as if drawn, and the same for a message of the same name."""
    return zlib.crc32(transmission.name.encode()) % (LATEST * latency_ns)


def _medium_of(kind: NetworkKind, link: Link) -> Link:
    """Return what stands for the medium on which the messages of a link wait for their turn."""
    match kind:
        case "bus":
            return _BUS
        case "switch":
            return link[0], ""
        case "mesh":
            return link


class _Medium:
    """What carries one message at a time, and the queues of the nodes that want to send by it."""

    def __init__(self) -> None:
        self.free_ns = 0
        self.queues: dict[NodeName, deque[Transmission]] = {}
        """Those that are not empty."""
        self.noted_ns: int | None = None
        """When the next message can begin, as the wire has it in its agenda."""
        self.turns: dict[NodeName, int] = {}
        """When each node had its last one: the how manieth of all that was. The last of all is the last in it."""

    def next_start_ns(self) -> int:
        """Return when the next message can begin; there is one."""
        return max(self.free_ns, min([queue[0].sent_ns for queue in self.queues.values()]))

    def take(self, start_ns: int) -> Transmission:
        """Take the message out of its queue whose turn it is at `start_ns`."""
        queues, turns = self.queues, self.turns
        ready = [name for name, queue in queues.items() if queue[0].sent_ns <= start_ns]
        name = ready[0]
        if len(ready) > 1:
            name = min(ready, key=lambda name: (turns.get(name, 0), queues[name][0].sent_ns, name))
        last = next(reversed(turns.values()), 0)
        turns.pop(name, None)
        turns[name] = last + 1
        queue = queues[name]
        transmission = queue.popleft()
        if not queue:
            del queues[name]
        return transmission


class Waiting(NamedTuple):
    """A medium as it was at some instant: when it is free, who waits for it, and whose turns are how long ago."""

    link: Link
    free_ns: int
    queues: dict[NodeName, list[Transmission]]
    turns: dict[NodeName, int]


class WireThen(NamedTuple):
    """The state of a wire."""

    parameters: NetworkParameters
    media: list[Waiting]
    out_free_ns: dict[NodeName, int]
    cuts: list[Link]
    held: list[Transmission]
    begun_ns: int


class Wire:
    """The media and the cuts in them. `on_held` is told of every message that a cut stops, and when."""

    def __init__(self, parameters: NetworkParameters, on_held: Callable[[Transmission, int], None]) -> None:
        self.parameters = parameters
        self.cuts: set[Link] = set()
        """Only ever asked, never walked through: a set has no order."""
        self._on_held = on_held
        self._media: dict[Link, _Medium] = {}
        self._out_free_ns: dict[NodeName, int] = {}
        """Of a switch: when the line to a node has carried all that has come in for it so far."""
        self._agenda: list[tuple[int, Link]] = []
        """A heap: when the next message of each medium can begin. What a medium has noted otherwise meanwhile is out of date."""
        self._held: dict[Link, list[Transmission]] = {}
        self.begun_ns = -1
        """When the last message had its turn, or came to a cut."""

    def send(self, transmission: Transmission, *, first: bool = False) -> None:
        """Take a message. It gets its turn when everything is known that could come before it."""
        key = _medium_of(self.parameters.kind, (transmission.source, transmission.destination))
        medium = self._media.get(key)
        if medium is None:
            medium = self._media[key] = _Medium()
        queue = medium.queues.setdefault(transmission.source, deque())
        if first:
            queue.appendleft(transmission)
        else:
            queue.append(transmission)
        if queue[0] is transmission:  # else it waits behind another one
            self._note(key, medium)

    def _note(self, key: Link, medium: _Medium) -> None:
        """Keep the agenda up to date."""
        start_ns = medium.next_start_ns() if medium.queues else None
        if start_ns != medium.noted_ns:
            medium.noted_ns = start_ns
            if start_ns is not None:
                heapq.heappush(self._agenda, (start_ns, key))

    def next_start_ns(self) -> int | None:
        """Return when the next message can begin to be transmitted; None: nobody wants to send."""
        agenda = self._agenda
        while agenda and self._media[agenda[0][1]].noted_ns != agenda[0][0]:
            heapq.heappop(agenda)
        return agenda[0][0] if agenda else None

    def transmit_one(self, before_ns: int | None) -> tuple[int, Transmission] | None:
        """Transmit the next message that begins before `before_ns` (None: whenever), and return its arrival and it.

        Everything that is sent before `before_ns` must be known. Returns None if there is no such message.
        """
        while (start_ns := self.next_start_ns()) is not None:
            if before_ns is not None and start_ns >= before_ns:
                return None
            key = heapq.heappop(self._agenda)[1]
            medium = self._media[key]
            medium.noted_ns = None
            self.begun_ns = start_ns
            transmission = medium.take(start_ns)
            link = (transmission.source, transmission.destination)
            if link in self.cuts:
                self._held.setdefault(link, []).append(transmission)
                self._note(key, medium)
                self._on_held(transmission, start_ns)
                continue
            length_ns = -(-transmission.wire_bytes * 8 * SECOND_NS // self.parameters.bandwidth_bps)
            medium.free_ns = start_ns + length_ns
            self._note(key, medium)
            if self.parameters.kind == "switch":
                start_ns = max(start_ns, self._out_free_ns.get(transmission.destination, 0))
                self._out_free_ns[transmission.destination] = start_ns + length_ns
            late_ns = lateness_ns(transmission, self.parameters.latency_ns) if transmission.loose else 0
            return start_ns + length_ns + self.parameters.latency_ns + late_ns, transmission
        return None

    def cut(self, links: Iterable[Link]) -> list[Link]:
        """Cut links; return those that were whole."""
        new = [link for link in links if link not in self.cuts]
        self.cuts.update(new)
        return new

    def heal(self, links: Iterable[Link], now_ns: int) -> tuple[list[Link], list[Transmission]]:
        """Heal links; return those that were cut, and the messages that waited there and are now sent at `now_ns`."""
        healed = [link for link in links if link in self.cuts]
        released: list[Transmission] = []
        for link in healed:
            self.cuts.discard(link)
            held = self._held.pop(link, [])
            released += held
            for transmission in reversed(held):
                self.send(transmission._replace(sent_ns=now_ns), first=True)
        return healed, released

    def state(self) -> WireThen:
        """Return all that there is to know of it, but for what messages say."""
        media = [
            Waiting(
                link,
                medium.free_ns,
                {name: [without(one) for one in queue] for name, queue in medium.queues.items()},
                dict(medium.turns),
            )
            for link, medium in self._media.items()
        ]
        held = [without(one) for held in self._held.values() for one in held]
        return WireThen(self.parameters, media, dict(self._out_free_ns), sorted(self.cuts), held, self.begun_ns)

    def take_up(self, then: WireThen) -> None:
        """Take over the state of another wire. Where the parameters differ, what waited for its turn there waits for a turn here."""
        self.cut(then.cuts)
        self.begun_ns = then.begun_ns
        for transmission in then.held:
            self._held.setdefault((transmission.source, transmission.destination), []).append(transmission)
        if then.parameters == self.parameters:
            self._out_free_ns = dict(then.out_free_ns)
            for link, free_ns, _, turns in then.media:
                medium = self._media[link] = _Medium()
                medium.free_ns, medium.turns = free_ns, dict(sorted(turns.items(), key=lambda turn: turn[1]))
        for transmission in sorted(one for waiting in then.media for queue in waiting.queues.values() for one in queue):
            self.send(transmission)

    def unfinished(self) -> list[Transmission]:
        """Return the messages that wait for their turn or in front of cuts."""
        waiting = [one for medium in self._media.values() for queue in medium.queues.values() for one in queue]
        return waiting + [one for held in self._held.values() for one in held]


def without(transmission: Transmission) -> Transmission:
    """Return a message without what it says; the news of a death says nothing."""
    return transmission._replace(payload=SOMETHING if transmission.payload else b"")
