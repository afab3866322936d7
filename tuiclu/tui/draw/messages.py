"""View 5: a space-time diagram: a line for each node, time from left to right, and every message on its way from one to another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from tuiclu.tui.draw.table import Column, Row, draw_table, heading
from tuiclu.tui.look import duration, seconds, size
from tuiclu.tui.numbers import number
from tuiclu.tui.sorting import ordered
from tuiclu.tui.words import message_word

if TYPE_CHECKING:
    from tuiclu.model.frame import CutRow, Frame, MessageRow
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.draw.table import Column, Row, draw_table, heading
from tuiclu.tui.look import Look

STYLES = {"flying": "page.flying", "delivered": "wire.busy", "held": "warn", "lost": "bad"}
CUT_STYLES = {"": "dim", "consistent": "good", "inconsistent": "bad", "failed": "warn"}
"""Of the line of a snapshot, by what is known of it."""
LABEL = 7
"""Cells for the names of the nodes."""


def draw_messages(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    between_nodes = look.between == "nodes"
    found = frame.details.messages if between_nodes else frame.details.letters
    wanted = look.find.lower()
    messages = [
        one
        for one in found
        if wanted in f"{one.source} {one.destination} {message_word(one.type, t)} {one.about}".lower()
    ]
    listed = max(4, (bottom - top) // 3)
    rows = bottom - top - listed - 2
    _title(paper, look, top)
    touched = dict.fromkeys(name for one in messages for name in (one.source, one.destination))
    everyone = [one.name for one in (frame.nodes if between_nodes else frame.processes)]
    few = between_nodes and len(everyone) * 2 <= rows
    nodes = [name for name in everyone if few or name in touched][: max(1, rows // 2)]
    spacing = max(1, (rows - 1) // max(1, len(nodes) - 1))
    lines = {name: top + 1 + at * spacing for at, name in enumerate(nodes)}
    width = paper.width - LABEL - 1
    start_ns = frame.now_ns - look.span_ns

    def column(instant_ns: int) -> int:
        return LABEL + (instant_ns - start_ns) * (width - 1) // look.span_ns

    for name, y in lines.items():
        paper.put(0, y, name, "title", width=LABEL - 1)
        paper.put(LABEL, y, "─" * width, "frame")
    cuts = [cut for cut in frame.details.cuts if between_nodes and cut.node in lines and cut.at_ns > start_ns]
    betraying = {message for cut in cuts for message in cut.betrayed_by}
    for one in reversed(messages):
        _arrow(paper, frame, one, lines, column, "bad" if one.name in betraying else STYLES.get(one.fate, ""))
    _draw_cuts(paper, cuts, lines, column)
    y = top + 1 + rows
    paper.put(LABEL, y, seconds(max(0, start_ns)), "dim", target=number("edge", "", "left"))
    now = seconds(frame.now_ns)
    paper.put(paper.width - len(now) - 1, y, now, "dim", target=number("edge", "", "right"))
    paper.rule(y + 1, t("The latest"))
    rows_shown = ordered("messages", messages, look.order.get("messages"))
    _latest(paper, look, rows_shown[: max(0, bottom - y - 3)], y + 2)


def _title(paper: Paper, look: Look, y: int) -> None:
    t = look.t
    paper.put(0, y, "─" * paper.width, "frame")
    x = 1
    for between, name in (("nodes", t("between nodes")), ("processes", t("between processes"))):
        style = "tab.active" if between == look.between else "tab"
        x = paper.put(x, y, f" {name} ", style, target=f"between:{between}") + 1
    x = paper.put(
        x, y, f" {t('in the last {time}').format(time=duration(look.span_ns))} ", "dim", target=number("span")
    )
    if look.find:
        paper.put(x + 1, y, f" / {look.find} ", "warn")


def _draw_cuts(paper: Paper, cuts: list[CutRow], lines: dict[str, int], column: Callable[[int], int]) -> None:
    """Draw where each snapshot cuts the lines of the nodes, from the uppermost to the lowest; its number stands beside it."""
    for snapshot in dict.fromkeys(cut.snapshot for cut in cuts):
        marks = sorted((lines[cut.node], column(cut.at_ns), cut) for cut in cuts if cut.snapshot == snapshot)
        style = CUT_STYLES[marks[0][2].verdict]
        for (y0, x0, _), (y1, x1, _) in pairwise(marks):
            for y in range(y0 + 1, y1):
                x = x0 + (x1 - x0) * (y - y0) // (y1 - y0)
                if x >= LABEL:
                    paper.put(x, y, "┊", style)
        for y, x, _ in marks:
            if x >= LABEL:
                paper.put(x, y, "┃", style)
        y, x, _ = marks[0]
        paper.put(max(LABEL, x) + 1, y, snapshot, style)


def _arrow(
    paper: Paper, frame: Frame, one: MessageRow, lines: dict[str, int], column: Callable[[int], int], style: str
) -> None:
    if one.source not in lines or one.destination not in lines:
        return
    x0, y0 = column(one.sent_ns), lines[one.source]
    x1 = column(one.arrived_ns if one.arrived_ns is not None else frame.now_ns)
    y1 = lines[one.destination]
    if x1 < LABEL:
        return
    steps = max(1, abs(y1 - y0))
    down = y1 > y0
    reach = steps if one.arrived_ns is not None else max(1, steps * 2 // 3)
    for step in range(1, min(reach, steps - 1) + 1):
        x = x0 + (x1 - x0) * step // steps
        before = x0 + (x1 - x0) * (step - 1) // steps + 1
        if x > before and step > 1:
            left = max(LABEL, before)
            paper.put(left, y0 + (step if down else -step), "·" * (x - left), "dim")
        if x >= LABEL:
            slope = (x1 - x0) / steps
            paper.put(x, y0 + (step if down else -step), "│" if slope < 0.6 else "╲" if down else "╱", style)
    if x0 >= LABEL:
        paper.put(x0, y0, "●", style)
    if one.arrived_ns is not None:
        paper.put(x1, y1, "×" if one.fate == "lost" else "▼" if down else "▲", style)


def _latest(paper: Paper, look: Look, messages: list[MessageRow], y: int) -> None:
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
    draw_table(paper, 1, y, paper.width - 2, [heading(look, one) for one in columns], rows)
