"""What Initiators say and decide, owners, and guests that have to leave."""

from __future__ import annotations

from nodes.wire.events import (
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    MachineBlocked,
    MachineStays,
    NegotiationMessage,
    NegotiationRefused,
    ShutdownAnnounced,
)
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values
from tuiclu.texts import told

_PARTIES = {
    "initiator": Text("Initiator on {machine}"),
    "kernel": Text("kernel of {machine}"),
}
_ON_BEHALF = Text("{seat}, for {machine},")
"""Who decides for a machine, where its Initiator sits on another."""
_DEEDS = {
    ("share", "yes"): Text("gives {about} away"),
    ("share", "not now"): Text("gives nothing away"),
    ("share", "no"): Text("gives nothing away"),
    ("take", "yes"): Text("would take {about}"),
    ("take", "no"): Text("will not take {about}"),
    ("admit", "yes"): Text("lets {about} in"),
    ("admit", "no"): Text("turns {about} away"),
    ("place", "yes"): Text("places {about} elsewhere"),
    ("place", "no"): Text("starts {about} itself"),
    ("place", "not now"): Text("lets {about} wait"),
    ("evict", "yes"): Text("evicts its guests"),
    ("evict", "no"): Text("leaves {about} where it is"),
    ("evacuate", "yes"): Text("is evacuated"),
    ("want-work", "yes"): Text("asks {about} for work"),
    ("want-work", "not now"): Text("asks for no work"),
    ("give-work", "yes"): Text("gives {about} to who asked for work"),
    ("give-work", "not now"): Text("gives {about} no work"),
    ("talk", "yes"): Text("brings {about} to whom it talks to"),
}
"""What a machine does by a decision: what is decided, and the verdict."""
_SPEAKERS = {
    1: ("initiator", "initiator"),
    2: ("initiator", "initiator"),
    3: ("initiator", "kernel"),
    4: ("kernel", "kernel"),
    5: ("kernel", "initiator"),
    6: ("initiator", "kernel"),
    7: ("kernel", "kernel"),
}
"""Who says what to whom, by the step of the negotiation."""
_OPEN = {
    True: Text("is blocked for"),
    False: Text("is open to"),
}
_REFUSED = {
    True: Text("{by} refuses to take {process}"),
    False: Text("{process} is not moved this time"),
}
"""Was it the other side that said no?"""
_NOBODYS_NO = ("no-answer", "connection-broken")
"""Rules that give something up although nobody has said no."""
_YES = {True: Text("yes"), False: Text("no longer")}
_LEFT_BEHIND = Text("; still there: {names}")
_MUST = {True: Text.of("one process", "must"), False: Text.of("several processes", "must")}

PLAIN, PLAIN_IF_YES = ("take", "admit"), ("share", "give-work", "talk", "place")
"""Decisions that the messages of the negotiation, and the migration that begins, say anyway."""


class OfInitiators(Teller):
    @on
    def said(self, event: NegotiationMessage, t: int, node: NodeName) -> Values:
        speaker, listener = _SPEAKERS[event.step]
        return {
            "speaker": self._say(_PARTIES[speaker], machine=event.sender),
            "listener": self._say(_PARTIES[listener], machine=event.receiver),
            "says": self._why(event.text),
        }

    @on
    def refused(self, event: NegotiationRefused, t: int, node: NodeName) -> Values:
        view, by = self._view, event.by
        refuses = by != view.migrations[event.migration].source and event.reason.rule not in _NOBODYS_NO
        said = _REFUSED[refuses and view.nodes[by].state != "down"]
        why = self._why(event.reason)
        return {"said": self._say(said, by=by, process=view.name_of(event.pid)), "why": why.rstrip(".")}

    @on
    def decided(self, event: DecisionTaken, t: int, node: NodeName) -> Values | None:
        if not self._everything and (event.what in PLAIN or (event.verdict == "yes" and event.what in PLAIN_IF_YES)):
            return None
        return {
            "by": event.by if event.by == node else self._say(_ON_BEHALF, seat=node, machine=event.by),
            "did": deed_of(event.what, event.verdict, self._view.name_of(event.about), self._lang),
            "why": self._why(event.reason),
        }

    @on
    def eviction_started(self, event: EvictionStarted, t: int, node: NodeName) -> Values:
        return {"names": self._names(event.processes), "must": self._say(_MUST[len(event.processes) == 1])}

    @on
    def eviction_completed(self, event: EvictionCompleted, t: int, node: NodeName) -> Values:
        names = self._names(event.remain)
        return {"left_behind": self._say(_LEFT_BEHIND, names=names) if names else ""}

    @on
    def blocked(self, event: MachineBlocked, t: int, node: NodeName) -> Values:
        return {"open": self._say(_OPEN[event.blocked])}

    @on
    def stays(self, event: MachineStays, t: int, node: NodeName) -> Values:
        return {"yes": self._say(_YES[event.stays])}

    @on
    def shutdown_announced(self, event: ShutdownAnnounced, t: int, node: NodeName) -> Values:
        return {"at_s": f"{event.at_ns / 1e9:g}"}


def deed_of(what: str, verdict: str, about: str, lang: str) -> str:
    """Return what a decision comes to, `gives P away`; `about` is a process or a machine, by name."""
    return told(_DEEDS[what, verdict].filled(about=about), lang)
