"""Many runs in few processes: equal to single ones, and gone with whoever wanted them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.tuiclu.cluster.scenarios import ROOT, node_processes, tuiclu
from tests.tuiclu.cluster.test_outside import LIMIT_S, wait_until
from tuiclu.errors import EmulatorError
from tuiclu.experiments.many_runs import run_all
from tuiclu.scenario.parser import load_scenario

SHORT = """
tuiclu: 1
title: many runs
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: worker, on: n1, args: {steps: 20000}}}
"""
LONG = """
tuiclu: 1
title: %s
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: sleeper, on: n1, args: {rounds: 1000000000}}}
"""


def test_each_run_of_many_is_what_a_single_run_is() -> None:
    seeds = (3, 4, 5, 3)
    results = run_all(load_scenario("-", SHORT), [[f"seed={seed}"] for seed in seeds])
    single = json.loads(tuiclu("run", "-", "--json", "--seed", "3", text=SHORT).stdout)
    assert [one["seed"] for one in results] == list(seeds)
    assert results[0]["digest"] == results[3]["digest"] == single["digest"] != results[1]["digest"]


def test_a_run_that_goes_wrong_is_told_with_what_was_special_about_it() -> None:
    with pytest.raises(EmulatorError, match=r"seed=-1"):
        run_all(load_scenario("-", SHORT), [["seed=1"], ["seed=-1"]])


@pytest.mark.parametrize("fatal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_run_outlives_whoever_wanted_it(tmp_path: Path, fatal: signal.Signals) -> None:
    title = f"many, {fatal.name}"
    file = tmp_path / "endless.yaml"
    file.write_text(LONG % title)
    command = [sys.executable, "-m", "tuiclu", "compare-policies", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: len(list(node_processes(title))) >= 2)
        family = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(fatal)
        _, errors = running.communicate(timeout=LIMIT_S)
    gone, alive = psutil.wait_procs(family, timeout=LIMIT_S)
    assert (len(gone), alive) == (len(family), [])
    assert "Traceback" not in errors
