"""Eviction: who has to leave a machine, who has left, and who could not; and where a place is asked for.

| policy | while it is on its way | where to | strategy |
|---|---|---|---|
| `home` (Sprite) | frozen at once | home, else anywhere | whole image, nothing left behind |
| `renegotiate` | frozen at once | wherever it is taken, else home | the cluster's |
| `keep-running` | runs on | wherever it is taken, else home | precopy |
| `low-priority` | runs when nobody else wants the CPU | nowhere | - |

Whom nobody takes is left in the background. Before a shutdown all have to leave, one after the other, those that have run longest first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine, weight
from nodes.initiator.negotiation import Asking
from nodes.initiator.source import Source
from nodes.wire.events import EvictionCompleted, EvictionStarted
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import GuestsFrozen, GuestsToBackground, ProcessFigures
from nodes.wire.reasons import Reason, reason, seconds


@dataclass
class Eviction:
    """The eviction of some processes from one machine."""

    cause: str
    """`owner`, `expel` or `shutdown`."""
    policy: str
    pids: list[Pid]
    one_by_one: bool
    gone: list[Pid] = field(default_factory=list)
    stay: list[Pid] = field(default_factory=list)
    """Those that are left where they were."""
    tried: dict[Pid, list[NodeName]] = field(default_factory=dict)
    told: bool = False
    """Its end has been reported."""

    @property
    def freezes(self) -> bool:
        """Whether the processes stop at once."""
        return self.cause != "shutdown" and self.policy in ("home", "renegotiate")

    @property
    def strategy(self) -> str:
        """How they are moved; empty: as the cluster moves processes."""
        if self.cause == "shutdown":
            return ""
        return {"home": "eager-all", "keep-running": "precopy"}.get(self.policy, "")

    def open(self) -> list[Pid]:
        """Return those of whom it is not yet known whether they leave."""
        return [pid for pid in self.pids if pid not in self.gone and pid not in self.stay]

    def note(self, pid: Pid, to: NodeName, *, moved: bool) -> None:
        """Note how an attempt to move one came out."""
        if moved and pid in self.pids and pid not in self.gone:
            self.gone.append(pid)


class Evictor:
    """The evictions from the machines of one Initiator."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self.evictions: dict[NodeName, Eviction] = {}
        """By machine, those that are under way, or that have left somebody in the background."""
        self._source = source

    def evict(self, machine: Machine, cause: str, now_ns: int) -> None:
        """Let all who have to leave a machine leave it: its guests, or before a shutdown everybody."""
        desk, figures = self.desk, machine.figures
        name = figures.machine
        policy = desk.settings.evictions.get(name, desk.settings.eviction)
        guests = [one for one in figures.processes if cause == "shutdown" or home_of(one.pid) != name]
        known = self.evictions.get(name)
        if known is not None and known.cause == cause:
            guests = [one for one in guests if one.pid not in known.pids]
        if not guests:
            return
        why = _why_evicted(cause, machine, now_ns)
        if cause == "owner" and policy == "none":
            desk.decide(name, name, "evict", "no", why)
            return
        desk.decide(name, name, "evict" if cause != "shutdown" else "evacuate", "yes", why)
        if cause == "shutdown":
            policy = "renegotiate"
            guests.sort(
                key=lambda one: (-one.cpu_ns, one.pid)
            )  # who has run longest has most to lose, and will run longest
        elif cause == "expel":
            policy = "home"
        pids = tuple(one.pid for one in guests)
        if known is None or known.cause != cause:
            known = self.evictions[name] = Eviction(cause, policy, [], one_by_one=cause == "shutdown")
        known.pids += pids
        desk.report(EvictionStarted(cause, policy, list(pids), name))
        if known.freezes:
            desk.tell(name, GuestsFrozen(pids))
        self._go_on(machine, known, now_ns)

    def move_over(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        """An attempt to move a process is over. None: its machine is dead."""
        eviction = self.evictions.get(asking.source)
        if eviction is not None and moved is not None:
            eviction.note(asking.process.pid, asking.to, moved=moved)
            self._go_on(self.desk.machines[asking.source], eviction, now_ns)

    def owner_left(self, machine: Machine) -> None:
        """Who was put into the background competes again, who is on the way out goes on."""
        name = machine.figures.machine
        eviction = self.evictions.get(name)
        if eviction is None:
            return
        if eviction.cause == "owner" and eviction.stay:
            self.desk.tell(name, GuestsToBackground(tuple(eviction.stay), background=False))
        if not eviction.open():
            self.evictions.pop(name, None)

    def broken(self, peer: NodeName) -> None:
        """A machine is dead: nobody has to leave it any more."""
        self.evictions.pop(peer, None)

    def _go_on(self, machine: Machine, eviction: Eviction, now_ns: int) -> None:
        """Ask for a place for each that has none yet; when nobody is left to be asked for, the eviction is over."""
        name = machine.figures.machine
        here = {one.pid: one for one in machine.figures.processes}
        moving = self.desk.moving()
        for pid in eviction.open():
            if pid not in here:
                eviction.gone.append(pid)
            elif pid not in moving and not (eviction.one_by_one and any(one in moving for one in eviction.pids)):
                self._evict_one(machine, here[pid], eviction, now_ns)
                moving = self.desk.moving()
        if not eviction.open():
            if self.evictions.get(name) is eviction and not (eviction.cause == "owner" and eviction.stay):
                del self.evictions[name]
            if not eviction.told:
                eviction.told = True
                gone, stay = list(eviction.gone), list(eviction.stay)
                self.desk.report(EvictionCompleted(eviction.policy, gone, stay, name))

    def _evict_one(self, machine: Machine, process: ProcessFigures, eviction: Eviction, now_ns: int) -> None:
        desk, name = self.desk, machine.figures.machine
        to = None if eviction.policy == "low-priority" else self._refuge(machine, process, eviction)
        if to is None:
            eviction.stay.append(process.pid)
            if eviction.policy != "low-priority":
                desk.decide(name, process.pid, "evict", "no", reason("nowhere", process=process.name))
            if eviction.cause != "shutdown":
                desk.tell(name, GuestsToBackground((process.pid,), background=True))
            return
        eviction.tried.setdefault(process.pid, []).append(to)
        why = _why_evicted(eviction.cause, machine, now_ns)
        by = "shutdown" if eviction.cause == "shutdown" else "eviction"
        self._source.ask(machine, process, to, eviction.strategy, by, why, now_ns)

    def _refuge(self, machine: Machine, process: ProcessFigures, eviction: Eviction) -> NodeName | None:
        """Return where a process that has to leave may be tried next; None: everybody has been."""
        desk, name, home = self.desk, machine.figures.machine, home_of(process.pid)
        tried = [name, *eviction.tried.get(process.pid, [])]
        others = [one for one in desk.everyone if one not in tried and one != home]
        asked = [asking.to for asking in desk.asking.values()]
        others.sort(
            key=lambda one: (
                not desk.believed_open(one),
                desk.believed_load(one) + asked.count(one) * weight(desk.ips_of(one)),
                desk.distance(name, one),
            )
        )
        at_home = [home] if home in desk.everyone and home not in tried else []
        order = others + at_home if eviction.policy in ("renegotiate", "keep-running") else at_home + others
        return order[0] if order else None


def _why_evicted(cause: str, machine: Machine, now_ns: int) -> Reason:
    name = machine.figures.machine
    match cause:
        case "owner":
            return reason("evicted", machine=name)
        case "expel":
            return reason("expelled", machine=name)
        case _:
            return reason("shutting-down-soon", machine=name, left_s=seconds((machine.leaving_ns or now_ns) - now_ns))
