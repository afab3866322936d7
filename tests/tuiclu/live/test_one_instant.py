"""One screen is one instant: what it shows of a kernel is what the kernel is at the instant that the events beside it tell of.

Kernels run ahead of what is shown, and CPUs of their kernels. What is shown is compared with a cluster that does neither, and that has
stopped there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from nodes.wire.control import Inspection
from tests.tuiclu.live.clusters import Front, a_live_cluster
from tuiclu.live.protocol import AnyAsk, Focus, Hold, Pace, Play, RunOn, Step
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import PageMaps
from tuiclu.model.screen import ScreenView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up

BUSY = """
tuiclu: 1
title: busy
cluster:
  defaults: {mips: 10, memory: 2 MiB}
  nodes: {n1: {}, n2: {}, n3: {}}
processes:
  P: {program: primes, args: {limit: 90000}, on: n1}
  Q: {program: sort, args: {n: 4000}, on: n1}
  R: {program: primes, args: {limit: 90000}, on: n2}
  S: {program: sleeper, args: {rounds: 400}, on: n2}
script:
  - {at: 300 ms, migrate: {process: Q, to: n3, strategy: precopy}}
  - {at: 420 ms, migrate: {process: P, to: n2, strategy: hybrid}}
until: 3 s
"""
NODE, PID = "n1", "n1.1"
IN_VIEW_2 = Focus(node=NODE, pid=PID)


@cache
def stopped_at(virtual_ns: int) -> tuple[Inspection, PageMaps | None]:
    """Return what a look tells of a cluster that has come to an instant and no further, and the pages of the first migration."""
    view = ClusterView()
    screen = ScreenView(view)
    observers = [Follower(screen.apply)]
    stage = set_up(plan(load_scenario("busy.yaml", BUSY)), view, title="busy", observers=observers, ahead_ns=0)
    with stage.engine:
        stage.engine.run(virtual_ns)
        look = stage.engine.inspect(NODE, PID, virtual_ns)
        assert look is not None
        assert stage.engine.nodes[NODE].reached_ns <= virtual_ns
        migration = next(iter(view.migrations.values()), None)
        pages = None
        if migration is not None:
            of_it = stage.engine.inspect(migration.source, migration.pid, virtual_ns)
            pages = screen.page_maps(migration.name, of_it)
    return look, pages


def assert_is_of_its_instant(front: Front) -> None:
    """Compare what a frame shows of a process's control block."""
    frame = front.frame
    assert frame is not None
    shown = frame.details
    assert shown.looked_ns == frame.now_ns
    there = [stopped_at(frame.now_ns + later)[0].control_block for later in (0, 1)]
    assert shown.control_block in there, f"at {frame.now_ns} ns"


def held_again(front: Front, *asks: AnyAsk) -> None:
    """Do something, and wait until time stands still again, with a frame of that."""
    before = front.frame.number if front.frame is not None else 0
    front.ask(*asks)
    front.until(lambda front: front.frame is not None and front.frame.number > before and front.frame.mode == "held")


@pytest.mark.parametrize("factor", [0.2, None])
@pytest.mark.parametrize(
    "goal",
    [
        "negotiation.message",
        "process.preempted n1",
        "page.faulted",
        "message.delivered n3",
        "migration.frozen",
        "237 ms",
        "311 ms",
    ],
)
def test_right_behind_an_event_and_at_an_instant_the_registers_are_those_of_then(
    tmp_path: Path, goal: str, factor: float | None
) -> None:
    with a_live_cluster(tmp_path, BUSY, "busy") as front:
        front.until(lambda front: front.frame is not None)
        held_again(front, Hold())
        held_again(front, IN_VIEW_2, Pace(factor), RunOn(goal))
        assert_is_of_its_instant(front)


def test_so_they_are_while_one_goes_step_by_step_and_whenever_time_is_stopped(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, BUSY, "busy") as front:
        front.until(lambda front: front.frame is not None)
        held_again(front, IN_VIEW_2, RunOn("281 ms"))
        for unit in ("event", "event", "message", "quantum", "window", "event", "message", "message"):
            held_again(front, Step(unit))
            assert_is_of_its_instant(front)
        for _ in range(4):
            front.ask(Pace(0.03), Play())
            front.mode("running")
            front.live.wait(0.05)
            held_again(front, Hold())
            assert_is_of_its_instant(front)


@pytest.mark.parametrize("goal", ["306 ms", "330 ms", "355 ms"])
def test_the_dirty_pages_of_a_process_that_moves_are_those_of_then(tmp_path: Path, goal: str) -> None:
    with a_live_cluster(tmp_path, BUSY, "busy") as front:
        front.until(lambda front: front.frame is not None)
        held_again(front, RunOn("305 ms"))
        assert front.frame is not None
        migration = front.frame.migrations[0].name
        held_again(front, Focus(migration=migration), Pace(0.2), RunOn(goal))
        held_again(front, Focus(migration=migration))
        assert front.frame.now_ns == int(goal.split()[0]) * 1_000_000
        assert front.frame.details.looked_ns == front.frame.now_ns
        assert front.frame.details.pages == stopped_at(front.frame.now_ns + 1)[1]


@pytest.mark.parametrize("factor", [0.05, 1.0])
def test_so_they_are_in_every_frame_while_time_passes(tmp_path: Path, factor: float) -> None:
    with a_live_cluster(tmp_path, BUSY, "busy") as front:
        front.until(lambda front: front.frame is not None)
        held_again(front, IN_VIEW_2, RunOn("281 ms"))
        front.ask(Pace(factor), Play())
        instants: list[int] = []
        seen: list[tuple[int | None, int]] = []
        while len(seen) < 10:
            front.live.wait(0.05)
            front.listen()
            assert front.frame is not None
            if front.frame.mode == "running" and front.frame.now_ns not in instants:
                instants.append(front.frame.now_ns)
                seen.append((front.frame.details.looked_ns, front.frame.now_ns))
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    assert instants == sorted(instants)
