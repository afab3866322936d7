"""Whether the Python that lies beside a scenario may be executed: it could do whatever its user can.

Nobody's code runs because a scenario was opened. Somebody says `--trust`, or answers a question at the terminal; the answer is remembered
for the folder and for what the modules say at the time, so that it is asked about again when either changes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.scenario.plugins import UsersCode
from tuiclu.state import state_folder
from tuiclu.texts import told

FILE = "trusted.jsonl"
"""In the folder of what is kept: a line for each folder and content."""

QUESTION = Text(
    "{classes}: this scenario runs Python from {files} in {folder}, which can do whatever you can. Do you trust it? [y/N] "
)
YES = ("y", "yes", "s", "si", "sí")
ANNOUNCEMENT = Text("{classes}: Python from {files} in {folder} is executed, {why}.")
WHY = {
    "asked": Text("as --trust says"),
    "remembered": Text("as you have allowed"),
    "answered": Text("as you have allowed"),
}


class Trusted(msgspec.Struct, frozen=True):
    """Something that was allowed once."""

    folder: str
    digest: str


@dataclass(frozen=True)
class Trust:
    """What a session may execute."""

    everything: bool = False
    """`--trust`: whatever lies beside the scenario."""
    answered: str = ""
    """The digest of what was allowed a moment ago, also where nothing can be kept."""

    def admit(self, code: UsersCode) -> UsersCode:
        """Return code as it may be executed. Raises InputError at the place of its first class if it may not."""
        if not code.classes or self.everything or code.modules.digest == self.answered or _is_remembered(code):
            return replace(code, trusted=True)
        raise untrusted(code)


def untrusted(code: UsersCode) -> InputError:
    """Return the error that says that code may not be executed."""
    first = code.classes[0]
    what = Text(
        "`{name}` is Python from {files} beside the scenario, which can do whatever you can",
        name=first.text,
        files=_files(code),
    )
    return InputError(what, first.where, Text("Read it; if you trust it, say `--trust`."))


def settle(
    code: UsersCode,
    *,
    asked_for: bool,
    ask: Callable[[str], str] | None,
    announce: Callable[[str], None],
    lang: str = "en",
) -> UsersCode:
    """Have it settled whether code may be executed, and say so; return it as it may be.

    `asked_for`: the user has said `--trust`. `ask` puts a question at the terminal and returns what was answered; None: there is none.
    Raises InputError if it may not.
    """
    if not code.classes:
        return code
    why = "asked" if asked_for else "remembered" if _is_remembered(code) else ""
    about = {"classes": _classes(code), "files": _files(code), "folder": code.modules.folder}
    if not why and ask is not None and ask(told(QUESTION.filled(**about), lang)).strip().lower() in YES:
        why = "answered"
        remember(code)
    if not why:
        raise untrusted(code)
    announce(told(ANNOUNCEMENT.filled(**about, why=WHY[why]), lang))
    return replace(code, trusted=True)


def remember(code: UsersCode, folder: Path | None = None) -> None:
    """Remember that this content may be executed where it lies, or in `folder`. Where nothing can be kept, it is asked about again."""
    if not code.classes:
        return
    entry = Trusted(str(folder.resolve()) if folder is not None else code.modules.folder, code.modules.digest)
    if _has(entry):
        return
    with contextlib.suppress(OSError, InputError):
        descriptor = os.open(_file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(entry) + b"\n")


def _is_remembered(code: UsersCode) -> bool:
    return _has(Trusted(code.modules.folder, code.modules.digest))


def _has(entry: Trusted) -> bool:
    with contextlib.suppress(OSError, InputError):
        for line in _file().read_bytes().splitlines():
            with contextlib.suppress(ValueError):  # DecodeError and UnicodeDecodeError among them
                if msgspec.json.decode(line, type=Trusted) == entry:
                    return True
    return False


def _file() -> Path:
    return state_folder() / FILE


def _classes(code: UsersCode) -> str:
    return ", ".join(dict.fromkeys(one.text for one in code.classes))


def _files(code: UsersCode) -> str:
    return ", ".join(code.files)
