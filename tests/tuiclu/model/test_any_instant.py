"""What is known of a cluster at an instant follows from the lines of its event stream up to it, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nodes.wire.events import Stamped
from tuiclu.bundled import demo_files
from tuiclu.model.cluster import ClusterView
from tuiclu.model.explain import read_events
from tuiclu.model.report import report
from tuiclu.model.screen import ScreenView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

EVERY = 10


class Known:
    """A view and the histories beside it, and what they knew at every tenth event."""

    def __init__(self, view: ClusterView) -> None:
        self.view, self.screen = view, ScreenView(view)
        self.at: dict[int, tuple[Any, ...]] = {}

    def take(self, stamped: Stamped) -> None:
        """Take an event that the view has seen."""
        self.screen.apply(stamped)
        if stamped.seq % EVERY == 0:
            screen = self.screen
            rows = screen.node_cards({}), screen.process_rows(), screen.migration_rows(), screen.wires()
            self.at[stamped.seq] = report(self.view), *map(repr, rows)


@pytest.mark.parametrize("demo", ["links-follow", "remote-initiator"])
def test_what_is_known_at_an_instant_follows_from_the_lines_up_to_it(demo: str) -> None:
    lines: list[bytes] = []
    seen: list[Known] = []

    def follow(view: ClusterView) -> Callable[[Stamped], object]:
        seen.append(Known(view))
        return seen[0].take

    run(plan(load_scenario(demo_files()[demo])), write_line=lines.append, follow_with=follow)
    again = Known(ClusterView())
    for stamped in read_events(lines):
        again.view.apply(stamped)
        again.take(stamped)

    assert len(seen[0].at) > EVERY
    assert again.at == seen[0].at
