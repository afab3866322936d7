"""Nodes as a whole, and the wire between them."""

from __future__ import annotations

from typing import ClassVar

from nodes.wire.events import (
    LinkHealed,
    LinkPartitioned,
    MessageHeld,
    MessageLost,
    NodeCrashed,
    NodePaused,
    NodeRecovered,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeSuspected,
    NodeThrashing,
)
from nodes.wire.ids import NodeName
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Sentences, Teller, Values

_LOST_WITH_IT = {"en": ", and with it {names}", "es": ", y con ella {names}"}


class OfNodes(Teller):
    SENTENCES: ClassVar[Sentences] = {
        NodeCrashed: {
            "en": "{node} crashes ({cause}). Its memory is lost{victims}.",
            "es": "{node} cae ({cause}). Su memoria se pierde{victims}.",
        },
        NodeRestarted: {
            "en": "{node} starts again, with empty memory (life {life}).",
            "es": "{node} arranca de nuevo, con la memoria vacía (vida {life}).",
        },
        NodePaused: {"en": "{node} stands still.", "es": "{node} se detiene."},
        NodeResumed: {"en": "{node} goes on.", "es": "{node} continúa."},
        NodeSlowed: {
            "en": "{node} runs at {percent} % of its speed from now on.",
            "es": "{node} funciona desde ahora al {percent} % de su velocidad.",
        },
        NodeThrashing: {
            "en": "{node} THRASHES: for {percent} % of the last second its CPU idled while processes waited for pages from its disk.",
            "es": "{node} está en TRASIEGO (thrashing): el {percent} % del último segundo, CPU ociosa y procesos a la espera del disco.",
        },
        NodeRecovered: {
            "en": "{node} thrashes no longer: in the last second its CPU idled little for want of pages.",
            "es": "{node} sale del trasiego: en el último segundo la CPU apenas estuvo ociosa a la espera del disco.",
        },
        NodeSuspected: {
            "en": "{node} is the first to notice that the connection to {peer} is broken.",
            "es": "{node} es el primero en notar que la conexión con {peer} está rota.",
        },
        LinkPartitioned: {"en": "The wire is cut: {where}.", "es": "La red queda cortada: {where}."},
        LinkHealed: {"en": "The wire is whole again: {where}.", "es": "La red vuelve a estar entera: {where}."},
        MessageHeld: {
            "en": "A message to {to} waits at the cut ({message}).",
            "es": "Un mensaje para {to} espera en el corte ({message}).",
        },
        MessageLost: {
            "en": "Messages to {to} are lost: {reason} ({message} is the first).",
            "es": "Los mensajes para {to} se pierden: {reason} ({message} es el primero).",
        },
    }

    def __init__(self, view: ClusterView, lang: str, *, everything: bool = False) -> None:
        super().__init__(view, lang, everything=everything)
        self._losing: dict[tuple[str, str], None] = {}
        """Nodes to which messages are being lost, and why: told once, not for every message."""
        self._suspected: dict[str, None] = {}
        """Nodes of whose crash somebody has heard: told once, not for everybody who hears of it."""

    @on
    def crashed(self, event: NodeCrashed, t: int, node: NodeName) -> Values:
        lost = (one for one in self._view.processes.values() if one.state == "lost" and one.ended_ns == t)
        names = ", ".join(one.name for one in lost if one.node == node)
        return {"victims": self._say(_LOST_WITH_IT, names=names) if names else ""}

    @on
    def restarted(self, event: NodeRestarted, t: int, node: NodeName) -> Values:
        self._losing.clear()
        self._suspected.pop(node, None)
        return {}

    @on
    def suspected(self, event: NodeSuspected, t: int, node: NodeName) -> Values | None:
        if event.peer in self._suspected:
            return None
        self._suspected[event.peer] = None
        return {}

    @on
    def cut_or_healed(self, event: LinkPartitioned | LinkHealed, t: int, node: NodeName) -> Values:
        return {"where": ", ".join(event.links) or "-"}

    @on
    def message_lost(self, event: MessageLost, t: int, node: NodeName) -> Values | None:
        if (event.to, event.reason) in self._losing:
            return None
        self._losing[event.to, event.reason] = None
        return {}
