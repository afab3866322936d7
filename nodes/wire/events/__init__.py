"""What can happen, as a closed set of past-tense facts, a file for each subject: the event stream is made of these and of nothing else.

A node or the engine emits an event; the engine stamps it with virtual time, place and a running number (`Stamped`) and writes it as
one JSON line. Events carry names and base units, nothing of the real world (no real pid, no wall clock): equal runs are equal to the
byte.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from nodes.wire.events import lines
from nodes.wire.events.base import *
from nodes.wire.events.initiator import *
from nodes.wire.events.links import *
from nodes.wire.events.mail import *
from nodes.wire.events.migration import *
from nodes.wire.events.network import *
from nodes.wire.events.node import *
from nodes.wire.events.owner import *
from nodes.wire.events.pages import *
from nodes.wire.events.process import *
from nodes.wire.events.run import *
from nodes.wire.events.snapshots import *
from nodes.wire.ids import NodeName

AnyEvent = (
    RunEvent
    | ProcessEvent
    | PageEvent
    | NetworkEvent
    | MailEvent
    | LinkEvent
    | MigrationEvent
    | InitiatorEvent
    | OwnerEvent
    | NodeEvent
    | SnapshotEvent
)


def kind_of(event: Event | type[Event]) -> str:
    """Return the name under which an event stands in the stream: `process.created`."""
    return _KIND_OF[event if isinstance(event, type) else type(event)]


_KIND_OF: dict[type[Event], str] = {event: str(event.__struct_config__.tag) for event in AnyEvent.__args__}
KINDS: dict[str, type[Event]] = {kind: event for event, kind in _KIND_OF.items()}
"""Every kind of event there is, by name."""


def fields_of(event: type[Event]) -> tuple[str, ...]:
    """Return the names of what such events have in the stream, beside their kind and place."""
    return lines.columns(event)


class Stamped(msgspec.Struct, frozen=True):
    """An event with its place in the order of the run."""

    t: int
    """Virtual nanoseconds."""
    seq: int
    """Running number over the whole run, from 0."""
    node: NodeName | None
    """Where it happened; None: in the cluster as a whole."""
    event: AnyEvent

    def to_json(self) -> bytes:
        """Return the event's line in the stream, without the line's end."""
        node = b"null" if self.node is None else b'"' + self.node.encode() + b'"'
        return b'{"t":%d,"seq":%d,"node":%b,%b' % (self.t, self.seq, node, lines.encode(self.event)[1:])

    def fields(self) -> dict[str, Any]:
        """Return what stands in that line, as plain data: what conditions and exports know of an event."""
        return {"t": self.t, "seq": self.seq, "node": self.node, **lines.fields(self.event)}


def event_of(line: bytes) -> AnyEvent:
    """Return the event of a line of the stream. Raises ValueError (msgspec.DecodeError among them) for what is no such line."""
    return _decoder()(line)


@cache
def _decoder() -> Callable[[bytes], AnyEvent]:
    return lines.decoder(AnyEvent.__args__)
