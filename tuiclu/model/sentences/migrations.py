"""Migrations, from the wish to the last page."""

from __future__ import annotations

from typing import ClassVar

from nodes.wire.events import (
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationFrozen,
    MigrationLost,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    ReservationReleased,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName
from nodes.wire.parameters import PAGE_BYTES
from nodes.wire.reasons import text_of
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Sentences, Teller, Values, milliseconds

_PLAIN_WISHES = ("asked-for", "own-will")
"""Reasons that say no more than who wants it."""
_RULES = {
    "few pages left": {"en": "few pages are left", "es": "quedan pocas páginas"},
    "freeze goal": {"en": "the rest is short enough", "es": "lo que queda es lo bastante corto"},
    "no gain": {"en": "another round would gain nothing", "es": "otra ronda no ganaría nada"},
    "round limit": {"en": "there were rounds enough", "es": "ya hubo bastantes rondas"},
}
"""Why precopy freezes the process just now."""
_NEEDS = {
    "memory": {
        "en": "{count} in its memory, and would be lost with it",
        "es": "{count} en su memoria, y se perdería con él",
    },
    "disk": {
        "en": "{count} on its disk, and can be waited for",
        "es": "{count} en su disco, y se puede esperar",
    },
    "mail": {
        "en": "it passes on the mail of links ({count}), which would be cut off without it",
        "es": "reenvía el correo de enlaces ({count}), que sin él quedarían cortados",
    },
}
"""What a process depends on a node for."""
_NEEDED_NO_MORE = {
    False: {"en": "keeps no page of", "es": "guarda ninguna página de"},
    True: {"en": "passes on no mail for links of", "es": "reenvía correo de enlaces de"},
}
"""What a node does no more for a process: pass on mail?"""
_MOVED = {
    (False, False): {"en": "have moved to {destination}", "es": "han pasado a {destination}"},
    (False, True): {"en": "has moved to {destination}", "es": "ha pasado a {destination}"},
    (True, False): {"en": "have been flushed to disk", "es": "se han volcado al disco"},
    (True, True): {"en": "has been flushed to disk", "es": "se ha volcado al disco"},
}
"""Where the pages of a round went: to a disk? Is it one page?"""
_BELONGS = {
    True: {"en": "belongs to {destination} now", "es": "es ahora de {destination}"},
    False: {
        "en": "is given to {destination}, which has crashed unnoticed",
        "es": "se entrega a {destination}, que ha caído sin que se sepa",
    },
}
"""Whose a process is from the commit on: is there anybody to own it?"""
_DESTROYS = {
    (False, False): {
        "en": "destroys its copy, pages and all",
        "es": "destruye su copia, con todas sus páginas",
    },
    (True, False): {
        "en": "destroys its copy, but for {in_memory} that it keeps in memory until they are wanted",
        "es": "destruye su copia, salvo {in_memory} que guarda en memoria hasta que se pidan",
    },
    (False, True): {
        "en": "destroys its copy, but for {on_disk} on its disk; its memory is free",
        "es": "destruye su copia, salvo {on_disk} en su disco; su memoria queda libre",
    },
    (True, True): {
        "en": "destroys its copy, but for {in_memory} that it keeps in memory until they are wanted, and {on_disk} on its disk",
        "es": "destruye su copia, salvo {in_memory} que guarda en memoria hasta que se pidan, y {on_disk} en su disco",
    },
}
"""What becomes of the source's copy: are there pages that it keeps in memory, and on its disk?"""
_FATES = {
    "ended": {"en": "{process} has ended", "es": "{process} ya ha terminado"},
    "stopped": {"en": "It stays stopped, on {where}", "es": "Sigue detenido, en {where}"},
    "frozen": {"en": "It still stands still, on {where}", "es": "Sigue congelado, en {where}"},
    "going on": {"en": "It goes on where it was, on {where}", "es": "Sigue donde estaba, en {where}"},
}
"""What becomes of a process whose migration is aborted."""
_LOST = {
    False: {"en": "{process} is lost", "es": "{process} se ha perdido"},
    True: {
        "en": "{source} will never hear that {process} has arrived",
        "es": "{source} nunca sabrá que {process} ha llegado",
    },
}
"""What the source can only take for a loss: had the process gone on?"""
_GOES_ON = {
    False: {"en": "goes on,", "es": "continúa,"},
    True: {"en": "has arrived, and stays stopped,", "es": "ha llegado, y sigue detenido,"},
}
"""What a process does after its move: is it stopped?"""


class OfMigrations(Teller):
    SENTENCES: ClassVar[Sentences] = {
        MigrationStarted: {
            "en": "{process} is to move from {source} to {destination} ({strategy}); {initiator} wants it{grounds}.",
            "es": "{process} debe migrar de {source} a {destination} ({strategy}); lo pide {initiator}{grounds}.",
        },
        MigrationAccepted: {
            "en": "{destination} accepts {process} and has reserved frames for it.",
            "es": "{destination} acepta a {process} y le ha reservado marcos.",
        },
        MigrationFrozen: {
            "en": "{process} stands still{because}.",
            "es": "{process} queda congelado{because}.",
        },
        MigrationRound: {
            "en": "Round {round}: {count} ({kib} KiB) of {process} {moved} in {milliseconds} ms.",
            "es": "Ronda {round}: {count} ({kib} KiB) de {process} {moved} en {milliseconds} ms.",
        },
        MigrationCommitted: {
            "en": "Commit: {process} {belongs}, and {source} {destroys}.",
            "es": "Compromiso: {process} {belongs}, y {source} {destroys}.",
        },
        ResidualLeft: {
            "en": "{process} still depends on {holder}: {needs}.",
            "es": "{process} sigue dependiendo de {holder}: {needs}.",
        },
        ResidualEnded: {
            "en": "{holder} {needed_no_more} {process} any more.",
            "es": "{holder} ya no {needed_no_more} {process}.",
        },
        MigrationResumed: {
            "en": "{process} {goes_on} on {node}. It stood still for {frozen_ms} ms.",
            "es": "{process} {goes_on} en {node}. Estuvo congelado {frozen_ms} ms.",
        },
        MigrationAborted: {
            "en": "The migration of {process} to {destination} is aborted ({stage}): {reason}. {fate}.",
            "es": "La migración de {process} a {destination} se aborta ({stage}): {reason}. {fate}.",
        },
        MigrationLost: {
            "en": "{lost}: {reason}.",
            "es": "{lost}: {reason}.",
        },
        ReservationReleased: {
            "en": "{node} gives back what it had reserved for {process}: {reason}.",
            "es": "{node} devuelve lo que había reservado para {process}: {reason}.",
        },
    }

    @on
    def started(self, event: MigrationStarted, t: int, node: NodeName) -> Values:
        known = None if event.rule in _PLAIN_WISHES else text_of(event.rule, event.numbers, self._lang)
        return {"grounds": f": {known}" if known else ""}

    @on
    def frozen(self, event: MigrationFrozen, t: int, node: NodeName) -> Values:
        rule = frozen_because(event.why, self._lang)
        return {"because": f" ({rule})" if rule else ""}

    @on
    def round_over(self, event: MigrationRound, t: int, node: NodeName) -> Values:
        migration = self._view.migrations.get(event.migration)
        if migration is None:
            return {}
        moved = _MOVED[migration.record[-1].why == "flush", event.pages == 1]
        size = event.bytes or event.pages * PAGE_BYTES  # to the node's own disk, no byte goes by wire
        return {
            "moved": self._say(moved, destination=migration.destination),
            "count": self._counted(event.pages, "page"),
            "kib": f"{size / 1024:.0f}",
            "milliseconds": milliseconds(event.duration_ns),
        }

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> Values:
        process = self._view.processes.get(event.pid)
        in_memory, on_disk = event.in_memory, event.on_disk
        kept = {"in_memory": self._counted(in_memory, "page"), "on_disk": self._counted(on_disk, "page")}
        return {
            "belongs": self._say(_BELONGS[process is None or process.alive], destination=event.destination),
            "destroys": self._say(_DESTROYS[in_memory > 0, on_disk > 0], **kept),
        }

    @on
    def residual_left(self, event: ResidualLeft, t: int, node: NodeName) -> Values:
        if event.links:
            return {"needs": self._say(_NEEDS["mail"], count=len(event.links))}
        count = self._counted(len(event.pages), "of its pages")
        return {"needs": self._say(_NEEDS["disk" if event.on_disk else "memory"], count=count)}

    @on
    def residual_ended(self, event: ResidualEnded, t: int, node: NodeName) -> Values:
        return {"needed_no_more": self._say(_NEEDED_NO_MORE[event.mail])}

    @on
    def resumed(self, event: MigrationResumed, t: int, node: NodeName) -> Values:
        return {"goes_on": self._say(_GOES_ON[self._view.processes[event.pid].stopped])}

    @on
    def aborted(self, event: MigrationAborted, t: int, node: NodeName) -> Values:
        process = self._view.processes.get(event.pid)
        if process is None or not process.alive:
            fate = "ended"
        elif process.state == "frozen" and event.stage == "asked":  # else it is let go now
            fate = "frozen"
        else:
            fate = "stopped" if process.stopped else "going on"
        where = self._view.migrations[event.migration].source if process is None else process.node
        return {"fate": self._say(_FATES[fate], process=self._view.name_of(event.pid), where=where)}

    @on
    def lost(self, event: MigrationLost, t: int, node: NodeName) -> Values:
        migration = self._view.migrations[event.migration]
        arrived, process = migration.resumed_ns is not None, self._view.name_of(event.pid)
        return {"lost": self._say(_LOST[arrived], source=migration.source, process=process)}


def frozen_because(why: str, lang: str) -> str:
    """Return why a process was frozen just then; a strategy of one's own has its own words."""
    return _RULES.get(why, {}).get(lang, why)
