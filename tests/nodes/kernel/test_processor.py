"""When the CPU of a node next does anything: what the kernel promises is what all others rely on."""

from __future__ import annotations

import random

import pytest

from nodes.kernel.replacement import REPLACEMENTS
from nodes.kernel.scheduler import SCHEDULERS
from nodes.wire.control import AHEAD_NS, AnyOrder, SetSpeed, SignalProcess
from nodes.wire.events import ProcessPreempted
from nodes.wire.parameters import SECOND_NS, Costs, DiskParameters
from tests.guests.made_up import made_up
from tests.nodes.kernel.assembler import Code
from tests.nodes.kernel.machine import FREE, GIPS, MS, Machine, boot
from tests.nodes.kernel.made_up import state_of

_UNTIL_NS = SECOND_NS // 20


def test_a_slice_that_ends_while_the_kernel_still_works_is_promised_for_its_end() -> None:
    """The call at 902 takes the CPU away for 500; the quantum is over at 1000, with 402 of these to go."""
    costs = Costs(**dict.fromkeys(FREE.__struct_fields__, 0) | {"system_call_ns": 500})
    machine = Machine(boot(ips=GIPS, costs=costs, quantum_ns=1000))
    first = machine.start(Code().work(900).call(172).work(900).exit().image())
    machine.start(Code().work(900).exit().image())

    machine.advance(950)

    assert machine.kernel.next_ns() == 999, "so that what the CPU does at 1000 comes before a command that is due then"
    machine.run()
    at_ns, preempted = machine.of(ProcessPreempted)[0]
    assert (at_ns, preempted.pid, preempted.reason) == (1000, first, "quantum")


def _made_up(draw: random.Random, ahead_ns: int = AHEAD_NS) -> Machine:
    """Start two programs made up by chance: they compute, page, sleep and wait; signals and another speed come in between."""
    told = boot(
        ahead_ns=ahead_ns,
        scheduler=draw.choice(tuple(SCHEDULERS)),
        quantum_ns=draw.choice((1, 900, 50_000, 3 * MS)),
        frames=draw.choice((24, 90, 512)),
        ips=draw.choice((10_000_000, 777_777, GIPS)),
        replacement=draw.choice([name for name in REPLACEMENTS if name != "opt"]),
        disk=DiskParameters(latency_ns=draw.choice((0, 300_000))),
    )
    machine = Machine(told)
    for number in range(2):
        machine.start(made_up(draw.randrange(1 << 30))[0], at_ns=draw.randrange(MS), priority=number)
    for _ in range(4):
        which = draw.choice(("SIGSTOP", "SIGCONT", "SIGUSR1"))
        orders: list[AnyOrder] = [SignalProcess("n1.1", which), SetSpeed(draw.choice((1, 50, 100)))]
        machine.order(draw.randrange(20 * MS), draw.choice(orders))
    return machine


def _run(draw: random.Random, windows: list[int], ahead_ns: int = AHEAD_NS) -> Machine:
    return _made_up(draw, ahead_ns).run(_UNTIL_NS, windows)


def _check(seed: int) -> None:
    """Run in one window and in many, each of which checks what the kernel has promised (`Machine.advance`)."""
    length_ns = random.Random(seed).choice((7_000, 333_333, 2 * MS))
    sliced = _run(random.Random(seed), [length_ns] * 60)
    assert sliced.events == _run(random.Random(seed), []).events, f"seed {seed}"


def _reach(machine: Machine, edge_ns: int) -> None:
    """Let time pass up to an instant, also where a window ends sooner because of an answer that could come."""
    machine.advance(edge_ns)
    while machine.reached_ns < edge_ns:
        machine.advance(edge_ns)


def _check_ahead(seed: int) -> float:
    """Let one machine run without being ahead, and another as the engine does: only where it has something to do. Look at both.

    Returns which part of the windows the other had to be asked for.
    """
    draw = random.Random(seed)
    length_ns = draw.choice((100_000, 333_333, 2 * MS))
    exact, ahead = _made_up(random.Random(seed), 0), _made_up(random.Random(seed))
    asked = 0
    for edge_ns in range(length_ns, _UNTIL_NS, length_ns):
        _reach(exact, edge_ns)
        next_ns = ahead.kernel.next_ns()
        if next_ns is not None and next_ns < edge_ns:
            _reach(ahead, edge_ns)
            asked += 1
        accounts = [one.parts.processor.account().as_event(edge_ns) for one in (exact, ahead)]
        assert accounts[0] == accounts[1], f"seed {seed} at {edge_ns}"
        if draw.random() < 0.05:
            _reach(ahead, edge_ns)
            for pid, process in ahead.kernel.processes.items():
                assert state_of(process.space.cpu) == state_of(exact.process(pid).space.cpu), (
                    f"seed {seed} at {edge_ns}"
                )
    assert ahead.run(_UNTIL_NS).events == exact.run(_UNTIL_NS).events, f"seed {seed}"
    return asked * length_ns / _UNTIL_NS


def test_whatever_runs_nothing_happens_before_the_promised_instant() -> None:
    for seed in range(16):
        _check(seed)


def test_whoever_is_ahead_is_asked_less_often_and_nobody_sees_it() -> None:
    asked = [_check_ahead(seed) for seed in range(16)]
    assert min(asked) < 0.3


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_whatever_runs_and_wherever_it_is_looked_at_nobody_sees_that_it_is_ahead() -> None:
    for seed in range(1000, 3000):
        _check_ahead(seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_whatever_runs_on_many_machines_nothing_happens_before_the_promised_instant() -> None:
    for seed in range(1000, 4000):
        _check(seed)
