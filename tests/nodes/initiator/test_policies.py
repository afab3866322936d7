"""Victims and targets: each choice by its rule, and with its reason."""

from __future__ import annotations

from random import Random

import pytest

from nodes.initiator.load import Beliefs
from nodes.initiator.policies import TARGETS, VICTIMS, Situation, eligible, worth_moving
from nodes.wire import vocabulary
from nodes.wire.packets import LoadEntry
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import Reason
from tests.nodes.initiator.world import a_process
from tuiclu.scenario import schema
from tuiclu.texts import told

MS, S = 10**6, 10**9
SETTINGS = InitiatorParameters(max_age_ns=S)
FOUR = [
    a_process("n1.1", 40, age_ns=4 * S, cpu_ns=1 * S),
    a_process("n1.2", 10, age_ns=3 * S, cpu_ns=2 * S),
    a_process("n1.3", 30, age_ns=2 * S, cpu_ns=S // 2),
    a_process("n1.4", 20, age_ns=1 * S, cpu_ns=9 * S // 10),
]


def machine(
    name: str,
    load: int = 0,
    *,
    at_ms: int = 900,
    ips: int = 10_000_000,
    free: int = 100,
    open_: bool = True,
    input_ns: int = 0,
) -> LoadEntry:
    return LoadEntry(name, at_ms * MS, load, ips, free, busy=False, takes_guests=open_, input_ns=input_ns)


def choose(
    target: vocabulary.Target,
    *entries: LoadEntry,
    at: str = "n1",
    load: int = 3000,
    seed: int = 1,
    down: tuple[str, ...] = (),
) -> tuple[str | None, Reason]:
    beliefs = Beliefs()
    beliefs.hear(entries)
    everyone = ("n1", "n2", "n3", "n4", "n5")
    return TARGETS[target](Situation(at, load, FOUR[0], beliefs, everyone, SETTINGS, Random(seed), S, down))


@pytest.mark.parametrize(
    ("name", "chosen"),
    [("newest", 4), ("longest-running", 2), ("smallest", 2), ("most-cpu", 4), ("second-heaviest", 2)],
)
def test_a_victim_is_chosen_by_its_rule(name: vocabulary.Victim, chosen: int) -> None:
    assert VICTIMS[name](FOUR).pid == f"n1.{chosen}"


def test_the_only_one_is_the_victim_under_every_rule() -> None:
    assert {choice(FOUR[:1]).pid for choice in VICTIMS.values()} == {"n1.1"}


def test_who_may_not_be_moved_is_sorted_out_and_counted_by_the_reason() -> None:
    settings = InitiatorParameters(residence_ns=300 * MS)
    processes = [
        a_process("n1.1"),
        a_process("n1.2", stays=True),
        a_process("n1.3", here_ns=100 * MS),
        a_process("n1.4"),
        a_process("n1.5", state="blocked"),
        a_process("n1.6"),
    ]
    may = eligible(processes, settings, moving=["n1.4"], cooling={"n1.6": 0})
    assert [one.pid for one in may.processes] == ["n1.1"]
    assert (may.fresh, may.locked, may.moving, may.waiting) == (2, 1, 1, 1)


def test_the_least_loaded_is_the_one_that_would_be_lightest_with_the_process() -> None:
    slow_and_empty, fast_and_busy = machine("n2", 0, ips=5_000_000), machine("n3", 900, ips=100_000_000)
    assert choose("least-loaded", slow_and_empty, fast_and_busy)[0] == "n3"


@pytest.mark.parametrize(("at", "chosen"), [("n1", "n2"), ("n2", "n4"), ("n3", "n4"), ("n4", "n2")])
@pytest.mark.parametrize("target", ["least-loaded", "first-fit", "longest-idle", "mosix"])
def test_of_equals_the_next_in_the_ring_is_taken(target: vocabulary.Target, at: str, chosen: str) -> None:
    assert choose(target, machine("n2"), machine("n4"), at=at)[0] == chosen


def test_the_first_that_fits_need_not_be_the_lightest() -> None:
    assert choose("first-fit", machine("n4", 0), machine("n3", 1000))[0] == "n3"


@pytest.mark.parametrize(("load", "chosen"), [(2500, "n2"), (2499, None)])
def test_who_gains_exactly_enough_is_asked(load: int, chosen: str | None) -> None:
    assert choose("least-loaded", machine("n2", 1000), load=load)[0] == chosen


def test_a_machine_with_exactly_as_many_frames_as_the_process_has_pages_is_asked() -> None:
    assert choose("least-loaded", machine("n2", free=40))[0] == "n2"


def test_nobody_draws_who_is_known_to_be_dead() -> None:
    drawn = {choose("random", seed=seed, down=("n2", "n5"))[0] for seed in range(40)}
    assert drawn == {"n3", "n4"}
    to, why = choose("random", down=("n2", "n3", "n4", "n5"))
    assert (to, why.rule) == (None, "everybody-down")


def test_who_has_been_here_exactly_as_long_as_it_must_may_be_moved() -> None:
    settings = InitiatorParameters(residence_ns=300 * MS)
    may = eligible([a_process("n1.1", here_ns=300 * MS), a_process("n1.2", state="frozen")], settings, (), ())
    assert ([one.pid for one in may.processes], may.moving) == (["n1.1"], 1)


def test_sprite_takes_the_one_whose_owner_has_been_away_longest() -> None:
    assert choose("longest-idle", machine("n2", input_ns=50), machine("n3", input_ns=-9), machine("n4"))[0] == "n3"


@pytest.mark.parametrize("target", ["least-loaded", "first-fit", "longest-idle"])
def test_nobody_is_asked_who_would_not_gain_enough_and_the_best_is_named(target: vocabulary.Target) -> None:
    to, why = choose(target, machine("n2", 2000), machine("n3", 1600))
    assert (to, why.rule, why.numbers["best"], why.numbers["best_load"]) == (None, "nobody-lighter", "n3", 2.6)


@pytest.mark.parametrize(
    "entry",
    [machine("n2", at_ms=-200), machine("n2", open_=False), machine("n2", free=39)],
    ids=["old", "closed", "full"],
)
def test_nobody_is_asked_of_whom_nothing_is_known_lately_or_who_is_closed_or_full(entry: LoadEntry) -> None:
    to, why = choose("least-loaded", entry)
    assert (to, why.rule) == (None, "nobody-known")


def test_mosix_takes_the_lowest_told_load_if_with_a_process_and_a_third_it_stays_below_ours() -> None:
    assert choose("mosix", machine("n2", 1699), machine("n3", 1800), load=3000)[0] == "n2"
    to, why = choose("mosix", machine("n2", 1700), load=3000)
    assert (to, why.rule, why.numbers["best_load"]) == (None, "nobody-below-mosix", 3.0)


@pytest.mark.parametrize(
    ("cpu_ms", "here", "there", "worth"),
    [
        (101, 3, 1, True),
        (100, 3, 1, False),
        (51, 4, 1, True),
        (50, 4, 1, False),
        (10**6, 2, 1, False),
        (10**6, 1, 1, False),
    ],
)
def test_the_longest_running_goes_if_its_age_exceeds_the_cost_by_what_is_gained(
    cpu_ms: int, here: int, there: int, worth: bool
) -> None:
    settings = InitiatorParameters(victim="longest-running", move_fixed_ns=20 * MS, move_page_ns=2 * MS)
    process = a_process("n1.1", 40, cpu_ns=cpu_ms * MS)
    assert (worth_moving(process, here, there, settings) is None) == worth
    assert worth_moving(process, here, there, InitiatorParameters(victim="newest")) is None


def test_at_random_needs_no_information_and_draws_everybody() -> None:
    assert {choose("random", seed=seed)[0] for seed in range(40)} == {"n2", "n3", "n4", "n5"}


def test_a_decision_names_the_numbers_and_their_age() -> None:
    _, why = choose("least-loaded", machine("n2", 250, at_ms=900))
    assert why.text() == "load 3.0 is not below 1.5, and n2 has 0.25 (as told 0.1 s ago)"
    assert told(why.text(), "es") == "la carga 3.0 no es menor que 1.5, y n2 tiene 0.25 (dicho hace 0.1 s)"


def test_scenarios_know_the_policies_that_there_are() -> None:
    assert set(VICTIMS) == set(schema.Victim.__args__)  # type: ignore[attr-defined]
    assert set(TARGETS) == set(schema.Target.__args__)  # type: ignore[attr-defined]
