"""The load of a CPU at any instant, against a plain count of nanoseconds."""

from __future__ import annotations

from random import Random

import pytest

from tuiclu.model.loads import COLUMNS, SLOT_NS, CpuLoad

MS = 1_000_000
TENTH = 100 * MS


def test_a_cpu_that_nobody_has_is_idle_and_one_that_somebody_keeps_is_not() -> None:
    load = CpuLoad()
    assert load.columns(5_000 * MS) == (0,) * COLUMNS
    load.on(20 * MS)
    assert load.percent(25 * MS) == 20
    assert load.percent(10_000 * MS) == 100
    assert load.columns(10_000 * MS) == (100,) * COLUMNS


def test_who_idles_since_a_tenth_of_a_second_shows_it_without_any_event() -> None:
    load = CpuLoad()
    load.on(0)
    load.off(300 * MS)
    assert [load.percent(300 * MS + after * MS) for after in (0, 50, 90, 100, 5000)] == [100, 50, 10, 0, 0]
    assert load.columns(450 * MS)[-5:] == (100, 100, 100, 0, 0)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_share_of_time_whatever_the_bursts(seed: int) -> None:
    draw = Random(seed)
    load, busy, now = CpuLoad(), set[int](), 0
    grain = MS // 2
    for _ in range(300):
        start = now + draw.randrange(1, 12) * grain
        now = start + draw.choice((1, 2, 7, 30, 400)) * grain
        load.on(start)
        load.off(now)
        busy.update(range(start, now, grain))
        at = now + draw.randrange(30) * grain
        first = max(0, -(-at // SLOT_NS) - 10) * SLOT_NS
        used = sum(grain for one in range(first, at, grain) if one in busy)
        assert load.percent(at) == round(100 * used / (at - first))
        edge = at // TENTH * TENTH
        if edge >= TENTH:
            used = sum(grain for one in range(edge - TENTH, edge, grain) if one in busy)
            assert load.columns(at)[-2] == round(100 * used / TENTH)
