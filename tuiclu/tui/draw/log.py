"""View 6: what happened, in sentences, as events, and what the programs wrote; and the human log of the nodes. With a filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from tuiclu.tui.draw.paper import wrapped
from tuiclu.tui.look import LOG_KINDS
from tuiclu.tui.numbers import number

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, Logged, Spoken
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look

STYLES = {
    "narration": "say",
    "question.asked": "say",
    "chapter.began": "title",
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
    "node.thrashing": "bad",
    "node.recovered": "good",
    "process.bounced": "warn",
    "eviction.started": "warn",
    "link.partitioned": "bad",
    "message.held": "warn",
    "message.lost": "warn",
    "command.refused": "warn",
    "invariant.violated": "bad",
}
"""Of a sentence, by the kind of its event."""


LEFT = 13
"""Cells for the instants."""
ROOMY = 100
"""Cells from which on the kinds of log have their long names."""
LEVELS = {"WARNING": "warn", "ERROR": "bad", "CRITICAL": "bad", "DEBUG": "dim"}
"""Styles of lines of the human log."""


def draw_spoken(paper: Paper, look: Look, spoken: Sequence[Spoken], top: int, bottom: int) -> None:
    """Draw sentences, the first of them at the top, each on as many lines as it needs."""
    y = top
    for one in spoken:
        if y < bottom:
            paper.put(0, y, f"{one.t / 1e9:11.6f}", "dim", target=number("told_at", "", f"{one.t} {one.kind} {y}"))
        for line in _broken(look, one, paper.width)[: max(0, bottom - y)]:
            paper.put(LEFT, y, line, STYLES.get(one.kind, ""), width=paper.width - LEFT - 1)
            y += 1


def last_that_fit(look: Look, spoken: Sequence[Spoken], rows: int, width: int) -> list[Spoken]:
    """Return the last sentences that a number of lines have room for: at least one."""
    return _that_fit(look, reversed(spoken), rows, width)[::-1]


def _that_fit(look: Look, spoken: Iterable[Spoken], rows: int, width: int) -> list[Spoken]:
    """Return the sentences that a number of lines have room for, as they come: at least one."""
    found: list[Spoken] = []
    for one in spoken:
        rows -= len(_broken(look, one, width))
        if found and rows < 0:
            break
        found.append(one)
    return found


def _broken(look: Look, one: Spoken, width: int) -> list[str]:
    """Return a sentence as lines."""
    text = one.text.get(look.lang) or next(iter(one.text.values()), "")
    return wrapped(text, width - LEFT - 1)


def draw_log(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    rows = bottom - top - 1
    lines = _found(look)
    if look.log_kind in ("events", "nodes"):
        look.scroll = max(0, min(look.scroll, len(lines) - rows))
        shown = lines[max(0, len(lines) - rows - look.scroll) : len(lines) - look.scroll]
    else:
        shown = _page(look, cast("list[Spoken]", lines), rows, paper.width)
    first = len(lines) - look.scroll - len(shown)  # the last ones, unless somebody has scrolled back
    _title(paper, look, top)
    if not lines:
        paper.put(2, top + 1, _nothing(look), "dim")
    elif len(lines) > len(shown):
        said = f" {first + 1}-{first + len(shown)}/{len(lines)} "
        paper.put(paper.width - len(said) - 1, top, said, "dim", target=number("lines"))
    if look.log_kind == "events":
        for row, line in enumerate(shown, start=top + 1):
            paper.put(0, row, str(line), "", width=paper.width)
    elif look.log_kind == "nodes":
        for row, one in enumerate(shown, start=top + 1):
            _draw_logged(paper, cast("Logged", one), row)
    else:
        draw_spoken(paper, look, cast("list[Spoken]", shown), top + 1, bottom)
    if look.find:
        for row in range(top + 1, bottom):
            _mark(paper, look.find, row)


def _page(look: Look, lines: Sequence[Spoken], rows: int, width: int) -> list[Spoken]:
    """Return the sentences that fit above the place to which somebody has scrolled; the first ones if that is the beginning."""
    look.scroll = max(0, min(look.scroll, len(lines) - 1))
    shown = last_that_fit(look, lines[: len(lines) - look.scroll], rows, width)
    if len(shown) + look.scroll < len(lines):
        return shown
    shown = _that_fit(look, lines, rows, width)
    look.scroll = len(lines) - len(shown)
    return shown


def _found(look: Look) -> Sequence[object]:
    """Return the lines of the kind that is looked at which contain what is looked for."""
    wanted = look.find.lower()
    match look.log_kind:
        case "events":
            return [line for line in look.events if wanted in line.lower()]
        case "nodes":
            return [one for one in look.logged if wanted in f"{one.level} {one.logger}: {one.text}".lower()]
        case kind:
            told = (one for one in look.spoken if kind == "sentences" or one.kind == "process.output")
            return [one for one in told if wanted in (one.text.get(look.lang) or "").lower()]


def _title(paper: Paper, look: Look, y: int) -> None:
    t = look.t
    names = {
        "sentences": t("in sentences"),
        "events": t("every event"),
        "output": t("what programs write"),
        "nodes": t("log of the nodes"),
    }
    if paper.width < ROOMY:
        names = {"sentences": t("sentences"), "events": t("events"), "output": t("output"), "nodes": t("nodes")}
    paper.put(0, y, "─" * paper.width, "frame")
    x = 1
    for kind in LOG_KINDS:
        style = "tab.active" if kind == look.log_kind else "tab"
        x = paper.put(x, y, f" {names[kind]} ", style, target=f"log:{kind}") + 1
    if look.find:
        paper.put(x, y, f" / {look.find} ", "warn", width=max(0, paper.width - x - 16))


def _nothing(look: Look) -> str:
    t = look.t
    if look.find:
        return t("Nothing contains `{text}`. Escape shows everything.").format(text=look.find)
    return t("Nothing so far.")


def _draw_logged(paper: Paper, one: Logged, y: int) -> None:
    """Draw a line of the human log: the time of day, who says it, and what."""
    paper.put(0, y, one.clock, "dim", target=number("clock", "", f"{one.clock} {y}"))
    x = paper.put(14, y, f"{one.logger:<8} ", "title")
    style = LEVELS.get(one.level, "")
    level = "" if one.level == "INFO" else f"{one.level} "
    paper.put(x, y, level + one.text, style, width=paper.width - x)


def _mark(paper: Paper, text: str, y: int) -> None:
    """Mark what was looked for."""
    line = paper.row(y)[0].lower()
    at = line.find(text.lower())
    while at >= 0:
        paper.style(at, y, len(text), "chosen.row")
        at = line.find(text.lower(), at + len(text))
