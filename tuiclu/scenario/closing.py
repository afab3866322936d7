"""What a reader is told at the end of a run, on the screen as well as without one: who ended how, what came of the expectations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from nodes.wire.text import Text
from tuiclu.harmless import harmless
from tuiclu.model.before_and_after import before_and_after
from tuiclu.model.cluster import ClusterView
from tuiclu.model.summary import mean_turnarounds, process_table
from tuiclu.scenario.comparisons import side_by_side
from tuiclu.scenario.compile import Plan, PlannedStep
from tuiclu.scenario.expectations import Verdict
from tuiclu.texts import told


class Line(NamedTuple):
    """A line of it."""

    kind: str
    """`table`, `figure`, `note`, `ok`, `failed` or `end`; empty: it separates."""
    text: str


_FAILED = Text("FAILED")
_NEVER_CAME = Text("note    a step of the script never came: {verb} waited for {event}")
_INVARIANT = Text("invariant {name}: {detail}")
_DISTURBED = Text("note    what was expected is expected of the undisturbed run")
_TOOK = Text("{virtual_s:.6f} virtual seconds")
_END = Text(" in {wall_s:.2f} s; {digest}")


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

    Of `result` it needs `invariants` and `virtual_s`; and `wall_s` and `digest`, if the run has ended for good; where it is `compared` with
    other runs, all that `run --json` has. `disturbed`: somebody has
    given commands meanwhile.
    """
    lines = []
    if table:
        lines += [Line("table", line) for line in process_table(view, lang)]
        means = mean_turnarounds(view, plan.groups, lang)
        lines += [Line("", ""), *(Line("figure", line) for line in means)] if means else []
        lines.append(Line("", ""))
        if "control-blocks" in plan.tells:
            lines += [Line("table", line) for line in before_and_after(view, lang)]
            lines.append(Line("", ""))
        if "compared" in result:
            lines += [Line("table", line) for line in side_by_side(result, result["compared"], lang)]
            lines.append(Line("", ""))
    for step in never_came:
        verb, event = type(step.command).__name__.lower(), step.when and step.when.kind
        lines.append(Line("note", told(_NEVER_CAME.filled(verb=verb, event=event), lang)))
    if disturbed and verdicts:
        lines.append(Line("note", told(_DISTURBED, lang)))
    failed = told(_FAILED, lang)
    for verdict in verdicts:
        lines.append(Line("ok" if verdict.ok else "failed", f"{'ok' if verdict.ok else failed:<6}  {verdict.text}"))
    for invariant in result["invariants"]:
        if not invariant["ok"]:
            lines.append(Line("failed", f"{failed:<6}  {told(_INVARIANT.filled(**invariant), lang)}"))
    ended = told(_END.filled(**result), lang) if "digest" in result else ""
    lines.append(Line("end", told(_TOOK.filled(**result), lang) + ended))
    return [Line(line.kind, harmless(line.text)) for line in lines]
