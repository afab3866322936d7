"""A stretch of a run as a space-time diagram in SVG: lines for nodes or processes, every message, the cuts of snapshots. Pure.

What the fifth view of the screen shows, of any stretch and without its bounds. It needs nothing from elsewhere, and every arrow says under
the pointer what it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

import msgspec

from nodes.wire.events import MessageSent, RunStarted, Stamped
from nodes.wire.parameters import NetworkParameters
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.cuts import cuts_of, snapshot_row
from tuiclu.model.frame import CutRow, MessageRow, SnapshotRow
from tuiclu.model.histories import Histories
from tuiclu.model.traffic import OF_CUTS, Excerpt
from tuiclu.model.ways import way_of
from tuiclu.texts import told
from tuiclu.tui.draw.diagram import instant_text
from tuiclu.tui.draw.recorded import lines_of, title_of
from tuiclu.tui.look import Look, duration, seconds
from tuiclu.tui.timeline import tick_ns
from tuiclu.tui.words import message_word

LEFT, TOP, RIGHT = 90, 64, 30
SPACING, LINE_HEIGHT = 120, 20
LEAST_WIDE, MOST_WIDE = 900, 40_000
WIDE_A_MESSAGE, WIDE_A_LATENCY = 14, 50
WIDE_A_TICK = 110
LABELLED = 400
"""Up to so many messages in it have a label each; with more, only those that snapshots are about."""
ROOM = 20_000
"""How many messages are remembered of what comes before the stretch, before the old ones are forgotten."""
INKS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#8a6d00", "#56b4e9")
CUT_COLOURS = {"": "#0072b2", "consistent": "#00845f", "inconsistent": "#c8401a", "failed": "#b36b00"}
_STYLE = """
svg { background: #fff; font: 12px system-ui, sans-serif; fill: #222 }
.line { stroke: #99a; stroke-width: 1.5 } .tick { stroke: #e3e6ea } .name { font-weight: 600; font-size: 14px } .dim { fill: #667 }
.message { stroke: #8a8f98; stroke-width: 1.2; fill: none } .label { font-size: 10px; fill: #555 }
.marker { stroke: #0072b2 } .marker.label { stroke: none; fill: #0072b2 }
.caught { stroke: #00845f; stroke-width: 2 } .caught.label { stroke: none; fill: #00845f }
.betrays { stroke: #c8401a; stroke-width: 2.5 } .betrays.label { stroke: none; fill: #c8401a; font-weight: 600 }
.lost, .held { stroke-dasharray: 4 3 } .flying { stroke-dasharray: 2 2 }
.move { stroke: #8f2f66; stroke-width: 3 } .moved { fill: #8f2f66; font-weight: 600 }
.cut { fill: none; stroke-width: 2; stroke-dasharray: 7 3 }
"""
_ARROW_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="context-stroke"/></marker></defs>'
)
_HEAD = Text("{title}: {start} to {end}, {messages} messages")
_HELP = Text("{name}: {what}, {source} to {destination}, {bytes} bytes, sent {sent}, {fate}")
_ARRIVED = Text("arrived after {time}")
_FATES = {"flying": Text("on its way"), "held": Text("waits at the cut"), "lost": Text("lost")}


class Stretch(NamedTuple):
    """What is drawn of a run."""

    since_ns: int = 0
    until_ns: int | None = None
    """None: to its end."""
    between: str = "nodes"
    """Or `processes`."""
    show: str = "calm"
    """Which messages: see `model.traffic.Excerpt`."""


WHOLE = Stretch()


@dataclass
class _Drawing:
    """The parts of the picture, and what its columns stand for."""

    start_ns: int
    end_ns: int
    wide: int
    lines: dict[str, float]
    parts: list[str] = field(default_factory=list)

    def x(self, instant_ns: int) -> float:
        """Return the place of an instant, within the stretch."""
        inside_ns = min(max(instant_ns, self.start_ns), self.end_ns)
        return LEFT + (inside_ns - self.start_ns) * self.wide / max(1, self.end_ns - self.start_ns)

    def text(self, x: float, y: float, text: str, kind: str = "", more: str = "") -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{more}>{escape(text)}</text>')

    def line(self, x0: float, y0: float, x1: float, y1: float, kind: str, more: str = "", title: str = "") -> None:
        about = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(
            f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" class="{kind}"{more}>{about}</line>'
        )


def as_svg(events: Iterable[Stamped], lang: str, title: str, stretch: Stretch = WHOLE) -> str:
    """Return the picture of a stretch of a run."""
    view = ClusterView()
    recent = Histories(view, keeps_messages=True)
    look = Look(lang=lang, between=stretch.between)
    for stamped in events:
        if isinstance(stamped.event, RunStarted):
            look.latency_ns = msgspec.convert(stamped.event.settings["network"], NetworkParameters).latency_ns
        view.apply(stamped)
        if stretch.until_ns is not None and stamped.t > stretch.until_ns and isinstance(stamped.event, MessageSent):
            continue  # what came of those in it may come later, and the verdict on a snapshot
        recent.apply(stamped)
        if len(recent.traffic.messages) > ROOM and stamped.t < stretch.since_ns:
            recent.traffic.messages.forget(stamped.t)
            recent.traffic.letters.forget(stamped.t)
    end_ns = view.now_ns if stretch.until_ns is None else min(stretch.until_ns, view.now_ns)
    between_nodes = stretch.between == "nodes"
    remembered = recent.traffic.messages if between_nodes else recent.traffic.letters
    excerpt = Excerpt(end_ns - stretch.since_ns, end_ns, stretch.show if between_nodes else "all")
    messages = list(remembered.rows(excerpt, view.now_ns, None)[0])[::-1]
    return _drawn(view, messages, look, title or view.title, stretch.since_ns, end_ns)


def _drawn(view: ClusterView, messages: list[MessageRow], look: Look, title: str, start_ns: int, end_ns: int) -> str:
    between_nodes = look.between == "nodes"
    if between_nodes:
        names = list(view.nodes)
    else:
        names = [
            one.name
            for one in view.processes.values()
            if one.created_ns <= end_ns and (one.ended_ns is None or one.ended_ns >= start_ns)
        ]
    latencies = (end_ns - start_ns) // max(1, look.latency_ns)
    wide = max(LEAST_WIDE, min(MOST_WIDE, max(WIDE_A_MESSAGE * len(messages), WIDE_A_LATENCY * latencies)))
    drawing = _Drawing(start_ns, end_ns, wide, {name: TOP + 30.0 + SPACING * at for at, name in enumerate(names)})
    snapshots = [
        one for one in view.snapshots.values() if any(start_ns <= t <= end_ns for t, _ in one.recorded.values())
    ]
    _scale(drawing)
    _lines(drawing, view, look)
    cuts = [one for one in cuts_of(snapshots) if between_nodes]
    for one in messages:
        _message(drawing, one, look, crowded=len(messages) > LABELLED)
    if between_nodes:
        _moves(drawing, view)
    for snapshot in snapshots if between_nodes else []:
        _cut(drawing, [one for one in cuts if one.snapshot == snapshot.started.snapshot], look)
    bottom = max(drawing.lines.values(), default=TOP) + 50
    rows = [snapshot_row(one, view.name_of) for one in snapshots] if between_nodes else []
    bottom = _told(drawing, rows, messages, look, bottom)
    head = _HEAD.filled(title=title, start=seconds(start_ns), end=seconds(end_ns), messages=len(messages))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + wide + RIGHT}" height="{bottom:.0f}" role="img">',
            f"<title>{escape(told(head, look.lang))}</title>",
            f"<style>{_STYLE}</style>",
            _ARROW_HEAD,
            f'<text x="{LEFT}" y="24" class="name">{escape(told(head, look.lang))}</text>',
            *drawing.parts,
            "</svg>\n",
        ]
    )


def _scale(drawing: _Drawing) -> None:
    step = tick_ns(max(1, drawing.end_ns - drawing.start_ns), max(1, drawing.wide // WIDE_A_TICK))
    bottom = max(drawing.lines.values(), default=TOP) + 20
    for instant in range(-(-drawing.start_ns // step) * step, drawing.end_ns + 1, step):
        x = drawing.x(instant)
        drawing.line(x, TOP, x, bottom, "tick")
        drawing.text(x + 3, TOP - 6, f"{instant_text(instant, step)} s", "dim")


def _lines(drawing: _Drawing, view: ClusterView, look: Look) -> None:
    """Draw the lines of nodes; those of processes in the colour of the node where they are, and dotted while they stand still."""
    for name, y in drawing.lines.items():
        drawing.text(8, y + 4, name, "name")
        if look.between == "nodes":
            drawing.line(LEFT, y, LEFT + drawing.wide, y, "line")
    if look.between == "nodes":
        return
    nodes = list(view.nodes)
    for process in view.processes.values():
        if process.name not in drawing.lines:
            continue
        y = drawing.lines[process.name]
        for node, from_ns, to_ns in way_of(process, view.migrations.values(), view.now_ns):
            if to_ns < drawing.start_ns or from_ns > drawing.end_ns:
                continue
            ink = INKS[nodes.index(node) % len(INKS)] if node in nodes else "#8f2f66"
            more = f' style="stroke: {ink}; stroke-width: 3"' + ("" if node else ' stroke-dasharray="3 4"')
            drawing.line(drawing.x(from_ns), y, drawing.x(to_ns), y, "line", more)
            if node:
                drawing.text(drawing.x(from_ns) + 4, y - 6, node, "", f' style="fill: {ink}"')


def _message(drawing: _Drawing, one: MessageRow, look: Look, *, crowded: bool) -> None:
    if one.source not in drawing.lines or one.destination not in drawing.lines:
        return
    y0, y1 = drawing.lines[one.source], drawing.lines[one.destination]
    ends_ns = one.arrived_ns if one.arrived_ns is not None else drawing.end_ns
    x0, x1 = drawing.x(one.sent_ns), drawing.x(ends_ns)
    share0, share1 = _inside(one.sent_ns, ends_ns, drawing)
    y0, y1 = y0 + (y1 - y0) * share0, y0 + (y1 - y0) * share1
    kind = "betrays" if one.betrays else "caught" if one.caught else "marker" if one.type in OF_CUTS else ""
    what = message_word(one.type, look.t) + (f" {one.about}" if one.about else "")
    fate = _ARRIVED.filled(time=duration(ends_ns - one.sent_ns)) if one.fate == "delivered" else _FATES[one.fate]
    about = _HELP.filled(
        name=one.name,
        what=what,
        source=one.source,
        destination=one.destination,
        bytes=one.bytes,
        sent=seconds(one.sent_ns),
        fate=fate,
    )
    head = ' marker-end="url(#head)"' if share1 >= 1 else ""
    drawing.line(x0, y0, x1, y1, f"message {kind} {one.fate}", head, told(about, look.lang))
    if not crowded or kind:
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        x, y = x0 + (x1 - x0) * 0.3, y0 + (y1 - y0) * 0.3
        drawing.text(x, y - 3, what, f"label {kind}", f' transform="rotate({angle:.1f} {x:.1f} {y:.1f})"')


def _inside(sent_ns: int, ends_ns: int, drawing: _Drawing) -> tuple[float, float]:
    """Return from which to which share of its way a message is in the stretch."""
    takes_ns = max(1, ends_ns - sent_ns)
    return (
        max(0.0, (drawing.start_ns - sent_ns) / takes_ns),
        min(1.0, (drawing.end_ns - sent_ns) / takes_ns) if ends_ns > drawing.end_ns else 1.0,
    )


def _moves(drawing: _Drawing, view: ClusterView) -> None:
    """Draw the way of migrating processes: from where they were frozen to where they went on."""
    for move in view.migrations.values():
        ends_ns = move.resumed_ns if move.resumed_ns is not None else move.committed_ns
        if move.frozen_ns is None or ends_ns is None or move.committed_ns is None:
            continue
        if ends_ns < drawing.start_ns or move.frozen_ns > drawing.end_ns:
            continue
        if {move.source, move.destination} - set(drawing.lines):
            continue
        x0, y0 = drawing.x(move.frozen_ns), drawing.lines[move.source]
        x1, y1 = drawing.x(ends_ns), drawing.lines[move.destination]
        drawing.line(x0, y0, x1, y1, "move", ' marker-end="url(#head)"', move.process)
        drawing.text(x0 - 4, y0 - 8, move.process, "moved", ' text-anchor="end"')


def _cut(drawing: _Drawing, cuts: list[CutRow], look: Look) -> None:
    """Draw where a snapshot cuts the lines of the nodes."""
    places = sorted((drawing.lines[one.node], drawing.x(one.at_ns)) for one in cuts if one.node in drawing.lines)
    if not places:
        return
    colour = CUT_COLOURS[cuts[0].verdict]
    above = 16 + 12 * (int(cuts[0].snapshot) % 2)  # two that are close have their names above each other
    ends = [(places[0][0] - above, places[0][1]), *places, (places[-1][0] + 18, places[-1][1])]
    points = " ".join(f"{x:.1f},{y:.1f}" for y, x in ends)
    drawing.parts.append(f'<polyline points="{points}" class="cut" style="stroke: {colour}"/>')
    drawing.text(
        places[0][1] + 4,
        places[0][0] - above + 6,
        f"{look.t('Snapshot')} {cuts[0].snapshot}",
        "",
        f' style="fill: {colour}"',
    )


def _told(drawing: _Drawing, snapshots: list[SnapshotRow], messages: list[MessageRow], look: Look, y: float) -> float:
    """Write below what each snapshot has recorded; return where that ends."""
    for snapshot in snapshots:
        title, _ = title_of(snapshot, look)
        drawing.text(LEFT, y, title, "name", f' style="fill: {CUT_COLOURS[snapshot.outcome]}"')
        for text, _ in lines_of(snapshot, messages[::-1], look):
            y += LINE_HEIGHT
            drawing.text(LEFT + 16, y, text)
        y += 2 * LINE_HEIGHT
    return y
