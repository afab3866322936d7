"""The past of a run: every event that has been shown, with its place, in a file without a name, as long as somebody may go on from it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import msgspec

from nodes.wire.events import AnyEvent
from nodes.wire.ids import NodeName


class PastEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event that has been shown. What observers have answered to it is not kept: they answer again."""

    t: int
    phase: int
    node: NodeName | None
    event: AnyEvent


class Past:
    """What has been shown so far. Owns its file until `close`."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.end = 0
        """How many bytes it takes: what has been shown up to now lies before."""

    def note(self, t: int, phase: int, node: NodeName | None, event: AnyEvent) -> None:
        """Take the next event."""
        content = _encode(PastEvent(t, phase, node, event))
        self._file.write(len(content).to_bytes(4, "little") + content)
        self.end += 4 + len(content)

    def between(self, first: int, end: int) -> Iterator[PastEvent]:
        """Yield the events that lie between two ends, in order."""
        self._file.flush()
        self._file.seek(first)
        while first < end:
            size = int.from_bytes(self._file.read(4), "little")
            yield _decode(self._file.read(size))
            first += 4 + size
        self._file.seek(self.end)

    def close(self) -> None:
        self._file.close()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PastEvent).decode
