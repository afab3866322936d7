"""Pictures of the screen as SVG, complete in themselves."""

from __future__ import annotations

import re


def self_contained(svg: str) -> str:
    """Return a picture without the fonts that it would fetch from elsewhere, and without what differs from one to the next."""
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo")
    numbers = re.findall(r"terminal-(\d+)-", svg)
    return svg.replace(f"terminal-{numbers[0]}-", "terminal-") if numbers else svg
