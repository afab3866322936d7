"""Paper: a grid of characters, each with the name of a style; and the places on it that a mouse can hit.

Every character is one cell wide: what is written is made so.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from tuiclu.tui.draw.glyphs import ASCII


class Hit(NamedTuple):
    """A place on the paper, and what is there: `node:n1`, `process:n1.3`, `key:m`."""

    y: int
    left: int
    right: int
    target: str


class Run(NamedTuple):
    """Characters of one style."""

    text: str
    style: str


Words = tuple[str, str, str]
"""Text, style, and what the mouse finds there."""


def plain(text: str) -> str:
    """Return text as it may stand on paper: one line, each character one cell wide."""
    if text.isascii() and text.isprintable():
        return text
    out = []
    for character in unicodedata.normalize("NFC", text):
        if character in "\n\t\r":
            out.append(" ")
        elif unicodedata.combining(character):
            continue
        elif not character.isprintable():
            out.append("?")
        else:
            out.append("??" if unicodedata.east_asian_width(character) in "WF" else character)
    return "".join(out)


def shorten(text: str, width: int) -> str:
    """Return text cut to a number of cells."""
    if len(text) <= width:
        return text
    return text[: max(0, width - 1)] + "…" if width > 0 else ""


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` cells, broken between words."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += textwrap.wrap(paragraph, max(1, width), break_on_hyphens=False) or [""]
    return lines or [""]


def flow(words: Iterable[Words], width: int, indent: int) -> list[list[Words]]:
    """Break several texts, one behind the other, into lines of `width` cells, all but the first `indent` cells to the right."""
    lines: list[list[Words]] = [[]]
    room = width
    for text, style, target in words:
        for piece in re.findall(r"\s*\S+|\s+$", plain(text)):
            if len(piece) > room and room < width - indent:
                piece = piece.lstrip()
                lines.append([(" " * indent, "", "")])
                room = width - indent
            last = lines[-1][-1] if lines[-1] else None
            if last is not None and last[1:] == (style, target):
                lines[-1][-1] = (last[0] + piece, style, target)
            else:
                lines[-1].append((piece, style, target))
            room -= len(piece)
    return lines


def packed(items: Iterable[list[Words]], width: int, indent: int) -> list[list[Words]]:
    """Put items one behind the other into lines of `width` cells, each whole on one of them, all but the first line indented."""
    lines: list[list[Words]] = [[]]
    room = width
    for item in items:
        wide = sum(len(plain(text)) for text, _, _ in item)
        if wide > room and room < width - indent:
            lines.append([(" " * indent, "", "")])
            room = width - indent
        lines[-1] += item
        room -= wide
    return lines


class Paper:
    """See above. What does not fit is cut off."""

    def __init__(self, width: int, height: int, *, ascii_only: bool = False) -> None:
        self.width = width
        self.height = height
        self.hits: list[Hit] = []
        self._ascii = ascii_only
        self._characters = [[" "] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, style: str = "", *, width: int | None = None, target: str = "") -> int:
        """Write text, cut to `width`; return the column behind it."""
        text = plain(text)
        if width is not None:
            text = shorten(text, width)
        end = x + len(text)
        if not 0 <= y < self.height or x >= self.width:
            return end
        if x < 0:
            text, x = text[-x:], 0
        text = text[: self.width - x]
        right = x + len(text)
        self._characters[y][x:right] = text
        self._styles[y][x:right] = [style] * len(text)
        if target:
            self.hits.append(Hit(y, x, right, target))
        return end

    def runs(self, x: int, y: int, runs: Iterable[Words], width: int) -> int:
        """Write several texts one behind the other, within `width`; return the column behind them."""
        end = x + width
        for text, style, target in runs:
            if x >= end:
                break
            x = self.put(x, y, text, style, width=end - x, target=target)
        return x

    def put_cell(self, x: int, y: int, character: str, style: str) -> None:
        """Write a printable character of one cell, on the paper: for what is drawn of very many."""
        self._characters[y][x] = character
        self._styles[y][x] = style

    def is_blank(self, x: int, y: int, width: int) -> bool:
        """Tell whether nothing is written on a stretch of a line that is on the paper."""
        return (
            0 <= y < self.height
            and x >= 0
            and x + width <= self.width
            and all(one == " " for one in self._characters[y][x : x + width])
        )

    def style(self, x: int, y: int, width: int, style: str) -> None:
        """Give a stretch of a line another style."""
        if 0 <= y < self.height:
            left, right = max(0, x), max(0, min(self.width, x + width))
            self._styles[y][left:right] = [style] * (right - left)

    def hit(self, x: int, y: int, width: int, target: str) -> None:
        """Let the mouse find something in a stretch of a line."""
        self.hits.append(Hit(y, max(0, x), min(self.width, x + width), target))

    def blank(self, x: int, y: int, width: int, height: int) -> None:
        """Clear a part of the paper: what is written there, and what the mouse finds."""
        for row in range(y, y + height):
            self.put(x, row, " " * width)
        self.hits = [
            hit for hit in self.hits if not (y <= hit.y < y + height and hit.left < x + width and hit.right > x)
        ]

    def box(
        self, x: int, y: int, width: int, height: int, title: str, style: str = "frame", *, aside: str = ""
    ) -> None:
        """Draw a frame with a title at the left of its upper edge, and something at the right."""
        if width < 2 or height < 2:
            return
        self.put(x, y, "╭" + "─" * (width - 2) + "╮", style)
        self.put(x, y + height - 1, "╰" + "─" * (width - 2) + "╯", style)
        for row in range(y + 1, y + height - 1):
            self.put(x, row, "│", style)
            self.put(x + width - 1, row, "│", style)
        room = width - 4
        if aside and len(aside) + len(title) + 3 <= room:
            self.put(x + width - 3 - len(aside), y, f" {aside} ", "dim")
        if title and room > 0:
            self.put(x + 1, y, f" {shorten(plain(title), room)} ", "title" if style == "frame" else style)

    def rule(self, y: int, title: str, x: int = 0, width: int | None = None) -> None:
        """Draw a line across, with a title."""
        width = self.width - x if width is None else width
        self.put(x, y, "─" * width, "frame")
        if title:
            self.put(x + 1, y, f" {title} ", "title", width=width - 2)

    def target_at(self, x: int, y: int, kinds: tuple[str, ...] = ()) -> str:
        """Return what is at a place, the last that was put there: of `kinds`, or else of all kinds but `number`."""
        for hit in reversed(self.hits):
            if hit.y == y and hit.left <= x < hit.right:
                kind = hit.target.partition(":")[0]
                if kind in kinds or (not kinds and kind != "number"):
                    return hit.target
        return ""

    def characters(self, hit: Hit) -> str:
        """Return what is written at a place."""
        return "".join(self._characters[hit.y][hit.left : hit.right])

    def row(self, y: int) -> tuple[str, tuple[str, ...]]:
        """Return the characters of a line and the style of each."""
        text = "".join(self._characters[y])
        return (to_ascii(text) if self._ascii else text), tuple(self._styles[y])

    def lines(self) -> list[str]:
        """Return the text alone, without blanks at the ends of lines."""
        return [self.row(y)[0].rstrip() for y in range(self.height)]


def to_ascii(text: str) -> str:
    """Return text in ASCII alone, of the same width."""
    if text.isascii():
        return text
    text = text.translate(ASCII)
    if text.isascii():
        return text
    return "".join(
        one
        if one.isascii()
        else (unicodedata.normalize("NFKD", one)[0] if unicodedata.normalize("NFKD", one)[0].isascii() else "?")
        for one in text
    )


def runs_of(text: str, styles: tuple[str, ...]) -> list[Run]:
    """Return a line as stretches of one style each."""
    found, start = [], 0
    for style, group in groupby(styles):
        end = start + sum(1 for _ in group)
        found.append(Run(text[start:end], style))
        start = end
    return found
