"""What a node writes of itself for a snapshot, for whoever wants to go on from there."""

from __future__ import annotations

import fcntl
import os
import zlib
from pathlib import Path
from typing import Any

import msgspec

from nodes.wire.ids import NodeName, Pid

_FAST = 1
"""How hard zlib tries: pages are mostly zeros or text."""


class Damaged(ValueError):
    """This is not what a node has written, or another version of it has."""


class NodePart(msgspec.Struct, frozen=True):
    """A node as it was when it recorded its state."""

    node: NodeName
    at_ns: int
    seed: int
    """Of the run."""
    lives_over: dict[NodeName, int]
    """Of each node of whose death it knew: the last of its lives that had ended."""
    processes: dict[Pid, dict[str, bytes]]
    """What each process is beside its pages, as the rows of its image: the same that migrate."""
    heap: list[list[Any]]
    """The whole state of the kernel, as objects (see `nodes.global_state.heap`)."""
    why_not: str = ""
    """What could not be kept; then there is no state."""


class ChannelPart(msgspec.Struct, frozen=True):
    """The messages that a snapshot found in the channel to a node, in order: the number of each at its sender, and what it says."""

    source: NodeName
    messages: list[tuple[int, bytes]]


def encode_part(part: NodePart) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(part), _FAST)


def decode_part(data: bytes) -> NodePart:
    """Return what `encode_part` made. Raises Damaged."""
    return _decoded(data, NodePart)  # type: ignore[no-any-return]


def encode_channels(channels: list[ChannelPart]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(channels), _FAST)


def decode_channels(data: bytes) -> list[ChannelPart]:
    """Return what `encode_channels` made. Raises Damaged."""
    return _decoded(data, list[ChannelPart])  # type: ignore[no-any-return]


def _decoded(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=kind)
    except (zlib.error, msgspec.DecodeError) as error:
        raise Damaged(str(error)) from error


class PartFiles:
    """The files in which the parts of nodes lie until somebody has gathered them.

    Whoever writes a state holds a lock meanwhile, which ends with it: so it is known when there is nothing to wait for.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def begin(self, snapshot: str, node: NodeName) -> int:
        """Announce that a state will be written; return the descriptor that holds the lock, also in whoever is forked from here."""
        descriptor = os.open(self._path(snapshot, node, "begun"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    def write(self, snapshot: str, node: NodeName, what: str, content: bytes) -> None:
        """Write a file: there is the whole of it, or nothing. Raises OSError."""
        target = self._path(snapshot, node, what)
        unfinished = target.with_name(f"{target.name}.unfinished")
        unfinished.write_bytes(content)
        unfinished.rename(target)

    def state(self, snapshot: str, node: NodeName) -> bytes:
        """Return the state of a node, as soon as it is written; empty: whoever wrote it has ended, or nobody has begun."""
        begun = self._path(snapshot, node, "begun")
        if begun.exists():
            with begun.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
        return self.channels(snapshot, node, "state")

    def channels(self, snapshot: str, node: NodeName, what: str = "channels") -> bytes:
        """Return what was written of the channels to a node; empty: nothing."""
        path = self._path(snapshot, node, what)
        return path.read_bytes() if path.exists() else b""

    def _path(self, snapshot: str, node: NodeName, what: str) -> Path:
        return Path(self.folder, f"{snapshot}.{node}.{what}")
