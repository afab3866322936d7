"""The first lesson of the README can be done as it says."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tuiclu.api import run as run_scenario

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_is_time_to_kill_n4_while_p_is_on_its_way() -> None:
    """Step 3: so many real seconds after the start, for so many seconds."""
    found = re.search(
        r"`tuiclu run first-steps --speed ([0-9.]+)`.*from the (\w+) second on, for (\w+) seconds", README, re.DOTALL
    )
    assert found is not None
    speed, first, span = float(found[1]), {"eleventh": 10}[found[2]], {"seven": 7}[found[3]]
    (migration,) = run_scenario("first-steps").result["migrations"]
    begins_s, ends_s = migration["started_s"] / speed, migration["resumed_s"] / speed
    assert begins_s == pytest.approx(first, abs=1)
    assert ends_s - begins_s == pytest.approx(span, abs=1)


def test_its_own_scenario_comes_out_as_it_expects() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    done = tuiclu("run", "-", "--quiet", text=re.sub("(?m)^   ", "", text))
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok      P" in done.stdout


COMMANDS = [
    one
    for one in re.findall(r"`tuiclu (run [^`]*)`", README.partition("## A first lesson")[2].partition("\n## ")[0])
    if "--speed" not in one and "mine" not in one
]


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_what_it_runs_runs_well(command: str) -> None:
    assert tuiclu(*shlex.split(command), "--quiet").returncode == 0


def test_commands_are_found() -> None:
    assert len(COMMANDS) >= 3
