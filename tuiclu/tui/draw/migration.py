"""View 3: one migration: its phases on a time line, the pages at both ends, the rounds, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.model import screen
from tuiclu.tui.draw.glyphs import PAGE_STYLES, PAGES
from tuiclu.tui.look import duration, seconds, size

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame, MigrationRow, PageMaps
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look


def draw_migration(paper: Paper, frame: Frame, look: Look, top: int, bottom: int) -> None:
    """Draw into the lines from `top` to `bottom`, which is not included."""
    t = look.t
    one = look.opened(frame)
    if one is None:
        paper.put(2, top + 1, t("No process has migrated yet. Press m to move one."), "dim")
        _legend(paper, look, bottom - 1)
        return
    listed = min(len(frame.migrations), 3 if bottom - top < 26 else 6)
    y = _list(paper, frame, look, one, top, listed)
    y = _phases(paper, frame, look, one, y)
    y = _figures(paper, frame, look, one, y)
    _maps(paper, frame, look, one, y, bottom - 1)
    _legend(paper, look, bottom - 1)


def _list(paper: Paper, frame: Frame, look: Look, opened: MigrationRow, top: int, rows: int) -> int:
    t = look.t
    paper.rule(top, t("Migrations ({count})").format(count=len(frame.migrations)))
    index = next((at for at, one in enumerate(frame.migrations) if one.name == opened.name), 0)
    first = max(0, min(index - rows // 2, len(frame.migrations) - rows))
    for row, one in enumerate(frame.migrations[first : first + rows]):
        outcome = one.outcome or t("going on")
        freeze = duration(one.resumed_ns - one.frozen_ns) if one.resumed_ns and one.frozen_ns is not None else "-"
        line = (
            f"{'▶' if one.name == opened.name else ' '} {one.name:<7} {one.process:<9.9} {one.source}→{one.destination:<5} "
            f"{one.strategy:<18} {t(outcome):<12} {t('freeze')} {freeze:<9} {one.sent} {t('pages')}"
        )
        if one.outcome in ("refused", "aborted", "lost"):
            line += f"  {one.reason}"
        style = "chosen.row" if one.name == opened.name else "warn" if one.outcome not in (None, "completed") else ""
        paper.put(0, top + 1 + row, line.ljust(paper.width), style, width=paper.width, target=f"migration:{one.name}")
    return top + 1 + rows


PHASES = (("negotiation", "accent"), ("copying", "page.flying"), ("frozen", "frozen"), ("afterwards", "good"))


def _phases(paper: Paper, frame: Frame, look: Look, one: MigrationRow, y: int) -> int:
    """Draw the phases on a time line, to scale."""
    t = look.t
    end_ns = one.ended_ns or frame.now_ns
    marks = [one.started_ns, one.accepted_ns, one.frozen_ns, one.resumed_ns, end_ns]
    spans: list[tuple[str, str, int, int]] = []
    for (name, style), start, following in zip(PHASES, marks, range(1, 5), strict=False):
        if start is None:
            continue
        stop = next((mark for mark in marks[following:] if mark is not None), end_ns)
        spans.append((name, style, start, max(start, stop)))
    total = max(1, end_ns - one.started_ns)
    names = {
        "negotiation": t("negotiation"),
        "copying": t("copying"),
        "frozen": t("FROZEN"),
        "afterwards": t("afterwards"),
    }
    paper.rule(
        y,
        t("Phases of {migration}: {process} from {source} to {destination}").format(
            migration=one.name, process=one.process, source=one.source, destination=one.destination
        ),
    )
    width = paper.width - 2
    x = 1
    for name, style, start, stop in spans:
        cells = max(1 if stop > start else 0, round(width * (stop - start) / total))
        cells = min(cells, width + 1 - x)
        label = f"{names[name]} {duration(stop - start)}"
        text = label if len(label) + 2 <= cells else names[name] if len(names[name]) + 2 <= cells else ""
        paper.put(x, y + 1, f"├{text.center(max(0, cells - 2), '─')}┤"[:cells] if cells > 1 else "┃" * cells, style)
        x += cells
    said = "   ".join(f"{names[name]} {duration(stop - start)}" for name, _, start, stop in spans if stop > start)
    paper.put(1, y + 2, f"{seconds(one.started_ns)}   {said}", "dim", width=paper.width - 2)
    return y + 3


def _figures(paper: Paper, frame: Frame, look: Look, one: MigrationRow, y: int) -> int:
    t = look.t
    if one.frozen_ns is not None:
        stop = one.resumed_ns if one.resumed_ns is not None else one.ended_ns or frame.now_ns
        clock = f"{t('freeze clock')} {duration(stop - one.frozen_ns)}"
    else:
        clock = f"{t('freeze clock')} -"
    parts = [
        (clock, "frozen"),
        (f"   {one.sent} {t('pages sent')}, {one.sent - one.distinct} {t('of them again')}", ""),
        (f"   {size(one.bytes)}", ""),
        (f"   {t('asked for by')}: {t(one.initiated_by)}", "dim"),
        (f" ({one.reason})" if one.reason else "", "dim"),
        (f"   {t('frozen because')}: {one.frozen_because}" if one.frozen_because else "", "dim"),
    ]
    paper.runs(1, y, parts, paper.width - 2)
    left = "  ".join(
        f"{node} {t('on disk') if on_disk else t('in memory')}: {pages}" for node, on_disk, pages in one.left
    )
    if left or one.depends:
        needs = {"memory": t("it dies without"), "disk": t("it waits for the disk of"), "mail": t("cut off without")}
        told = [
            f"{needs[kind]} {', '.join(node for node, what in one.depends if what == kind)}"
            for kind in needs
            if any(what == kind for _, what in one.depends)
        ]
        depends = "; ".join(told) or t("nobody any more")
        after = t("{count} pages sent afterwards").format(count=one.after)
        waited = t("waited {count} times for a page, {time} in all").format(count=one.waits, time=duration(one.wait_ns))
        text = f"{t('left behind')}: {left or '-'}   {t('depends on')}: {depends}   {after}   {waited}"
        paper.put(1, y + 1, text, "warn" if one.depends else "dim", width=paper.width - 2)
    elif one.rounds:
        x = paper.put(1, y + 1, t("rounds") + " ", "dim")
        for number, each in enumerate(one.rounds, start=1):
            text = f"{number}: {each.pages} {t('pages')} {duration(each.duration_ns)}  "
            if x + len(text) > paper.width - 1:
                paper.put(x, y + 1, "…", "dim")
                break
            x = paper.put(x, y + 1, text)
    return y + 2


def _maps(paper: Paper, frame: Frame, look: Look, one: MigrationRow, top: int, bottom: int) -> None:
    t = look.t
    width = (paper.width - 1) // 2
    if bottom - top < 3:
        return
    pages = frame.details.pages if frame.details.migration == one.name else None
    gone = " " + t("(its copy is destroyed)") if one.committed_ns is not None else ""
    paper.box(0, top, width, bottom - top, t("{node}: source").format(node=one.source) + gone)
    paper.box(width + 1, top, width, bottom - top, t("{node}: destination").format(node=one.destination))
    if pages is None:
        paper.put(2, top + 1, t("its pages are forgotten") if one.ended_ns else "...", "dim")
        return
    inner = width - 4
    rows = bottom - top - 2
    scale = _map(paper, 2, top + 1, inner, rows, pages, pages.source)
    _map(paper, width + 3, top + 1, inner, rows, pages, pages.destination)
    if scale > 1:
        paper.put(2, bottom - 1, f" {t('a cell is {count} pages').format(count=scale)} ", "dim")


RANK = {state: rank for rank, state in enumerate("fadrmoskcgu")}
"""When a cell stands for several pages it shows the one of which there is most to tell."""


def _map(paper: Paper, x: int, y: int, width: int, rows: int, pages: PageMaps, states: str) -> int:
    """Draw the pages at one end, each run of consecutive ones on a line of its own; return the pages in a cell."""
    cells = max(1, width - 9) // 2 * 2
    scale = 1
    while _lines(pages.lengths, cells, scale) > rows and scale < 4096:
        scale *= 2
    row, at = 0, 0
    for first, length in zip(pages.first, pages.lengths, strict=True):
        for start in range(0, length, cells * scale):
            if row >= rows:
                return scale
            paper.put(x, y + row, f"{(first + start) << 12 & 0xFFFFFFFF:08x}", "dim")
            part = states[at + start : at + min(length, start + cells * scale)]
            for cell in range(-(-len(part) // scale)):
                state = min(part[cell * scale : (cell + 1) * scale], key=lambda one: RANK.get(one, 99))
                paper.put(x + 9 + cell, y + row, PAGES[state], PAGE_STYLES[state])
            row += 1
        at += length
    return scale


def _lines(lengths: tuple[int, ...], cells: int, scale: int) -> int:
    return sum(-(-length // (cells * scale)) for length in lengths)


def _legend(paper: Paper, look: Look, y: int) -> None:
    t = look.t
    names = {
        screen.UNTOUCHED: t("untouched"),
        screen.CLEAN: t("clean"),
        screen.DIRTY: t("dirty"),
        screen.FLYING: t("in flight"),
        screen.SENT: t("sent"),
        screen.AGAIN: t("sent again"),
        screen.REMOTE: t("remote"),
        screen.FETCHED: t("fetched"),
        screen.ON_DISK: t("on disk"),
        screen.GONE: t("gone"),
    }
    x = 0
    for state, name in names.items():
        if x + len(name) + 3 > paper.width:
            break
        x = paper.put(x, y, f" {PAGES[state]}", PAGE_STYLES[state])
        x = paper.put(x, y, f" {name}", "dim")
