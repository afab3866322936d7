"""Time: it passes or stands still, faster or more slowly, step by step, or up to a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.live.protocol import Hold, Pace, Play, Step
from tuiclu.tui.prompt import GOAL

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp

SPEEDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0, None)
"""Virtual seconds a real second; None: as fast as possible."""
UNITS = ("event", "message", "quantum", "window")


def space(app: ClusterApp) -> None:
    """Let time stand still, or pass."""
    running = app.frame is not None and app.frame.mode in ("running", "stepping")
    app.ask(Hold() if running else Play())


def step(app: ClusterApp) -> None:
    """Let one thing happen."""
    app.ask(Step(app.look.step_unit))  # type: ignore[arg-type]


def unit(app: ClusterApp) -> None:
    """Step by the next unit from now on."""
    app.look.step_unit = UNITS[(UNITS.index(app.look.step_unit) + 1) % len(UNITS)]
    t = app.look.t
    app.notify_line(t("step by {unit}").format(unit=t(app.look.step_unit)))


def plus(app: ClusterApp) -> None:
    """Let time pass faster."""
    _change_speed(app, 1)


def minus(app: ClusterApp) -> None:
    """Let time pass more slowly."""
    _change_speed(app, -1)


def _change_speed(app: ClusterApp, by: int) -> None:
    factor = app.frame.factor if app.frame is not None else 1.0
    finite = [speed for speed in SPEEDS if speed is not None]
    if factor is None:
        index = len(SPEEDS) - 1
    else:
        index = min(range(len(finite)), key=lambda at: abs(finite[at] - factor))
    app.ask(Pace(SPEEDS[max(0, min(len(SPEEDS) - 1, index + by))]))


def go(app: ClusterApp) -> None:
    """Ask up to where time is to pass."""
    app.open_prompt(GOAL, app.look.t("run on to an instant (5 s, + 200 ms) or an event (migration.resumed P)"))
