"""Why a process never moved, and why nothing left a node or came to it: what was decided there, what was asked for, what was in force.

Nobody reports what he does not do to each process. But a machine says why it gives nothing away, and whom it gives away instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from nodes.wire.events import CommandGiven, DecisionTaken, NegotiationRefused, Stamped
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.migrations import MigrationView
from tuiclu.model.processes import ProcessView
from tuiclu.texts import told

_GIVING = ("share", "give-work", "talk", "place", "evict", "evacuate")
"""Decisions by which a process could have left a machine."""
_WANTING = ("want-work",)
"""Decisions by which a process could have come to one."""
_TEXTS: dict[str, Text] = {
    "heading": Text("{process} never moved. It was on {node} from {begin:.3f} s to {end:.3f} s. Why not:"),
    "nothing left": Text("Nothing left {node}. Why not:"),
    "nothing came": Text("Nothing came to {node}. Why not:"),
    "one refused": Text("{process} was to go to {to} at {at:.3f} s, and was refused by {by}: {why}."),
    "one came to nothing": Text(
        "{process} was to go to {to} at {at:.3f} s, and that came to nothing ({outcome}): {why}."
    ),
    "asked nobody": Text("{node} asked nobody for work, {count}: {why}."),
    "nobody was there": Text("No process was ever on it."),
    "nothing decided": Text("Nobody asked for it, and {node} decided nothing about it."),
    "refused": Text("It was to go to {to} at {at:.3f} s, and was refused by {by}: {why}."),
    "came to nothing": Text("It was to go to {to} at {at:.3f} s, and that came to nothing ({outcome}): {why}."),
    "no policy": Text("No policy was in force on {node} that moves processes (load-sharing is none)."),
    "nothing": Text("{node} gave nothing away, {count}: {why}."),
    "once": Text("decided at {at:.3f} s"),
    "often": Text("decided {count} times from {first:.3f} s to {at:.3f} s, the last time because"),
    "others": Text("{node} chose others to be given away, and not {process}: {names}."),
    "chosen": Text("{node} chose it to be given away, and nobody was asked before it was over."),
    "stays": Text("It was told to stay, at {at:.3f} s."),
    "never considered": Text(
        "Nobody asked for it, and {node} decided nothing about whom to give away while it was there."
    ),
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
            case DecisionTaken(by=by, what=what) as event if what in _GIVING + _WANTING:
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
        there = [one for one in self._made_by(node, _GIVING) if process.created_ns <= one.t <= end_ns]
        lines: list[str] = []

        def say(text: str, **values: object) -> None:
            lines.append(told(_TEXTS[text].filled(node=node, process=process.name, **values), lang))

        for move in own:
            text = "refused" if move.outcome == "refused" else "came to nothing"
            say(text, **self._of_move(move, lang))
        for at_ns, name in self._stays:
            if name in (process.name, process.pid):
                say("stays", at=at_ns / 1e9)
        if view.policies.at(node, "load_sharing") == "none":
            say("no policy")
        for values in _summed(there, lang):
            say("nothing", **values)
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
            told(_TEXTS["heading"].filled(process=process.name, node=node, **heading), lang),
            *(f"  {one}" for one in lines),
        ]

    def told_of_node(self, view: ClusterView, node: NodeName, lang: str) -> list[str]:
        """Return the lines of an answer for a node: why nothing left it, and why nothing came; none if something did."""
        moves = view.migrations.values()
        lines: list[str] = []
        if not any(one.outcome == "completed" and one.source == node for one in moves):
            lines += self._nothing_left(view, node, lang)
        if not any(one.outcome == "completed" and one.destination == node for one in moves):
            lines += self._nothing_came(view, node, lang)
        return lines

    def _nothing_left(self, view: ClusterView, node: NodeName, lang: str) -> list[str]:
        if not any(node in (one.home, one.node) for one in view.processes.values()):
            return _answer("nothing left", [told(_TEXTS["nobody was there"], lang)], node, lang)
        lines = [self._told_of_move(view, one, lang) for one in view.migrations.values() if one.source == node]
        if view.policies.at(node, "load_sharing") == "none":
            lines.append(told(_TEXTS["no policy"].filled(node=node), lang))
        summed = _summed(self._made_by(node, _GIVING), lang)
        lines += [told(_TEXTS["nothing"].filled(node=node, **values), lang) for values in summed]
        return _answer("nothing left", lines, node, lang)

    def _nothing_came(self, view: ClusterView, node: NodeName, lang: str) -> list[str]:
        lines = [self._told_of_move(view, one, lang) for one in view.migrations.values() if one.destination == node]
        summed = _summed(self._made_by(node, _WANTING), lang)
        lines += [told(_TEXTS["asked nobody"].filled(node=node, **values), lang) for values in summed]
        return _answer("nothing came", lines, node, lang)

    def _told_of_move(self, view: ClusterView, move: MigrationView, lang: str) -> str:
        text = "one refused" if move.outcome == "refused" else "one came to nothing"
        return told(_TEXTS[text].filled(process=view.name_of(move.pid), **self._of_move(move, lang)), lang)

    def _of_move(self, move: MigrationView, lang: str) -> dict[str, object]:
        """Return what is told of a migration that was not completed."""
        no = self._refusals.get(move.name)
        why = told((move if no is None else no).reason.text(), lang)
        at = move.started_ns / 1e9
        return {"to": move.destination, "by": move.refused_by, "outcome": move.outcome, "why": why, "at": at}

    def _made_by(self, node: NodeName, kinds: tuple[str, ...]) -> list[_Decision]:
        return [one for one in self._decisions if one.by == node and one.event.what in kinds]


def _answer(heading: str, lines: list[str], node: NodeName, lang: str) -> list[str]:
    lines = lines or [told(_TEXTS["nothing decided"].filled(node=node), lang)]
    return [told(_TEXTS[heading].filled(node=node), lang), *(f"  {one}" for one in lines)]


def _summed(decisions: list[_Decision], lang: str) -> list[dict[str, object]]:
    """Return of all decisions that were no yes, rule by rule, how often and why."""
    found: list[dict[str, object]] = []
    for same in _by_rule([one for one in decisions if one.event.verdict != "yes"]).values():
        last = same[-1]
        how = "once" if len(same) == 1 else "often"
        count = told(_TEXTS[how].filled(count=len(same), first=same[0].t / 1e9, at=last.t / 1e9), lang)
        why = told(last.event.reason.text(), lang)
        found.append({"count": count, "why": why})
    return found


def _by_rule(decisions: list[_Decision]) -> dict[str, list[_Decision]]:
    found: dict[str, list[_Decision]] = {}
    for one in decisions:
        found.setdefault(one.event.reason.rule, []).append(one)
    return found
