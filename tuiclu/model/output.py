"""What a process has written, in bounded memory: exact up to EXACT_BYTES, of more the beginning, the end, and a digest of all."""

from __future__ import annotations

import hashlib

EXACT_BYTES = 1 << 20
"""So much is kept as it is; of what is longer, so much of its beginning."""
LAST_BYTES = 4096
"""Of what is longer, so much of its end."""


class Output:
    """The bytes of one process."""

    def __init__(self) -> None:
        self.size = 0
        """How many bytes it has written."""
        self._first = bytearray()
        self._last = b""
        self._digest = hashlib.sha256()
        """Of all, as soon as there are more than are kept."""

    def __bool__(self) -> bool:
        return self.size > 0

    def add(self, data: bytes) -> None:
        """Take what was written behind the rest."""
        room = EXACT_BYTES - len(self._first)
        kept, rest = data[:room], data[room:]
        self._first += kept
        self.size += len(data)
        if not rest:
            return
        if not self._last:
            self._digest.update(self._first)
        self._digest.update(rest)
        self._last = (self._last + rest)[-LAST_BYTES:]

    @property
    def is_exact(self) -> bool:
        """Whether all of it is kept."""
        return self.size <= EXACT_BYTES

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
