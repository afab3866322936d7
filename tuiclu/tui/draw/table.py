"""A table whose columns are as wide as what stands in them; where there is no room, those that tell least are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

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
    name: str = ""
    """Its heading in English, if the table can be sorted by it."""

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
        title = column.heading.rjust(wide) if column.right else column.heading
        paper.put(x, y, title, "dim", width=width, target=f"sort:{column.name}" if column.name else "")
        for number, (cell, row) in enumerate(zip(column.cells, rows, strict=True), start=1):
            text = cell.rjust(wide) if column.right else cell
            paper.put(x, y + number, text, row.style, width=width)
            if column.numbers and column.numbers[number - 1]:
                paper.hit(
                    x + wide - len(cell) if column.right else x, y + number, len(cell), column.numbers[number - 1]
                )
        x += wide + GAP
        width -= wide + GAP


def heading(look: Look, column: Column) -> Column:
    """Return a column whose heading says in which direction the table is sorted by it; it keeps its place whatever is left out."""
    order = look.order.get(look.view)
    if order is None or not column.name or order.column != column.name:
        return column
    return column._replace(heading=f"{column.heading} {'▼' if order.descending else '▲'}", weight=10)


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit, in their order."""
    shown = list(columns)
    while len(shown) > 1 and sum(column.width + GAP for column in shown) - GAP > width:
        shown.remove(min(reversed(shown), key=lambda column: column.weight))
    return shown
