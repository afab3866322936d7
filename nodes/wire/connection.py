"""Frames of bytes over two pipes: a length, then the content.

A window is two frames for each node, so this is the hottest input and output of all. Pipes wake the other side in half the time that a
socket takes, and a frame that fits into one costs one system call at each end.
"""

from __future__ import annotations

import os
import select
import struct
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NamedTuple

_LENGTH = struct.Struct("<I")
_CHUNK_BYTES = 1 << 16
"""What a pipe holds. Much more than this, and every read would ask the system for memory and give it back."""

Ends = tuple["Connection[bytes, bytes]", "Connection[bytes, bytes]"]
"""The two pipes of one side: what comes in, what goes out."""


class ConnectionClosed(Exception):
    """The other side is gone."""


class NodeFiles(NamedTuple):
    """The open files that a new node is given, as descriptors."""

    disk: int
    """What is on its disk: outlives the node."""
    bulk: int
    """The memory that all nodes share for large payloads."""


def open_pipes() -> tuple[Ends, Ends]:
    """Return the ends of both sides of a new connection. They close when they are forgotten."""
    there_in, here_out = Pipe(duplex=False)
    here_in, there_out = Pipe(duplex=False)
    return (here_in, here_out), (there_in, there_out)


def framed(content: bytes) -> bytes:
    """Return a frame, ready to be sent, even to several."""
    return _LENGTH.pack(len(content)) + content


class FrameConnection:
    """One end of a duplex connection. Owns its pipes; not for use by two threads at once."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._incoming, self._outgoing = ends[0].fileno(), ends[1].fileno()
        self._readable = select.poll()
        self._readable.register(self._incoming, select.POLLIN)
        self._received = bytearray()
        """What has come and was not taken: nearly always nothing."""

    def fileno(self) -> int:
        """Return the descriptor of what comes in, for a selector."""
        return self._incoming

    def do_not_wait(self) -> None:
        """Let `receive_now` return at once even when nothing has come."""
        os.set_blocking(self._incoming, False)

    def send(self, content: bytes) -> None:
        """Send one frame, waiting as long as the other side does not read. Raises ConnectionClosed."""
        self.send_framed(framed(content))

    def send_framed(self, frame: bytes) -> None:
        """Send what `framed` has made. Raises ConnectionClosed."""
        try:
            sent = os.write(self._outgoing, frame)
            while sent < len(frame):
                sent += os.write(self._outgoing, memoryview(frame)[sent:])
        except OSError as error:
            raise ConnectionClosed from error

    def receive(self, turns_awake: int = 0) -> bytes:
        """Wait for one frame and return it. Raises ConnectionClosed.

        For so many turns the process does not sleep meanwhile, but gives its CPU to whoever else wants it: a turn takes one or two
        microseconds where nobody does.
        """
        for _ in range(turns_awake):
            if self._received or self._readable.poll(0):
                break
            os.sched_yield()
        while (frame := self.receive_now()) is None:
            self._readable.poll()
        return frame

    def receive_now(self) -> bytes | None:
        """Return the next frame if the whole of it has come, else None. Raises ConnectionClosed."""
        if self._received and (frame := self._take_frame()) is not None:
            return frame
        try:
            chunk = os.read(self._incoming, _CHUNK_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ConnectionClosed from error
        if not chunk:
            raise ConnectionClosed
        size = _LENGTH.size
        if not self._received and len(chunk) > size and len(chunk) == size + _LENGTH.unpack_from(chunk)[0]:
            return chunk[size:]  # one whole frame, as nearly always
        self._received += chunk
        return self._take_frame()

    def close(self) -> None:
        """Close the pipes; the other side sees the end of the stream."""
        for end in self._ends:
            end.close()

    def _take_frame(self) -> bytes | None:
        """Take the first frame out of what was received, if it is there as a whole."""
        received = self._received
        if len(received) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(received)[0]
        if len(received) < end:
            return None
        content = bytes(memoryview(received)[_LENGTH.size : end])
        del received[:end]
        return content
