"""What all events have in common."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from nodes.wire.text import Text


class Event(msgspec.Struct, frozen=True, tag_field="kind"):
    """Base of all events. The tag, `noun.past-or-noun`, is the event's `kind`."""

    TOLD: ClassVar[Text | None] = None
    """The sentence that tells it: it names fields of the event, and what `tuiclu.model.narration` adds. None: it is not told."""
