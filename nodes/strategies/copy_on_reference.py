"""Copy on reference: no page moves before it is referenced; a variation of eager (dirty), with the lowest initial cost.

All but the page map stays at the source, which has to serve the process for the rest of its life (Zayas 1987).
"""

from __future__ import annotations

from nodes.strategies.strategy import FEW_FRAMES, Transfer, strategy
from nodes.wire.parameters import MigrationParameters


@strategy(
    "copy-on-reference",
    place=4,
    before="-",
    meanwhile="none",
    afterwards="every page at its first reference",
    needs="the source, for life",
)
class CopyOnReference:
    """Freeze and hand over; every page is fetched from the source at its first reference."""

    def __init__(self, parameters: MigrationParameters) -> None:
        del parameters  # there is nothing to choose

    def frames_needed(self, resident: int, dirty: int) -> int:
        return min(resident, FEW_FRAMES)

    def begin(self, transfer: Transfer) -> None:
        transfer.freeze()
        transfer.hand_over()

    def pages_arrived(self, transfer: Transfer) -> None:
        raise AssertionError("no page was sent")
