"""Whatever else the real machine has to do, a run is the same: demos and random scenarios beside processes that eat its CPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.random_scenarios.trial import fault_of_seed, write_programs
from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.bundled import demo_files


@pytest.fixture(scope="module")
def hogs() -> Iterator[None]:
    """Twice as many busy processes as there are CPUs."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    yield
    for one in busy:
        one.kill()
        one.wait()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", demo_files())
def test_verify_says_equal_of_every_demo_beside_hogs(name: str, hogs: None) -> None:
    done = tuiclu("verify", name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_hundred_random_scenarios_are_the_same_in_other_windows_beside_hogs(hogs: None, tmp_path: Path) -> None:
    write_programs(tmp_path)
    faults = {seed: fault for seed in range(7000, 7100) if (fault := fault_of_seed(seed, tmp_path)) is not None}
    assert faults == {}
