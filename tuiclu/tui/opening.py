"""Opens the screen on a scenario, and closes it: the cluster's process starts before textual is imported."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.live.front import NORMAL, LiveCluster, Start

if TYPE_CHECKING:
    from tuiclu.scenario.parser import Scenario
    from tuiclu.scenario.trust import Trust
    from tuiclu.tui.following import Next


def open_screen(
    source: str,
    load: Callable[[], Scenario],
    *,
    lang: str,
    theme: str | None = None,
    ascii_only: bool = False,
    read_only: bool = False,
    expert: bool = False,
    folder: str | None = None,
    trust: Trust | None = None,
    start: Start = NORMAL,
    address: str = "",
    overrides: Sequence[str] = (),
) -> tuple[int, str, Next | None]:
    """Show a scenario until the user has had enough; return the exit status, where the journal is, and what is to be opened next.

    `overrides` are those with which `load` reads it.

    Raises InputError if there is no terminal, and what keeps the scenario from being opened.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(
            Text("the screen needs a terminal"),
            None,
            Text("`tuiclu run` needs none, and `tuiclu open --plain` neither."),
        )
    if not can_show_a_screen(os.environ.get("TERM", "")):
        what = Text("a terminal of the type `{term}` (TERM) cannot show the screen", term=os.environ.get("TERM", ""))
        raise InputError(
            what, None, Text("Set TERM to what it is, `xterm-256color` say, or use `tuiclu open --plain`.")
        )
    with LiveCluster(source, load, folder, trust, start) as live:
        from tuiclu.tui.app import ClusterApp  # 0.2 s, while the cluster starts
        from tuiclu.tui.inside import read_any_byte
        from tuiclu.tui.look import Look

        read_any_byte()
        opened = live.wait_until_open()
        look = Look(
            lang=lang, quiz=start.quiz, ascii_only=ascii_only, read_only=read_only, expert=expert, address=address
        )
        app = ClusterApp(live, opened, look, theme=chosen_theme(theme), trust=trust)
        app.overrides = tuple(overrides)
        try:
            app.run()
        finally:
            app.live.close()
        if (failure := app.failure or app.live.lost()) is not None:
            raise failure
        return app.return_code or 0, opened.folder, app.next


WELL_KNOWN = re.compile(
    r"(xterm|screen|tmux|linux|rxvt|vt[1-5]\d\d|ansi|alacritty|kitty|foot|wezterm|ghostty|konsole|putty|st|cygwin|contour|nsterm|fbterm)\b"
)
"""Types of terminals that place the cursor, also where this machine has no description of them."""


def can_show_a_screen(terminal: str) -> bool:
    """Tell whether a terminal of a type can place the cursor: those that are known by name, and those that this machine describes so."""
    if WELL_KNOWN.match(terminal):
        return True
    try:
        import curses

        curses.setupterm(terminal)
        return bool(curses.tigetstr("cup"))
    except (ImportError, curses.error):
        return False


def chosen_theme(asked: str | None) -> str:
    """Return the theme: as asked for, else without colours if the environment wants none, else by what the terminal can show."""
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR"):
        return "mono"
    if os.environ.get("COLORTERM", "").lower() not in ("truecolor", "24bit") and "256" not in os.environ.get(
        "TERM", ""
    ):
        return "16"
    return "dark"
