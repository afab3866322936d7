"""What a migration strategy is: which pages move when. The session does the rest.

A strategy is told when the destination is ready, and whenever all pages that it had asked to send are over there. It answers by calling
the transfer. The strategies differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from nodes.wire.parameters import MigrationParameters

FEW_FRAMES = 8
"""What a process needs at once, at the least, to make progress: the pages of an instruction and of a system call."""


class RoundFigures(NamedTuple):
    """What it took to bring one set of pages over."""

    number: int
    """1 for the first set."""
    pages: int
    duration_ns: int
    beside_ns: int = 0
    """How long a freeze would take beside its last set of pages: to pack the rest, send it, install it, and hand the process over."""


class Transfer(Protocol):
    """What a strategy can do with a migration, at the source."""

    def freeze(self, why: str = "") -> None:
        """Stop the process: from now on nothing changes it. `why` now, if that was a decision."""

    def pages_to_send(self) -> list[int]:
        """Return the numbers of all pages that the destination has not, or not as they are now; in order. They may be in frames, on
        a disk, or on a node where the process was before."""

    def resident_dirty_pages(self) -> list[int]:
        """Return the numbers of the pages that are in frames here and were written since they were brought in; in order."""

    def last_round(self) -> RoundFigures:
        """Return the figures of the last set of pages that arrived."""

    def send_pages(self, pages: list[int]) -> None:
        """Send pages, as fast as the wire and the destination take them; then `Strategy.pages_arrived` is called."""

    def flush_pages(self, pages: list[int]) -> None:
        """Write pages of the frozen process to a disk, where the destination can read them; then `Strategy.pages_arrived` is called."""

    def hand_over(self, *, keep_in_memory: bool = True, push: bool = False) -> None:
        """Send the rest of the frozen process, and give it to the destination when it is installed there.

        Pages that were not sent stay behind and are fetched when they are needed: from this node's memory, or only from disks if
        `keep_in_memory` is False. With `push` they are sent after the process unasked as well, until none is left.
        """


class Strategy(Protocol):
    """A way to move an address space. One object serves one migration."""

    def begin(self, transfer: Transfer) -> None:
        """The destination has accepted the process and reserved what it needs; the process still runs here."""

    def pages_arrived(self, transfer: Transfer) -> None:
        """All pages that were to be sent have arrived."""


StrategyFactory = Callable[[MigrationParameters], Strategy]
Made = TypeVar("Made", bound=StrategyFactory)


class Known(NamedTuple):
    """A strategy of ours, and what a reader is told of it: what moves when, and what the process still needs then."""

    make: StrategyFactory
    place: int
    """In lists."""
    before: str
    """The process stops."""
    meanwhile: str
    """It stands still."""
    afterwards: str
    needs: str


_known: dict[str, Known] = {}


def strategy(
    name: str, *, place: int, before: str, meanwhile: str, afterwards: str, needs: str
) -> Callable[[Made], Made]:
    """Give a class the name under which scenarios ask for it, and its place in lists. Nothing else has to be told of it."""

    def enter(make: Made) -> Made:
        if name in _known or place in (one.place for one in _known.values()):
            raise ValueError(f"{name}, in place {place}, is not the only strategy of this name and in this place")
        _known[name] = Known(make, place, before, meanwhile, afterwards, needs)
        return make

    return enter


def known_strategies() -> dict[str, Known]:
    """Return those whose modules have been imported, by name."""
    return dict(sorted(_known.items(), key=lambda one: one[1].place))


def frames_needed(strategy: Strategy, resident: int, dirty: int) -> int:
    """Return for how many frames the destination is asked: as many as are in use here, unless the strategy knows better.

    It knows if it has a method of this name, which gets the number of the pages in frames here, and of the dirty ones among them.
    """
    knows: Callable[[int, int], int] | None = getattr(strategy, "frames_needed", None)
    return resident if knows is None else knows(resident, dirty)
