"""The matrix of faults: its cells, that they come from real runs, and that nothing is lost when it is broken off."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.tuiclu.cluster.scenarios import tuiclu
from tuiclu.errors import InputError
from tuiclu.experiments.fates import Fault
from tuiclu.experiments.faults import ROLES, Cell, Matrix, explored, sampled
from tuiclu.experiments.faults_table import rows
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.schema import STRATEGIES

MOVED = """
tuiclu: 1
title: moved
cluster:
  network: {kind: switch, bandwidth: 100 Mbit/s, latency: 200 us, detection: 20 ms}
  defaults: {memory: 2 MiB, mips: 10}
  nodes: {n1: {}, n2: {}, n3: {}, n4: {}}
  initiators: {n3: [n1], n4: [n2]}
processes:
  P: {program: worker, args: {steps: 60000, pages: 20}, on: n1}
script:
  - {at: 5 ms, migrate: {process: P, to: n2, strategy: precopy}}
"""
TALKING = """
tuiclu: 1
title: talking
cluster:
  network: {kind: switch, bandwidth: 100 Mbit/s, latency: 200 us, detection: 20 ms}
  defaults: {memory: 2 MiB, mips: 10}
  nodes: {n1: {}, n2: {}, n3: {}}
processes:
  ping: {program: pingpong, args: [ping, room, "60", "700"], on: n1}
  pong: {program: pingpong, args: [pong, room, "60", "700"], on: n3}
script:
  - {at: 10 ms, migrate: {process: ping, to: n2}}
"""


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return Matrix(load_scenario("-", MOVED))


def test_there_is_a_cell_for_each_instant_each_fault_and_each_node_that_has_to_do_with_the_migration(
    matrix: Matrix,
) -> None:
    cells = matrix.cells()
    assert {(cell.role, fault.target) for cell in cells for fault in cell.faults} == {
        ("source", "n1"),
        ("destination", "n2"),
        ("initiator", "n3"),
        ("initiator", "n4"),
        ("wire", "n1>n2"),
        ("wire", "n2>n1"),
    }
    assert {cell.phase for cell in cells} >= {"negotiation", "transfer", "frozen", "installation", "commit"}
    instants = {fault.at_ns for cell in cells for fault in cell.faults}
    assert len(cells) == len(instants) * (4 * 4 + 2)
    assert set(ROLES) > {cell.role for cell in cells}


def test_a_cell_is_a_scenario_with_the_faults_as_steps(matrix: Matrix) -> None:
    cell = Cell(matrix.cells()[0].move, "commit", "source", (Fault("reboot", "n1", 77), Fault("wire", "n1>n2", 99)))
    steps = plan(load_scenario("-", matrix.scenario_of(cell))).steps
    given = [(step.at_ns, type(step.command).__name__) for step in steps]
    assert [one for one in given if one[1] != "Launch"][-5:] == [
        (77, "Crash"),
        (99, "Partition"),
        (5_000_000, "Migrate"),
        (500_000_077, "Restart"),
        (500_000_099, "Heal"),
    ]


def test_what_is_drawn_is_the_same_each_time_and_of_all_kinds(matrix: Matrix) -> None:
    cells = matrix.cells()
    drawn = sampled(cells, 60)
    assert drawn == sampled(cells, 60)
    assert (len(drawn), sampled(cells, 0)) == (60, cells)
    assert len({fault.kind for cell in drawn for fault in cell.faults}) == 5
    assert [cells.index(cell) for cell in drawn] == sorted(cells.index(cell) for cell in drawn)


def test_whatever_strikes_a_migration_it_has_one_owner_or_what_explains_that_it_is_gone(tmp_path: Path) -> None:
    scenario, kept = load_scenario("-", MOVED), tmp_path / "kept"
    whole = explored(scenario, "copy-on-reference", 1, 12, kept)
    assert (whole.bad, len(whole.judgements), whole.timely) == (0, 12, [])
    assert sum(count for row in rows(whole.judgements) for count in row.values() if isinstance(count, int)) == 12

    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:5]) + lines[5][:40])  # as somebody leaves it who is killed while he writes
    assert explored(scenario, "copy-on-reference", 1, 12, kept) == whole
    assert kept.read_bytes().splitlines(keepends=True) == lines

    kept.write_bytes(b"".join(lines).replace(b'"kind":"', b'"kind":"bad'))
    assert explored(scenario, "copy-on-reference", 1, 12, kept) != whole, "what is kept is not run again"


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "thesis.txt"
    other.write_text("Chapter 1\n")
    with pytest.raises(InputError, match="no line of results"):
        explored(load_scenario("-", MOVED), None, 1, 1, other)
    assert other.read_text() == "Chapter 1\n"


def test_where_nothing_moves_there_is_no_matrix() -> None:
    with pytest.raises(InputError, match="no process is moved"):
        Matrix(load_scenario("-", MOVED, ("script=[]",)))


def test_a_second_fault_strikes_what_is_made_of_the_first(matrix: Matrix) -> None:
    pairs = matrix.pairs(10)
    assert len(pairs) == 10
    assert all(len(pair.faults) == 2 and pair.faults[0].at_ns < pair.faults[1].at_ns for pair in pairs)


def test_the_command_shows_a_table_and_writes_junit(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    done = tuiclu("faults", "-", "--cells", "3", "--junit", str(file), "--lang", "es", text=TALKING)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 ejecuciones" in done.stdout
    (suite,) = ET.parse(file).getroot()  # noqa: S314 - it is our own
    assert (suite.get("tests"), suite.get("failures"), len(suite)) == ("3", "0", 3)

    done = tuiclu("faults", "-", "--cells", "2", "--json", "--strategies", "flushing", text=TALKING)
    (found,) = json.loads(done.stdout)["matrices"]
    assert (found["strategy"], found["cells"], found["bad"]) == ("flushing", 2, [])
    assert found["of"] > 200


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("text", [MOVED, TALKING], ids=["alone", "talking"])
def test_whatever_strikes_whichever_migration_and_whatever_follows(strategy: str, text: str) -> None:
    found = explored(load_scenario("-", text), strategy, 2, 800)
    assert [one for one in found.judgements if one.verdict.kind == "bad"] == []
    assert sum(one.verdict.kind == "open" for one in found.judgements) == 0
