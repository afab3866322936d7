"""The real screen in a real terminal: how it ends, whatever becomes of it; and the long walk through it in tmux."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.tuiclu.cluster.scenarios import ROOT
from tests.tuiclu.live.clusters import ENDLESS
from tuiclu.bench.terminal import Terminal
from tuiclu.scenario.parser import load_scenario

LEAVE_SCREEN, SHOW_CURSOR = b"\x1b[?1049l", b"\x1b[?25h"


@contextmanager
def a_screen(
    folder: Path, *options: str, size: tuple[int, int] = (100, 30), no_color: str = "", term: str = "xterm-256color"
) -> Iterator[Terminal]:
    """Open the screen in a pseudo-terminal; afterwards no process of it is left."""
    file = folder / "endless.yaml"
    file.write_text(ENDLESS.format(title="in a terminal"))
    arguments = ("open", str(file), "--journal", str(folder / "session"), *options)
    with Terminal(arguments, size, PYTHONPATH=str(ROOT), NO_COLOR=no_color, TERM=term, COLORTERM="") as terminal:
        terminal.read_until("S starts on")
        family = terminal.family()
        assert len(family) >= 5
        yield terminal
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []


def journal_is_sound(folder: Path) -> None:
    load_scenario(folder / "session" / "session.yaml")


def test_q_ends_it_and_restores_the_terminal(tmp_path: Path) -> None:
    with a_screen(tmp_path) as terminal:
        terminal.press("q")
        terminal.read_until("--expert")
        terminal.press("y")
        assert terminal.wait() == 0
        assert LEAVE_SCREEN in terminal.output
        assert SHOW_CURSOR in terminal.output
        assert b"Traceback" not in terminal.output
    journal_is_sound(tmp_path)


@pytest.mark.parametrize("means", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it_with_everything(tmp_path: Path, means: signal.Signals) -> None:
    with a_screen(tmp_path) as terminal:
        os.kill(terminal.pid, means)
        assert terminal.wait() == (-means if means is signal.SIGKILL else 128 + means)
        assert (LEAVE_SCREEN in terminal.output) == (means is not signal.SIGKILL)
    journal_is_sound(tmp_path)


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    with a_screen(tmp_path) as terminal:
        for data in (b"\xff", b"\xc3", b"\xe2\x82", b"\x1b\xff", b"\x80" * 50):
            terminal.press(data)
        terminal.press("?")
        terminal.read_until("What is seen here")
        terminal.press("\x1b\x11")
        assert terminal.wait() == 0
        assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("term", ["dumb", "unknown", "", "no-such-terminal"])
def test_a_terminal_that_cannot_place_the_cursor_gets_no_screen(term: str) -> None:
    with Terminal(("open", "first-steps"), (80, 24), PYTHONPATH=str(ROOT), TERM=term) as terminal:
        assert terminal.wait() == 2
        assert b"`tuiclu open --plain`" in terminal.output
        assert b"\x1b" not in terminal.output


def test_a_window_that_is_closed_ends_it_with_everything(tmp_path: Path) -> None:
    with a_screen(tmp_path) as terminal:
        terminal.hang_up()
        terminal.wait()
    journal_is_sound(tmp_path)


def test_with_no_color_there_is_no_colour(tmp_path: Path) -> None:
    with a_screen(tmp_path, no_color="1") as terminal:
        terminal.press("?")
        terminal.read_until("What is seen here")
        terminal.press("\x1b\x11")
        assert terminal.wait() == 0
        styles = {part for style in re.findall(rb"\x1b\[([0-9;]*)m", terminal.output) for part in style.split(b";")}
        assert styles & {b"1", b"7"}  # bold and reverse tell what colours would
        colours = {b"%d" % code for code in (*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108))}
        assert styles & colours == set()


def test_a_terminal_of_sixteen_colours_gets_no_others(tmp_path: Path) -> None:
    with a_screen(tmp_path, term="xterm") as terminal:
        terminal.press("\x11")
        assert terminal.wait() == 0
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25]", terminal.output)


def test_a_storm_of_sizes_does_no_harm(tmp_path: Path) -> None:
    with a_screen(tmp_path) as terminal:
        draw = random.Random(1)
        for _ in range(60):
            terminal.resize(draw.randrange(1, 250), draw.randrange(1, 80))
            terminal.read(0.01)
        terminal.resize(100, 30)
        terminal.press("2")
        terminal.read_until("Process control block", since=len(terminal.output))
        terminal.press("\x11")
        assert terminal.wait() == 0


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuiclu"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr


def test_the_plain_form_takes_commands_and_tells_in_sentences() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuiclu", "open", "first-steps", "--plain", "--lang", "es"],
        input="hold\nstate\nmigrate Q n2\nnonsense\nspeed max\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Q debe migrar de n1 a n2" in done.stdout
    assert "-- no existe el verbo `nonsense`" in done.stdout
    assert "P termina en n4" in done.stdout


@pytest.mark.long
def test_ten_thousand_random_keys_do_no_harm(tmp_path: Path) -> None:
    keys = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b", "\t", "\r", "\x7f", "\x1bOQ", "\x1bOR", "\x1bOS", "\x10"]
    keys += [chr(code) for code in range(32, 127)]
    draw = random.Random(5)
    with a_screen(tmp_path, "--expert") as terminal:
        for _ in range(200):
            terminal.press("".join(one for one in draw.choices(keys, k=50) if one != "q"))
            while terminal.read(0.02):
                pass
        assert b"Traceback" not in terminal.output
        terminal.press("\x1b\x1b\x11")
        terminal.wait()


@pytest.mark.long
@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_a_walk_through_the_screen_in_tmux(tmp_path: Path) -> None:
    def tmux(*arguments: str) -> str:
        command = ["tmux", "-L", f"tuiclu-test-{os.getpid()}", "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def see(part: str) -> None:
        for _ in range(600):
            if part in tmux("capture-pane", "-p"):
                return
            select_for(0.1)
        raise AssertionError(f"{part} was never seen:\n{tmux('capture-pane', '-p')}")

    command = (
        f"PYTHONPATH={ROOT} {sys.executable} -m tuiclu open first-steps --journal {tmp_path}; echo status $?; read x"
    )
    tmux("new-session", "-d", "-x", "120", "-y", "40", command)
    try:
        for keys, part in (
            ((), "What happens"),
            (("2",), "Process control block"),
            (("m",), "Move which process?"),
            (("Enter",), "Where is"),
            (("Enter",), "By which strategy?"),
            (("Enter",), "migrate "),
            (("3",), "destination"),
            (("4",), "Initiator n"),
            (("5",), "between nodes"),
            (("6",), "sentences"),
            (("/",), "empty: everything"),
            (("r", "o", "u", "n", "d"), "round"),
            (("Enter",), "/ round"),
            (("?",), "What is seen here"),
            (("Enter",), "/ round"),
            (("F3",), "frases"),
            (("1",), "Lo que ocurre"),
            (("q",), "--expert"),
            (("s",), "status 0"),
        ):
            if keys:
                tmux("send-keys", *keys)
            see(part)
    finally:
        tmux("kill-server")


def select_for(seconds: float) -> None:
    """Let a moment pass for a program that cannot be waited for."""
    import select

    select.select([], [], [], seconds)
