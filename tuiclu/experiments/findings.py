"""What the figures say: which strategy is best at what, in this case. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tuiclu.experiments.experiment import SOURCE, Comparison, Row

Measure = Callable[[Row], float | None]
"""What is wanted to be small; None: this strategy is no candidate."""


class Aim(NamedTuple):
    """Something that one may want of a migration."""

    name: str
    measure: Measure
    sentence: dict[str, str]
    """By language: where this is wanted, and what the best one does."""
    as_good: float = 1.01
    """So many times the least is as good as the least."""


def _independent(row: Row) -> float | None:
    """When it needs the source no more, neither its memory nor its disk, nor for its mail."""
    needs = row.source_dies is not None and row.source_dies.fate in ENDS_OTHERWISE
    needs |= f"{SOURCE} (disk)" in row.residual or f"{SOURCE} (mail)" in row.residual
    return None if needs else row.source_free_s


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.1f} ms"


AIMS: tuple[Aim, ...] = (
    Aim(
        "freeze",
        lambda row: row.freeze_s,
        {
            "en": "where somebody waits for its answers (it stands still for {value})",
            "es": "si alguien espera sus respuestas (está congelado {value})",
        },
    ),
    Aim(
        "turnaround",
        lambda row: row.turnaround_s,
        {
            "en": "where the job is to be done soon (it ends after {value})",
            "es": "si el trabajo debe acabar pronto (termina a los {value})",
        },
        as_good=1.001,
    ),
    Aim(
        "independence",
        _independent,
        {
            "en": "where {source} is about to go down (without {source} after {value})",
            "es": "si {source} está a punto de caer (sin {source} a los {value})",
        },
    ),
    Aim(
        "memory",
        lambda row: row.source_free_s,
        {
            "en": "where {source} wants its memory back (after {value})",
            "es": "si {source} necesita su memoria (a los {value})",
        },
    ),
    Aim(
        "bytes",
        lambda row: float(row.bytes_on_wire),
        {
            "en": "where the wire is what is short ({value})",
            "es": "si lo que escasea es la red ({value})",
        },
    ),
)
"""In the order in which they are told."""

_OPENING = {"en": "Best in this case: ", "es": "Lo mejor en este caso: "}
_TOGETHER = {"en": " and ", "es": " y "}
_NOTHING = {"en": "No strategy moved the process.", "es": "Ninguna estrategia movió el proceso."}
_LOSSES = {
    "en": " If {source} crashes one second after the process has gone on, {fates}",
    "es": " Si {source} cae un segundo después de que el proceso continúe, {fates}",
}
_FATES = {
    "dies": {"en": "it dies of it under {names}", "es": "este muere con {names}"},
    "cut off": {"en": "its links are cut off under {names}", "es": "sus enlaces quedan cortados con {names}"},
    "slowed": {"en": "it survives, but later, under {names}", "es": "sobrevive, pero más tarde, con {names}"},
}
"""What a crash of the source may do, the worst first."""
ENDS_OTHERWISE = ("dies", "cut off")
"""The fates that have a reason."""
_NO_LOSSES = {
    "en": " The process survives a crash of {source} one second after it has gone on, whichever it is moved by.",
    "es": " El proceso sobrevive a una caída de {source} un segundo después de continuar, sea cual sea la estrategia.",
}


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
            names = _TOGETHER[lang].join(row.strategy for row in winners)
            reasons.setdefault(names, []).append(aim.sentence[lang].format(value=shown, source=SOURCE))
    if not reasons:
        return _NOTHING[lang]
    told = "; ".join(f"{names} {_TOGETHER[lang].join(why)}" for names, why in reasons.items())
    return f"{_OPENING[lang]}{told}.{_losses(comparison, lang)}"


def _losses(comparison: Comparison, lang: str) -> str:
    known = [row for row in comparison.rows if row.source_dies is not None and row.source_dies.fate != "ended"]
    if not known:
        return ""
    fates = []
    for fate, sentence in _FATES.items():
        names = [row.strategy for row in known if row.source_dies is not None and row.source_dies.fate == fate]
        if names:
            fates.append(sentence[lang].format(names=", ".join(names)))
    if not fates:
        return _NO_LOSSES[lang].format(source=SOURCE)
    reasons_follow = any(row.source_dies is not None and row.source_dies.fate in ENDS_OTHERWISE for row in known)
    return _LOSSES[lang].format(source=SOURCE, fates="; ".join(fates)) + (":" if reasons_follow else ".")
