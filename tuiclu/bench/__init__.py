"""Benchmarks: the emulator's figures as ratios against the machine's own limits, taken in the same run.

Each side has its turn, then the other, over and over: the medians of the ratios hold on a machine that is shared and noisy. Nothing is
asserted, and the exit status says nothing about the figures.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from typing import Any

import msgspec

from nodes.wire.text import Text
from tuiclu.bench.benchmarks import BENCHMARKS, QUICK, THOROUGH, Effort
from tuiclu.bench.figures import heading
from tuiclu.counted import how_many
from tuiclu.texts import ENGLISH, told
from tuiclu.version import __version__

__all__ = ["BENCHMARKS", "run_benchmarks"]

_HEAD = Text(
    "tuiclu {version}, Python {python}, {system}, {cpus} CPUs, load {load:.2f}. "
    "Medians of {turns}; ratio: here over limit, turn by turn."
)


def run_benchmarks(
    *,
    only: str | None = None,
    quick: bool = False,
    as_json: bool = False,
    echo: Callable[[str], object],
    effort: Effort | None = None,
    lang: str = ENGLISH,
) -> dict[str, Any]:
    """Run all benchmarks, or one of the table; tell every figure as soon as it is there, or all as one JSON object at the end.

    Returns what the JSON object says. `effort` takes the place of `quick`. Leaves no process behind in any case.
    """
    effort = effort or (QUICK if quick else THOROUGH)
    tell = (lambda _: None) if as_json else echo
    machine = _machine()
    tell(told(_HEAD.filled(version=__version__, turns=how_many(effort.turns, "turn"), **machine), lang))
    chosen = {name: benchmark for name, benchmark in BENCHMARKS.items() if only in (None, name)}
    results = []
    for name, benchmark in chosen.items():
        tell(f"\n{name}: {told(benchmark.about, lang)}\n{heading(lang)}")
        began = time.perf_counter()
        figures = []
        for figure in benchmark.measure(effort):
            tell(figure.as_line(lang))
            figures.append(figure.as_json())
        results.append(
            {"name": name, "about": str(benchmark.about), "figures": figures, "wall_s": time.perf_counter() - began}
        )
    report = {"version": __version__, "machine": machine, "turns": effort.turns, "benchmarks": results}
    if as_json:
        echo(msgspec.json.encode(report).decode())
    return report


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
