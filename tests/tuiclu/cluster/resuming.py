"""A run, a snapshot of it at some instant, and the run that goes on from there."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from tuiclu.cluster import commands
from tuiclu.cluster.resumption import Gatherer, Resumption, decode
from tuiclu.scenario.compile import Plan, PlannedStep
from tuiclu.scenario.runner import Outcome, run

Events = list[dict[str, Any]]


def with_snapshot(asked: Plan, at_ns: int, nodes: tuple[str, ...] = ()) -> Plan:
    """Have a snapshot begin at an instant."""
    timed = [step for step in asked.steps if step.at_ns is not None]
    timed.append(PlannedStep(commands.Snapshot(nodes), at_ns=at_ns))
    others = [step for step in asked.steps if step.at_ns is None]
    return msgspec.structs.replace(asked, steps=(*sorted(timed, key=lambda step: step.at_ns or 0), *others))


def going_on(asked: Plan, start: Resumption) -> Plan:
    """Have a run of a plan go on from there."""
    return msgspec.structs.replace(
        asked, goes_on=start, steps=tuple(step for step in asked.steps if step.at_ns is None)
    )


def observed(asked: Plan, **options: Any) -> tuple[Outcome, Events]:
    """Run a plan; return what came of it, and all events without their running numbers."""
    lines: list[bytes] = []
    outcome = run(asked, write_line=lines.append, **options)
    events = [msgspec.json.decode(line) for line in lines]
    for event in events:
        del event["seq"]
    return outcome, events


def gathered(asked: Plan) -> tuple[Outcome, Events, dict[str, Resumption]]:
    """Run a plan as `observed` does; return also what can be gone on from, by snapshots."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Gatherer(Path(folder))) as gatherer:
        outcome, events = observed(asked, gatherer=gatherer)
        found = {str(one["id"]): gatherer.take(str(one["id"])) for one in outcome.result["snapshots"]}
    return outcome, events, {number: decode(content) for number, content in found.items() if content}


def first_difference(one: Events, other: Events) -> object:
    """Return where two streams differ, but for the news that a run goes on; None: nowhere."""
    other = [event for event in other if event["kind"] != "run.resumed"]
    for number, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return number, first, second
    return None if len(one) == len(other) else (len(one), len(other))


def fault_of_going_on(asked: Plan) -> str | None:
    """Run a plan, and again from each of its snapshots; say what is different, None if nothing is."""
    outcome, events, starts = gathered(asked)
    for number, start in starts.items():
        if start.why_not is not None:
            return f"snapshot {number}: {start.why_not}"
        again, same = observed(going_on(asked, start))
        difference = first_difference(events, same)
        if number == min(starts) and observed(going_on(asked, start))[0].digest != again.digest:
            return f"snapshot {number}: not the same again"
        if difference is not None:
            return f"snapshot {number}: {difference}"
        if again.result["processes"] != outcome.result["processes"]:
            return f"snapshot {number}: other processes"
    consistent = [
        str(one["id"]) for one in outcome.result["snapshots"] if one.get("consistent") and one["way"] == "markers"
    ]
    return None if list(starts) == consistent else f"of {consistent} only {list(starts)} can be gone on from"
