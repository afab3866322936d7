"""Worlds of tokens: the published test format of the snapshot assignment of Princeton's COS 418, run through our own recorders.

```
 .top      2                   servers            .events   send N1 N2 1     N1 passes a token to N2
           N1 1                name, tokens                 snapshot N2      N2 begins a snapshot
           N2 0                                             tick 4           time passes (`tick`: one step)
           N1 N2               a channel
 .snap     0                   its number; then the tokens of each server, and the messages in channels: `N1 N2 token(1)`
```

Time is in steps. What is sent at step t can arrive at t + 1 to t + 5, drawn from the seed; in a step each server has at most one message
delivered of those that it sent, on its first channel (by name) on which one is due. Channels keep order.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - the delays of a lesson, from the seed that was asked for

import msgspec

from nodes.global_state.chandy_lamport import Action, ChannelRecorded, PartDone, Recorder, RecordState, SendMarker
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError

MAX_DELAY = 5
STEPS = 100_000
"""A snapshot that has not ended after this many steps never will: somebody cannot be reached."""

Delay = Callable[[str, str], int]
"""How many steps, 1 or more, a message from one server to another takes at least."""


class Topology(msgspec.Struct, frozen=True):
    """The servers with their tokens, and the channels between them."""

    tokens: dict[str, int]
    channels: tuple[tuple[str, str], ...]


class Event(msgspec.Struct, frozen=True):
    """One line of a schedule."""

    verb: str
    """`send`, `snapshot` or `tick`."""
    servers: tuple[str, ...] = ()
    count: int = 1
    """Tokens, or steps."""


class GlobalState(msgspec.Struct):
    """What one snapshot has recorded."""

    number: int
    tokens: dict[str, int] = msgspec.field(default_factory=dict)
    channels: dict[tuple[str, str], tuple[int, ...]] = msgspec.field(default_factory=dict)
    """Of each channel, the tokens in it, message by message."""
    parts: int = 0
    """How many servers have done their part."""

    @property
    def total(self) -> int:
        """All tokens, in servers and in channels."""
        return sum(self.tokens.values()) + sum(sum(messages) for messages in self.channels.values())

    def text(self) -> str:
        """Return it as a `.snap` file."""
        lines = [str(self.number), *(f"{server} {count}" for server, count in sorted(self.tokens.items()))]
        for (source, destination), messages in sorted(self.channels.items()):
            lines += [f"{source} {destination} token({count})" for count in messages]
        return "\n".join(lines) + "\n"


class TokenWorld:
    """Servers that pass tokens over channels that keep order, each with a recorder."""

    def __init__(self, topology: Topology, delay: Delay) -> None:
        self.tokens = dict(topology.tokens)
        self.snapshots: list[GlobalState] = []
        self._delay = delay
        self._now = 0
        self._channels: dict[tuple[str, str], deque[tuple[int, int | SendMarker]]] = {
            channel: deque() for channel in sorted(topology.channels)
        }
        self._recorders = {
            server: Recorder[int](
                [source for source, to in self._channels if to == server],
                [to for source, to in self._channels if source == server],
            )
            for server in sorted(self.tokens)
        }

    def send(self, source: str, destination: str, count: int) -> None:
        """Let a server pass tokens. Raises InputError where it has too few."""
        if self.tokens[source] < count:
            raise InputError(
                Text(
                    "{source} has {tokens} tokens, and is to send {count}",
                    source=source,
                    tokens=self.tokens[source],
                    count=count,
                ),
                Text("step {number}", number=self._now),
            )
        self.tokens[source] -= count
        self._put(source, destination, count)

    def start(self, server: str) -> None:
        """Let a server begin a snapshot."""
        self.snapshots.append(GlobalState(len(self.snapshots)))
        self._carry_out(server, self._recorders[server].start(str(self.snapshots[-1].number)))

    def tick(self) -> None:
        """Let one step pass."""
        self._now += 1
        for server in self._recorders:
            due = next((channel for channel in self._channels if channel[0] == server and self._is_due(channel)), None)
            if due is not None:
                self._deliver(*due, self._channels[due].popleft()[1])

    @property
    def done(self) -> bool:
        """Whether every snapshot has ended."""
        return all(state.parts == len(self._recorders) for state in self.snapshots)

    def _is_due(self, channel: tuple[str, str]) -> bool:
        waiting = self._channels[channel]
        return bool(waiting) and waiting[0][0] <= self._now

    def _put(self, source: str, destination: str, what: int | SendMarker) -> None:
        self._channels[source, destination].append((self._now + self._delay(source, destination), what))

    def _deliver(self, source: str, destination: str, what: int | SendMarker) -> None:
        recorder = self._recorders[destination]
        if isinstance(what, SendMarker):
            self._carry_out(destination, recorder.receive_marker(what.snapshot, source))
        else:
            recorder.receive_message(source, what)
            self.tokens[destination] += what

    def _carry_out(self, server: str, actions: list[Action]) -> None:
        for action in actions:
            state = self.snapshots[int(action.snapshot)]
            match action:
                case RecordState():
                    state.tokens[server] = self.tokens[server]
                case SendMarker(to=to):
                    self._put(server, to, action)
                case ChannelRecorded(source=source, messages=messages):
                    state.channels[source, server] = tuple(int(str(message)) for message in messages)
                case PartDone():
                    state.parts += 1


def play(topology: Topology, events: list[Event], delay: Delay | None = None, seed: int = 0) -> list[GlobalState]:
    """Carry out a schedule, and let time pass until every snapshot has ended. Raises InputError where one never does."""
    generator = Random(seed)  # noqa: S311 - nothing of it is secret
    world = TokenWorld(topology, delay or (lambda source, destination: generator.randint(1, MAX_DELAY)))
    for event in events:
        match event.verb:
            case "send":
                world.send(event.servers[0], event.servers[1], event.count)
            case "snapshot":
                world.start(event.servers[0])
            case _:
                for _ in range(event.count):
                    world.tick()
    for _ in range(STEPS):
        if world.done:
            return world.snapshots
        world.tick()
    raise InputError(
        Text("a snapshot does not end: not every server can be reached from the one that began it"),
        Text("the channels"),
    )


# ----------------------------------------------------------------------------------------------------------- the files


def read_topology(path: Path) -> Topology:
    """Read a `.top` file. Raises InputError."""
    tokens: dict[str, int] = {}
    channels: list[tuple[str, str]] = []
    servers = None
    for where, words in _lines(path):
        match words:
            case [count] if servers is None and count.isdecimal():
                servers = int(count)
            case [name, count] if servers is not None and len(tokens) < servers and count.isdecimal():
                tokens[name] = int(count)
            case [source, destination] if servers == len(tokens) and {source, destination} <= tokens.keys():
                channels.append((source, destination))
            case _:
                raise InputError(
                    Text("`{words}` is not expected here", words=" ".join(words)),
                    where,
                    Text("First the number of servers, then each, then channels."),
                )
    return Topology(tokens, tuple(channels))


def read_events(path: Path, topology: Topology) -> list[Event]:
    """Read an `.events` file. Raises InputError."""
    events = []
    for where, words in _lines(path):
        match words:
            case ["send", source, destination, count] if (
                source,
                destination,
            ) in topology.channels and count.isdecimal():
                events.append(Event("send", (source, destination), int(count)))
            case ["snapshot", server] if server in topology.tokens:
                events.append(Event("snapshot", (server,)))
            case ["tick"]:
                events.append(Event("tick"))
            case ["tick", count] if count.isdecimal():
                events.append(Event("tick", count=int(count)))
            case _:
                raise InputError(
                    Text("`{words}` makes no sense here", words=" ".join(words)),
                    where,
                    Text("`send N1 N2 1` over a channel, `snapshot N1`, or `tick 4`."),
                )
    return events


def read_snapshot(path: Path) -> GlobalState:
    """Read a `.snap` file. Raises InputError."""
    state = None
    for where, words in _lines(path):
        message = re.fullmatch(r"token\((\d+)\)", words[-1])
        match words:
            case [number] if state is None and number.isdecimal():
                state = GlobalState(int(number))
            case [server, count] if state is not None and count.isdecimal():
                state.tokens[server] = int(count)
            case [source, destination, _] if state is not None and message is not None:
                state.channels[source, destination] = (*state.channels.get((source, destination), ()), int(message[1]))
            case _:
                raise InputError(
                    Text("`{words}` is not expected here", words=" ".join(words)),
                    where,
                    Text("A number, then `N1 1`, then `N1 N2 token(1)`."),
                )
    if state is None:
        raise InputError(Text("it is empty"), str(path), Text("A `.snap` file begins with the number of the snapshot."))
    return state


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Return each line that says something, as words, with its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Text("cannot be read: {why}", why=system_says(error)), str(path)) from None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and not line.startswith("#"):
            yield f"{path}:{number}", words
