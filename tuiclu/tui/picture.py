"""Pictures of the screen as SVG, complete in themselves."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from tuiclu.tui.draw.paper import runs_of
from tuiclu.tui.styles import BACKGROUNDS, style_of

if TYPE_CHECKING:
    from rich.style import Style

    from tuiclu.tui.draw.paper import Paper

CELL = 9, 19
"""Width and height of a cell, in pixels."""
INK, GROUND = "#d0d0d0", "#000000"
"""The terminal's own colours, for themes that leave them to it."""


def svg_of(paper: Paper, theme: str) -> str:
    """Return paper as an SVG with a line for each line of the screen, so that two of them can be compared by eye."""
    wide, high = CELL
    width, height = paper.width * wide, paper.height * high
    ground = BACKGROUNDS.get(theme, GROUND)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" fill="{ground}"/>',
        '<g font-family="\'DejaVu Sans Mono\', monospace" font-size="15" xml:space="preserve">',
    ]
    for y in range(paper.height):
        x, boxes, words = 0, "", ""
        for run in runs_of(*paper.row(y)):
            ink, behind, look = _looks(style_of(theme, run.style), ground)
            if behind != ground:
                boxes += f'<rect x="{x * wide}" y="{y * high}" width="{len(run.text) * wide}" height="{high}" fill="{behind}"/>'
            if run.text.strip():
                long = len(run.text) * wide
                place = f'x="{x * wide}" y="{y * high + 14}" textLength="{long}"'
                words += f'<text {place} fill="{ink}"{look}>{escape(run.text)}</text>'
            x += len(run.text)
        lines.append(boxes + words)
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _looks(style: Style, ground: str) -> tuple[str, str, str]:
    """Return the colours of ink and ground, and the other attributes of text in a style."""
    ink = (
        style.color.get_truecolor().hex
        if style.color is not None
        else INK
        if ground != BACKGROUNDS["light"]
        else GROUND
    )
    behind = style.bgcolor.get_truecolor().hex if style.bgcolor is not None else ground
    if style.reverse:
        ink, behind = behind, ink
    look = ' font-weight="bold"' if style.bold else ""
    look += ' font-style="italic"' if style.italic else ""
    look += ' text-decoration="underline"' if style.underline else ""
    return ink, behind, look + (' opacity="0.6"' if style.dim else "")


def self_contained(svg: str) -> str:
    """Return a picture without the fonts that it would fetch from elsewhere, and without what differs from one to the next."""
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo")
    numbers = re.findall(r"terminal-(\d+)-", svg)
    return svg.replace(f"terminal-{numbers[0]}-", "terminal-") if numbers else svg
