"""The application, and what every command is wrapped in: what it raises becomes one clear message and an exit status."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

from nodes.wire.machine import refusal
from nodes.wire.text import Text
from tuiclu import shell
from tuiclu.errors import EmulatorError, InputError, TuicluError
from tuiclu.harmless import flush, say
from tuiclu.texts import LANGUAGES, language_of, told
from tuiclu.version import __version__

OK, FAILED, INTERRUPTED = 0, 1, 130
FAILURES_KEPT = 20
"""Logs of bugs, the latest."""


app = typer.Typer(
    name="tuiclu",
    cls=shell.Commands,
    help="A cluster of real processes in your terminal, for teaching distributed process management.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


LangOption = Annotated[
    str | None,
    typer.Option(help="Language: en or es (default: that of the environment).", autocompletion=shell.languages),
]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Turn what a command raises into one clear message and an exit status. No traceback reaches a user."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        lang = reader(kwargs.get("lang"))
        try:
            function(*args, **kwargs)
            flush()
        except KeyboardInterrupt:
            tell_user(Text("interrupted; every process has been ended."), lang)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # whoever read our output has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except typer.Exit:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            raise typer.Exit(status_of(error, lang)) from None

    return guarded


def status_of(error: Exception, lang: str) -> int:
    """Say in one line what has gone wrong, and return the exit status: what a user or the machine does not let us do, or a bug.

    Of a bug the traceback is kept in a file.
    """
    if isinstance(error, TuicluError):
        _say_last(f"tuiclu: {error.told(lang)}")
        return error.exit_status
    refused = refusal(error)
    if refused is not None:
        _say_last(f"tuiclu: {told(Text('the machine does not let us go on: {refused}.', refused=refused), lang)}")
        return InputError.exit_status
    failure = EmulatorError(f"{type(error).__name__}: {error}", _keep_traceback())
    tell_user(failure.text, lang)
    return failure.exit_status


def tell_user(text: Text, lang: str) -> None:
    """Say to the user, on standard error, what is no result."""
    say(f"tuiclu: {told(text, lang)}", error=True)


def reader(asked: object) -> str:
    """Return the language of whoever reads: as asked for, if we speak it, else that of the environment."""
    return asked if isinstance(asked, str) and asked in LANGUAGES else language_of(os.environ)


def _say_last(line: str) -> None:
    """Say why we end, to whoever can still be told; what could not be written to standard output is given up."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with contextlib.suppress(OSError, TuicluError):
        say(line, error=True)


def _keep_traceback() -> str | None:
    """Write the traceback of the exception in hand into a file, and return its path; None: there is no room for it."""
    from tuiclu.state import state_folder

    try:
        folder = state_folder() / "failures"
        folder.mkdir(exist_ok=True, mode=0o700)
        for old in sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime)[: -(FAILURES_KEPT - 1)]:
            old.unlink(missing_ok=True)
        descriptor, path = tempfile.mkstemp(suffix=".log", dir=folder, text=True)
        with os.fdopen(descriptor, "w") as file:
            traceback.print_exc(file=file)
    except (OSError, InputError):
        return None
    return path


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=lambda asked: _show_version(asked), help="Show the version."),
    ] = False,
) -> None:
    pass


def _show_version(asked: bool) -> None:
    if asked:
        say(f"tuiclu {__version__}")
        raise typer.Exit
