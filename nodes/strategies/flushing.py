"""Flushing: the dirty pages go to disk, and every page is fetched from there on demand, not from the source's memory.

The source has its frames back at once; what the process depends on is a disk (Douglis and Ousterhout 1991: Sprite).
"""

from __future__ import annotations

from nodes.strategies.strategy import FEW_FRAMES, Transfer, strategy
from nodes.wire.parameters import MigrationParameters


@strategy(
    "flushing",
    place=5,
    before="-",
    meanwhile="modified pages go to disk",
    afterwards="pages on demand from the disk",
    needs="that disk",
)
class Flushing:
    """Freeze, flush the dirty pages, hand over; no page stays in a frame of the source."""

    def __init__(self, parameters: MigrationParameters) -> None:
        del parameters  # the disk is the session's business

    def frames_needed(self, resident: int, dirty: int) -> int:
        return min(resident, FEW_FRAMES)

    def begin(self, transfer: Transfer) -> None:
        transfer.freeze()
        transfer.flush_pages(transfer.resident_dirty_pages())

    def pages_arrived(self, transfer: Transfer) -> None:
        transfer.hand_over(keep_in_memory=False)
