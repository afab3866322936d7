"""Eviction: who has to leave a machine, who has left, and who could not; and where a place is asked for.

How is a choice by name: `POLICIES`.

Whom nobody takes is left in the background. Before a shutdown all have to leave, one after the other, those that have run longest first.

A machine may have several causes for evictions at once, and guests may come while they last. Each eviction is about those who have to
leave when it begins and whom no other one is about that is under way; so every process is booked once, and every eviction has its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.negotiation import Asking
from nodes.initiator.source import Source
from nodes.wire import vocabulary
from nodes.wire.events import EvictionCompleted, EvictionStarted
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import GuestsFrozen, GuestsToBackground, ProcessFigures
from nodes.wire.reasons import Reason, reason, seconds


class Rules(NamedTuple):
    """What an eviction policy does with those who have to leave."""

    moves: bool = True
    """False: they stay, and run when nobody else wants the CPU."""
    freezes: bool = False
    """They stop at once; else they run on while they are on their way."""
    home_first: bool = False
    """They go home, and elsewhere if that will not do; else wherever they are taken, and home if nobody takes them."""
    strategy: str = ""
    """How they are moved; empty: as the cluster moves processes."""


POLICIES: dict[vocabulary.Eviction, Rules] = {
    "home": Rules(freezes=True, home_first=True, strategy="eager-all"),  # as Sprite: nothing is left behind
    "renegotiate": Rules(freezes=True),
    "keep-running": Rules(strategy="precopy"),
    "low-priority": Rules(moves=False),
}
"""By name; with `none`, nobody has to leave."""


@dataclass(eq=False)
class Eviction:
    """The eviction of some processes from one machine."""

    cause: str
    """`owner`, `expel` or `shutdown`."""
    policy: vocabulary.Eviction
    pids: list[Pid]
    gone: list[Pid] = field(default_factory=list)
    stay: list[Pid] = field(default_factory=list)
    """Those that are left where they were."""
    tried: dict[Pid, list[NodeName]] = field(default_factory=dict)
    told: bool = False
    """Its end has been reported."""

    @property
    def rules(self) -> Rules:
        return POLICIES[self.policy]

    @property
    def freezes(self) -> bool:
        """Whether the processes stop at once."""
        return self.cause != "shutdown" and self.rules.freezes

    @property
    def one_by_one(self) -> bool:
        """Whether each has to wait until the one before has left."""
        return self.cause == "shutdown"

    @property
    def strategy(self) -> str:
        """How they are moved; empty: as the cluster moves processes."""
        return "" if self.cause == "shutdown" else self.rules.strategy

    def open(self) -> list[Pid]:
        """Return the guests of which nobody knows yet whether they leave."""
        return [pid for pid in self.pids if pid not in self.gone and pid not in self.stay]


class Evictor:
    """The evictions from the machines of one Initiator."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self.evictions: dict[NodeName, list[Eviction]] = {}
        """By machine, those that are under way, or that have left somebody there and whose cause still holds."""
        self._source = source

    def evict(self, machine: Machine, cause: str, now_ns: int) -> None:
        """Let all leave a machine who have to for a cause, unless that is already decided."""
        desk, name = self.desk, machine.figures.machine
        guests = self._who_has_to_leave(machine, cause)
        if not guests:
            return
        policy = desk.settings.evictions.get(name, desk.settings.eviction)
        why = _why_evicted(cause, machine, now_ns)
        if cause == "owner" and policy == "none":
            desk.decide(name, name, "evict", "no", why)
            return
        desk.decide(name, name, "evict" if cause != "shutdown" else "evacuate", "yes", why)
        if cause != "owner":
            policy = "renegotiate" if cause == "shutdown" else "home"
        pids = tuple(one.pid for one in guests)
        eviction = Eviction(cause, policy, list(pids))
        self.evictions.setdefault(name, []).append(eviction)
        desk.report(EvictionStarted(cause, policy, list(pids), name))
        if eviction.freezes:
            desk.tell(name, GuestsFrozen(pids))
        self._go_on(machine, now_ns)

    def guest_came(self, machine: Machine, now_ns: int) -> None:
        """Somebody has come who may have to leave again."""
        for cause in _causes(machine):
            self.evict(machine, cause, now_ns)

    def move_over(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        """An attempt to move a process is over. None: its machine is dead."""
        evictions, pid = self.evictions.get(asking.source), asking.process.pid
        if not evictions or moved is None:
            return
        for eviction in evictions:
            if moved and pid in eviction.open():
                eviction.gone.append(pid)
        self._go_on(self.desk.machines[asking.source], now_ns)

    def lift(self, machine: Machine, cause: str) -> None:
        """A cause is over: who was put into the background for it competes again, who is on the way out goes on."""
        name = machine.figures.machine
        evictions = self.evictions.get(name, [])
        lifted = [pid for eviction in evictions if eviction.cause == cause for pid in eviction.stay]
        kept = [pid for eviction in evictions if eviction.cause != cause for pid in eviction.stay]
        free = tuple(pid for pid in lifted if pid not in kept)
        if free and cause != "shutdown":
            self.desk.tell(name, GuestsToBackground(free, background=False))
        self._forget(name, [eviction for eviction in evictions if eviction.cause == cause and eviction.told])

    def broken(self, peer: NodeName) -> None:
        """A machine is dead: nobody has to leave it any more."""
        for eviction in self.evictions.pop(peer, []):
            self._tell_end(peer, eviction)

    def _who_has_to_leave(self, machine: Machine, cause: str) -> list[ProcessFigures]:
        """Return those who have to leave for a cause, whom nobody has booked, and for whom it was not in vain: the first one first."""
        name = machine.figures.machine
        booked = [
            pid
            for eviction in self.evictions.get(name, [])
            for pid in (*eviction.open(), *(eviction.stay if eviction.cause == cause else ()))
        ]
        concerned = [one for one in machine.figures.processes if cause == "shutdown" or home_of(one.pid) != name]
        guests = [one for one in concerned if one.pid not in booked]
        if cause == "shutdown":  # who has run longest has most to lose, and will run longest
            guests.sort(key=lambda one: (-one.cpu_ns, one.pid))
        return guests

    def _go_on(self, machine: Machine, now_ns: int) -> None:
        """Ask for a place for each that has none yet; when nobody is left to be asked for, an eviction is over."""
        name = machine.figures.machine
        here = {one.pid: one for one in machine.figures.processes}
        for eviction in list(self.evictions.get(name, [])):
            for pid in eviction.open():
                if pid not in here:
                    eviction.gone.append(pid)
                elif pid not in self.desk.leaving(name) and not (eviction.one_by_one and self._one_leaves(name)):
                    self._evict_one(machine, here[pid], eviction, now_ns)
            if not eviction.open() and not eviction.told:
                self._close(machine, eviction, now_ns)

    def _one_leaves(self, name: NodeName) -> bool:
        """Tell whether one of those is leaving a machine who do so one after the other."""
        leaving = self.desk.leaving(name)
        return any(pid in leaving for one in self.evictions[name] if one.one_by_one for pid in one.pids)

    def _close(self, machine: Machine, eviction: Eviction, now_ns: int) -> None:
        """An eviction is over. Whom it has left here another cause may still drive out."""
        name, holding = machine.figures.machine, _causes(machine)
        self._tell_end(name, eviction)
        if not eviction.stay or eviction.cause not in holding:
            self._forget(name, [eviction])
        if eviction.stay:
            for cause in holding:
                if cause != eviction.cause:
                    self.evict(machine, cause, now_ns)

    def _tell_end(self, name: NodeName, eviction: Eviction) -> None:
        if not eviction.told:
            eviction.told = True
            self.desk.report(EvictionCompleted(eviction.policy, list(eviction.gone), list(eviction.stay), name))

    def _forget(self, name: NodeName, over: list[Eviction]) -> None:
        left = [eviction for eviction in self.evictions.get(name, []) if eviction not in over]
        if left:
            self.evictions[name] = left
        else:
            self.evictions.pop(name, None)

    def _evict_one(self, machine: Machine, process: ProcessFigures, eviction: Eviction, now_ns: int) -> None:
        desk, name = self.desk, machine.figures.machine
        to = self._refuge(machine, process, eviction) if eviction.rules.moves else None
        if to is None:
            eviction.stay.append(process.pid)
            if eviction.rules.moves:
                desk.decide(name, process.pid, "evict", "no", reason("nowhere", process=process.name))
            if eviction.cause != "shutdown":
                holds = eviction.cause in _causes(machine)
                desk.tell(name, GuestsToBackground((process.pid,), background=holds))
            return
        eviction.tried.setdefault(process.pid, []).append(to)
        why = _why_evicted(eviction.cause, machine, now_ns)
        by = "shutdown" if eviction.cause == "shutdown" else "eviction"
        self._source.ask(machine, process, to, eviction.strategy, by, why, now_ns)

    def _refuge(self, machine: Machine, process: ProcessFigures, eviction: Eviction) -> NodeName | None:
        """Return where a process that has to leave may be tried next; None: everybody has been."""
        desk, name, home = self.desk, machine.figures.machine, home_of(process.pid)
        tried = [name, *eviction.tried.get(process.pid, [])]
        others = [one for one in desk.everyone if one not in tried and one != home and desk.reachable(one)]
        asked = [asking.to for asking in desk.asking.values()]
        others.sort(
            key=lambda one: (
                not desk.believed_open(one),
                desk.believed_load(one) + asked.count(one) * weight(desk.ips_of(one)),
                desk.distance(name, one),
            )
        )
        at_home = [home] if home in desk.everyone and home not in tried and desk.reachable(home) else []
        order = at_home + others if eviction.rules.home_first else others + at_home
        return order[0] if order else None


def _causes(machine: Machine) -> list[str]:
    """Return why guests have to leave a machine just now; before a shutdown everybody has to."""
    holding = {
        "owner": machine.figures.owner == "active",
        "expel": machine.expels,
        "shutdown": machine.leaving_ns is not None,
    }
    return [cause for cause, holds in holding.items() if holds]


def _why_evicted(cause: str, machine: Machine, now_ns: int) -> Reason:
    name = machine.figures.machine
    match cause:
        case "owner":
            return reason("evicted", machine=name)
        case "expel":
            return reason("expelled", machine=name)
        case _:
            return reason("shutting-down-soon", machine=name, left_s=seconds((machine.leaving_ns or now_ns) - now_ns))
