"""The figures of a run as a whole. Each is computed here and nowhere else: results, closing lines and comparisons take it from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]
"""Processes or nodes, as `run --json` shows them."""


def figures(processes: Rows, nodes: Rows, now_s: float) -> dict[str, Any]:
    """Return the figures of a run as a whole, and of the processes of each program."""
    ends = [one["started_s"] + one["turnaround_s"] for one in processes if one["turnaround_s"] is not None]
    ended = [one for one in processes if one["exit_code"] is not None]
    last_s = max(ends, default=now_s) if len(ends) == len(processes) else now_s
    first_s = min((one["started_s"] for one in processes), default=0.0)
    programs = dict.fromkeys(one["program"] for one in processes)
    return {
        **_of_jobs(processes),
        "makespan_s": max((one["started_s"] + one["turnaround_s"] for one in ended), default=first_s) - first_s,
        "utilisation": mean([one["busy_s"] for one in nodes]) / last_s if last_s else 0.0,
        "by_program": {name: _of_jobs([one for one in processes if one["program"] == name]) for name in programs},
    }


def _of_jobs(processes: Rows) -> dict[str, Any]:
    """Return the figures of some processes. Turnaround and what follows from it is that of those that have exited."""
    ended = [one for one in processes if one["exit_code"] is not None]
    turnarounds = [one["turnaround_s"] for one in ended]
    return {
        "jobs": len(processes),
        "exited": len(ended),
        "mean_turnaround_s": mean(turnarounds),
        "p95_turnaround_s": percentile(turnarounds, 95),
        "mean_ready_s": mean([one["ready_s"] for one in ended]),
        "mean_slow_down": mean([one["turnaround_s"] / one["cpu_s"] for one in ended if one["cpu_s"]]),
    }


def mean(values: Sequence[float]) -> float:
    """Return the mean; of nothing it is 0."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the least value that a share of all values, in hundredths, do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0
