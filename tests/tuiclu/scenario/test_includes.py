"""A scenario takes the clusters, files, processes and parameters of others; what is wrong with them has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuiclu.errors import InputError
from tuiclu.language.quantities import Speed
from tuiclu.scenario.includes import MOST
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.restoring import origin_of
from tuiclu.scenario.written import with_title
from tuiclu.scenario.yaml_text import as_text

BASE = """\
tuiclu: 1
title: The department
cluster:
  network: {latency: 2 ms}
  nodes: {n1: {}, n2: {mips: 20}}
processes:
  P: {program: primes, args: {limit: 100}, on: n1}
script:
  - {at: 1 s, crash: n1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def load(folder: Path, text: str) -> Scenario:
    (folder / "s.yaml").write_text(text)
    return load_scenario(folder / "s.yaml")


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


def test_cluster_and_processes_are_taken_but_neither_script_nor_title(folder: Path) -> None:
    scenario = load(folder, "tuiclu: 1\ninclude: base.yaml\n")

    assert list(scenario.file.cluster.nodes) == ["n1", "n2"]
    assert list(scenario.file.processes) == ["P"]
    assert (scenario.file.script, scenario.file.title) == ((), "")


def test_whoever_includes_has_the_last_word_and_leaves_the_rest_as_it_is(folder: Path) -> None:
    own = "tuiclu: 1\ninclude: base.yaml\ncluster: {nodes: {n2: {mips: 50}, n3: {}}}\n"

    cluster = load(folder, own).file.cluster

    assert [cluster.nodes[name].mips for name in cluster.nodes] == [None, Speed(50_000_000), None]
    assert cluster.network.latency == 2_000_000


def test_of_two_files_the_later_one_counts(folder: Path) -> None:
    (folder / "slow.yaml").write_text("cluster: {network: {latency: 9 ms}}\n")

    assert load(folder, "tuiclu: 1\ninclude: [base.yaml, slow.yaml]\n").file.cluster.network.latency == 9_000_000


def test_a_file_may_include_others_from_where_it_lies(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "middle.yaml").write_text("include: ../base.yaml\n")

    assert "P" in load(folder, "tuiclu: 1\ninclude: deep/middle.yaml\n").file.processes


def test_programs_lie_where_the_file_lies_that_names_them(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "jobs.yaml").write_text("processes: {E: {program: ./e.elf, on: n1}}\n")

    assert "the program" in (message := refused(folder, "tuiclu: 1\ninclude: [base.yaml, deep/jobs.yaml]\n"))
    assert "deep/e.elf" in message


def test_a_circle_is_named_link_by_link(folder: Path) -> None:
    (folder / "other.yaml").write_text("include: s.yaml\n")

    assert refused(folder, "tuiclu: 1\ninclude: other.yaml\n") == (
        "other.yaml:1:10: this file includes itself: s.yaml → other.yaml → s.yaml. Leave one of them out."
    )


def test_a_file_that_is_not_there_is_missed_where_it_is_named(folder: Path) -> None:
    assert refused(folder, "tuiclu: 1\ninclude: bas.yaml\n").startswith("s.yaml:2:10: there is no such file.")


def test_what_is_wrong_in_an_included_file_has_its_place_there(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASE.replace("on: n1", "on: n7"))

    assert refused(folder, "tuiclu: 1\ninclude: base.yaml\n").startswith("base.yaml:7:48: there is no node `n7`.")


@pytest.mark.parametrize("wrong", ["3", "{a: b}", "[base.yaml, [x]]", "''"])
def test_what_is_no_path_is_refused(folder: Path, wrong: str) -> None:
    assert "It is the path of a scenario" in refused(folder, f"tuiclu: 1\ninclude: {wrong}\n")


def test_files_that_include_each_other_many_times_come_to_an_end(folder: Path) -> None:
    for number in range(9):
        (folder / f"{number}.yaml").write_text(f"include: [{number + 1}.yaml, {number + 1}.yaml]\n")
    (folder / "9.yaml").write_text("cluster: {nodes: {n1: {}}}\n")

    assert f"more than {MOST} files" in refused(folder, "tuiclu: 1\ninclude: 0.yaml\n")


def test_what_is_included_cannot_be_set_from_outside(folder: Path) -> None:
    (folder / "s.yaml").write_text("tuiclu: 1\ncluster: {nodes: {n1: {}}}\n")

    with pytest.raises(InputError, match="`include` cannot be set"):
        load_scenario(folder / "s.yaml", None, ["include=base.yaml"])


def test_a_recording_and_a_snapshot_have_all_that_was_included(folder: Path) -> None:
    scenario = load(folder, "tuiclu: 1\ninclude: base.yaml\n")

    for text in (as_text(with_title(scenario)), scenario.whole_text):
        alone = load_scenario("elsewhere.yaml", text)
        assert alone.file.processes == scenario.file.processes
        assert alone.file.cluster == scenario.file.cluster
    assert b"include" not in origin_of(scenario)
