"""Where the real CPUs go while nodes work by turns: real affinities of real processes, where Linux has them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tuiclu.cluster.lockstep import ENOUGH, Lockstep
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

linux_with_cpus = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs CPUs among which to choose"
)


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process.pid
        process.kill()


def test_a_few_quick_turns_are_no_lockstep(pid: int) -> None:
    lockstep = Lockstep()
    for _ in range(ENOUGH - 1):
        lockstep.had_turn(pid)
    assert not lockstep.is_on


@linux_with_cpus
def test_in_lockstep_the_nodes_leave_one_cpu_to_the_engine_and_get_it_back(pid: int) -> None:
    lockstep, everywhere = Lockstep(), os.sched_getaffinity(pid)
    for _ in range(ENOUGH):
        lockstep.had_turn(pid)
    assert lockstep.is_on
    assert len(os.sched_getaffinity(pid)) == len(everywhere) - 1
    lockstep.end()
    assert not lockstep.is_on
    assert os.sched_getaffinity(pid) == everywhere


@linux_with_cpus
def test_one_interrupted_turn_does_not_end_a_lockstep_and_several_do(pid: int) -> None:
    lockstep = Lockstep()
    for _ in range(2 * ENOUGH):
        lockstep.had_turn(pid)
    lockstep.was_out_of_step()
    assert lockstep.is_on
    lockstep.was_out_of_step()
    assert not lockstep.is_on


@linux_with_cpus
def test_where_the_machine_does_not_let_us_nothing_changes_and_it_is_tried_seldom(
    pid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def forbidden(pid: int, _cpus: set[int]) -> None:
        tried.append(pid)
        raise PermissionError

    lockstep = Lockstep()
    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    for _ in range(4 * ENOUGH):
        lockstep.had_turn(pid)
    assert not lockstep.is_on
    assert tried == [pid] * 4


@linux_with_cpus
def test_who_has_ended_meanwhile_is_in_nobodys_way(pid: int) -> None:
    lockstep = Lockstep()
    for _ in range(ENOUGH):
        lockstep.had_turn(pid)
    os.kill(pid, 9)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    lockstep.end()
    assert not lockstep.is_on


FAULTS = """
tuiclu: 1
title: page after page
cluster:
  nodes: {n1: {}, n2: {}}
processes:
  P: {program: scan, args: {pages: 200, hot: 0, accesses: 2000}, on: n1}
script:
  - at: 40 ms
    migrate: {process: P, to: n2, strategy: copy-on-reference}
"""


@linux_with_cpus
def test_a_run_is_in_lockstep_while_pages_are_fetched_one_by_one_and_leaves_no_trace_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, everywhere = [], os.sched_getaffinity(0)
    had_turn = Lockstep.had_turn

    def watched(self: Lockstep, pid: int) -> None:
        had_turn(self, pid)
        found.append(self.is_on)

    digest = run(plan(load_scenario("-", FAULTS))).digest
    monkeypatch.setattr(Lockstep, "had_turn", watched)
    monkeypatch.setattr("tuiclu.cluster.conversation.QUICK_S", 60.0)  # every turn is quick, however busy the machine is
    assert run(plan(load_scenario("-", FAULTS))).digest == digest
    assert any(found)
    monkeypatch.setattr("tuiclu.cluster.lockstep.ENOUGH", 10**9)
    found.clear()
    assert run(plan(load_scenario("-", FAULTS))).digest == digest
    assert not any(found)
    assert os.sched_getaffinity(0) == everywhere
