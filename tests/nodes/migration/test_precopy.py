"""Precopy's decisions, asked of it without a process: which pages move when, and by which rule the rounds end."""

from __future__ import annotations

import pytest

from nodes.migration.eager_all import EagerAll
from nodes.migration.precopy import Precopy
from nodes.migration.strategy import RoundFigures, Strategy
from nodes.wire.parameters import MigrationParameters

MS = 1_000_000


class Script:
    """A transfer in which the process has written `writes[n]` pages when round n + 1 has arrived; a page takes 1 ms."""

    def __init__(self, pages: int, writes: list[int]) -> None:
        self._left = [pages, *writes]
        self._sent: list[int] = []
        self.log: list[str] = []

    def freeze(self, why: str = "") -> None:
        self.log.append(f"freeze: {why}")

    def pages_to_send(self) -> list[int]:
        return list(range(self._left[len(self._sent)]))

    def last_round(self) -> RoundFigures:
        return RoundFigures(len(self._sent), self._sent[-1], self._sent[-1] * MS)

    def send_pages(self, pages: list[int]) -> None:
        self._sent.append(len(pages))
        self.log.append(f"send {len(pages)}")

    def hand_over(self) -> None:
        self.log.append("hand over")


def told(strategy: Strategy, pages: int, writes: list[int]) -> list[str]:
    """Return what a strategy does, in order."""
    transfer = Script(pages, writes)
    strategy.begin(transfer)
    for _ in range(20):
        if transfer.log[-1] == "hand over":
            break
        strategy.pages_arrived(transfer)
    return transfer.log


@pytest.mark.parametrize(
    ("parameters", "writes", "expected"),
    [
        (MigrationParameters(), [50, 25, 4], ["send 100", "send 50", "send 25", "freeze: few pages left", "send 4"]),
        (MigrationParameters(), [0], ["send 100", "freeze: few pages left", "send 0"]),
        (MigrationParameters(), [100], ["send 100", "freeze: no gain", "send 100"]),
        (MigrationParameters(), [50, 60], ["send 100", "send 50", "freeze: no gain", "send 60"]),
        (
            MigrationParameters(precopy_rounds=2, precopy_few_pages=0),
            [90, 80],
            ["send 100", "send 90", "freeze: round limit", "send 80"],
        ),
        (
            MigrationParameters(precopy_freeze_goal_ns=30 * MS),
            [50, 30],
            ["send 100", "send 50", "freeze: freeze goal", "send 30"],
        ),
    ],
    ids=["converges", "nothing written", "as fast as sent", "grows again", "round limit", "freeze goal"],
)
def test_the_rounds_end_by_the_first_rule_that_holds(
    parameters: MigrationParameters, writes: list[int], expected: list[str]
) -> None:
    assert told(Precopy(parameters), 100, writes) == [*expected, "hand over"]


def test_eager_all_freezes_first_and_sends_everything_once() -> None:
    assert told(EagerAll(MigrationParameters()), 100, [0]) == ["freeze: ", "send 100", "hand over"]
