"""The way of a process over the nodes: where it was from when to when, and when it stood still on its way. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from nodes.wire.ids import NodeName, Pid


class Lived(Protocol):
    """A process, as a view or a row has it."""

    @property
    def pid(self) -> Pid: ...

    @property
    def node(self) -> NodeName: ...

    @property
    def created_ns(self) -> int: ...

    @property
    def ended_ns(self) -> int | None: ...


class Moved(Protocol):
    """A migration, as a view or a row has it."""

    @property
    def pid(self) -> Pid: ...

    @property
    def source(self) -> NodeName: ...

    @property
    def destination(self) -> NodeName: ...

    @property
    def frozen_ns(self) -> int | None: ...

    @property
    def committed_ns(self) -> int | None: ...

    @property
    def resumed_ns(self) -> int | None: ...


def way_of(process: Lived, migrations: Iterable[Moved], now_ns: int) -> list[tuple[str, int, int]]:
    """Return on which node a process was, from when, and to when; no node: it stood still on its way to the next one."""
    ends_ns = process.ended_ns if process.ended_ns is not None else now_ns
    moves = [one for one in migrations if one.pid == process.pid and one.committed_ns is not None]
    place, since_ns = (moves[0].source if moves else process.node), process.created_ns
    way: list[tuple[str, int, int]] = []
    for move in moves:
        leaves_ns = move.frozen_ns if move.frozen_ns is not None else move.committed_ns or 0
        way.append((place, since_ns, leaves_ns))
        place, since_ns = move.destination, move.resumed_ns if move.resumed_ns is not None else ends_ns
        way.append(("", leaves_ns, since_ns))
    return [*way, (place, since_ns, ends_ns)]
