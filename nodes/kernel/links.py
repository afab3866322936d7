"""Links: duplex channels between two processes, wherever these are. Plain data and arithmetic: no kernel, no wire, no clock.

A message is cut into fragments, which are numbered from 0 in each direction, and so is the end of the direction. The sender keeps every
fragment until the receiver has acknowledged it; the receiver takes each once and in order, whatever way it came and however often. So a
message is complete, once and in its place even if its fragments took several routes while the processes moved.

```
 sender    | acknowledged |  on the wire, kept  | window not open: waits |            window_end = consumed + WINDOW
           0        first kept            transmitted                next_sequence
 receiver  |  consumed by the process  |  in the queue  | partial |  early, with gaps
           0                       consumed                    expected
```
Back pressure: a fragment is put on the wire only inside the window, which moves on as the receiving process takes its messages; and a
process that sends waits while more than SEND_QUEUE fragments wait for the window.

An end is a part of its process and moves with it, queued and half-sent messages included.
"""

from __future__ import annotations

import enum

import msgspec

from nodes.wire.amounts import Amounts
from nodes.wire.ids import NodeName, Pid

FRAGMENT_BYTES = 4096
MESSAGE_BYTES = 64 * 1024
"""No message is longer."""
WINDOW = 32
"""Fragments that may lie at the receiver and not be taken by the process; more than the longest message has, or it could never arrive."""
SEND_QUEUE = 16
"""Fragments that may wait at the sender for the window before the sending process has to wait."""
MAX_LINKS = 64
"""Of one process."""


class LinkState(enum.StrEnum):
    OPENING = "opening"
    """The other process has not answered yet."""
    OPEN = "open"
    ENDED = "ended"
    """The other end was destroyed in order: nothing more will come, and nothing can be sent."""
    BROKEN = "broken"
    """The other end is lost, or cannot be found."""
    CLOSED = "closed"
    """This end was destroyed by its process; the kernel keeps it until the other side has got all that was sent."""


class Fragment(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a message, or (`end`) the end of the direction."""

    sequence: int
    content: bytes
    last: bool
    """It completes its message."""
    end: bool = False


class LinkEnd(msgspec.Struct):
    """One end of a link, as its kernel keeps it."""

    link: str
    """`n1.1/2`: the second link that n1.1 opened. Both ends have the same name."""
    peer: Pid
    peer_at: NodeName
    """Where this end believes the other process to be."""
    peer_version: int = 0
    """How often that process had moved when it was there: the newer belief wins."""
    peer_before: NodeName = ""
    """Where it still is if it did not get there; empty: it did."""
    by_way_of: tuple[NodeName, ...] | msgspec.UnsetType = msgspec.UNSET
    """Nodes that this end has left and that pass the other side's letters on, as long as that may not know better; unset: none."""
    state: LinkState = LinkState.OPENING
    # sending
    next_sequence: int = 0
    transmitted: int = 0
    """Fragments below this number have been put on the wire."""
    window_end: int = WINDOW
    """Fragments below this number may be."""
    kept: list[Fragment] = []
    """Not acknowledged yet, in order: on the wire, or waiting for the window."""
    messages_sent: int = 0
    amounts_kept: dict[int, Amounts] | msgspec.UnsetType = msgspec.UNSET
    """What the messages bring of which fragments are kept, by their last fragment; unset: nothing."""
    # receiving
    expected: int = 0
    """The first fragment that has not come."""
    early: dict[int, Fragment] = {}
    """Fragments that came before one with a lower number."""
    partial: list[bytes] = []
    """Of the message that is not complete."""
    queue: list[bytes] = []
    """Complete messages."""
    consumed: int = 0
    """Fragments of messages that the process has taken."""
    granted: int = WINDOW
    """The end of the window of which the sender was told last."""
    messages_arrived: int = 0
    messages_received: int = 0
    amounts_came: dict[int, Amounts] | msgspec.UnsetType = msgspec.UNSET
    """What the messages bring that the process has not taken, by their last fragment; unset: nothing."""

    def learn(self, at: NodeName, version: int, before: NodeName = "") -> None:
        """Hear where the other process is, or is about to be."""
        if version > self.peer_version:
            self.peer_at, self.peer_version, self.peer_before = at, version, before

    # ----------------------------------------------------------------------------------------------------- sending

    def may_send(self) -> bool:
        """Tell whether a message can be taken over from the process now."""
        return self.next_sequence - self.window_end < SEND_QUEUE

    def put(self, message: bytes, amounts: Amounts | None = None) -> None:
        """Take a message over from the process, with what it brings the receiver."""
        starts = range(0, max(1, len(message)), FRAGMENT_BYTES)
        for start in starts:
            part = message[start : start + FRAGMENT_BYTES]
            self._keep(Fragment(self.next_sequence, part, start == starts[-1]))
        self.messages_sent += 1
        if amounts:
            self.amounts_kept = {**(self.amounts_kept or {}), self.next_sequence - 1: amounts}

    def brings(self, sequence: int) -> Amounts | msgspec.UnsetType:
        """Return what the message brings that ends with a fragment; unset: nothing."""
        return (self.amounts_kept or {}).get(sequence, msgspec.UNSET)

    def put_end(self) -> None:
        """Let the direction end behind all that was sent."""
        self._keep(Fragment(self.next_sequence, b"", last=False, end=True))

    def _keep(self, fragment: Fragment) -> None:
        self.kept.append(fragment)
        self.next_sequence += 1

    def take_transmittable(self) -> list[Fragment]:
        """Return the fragments that go on the wire now: those that were not yet there, as far as the window is open."""
        start, end = max(self.transmitted, self._first_kept()), min(self.next_sequence, self.window_end)
        if start >= end:
            return []
        self.transmitted = end
        return self.kept[start - self.next_sequence : end - self.next_sequence or None]

    def acknowledge(self, received: int, window_end: int) -> None:
        """The other side has all fragments below `received`, and room for those below `window_end`."""
        first = self._first_kept()
        if received > first:
            del self.kept[: received - first]
            self._forget_amounts()
        self.transmitted = max(self.transmitted, self._first_kept())
        self.window_end = max(self.window_end, window_end)

    def transmit_again(self) -> None:
        """What was on the wire may be lost: the next `take_transmittable` begins with the first fragment that is kept."""
        self.transmitted = self._first_kept()

    def drop_unsent(self) -> None:
        """Forget what was not acknowledged: nobody will read it."""
        self.kept = []
        self.amounts_kept = msgspec.UNSET
        self.transmitted = self.next_sequence

    def _forget_amounts(self) -> None:
        """Leave to the receiver what it has got."""
        if self.amounts_kept:
            first = self._first_kept()
            left = {sequence: amounts for sequence, amounts in self.amounts_kept.items() if sequence >= first}
            self.amounts_kept = left or msgspec.UNSET

    def _first_kept(self) -> int:
        return self.next_sequence - len(self.kept)

    # --------------------------------------------------------------------------------------------------- receiving

    def take(self, fragment: Fragment, amounts: Amounts | msgspec.UnsetType = msgspec.UNSET) -> bool:
        """Take a fragment that came, with what its message brings; tell whether the process has something new to see: a message,
        or the end."""
        if fragment.sequence >= self.expected:
            self.early[fragment.sequence] = fragment
            if amounts and self.state is not LinkState.CLOSED:
                self.amounts_came = {**(self.amounts_came or {}), fragment.sequence: amounts}
        news = False
        while self.expected in self.early:
            news |= self._append(self.early.pop(self.expected))
            self.expected += 1
        return news

    def _append(self, fragment: Fragment) -> bool:
        if self.state is LinkState.CLOSED:  # nobody will read it
            self.consumed += 1
        elif fragment.end:
            self.state = LinkState.ENDED
            return True
        else:
            self.partial.append(fragment.content)
            if fragment.last:
                self.queue.append(b"".join(self.partial))
                self.partial = []
                self.messages_arrived += 1
                return True
        return False

    def receive(self) -> tuple[bytes, Amounts]:
        """Give the first message in the queue to the process, with what it brings."""
        message = self.queue.pop(0)
        self.consumed += max(1, -(-len(message) // FRAGMENT_BYTES))
        self.messages_received += 1
        came = dict(self.amounts_came or {})
        amounts = came.pop(self.consumed - 1, {})
        self.amounts_came = came or msgspec.UNSET
        return message, amounts

    def window_to_tell(self) -> int:
        """Return the end of the window, and take note that the sender is told of it."""
        self.granted = self.consumed + WINDOW
        return self.granted

    def should_tell(self) -> bool:
        """Tell whether so much of the window was used that the sender should hear of new room."""
        return self.consumed + WINDOW - self.granted >= WINDOW // 2

    @property
    def wants_to_know(self) -> bool:
        """Whether the other side must be told where this end goes: it may still send something."""
        return self.state in (LinkState.OPENING, LinkState.OPEN, LinkState.CLOSED)

    @property
    def readable(self) -> bool:
        """Whether a receive would not have to wait."""
        return bool(self.queue) or self.state in (LinkState.ENDED, LinkState.BROKEN)


class LinkTable(msgspec.Struct):
    """The links of a process."""

    ends: dict[str, LinkEnd] = {}
    """By the name of the link."""
    descriptors: dict[int, str] = {}
    incoming: list[str] = []
    """Links that others opened and that the process has not accepted yet."""
    opened: int = 0
    """Links that it has opened so far: numbers the next one."""
    opening: str | None = None
    """The link for whose opening it waits."""
    answer: Pid | None = None
    """Who published the name for which it asked; "" : cannot be known."""
    asking: str | None = None
    """The name of whose owner it waits to hear."""
    moves: int = 0
    """How often its place has changed: tells a newer place from an older one."""
    published: list[str] | msgspec.UnsetType = msgspec.UNSET
    """The names under which it can be found; unset: none."""
    known_crashes: dict[NodeName, int] | msgspec.UnsetType = msgspec.UNSET
    """The crashes that the source had heard of when it packed the process: which life of whom was the last to end."""

    def get(self, descriptor: int) -> LinkEnd | None:
        """Return the end behind a descriptor; None: there is none."""
        link = self.descriptors.get(descriptor)
        return None if link is None else self.ends[link]

    def describe(self, link: str) -> int:
        """Give an end the lowest free descriptor, from 0."""
        descriptor = next(number for number in range(MAX_LINKS + 1) if number not in self.descriptors)
        self.descriptors[descriptor] = link
        return descriptor
