"""What many runs have given, in a file: a line of JSON for each, written as soon as it is known. Whoever breaks off loses nothing."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

import msgspec

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


One = TypeVar("One", bound=Keyed)


class Results(Generic[One]):
    """The lines of a file, by their keys. Use as a context manager.

    `path` None: nothing is kept. Raises InputError if the file cannot be read or written, or is something else. A last line that was not
    written to its end is taken away.
    """

    def __init__(self, path: Path | None, kind: type[One]) -> None:
        self.known: dict[str, One] = {}
        self._file: BinaryIO | None = None
        if path is None:
            return
        try:
            self._file = path.open("a+b")
            self._file.seek(0)
            self._read(path, kind)
        except OSError as error:
            raise self._refused(error, path) from None

    def _read(self, path: Path, kind: type[One]) -> None:
        assert self._file is not None
        whole = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                one = msgspec.json.decode(line, type=kind)
            except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError among them
                self._file.close()
                meant = Text("Name a file that was written by this command, or a new one.")
                raise InputError(Text("this is no line of results"), f"{path}:{number}", meant) from None
            self.known[one.key] = one
            whole += len(line)
        self._file.truncate(whole)

    def __enter__(self) -> Results[One]:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, one: One) -> None:
        """Write one more, to the end of its line. Raises InputError if that cannot be."""
        self.known[one.key] = one
        if self._file is None:
            return
        try:
            self._file.write(msgspec.json.encode(one) + b"\n")
            self._file.flush()
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.close()
            raise self._refused(error, Path(os.fsdecode(self._file.name))) from None

    @staticmethod
    def _refused(error: OSError, path: Path) -> InputError:
        return InputError(Text("the results cannot be kept: {why}", why=system_says(error)), str(path))
