"""Commands that run many times and compare: `compare`, `compare-policies`, `faults`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.commands.app import FAILED, OK, LangOption, command
from tuiclu.commands.given import (
    ScenarioArgument,
    SetOption,
    TrustOption,
    duration_of,
    language_for,
    loaded_from,
    needs_an_end,
    plan_of,
    terminal_columns,
    with_trust_settled,
    write_text,
)
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import data, harmless, say

room = typer.Typer()


@room.command()
@command
def grade(
    lesson: Annotated[
        str,
        typer.Argument(
            metavar="LESSON",
            help="A scenario with `grade:`, which the student has not.",
            autocompletion=shell.scenarios,
        ),
    ],
    submission: Annotated[Path, typer.Argument(metavar="SUBMISSION", help="A class in Python (.py), or a scenario.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write a scenario for each lost mark there.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    set_: SetOption = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Mark a student's policy, strategy or scenario over seeds and faults that the student does not know."""
    from tuiclu.experiments import grading
    from tuiclu.scratch import scratch_folder

    language = language_for(lang)
    loaded = loaded_from(lesson, set_ or [])
    needs_an_end(plan_of(loaded), lesson, None)
    with scratch_folder("tuiclu-grade") as folder:
        sheet = grading.grade(
            loaded, submission, folder, lambda one: with_trust_settled(one, trust, language), language, out
        )
    if json:
        from msgspec.json import encode

        data(encode({"points": sheet.points, "of": sheet.of, **vars(sheet)}).decode())
    else:
        for line in grading.lines(sheet, language):
            say(harmless(line))
    raise typer.Exit(OK if sheet.points == sheet.of else FAILED)


@room.command()
@command
def compare(
    program: Annotated[
        str,
        typer.Argument(
            metavar="[PROGRAM]",
            help="A bundled program (`tuiclu programs`), or an ELF file.",
            autocompletion=shell.programs,
        ),
    ] = "scan",
    strategies: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these strategies.", autocompletion=shell.strategies)
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="The instant of the move (default: half of its life at home).")
    ] = None,
    args: Annotated[
        str | None, typer.Option(metavar="ARGS", help='"pages=300 hot=8", or a list that reaches main as argv[1..].')
    ] = None,
    bandwidth: Annotated[str, typer.Option(metavar="RATE", help="Of the wire.")] = "100 Mbit/s",
    latency: Annotated[str, typer.Option(metavar="TIME", help="Of the wire.")] = "500 us",
    set_: SetOption = None,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn at random.", min=0)] = 0,
    sweep: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FROM..TO[:N]",
            help="Vary an argument, bandwidth or latency in N geometric steps: pages=16..4096.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all figures as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw it (needs the `plot` extra).")] = None,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Move the same process at the same instant, once by each strategy, and compare."""
    from msgspec import structs
    from setproctitle import setproctitle

    from tuiclu.cluster.launcher import prepare
    from tuiclu.experiments import experiment, table
    from tuiclu.experiments import sweep as sweeping

    language = language_for(lang)
    question = experiment.Question(
        program=program,
        args=experiment.parse_arguments(program, args),
        strategies=tuple(name.strip() for name in strategies.split(",") if name.strip())
        if strategies is not None
        else experiment.Question().strategies,
        at_ns=duration_of("--at", at),
        bandwidth=bandwidth,
        latency=latency,
        settings=tuple(set_ or ()),
        seed=seed,
    )
    allowed = with_trust_settled(experiment.whole_scenario(question), trust, language).users.modules
    question = structs.replace(question, allowed=allowed)
    swept = None if sweep is None else sweeping.parse_sweep(sweep, program)
    if plot is not None:
        from tuiclu.experiments.plot import check_plot

        check_plot(plot)
    if csv is not None:
        write_text(csv, "", "--csv")  # a bad path costs no run
    setproctitle("tuiclu: cluster")
    prepare()
    tell = _progress if sys.stderr.isatty() else lambda _: None
    points = [("", experiment.compare(question, tell))] if swept is None else sweeping.run_sweep(question, swept, tell)
    tell("")
    name, found = None if swept is None else swept.name, sweeping.crossovers(points)
    if csv is not None:
        write_text(csv, table.as_csv(points, name), "--csv")
    if plot is not None:
        from tuiclu.experiments.plot import draw

        draw(points, name, f"tuiclu compare {program}", language, plot)
    if json:
        from msgspec.json import encode

        objects = [({name: value} if name else {}) | table.as_json(one, language) for value, one in points]
        data(encode(objects[0] if swept is None else {"points": objects, "crossovers": found}).decode())
        return
    if swept is None:
        lines = table.told(points[0][1], language, terminal_columns())
    else:
        lines = table.told_of_sweep(swept.name, points, found, language, terminal_columns())
    for line in lines:
        say(line)


def _progress(what: str) -> None:
    """Say on a terminal what is being run, over what was said before."""
    assert sys.__stderr__ is not None
    sys.__stderr__.write(f"\r\x1b[K{harmless(what)}")
    sys.__stderr__.flush()


@room.command("compare-policies")
@command
def compare_policies(
    scenario: ScenarioArgument,
    policies: Annotated[str | None, typer.Option(metavar="A,B", help="Which policies (default: all).")] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds, from the scenario's own on.", min=1, max=100)] = 3,
    set_: SetOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run the same jobs under every load policy, over several seeds, and compare them in one table."""
    from msgspec.json import encode

    from tuiclu.experiments import policies as comparison

    wanted = list(comparison.POLICIES) if policies is None else [one.strip() for one in policies.split(",")]
    for name in wanted:
        if name not in comparison.POLICIES:
            meant = did_you_mean(name, comparison.POLICIES, Text("policies"))
            raise InputError(Text("there is no policy `{name}`", name=name), "--policies", meant)
    language = language_for(lang)
    loaded = with_trust_settled(loaded_from(scenario, set_ or []), trust, language)
    needs_an_end(plan_of(loaded), scenario, None, Text("Add `--set until=60s`."))
    first = loaded.file.seed
    compared = comparison.compare_policies(loaded, wanted, range(first, first + seeds))
    if json:
        data(encode(compared).decode())
        return
    for line in comparison.table(compared, language):
        say(line)


@room.command()
@command
def faults(
    scenario: ScenarioArgument,
    strategies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Move by each of these strategies, or by `all` (default: as the scenario says)."
        ),
    ] = None,
    depth: Annotated[int, typer.Option(help="How many faults one after the other.", min=1, max=2)] = 1,
    cells: Annotated[int, typer.Option(help="How many runs of each strategy, drawn evenly; 0: all.", min=0)] = 200,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what is found; go on from there if it was broken off.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit's XML for continuous integration.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write every bad run there, as a scenario.")
    ] = None,
    set_: SetOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    trust: TrustOption = False,
    lang: LangOption = None,
) -> None:
    """Run a scenario once more for each instant of its migrations, each fault and each node that it could hit: who has the process then?"""
    from msgspec.json import encode

    from tuiclu.experiments import faults_table
    from tuiclu.experiments.faults import explored
    from tuiclu.scenario.schema import STRATEGIES

    language = language_for(lang)
    loaded = with_trust_settled(loaded_from(scenario, set_ or []), trust, language)
    needs_an_end(plan_of(loaded), scenario, None, Text("Add `--set until=60s`."))
    wanted: list[str | None] = [None]
    if strategies is not None:
        wanted = [*STRATEGIES] if strategies == "all" else [one.strip() for one in strategies.split(",")]
    suites, found, bad = {}, [], 0
    for strategy in wanted:
        explored_ = explored(loaded, strategy, depth, cells, results, out)
        suites[strategy or ""] = explored_.judgements
        found.append(faults_table.as_data(strategy, explored_))
        bad += explored_.bad
        if not json:
            for line in [*faults_table.table(strategy, explored_, language, terminal_columns()), ""]:
                say(line)
    if junit is not None:
        write_text(junit, faults_table.as_junit(scenario, suites), "--junit")
    if json:
        data(encode({"scenario": scenario, "depth": depth, "matrices": found}).decode())
    raise typer.Exit(FAILED if bad else OK)
