"""A run as a trace for Perfetto (ui.perfetto.dev), in the JSON of Chrome: bursts, messages as arrows, migrations, loads. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from nodes.wire.events import (
    LoadReported,
    MessageDelivered,
    MessageSent,
    MigrationAborted,
    MigrationCompleted,
    MigrationLost,
    MigrationStarted,
    NegotiationRefused,
    NodeCrashed,
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    RunEnded,
    Stamped,
)
from tuiclu.model.cluster import ClusterView

CPU, WIRE = 1, 2
"""The tracks of a node."""
_LEAST_US = 0.001
"""An arrow ends on something that lasts."""

Record = dict[str, Any]


def as_perfetto(events: Iterable[Stamped]) -> str:
    """Return the trace. Times in it are in microseconds, with three digits for nanoseconds."""
    tracer = _Tracer()
    records = [record for stamped in events for record in tracer.take(stamped)]
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in [*tracer.names(), *records])
    return f'{{"displayTimeUnit": "ns", "traceEvents": [\n{lines}\n]}}\n'


class _Tracer:
    def __init__(self) -> None:
        self._view = ClusterView()
        self._nodes: dict[str, int] = {}
        """A number for each, in the order in which they come."""
        self._moving: dict[str, None] = {}
        """The migrations under way."""
        self._running: dict[str, tuple[str, int]] = {}
        """Who has the CPU of a node, and since when."""

    def names(self) -> Iterator[Record]:
        """Yield what the tracks are called."""
        for name, number in self._nodes.items():
            yield {"ph": "M", "pid": number, "name": "process_name", "args": {"name": name}}
            yield {"ph": "M", "pid": number, "tid": CPU, "name": "thread_name", "args": {"name": "CPU"}}
            yield {"ph": "M", "pid": number, "tid": WIRE, "name": "thread_name", "args": {"name": "wire"}}

    def take(self, stamped: Stamped) -> Iterator[Record]:
        """Take the next event; yield what is drawn of it."""
        self._view.apply(stamped)
        event, t, node = stamped.event, stamped.t, stamped.node
        match event:
            case ProcessDispatched(pid):
                yield from self._burst(node, t)
                self._running[str(node)] = pid, t
            case ProcessPreempted() | ProcessBlocked() | ProcessExited() | ProcessFrozen() | NodeCrashed():
                yield from self._burst(node, t)
            case MessageSent(message):
                yield from self._message(stamped, message, event.type, "s")
            case MessageDelivered(message):
                yield from self._message(stamped, message, event.type, "f")
            case LoadReported(load):
                yield {**self._at(node, t), "ph": "C", "name": "load", "args": {"thousandths": load}}
            case MigrationStarted(migration):
                yield {**self._migration(event.source, t, migration), "ph": "b", "args": {"strategy": event.strategy}}
                self._moving[migration] = None
            case MigrationCompleted() | MigrationAborted() | MigrationLost() | NegotiationRefused():
                if event.migration in self._moving:
                    del self._moving[event.migration]
                    yield {**self._migration(node, t, event.migration), "ph": "e"}
            case RunEnded():
                for name in list(self._running):
                    yield from self._burst(name, t)
            case _:
                pass

    def _at(self, node: str | None, t: int) -> Record:
        number = self._nodes.setdefault(node or "cluster", len(self._nodes) + 1)
        return {"pid": number, "tid": CPU, "ts": t / 1000}

    def _burst(self, node: str | None, t: int) -> Iterator[Record]:
        """Yield for how long somebody had the CPU, who has it no longer."""
        running = self._running.pop(str(node), None)
        if running is not None:
            pid, since = running
            name = self._view.name_of(pid)
            yield {**self._at(node, since), "ph": "X", "dur": (t - since) / 1000, "name": name, "args": {"pid": pid}}

    def _message(self, stamped: Stamped, message: str, kind: str, end: str) -> Iterator[Record]:
        place = {**self._at(stamped.node, stamped.t), "tid": WIRE}
        yield {**place, "ph": "X", "dur": _LEAST_US, "name": kind, "args": {"message": message}}
        arrow = {**place, "ph": end, "cat": "message", "id": message, "name": "message"}
        yield {**arrow, "bp": "e"} if end == "f" else arrow

    def _migration(self, node: str | None, t: int, migration: str) -> Record:
        view = self._view.migrations.get(migration)
        source = view.source if view is not None else node
        name = f"{self._view.name_of(view.pid)} {view.source}→{view.destination}" if view is not None else migration
        return {**self._at(source, t), "cat": "migration", "id": migration, "name": name}
