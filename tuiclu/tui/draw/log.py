"""View 6: what happened, in sentences, as events, and what the programs wrote; with a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.look import LOG_KINDS

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Spoken
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

STYLES = {
    "narration": "say",
    "question.asked": "say",
    "process.output": "output",
    "process.created": "good",
    "process.exited": "good",
    "process.stopped": "stopped",
    "process.continued": "good",
    "migration.started": "accent",
    "migration.accepted": "accent",
    "migration.frozen": "frozen",
    "migration.round": "accent",
    "migration.committed": "accent",
    "migration.resumed": "accent",
    "negotiation.refused": "warn",
    "migration.aborted": "warn",
    "migration.lost": "bad",
    "node.crashed": "bad",
    "link.partitioned": "bad",
    "message.held": "warn",
    "message.lost": "warn",
    "command.refused": "warn",
    "invariant.violated": "bad",
}
"""Of a sentence, by the kind of its event."""


def draw_spoken(paper: Paper, look: Look, spoken: list[Spoken], top: int, bottom: int) -> None:
    """Draw sentences, one a line."""
    for row, one in enumerate(spoken[: bottom - top]):
        x = paper.put(0, top + row, f"{one.t / 1e9:11.6f} ", "dim")
        text = one.text.get(look.lang) or next(iter(one.text.values()), "")
        paper.put(x + 1, top + row, text, STYLES.get(one.kind, ""), width=paper.width - x - 2)


def draw_log(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    names = {"sentences": t("in sentences"), "events": t("every event"), "output": t("what programs write")}
    paper.put(0, top, "─" * paper.width, "frame")
    x = 1
    for kind in LOG_KINDS:
        style = "tab.active" if kind == look.log_kind else "tab"
        x = paper.put(x, top, f" {names[kind]} ", style, target=f"log:{kind}") + 1
    if look.find:
        paper.put(x, top, f" / {look.find} ", "warn", width=paper.width - x)
    rows = bottom - top - 1
    if look.log_kind == "events":
        lines = [line for line in look.events if look.find.lower() in line.lower()]
        first = _first(len(lines), rows, look)
        for row, line in enumerate(lines[first : first + rows]):
            paper.put(0, top + 1 + row, line, "", width=paper.width)
        count = len(lines)
    else:
        wanted = look.find.lower()
        chosen = [
            one
            for one in look.spoken
            if (look.log_kind == "sentences" or one.kind == "process.output")
            and wanted in (one.text.get(look.lang) or "").lower()
        ]
        first = _first(len(chosen), rows, look)
        draw_spoken(paper, look, chosen[first : first + rows], top + 1, bottom)
        count = len(chosen)
    if count > rows:
        paper.put(paper.width - 14, top, f" {first + 1}-{min(count, first + rows)}/{count} ", "dim")


def _first(count: int, rows: int, look: Look) -> int:
    """Return the first line to be shown: the last ones are, unless somebody has scrolled back."""
    look.scroll = max(0, min(look.scroll, count - rows))
    return max(0, count - rows - look.scroll)
