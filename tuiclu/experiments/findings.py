"""What the figures say: which strategy is best at what, in this case. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nodes.wire.text import Text
from tuiclu.experiments.experiment import SOURCE, Comparison, Row
from tuiclu.texts import told

Measure = Callable[[Row], float | None]
"""What is wanted to be small; None: this strategy is no candidate."""


class Aim(NamedTuple):
    """Something that one may want of a migration."""

    name: str
    measure: Measure
    sentence: Text
    """Where this is wanted, and what the best one does."""
    as_good: float = 1.01
    """How many times the least is as good as the least."""


def _independent(row: Row) -> float | None:
    """When it no longer needs the source: its memory, its disk, or to pass on mail."""
    needs = row.source_dies is not None and row.source_dies.fate in ENDS_OTHERWISE
    needs |= f"{SOURCE} (disk)" in row.residual or f"{SOURCE} (mail)" in row.residual
    return None if needs else row.source_free_s


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.1f} ms"


AIMS: tuple[Aim, ...] = (
    Aim(
        "freeze",
        lambda row: row.freeze_s,
        Text("where somebody waits for its answers (it stands still for {value})"),
    ),
    Aim(
        "turnaround",
        lambda row: row.turnaround_s,
        Text("where the job is to be done soon (it ends after {value})"),
        as_good=1.001,
    ),
    Aim(
        "independence",
        _independent,
        Text("where {source} is about to go down (without {source} after {value})"),
    ),
    Aim(
        "memory",
        lambda row: row.source_free_s,
        Text("where {source} wants its memory back (after {value})"),
    ),
    Aim(
        "bytes",
        lambda row: float(row.bytes_on_wire),
        Text("where the wire is what is short ({value})"),
    ),
)
"""In the order in which they are told."""

_OPENING = Text("Best in this case: ")
_TOGETHER = Text(" and ")
_NOTHING = Text("No strategy moved the process.")
_LOSSES = Text(" If {source} crashes one second after the process has gone on, {fates}")
_FATES = {
    "dies": Text("it dies of it under {names}"),
    "cut off": Text("its links are cut off under {names}"),
    "slowed": Text("it survives, but later, under {names}"),
}
"""What a crash of the source may do, the worst first."""
ENDS_OTHERWISE = ("dies", "cut off")
"""The fates that have a reason."""
_NO_LOSSES = Text(
    " The process survives a crash of {source} one second after it has gone on, whichever it is moved by."
)


def best(rows: Sequence[Row], aim: Aim) -> list[Row]:
    """Return the strategies that do best at an aim: more than one if they are as good as equal; none if no one reaches it."""
    candidates = [
        (value, row) for row in rows if row.outcome == "completed" and (value := aim.measure(row)) is not None
    ]
    least = min((value for value, _ in candidates), default=0.0)
    return [row for value, row in candidates if value <= least * aim.as_good]


def best_by_aim(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the names of the best strategies by aim."""
    return {aim.name: [row.strategy for row in best(rows, aim)] for aim in AIMS}


def conclusion(comparison: Comparison, lang: str) -> str:
    """Say in a sentence which strategy is best for what, with the figures; and what a crash of the source does."""
    reasons: dict[str, list[str]] = {}
    for aim in AIMS:
        winners = best(comparison.rows, aim)
        if winners:
            value = aim.measure(winners[0]) or 0.0
            shown = f"{value / 1024:.0f} KiB" if aim.name == "bytes" else _milliseconds(value)
            names = told(_TOGETHER, lang).join(row.strategy for row in winners)
            reasons.setdefault(names, []).append(told(aim.sentence.filled(value=shown, source=SOURCE), lang))
    if not reasons:
        return told(_NOTHING, lang)
    all_told = "; ".join(f"{names} {told(_TOGETHER, lang).join(why)}" for names, why in reasons.items())
    return f"{told(_OPENING, lang)}{all_told}.{_losses(comparison, lang)}"


def _losses(comparison: Comparison, lang: str) -> str:
    known = [row for row in comparison.rows if row.source_dies is not None and row.source_dies.fate != "ended"]
    if not known:
        return ""
    fates = []
    for fate, sentence in _FATES.items():
        names = [row.strategy for row in known if row.source_dies is not None and row.source_dies.fate == fate]
        if names:
            fates.append(told(sentence.filled(names=", ".join(names)), lang))
    if not fates:
        return told(_NO_LOSSES.filled(source=SOURCE), lang)
    reasons_follow = any(row.source_dies is not None and row.source_dies.fate in ENDS_OTHERWISE for row in known)
    return told(_LOSSES.filled(source=SOURCE, fates="; ".join(fates)), lang) + (":" if reasons_follow else ".")
