"""Whether a cut is closed under happened-before (Lamport, CACM 21(7), 1978), and which message betrays it if it is not.

For whoever checks a recorded state from outside; no node needs it, and nothing of it is on the wire.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple


class Crossing(NamedTuple):
    """A message that a cut holds as received and not as sent: it comes from the future, and betrays the cut."""

    message: Hashable
    source: str
    destination: str


class Histories:
    """What happened at each process, in its own order: how many events it has had, and which of them sent or received a message."""

    def __init__(self) -> None:
        self._events: dict[str, int] = {}
        self._sent: dict[Hashable, tuple[str, int]] = {}
        self._received: dict[Hashable, tuple[str, int]] = {}

    def local(self, process: str) -> int:
        """Note an event of a process; return its number, from 1."""
        number = self._events[process] = self.position(process) + 1
        return number

    def sent(self, process: str, message: Hashable) -> None:
        """Note that a process has sent a message."""
        self._sent[message] = (process, self.local(process))

    def received(self, process: str, message: Hashable) -> None:
        """Note that a process has received a message that was sent."""
        self._received[message] = (process, self.local(process))

    def position(self, process: str) -> int:
        """Return how many events a process has had: where a cut passes that is made there now."""
        return self._events.get(process, 0)

    def crossings(self, cut: Mapping[str, int]) -> list[Crossing]:
        """Return the messages that cross a cut backwards, in the order in which they were sent; none: the cut is consistent.

        A cut says of each process how many of its events belong to the past. Within a process its order makes the past closed; between
        processes only messages carry happened-before, so nothing else has to be looked at.
        """
        return [
            Crossing(message, source, self._received[message][0])
            for message, (source, number) in self._sent.items()
            if number > cut.get(source, 0) and self._is_received(message, cut)
        ]

    def in_channels(self, cut: Mapping[str, int]) -> list[Hashable]:
        """Return the messages that are in a channel at a cut: sent in the past, and not received there."""
        return [
            message
            for message, (source, number) in self._sent.items()
            if number <= cut.get(source, 0) and not self._is_received(message, cut)
        ]

    def _is_received(self, message: Hashable, cut: Mapping[str, int]) -> bool:
        process, number = self._received.get(message, ("", 0))
        return bool(number) and number <= cut.get(process, 0)
