"""The command line: words of the screen's own beside the verbs of a script, and how each can be completed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from tuiclu.inputs import at_home
from tuiclu.live.protocol import Hold, Pace, Play, RunOn
from tuiclu.texts import LANGUAGES
from tuiclu.tui.actions import lessons, pacing, screen
from tuiclu.tui.prompt import COMMAND, GOAL
from tuiclu.tui.styles import THEMES, goes_with
from tuiclu.tui.views import VIEWS

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp

ELF_ENDS = (".elf", "/")
"""How the names of files end that are offered as programs; folders end with a stroke."""
OWN_WORDS = ("go", "hold", "speed", "step", "until", "save", "view", "lang", "theme", "lesson", "param", "help", "quit")
"""What the command line understands beside the verbs of the script."""


def obey(app: ClusterApp, line: str) -> None:
    """Carry out what was typed: a word of the screen's own, or a line of the command language."""
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word:
        case "go":
            app.ask(Play())
        case "hold":
            app.ask(Hold())
        case "speed":
            _set_speed(app, rest)
        case "step" if rest in ("", *pacing.UNITS):
            app.look.step_unit = rest or app.look.step_unit
            pacing.step(app)
        case "until" if rest:
            app.ask(RunOn(rest))
        case "save" if rest:
            app.save(str(Path.cwd() / at_home(rest)), line)
        case "view" if rest in VIEWS:
            app.look.show(rest)
        case "lang" if rest in LANGUAGES:
            app.look.lang = rest
        case "theme" if rest in THEMES and goes_with(rest, app.colours):
            app.set_colours(rest)
        case "lesson" if rest:
            lessons.open_lesson(app, rest)
        case "param" if rest:
            lessons.set_parameter(app, rest)
        case "help":
            screen.help_(app)
        case "quit" | "q":
            app.action_quit_now()
        case _ if word in OWN_WORDS:
            app.notify_line(app.look.t("`{line}` is not complete: see help.").format(line=line), "bad")
        case _:
            app.give(line)


def _set_speed(app: ClusterApp, text: str) -> None:
    if text == "max":
        app.ask(Pace(None))
        return
    try:
        factor = float(text.removeprefix("x"))
    except ValueError:
        factor = 0.0
    if factor > 0:
        app.ask(Pace(factor))
    else:
        app.notify_line(app.look.t("A speed is a number above 0, or `max`."), "bad")


def elf_files(beside: str, begun: str) -> list[str]:
    """Return the paths of ELF files, and of folders, that begin so: beside the scenario, or else where the user is."""
    for base in (Path(beside), Path()):
        folder = base / begun.rpartition("/")[0]
        with contextlib.suppress(OSError):
            names = sorted(
                file.name + "/" * file.is_dir() for file in folder.iterdir() if not file.name.startswith(".")
            )
            found = [
                begun.rpartition("/")[0] + "/" * ("/" in begun) + name for name in names if name.endswith(ELF_ENDS)
            ]
            if found := [path for path in found if path.startswith(begun)]:
                return found
    return []


def completions(app: ClusterApp, mode: str, line: str) -> list[str]:
    """Return what a line can become, in a prompt for commands or for goals."""
    from tuiclu.scenario.prompt import Names, complete  # 60 ms, which the first picture need not wait for

    frame = app.frame
    if frame is None or mode not in (COMMAND, GOAL):
        return []
    living = tuple(one.name for one in frame.processes if one.ended_ns is None)
    names = Names(tuple(node.name for node in frame.nodes), living, app.opened.programs)
    head, space, _ = line.rpartition(" ")
    if mode == GOAL:
        words = names.events if not space else (*living, *names.nodes)
        found = [word for word in words if word.startswith(line[len(head) + len(space) :])]
    else:
        found = complete(line, names, OWN_WORDS)
        if head.split() == ["spawn"]:
            found += elf_files(app.opened.beside, line[len(head) + len(space) :])
    return [f"{head}{space}{word}" for word in found]
