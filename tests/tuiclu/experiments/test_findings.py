"""What the figures say: the best strategy at every aim, the sentence that says so, and where it changes in a sweep. No cluster."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
import pytest

from tuiclu.errors import InputError
from tuiclu.experiments import experiment, table
from tuiclu.experiments.experiment import AtHome, Comparison, Death, Question, Row
from tuiclu.experiments.findings import best_by_aim, conclusion
from tuiclu.experiments.sweep import Crossover, Sweep, at_value, crossovers, parse_sweep
from tuiclu.scenario.schema import STRATEGIES

HOME = AtHome(4.0, 3.5, 0.5, "1\n", 0, 1000)


def row(strategy: str, **changes: Any) -> Row:
    whole = Row(
        strategy=strategy,
        outcome="completed",
        reason="",
        freeze_s=0.1,
        transfer_s=0.1,
        source_free_s=0.1,
        bytes_on_wire=100_000,
        pages_before_resume=20,
        pages_after_resume=0,
        pages_resent=0,
        remote_faults=0,
        disk_faults=0,
        fault_wait_s=0.0,
        turnaround_s=4.1,
        slowdown_s=0.1,
        residual=[],
        rounds=[20],
        frozen_because="",
    )
    return msgspec.structs.replace(whole, **changes)


def comparison(*rows: Row) -> Comparison:
    return Comparison("scan", ["1"], 2.0, 10**8, 0.0005, HOME, list(rows))


EAGER = row("eager-all", source_dies=Death("survives"))
LAZY = row(
    "copy-on-reference",
    freeze_s=0.004,
    source_free_s=None,
    residual=["n1"],
    bytes_on_wire=50_000,
    turnaround_s=4.3,
    source_dies=Death("dies", "SIGBUS: page 0x7 of P is on n1, which has crashed", 0.2),
)


def test_each_aim_has_the_strategy_with_the_least_of_its_measure() -> None:
    assert best_by_aim([EAGER, LAZY]) == {
        "freeze": ["copy-on-reference"],
        "turnaround": ["eager-all"],
        "independence": ["eager-all"],
        "memory": ["eager-all"],
        "bytes": ["copy-on-reference"],
    }


def test_what_differs_by_less_than_one_in_a_hundred_is_equal() -> None:
    assert best_by_aim([EAGER, row("precopy", freeze_s=0.1009)])["freeze"] == ["eager-all", "precopy"]
    assert best_by_aim([EAGER, row("precopy", freeze_s=0.102)])["freeze"] == ["eager-all"]


def test_a_migration_that_came_to_nothing_is_best_at_nothing() -> None:
    refused = row("precopy", outcome="refused", freeze_s=None, transfer_s=None, source_free_s=None, bytes_on_wire=0)
    assert "precopy" not in [name for names in best_by_aim([EAGER, refused]).values() for name in names]
    assert conclusion(comparison(refused), "en") == "No strategy moved the process."


def test_who_depends_on_the_disk_of_the_source_is_not_independent_although_its_memory_is_free() -> None:
    flushing = row("flushing", source_free_s=0.05, residual=["n1 (disk)"])
    found = best_by_aim([EAGER, flushing])
    assert (found["memory"], found["independence"]) == (["flushing"], ["eager-all"])


def test_the_conclusion_names_the_best_with_their_figures_and_what_a_crash_does() -> None:
    assert conclusion(comparison(EAGER, LAZY), "en") == (
        "Best in this case: copy-on-reference where somebody waits for its answers (it stands still for 4.0 ms) and "
        "where the wire is what is short (49 KiB); eager-all where the job is to be done soon (it ends after 4100.0 ms) "
        "and where n1 is about to go down (without n1 after 100.0 ms) and where n1 wants its memory back (after 100.0 ms)."
        " If n1 crashes one second after the process has gone on, it dies of it under copy-on-reference:"
    )
    spanish = conclusion(comparison(EAGER), "es")
    assert spanish.startswith("Lo mejor en este caso: eager-all si ")
    assert spanish.endswith("sea cual sea la estrategia.")


def test_what_only_slows_a_process_or_cuts_its_links_off_is_told_apart_from_its_death() -> None:
    slowed, cut_off = (
        row("flushing", source_dies=Death("slowed")),
        row("hybrid", source_dies=Death("cut off", "exit(1)")),
    )
    told = conclusion(comparison(EAGER, LAZY, slowed, cut_off), "en")
    assert told.endswith(
        "it dies of it under copy-on-reference; its links are cut off under hybrid; it survives, but later, under flushing:"
    )
    assert conclusion(comparison(EAGER, slowed), "es").endswith("sobrevive, pero más tarde, con flushing.")
    assert best_by_aim([EAGER, row("hybrid", source_free_s=0.01, residual=["n1 (mail)"])])["independence"] == [
        "eager-all"
    ]


def test_a_crossover_is_where_the_best_changes_between_neighbours() -> None:
    slow = row("precopy", freeze_s=0.2)
    points = [("16", comparison(EAGER, slow)), ("32", comparison(EAGER, slow)), ("64", comparison(EAGER, LAZY))]
    found = crossovers(points)
    assert found[0] == Crossover("freeze", "32", "64", ["eager-all"], ["copy-on-reference"])
    assert [(one.aim, one.below, one.above) for one in found[1:]] == [
        ("turnaround", "32", "64"),
        ("independence", "32", "64"),
        ("memory", "32", "64"),
        ("bytes", "32", "64"),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("pages=16..4096:5", ("16", "64", "256", "1020", "4096")),
        ("hot=1..3", ("1", "2", "3")),
        ("bandwidth=1Mbit/s..1Gbit/s:4", ("1 Mbit/s", "10 Mbit/s", "100 Mbit/s", "1 Gbit/s")),
        ("latency=0.1ms..10ms:3", ("100 us", "1 ms", "10 ms")),
    ],
)
def test_a_sweep_goes_in_geometric_steps_from_end_to_end(text: str, values: tuple[str, ...]) -> None:
    sweep = parse_sweep(text, "scan")
    assert sweep == Sweep(text.partition("=")[0], values)


@pytest.mark.parametrize(
    ("text", "program", "what"),
    [
        ("pages", "scan", "this is not a sweep"),
        ("pages=16", "scan", "this is not a sweep"),
        ("pagez=1..2", "scan", "`scan` has no argument `pagez`"),
        ("pages=0..8", "scan", "a sweep goes from a value above 0 to a larger one"),
        ("pages=9..8", "scan", "a sweep goes from a value above 0 to a larger one"),
        ("pages=1..x", "scan", "`x` is not a whole number"),
        ("pages=1..64:1", "scan", "a sweep has from 2 to 25 values, not 1"),
        ("bandwidth=1..10Mbit/s", "scan", "`1` has no unit"),
        ("pages=1..8", "./mine.elf", "only a bundled program has arguments by name"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused_with_what_is_wrong(text: str, program: str, what: str) -> None:
    with pytest.raises(InputError, match=f"^--sweep {text}: {what}"):
        parse_sweep(text, program)


def test_a_value_of_a_sweep_goes_where_it_belongs_and_nobody_is_killed_for_it() -> None:
    assert at_value(Question(), "pages", "64").args == {"pages": "64"}
    assert at_value(Question(), "bandwidth", "1 Mbit/s").bandwidth == "1 Mbit/s"
    assert at_value(Question(), "latency", "1 ms").latency == "1 ms"
    assert not at_value(Question(), "pages", "64").kills


def test_arguments_are_given_by_name_or_as_a_list() -> None:
    assert experiment.parse_arguments("scan", "pages=300 hot=8") == {"pages": "300", "hot": "8"}
    assert experiment.parse_arguments("./mine.elf", "a=b 'c d'") == ("a=b", "c d")
    assert experiment.parse_arguments("scan", None) == {}
    with pytest.raises(InputError, match="Did you mean `pages`"):
        experiment.parse_arguments("scan", "pagse=300")


def test_the_working_set_of_scan_is_never_larger_than_what_it_has_unless_that_is_asked_for() -> None:
    assert experiment.effective_arguments(Question(args={"pages": "16"}))["hot"] == "4"
    assert experiment.effective_arguments(Question(args={"pages": "16", "hot": "12"}))["hot"] == "12"
    assert experiment.effective_arguments(Question())["hot"] == "40"


def test_csv_has_a_line_for_every_strategy_and_value() -> None:
    text = table.as_csv([("16", comparison(EAGER, LAZY)), ("32", comparison(EAGER, LAZY))], "pages")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["pages"], line["strategy"]) for line in lines] == [
        ("16", "eager-all"),
        ("16", "copy-on-reference"),
        ("32", "eager-all"),
        ("32", "copy-on-reference"),
    ]
    assert (lines[1]["source_dies"], lines[1]["residual"], lines[0]["freeze_s"]) == ("dies", "n1", "0.1")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_table_fits_a_terminal_of_80_columns(lang: str) -> None:
    rows = [row(strategy, source_dies=Death("survives")) for strategy in STRATEGIES]
    lines = table.told(comparison(*rows), lang, 80)
    assert max(map(len, lines)) <= 80
    assert sum("100.0" in line for line in lines) >= 3
    assert any("reference" in line for line in lines)
