"""What somebody reacts to who reacts to an event: where it comes of another one at the same instant, to that as well. Pure.

A reaction comes one latency after its event at the earliest, and no node may have run beyond that. A node stops there by itself behind an
event of its own that is watched. What the engine or an observer makes of it, the node does not know: so the event that it comes of is
watched too.
"""

from __future__ import annotations

from collections.abc import Iterable

from nodes.wire.events import (
    MessageHeld,
    MessageSent,
    SnapshotChannel,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotPart,
    SnapshotRecorded,
    kind_of,
)

ORIGINS: dict[str, tuple[str, ...]] = {
    kind_of(MessageHeld): (kind_of(MessageSent),),
    kind_of(SnapshotEnded): (kind_of(SnapshotRecorded), kind_of(SnapshotChannel), kind_of(SnapshotPart)),
    kind_of(SnapshotFailed): (kind_of(SnapshotChannel),),
}
"""By kind: the kinds of events of nodes that it can come of, at their instant."""


def with_origins(watched: Iterable[str]) -> set[str]:
    """Return the kinds of events that somebody reacts to, and those that they come of."""
    kinds = set(watched)
    return kinds.union(*(ORIGINS.get(kind, ()) for kind in kinds))
