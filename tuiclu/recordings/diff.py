"""Two runs compared: in which settings they differ, which event is the first that differs and in what, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

from nodes.wire.events import RunStarted, Stamped, kind_of
from nodes.wire.text import Text
from tuiclu.columns import table
from tuiclu.counted import how_many
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.model.report import report
from tuiclu.texts import told

LONGEST = 60
"""Characters of a value that are shown."""
MANY = 12
"""Settings, and fields of an event, that are named."""
RESULTS = ("node", "state", "exit_code", "signal", "instructions", "turnaround_s", "migrations")
"""Of a process, as `run --json` has it."""
NOTHING = Text("(nothing: the run has ended)")


@dataclass(frozen=True)
class Difference:
    """Where two runs part."""

    settings: tuple[tuple[str, str, str], ...]
    """Of each setting that is not the same: its path, and both values."""
    one: Stamped | None
    """The first event that differs, of either run; None: that run has ended, or nothing differs."""
    other: Stamped | None
    fields: tuple[tuple[str, str, str], ...]
    """In what these two differ."""
    common: int
    """How many events come before them that are the same, but for the settings at the beginning."""

    @property
    def events_differ(self) -> bool:
        return self.one is not None or self.other is not None


def compare(one: Sequence[Stamped], other: Sequence[Stamped]) -> Difference:
    """Return where two runs part. What the runs were started with is compared apart: everything may follow from it."""
    settings = tuple(_differences(_settings(one), _settings(other)))
    for number, (left, right) in enumerate(zip_longest(one, other)):
        if left is not None and right is not None:
            started = isinstance(left.event, RunStarted) and isinstance(right.event, RunStarted)
            if started or (left.t, left.node, left.event) == (right.t, right.node, right.event):
                continue
        fields = tuple(_differences(_fields(left), _fields(right))) if left is not None and right is not None else ()
        return Difference(settings, left, right, fields, number)
    return Difference(settings, None, None, (), len(one))


def _settings(events: Sequence[Stamped]) -> dict[str, Any]:
    started = next((one.event for one in events if isinstance(one.event, RunStarted)), None)
    return {} if started is None else msgspec.to_builtins(started)


def _fields(stamped: Stamped) -> dict[str, Any]:
    return {name: value for name, value in stamped.fields().items() if name != "seq"}


def _differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield where two trees of plain data differ, and both values there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, f"{path}[{index}]")
    elif one != other:
        yield path, _short(one), _short(other)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def lines(names: tuple[str, str], runs: tuple[Sequence[Stamped], Sequence[Stamped]], lang: str) -> Iterator[str]:
    """Yield what there is to tell of two runs, line by line."""
    difference = compare(*runs)
    if difference.settings:
        yield told(Text("The settings differ:"), lang)
        yield from (f"  {path}: {one}  |  {other}" for path, one, other in difference.settings[:MANY])
    if not difference.events_differ:
        yield told(Text("The events are the same: {count}.", count=difference.common), lang)
        return
    parting = Text("{same}; number {number} is the first that differs:")
    yield told(parting.filled(same=how_many(difference.common, "equal event"), number=difference.common), lang)
    for name, run, stamped in zip(names, runs, (difference.one, difference.other), strict=True):
        yield f"  {name}: {_told(run, stamped, lang)}"
    yield from (f"    {path}: {one}  |  {other}" for path, one, other in difference.fields[:MANY])
    yield ""
    yield from _results(names, runs, lang)


def _told(run: Iterable[Stamped], wanted: Stamped | None, lang: str) -> str:
    """Return an event in a line: when, where, its kind and what tells it."""
    if wanted is None:
        return told(NOTHING, lang)
    view = ClusterView()
    narrator = Narrator(view, lang, "")
    for stamped in run:
        view.apply(stamped)
        sentences = narrator.tell(stamped)
        if stamped is wanted:
            said = " ".join(line.partition(" s  ")[2].strip() for line in sentences)
            return f"{wanted.t / 1e9:.9f} s {wanted.node or '-'} {kind_of(wanted.event)}  {said}".rstrip()
    raise AssertionError("the event is of that run")


def _results(names: tuple[str, str], runs: tuple[Iterable[Stamped], Iterable[Stamped]], lang: str) -> Iterator[str]:
    """Yield what became of the processes whose ends differ, side by side."""
    views = [_folded(run) for run in runs]
    one, other = ({each["name"]: each for each in report(view)["processes"]} for view in views)
    rows: list[tuple[str, ...]] = [("", told(Text("figure"), lang), *names)]
    for name in dict.fromkeys([*one, *other]):
        left, right = one.get(name, {}), other.get(name, {})
        rows += [
            (name, key, _short(left.get(key)), _short(right.get(key)))
            for key in RESULTS
            if left.get(key) != right.get(key)
        ]
    ends = [f"{view.now_ns / 1e9:.6f} s" for view in views]
    rows.append(("", told(Text("end of the run"), lang), *ends))
    yield from table(rows)


def _folded(run: Iterable[Stamped]) -> ClusterView:
    view = ClusterView()
    for stamped in run:
        view.apply(stamped)
    return view
