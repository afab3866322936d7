"""What stands twice on the screen is the same: all demos, at many instants, in every view."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.tuiclu.tui.instants import DEMOS, SAMPLE, Run, a_run, seen
from tuiclu.model import frame as parts
from tuiclu.model.frame import Frame, MigrationRow
from tuiclu.tui.draw.inquiry import numbers_on
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.numbers import parts as parts_of
from tuiclu.tui.views import VIEWS

STATES = {"running", "ready", "blocked", "frozen", "stopped"}
SAME = ("freeze", "sent", "again", "bytes", "cpu_time", "resident", "memory", "cpu", "damped", "paged_out", "paged_in")
"""Numbers that say the same wherever they stand, about whatever they are."""
SHORT = re.compile(r"\d[\d.]*(?: (?:s|ms|us|ns|B|KiB|MiB)\b)?")


def disagreements(run: Run, frame: Frame, size: tuple[int, int]) -> Iterator[str]:
    """Yield every number that stands twice, in one view or in two, and differs."""
    found: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for view in VIEWS:
        paper = draw(frame, seen(run, frame, view), [], *size)
        for hit in numbers_on(paper):
            name, about = parts_of(hit.target)
            text = paper.characters(hit)
            if name in SAME and "…" not in text:
                found[name, about].add(tuple(SHORT.findall(text))[: 1 if name == "resident" else 2])
    for (name, about), texts in found.items():
        if len(texts) > 1 and name != "memory":  # a card says it as a share and as frames
            yield f"{name} of {about}: {texts}"


def check_nodes(frame: Frame) -> None:
    """Cards and process tables say the same."""
    for node in frame.nodes:
        here = [one for one in frame.processes if one.node == node.name and one.ended_ns is None]
        by_state = {state: {one.name for one in here if one.state == state} for state in STATES}
        assert {node.running} - {None} == by_state["running"]
        assert {*node.ready} == by_state["ready"]
        assert {*node.blocked} == by_state["blocked"]
        assert {*node.frozen} == by_state["frozen"]
        assert {*node.stopped} == by_state["stopped"]
        assert {*node.guests} == {(one.name, one.home) for one in here if one.home != node.name}
        born_here = [one for one in frame.processes if one.home == node.name and one.ended_ns is None]
        assert {*node.away} == {(one.name, one.node) for one in born_here if one.node != node.name}
        assert 0 <= node.allocated + node.reserved <= node.frames
        assert all(0 <= load <= 100 for load in node.load)
        if frame.details.node == node.name:
            owned = frame.details.owners
            assert sum(one.count for one in owned if one.what != parts.PROMISED) == node.allocated
            assert sum(one.count for one in owned if one.what == parts.PROMISED) == node.reserved


def check_migration(frame: Frame, one: MigrationRow) -> None:
    """The line of a migration, its rounds and the maps of its pages say the same."""
    process = next((each for each in frame.processes if each.pid == one.pid), None)
    assert one.arrived <= one.distinct <= one.total
    if one.committed_ns is not None and one.ended_ns is None and process is not None and process.ended_ns is None:
        assert process.node == one.destination
    pages = frame.details.pages
    if pages is None or frame.details.migration != one.name:
        return
    assert len(pages.source) == len(pages.destination) == sum(pages.lengths)
    if one.committed_ns is None and one.ended_ns is None:
        there = sum(pages.destination.count(state) for state in (parts.CLEAN, parts.AGAIN))
        assert there == one.arrived
        assert pages.source.count(parts.FLYING) == pages.destination.count(parts.FLYING) == one.flying
        assert sum(each.pages for each in one.rounds) <= one.sent


def check(demo: str, *, every: int = 1) -> None:
    run = a_run(demo)
    for frame in run.frames[::every]:
        check_nodes(frame)
        for one in frame.migrations:
            check_migration(frame, one)
        for size in ((80, 24), (200, 60)):
            assert list(disagreements(run, frame, size)) == [], f"{demo} at {frame.now_ns / 1e9} s"


@pytest.mark.parametrize("demo", SAMPLE)
def test_what_stands_twice_is_the_same(demo: str) -> None:
    check(demo, every=3)


@pytest.mark.long
@pytest.mark.parametrize("demo", DEMOS)
def test_in_every_demo_what_stands_twice_is_the_same(demo: str) -> None:
    check(demo)
