"""How an event stands in its line of the stream: as it is, and a reason in English, with its rule and numbers beside it.

`{"kind": "process.exited", ..., "reason": "SIGTERM, sent by the user", "rule": "signalled", "numbers": {...}, ...}`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple, Union

import msgspec

from nodes.wire.events.base import Event
from nodes.wire.reasons import Reason, from_fields


def encode(event: Event) -> bytes:
    """Return the JSON object of an event, its kind in front."""
    return _encode(_told(event))


def fields(event: Event) -> dict[str, Any]:
    """Return the same as plain data."""
    found: dict[str, Any] = msgspec.to_builtins(_told(event))
    return found


def columns(event: type[Event]) -> tuple[str, ...]:
    """Return the names of what stands in the lines of such events, but for their kind and place."""
    line = _line_of(event)
    return (event if line is None else line.kind).__struct_fields__


def decoder(events: Iterable[type[Event]]) -> Callable[[bytes], Any]:
    """Return the function that makes of such an object one of these events again. It raises ValueError."""
    lines = {(event if line is None else line.kind): (event, line) for event in events for line in (_line_of(event),)}
    decode = msgspec.json.Decoder(Union[tuple(lines)]).decode  # noqa: UP007 - of types that are known only here

    def event_of(line: bytes) -> Any:
        found = decode(line)
        event, told = lines[type(found)]
        if told is None:
            return found
        values = msgspec.structs.asdict(found)
        said, rule, numbers = (values.pop(name) for name in (told.reason, "rule", "numbers"))
        return event(**values, **{told.reason: from_fields(said, rule, numbers)})

    return event_of


class _Line(NamedTuple):
    """What stands in the line of an event that gives a reason."""

    kind: type[msgspec.Struct]
    reason: str
    """The field that says why."""


def _told(event: Event) -> msgspec.Struct:
    line = _line_of(type(event))
    if line is None:
        return event
    values = msgspec.structs.asdict(event)
    why: Reason | None = values[line.reason]
    if why is not None:
        values |= {"rule": why.rule, "numbers": why.numbers}
    return line.kind(**values | {line.reason: "" if why is None else str(why)})


@cache
def _line_of(event: type[Event]) -> _Line | None:
    """Return what stands in the lines of such events; None: they give no reason, and stand there as they are."""
    fields = msgspec.structs.fields(event)
    reason = next((field.name for field in fields if field.type in (Reason, Reason | None)), None)
    if reason is None:
        return None
    columns: list[Any] = []
    for field in fields:
        if field.name == reason:
            columns += [(reason, str, ""), ("rule", str, "")]
            columns.append(("numbers", dict[str, Any], msgspec.field(default_factory=dict)))
        elif field.default is msgspec.NODEFAULT:
            columns.append((field.name, field.type))
        else:
            columns.append((field.name, field.type, field.default))
    tag = event.__struct_config__.tag
    return _Line(
        msgspec.defstruct(event.__name__, columns, frozen=True, kw_only=True, tag_field="kind", tag=tag), reason
    )


_encode = msgspec.json.Encoder(order="deterministic").encode
