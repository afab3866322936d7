"""Who owns the frames of a node, as events tell it, against what the kernels count and know."""

from __future__ import annotations

from collections import Counter

import pytest

from nodes.wire.events import FramesInUse, Stamped
from tests.tuiclu.cluster.scenarios import ROOT
from tests.tuiclu.tui.instants import DEMOS
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import HERE
from tuiclu.model.screen import ScreenView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up


def check(demo: str) -> tuple[int, int]:
    """Compare at every count of a kernel, and with a look into each of them in the end; return how often, and how often they differed."""
    planned = plan(load_scenario(next((ROOT / "demos").glob(f"*-{demo}.yaml"))))
    view = ClusterView()
    screen = ScreenView(view)
    frames = screen.recent.frames
    compared = different = 0

    def compare(stamped: Stamped) -> None:
        nonlocal compared, different
        event, node = stamped.event, stamped.node
        if isinstance(event, FramesInUse) and node is not None:
            compared += 1
            different += (frames.in_use(node), frames.promised(node)) != (event.allocated, event.reserved)

    followers = [Follower(screen.apply), Follower(compare)]
    stage = set_up(planned, view, title=planned.title["en"], observers=followers)
    with stage.engine:
        stage.engine.run(3_000_000_000)
        for node in view.nodes:
            look = stage.engine.inspect(node, "", stage.engine.edge_ns())
            if look is not None:
                known = Counter[str]()
                for name, count in look.frame_map:
                    known[name] += count
                del known[""]
                told = Counter({one.process: one.count for one in frames.of(node) if one.what == HERE})
                assert all(abs(known[name] - told[name]) <= UNTOLD for name in (known | told)), node
    return compared, different


UNTOLD = 20
"""Pages that a burst under way may have brought in before an event tells of them."""


@pytest.mark.parametrize("demo", ["hybrid", "copy-on-reference", "eviction"])
def test_frames_are_owned_as_the_kernels_count_them(demo: str) -> None:
    compared, different = check(demo)
    assert (compared > 5, different) == (True, 0)


@pytest.mark.long
@pytest.mark.parametrize("demo", DEMOS)
def test_in_every_demo_frames_are_owned_as_the_kernels_count_them(demo: str) -> None:
    compared, different = check(demo)
    assert different * 20 <= compared, "a kernel may count within an instant, between two events of it"
