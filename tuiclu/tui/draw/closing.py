"""The end of a run over the view: who ended how, mean turnarounds, and what came of the expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.paper import wrapped

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

STYLES = {"figure": "accent", "note": "warn", "ok": "good", "failed": "bad", "end": "dim"}
"""Of a line, by its kind."""


def draw_closing(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included; what does not fit can be scrolled to."""
    t = look.t
    told = frame.closing.get(look.lang) or next(iter(frame.closing.values()))
    lines = [(STYLES.get(kind, ""), part) for kind, text in told for part in wrapped(text, paper.width - 2)]
    rows = bottom - top - 1
    look.scroll = max(0, min(look.scroll, len(lines) - rows))
    paper.rule(top, t("The end of the run: escape, or any view, shows the cluster"))
    if len(lines) > rows:
        said = f" {look.scroll + 1}-{min(len(lines), look.scroll + rows)}/{len(lines)} "
        paper.put(paper.width - len(said) - 1, top, said, "dim")
    for row, (style, line) in enumerate(lines[look.scroll : look.scroll + rows], start=top + 1):
        paper.put(1, row, line, style)
