"""A user's own migration strategy: a class in a file beside the scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuiclu.cluster.scenarios import trusted
from tuiclu.errors import InputError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, run

_STRATEGY = '''
class HalfAndHalf:
    """Sends the first half of the pages and leaves the rest behind."""

    def __init__(self, parameters):
        pass

    def begin(self, transfer):
        transfer.freeze("half of it will do")
        pages = transfer.pages_to_send()
        transfer.send_pages(pages[: len(pages) // 2])

    def pages_arrived(self, transfer):
        transfer.hand_over()


class Careless(HalfAndHalf):
    def pages_arrived(self, transfer):
        return 1 / 0


class Lazy:
    def begin(self, transfer):
        pass
'''
_SCENARIO = """
tuiclu: 1
cluster:
  nodes: {n1: {}, n2: {}}
processes:
  P: {program: scan, args: {pages: 30, hot: 5, writes: 50, accesses: 3000}, on: n1}
script:
  - at: 10 ms
    migrate: {process: P, to: n2, strategy: "STRATEGY"}
"""


def scenario(folder: Path, strategy: str) -> Path:
    (folder / "my_strategies.py").write_text(_STRATEGY)
    (folder / "mine.yaml").write_text(_SCENARIO.replace("STRATEGY", strategy))
    return folder / "mine.yaml"


def outcome(folder: Path, strategy: str) -> Outcome:
    return run(plan(trusted(load_scenario(scenario(folder, strategy)))))


def test_it_decides_what_moves_and_what_stays(tmp_path: Path) -> None:
    found = outcome(tmp_path, "my_strategies:HalfAndHalf").result
    (migration,) = found["migrations"]
    (process,) = found["processes"]

    assert (migration["outcome"], migration["strategy"]) == ("completed", "my_strategies:HalfAndHalf")
    assert migration["pages_before_resume"] > 10
    assert migration["pages_after_resume"] > 10
    assert migration["frozen_because"] == "half of it will do"
    assert (process["node"], process["exit_code"]) == ("n2", 0)


def test_one_that_fails_costs_no_more_than_its_migration(tmp_path: Path) -> None:
    found = outcome(tmp_path, "my_strategies:Careless")
    (migration,) = found.result["migrations"]

    assert (migration["outcome"], migration["reason"]) == (
        "aborted",
        "the strategy my_strategies:Careless failed: ZeroDivisionError: division by zero",
    )
    assert [(one["node"], one["exit_code"]) for one in found.result["processes"]] == [("n1", 0)]
    assert found.ok


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        ("my_strategis:HalfAndHalf", "there is no module `my_strategis`. `my_strategis.py` lies beside the scenario"),
        ("my_strategies:HalfHalf", "`my_strategies` has no class `HalfHalf`. Did you mean `HalfAndHalf`?"),
        ("my_strategies:Lazy", "`Lazy` is no strategy: it has no method `pages_arrived`. It needs `begin` and"),
    ],
)
def test_one_that_is_none_is_told_where_it_is_named(tmp_path: Path, strategy: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        load_scenario(scenario(tmp_path, strategy))

    assert str(raised.value).startswith(f"{tmp_path}/mine.yaml:9:45: {says}")
