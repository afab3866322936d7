"""The comparison as a drawing. Nothing else imports matplotlib, which is the extra `plot`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.experiments.experiment import Comparison, Row
from tuiclu.inputs import is_folder
from tuiclu.language.quantities import Bandwidth, Duration
from tuiclu.texts import told

Panel = tuple[Text, Callable[[Row], float | None]]

PANELS: tuple[Panel, ...] = (
    (Text("stands still (ms)"), lambda row: _scaled(row.freeze_s, 1000)),
    (
        Text("longer than at home (ms)"),
        lambda row: _scaled(row.slowdown_s, 1000),
    ),
    (Text("on the wire (KiB)"), lambda row: row.bytes_on_wire / 1024),
    (
        Text("waits for pages after it (ms)"),
        lambda row: row.fault_wait_s * 1000,
    ),
)


_STYLES = (
    ("#0072B2", "o", "-"),
    ("#E69F00", "s", "-"),
    ("#009E73", "^", "--"),
    ("#CC79A7", "D", "--"),
    ("#56B4E9", "v", ":"),
    ("#D55E00", "x", ":"),
)
"""Colour (Okabe and Ito: told apart by all eyes), marker and line of each strategy; lines that lie on each other are still seen."""


def check_plot(path: Path) -> None:
    """Raise InputError if nothing could be drawn there: before the runs, not after them."""
    if path.suffix.lower() not in (".svg", ".pdf", ".png"):
        raise InputError(
            Text("this is not a drawing's name"), f"--plot {path}", Text("End it with .svg, .pdf or .png.")
        )
    if not is_folder(path.parent) or is_folder(path):
        raise InputError(
            Text("there is no such directory, or it is one"), f"--plot {path}", Text("Name a file in a directory.")
        )
    if find_spec("matplotlib") is None:
        raise InputError(
            Text("drawing needs matplotlib, which is not installed"),
            f"--plot {path}",
            Text("pip install 'tuiclu[plot]'"),
        )


def draw(points: Sequence[tuple[str, Comparison]], swept: str | None, title: str, lang: str, path: Path) -> None:
    """Draw bars for one comparison, lines for a sweep. Raises InputError if the file cannot be written."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix.lower() == ".svg" else "agg")
    mpl.rcParams["svg.hashsalt"] = "tuiclu"  # the same figures give the same file
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(11, 7), layout="constrained")
    figure.suptitle(title, fontsize=11)
    for place, (label, measure) in zip(axes.flat, PANELS, strict=True):
        if swept is None:
            _bars(place, points[0][1].rows, measure)
        else:
            _lines(place, points, swept, measure)
        place.set_title(told(label, lang), fontsize=10)
    if swept is not None:
        axes.flat[0].legend(fontsize=8)
    try:
        figure.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), f"--plot {path}") from None
    finally:
        plt.close(figure)


def _bars(place: Any, rows: Sequence[Row], measure: Callable[[Row], float | None]) -> None:
    names = [row.strategy for row in rows]
    bars = place.barh(names, [measure(row) or 0.0 if row.outcome == "completed" else 0.0 for row in rows])
    place.bar_label(bars, fmt="%.4g", fontsize=8, padding=2)
    place.invert_yaxis()
    place.margins(x=0.15)


def _lines(
    place: Any, points: Sequence[tuple[str, Comparison]], swept: str, measure: Callable[[Row], float | None]
) -> None:
    positions = [_position(value, swept) for value, _ in points]
    least = 0.0
    for index, first in enumerate(points[0][1].rows):
        rows = [comparison.rows[index] for _, comparison in points]
        values = [measure(row) if row.outcome == "completed" else None for row in rows]
        drawn = [float("nan") if value is None else value for value in values]
        least = min([least, *(value for value in values if value is not None)])
        color, marker, line = _STYLES[index % len(_STYLES)]
        place.plot(positions, drawn, color=color, marker=marker, linestyle=line, markersize=4, label=first.strategy)
    place.set_xscale("log")
    place.set_yscale("symlog", linthresh=1)
    if not least:
        place.set_ylim(bottom=0)
    place.set_xticks(positions, [value for value, _ in points], fontsize=7)
    place.minorticks_off()
    place.set_xlabel(swept, fontsize=8)
    place.grid(alpha=0.3)


def _position(value: str, swept: str) -> float:
    match swept:
        case "bandwidth":
            return float(Bandwidth.parse(value))
        case "latency":
            return float(Duration.parse(value))
        case _:
            return float(value)


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale
