"""The command line: it brings the commands together, and starts the one that is asked for."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from nodes.wire.text import Text
from tuiclu.commands import comparing, lessons, pages, recordings, runs, screen, snapshots
from tuiclu.commands.app import app, tell_user
from tuiclu.errors import InputError
from tuiclu.harmless import open_standard_streams
from tuiclu.texts import language_of

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
    app(prog_name="tuiclu")


def _ended(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)  # by way of an exception, so that every process is ended on the way out
