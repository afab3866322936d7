"""The strategies, a file each: which pages of a process move when. Nothing here knows a kernel.

Every file of this folder is imported here, so that a strategy is there as soon as its file is.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from nodes.strategies.strategy import known_strategies

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

STRATEGIES = known_strategies()
"""By the names under which scenarios ask for them."""
