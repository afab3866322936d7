"""What may be where in the memory of a process: its regions, as plain data. No page, no frame, no CPU.

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

import msgspec

from nodes.kernel.cpu import PAGE_BYTES, Protection
from nodes.wire.image import ProgramImage

USER_END = 0x40_0000_0000
"""The first address that no process has: the end of the user half under Sv39."""
STACK_TOP = USER_END - PAGE_BYTES
STACK_BYTES = 512 * 1024
MMAP_TOP = 0x20_0000_0000
MAX_COMMITTED_PAGES = 1 << 15
"""Heap and anonymous memory of one process: 128 MiB, on every node, however many frames it has."""
FIRST_STACK_PAGE = (STACK_TOP - STACK_BYTES) // PAGE_BYTES
READ_WRITE = int(Protection.READ | Protection.WRITE)


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


class AddressMap:
    """The regions of one process, and where its heap ends."""

    def __init__(self, image: ProgramImage) -> None:
        self.image = image
        self.regions: list[Region] = []
        """In the order of their addresses; no two overlap."""
        self.heap_start = 0
        self.heap_end = 0
        """The break: the first address behind the heap."""

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
        self.regions.append(Region(FIRST_STACK_PAGE, STACK_TOP // PAGE_BYTES, READ_WRITE, RegionKind.STACK))

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
        """Tell whether the process may be promised so many pages more: the limit is the same on every node."""
        return self.committed_pages() + pages <= MAX_COMMITTED_PAGES

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

    def take_out(self, first: int, end: int) -> None:
        """Take [first, end) out of all regions."""
        self._cut(first)
        self._cut(end)
        self.regions = [region for region in self.regions if not (first <= region.first and region.end <= end)]

    def allow(self, first: int, end: int, protection: int) -> bool:
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
        return True

    def _cut(self, page_number: int) -> None:
        """Make a region begin at `page_number`, if one lies across it."""
        region = self.region_at(page_number)
        if region is not None and region.first < page_number:
            rest = Region(page_number, region.end, region.protection, region.kind)
            self.regions.insert(self.regions.index(region) + 1, rest)
            region.end = page_number


def _first_page(region: Region) -> int:
    return region.first
