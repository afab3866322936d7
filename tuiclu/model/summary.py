"""The end of a run as a table in plain text."""

from __future__ import annotations

from tuiclu.model.cluster import ClusterView, ProcessView

_HEADINGS = ("process", "pid", "program", "node", "state", "exit", "cpu", "turnaround", "moves")


def process_table(view: ClusterView) -> list[str]:
    """Return a line for every process, under headings."""
    rows = [_HEADINGS, *(_row(view, process) for process in view.processes.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(view: ClusterView, process: ProcessView) -> tuple[str, ...]:
    exit_ = process.signal or ("-" if process.exit_code is None else str(process.exit_code))
    turnaround = "-" if process.ended_ns is None else f"{(process.ended_ns - process.created_ns) / 1e9:.3f} s"
    moves = sum(one.pid == process.pid and one.outcome == "completed" for one in view.migrations.values())
    cpu = f"{process.cpu_ns / 1e9:.3f} s" if process.cpu_ns else "-"
    return (
        process.name,
        process.pid,
        process.program,
        process.node,
        process.state,
        exit_,
        cpu,
        turnaround,
        str(moves),
    )
