"""OPT knows the future of a process from a first run of it, or says why it cannot."""

from __future__ import annotations

import re

import pytest

from nodes.kernel import foresight
from nodes.wire.events import PageEvicted, ProcessNotCreated
from nodes.wire.parameters import NodeParameters
from tests.nodes.kernel.machine import MS, Machine, boot


def faults(machine: Machine) -> int:
    return sum(len(event.pages) for _, event in machine.of(PageEvicted))


def test_a_program_under_opt_gives_the_same_answer_and_is_paged_least() -> None:
    scan = ("scan", "40", "4", "50", "300", "1")
    roomy = Machine(boot())
    at_home = roomy.start(*scan)
    roomy.run()
    machines = {
        policy: Machine(boot(frames=30, replacement=policy)) for policy in ("opt", "lru", "fifo", "clock", "aging")
    }
    for machine in machines.values():
        pid = machine.start(*scan)
        machine.run()
        assert machine.output(pid) == roomy.output(at_home)
        assert machine.exit_of(pid).instructions == roomy.exit_of(at_home).instructions
        machine.check_at_rest()
    counts = {policy: faults(machine) for policy, machine in machines.items()}
    assert min(counts, key=lambda policy: (counts[policy], policy != "opt")) == "opt"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (
            ("sleeper", "2", "10", "1"),
            r"n1\.1 does after [0-9]+ instructions depends on the answer to a system call \(number 1[01][0-9]\)",
        ),
        (("sort", "300"), r"n1\.1 has not ended after [0-9]+ instructions"),
    ],
)
def test_a_process_whose_future_cannot_be_known_is_not_started_under_opt(
    program: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "USES", 1000)
    machine = Machine(boot(replacement="opt"))
    machine.start(*program)
    machine.run()
    [(_, refused)] = machine.of(ProcessNotCreated)
    assert str(refused.reason).startswith("replacement `opt` needs to know every reference in advance")
    assert re.search(reason, str(refused.reason))
    machine.check_at_rest()


def test_a_process_that_uses_more_than_there_is_anywhere_is_not_started_under_opt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foresight, "_PLENTY", NodeParameters("elsewhere", frames=1 << 8))
    machine = Machine(boot(frames=40, replacement="opt"))
    machine.start("scan", "300", "4", "50", "300", "1")
    machine.run()
    [(_, refused)] = machine.of(ProcessNotCreated)
    assert str(refused.reason).endswith("and n1.1 uses more than 1 MiB")
    machine.check_at_rest()


def test_opt_serves_one_process_at_a_time() -> None:
    machine = Machine(boot(replacement="opt"))
    first = machine.start("worker", "100000", "3")
    machine.start("worker", "10", "3", at_ns=5 * MS)
    third = machine.start("worker", "10", "3", at_ns=500 * MS)
    machine.run()
    [(_, refused)] = machine.of(ProcessNotCreated)
    assert str(refused.reason).endswith("which is possible for one process alone, and n1.1 is there")
    assert [machine.exit_of(pid).exit_code for pid in (first, third)] == [0, 0]
    machine.check_at_rest()
