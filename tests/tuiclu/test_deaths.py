"""Whatever dies, whenever and however: nothing is left of a cluster, no process, no file, and whoever survives says what happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nodes.parent import python_command
from tests.tuiclu.cluster.scenarios import ROOT

LIMIT_S = 60.0
ENDLESS = """
tuiclu: 1
title: {title}
cluster: {{nodes: {{n1: {{}}, n2: {{}}, n3: {{}}}}, policy: {{load-sharing: periodic-symmetric}}}}
processes: {{P: {{program: scan, args: {{pages: 200}}, on: n1, count: 4}}}}
script: [{{at: 60000 min, say: the end}}]
"""
COMMANDS = {
    "run": ["run", "--quiet", "--speed", "1"],
    "open": ["open", "--plain"],
    "verify": ["verify", "--until", "600s"],
    "compare": ["compare-policies", "--set", "until=600s"],
}


class Family:
    """A command that runs a cluster, with temporary and kept files of its own, and all processes that come of it."""

    def __init__(self, folder: Path, command: str) -> None:
        self.title = folder.name
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        (folder / "s.yaml").write_text(ENDLESS.format(title=self.title))
        self._folder = str(folder)
        """Where all of them are at work: by that they are found."""
        self.main = subprocess.Popen(
            python_command("tuiclu", *COMMANDS[command], "s.yaml"),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | {"TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(folder / "state")},
        )

    def members(self) -> list[psutil.Process]:
        """Return all that live."""
        everyone = psutil.process_iter(["cwd", "status"])
        return [one for one in everyone if one.info["cwd"] == self._folder and one.info["status"] != "zombie"]

    def named(self, beginning: str) -> list[psutil.Process]:
        """Return those of a kind, as `ps` shows them."""
        found = []
        for process in self.members():
            try:
                line = process.cmdline()
            except psutil.Error:
                continue
            if line and line[0].startswith(beginning):
                found.append(process)
        return found

    def wait_for(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < deadline, f"still there: {self.members()}"
            time.sleep(0.02)

    def check_gone(self) -> tuple[int, str]:
        """Wait until nothing is left, and return how the command ended, and what it said."""
        assert self.main.stderr is not None
        said = self.main.stderr.read().decode()
        status = self.main.wait(LIMIT_S)
        assert self.main.stdin is not None
        self.main.stdin.close()
        self.main.stderr.close()
        self.wait_for(lambda: not self.members())
        assert list(self.temporary.iterdir()) == []
        return status, said


MAIN_SIGNALS = ("SIGHUP", "SIGKILL", "SIGABRT", "SIGSEGV", "SIGQUIT", "SIGTERM", "SIGINT")


@pytest.mark.parametrize(
    "name", [*[pytest.param(one, marks=pytest.mark.long) for one in MAIN_SIGNALS[2:]], *MAIN_SIGNALS[:2]]
)
@pytest.mark.parametrize("command", [pytest.param("run"), pytest.param("open", marks=pytest.mark.long)])
def test_nothing_is_left_of_a_command_that_is_ended_by_a_signal(tmp_path: Path, command: str, name: str) -> None:
    family = Family(tmp_path, command)
    family.wait_for(lambda: len(family.named("tuiclu: node")) == 3)
    number = signal.Signals[name]
    family.main.send_signal(number)
    status, said = family.check_gone()
    assert status in (-number, 128 + number)
    assert "bug" not in said


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("tuiclu: nursery", "the parent of all nodes, process "),
        ("tuiclu: cluster", "the process of the cluster, "),
    ],
)
def test_who_survives_says_who_has_died(tmp_path: Path, kind: str, says: str) -> None:
    family = Family(tmp_path, "open" if kind == "tuiclu: cluster" else "run")
    family.wait_for(lambda: len(family.named("tuiclu: node")) == 3)
    for victim in family.named(kind):
        victim.kill()
    status, said = family.check_gone()
    assert status == 2
    assert says in said
    assert "SIGKILL" in said
    assert "bug" not in said


@pytest.mark.long
@pytest.mark.parametrize("seed", range(24))
def test_whoever_is_killed_at_whatever_instant_nothing_is_left(tmp_path: Path, seed: int) -> None:
    """A random process of a random command is killed at a random instant; if the rest goes on, it is ended as a user would."""
    draw = random.Random(seed)
    family = Family(tmp_path, draw.choice(sorted(COMMANDS)))
    time.sleep(draw.uniform(0.0, 3.0))
    living = family.members()
    if living:
        victim = draw.choice(sorted(living, key=lambda one: one.pid))
        victim.send_signal(draw.choice((signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)))
        time.sleep(draw.uniform(0.0, 1.0))
    if family.main.poll() is None:
        family.main.send_signal(signal.SIGCONT)
        family.main.send_signal(signal.SIGTERM)
        try:
            family.main.wait(20)
        except subprocess.TimeoutExpired:
            family.main.kill()
    _, said = family.check_gone()
    assert "Traceback" not in said


INTERRUPTED_AT = """
import os, signal, sys
import tuiclu.__main__
class Interrupting:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["tuiclu", "run", "first-steps", "--quiet"]
tuiclu.__main__.main()
"""


@pytest.mark.parametrize(("module", "status"), [("tuiclu.cli", -signal.SIGINT), ("tuiclu.scenario.runner", 130)])
def test_who_is_interrupted_while_it_starts_says_no_more_than_that(module: str, status: int) -> None:
    code = INTERRUPTED_AT.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == status
    assert done.stderr in ("", "tuiclu: interrupted; every process has been ended.\n")
