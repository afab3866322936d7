"""Where a number comes from: the numbers on the paper that can be asked about, and the explanation of the one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.paper import Hit, wrapped
from tuiclu.tui.look import seconds
from tuiclu.tui.numbers import IDEAS, NUMBERS, ORIGINS, parts

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look


def numbers_on(paper: Paper) -> list[Hit]:
    """Return the numbers that can be asked about, as they are read; one that is written twice counts once."""
    found: dict[str, Hit] = {}
    for hit in paper.hits:
        if hit.target.startswith("number:") and hit.y < paper.height and (text := paper.characters(hit)).strip():
            left = hit.left + len(text) - len(text.lstrip())
            found.setdefault(hit.target, Hit(hit.y, left, left + len(text.strip()), hit.target))
    return sorted(found.values())


def nearest(paper: Paper, x: int, y: int) -> str:
    """Return the number that is nearest to a place; empty if there is none."""
    found = numbers_on(paper)
    return min(found, key=lambda hit: (abs(hit.y - y) * 3 + _away(hit, x), hit)).target if found else ""


def neighbour(paper: Paper, asked: str, across: int, down: int) -> str:
    """Return the number beside another: so many further as they are read, or the nearest so many lines with numbers further down."""
    found = numbers_on(paper)
    at = next((index for index, hit in enumerate(found) if hit.target == asked), None)
    if at is None:
        return found[0].target if found else ""
    if across:
        return found[(at + across) % len(found)].target
    lines = sorted({hit.y for hit in found})
    y = lines[(lines.index(found[at].y) + down) % len(lines)]
    return min((hit for hit in found if hit.y == y), key=lambda hit: _away(hit, found[at].left)).target


def _away(hit: Hit, x: int) -> int:
    return max(hit.left - x, x - hit.right + 1, 0)


def draw_inquiry(paper: Paper, frame: Frame, look: Look) -> None:
    """Mark what can be asked about, and explain what is asked. A number that is no longer shown gives way to the one next to its place."""
    found = numbers_on(paper)
    asked = next((hit for hit in found if hit.target == look.asked), None)
    if asked is None:
        look.asked = nearest(paper, *look.asked_at)
        asked = next((hit for hit in found if hit.target == look.asked), None)
    if asked is None:
        return
    look.asked_at = asked.left, asked.y
    shown = paper.characters(asked)
    for hit in found:
        paper.style(hit.left, hit.y, hit.right - hit.left, "number")
    paper.style(asked.left, asked.y, asked.right - asked.left, "number.asked")
    t = look.t
    width = min(paper.width, 100)
    labels = t("It says"), t("Computed"), t("Comes from"), t("It shows")
    indent = max(map(len, labels)) + 2
    lines: list[tuple[str, str]] = []
    for label, text in zip(labels, explanation(frame, look, look.asked), strict=True):
        for part in wrapped(text, width - 4 - indent):
            lines.append((label, part))
            label = ""
    height = min(len(lines) + 2, paper.height)
    x = max(0, min(asked.left - 4, paper.width - width))
    below, above = asked.y + 1, asked.y - height
    y = below if below + height < paper.height else above if above >= 0 else max(0, paper.height - height)
    paper.blank(x, y, width, height)
    hint = t("arrows: another number; i: back")
    paper.box(x, y, width, height, f"{title_of(frame, look)}: {shown}", "chosen", aside=hint)
    for row, (label, text) in enumerate(lines, start=1):
        paper.put(x + 2, y + row, label, "dim")
        paper.put(x + 2 + indent, y + row, text)


def title_of(frame: Frame, look: Look) -> str:
    """Return which number it is, and of what."""
    name, about = parts(look.asked)
    process = next((one for one in frame.processes if one.pid == about), None)
    owner = f"{process.name} ({process.pid})" if process is not None else about
    title = look.t(NUMBERS[name].name)
    return f"{title}, {owner}" if owner else title


def explanation(frame: Frame, look: Look, asked: str) -> tuple[str, str, str, str]:
    """Return what a number says, how it is computed, where it came from last, and which idea it shows."""
    t = look.t
    number = NUMBERS[parts(asked)[0]]
    sources = [
        f"{one.kind} ({seconds(one.t)}, {t('number')} {one.seq})"
        for one in frame.details.sources
        if one.kind in number.kinds
    ][:4]
    if number.kinds and not sources:
        missing = t("that event is too long ago") if number.pick else t("no event of these kinds yet: {kinds}")
        sources.append(missing.format(kinds=", ".join(number.kinds[:3])))
    if number.origin:
        sources.append(t(ORIGINS[number.origin]))
    return t(number.what), t(number.how), "; ".join(sources), t(IDEAS[number.idea])
