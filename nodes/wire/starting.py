"""What whoever starts nodes and the parent of all nodes say to each other, over a stream socket, as frames of bytes.

One request at a time goes down, for a node with five open files beside it; it is answered before the next one. The ends of nodes go up
whenever they happen.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import msgspec

from nodes.wire.image import ProgramImage

_LENGTH = struct.Struct("<I")
DESCRIPTORS = 5
"""With each node: what comes in and what goes out, the disk, the memory that all nodes share, the human log."""


class StartNode(msgspec.Struct, frozen=True, tag=True):
    """Start the process of a node."""

    name: str
    title: str
    level: int
    """Of its human log."""


class Learn(msgspec.Struct, frozen=True, tag=True):
    """Compile a program, as far as a process with these arguments and this input comes in a while: all nodes to come have it then."""

    image: ProgramImage
    argv: tuple[str, ...]
    stdin: bytes


class Learned(msgspec.Struct, frozen=True, tag=True):
    """That is done, or cannot be done: then nodes do without."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """It is there."""

    pid: int


class NotStarted(msgspec.Struct, frozen=True, tag=True):
    """The machine does not let us: the number of its reason."""

    error: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A node has ended: with an exit status, or minus the signal that ended it."""

    pid: int
    status: int


class Broken(msgspec.Struct, frozen=True, tag=True):
    """The parent of all nodes could not be made ready, and ends."""

    why: str


AnyRequest = StartNode | Learn
AnyNews = Started | NotStarted | Learned | Ended | Broken

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(AnyRequest).decode
decode_news = msgspec.msgpack.Decoder(AnyNews).decode


def framed(message: AnyRequest | AnyNews) -> bytes:
    """Return a message as it goes over the socket."""
    content = encode(message)
    return _LENGTH.pack(len(content)) + content


def receive_request(end: socket.socket) -> tuple[AnyRequest, list[int]] | None:
    """Wait for a request and return it with its open files, which are the caller's; None: whoever asks is gone."""
    received, descriptors, _, _ = socket.recv_fds(end, 1 << 16, DESCRIPTORS)
    while received and (
        len(received) < _LENGTH.size or len(received) < _LENGTH.size + _LENGTH.unpack_from(received)[0]
    ):
        chunk = end.recv(1 << 16)
        if not chunk:
            return None
        received += chunk
    return (decode_request(received[_LENGTH.size :]), descriptors) if received else None


def take_frames(received: bytearray) -> Iterator[bytes]:
    """Take out of what was received all frames that are there as a whole."""
    start = 0
    while len(received) - start >= _LENGTH.size:
        end = start + _LENGTH.size + _LENGTH.unpack_from(received, start)[0]
        if len(received) < end:
            break
        yield bytes(memoryview(received)[start + _LENGTH.size : end])
        start = end
    del received[:start]
