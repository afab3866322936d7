"""Frames of a whole run: a demo, run once without a screen, and what a screen would show at instants spread over all of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from nodes.wire.events import Stamped
from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Frame, Spoken
from tuiclu.model.narration import Narrator
from tuiclu.model.screen import ScreenView
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up
from tuiclu.texts import LANGUAGES, in_own_words
from tuiclu.tui.look import Look

DEMOS = tuple(sorted(file.stem.partition("-")[2] for file in (ROOT / "demos").glob("*.yaml")))
SAMPLE = ("precopy", "load-sharing", "links-follow", "eviction")
"""Demos for the short tests: every view has something to show in one of them."""


@dataclass
class Run:
    """A run, and frames of it in their order. `until`: how many of the events each frame has seen."""

    look: Look
    events: list[Stamped] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    until: list[int] = field(default_factory=list)


@lru_cache(4)
def a_run(demo: str, most: int = 24, until_ns: int = 4_000_000_000, *, every_event: bool = False) -> Run:
    """Return a run of a demo, as far as an instant, with at least half of `most` frames and at most so many.

    `every_event`: instead, with one behind each of the first `most` events.
    """
    scenario = load_scenario(next((ROOT / "demos").glob(f"*-{demo}.yaml")))
    planned = plan(scenario)
    view = ClusterView()
    screen = ScreenView(view)
    narrators = {lang: Narrator(view, lang, in_own_words(planned.title, lang)) for lang in LANGUAGES}
    look = Look(title=scenario.title, source=demo, kind=planned.network.kind)
    look.bandwidth_bps, look.latency_ns = planned.network.bandwidth_bps, planned.network.latency_ns
    run, spoken = Run(look), list[Spoken]()
    step = 1

    def watch(stamped: Stamped) -> None:
        nonlocal step
        run.events.append(stamped)
        told = {lang: narrator.tell(stamped) for lang, narrator in narrators.items()}
        for texts in zip(*told.values(), strict=True):
            said = {lang: text.partition(" s  ")[2] for lang, text in zip(told, texts, strict=True)}
            spoken.append(Spoken(stamped.t, said, str(stamped.event.__struct_config__.tag)))
        if len(run.events) % step or (every_event and len(run.frames) >= most):
            return
        run.frames.append(frame_at(screen, len(run.frames), run.events, tuple(spoken)))
        run.until.append(len(run.events))
        if len(run.frames) >= most and not every_event:
            del run.frames[::2], run.until[::2]
            step *= 2

    stage = set_up(planned, view, title=planned.title["en"], observers=[Follower(screen.apply), Follower(watch)])
    with stage.engine:
        stage.engine.run(until_ns)
    return run


def frame_at(screen: ScreenView, number: int, events: list[Stamped], spoken: tuple[Spoken, ...]) -> Frame:
    """Return the frame of the present, with the details of one node, process and migration after the other."""
    view = screen.view
    nodes, pids, migrations = list(view.nodes), list(view.processes), list(view.migrations)
    pid = pids[-1 - number % len(pids)] if pids else None
    node = view.processes[pid].node if pid is not None else None
    details = screen.details(
        node=node or (nodes[0] if nodes else None),
        pid=pid,
        migration=migrations[-1 - number % len(migrations)] if migrations else None,
        messages=True,
    )
    return Frame(
        number=number,
        now_ns=view.now_ns,
        mode="running",
        factor=1.0,
        reached=1.0,
        events=len(events),
        nodes=screen.node_cards({}),
        processes=screen.process_rows(),
        migrations=screen.migration_rows(),
        wires=screen.wires(),
        news=tuple(one.to_json() for one in events[-60:]),
        skipped=0,
        spoken=spoken,
        logged=(),
        talks=tuple(screen.recent.deliberations.talks),
        decisions=tuple(screen.recent.deliberations.decisions),
        beliefs=screen.recent.beliefs.rows(),
        details=details,
        question=None,
        policies=view.policies.usual(),
        commands=0,
    )


def seen(run: Run, frame: Frame, view: str, lang: str = "en", *, ascii_only: bool = False) -> Look:
    """Return a look at a view of a frame: at what its details are of."""
    look = Look(lang=lang, view=view, title=run.look.title, source=run.look.source, kind=run.look.kind)
    look.bandwidth_bps, look.latency_ns, look.ascii_only = run.look.bandwidth_bps, run.look.latency_ns, ascii_only
    look.node, look.migration = frame.details.node, frame.details.migration
    look.take(frame)
    return look
