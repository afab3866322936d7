"""Initiators on real nodes: what each demo is about is there with the policy, and not without it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.tuiclu.cluster.scenarios import process, run_text, trusted
from tuiclu.bundled import demo_files
from tuiclu.errors import InputError
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, run


def same_run(demo: str) -> pytest.MarkDecorator:
    """Let the tests that look at one run of a demo be done by one worker, which makes it once."""
    return pytest.mark.xdist_group(f"demo {demo}")


@cache
def demo(name: str, *overrides: str) -> Outcome:
    return run(plan(load_scenario(demo_files()[name], None, overrides)))


def mean_turnaround(outcome: Outcome) -> float:
    """Return that of the processes that may move, J1, J2, ..."""
    spans = [one["turnaround_s"] for one in outcome.result["processes"] if one["name"].startswith("J")]
    return float(sum(spans)) / len(spans)


def response_times(outcome: Outcome, name: str) -> list[int]:
    """Return the mean response time of each quarter in microseconds."""
    lines = [line for line in process(outcome, name)["output"].splitlines() if line.startswith("response")]
    return [int(line.partition("mean ")[2].partition(" us")[0]) for line in lines]


# ------------------------------------------------------------------------------------------------------- the motivations


@same_run("load-sharing")
@pytest.mark.parametrize("policy", ["periodic-sender", "periodic-receiver", "periodic-symmetric"])
def test_load_sharing_shortens_the_mean_turnaround_by_a_quarter_at_least(policy: str) -> None:
    shared = demo("load-sharing", f"cluster.policy.load-sharing={policy}")
    assert mean_turnaround(shared) < 0.75 * mean_turnaround(demo("load-sharing", "cluster.policy.load-sharing=none"))


PAIRS = [(target, told) for target in ("random", "first-fit", "longest-idle") for told in ("gossip", "on-demand")]
IN_SHORT = (("random", "gossip"), ("first-fit", "on-demand"), ("longest-idle", "gossip"))
"""Each target and each dissemination at least once."""


@same_run("load-sharing")
@pytest.mark.parametrize(
    ("target", "dissemination"),
    [pair if pair in IN_SHORT else pytest.param(*pair, marks=pytest.mark.long) for pair in PAIRS],
)
def test_load_is_shared_whatever_the_target_and_the_dissemination(target: str, dissemination: str) -> None:
    policy = f"{{load-sharing: periodic-sender, target: {target}, dissemination: {dissemination}}}"
    assert mean_turnaround(demo("load-sharing", f"cluster.policy={policy}")) < 0.75 * mean_turnaround(
        demo("load-sharing", "cluster.policy.load-sharing=none")
    )


@pytest.mark.parametrize(("name", "moved", "gain"), [("talkers", "A", 0.5), ("to-the-data", "Reader", 0.6)])
def test_who_talks_much_gains_by_being_brought_together(name: str, moved: str, gain: float) -> None:
    apart, together = demo(name, "cluster.policy={}"), demo(name)
    assert not apart.ok
    assert process(together, moved)["turnaround_s"] < gain * process(apart, moved)["turnaround_s"]
    assert process(together, moved)["output"] == process(apart, moved)["output"]


def test_without_a_warning_all_die_with_their_node() -> None:
    unannounced = demo("leaving-a-failing-node", "script.1.shutdown.in=0 s")
    assert {one["state"] for one in unannounced.result["processes"]} == {"lost"}
    assert demo("leaving-a-failing-node").ok


def test_where_nobody_has_the_resource_nobody_moves() -> None:
    without = demo("special-resource", "cluster.nodes.n3.resources=[]")
    assert "finds nobody who has it, and stays on n1" in process(without, "P")["output"]
    assert without.result["migrations"] == []


# ------------------------------------------------------------------------------------------------- eviction and thrashing


@same_run("eviction")
def test_after_an_eviction_the_owner_works_as_on_an_empty_machine() -> None:
    evicted = response_times(demo("eviction"), "ana")
    crowded = response_times(demo("eviction", "cluster.policy.eviction=none"), "ana")
    alone = response_times(demo("eviction", "script.2.migrate.to=n2", "processes.G.on=n1", *_nobody_comes()), "ana")
    assert evicted[-1] < 1.1 * alone[-1]
    assert crowded[1] > 4 * evicted[-1]


def _nobody_comes() -> list[str]:
    return [f"script.{step}.migrate.to=n1" for step in (2, 3, 4)]


@same_run("eviction")
def test_all_guests_are_frozen_at_the_owners_first_key_and_none_is_left() -> None:
    outcome = demo("eviction")
    (eviction,) = outcome.result["evictions"]
    assert (len(eviction["processes"]), eviction["remain"]) == (4, [])
    moves = [one for one in outcome.result["migrations"] if one["initiated_by"] == "eviction"]
    assert {(one["outcome"], one["strategy"]) for one in moves} == {("completed", "eager-all")}
    assert sorted(one["destination"] for one in moves) == ["n1", "n2", "n3", "n4"]


def test_each_eviction_policy_gives_the_owner_another_response_time() -> None:
    outcome = demo("eviction-policies")
    home, refuge, running, background, stays = (response_times(outcome, f"own{number}") for number in range(1, 6))
    assert running[0] > home[0], "who runs on while it is copied is longer in the way"
    for freed in (home, refuge, running, background):
        assert freed[-1] < 1.1 * 8002
    assert stays[-1] > 4 * 8002


def test_hysteresis_and_residence_stop_the_thrashing() -> None:
    calm, wild = demo("thrashing-policy", "cluster.policy.load={}"), demo("thrashing-policy")
    assert calm.view.counts["process.bounced"] == 0
    assert wild.view.counts["process.bounced"] >= 3
    assert mean_turnaround(calm) < mean_turnaround(wild)


def test_fresher_news_mean_fewer_questions_in_vain() -> None:
    stale, fresh = demo("stale-information"), demo("stale-information", "cluster.policy.load.interval=100 ms")
    refused = [one.view.counts["negotiation.refused"] for one in (stale, fresh)]
    assert refused[1] < refused[0]


# ----------------------------------------------------------------------------------------------------- where they sit


def test_initiators_elsewhere_cost_messages() -> None:
    elsewhere, own = demo("remote-initiator"), demo("remote-initiator", "cluster.initiators={}", "until=300 ms")
    assert elsewhere.ok
    assert own.result["migrations"][0]["negotiation_s"] < elsewhere.result["migrations"][0]["negotiation_s"]


CLUSTER = """
cluster:
  nodes: {n1: {}, n2: {}, n3: {}}
  initiators: {n3: [n1, n3]}
processes:
  P: {program: primes, args: {limit: 12000}, on: n1}
"""


def test_a_machine_whose_initiator_is_dead_moves_nobody_and_says_why() -> None:
    outcome, _ = run_text(CLUSTER + "script: [{at: 50 ms, crash: n3}, {at: 400 ms, migrate: {process: P, to: n2}}]\n")
    (migration,) = outcome.result["migrations"]
    assert (migration["outcome"], migration["refused_at"]) == ("refused", 0)
    assert migration["reason"] == "the Initiator of n1, on n3, does not answer"
    assert (process(outcome, "P")["node"], process(outcome, "P")["exit_code"]) == ("n1", 0)


def test_a_wish_that_the_initiator_has_never_heard_is_refused_when_its_death_is_known() -> None:
    outcome, events = run_text(
        CLUSTER + "script: [{at: 50 ms, migrate: {process: P, to: n2}}, {at: 50500 us, crash: n3}]\n"
    )
    assert outcome.result["migrations"] == []
    assert [(one["node"], one["reason"]) for one in events if one["kind"] == "command.refused"] == [
        ("n1", "the Initiator of n1, on n3, does not answer")
    ]


def test_an_initiator_that_is_up_again_decides_again() -> None:
    outcome, _ = run_text(
        CLUSTER
        + "script: [{at: 50 ms, crash: n3}, {at: 400 ms, restart: n3}, {at: 450 ms, migrate: {process: P, to: n2}}]\n"
    )
    assert [one["outcome"] for one in outcome.result["migrations"]] == ["completed"]


def test_a_guest_that_has_just_come_leaves_with_an_initiator_elsewhere_too_when_the_owner_returns() -> None:
    outcome, _ = run_text(
        """
cluster:
  nodes: {n1: {}, n2: {}, n3: {}}
  initiators: {n3: [n1, n2]}
processes:
  P: {program: primes, args: {limit: 8000}, on: n1}
script:
  - {at: 60 ms, migrate: {process: P, to: n2}}
  - {when: {event: migration.resumed, process: P}, activate: n2}
expect: [{process: P, exit: 0}]
"""
    )
    assert outcome.ok
    (eviction,) = outcome.result["evictions"]
    assert (eviction["node"], len(eviction["processes"]), eviction["remain"]) == ("n2", 1, [])
    assert [one["destination"] for one in outcome.result["migrations"]] == ["n2", "n1"]


def test_an_initiator_of_several_machines_places_jobs_on_all_of_them() -> None:
    outcome, _ = run_text(
        """
cluster:
  nodes: {n1: {}, n2: {}}
  policy: {placement: least-loaded}
  initiators: {n1: [n1, n2]}
processes:
  P: {program: primes, args: {limit: 4000}, on: n1}
  Q: {program: primes, args: {limit: 4000}, on: n1, start: 20 ms}
"""
    )
    assert outcome.ok
    assert [(one["exit_code"], one["node"]) for one in outcome.result["processes"]] == [(0, "n1"), (0, "n2")]


def test_a_negotiation_ends_with_its_initiator() -> None:
    outcome, _ = run_text(CLUSTER + "script: [{at: 50 ms, migrate: {process: P, to: n2}}, {at: 51400 us, crash: n3}]\n")
    assert [one["outcome"] for one in outcome.result["migrations"]] == ["aborted"]
    assert process(outcome, "P")["node"] == "n1"
    assert outcome.ok


# ------------------------------------------------------------------------------------------------- verbs and policies


def test_expel_bring_and_stay() -> None:
    outcome, events = run_text(
        """
cluster:
  policy: {load-sharing: periodic-sender}
  nodes: {n1: {}, n2: {}, n3: {}}
processes:
  P: {program: primes, args: {limit: 16000}, on: n1}
  Q: {program: primes, args: {limit: 16000}, on: n1}
  R: {program: primes, args: {limit: 16000}, on: n3}
script:
  - {at: 0 s, stay: {node: n1}}
  - {at: 10 ms, migrate: {process: P, to: n2}}
  - {at: 300 ms, expel: n2}
  - {at: 700 ms, migrate: {process: R, to: n2}}
  - {at: 750 ms, migrate: {process: R, to: n1}}
  - {at: 1100 ms, bring: n3}
"""
    )
    assert outcome.ok
    fates = [
        (one["process"], one["destination"], one["initiated_by"], one["outcome"])
        for one in outcome.result["migrations"]
    ]
    assert fates == [
        ("P", "n2", "user", "completed"),
        ("P", "n1", "eviction", "completed"),
        ("R", "n2", "user", "refused"),
        ("R", "n1", "user", "completed"),
        ("R", "n3", "user", "completed"),
    ]
    assert [one["stays"] for one in events if one["kind"] == "machine.stays"] == [True]


def test_a_guest_that_nobody_takes_gets_the_mail_that_came_while_it_was_frozen() -> None:
    outcome, events = run_text(
        """
cluster:
  nodes: {n1: {}, n2: {owner: idle}, n3: {}}
  policy: {eviction: renegotiate}
processes:
  S: {program: server, args: {name: s, clients: 1, work: 10}, on: n1}
  C: {program: client, args: {name: s, requests: 300, pause_ms: 0}, on: n3}
script:
  - {at: 50 ms, migrate: {process: S, to: n2}}
  - {at: 400 ms, crash: n1}
  - {at: 500 ms, block: n3}
  - {at: 600 ms, activate: n2}
until: 30 s
"""
    )
    thawed = [one["t"] for one in events if one["kind"] == "process.thawed"]
    assert len(thawed) == 2, "one by the migration, one by the eviction that came to nothing"
    assert [process(outcome, name)["exit_code"] for name in ("S", "C")] == [0, 0]


def test_jobs_wait_to_be_admitted() -> None:
    outcome, events = run_text(
        """
cluster: {policy: {admission: 2}, nodes: {n1: {}}}
processes: {J: {program: worker, args: {steps: 300000}, on: n1, count: 5}}
"""
    )
    assert outcome.ok
    assert [one["exit_code"] for one in outcome.result["processes"]] == [0] * 5
    waits = [one["waited_ns"] for one in events if one["kind"] == "process.placed"]
    assert waits[:2] == [0, 0]
    assert all(wait > 100_000_000 for wait in waits[2:])


POLICY = """
class Greedy:
    def choose(self, machine, load, others, now_ns):
        if load < 2000 or not others:
            return "nothing to do"
        return machine.processes[0].pid, others[-1].machine
"""
OWN = """
tuiclu: 1
cluster:
  policy: {load-sharing: "mine:Greedy"}
  nodes: {n1: {}, n2: {}, n3: {}}
processes: {J: {program: primes, args: {limit: 14000}, on: n1, count: 3}}
"""


def own_policy(folder: Path, text: str) -> Any:
    (folder / "mine.py").write_text(text)
    (folder / "s.yaml").write_text(OWN)
    return plan(trusted(load_scenario(folder / "s.yaml")))


def test_a_class_of_the_users_own_shares_the_load(tmp_path: Path) -> None:
    outcome = run(own_policy(tmp_path, POLICY))
    assert outcome.ok
    assert [one["destination"] for one in outcome.result["migrations"]][:1] == ["n3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class Other: pass", "has no class `Greedy`"),
        ("class Greedy: pass", "has no method `choose`"),
        ("class Greedy(: pass", "cannot be loaded"),
    ],
)
def test_what_is_wrong_with_a_users_class_is_said_before_anything_runs(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        own_policy(tmp_path, text)


def test_jobs_arrive_by_the_seed() -> None:
    def starts(seed: int) -> list[tuple[int, str]]:
        text = f"""tuiclu: 1
seed: {seed}
cluster: {{nodes: {{n1: {{}}, n2: {{}}}}}}
processes:
  J: {{program: worker, on: [n1, n2], count: 50, arrivals: {{every: 10 ms, vary: {{steps: [1, 2]}}}}}}
"""
        steps = plan(load_scenario("-", text)).steps
        return [(step.at_ns or 0, f"{step.command.on} {step.command.argv}") for step in steps]  # type: ignore[union-attr]

    assert starts(1) == starts(1) != starts(2)
    instants = [at_ns for at_ns, _ in starts(1)]
    assert len({what for _, what in starts(1)}) == 4
    assert 300_000_000 < instants[-1] < 800_000_000
