"""What must hold at every event of every run. Each law reads the stream and names what breaks it.

* `one-owner`: every process that lives has exactly one owner, and only its owner runs it, freezes it or ends it.
* `dead-nodes`: no process is anything but lost on a node that is down.
* `standing-still`: whoever is frozen is so for the sake of a migration or an eviction that is under way, and somebody alive will end it.
* `outcomes`: whatever begins has one end: a migration, an eviction. Nothing is under way when nothing is left to happen.
* `accounts`: a CPU's busy time is what it charged to processes and what its kernel used, and every process has what all CPUs charged it.
* `frames`: on every node, frames allocated, promised and free add up to the total, and page tables have an entry for each in use.
* `messages`: every message that was sent is delivered once, lost for a reason, or still on its way when the run ends.
* `links`: what a process receives over a link is what was sent, once and in order; all the rest is accounted for when the link ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nodes.wire.events import AnyEvent, Event, InvariantViolated, Stamped
from nodes.wire.ids import NodeName
from tuiclu.model.cluster import ClusterView
from tuiclu.model.laws.ends import AccountsAddUp, FramesAddUp, WhatBeginsEnds
from tuiclu.model.laws.law import Law
from tuiclu.model.laws.messages import LinksLoseNothing, MessagesAccountedFor
from tuiclu.model.laws.processes import DeadNodesHoldNobody, OneOwner, SomebodyEndsTheStandstill

Check = Callable[[AnyEvent, int, NodeName], Iterable[str]]


class InvariantChecker:
    """Watches all laws. An observer of the stream: it answers a broken law with an event.

    Some hold what the view says, which sees each event first, against what happens.
    """

    def __init__(self, view: ClusterView) -> None:
        self.laws: tuple[Law, ...] = (
            OneOwner(),
            DeadNodesHoldNobody(view),
            SomebodyEndsTheStandstill(view),
            WhatBeginsEnds(view),
            AccountsAddUp(view),
            FramesAddUp(),
            MessagesAccountedFor(),
            LinksLoseNothing(),
        )
        self.broken: dict[str, str] = {}
        """By the law's name: the first thing that broke it."""
        self._laws_about: dict[type[Event], list[tuple[Law, Check]]] = {}
        for law in self.laws:
            for kind, taker in law.taken.items():
                self._laws_about.setdefault(kind, []).append((law, getattr(law, taker)))
        self.about = tuple(self._laws_about)

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take the next event; return what it breaks."""
        violations: list[AnyEvent] = []
        event = stamped.event
        for law, check in self._laws_about.get(type(event), ()):
            for detail in check(event, stamped.t, stamped.node or ""):
                self.broken.setdefault(law.name, f"{detail} (at {stamped.t / 1e9:.6f} s)")
                violations.append(InvariantViolated(law.name, detail))
        return violations

    def report(self) -> list[dict[str, object]]:
        """Return each law and whether it held."""
        return [
            {"name": law.name, "ok": law.name not in self.broken}
            | ({"detail": self.broken[law.name]} if law.name in self.broken else {})
            for law in self.laws
        ]
