"""The strategies, by the names under which scenarios ask for them."""

from __future__ import annotations

from nodes.migration.eager_all import EagerAll
from nodes.migration.precopy import Precopy
from nodes.migration.strategy import StrategyFactory

STRATEGIES: dict[str, StrategyFactory] = {
    "eager-all": EagerAll,
    "precopy": Precopy,
}
