"""Tells in sentences what happens: the events that a listener cares about, one sentence each: that of the event (`TOLD`), filled by
`tuiclu.model.sentences`.

Spanish uses the terms of the lecture (migracion de procesos, volcado, desalojo ...).
"""

from __future__ import annotations

from typing import Any

import msgspec

from nodes.wire.events import KINDS, Event, Stamped
from nodes.wire.reasons import Reason
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Taker
from tuiclu.model.sentences.initiators import OfInitiators
from tuiclu.model.sentences.mail import OfMail
from tuiclu.model.sentences.migrations import OfMigrations
from tuiclu.model.sentences.nodes import OfNodes
from tuiclu.model.sentences.processes import OfProcesses
from tuiclu.model.sentences.run import OfTheRun
from tuiclu.model.sentences.snapshots import OfSnapshots
from tuiclu.model.sentences.teller import Teller, milliseconds
from tuiclu.texts import told

TELLERS: tuple[type[Teller], ...] = (OfTheRun, OfProcesses, OfMigrations, OfInitiators, OfMail, OfNodes, OfSnapshots)
SENTENCES: dict[type[Event], Text] = {event: event.TOLD for event in KINDS.values() if event.TOLD is not None}

_INITIATORS = {
    "user": Text("the user"),
    "os": Text("the operating system"),
    "process": Text("the process itself"),
    "eviction": Text("the owner of the workstation"),
    "shutdown": Text("the coming shutdown"),
}


class Narrator:
    """Turns events into lines. `view` must have seen each event before the narrator is asked about it."""

    def __init__(
        self, view: ClusterView, lang: str, title: str, *, everything: bool = False, answers: bool = True
    ) -> None:
        """`everything`: tell also of decisions that other events make plain. `answers`: tell with a question its answer."""
        self._view = view
        self._lang = lang
        self._takers: dict[type[Event], list[Taker]] = {}
        for teller in TELLERS:
            part = teller(view, lang, everything=everything)
            if isinstance(part, OfTheRun):
                part.title, part.answers = title, answers
            for kind, name in part.taken.items():
                self._takers.setdefault(kind, []).append(getattr(part, name))

    def tell(self, stamped: Stamped) -> list[str]:
        """Return the lines that an event is worth: none, one, or one a line of a program's output."""
        event, lines = stamped.event, []
        sentence = SENTENCES.get(type(event))
        answers = [take(event, stamped.t, stamped.node or "") for take in self._takers.get(type(event), ())]
        for answer in answers:
            if isinstance(answer, list):
                lines += answer
        if sentence is not None and (not answers or any(isinstance(one, dict) for one in answers)):
            added = {key: value for one in answers if isinstance(one, dict) for key, value in one.items()}
            lines.append(told(sentence.filled(**self._values(stamped, added)), self._lang))
        return [f"{stamped.t / 1e9:12.6f} s  {line}" for line in lines]

    def _values(self, stamped: Stamped, added: dict[str, Any]) -> dict[str, Any]:
        """Return all that a sentence about this event may name."""
        values: dict[str, Any] = {"node": stamped.node} | msgspec.structs.asdict(stamped.event)
        if values.get("machine"):
            values["node"] = values["machine"]  # its Initiator, who says it, may sit elsewhere
        if "pid" in values:
            values["process"] = self._view.name_of(values["pid"])
        migration = self._view.migrations.get(values.get("migration", ""))
        if migration is not None:
            values |= {"source": migration.source, "destination": migration.destination}
            values["frozen_ms"] = milliseconds(migration.freeze_ns(stamped.t) or 0)
            values["initiator"] = told(_INITIATORS[migration.initiated_by], self._lang)
        values |= added
        return {
            key: told(value.text(), self._lang).rstrip(".") if isinstance(value, Reason) else value
            for key, value in values.items()
        }
