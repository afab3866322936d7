"""What the textbook says of the strategies, in numbers: taken from the results of real processes on real clusters."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from nodes.programs import image
from nodes.wire.image import PAGE_BYTES
from tests.tuiclu.cluster.scenarios import process, run_text
from tuiclu.scenario.schema import STRATEGIES

_OWN_WORK = ("context-switch", "system-call", "page-fault", "image-page", "interrupt", "migration-page")
NOTHING_FOR_ITSELF = dict.fromkeys(_OWN_WORK, "0 s")
"""A kernel whose own work takes no time: what is left is the program's and the wire's."""


def a_move(
    program: str,
    args: dict[str, int],
    strategy: str | None,
    at_ns: int = 500_000_000,
    *,
    memory: str = "16 MiB",
    bandwidth: str = "100 Mbit/s",
    costs: dict[str, str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Run P on n1 and move it to n2 (no strategy: it stays); return the migration, the process and all events."""
    step = {"at": f"{at_ns} ns", "migrate": {"process": "P", "to": "n2", "strategy": strategy}}
    scenario = {
        "cluster": {
            "network": {"kind": "switch", "bandwidth": bandwidth, "latency": "50 us"},
            "defaults": {"memory": "16 MiB", "disk": {"latency": "1 ms"}},
            "nodes": {"n1": {"memory": memory}, "n2": {}},
            "costs": costs or {},
        },
        "processes": {"P": {"program": program, "args": args, "on": "n1"}},
        "script": [] if strategy is None else [step],
    }
    outcome, events = run_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in scenario.items()))
    assert outcome.ok
    migrations = outcome.result["migrations"]
    assert strategy is None or migrations[0]["outcome"] == "completed"
    return (migrations[0] if migrations else {}), process(outcome, "P"), events


SCAN = {"pages": 250, "hot": 20, "writes": 30, "accesses": 400_000, "cold": 2000}
"""Some of its pages do not fit into 800 KiB."""


@functools.cache
def moved(strategy: str | None) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """One process, moved at one instant out of a node that is short of frames."""
    return a_move("scan", SCAN, strategy, 700_000_000, memory="800 KiB")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whatever_the_strategy_the_answer_is_the_one_at_home(strategy: str) -> None:
    at_home, there = moved(None)[1], moved(strategy)[1]
    assert at_home["evicted_pages"] > 0, "the source must be short of frames"
    for key in ("output", "exit_code", "instructions"):
        assert there[key] == at_home[key]


def test_copy_on_reference_has_the_shortest_freeze_of_the_five_and_flushing_to_a_disk_the_longest() -> None:
    freezes = {strategy: moved(strategy)[0]["freeze_s"] for strategy in STRATEGIES if strategy != "hybrid"}
    assert sorted(freezes, key=lambda strategy: freezes[strategy]) == [
        "copy-on-reference",
        "precopy",
        "eager-dirty",
        "eager-all",
        "flushing",
    ]
    hybrid = moved("hybrid")[0]["freeze_s"]
    assert hybrid == pytest.approx(freezes["copy-on-reference"], rel=0.05), "it hands over in the same way"


def test_eager_all_stands_still_from_the_acceptance_until_it_goes_on() -> None:
    migration, _, _ = moved("eager-all")
    assert migration["freeze_s"] == migration["transfer_s"] > 0


@pytest.mark.parametrize("strategy", ["eager-all", "precopy"])
def test_eager_all_and_precopy_leave_nothing_behind(strategy: str) -> None:
    migration, there, events = moved(strategy)
    assert (migration["residual_at_resume"], migration["residual"], there["residual"]) == ([], [], [])
    assert (migration["pages_after_resume"], migration["remote_faults"], migration["disk_faults"]) == (0, 0, 0)
    assert [event for event in events if event["kind"] == "residual.left"] == []


@pytest.mark.parametrize("hot", [10, 60, 150])
def test_under_copy_on_reference_the_remote_faults_are_the_pages_referenced_after_it_goes_on(hot: int) -> None:
    """The program refers to its working set of `hot` pages and to no other of the 200: beside them to those of itself and its stack."""
    args = {"pages": 200, "hot": hot, "accesses": 300_000, "cold": 1_000_000_000}
    migration, _, _ = a_move("scan", args, "copy-on-reference", 400_000_000)
    of_itself = 3
    assert migration["remote_faults"] == hot + of_itself
    assert migration["pages_after_resume"] == migration["remote_faults"]
    assert migration["pages_before_resume"] == 0
    assert {len(batch["pages"]) for batch in migration["record"]} == {1}


def test_eager_dirty_sends_before_it_goes_on_exactly_the_pages_that_were_in_frames_and_modified() -> None:
    """Whatever lies in a frame of the source was written to, but for the program's own pages that it only reads."""
    migration, _, events = moved("eager-dirty")
    in_frames: dict[int, None] = {}
    for event in events:
        match event["kind"]:
            case "page.faulted":
                in_frames |= dict.fromkeys(event["pages"])
            case "page.evicted":
                for number in event["pages"]:
                    in_frames.pop(number, None)
            case "migration.frozen":
                break
    sent = sorted(number for batch in migration["record"] if batch["why"] == "round" for number in batch["pages"])
    first_free = image("scan").first_free_address // PAGE_BYTES
    not_sent = sorted(number for number in in_frames if number not in sent)
    assert len(sent) == migration["pages_before_resume"] < 250
    assert all(number in in_frames for number in sent)
    assert not_sent
    assert all(number < first_free or number in _clean_again(events) for number in not_sent)
    assert len([number for number in sent if number >= first_free]) > 100


def _clean_again(events: list[dict[str, Any]]) -> set[int]:
    """Return the pages that came back from the disk before the process was frozen: they are clean until they are written to again."""
    from_disk: set[int] = set()
    for event in events:
        if event["kind"] == "migration.frozen":
            break
        if event["kind"] == "page.faulted" and event["source"] == "disk":
            from_disk.update(event["pages"])
    return from_disk


def test_flushing_holds_no_frame_of_the_source_after_the_commit() -> None:
    _, _, events = moved("flushing")
    committed = next(place for place, event in enumerate(events) if event["kind"] == "migration.committed")
    frames = [event for event in events if event["kind"] == "frames.counted" and event["node"] == "n1"]
    assert frames
    assert any(event["allocated"] > 0 for event in events[:committed] if event in frames)
    assert {event["allocated"] for event in events[committed:] if event in frames} == {0}
    for lazy in ("eager-dirty", "copy-on-reference"):
        kept = moved(lazy)[2]
        resumed = next(place for place, event in enumerate(kept) if event["kind"] == "migration.resumed")
        after = [event for event in kept[:resumed] if event["kind"] == "frames.counted" and event["node"] == "n1"]
        assert after[-1]["allocated"] > 0, "the others do hold frames there"


def test_what_flushing_needs_is_read_from_the_disk_and_not_from_memory() -> None:
    migration, _, _ = moved("flushing")
    assert (migration["remote_faults"], migration["residual_at_resume"]) == (0, ["n1 (disk)"])
    assert migration["disk_faults"] == migration["pages_after_resume"] > 0


# ------------------------------------------------------------------------------------------------------ the precopy law

PAGES = 800


@functools.cache
def instructions_a_page(work: int) -> int:
    """How many instructions `dirtier` takes from one page to the next: two runs at home that differ by one round of pages."""
    one, two = (a_move("dirtier", {"pages": 50, "work": work, "rounds": rounds}, None)[1] for rounds in (1, 2))
    return int(two["instructions"] - one["instructions"]) // 50


def a_precopy(work: int, bandwidth: str, rounds: int = 4) -> tuple[dict[str, Any], float]:
    """Move a process that writes to its pages in turn, at the beginning of its second round of them; return also its pages a second."""
    rate = 10_000_000 / instructions_a_page(work)
    at_ns = round(PAGES / rate * 1e9)
    args = {"pages": PAGES, "work": work, "rounds": rounds}
    migration, _, _ = a_move("dirtier", args, "precopy", at_ns, bandwidth=bandwidth, costs=NOTHING_FOR_ITSELF)
    return migration, rate


@pytest.mark.parametrize("work", [2500, 4500])
def test_the_rounds_of_precopy_shrink_as_the_law_says(work: int) -> None:
    migration, written_a_second = a_precopy(work, "100 Mbit/s")
    first = migration["rounds"][0]
    sent_a_second = first["pages"] / first["duration_s"]
    r = written_a_second / sent_a_second
    assert 0.2 < r < 0.8
    large = [one["pages"] for one in migration["rounds"] if one["pages"] >= 60]
    assert len(large) >= 3
    for n, pages in enumerate(large):
        assert pages == pytest.approx(first["pages"] * r**n, rel=0.05), (n, r, large)
    eager, _, _ = a_move(
        "dirtier",
        {"pages": PAGES, "work": work, "rounds": 4},
        "eager-all",
        round(PAGES / written_a_second * 1e9),
        costs=NOTHING_FOR_ITSELF,
    )
    assert migration["freeze_s"] < 0.1 * eager["freeze_s"]


def test_precopy_stops_for_want_of_gain_where_pages_are_written_faster_than_they_are_sent() -> None:
    migration, written_a_second = a_precopy(500, "20 Mbit/s", rounds=40)
    first = migration["rounds"][0]
    assert written_a_second * first["duration_s"] > first["pages"], "r must be 1 at the least"
    assert migration["frozen_because"] == "no gain"
    again = [one["pages"] for one in migration["rounds"][1:]]
    assert again == [PAGES] * len(again), "every round sends all again that it writes to"
    assert len(again) <= 2, "the first that is not smaller than the one before is the last, with the process frozen"
