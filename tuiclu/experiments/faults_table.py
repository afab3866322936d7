"""The matrix of faults as a table, as data, and as JUnit's XML for continuous integration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from nodes.wire.text import Text
from tuiclu import columns
from tuiclu.experiments.fates import VERDICTS
from tuiclu.experiments.faults import ROLES, Explored, Judged
from tuiclu.experiments.moments import PHASES
from tuiclu.texts import told

_PHASES: dict[str, Text] = {
    "negotiation": Text.of("phase", "negotiation"),
    "transfer": Text.of("phase", "transfer"),
    "frozen": Text.of("phase", "frozen"),
    "installation": Text.of("phase", "installation"),
    "commit": Text.of("phase", "commit"),
    "resumed": Text.of("phase", "resumed"),
}
_WHERE = Text("{phase}: {role}")
_TITLE = Text.forms(
    "cells",
    "{strategy}: {cells} run; there are {all} with one fault",
    "{strategy}: {cells} runs; there are {all} with one fault",
)
_AS_WRITTEN = Text("as the scenario says")
_STRUCK = Text("struck while, and what")
_TIMELY = Text("Not judged, as what they write depends on how long things take: {processes}.")
_BAD = Text("bad: {faults}: {why}")


def rows(judgements: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return how often there was each verdict, by phase and by what the victim of the last fault was to the migration."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in judgements:
        counts.setdefault((one.cell.phase, one.cell.role), Counter())[one.verdict.kind] += 1
    phases = list(PHASES.values())
    places = sorted(counts, key=lambda place: (phases.index(place[0]), list(ROLES).index(place[1])))
    return [
        {"phase": phase, "victim": role, **{kind: counts[phase, role][kind] for kind in VERDICTS}}
        for phase, role in places
    ]


def as_data(strategy: str | None, explored: Explored) -> dict[str, Any]:
    """Return the matrix of a strategy as `--json` prints it."""
    return {
        "strategy": strategy,
        "cells": len(explored.judgements),
        "of": explored.all_cells,
        "rows": rows(explored.judgements),
        "bad": [{"faults": named(one), "why": one.verdict.why} for one in _bad(explored)],
        "not_judged": explored.timely,
    }


def table(strategy: str | None, explored: Explored, lang: str, width: int) -> list[str]:
    """Return the matrix of a strategy as lines."""
    title = _TITLE.filled(strategy=strategy or _AS_WRITTEN, cells=len(explored.judgements), all=explored.all_cells)
    found = rows(explored.judgements)
    kinds = [kind for kind in VERDICTS if any(row[kind] for row in found)]
    headings = [(told(_STRUCK, lang), *(told(VERDICTS[kind], lang) for kind in kinds))]
    lines = [
        (
            told(_WHERE.filled(phase=_PHASES[row["phase"]], role=ROLES[row["victim"]]), lang),
            *(str(row[kind] or "-") for kind in kinds),
        )
        for row in found
    ]
    behind = [told(_BAD.filled(faults=named(one), why=one.verdict.why), lang) for one in _bad(explored)]
    if explored.timely:
        behind.append(told(_TIMELY.filled(processes=", ".join(explored.timely)), lang))
    return [told(title, lang), "", *columns.figures(headings, lines, width), *([""] if behind else []), *behind]


def _bad(explored: Explored) -> list[Judged]:
    return [one for one in explored.judgements if one.verdict.kind == "bad"]


def named(judged: Judged) -> str:
    """Name a cell in one line: its faults, in the order of time."""
    return ", ".join(f"{fault.kind} {fault.target} at {fault.at_ns} ns" for fault in judged.cell.faults)


def as_junit(name: str, suites: dict[str, list[Judged]]) -> str:
    """Return the matrix as JUnit's XML: a suite for each strategy, a case for each cell; a cell without a verdict was skipped."""
    root = ET.Element("testsuites", name=name)
    for strategy, judgements in suites.items():
        count = Counter(one.verdict.kind for one in judgements)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=strategy,
            tests=str(len(judgements)),
            failures=str(count["bad"]),
            skipped=str(count["open"]),
        )
        for one in judgements:
            place = f"{strategy}.{one.cell.phase}.{one.cell.role}"
            case = ET.SubElement(suite, "testcase", classname=place, name=named(one))
            if one.verdict.kind == "bad":
                ET.SubElement(case, "failure", message=one.verdict.why)
            elif one.verdict.kind == "open":
                ET.SubElement(case, "skipped", message="the run was cut off before its end")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
