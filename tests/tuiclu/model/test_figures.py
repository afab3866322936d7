"""The figures of a run as a whole, from events whose sums can be done by hand."""

from __future__ import annotations

import pytest

from nodes.wire.events import (
    NodeAccounted,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessPreempted,
    RunEnded,
)
from nodes.wire.reasons import reason
from tests.tuiclu.model.folding import MS, Happening, folded
from tuiclu.model.figures import percentile
from tuiclu.model.report import report

TWO_JOBS: tuple[Happening, ...] = (
    (0, "n1", ProcessDispatched("n1.1")),
    (0, "n1", ProcessCreated("n1.2", "Q", "scan", ["scan"], 0)),
    (100, "n1", ProcessPreempted("n1.1", "quantum", 1000, 100 * MS)),
    (100, "n1", ProcessDispatched("n1.2")),
    (200, "n1", ProcessExited("n1.2", 0, None, reason("exit", code="0"), 1000, 100 * MS)),
    (200, "n1", ProcessDispatched("n1.1")),
    (300, "n1", ProcessExited("n1.1", 0, None, reason("exit", code="0"), 2000, 200 * MS)),
)


def test_two_jobs_that_share_a_cpu() -> None:
    figures = report(folded(*TWO_JOBS))["summary"]
    assert {key: figures[key] for key in ("jobs", "exited", "makespan_s")} == {
        "jobs": 2,
        "exited": 2,
        "makespan_s": 0.3,
    }
    assert figures["mean_turnaround_s"] == pytest.approx((0.3 + 0.2) / 2)
    assert figures["mean_ready_s"] == pytest.approx((0.1 + 0.1) / 2)
    assert figures["mean_slow_down"] == pytest.approx((1.5 + 2.0) / 2)
    assert figures["utilisation"] == pytest.approx(1 / 3), "one of three CPUs was busy"
    assert figures["by_program"]["scan"]["mean_turnaround_s"] == 0.2


def test_what_has_not_ended_is_no_turnaround_and_the_cpus_are_looked_at_until_the_end() -> None:
    accounts = ((600, "n1", NodeAccounted(0, 0, "n1.1", 5000, 500 * MS)), (600, None, RunEnded("until", [])))
    figures = report(folded(*TWO_JOBS[:-1], *accounts))["summary"]
    assert (figures["jobs"], figures["exited"], figures["mean_turnaround_s"]) == (2, 1, 0.2)
    assert figures["utilisation"] == pytest.approx(1 / 3)


def test_where_there_is_nothing_there_are_no_figures_and_no_accident() -> None:
    assert report(folded())["summary"]["mean_turnaround_s"] == 0.0


def test_the_95th_percentile_is_a_value_that_occurred() -> None:
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([3.0, 1.0], 95) == 3.0
    assert percentile([], 95) == 0.0
