"""The short road for large payloads: memory that all nodes of a cluster share, so that pages need not pass through the engine.

It is one file without a name, of which each node fills a part of its own from the beginning; the frame on the wire then carries only where
its payload is. Who takes a payload frees its memory. What a payload costs on the emulated wire does not depend on the road.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
import tempfile

LARGE_BYTES = 32 * 1024
"""Payloads from this size on take the short road."""
_PART_BYTES = 1 << 40
_KEEP_SIZE, _PUNCH_HOLE = 1, 2

Reference = tuple[int, int]
"""Where a payload is: offset and length."""


def new_bulk() -> int:
    """Return the descriptor of a new shared file. It is the caller's to close."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("tuiclu-pages")
    return new_file()


def new_file() -> int:
    """Return the descriptor of a new file without a name, where temporary files are; where none can be, it is in memory.

    It is the caller's to close.
    """
    try:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOTDIR) or not hasattr(
            os, "memfd_create"
        ):
            raise
        return os.memfd_create("tuiclu-file")


class Bulk:
    """A node's access to the shared file. `part` is its number among the nodes, `descriptor` the file."""

    def __init__(self, descriptor: int, part: int) -> None:
        self._file = descriptor
        self._next = part * _PART_BYTES
        self._end = self._next + _PART_BYTES

    def put(self, payload: bytes) -> Reference:
        """Store a payload for whoever gets the reference."""
        offset = self._next
        view = memoryview(payload)
        while view:
            written = os.pwrite(self._file, view, self._next)
            self._next += written
            view = view[written:]
        assert self._next < self._end, "a node has sent a tebibyte"
        return offset, len(payload)

    def take(self, reference: Reference) -> bytes:
        """Return a payload, and free its memory: it can be taken once."""
        offset, length = reference
        payload = os.pread(self._file, length, offset)
        assert len(payload) == length, "a payload is read whole"
        _free(self._file, offset, length)
        return payload


def _free(descriptor: int, offset: int, length: int) -> None:
    """Give the pages of a file back that lie in a range, where the system can do that."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):
            _libc.fallocate(descriptor, _KEEP_SIZE | _PUNCH_HOLE, ctypes.c_longlong(offset), ctypes.c_longlong(length))


_libc = ctypes.CDLL(None, use_errno=True)
