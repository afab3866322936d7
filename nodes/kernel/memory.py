"""Memory: a node's frames, and the address spaces of its processes.

A node has a fixed number of frames. An address space is a row of regions (what may be there) and a page table (what is there now,
in a frame). Pages come on demand: new ones filled with zeros, those of the program from its image. A page is mapped without write
access until the first write, and that fault makes it dirty.

```
 0x1_0000 ...  program: text, data         region kind image
 page after    heap, grows up by brk       region kind heap
 ...
 0x20_0000_0000 and below: mmap, down      region kind anonymous
 ...
 0x3f_fff8_0000 .. 0x3f_ffff_f000 stack    region kind stack; below it nothing is ever mapped
```
"""

from __future__ import annotations

import bisect
import enum
from collections.abc import Callable

import msgspec

from nodes.kernel.cpu import PAGE_BYTES, Access, Cpu, Protection
from nodes.wire.image import ProgramImage

USER_END = 0x40_0000_0000
"""The first address that no process has: the end of the user half under Sv39."""
STACK_TOP = USER_END - PAGE_BYTES
STACK_BYTES = 512 * 1024
MMAP_TOP = 0x20_0000_0000


class RegionKind(enum.StrEnum):
    IMAGE = "image"
    HEAP = "heap"
    ANONYMOUS = "anonymous"
    STACK = "stack"


class Region(msgspec.Struct):
    """Consecutive pages with the same protection and the same origin: `first` is in it, `end` is not."""

    first: int
    """Page number."""
    end: int
    protection: int
    """A `Protection`."""
    kind: RegionKind


class Page(msgspec.Struct):
    """A page that is in a frame."""

    frame: int
    dirty: bool = False
    """Written since it was brought in; only such a page differs from where it came from."""
    touched: bool = False
    """Written since it was brought in or last copied elsewhere; only such a page is mapped with write access."""
    copied: bool = False
    """The destination of the migration that is under way has it, as it was when it was last untouched."""


class Violation(Exception):
    """A process touched what it may not. The text names the address and the cause."""


class OutOfFrames(Exception):
    """A page was needed and every frame of the node is in use."""


class Frames:
    """The physical memory of one node: which frame holds which page of whom."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.reserved = 0
        """Promised to processes on their way here; not yet given out."""
        self.make_room: Callable[[str], bool] = lambda _pid: False
        """Asked, with the pid that needs one, when no frame is free; tells whether there is one now."""
        self._free = list(range(total - 1, -1, -1))
        self._owner: dict[int, tuple[str, int]] = {}

    @property
    def free(self) -> int:
        """Frames that are neither in use nor promised."""
        return len(self._free) - self.reserved

    @property
    def allocated(self) -> int:
        """Frames in use."""
        return len(self._owner)

    def allocate(self, pid: str, page_number: int, *, from_reservation: bool = False) -> int:
        """Give a frame to a page and return its number. Raises OutOfFrames."""
        if from_reservation:
            self.reserved -= 1
        elif self.free <= 0 and not self.make_room(pid):
            raise OutOfFrames
        frame = self._free.pop()
        self._owner[frame] = (pid, page_number)
        return frame

    def release(self, frame: int) -> None:
        """Take a frame back."""
        del self._owner[frame]
        self._free.append(frame)

    def reserve(self, count: int) -> bool:
        """Promise `count` frames if there are that many; tell whether there were."""
        if count > self.free:
            return False
        self.reserved += count
        return True

    def unreserve(self, count: int) -> None:
        """Take a promise back."""
        self.reserved -= count

    def owner(self, frame: int) -> tuple[str, int] | None:
        """Return (pid, page number) of what lies in a frame; None: nothing."""
        return self._owner.get(frame)


class AddressSpace:
    """The memory of one process on this node. Owns its frames and the mappings of its CPU until `release`."""

    def __init__(self, pid: str, cpu: Cpu, image: ProgramImage, frames: Frames) -> None:
        self.pid = pid
        self.cpu = cpu
        self.image = image
        self.pages: dict[int, Page] = {}
        self.regions: list[Region] = []
        """In the order of their addresses; no two overlap."""
        self.heap_start = 0
        self.heap_end = 0
        """The break: the first address behind the heap."""
        self.reservation = 0
        """Frames promised to this space and not yet taken."""
        self.faulted: dict[str, list[int]] = {}
        """Pages brought in since the kernel last asked, by where they came from."""
        self._frames = frames

    # ------------------------------------------------------------------------------------------------------- regions

    def lay_out(self) -> None:
        """Make the regions of a program that is about to start: its segments, an empty heap, the stack."""
        for segment in self.image.segments:
            protection = (
                Protection.READ * segment.readable
                | Protection.WRITE * segment.writable
                | Protection.EXECUTE * segment.executable
            )
            first = segment.address // PAGE_BYTES
            end = -(-(segment.address + segment.memory_bytes) // PAGE_BYTES)
            if self.regions and first < self.regions[-1].end:  # two segments share a page: it gets the rights of both
                shared = self.regions[-1].end - 1
                both = self.regions[-1].protection | protection
                self.regions[-1].end = shared
                self.regions.append(Region(shared, shared + 1, both, RegionKind.IMAGE))
                first = shared + 1
            if first < end:
                self.regions.append(Region(first, end, int(protection), RegionKind.IMAGE))
        self.regions = [region for region in self.regions if region.first < region.end]
        self.heap_start = self.heap_end = self.image.first_free_address
        self.regions.append(Region(_FIRST_STACK_PAGE, STACK_TOP // PAGE_BYTES, _READ_WRITE, RegionKind.STACK))

    def region_at(self, page_number: int) -> Region | None:
        """Return the region that a page lies in."""
        index = bisect.bisect_right(self.regions, page_number, key=_first_page) - 1
        if index >= 0 and page_number < self.regions[index].end:
            return self.regions[index]
        return None

    def committed_pages(self, first: int = 0, end: int = USER_END // PAGE_BYTES) -> int:
        """Return how many pages in [first, end) the process has been promised beside its program and its stack."""
        promised = [region for region in self.regions if region.kind in (RegionKind.HEAP, RegionKind.ANONYMOUS)]
        return sum(max(0, min(region.end, end) - max(region.first, first)) for region in promised)

    def is_free(self, first: int, end: int) -> bool:
        """Tell whether no region has a page in [first, end)."""
        return all(end <= region.first or region.end <= first for region in self.regions)

    def may_commit(self, pages: int) -> bool:
        """Tell whether this node could ever hold so many pages more of the process at once."""
        return self.committed_pages() + pages <= self._frames.total

    def find_gap(self, count: int) -> int | None:
        """Return the first page of the highest gap of `count` pages below MMAP_TOP; None: there is none."""
        end = MMAP_TOP // PAGE_BYTES
        for region in reversed(self.regions):
            if region.first >= end:
                continue
            if region.end + count <= end:
                return end - count
            end = region.first
        return None

    def add_region(self, first: int, end: int, protection: int, kind: RegionKind = RegionKind.ANONYMOUS) -> None:
        """Add a region where none is; one that ends there and is like it just grows."""
        below = self.region_at(first - 1)
        if below is not None and (below.protection, below.kind) == (protection, kind):
            below.end = end
        else:
            bisect.insort(self.regions, Region(first, end, protection, kind), key=_first_page)

    def remove_pages(self, first: int, end: int) -> None:
        """Take [first, end) out of all regions; its frames become free."""
        self._cut(first)
        self._cut(end)
        self.regions = [region for region in self.regions if not (first <= region.first and region.end <= end)]
        for number in self._present(first, end):
            self.cpu.unmap_page(number)
            self._frames.release(self.pages.pop(number).frame)

    def protect_pages(self, first: int, end: int, protection: int) -> bool:
        """Set what may be done with [first, end); tell whether all of it lies in regions (else nothing is changed)."""
        page = first
        while page < end:
            region = self.region_at(page)
            if region is None:
                return False
            page = region.end
        self._cut(first)
        self._cut(end)
        for region in self.regions:
            if first <= region.first and region.end <= end:
                region.protection = protection
        for number in self._present(first, end):
            self.cpu.protect_page(number, self._mapped_protection(protection, self.pages[number]))
        return True

    def move_break(self, address: int) -> int:
        """Set the end of the heap if that is possible; return where it ends now."""
        old_end, new_end = -(-self.heap_end // PAGE_BYTES), -(-address // PAGE_BYTES)
        if not self.heap_start <= address < MMAP_TOP:
            return self.heap_end
        if new_end > old_end:
            if not (self.is_free(old_end, new_end) and self.may_commit(new_end - old_end)):
                return self.heap_end
            self.add_region(old_end, new_end, _READ_WRITE, RegionKind.HEAP)
        elif new_end < old_end:
            self.remove_pages(new_end, old_end)
        self.heap_end = address
        return address

    def _cut(self, page_number: int) -> None:
        """Make a region begin at `page_number`, if one lies across it."""
        region = self.region_at(page_number)
        if region is not None and region.first < page_number:
            rest = Region(page_number, region.end, region.protection, region.kind)
            self.regions.insert(self.regions.index(region) + 1, rest)
            region.end = page_number

    # --------------------------------------------------------------------------------------------------------- pages

    def serve_fault(self, address: int, access: Access) -> str:
        """Make the page at `address` fit for `access`.

        Returns where the page came from: `zero`, `image`, or `mapped` for a first write to a page that was there. Raises Violation
        or OutOfFrames.
        """
        number = address // PAGE_BYTES
        region = self.region_at(number)
        if region is None:
            raise Violation(self._explain_nothing_there(address, access))
        if not region.protection & _NEEDS[access]:
            raise Violation(f"{access.value} at {address:#x}: its page is {_rights(region.protection)}")
        page = self.pages.get(number)
        if page is not None:
            if access is Access.WRITE:
                page.dirty = page.touched = True
            self.cpu.protect_page(number, self._mapped_protection(region.protection, page))
            return "mapped"
        content = self.image.page_content(number) if region.kind is RegionKind.IMAGE else None
        if content == _ZERO_PAGE:  # uninitialised data: nothing is read from anywhere
            content = None
        written = access is Access.WRITE
        page = Page(self._take_frame(number), dirty=written, touched=written)
        self.cpu.map_page(number, self._mapped_protection(region.protection, page), content)
        self.pages[number] = page
        source = "zero" if content is None else "image"
        self.faulted.setdefault(source, []).append(number)
        return source

    def install_page(self, number: int, content: bytes) -> None:
        """Put a page that came from elsewhere into a frame, in place of an older copy if there is one. Raises OutOfFrames.

        Its region is not known before `adopt`.
        """
        if number in self.pages:
            self.cpu.write(number * PAGE_BYTES, content)
            return
        page = Page(self._take_frame(number))
        self.cpu.map_page(number, Protection.READ, content)
        self.pages[number] = page

    def begin_copying(self) -> None:
        """Forget what an earlier migration has copied."""
        for page in self.pages.values():
            page.copied = False

    def note_copied(self, number: int) -> None:
        """Take note that the page was copied elsewhere as it is now; the next write to it will be noticed."""
        page = self.pages[number]
        page.copied, page.touched = True, False
        region = self.region_at(number)
        assert region is not None
        self.cpu.protect_page(number, self._mapped_protection(region.protection, page))

    def not_copied(self) -> list[int]:
        """Return the pages that were never copied, or written since, in order."""
        return sorted(number for number, page in self.pages.items() if page.touched or not page.copied)

    def adopt(self, regions: list[Region], heap: tuple[int, int], resident: list[int], dirty: list[int]) -> None:
        """Take over the memory map of a process whose pages came from elsewhere, and give them their protection.

        Pages that came and are not `resident` are dropped: the process has given them up since. Raises Violation if a page lies in
        no region, or a resident one did not come.
        """
        self.regions = regions
        self.heap_start, self.heap_end = heap
        kept = set(resident)
        for number in sorted(self.pages):
            if number not in kept:
                self.cpu.unmap_page(number)
                self._frames.release(self.pages.pop(number).frame)
        if len(self.pages) != len(resident):
            raise Violation(f"{len(resident) - len(self.pages)} pages did not come")
        for number in dirty:
            self.pages[number].dirty = True
        for number, page in self.pages.items():
            region = self.region_at(number)
            if region is None:
                raise Violation(f"page {number:#x} lies in no region")
            self.cpu.protect_page(number, self._mapped_protection(region.protection, page))

    def content(self, number: int) -> bytes:
        """Return the bytes of a page that is here."""
        return self.cpu.read_page(number)

    def release(self) -> None:
        """Give back all frames and promises. The CPU is the caller's again."""
        for page in self.pages.values():
            self._frames.release(page.frame)
        self.pages.clear()
        self._frames.unreserve(self.reservation)
        self.reservation = 0

    def reserve(self, count: int) -> bool:
        """Have `count` frames promised to this space; tell whether there were that many."""
        if not self._frames.reserve(count):
            return False
        self.reservation += count
        return True

    def end_reservation(self) -> None:
        """Give back the promises that were not needed."""
        self._frames.unreserve(self.reservation)
        self.reservation = 0

    # ------------------------------------------------------------------------------------- the kernel reads and writes

    def read(self, address: int, size: int) -> bytes:
        """Read the process's memory for a system call. Raises Violation (the call's EFAULT) or OutOfFrames."""
        self.touch(address, size, Access.READ)
        return self.cpu.read(address, size) if size else b""

    def write(self, address: int, data: bytes) -> None:
        """Write to the process's memory for a system call. Raises Violation (the call's EFAULT) or OutOfFrames."""
        self.touch(address, len(data), Access.WRITE)
        if data:
            self.cpu.write(address, data)

    def read_string(self, address: int, limit: int = 4096) -> bytes:
        """Read up to the next zero byte, which is not returned. Raises Violation; ValueError if it is longer than `limit`."""
        found = b""
        while len(found) < limit:
            part = self.read(address, PAGE_BYTES - address % PAGE_BYTES)
            end = part.find(0)
            if end >= 0:
                return found + part[:end]
            found += part
            address += len(part)
        raise ValueError("string too long")

    def touch(self, address: int, size: int, access: Access) -> None:
        """Make memory fit for an access by the kernel. Raises Violation or OutOfFrames."""
        if size < 0 or address < 0 or address + size > USER_END:
            raise Violation(f"{access.value} of {size} bytes at {address:#x}: outside the user's addresses")
        if not size:
            return
        for number in range(address // PAGE_BYTES, (address + size - 1) // PAGE_BYTES + 1):
            page = self.pages.get(number)
            if page is None or (access is Access.WRITE and not page.touched):
                self.serve_fault(number * PAGE_BYTES, access)
            else:
                region = self.region_at(number)
                if region is None or not region.protection & _NEEDS[access]:
                    raise Violation(f"{access.value} at {number * PAGE_BYTES:#x} is not allowed")

    # ------------------------------------------------------------------------------------------------------- private

    def _take_frame(self, number: int) -> int:
        if self.reservation:
            self.reservation -= 1
            return self._frames.allocate(self.pid, number, from_reservation=True)
        return self._frames.allocate(self.pid, number)

    def _present(self, first: int, end: int) -> list[int]:
        if end - first < len(self.pages):
            return [number for number in range(first, end) if number in self.pages]
        return sorted(number for number in self.pages if first <= number < end)

    @staticmethod
    def _mapped_protection(protection: int, page: Page) -> Protection:
        """Return the rights to map a page with: without WRITE until it is written to, so that the first write is noticed."""
        return Protection(protection) if page.touched else Protection(protection) & ~Protection.WRITE

    def _explain_nothing_there(self, address: int, access: Access) -> str:
        bottom = _FIRST_STACK_PAGE * PAGE_BYTES
        if bottom - STACK_BYTES <= address < bottom:
            return f"stack overflow: {access.value} at {address:#x}, below the stack of {STACK_BYTES // 1024} KiB"
        if address < PAGE_BYTES:
            return f"{access.value} at {address:#x}: a null pointer"
        return f"{access.value} at {address:#x}: nothing is mapped there"


_FIRST_STACK_PAGE = (STACK_TOP - STACK_BYTES) // PAGE_BYTES
_ZERO_PAGE = bytes(PAGE_BYTES)
_READ_WRITE = int(Protection.READ | Protection.WRITE)
_NEEDS = {
    Access.READ: int(Protection.READ),
    Access.WRITE: int(Protection.WRITE),
    Access.EXECUTE: int(Protection.EXECUTE),
}


def _first_page(region: Region) -> int:
    return region.first


def _rights(protection: int) -> str:
    names = [flag.name.lower() for flag in Protection if flag & protection and flag.name]
    return " and ".join(names) + " only" if names else "not accessible"
