"""The event stream: what happens anywhere, in one order, each event shown to those that want to see it.

At one instant, what the CPUs do comes first, then commands, then messages and timers; then the nodes in the order of the plan. Nobody is
shown an event before all that comes earlier is known.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from nodes.wire.control import LocalEvent
from nodes.wire.events import AnyEvent, Event, Stamped
from nodes.wire.ids import NodeName

CPU, COMMAND = 0, 1
"""Phases of an instant; a node's own messages and timers follow as phase 2."""
Place = tuple[int, int]
"""An instant and a phase."""
Buffered = tuple[int, int, int, int, NodeName | None, AnyEvent]
"""An event that waits until all earlier ones are known: instant, phase, index of the node, number, node, event.

Compares in the order of the stream; a plain tuple, because there are so many.
"""


class Observer(Protocol):
    """Sees events, in order. What it answers is put into the stream right behind the event that it was shown."""

    @property
    def about(self) -> Collection[type[Event]] | None:
        """The types of events that it wants to see; None: all."""

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]: ...


class EventStream:
    """The events of a run, and who is shown them."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.last_ns = 0
        """The instant of the last event that was shown."""
        self._observers = observers
        self._concerned: dict[type[Event], list[Callable[[Stamped], Iterable[AnyEvent]]]] = {}
        """Of each type of events seen so far: who wants to see it."""
        self._waiting: list[Buffered] = []
        self._put = 0
        self._shown = 0

    def put(self, t: int, phase: int, index: int, node: NodeName | None, event: AnyEvent) -> None:
        """Take an event of a node (`index`: its place in the plan), or of the cluster as a whole (None, -1)."""
        self._put += 1
        self._waiting.append((t, phase, index, self._put, node, event))

    def put_reported(self, index: int, node: NodeName, events: Iterable[LocalEvent]) -> None:
        """Take what a node reports, in its order."""
        number, waiting = self._put, self._waiting
        for local in events:
            number += 1
            waiting.append((local.t, local.phase, index, number, node, local.event))
        self._put = number

    def put_back(self, events: Iterable[Buffered]) -> None:
        """Take events that were taken out by `take`."""
        self._waiting += events

    def take(self, before: Place | None) -> list[Buffered]:
        """Take the events out that come before an instant and phase (None: all), in order."""
        waiting = self._waiting
        waiting.sort()  # what a node reports is in order already, so this is little more than a merge
        if before is None or (waiting and waiting[-1] < before):
            self._waiting = []
            return waiting
        count = bisect.bisect_left(waiting, before)
        taken, self._waiting = waiting[:count], waiting[count:]
        return taken

    def show_all(self, before: Place | None) -> None:
        """Show all events that come before an instant and phase (None: all)."""
        for t, _, _, _, node, event in self.take(before):
            self.show(t, node, event)

    def show(self, t: int, node: NodeName | None, event: AnyEvent) -> None:
        """Show an event, and right behind it what the observers answer."""
        stamped = Stamped(t, self._shown, node, event)
        self._shown += 1
        self.last_ns = t
        concerned = self._concerned.get(type(event))
        if concerned is None:
            concerned = self._concerned[type(event)] = self._who_wants(type(event))
        consequences: list[AnyEvent] = []
        for observe in concerned:
            consequences += observe(stamped)
        for consequence in consequences:
            self.show(t, node, consequence)

    def _who_wants(self, kind: type[Event]) -> list[Callable[[Stamped], Iterable[AnyEvent]]]:
        return [one.observe for one in self._observers if one.about is None or kind in one.about]
