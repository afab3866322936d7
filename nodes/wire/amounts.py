"""How much of which quantities: what a process has declared to have, or a message brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Amounts = dict[str, int]
"""By quantity: `money`, `token`."""


def sum_of(parts: Iterable[Mapping[str, int]]) -> Amounts:
    """Return what all of them are together."""
    sums: Amounts = {}
    for part in parts:
        for quantity, amount in part.items():
            sums[quantity] = sums.get(quantity, 0) + amount
    return sums
