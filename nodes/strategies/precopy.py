"""Precopy: the process goes on while its pages are copied; what it writes meanwhile is copied again.

Round 1 sends all pages, every further round those that were written during the one before. With r the rate of writing over the rate of
sending, round n sends about M * r^n of M pages: with r < 1 the rounds shrink, and only the last, small one stops the process; with
r >= 1 they do not, and there is no gain in going on (Theimer, Lantz and Cheriton 1985; Clark et al. 2005).
"""

from __future__ import annotations

from nodes.strategies.strategy import RoundFigures, Transfer, strategy
from nodes.wire.parameters import MigrationParameters

FEW_PAGES_LEFT, FREEZE_GOAL, NO_GAIN, ROUND_LIMIT = "few pages left", "freeze goal", "no gain", "round limit"
"""Why the rounds end, in the order in which the rules are looked at."""


@strategy(
    "precopy",
    place=2,
    before="all pages, then rounds of those written meanwhile",
    meanwhile="the last few",
    afterwards="-",
    needs="nothing",
)
class Precopy:
    """Send, send again what was written meanwhile, and freeze for the last, small rest."""

    def __init__(self, parameters: MigrationParameters) -> None:
        self._parameters = parameters
        self._frozen = False

    def begin(self, transfer: Transfer) -> None:
        transfer.send_pages(transfer.pages_to_send())

    def pages_arrived(self, transfer: Transfer) -> None:
        if self._frozen:
            transfer.hand_over()
            return
        left = transfer.pages_to_send()
        why = self.why_stop(len(left), transfer.last_round())
        if why is not None:
            self._frozen = True
            transfer.freeze(why)
        transfer.send_pages(left)

    def reaches_goal(self, left: int, last: RoundFigures) -> bool:
        """Tell whether the process would stand still no longer than it may, with this many pages to go."""
        goal_ns = self._parameters.precopy_freeze_goal_ns
        return last.beside_ns < goal_ns and left * last.duration_ns <= (goal_ns - last.beside_ns) * last.pages

    def why_stop(self, left: int, last: RoundFigures) -> str | None:
        """Return the rule that ends the rounds with this many pages left; None: go on."""
        parameters = self._parameters
        if left <= parameters.precopy_few_pages:
            return FEW_PAGES_LEFT
        if self.reaches_goal(left, last):
            return FREEZE_GOAL
        if left >= last.pages:
            return NO_GAIN
        if last.number >= parameters.precopy_rounds:
            return ROUND_LIMIT
        return None
