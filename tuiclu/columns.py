"""Tables for people to read, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

Row = Sequence[str]
LEAST = 12
"""Cells of a first column that is made narrower."""


def table(rows: Sequence[Row]) -> list[str]:
    """Return rows of words as lines, each column as wide as its widest cell."""
    widths = _widths(rows)
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def figures(headings: Sequence[Row], rows: Sequence[Row], width: int) -> list[str]:
    """Return rows of figures as lines: what they are of stands in the first column, in several lines where the table is wider than `width`.

    The figures end at the same place. Behind the headings, in as many lines as there are rows of them, is a rule.
    """
    widest, *others = _widths([*headings, *rows])
    gap = 2 if widest + sum(others) + 2 * len(others) <= width else 1
    room = max(LEAST, width - sum(others) - gap * len(others))
    headed = [line for row in headings for line in _broken(row, room)]
    broken = [line for row in rows for line in _broken(row, room)]
    first = _widths([*headed, *broken])[0]

    def line(row: Row) -> str:
        cells = (cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))
        return (" " * gap).join([row[0].ljust(first), *cells]).rstrip()

    rule = "─" * (first + sum(others) + gap * len(others))
    return [*map(line, headed), rule, *map(line, broken)]


def _broken(row: Row, room: int) -> Iterator[Row]:
    """Yield the lines of a row: all that does not fit into the first column above, the figures in the last."""
    *above, last = textwrap.wrap(row[0], room) or [""]
    for part in above:
        yield [part, *("" for _ in row[1:])]
    yield [last, *row[1:]]


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
