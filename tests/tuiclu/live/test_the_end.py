"""The end of a run in front of somebody: it tells what `run` tells, whatever ends it, and the run can go on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuiclu.cluster.scenarios import trusted
from tests.tuiclu.live.clusters import SMALL, Front, a_live_cluster
from tuiclu.live.protocol import Pace, Play, Type
from tuiclu.scenario.closing import closing
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run

BUSY = """
tuiclu: 1
title: {title}
cluster: {{nodes: {{n1: {{}}, n2: {{}}}}, network: {{latency: 20 ms}}}}
processes:
  P: {{program: sleeper, args: {{rounds: 1000, pause_ms: 1, work: 1000}}, on: n1}}
  Q: {{program: sleeper, args: {{rounds: 1000, pause_ms: 2, work: 1000}}, on: n2}}
  R: {{program: primes, args: {{limit: 12000}}, on: n2}}
script:
  - at: 50 ms
    slow: {{node: n1, factor: 50 %}}
until: 50 ms
expect:
  - process: P
    exit: 0
"""
"""Windows are long in it: much happens in the last one."""


def told_by_run(file: Path) -> list[str]:
    """Return what `run` tells at the end of a scenario, without what is not known before it has ended for good."""
    planned = plan(trusted(load_scenario(file)))
    outcome = run(planned)
    known = {name: value for name, value in outcome.result.items() if name not in ("digest", "wall_s")}
    return [line.text for line in closing(planned, outcome.view, outcome.verdicts, known, outcome.never_came, "en")]


def told(front: Front) -> list[str]:
    """Return what somebody in front is told at the end."""
    assert front.frame is not None
    return [text for _, text in front.frame.closing["en"]]


@pytest.mark.parametrize(("text", "mode"), [(BUSY, "over"), (SMALL, "waiting")])
@pytest.mark.parametrize("factor", [None, 10.0])
def test_what_is_told_at_the_end_is_what_run_tells(tmp_path: Path, text: str, mode: str, factor: float | None) -> None:
    with a_live_cluster(tmp_path, text, "told at the end") as front:
        front.ask(Pace(factor))
        front.mode(mode)
        assert told(front) == told_by_run(tmp_path / "scenario.yaml")
        happened = list(front.news)
        front.quit()
    assert not any(b'"kind":"process.' in line for line in front.news[len(happened) :]), "nothing happened after it"


def test_it_can_go_on_when_the_time_is_up_and_the_session_can_be_repeated(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, BUSY, "gone on") as front:
        front.ask(Pace(None))
        front.mode("over")
        front.ask(Type("crash n1", 1), Type("restart n1", 2), Type("migrate R n1", 3), Play())
        front.until(lambda front: any("n1 starts again" in line for line in front.said))
        closed = front.quit()
    assert closed.reason == "stopped"
    session = tmp_path / "session" / "session.yaml"
    assert run(plan(trusted(load_scenario(session)))).digest == closed.digest
