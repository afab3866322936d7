"""The events of a run as a table for a spreadsheet: a line each, with the sentence that tells it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from nodes.wire.events import Stamped, kind_of
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator

COLUMNS = ("t_s", "event", "node", "kind", "pid", "process", "migration", "told")


def as_csv(events: Iterable[Stamped], lang: str, title: str) -> str:
    """Return the table, as RFC 4180 has it."""
    view = ClusterView()
    narrator = Narrator(view, lang, title)
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for stamped in events:
        view.apply(stamped)
        told = " ".join(line.partition(" s  ")[2].strip() for line in narrator.tell(stamped))
        fields = stamped.fields()
        pid = fields.get("pid") or ""
        table.writerow(
            [
                f"{stamped.t // 10**9}.{stamped.t % 10**9:09d}",
                stamped.seq,
                stamped.node or "",
                kind_of(stamped.event),
                pid,
                view.name_of(pid) if pid else "",
                fields.get("migration", ""),
                told,
            ]
        )
    return file.getvalue()
