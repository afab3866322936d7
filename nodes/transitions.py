"""State machines as tables: from a state and a cause to the state that follows. An arrow that is not there is not followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

State = TypeVar("State")
Cause = TypeVar("Cause")


class _HasState(Protocol[State]):
    state: State


def follow(table: Mapping[tuple[State, Cause], State], machine: _HasState[State], cause: Cause) -> bool:
    """Let `machine` follow one arrow of its table; tell whether there was one."""
    following = table.get((machine.state, cause))
    if following is None:
        return False
    machine.state = following
    return True
