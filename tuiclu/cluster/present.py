"""What time it is, and which events whoever watches has seen: all before that, each not before its time where somebody paces the run.

At one instant, the nodes' CPUs come first, then commands, then messages, then timers. Nobody sees an event before all that came earlier is
known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from nodes.wire.control import LocalEvent
from nodes.wire.events import KINDS, AnyEvent
from tuiclu.cluster.agenda import Agenda
from tuiclu.cluster.node import Node
from tuiclu.cluster.pacing import Pacer
from tuiclu.cluster.past import PastEvent
from tuiclu.cluster.stream import COMMAND, Buffered, EventStream, Observer, Place

WAIT_S = 0.05
"""Real seconds that is waited at a time when virtual time may not go on."""


class Present:
    """The virtual time of the cluster, and its event stream. Where nobody paces it (`pacer`), it is as soon as it can be.

    `watched` are the kinds of events to which somebody reacts, `reaction_ns` later at the earliest. `hear` waits some real seconds at most
    for what comes from outside, and tells whether it was the death of a node; `attend` has it take effect.
    """

    def __init__(
        self,
        observers: Sequence[Observer],
        watched: Iterable[str],
        reaction_ns: int,
        agenda: Agenda,
        pacer: Pacer | None,
        hear: Callable[[float], bool],
        attend: Callable[[], None],
    ) -> None:
        self.now_ns = 0
        """Nothing before this instant is still to happen."""
        self.stream = EventStream(observers)
        self.is_paced = pacer is not None and pacer.paces
        """Whether events are shown when their time has come, and else while the nodes work on what comes next."""
        self._watched = frozenset(KINDS[kind] for kind in watched)
        self._reaction_ns = reaction_ns
        self._agenda = agenda
        self._pacer = pacer
        self._hear = hear
        self._attend = attend
        self._waiting: deque[Buffered] = deque()
        """Events that are being shown, each in its time."""

    def emit(self, t: int, node: Node | None, event: AnyEvent) -> None:
        """Put an event of the engine's own into the stream, behind what the CPUs did at that instant."""
        index, name = (node.index, node.name) if node is not None else (-1, None)
        self.stream.put(t, COMMAND, index, name, event)
        self._note_if_watched(t, event)

    def take_past(self, node: Node, past: PastEvent) -> None:
        """Put into the stream what a node did before it recorded the state from which it goes on."""
        self.stream.put(past.t, past.phase, node.index, node.name, past.event)
        self._note_if_watched(past.t, past.event)

    def take_reported(self, node: Node, events: Sequence[LocalEvent], end_ns: int) -> None:
        """Put what a node reports into the stream; it was let run to `end_ns`. Raises OutOfTime."""
        self.stream.put_reported(node.index, node.name, events, node.promised_ns, end_ns)
        if self._watched:
            for local in events:
                self._note_if_watched(local.t, local.event)

    def _note_if_watched(self, t: int, event: AnyEvent) -> None:
        """Keep the instant free at which a reaction to an event can come."""
        if type(event) in self._watched:
            self._agenda.note(t + self._reaction_ns, None)

    def show(self, before: Place | None) -> None:
        """Show all events before an instant and phase (None: all)."""
        if self.is_paced:
            self._show_in_time(before)
        else:
            self.stream.show_all(before)
            self.now_ns = max(self.now_ns, self.stream.last_ns)

    def unshown_ns(self) -> int | None:
        """Return when the first of the events happens that are known and have not been shown; None: all have been."""
        waits_ns = self._waiting[0][0] if self._waiting else None
        known_ns = self.stream.first_ns()
        return waits_ns if known_ns is None or (waits_ns is not None and waits_ns < known_ns) else known_ns

    def come_to(self, virtual_ns: int) -> bool:
        """Show all that happens before the commands of an instant, and wait for it; tell whether it may come now.

        It may not if something else has to come first: an observer has reacted, a node has died, a command has been given.
        """
        noted = self._agenda.noted
        self.show((virtual_ns, COMMAND))
        if self._agenda.noted != noted:
            return False
        if self._pacer is not None:
            self._pacer.all_shown()
        return self._has_come(virtual_ns)

    def _show_in_time(self, before: Place | None) -> None:
        """Show each event as soon as its time has come, unless something is due before it."""
        stream = self.stream
        waiting = self._waiting = deque(stream.take(before))
        while waiting:
            if not self._has_come(waiting[0][0]):
                due_ns = self._agenda.first_ns()
                if due_ns is not None and waiting[-1] >= (due_ns, COMMAND):
                    stream.put_back(list(waiting))
                    waiting = self._waiting = deque(stream.take((due_ns, COMMAND)))
                continue
            t, phase, _, _, node, event = waiting.popleft()
            self.now_ns = max(self.now_ns, t)
            stream.show(t, node, event, phase)

    def _has_come(self, virtual_ns: int) -> bool:
        """Wait until the pacer lets an instant come; tell whether it came (else something is due before)."""
        pacer = self._pacer
        while pacer is not None and (ahead_s := pacer.ahead_s(virtual_ns)) > 0:
            noted = self._agenda.noted
            if self._hear(min(ahead_s, WAIT_S)):
                self.now_ns = max(self.now_ns, min(virtual_ns, pacer.now_ns()))
            self._attend()
            if self._agenda.noted != noted:
                return False
        return True
