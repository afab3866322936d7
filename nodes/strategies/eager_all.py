"""Eager (all): the process stops, its whole address space moves, the process goes on.

It leaves no trace at the source. It is costly without need where the space is large and most of it is not used again
(Stallings, *Process Migration Mechanisms*).
"""

from __future__ import annotations

from nodes.strategies.strategy import Transfer, strategy
from nodes.wire.parameters import MigrationParameters


@strategy(
    "eager-all",
    place=1,
    before="-",
    meanwhile="all pages",
    afterwards="-",
    needs="nothing",
)
class EagerAll:
    """Freeze, send every page, hand over."""

    def __init__(self, parameters: MigrationParameters) -> None:
        del parameters  # there is nothing to choose

    def begin(self, transfer: Transfer) -> None:
        transfer.freeze()
        transfer.send_pages(transfer.pages_to_send())

    def pages_arrived(self, transfer: Transfer) -> None:
        transfer.hand_over()
