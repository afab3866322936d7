"""The space-time diagram itself: lines for nodes or processes, arrows for messages, the cuts of snapshots, and the way of processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from tuiclu.model.traffic import OF_CUTS
from tuiclu.model.ways import way_of
from tuiclu.tui.draw.dots import Cell, Dots, line
from tuiclu.tui.timeline import tick_ns
from tuiclu.tui.words import message_word

if TYPE_CHECKING:
    from tuiclu.model.frame import CutRow, Frame, MessageRow
    from tuiclu.texts import Translate
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

STYLES = {"flying": "page.flying", "delivered": "wire.busy", "held": "warn", "lost": "bad"}
"""Of a message, by what has become of it."""
CUT_STYLES = {"": "accent", "consistent": "good", "inconsistent": "bad", "failed": "warn"}
"""Of the line of a snapshot, by what is known of it."""
MARKER_STYLE = "accent"
TICK_COLUMNS = 14
LABELS = 40
"""How many messages have a label, at most."""
NEARLY = 0.9
"""As far on its way is a message drawn that should have arrived."""
BITS = 8


@dataclass(frozen=True)
class Field:
    """Where the diagram is on the paper, and what its columns and lines stand for."""

    left: int
    width: int
    start_ns: int
    end_ns: int
    lines: dict[str, int]
    """By the name of a node or a process: its line."""

    @cached_property
    def _taken(self) -> frozenset[int]:
        return frozenset(self.lines.values())

    def column(self, instant_ns: int) -> int:
        """Return the column of an instant, which may lie outside."""
        return self.left + (instant_ns - self.start_ns) * (self.width - 1) // max(1, self.end_ns - self.start_ns)

    def has(self, x: int) -> bool:
        """Tell whether a column belongs to it."""
        return self.left <= x < self.left + self.width

    def is_free(self, cell: Cell) -> bool:
        """Tell whether a cell belongs to it, between the lines."""
        return self.has(cell[0]) and cell[1] not in self._taken


def draw_scale(paper: Paper, field: Field, y: int) -> list[int]:
    """Draw the instants below; return the columns that are marked."""
    step = tick_ns(field.end_ns - field.start_ns, max(1, field.width // TICK_COLUMNS))
    first = -(-max(0, field.start_ns) // step) * step
    places = []
    for instant in range(first, field.end_ns + 1, step):
        x = field.column(instant)
        text = instant_text(instant, step)
        if field.has(x) and x + len(text) + 1 < field.left + field.width:
            paper.put(x, y, f"╵{text}", "dim")
            places.append(x)
    return places


def instant_text(instant_ns: int, step_ns: int) -> str:
    """Return an instant with as many digits as its scale has."""
    digits = next((digits for digits in (0, 1, 2, 3, 4, 5, 6) if step_ns % 10 ** (9 - digits) == 0), 9)
    return f"{instant_ns / 1e9:.{digits}f}"


def draw_lines(paper: Paper, field: Field, now_ns: int) -> None:
    """Draw the lines of nodes: what is to come is not there yet."""
    begin, end = max(field.left, field.column(0)), min(field.left + field.width, field.column(now_ns) + 1)
    for name, y in field.lines.items():
        paper.put(0, y, name, "title", width=field.left - 1)
        paper.put(begin, y, "─" * (end - begin), "frame")


def draw_ways(paper: Paper, field: Field, frame: Frame, nodes: Sequence[str]) -> list[tuple[int, int, str, str]]:
    """Draw the lines of processes, each in the colour of its node, dotted while it moves, as long as the process lives.

    Return where which node is to be named, in which style: for whoever has drawn the messages.
    """
    names = []
    for process in frame.processes:
        y = field.lines.get(process.name)
        if y is None:
            continue
        paper.put(0, y, process.name, "title", width=field.left - 1)
        for node, from_ns, to_ns in way_of(process, frame.migrations, frame.now_ns):
            begin, end = max(field.left, field.column(from_ns)), min(field.left + field.width - 1, field.column(to_ns))
            if end < begin:
                continue
            if not node:
                paper.put(begin, y, "╌" * (end - begin + 1), "frozen")
                continue
            ink = f"ink.{nodes.index(node) % 6 + 1}" if node in nodes else "frame"
            paper.put(begin, y, "─" * (end - begin + 1), ink)
            if end - begin > len(node) + 1:
                names.append((begin, y, f"{node} ", ink))
    return names


def draw_moves(paper: Paper, field: Field, frame: Frame) -> None:
    """Draw the way of migrating processes between the lines of nodes: from where they were frozen to where they went on."""
    dots = Dots(field.is_free)
    for move in frame.migrations:
        if move.frozen_ns is None or move.committed_ns is None or {move.source, move.destination} - set(field.lines):
            continue
        ends_ns = move.resumed_ns if move.resumed_ns is not None else frame.now_ns
        ends = [
            (field.column(move.frozen_ns), field.lines[move.source]),
            (field.column(ends_ns), field.lines[move.destination]),
        ]
        if ends[1][0] < field.left or ends[0][0] >= field.left + field.width:
            continue
        dots.add(line(ends[0], ends[1]), "frozen")
        for x, y in ends:
            if field.has(x):
                paper.put(x, y, f"◆{move.process}", "frozen")
    dots.put(paper)


def draw_arrows(
    paper: Paper, field: Field, frame: Frame, look: Look, messages: Sequence[MessageRow], cut: str
) -> list[tuple[MessageRow, list[Cell]]]:
    """Draw messages, those last that matter most; return where each is seen, in that order. `cut`: the snapshot that is looked at."""
    drawn = sorted(messages, key=lambda one: (_weight(one, cut), one.sent_ns))
    dots = Dots(field.is_free)
    places = [(one, _arrow(paper, field, frame, look, one, _style(one, cut), dots)) for one in drawn]
    dots.put(paper)
    return places


def draw_labels(
    paper: Paper, field: Field, places: Sequence[tuple[MessageRow, list[Cell]]], cut: str, t: Translate
) -> None:
    """Write beside messages what they are, as long as there is room: first beside those that matter most."""
    labelled = 0
    for one, cells in reversed(places):
        if cut and not _weight(one, cut):
            break
        if labelled < LABELS and cells and _label(paper, field, cells, _words(one, cut, t), _style(one, cut)):
            labelled += 1


def _weight(one: MessageRow, cut: str) -> int:
    """Return how much a message matters beside a snapshot."""
    if not cut:
        return 0 if one.fate == "delivered" else 1
    return 3 if cut in one.betrays else 2 if cut in one.caught else 1 if one.type in OF_CUTS else 0


def _style(one: MessageRow, cut: str) -> str:
    """Return how a message looks: beside a snapshot, those recede that have nothing to do with it."""
    match _weight(one, cut) if cut else None:
        case 3:
            return "bad"
        case 2:
            return "good"
        case 1:
            return MARKER_STYLE
        case 0:
            return "dim" if one.fate in ("delivered", "flying") else STYLES[one.fate]
        case _:
            return MARKER_STYLE if one.type in OF_CUTS else STYLES.get(one.fate, "")


def _words(one: MessageRow, cut: str, t: Translate) -> str:
    """Return the label of a message."""
    what = message_word(one.type, t)
    about = f" {one.about}" if one.about else ""
    late = {2: f" {t('in the channel')}", 3: f" {t('from the future')}"}.get(_weight(one, cut), "") if cut else ""
    return f"{what}{about}{late}"


def _arrow(paper: Paper, field: Field, frame: Frame, look: Look, one: MessageRow, style: str, dots: Dots) -> list[Cell]:
    """Draw a message as far as it has come; return the cells between the lines in which it is seen."""
    if one.source not in field.lines or one.destination not in field.lines:
        return []
    y0, y1 = field.lines[one.source], field.lines[one.destination]
    x0, share = field.column(one.sent_ns), 1.0
    if one.arrived_ns is not None:
        x1 = field.column(one.arrived_ns)
    else:
        takes_ns = look.latency_ns + one.bytes * BITS * 10**9 // max(1, look.bandwidth_bps)
        x1 = field.column(max(one.sent_ns + takes_ns, frame.now_ns))
        share = min(NEARLY, round((frame.now_ns - one.sent_ns) / max(1, takes_ns), 2))
    if x1 < field.left or x0 >= field.left + field.width:
        return []
    head = "▼" if y1 > y0 else "▲"
    cells = dots.add(line((x0, y0), (x1, y1), share), style)
    if field.has(x0):
        paper.put(x0, y0, "●", style)
    if one.arrived_ns is not None and field.has(x1):
        paper.put(x1, y1, "×" if one.fate == "lost" else head, style)
    return cells


def _label(paper: Paper, field: Field, cells: list[Cell], text: str, style: str) -> bool:
    """Write the label of a message beside its arrow, where nothing is yet; tell whether there was room."""
    rows = set(field.lines.values())
    middle = cells[len(cells) // 2][1]
    for x, y in sorted(cells, key=lambda cell: abs(cell[1] - middle)):
        if y in rows:
            continue
        for left in (x + 2, x - 1 - len(text)):
            right = left + len(text)
            if left > field.left and right < field.left + field.width and paper.is_blank(left - 1, y, len(text) + 2):
                paper.put(left, y, text, style)
                return True
    return False


def draw_cuts(paper: Paper, field: Field, cuts: Sequence[CutRow]) -> None:
    """Draw where each snapshot cuts the lines of the nodes, from the uppermost to the lowest; its number stands beside it."""
    for snapshot in dict.fromkeys(cut.snapshot for cut in cuts):
        marks = sorted(
            (field.lines[cut.node], field.column(cut.at_ns), cut) for cut in cuts if cut.snapshot == snapshot
        )
        style = CUT_STYLES[marks[0][2].verdict]
        for (y0, x0, _), (y1, x1, _) in pairwise(marks):
            for y in range(y0 + 1, y1):
                x = x0 + (x1 - x0) * (y - y0) // (y1 - y0)
                if field.has(x):
                    paper.put(x, y, "┊", style)
        for y, x, _ in marks:
            if field.has(x):
                paper.put(x, y, "┃", style)
        y, x, _ = marks[0]
        paper.put(max(field.left, x) + 1, y, snapshot, style)
