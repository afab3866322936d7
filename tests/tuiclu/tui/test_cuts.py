"""The cuts of snapshots through the space-time diagram."""

from __future__ import annotations

import pytest

from tests.tuiclu.tui.frames import frame_of
from tuiclu.tui.draw.messages import LABEL, draw_messages
from tuiclu.tui.draw.paper import Paper


def drawn(demo: str, until_ns: int) -> tuple[list[str], set[str]]:
    """Return the diagram of a demo at an instant, and the styles of its cuts."""
    frame, look = frame_of(demo, until_ns)
    look.between, look.timeline.span_ns, look.timeline.chosen = "nodes", 25_000_000, True
    paper = Paper(160, 40)
    draw_messages(paper, frame, look, 0, 40)
    rows = [paper.row(y) for y in range(40)]
    styles = {style for text, styled in rows for cell, style in zip(text, styled, strict=True) if cell == "┃"}
    return paper.lines(), styles


@pytest.mark.parametrize(
    ("demo", "until_ns", "style"),
    [
        ("inconsistent-cut", 115_000_000, "bad"),
        ("inconsistent-cut", 190_000_000, "good"),
        ("snapshot", 156_000_000, "accent"),
    ],
)
def test_a_cut_is_drawn_through_every_node_in_the_colour_of_what_is_known_of_it(
    demo: str, until_ns: int, style: str
) -> None:
    lines, styles = drawn(demo, until_ns)
    marked = [line[: LABEL - 1].strip() for line in lines if "┃" in line]
    assert marked == ["n1", "n2", "n3", "n4"]
    assert styles == {style}
