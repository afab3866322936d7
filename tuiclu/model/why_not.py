"""Why a process never moved: what was decided where it was, while it was there; what it was asked for; what was in force.

Nobody reports what he does not do to each process. But a machine says why it gives nothing away, and whom it gives away instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from nodes.wire.events import CommandGiven, DecisionTaken, NegotiationRefused, Stamped
from nodes.wire.ids import NodeName
from nodes.wire.reasons import text_of
from tuiclu.model.cluster import ClusterView, ProcessView

_GIVING = ("share", "give-work", "talk", "place", "evict", "evacuate")
"""Decisions by which a process could have left a machine."""
_TEXTS: dict[str, dict[str, str]] = {
    "heading": {
        "en": "{process} never moved. It was on {node} from {begin:.3f} s to {end:.3f} s. Why not:",
        "es": "{process} no migró nunca. Estuvo en {node} de {begin:.3f} s a {end:.3f} s. Por qué no:",
    },
    "refused": {
        "en": "It was to go to {to} at {at:.3f} s, and was refused by {by}: {why}.",
        "es": "Debía ir a {to} en {at:.3f} s, y {by} lo rechazó: {why}.",
    },
    "came to nothing": {
        "en": "It was to go to {to} at {at:.3f} s, and that came to nothing ({outcome}): {why}.",
        "es": "Debía ir a {to} en {at:.3f} s, y quedó en nada ({outcome}): {why}.",
    },
    "no policy": {
        "en": "No policy was in force on {node} that moves processes (load-sharing is none).",
        "es": "En {node} no regía ninguna política que mueva procesos (load-sharing es none).",
    },
    "nothing": {
        "en": "{node} gave nothing away, {count}: {why}.",
        "es": "{node} no cedió nada, {count}: {why}.",
    },
    "once": {"en": "decided at {at:.3f} s", "es": "decidido en {at:.3f} s"},
    "often": {
        "en": "decided {count} times from {first:.3f} s to {at:.3f} s, the last time because",
        "es": "decidido {count} veces de {first:.3f} s a {at:.3f} s, la última porque",
    },
    "others": {
        "en": "{node} chose others to be given away, and not {process}: {names}.",
        "es": "{node} eligió a otros para cederlos, y no a {process}: {names}.",
    },
    "chosen": {
        "en": "{node} chose it to be given away, and nobody was asked before it was over.",
        "es": "{node} lo eligió para cederlo, y no se llegó a preguntar a nadie.",
    },
    "stays": {
        "en": "It was told to stay, at {at:.3f} s.",
        "es": "Se le dijo que se quedara, en {at:.3f} s.",
    },
    "never considered": {
        "en": "Nobody asked for it, and {node} decided nothing about whom to give away while it was there.",
        "es": "Nadie preguntó por él, y {node} no decidió nada sobre a quién ceder mientras estuvo allí.",
    },
}


@dataclass
class _Decision:
    t: int
    by: NodeName
    event: DecisionTaken


class WhyNot:
    """Remembers what may have kept processes where they are."""

    def __init__(self) -> None:
        self._decisions: list[_Decision] = []
        self._stays: list[tuple[int, str]] = []
        self._refusals: dict[str, NegotiationRefused] = {}
        """By migration."""

    def take(self, stamped: Stamped) -> None:
        match stamped.event:
            case DecisionTaken(by=by, what=what) as event if what in _GIVING:
                self._decisions.append(_Decision(stamped.t, by, event))
            case NegotiationRefused(migration) as event:
                self._refusals[migration] = event
            case CommandGiven(command) if command.get("verb") == "stay" and command.get("process"):
                self._stays.append((stamped.t, command["process"]))
            case _:
                pass

    def told(self, view: ClusterView, process: ProcessView, lang: str) -> list[str]:
        """Return the lines of an answer; none if the process has moved."""
        own = [one for one in view.migrations.values() if one.pid == process.pid]
        if any(one.outcome == "completed" for one in own):
            return []
        node, end_ns = process.node, process.ended_ns if process.ended_ns is not None else view.now_ns
        there = [one for one in self._decisions if one.by == node and process.created_ns <= one.t <= end_ns]
        lines: list[str] = []

        def say(text: str, **values: object) -> None:
            lines.append(_TEXTS[text][lang].format(node=node, process=process.name, **values))

        for move in own:
            text = "refused" if move.outcome == "refused" else "came to nothing"
            no = self._refusals.get(move.name)
            why = (no is not None and text_of(no.rule, no.numbers, lang)) or move.reason
            values = {"to": move.destination, "by": move.refused_by, "outcome": move.outcome, "why": why}
            say(text, at=move.started_ns / 1e9, **values)
        for at_ns, name in self._stays:
            if name in (process.name, process.pid):
                say("stays", at=at_ns / 1e9)
        if view.policies.at(node, "load_sharing") == "none":
            say("no policy")
        for decisions in _by_rule([one for one in there if one.event.verdict != "yes"]).values():
            last = decisions[-1]
            how = "once" if len(decisions) == 1 else "often"
            count = _TEXTS[how][lang].format(count=len(decisions), first=decisions[0].t / 1e9, at=last.t / 1e9)
            why = text_of(last.event.rule, last.event.numbers, lang) or last.event.reason
            say("nothing", count=count, why=why)
        given = [view.name_of(one.event.about) for one in there if one.event.verdict == "yes"]
        others = dict.fromkeys(name for name in given if name not in (process.name, node))
        if process.name in given and not own:
            say("chosen")
        if others:
            say("others", names=", ".join(others))
        if not lines:
            say("never considered")
        heading = {"begin": process.created_ns / 1e9, "end": end_ns / 1e9}
        return [
            _TEXTS["heading"][lang].format(process=process.name, node=node, **heading),
            *(f"  {one}" for one in lines),
        ]


def _by_rule(decisions: list[_Decision]) -> dict[str, list[_Decision]]:
    found: dict[str, list[_Decision]] = {}
    for one in decisions:
        found.setdefault(one.event.rule, []).append(one)
    return found
