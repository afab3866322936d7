"""An order from outside comes at an edge, and at no edge does it make another run than the one that the saved session repeats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nodes.programs import CATALOGUE, image
from tests.tuiclu.cluster.scenarios import trusted
from tests.tuiclu.cluster.test_recurring import LIVELY
from tuiclu.cluster.commands import Crash
from tuiclu.cluster.engine import Engine
from tuiclu.cluster.pacing import NobodyInFront
from tuiclu.live.journal import FILE, Journal
from tuiclu.model.cluster import ClusterView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.prompt import Names, Prompt, step_tree
from tuiclu.scenario.runner import run, set_up
from tuiclu.scenario.trust import Trust

Edge = Callable[[Engine], bool]


def stopped_before_a_message(engine: Engine) -> bool:
    """Somebody has stopped before a message that he has been given already."""
    return any(node.granted for node in engine.nodes.values())


class Somebody(NobodyInFront):
    """Gives orders one after the other, the first at the first edge of a kind."""

    engine: Engine

    def __init__(self, prompt: Prompt, journal: Journal, view: ClusterView, lines: list[str], kind: Edge) -> None:
        self._prompt, self._journal, self._view, self.lines, self._awaited = prompt, journal, view, lines, kind

    def ahead_s(self, _virtual_ns: int) -> float:
        return 0.0

    def now_ns(self) -> int:
        return 0

    def attend(self) -> None:
        if self.lines and self._awaited(self.engine):
            self._awaited = lambda _: True
            self._journal.carry_out(self.engine, self._prompt.command(self.lines.pop(0), self._view))


@pytest.mark.parametrize(
    "lines",
    [
        ["stop"],
        ["crash n2"],
        ["crash n1"],
        ["crash n2", "restart n2"],
        ["pause n2", "resume n2"],
        ["partition n1", "heal"],
        ["slow n2 factor=50%"],
        ["migrate G n2 precopy"],
    ],
    ids=lambda lines: lines[0],
)
def test_an_order_at_a_node_that_has_stopped_before_a_message_is_repeated_event_for_event(
    tmp_path: Path, lines: list[str]
) -> None:
    scenario = load_scenario(tmp_path / "lively.yaml", f"tuiclu: 1\ntitle: lively\n{LIVELY}")
    planned, view = plan(trusted(scenario)), ClusterView()
    journal = Journal(scenario, tmp_path)
    images = {name: image(name) for name in CATALOGUE}
    somebody = Somebody(Prompt(scenario, images, Trust()), journal, view, list(lines), stopped_before_a_message)
    stage = set_up(planned, view, title="edges", pacer=somebody, further_images=images)
    somebody.engine = stage.engine
    with stage.engine:
        stage.engine.run(planned.until_ns)
    assert somebody.lines == [], "there was an edge of this kind"
    assert [one for one in stage.invariants.report() if not one["ok"]] == []
    assert run(plan(trusted(load_scenario(tmp_path / FILE)))).digest == stage.log.digest


class Looker(Somebody):
    """Kills a node from another terminal, gives an order, and looks at the node: so nobody has heard of its death before."""

    def attend(self) -> None:
        process = self.engine.nodes["n1"].process
        if self.lines and process is not None and self._awaited(self.engine):
            struck = psutil.Process(process.pid)
            struck.kill()
            struck.wait(60)
            self._journal.carry_out(self.engine, self._prompt.command(self.lines.pop(), self._view))
            assert self.engine.inspect("n1", "", self.engine.now) is None

    def struck(self, at_ns: int, crash: Crash, /) -> None:
        self._journal.note(at_ns, step_tree(f"crash {crash.node}", Names(("n1", "n2"))), "outside")


@pytest.mark.parametrize("at_ns", [0, 30_000_000])
def test_who_is_found_dead_by_a_look_has_died_before_anything_else_happens(tmp_path: Path, at_ns: int) -> None:
    scenario = load_scenario(tmp_path / "lively.yaml", f"tuiclu: 1\ntitle: lively\n{LIVELY}")
    planned, view = plan(trusted(scenario)), ClusterView()
    journal = Journal(scenario, tmp_path)
    images = {name: image(name) for name in CATALOGUE}
    prompt = Prompt(scenario, images, Trust())
    somebody = Looker(prompt, journal, view, ["partition n1"], lambda engine: engine.now >= at_ns)
    stage = set_up(planned, view, title="edges", pacer=somebody, further_images=images)
    somebody.engine = stage.engine
    with stage.engine:
        stage.engine.run(planned.until_ns)
    assert somebody.lines == []
    assert [one for one in stage.invariants.report() if not one["ok"]] == []
    assert run(plan(trusted(load_scenario(tmp_path / FILE)))).digest == stage.log.digest


GOSSIP = """
tuiclu: 1
title: gossip
cluster:
  network: {kind: bus, latency: 1 ms}
  nodes: {n1: {}, n2: {}, n3: {}, n4: {}}
  policy: {load-sharing: sender-initiated, dissemination: periodic, load: {interval: 3 ms}}
processes:
  P: {program: primes, args: {limit: 3000}, on: [n1, n1, n2]}
until: 120 ms
"""


class Onlooker(NobodyInFront):
    """Looks at every node at every edge, as late as may be, and follows one after the other."""

    engine: Engine
    looks = 0

    def ahead_s(self, _virtual_ns: int) -> float:
        return 0.0

    def now_ns(self) -> int:
        return 0

    def attend(self) -> None:
        engine = self.engine
        for name in engine.nodes:
            self.looks += engine.inspect(name, "n1.1", engine.now + 10_000_000) is not None
        engine.followed = list(engine.nodes)[self.looks % len(engine.nodes)]


def test_whoever_is_looked_at_whenever_the_run_is_the_same() -> None:
    planned = plan(load_scenario("gossip.yaml", GOSSIP))
    onlooker = Onlooker()
    stage = set_up(planned, ClusterView(), title="gossip", pacer=onlooker)
    onlooker.engine = stage.engine
    with stage.engine:
        stage.engine.run(planned.until_ns)
    assert onlooker.looks > 100
    assert stage.log.digest == run(planned).digest


@pytest.mark.parametrize("by", ["user", "outside"])
@pytest.mark.parametrize(
    "verb",
    ["migrate: {process: P1, to: n2}", "kill: P1", "cancel: P1", "crash: n2", "signal: {process: P1, signal: SIGSTOP}"],
)
def test_whoever_gives_an_order_it_is_carried_out(verb: str, by: str) -> None:
    step = f"script: [{{at: 10 ms, by: {by}, {verb}}}]"
    outcome = run(plan(load_scenario("orders.yaml", f"{GOSSIP}{step}\n")))
    assert outcome.view.ended in ("until", "quiescent")
