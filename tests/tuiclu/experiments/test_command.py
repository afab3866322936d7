"""The command as a user types it, on real clusters."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guests import guest
from tests.tuiclu.cluster.scenarios import tuiclu, tuiclu_process

SHORT = ("--args", "pages=40 hot=10 accesses=60000 cold=100")


def test_it_shows_every_strategy_and_ends_with_a_conclusion(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    done = tuiclu("compare", *SHORT, "--csv", str(file), "--lang", "en")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Best in this case: " in done.stdout
    assert [line["strategy"] for line in csv.DictReader(io.StringIO(file.read_text()))] == [
        "eager-all",
        "precopy",
        "eager-dirty",
        "copy-on-reference",
        "flushing",
        "hybrid",
    ]


def test_json_has_the_figures_that_the_scenario_gives_by_itself() -> None:
    done = tuiclu("compare", *SHORT, "--json", "--strategies", "precopy,hybrid", "--at", "50 ms", "--lang", "es")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stdout.count("\n"), result["at_s"]) == (0, 1, 0.05)
    assert [row["strategy"] for row in result["rows"]] == ["precopy", "hybrid"]
    assert result["conclusion"].startswith("Lo mejor en este caso: ")
    assert (
        json.loads(tuiclu("compare", *SHORT, "--json", "--strategies", "precopy", "--at", "50ms").stdout)["rows"][0]
        == (result["rows"][0])
    )


def test_a_strategy_of_ones_own_is_compared_if_it_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("""
class AllAtOnce:
    def __init__(self, parameters): ...
    def begin(self, transfer):
        transfer.freeze()
        transfer.send_pages(transfer.pages_to_send())
    def pages_arrived(self, transfer):
        transfer.hand_over()
""")
    command = [sys.executable, "-m", "tuiclu", "compare", *SHORT, "--json", "--strategies", "eager-all,mine:AllAtOnce"]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")}
    refused, done = (
        subprocess.run([*command, *more], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        for more in ([], ["--trust"])
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("tuiclu: in the comparison's scenario: `mine:AllAtOnce` is Python from mine.py")
    assert refused.stderr.endswith(" if you trust it, say `--trust`.\n")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), "it is announced"
    usual, mine = json.loads(done.stdout)["rows"]
    assert mine["freeze_s"] == usual["freeze_s"]


def test_a_sweep_shows_a_row_for_each_value() -> None:
    done = tuiclu("compare", *SHORT, "--sweep", "bandwidth=1Mbit/s..100Mbit/s:2", "--strategies", "eager-all,precopy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("100 Mbit/s") >= 3


def test_a_program_of_ones_own_is_compared_as_well() -> None:
    done = tuiclu("compare", str(guest("selfkill")), "--args", "term")
    assert done.returncode == 2
    assert "does not end well at home (SIGTERM" in done.stderr


def test_it_draws_if_the_library_is_there(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "drawing.svg"
    done = tuiclu("compare", *SHORT, "--strategies", "eager-all", "--plot", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "<svg" in file.read_text()


def test_it_says_what_to_install_if_the_library_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['matplotlib'] = None\n")
    path = ":".join([str(tmp_path), *filter(None, sys.path)])
    done = tuiclu_process("compare", *SHORT, "--plot", str(tmp_path / "x.svg"), PYTHONPATH=path)
    assert done.returncode == 2
    assert "pip install 'tuiclu[plot]'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scam",), "there is no program and no file `scam`. Did you mean `scan`?"),
        (("scan", "--strategies", "precpoy"), "there is no strategy `precpoy`. Did you mean `precopy`?"),
        (("scan", "--strategies", ","), "no strategy is named"),
        (("scan", "--args", "pages=x"), "the argument `pages` cannot be `x`. It is a whole number."),
        (("scan", "--args", "pages=4 hot=5"), "`scan` does not end well at home (exit(2)): usage:"),
        (("scan", "--args", "page=4"), "`scan` has no argument `page`"),
        (("scan", "--args", "'"), "this cannot be split into words"),
        (("scan", "--bandwidth", "fast"), "--bandwidth fast: `fast` is not a bandwidth"),
        (("scan", "--latency", "0"), "the latency cannot be 0"),
        (("scan", "--at", "soon"), "--at soon: `soon` is not a duration"),
        (("hello", "--at", "10 s"), "`hello` has ended by then"),
        (("hello", "--csv", "/no/such/place.csv"), "--csv /no/such/place.csv: this cannot be written"),
        (("hello", "--set", "cluster.nodes.n9=3"), "--set"),
        (("hello", "--set", "processes.P.on=n2"), "--set: P does not start on n1, or is not moved"),
        (("hello", "--set", "script=[]"), "--set: P does not start on n1, or is not moved"),
        (("hello", "--strategies", "nowhere:Class"), "in the comparison's scenario: "),
        (("pingpong",), "`pingpong` has not ended after 2 min of virtual time at home"),
        (("hello", "--plot", "drawing.txt"), "this is not a drawing's name"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_status_2(arguments: tuple[str, ...], message: str) -> None:
    done = tuiclu("compare", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
