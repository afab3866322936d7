"""The screen itself: its prompt, its help, its language and looks, its picture, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuiclu.texts import LANGUAGES
from tuiclu.tui.canvas import Canvas
from tuiclu.tui.dialogs import Confirm, Reading
from tuiclu.tui.draw.inquiry import nearest
from tuiclu.tui.help import help_text
from tuiclu.tui.keys import KEYS
from tuiclu.tui.prompt import COMMAND, FILTER
from tuiclu.tui.styles import THEMES, goes_with

if TYPE_CHECKING:
    from tuiclu.tui.app import ClusterApp


def command(app: ClusterApp) -> None:
    """Let a command be typed."""
    app.open_prompt(COMMAND, "")


def find(app: ClusterApp) -> None:
    """Ask what is to be shown: in the log and among messages those that contain it, anywhere else the processes that it means."""
    t = app.look.t
    if app.look.view in ("log", "messages"):
        app.open_prompt(FILTER, t("show what contains this; empty: everything"), app.look.find)
    else:
        app.open_prompt(FILTER, t("find processes by name, pid, program or node, also ended ones"), app.look.find)


def earlier(app: ClusterApp) -> None:
    """Look at what came before."""
    if app.frame is not None:
        app.look.timeline.pan(-1, app.frame.now_ns)


def later(app: ClusterApp) -> None:
    """Look at what came after."""
    if app.frame is not None:
        app.look.timeline.pan(1, app.frame.now_ns)


def longer(app: ClusterApp) -> None:
    """Draw a longer stretch of time."""
    app.look.zoom(2)


def shorter(app: ClusterApp) -> None:
    """Draw a shorter stretch of time."""
    app.look.zoom(-2)


def only(app: ClusterApp) -> None:
    """Show another kind of messages."""
    app.look.timeline.next_kind()


def sort(app: ClusterApp) -> None:
    """Sort the table that is looked at by its next column."""
    app.look.sort(None)


def turn(app: ClusterApp) -> None:
    """Sort it the other way round."""
    app.look.turn()


def kind(app: ClusterApp) -> None:
    """Go to the next kind of log or of messages, or to the next node."""
    if app.frame is not None:
        app.look.next_kind(app.frame)


def help_(app: ClusterApp) -> None:
    """Show what is seen here."""
    title, text = help_text(app.look, [key for key in KEYS if app.is_possible(key)])
    app.push_screen(Reading(title, text))


def ask(app: ClusterApp) -> None:
    """Begin to ask where numbers come from, at the number nearest to where the mouse was last; or stop asking."""
    app.look.asked = "" if app.look.asked else nearest(app.canvas.paper, *app.look.asked_at)


def language(app: ClusterApp) -> None:
    """Speak the next language."""
    app.look.lang = LANGUAGES[(LANGUAGES.index(app.look.lang) + 1) % len(LANGUAGES)]


def theme(app: ClusterApp) -> None:
    """Take the next theme."""
    names = [name for name in THEMES if goes_with(name, app.colours)]
    app.set_colours(names[(names.index(app.colours) + 1) % len(names)])


def save_screen(app: ClusterApp) -> None:
    """Write the screen as SVG and as text, where the user is or else where the journal is."""
    for folder in (Path.cwd(), Path(app.opened.folder)):
        stem = next(
            f"tuiclu-{number}" for number in range(1, 100_000) if not (folder / f"tuiclu-{number}.svg").exists()
        )
        try:
            (folder / f"{stem}.svg").write_text(app.picture(), encoding="utf-8")
            text = "\n".join(app.screen_stack[0].query_one(Canvas).paper.lines()) + "\n"
            (folder / f"{stem}.txt").write_text(text, encoding="utf-8")
        except OSError:
            continue
        app.notify_line(app.look.t("Saved as {file}.").format(file=folder / f"{stem}.svg"))
        return
    app.notify_line(
        app.look.t("It cannot be saved: neither {one} nor {other} can be written.").format(
            one=Path.cwd(), other=app.opened.folder
        ),
        "bad",
    )


async def quit_all(app: ClusterApp) -> None:
    """Ask once, and end everything."""
    t = app.look.t
    if app.look.ended:
        app.exit(0)
        return
    if not app.look.expert:
        hint = t("q, y or return: yes.  n or escape: no.  (--expert does not ask.)")
        if not await app.push_screen_wait(Confirm(t("End the run, and every process of it?"), hint, same_key=True)):
            return
    app.action_quit_now()
