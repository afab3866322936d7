"""Frames without a live cluster: a demo, run without a screen up to an instant, as the screen would show it then."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec

from nodes.wire.events import Narration
from tests.tuiclu.cluster.scenarios import ROOT
from tuiclu.model.cluster import ClusterView
from tuiclu.model.frame import Frame, Spoken
from tuiclu.model.narration import Narrator
from tuiclu.model.screen import NOTHING, ScreenView
from tuiclu.model.sources import Asked, Sources
from tuiclu.model.traffic import Excerpt
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Follower, set_up
from tuiclu.texts import LANGUAGES, in_own_words
from tuiclu.tui.draw.footer import words_for
from tuiclu.tui.draw.paper import Paper
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.keys import keys_of
from tuiclu.tui.look import Look
from tuiclu.tui.numbers import asked_for, number
from tuiclu.tui.picture import svg_of
from tuiclu.tui.styles import style_of
from tuiclu.tui.views import VIEWS


def frame_of(
    demo: str,
    until_ns: int,
    node: str | None = None,
    pid: str | None = None,
    asked: Asked = NOTHING,
) -> tuple[Frame, Look]:
    """Return a frame of a demo at an instant, with everything in it, and a look that has seen it all.

    `asked`: which events are told of in it.
    """
    frame, look, sources = _run(demo, until_ns, node, pid)
    details = msgspec.structs.replace(frame.details, sources=sources.of(asked))
    return msgspec.structs.replace(frame, details=details), look


@cache
def _run(demo: str, until_ns: int, node: str | None, pid: str | None) -> tuple[Frame, Look, Sources]:
    scenario = load_scenario(next((ROOT / "demos").glob(f"*-{demo}.yaml")))
    planned = plan(scenario)
    view = ClusterView()
    screen = ScreenView(view)
    narrators = {lang: Narrator(view, lang, in_own_words(planned.title, lang)) for lang in LANGUAGES}
    spoken: list[Spoken] = []
    caption: dict[str, str] = {}
    lines: list[bytes] = []

    def tell(stamped: object) -> None:
        if isinstance(stamped.event, Narration):  # type: ignore[attr-defined]
            caption.update(stamped.event.text)  # type: ignore[attr-defined]
        told = {lang: narrator.tell(stamped) for lang, narrator in narrators.items()}  # type: ignore[arg-type]
        for texts in zip(*told.values(), strict=True):
            said = {lang: text.partition(" s  ")[2] for lang, text in zip(told, texts, strict=True)}
            spoken.append(Spoken(stamped.t, said, stamped.event.__struct_config__.tag))  # type: ignore[attr-defined]

    observers = [Follower(screen.apply), Follower(tell)]
    stage = set_up(planned, view, title=planned.title["en"], observers=observers, write_line=lines.append)
    with stage.engine:
        stage.engine.run(until_ns)
        inspection = stage.engine.inspect(node, pid or "", stage.engine.edge_ns()) if node is not None else None
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
        talks=tuple(screen.recent.deliberations.talks),
        decisions=tuple(screen.recent.deliberations.decisions),
        beliefs=screen.recent.beliefs.rows(),
        details=screen.details(
            node=node, pid=pid, migration=migration, messages=True, excerpt=Excerpt(show="all"), inspection=inspection
        ),
        question=None,
        policies=view.policies.usual(),
        commands=0,
        said=caption,
    )
    look = Look(title=scenario.title, source=demo, kind=planned.network.kind)
    look.bandwidth_bps, look.latency_ns = planned.network.bandwidth_bps, planned.network.latency_ns
    look.node, look.pid = node, pid
    look.take(frame)
    return frame, look, screen.recent.sources


SHOWN = {
    "cluster": 300,
    "node": 300,
    "migration": 300,
    "conversation": 300,
    "messages": 300,
    "log": 300,
    "processes": 300,
}
"""The instant of the demo first-steps, in ms, at which each view is shown."""
SIZES = ((80, 24), (120, 40), (200, 60))


def paper_of(view: str, size: tuple[int, int], lang: str, *, ascii_only: bool = False, asked: str = "") -> Paper:
    """Return what the screen shows of the demo first-steps."""
    wanted = asked_for(asked) if asked else NOTHING
    frame, look = frame_of("first-steps", SHOWN[view] * 1_000_000, "n1", "n1.2", wanted)
    return _drawn(frame, look, view, size, lang, ascii_only=ascii_only, asked=asked)


def _drawn(
    frame: Frame, look: Look, view: str, size: tuple[int, int], lang: str, *, ascii_only: bool = False, asked: str = ""
) -> Paper:
    look.view, look.lang, look.ascii_only, look.scroll, look.asked = view, lang, ascii_only, 0, asked
    keys = words_for(look, keys_of(view), goes_on=frame.mode not in ("running", "stepping"))
    paper = draw(frame, look, keys, *size)
    look.asked = ""
    return paper


def text_of(view: str, size: tuple[int, int], lang: str, *, ascii_only: bool = False) -> str:
    """Return what the screen shows, as text."""
    return "\n".join(paper_of(view, size, lang, ascii_only=ascii_only).lines()) + "\n"


MARKS = (("reverse", "R"), ("bold", "b"), ("underline", "_"), ("italic", "i"), ("dim", "d"))
"""How text can look without colours, the most striking first: what a line of marks says of the character above it."""


def text_without_colours(view: str, size: tuple[int, int]) -> str:
    """Return what the screen shows with NO_COLOR: below each line how its characters look, with `~` at the end."""
    paper = paper_of(view, size, "en")
    lines: list[str] = []
    for y in range(paper.height):
        text, styles = paper.row(y)
        marks = "".join(_mark(name) for name in styles)
        lines.append(text.rstrip())
        if marks.strip():
            lines.append(f"{marks.rstrip()} ~")
    return "\n".join(lines) + "\n"


def _mark(name: str) -> str:
    style = style_of("mono", name)
    return next((letter for look, letter in MARKS if getattr(style, look)), " ")


def every() -> list[tuple[str, tuple[int, int], str]]:
    """Return all that there is a golden text of."""
    return [(view, size, lang) for view in VIEWS for size in SIZES for lang in LANGUAGES]


class Picture(NamedTuple):
    """A picture of which there is a golden SVG."""

    demo: str
    ms: int
    view: str
    theme: str
    lang: str = "en"
    node: str = "n1"
    pid: str = "n1.1"
    asked: str = ""
    """The target of the number that is asked about."""


PICTURES = {
    "cluster-dark": Picture("first-steps", 300, "cluster", "dark"),
    "cluster-light": Picture("first-steps", 300, "cluster", "light", "es"),
    "cluster-contrast": Picture("first-steps", 300, "cluster", "contrast"),
    "cluster-16": Picture("first-steps", 300, "cluster", "16"),
    "pages-dark": Picture("precopy", 320, "migration", "dark"),
    "conversation-dark": Picture("first-steps", 300, "conversation", "dark"),
    "node-light": Picture("first-steps", 300, "node", "light"),
    "asked-dark": Picture("first-steps", 300, "cluster", "dark", asked=number("memory", "n4")),
}
"""By name: a handful, for the colours."""


def svg_of_picture(name: str) -> str:
    """Return a picture as an SVG."""
    one = PICTURES[name]
    wanted = asked_for(one.asked) if one.asked else NOTHING
    frame, look = frame_of(one.demo, one.ms * 1_000_000, one.node, one.pid, wanted)
    return svg_of(_drawn(frame, look, one.view, (100, 30), one.lang, asked=one.asked), one.theme)
