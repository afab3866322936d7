"""Runs side by side: what is expected of one is measured by what another shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tuiclu.scenario.example import load, message
from tests.tuiclu.scenario.test_expectations import migration, process, result
from tuiclu.scenario import schema
from tuiclu.scenario.comparisons import Seen, side_by_side, verdict
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import judged, run
from tuiclu.scenario.written import with_title
from tuiclu.scenario.yaml_text import as_text

TEXT = """\
tuiclu: 1
params: {how: precopy}
cluster: {nodes: {n1: , n2: }}
processes:
  P: {program: primes, args: {limit: 3000}, on: n1, count: 2}
script:
  - at: 10 ms
    migrate: {process: P1, to: n2, strategy: $how}
expect:
  - freeze: {of: P, below: 50 % of eager}
  - turnaround: {of: P1, below: stay}
  - process: P
    same-as: stay
compare:
  eager:
    set: {params.how: eager-all}
    expect:
      - freeze: {of: P, below: 500 % of as-written}
  stay:
    set: {script.0.migrate.to: n1, cluster.nodes.n2.mips: 5}
"""


def expectations(*lines: str) -> tuple[schema.AnyExpectation, ...]:
    text = TEXT[: TEXT.index("expect:")] + "expect:\n" + "".join(f"  - {line}\n" for line in lines)
    return plan(load(text + TEXT[TEXT.index("compare:") :])).expectations


def verdicts_on(line: str, here: dict[str, Any], there: dict[str, Any], **counts: int) -> list[str]:
    seen, other = Seen(here, {}), Seen(there, {kind.replace("_", "."): number for kind, number in counts.items()})
    told = [verdict(one, seen, {"eager": other}, "en") for one in expectations(line)]
    return [f"{'ok' if one.ok else 'FAILED'} {one.text}" for one in told]


def test_a_run_is_made_with_what_is_different_in_it() -> None:
    compared = load(TEXT).compared

    assert compared["stay"].file.script[0].migrate == schema.MigrateKeys("P1", "n1", strategy="precopy")
    assert compared["stay"].file.cluster.nodes["n2"].mips == 5_000_000
    assert compared["eager"].file.script[0].migrate == schema.MigrateKeys("P1", "n2", strategy="eager-all")
    assert compared["eager"].file.expect == ()


def test_only_runs_by_which_something_is_measured_are_made() -> None:
    assert list(plan(load(TEXT)).compared) == ["eager", "stay"]
    assert list(plan(load(TEXT, ["expect=[]"])).compared) == []


def test_a_variant_is_compared_with_the_scenario_as_it_is_written() -> None:
    variant = load(TEXT, ["compare=stay"])

    assert variant.variant == "stay"
    assert variant.file.expect == ()
    assert list(plan(variant).compared) == ["as-written"]
    written = variant.compared["as-written"].file
    assert written.script == load(TEXT).file.script
    assert written.cluster == load(TEXT).file.cluster


@pytest.mark.parametrize("setting", ["how=eager-all", "script.0.migrate.strategy=eager-all"])
def test_settings_that_come_to_a_variant_are_that_variant(setting: str) -> None:
    scenario = load(TEXT, [setting, "seed=4"])

    assert scenario.overrides == ("seed=4", "compare=eager")
    assert scenario.variant == "eager"


@pytest.mark.parametrize("setting", ["seed=5", "how=hybrid", "params.how=precopy"])
def test_other_settings_leave_what_is_expected_as_it_is(setting: str) -> None:
    scenario = load(TEXT, [setting])

    assert (scenario.variant, len(scenario.file.expect)) == ("", 3)


def test_a_recording_of_a_variant_is_compared_as_well() -> None:
    again = load_scenario("s.yaml", as_text(with_title(load(TEXT, ["compare=eager"]))))

    assert again.file.script[0].migrate == schema.MigrateKeys("P1", "n2", strategy="eager-all")
    assert again.compared["as-written"].file.script[0].migrate == schema.MigrateKeys("P1", "n2", strategy="precopy")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("50 % of eager", "50 % of eagr", "s.yaml:10:28: there is no run `eagr`. Did you mean `eager`?"),
        ("below: stay", "below: 3 of stay", "s.yaml:11:33: `3 of stay` "),
        ("set: {params.how: eager-all}", "sets: {}", "s.yaml:16:5: `sets` is not a key of `compare.eager`."),
        ("script.0.migrate.to: n1", "script.7.migrate.to: n1", "s.yaml:20:32: the list has no item `7`."),
        ("script.0.migrate.to: n1", "script.0.migrate.to: n9", "s.yaml:20:32: there is no node `n9`."),
        ("script.0.migrate.to: n1", "expect: []", "s.yaml:20:11: a run cannot set `expect`."),
        ("params.how: eager-all", "params.hw: eager-all", "s.yaml:16:22: there is no parameter `hw`."),
    ],
)
def test_what_is_wrong_with_a_run_has_its_place(old: str, new: str, told: str) -> None:
    assert old in TEXT
    assert message(TEXT.replace(old, new, 1)).startswith(told)


def test_a_variant_that_is_not_there_is_told_with_those_that_are() -> None:
    assert message(TEXT, ["compare=ager"]) == (
        "--set compare=ager: there is no run `ager`. Did you mean `eager`? The runs are: eager, stay."
    )


FROZE_10 = result(process("P1"), migrations=[migration(process="P1", freeze_s=0.010)])
FROZE_30 = result(process("P1"), migrations=[migration(process="P1", freeze_s=0.030)])


def test_a_standstill_is_measured_by_the_longest_one_there() -> None:
    line = "freeze: {of: P, below: 50 % of eager}"

    assert verdicts_on(line, FROZE_10, FROZE_30) == [
        "ok each of P1 and P2 stands still for less than 15 ms (50 % of eager) in every migration"
    ]
    assert verdicts_on(line, FROZE_30, FROZE_10)[0].startswith(
        "FAILED each of P1 and P2 stands still for less than 5 ms"
    )


def test_where_there_is_nothing_to_measure_by_that_is_said() -> None:
    assert verdicts_on("freeze: {of: P, below: eager}", FROZE_10, result(process("P1"))) == [
        "FAILED the run eager shows nothing that this could be measured by: freeze"
    ]


def test_each_process_is_measured_by_itself_and_a_mean_by_the_mean() -> None:
    here = result(process("P1", turnaround_s=1.0), process("P2", turnaround_s=3.0))
    there = result(process("P1", turnaround_s=2.0), process("P2", turnaround_s=2.5))

    assert [one.split()[0] for one in verdicts_on("turnaround: {of: P, below: eager}", here, there)] == ["ok", "FAILED"]
    assert verdicts_on("turnaround: {of: P, mean-below: eager}", here, there) == [
        "ok each of P1 and P2 takes less than 2.25 s (eager) on average from start to end"
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("migrations: {of: P, at-least: eager}", "ok migrations of P1 and P2: at least 1 (eager)"),
        ("migrations: {of: P, count: 300 % of eager}", "FAILED migrations of P1 and P2: exactly 3 (300 % of eager);"),
        ("{event: page.faulted, at-most: eager}", "ok events page.faulted: at most 4 (eager)"),
    ],
)
def test_numbers_are_measured_by_numbers(line: str, expected: str) -> None:
    assert verdicts_on(line, FROZE_10, FROZE_30, page_faulted=4)[0].startswith(expected)


def test_the_same_end_is_that_of_the_other_run() -> None:
    here, there = result(process("P1", output="1\n")), result(process("P1", output="2\n"))
    line = "{process: P1, same-as: eager}"

    assert verdicts_on(line, here, here) == ['ok P1 exits with status 0 and writes "1\\n"']
    assert verdicts_on(line, here, there) == ['FAILED P1 exits with status 0 and writes "2\\n"; but P1 wrote "1\\n"']


def test_what_is_measured_by_a_run_that_was_not_made_is_not_judged() -> None:
    assert judged(plan(load(TEXT)), Seen(FROZE_10, {}), {}, "en") == ()


def test_runs_stand_side_by_side_in_what_differs() -> None:
    move = {"pages_sent": 5, "bytes_on_wire": 900}
    here = result(process("P1", turnaround_s=1.0, faults={}), migrations=[migration(process="P1", **move)])
    there = result(process("P1", turnaround_s=2.0, faults={}), migrations=[])

    assert side_by_side(here, {"stay": there}, "en") == [
        "                          this run  stay",
        "turnaround of P1          1.000 s   2.000 s",
        "longest standstill of P1  0.011 s   -",
        "pages sent                5         -",
        "bytes on the wire         900       -",
        "completed migrations      1         0",
    ]


def test_a_run_ends_with_those_that_it_is_measured_by() -> None:
    outcome = run(plan(load(TEXT)))

    assert outcome.ok, [one.text for one in outcome.verdicts]
    assert list(outcome.result["compared"]) == ["eager", "stay"]
    assert outcome.digest == run(plan(load(TEXT)), comparing=False).digest
