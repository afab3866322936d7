"""Messages over a stream socket, of which neither end ever waits for the other."""

from __future__ import annotations

import socket
import struct

_LENGTH = struct.Struct("<I")
_CHUNK_BYTES = 1 << 18


class Channel:
    """One end. Owns its socket. What the other end does not take yet waits here: ask `waiting` before you send what can be left out."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        end.setblocking(False)
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._deaf = False
        """The other end takes nothing any more; what it said before may still be on its way to us."""
        self.open = True
        """False: the other end is gone, and all that it said has been received."""

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Whether something that was sent has not left yet."""
        return bool(self._outgoing)

    def send(self, content: bytes) -> None:
        """Send one message, now or as soon as the other end takes it (`flush`). Nothing happens if it is gone."""
        if self._deaf:
            return
        self._outgoing += _LENGTH.pack(len(content))
        self._outgoing += content
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the other end takes it."""
        try:
            while self._outgoing:
                sent = self._socket.send(self._outgoing)
                del self._outgoing[:sent]
        except (BlockingIOError, TimeoutError):
            pass
        except OSError:
            self._deaf = True
            self._outgoing.clear()

    def receive(self) -> list[bytes]:
        """Return all messages that have come as a whole. Sets `open` to False at the end of the stream."""
        try:
            while chunk := self._socket.recv(_CHUNK_BYTES):
                self._incoming += chunk
            self.open = False
        except BlockingIOError:
            pass
        except OSError:
            self.open = False
        messages = []
        start, size = 0, _LENGTH.size
        while len(self._incoming) - start >= size:
            end = start + size + _LENGTH.unpack_from(self._incoming, start)[0]
            if len(self._incoming) < end:
                break
            messages.append(bytes(memoryview(self._incoming)[start + size : end]))
            start = end
        del self._incoming[:start]
        return messages

    def finish(self, patience_s: float) -> None:
        """Send all that waits, to the last byte. The other end must take some of it within this many real seconds."""
        self._socket.settimeout(patience_s)
        self.flush()
        self._socket.setblocking(False)

    def close(self) -> None:
        """Close it; the other end sees the end of the stream."""
        self.open = False
        self._socket.close()


def open_channel() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a new connection."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
