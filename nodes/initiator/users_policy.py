"""A load policy of a user's own, held at arm's length: whatever it raises or answers, it costs no more than that nothing moves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from nodes.initiator.policies import Policy
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import LoadEntry, MachineFigures, ProcessFigures
from nodes.wire.reasons import verbatim
from nodes.wire.users_code import LONGEST, UsersCodeError, guarded


class UsersPolicy:
    """Stands for an object of a user's class, which is made at once; if that fails, every question fails for the same reason."""

    def __init__(self, make: Callable[[], Policy]) -> None:
        self._theirs: Policy | None = None
        self._failure = UsersCodeError(verbatim(""))
        try:
            self._theirs = guarded(make, "cannot-be-made")
        except UsersCodeError as error:
            self._failure = error

    def choose(
        self, machine: MachineFigures, load: int, others: Sequence[LoadEntry], now_ns: int
    ) -> tuple[Pid, NodeName] | str:
        if self._theirs is None:
            raise self._failure
        return self._theirs.choose(machine, load, others, now_ns)


def ask(
    policy: Policy,
    machine: MachineFigures,
    load: int,
    others: Sequence[LoadEntry],
    now_ns: int,
    everyone: Sequence[str],
) -> tuple[ProcessFigures, NodeName] | str:
    """Return what a user's policy answers: a process of the machine, and another node; or why nothing moves.

    It is given a copy of what the machine knows. Raises UsersCodeError for whatever goes wrong, an answer that makes no sense included.
    """

    def answer() -> tuple[ProcessFigures, NodeName] | str:
        answered: Any = policy.choose(copy.deepcopy(machine), load, list(others), now_ns)
        if isinstance(answered, str):
            return "".join(answered)[:LONGEST]
        pid, to = answered
        process = next((one for one in machine.processes if one.pid == pid), None)
        if process is None:
            raise ValueError(f"{machine.machine} has no process {pid}")
        node = next((one for one in everyone if one == to and one != machine.machine), None)
        if node is None:
            raise ValueError(f"{to} is no other node")
        return process, node

    return guarded(answer)
