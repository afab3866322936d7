"""How far nodes may run on their own, and when what comes from outside takes effect: the arithmetic of conservative windows. Pure.

Whatever a node sends arrives one latency later at the earliest. With Q the first instant at which any node can send anything, all may run
to Q + latency: nothing can reach them there that is not known. The node that may send first may run to where the next of the others could
reach it; it stops by itself where an answer to what it sends could. (Chandy and Misra 1979; Bryant 1977.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nodes.wire.parameters import NEVER_NS


class Ahead(NamedTuple):
    """What is known, at an edge, of what comes. None: it never comes."""

    first_sends_ns: int
    """The first instant at which any node can send anything; `NEVER_NS`: none ever will."""
    second_sends_ns: int
    """The first at which any other node can."""
    waiting_ns: int | None
    """When the next message that waits for its turn on the wire begins."""
    due_ns: int | None
    """When the engine itself does the next thing."""


class Window(NamedTuple):
    """How far nodes may run."""

    first_sends_ns: int
    first_end_ns: int
    """The end for who sends at `first_sends_ns`."""
    end_ns: int
    """The end for everybody else."""

    def end_for(self, sends_ns: int | None) -> int:
        """Return how far a node may run that sends nothing before an instant (None: nothing ever)."""
        return self.first_end_ns if sends_ns == self.first_sends_ns else self.end_ns


@dataclass(frozen=True)
class Lookahead:
    """What bounds windows in one cluster."""

    latency_ns: int
    detection_ns: int
    """How long after a crash the others are told of it."""

    def window(self, start_ns: int, ahead: Ahead, until_ns: int | None, longest_ns: int) -> Window:
        """Return the window that begins at `start_ns`; the run ends at `until_ns`, if it has an end."""
        # Who is killed meanwhile dies where his window began (see `death_ns`): nobody may have heard of that yet.
        heard_ns = start_ns + self.detection_ns + self.latency_ns
        limit = _first(
            start_ns + longest_ns, heard_ns, NEVER_NS, ahead.due_ns, self._arrives(ahead.waiting_ns), until_ns
        )
        return Window(
            ahead.first_sends_ns,
            min(ahead.second_sends_ns + self.latency_ns, limit),
            min(ahead.first_sends_ns + self.latency_ns, limit),
        )

    def death_ns(self, edge_ns: int, now_ns: int, reached_ns: int, window_ns: int | None, ahead: Ahead) -> int:
        """Return for which instant the crash of a node is noted that was killed from outside.

        That is the first before which it had nothing to do: its window began at `window_ns` (None: it had none, or never would have had
        anything to do). It is not one before `reached_ns`: what the node has reported so far has happened, even if another one died before.
        The others have been let run no further than until what is sent then can reach them.
        """
        return max(now_ns, reached_ns, _first(edge_ns, window_ns, self._arrives(ahead.waiting_ns), ahead.due_ns))

    def arrives_ns(self, ahead: Ahead) -> int | None:
        """Return the first instant at which a message can arrive that is not on the wire yet; None: never."""
        sent_ns = _first(ahead.first_sends_ns, ahead.waiting_ns)
        return None if sent_ns >= NEVER_NS else sent_ns + self.latency_ns

    def _arrives(self, sent_ns: int | None) -> int | None:
        return None if sent_ns is None else sent_ns + self.latency_ns


def turns_end_ns(ahead: Ahead, now_ns: int | None) -> int | None:
    """Return the instant from which on no message has its turn on the wire: another could be sent by then. None: there is no such instant.

    `now_ns`: where somebody can interfere at any time, no message has its turn before that has come; None: nobody can.
    """
    bound = ahead.first_sends_ns if ahead.due_ns is None else min(ahead.first_sends_ns, ahead.due_ns)
    if now_ns is not None and now_ns < bound:
        return now_ns + 1
    return None if bound >= NEVER_NS else bound


def _first(instant: int, *others: int | None) -> int:
    for other in others:
        if other is not None and other < instant:
            instant = other
    return instant
