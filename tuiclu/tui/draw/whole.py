"""The whole screen: header, tabs, the view that is looked at, and the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.counted import how_many
from tuiclu.texts import in_own_words, told
from tuiclu.tui.draw.closing import draw_closing
from tuiclu.tui.draw.footer import Word, draw_footer
from tuiclu.tui.draw.inquiry import draw_inquiry
from tuiclu.tui.draw.paper import Paper, shorten, wrapped
from tuiclu.tui.draw.question import draw_question
from tuiclu.tui.look import Look, seconds
from tuiclu.tui.numbers import number
from tuiclu.tui.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiclu.model.frame import Frame

LEAST = 60, 16
"""Columns and lines below which nothing sensible can be shown."""
ROOMY = 36
"""The height from which on more than two lines are spent on what is said above the footer."""


def draw(frame: Frame | None, look: Look, keys: Sequence[Word], width: int, height: int) -> Paper:
    """Return the screen. `keys` are those of the footer."""
    paper = Paper(width, height, ascii_only=look.ascii_only)
    t = look.t
    if width < LEAST[0] or height < LEAST[1]:
        asked = t("tuiclu needs {columns} columns and {lines} lines; here are {width} and {height}.").format(
            columns=LEAST[0], lines=LEAST[1], width=width, height=height
        )
        for row, part in enumerate(wrapped(asked, width)):
            paper.put(0, row, part, "warn")
        return paper
    if frame is None:
        paper.put(2, height // 2, t("The cluster starts ..."), "title")
        return paper
    _header(paper, frame, look)
    _tabs(paper, look)
    said = _said(frame, look, width - 2, 2 if height < ROOMY else 4)
    bottom = height - 1 - len(said)
    top = 2 + _chapters(paper, frame, look, 2)
    top += _caption(paper, frame, look, top, most=3)
    if look.closing and frame.closing:
        draw_closing(paper, frame, look, top, bottom)
    else:
        VIEWS[look.view].draw(paper, frame, look, top, bottom)
    draw_question(paper, frame, look, top, bottom)
    paper.blank(0, bottom, width, len(said))
    for row, (text, style) in enumerate(said, start=bottom):
        paper.put(1, row, text, style)
    draw_footer(paper, keys, height - 1)
    if look.asked:
        draw_inquiry(paper, frame, look)
    return paper


def _header(paper: Paper, frame: Frame, look: Look) -> None:
    t = look.t
    paper.put(0, 0, " " * paper.width, "header")
    modes = {
        "running": ("▶ " + t("runs"), "header.good"),
        "held": ("‖ " + t("paused"), "header.warn"),
        "stepping": ("→ " + t("step by {unit}").format(unit=t(look.step_unit)), "header.warn"),
        "waiting": ("‖ " + t("nothing is left to happen"), "header.warn"),
        "over": ("‖ " + t("the time is up"), "header.warn"),
        "saying": ("» " + t("go on: space"), "header.warn"),
        "asking": ("? " + t("a question"), "header.warn"),
        "ended": ("■ " + t("ended"), "header.warn"),
    }
    mode, style = modes.get(frame.mode, (frame.mode, "header"))
    if frame.resting:
        mode, style = "‖ " + t("waits for you"), "header.warn"
    if look.ended:
        mode, style = "■ " + t("ended"), "header.warn"
    pace = t("as fast as possible") if frame.factor is None else f"x{frame.factor:g}"
    if frame.mode == "running" and (frame.factor is None or frame.reached < 0.9 * frame.factor) and frame.reached > 0:
        pace += f" ({frame.reached:.2g})"
    if frame.slow and frame.factor is not None:
        pace = f"x{frame.factor:g} " + t("in slow motion")
    nodes = told(how_many(len(frame.nodes), "node"), look.lang)
    events = told(how_many(frame.events, "event"), look.lang)
    x = paper.put(0, 0, " tuiclu ", "header.name")
    x = paper.put(
        x + 1, 0, in_own_words(look.title, look.lang) or look.source, "header", width=max(8, paper.width - 62)
    )
    now = seconds(frame.now_ns)
    paper.hit(x + 2, 0, len(now), number("now"))
    x = paper.put(x + 2, 0, now, "header.time", target="key:go")
    x = paper.put(x + 2, 0, mode, style, target="key:space")
    paper.hit(x + 2, 0, len(pace), number("speed"))
    x = paper.put(x + 2, 0, pace, "header", target="key:plus")
    if look.read_only:
        x = paper.put(x + 2, 0, t("read only"), "header.warn")
    right = paper.width - len(nodes) - len(events) - 3
    if x < right:
        paper.put(right, 0, nodes, "header", target=number("nodes"))
        paper.put(right + len(nodes) + 2, 0, events, "header", target=number("events"))


def _tabs(paper: Paper, look: Look) -> None:
    t = look.t
    names = {name: t(view.title) for name, view in VIEWS.items()}
    full = sum(map(len, names.values()))
    gap = min(1, max(0, (paper.width - full) // len(names) - 4))
    pad = " " if full + 4 * len(names) <= paper.width else ""
    taken = len(f"{pad}1  ") + gap
    cut = next(
        cut for cut in range(20, 0, -1) if sum(min(cut, len(one)) + taken for one in names.values()) <= paper.width
    )
    x = 0
    for key, view in enumerate(VIEWS, start=1):
        name = names[view][:cut]
        style = "tab.active" if view == look.view else "tab"
        x = paper.put(x, 1, f"{pad}{key} {name} ", style, target=f"view:{view}") + gap
    chosen = f"{look.node or ''} {look.pid or ''}".strip()
    if x + len(chosen) + 3 < paper.width:
        paper.put(paper.width - len(chosen) - 2, 1, f"[{chosen}]", "dim")


def _chapters(paper: Paper, frame: Frame, look: Look, y: int) -> int:
    """Draw the chapters of a lesson, the present one among them, on one line; return how many lines it takes. Each can be clicked."""
    if not frame.chapters:
        return 0
    present = sum(one.began_ns is not None for one in frame.chapters)
    titles = [" ".join(in_own_words(one.title, look.lang).split()) for one in frame.chapters]
    room = (paper.width - 2) // len(titles) - 5
    x = 1
    for place, title in enumerate(titles, start=1):
        mark = "●" if place <= present else "○"
        style = "tab.active" if place == present else "dim"
        full = sum(len(one) + 5 for one in titles) <= paper.width - 2
        name = title if full else shorten(title, max(1, room))
        x = paper.put(x, y, f" {mark} {name} ", style, target=f"chapter:{place}") + 1
    return 1


def _caption(paper: Paper, frame: Frame, look: Look, y: int, most: int) -> int:
    """Draw what the script said last, on `most` lines at the most; return how many it takes."""
    text = in_own_words(frame.said, look.lang)
    if not text.strip():
        return 0
    lines = wrapped(f"» {' '.join(text.split())}", paper.width - 2)
    if len(lines) > most:
        lines = [*lines[: most - 1], shorten(lines[most - 1] + " …", paper.width - 2)]
    for row, line in enumerate(lines, start=y):
        paper.put(1, row, line, "say")
    return len(lines)


def _said(frame: Frame, look: Look, width: int, most: int) -> list[tuple[str, str]]:
    """Return the lines above the footer, whole as long as `most` of them are enough, and their styles."""
    t = look.t
    if look.ended:
        said = [(look.ended, "warn")]
    elif look.dragged:
        said = [(t("Drop {process} on the node that it is to move to.").format(process=look.dragged), "warn")]
    elif look.answers:
        refused_first = sorted(look.answers.items(), key=lambda one: (one[1].style != "bad", one[0]))
        said = [(one.text.get(look.lang, ""), one.style) for _, one in refused_first]
    else:
        said = [(look.notice, look.notice_style)]
    lines = [(part, style) for text, style in said for part in wrapped(text, width)]
    if len(lines) > most:
        lines = [*lines[: most - 1], (shorten(lines[most - 1][0] + " …", width), lines[most - 1][1])]
    return lines
