"""A live cluster left alone: what happens in it, and what its processes cost, for as long as you like, at full speed.

    python -m tests.tuiclu.live.hour [MINUTES] [SCENARIO]

The whole path is measured, as a screen has it: nodes, engine, what the screen is told, and what a screen makes of it (the front).
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import typer

from tuiclu.bundled import workstations
from tuiclu.live.front import LiveCluster
from tuiclu.live.protocol import Failed, Framed, Opened, Pace, Seen, Warned
from tuiclu.live.reporter import NEWS
from tuiclu.model.frame import Frame
from tuiclu.scenario.parser import load_scenario
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look
from tuiclu.tui.views import VIEWS

SLICE_S = 30
"""Virtual seconds in which something of each kind must happen."""
SAMPLE_S = 30
"""Virtual seconds between two looks at the memory."""
REST_S = 0.5
"""Real seconds between two frames: twenty a second would cost half of the engine's time."""
WATCHED = {
    "migration.resumed": "migrations",
    "negotiation.refused": "refusals",
    "eviction.started": "evictions",
    "link.opened": "links",
    "process.created": "jobs",
}
"""The kinds of sentences that are counted, and what they are called here."""


@dataclass
class Life:
    """What was seen. Times in virtual seconds."""

    slices: list[Counter[str]] = field(default_factory=list)
    """What happened in each `SLICE_S`, by what it is called in `WATCHED`."""
    silences: dict[str, float] = field(default_factory=dict)
    """The longest time without one."""
    memory: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    """By process: when, and how many bytes it had: its own, and its share of what it shares."""
    output: list[str] = field(default_factory=list)
    """What guests wrote and the first view showed: it has its own place."""
    warnings: list[str] = field(default_factory=list)
    frames: int = 0
    wall_s: float = 0.0

    def growth(self, after_s: float) -> dict[str, float]:
        """Return by how much each process has grown since `after_s`: the most that it ever had then, over the most it had before."""
        grown = {}
        for name, samples in self.memory.items():
            before = max(size for t, size in samples if t <= after_s)
            after = max((size for t, size in samples if t > after_s), default=before)
            grown[name] = after / before - 1
        return grown


def live_for(virtual_s: float, source: Path, tell: object = None) -> Life:
    """Let a scenario live for so long at full speed, looking at all views in turn, and return what was seen."""
    began = time.monotonic()
    life = Life()
    last = dict.fromkeys(WATCHED.values(), 0.0)
    with TemporaryDirectory() as folder:
        live = LiveCluster(str(source), lambda: load_scenario(source), folder)
        with live:
            opened = live.wait_until_open()
            look = _look_at(opened)
            live.ask(Pace(None))
            now_s = 0.0
            while now_s < virtual_s and live.channel.open:
                live.wait(1.0)
                for show in live.hear():
                    if isinstance(show, Framed):
                        now_s = show.frame.now_ns / 1e9
                        _take(life, last, show.frame)
                        _draw(life, look, show.frame)
                        time.sleep(REST_S)
                        live.ask(Seen())
                    elif isinstance(show, Warned | Failed):
                        life.warnings.append(show.text)
                if now_s >= SAMPLE_S * max((len(one) for one in life.memory.values()), default=0):
                    _measure(life, live.pid, now_s)
        if now_s < virtual_s:
            life.warnings.append(f"it ended at {now_s:.0f} s")
    life.wall_s = time.monotonic() - began
    return life


def _look_at(opened: Opened) -> Look:
    look = Look(lang="en")
    look.title, look.source = opened.title, opened.source
    look.kind = str(opened.settings["kind"])
    look.bandwidth_bps, look.latency_ns = int(opened.settings["bandwidth_bps"]), int(opened.settings["latency_ns"])
    return look


def _draw(life: Life, look: Look, frame: Frame) -> None:
    """Draw the first view, and every second time one of the others instead."""
    views = tuple(VIEWS)
    look.take(frame)
    look.show(views[life.frames // 2 % len(views)] if life.frames % 2 else views[0])
    drawn = "\n".join(draw(frame, look, [], 120, 40).lines())
    if look.view == views[0]:
        written = (one.text["en"].partition("| ")[2] for one in frame.spoken if one.kind == "process.output")
        life.output += [text for text in written if text and text in drawn]


def _take(life: Life, last: dict[str, float], frame: Frame) -> None:
    life.frames += 1
    if len(frame.spoken) == NEWS:
        life.warnings.append("more was told between two frames than a frame can have")
    for one in frame.spoken:
        name = WATCHED.get(one.kind)
        if name is None:
            continue
        t = one.t / 1e9
        while len(life.slices) <= t // SLICE_S:
            life.slices.append(Counter())
        life.slices[int(t // SLICE_S)][name] += 1
        life.silences[name] = max(life.silences.get(name, 0.0), t - last[name])
        last[name] = t


def _measure(life: Life, cluster: int, now_s: float) -> None:
    family = psutil.Process(cluster).children(recursive=True)
    processes = {"front": psutil.Process(), "engine": psutil.Process(cluster)}
    for child in family:
        title = " ".join(child.cmdline())
        if title.startswith("tuiclu: node"):
            processes[title.split()[2]] = child
        elif title.startswith("tuiclu: nursery"):
            processes["nursery"] = child
    for name, process in processes.items():
        life.memory.setdefault(name, []).append((now_s, process.memory_full_info().pss))


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    source = Path(sys.argv[2]) if len(sys.argv) > 2 else workstations()
    life = live_for(minutes * 60, source)
    whole = life.slices[: int(minutes * 60 // SLICE_S)]
    for name in WATCHED.values():
        counts = [one[name] for one in whole]
        typer.echo(
            f"{name:<11} {sum(counts):5d} in all; in {SLICE_S} s: {min(counts)} to {max(counts)}; "
            f"longest silence {life.silences.get(name, 0):.1f} s"
        )
    for name, growth in life.growth(min(600, minutes * 30)).items():
        samples = [size for _, size in life.memory[name]]
        typer.echo(
            f"{name:<11} {samples[0] / 1e6:6.1f} MB, at last {samples[-1] / 1e6:6.1f} MB; after the beginning {growth:+.1%}"
        )
    typer.echo(f"{life.frames} frames, {life.wall_s:.0f} s; guests' output: {life.output}; warnings: {life.warnings}")


if __name__ == "__main__":
    main()
