"""The order of tables: by which column, and in which direction. Plain functions on rows of a frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from tuiclu.model.frame import MessageRow, MigrationRow, ProcessRow

Row = TypeVar("Row")
Key = Callable[[Any], Any]
_RANK = {"running": 0, "ready": 1, "blocked": 2, "stopped": 3, "frozen": 4}


class Order(NamedTuple):
    """How a table is sorted."""

    column: str
    """By its English heading."""
    descending: bool = False


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which `n2` comes before `n10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in re.split(r"(\d+)", text) if part
    )


def _process(row: ProcessRow) -> dict[str, Any]:
    return {
        "name": natural(row.name),
        "pid": natural(row.pid),
        "program": natural(row.program),
        "state": (_RANK.get(row.state, 9), row.since_ns),
        "node": natural(row.node),
        "home": natural(row.home),
        "CPU": row.cpu_ns,
        "pages": row.resident,
        "waits": row.waits,
        "links": len(row.links),
        "moves": row.moves,
    }


def _migration(row: MigrationRow) -> dict[str, Any]:
    return {
        "name": natural(row.name),
        "who": natural(row.process),
        "from, to": (natural(row.source), natural(row.destination)),
        "strategy": row.strategy,
        "outcome": row.outcome or "",
        "freeze": row.freeze_ns or 0,
        "pages": row.sent,
        "bytes": row.bytes,
    }


def _message(row: MessageRow) -> dict[str, Any]:
    return {
        "sent": row.sent_ns,
        "from, to": (natural(row.source), natural(row.destination)),
        "what": row.type,
        "bytes": row.bytes,
        "about": natural(row.about),
    }


_PROCESS = ("name", "pid", "program", "state", "home", "CPU", "pages", "waits", "links", "moves")
COLUMNS: dict[str, tuple[str, ...]] = {
    "node": _PROCESS,
    "processes": (*_PROCESS[:4], "node", *_PROCESS[4:]),
    "migration": ("name", "who", "from, to", "strategy", "outcome", "freeze", "pages", "bytes"),
    "messages": ("sent", "from, to", "what", "bytes", "about"),
}
"""By view: the columns by which its table can be sorted, in their order."""
_FIELDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "node": _process,
    "processes": _process,
    "migration": _migration,
    "messages": _message,
}


def ordered(view: str, rows: Sequence[Row], order: Order | None) -> list[Row]:
    """Return the rows of a view's table in an order; as they come, without one. Equal ones keep their places."""
    if order is None:
        return list(rows)
    fields = _FIELDS[view]
    return sorted(rows, key=lambda row: fields(row)[order.column], reverse=order.descending)


def following(view: str, order: Order | None) -> Order | None:
    """Return the order by the next column; behind the last one, none."""
    columns = COLUMNS[view]
    if order is None:
        return Order(columns[0])
    at = columns.index(order.column) + 1
    return Order(columns[at], order.descending) if at < len(columns) else None
