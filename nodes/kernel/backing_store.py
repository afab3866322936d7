"""The disk of a node: pages that are in no frame, in a real file, at the speed of an emulated disk.

The file is a row of slots, each with a page and the name of what lies in it; so it needs no index beside it, and what it holds outlives the
node's process, as a disk does: a node that crashes and starts again finds it. The one arm of the disk serves its requests in their order,
each with the time of a seek and of the transfer. The file changes at once; whoever asked waits for the virtual disk.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Callable
from typing import NamedTuple

from nodes.wire.bulk import new_file
from nodes.wire.ids import Pid
from nodes.wire.parameters import PAGE_BYTES, SECOND_NS, DiskParameters

_NAME = struct.Struct("<H126sQ")
"""What stands in front of each page: whose it is and how long that name is (0: nobody's), and its number. Longer names there are not:
a node's has at most 63 letters."""
_SLOT_BYTES = _NAME.size + PAGE_BYTES


class Disk(NamedTuple):
    """A disk as data."""

    parameters: DiskParameters
    now: Callable[[], int]
    free_ns: int
    slots: dict[Pid, dict[int, int]]
    unused: list[int]
    end: int
    content: bytes
    """The file."""


class BackingStore:
    """The disk of one node. Owns `descriptor`, its file; None: a new one that ends with the node."""

    def __init__(self, parameters: DiskParameters, now: Callable[[], int], descriptor: int | None = None) -> None:
        self._parameters = parameters
        self._now = now
        self._file = new_file() if descriptor is None else descriptor
        self.close = weakref.finalize(self, os.close, self._file)
        """Closes the file; at the latest when nobody has the disk any more."""
        self._slots: dict[Pid, dict[int, int]] = {}
        """Where each page of each process is."""
        self._unused: list[int] = []
        self._end = 0
        """The first slot that was never used."""
        self._free_ns = 0
        """When the arm has done what it was asked for so far."""
        self._reader: int | None = None
        """A pipe whose other end closes when a copy of this process has read the file."""
        self._find_slots()

    def keep(self) -> Disk:
        """Return all that is on the disk, and what its arm still has to do."""
        content = os.pread(self._file, self._end * _SLOT_BYTES, 0)
        return Disk(self._parameters, self._now, self._free_ns, self._slots, self._unused, self._end, content)

    @classmethod
    def resume(cls, disk: Disk, descriptor: int) -> BackingStore:
        """Return a disk that is as the one of which that was kept, in the empty file `descriptor`."""
        store = cls(disk.parameters, disk.now, descriptor)
        os.pwrite(descriptor, disk.content, 0)
        store._slots, store._unused, store._end, store._free_ns = disk.slots, disk.unused, disk.end, disk.free_ns
        return store

    def is_read_until_closed(self, pipe: int) -> None:
        """Change nothing in the file before the other end of `pipe` is closed: a copy of this process reads it."""
        self._await_reader()
        self._reader = pipe

    def _await_reader(self) -> None:
        if self._reader is not None:
            os.read(self._reader, 1)
            os.close(self._reader)
            self._reader = None

    def write(self, pid: Pid, number: int, content: bytes) -> None:
        """Write a page of a process. `busy_until` tells when the disk has done it."""
        self._await_reader()
        slots = self._slots.setdefault(pid, {})
        slot = slots.get(number)
        if slot is None:
            slot = slots[number] = self._unused.pop() if self._unused else self._end
            self._end = max(self._end, slot + 1)
        os.pwrite(self._file, _name(pid, number) + content, slot * _SLOT_BYTES)
        self._charge()

    def read(self, pid: Pid, number: int) -> bytes:
        """Read a page of a process; it is there. `busy_until` tells when the disk has done it."""
        self._charge()
        return os.pread(self._file, PAGE_BYTES, self._slots[pid][number] * _SLOT_BYTES + _NAME.size)

    def holds(self, pid: Pid, number: int) -> bool:
        """Tell whether the page was written, in this life of the node or an earlier one."""
        return number in self._slots.get(pid, ())

    def pages_of(self, pid: Pid) -> list[int]:
        """Return the numbers of all pages of a process that are here, in order."""
        return sorted(self._slots.get(pid, ()))

    def owners(self) -> list[Pid]:
        """Return the processes of which there are pages."""
        return list(self._slots)

    def busy_until(self) -> int:
        """Return when the disk has done all that it was asked for."""
        return max(self._free_ns, self._now())

    def transfer(self, size: int) -> int:
        """Let the disk read or write `size` bytes of a file; return when it has done it."""
        transfer_ns = -(-size * 8 * SECOND_NS // self._parameters.bandwidth_bps)
        self._free_ns = self.busy_until() + self._parameters.latency_ns + transfer_ns
        return self._free_ns

    def discard(self, pid: Pid) -> None:
        """Forget all pages of a process."""
        for number in self.pages_of(pid):
            self.forget(pid, number)

    def forget(self, pid: Pid, number: int) -> None:
        """Forget a page, if it is here."""
        self._await_reader()
        slots = self._slots.get(pid, {})
        slot = slots.pop(number, None)
        if slot is None:
            return
        if not slots:
            del self._slots[pid]
        os.pwrite(self._file, _name("", 0), slot * _SLOT_BYTES)
        self._unused.append(slot)

    def _charge(self) -> None:
        parameters = self._parameters
        transfer_ns = -(-PAGE_BYTES * 8 * SECOND_NS // parameters.bandwidth_bps)
        self._free_ns = self.busy_until() + parameters.latency_ns + transfer_ns

    def _find_slots(self) -> None:
        """Find what an earlier life of the node has left."""
        self._end = os.fstat(self._file).st_size // _SLOT_BYTES
        for slot in range(self._end):
            length, owner, number = _NAME.unpack(os.pread(self._file, _NAME.size, slot * _SLOT_BYTES))
            name = owner[:length].decode()
            if name:
                self._slots.setdefault(name, {})[number] = slot
            else:
                self._unused.append(slot)


def _name(pid: Pid, number: int) -> bytes:
    owner = pid.encode()
    assert len(owner) <= _NAME.size - 10, f"{pid}: too long a name to be found again"
    return _NAME.pack(len(owner), owner, number)
