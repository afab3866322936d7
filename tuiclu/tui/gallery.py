"""Pictures of every view for the documentation, made by the program itself: `tuiclu gallery FOLDER`.

The real screen runs, without a terminal, in front of a real cluster: a demo is run on to an instant, and every view is drawn there. The
same version draws the same pictures; what differs from one real machine to the next is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuiclu.errors import EmulatorError
from tuiclu.live.front import LiveCluster, Start
from tuiclu.scratch import scratch_folder
from tuiclu.tui.timeline import Timeline

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tuiclu.scenario.parser import Scenario
    from tuiclu.tui.app import ClusterApp

STILL = ("held", "waiting", "over")
SIZE = 120, 36
PATIENCE = 1200
"""Times that the screen is waited for, a twentieth of a second each."""


class Picture(NamedTuple):
    """A picture: its name, the demo, the instant, the view, and the theme."""

    name: str
    demo: str
    instant: str
    view: str
    theme: str = "dark"
    lang: str = "en"


PICTURES = (
    Picture("cluster", "load-sharing", "700 ms", "cluster"),
    Picture("node", "first-steps", "190 ms", "node"),
    Picture("migration", "precopy", "migration.round count=2", "migration"),
    Picture("conversation", "negotiation", "180 ms", "conversation"),
    Picture("messages", "inconsistent-cut", "117 ms", "messages"),
    Picture("cluster-light-es", "load-sharing", "700 ms", "cluster", "light", "es"),
)


def draw_gallery(folder: Path, load: Callable[[str], Scenario], say: Callable[[str], object]) -> None:
    """Draw all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        file = folder / f"{picture.name}.svg"
        file.write_text(_draw(picture, load), encoding="utf-8")
        say(str(file))


def _draw(picture: Picture, load: Callable[[str], Scenario]) -> str:
    with (
        scratch_folder("tuiclu-gallery") as folder,
        LiveCluster(picture.demo, lambda: load(picture.demo), str(folder), start=Start(paused=True)) as live,
    ):
        from tuiclu.tui.app import ClusterApp
        from tuiclu.tui.look import Look

        app = ClusterApp(live, live.wait_until_open(), Look(lang=picture.lang), theme=picture.theme)
        return asyncio.run(_shoot(app, picture))


async def _shoot(app: ClusterApp, picture: Picture) -> str:
    from tuiclu.live.protocol import Pace, RunOn

    async with app.run_test(size=SIZE) as pilot:
        app.ask(Pace(None))
        app.ask(RunOn(picture.instant))
        await _until(pilot, lambda: app.frame is not None and app.frame.now_ns > 0 and app.frame.mode in STILL)
        if picture.view == "messages":
            app.look.timeline = Timeline(20_000_000, chosen=True, show="cut")
        app.action_view(picture.view)
        assert app.frame is not None
        seen = app.frame.number
        if picture.view in ("node", "migration", "messages"):  # these need details that come with the next frame
            await _until(pilot, lambda: app.frame is not None and app.frame.number > seen)
        app.show_reality = False
        app.look.notice, app.look.real = "", {}
        app.redraw()
        await pilot.pause()
        return app.picture()


async def _until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE):
        if condition():
            return
        await pilot.pause(0.05)
    raise EmulatorError("a picture was never ready")
