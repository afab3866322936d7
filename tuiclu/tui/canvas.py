"""The widget that shows paper: only lines that have changed are drawn again."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tuiclu.tui.draw.paper import Paper, runs_of
from tuiclu.tui.styles import style_of


class Canvas(Widget):
    """Shows paper. Give it a new one with `show`."""

    DEFAULT_CSS = "Canvas { width: 100%; height: 1fr; }"
    ALLOW_SELECT = False
    FOCUS_ON_CLICK = False  # a click beside the prompt leaves it where it is
    can_focus = True

    class Measured(Message):
        """It has another size: what it shows is to be drawn for that."""

    def on_resize(self) -> None:
        """Tell of the size; the first one comes when a frame may have been there already."""
        self.post_message(self.Measured())

    def __init__(self, theme: str) -> None:
        super().__init__(id="canvas")
        self.colours = theme
        """The name of the theme."""
        self.paper = Paper(0, 0)
        self._rows: list[tuple[str, tuple[str, ...]]] = []

    def show(self, paper: Paper) -> None:
        """Show this from now on."""
        rows = [paper.row(y) for y in range(paper.height)]
        old, self._rows, self.paper = self._rows, rows, paper
        if len(old) != len(rows):
            self.refresh()
            return
        changed = [y for y, (before, after) in enumerate(zip(old, rows, strict=True)) if before != after]
        if changed:
            self.refresh(*(Region(0, y, paper.width, 1) for y in changed))

    def repaint(self, theme: str) -> None:
        """Show the same in another theme."""
        self.colours = theme
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        if y >= len(self._rows):
            return Strip([segment(" " * self.size.width, "", self.colours)], self.size.width)
        text, styles = self._rows[y]
        return Strip([segment(run.text, run.style, self.colours) for run in runs_of(text, styles)], len(text))


@lru_cache(8192)
def segment(text: str, style: str, theme: str) -> Segment:
    """Return a stretch of text in a style of a theme."""
    return Segment(text, style_of(theme, style))
