"""Where what tuiclu remembers of a user is kept: a folder that is the user's own, and nobody else's."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from nodes.wire.machine import system_says
from nodes.wire.text import Text, listed
from tuiclu.errors import InputError


def state_folder() -> Path:
    """Return the folder, which exists then: in the user's home, else where temporary files are. Raises InputError if there is none."""
    reasons: list[Text] = []
    for folder in _places():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            status = folder.lstat()
        except (OSError, ValueError) as error:
            reasons.append(_tried(folder, system_says(error)))
            continue
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            reasons.append(_tried(folder, Text("it belongs to somebody else")))
        elif status.st_mode & stat.S_IWOTH:
            reasons.append(_tried(folder, Text("everybody may write to it")))
        elif not os.access(folder, os.W_OK | os.X_OK):
            reasons.append(_tried(folder, Text("it cannot be written to")))
        else:
            return folder
    raise InputError(
        Text("there is no folder for what is to be kept"),
        None,
        Text("Set XDG_STATE_HOME to one. Tried: {tried}.", tried=listed(reasons, "; ")),
    )


def _tried(folder: Path, reason: Text) -> Text:
    return listed((str(folder), reason), ": ")


def _places() -> Iterator[Path]:
    """Yield the folders that may do, the best first."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        yield Path(given, "tuiclu")
    with contextlib.suppress(RuntimeError):  # nobody says where the home is
        yield Path.home() / ".local" / "state" / "tuiclu"
    yield Path(os.environ.get("TMPDIR") or "/tmp", f"tuiclu-{os.getuid()}")  # noqa: S108 - it is looked whose it is
