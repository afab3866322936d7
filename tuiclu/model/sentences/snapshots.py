"""Snapshots: who records what, and what the parts come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nodes.wire.clauses import in_language
from nodes.wire.events import (
    ProcessRecorded,
    SnapshotChannel,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotRecorded,
    SnapshotStarted,
)
from nodes.wire.ids import NodeName
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Sentences, Teller, Values

_HOW = {
    "markers": {
        "en": "{begin} follows at a marker",
        "es": "{begin} sigue al llegar un marcador",
    },
    "clocks": {
        "en": "every node records its state when its own clock shows the agreed instant",
        "es": "cada nodo registra su estado cuando su propio reloj marca el instante acordado",
    },
    "poll": {
        "en": "{begin} asks one node after the other for its state",
        "es": "{begin} pide su estado a un nodo tras otro",
    },
}
_BEGIN = {
    "en": "{nodes} {begin}, and who has not recorded its state",
    "es": "{begin} {nodes}, y quien no ha registrado su estado",
}
_BEGINS = {True: {"en": "begins", "es": "comienza"}, False: {"en": "begin", "es": "comienzan"}}
_NOBODY = {"en": "no process", "es": "ningún proceso"}
_PIECES = {
    "messages": {
        True: {"en": "1 message", "es": "1 mensaje"},
        False: {"en": "{count} messages", "es": "{count} mensajes"},
    },
    "pages": {
        True: {"en": ", with 1 page", "es": ", con 1 página"},
        False: {"en": ", with {count} pages", "es": ", con {count} páginas"},
    },
}
_HANDED_OVER = {"en": ", and a process that was just handed over", "es": ", y un proceso que acaba de entregarse"}
_CONSISTENT = {"en": "and consistent", "es": "y es coherente"}
_CROSSED = {
    "en": "but not consistent: {destination} has received in it what {source} has not sent yet",
    "es": "pero no es coherente: en ella {destination} ha recibido lo que {source} aún no ha enviado",
}
_UNFAITHFUL = {"en": "but does not hold what was there", "es": "pero no contiene lo que había"}
_STUCK = {"en": "; {names} wait for each other for ever", "es": "; {names} se esperan entre sí para siempre"}
_TOTALS = {"en": "; in all: {sums}", "es": "; en total: {sums}"}


class OfSnapshots(Teller):
    SENTENCES: ClassVar[Sentences] = {
        SnapshotStarted: {
            "en": "Snapshot {snapshot}: {how}.",
            "es": "Instantánea {snapshot}: {how}.",
        },
        SnapshotRecorded: {
            "en": "{node} records its state for snapshot {snapshot}: {what}.",
            "es": "{node} registra su estado para la instantánea {snapshot}: {what}.",
        },
        SnapshotChannel: {
            "en": "In the channel from {source} to {node} snapshot {snapshot} finds {what}.",
            "es": "En el canal de {source} a {node} la instantánea {snapshot} encuentra {what}.",
        },
        SnapshotEnded: {
            "en": "Snapshot {snapshot} is complete, {verdict}{totals}{stuck}.",
            "es": "La instantánea {snapshot} está completa, {verdict}{totals}{stuck}.",
        },
        SnapshotFailed: {
            "en": "Snapshot {snapshot} cannot be completed: {why}.",
            "es": "La instantánea {snapshot} no puede completarse: {why}.",
        },
    }

    @on
    def started(self, event: SnapshotStarted, t: int, node: NodeName) -> Values:
        begin = nodes = ", ".join(event.initiators)
        if event.way == "markers":
            begin = self._say(_BEGIN, nodes=nodes, begin=self._say(_BEGINS[len(event.initiators) == 1]))
        return {"how": self._say(_HOW[event.way], begin=begin)}

    @on
    def recorded(self, event: SnapshotRecorded, t: int, node: NodeName) -> Values:
        return {"what": ", ".join(self._process(one) for one in event.processes) or self._say(_NOBODY)}

    @on
    def channel(self, event: SnapshotChannel, t: int, node: NodeName) -> Values | None:
        if not event.messages:
            return None
        what = self._pieces("messages", len(event.messages)) + (
            self._pieces("pages", event.pages) if event.pages else ""
        )
        return {"what": what + (self._say(_HANDED_OVER) if event.handed_over else "")}

    @on
    def ended(self, event: SnapshotEnded, t: int, node: NodeName) -> Values:
        verdict = self._say(_CONSISTENT if event.consistent else _UNFAITHFUL)
        if event.crossing:
            first = event.crossing[0]
            verdict = self._say(_CROSSED, source=first.source, destination=first.destination)
        return {
            "verdict": verdict,
            "totals": self._say(_TOTALS, sums=sums(event.totals)) if event.totals else "",
            "stuck": self._say(_STUCK, names=self._names(event.stuck)) if event.stuck else "",
        }

    @on
    def failed(self, event: SnapshotFailed, t: int, node: NodeName) -> Values:
        return {"why": in_language(event.reason, self._lang)}

    def _process(self, process: ProcessRecorded) -> str:
        name = self._view.name_of(process.pid)
        return f"{name} ({sums(process.amounts)})" if process.amounts else name

    def _pieces(self, what: str, count: int) -> str:
        return self._say(_PIECES[what][count == 1], count=count)


def sums(amounts: Mapping[str, int]) -> str:
    """Return amounts as text: `money 4000, token 1`."""
    return ", ".join(f"{quantity} {amount}" for quantity, amount in amounts.items())
