"""The cluster that `tuiclu` opens, left alone: something worth seeing goes on in it, and it costs no more after a while than before."""

from __future__ import annotations

from itertools import pairwise, takewhile

import pytest

from tests.tuiclu.live.hour import SLICE_S, Life, live_for
from tuiclu.bundled import workstations
from tuiclu.cluster.commands import Activate, Idle
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario

S = 1_000_000_000


def assert_lively(life: Life, virtual_s: int) -> None:
    assert life.warnings == []
    assert life.output == []
    whole = life.slices[: virtual_s // SLICE_S]
    assert len(whole) == virtual_s // SLICE_S
    for number, seen in enumerate(whole):
        for what in ("migrations", "refusals", "evictions", "links", "jobs"):
            assert seen[what] >= 1, f"no {what} from {number * SLICE_S} s on: {seen}"


def test_whatever_the_seed_the_owner_of_n4_comes_back_in_every_half_minute() -> None:
    """Then G, who is a guest there whenever the owner is away, is evicted, and refused when asked to come back: one of each, at least."""
    scenario = load_scenario(workstations())
    owner = next(one for one in plan(scenario).recurring if one.name == "n4")
    for seed in range(20):
        hour = list(takewhile(lambda one: one[0] < 3600 * S, owner.commands(seed)))
        comes = [0, *(t for t, command in hour if isinstance(command, Activate))]
        goes = [0, *(t for t, command in hour if isinstance(command, Idle))]
        assert max(later - earlier for earlier, later in pairwise(comes)) < (SLICE_S - 4) * S
        assert min(left - came for came, left in zip(comes[1:], goes[1:], strict=False)) > 2 * S, (
            "long enough to be refused"
        )
        assert min(came - left for left, came in zip(goes, comes[1:], strict=False)) > 4 * S, (
            "long enough to be a guest"
        )


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_it_is_lively_for_ten_minutes_and_costs_no_more_than_after_five() -> None:
    """`python -m tests.tuiclu.live.hour 60` is the whole hour."""
    life = live_for(600, workstations())
    assert_lively(life, 600)
    assert {name: growth for name, growth in life.growth(300).items() if growth > 0.10} == {}
