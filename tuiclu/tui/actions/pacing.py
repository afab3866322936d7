"""Time: it passes or stands still, faster or more slowly, step by step, or up to a goal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tuiclu.language.names import PACES
from tuiclu.live.protocol import Back, Hold, Pace, Play, Seek, Step, Teach
from tuiclu.texts import in_own_words
from tuiclu.tui.look import seconds
from tuiclu.tui.prompt import GOAL

if TYPE_CHECKING:
    from tuiclu.tui.actions.cluster_screen import ClusterScreen

SPEEDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0, None)
"""Virtual seconds a real second; None: as fast as possible."""
UNITS = ("event", "message", "quantum", "window")


def space(screen: ClusterScreen) -> None:
    """Let time stand still, or pass."""
    running = screen.frame is not None and screen.frame.mode in ("running", "stepping")
    screen.ask(Hold() if running else Play())


def step(screen: ClusterScreen) -> None:
    """Let one thing happen."""
    screen.ask(Step(screen.look.step_unit))  # type: ignore[arg-type]


def back(screen: ClusterScreen) -> None:
    """Go one step back."""
    screen.ask(Back(screen.look.step_unit))  # type: ignore[arg-type]


def anew(screen: ClusterScreen) -> None:
    """Begin anew."""
    screen.ask(Seek("0"))


def mark(screen: ClusterScreen) -> None:
    """Mark this moment."""
    frame, look = screen.frame, screen.look
    if frame is None or frame.events == 0:
        return
    moment = str(frame.events - 1)
    look.marks[moment] = frame.now_ns
    line = f"tuiclu at {shlex.quote(look.address or look.source)}@{moment}"
    screen.notify_line(look.t("marked: {moment} ({instant})").format(moment=line, instant=seconds(frame.now_ns)))


async def chapters(screen: ClusterScreen) -> None:
    """Ask for a chapter, or a moment that was marked, and go there."""
    frame, look = screen.frame, screen.look
    if frame is None:
        return
    choices = [
        (f"c{number}", f"{'●' if chapter.began_ns is not None else '○'} {in_own_words(chapter.title, look.lang)}")
        for number, chapter in enumerate(frame.chapters, start=1)
    ]
    choices += [(moment, f"{look.t('mark')} {moment}  {seconds(at_ns)}") for moment, at_ns in look.marks.items()]
    if not choices:
        screen.notify_line(look.t("This run has no chapters, and no moment is marked (M)."), "warn")
        return
    chosen = await screen.choose(look.t("Go to which chapter?"), choices)
    if chosen is not None:
        screen.ask(Seek(chosen))


def unit(screen: ClusterScreen) -> None:
    """Step by the next unit from now on."""
    screen.look.step_unit = UNITS[(UNITS.index(screen.look.step_unit) + 1) % len(UNITS)]
    t = screen.look.t
    screen.notify_line(t("step by {unit}").format(unit=t(screen.look.step_unit)))


def lesson(screen: ClusterScreen) -> None:
    """Let the lesson go at the next pace from now on."""
    before = next((pace for pace in PACES if screen.frame is not None and pace == screen.frame.pace), PACES[-1])
    pace = PACES[(PACES.index(before) + 1) % len(PACES)]
    screen.ask(Teach(pace))
    t = screen.look.t
    meant = {
        "lecture": t("as in a lecture: what is said waits for a key, and migrations are slow"),
        "auto": t("by itself: what is said waits as long as reading takes, and migrations are slow"),
        "real": t("even: nothing waits, and nothing is slowed down"),
    }
    screen.notify_line(meant[pace])


def plus(screen: ClusterScreen) -> None:
    """Let time pass faster."""
    _change_speed(screen, 1)


def minus(screen: ClusterScreen) -> None:
    """Let time pass more slowly."""
    _change_speed(screen, -1)


def _change_speed(screen: ClusterScreen, by: int) -> None:
    factor = screen.frame.factor if screen.frame is not None else 1.0
    finite = [speed for speed in SPEEDS if speed is not None]
    if factor is None:
        index = len(SPEEDS) - 1
    else:
        index = min(range(len(finite)), key=lambda at: abs(finite[at] - factor))
    screen.ask(Pace(SPEEDS[max(0, min(len(SPEEDS) - 1, index + by))]))


def go(screen: ClusterScreen) -> None:
    """Ask to which moment to go."""
    meant = screen.look.t(
        "5 s, + 200 ms; event 812, migration.resumed P, the last one: < migration.resumed; chapter c2"
    )
    screen.open_prompt(GOAL, meant)
