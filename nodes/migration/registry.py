"""Finds a strategy: one of ours, or a user's own."""

from __future__ import annotations

from functools import partial

from nodes.migration.users_strategy import UsersStrategy
from nodes.strategies import STRATEGIES
from nodes.strategies.strategy import StrategyFactory
from nodes.wire.users_code import UsersModules


def find_strategy(name: str, users: UsersModules) -> StrategyFactory:
    """Return a strategy by its name, or as `module:Class` a user's own, from one of his modules.

    Such a class is made with the `MigrationParameters` and has the methods of `strategy.Strategy`. To make it, and all that it does, may
    raise UsersCodeError.
    """
    return STRATEGIES[name].make if ":" not in name else partial(UsersStrategy, name, users)
