"""What a reader is told at the end of a run, on the screen as well as without one: who ended how, what came of the expectations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tuiclu.harmless import harmless
from tuiclu.model.cluster import ClusterView
from tuiclu.model.summary import mean_turnarounds, process_table
from tuiclu.scenario.compile import Plan, PlannedStep
from tuiclu.scenario.expectations import Verdict


class Line(NamedTuple):
    """A line of it."""

    kind: str
    """`table`, `figure`, `note`, `ok`, `failed` or `end`; empty: it separates."""
    text: str


_FAILED = {"en": "FAILED", "es": "FALLA"}
_NEVER_CAME = {
    "en": "note    a step of the script never came: {verb} waited for {event}",
    "es": "nota    un paso del guion no llegó nunca: {verb} esperaba a {event}",
}
_INVARIANT = {"en": "invariant {name}: {detail}", "es": "invariante {name}: {detail}"}
_DISTURBED = {
    "en": "note    what was expected is expected of the undisturbed run",
    "es": "nota    lo esperado se espera de la ejecución sin intervenciones",
}
_TOOK = {"en": "{virtual_s:.6f} virtual seconds", "es": "{virtual_s:.6f} segundos virtuales"}
_END = {"en": " in {wall_s:.2f} s; {digest}", "es": " en {wall_s:.2f} s; {digest}"}


def closing(
    plan: Plan,
    view: ClusterView,
    verdicts: Sequence[Verdict],
    result: dict[str, Any],
    never_came: Iterable[PlannedStep],
    lang: str,
    *,
    table: bool = True,
    disturbed: bool = False,
) -> list[Line]:
    """Return the lines; without `table` only what decides the exit status.

    Of `result` it needs `invariants` and `virtual_s`; and `wall_s` and `digest`, if the run has ended for good. `disturbed`: somebody has
    given commands meanwhile.
    """
    lines = []
    if table:
        lines += [Line("table", line) for line in process_table(view, lang)]
        means = mean_turnarounds(view, plan.groups, lang)
        lines += [Line("", ""), *(Line("figure", line) for line in means)] if means else []
        lines.append(Line("", ""))
    for step in never_came:
        verb, event = type(step.command).__name__.lower(), step.when and step.when.kind
        lines.append(Line("note", _NEVER_CAME[lang].format(verb=verb, event=event)))
    if disturbed and verdicts:
        lines.append(Line("note", _DISTURBED[lang]))
    failed = _FAILED[lang]
    for verdict in verdicts:
        lines.append(Line("ok" if verdict.ok else "failed", f"{'ok' if verdict.ok else failed:<6}  {verdict.text}"))
    for invariant in result["invariants"]:
        if not invariant["ok"]:
            lines.append(Line("failed", f"{failed:<6}  {_INVARIANT[lang].format(**invariant)}"))
    ended = _END[lang].format(**result) if "digest" in result else ""
    lines.append(Line("end", _TOOK[lang].format(**result) + ended))
    return [Line(line.kind, harmless(line.text)) for line in lines]
