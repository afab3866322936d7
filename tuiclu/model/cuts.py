"""What a screen shows of snapshots: where each cuts the lines of the nodes, and what is known of it so far. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from nodes.wire.events import SnapshotRecorded
from nodes.wire.ids import Pid
from tuiclu.model.frame import ChannelRow, CutRow, SnapshotRow
from tuiclu.model.sentences.snapshots import sums
from tuiclu.model.sentences.teller import in_words
from tuiclu.model.snapshots import SnapshotView

CUTS = 8
"""How many of the latest snapshots are drawn."""


def verdict_on(snapshot: SnapshotView) -> str:
    """Return `consistent`, `inconsistent`, `failed`, or nothing as long as it is not over."""
    if snapshot.ended is None:
        return "failed" if snapshot.failed else ""
    return "consistent" if snapshot.ended.consistent else "inconsistent"


def cuts_of(snapshots: Iterable[SnapshotView]) -> tuple[CutRow, ...]:
    """Return where snapshots cut the lines of the nodes."""
    return tuple(
        CutRow(one.started.snapshot, node, t, verdict_on(one), one.started.way)
        for one in snapshots
        for node, (t, _) in one.recorded.items()
    )


def snapshot_row(snapshot: SnapshotView, name_of: Callable[[Pid], str]) -> SnapshotRow:
    """Return what is known of a snapshot."""
    started, ended = snapshot.started, snapshot.ended
    nodes = [(node, *_state_of(snapshot.recorded.get(node), name_of)) for node in started.nodes]
    channels = [
        ChannelRow(one.source, node, tuple(Counter(one.messages).items()), one.pages, over=True)
        for node, found in snapshot.channels.items()
        for one in found
        if one.messages
    ]
    return SnapshotRow(
        started.snapshot,
        started.way,
        verdict_on(snapshot),
        snapshot.started_ns,
        tuple(nodes),
        tuple(channels),
        tuple(
            (name_of(one.source), name_of(one.destination), one.messages, sums(one.amounts))
            for one in (() if ended is None else ended.between)
        ),
        tuple(
            f"{name_of(pid)} ({place})"
            for pid, place in (() if ended is None else ended.places.items())
            if ">" in place
        ),
        "" if ended is None else sums(ended.totals),
        in_words(snapshot.failed) if snapshot.failed else {},
        ended is not None and ended.over,
        () if ended is None else tuple(ended.lost),
        () if ended is None else tuple(name_of(pid) for pid in ended.stuck),
    )


def _state_of(recorded: tuple[int, SnapshotRecorded] | None, name_of: Callable[[Pid], str]) -> tuple[int | None, str]:
    if recorded is None:
        return None, ""
    t, state = recorded
    has = [(name_of(one.pid), sums(one.amounts)) for one in state.processes]
    return t, ", ".join(f"{name} ({amounts})" if amounts else name for name, amounts in has)
