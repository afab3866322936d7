"""Drawings of a run for a page: who had which CPU when, and what was on its way between nodes. As SVG, on one scale of time. Pure.

A drawing has no colour of its own: its classes are those of the page, which knows light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from nodes.wire.events import (
    MessageDelivered,
    MessageSent,
    MigrationFrozen,
    MigrationResumed,
    NodeCrashed,
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    RunEnded,
    RunStarted,
    Stamped,
)
from tuiclu.model.traffic import LOADS

LEFT, RIGHT, LANE, WIDTH = 90, 20, 34, 1000
"""Of a drawing, in its own units: margins, the height of a node's lane, the whole width."""
COLOURS = 8
"""Processes in so many colours, in turn."""
MOST_MESSAGES = 600
"""Of more messages, those are drawn first that have to do with migrations."""
_TICKS = 8


@dataclass(frozen=True)
class Burst:
    """Somebody had the CPU of a node."""

    node: str
    pid: str
    from_ns: int
    to_ns: int


@dataclass(frozen=True)
class Flight:
    """A message that arrived."""

    type: str
    source: str
    destination: str
    sent_ns: int
    arrived_ns: int


@dataclass(frozen=True)
class Move:
    """A process that stood still and went on elsewhere."""

    pid: str
    source: str
    destination: str
    frozen_ns: int
    resumed_ns: int


@dataclass
class Happenings:
    """What is drawn of a run. Give it every event, in order."""

    nodes: list[str] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    end_ns: int = 0
    _running: dict[str, tuple[str, int]] = field(default_factory=dict)
    _sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    _frozen: dict[str, tuple[str, int]] = field(default_factory=dict)

    def take(self, stamped: Stamped) -> None:
        """Take the next event."""
        event, t, node = stamped.event, stamped.t, stamped.node or ""
        self.end_ns = max(self.end_ns, t)
        match event:
            case RunStarted():
                self.nodes = [str(one["name"]) for one in event.settings["nodes"]]
            case ProcessDispatched(pid):
                self._leave(node, t)
                self._running[node] = pid, t
            case ProcessPreempted() | ProcessBlocked() | ProcessExited() | ProcessFrozen() | NodeCrashed():
                self._leave(node, t)
            case MessageSent(message):
                self._sent[message] = node, t
            case MessageDelivered(message):
                source, sent_ns = self._sent.pop(message, (event.sender, t))
                self.flights.append(Flight(event.type, source, node, sent_ns, t))
            case MigrationFrozen(migration):
                self._frozen[migration] = node, t
            case MigrationResumed(migration) if migration in self._frozen:
                source, frozen_ns = self._frozen.pop(migration)
                self.moves.append(Move(event.pid, source, node, frozen_ns, t))
            case RunEnded():
                for name in list(self._running):
                    self._leave(name, t)
            case _:
                pass

    def _leave(self, node: str, t: int) -> None:
        running = self._running.pop(node, None)
        if running is not None and t > running[1]:
            self.bursts.append(Burst(node, running[0], running[1], t))


def gantt(happenings: Happenings, names: Mapping[str, str], title: str) -> str:
    """Return the chart of the CPUs. `names`: what processes are called, by pid; their order decides their colours."""
    scale = _Scale(happenings)
    colours = {pid: f"p{index % COLOURS}" for index, pid in enumerate(names)}
    parts = list(scale.frame())
    for burst in _joined(happenings.bursts, scale.least_ns):
        y = scale.lane(burst.node)
        if y is None:
            continue
        name = escape(names.get(burst.pid, burst.pid))
        x, width = scale.x(burst.from_ns), max(0.5, scale.x(burst.to_ns) - scale.x(burst.from_ns))
        span = f"{burst.from_ns / 1e9:.6f}-{burst.to_ns / 1e9:.6f} s"
        bar = f'<rect class="{colours.get(burst.pid, "p0")}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{LANE - 12}">'
        parts.append(f"{bar}<title>{name} {span}</title></rect>")
    legend = "".join(
        f'<span class="key"><svg width="12" height="12" aria-hidden="true"><rect class="{colour}" width="12" height="12"/></svg> '
        f"{escape(names[pid])}</span> "
        for pid, colour in list(colours.items())[: 3 * COLOURS]
    )
    return f'{_svg(parts, scale.height, title)}<p class="legend">{legend}</p>'


def space_time(happenings: Happenings, title: str) -> tuple[str, int, int]:
    """Return the diagram of space and time, how many messages are drawn in it, and how many there were."""
    scale = _Scale(happenings)
    chosen = _chosen(happenings.flights)
    parts = list(scale.frame())
    for flight in chosen:
        y, y2 = scale.lane(flight.source), scale.lane(flight.destination)
        if y is None or y2 is None:
            continue
        kind = "chat" if flight.type in LOADS else "message"
        label = f"{flight.type}: {flight.source} → {flight.destination}, {flight.sent_ns / 1e9:.6f} s"
        parts.append(
            f'<line class="{kind}" x1="{scale.x(flight.sent_ns):.1f}" y1="{y + LANE // 2}" '
            f'x2="{scale.x(flight.arrived_ns):.1f}" y2="{y2 + LANE // 2}"><title>{escape(label)}</title></line>'
        )
    for move in happenings.moves:
        y, y2 = scale.lane(move.source), scale.lane(move.destination)
        if y is None or y2 is None:
            continue
        label = f"{move.pid}: {move.source} → {move.destination}, {(move.resumed_ns - move.frozen_ns) / 1e6:.3f} ms"
        parts.append(
            f'<line class="move" x1="{scale.x(move.frozen_ns):.1f}" y1="{y + LANE // 2}" '
            f'x2="{scale.x(move.resumed_ns):.1f}" y2="{y2 + LANE // 2}"><title>{escape(label)}</title></line>'
        )
    return _svg(parts, scale.height, title), len(chosen), len(happenings.flights)


def _chosen(flights: Sequence[Flight]) -> list[Flight]:
    if len(flights) <= MOST_MESSAGES:
        return list(flights)
    telling = [one for one in flights if one.type not in LOADS]
    return (telling or list(flights))[:MOST_MESSAGES]


def _joined(bursts: Iterable[Burst], least_ns: int) -> Iterator[Burst]:
    """Yield bursts by node, with those of one process as one that cannot be told apart."""
    last: dict[str, Burst] = {}
    for burst in bursts:
        former = last.get(burst.node)
        if former is not None and former.pid == burst.pid and burst.from_ns - former.to_ns < least_ns:
            last[burst.node] = Burst(burst.node, burst.pid, former.from_ns, burst.to_ns)
            continue
        if former is not None:
            yield former
        last[burst.node] = burst
    yield from last.values()


class _Scale:
    """Where nodes and instants are in a drawing."""

    def __init__(self, happenings: Happenings) -> None:
        self._lanes = {name: 8 + LANE * index for index, name in enumerate(happenings.nodes)}
        self._end_ns = max(1, happenings.end_ns)
        self.height = 8 + LANE * len(happenings.nodes) + 24
        self.least_ns = self._end_ns // (WIDTH - LEFT - RIGHT)
        """What is shorter than this cannot be seen."""

    def x(self, t: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * t / self._end_ns

    def lane(self, node: str) -> int | None:
        return self._lanes.get(node)

    def frame(self) -> Iterator[str]:
        """Yield the lanes with the names of the nodes, and the axis."""
        for name, y in self._lanes.items():
            middle = y + LANE // 2
            yield f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
            yield f'<line class="lane" x1="{LEFT}" y1="{middle}" x2="{WIDTH - RIGHT}" y2="{middle}"/>'
        for tick in range(_TICKS + 1):
            at_ns = self._end_ns * tick // _TICKS
            yield f'<text class="tick" x="{self.x(at_ns):.1f}" y="{self.height - 6}" text-anchor="middle">{at_ns / 1e9:.3f} s</text>'


def _svg(parts: Iterable[str], height: int, title: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
