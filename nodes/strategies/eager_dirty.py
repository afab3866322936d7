"""Eager (dirty): of the address space, only the pages move that are in main memory and were modified; any other on demand.

The initial cost is small, but the source stays involved for the life of the process (Stallings, *Process Migration Mechanisms*).
"""

from __future__ import annotations

from nodes.strategies.strategy import FEW_FRAMES, Transfer, strategy
from nodes.wire.parameters import MigrationParameters


@strategy(
    "eager-dirty",
    place=3,
    before="-",
    meanwhile="the pages in memory that were modified",
    afterwards="the others on demand",
    needs="the source, for life",
)
class EagerDirty:
    """Freeze, send the dirty pages that are in frames, hand over; the source keeps the others."""

    def __init__(self, parameters: MigrationParameters) -> None:
        del parameters  # there is nothing to choose

    def frames_needed(self, resident: int, dirty: int) -> int:
        return min(resident, dirty + FEW_FRAMES)

    def begin(self, transfer: Transfer) -> None:
        transfer.freeze()
        transfer.send_pages(transfer.resident_dirty_pages())

    def pages_arrived(self, transfer: Transfer) -> None:
        transfer.hand_over()
