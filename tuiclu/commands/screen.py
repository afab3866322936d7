"""Commands that open a screen: `open`, and the pictures of the pages."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from nodes.parent import python_command
from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.commands.app import LangOption, command
from tuiclu.commands.given import (
    FromOption,
    ParamOption,
    ProgressOption,
    QuizOption,
    SetOption,
    SpeedOption,
    TrustOption,
    VariantOption,
    duration_of,
    language_for,
    lesson_name,
    loaded_from,
    settings_of,
    trust_of_session,
)
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import say

if TYPE_CHECKING:
    from tuiclu.language.names import LessonPace
    from tuiclu.live.front import Start
    from tuiclu.scenario.parser import Scenario
    from tuiclu.tui.following import Next

room = typer.Typer()


PaceOption = Annotated[
    str | None,
    typer.Option(
        help="Of a lesson: lecture (what is said waits for a key), auto (it waits as long as reading takes) or real (nothing waits).",
        autocompletion=shell.paces,
    ),
]


AsciiOption = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters alone.")]


PlainOption = Annotated[bool, typer.Option("--plain", help="No screen: sentences, and commands line by line.")]


ThemeOption = Annotated[
    str | None, typer.Option(help="dark, light, contrast, 16 (colours) or mono.", autocompletion=shell.themes)
]


@room.command("open")
@command
def open_(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="A scenario file or the name of a bundled demo.",
            autocompletion=shell.scenarios,
        ),
    ] = None,
    from_: FromOption = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn at random.", min=0)] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Virtual time at which it stands still at the latest: 10s.")
    ] = None,
    set_: SetOption = None,
    param: ParamOption = None,
    variant: VariantOption = None,
    speed: SpeedOption = None,
    paused: Annotated[bool, typer.Option("--paused", help="Time stands still at first.")] = False,
    pace: Annotated[
        str | None,
        typer.Option(
            help="Of a lesson: lecture (what is said waits for a key), auto (it waits as long as reading takes) or real (nothing waits).",
            autocompletion=shell.paces,
        ),
    ] = None,
    lang: LangOption = None,
    theme: Annotated[
        str | None,
        typer.Option(help="dark, light, contrast, 16 (colours) or mono.", autocompletion=shell.themes),
    ] = None,
    ascii_: Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters alone.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No screen: sentences, and commands line by line.")] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Watch only: refuse what changes the cluster.")
    ] = False,
    expert: Annotated[bool, typer.Option("--expert", help="Do not ask before what is harmful.")] = False,
    journal: Annotated[Path | None, typer.Option(help="Folder for the journal of the session.")] = None,
    snapshots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write each snapshot to a file NUMBER.snapshot there.")
    ] = None,
    quiz: QuizOption = False,
    progress: ProgressOption = None,
    trust: TrustOption = False,
) -> None:
    """Open the screen on a scenario, or on four workstations that live for ever. The command that is meant where none is named."""
    from tuiclu.bundled import is_file_name, workstations
    from tuiclu.live.front import Start

    duration_of("--until", until)
    overrides = settings_of(set_, param, variant, seed, until)
    language = language_for(lang)
    if scenario == "-":
        raise InputError(Text("the screen cannot read a scenario from standard input"), "-", Text("Give it a file."))
    source = from_ or scenario or str(workstations())
    is_demo = scenario is not None and not is_file_name(source)
    show_screen(
        source,
        overrides,
        start=Start(
            speed,
            paused,
            pace_of(pace, "lecture" if is_demo or quiz else None, plain=plain),
            quiz=(lesson_name(source), str(progress.resolve()) if progress is not None else "") if quiz else ("", ""),
        ),
        looks=Looks(language, theme, ascii_, plain, read_only, expert),
        folder=str(journal) if journal is not None else None,
        trust=trust,
        snapshots=str(snapshots) if snapshots is not None else "",
    )


class Looks(NamedTuple):
    """How a live cluster is looked at."""

    language: str
    theme: str | None
    ascii_only: bool
    plain: bool
    read_only: bool = False
    expert: bool = False


def show_screen(
    source: str,
    overrides: list[str],
    *,
    start: Start,
    looks: Looks,
    folder: str | None,
    trust: bool,
    address: str = "",
    snapshots: str = "",
) -> NoReturn:
    """Show a scenario until the user has had enough. `address`: what its moments are called by, where that is not its source.

    `snapshots` is a folder to which they are written; empty: none is.
    """

    def load() -> Scenario:
        return replace(loaded_from(source, overrides), snapshots_to=snapshots)

    if looks.theme is not None and looks.theme not in shell.THEMES:
        meant = did_you_mean(looks.theme, shell.THEMES, Text("themes"))
        raise InputError(Text("there is no theme `{theme}`", theme=looks.theme), "--theme", meant)
    lang = looks.language
    trusted = trust_of_session(source, overrides, trust, lang)
    if looks.plain:
        from tuiclu.live.plain import converse

        status, kept = converse(
            source, load, lang=lang, read_only=looks.read_only, folder=folder, trust=trusted, start=start
        )
    else:
        from tuiclu.tui.opening import open_screen

        status, kept, following = open_screen(
            source,
            load,
            lang=lang,
            theme=looks.theme,
            ascii_only=looks.ascii_only,
            read_only=looks.read_only,
            expert=looks.expert,
            folder=folder,
            trust=trusted,
            start=start,
            address=address or source,
            overrides=overrides,
        )
        if following is not None:
            _open_again(following, start, looks, trust)
    say(f"{kept}/session.yaml", error=True)
    raise typer.Exit(status)


def _open_again(following: Next, start: Start, looks: Looks, trust: bool) -> NoReturn:
    """Open the screen on something else, in place of this process: a cluster begins before anything of a screen is loaded."""
    command = python_command("tuiclu", "open", following.source, "--lang", following.lang)
    for one in following.overrides:
        command += ["--set", one]
    options = {"--ascii": looks.ascii_only, "--read-only": looks.read_only, "--expert": looks.expert, "--trust": trust}
    command += [option for option, wanted in options.items() if wanted]
    command += ["--theme", looks.theme] if looks.theme is not None else []
    command += ["--pace", start.pace] if start.pace is not None else []
    command += ["--quiz"] if start.quiz[0] else []
    command += ["--progress", start.quiz[1]] if start.quiz[1] else []
    os.execv(command[0], command)  # noqa: S606 - it is ourselves


def pace_of(asked: str | None, usual: LessonPace | None, *, plain: bool) -> LessonPace | None:
    """Return the pace of a lesson: as asked for, else the usual one of a screen; None: as the scenario says."""
    from tuiclu.language.names import PACES

    if asked is None:
        return "real" if plain else usual
    for one in PACES:
        if one == asked:
            return one
    raise InputError(Text("there is no pace `{pace}`", pace=asked), "--pace", did_you_mean(asked, PACES, Text("paces")))


@room.command(hidden=True)
@command
def gallery(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pictures are put.")],
) -> None:
    """Draw the pictures of the documentation anew: every view, as SVG."""
    from tuiclu.tui.gallery import draw_gallery

    draw_gallery(folder, lambda demo: loaded_from(demo, []), say)
