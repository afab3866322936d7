"""Nodes as a whole, and the wire between them."""

from __future__ import annotations

from nodes.wire.events import (
    LinkHealed,
    LinkPartitioned,
    MessageLost,
    NodeCrashed,
    NodeRestarted,
    NodeSuspected,
)
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values

_LOST_WITH_IT = Text(", and with it {names}")


class OfNodes(Teller):
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
        if (event.to, event.reason.rule) in self._losing:
            return None
        self._losing[event.to, event.reason.rule] = None
        return {}
