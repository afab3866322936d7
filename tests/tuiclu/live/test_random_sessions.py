"""Whatever somebody does in front of a cluster, and to its processes from another terminal: the saved session is the same run.

What is done is drawn from a seed; when it happens is not: so a session that is not repeated is printed as it was saved.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.random_scenarios.drawn import drawn_with_orders, text_of
from tests.random_scenarios.trial import write_programs
from tests.tuiclu.cluster.scenarios import trusted
from tests.tuiclu.live.clusters import Front, a_live_cluster
from tuiclu.live.protocol import Focus, Hold, Pace, Play, RunOn, Step, StepUnit, Type
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import run
from tuiclu.scenario.trust import Trust

_UNITS: tuple[StepUnit, ...] = ("event", "message", "quantum", "window")
_DEADLY = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGUSR1)


class _Somebody:
    """Does this and that to a cluster."""

    def __init__(self, front: Front, draw: random.Random, eyes: random.Random, line: Callable[[], str]) -> None:
        self._front, self._draw, self._eyes, self._line = front, draw, eyes, line
        self._typed = 0

    def act(self) -> None:
        acts: list[Callable[[], None]] = [self._type, self._pace, self._play, self._hold, self._step, self._strike]
        for act in self._draw.choices(acts, (6, 1, 3, 2, 4, 2), k=self._draw.choice((1, 1, 2, 4))):
            act()
        self._look()
        self._front.live.wait(self._draw.choice((0, 0, 0.01, 0.05)))
        self._front.listen()

    def _look(self) -> None:
        """Now and then, look at something more closely: that changes nothing."""
        frame = self._front.frame
        if frame is None or self._eyes.random() < 0.5:
            return
        nodes = [Focus(node=card.view.name) for card in frame.nodes]
        processes = [Focus(node=one.node, pid=one.pid) for one in frame.processes]
        migrations = [Focus(migration=one.name) for one in frame.migrations]
        self._front.ask(self._eyes.choice([Focus(), *nodes, *processes, *migrations]))

    def _type(self) -> None:
        self._typed += 1
        self._front.ask(Type(self._line(), self._typed))

    def _pace(self) -> None:
        self._front.ask(Pace(self._draw.choice((None, 0.05, 0.3, 1.0, 10.0))))

    def _play(self) -> None:
        self._front.ask(self._draw.choice((Play(), Play(), RunOn("+ 3 ms"), RunOn("process.exited"))))

    def _hold(self) -> None:
        self._front.ask(Hold())

    def _step(self) -> None:
        self._front.ask(*[Step(self._draw.choice(_UNITS))] * self._draw.choice((1, 3)))

    def _strike(self) -> None:
        """Kill a node from another terminal, or stop it for a moment."""
        frame = self._front.frame
        pids = [node.pid for node in frame.nodes if node.pid is not None] if frame is not None else []
        if not pids:
            return
        pid = self._draw.choice(pids)
        try:
            if self._draw.random() < 0.5:
                os.kill(pid, self._draw.choice(_DEADLY))
            else:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.002)
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass


def _check(seed: int, folder: Path) -> None:
    folder.mkdir()
    write_programs(folder)
    draw = random.Random(seed)
    tree, line = drawn_with_orders(seed)
    if draw.random() < 0.5:
        del tree["until"]
    with a_live_cluster(folder, text_of(tree), f"random session {seed}", Trust(everything=True)) as front:
        front.until(lambda front: front.frame is not None)
        somebody = _Somebody(front, draw, random.Random(f"{seed}/eyes"), line)
        for _ in range(draw.choice((3, 10, 25))):
            somebody.act()
        closed = front.quit()
    session = folder / "session" / "session.yaml"
    repeated: list[bytes] = []
    outcome = run(plan(trusted(load_scenario(session))), write_line=repeated.append)
    differences = [pair for pair in zip(front.news, map(bytes.strip, repeated), strict=False) if pair[0] != pair[1]]
    assert outcome.digest == closed.digest, f"seed {seed}: {differences[:1]}\n{session.read_text()}"


def test_a_few_random_sessions_can_be_repeated(tmp_path: Path) -> None:
    for seed in range(3):
        _check(seed, tmp_path / str(seed))


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(4))
def test_many_random_sessions_can_be_repeated(part: int, tmp_path: Path) -> None:
    for seed in range(100 + part, 500, 4):
        _check(seed, tmp_path / str(seed))
