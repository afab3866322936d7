"""A live cluster for tests, and somebody in front of it who never sleeps: he waits for frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.live.front import LiveCluster
from tuiclu.live.protocol import Answered, AnyAsk, AnyShow, Closed, Framed, Opened, Quit, Seen
from tuiclu.model.frame import Frame
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.trust import Trust

LIMIT_S = 30.0
SMALL = """
tuiclu: 1
title: {title}
cluster:
  defaults: {{mips: 10, memory: 2 MiB}}
  nodes: {{n1: {{}}, n2: {{}}, n3: {{}}}}
processes:
  P: {{program: primes, args: {{limit: 12000}}, on: n1}}
  Q: {{program: sort, args: {{n: 4000}}, on: n1}}
  S: {{program: sleeper, args: {{rounds: 4}}, on: n2}}
until: 20 s
"""
ENDLESS = """
tuiclu: 1
title: {title}
cluster:
  nodes: {{n1: {{}}, n2: {{}}, n3: {{}}}}
processes:
  P: {{program: primes, args: {{limit: 900000}}, on: n1}}
  S: {{program: sleeper, args: {{rounds: 1000000}}, on: n2}}
"""


class Front:
    """Somebody in front of a live cluster."""

    def __init__(self, live: LiveCluster, opened: Opened) -> None:
        self.live = live
        self.opened = opened
        self.frame: Frame | None = None
        self.heard: list[AnyShow] = []
        self.said: list[str] = []
        """The narration, in English."""
        self.news: list[bytes] = []
        """The event stream, as far as it was not too much for the frames."""

    def ask(self, *asks: AnyAsk) -> None:
        for ask in asks:
            self.live.ask(ask)

    def until(self, condition: Callable[[Front], bool]) -> None:
        """Look at frames until something holds."""
        deadline = time.monotonic() + LIMIT_S
        while not condition(self):
            assert time.monotonic() < deadline, f"it did not happen; the last frame: {self.frame}"
            assert self.live.channel.open or self.heard, "the cluster is gone"
            self.live.wait(1.0)
            self.listen()
            if not self.live.channel.open:
                assert condition(self), f"the cluster ended before: {self.heard[-8:]}"
                return

    def listen(self) -> None:
        for show in self.live.hear():
            if isinstance(show, Framed):
                self.frame = show.frame
                self.news += show.frame.news
                self.said += [one.text["en"] for one in show.frame.spoken]
                self.live.ask(Seen())
            else:
                self.heard.append(show)

    def mode(self, mode: str) -> None:
        self.until(lambda front: front.frame is not None and front.frame.mode == mode)

    def answer(self, number: int) -> Answered:
        """Wait for the answer to what was typed under this number."""

        def found() -> list[Answered]:
            return [one for one in self.heard if isinstance(one, Answered) and one.number == number]

        self.until(lambda _: bool(found()))
        return found()[0]

    def quit(self) -> Closed:
        self.ask(Quit())
        self.until(lambda front: any(isinstance(one, Closed) for one in front.heard))
        return next(one for one in self.heard if isinstance(one, Closed))


@contextmanager
def a_live_cluster(
    folder: Path, text: str, title: str, trust: Trust | None = None, *, snapshots_to: str = ""
) -> Iterator[Front]:
    """Open a scenario; afterwards nothing of it is left."""
    file = folder / "scenario.yaml"
    file.write_text(text.format(title=title) if "{title}" in text else text)

    def load() -> Scenario:
        return replace(load_scenario(file), snapshots_to=snapshots_to)

    with LiveCluster(str(file), load, str(folder / "session"), trust) as live:
        family = [psutil.Process(live.pid)]
        yield Front(live, live.wait_until_open())
        if psutil.pid_exists(live.pid):
            family += family[0].children(recursive=True)
    _, alive = psutil.wait_procs(family, timeout=LIMIT_S)
    assert alive == [], f"left behind: {alive}"


def demo(name: str) -> str:
    return next((ROOT / "demos").glob(f"*-{name}.yaml")).read_text()
