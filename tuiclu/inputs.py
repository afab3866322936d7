"""Files that a user names, read: whatever they turn out to be, there is a content or one InputError."""

from __future__ import annotations

import io
import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nodes.wire.machine import system_says
from nodes.wire.text import NOTHING, Text
from tuiclu.errors import InputError

PATIENCE_MS = 5000
"""So long somebody may take to begin to write into a pipe."""


def open_input(path: str | Path, meant: Text) -> BinaryIO:
    """Open a file for reading; the caller closes it. Raises InputError, which says `meant` where there is none."""
    name = str(path).replace("\0", "?")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise InputError(Text("there is no such file"), name, meant) from None
    except PermissionError:
        raise InputError(Text("this file may not be read"), name, Text("Look at its permissions.")) from None
    except (OSError, ValueError) as error:
        reason = system_says(error)
        raise InputError(Text("this file cannot be read: {why}", why=reason), name) from None
    kind = os.fstat(descriptor).st_mode
    problem, name_what = NOTHING, Text("Name a file.")
    if stat.S_ISDIR(kind):
        problem, name_what = Text("this is a directory"), Text("Name a file in it.")
    elif stat.S_ISFIFO(kind) and not _has_a_writer(descriptor):
        problem = Text("this is a pipe into which nobody writes")
    if problem:
        os.close(descriptor)
        raise InputError(problem, name, name_what)
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


def is_file(path: str | Path) -> bool:
    """Tell whether a path that a user has named leads to a file. One that cannot lead anywhere, as it is too long for one, does not."""
    return os.path.isfile(path)  # noqa: PTH113 - the method of a path may raise


def is_folder(path: str | Path) -> bool:
    """Tell whether it leads to a folder."""
    return os.path.isdir(path)  # noqa: PTH112 - as above


def is_there(path: str | Path) -> bool:
    """Tell whether it leads to anything."""
    return os.path.exists(path)  # noqa: PTH110 - as above


def at_home(path: str | Path) -> Path:
    """Return a path with the folder in place of a `~`; as it is where nobody of that name has one."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - as above


def begins_with(path: str | Path, beginning: bytes) -> bool:
    """Tell whether a file begins so. Only into a plain file is looked: what is taken from a pipe is gone."""
    try:
        with Path(path).open("rb") if is_file(path) else io.BytesIO() as file:
            return file.read(len(beginning)) == beginning
    except OSError:
        return False


def lines_of(stream: BinaryIO, longest: int) -> Iterator[bytes]:
    """Yield the lines of a file one by one; of one that is longer, no more than one byte beyond `longest`."""
    while line := stream.readline(longest + 1):
        yield line


def _has_a_writer(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(PATIENCE_MS))
