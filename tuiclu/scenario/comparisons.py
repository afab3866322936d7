"""Runs side by side: limits that another run sets, and the table of what runs came to. Pure.

`freeze: {of: P, below: eager}` is judged by what the run `eager` of the same scenario has shown: the limit is put into the expectation, and
that is judged as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

import msgspec

from nodes.wire.text import Text
from tuiclu.columns import table
from tuiclu.language.quantities import Duration
from tuiclu.model.figures import mean
from tuiclu.scenario import schema
from tuiclu.scenario.expectations import (
    Verdict,
    completed_migrations,
    counted_as,
    figure_of,
    fitting_migrations,
    judge,
)
from tuiclu.scenario.schema import Beside, SpanLimit
from tuiclu.texts import told

Result = Mapping[str, Any]


class Seen(msgspec.Struct, frozen=True):
    """What came of a run."""

    result: Result
    counts: Mapping[str, int]
    """How many events of each kind, and of each demand, there were."""


Others = Mapping[str, Seen]
"""What came of other runs, by name."""


class SpanThere(Duration):
    """A limit that is a span of time in another run."""

    beside: Beside

    @classmethod
    def of(cls, ns: int, beside: Beside) -> Self:
        """Return it, with where it comes from."""
        span = cls(ns * beside.percent // 100)
        span.beside = beside
        return span

    def __str__(self) -> str:
        return f"{Duration(round(self, -3))} ({self.beside})"


class CountThere(int):
    """A limit that is a number in another run."""

    beside: Beside

    @classmethod
    def of(cls, count: int, beside: Beside) -> Self:
        """Return it, with where it comes from."""
        number = cls(count * beside.percent // 100)
        number.beside = beside
        return number

    def __str__(self) -> str:
        return f"{int(self)} ({self.beside})"


def runs_named(expectations: Iterable[schema.AnyExpectation]) -> list[str]:
    """Return the names of the runs by which expectations are measured."""
    return list(dict.fromkeys(name for one in expectations for name in _named_in(one)))


def _named_in(value: object) -> Iterator[str]:
    if isinstance(value, Beside):
        yield value.run
    elif isinstance(value, schema.ProcessExpectation) and value.same_as is not None:
        yield value.same_as
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _named_in(getattr(value, field))


def one_by_one(expectation: schema.AnyExpectation) -> list[schema.AnyExpectation]:
    """Return an expectation of several processes as one for each, where each is to be measured by itself in another run."""
    match expectation:
        case schema.TurnaroundExpectation(turnaround=bound) if isinstance(bound.below, Beside) or isinstance(
            bound.above, Beside
        ):
            return [schema.TurnaroundExpectation(msgspec.structs.replace(bound, of=(name,))) for name in bound.of]
        case schema.FaultsExpectation(page_faults=bound) if any(
            isinstance(one, Beside) for one in (bound.count, bound.at_least, bound.at_most)
        ):
            return [schema.FaultsExpectation(msgspec.structs.replace(bound, of=(name,))) for name in bound.of]
        case _:
            return [expectation]


def measured(expectation: schema.AnyExpectation, others: Others) -> schema.AnyExpectation | Missing:
    """Return an expectation with numbers for its limits, or what there is nothing to measure it by."""
    if not list(_named_in(expectation)):
        return expectation
    try:
        return MEASURES[type(expectation)](expectation, others)
    except _NothingThere as nothing:
        return Missing(nothing.run)


class Missing(msgspec.Struct, frozen=True):
    """The other run has nothing of the kind: no such migration, a process that did not end."""

    run: str


class _NothingThere(Exception):
    def __init__(self, run: str) -> None:
        super().__init__(run)
        self.run = run


Figure = Callable[[Seen], int | None]
"""Reads a number out of the results of a run; None: there is none."""


def _span(limit: SpanLimit | None, others: Others, figure: Figure) -> SpanLimit | None:
    return SpanThere.of(_there(limit, others, figure), limit) if isinstance(limit, Beside) else limit


def _count(limit: schema.CountLimit | None, others: Others, figure: Figure) -> schema.CountLimit | None:
    return CountThere.of(_there(limit, others, figure), limit) if isinstance(limit, Beside) else limit


def _there(beside: Beside, others: Others, figure: Figure) -> int:
    seen = others.get(beside.run)
    number = None if seen is None else figure(seen)
    if number is None:
        raise _NothingThere(beside.run)
    return number


def _ns(seconds: float) -> int:
    return round(seconds * 10**9)


def _names(names: schema.Processes | None) -> tuple[str, ...] | None:
    return (names,) if isinstance(names, str) else names


def _is_of(one: Mapping[str, Any], names: schema.Processes | None, key: str = "process") -> bool:
    return names is None or one[key] in (_names(names) or ()) or one["pid"] in (_names(names) or ())


# --------------------------------------------------------------------------------------------------- by expectation


def _measure_process(one: schema.ProcessExpectation, others: Others) -> schema.ProcessExpectation:
    """Demand the end that the process came to in the other run."""
    if one.same_as is None:
        return one
    seen = others.get(one.same_as)
    processes = (
        []
        if seen is None
        else [process for process in seen.result["processes"] if _is_of(process, one.process, "name")]
    )
    ends = {(process["exit_code"], process["signal"], process["output"]) for process in processes}
    if len(ends) != 1:
        raise _NothingThere(one.same_as)
    (exit_, signal, output), *_ = ends
    return msgspec.structs.replace(one, exit=exit_, signal=signal, output=output, same_as=None)


def _measure_freeze(one: schema.FreezeExpectation, others: Others) -> schema.FreezeExpectation:
    bound = one.freeze

    def longest(seen: Seen) -> int | None:
        spans = [
            _ns(move["freeze_s"])
            for move in seen.result["migrations"]
            if _is_of(move, bound.of) and move["outcome"] == "completed" and move["freeze_s"] is not None
        ]
        return max(spans, default=None)

    below = _span(bound.below, others, longest)
    assert below is not None
    return schema.FreezeExpectation(msgspec.structs.replace(bound, below=below))


def _measure_turnaround(one: schema.TurnaroundExpectation, others: Others) -> schema.TurnaroundExpectation:
    bound = one.turnaround

    def spans(seen: Seen) -> list[int]:
        found = [process["turnaround_s"] for process in seen.result["processes"] if _is_of(process, bound.of, "name")]
        return [] if None in found else [_ns(span) for span in found]

    def longest(seen: Seen) -> int | None:
        return max(spans(seen), default=None)

    def on_average(seen: Seen) -> int | None:
        found = spans(seen)
        return round(mean(found)) if found else None

    changed = msgspec.structs.replace(
        bound,
        below=_span(bound.below, others, longest),
        above=_span(bound.above, others, longest),
        mean_below=_span(bound.mean_below, others, on_average),
        mean_above=_span(bound.mean_above, others, on_average),
    )
    return schema.TurnaroundExpectation(changed)


Bound = TypeVar("Bound", schema.MigrationFilter, schema.PagesBound, schema.FaultsBound, schema.EventExpectation)


def _measure_counts(bound: Bound, others: Others, figure: Figure) -> Bound:
    return msgspec.structs.replace(
        bound,
        count=_count(bound.count, others, figure),
        at_least=_count(bound.at_least, others, figure),
        at_most=_count(bound.at_most, others, figure),
    )


def _measure_migrations(one: schema.MigrationsExpectation, others: Others) -> schema.MigrationsExpectation:
    return schema.MigrationsExpectation(
        _measure_counts(one.migrations, others, lambda seen: len(fitting_migrations(one.migrations, seen.result)))
    )


def _measure_pages(one: schema.PagesExpectation, others: Others) -> schema.PagesExpectation:
    """Take the largest of the figures that there are: the strategy that is demanded here is not that of the other run."""
    anywhere = msgspec.structs.replace(one.pages, strategy=None)

    def largest(seen: Seen) -> int | None:
        moves = completed_migrations(anywhere, seen.result)
        return max((figure_of(move, one.pages.figure) for move in moves), default=None)

    return schema.PagesExpectation(_measure_counts(one.pages, others, largest))


def _measure_faults(one: schema.FaultsExpectation, others: Others) -> schema.FaultsExpectation:
    def faults(seen: Seen) -> int | None:
        found = [
            sum(process["faults"].values())
            for process in seen.result["processes"]
            if _is_of(process, one.page_faults.of, "name")
        ]
        return max(found, default=None)

    return schema.FaultsExpectation(_measure_counts(one.page_faults, others, faults))


def _measure_events(one: schema.EventExpectation, others: Others) -> schema.EventExpectation:
    return _measure_counts(one, others, lambda seen: seen.counts.get(counted_as(one), 0))


def _measure_evictions(one: schema.EvictionsExpectation, others: Others) -> schema.EvictionsExpectation:
    def longest(seen: Seen) -> int | None:
        spans = [
            _ns(eviction["completed_s"] - eviction["started_s"])
            for eviction in seen.result["evictions"]
            if eviction["node"] == one.evictions.of and eviction["completed_s"] is not None
        ]
        return max(spans, default=None)

    return schema.EvictionsExpectation(
        msgspec.structs.replace(one.evictions, within=_span(one.evictions.within, others, longest))
    )


MEASURES: dict[type, Callable[[Any, Others], schema.AnyExpectation]] = {
    schema.ProcessExpectation: _measure_process,
    schema.MigrationsExpectation: _measure_migrations,
    schema.FreezeExpectation: _measure_freeze,
    schema.PagesExpectation: _measure_pages,
    schema.FaultsExpectation: _measure_faults,
    schema.TurnaroundExpectation: _measure_turnaround,
    schema.EventExpectation: _measure_events,
    schema.EvictionsExpectation: _measure_evictions,
}
"""Who puts in the numbers of another run, by the expectation that can name one."""

_NOTHING = Text("the run {run} shows nothing that this could be measured by: {what}")


def verdict(expectation: schema.AnyExpectation, seen: Seen, others: Others, lang: str) -> Verdict:
    """Judge an expectation by what came of a run, and of those that it is compared with."""
    demanded = measured(expectation, others)
    if not isinstance(demanded, Missing):
        return judge(demanded, seen.result, seen.counts, lang)
    what = expectation.__struct_encode_fields__[0]
    return Verdict(told(_NOTHING.filled(run=demanded.run, what=what), lang), ok=False)


# ---------------------------------------------------------------------------------------------------------- the table

MOST_ROWS = 6
"""Of more processes than these, a table has the mean alone."""
_THIS = Text("this run")
_TURNAROUND = Text("turnaround of {name}")
_MEAN = Text("mean turnaround")
_FREEZE = Text("longest standstill of {name}")
_FREEZES = Text("longest standstill")
_FAULTS = Text("page faults of {name}")
_MOVES = Text("completed migrations")
_PAGES = Text("pages sent")
_BYTES = Text("bytes on the wire")
_NONE = "-"


def side_by_side(this: Result, others: Mapping[str, Result], lang: str) -> list[str]:
    """Return a table: what this run came to, and beside it what each of the others did. Of figures that no run changes there is none."""
    runs = [this, *others.values()]
    names = [process["name"] for process in this["processes"]]
    moved = list(dict.fromkeys(move["process"] for run in runs for move in run["migrations"] if _stood_s(move)))
    rows: list[tuple[Text, list[str]]] = []
    if len(names) <= MOST_ROWS:
        rows += [
            (_TURNAROUND.filled(name=name), [_seconds(_turnaround_s(run, name)) for run in runs]) for name in names
        ]
        rows += [(_FAULTS.filled(name=name), [_faults(run, name) for run in runs]) for name in names]
    if len(names) > 1:
        rows.append((_MEAN, [_seconds(_mean_s(run)) for run in runs]))
    if len(moved) <= MOST_ROWS:
        rows += [(_FREEZE.filled(name=name), [_seconds(_longest_s(run, name)) for run in runs]) for name in moved]
    else:
        rows.append((_FREEZES, [_seconds(_longest_s(run, None)) for run in runs]))
    completed = [[move for move in run["migrations"] if move["outcome"] == "completed"] for run in runs]
    for label, key in ((_PAGES, "pages_sent"), (_BYTES, "bytes_on_wire")):
        rows.append((label, [str(sum(move[key] for move in moves)) if moves else _NONE for moves in completed]))
    rows.append((_MOVES, [str(len(moves)) for moves in completed]))
    lines = [("", told(_THIS, lang), *others)]
    lines += [(told(label, lang), *cells) for label, cells in rows if len(set(cells)) > 1 or label is _MOVES]
    return table(lines)


def _turnaround_s(run: Result, name: str) -> float | None:
    return next((process["turnaround_s"] for process in run["processes"] if process["name"] == name), None)


def _faults(run: Result, name: str) -> str:
    return next((str(sum(one["faults"].values())) for one in run["processes"] if one["name"] == name), _NONE)


def _mean_s(run: Result) -> float | None:
    spans = [process["turnaround_s"] for process in run["processes"] if process["turnaround_s"] is not None]
    return mean(spans) if spans else None


def _stood_s(move: Mapping[str, Any]) -> float | None:
    return move["freeze_s"] if move["outcome"] == "completed" else None


def _longest_s(run: Result, name: str | None) -> float | None:
    spans = [_stood_s(move) for move in run["migrations"] if name in (None, move["process"])]
    return max((span for span in spans if span is not None), default=None)


def _seconds(seconds: float | None) -> str:
    return _NONE if seconds is None else f"{seconds:.3f} s"
