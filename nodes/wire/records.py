"""The human log of a node on its way to the process of the cluster: records over a pipe that belongs to this node alone.

There is no lock that a node which dies by SIGKILL could leave taken, and nobody waits for anything but the end of the pipe. A record is
made fit for its journey by multiprocessing-logging; what it travels as is plain data.
"""

from __future__ import annotations

import contextlib
import logging
import os
import struct
from collections.abc import Iterator

import msgspec
from multiprocessing_logging import MultiProcessingHandler

from nodes.wire.starting import take_frames

LONGEST = 1 << 16
"""How many characters of a message are sent: a pipe's worth."""
_LENGTH = struct.Struct("<I")


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """What is sent of a record."""

    name: str
    level: int
    created: float
    text: str
    traceback: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Line).decode


class RecordSender(MultiProcessingHandler):  # type: ignore[misc]
    """The node's end: a handler that sends every record. Owns its descriptor."""

    def __init__(self, descriptor: int) -> None:
        logging.Handler.__init__(self)  # that of the library would make a queue, with locks, and a thread that reads it
        self._descriptor = descriptor

    def _send(self, record: logging.LogRecord) -> None:
        line = _Line(record.name, record.levelno, record.created, str(record.msg)[:LONGEST], record.exc_text)
        content = _encode(line)
        data = memoryview(_LENGTH.pack(len(content)) + content)
        with contextlib.suppress(OSError):  # whoever reads it is gone, and so are we in a moment
            while data:
                data = data[os.write(self._descriptor, data) :]

    def close(self) -> None:
        """Close the pipe: what was sent arrives, and then its end."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        logging.Handler.close(self)


class RecordReceiver:
    """The other end. Owns its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._received = bytearray()

    def fileno(self) -> int:
        return self._descriptor

    def receive(self) -> Iterator[logging.LogRecord] | None:
        """Return the records that have come, waiting for something to come; None: there will be no more."""
        chunk = os.read(self._descriptor, LONGEST)
        if not chunk:
            return None
        self._received += chunk
        return map(_record, take_frames(self._received))

    def close(self) -> None:
        os.close(self._descriptor)


def _record(content: bytes) -> logging.LogRecord:
    line = _decode(content)
    return logging.makeLogRecord(
        {
            "name": line.name,
            "levelno": line.level,
            "levelname": logging.getLevelName(line.level),
            "created": line.created,
            "msg": line.text,
            "exc_text": line.traceback,
        }
    )
