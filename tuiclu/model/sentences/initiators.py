"""What Initiators say and decide, owners, and guests that have to leave."""

from __future__ import annotations

from typing import ClassVar

from nodes.wire.events import (
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    MachineBlocked,
    MachineStays,
    NegotiationMessage,
    NegotiationRefused,
    OwnerActive,
    OwnerIdle,
    ShutdownAnnounced,
)
from nodes.wire.ids import NodeName
from nodes.wire.reasons import text_of
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Sentences, Teller, Values

_PARTIES = {
    "initiator": {"en": "Initiator on {machine}", "es": "Iniciador en {machine}"},
    "kernel": {"en": "kernel of {machine}", "es": "núcleo de {machine}"},
}
_ON_BEHALF = {"en": "{seat}, for {machine},", "es": "{seat}, por {machine},"}
"""Who decides for a machine, where its Initiator sits on another."""
_DEEDS = {
    ("share", "yes"): {"en": "gives {about} away", "es": "cede a {about}"},
    ("share", "not now"): {"en": "gives nothing away", "es": "no cede nada"},
    ("share", "no"): {"en": "gives nothing away", "es": "no cede nada"},
    ("take", "yes"): {"en": "would take {about}", "es": "acogería a {about}"},
    ("take", "no"): {"en": "will not take {about}", "es": "no acogerá a {about}"},
    ("admit", "yes"): {"en": "lets {about} in", "es": "deja entrar a {about}"},
    ("admit", "no"): {"en": "turns {about} away", "es": "no deja entrar a {about}"},
    ("place", "yes"): {"en": "places {about} elsewhere", "es": "coloca a {about} en otro nodo"},
    ("place", "no"): {"en": "starts {about} itself", "es": "comienza a {about} en casa"},
    ("place", "not now"): {"en": "lets {about} wait", "es": "hace esperar a {about}"},
    ("evict", "yes"): {"en": "evicts its guests", "es": "desaloja a sus huéspedes"},
    ("evict", "no"): {"en": "leaves {about} where it is", "es": "deja a {about} donde está"},
    ("evacuate", "yes"): {"en": "is evacuated", "es": "se evacúa"},
    ("want-work", "yes"): {"en": "asks {about} for work", "es": "pide trabajo a {about}"},
    ("want-work", "not now"): {"en": "asks for no work", "es": "no pide trabajo"},
    ("give-work", "yes"): {"en": "gives {about} to who asked for work", "es": "cede a {about} a quien pedía trabajo"},
    ("give-work", "not now"): {"en": "gives {about} no work", "es": "no da trabajo a {about}"},
    ("talk", "yes"): {"en": "brings {about} to whom it talks to", "es": "lleva a {about} junto a su interlocutor"},
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
    True: {"en": "is blocked for", "es": "queda bloqueado para"},
    False: {"en": "is open to", "es": "vuelve a admitir"},
}
_REFUSED = {
    True: {"en": "{by} refuses to take {process}", "es": "{by} no acoge a {process}"},
    False: {"en": "{process} is not moved this time", "es": "{process} no migra esta vez"},
}
"""Was it the other side that said no?"""
_NOBODYS_NO = ("no-answer", "connection-broken")
"""Rules by which something is given up of which nobody has said no."""
_YES = {True: {"en": "yes", "es": "sí"}, False: {"en": "no longer", "es": "ya no"}}
_LEFT_BEHIND = {"en": "; still there: {names}", "es": "; siguen allí: {names}"}
_MUST = {True: {"en": "must", "es": "debe"}, False: {"en": "must", "es": "deben"}}

PLAIN, PLAIN_IF_YES = ("take", "admit"), ("share", "give-work", "talk", "place")
"""Decisions that the messages of the negotiation, and the migration that begins, say anyway."""


class OfInitiators(Teller):
    SENTENCES: ClassVar[Sentences] = {
        NegotiationRefused: {
            "en": "{said}: {why}.",
            "es": "{said}: {why}.",
        },
        NegotiationMessage: {
            "en": "{step}  {speaker} to {listener}: {says}",
            "es": "{step}  {speaker} a {listener}: {says}",
        },
        DecisionTaken: {
            "en": "{by} {did}: {why}.",
            "es": "{by} {did}: {why}.",
        },
        OwnerActive: {
            "en": "The owner of {node} touches a key.",
            "es": "El dueño de {node} pulsa una tecla.",
        },
        OwnerIdle: {
            "en": "The owner of {node} is away: {node} is idle.",
            "es": "El dueño de {node} se ha ido: {node} está ocioso.",
        },
        EvictionStarted: {
            "en": "Eviction from {machine} ({policy}): {names} {must} leave.",
            "es": "Desalojo de {machine} ({policy}): {must} marcharse {names}.",
        },
        EvictionCompleted: {
            "en": "The eviction from {machine} is over{left_behind}.",
            "es": "El desalojo de {machine} ha terminado{left_behind}.",
        },
        MachineBlocked: {"en": "{machine} {open} guests.", "es": "{machine} {open} huéspedes."},
        MachineStays: {
            "en": "No policy may move processes away from {machine}: {yes}.",
            "es": "Ninguna política puede llevarse procesos de {machine}: {yes}.",
        },
        ShutdownAnnounced: {
            "en": "{machine} will go down at {at_s} s.",
            "es": "{machine} se apagará en {at_s} s.",
        },
    }

    @on
    def said(self, event: NegotiationMessage, t: int, node: NodeName) -> Values:
        speaker, listener = _SPEAKERS[event.step]
        return {
            "speaker": self._say(_PARTIES[speaker], machine=event.sender),
            "listener": self._say(_PARTIES[listener], machine=event.receiver),
            "says": event.text.get(self._lang, event.text["en"]),
        }

    @on
    def refused(self, event: NegotiationRefused, t: int, node: NodeName) -> Values:
        view, by = self._view, event.by
        refuses = by != view.migrations[event.migration].source and event.rule not in _NOBODYS_NO
        said = _REFUSED[refuses and view.nodes[by].state != "down"]
        why = text_of(event.rule, event.numbers, self._lang) or event.reason
        return {"said": self._say(said, by=by, process=view.name_of(event.pid)), "why": why.rstrip(".")}

    @on
    def decided(self, event: DecisionTaken, t: int, node: NodeName) -> Values | None:
        if not self._everything and (event.what in PLAIN or (event.verdict == "yes" and event.what in PLAIN_IF_YES)):
            return None
        return {
            "by": event.by if event.by == node else self._say(_ON_BEHALF, seat=node, machine=event.by),
            "did": deed_of(event.what, event.verdict, self._view.name_of(event.about), self._lang),
            "why": text_of(event.rule, event.numbers, self._lang) or event.reason,
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
    return _DEEDS[what, verdict][lang].format(about=about)
