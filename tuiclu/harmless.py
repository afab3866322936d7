"""Texts that are not ours, made fit for a terminal: what guests print, names and sentences from files, what exceptions say.

An escape code in them could rewrite the screen, the title or the clipboard of whoever looks. So everything that people read goes through
`harmless` on its last few steps: results, narration, errors, logs. What programs read (`--json`, `--events`) is exact data, and does not.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from pathlib import Path

from nodes.wire.machine import system_says
from nodes.wire.text import NOTHING, Text
from tuiclu.errors import MachineError

_KEPT = "\n\t"
_BLANKS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{FIGURE SPACE}"


def harmless(text: str) -> str:
    """Return a text in which a terminal finds nothing to obey: what is no visible character is written as in Python, `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _KEPT or one in _BLANKS else _written(one) for one in text)


def one_line(text: str) -> str:
    """Return a text as it may stand in one line: blanks for the ends of its lines."""
    return harmless(" ".join(text.split()))


def say(text: str = "", *, error: bool = False, end: str = "\n") -> None:
    """Write something for people to read to standard output, or to standard error."""
    _write(f"{harmless(text)}{end}", error=error)


def data(text: str) -> None:
    """Write something for programs to read to standard output: exactly this, and the end of the line."""
    _write(f"{text}\n")


def flush() -> None:
    """See to it that what was written has left. Raises MachineError if it cannot."""
    _write("")


def _write(text: str, *, error: bool = False) -> None:
    import typer  # not by who only makes a text harmless

    try:
        typer.echo(text, err=error, nl=False)
    except BrokenPipeError:  # whoever reads has had enough
        raise
    except OSError as failed:
        place = Text("standard error") if error else Text("standard output")
        raise MachineError(Text("this cannot be written: {why}", why=system_says(failed)), place) from None


class HarmlessFormatter(logging.Formatter):
    """Writes records for people to read."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


class LogFile(logging.FileHandler):
    """The human log in a file. What cannot be written costs no run: `refused` says why."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, mode="w", encoding="utf-8")
        self.setFormatter(HarmlessFormatter())
        self.refused = NOTHING

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - named by logging
        self.refused = self.refused or Text("this cannot be written: {why}", why=system_says(sys.exc_info()[1]))

    def close(self) -> None:
        try:
            super().close()
        except OSError as error:
            self.refused = self.refused or Text("this cannot be written: {why}", why=system_says(error))


def open_standard_streams() -> list[str]:
    """See to it that the three standard streams exist, and take every text; return the names of those that were closed.

    Those become like the null device: else the next file that is opened would take their place. What reaches standard error is harmless
    from now on, also where others write: what is wrong with a command line, and warnings. The screen writes to `sys.__stderr__`.
    """
    closed = []
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            closed.append(name)
            stream = open(os.devnull, "r" if number == 0 else "w", encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)  # where it stays open although another one writes to the same file
    with contextlib.suppress(AttributeError, OSError):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr = _HarmlessStream(sys.stderr.buffer, sys.stderr.encoding, "backslashreplace", line_buffering=True)
    return closed


class _HarmlessStream(io.TextIOWrapper):
    def write(self, text: str) -> int:
        super().write(harmless(text))
        return len(text)


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
