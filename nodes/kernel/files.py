"""Open files of a process. Plain data: it moves with the process as one row.

A process has its standard input (given when it starts), output and error (captured by whoever watches), `/dev/null`, and can read the
files that lie on some node (`file_service`).
"""

from __future__ import annotations

import enum

import msgspec

MAX_DESCRIPTORS = 256


class FileKind(enum.StrEnum):
    INPUT = "input"
    """The bytes given at the start, read from `offset`."""
    OUTPUT = "output"
    """Captured; `descriptor` says as which stream."""
    NULL = "null"
    FILE = "file"
    """One that lies on a node, read from `offset`."""


class OpenFile(msgspec.Struct):
    """An open file description, shared by all descriptors that were duplicated from one."""

    kind: FileKind
    stream: int = 0
    """Of an OUTPUT: 1 for standard output, 2 for standard error."""
    content: bytes = b""
    offset: int = 0
    path: str = ""
    """Of a FILE: which one."""
    buffer_at: int = 0
    buffer: bytes = b""
    """Of a FILE: what was read ahead, and where it begins."""
    asked: int | None = None
    """Of a FILE: the offset for which an answer is on its way."""


class FileTable(msgspec.Struct):
    """Descriptor to open file. `open_files` holds each once, so that sharing survives a move; the place of one that no
    descriptor leads to is taken by the next."""

    open_files: list[OpenFile]
    descriptors: dict[int, int]
    """Descriptor to index in `open_files`."""

    @classmethod
    def standard(cls, stdin: bytes) -> FileTable:
        """Return what a new process has: descriptors 0, 1 and 2."""
        return cls(
            [
                OpenFile(FileKind.INPUT, content=stdin),
                OpenFile(FileKind.OUTPUT, stream=1),
                OpenFile(FileKind.OUTPUT, stream=2),
            ],
            {0: 0, 1: 1, 2: 2},
        )

    def get(self, descriptor: int) -> OpenFile | None:
        """Return the open file behind a descriptor; None: it is not open."""
        index = self.descriptors.get(descriptor)
        return None if index is None else self.open_files[index]

    def open(self, file: OpenFile) -> int | None:
        """Return the lowest free descriptor, now open on `file`; None: too many."""
        descriptor = self._lowest_free(0)
        if descriptor is not None:
            in_use = set(self.descriptors.values())
            places = range(len(self.open_files))
            place = next((place for place in places if place not in in_use), len(places))
            self.open_files[place : place + 1] = [file]
            self.descriptors[descriptor] = place
        return descriptor

    def duplicate(self, descriptor: int, *, at_least: int = 0, exactly: int | None = None) -> int | None:
        """Return a second descriptor for the same open file; None: `descriptor` is not open, or there are too many."""
        index = self.descriptors.get(descriptor)
        new = exactly if exactly is not None else self._lowest_free(at_least)
        if index is None or new is None or not 0 <= new < MAX_DESCRIPTORS:
            return None
        self.descriptors[new] = index
        return new

    def close(self, descriptor: int) -> bool:
        """Close a descriptor; tell whether it was open."""
        return self.descriptors.pop(descriptor, None) is not None

    def _lowest_free(self, start: int) -> int | None:
        return next((number for number in range(start, MAX_DESCRIPTORS) if number not in self.descriptors), None)
