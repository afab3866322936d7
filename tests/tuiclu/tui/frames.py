"""Frames without a live cluster: a demo, run without a screen up to an instant, as the screen would show it then."""

from __future__ import annotations

from functools import cache

import msgspec

from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Frame, Spoken
from tuiclu.model.narration import LANGUAGES, Narrator
from tuiclu.model.screen import ScreenView, Sources
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.keys import KEYS
from tuiclu.tui.look import VIEWS, Look


def frame_of(
    demo: str,
    until_ns: int,
    node: str | None = None,
    pid: str | None = None,
    asked: tuple[str, tuple[str, ...]] = ("", ()),
) -> tuple[Frame, Look]:
    """Return a frame of a demo at an instant, with everything in it, and a look that has seen it all.

    `asked`: about what, and for which kinds of events, the latest are in it.
    """
    frame, look, sources = _run(demo, until_ns, node, pid)
    details = msgspec.structs.replace(frame.details, sources=sources.of(*asked))
    return msgspec.structs.replace(frame, details=details), look


@cache
def _run(demo: str, until_ns: int, node: str | None, pid: str | None) -> tuple[Frame, Look, Sources]:
    scenario = load_scenario(next((ROOT / "demos").glob(f"*-{demo}.yaml")))
    planned = plan(scenario)
    view = ClusterView()
    screen = ScreenView(view)
    narrators = {lang: Narrator(view, lang, planned.title[lang]) for lang in LANGUAGES}
    spoken: list[Spoken] = []
    lines: list[bytes] = []

    def tell(stamped: object) -> None:
        told = {lang: narrator.tell(stamped) for lang, narrator in narrators.items()}  # type: ignore[arg-type]
        for texts in zip(*told.values(), strict=True):
            said = {lang: text.partition(" s  ")[2] for lang, text in zip(told, texts, strict=True)}
            spoken.append(Spoken(stamped.t, said, stamped.event.__struct_config__.tag))  # type: ignore[attr-defined]

    observers = [Follower(screen.apply), Follower(tell)]
    stage = set_up(planned, view, title=planned.title["en"], observers=observers, write_line=lines.append)
    with stage.engine:
        stage.engine.run(until_ns)
        inspection = stage.engine.inspect(node, pid or "") if node is not None else None
    migration = list(view.migrations)[-1] if view.migrations else None
    frame = Frame(
        number=1,
        now_ns=view.now_ns,
        mode="held",
        factor=1.0,
        reached=0.0,
        events=len(lines),
        nodes=screen.node_cards({}),
        processes=screen.process_rows(),
        migrations=screen.migration_rows(),
        wires=screen.wires(),
        news=tuple(line.rstrip() for line in lines[-400:]),
        skipped=0,
        spoken=tuple(spoken),
        logged=(),
        talks=tuple(screen.talks),
        decisions=tuple(screen.decisions),
        beliefs=tuple(screen.beliefs.values()),
        details=screen.details(node=node, pid=pid, migration=migration, messages=True, inspection=inspection),
        question=None,
        policies=view.policies.usual(),
        commands=0,
    )
    look = Look(title=scenario.title, source=demo, kind=planned.network.kind)
    look.bandwidth_bps, look.latency_ns = planned.network.bandwidth_bps, planned.network.latency_ns
    look.node, look.pid = node, pid
    look.take(frame)
    return frame, look, screen.sources


SHOWN = {"cluster": 300, "node": 300, "migration": 300, "conversation": 300, "messages": 300, "log": 300}
"""The instant of the demo first-steps, in ms, at which each view is shown."""
SIZES = ((80, 24), (120, 40), (200, 60))


def text_of(view: str, size: tuple[int, int], lang: str, *, ascii_only: bool = False) -> str:
    """Return what the screen shows, as text."""
    frame, look = frame_of("first-steps", SHOWN[view] * 1_000_000, "n1", "n1.2")
    look.view, look.lang, look.ascii_only, look.scroll = view, lang, ascii_only, 0
    keys = [
        (key.shown, "" if key.joined else look.t(key.label), key.action)
        for key in KEYS
        if not key.views or view in key.views
    ]
    return "\n".join(draw(frame, look, keys, *size).lines()) + "\n"


def every() -> list[tuple[str, tuple[int, int], str]]:
    """Return all that there is a golden text of."""
    return [(view, size, lang) for view in VIEWS for size in SIZES for lang in LANGUAGES]
