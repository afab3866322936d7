"""What comes again and again: drawn from the seed, in order of time, and without end where no end is said."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest

from tests.tuiclu.scenario.example import SMALL, load, message
from tuiclu.bundled import workstations
from tuiclu.cluster.commands import Activate, AnyCommand, Idle, Spawn
from tuiclu.scenario.compile import Plan, plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.recurring import Owner

MS, S = 1_000_000, 1_000_000_000
OWNED = "tuiclu: 1\ncluster: {nodes: {n1: {owner: {busy: 8 s, away: 20 s}}, n2: {}}}\n"


def planned(text: str) -> Plan:
    return plan(load(text))


def first(text: str, count: int, seed: int | None = None) -> list[tuple[int, AnyCommand]]:
    """Return the first commands of the only thing in a scenario that recurs."""
    made = planned(text)
    (one,) = made.recurring
    return list(islice(one.commands(made.seed if seed is None else seed), count))


def jobs(definition: str) -> str:
    return f"{SMALL}processes:\n  J: {{program: worker, on: [n1, n2], {definition}}}\n"


def steps(step: str) -> str:
    return f"{SMALL}processes: {{P: {{program: hello, on: n1}}}}\nscript:\n  - {{{step}}}\n"


LEAST = {
    "every": steps("every: 1 ns, idle: n1"),
    "exponential": jobs("arrivals: {every: 1 us}"),
    "regular": jobs("arrivals: {every: 1 us, spread: regular}"),
    "uniform": jobs("arrivals: {every: 1 us, spread: uniform, batch: 100}"),
    "owner": OWNED.replace("8 s", "1 us").replace("20 s", "1 us"),
}


@pytest.mark.parametrize("text", LEAST.values(), ids=LEAST)
def test_whatever_recurs_gets_on_in_time_however_often_it_comes(text: str) -> None:
    times = [t for t, _ in first(text, 5000)]
    assert times == sorted(times)
    assert times[4999] > times[2500] > times[500]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (jobs("arrivals: {every: 999 ns}"), "the every cannot be shorter than 1 us"),
        (OWNED.replace("8 s", "1 ns"), "the busy cannot be shorter than 1 us"),
        (OWNED.replace("20 s", "1 ns"), "the away cannot be shorter than 1 us"),
    ],
)
def test_what_is_drawn_cannot_come_more_often_than_instants_are_drawn(text: str, what: str) -> None:
    assert what in message(text)


# ---------------------------------------------------------------------------------------------------------------- steps


def test_a_step_comes_every_so_often_for_the_first_time_after_that() -> None:
    assert [t for t, _ in first(steps("every: 8 s, idle: n1"), 3)] == [8 * S, 16 * S, 24 * S]


def test_its_first_time_can_be_said() -> None:
    assert [t for t, _ in first(steps("at: 0 s, every: 8 s, idle: n1"), 3)] == [0, 8 * S, 16 * S]


def test_jitter_makes_it_late_by_up_to_so_much_and_the_seed_says_by_how_much() -> None:
    text = steps("every: 8 s, jitter: 2 s, idle: n1")

    times = [t for t, _ in first(text, 50)]

    late = [t - turn * 8 * S for turn, t in enumerate(times, start=1)]
    assert all(0 <= one <= 2 * S for one in late)
    assert len(set(late)) > 40
    assert times == [t for t, _ in first(text, 50)]
    assert times != [t for t, _ in first(text, 50, seed=1)]


@pytest.mark.parametrize("timing", ["every: 8 s", "whenever: {event: owner.idle}"])
def test_a_step_that_comes_again_cannot_start_a_process_of_one_name(timing: str) -> None:
    assert "would start `Q` again and again" in message(steps(f"{timing}, spawn: {{name: Q, program: hello, on: n1}}"))


# ----------------------------------------------------------------------------------------------------------------- jobs


def test_jobs_without_a_number_come_without_end() -> None:
    came = first(jobs("arrivals: {every: 100 ms, spread: regular, nodes: in-turn}"), 1000)

    assert [t for t, _ in came] == [turn * 100 * MS for turn in range(1, 1001)]
    assert [spawn.name for _, spawn in came if isinstance(spawn, Spawn)][-1] == "J1000"
    assert [spawn.on for _, spawn in came if isinstance(spawn, Spawn)][:3] == ["n1", "n2", "n1"]


def test_those_with_a_number_are_the_first_of_those_without() -> None:
    """The same draw, whether there is an end or not."""
    arrivals = "arrivals: {every: 100 ms, vary: {steps: [1, 2, 3]}}"

    finite = planned(jobs(f"count: 40, {arrivals}"))

    assert finite.recurring == ()
    assert [(step.at_ns, step.command) for step in finite.steps] == first(jobs(arrivals), 40)


def test_a_batch_comes_together() -> None:
    times = [t for t, _ in first(jobs("arrivals: {every: 1 s, batch: 3}"), 9)]

    assert len(set(times)) == 3
    assert times == sorted(times)
    assert all(times.count(t) == 3 for t in times)


def test_uniform_gaps_are_from_half_to_one_and_a_half_times_the_mean() -> None:
    times = [0, *(t for t, _ in first(jobs("arrivals: {every: 1 s, spread: uniform}"), 400))]

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(S // 2 - 1000 <= gap <= 3 * S // 2 for gap in gaps)
    assert abs(sum(gaps) / len(gaps) - S) < S // 20


def test_a_job_without_end_can_be_named_and_all_of_them_cannot() -> None:
    text = jobs("arrivals: {every: 1 s}") + "script:\n  - {at: 5 s, kill: J3}\n"
    assert planned(text).steps[0].command.process == "J3"  # type: ignore[union-attr]

    assert "`J` stands for jobs of which there is no end. Name one of them, `J1`" in message(
        jobs("arrivals: {every: 1 s}") + "expect:\n  - {process: J, exit: 0}\n"
    )


@pytest.mark.parametrize("name", ["J17", "J1"])
def test_no_other_process_can_have_the_name_of_a_job_that_may_come(name: str) -> None:
    spawned = (
        jobs("arrivals: {every: 1 s}") + f"script:\n  - {{at: 5 s, spawn: {{name: {name}, program: hello, on: n1}}}}\n"
    )
    defined = jobs("arrivals: {every: 1 s}") + f"  {name}: {{program: hello, on: n1}}\n"

    for text in (spawned, defined):
        assert f"two processes are called `{name}`: one of the jobs `J` has or will have that name" in message(text)


# --------------------------------------------------------------------------------------------------------------- owners


def test_an_owner_comes_and_goes_for_about_as_long_as_is_said() -> None:
    came = first(OWNED, 400)

    assert [type(command) for _, command in came[:4]] == [Activate, Idle, Activate, Idle]
    comes, goes = [t for t, one in came if type(one) is Activate], [t for t, one in came if type(one) is Idle]
    busy = [left - came for came, left in zip(comes, goes, strict=True)]
    away = [came - left for left, came in zip([0, *goes], comes, strict=False)]
    assert all(4 * S <= one <= 12 * S for one in busy)
    assert all(10 * S <= one <= 30 * S for one in away)


def test_an_owner_who_stays_long_touches_keys_meanwhile() -> None:
    owner = Owner("n1", busy_ns=100 * S, away_ns=10 * S, idle_after_ns=30 * S)

    came = list(islice(owner.commands(0), 200))

    gaps = [later[0] - one[0] for one, later in pairwise(came) if type(one[1]) is Activate]
    assert max(gaps) == 15 * S, "half of the time after which the owner would count as away"


def test_two_owners_come_at_times_of_their_own() -> None:
    text = "tuiclu: 1\ncluster: {defaults: {owner: {busy: 8 s, away: 20 s}}, nodes: {n1: {}, n2: {}}}\n"
    one, other = planned(text).recurring

    assert [one.name, other.name] == ["n1", "n2"]
    assert next(one.commands(7))[0] != next(other.commands(7))[0]
    assert planned(text).initiators.owners == {"n1": "idle", "n2": "idle"}


def test_the_owner_and_the_eviction_of_the_defaults_hold_for_every_node() -> None:
    made = planned(
        "tuiclu: 1\ncluster: {defaults: {owner: active, eviction: none}, nodes: {n1: {}, n2: {owner: idle}}}\n"
    )

    assert made.initiators.owners == {"n1": "active", "n2": "idle"}
    assert made.initiators.evictions == {"n1": "none", "n2": "none"}


# ------------------------------------------------------------------------------------------------------------ no end


def test_a_scenario_has_an_end_if_nothing_recurs_or_its_time_is_limited() -> None:
    assert not planned(SMALL).is_endless
    assert planned(OWNED).is_endless
    assert not planned(OWNED + "until: 5 s\n").is_endless
    assert not planned(OWNED + "script:\n  - {at: 5 s, stop: true}\n").is_endless, "as sessions end"
    assert plan(load_scenario(workstations())).is_endless


def test_what_comes_from_outside_does_not_change_what_is_drawn() -> None:
    own = steps("every: 2 ms, jitter: 2 ms, idle: n1")
    session = own.replace("script:\n", "script:\n  - {at: 9 ms, by: user, idle: n2}\n")
    assert first(session, 5) == first(own, 5)
