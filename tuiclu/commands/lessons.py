"""Commands about lessons: `demos`, `tour`."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from nodes.parent import python_command
from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.commands.app import FAILED, INTERRUPTED, OK, LangOption, command
from tuiclu.commands.given import QuizOption, asked_at_terminal, language_for, loaded_from, terminal_columns
from tuiclu.commands.screen import PlainOption
from tuiclu.errors import InputError, did_you_mean
from tuiclu.harmless import say
from tuiclu.texts import told

room = typer.Typer()


@room.command()
@command
def demos(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Only this one, and how to see it.", autocompletion=shell.demos),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One name a line.")] = False,
    lang: LangOption = None,
) -> None:
    """List the bundled demos."""
    from tuiclu import listings
    from tuiclu.bundled import demo_files
    from tuiclu.lessons.course import course

    language, files = language_for(lang), demo_files()
    if name is not None and name not in files:
        raise InputError(Text("there is no demo `{name}`", name=name), None, did_you_mean(name, files, Text("demos")))
    if quiet:
        lines = list(files) if name is None else [name]
    elif name is None:
        lines = listings.demos(
            {one: loaded_from(str(file), []) for one, file in files.items()}, course(), language, terminal_columns()
        )
    else:
        lines = listings.demo(name, loaded_from(str(files[name]), []), course(), language, terminal_columns())
    for line in lines:
        say(line)


@room.command()
@command
def tour(
    first: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The lesson to begin with.", autocompletion=shell.demos),
    ] = None,
    plain: PlainOption = False,
    quiz: QuizOption = False,
    lang: LangOption = None,
) -> None:
    """Play the course, lesson after lesson: on the screen, or told in sentences where there is no terminal."""
    from tuiclu import listings
    from tuiclu.bundled import demo_files
    from tuiclu.lessons.course import course

    language, lessons, files = language_for(lang), course(), demo_files()
    if first is not None and first not in lessons:
        raise InputError(
            Text("there is no demo `{name}`", name=first), None, did_you_mean(first, lessons, Text("demos"))
        )
    at_screen = not plain and sys.stdin.isatty() and sys.stderr.isatty()
    left = list(lessons)[lessons[first].number - 1 :] if first is not None else list(lessons)
    failed = False
    while left:
        name = left[0]
        for line in listings.demo(name, loaded_from(str(files[name]), []), lessons, language, terminal_columns()):
            say(line)
        answer = (
            asked_at_terminal(told(Text("return: play it; s: the next one; q: enough > "), language))
            if at_screen
            else ""
        )
        if (at_screen and answer.strip().lower() in ("q", "quit")) or (at_screen and not answer):
            break
        if answer.strip().lower() != "s":
            failed |= _play_lesson(name, at_screen, language, quiz=quiz) not in (OK, INTERRUPTED)
        if not at_screen or answer.strip().lower() == "s" or not _wanted_again(language):
            left.pop(0)
    raise typer.Exit(FAILED if failed else OK)


def _play_lesson(name: str, at_screen: bool, language: str, *, quiz: bool) -> int:
    """Show a lesson in a process of its own, and return its exit status: a cluster begins before anything of a screen is loaded."""
    command = python_command("tuiclu", "open" if at_screen else "run", name, "--lang", language)
    command += ["--quiz"] if quiz else []
    return subprocess.run(command, check=False).returncode


def _wanted_again(language: str) -> bool:
    return asked_at_terminal(told(Text("return: go on; r: once more > "), language)).strip().lower() == "r"
