"""The disk of a node: pages that are in no frame, in real files, at the speed of an emulated disk.

Each process has one sparse file, in which page n lies at offset n * 4096; so the file needs no index, and what it holds outlives the node's
process, as a disk does: a node that crashes and starts again finds it. The one arm of the disk serves its requests in their order, each
with the time of a seek and of the transfer. The files change at once; whoever asked waits for the virtual disk.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from nodes.wire.ids import Pid
from nodes.wire.parameters import PAGE_BYTES, SECOND_NS, DiskParameters


class BackingStore:
    """The disk of one node. `folder` is where its files are; empty: they have no names and vanish with the node."""

    def __init__(self, parameters: DiskParameters, now: Callable[[], int], folder: str = "") -> None:
        self._parameters = parameters
        self._now = now
        self._folder = Path(folder) if folder else None
        self._files: dict[Pid, int] = {}
        self._free_ns = 0
        """When the arm has done what it was asked for so far."""

    def write(self, pid: Pid, number: int, content: bytes) -> None:
        """Write pages of a process, from page `number` on. `busy_until` tells when the disk has done it."""
        os.pwrite(self._file(pid), content, number * PAGE_BYTES)
        self._charge(len(content))

    def read(self, pid: Pid, number: int) -> bytes:
        """Read a page of a process; it was written. `busy_until` tells when the disk has done it."""
        self._charge(PAGE_BYTES)
        return os.pread(self._file(pid), PAGE_BYTES, number * PAGE_BYTES)

    def holds(self, pid: Pid, number: int) -> bool:
        """Tell whether the page was ever written, in this life of the node or an earlier one."""
        offset = number * PAGE_BYTES
        try:
            return os.lseek(self._file(pid), offset, os.SEEK_DATA) == offset
        except OSError:  # there is nothing at or behind this page
            return False

    def busy_until(self) -> int:
        """Return when the disk has done all that it was asked for."""
        return max(self._free_ns, self._now())

    def discard(self, pid: Pid) -> None:
        """Forget all pages of a process."""
        descriptor = self._files.pop(pid, None)
        if descriptor is not None:
            os.close(descriptor)
        if self._folder is not None:
            self._path(pid).unlink(missing_ok=True)

    def close(self) -> None:
        """Close all files; those with names stay."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _charge(self, size: int) -> None:
        parameters = self._parameters
        transfer_ns = -(-size * 8 * SECOND_NS // parameters.bandwidth_bps)
        self._free_ns = self.busy_until() + parameters.latency_ns + transfer_ns

    def _file(self, pid: Pid) -> int:
        if pid not in self._files:
            self._files[pid] = self._open(pid)
        return self._files[pid]

    def _open(self, pid: Pid) -> int:
        if self._folder is None:
            with tempfile.TemporaryFile() as file:
                return os.dup(file.fileno())
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(self._path(pid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _path(self, pid: Pid) -> Path:
        assert self._folder is not None
        return self._folder / f"{pid}.pages"


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Put ascending page numbers into runs: (first, count)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((number, 1))
    return found
