"""Snapshots as files: what a script or a command wishes written is there, whole, and a run goes on from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tests.tuiclu.live.clusters import ENDLESS, a_live_cluster
from tuiclu.errors import InputError
from tuiclu.live.protocol import Pace, Type
from tuiclu.model.snapshot_file import read_snapshot
from tuiclu.scenario.compile import plan
from tuiclu.scenario.keeping import keeping
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.restoring import load_snapshot
from tuiclu.scenario.runner import run

RING = """
tuiclu: 1
title: A ring
seed: 1
cluster:
  network: {kind: switch, bandwidth: 10 Mbit/s, latency: 5 ms}
  defaults: {mips: 10, memory: 2 MiB}
  nodes: {n1: {}, n2: {}, n3: {}}
processes:
  T: {program: token-ring, count: 3, on: [n1, n2, n3], args: {members: 3, rounds: 3, work: 5000}}
script:
  - {at: 60 ms, snapshot: {from: n1, to: early.snapshot}}
  - {at: 5 s, snapshot: n2}
"""


def test_a_script_names_the_file_of_a_snapshot_and_a_run_goes_on_from_it(tmp_path: Path) -> None:
    scenario, folder = tmp_path / "ring.yaml", tmp_path / "kept"
    scenario.write_text(RING)

    first = tuiclu("run", str(scenario), "--snapshots", str(folder), "--quiet")
    again = tuiclu("run", "--from", str(folder / "early.snapshot"), "--quiet")

    assert (first.returncode, again.returncode) == (0, 0)
    assert sorted(file.name for file in folder.iterdir()) == ["1.snapshot", "2.snapshot", "early.snapshot"]
    assert (folder / "early.snapshot").read_bytes() == (folder / "1.snapshot").read_bytes()
    early, late = (read_snapshot((folder / name).read_bytes()).result for name in ("early.snapshot", "2.snapshot"))
    assert (early["over"], early["totals"], early["lost"]) == (False, {"token": 1}, [])
    assert (late["over"], late["totals"], late["lost"]) == (True, {}, []), "nobody is left to have lost it"


def test_a_file_says_what_each_node_believed_of_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    text = (ROOT / "demos" / next(one.name for one in (ROOT / "demos").glob("*-what-n1-believes.yaml"))).read_text()
    scenario = tmp_path / "believes.yaml"
    scenario.write_text(text.replace("script:\n", "script:\n  - {at: 1.4 s, snapshot: n1}\n", 1))
    assert tuiclu("run", str(scenario), "--snapshots", str(folder), "--quiet").returncode == 0
    told = tuiclu("snapshot", "show", str(folder / "1.snapshot")).stdout.splitlines()
    assert "  believes of n2: load 0.88, 0.233 s old (message n2:5)" in told[: told.index("n2, recorded at 1.440088 s")]


def test_what_is_taken_again_and_again_under_a_name_is_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = RING.replace("at: 60 ms", "at: 60 ms, every: 40 ms").replace("5 s", "190 ms") + "until: 200 ms\n"
    scenario = load_scenario("ring.yaml", text)
    monkeypatch.chdir(tmp_path)
    with keeping(scenario, planned := plan(scenario), None) as keeper:
        assert keeper is not None, "the step that recurs wishes for a file"
        run(planned, keeper=keeper)
    assert [file.name for file in tmp_path.iterdir()] == ["early.snapshot"]
    assert read_snapshot((tmp_path / "early.snapshot").read_bytes()).result["started_s"] == 0.18


@pytest.mark.parametrize("name", ["../early.snapshot", "early", "/tmp/early.snapshot", ".snapshot", "a b.snapshot"])
def test_the_file_of_a_snapshot_is_called_so_and_lies_nowhere_else(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a snapshot's file"):
        load_scenario("ring.yaml", RING.replace("early.snapshot", name))


def test_a_folder_that_cannot_be_one_is_refused_before_anything_runs(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    refused = tuiclu("run", "snapshot", "--snapshots", str(file))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--snapshots: cannot write to it" in refused.stderr


def test_a_session_writes_its_snapshots_too_while_it_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with a_live_cluster(tmp_path, ENDLESS, "kept", snapshots_to=str(folder)) as front:
        front.ask(Pace(None), Type("snapshot n2 to=mine.snapshot", 1))
        front.until(lambda _: (folder / "mine.snapshot").exists())
        assert load_snapshot(str(folder / "mine.snapshot"), ()).goes_on is not None
        assert (front.opened.folder and Path(front.opened.folder, "snapshots").readlink()) == folder
        front.quit()


def test_a_session_that_keeps_none_says_so_where_one_is_to_be_written(tmp_path: Path) -> None:
    with a_live_cluster(tmp_path, ENDLESS, "not kept") as front:
        front.ask(Type("snapshot n2 to=mine.snapshot", 1))
        answer = front.answer(1)
        assert (answer.ok, "--snapshots FOLDER" in answer.text) == (False, True)
        front.quit()
