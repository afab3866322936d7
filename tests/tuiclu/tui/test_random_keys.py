"""Somebody who presses anything: no exception, no dialog that stays, and q always ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from tests.tuiclu.live.clusters import Front, a_live_cluster, demo
from tests.tuiclu.tui.instants import DEMOS
from tuiclu.live.protocol import Pace, RunOn
from tuiclu.tui.app import ClusterApp
from tuiclu.tui.keys import KEYS
from tuiclu.tui.look import Look

SIZES = ((60, 16), (80, 24), (120, 40), (200, 60), (30, 9), (133, 31))
PRESSED = (
    *(key.key.split(",")[0] for key in KEYS if key.action not in ("quit_all", "save_screen")),
    *("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "y", "n", "P", "x", "enter", "escape", "tab", "shift+tab"),
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace", "ctrl+p", "question_mark"),
    *("left_square_bracket", "right_square_bracket", "shift+up", "shift+down", "space", "enter", "escape"),
)
PASTED = (
    "",
    "\\n",
    "P",
    "migrate P n2",
    "crash n2\\nrestart n2\\nsay hi",
    "\\x1b[31m\\x00é日",
    "speed x\\nstep window",
    "quit now\\nview log",
)


async def act(draw: Random, pilot: Pilot[int], app: ClusterApp) -> None:
    """Do anything that one can do in front of a screen."""
    width, height = app.size
    match draw.randrange(12):
        case 0:
            app.screen.post_message(Paste(draw.choice(PASTED).encode().decode("unicode_escape")))
        case 1 | 2:
            await pilot.click(offset=(draw.randrange(width), draw.randrange(height)), button=draw.choice((1, 1, 3)))
        case 3:
            await pilot.hover(offset=(draw.randrange(width), draw.randrange(height)))
        case 4 if draw.random() < 0.3:
            await pilot.resize_terminal(*draw.choice(SIZES))
        case _:
            await pilot.press(*draw.choices(PRESSED, k=draw.randint(1, 4)))


async def walk(front: Front, draw: Random, actions: int, lang: str) -> ClusterApp:
    app = ClusterApp(front.live, front.opened, Look(lang=lang, expert=draw.random() < 0.5))
    async with app.run_test(size=draw.choice(SIZES)) as pilot:
        app.ask(Pace(None))
        app.ask(RunOn(f"{draw.randrange(1, 3000)} ms"))
        for _ in range(actions):
            await act(draw, pilot, app)
            assert app.failure is None
        await pilot.resize_terminal(100, 30)
        for _ in range(12):  # a dialog may be on its way
            await pilot.press("escape")
            await pilot.pause(0.02)
        assert not app.asks or (app.frame is not None and app.frame.question is not None), app.screen
        for _ in range(600):
            if not app.live.channel.open or not app.is_running:
                break
            await pilot.press("escape", "q", "q")
            await pilot.pause(0.05)
        assert not app.live.channel.open or app.look.ended, "q did not end it"
    app.live.close()
    return app


def check(folder: Path, name: str, seed: int, actions: int) -> None:
    draw = Random(f"{name} {seed}")
    with a_live_cluster(folder, demo(name), name) as front:
        app = asyncio.run(walk(front, draw, actions, draw.choice(("en", "es"))))
    assert app.failure is None


@pytest.mark.parametrize(("name", "seed"), [("load-sharing", 1), ("eviction", 2)])
def test_whatever_is_pressed_nothing_breaks_and_q_ends(tmp_path: Path, name: str, seed: int) -> None:
    check(tmp_path, name, seed, 40)


@pytest.mark.long
@pytest.mark.parametrize("name", DEMOS)
@pytest.mark.parametrize("seed", range(2))
def test_in_every_demo_nothing_breaks_whatever_is_pressed(tmp_path: Path, name: str, seed: int) -> None:
    check(tmp_path, name, seed, 150)
