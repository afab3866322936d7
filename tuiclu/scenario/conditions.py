"""Steps that wait for something to happen: which events they wait for, and how many of them.

A condition is matched against the event stream as it is written: one mapping an event, with `t`, `seq`, `node`, `kind`
and the fields of its kind. Pure: who reads the stream and who gives the command is the runner's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Condition(msgspec.Struct, frozen=True):
    """The `count`th event of this kind with these values in its fields, or the one that completes `pages` pages."""

    kind: str
    processes: tuple[str, ...] = ()
    """Names or pids, one of which the event is about; empty: any or none."""
    node: str | None = None
    """Where it happens; None: anywhere."""
    fields: dict[str, str | int | float | bool] = {}
    """Further fields and the values that they must have."""
    pages: int | None = None
    """How many pages, all such events together; None: pages are not counted."""
    count: int = 1
    after_ns: int = 0
    """How long after that event the step is due."""

    def matches(self, event: Mapping[str, Any], names: Mapping[str, str] = NO_NAMES) -> bool:
        """Say whether `event` is such an event. `names` gives the name of each pid: events tell of processes by pid."""
        return (
            event["kind"] == self.kind
            and self.node in (None, event["node"])
            and (not self.processes or not _subjects(event, names).isdisjoint(self.processes))
            and all(_equal(event.get(field), value) for field, value in self.fields.items())
        )


@dataclass
class Watch:
    """Reads the stream until its condition has come true, once or (`again`) over and over."""

    condition: Condition
    again: bool = False
    events: int = field(default=0, init=False)
    """Events that matched so far."""
    pages: int = field(default=0, init=False)
    """Pages of which they told."""
    done: bool = field(default=False, init=False)
    """It has come true, at least once."""

    def see(self, event: Mapping[str, Any], names: Mapping[str, str] = NO_NAMES) -> int | None:
        """Take the next event; return the instant (ns) at which the step is due if this event decides it, else None."""
        if (self.done and not self.again) or not self.condition.matches(event, names):
            return None
        self.events += 1
        self.pages += _page_count(event)
        if not self._reached():
            return None
        self.done = True
        self.events = self.pages = 0
        return int(event["t"]) + self.condition.after_ns

    def _reached(self) -> bool:
        if self.condition.pages is not None:
            return self.pages >= self.condition.pages
        return self.events >= self.condition.count


def _subjects(event: Mapping[str, Any], names: Mapping[str, str]) -> set[str]:
    """Return all that the process is called of which an event tells: its pid, and its name."""
    pid = event.get("pid")
    called = (
        pid,
        names.get(pid) if isinstance(pid, str) else None,
        event.get("process"),
        event.get("name") if pid else None,
    )
    return {name for name in called if isinstance(name, str)}


def _page_count(event: Mapping[str, Any]) -> int:
    pages = event.get("pages", 0)
    return pages if isinstance(pages, int) else len(pages)


def _equal(seen: object, wanted: object) -> bool:
    """Compare as JSON does: `true` is not 1."""
    return seen == wanted and isinstance(seen, bool) == isinstance(wanted, bool)
