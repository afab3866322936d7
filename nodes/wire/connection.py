"""Frames of bytes over a stream socket: a length, then the content.

`multiprocessing.Connection` would do the same with two reads and, above 16 KiB, two writes a message; a window is two messages, so
this is the hottest input and output of all.
"""

from __future__ import annotations

import socket
import struct

_LENGTH = struct.Struct("<I")
_CHUNK_BYTES = 1 << 18


class ConnectionClosed(Exception):
    """The other side is gone."""


class FrameConnection:
    """One end of a duplex connection. Owns the socket; not for use by two threads at once."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _CHUNK_BYTES)
        self._socket = sock
        self._received = bytearray()

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._socket.fileno()

    def send(self, content: bytes) -> None:
        """Send one frame, waiting as long as the other side does not read. Raises ConnectionClosed."""
        try:
            if len(content) < _CHUNK_BYTES:
                self._socket.sendall(_LENGTH.pack(len(content)) + content)
            else:
                self._socket.sendall(_LENGTH.pack(len(content)))
                self._socket.sendall(content)
        except OSError as error:
            raise ConnectionClosed from error

    def receive(self) -> bytes:
        """Wait for one frame and return it. Raises ConnectionClosed."""
        received = self._received
        self._fill(_LENGTH.size)
        (length,) = _LENGTH.unpack_from(received)
        end = _LENGTH.size + length
        self._fill(end)
        content = bytes(memoryview(received)[_LENGTH.size : end])
        del received[:end]
        return content

    def close(self) -> None:
        """Close the socket; the other side sees the end of the stream."""
        self._socket.close()

    def _fill(self, size: int) -> None:
        while len(self._received) < size:
            try:
                chunk = self._socket.recv(max(_CHUNK_BYTES, size - len(self._received)))
            except OSError as error:
                raise ConnectionClosed from error
            if not chunk:
                raise ConnectionClosed
            self._received += chunk
