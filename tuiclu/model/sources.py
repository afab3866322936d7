"""Where a number on the screen comes from: the events that it was made of. Pure; bounded, so that a session may last for days."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from nodes.wire.events import KINDS, LinkReceived, LinkSent, LoadHeard, MessageSent, MigrationRound, Stamped, kind_of
from tuiclu.model.frame import Source

SUBJECTS = 600
"""The number of processes, migrations and wires whose last events are remembered; those of all nodes are."""


class Asked(NamedTuple):
    """What is wanted to know about a number: the events from which it comes."""

    about: str = ""
    """A node, a pid, a migration, a wire (`n1→n2`), or the whole cluster."""
    kinds: tuple[str, ...] = ()
    pick: str = ""
    """How the one event is found that is meant, where not the latest is; a name in `PICKS`."""
    which: str = ""
    """What tells it: an instant, a message, a round, a machine."""


def _at_instant(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the instant, and perhaps the kind of the event."""
    instant, _, kind = asked.which.partition(" ")
    about = (stamped.node, *(getattr(stamped.event, name, None) for name in ("migration", "pid", "by")))
    same_kind = not kind or kind == kind_of(stamped.event)
    return str(stamped.t) == instant and same_kind and (not asked.about or asked.about in about)


def _of_message(stamped: Stamped, asked: Asked) -> bool:
    """`which`: a message between nodes, `n1:17`, or one on a link, `link/pid/number`."""
    event = stamped.event
    if isinstance(event, LinkSent):
        return f"{event.link}/{event.pid}/{event.number}" == asked.which
    if isinstance(event, LinkReceived):
        link, _, number = (*asked.which.rsplit("/", 2), "", "")[:3]
        return (event.link, str(event.number)) == (link, number) and not asked.which.endswith(f"/{event.pid}/{number}")
    return getattr(event, "message", None) == asked.which


def _of_round(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the number of a round."""
    event = stamped.event
    return isinstance(event, MigrationRound) and (event.migration, str(event.round)) == (asked.about, asked.which)


def _of_belief(stamped: Stamped, asked: Asked) -> bool:
    """`which`: the machine of which something is believed."""
    event = stamped.event
    told = event.loads if isinstance(event, LoadHeard) else (getattr(event, "machine", ""),)
    return stamped.node == asked.about and asked.which in told


PICKS: dict[str, Callable[[Stamped, Asked], bool]] = {
    "instant": _at_instant,
    "message": _of_message,
    "round": _of_round,
    "belief": _of_belief,
}


SUBJECTS_OF = {
    kind: tuple(name for name in ("pid", "migration") if name in event.__struct_fields__)
    for kind, event in KINDS.items()
}
"""The fields of each kind of event that say what it is about."""


class Sources:
    """Where a number on the screen comes from: of each kind the last event about a node, process, migration or wire; or a certain one."""

    def __init__(self) -> None:
        self._of_nodes: dict[str, dict[str, tuple[int, int]]] = {}
        self._of_others: dict[str, dict[str, tuple[int, int]]] = {}
        self._latest: deque[Stamped] = deque(maxlen=LATEST)

    def take(self, stamped: Stamped) -> None:
        """Note an event under all that it is about; the empty name is the whole cluster."""
        event, node = stamped.event, stamped.node or ""
        self._latest.append(stamped)
        kind, place = kind_of(event), (stamped.t, stamped.seq)
        self._of_nodes.setdefault("", {})[kind] = place
        self._of_nodes.setdefault(node, {})[kind] = place
        for name in SUBJECTS_OF[kind]:
            subject = getattr(event, name)
            if subject is not None:
                self._note(subject, kind, place)
        if isinstance(event, MessageSent):
            self._note(f"{node}→{event.to}", kind, place)
        while len(self._of_others) > SUBJECTS:
            del self._of_others[next(iter(self._of_others))]

    def _note(self, about: str, kind: str, place: tuple[int, int]) -> None:
        """Note an event about something; what is heard of again is the last to be forgotten."""
        last = self._of_others.pop(about, {})
        last[kind] = place
        self._of_others[about] = last

    def of(self, asked: Asked) -> tuple[Source, ...]:
        """Return the events that are meant, the latest first: the last of each kind, or the ones that are picked.

        The start of the run is about everything.
        """
        if asked.pick:
            return self._picked(asked)
        start = {kind: place for kind, place in self._of_nodes.get("", {}).items() if kind == "run.started"}
        last = start | (self._of_nodes.get(asked.about) or self._of_others.get(asked.about, {}))
        found = [Source(kind, *last[kind]) for kind in asked.kinds if kind in last]
        return tuple(sorted(found, key=lambda one: -one.seq))

    def _picked(self, asked: Asked) -> tuple[Source, ...]:
        is_meant = PICKS[asked.pick]
        found: dict[str, Source] = {}
        for stamped in reversed(self._latest):
            kind = kind_of(stamped.event)
            if kind in asked.kinds and kind not in found and is_meant(stamped, asked):
                found[kind] = Source(kind, stamped.t, stamped.seq)
        return tuple(found.values())


LATEST = 20_000
"""Events among which a single one is looked for."""
