"""When the CPU of a node next does anything: what the kernel promises is what all others rely on."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from nodes.kernel.replacement import REPLACEMENTS
from nodes.kernel.scheduler import SCHEDULERS
from nodes.wire.control import AHEAD_NS, AfterPause, AnyOrder, SetSpeed, SignalProcess
from nodes.wire.events import ProcessExited, ProcessPreempted
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


# ---------------------------------------------------------------------------------------------------- one CPU, step by step


def _told(machine: Machine, kind: type[ProcessExited] | type[ProcessPreempted]) -> list[tuple[int, str]]:
    return [(at_ns, event.pid) for at_ns, event in machine.of(kind)]


def test_a_switch_costs_something_only_when_another_process_gets_the_cpu() -> None:
    """The first is alone at first, and sleeps in between; then a second one is there."""
    machine = Machine(boot(ips=GIPS, costs=replace(FREE, context_switch_ns=100), quantum_ns=MS))
    machine.start(Code().work(900).sleep(5000).work(900).exit().image())
    machine.run()
    alone_ns = machine.of(ProcessExited)[0][0]
    assert machine.parts.processor.account().kernel_ns == 100

    machine = Machine(boot(ips=GIPS, costs=replace(FREE, context_switch_ns=100), quantum_ns=MS))
    machine.start(Code().work(900).sleep(5000).work(900).exit().image())
    machine.start(Code().work(90).exit().image())
    machine.run()
    assert machine.parts.processor.account().kernel_ns == 300
    assert max(at_ns for at_ns, _ in machine.of(ProcessExited)) == alone_ns + 100


def test_who_is_alone_goes_on_after_its_quantum_and_whoever_comes_waits_for_the_end_of_the_next() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=1000))
    first = machine.start(Code().work(20_000).exit().image())
    machine.start(Code().work(10).exit().image(), at_ns=5500)
    machine.run()
    assert _told(machine, ProcessPreempted)[0] == (6000, first)
    assert len(machine.of(ProcessPreempted)) == 1


def test_the_background_has_the_cpu_when_the_foreground_does_not_want_it_and_loses_it_at_once() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=MS))
    behind = machine.start(Code().work(9000).exit().image())
    machine.run(1000)
    machine.parts.processor.put_back(machine.process(behind), True)
    before = machine.start(Code().work(2000).exit().image(), at_ns=3000)
    also_behind = machine.start(Code().work(10).exit().image(), at_ns=3500)
    machine.order(3600, AfterPause(3600))  # nothing, at an instant of its own
    machine.run()
    preempted = _told(machine, ProcessPreempted)
    assert (3000, behind) in preempted
    assert [pid for _, pid in preempted if pid == before] == []
    ends = {pid: at_ns for at_ns, pid in _told(machine, ProcessExited)}
    assert ends[before] < min(ends[behind], ends[also_behind])


def test_one_in_the_background_takes_the_cpu_from_nobody_in_front() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, scheduler="priority", quantum_ns=MS))
    front = machine.start(Code().work(9000).exit().image(), priority=0)
    behind = machine.start(Code().sleep(1000).work(10).exit().image(), priority=9)
    machine.run(500)
    machine.parts.processor.put_back(machine.process(behind), True)
    machine.run()
    assert [pid for at_ns, pid in _told(machine, ProcessPreempted) if pid == front and at_ns > 500] == []
    ends = {pid: at_ns for at_ns, pid in _told(machine, ProcessExited)}
    assert ends[front] < ends[behind]


def test_the_slowest_cpu_still_executes_something() -> None:
    machine = Machine(boot(ips=1000, costs=FREE))
    machine.order(0, SetSpeed(0))
    machine.start(Code().exit().image(), at_ns=1)
    machine.run()
    ((at_ns, _),) = machine.of(ProcessExited)
    assert at_ns == 1 + 3 * SECOND_NS, "one instruction a second"


def test_a_pause_takes_nothing_of_a_quantum() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=1000))
    first, _ = (machine.start(Code().work(900).work(900).exit().image()) for _ in range(2))
    machine.run(500)
    machine.order(5500, AfterPause(500))
    machine.run()
    assert _told(machine, ProcessPreempted)[0] == (6000, first)


def test_the_kernels_work_is_told_apart_by_whether_somebody_had_the_cpu() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=MS))
    machine.kernel.charge(300)
    assert (machine.parts.processor.account().kernel_ns, machine.parts.processor.account().alone_ns) == (300, 300)
    machine.start(Code().work(2000).exit().image(), at_ns=100)
    machine.run(1000)
    account = machine.parts.processor.account()
    assert (account.kernel_ns, account.alone_ns) == (300, 100), "it waits for the CPU from 100 on"
    machine.run()
    assert machine.of(ProcessExited)[0][0] > 2300


def test_an_instruction_that_is_interrupted_by_another_speed_begins_anew() -> None:
    machine = Machine(boot(ips=1_000_000, costs=FREE, quantum_ns=SECOND_NS))
    machine.start(Code().work(7).exit().image())
    machine.order(1500, SetSpeed(50))
    machine.run()
    ((at_ns, ended),) = machine.of(ProcessExited)
    assert at_ns == 1500 + 2000 * (ended.instructions - 1)


def test_an_idle_node_has_no_ticks() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, replacement="aging"))
    machine.start(Code().work(900).exit().image())
    machine.run(SECOND_NS)
    machine.check_at_rest()


def test_it_is_counted_how_often_a_process_gets_the_cpu() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=MS))
    pid = machine.start(Code().sleep(1000).sleep(1000).work(MS).exit().image())
    machine.run(10_000)
    assert machine.process(pid).account.dispatches == 3


def test_another_speed_holds_from_its_instant_on() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=MS))
    machine.start(Code().work(1997).exit().image())
    machine.order(1000, SetSpeed(50))
    machine.run()
    ((at_ns, ended),) = machine.of(ProcessExited)
    assert at_ns == 1000 + 2 * (ended.instructions - 1000)
    assert ended.cpu_ns == at_ns
