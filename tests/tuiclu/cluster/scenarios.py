"""Small clusters of real processes for tests, and what is left of them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tuiclu.cli import main
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.runner import Outcome, run

ROOT = Path(__file__).parents[3]


def trusted(scenario: Scenario) -> Scenario:
    """Let the classes of a user's own that a scenario names be executed."""
    return replace(scenario, users=replace(scenario.users, trusted=True))


def run_text(text: str, *, overrides: Sequence[str] = (), **options: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    """Run a scenario given as text on real node processes; return what came of it, and all events."""
    lines: list[bytes] = []
    outcome = run(plan(load_scenario("-", "tuiclu: 1\n" + text, overrides)), write_line=lines.append, **options)
    return outcome, [msgspec.json.decode(line) for line in lines]


def kinds(events: Sequence[dict[str, Any]], *wanted: str) -> list[str]:
    """Return the kinds of all events, or of those that begin with one of `wanted`, in order."""
    return [event["kind"] for event in events if not wanted or event["kind"].startswith(wanted)]


def process(outcome: Outcome, name: str) -> dict[str, Any]:
    """Return what the result says of a process."""
    found: dict[str, Any] = next(one for one in outcome.result["processes"] if one["name"] == name)
    return found


def tuiclu_process(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, as a process of its own, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "tuiclu", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
        env=os.environ | {"LANG": "C.UTF-8", "COLUMNS": "120"} | environment,
    )


def tuiclu(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command inside this process, where everything is loaded and nodes have learned programs: the same, much sooner.

    What concerns the process itself (signals, its end, what it loads) is asked of `tuiclu_process`.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    before = (sys.argv, dict(os.environ), Path.cwd(), sys.stdin, sys.stdout, sys.stderr)
    out, errors = _Kept(), _Kept()
    try:
        os.environ |= {"LANG": "C.UTF-8", "COLUMNS": "120"} | environment
        os.chdir(ROOT)
        sys.argv = ["tuiclu", *arguments]
        sys.stdin, sys.stdout, sys.stderr = (
            io.TextIOWrapper(one, "utf-8") for one in (io.BytesIO(text.encode()), out, errors)
        )
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.argv, environ, folder, sys.stdin, sys.stdout, sys.stderr = before
        os.environ.clear()
        os.environ |= environ
        os.chdir(folder)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return subprocess.CompletedProcess(
        ["tuiclu", *arguments], status, out.getvalue().decode(), errors.getvalue().decode()
    )


class _Kept(io.BytesIO):
    """What was written to it is there also when whoever wrote has gone."""

    def close(self) -> None:
        pass


def node_processes(title: str) -> Iterator[psutil.Process]:
    """Yield the OS processes of the nodes of the run with that title."""
    for one in psutil.process_iter(["cmdline"]):
        line = one.info["cmdline"] or [""]
        if line[0].startswith("tuiclu: node ") and f"({title})" in line[0]:
            yield one
