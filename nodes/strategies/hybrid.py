"""Hybrid: some rounds of precopy, then the process moves at once; the rest is pushed after it, and fetched where it is needed first.

The freeze is as short as that of copy on reference, few pages are missed after it, and the source is needed only until the last page has
left. Precopy that does not converge ends in the same way (as QEMU's switch to postcopy does).
"""

from __future__ import annotations

from nodes.strategies.precopy import ROUND_LIMIT, Precopy
from nodes.strategies.strategy import Transfer, strategy
from nodes.wire.parameters import MigrationParameters


@strategy(
    "hybrid",
    place=6,
    before="one round of precopy",
    meanwhile="none",
    afterwards="the rest follows unasked, and on demand",
    needs="the source, until the last page",
)
class Hybrid:
    """Precopy without its last round: what is left when the process is frozen follows it."""

    def __init__(self, parameters: MigrationParameters) -> None:
        self._precopy = Precopy(parameters)
        self._rounds = parameters.hybrid_rounds

    def begin(self, transfer: Transfer) -> None:
        if self._rounds:
            transfer.send_pages(transfer.pages_to_send())
        else:
            self._move(transfer, ROUND_LIMIT)

    def pages_arrived(self, transfer: Transfer) -> None:
        left, last = transfer.pages_to_send(), transfer.last_round()
        why = self._precopy.why_stop(len(left), last) or (ROUND_LIMIT if last.number >= self._rounds else None)
        if why is None:
            transfer.send_pages(left)
        else:
            self._move(transfer, why)

    @staticmethod
    def _move(transfer: Transfer, why: str) -> None:
        transfer.freeze(why)
        transfer.hand_over(push=True)
