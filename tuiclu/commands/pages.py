"""Commands that list and show, build and measure: `docs`, `programs`, `schema`, `build`, `bench`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.commands.app import LangOption, command
from tuiclu.commands.given import language_for, terminal_columns
from tuiclu.counted import how_many
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import data, say
from tuiclu.texts import told

room = typer.Typer()


@room.command()
@command
def docs(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A page; without it, all are listed.")] = None,
    lang: LangOption = None,
) -> None:
    """Show the reference pages."""
    language_for(lang)
    from tuiclu import docs as pages

    if topic is not None:
        _show_markdown(pages.page(topic))
        return
    for name, title in pages.topics().items():
        say(f"{name:<14}  {title}")


def _show_markdown(text: str) -> None:
    """Print a page: as it is to a file or a pipe, else drawn for this terminal, and through a pager where it is long."""
    if not sys.stdout.isatty():
        say(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if text.count("\n") < console.height:
        console.print(Markdown(text))
        return
    with console.pager(styles=True):
        console.print(Markdown(text))


@room.command()
@command
def programs(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Only this one.", autocompletion=shell.programs)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One name a line.")] = False,
    lang: LangOption = None,
) -> None:
    """List the bundled guest programs and their arguments."""
    from nodes.programs import CATALOGUE
    from tuiclu import listings

    language = language_for(lang)
    if name is not None and name not in CATALOGUE:
        raise InputError(
            Text("there is no program `{name}`", name=name), None, did_you_mean(name, CATALOGUE, Text("programs"))
        )
    shown = list(CATALOGUE.values()) if name is None else [CATALOGUE[name]]
    lines = [one.name for one in shown] if quiet else listings.programs(shown, language, terminal_columns())
    for line in lines:
        say(line)


@room.command()
@command
def schema(lang: LangOption = None) -> None:
    """Print the JSON Schema of the scenario format, for editors."""
    language_for(lang)
    import msgspec

    from tuiclu.scenario.published import json_schema

    data(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())


@room.command()
@command
def build(
    source: Annotated[Path, typer.Argument(metavar="FILE.c", help="The C source of a guest program.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.elf", help="Where to put it (default: beside the source)."),
    ] = None,
    lang: LangOption = None,
) -> None:
    """Compile a guest program (needs the `cc` extra)."""
    language = language_for(lang)
    from tuiclu.build import compile_program

    target = output or source.with_suffix(".elf")
    warnings = compile_program(source, target)
    if warnings:
        say(warnings, error=True)
    say(f"{target}: {told(how_many(target.stat().st_size, 'byte'), language)}")


@room.command()
@command
def bench(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    only: Annotated[str | None, typer.Option(help="Run one benchmark only.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter runs: less exact.")] = False,
    lang: LangOption = None,
) -> None:
    """Measure this machine: figures as ratios against its own limits, taken in the same run."""
    lang = language_for(lang)
    from tuiclu.bench import BENCHMARKS, run_benchmarks

    if only is not None and only not in BENCHMARKS:
        raise InputError(
            Text("there is no benchmark `{only}`", only=only),
            "--only",
            did_you_mean(only, BENCHMARKS, Text("benchmarks")),
        )
    run_benchmarks(only=only, quick=quick, as_json=json, echo=say, lang=lang)
