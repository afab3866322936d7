"""The strategies, by the names under which scenarios ask for them."""

from __future__ import annotations

from nodes.migration.copy_on_reference import CopyOnReference
from nodes.migration.eager_all import EagerAll
from nodes.migration.eager_dirty import EagerDirty
from nodes.migration.flushing import Flushing
from nodes.migration.hybrid import Hybrid
from nodes.migration.plugins import load_class
from nodes.migration.precopy import Precopy
from nodes.migration.strategy import StrategyFactory

STRATEGIES: dict[str, StrategyFactory] = {
    "eager-all": EagerAll,
    "precopy": Precopy,
    "eager-dirty": EagerDirty,
    "copy-on-reference": CopyOnReference,
    "flushing": Flushing,
    "hybrid": Hybrid,
}


def find_strategy(name: str, folder: str) -> StrategyFactory:
    """Return a strategy by its name, or as `module:Class` a user's own, whose module lies in `folder` or can be imported.

    Such a class is made with the `MigrationParameters` and has the methods of `strategy.Strategy`. Raises whatever its module raises.
    """
    if ":" not in name:
        return STRATEGIES[name]
    factory: StrategyFactory = load_class(name, folder)
    return factory
