"""What a migration strategy is: which pages move when. The session does the rest.

A strategy is told when the destination is ready, and whenever all pages that it had asked to send are over there. It answers by calling
the transfer. The strategies differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from nodes.wire.parameters import MigrationParameters


class RoundFigures(NamedTuple):
    """What it took to bring one set of pages over."""

    number: int
    """1 for the first set."""
    pages: int
    duration_ns: int


class Transfer(Protocol):
    """What a strategy can do with a migration, at the source."""

    def freeze(self, why: str = "") -> None:
        """Stop the process: from now on nothing changes it. `why` now, if that was a decision."""

    def pages_to_send(self) -> list[int]:
        """Return the numbers of the pages in frames here that the destination has not, or not as they are now; in order."""

    def last_round(self) -> RoundFigures:
        """Return the figures of the last set of pages that arrived."""

    def send_pages(self, pages: list[int]) -> None:
        """Send pages, as fast as the wire and the destination take them; then `Strategy.pages_arrived` is called."""

    def hand_over(self) -> None:
        """Send the rest of the frozen process, and give it to the destination when it is installed there."""


class Strategy(Protocol):
    """A way to move an address space. One object serves one migration."""

    def begin(self, transfer: Transfer) -> None:
        """The destination has accepted the process and reserved what it needs; the process still runs here."""

    def pages_arrived(self, transfer: Transfer) -> None:
        """All pages that were to be sent have arrived."""


StrategyFactory = Callable[[MigrationParameters], Strategy]
