"""Kernels that live for ever: however many processes have come, moved, talked and ended, nothing more is held of them."""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import pytest

from nodes.kernel import mail
from nodes.wire.events import LinkEnded, MigrationCompleted, ProcessExited
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from tests.nodes.kernel.assembler import scatter
from tests.nodes.kernel.machine import MS
from tests.nodes.migration.network import Network

EARLY, LATE = range(5, 8), range(13, 16)
"""The lives after which it is counted what is held."""


def held(network: Network) -> int:
    """Return how many objects the kernels hold, directly or not, beside code and numbers, and beside what the tests keep."""
    seen: dict[int, object] = {}
    waiting: list[object] = [machine.kernel for machine in network.machines.values()]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | BuiltinFunctionType | int | float):
            continue
        if type(one).__module__.startswith("tests."):
            continue
        seen[id(one)] = one
        if isinstance(one, FunctionType):
            waiting += one.__closure__ or ()
        elif isinstance(one, MethodType):
            waiting.append(one.__self__)
        else:
            waiting += gc.get_referents(one)
    return len(seen)


@pytest.mark.parametrize("strategy", ["precopy", "copy-on-reference"])
def test_nothing_more_is_held_after_many_lives_than_after_a_few(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ADDRESSES", 4)  # of those who are gone: so that the stock is full after a few lives
    initiators = InitiatorParameters(load_sharing="periodic-sender", interval_ns=5 * MS, communication_bytes=1)
    network = Network(3, migration=MigrationParameters(strategy=strategy), initiators=initiators)
    sizes = {}
    for number in range(LATE.stop):
        now_ns = network.now
        network["n1"].start("pingpong", "pong", "t", "12", "40", at_ns=now_ns)
        talks = network["n2"].start("pingpong", "ping", "t", "12", "40", at_ns=now_ns)
        moves = network["n1"].start(scatter(6, 300), at_ns=now_ns)
        killed = network["n2"].start(scatter(6, 3000), at_ns=now_ns)
        network.move(talks, "n3", at_ns=now_ns + 3 * MS)
        network.move(moves, "n2", at_ns=now_ns + 2 * MS)
        network.move(moves, "n3", at_ns=now_ns + 40 * MS)
        network.move(killed, "n1", at_ns=now_ns + 2 * MS)
        network.kill(killed, at_ns=now_ns + 30 * MS)
        network.run()
        if number in EARLY or number in LATE:
            sizes[number] = held(network)
    lives = LATE.stop
    assert len(network.of(ProcessExited)) == 4 * lives
    assert len(network.of(MigrationCompleted)) >= lives
    assert len(network.of(LinkEnded)) >= 2 * lives
    more = max(sizes[number] for number in LATE) - max(sizes[number] for number in EARLY)
    assert more < (LATE.start - EARLY.start) // 2, f"one thing a life, or more, is held for ever: {sizes}"
