"""What the world does to a running cluster: real signals to real processes. Real time passes here, but nothing depends on how much."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.tuiclu.cluster.scenarios import ROOT, node_processes

LIMIT_S = 60.0
SCENARIO = """
tuiclu: 1
title: {title}
cluster:
  nodes: {{n1: {{}}, n2: {{}}, n3: {{}}}}
processes:
  P: {{program: primes, args: {{limit: 150000}}, on: [n1, n2]}}
  S: {{program: sleeper, args: {{rounds: 100000}}, on: n3}}
"""


@contextmanager
def a_running_cluster(folder: Path, title: str) -> Iterator[subprocess.Popen[str]]:
    """Run an endless scenario in real time, until a program on it has written something."""
    file = folder / "endless.yaml"
    file.write_text(SCENARIO.format(title=title))
    command = [sys.executable, "-m", "tuiclu", "run", str(file), "--speed", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            wait_for_line(running, "S | round 2")
            yield running
        finally:
            running.kill()
    wait_until(lambda: list(node_processes(title)) == [])


def wait_for_line(running: subprocess.Popen[str], part: str) -> str:
    assert running.stdout is not None
    return next(line for line in running.stdout if part in line)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def node(title: str, name: str) -> psutil.Process:
    return next(one for one in node_processes(title) if f"node {name} " in one.cmdline()[0])


def test_every_node_is_a_process_that_ps_shows_by_its_name(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "shown by ps"):
        names = sorted(one.cmdline()[0].strip() for one in node_processes("shown by ps"))
    assert names == [f"tuiclu: node {name} (shown by ps)" for name in ("n1", "n2", "n3")]


def test_a_killed_cluster_leaves_not_even_a_node_that_was_stopped(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "beheaded and stopped") as running:
        family = psutil.Process(running.pid).children(recursive=True)
        node("beheaded and stopped", "n1").suspend()
        running.kill()
        gone, alive = psutil.wait_procs(family, timeout=LIMIT_S)
        assert (len(gone), alive) == (len(family), [])


@pytest.mark.parametrize("name", ["n2", "n3"])
def test_a_node_killed_from_outside_is_a_crash_and_the_others_go_on(tmp_path: Path, name: str) -> None:
    title = f"killed {name}"
    with a_running_cluster(tmp_path, title) as running:
        node(title, name).kill()
        line = wait_for_line(running, "crashes")
        assert f"{name} crashes (SIGKILL from outside)." in line
        wait_for_line(running, f"is the first to notice that the connection to {name} is broken")


def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "interrupted") as running:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=LIMIT_S)
        assert (running.returncode, errors) == (130, "tuiclu: interrupted; every process has been ended.\n")
        assert list(node_processes("interrupted")) == []


def test_sigterm_ends_everything(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "terminated") as running:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=LIMIT_S)
        assert running.returncode == 143
        assert list(node_processes("terminated")) == []


def test_a_killed_cluster_leaves_no_process_behind(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "beheaded") as running:
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) >= 4, "the nodes and their parent"
        running.kill()
        gone, alive = psutil.wait_procs(family, timeout=LIMIT_S)
        assert (len(gone), alive) == (len(family), [])


def test_a_node_stopped_from_outside_stops_virtual_time_until_it_goes_on(tmp_path: Path) -> None:
    with a_running_cluster(tmp_path, "stopped") as running:
        victim = node("stopped", "n1")
        victim.suspend()
        assert running.stderr is not None
        assert "n1 was stopped by a signal from outside" in running.stderr.readline()
        victim.resume()
        wait_for_line(running, "S | round")
