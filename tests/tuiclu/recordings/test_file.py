"""A recording: what is in it, that it repeats the run, and that whatever else it is given is told from one."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tests.tuiclu.live.clusters import demo
from tests.tuiclu.scenario.test_keeping import RING
from tuiclu.errors import InputError
from tuiclu.recordings.file import (
    INDEX,
    SCENARIO,
    Chapter,
    Index,
    Recording,
    files_of,
    is_recording,
    load,
    packed,
    read,
    record,
)
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.runner import run

TEXT = """
tuiclu: 1
seed: 3
cluster: {nodes: {n1: {}, n2: {}}}
processes: {P: {program: mine/own.elf, args: ["3000"], on: n1}}
script:
  - {at: 1 ms, chapter: {en: The move, es: La migración}}
  - {at: 2 ms, migrate: {process: P, to: n2}}
  - {at: 5 ms, by: user, spawn: {name: Q, program: mine/own.elf, args: ["100"], on: n2}}
until: 5 s
expect:
  - {process: P, exit: 0}
"""
AN_INDEX = Index(1, "0.1.0", {"en": "t"}, 0, "sha256:0", 1, "quiescent", 0.0, ())


@pytest.fixture
def own(tmp_path: Path) -> Scenario:
    """Return a scenario with a program of a user's own beside it."""
    (tmp_path / "mine").mkdir()
    shutil.copy(ROOT / "nodes" / "programs" / "primes.elf", tmp_path / "mine" / "own.elf")
    (tmp_path / "moves.yaml").write_text(TEXT)
    return load_scenario(tmp_path / "moves.yaml", overrides=["seed=5"])


def test_the_snapshot_from_which_a_run_goes_on_is_in_its_recording(tmp_path: Path) -> None:
    first = tmp_path / "ring.yaml"
    first.write_text(RING)
    assert tuiclu("run", str(first), "--snapshots", str(tmp_path / "kept"), "--quiet").returncode == 0
    second = tmp_path / "second.yaml"
    second.write_text(RING.replace("tuiclu: 1", "tuiclu: 1\nfrom: kept/early.snapshot"))
    goes_on = load_scenario(second)
    data, outcome = record(goes_on, plan(goes_on), "en")
    shutil.rmtree(tmp_path / "kept")
    (tmp_path / "second.tuiclu").write_bytes(data)

    again = run(plan(load(read(tmp_path / "second.tuiclu"), tmp_path / "elsewhere")))

    assert again.digest == outcome.digest


def test_a_recording_repeats_the_run_to_the_event_wherever_it_is_unpacked(own: Scenario, tmp_path: Path) -> None:
    data, outcome = record(own, plan(own), "en")
    file = tmp_path / "a.tuiclu"
    file.write_bytes(data)
    shutil.rmtree(tmp_path / "mine")
    recording = read(file)
    again = load(recording, tmp_path / "elsewhere")
    assert run(plan(again)).digest == outcome.digest == recording.index.digest
    assert recording.index.seed == 5
    assert recording.index.title == {"en": "moves", "es": "moves"}
    assert [one.title["es"] for one in recording.index.chapters] == ["La migración"]
    assert sorted(recording.files) == ["programs/own.elf", SCENARIO]
    assert len(again.file.expect) == 1
    assert files_of(again) == recording.files


def test_the_same_run_makes_the_same_file_whose_index_anybody_can_read(own: Scenario) -> None:
    index = msgspec.structs.replace(AN_INDEX, chapters=(Chapter({"en": "One"}, 5, 7),))
    data = packed(index, files_of(own))
    assert data == packed(index, files_of(own))
    assert b'"chapters": [' in data[:600]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [INDEX, SCENARIO, "programs/own.elf"]


def test_a_recording_of_another_version_says_so() -> None:
    other = Recording(msgspec.structs.replace(AN_INDEX, tuiclu="9.9.9"), {})
    said = other.differs()
    assert said is not None
    assert "recorded by tuiclu 9.9.9" in str(said)
    assert Recording(AN_INDEX, {}).differs() is None


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({SCENARIO: b"tuiclu: 1", "../evil.py": b""}, r"\.\./evil\.py"),
        ({SCENARIO: b"tuiclu: 1", "/etc/passwd": b""}, "/etc/passwd"),
        ({"programs/x.elf": b""}, "scenario.yaml"),
    ],
)
def test_what_belongs_into_no_recording_is_not_unpacked(tmp_path: Path, files: dict[str, bytes], what: str) -> None:
    file = tmp_path / "a.tuiclu"
    file.write_bytes(packed(AN_INDEX, files))
    with pytest.raises(InputError, match=f"this is not a recording.*{what}"):
        read(file)


def test_what_is_no_recording_is_told_from_one(tmp_path: Path) -> None:
    file = tmp_path / "a.tuiclu"
    whole = packed(AN_INDEX, {SCENARIO: demo("first-steps").encode()})
    for data in (b"", b"tuiclu: 1\n", whole[:200], whole[:-30], whole.replace(b'"format": 1', b'"format": x')):
        file.write_bytes(data)
        with pytest.raises(InputError, match="this is not a recording"):
            read(file)
    file.write_bytes(packed(msgspec.structs.replace(AN_INDEX, format=2), {SCENARIO: b""}))
    with pytest.raises(InputError, match="has the format 2"):
        read(file)
    file.write_bytes(whole)
    assert is_recording(file)
    assert not is_recording(ROOT / "demos" / "01-first-steps.yaml")
