"""What a law is: it reads the stream, and names what breaks it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from nodes.wire.events import Event, Stamped
from tuiclu.model.fold import Takes


class Law(Takes):
    """Base of all laws. Its methods take the events that it looks at, and return a sentence for each way in which one breaks it."""

    name: ClassVar[str]
    """What reports call it."""

    @property
    def about(self) -> tuple[type[Event], ...]:
        """The events that it looks at."""
        return tuple(self.taken)

    def check(self, stamped: Stamped) -> Iterable[str]:
        """Take the next event; return a sentence for each way in which it breaks the law."""
        taker = self.taken.get(type(stamped.event))
        return () if taker is None else getattr(self, taker)(stamped.event, stamped.t, stamped.node or "")
