"""View 5: a space-time diagram: lines for nodes or processes, time from left to right, every message on its way, the cuts of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.model.traffic import Excerpt
from tuiclu.tui.draw.diagram import (
    STYLES,
    Field,
    draw_arrows,
    draw_cuts,
    draw_labels,
    draw_lines,
    draw_moves,
    draw_scale,
    draw_ways,
)
from tuiclu.tui.draw.recorded import draw_recorded
from tuiclu.tui.draw.table import Column, Row, draw_table, heading
from tuiclu.tui.look import duration, seconds, size, snapshots_in
from tuiclu.tui.numbers import number
from tuiclu.tui.sorting import ordered
from tuiclu.tui.words import message_word

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, MessageRow, SnapshotRow
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

LABEL = 7
"""Cells for the names of the nodes."""
BESIDE = 116
"""Columns from which on the table and what a snapshot has recorded stand side by side."""


def draw_messages(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    between_nodes = look.between == "nodes"
    messages = wanted(frame.details.messages if between_nodes else frame.details.letters, look)
    width = paper.width - LABEL - 1
    look.timeline.adapt([one.sent_ns for one in messages], frame.now_ns, look.latency_ns, width)
    start_ns, end_ns = look.timeline.window(frame.now_ns)
    snapshot = snapshot_of(frame, look, start_ns, end_ns) if between_nodes else None
    listed = max(5, (bottom - top) // 3) if snapshot is None else max(6, (bottom - top) * 2 // 5)
    rows = bottom - top - listed - 1
    field = Field(LABEL, width, start_ns, end_ns, _lines(frame, look, messages, top + 1, rows))
    _title(paper, frame, look, top)
    cuts = [cut for cut in frame.details.cuts if between_nodes and cut.node in field.lines]
    cuts = [cut for cut in cuts if start_ns <= cut.at_ns <= end_ns]
    places = []
    if between_nodes:
        draw_lines(paper, field, frame.now_ns)
        draw_moves(paper, field, frame)
    else:
        places = draw_ways(paper, field, frame, [node.name for node in frame.nodes])
    cut = snapshot.snapshot if snapshot is not None else ""
    arrows = draw_arrows(paper, field, frame, look, messages, cut)
    draw_cuts(paper, field, cuts)
    draw_labels(paper, field, arrows, cut, look.t)
    for place in places:
        paper.put(*place)
    _edges(paper, field, top + rows)
    _below(paper, frame, look, messages, snapshot, top + rows + 1, bottom)


def wanted(messages: tuple[MessageRow, ...], look: Look) -> list[MessageRow]:
    """Return the messages of the kind that is looked at which contain every word that is looked for, and none of those behind a `-`."""
    words = look.find.lower().split()
    excerpt = Excerpt(show=look.timeline.show if look.between == "nodes" else "all")
    return [
        one
        for one in messages
        if excerpt.shows(one)
        and all(
            (
                word.removeprefix("-")
                in f"{one.source} {one.destination} {message_word(one.type, look.t)} {one.about}".lower()
            )
            != (word.startswith("-") and len(word) > 1)
            for word in words
        )
    ]


def snapshot_of(frame: Frame, look: Look, start_ns: int, end_ns: int) -> SnapshotRow | None:
    """Return the snapshot that was chosen, if it has something in a stretch of time, else the latest that has."""
    seen = snapshots_in(frame, start_ns, end_ns)
    return next((one for one in seen if one.snapshot == look.snapshot), seen[-1] if seen else None)


def _lines(frame: Frame, look: Look, messages: list[MessageRow], top: int, rows: int) -> dict[str, int]:
    """Return the line of each node or process that there is room for: of many, those that have something to say."""
    touched = dict.fromkeys(name for one in messages for name in (one.source, one.destination))
    between_nodes = look.between == "nodes"
    everyone = [one.name for one in (frame.nodes if between_nodes else frame.processes)]
    few = between_nodes and len(everyone) * 2 <= rows
    names = [name for name in everyone if few or name in touched][: max(1, (rows - 1) // 2)]
    spacing = max(1, (rows - 2) // max(1, len(names) - 1))
    return {name: top + at * spacing for at, name in enumerate(names)}


def _title(paper: Paper, frame: Frame, look: Look, y: int) -> None:
    t, timeline = look.t, look.timeline
    paper.put(0, y, "─" * paper.width, "frame")
    x = 1
    for between, name in (("nodes", t("between nodes")), ("processes", t("between processes"))):
        style = "tab.active" if between == look.between else "tab"
        x = paper.put(x, y, f" {name} ", style, target=f"between:{between}") + 1
    if timeline.end_ns is None:
        stretch = t("in the last {time}").format(time=duration(timeline.span_ns))
    else:
        start_ns, end_ns = timeline.window(frame.now_ns)
        stretch = t("looking back: {start} to {end}").format(start=seconds(max(0, start_ns)), end=seconds(end_ns))
    x = paper.put(x, y, f" {stretch} ", "dim" if timeline.end_ns is None else "warn", target=number("span"))
    if look.between == "nodes":
        shows = {"calm": t("without loads"), "cut": t("about snapshots only"), "all": t("everything")}
        x = paper.put(x, y, f" o {shows[timeline.show]} ", "dim", target="key:only")
    if frame.details.left_out and look.between == "nodes":
        x = paper.put(x, y, f" {t('{count} earlier ones are not drawn').format(count=frame.details.left_out)} ", "warn")
    if look.find:
        paper.put(x + 1, y, f" / {look.find} ", "warn")


def _edges(paper: Paper, field: Field, y: int) -> None:
    """Draw the scale, and the instants at both ends of it."""
    draw_scale(paper, field, y)
    begins, ends = seconds(max(0, field.start_ns)), seconds(field.end_ns)
    paper.put(0, y, " " * (field.left + len(begins) + 1))
    paper.put(field.left, y, begins, "dim", target=number("edge", "", "left"))
    paper.put(paper.width - len(ends) - 3, y, "  ")
    paper.put(paper.width - len(ends) - 1, y, ends, "dim", target=number("edge", "", "right"))


def _below(
    paper: Paper,
    frame: Frame,
    look: Look,
    messages: list[MessageRow],
    snapshot: SnapshotRow | None,
    y: int,
    bottom: int,
) -> None:
    """Draw the latest messages as a table, and what a snapshot has recorded, beside it or in its place."""
    width = paper.width
    if snapshot is not None:
        left = width // 2 if width >= BESIDE else 0
        draw_recorded(paper, look, snapshot, list(frame.details.messages), left, y, width - left, bottom - y)
        width = left - 1
    if width > 0:
        paper.rule(y, look.t("The latest"), 0, width)
        shown = ordered("messages", messages, look.order.get("messages"))
        _latest(paper, look, shown[: max(0, bottom - y - 2)], y + 1, width)


def _latest(paper: Paper, look: Look, messages: list[MessageRow], y: int, width: int) -> None:
    """Draw the latest messages as a table."""
    t = look.t
    fates = {
        "flying": t("on its way"),
        "delivered": t("arrived after"),
        "held": t("waits at the cut"),
        "lost": t("lost after"),
    }
    took = [duration(one.arrived_ns - one.sent_ns) if one.arrived_ns is not None else "" for one in messages]
    asked = [number("message", one.source if look.between == "nodes" else "", one.name) for one in messages]
    columns = [
        Column(t("sent"), [seconds(one.sent_ns) for one in messages], right=True, numbers=asked, name="sent"),
        Column(t("message"), [one.name for one in messages], weight=2),
        Column(t("from, to"), [f"{one.source}→{one.destination}" for one in messages], name="from, to"),
        Column(t("what"), [message_word(one.type, t) for one in messages], name="what"),
        Column(t("bytes"), [size(one.bytes) for one in messages], right=True, weight=3, name="bytes"),
        Column("", [f"{fates.get(one.fate, one.fate)} {late}" for one, late in zip(messages, took, strict=True)]),
        Column(t("about"), [one.about for one in messages], weight=1, name="about"),
    ]
    rows = [Row(STYLES.get(one.fate, "") if one.fate != "delivered" else "", "") for one in messages]
    draw_table(paper, 1, y, width - 2, [heading(look, one) for one in columns], rows)
