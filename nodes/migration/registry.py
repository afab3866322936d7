"""The strategies, by the names under which scenarios ask for them."""

from __future__ import annotations

from functools import partial

from nodes.migration.copy_on_reference import CopyOnReference
from nodes.migration.eager_all import EagerAll
from nodes.migration.eager_dirty import EagerDirty
from nodes.migration.flushing import Flushing
from nodes.migration.hybrid import Hybrid
from nodes.migration.precopy import Precopy
from nodes.migration.strategy import StrategyFactory
from nodes.migration.users_strategy import UsersStrategy
from nodes.wire.users_code import UsersModules

STRATEGIES: dict[str, StrategyFactory] = {
    "eager-all": EagerAll,
    "precopy": Precopy,
    "eager-dirty": EagerDirty,
    "copy-on-reference": CopyOnReference,
    "flushing": Flushing,
    "hybrid": Hybrid,
}


def find_strategy(name: str, users: UsersModules) -> StrategyFactory:
    """Return a strategy by its name, or as `module:Class` a user's own, from one of his modules.

    Such a class is made with the `MigrationParameters` and has the methods of `strategy.Strategy`. To make it, and all that it does, may
    raise UsersCodeError.
    """
    return STRATEGIES[name] if ":" not in name else partial(UsersStrategy, name, users)
