"""A table whose columns are as wide as what stands in them; where there is no room, those that tell least are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tuiclu.tui.draw.paper import Paper

GAP = 2


class Column(NamedTuple):
    """A column: its heading, and what stands in each row."""

    heading: str
    cells: Sequence[str]
    right: bool = False
    """Flush right."""
    weight: int = 9
    """Columns with less weight are left out first."""
    numbers: Sequence[str] = ()
    """The target of the number in each row; empty: it is none."""

    @property
    def width(self) -> int:
        return max(map(len, (self.heading, *self.cells)))


class Row(NamedTuple):
    """What is to be said about a row as a whole."""

    style: str
    target: str


def draw_table(paper: Paper, x: int, y: int, width: int, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Draw the heading at `y`, and the rows below it."""
    shown = fitting(columns, width)
    for number, row in enumerate(rows, start=1):
        paper.put(x, y + number, " " * width, row.style, target=row.target)
    for column in shown:
        wide = min(column.width, width)
        paper.put(x, y, column.heading.rjust(wide) if column.right else column.heading, "dim", width=width)
        for number, (cell, row) in enumerate(zip(column.cells, rows, strict=True), start=1):
            text = cell.rjust(wide) if column.right else cell
            paper.put(x, y + number, text, row.style, width=width)
            if column.numbers and column.numbers[number - 1]:
                paper.hit(
                    x + wide - len(cell) if column.right else x, y + number, len(cell), column.numbers[number - 1]
                )
        x += wide + GAP
        width -= wide + GAP


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit, in their order."""
    shown = list(columns)
    while len(shown) > 1 and sum(column.width + GAP for column in shown) - GAP > width:
        shown.remove(min(reversed(shown), key=lambda column: column.weight))
    return shown
