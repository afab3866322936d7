"""The event stream: what happens anywhere, in one order, each event shown to those that want to see it.

At one instant, what the CPUs do comes first, then commands, then messages and timers; then the nodes in the order of the plan. Nobody is
shown an event before all that comes earlier is known.

Two things are watched in every run, because no run could be repeated without them: a node reports only what falls between the instant that
it had promised and the one up to which it was let run, in order; and nothing comes in before what has been shown already.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from nodes.wire.control import LocalEvent
from nodes.wire.events import AnyEvent, Event, Stamped, kind_of
from nodes.wire.ids import NodeName
from tuiclu.cluster.past import Past
from tuiclu.errors import EmulatorError

CPU, COMMAND = 0, 1
"""Phases of an instant; a node's own messages and timers follow as phase 2."""
Place = tuple[int, int]
"""An instant and a phase."""
Buffered = tuple[int, int, int, int, NodeName | None, AnyEvent]
"""An event that waits until all earlier ones are known: instant, phase, index of the node, number, node, event.

Compares in the order of the stream; a plain tuple: there are very many.
"""


class OutOfTime(EmulatorError):
    """Something is reported at an instant at which it cannot happen any more, or not yet."""

    def __init__(self, who: str | None, what: str, at_ns: int, why: str) -> None:
        super().__init__(f"{who or 'the cluster'} reports {what} at {at_ns} ns, but {why}")


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
        self._open_from: Place = (0, 0)
        """The last that has been taken out to be shown: nothing comes in before it any more."""
        self._put = 0
        self.shown = 0
        """How many events have been shown."""
        self.past: Past | None = None
        """Where what has been shown is kept; None: nobody wants it."""

    def put(self, t: int, phase: int, index: int, node: NodeName | None, event: AnyEvent) -> None:
        """Take an event of a node (`index`: its place in the plan), or of the cluster as a whole (None, -1)."""
        self._put += 1
        self._waiting.append((t, phase, index, self._put, node, event))

    def put_reported(
        self, index: int, node: NodeName, events: Iterable[LocalEvent], promised_ns: int, end_ns: int
    ) -> None:
        """Take what a node reports, in its order: nothing before the instant that it promised, nothing beyond its window's end.

        What a CPU does at the first instant belongs to the window before, and what anything else does at the last to the next.
        Raises OutOfTime.
        """
        number, waiting = self._put, self._waiting
        last, end = (promised_ns, COMMAND), (end_ns, COMMAND)
        for local in events:
            place = (local.t, local.phase)
            if not last <= place < end:
                why = f"it was let run from {promised_ns} ns to {end_ns} ns, and has reported all before {last[0]} ns"
                raise OutOfTime(node, kind_of(local.event), local.t, why)
            last = place
            number += 1
            waiting.append((local.t, local.phase, index, number, node, local.event))
        self._put = number

    def first_ns(self) -> int | None:
        """Return when the first of the events happens that wait to be shown; None: none waits."""
        return min((waiting[0] for waiting in self._waiting), default=None)

    def put_back(self, events: Sequence[Buffered]) -> None:
        """Take events that were taken out by `take`, the last of them, in order."""
        self._waiting += events
        if events:
            self._open_from = events[0][:2]

    def take(self, before: Place | None) -> list[Buffered]:
        """Take the events out that come before an instant and phase (None: all), in order. Raises OutOfTime."""
        waiting = self._waiting
        waiting.sort()  # what a node reports is in order already, so this is little more than a merge
        if waiting and waiting[0][:2] < self._open_from:
            t, _, _, _, node, event = waiting[0]
            raise OutOfTime(node, kind_of(event), t, f"what came behind it at {self._open_from[0]} ns has been shown")
        if before is None or (waiting and waiting[-1] < before):
            taken, self._waiting = waiting, []
        else:
            count = bisect.bisect_left(waiting, before)
            taken, self._waiting = waiting[:count], waiting[count:]
        if (
            taken
        ):  # at the end of all that is known, more may follow at the same instant: commands at the start of a run
            last = taken[-1][:2] if before is not None else (taken[-1][0], CPU)
            self._open_from = max(self._open_from, last)
        return taken

    def show_all(self, before: Place | None) -> None:
        """Show all events that come before an instant and phase (None: all)."""
        for t, phase, _, _, node, event in self.take(before):
            self.show(t, node, event, phase)

    def show(self, t: int, node: NodeName | None, event: AnyEvent, phase: int = COMMAND) -> None:
        """Show an event, and right behind it what the observers answer. Raises OutOfTime."""
        if self.past is not None:
            self.past.note(t, phase, node, event)
        self._show(t, node, event)

    def _show(self, t: int, node: NodeName | None, event: AnyEvent) -> None:
        if t < self.last_ns:
            raise OutOfTime(node, kind_of(event), t, f"what happened at {self.last_ns} ns has been shown")
        stamped = Stamped(t, self.shown, node, event)
        self.shown += 1
        self.last_ns = t
        concerned = self._concerned.get(type(event))
        if concerned is None:
            concerned = self._concerned[type(event)] = self._who_wants(type(event))
        consequences: list[AnyEvent] | None = None
        for observe in concerned:
            if answer := observe(stamped):
                consequences = [*(consequences or ()), *answer]
        for consequence in consequences or ():
            self._show(t, node, consequence)

    def _who_wants(self, kind: type[Event]) -> list[Callable[[Stamped], Iterable[AnyEvent]]]:
        return [one.observe for one in self._observers if one.about is None or kind in one.about]
