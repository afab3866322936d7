"""The end of a run in plain text: a table of all processes, and mean turnarounds. English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nodes.wire.text import Text
from tuiclu.columns import table
from tuiclu.model.cluster import ClusterView
from tuiclu.model.figures import mean
from tuiclu.model.processes import ProcessView
from tuiclu.texts import told

_HEADINGS = (
    Text.of("heading", "process"),
    Text.of("heading", "pid"),
    Text.of("heading", "program"),
    Text.of("heading", "node"),
    Text.of("heading", "state"),
    Text.of("heading", "exit"),
    Text.of("heading", "cpu"),
    Text.of("heading", "turnaround"),
    Text.of("heading", "moves"),
)
STATES = {
    "new": Text.of("state", "new"),
    "ready": Text.of("state", "ready"),
    "running": Text.of("state", "running"),
    "blocked": Text.of("state", "blocked"),
    "stopped": Text.of("state", "stopped"),
    "frozen": Text.of("state", "frozen"),
    "exited": Text.of("state", "exited"),
    "lost": Text.of("state", "lost"),
}
"""The states of a process."""
_MEAN = Text("mean turnaround of {who}: {mean:.3f} s")
_UNFINISHED = Text(" (not ended: {count})")
_ALL = Text("all {count} that ended")
_RANGE = Text("{first} to {last}")


def process_table(view: ClusterView, lang: str = "en") -> list[str]:
    """Return a line for every process, under headings."""
    return table(process_rows(view, lang))


def process_rows(view: ClusterView, lang: str = "en") -> list[tuple[str, ...]]:
    """Return the headings of the table, and a row for every process."""
    headings = tuple(told(heading, lang) for heading in _HEADINGS)
    return [headings, *(_row(view, process, lang) for process in view.processes.values())]


def mean_turnarounds(view: ClusterView, groups: Mapping[str, Sequence[str]], lang: str = "en") -> list[str]:
    """Return a line for the mean turnaround of each group of several processes; if there is none, of all that ended.

    `groups`: by the name of a definition, the names of the processes that it stands for. From the start of a process to its end.
    """
    by_name = {process.name: process for process in view.processes.values()}
    several = {name: names for name, names in groups.items() if len(names) > 1}
    lines = []
    for names in several.values():
        ended = [turnaround for name in names if (turnaround := _turnaround_ns(by_name.get(name))) is not None]
        if ended:
            who = told(_RANGE.filled(first=names[0], last=names[-1]), lang)
            line = told(_MEAN.filled(who=who, mean=_mean_s(ended)), lang)
            left = len(names) - len(ended)
            lines.append(line + (told(_UNFINISHED.filled(count=left), lang) if left else ""))
    if not several:
        ended = [ns for process in by_name.values() if (ns := _turnaround_ns(process)) is not None]
        if len(ended) > 1:
            lines.append(told(_MEAN.filled(who=told(_ALL.filled(count=len(ended)), lang), mean=_mean_s(ended)), lang))
    return lines


def _turnaround_ns(process: ProcessView | None) -> int | None:
    """Return how long a process that has exited took; None: it has not, or it was killed or lost."""
    if process is None or process.ended_ns is None or process.exit_code is None:
        return None
    return process.ended_ns - process.created_ns


def _mean_s(turnarounds_ns: Sequence[int]) -> float:
    return mean(turnarounds_ns) / 1e9


def _row(view: ClusterView, process: ProcessView, lang: str) -> tuple[str, ...]:
    exit_ = process.signal or ("-" if process.exit_code is None else str(process.exit_code))
    turnaround = "-" if process.ended_ns is None else f"{(process.ended_ns - process.created_ns) / 1e9:.3f} s"
    moves = sum(one.pid == process.pid and one.outcome == "completed" for one in view.migrations.values())
    cpu = f"{process.cpu_ns / 1e9:.3f} s" if process.cpu_ns else "-"
    return (
        process.name,
        process.pid,
        process.program,
        process.node,
        state_in(lang, process.state),
        exit_,
        cpu,
        turnaround,
        str(moves),
    )


def state_in(lang: str, state: str) -> str:
    """Return what the state of a process is called in a language."""
    return told(STATES.get(state, state), lang)
