"""Thin lines on paper, of Braille dots: two columns and four lines of them in a cell."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiclu.tui.draw.paper import Paper

ACROSS, DOWN = 2, 4
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_EMPTY = 0x2800

Cell = tuple[int, int]


def line(start: Cell, end: Cell, share: float = 1.0) -> dict[Cell, int]:
    """Return the dots of a line between the middles of two cells, by cell, or of the first share of it."""
    x0, y0 = start
    return {(x0 + x, y0 + y): bits for x, y, bits in _shape(end[0] - x0, end[1] - y0, share)}


@lru_cache(4096)
def _shape(across: int, down: int, share: float) -> tuple[tuple[int, int, int], ...]:
    """Return the cells of a line that begins in the middle of a cell, from there on, and their dots: many messages take equally long."""
    wide, high = across * ACROSS, down * DOWN
    steps = max(1, abs(wide), abs(high))
    cells: dict[Cell, int] = {}
    for step in range(int(steps * share) + 1):
        x, y = wide * step // steps, high * step // steps + DOWN // 2
        cell = x // ACROSS, y // DOWN
        cells[cell] = cells.get(cell, 0) | _BITS[x % ACROSS][y % DOWN]
    return tuple((x, y, bits) for (x, y), bits in cells.items())


class Dots:
    """What is drawn with dots: lines that cross each other show both; the style is that of the last."""

    def __init__(self, is_free: Callable[[Cell], bool]) -> None:
        """`is_free`: where there may be dots."""
        self._is_free = is_free
        self._cells: dict[Cell, int] = {}
        self._styles: dict[Cell, str] = {}

    def add(self, cells: dict[Cell, int], style: str) -> list[Cell]:
        """Take a line; return the cells in which it is seen, in its order."""
        seen = [cell for cell in cells if self._is_free(cell)]
        for cell in seen:
            self._cells[cell] = self._cells.get(cell, 0) | cells[cell]
            self._styles[cell] = style
        return seen

    def put(self, paper: Paper) -> None:
        """Draw all of it."""
        for (x, y), bits in self._cells.items():
            if 0 <= y < paper.height and 0 <= x < paper.width:
                paper.put_cell(x, y, chr(_EMPTY + bits), self._styles[x, y])
