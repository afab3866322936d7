"""The command line: it brings the commands together, and starts the one that is asked for."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

import typer

from nodes.wire.text import Text
from tuiclu.commands import comparing, lessons, pages, recordings, runs, screen, snapshots
from tuiclu.commands.app import FAILED, INTERRUPTED, OK, app, reader, status_of, tell_user
from tuiclu.errors import InputError
from tuiclu.harmless import open_standard_streams
from tuiclu.texts import language_of
from tuiclu.usage import UsageError, explained, language_in

__all__ = ["app", "main"]

for one in (runs, screen, recordings, comparing, snapshots, lessons, pages):
    app.add_typer(one.room)


def main() -> None:
    """Run the command line; called by the installed script and by `python -m tuiclu`."""
    if "stdout" in open_standard_streams():
        tell_user(Text("standard output is closed: nothing can be shown."), language_of(os.environ))
        sys.exit(InputError.exit_status)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` wants it
            signal.signal(number, _ended)
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status = app(prog_name="tuiclu", standalone_mode=False)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except typer.Abort:
        sys.exit(FAILED)
    except Exception as error:  # noqa: BLE001 - where there is no command yet: in the help, or what is wrong with the line
        wrong = explained(error) if isinstance(error, UsageError) else error
        sys.exit(status_of(wrong, reader(language_in(sys.argv[1:]))))
    sys.exit(status if isinstance(status, int) else OK)


def _ended(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)  # by way of an exception, so that every process is ended on the way out
