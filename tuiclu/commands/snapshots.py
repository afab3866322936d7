"""Commands about snapshots: `snapshot show`, `snapshot tokens`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nodes.wire.text import Text
from tuiclu.commands.app import FAILED, OK, LangOption, command
from tuiclu.commands.given import language_for, write_text
from tuiclu.counted import how_many
from tuiclu.errors import InputError
from tuiclu.harmless import say
from tuiclu.texts import told

room = typer.Typer()
snapshots = typer.Typer(help="Distributed snapshots.", pretty_exceptions_enable=False, rich_markup_mode=None)
room.add_typer(snapshots, name="snapshot")


@snapshots.command()
@command
def show(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A snapshot, as `tuiclu run --snapshots FOLDER` writes it.")
    ],
    lang: LangOption = None,
) -> None:
    """Show what a recorded state of the whole cluster holds: processes, channels, and what it comes to."""
    from tuiclu.inputs import open_input
    from tuiclu.model.snapshot_file import NotASnapshot, described, read_snapshot

    meant = Text("It is what `tuiclu run SCENARIO --snapshots FOLDER` writes.")
    with open_input(file, meant) as stream:
        content = stream.read()
    try:
        lines = described(read_snapshot(content), language_for(lang))
    except NotASnapshot as error:
        raise InputError(Text("this is not a snapshot: {why}", why=str(error)), file, meant) from None
    for line in lines:
        say(line)


@snapshots.command()
@command
def tokens(
    topology: Annotated[Path, typer.Argument(metavar="FILE.top", help="Servers with their tokens, and the channels.")],
    events: Annotated[Path, typer.Argument(metavar="FILE.events", help="Who sends, and who begins a snapshot, when.")],
    seed: Annotated[int, typer.Option(help="Of the delays in the channels.", min=0)] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Write each snapshot to a file NUMBER.snap.")
    ] = None,
    lang: LangOption = None,
) -> None:
    """Run a world of tokens (the files of Princeton's COS 418) through Chandy and Lamport's algorithm, and show its snapshots."""
    language = language_for(lang)
    from tuiclu.experiments import tokens as world

    servers = world.read_topology(topology)
    recorded = world.play(servers, world.read_events(events, servers), seed=seed)
    total = sum(servers.tokens.values())
    for state in recorded:
        if output is not None:
            write_text(output / f"{state.number}.snap", state.text(), "--output")
        else:
            say(state.text())
    wrong = [state.number for state in recorded if state.total != total]
    verdict = (
        Text("{snapshots}, tokens in each: {total}", snapshots=how_many(len(recorded), "snapshot"), total=total)
        if not wrong
        else Text("FAILED  not {total} tokens in {wrong}", total=total, wrong=wrong)
    )
    say(told(verdict, language), error=output is None)
    raise typer.Exit(FAILED if wrong else OK)
