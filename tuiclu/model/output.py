"""What processes have written, in bounded memory: exact up to EXACT_BYTES, of more the beginning, the end, and a digest of all.

Of those that have ended no more than ALL_BYTES are kept together: the oldest are shortened first.
"""

from __future__ import annotations

import hashlib
from collections import deque

EXACT_BYTES = 1 << 20
"""What is no longer than this is kept whole; of what is longer, this much of its beginning"""
LAST_BYTES = 4096
"""and this much of its end."""
ALL_BYTES = 64 << 20
"""How much is kept of all who have ended together, beside the beginnings and the ends of those that were shortened."""


class Output:
    """The bytes of one process."""

    def __init__(self) -> None:
        self.size = 0
        """How many bytes it has written."""
        self._first = bytearray()
        self._last = b""
        self._digest = hashlib.sha256()
        """Of all, as soon as there are more than are kept."""
        self.is_exact = True
        """Whether all of it is kept."""

    def __bool__(self) -> bool:
        return self.size > 0

    def __deepcopy__(self, memo: dict[int, object]) -> Output:
        copied = Output()
        copied.__dict__ |= self.__dict__ | {"_first": bytearray(self._first), "_digest": self._digest.copy()}
        return copied

    def add(self, data: bytes) -> None:
        """Take what was written behind the rest."""
        room = EXACT_BYTES - len(self._first)
        kept, rest = data[:room], data[room:]
        self._first += kept
        self.size += len(data)
        if not rest:
            return
        if self.is_exact:
            self._digest.update(self._first)
            self.is_exact = False
        self._digest.update(rest)
        self._last = (self._last + rest)[-LAST_BYTES:]

    @property
    def kept(self) -> int:
        """How many bytes are kept."""
        return len(self._first) + len(self._last)

    def shorten(self) -> None:
        """Keep LAST_BYTES at most of the beginning and of the end of what is written and will not grow any more."""
        if self.kept <= 2 * LAST_BYTES:
            return
        if self.is_exact:
            self._digest.update(self._first)
            self._last = bytes(self._first[-LAST_BYTES:])
            self.is_exact = False
        self._first = self._first[:LAST_BYTES]

    def content(self) -> bytes:
        """Return all of it, or the beginning and the end with a mark between them: of two that are equal all bytes were equal."""
        if self.is_exact:
            return bytes(self._first)
        left_out = self.size - len(self._first) - len(self._last)
        mark = f"\n[... {left_out:,} bytes are not kept; SHA-256 of all {self.size:,} bytes: {self._digest.hexdigest()} ...]\n"
        return bytes(self._first) + mark.encode() + self._last

    def end(self, size: int = 2000) -> bytes:
        """Return the last bytes, of what is not exact LAST_BYTES at most."""
        return bytes(self._first[-size:]) if self.is_exact else self._last[-size:]


class EndedOutputs:
    """What all who have ended have written, as much as is kept of it."""

    def __init__(self) -> None:
        self._exact: deque[Output] = deque()
        """Those that may be shortened yet, the oldest first."""
        self._bytes = 0

    def add(self, output: Output) -> None:
        """Take the output of a process that has ended; shorten the oldest if there is too much."""
        self._exact.append(output)
        self._bytes += output.kept
        while self._bytes > ALL_BYTES:
            oldest = self._exact.popleft()
            self._bytes -= oldest.kept
            oldest.shorten()

    def forget(self, output: Output) -> None:
        """Let go of an output that nobody remembers any more."""
        if output in self._exact:
            self._exact.remove(output)
            self._bytes -= output.kept
