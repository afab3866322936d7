"""Every key and every view of the screen, in front of a real cluster."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

import psutil
import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tuiclu.live.clusters import ENDLESS, SMALL, Front, a_live_cluster
from tuiclu.live.journal import FILE
from tuiclu.live.protocol import Teach
from tuiclu.scenario.parser import load_scenario
from tuiclu.tui.app import ClusterApp
from tuiclu.tui.dialogs import Choice, Confirm, Reading
from tuiclu.tui.draw.paper import Paper
from tuiclu.tui.keys import KEYS
from tuiclu.tui.look import Look
from tuiclu.tui.prompt import COMMAND
from tuiclu.tui.views import VIEWS

Walk = Callable[[Pilot[int], ClusterApp], Awaitable[None]]
TALKERS = ENDLESS.replace("nodes: {{n1: {{}}", "nodes: {{n1: {{owner: idle}}")


def walk(folder: Path, text: str, steps: Walk, *, size: tuple[int, int] = (120, 40), **looks: object) -> ClusterApp:
    """Open the screen on a scenario, and walk through it."""
    with a_live_cluster(folder, text, "a screen") as front:
        return asyncio.run(_walk(front, steps, size, looks))


async def _walk(front: Front, steps: Walk, size: tuple[int, int], looks: dict[str, object]) -> ClusterApp:
    theme = str(looks.pop("theme", "dark"))
    app = ClusterApp(front.live, front.opened, Look(**looks), theme=theme)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.frame is not None and bool(app.frame.processes) and bool(shown(app).strip()))
        await steps(pilot, app)
    app.live.close()
    return app


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the screen go on until something holds."""
    for _ in range(600):
        if condition():
            return
        await pilot.pause(0.05)
    app = pilot.app
    assert isinstance(app, ClusterApp)
    raise AssertionError(f"it did not happen; the screen shows:\n{shown(app)}\n{app.look.notice}")


def shown(app: ClusterApp) -> str:
    canvas = app.screen_stack[0].query_one("#canvas")
    return "\n".join(canvas.paper.lines())  # type: ignore[attr-defined]


def drawn(app: ClusterApp) -> str:
    """Return all that the terminal is given to show, of whatever widget. There is nothing in it that it would obey."""
    lines = [strip.text for strip in app.screen._compositor.render_strips()]
    assert all(line.isprintable() for line in lines)
    return "\n".join(lines)


def is_open(app: ClusterApp, kind: type[object]) -> bool:
    """Tell whether a dialog is there, and hears keys."""
    return isinstance(app.screen, kind) and app.screen.focused is not None


async def take_first(pilot: Pilot[int], app: ClusterApp, title: str) -> None:
    """Take the first choice of the dialog with this title."""
    await until(pilot, lambda: is_open(app, Choice) and getattr(app.screen, "heading", "").startswith(title))
    await pilot.press("enter")


def now(app: ClusterApp) -> int:
    return app.frame.now_ns if app.frame is not None else 0


def mode(app: ClusterApp) -> str:
    return app.frame.mode if app.frame is not None else ""


def test_every_view_is_a_number_key_away(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for number, (view, sign) in enumerate(
            {
                "cluster": "MIPS",
                "node": "Process control block of P",
                "migration": "No process has migrated yet",
                "conversation": "Conversation",
                "messages": "between nodes",
                "log": "in sentences",
                "processes": "Processes of all nodes",
            }.items(),
            start=1,
        ):
            await pilot.press(str(number))
            assert app.look.view == view
            assert sign in shown(app)
            await pilot.press("question_mark")
            assert isinstance(app.screen, Reading)
            await pilot.press("escape")
        assert tuple(VIEWS) == ("cluster", "node", "migration", "conversation", "messages", "log", "processes")
        await pilot.press("2")
        await until(pilot, lambda: "registers" in shown(app))

    walk(tmp_path, ENDLESS, steps)


def test_a_frame_that_was_there_before_the_screen_had_a_size_is_drawn_when_it_has_one(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "held")
        app.canvas.show(Paper(0, 0))
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: "MIPS" in shown(app) and len(app.canvas.paper.lines()) == 30)

    walk(tmp_path, ENDLESS, steps)


def test_time_obeys_the_keys(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "held")
        assert app.frame is not None
        events = app.frame.events
        await pilot.press("full_stop")
        await until(pilot, lambda: app.frame is not None and app.frame.events == events + 1)
        await pilot.press("u")
        assert app.look.step_unit == "message"
        await pilot.press("plus")
        await until(pilot, lambda: app.frame is not None and app.frame.factor == 2.0)
        await pilot.press("minus", "minus")
        await until(pilot, lambda: app.frame is not None and app.frame.factor == 0.5)
        await pilot.press("pagedown")
        await until(pilot, lambda: mode(app) == "running")
        await pilot.press("colon", *"speed max", "enter")
        await until(pilot, lambda: app.frame is not None and app.frame.factor is None)
        await pilot.press("g", *"+ 500 ms", "enter")
        await until(pilot, lambda: mode(app) == "held")
        await pilot.press("enter")
        await until(pilot, lambda: mode(app) == "running")

    walk(tmp_path, ENDLESS, steps)


def test_a_process_is_moved_by_three_choices(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("m")
        await take_first(pilot, app, "Move which process?")
        await take_first(pilot, app, "Where is ")
        await take_first(pilot, app, "By which strategy?")
        await until(pilot, lambda: app.frame is not None and bool(app.frame.migrations))
        await pilot.press("3")
        await until(pilot, lambda: "destination" in shown(app))
        await pilot.press("4")
        await until(pilot, lambda: "kernel n1" in shown(app))
        await pilot.press("up", "down", "escape")

    app = walk(tmp_path, SMALL.replace("12000", "200000"), steps)
    assert "migrate" in (tmp_path / "session" / FILE).read_text()
    assert app.frame is not None


def test_a_process_is_dragged_to_another_node(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "held")
        hits = app.screen_stack[0].query_one("#canvas").paper.hits  # type: ignore[attr-defined]
        start = next(hit for hit in hits if hit.target == "process:n1.1")
        goal = next(hit for hit in hits if hit.target == "node:n3")
        await pilot.mouse_down(offset=(start.left, start.y))
        await pilot.hover(offset=(goal.left + 2, goal.y))
        app.mouse.carried, app.look.dragged = "P", "P"  # a hovering pilot presses no button
        await pilot.mouse_up(offset=(goal.left + 2, goal.y))
        await until(pilot, lambda: is_open(app, Choice))
        await pilot.press("enter")
        await until(pilot, lambda: "migrate P n3" in app.look.notice)

    walk(tmp_path, ENDLESS, steps)


@pytest.mark.parametrize(
    ("keys", "happens"),
    [
        (("f", "1", "1", "y"), "n1 crashes"),
        (("k", "1", "1", "y"), "ends on n1"),
        (("w",), "n1"),
        (("colon", *"spawn hello n2", "enter"), "Hello from a real program!"),
    ],
)
def test_a_key_does_what_it_says(tmp_path: Path, keys: tuple[str, ...], happens: str) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.05)
        await until(pilot, lambda: any(happens in one.text["en"] for one in app.look.spoken))
        assert app.frame is not None
        await until(pilot, lambda: app.frame is not None and app.frame.commands == 1)

    walk(tmp_path, TALKERS, steps)


def test_a_digit_in_a_menu_means_nothing_to_the_views_behind_it(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for key in ("f", "2", "3", "y"):
            await pilot.press(key)
            await pilot.pause(0.05)
        await until(pilot, lambda: app.frame is not None and app.frame.nodes[2].state == "paused")
        assert app.look.view == "cluster"
        await pilot.press("f", "9", "tab", "pageup", "left_square_bracket", "i", "escape")
        assert (app.look.view, app.look.node, app.look.asked, app.look.scroll) == ("cluster", "n1", "", 0)
        assert not isinstance(app.screen, Choice)

    walk(tmp_path, ENDLESS, steps)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_whoever_asks_leaves_the_cluster_visible_and_lets_time_rest(tmp_path: Path, size: tuple[int, int]) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for keys in (("question_mark",), ("m",), ("m", "1"), ("q",), ("ctrl+p",), ("colon",), ("g",), ("slash",)):
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.05)
            await until(pilot, lambda: app.frame is not None and app.frame.resting)
            assert "MIPS" in app.export_screenshot(), keys
            assert app.frame is not None
            assert app.frame.mode == "running"
            await pilot.press("escape")
            await until(pilot, lambda: app.frame is not None and not app.frame.resting)

    walk(tmp_path, ENDLESS, steps, size=size)


def test_every_line_that_is_pasted_is_an_order_in_their_order(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("colon", *"say on")
        app.screen.post_message(Paste("e\nsay two\r\n\n  say three"))
        await until(pilot, lambda: sum("»" in one.text["en"] for one in app.look.spoken) == 3)
        assert [one.text["en"] for one in app.look.spoken if "»" in one.text["en"]] == ["» one", "» two", "» three"]
        assert app.prompt.mode == ""
        await pilot.press("colon", "up", "up")
        assert app.prompt.value == "say two"
        await pilot.press("escape", "colon", *"say four", "ctrl+j")
        await until(pilot, lambda: "» four" in [one.text["en"] for one in app.look.spoken])
        await pilot.press("6", "slash")
        app.screen.post_message(Paste("two\nlines"))
        await until(pilot, lambda: app.prompt.value == "two lines")

    walk(tmp_path, ENDLESS, steps)


def test_every_order_is_answered_above_the_footer(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("colon", *"crash n3", "enter")
        await until(pilot, lambda: "crash n3: done. n3 crashes" in shown(app))
        await pilot.press("colon")
        app.screen.post_message(Paste("pause n3\nmigrate P n3\nmigrate S n9\npause n2"))
        await until(pilot, lambda: all(one.final for one in app.look.answers.values()) and len(app.look.answers) == 4)
        said = shown(app)
        assert "pause n3: refused by the cluster: n3 is down" in said
        assert "migrate P n3: refused by n" in said
        assert "there is no node `n9`. The nodes are: n1, n2, n3." in said
        assert "pause n2: done. n2 stands still." in said
        await pilot.press("f3")
        await until(pilot, lambda: "pause n2: hecho. n2 se detiene." in shown(app))
        await pilot.press("escape")
        assert "n2 se detiene" not in shown(app).splitlines()[-2]

    walk(tmp_path, ENDLESS, steps)


def test_what_is_broken_is_mended(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("r")
        await until(pilot, lambda: "Nothing is broken" in app.look.notice)
        await pilot.press("colon", *"crash n3", "enter")
        await until(pilot, lambda: app.frame is not None and app.frame.nodes[2].state == "down")
        await pilot.press("r")
        await until(pilot, lambda: app.frame is not None and app.frame.nodes[2].state == "up")

    walk(tmp_path, ENDLESS, steps)


def test_a_new_process_is_started_with_arguments(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("n")
        await take_first(pilot, app, "Start which program?")
        await take_first(pilot, app, "On which node?")
        await until(pilot, lambda: app.query_one("#prompt", Input).has_class("open"))
        await pilot.press("enter")
        await until(
            pilot,
            lambda: any(one.program == app.opened.programs[0] for one in app.frame.processes) if app.frame else False,
        )

    walk(tmp_path, ENDLESS, steps)


def test_an_elf_file_of_ones_own_is_started_by_its_path_which_is_completed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "greet.elf").write_bytes(files("nodes.programs").joinpath("hello.elf").read_bytes())

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("n")
        await until(pilot, lambda: is_open(app, Choice))
        await pilot.press("end", "enter")
        await until(pilot, lambda: app.prompt.mode == COMMAND)
        assert app.prompt.value == "spawn "
        await pilot.press(*"min", "tab", *"gr", "tab", *"n2", "enter")
        await until(pilot, lambda: any("greet.elf" in one.text["en"] for one in app.look.spoken))

    walk(tmp_path, ENDLESS, steps)


def test_harm_is_asked_about_and_can_be_declined(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("f")
        await pilot.pause(0.1)
        await pilot.press("1")
        await pilot.pause(0.1)
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        await until(pilot, lambda: not isinstance(app.screen, Confirm))
        assert app.frame is not None
        assert app.frame.commands == 0

    walk(tmp_path, ENDLESS, steps)


def test_who_may_only_watch_changes_nothing(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for key in ("m", "f", "n", "k", "w", "p", "x"):
            await pilot.press(key)
            assert "--read-only" in app.look.notice
            app.look.notice = ""
        await pilot.press("colon", *"crash n1", "enter")
        assert "--read-only" in app.look.notice
        assert not any(word.action == "migrate" for word in app.footer())

    walk(tmp_path, ENDLESS, steps, read_only=True)


def test_the_prompt_completes_remembers_and_explains(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        prompt = app.query_one("#prompt", Input)
        await pilot.press("colon", *"mig", "tab")
        assert prompt.value == "migrate "
        await pilot.press(*"S", "tab", *"n3", "tab", *"pre", "tab", "enter")
        await until(pilot, lambda: app.look.notice.startswith("migrate S n3 precopy: done."))
        await pilot.press("colon", "up")
        assert prompt.value.startswith("migrate S n3 precopy")
        await pilot.press("escape", "colon", *"migrate S n9", "enter")
        await until(pilot, lambda: "n9" in app.look.notice and app.look.notice_style == "bad")

    walk(tmp_path, ENDLESS, steps)


def test_selecting_filtering_and_scrolling(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("right")
        assert app.look.node == "n2"
        await pilot.press("left", "down", "2", "tab")
        assert app.look.node == "n2"
        await pilot.press("6", "slash", *"round", "enter")
        await until(pilot, lambda: "/ round" in shown(app) and "S | round" in shown(app))
        await pilot.press("tab")
        await until(pilot, lambda: "process.output" in shown(app))
        await pilot.press("tab", "up", "pageup", "home", "end", "escape")
        assert app.look.find == ""
        await pilot.press("5", "tab", "left_square_bracket", "right_square_bracket", "1")

    walk(tmp_path, ENDLESS, steps)


def test_a_process_is_found_from_anywhere_sorted_and_opened(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("slash", *"sleeper", "enter")
        await until(pilot, lambda: app.look.view == "processes" and "/ sleeper" in shown(app))
        assert (app.look.pid, app.look.node) == ("n2.1", "n2")
        await pilot.press("enter")
        await until(pilot, lambda: app.look.view == "node" and "Process control block of S" in shown(app))
        await pilot.press("7", "s", "S")
        await until(pilot, lambda: "name ▼" in shown(app))
        canvas = app.query_one("#canvas")
        hit = next(hit for hit in canvas.paper.hits if hit.target == "sort:CPU")  # type: ignore[attr-defined]
        await pilot.click(offset=(hit.left, hit.y))
        await until(pilot, lambda: "CPU ▲" in shown(app))

    walk(tmp_path, ENDLESS, steps)


def test_the_mouse_finds_tabs_keys_and_nodes(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        canvas = app.query_one("#canvas")
        for target, holds in (
            ("node:n3", lambda: app.look.node == "n3"),
            ("view:log", lambda: app.look.view == "log"),
            ("log:events", lambda: app.look.log_kind == "events"),
            ("key:space", lambda: mode(app) == "held"),
        ):
            hit = next(hit for hit in canvas.paper.hits if hit.target == target)  # type: ignore[attr-defined]
            await pilot.click(offset=(hit.left + 1, hit.y))
            await until(pilot, holds)

    walk(tmp_path, ENDLESS, steps)


def test_every_number_can_be_asked_where_it_comes_from(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "held")
        await pilot.press("i")
        assert app.look.asked
        first = app.look.asked
        await pilot.press("right", "down")
        assert app.look.asked not in ("", first)
        assert "It shows" in shown(app)
        await pilot.press("escape")
        assert app.look.asked == ""
        canvas = app.query_one("#canvas")
        hit = next(hit for hit in canvas.paper.hits if hit.target == "number:cpu:n1")  # type: ignore[attr-defined]
        await pilot.click(offset=(hit.left, hit.y), button=3)
        await until(pilot, lambda: app.look.asked == hit.target and "process.dispatched (" in shown(app))
        await pilot.press("2")
        assert app.look.asked == ""

    walk(tmp_path, ENDLESS, steps)


def test_the_human_log_of_the_nodes_is_a_kind_of_log_and_can_be_filtered(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("6", "tab", "tab", "tab")
        await until(pilot, lambda: "up at 0.000000 s" in shown(app) and "n3 is process" in shown(app))
        await pilot.press("colon", *"crash n3", "enter")
        await until(pilot, lambda: "n3, which was process" in shown(app))
        await pilot.press("slash", *"which was", "enter")
        await until(pilot, lambda: "is process" not in shown(app) and "n3, which was process" in shown(app))

    walk(tmp_path, ENDLESS, steps)


def test_language_and_theme_change_at_once(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("f3")
        await until(pilot, lambda: "Clúster" in shown(app))
        for theme in ("light", "contrast", "dark"):
            await pilot.press("f4")
            assert app.colours == theme

    walk(tmp_path, ENDLESS, steps)


@pytest.mark.parametrize(("theme", "following"), [("16", "mono"), ("mono", "16"), ("contrast", "dark")])
def test_a_screen_opens_in_every_theme(tmp_path: Path, theme: str, following: str) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        assert app.colours == theme
        assert "MIPS" in shown(app)
        await pilot.press("question_mark")
        await until(pilot, lambda: is_open(app, Reading))
        await pilot.press("escape", "f4")
        assert app.colours == following

    walk(tmp_path, ENDLESS, steps, theme=theme)


def test_the_screen_and_the_session_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("f2")
        await pilot.press("colon", *"save mine.yaml", "enter")
        await until(pilot, lambda: (tmp_path / "mine.yaml").exists())

    walk(tmp_path, ENDLESS, steps)
    picture = (tmp_path / "tuiclu-1.svg").read_text()
    assert picture.startswith("<svg")
    assert "http" not in picture.replace("http://www.w3.org", "")
    assert "MIPS" in (tmp_path / "tuiclu-1.txt").read_text()
    load_scenario(tmp_path / "mine.yaml")


def test_a_question_is_put_answered_and_time_goes_on(tmp_path: Path) -> None:
    asked = ENDLESS + (
        "script:\n  - at: 50 ms\n    ask: {{question: {{en: Who has the CPU?, es: ¿Quién?}}, answer: P has it., "
        'choices: [P, "\\e[2J\\u202eS"]}}\n  - at: 60 ms\n    ask: {{question: "\\e]0;And\\a then?\\u200b", answer: "\\e[2JNothing."}}\n'
    )

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await until(pilot, lambda: "Who has the CPU?" in shown(app))
        assert r"2  \x1b[2J\u202eS" in drawn(app)
        await pilot.press("4")
        assert app.look.view == "conversation"  # the views are within reach
        assert "Who has the CPU?" in shown(app)
        await pilot.press("down", "down", "up", "enter")
        await until(pilot, lambda: "What came of it" in shown(app))
        assert re.search("Predicted +P ", shown(app))
        assert re.search(r"Answer +P has it\.", shown(app))
        await pilot.press("space")
        await until(pilot, lambda: r"\x1b]0;And\x07 then?\u200b" in drawn(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.query_one("#prompt", Input).has_class("open"))
        app.post_message(Paste("\x1b[31mit\u202e has "))
        await until(pilot, lambda: "[31mit has" in drawn(app))
        await pilot.press(*"nothing", "enter")
        await until(pilot, lambda: mode(app) == "running")
        assert "What came of it" not in shown(app)  # it cannot have been seen yet
        app.ask(Teach("lecture"))  # in which what is said waits
        await pilot.press("colon", *"say so", "enter")
        await until(pilot, lambda: r"\x1b[2JNothing." in drawn(app))
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "running")

    walk(tmp_path, asked, steps)


def test_the_palette_offers_every_key(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        offered = [command.title for command in app.get_system_commands(app.screen)]
        for key in KEYS:
            assert any(title.endswith(f"({key.shown})") for title in offered) == app.is_possible(key)
        await pilot.press("ctrl+p")
        await pilot.pause(0.1)
        await pilot.press("escape")

    walk(tmp_path, ENDLESS, steps)


def test_q_asks_once_and_ends_everything(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: not app.live.channel.open)

    app = walk(tmp_path, ENDLESS, steps)
    assert app.closed is not None
    assert app.closed.reason == "stopped"


def test_a_screen_of_a_cluster_that_was_killed_says_so_and_lives_on(tmp_path: Path) -> None:
    import os
    import signal

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        os.kill(app.live.pid, signal.SIGKILL)
        await until(pilot, lambda: "has ended" in shown(app))
        await pilot.press("2", "3", "1")

    walk(tmp_path, ENDLESS, steps)


def test_a_bug_in_the_drawing_ends_the_screen_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiclu.tui import app as module

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        monkeypatch.setattr(module, "draw", broken)
        await pilot.press("2")
        for _ in range(100):
            await pilot.pause(0.05)

    with pytest.raises(ZeroDivisionError):
        walk(tmp_path, ENDLESS, steps)


@pytest.mark.parametrize(
    ("keys", "told", "in_force"),
    [
        (("p", "3", "1"), "From now on load-sharing is receiver-initiated", {"load-sharing": "receiver-initiated"}),
        (("p", "2", "2"), "From now on load-sharing is sender-initiated on n1; it was none", {"load-sharing": "none"}),
        (("x", "2"), "From now on strategy is precopy; it was eager-all", {"strategy": "precopy"}),
    ],
)
def test_what_is_in_force_is_chosen_by_a_key_shown_and_saved(
    tmp_path: Path, keys: tuple[str, ...], told: str, in_force: dict[str, str]
) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        for number, key in enumerate(keys):
            if number:
                await until(pilot, lambda: is_open(app, Choice))
            await pilot.press(key)
            await pilot.pause(0.05)
        await until(pilot, lambda: any(told in one.text["en"] for one in app.look.spoken))
        await until(
            pilot,
            lambda: app.frame is not None and all(app.frame.policies[name] == in_force[name] for name in in_force),
        )
        for name, value in in_force.items():
            await until(pilot, lambda name=name, value=value: value == "none" or f"{name} {value}" in shown(app))  # type: ignore[misc]
        card = app.frame.nodes[0] if app.frame is not None else None
        assert card is not None
        assert card.policies.get("load-sharing") == ("sender-initiated" if "n1" in told else None)
        await pilot.press("colon", *f"save {tmp_path / 'saved.yaml'}", "enter")
        await until(pilot, (tmp_path / "saved.yaml").exists)

    walk(tmp_path, SMALL, steps)
    (step,) = load_scenario(tmp_path / "saved.yaml").file.script
    assert (step.by, step.set is not None) == ("user", True)


def test_ctrl_z_gives_the_terminal_back_and_time_rests_until_the_screen_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as that goes without a shell: that the terminal is given back is only noted here."""
    left: list[str] = []
    monkeypatch.setattr(ClusterApp, "leave_terminal", lambda _: left.append("left"))

    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        monkeypatch.setattr(os, "getsid", lambda _: -1)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.frame is not None and app.frame.resting)
        assert left == ["left"]
        app.app_resume_signal.publish(app)
        await until(pilot, lambda: app.frame is not None and not app.frame.resting)
        monkeypatch.setattr(os, "getsid", lambda _: os.getpid())
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "There is no shell here" in shown(app))
        assert left == ["left"]

    walk(tmp_path, ENDLESS, steps)


def test_a_key_that_stands_for_two_things_does_what_it_does_in_the_view(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await until(pilot, lambda: now(app) > 50_000_000)
        await pilot.press("s")
        await until(pilot, lambda: "snapshot n1: " in shown(app))
        assert app.look.order == {}
        await pilot.press("7", "s")
        await until(pilot, lambda: "processes" in app.look.order)
        assert app.frame is not None
        assert app.frame.commands == 1

    walk(tmp_path, ENDLESS, steps)


def test_one_goes_back_by_a_key_to_a_moment_and_to_the_beginning(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[int], app: ClusterApp) -> None:
        await until(pilot, lambda: now(app) > 50_000_000)
        await pilot.press("space")
        await until(pilot, lambda: mode(app) == "held")
        first, events = app.live, app.frame.events if app.frame is not None else 0
        await pilot.press("comma")
        await until(pilot, lambda: app.live is not first and mode(app) == "held")
        assert app.frame is not None
        assert app.frame.events == events - 1
        assert "Back at" in shown(app)
        assert "Going back" not in shown(app)
        await pilot.press("M")
        assert f"@{events - 2} (" in shown(app).replace("\n ", "")
        await pilot.press("R")
        await until(pilot, lambda: now(app) == 0 and mode(app) == "held")
        await pilot.press("c")
        await take_first(pilot, app, "Go to which chapter?")
        await until(pilot, lambda: app.frame is not None and app.frame.events == events - 1)

    walk(tmp_path, ENDLESS, steps)
    left = [one.cmdline() for one in psutil.Process().children(recursive=True)]
    assert not [line for line in left if line and (line[0] == "tuiclu: cluster" or "tuiclu.live.anew" in line)]
