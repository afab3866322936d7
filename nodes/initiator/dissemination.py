"""How machines learn of one another's load: measured, told from time to time, or asked for."""

from __future__ import annotations

from typing import NamedTuple

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine
from nodes.wire.events import LoadReported
from nodes.wire.ids import NodeName
from nodes.wire.packets import LoadAsked, LoadTold


class _Probe(NamedTuple):
    """A round of questions about load that is under way."""

    awaited: tuple[NodeName, ...]
    deadline_ns: int


class Dissemination:
    """What one Initiator tells others of its machines' load, and what it asks them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._probe: _Probe | None = None
        self._reported: dict[NodeName, tuple[int, int]] = {}
        """By machine: the load and the run queue that were reported last."""

    def measure(self, machine: Machine) -> None:
        """Take a machine's figures into its load; report it if it has changed."""
        figures, beliefs = machine.figures, self.desk.beliefs
        machine.measure(self.desk.settings.damping_percent, self.desk.settings.smoothing)
        told = machine.load, figures.runnable
        if self._reported.get(figures.machine) == told:
            return
        self._reported[figures.machine] = told
        believed = {
            name: (beliefs.load(name), figures.at_ns - entry.at_ns) for name, entry in sorted(beliefs.entries.items())
        }
        self.desk.report(
            LoadReported(
                machine.load,
                figures.runnable,
                figures.frames_free,
                figures.frames_total,
                figures.pressure,
                believed,
                figures.machine,
            )
        )

    def spread(self) -> None:
        """Tell others, by the dissemination that is set."""
        desk, settings = self.desk, self.desk.settings
        own, others = desk.own_entries(), desk.other_seats()
        match settings.dissemination:
            case "periodic":
                for seat in others:
                    desk.tell(seat, LoadTold(own))
            case "gossip":
                heard = desk.beliefs.freshest(max(0, settings.gossip_window - len(own)))
                for seat in desk.draw.sample(others, min(settings.gossip_fanout, len(others))):
                    desk.tell(seat, LoadTold(own + heard))
            case "none" | "on-demand":
                pass

    # ------------------------------------------------------------------------------------------------------ on demand

    @property
    def probing(self) -> bool:
        """Whether answers are awaited."""
        return self._probe is not None

    @property
    def deadline_ns(self) -> int | None:
        """Until when answers are awaited; None: none are."""
        return None if self._probe is None else self._probe.deadline_ns

    def ask_around(self, now_ns: int) -> None:
        """Ask a few others, drawn at random, for their load."""
        desk, others = self.desk, self.desk.other_seats()
        asked = tuple(desk.draw.sample(others, min(desk.settings.probes, len(others))))
        self._probe = _Probe(asked, now_ns + desk.settings.interval_ns)
        for seat in asked:
            desk.tell(seat, LoadAsked())

    def answered(self, by: NodeName) -> bool:
        """Somebody has told its load: tell whether that was the last answer that was awaited."""
        if self._probe is None:
            return False
        awaited = tuple(name for name in self._probe.awaited if name != by)
        self._probe = self._probe._replace(awaited=awaited) if awaited else None
        return self._probe is None

    def expire(self, now_ns: int) -> bool:
        """Tell whether answers were awaited until now, and are no longer."""
        if self._probe is None or self._probe.deadline_ns > now_ns:
            return False
        self._probe = None
        return True
