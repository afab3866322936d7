"""What all events have in common."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="kind"):
    """Base of all events. The tag, `noun.past-or-noun`, is the event's `kind`."""
