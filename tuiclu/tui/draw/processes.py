"""View 7: the processes of all nodes in one table, living ones and ended ones; sorted, and filtered by what is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.node import process_columns, row_style
from tuiclu.tui.draw.table import Row, draw_table, heading
from tuiclu.tui.numbers import number

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look


def draw_processes(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    found = look.listed(frame)
    living = sum(one.ended_ns is None for one in found)
    title = t("Processes of all nodes: {living} live, {ended} have ended").format(
        living=living, ended=len(found) - living
    )
    paper.rule(top, title)
    paper.hit(2, top, len(title), number("processes"))
    if look.find:
        paper.put(min(paper.width - 4, len(title) + 6), top, f" / {look.find} ", "warn")
    if not found:
        text = t("Nothing contains `{text}`. Escape shows everything.").format(text=look.find)
        paper.put(2, top + 2, text if look.find else t("Nothing so far."), "dim")
        return
    shown = max(1, bottom - top - 2)
    index = next((at for at, one in enumerate(found) if one.pid == look.pid), 0)
    first = max(0, min(index - shown // 2, len(found) - shown))
    listed = found[first : first + shown]
    columns = process_columns(look, listed, everywhere=True)
    rows = [Row("chosen.row" if one.pid == look.pid else row_style(one), f"process:{one.pid}") for one in listed]
    draw_table(paper, 1, top + 1, paper.width - 2, [heading(look, one) for one in columns], rows)
    if len(found) > shown:
        said = f" {first + 1}-{first + len(listed)}/{len(found)} "
        paper.put(paper.width - len(said) - 1, top, said, "dim", target=number("lines"))
