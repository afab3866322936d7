"""The tool that puts faults into the code: which it makes, where it looks for tests, and that the reasons for the living are of use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mutants import known
from tests.mutants.listing import MUTATED, files, mutants_of, sample
from tests.mutants.operators import OPERATORS
from tests.mutants.trial import changed, copy_of, nearest, survives

ROOT = Path(__file__).parents[2]


OF_EVERYTHING = """
T = {1: 2, 3: True}
for one in [two for two in T if not two]:
    if one < 1 and T:
        a.b += 1 if one is None else 2
        f()
        g()
    match one:
        case 1:
            pass
        case 2:
            pass
"""


def changes(source: str) -> list[tuple[str, ...]]:
    return [(mutant.operator, *mutant.change) for mutant in mutants_of("a.py", source)]


def test_a_step_can_be_left_out_and_two_can_change_places() -> None:
    found = changes("def end():\n    table.clear()\n    tell(peer)\n")

    assert ("step left out", "-    table.clear()", "+    pass") in found
    assert ("step left out", "-    tell(peer)", "+    pass") in found
    assert any(one[0] == "steps swapped" for one in found)


def test_a_row_of_a_table_and_a_case_of_a_match_can_be_forgotten() -> None:
    assert ("row left out", "-T = {1: 2, 3: 4}", "+T = {3: 4}") in changes("T = {1: 2, 3: 4}\n")
    source = "match x:\n    case 1:\n        a()\n    case 2:\n        b()\n"
    assert ("case forgotten", "-    case 1:", "-        a()") in changes(source)


def test_a_boundary_can_be_off_by_one_in_every_way() -> None:
    found = changes("if a < 3 and b:\n    c()\n")

    assert {one[-1] for one in found if one[0] in ("another sign", "one more", "one less", "half a condition")} == {
        "+if a <= 3 and b:",
        "+if a < 3 or b:",
        "+if a < 4 and b:",
        "+if a < 2 and b:",
        "+if a < 3:",
        "+if b:",
    }


def test_what_is_said_to_readers_and_type_checkers_alone_is_left_as_it_is() -> None:
    assert changes('"""A 1."""\nfrom x import y\nassert 1 < 2\ndef f(a: 1 < 2) -> None:\n    """B."""\n') == []


def test_every_operator_finds_something_to_do_and_what_it_makes_is_python() -> None:
    found = list(mutants_of("a.py", OF_EVERYTHING))

    assert {mutant.operator for mutant in found} == set(OPERATORS)
    for mutant in found:
        compile(mutant.after, mutant.path, "exec")
        assert mutant.change


def test_the_same_seed_draws_the_same_mutants() -> None:
    places = ["nodes/initiator/calling.py"]
    assert [one.name for one in sample(ROOT, 9, 5, places)] == [one.name for one in sample(ROOT, 9, 5, places)]


def test_the_nearest_tests_come_first() -> None:
    stages = nearest(ROOT, "nodes/kernel/links.py")

    assert stages[0][0] == "tests/nodes/kernel/test_links.py"
    assert "tests/nodes/kernel/test_loader.py" in stages[1]
    assert stages.index(["tests/nodes/migration"]) > 1


def test_a_file_is_as_it_was_after_a_trial(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("1\n")
    os.utime(file, ns=(5, 5))
    with changed(file, "2\n"):
        assert file.read_text() == "2\n"

    assert (file.read_text(), file.stat().st_mtime_ns) == ("1\n", 5)


def test_every_reason_is_about_lines_that_stand_in_their_file() -> None:
    there = files(ROOT)
    for (path, change), why in known.reasons().items():
        assert path in there
        lines = [line.strip() for line in (ROOT / path).read_text().splitlines()]
        gone = [line[2:] for line in change if line.startswith("-")]
        assert gone
        assert [line for line in gone if line not in lines] == [], f"{path} has other lines by now"
        assert len(why) > 20


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("place", MUTATED)
def test_of_a_sample_no_mutant_lives_without_a_reason(place: str) -> None:
    reasons = known.reasons()
    with copy_of(ROOT) as copy:
        drawn = [mutant for mutant in sample(ROOT, 5, 7, [place]) if known.key(mutant) not in reasons]
        assert [mutant.diff for mutant in drawn if survives(copy, mutant, stages=99)] == []
