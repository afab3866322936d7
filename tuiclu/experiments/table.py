"""The comparison as tables, and as CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nodes.wire.reasons import text_in
from nodes.wire.text import Text
from tuiclu import columns, texts
from tuiclu.experiments.experiment import AFTERMATH_S, SOURCE, Comparison, Death, Row
from tuiclu.experiments.findings import ENDS_OTHERWISE, conclusion
from tuiclu.experiments.sweep import Crossover

_TEXTS: dict[str, Text] = {
    "title": Text("{command}: moved from n1 to n2 after {at} of virtual time; {bandwidth:g} Mbit/s, {latency:g} ms"),
    "home": Text("At home it ends after {turnaround}: {cpu} of computing, {wait} of waiting for the disk."),
    "freeze": Text("stands still (ms)"),
    "transfer": Text("accepted to resumed (ms)"),
    "free": Text("{source}'s memory is free after (ms)"),
    "bytes": Text("on the wire (KiB)"),
    "before": Text("pages before it resumes"),
    "after": Text("pages after"),
    "resent": Text("pages sent again"),
    "remote": Text("waits, another's memory"),
    "disk": Text("waits, a disk"),
    "wait": Text("waits for them (ms)"),
    "slowdown": Text("against staying (ms)"),
    "percent": Text("against staying (%)"),
    "residual": Text("depends on"),
    "death": Text("{source} killed {after} s later"),
    "survives": Text("survives"),
    "slowed": Text("slowed"),
    "cut off": Text("cut off"),
    "ended": Text("had ended"),
    "dies": Text("dies"),
    "its death": Text("  {strategy}: {seconds:.1f} s after the crash: {reason}"),
    "not moved": Text("  {strategy} was {outcome}: {reason}"),
    "freeze of": Text("How long it stands still (ms)"),
    "turnaround of": Text("How much longer it takes than at home (ms)"),
    "bytes of": Text("KiB on the wire"),
    "crossover": Text("{aim}: from {before} to {after} between {name} = {below} and {above}"),
    "no crossover": Text("The best strategy is the same at every value."),
    "crossovers": Text("Where the best strategy changes:"),
    "nobody": Text.of("strategies", "none"),
}
AIM_NAMES: dict[str, Text] = {
    "freeze": Text("shortest freeze"),
    "turnaround": Text("earliest end"),
    "independence": Text("soonest without n1"),
    "memory": Text("soonest out of n1's memory"),
    "bytes": Text("fewest bytes"),
}


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value * 1000:.1f}"


def _death(death: Death | None, lang: str) -> str:
    return "-" if death is None else texts.told(_TEXTS[death.fate], lang)


def _percent(row: Row, comparison: Comparison) -> str:
    return f"{100 * row.slowdown_s / comparison.home.turnaround_s:+.1f}"


Cell = Callable[[Row, Comparison, str], str]

_LINES: tuple[tuple[str, Cell], ...] = (
    ("freeze", lambda row, _, __: _ms(row.freeze_s)),
    ("transfer", lambda row, _, __: _ms(row.transfer_s)),
    ("free", lambda row, _, __: _ms(row.source_free_s)),
    ("bytes", lambda row, _, __: f"{row.bytes_on_wire / 1024:.0f}"),
    ("before", lambda row, _, __: str(row.pages_before_resume)),
    ("after", lambda row, _, __: str(row.pages_after_resume)),
    ("resent", lambda row, _, __: str(row.pages_resent)),
    ("remote", lambda row, _, __: str(row.remote_faults)),
    ("disk", lambda row, _, __: str(row.disk_faults)),
    ("wait", lambda row, _, __: _ms(row.fault_wait_s)),
    ("slowdown", lambda row, _, __: f"{row.slowdown_s * 1000:+.1f}"),
    ("percent", lambda row, comparison, _: _percent(row, comparison)),
    ("residual", lambda row, _, __: ", ".join(row.residual) or "-"),
    ("death", lambda row, _, lang: _death(row.source_dies, lang)),
)
"""What is told of every strategy, a line each."""


def told(comparison: Comparison, lang: str, width: int) -> list[str]:
    """Return the table of all strategies, and what follows from it, as lines; sentences are no longer than `width`."""
    title = texts.told(
        _TEXTS["title"].filled(
            command=" ".join([comparison.program, *comparison.args]),
            at=f"{_ms(comparison.at_s)} ms",
            bandwidth=comparison.bandwidth_bps / 1e6,
            latency=comparison.latency_s * 1e3,
        ),
        lang,
    )
    home = comparison.home
    spans = {"turnaround": home.turnaround_s, "cpu": home.cpu_s, "wait": home.page_wait_s}
    before = [
        title,
        texts.told(_TEXTS["home"].filled(**{name: f"{_ms(span)} ms" for name, span in spans.items()}), lang),
    ]
    rows = []
    for name, cell in _LINES:
        label = texts.told(_TEXTS[name].filled(source=SOURCE, after=AFTERMATH_S), lang)
        first = name == _LINES[0][0]
        cells = [
            cell(row, comparison, lang) if row.outcome == "completed" else (str(row.outcome) if first else "")
            for row in comparison.rows
        ]
        rows.append([label, *cells])
    behind = [*_not_moved(comparison, lang), conclusion(comparison, lang), *_deaths(comparison, lang)]
    figures = columns.figures(_headings("", comparison.rows), rows, width)
    return [*_wrapped(before, width), "", *figures, "", *_wrapped(behind, width)]


def _not_moved(comparison: Comparison, lang: str) -> list[str]:
    return [
        texts.told(_TEXTS["not moved"].filled(strategy=row.strategy, outcome=row.outcome, reason=_why(row)), lang)
        for row in comparison.rows
        if row.outcome != "completed"
    ]


def _deaths(comparison: Comparison, lang: str) -> list[str]:
    return [
        texts.told(
            _TEXTS["its death"].filled(
                strategy=row.strategy, seconds=row.source_dies.later_s, reason=_why(row.source_dies)
            ),
            lang,
        )
        for row in comparison.rows
        if row.source_dies is not None and row.source_dies.fate in ENDS_OTHERWISE
    ]


def _headings(corner: str, rows: Sequence[Row]) -> list[list[str]]:
    """Return two rows of headings, with the names of strategies: the last word of a long one is below the others."""
    cut = [name.rpartition(":" if ":" in name else "-") for name in (row.strategy for row in rows)]
    return [["", *(first + dash for first, dash, _ in cut)], [corner, *(last for _, _, last in cut)]]


def _wrapped(sentences: Sequence[str], width: int) -> list[str]:
    return [line for one in sentences for line in textwrap.wrap(one, width, break_on_hyphens=False)]


def told_of_sweep(
    name: str, points: Sequence[tuple[str, Comparison]], found: Sequence[Crossover], lang: str, width: int
) -> list[str]:
    """Return a table for each of the figures that matter most, and where the best strategy changes, as lines."""
    lines = []
    for title, show in _SWEPT:
        rows = [
            [value, *(show(row) if row.outcome == "completed" else str(row.outcome) for row in comparison.rows)]
            for value, comparison in points
        ]
        figures = columns.figures(_headings(name, points[0][1].rows), rows, width)
        lines += [texts.told(_TEXTS[title], lang), "", *figures, ""]
    changes = [f"  {_crossover(one, name, lang)}" for one in found]
    return [*lines, *_wrapped([texts.told(_TEXTS["crossovers" if found else "no crossover"], lang), *changes], width)]


_SWEPT: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("freeze of", lambda row: _number(row.freeze_s, 1000)),
    ("turnaround of", lambda row: _number(row.slowdown_s, 1000)),
    ("bytes of", lambda row: _number(row.bytes_on_wire, 1 / 1024)),
)
"""What is told of every value of a sweep, a table each."""


def _crossover(one: Crossover, name: str, lang: str) -> str:
    nobody = [texts.told(_TEXTS["nobody"], lang)]
    return texts.told(
        _TEXTS["crossover"].filled(
            aim=AIM_NAMES[one.aim],
            before=", ".join(one.before or nobody),
            after=", ".join(one.after or nobody),
            name=name,
            below=one.below,
            above=one.above,
        ),
        lang,
    )


def _why(told: Row | Death) -> Text:
    return text_in({"reason": told.reason, "rule": told.rule, "numbers": told.numbers})


def _number(value: float | None, scale: float) -> str:
    return "-" if value is None else f"{value * scale:.1f}"


CSV_FIELDS = tuple(field for field in Row.__struct_fields__ if field not in ("source_dies", "rule", "numbers"))


def as_csv(points: Sequence[tuple[str, Comparison]], swept: str | None) -> str:
    """Return all rows as CSV, with headings; with a sweep, the value is the first column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    first = [swept] if swept is not None else []
    writer.writerow([*first, *CSV_FIELDS, "home_turnaround_s", "source_dies", "source_dies_reason"])
    for value, comparison in points:
        for row in comparison.rows:
            death = row.source_dies
            cells: list[Any] = [_flat(getattr(row, field)) for field in CSV_FIELDS]
            cells += [comparison.home.turnaround_s, death.fate if death else "", death.reason if death else ""]
            writer.writerow([*([value] if first else []), *cells])
    return text.getvalue()


def _flat(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def as_json(comparison: Comparison, lang: str) -> dict[str, Any]:
    """Return everything as plain data, with the conclusion."""
    data: dict[str, Any] = msgspec.to_builtins(comparison)
    return data | {"conclusion": conclusion(comparison, lang)}
