"""The strategies' decisions, asked of them without a process: which pages move when, what stays, and by which rule rounds end."""

from __future__ import annotations

import pytest

from nodes.migration.registry import find_strategy
from nodes.strategies.copy_on_reference import CopyOnReference
from nodes.strategies.eager_all import EagerAll
from nodes.strategies.eager_dirty import EagerDirty
from nodes.strategies.flushing import Flushing
from nodes.strategies.hybrid import Hybrid
from nodes.strategies.precopy import Precopy
from nodes.strategies.strategy import RoundFigures, Strategy, StrategyFactory, frames_needed
from nodes.wire.parameters import MigrationParameters
from nodes.wire.users_code import UsersModules

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

    def resident_dirty_pages(self) -> list[int]:
        return list(range(self._left[0] // 2))

    def flush_pages(self, pages: list[int]) -> None:
        self.log.append(f"flush {len(pages)}")

    def hand_over(self, *, keep_in_memory: bool = True, push: bool = False) -> None:
        self.log.append(
            "hand over" + ("" if keep_in_memory else ", keep nothing in memory") + (", push" if push else "")
        )


def told(strategy: Strategy, pages: int, writes: list[int]) -> list[str]:
    """Return what a strategy does, in order."""
    transfer = Script(pages, writes)
    strategy.begin(transfer)
    for _ in range(20):
        if transfer.log[-1].startswith("hand over"):
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


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (EagerAll, ["freeze: ", "send 100", "hand over"]),
        (EagerDirty, ["freeze: ", "send 50", "hand over"]),
        (CopyOnReference, ["freeze: ", "hand over"]),
        (Flushing, ["freeze: ", "flush 50", "hand over, keep nothing in memory"]),
        (Hybrid, ["send 100", "freeze: round limit", "hand over, push"]),
    ],
)
def test_what_moves_before_the_process_and_what_stays(strategy: StrategyFactory, expected: list[str]) -> None:
    assert told(strategy(MigrationParameters()), 100, [60, 30]) == expected


@pytest.mark.parametrize(
    ("rounds", "writes", "expected"),
    [
        (0, [], ["freeze: round limit", "hand over, push"]),
        (3, [50, 25, 12], ["send 100", "send 50", "send 25", "freeze: round limit", "hand over, push"]),
        (3, [50, 50], ["send 100", "send 50", "freeze: no gain", "hand over, push"]),
        (3, [2], ["send 100", "freeze: few pages left", "hand over, push"]),
    ],
)
def test_hybrid_ends_its_rounds_by_the_rules_of_precopy_and_then_sends_nothing_more(
    rounds: int, writes: list[int], expected: list[str]
) -> None:
    assert told(Hybrid(MigrationParameters(hybrid_rounds=rounds)), 100, writes) == expected


@pytest.mark.parametrize(
    ("strategy", "frames"),
    [(EagerAll, 100), (Precopy, 100), (Hybrid, 100), (EagerDirty, 38), (CopyOnReference, 8), (Flushing, 8)],
)
def test_the_destination_is_asked_for_as_many_frames_as_the_process_needs_at_first(
    strategy: StrategyFactory, frames: int
) -> None:
    assert frames_needed(strategy(MigrationParameters()), 100, 30) == frames


def test_a_strategy_of_a_users_own_is_found_by_its_module_and_class() -> None:
    source = "class Mine:\n    def __init__(self, given): self.frames_needed = lambda *_: given.batch_pages\n"
    users = UsersModules("", {"my_own_strategy": source})

    found = find_strategy("my_own_strategy:Mine", users)(MigrationParameters(batch_pages=7))

    assert frames_needed(found, 100, 30) == 7


def test_a_goal_for_the_freeze_covers_all_of_it_and_not_only_its_pages() -> None:
    precopy = Precopy(MigrationParameters(precopy_freeze_goal_ns=30 * MS))
    assert precopy.why_stop(20, RoundFigures(1, 100, 100 * MS, beside_ns=10 * MS)) == "freeze goal"
    assert precopy.why_stop(21, RoundFigures(1, 100, 100 * MS, beside_ns=10 * MS)) is None
    assert precopy.why_stop(5, RoundFigures(1, 100, 100 * MS, beside_ns=30 * MS)) is None
