"""Load policies side by side: the same jobs under each, over several seeds, in one table.

As many runs go on at a time as there are CPUs. A figure is the mean over the seeds, with half the width of
its 95 % confidence interval (Student's t). What is compared is what a user of the cluster would notice, and what it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nodes.wire.text import Text
from tuiclu import columns
from tuiclu.experiments.many_runs import run_all
from tuiclu.model.figures import mean
from tuiclu.scenario.parser import Scenario
from tuiclu.texts import told

_NOTHING = ("cluster.policy.load-sharing=none", "cluster.policy.placement=home")
POLICIES: dict[str, tuple[str, ...]] = {
    "none": _NOTHING,
    "placement": ("cluster.policy.load-sharing=none", "cluster.policy.placement=least-loaded"),
    "periodic-sender": ("cluster.policy.load-sharing=periodic-sender", "cluster.policy.placement=home"),
    "periodic-receiver": ("cluster.policy.load-sharing=periodic-receiver", "cluster.policy.placement=home"),
    "periodic-symmetric": ("cluster.policy.load-sharing=periodic-symmetric", "cluster.policy.placement=home"),
    "sender-initiated": ("cluster.policy.load-sharing=sender-initiated", "cluster.policy.placement=home"),
    "receiver-initiated": ("cluster.policy.load-sharing=receiver-initiated", "cluster.policy.placement=home"),
    "symmetric": ("cluster.policy.load-sharing=symmetric", "cluster.policy.placement=home"),
}
"""What is set for each. `placement` and `sender-initiated` move only jobs that have not begun (non-preemptive); others those that run."""

_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Student's t for 95 %, two-sided, by the degrees of freedom from 1; 1.96 beyond."""


@dataclass(frozen=True)
class Figure:
    """A mean over the seeds, and half the width of its confidence interval; None: one seed says nothing of it."""

    mean: float
    half_width: float | None

    def shown(self, digits: int) -> str:
        spread = "" if self.half_width is None else f" ±{self.half_width:.{digits}f}"
        return f"{self.mean:.{digits}f}{spread}"


COLUMNS: dict[str, tuple[Text, int, Callable[[dict[str, Any]], float]]] = {
    "mean_turnaround_s": (Text("mean turnaround s"), 3, lambda run: run["summary"]["mean_turnaround_s"]),
    "p95_turnaround_s": (Text("95th percentile s"), 3, lambda run: run["summary"]["p95_turnaround_s"]),
    "slow_down": (Text("slow-down"), 2, lambda run: run["summary"]["mean_slow_down"]),
    "migrations": (Text.of("heading", "migrations"), 1, lambda run: _ended(run, "completed")),
    "refused": (Text.of("heading", "refused"), 1, lambda run: _ended(run, "refused")),
    "messages": (Text.of("heading", "messages"), 0, lambda run: float(run["messages"])),
    "utilisation_percent": (Text("utilisation %"), 1, lambda run: run["summary"]["utilisation"] * 100),
    "unfinished": (
        Text.of("heading", "unfinished"),
        1,
        lambda run: float(run["summary"]["jobs"] - run["summary"]["exited"]),
    ),
}
"""By the key in JSON: the heading, the digits that are shown, and how it follows from a run."""


def compare_policies(scenario: Scenario, policies: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """Run a scenario under every policy with every seed; return the figures, as `--json` prints them. Raises EmulatorError."""
    wanted = [(policy, seed) for policy in policies for seed in seeds]
    results = run_all(scenario, [(*POLICIES[policy], f"seed={seed}") for policy, seed in wanted])
    runs: dict[str, list[dict[str, Any]]] = {policy: [] for policy in policies}
    for (policy, _), result in zip(wanted, results, strict=True):
        runs[policy].append(result)
    rows = [_row(policy, runs[policy]) for policy in policies]
    return {"scenario": scenario.source, "seeds": list(seeds), "policies": rows}


def _ended(run: dict[str, Any], outcome: str) -> float:
    return float(sum(one["outcome"] == outcome for one in run["migrations"]))


def _row(policy: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    figures = {key: _figure([of(run) for run in runs]) for key, (_, _, of) in COLUMNS.items()}
    return {"policy": policy} | {
        key: {"mean": round(one.mean, 6), "half_width": None if one.half_width is None else round(one.half_width, 6)}
        for key, one in figures.items()
    }


def _figure(values: list[float]) -> Figure:
    middle, count = mean(values), len(values)
    if count < 2:
        return Figure(middle, None)
    variance = sum((value - middle) ** 2 for value in values) / (count - 1)
    t = _T95[count - 2] if count - 2 < len(_T95) else 1.96
    return Figure(middle, t * (variance / count) ** 0.5)


def table(comparison: dict[str, Any], lang: str) -> list[str]:
    """Return the comparison as lines of plain text."""
    headings = (Text("policy"), *(heading for heading, _, _ in COLUMNS.values()))
    rows = [tuple(told(heading, lang) for heading in headings)]
    for row in comparison["policies"]:
        figures = [
            Figure(row[key]["mean"], row[key]["half_width"]).shown(digits) for key, (_, digits, _) in COLUMNS.items()
        ]
        rows.append((row["policy"], *figures))
    seeds = comparison["seeds"]
    means = Text.counted(
        "With {count} seed ({seeds}).",
        "Means over {count} seeds ({seeds}), ± for 95 % confidence.",
        len(seeds),
        seeds=", ".join(map(str, seeds)),
    )
    return [*columns.table(rows), "", told(means, lang)]
