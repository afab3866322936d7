"""What may be where in the memory of a process: its regions, as plain data. No page, no frame, no CPU.

```
 0x1_0000 ...  program: text, data         region kinds text, image
 page after    heap, grows up by brk       region kind heap
 ...
 0x20_0000_0000 and below: mmap, down      region kind anonymous
 ...
 0x3f_ff7f_f000 .. 0x3f_ffff_f000 stack    region kind stack; below it nothing is ever mapped
```
"""

from __future__ import annotations

import bisect
import enum
from itertools import pairwise

import msgspec

from nodes.kernel.cpu import PAGE_BYTES, Protection
from nodes.wire.image import ProgramImage

USER_END = 0x40_0000_0000
"""The first address that no process has: the end of the user half under Sv39."""
STACK_TOP = USER_END - PAGE_BYTES
STACK_BYTES = 8 << 20
MMAP_TOP = 0x20_0000_0000
MAX_COMMITTED_PAGES = 1 << 16
"""Heap and anonymous memory that one process may be promised to write to: 256 MiB, on every node, however many frames it has."""
MAX_PAGES = 2 * MAX_COMMITTED_PAGES
"""Pages with a content that one process may have, in frames and elsewhere."""
MAX_REGIONS = 65_530
"""Of one process: Linux's max_map_count."""
FIRST_STACK_PAGE = (STACK_TOP - STACK_BYTES) // PAGE_BYTES
READ_WRITE = int(Protection.READ | Protection.WRITE)
_NO_PAGE = USER_END // PAGE_BYTES
SCANNED = 16
"""Looking at this many regions or pages costs as much as changing one."""


class RegionKind(enum.StrEnum):
    TEXT = "text"
    """Of the program: can be executed and not be written to, and is as it is in the image. All processes of a node that run the program
    share it, and it is in frames for as long as there is one. Whoever changes its rights gets a part of the image of its own instead."""
    IMAGE = "image"
    HEAP = "heap"
    ANONYMOUS = "anonymous"
    RESERVED = "reserved"
    """Anonymous, and mapped with MAP_NORESERVE: nothing is promised."""
    STACK = "stack"


class Region(msgspec.Struct):
    """Consecutive pages with the same protection and the same origin: `first` is in it, `end` is not."""

    first: int
    """Page number."""
    end: int
    protection: int
    """A `Protection`."""
    kind: RegionKind

    @property
    def promised(self) -> int:
        """How many pages the process may write to here that count as promised to it."""
        counts = self.kind in (RegionKind.HEAP, RegionKind.ANONYMOUS) and self.protection & Protection.WRITE
        return self.end - self.first if counts else 0

    def continues(self, below: Region) -> bool:
        """Tell whether it could be one with the region before it."""
        return (below.end, below.protection, below.kind) == (self.first, self.protection, self.kind)


class AddressMap:
    """The regions of one process, and where its heap ends.

    Every change costs as much as the regions that it concerns, and the logarithm of how many there are. Who asks for it has to see that
    there will not be more than MAX_REGIONS (`may_cut`), nor more promised than MAX_COMMITTED_PAGES (`may_commit`).
    """

    def __init__(self, image: ProgramImage) -> None:
        self.image = image
        self.regions: list[Region] = []
        """In the order of their addresses; no two overlap."""
        self.promised_pages = 0
        """What all regions promise the process beside its program and its stack."""
        self.effort = 0
        """Pages and regions that were touched or changed, until whoever charges for it sets it back."""
        self._full: dict[int, tuple[int, int]] = {}
        """What the last searches for a gap have found, by the logarithm of its size: (count, end), no gap of so many pages or more lies
        above the page `end`."""
        self._found: Region | None = None
        """The region that was asked for last, if nothing has changed since: it often is the next one, too."""
        self.heap_start = 0
        self.heap_end = 0
        """The break: the first address behind the heap."""

    def lay_out(self) -> None:
        """Make the regions of a program that is about to start: its segments, an empty heap, the stack."""
        self.regions = program_regions(self.image)
        self.heap_start = self.heap_end = self.image.first_free_address
        rights = READ_WRITE | int(Protection.EXECUTE) * self.image.executable_stack
        self.regions.append(Region(FIRST_STACK_PAGE, STACK_TOP // PAGE_BYTES, rights, RegionKind.STACK))

    def take_over(self, regions: list[Region]) -> None:
        """Have these regions instead of any others."""
        self.regions = regions
        self._found = None
        self.promised_pages = sum(region.promised for region in regions)
        self._full = {}

    def region_at(self, page_number: int) -> Region | None:
        """Return the region that a page lies in."""
        found = self._found
        if found is not None and found.first <= page_number < found.end:
            return found
        index = self._behind(page_number) - 1
        if index >= 0 and page_number < self.regions[index].end:
            self._found = self.regions[index]
            return self._found
        return None

    def text_in(self, first: int = 0, end: int = _NO_PAGE) -> list[tuple[int, int]]:
        """Return what there is of the shared text in [first, end), in runs: first, count."""
        inside = self.regions[self._reaching(first) : self._from(end)]
        parts = [(max(one.first, first), min(one.end, end)) for one in inside if one.kind is RegionKind.TEXT]
        return [(start, stop - start) for start, stop in parts]

    def committed_pages(self, first: int, end: int) -> int:
        """Return how many of the promised pages lie in [first, end)."""
        inside = self.regions[self._reaching(first) : self._from(end)]
        self.effort += len(inside) // SCANNED
        return sum(min(region.end, end) - max(region.first, first) for region in inside if region.promised)

    def is_free(self, first: int, end: int) -> bool:
        """Tell whether no region has a page in [first, end)."""
        return self._reaching(first) == self._from(end)

    def is_mapped(self, first: int, end: int) -> bool:
        """Tell whether every page in [first, end) lies in a region."""
        inside = self.regions[self._reaching(first) : self._from(end)]
        self.effort += len(inside) // SCANNED
        if not inside or inside[0].first > first or inside[-1].end < end:
            return first >= end
        return all(above.first == below.end for below, above in pairwise(inside))

    def may_commit(self, pages: int) -> bool:
        """Tell whether the process may be promised this many pages more: the limit is the same on every node."""
        return self.promised_pages + pages <= MAX_COMMITTED_PAGES

    def may_cut(self, first: int, end: int, added: int = 0) -> bool:
        """Tell whether there is room for more regions once [first, end) is taken out."""
        cuts = self._cuts(first) + self._cuts(end)
        taken_out = self._from(end) - self._reaching(first)
        return len(self.regions) + cuts - taken_out + added <= MAX_REGIONS

    def find_gap(self, count: int) -> int | None:
        """Return the first page of the highest gap of `count` pages below MMAP_TOP; None: there is none."""
        end = MMAP_TOP // PAGE_BYTES
        known_count, known_end = self._full.get(count.bit_length(), (count, end))
        if known_count <= count:
            end = known_end
        index = self._from(end) - 1
        found = None
        while index >= 0 and found is None:
            region = self.regions[index]
            if region.end + count <= end:
                found = end - count
            else:
                end, index = min(end, region.first), index - 1
                self.effort += not index % SCANNED
        self._full[count.bit_length()] = (count, end)
        return found

    def add_region(self, first: int, end: int, protection: int, kind: RegionKind = RegionKind.ANONYMOUS) -> None:
        """Add a region where none is; neighbours that are like it become one with it."""
        region = Region(first, end, protection, kind)
        self.promised_pages += region.promised
        self._found = None
        index = self._from(first)
        self.regions.insert(index, region)
        self._join(index, index + 1)

    def take_out(self, first: int, end: int) -> None:
        """Take [first, end) out of all regions."""
        self._found = None
        self._cut(first)
        self._cut(end)
        start, stop = self._from(first), self._from(end)
        self.promised_pages -= sum(region.promised for region in self.regions[start:stop])
        del self.regions[start:stop]
        self.effort += stop - start
        self._note_gap(start)

    def allow(self, first: int, end: int, protection: int) -> bool:
        """Set what may be done with [first, end); tell whether that is possible (else nothing is changed).

        It is not if a page lies in no region, or there would be too many regions, or more were promised than may be.
        """
        start, stop = self._reaching(first), self._from(end)
        inside = self.regions[start:stop]
        self.effort += len(inside)
        if not self.is_mapped(first, end):
            return False
        if len(self.regions) + self._cuts(first) + self._cuts(end) > MAX_REGIONS:
            return False
        becomes = sum(
            Region(max(region.first, first), min(region.end, end), protection, region.kind).promised
            for region in inside
        )
        before = self.committed_pages(first, end)
        if becomes > before and not self.may_commit(becomes - before):
            return False
        self.promised_pages += becomes - before
        self._found = None
        self._cut(first)
        self._cut(end)
        start, stop = self._from(first), self._from(end)
        for region in self.regions[start:stop]:
            if region.kind is RegionKind.TEXT and region.protection != protection:
                region.kind = RegionKind.IMAGE
            region.protection = protection
        self._join(start, stop)
        return True

    # ------------------------------------------------------------------------------------------------------- private

    def _from(self, page_number: int) -> int:
        """Return the index of the first region that begins at a page or behind it."""
        return bisect.bisect_left(self.regions, page_number, key=_first_page)

    def _behind(self, page_number: int) -> int:
        """Return the index of the first region that begins behind a page."""
        return bisect.bisect_right(self.regions, page_number, key=_first_page)

    def _reaching(self, page_number: int) -> int:
        """Return the index of the first region that has a page at or behind a page."""
        index = self._behind(page_number)
        return index - 1 if index and page_number < self.regions[index - 1].end else index

    def _cuts(self, page_number: int) -> bool:
        """Tell whether a region lies across the beginning of a page."""
        region = self.region_at(page_number)
        return region is not None and region.first < page_number

    def _cut(self, page_number: int) -> None:
        """Make a region begin at `page_number`, if one lies across it."""
        index = self._behind(page_number) - 1
        region = self.regions[index] if index >= 0 else None
        if region is not None and region.first < page_number < region.end:
            self.regions.insert(index + 1, Region(page_number, region.end, region.protection, region.kind))
            region.end = page_number

    def _join(self, start: int, stop: int) -> None:
        """Make neighbours one that are alike, among the regions with the indices [start, stop) and those beside them."""
        start, stop = max(0, start - 1), min(len(self.regions), stop + 1)
        joined: list[Region] = []
        for region in self.regions[start:stop]:
            if joined and region.continues(joined[-1]):
                joined[-1].end = region.end
            else:
                joined.append(region)
        self.regions[start:stop] = joined

    def _note_gap(self, index: int) -> None:
        """Take note that there is a new gap, or a larger one, before the region with this index."""
        top = MMAP_TOP // PAGE_BYTES
        end = min(top, self.regions[index].first) if index < len(self.regions) else top
        size = end - (self.regions[index - 1].end if index else 0)
        for key, (count, known_end) in self._full.items():
            if count <= size and known_end < end:
                self._full[key] = (count, end)


def program_regions(image: ProgramImage) -> list[Region]:
    """Return the regions of a program's segments, as they are when it starts."""
    regions: list[Region] = []
    for segment in image.segments:
        protection = int(
            Protection.READ * segment.readable
            | Protection.WRITE * segment.writable
            | Protection.EXECUTE * segment.executable
        )
        first = segment.address // PAGE_BYTES
        end = -(-(segment.address + segment.memory_bytes) // PAGE_BYTES)
        if regions and first < regions[-1].end:  # two segments share a page: it gets the rights of both
            shared = regions[-1].end - 1
            regions[-1].end = shared
            regions.append(_program_region(shared, shared + 1, regions[-1].protection | protection))
            first = shared + 1
        if first < end:
            regions.append(_program_region(first, end, protection))
    return [region for region in regions if region.first < region.end]


def text_pages(image: ProgramImage) -> int:
    """Return how many frames the shared text of a program takes."""
    return sum(region.end - region.first for region in program_regions(image) if region.kind is RegionKind.TEXT)


def _program_region(first: int, end: int, protection: int) -> Region:
    is_text = protection & Protection.EXECUTE and not protection & Protection.WRITE
    return Region(first, end, protection, RegionKind.TEXT if is_text else RegionKind.IMAGE)


def _first_page(region: Region) -> int:
    return region.first
