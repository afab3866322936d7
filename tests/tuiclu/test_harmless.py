"""What is not ours reaches a terminal as text, and what cannot be written is said as that."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.machine import refusal
from tests.nodes.kernel.machine import examples
from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tuiclu import cli, commands
from tuiclu.harmless import harmless

ESCAPES = "\x1b[2J\x1b]0;stolen\x07\x9b1m\r\x08\u202e"
SCENARIO = json.dumps(
    {
        "tuiclu": 1,
        "title": f"A title{ESCAPES}",
        "cluster": {"nodes": {"n1": {}, "n2": {}}},
        "processes": {"P": {"program": "hello", "args": [f"an argument{ESCAPES}"], "on": "n1"}},
        "script": [{"at": "1 ms", "say": f"a sentence{ESCAPES}"}, {"at": "1 ms", "crash": "n2"}],
        "expect": [{"process": "P", "output": f"an output{ESCAPES}"}],
    }
)


@given(st.text())
@examples(300)
def test_a_terminal_finds_nothing_to_obey_and_people_lose_nothing(text: str) -> None:
    shown = harmless(text)

    assert all(one.isprintable() or one in "\n\t" or one.isspace() for one in shown)
    assert not set(shown) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    assert harmless(shown) == shown
    if text.isprintable():
        assert shown == text


def is_harmless(text: str) -> bool:
    return harmless(text) == text


@pytest.mark.parametrize("command", [("run", "-"), ("run", "-", "--quiet"), ("verify", "-"), ("check", "-")])
def test_no_command_shows_escape_codes_of_a_scenario_or_a_guest(command: tuple[str, ...]) -> None:
    done = tuiclu(*command, text=SCENARIO)

    assert done.returncode in (0, 1)
    assert done.stdout
    assert is_harmless(done.stdout)
    assert is_harmless(done.stderr)


def test_events_are_exact_and_what_explains_them_is_harmless(tmp_path: Path) -> None:
    tuiclu("run", "-", "--events", str(tmp_path / "e"), "--log", str(tmp_path / "log"), text=SCENARIO)
    written = [
        event["text"] for line in (tmp_path / "e").read_text().splitlines() if "text" in (event := json.loads(line))
    ]
    done = tuiclu("explain", str(tmp_path / "e"))

    assert any(ESCAPES in str(text) for text in written)
    assert is_harmless(done.stdout)
    assert is_harmless((tmp_path / "log").read_text())


@pytest.mark.parametrize("source", ["title", "cluster", "processes", "script", "expect", "tuiclu"])
def test_errors_show_what_is_wrong_harmlessly(source: str) -> None:
    wrong = json.dumps(json.loads(SCENARIO) | {source: ESCAPES, ESCAPES: 1})
    done = tuiclu("check", "-", text=wrong)

    assert done.returncode == 2
    assert is_harmless(done.stderr)


def test_the_commands_write_through_their_one_home_alone() -> None:
    """So nothing is forgotten when a command is added."""
    rooms = [Path(cli.__file__), *Path(commands.__file__).parent.glob("*.py")]
    calls = [
        node.func for room in rooms for node in ast.walk(ast.parse(room.read_text())) if isinstance(node, ast.Call)
    ]
    names = [ast.unparse(one) for one in calls]

    assert not [name for name in names if name in ("print", "typer.echo", "sys.stdout.write", "typer.secho")]
    assert "say" in names


def with_streams(redirections: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with some of its standard streams as a shell redirects them."""
    command = f'exec "$0" -m tuiclu "$@" {redirections}'
    return subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=os.environ | {"LANG": "C.UTF-8"},
    )


@pytest.mark.parametrize(
    ("redirections", "status", "says"),
    [
        ("<&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&- 2>&-", 0, ""),
        (">&-", 2, "tuiclu: standard output is closed: nothing can be shown.\n"),
        ("<&- >&-", 2, "tuiclu: standard output is closed: nothing can be shown.\n"),
        (">&- 2>&-", 2, ""),
        ("<&- >&- 2>&-", 2, ""),
        (">/dev/full", 2, "tuiclu: standard output: this cannot be written: No space left on device\n"),
        (
            "--json >/dev/full",
            2,
            "tuiclu: standard output: this cannot be written: No space left on device\n",
        ),
        ("--events /dev/full", 2, "tuiclu: --events /dev/full: this cannot be written: No space left on device\n"),
        ("--log /dev/full", 2, "tuiclu: --log /dev/full: this cannot be written: No space left on device\n"),
    ],
)
def test_streams_that_are_closed_or_full_are_said_to_be_that(redirections: str, status: int, says: str) -> None:
    done = with_streams(redirections, "run", "first-steps", "--quiet")

    assert (done.returncode, done.stderr) == (status, says)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("run", "--help"), ("demos",), ("schema",)], ids=" ".join
)
def test_a_full_disk_is_said_to_be_that_by_whatever_writes(arguments: tuple[str, ...]) -> None:
    done = with_streams(">/dev/full", *arguments)

    assert done.returncode == 2
    assert done.stderr.endswith("No space left on device.\n") or done.stderr.endswith("No space left on device\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("run", "no-such-demo"), ("run", "--no-such-option"), ("no-such-command",)], ids=" ".join
)
def test_what_is_wrong_is_status_2_although_nobody_can_be_told(arguments: tuple[str, ...]) -> None:
    assert with_streams("2>&-", *arguments).returncode == 2
    assert with_streams("2>/dev/full", *arguments).returncode == 2


def test_where_no_temporary_folder_can_be_written_a_run_does_without() -> None:
    done = tuiclu("run", "first-steps", "--quiet", TMPDIR="/nowhere")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError(24, "Too many open files", "/x"), "Too many open files (/x)"),
        (MemoryError(), "no memory is left"),
        (RuntimeError("can't start new thread"), "no more threads can be started"),
        (OSError(9, "Bad file descriptor"), None),
        (ValueError("28"), None),
    ],
)
def test_what_the_machine_refuses_is_told_apart_from_our_own_faults(error: Exception, said: str | None) -> None:
    assert refusal(error) == said
