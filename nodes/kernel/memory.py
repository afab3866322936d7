"""Memory: the address spaces of processes.

An address space is a row of regions (what may be there: see `regions`) and a page table: which pages are in frames here, and where those
are that are not. The program's text is in neither: it is there from the beginning, or the arrival, until the end, and the node's processes
share it. Any other page comes on demand: from the disk or another node if it is away, else from the program's image, else filled with
zeros. It is mapped without write access until the first write, and that fault makes it dirty; and without any access after the pager has
forgotten that it was referenced, until it is referenced again. So the emulated CPU needs no bits of its own for either. Where every
reference is watched (`Frames.watched`), a page is mapped without access from the beginning, unless it is being used.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

import msgspec

from nodes.kernel.ahead import STANDING, Lead, Stride
from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import PAGE_BYTES, Access, Cpu, Protection
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.pages import each_page, runs
from nodes.kernel.regions import (
    FIRST_STACK_PAGE,
    MAX_PAGES,
    MMAP_TOP,
    READ_WRITE,
    SCANNED,
    STACK_BYTES,
    USER_END,
    AddressMap,
    Region,
    RegionKind,
    text_pages,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.reasons import Number, Reason, WithReason, reason


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page is that is in no frame here."""

    node: NodeName
    on_disk: bool
    """On that node's disk; False: in its memory."""


class Page(msgspec.Struct):
    """A page that is in a frame."""

    frame: int
    dirty: bool = False
    """Written since it was brought in; only such a page differs from where it came from."""
    touched: bool = False
    """Written since it was brought in or last copied elsewhere, or nobody has a copy and a write would change nothing: only such a page
    is mapped with write access."""
    referenced: bool = True
    """Used since the pager last forgot it; a page that was not is mapped without any access."""
    saved: Place | None = None
    """Where there is a copy of it as it is now, on a disk."""
    age: int = 0
    """A counter of eight bits, where replacement ages pages: the higher, the more they were used lately."""
    executed: bool = False
    """It holds code. A page that may be both written and executed is mapped with the right to be executed only once it was."""


class Violation(WithReason):
    """A process touched what it may not. The reason names the address and the cause."""


class PageWait(Exception):
    """The page is on its way into its frame: the process has to wait for it, and then to try again what it wanted."""

    def __init__(self, number: int, until_ns: int) -> None:
        super().__init__(number, until_ns)
        self.number = number
        self.until_ns = until_ns
        """When the disk has done its work."""


class PageElsewhere(Exception):
    """The page is on another node: it has to be fetched from there."""

    def __init__(self, number: int, place: Place) -> None:
        super().__init__(number, place)
        self.number = number
        self.place = place


class AddressSpace(AddressMap):
    """The memory of one process on this node. Owns its frames and the mappings of its CPU until `release`.

    `store` is the node's disk and `node` its name; without them nothing can leave a frame.
    """

    def __init__(
        self,
        pid: Pid,
        cpu: Cpu,
        image: ProgramImage,
        frames: Frames[AddressSpace],
        store: BackingStore | None = None,
        node: NodeName = "",
        stride: Stride = STANDING,
    ) -> None:
        super().__init__(image)
        self.pid = pid
        self._cpu = cpu
        """Only for `cpu`, below, and `lead`."""
        self.lead = Lead(cpu, stride)
        """What executes the process's instructions, and may run ahead."""
        self.pages: dict[int, Page] = {}
        """The page table: what is in frames, by page number."""
        self.away: dict[int, Place] = {}
        """The rest of the page table: what is on a disk or on another node. A page in neither has its content from its region."""
        self.current: dict[int, None] = {}
        """Pages of which the destination of the migration under way has a copy as they are now."""
        self.left_behind: dict[int, Place] = {}
        """Pages that stay where they are when the process goes, and where that is: see `leave_behind`."""
        self.holders: dict[NodeName, None] = {}
        """Nodes that may have something of it, from this move or an earlier one."""
        self.pushers: dict[NodeName, None] = {}
        """Nodes that may be sending pages of it here unasked."""
        self.reservation = 0
        """Frames promised to this space and not yet taken."""
        self._shares_text = False
        self.faulted: dict[str, list[int]] = {}
        """Pages brought in since the kernel last asked, by where they came from."""
        self.noticed = 0
        """How many references to its pages were noticed, where every one is watched."""
        self._frames = frames
        self._store = store
        self._on_own_disk = Place(node, on_disk=True)
        self._awaited: tuple[int, Access] | None = None
        """The page that was asked of another node last, and for what."""
        self._held: dict[int, None] = {}
        """Pages that the instruction or system call in hand has needed so far: they stay."""
        self._held_at = -1
        """The count of instructions to which this belongs."""

    @property
    def cpu(self) -> Cpu:
        """Its CPU, for all who want to see or change registers, pages or what may be done with them: it is not ahead any more."""
        self.lead.take_back()
        return self._cpu

    @property
    def instructions(self) -> int:
        """How many instructions it has executed."""
        return self.lead.instructions

    # ------------------------------------------------------------------------------------------------------- regions

    def share_text(self) -> int:
        """Have the program's text in frames for this process too; return how many were taken for it. Raises OutOfFrames."""
        taken = 0 if self._shares_text else self._frames.share_text(self.image.digest, text_pages(self.image))
        self._shares_text = True
        return taken

    def missing_text(self) -> int:
        """Return how many frames the program's text takes that is not here yet."""
        return 0 if self._shares_text else self._frames.missing_text(self.image.digest, text_pages(self.image))

    def leave_text(self) -> None:
        """Give the text up: the process does not go on here."""
        if self._shares_text:
            self._frames.leave_text(self.image.digest)
            self._shares_text = False

    def map_text(self) -> None:
        """Let the process use what its regions have of the text. Raises OutOfFrames."""
        self.share_text()
        for first, count in self.text_in():
            content = b"".join(
                [self.image.page_content(number) or _ZERO_PAGE for number in range(first, first + count)]
            )
            self.cpu.map_text(first, content)
        self.cpu.hide_text()

    def remove_pages(self, first: int, end: int) -> None:
        """Take [first, end) out of all regions; its frames become free."""
        self._unmap(self.text_in(first, end))
        self.take_out(first, end)
        self.empty_pages(first, end)

    def empty_pages(self, first: int, end: int) -> None:
        """Forget what is in [first, end): it will be as it was at first."""
        gone = self._numbers(self.pages, first, end)
        self.effort += len(gone)
        self.drop_all(gone)
        absent = self._numbers(self.away, first, end)
        if self._store is not None:
            for number in (*gone, *absent):
                self._store.forget(self.pid, number)
        for number in absent:
            del self.away[number]
        for number in self._numbers(self.current, first, end):
            del self.current[number]

    def protect_pages(self, first: int, end: int, protection: int) -> bool:
        """Set what may be done with [first, end); tell whether that is possible (else nothing is changed)."""
        text = self.text_in(first, end)
        if not self.allow(first, end, protection):
            return False
        remaining = self.text_in(first, end)
        self._unmap([run for run in text if run not in remaining])
        changed = self._numbers(self.pages, first, end)
        self.effort += len(changed)
        for number in changed:
            self.cpu.protect_page(number, self._mapped_protection(protection, self.pages[number]))
        return True

    def _unmap(self, text: list[tuple[int, int]]) -> None:
        """Take text away from the process: it stays in its frames, for others."""
        for first, count in text:
            self.cpu.unmap_pages(first, count)
            self.effort += count

    def move_break(self, address: int) -> int:
        """Set the end of the heap if that is possible; return where it ends now."""
        old_end, new_end = -(-self.heap_end // PAGE_BYTES), -(-address // PAGE_BYTES)
        if not self.heap_start <= address < MMAP_TOP:
            return self.heap_end
        if new_end > old_end:
            if not (
                self.is_free(old_end, new_end) and self.may_commit(new_end - old_end) and self.may_cut(0, 0, added=1)
            ):
                return self.heap_end
            self.add_region(old_end, new_end, READ_WRITE, RegionKind.HEAP)
        elif new_end < old_end:
            if not self.may_cut(new_end, old_end):
                return self.heap_end
            self.remove_pages(new_end, old_end)
        self.heap_end = address
        return address

    # --------------------------------------------------------------------------------------------------------- pages

    def serve_fault(self, address: int, access: Access) -> str:
        """Make the page at `address` fit for `access`.

        Returns what had to be done: the page came from `zero` or `image`; it was there, and is `mapped` for a first write, or was just
        `referenced` again. Raises PageWait if it comes from the disk, or if the disk had to make room for it; PageElsewhere if another node
        has it; Violation or OutOfFrames.
        """
        number = address // PAGE_BYTES
        region = self.region_at(number)
        if region is None:
            raise Violation(self._explain_nothing_there(address, access))
        if not region.protection & access.needs:
            raise Violation(reason("no-right", **_at(access, address), rights=_rights(region.protection)))
        if region.kind is RegionKind.TEXT:
            return "referenced"
        self._hold(number)
        page = self.pages.get(number)
        if page is not None:
            return self._serve_resident(number, page, region, access)
        place = self.away.get(number)
        if place is not None and place != self._on_own_disk:
            self._awaited = (number, access)
            raise PageElsewhere(number, place)
        return self._bring_in(number, region, access)

    def _serve_resident(self, number: int, page: Page, region: Region, access: Access) -> str:
        first_write = access is Access.WRITE and not page.touched
        page.referenced = True
        page.executed |= access is Access.EXECUTE
        if first_write:
            self._note_write(number, page)
        self.cpu.protect_page(number, self._mapped_protection(region.protection, page))
        self._frames.note_use(self, number)
        return "mapped" if first_write else "referenced"

    def _note_write(self, number: int, page: Page) -> None:
        page.dirty = page.touched = True
        page.saved = None
        self.current.pop(number, None)

    def _bring_in(self, number: int, region: Region, access: Access) -> str:
        """Put a page into a frame that comes from this node's disk, from the image or from nowhere."""
        if number not in self.away and len(self.pages) + len(self.away) >= MAX_PAGES:
            raise OutOfFrames
        disk_ns = self._disk_ns()
        frame = self._take_frame(number)  # which may have to write another page to the disk
        page = Page(frame, executed=access is Access.EXECUTE)
        if self.away.pop(number, None) is not None:
            assert self._store is not None
            content: bytes | None = self._store.read(self.pid, number)
            source, page.saved = "disk", self._on_own_disk
        else:
            content = self.image.page_content(number) if region.kind is RegionKind.IMAGE else None
            if content == _ZERO_PAGE:  # uninitialised data: nothing is read from anywhere
                content = None
            source = "zero" if content is None else "image"
        if access is Access.WRITE:
            self._note_write(number, page)
        self.cpu.map_page(number, self._mapped_protection(region.protection, page), content)
        self.pages[number] = page
        self._frames.note_use(self, number)
        self.faulted.setdefault(source, []).append(number)
        if self._disk_ns() > disk_ns:
            raise PageWait(number, self._disk_ns())
        return source

    def install_page(self, number: int, content: bytes) -> None:
        """Put a page that came from elsewhere in the place of an older copy, into a frame if one is free, else on the disk.

        Before `adopt`, its region is not known. Raises OutOfFrames where there is neither a frame nor a disk.
        """
        if number in self.pages:
            self.cpu.write(number * PAGE_BYTES, content)
            return
        if self._store is not None and not self.reservation and self._frames.free <= 0:
            self._store.write(self.pid, number, content)
            self.away[number] = self._on_own_disk
            return
        page = Page(self._take_frame(number), dirty=True)
        self.cpu.map_page(number, Protection.READ, content)
        self.pages[number] = page
        self.away.pop(number, None)

    def install_pages(self, numbers: list[int], content: bytes) -> None:
        """Do so with many pages at once: `content` has them in the order of `numbers`."""
        place = 0
        for first, count in runs(numbers):
            part = content[place : place + count * PAGE_BYTES] if len(numbers) > count else content
            place += count * PAGE_BYTES
            if self._all_new(first, count):
                self.cpu.map_pages(first, count, Protection.READ, part)
                for number in range(first, first + count):
                    self.pages[number] = Page(self._take_frame(number), dirty=True)
            else:
                for number, page in each_page(range(first, first + count), part):
                    self.install_page(number, page)

    def _all_new(self, first: int, count: int) -> bool:
        """Tell whether nothing is known of any of these pages, and frames are promised for all."""
        numbers = range(first, first + count)
        return self.reservation >= count and not any(number in self.pages or number in self.away for number in numbers)

    def receive_page(self, number: int, content: bytes, saved: Place | None) -> bool:
        """Put a page into a frame that was away, on another node. `saved` says where there still is a copy, on a disk.

        A page that is awaited for a write is mapped for it at once. Returns False if it is not wanted any more. Raises OutOfFrames.
        """
        region = self.region_at(number)
        if region is None or number not in self.away:
            return False
        page = Page(self._take_frame(number), dirty=saved is None, touched=saved is None, saved=saved)
        del self.away[number]
        awaited = self._awaited is not None and self._awaited[0] == number
        if self._awaited == (number, Access.WRITE):
            self._note_write(number, page)
        page.executed = self._awaited == (number, Access.EXECUTE)
        page.referenced = awaited or not self._watched(number)
        self.cpu.map_page(number, self._mapped_protection(region.protection, page), content)
        self.pages[number] = page
        if awaited:
            self._frames.note_use(self, number)
        self.faulted.setdefault("remote", []).append(number)
        return True

    # --------------------------------------------------------------------------------------------- what replacement asks

    def was_referenced(self, number: int) -> bool:
        """Tell whether a page that is here was used since `forget_reference`."""
        return self.pages[number].referenced

    def forget_reference(self, number: int) -> None:
        """Have it noticed when the page is next used. Code is always in use: to watch it would cost more than it tells."""
        if not self.is_code(number):
            self.pages[number].referenced = False
            self.cpu.protect_page(number, Protection.NONE)

    def note_resumed(self) -> None:
        """Take note that the process goes on, and uses again what the instruction or system call in hand has needed so far."""
        if self._frames.watched and self._held_at == self.instructions:
            for number in list(self._held):
                if number in self.pages:
                    self._frames.note_use(self, number)

    def _watched(self, number: int) -> bool:
        """Tell whether every reference to the page is to be noticed."""
        return self._frames.watched and not self.is_code(number)

    def is_code(self, number: int) -> bool:
        """Tell whether a page holds code: it can be executed, and if it can be written to, it was."""
        region = self.region_at(number)
        if region is None or not region.protection & Protection.EXECUTE:
            return False
        page = self.pages.get(number)
        return not region.protection & Protection.WRITE or (page is not None and page.executed)

    def holds_fast(self, number: int) -> bool:
        """Tell whether the instruction or system call in hand needs the page."""
        return number in self._held and self._held_at == self.instructions

    def evict(self, number: int) -> bool:
        """Take a page out of its frame; tell whether it had to be written to the disk."""
        page = self.pages[number]
        if page.dirty:
            assert self._store is not None, "there is nowhere to put it"
            self._store.write(self.pid, number, self.cpu.read_page(number))
            self.away[number] = self._on_own_disk
        elif page.saved is not None:
            self.away[number] = page.saved
        self.drop(number)
        return page.dirty

    def let_go(self) -> None:
        """Hold no page any more: the process will not go on here."""
        self._held.clear()

    def _hold(self, number: int) -> None:
        instructions = self.lead.instructions
        if self._held_at != instructions:
            self._held.clear()
            self._held_at = instructions
        self._held[number] = None

    # -------------------------------------------------------------------------------------------- what a migration asks

    def begin_copying(self) -> None:
        """Forget what an earlier migration has copied, and meant to leave behind."""
        self.current.clear()
        self.left_behind.clear()

    def note_copied(self, numbers: list[int], *, frozen: bool = False) -> None:
        """Take note that pages were copied elsewhere as they are now; the next write to one is noticed. A frozen process makes none."""
        self.current |= dict.fromkeys(numbers)
        if not frozen:
            for number in numbers:
                page = self.pages.get(number)
                if page is not None and page.touched:
                    self._watch_writes(number, page)

    def _watch_writes(self, number: int, page: Page) -> None:
        page.touched = False
        region = self.region_at(number)
        assert region is not None
        self.cpu.protect_page(number, self._mapped_protection(region.protection, page))

    def resident_dirty(self) -> list[int]:
        """Return the pages that are in frames and were written since they were brought in, in order."""
        return sorted(number for number, page in self.pages.items() if page.dirty)

    def existing(self) -> list[int]:
        """Return all pages that have a content of their own, in frames here or elsewhere; in order."""
        return sorted([*self.pages, *self.away])

    def not_copied(self) -> list[int]:
        """Return the existing pages that were never copied, or written since, in order."""
        return [number for number in self.existing() if number not in self.current]

    def leave_behind(self, *, in_memory: bool) -> None:
        """Settle where every page stays that was not copied: in its frame here, on a disk, or wherever it is already.

        A page of which a disk has a copy as it is now stays in its frame only if it may stay `in_memory`. A clean page of which there is
        no such copy is as the image or as zeros are: nobody needs it.
        """
        here = Place(self._on_own_disk.node, on_disk=False)
        self.left_behind = {number: place for number, place in self.away.items() if number not in self.current}
        for number in sorted(self.pages):
            page = self.pages[number]
            if number in self.current:
                continue
            if page.dirty or (page.saved is not None and in_memory):
                self.left_behind[number] = here
            elif page.saved is not None:
                self.left_behind[number] = page.saved
        for number in sorted(self.left_behind):
            self.holders[self.left_behind[number].node] = None

    def is_here(self, number: int) -> bool:
        """Tell whether the content of a page can be had on this node, from a frame or from its disk."""
        return number in self.pages or self.away.get(number) == self._on_own_disk

    def note_saved(self, number: int, place: Place) -> None:
        """Take note that there is a copy of the page, as it is now, on a disk. The process does not run meanwhile."""
        page = self.pages[number]
        page.dirty, page.saved = False, place
        if page.touched:
            self._watch_writes(number, page)

    def adopt(
        self, regions: list[Region], heap: tuple[int, int], here: list[int], dirty: list[int], away: dict[int, Place]
    ) -> None:
        """Take over the memory map of a process whose pages came from elsewhere, give them their protection, and map the text.

        Pages that came and are not in `here` are dropped: the process has given them up since, or they are to be had from `away`. Raises
        Violation if a page lies in no region or in the text, if one that should be here did not come, or if what is said to be text is not.
        """
        self.take_over(regions)
        self._check_text()
        self.heap_start, self.heap_end = heap
        kept = dict.fromkeys(here)
        self.drop_all([number for number in sorted(self.pages) if number not in kept])
        came = {number: place for number, place in self.away.items() if number in kept}
        if len(self.pages) + len(came) != len(here):
            raise Violation(reason("pages-missing", count=len(here) - len(self.pages) - len(came)))
        self.away = came | {number: place for number, place in away.items() if number not in kept}
        written = dict.fromkeys(dirty)
        for number in here:
            region = self.region_at(number)
            if region is None or region.kind is RegionKind.TEXT:
                raise Violation(reason("page-in-no-region", page=f"{number:#x}"))
        for number, page in self.pages.items():
            page.dirty = number in written
        present = sorted(self.pages)
        for region in self.regions:
            inside = present[bisect.bisect_left(present, region.first) : bisect.bisect_left(present, region.end)]
            if self._watched(region.first):
                for number in inside:
                    self.pages[number].referenced = False
            for first, count in runs(inside):  # none of them was written to yet: they have one protection
                self.cpu.protect_pages(first, count, self._mapped_protection(region.protection, self.pages[first]))
        self.map_text()

    def _check_text(self) -> None:
        """See to it that what the regions call text is the program's. Raises Violation."""
        program = AddressMap(self.image)
        program.lay_out()
        for first, count in self.text_in():
            if sum(common for _, common in program.text_in(first, first + count)) != count:
                raise Violation(reason("page-in-no-region", page=f"{first:#x}"))

    def content(self, number: int) -> bytes:
        """Return the bytes of a page that is here, from its frame or from the disk."""
        if number in self.pages:
            return self.cpu.read_page(number)
        assert self._store is not None
        return self._store.read(self.pid, number)

    def contents(self, first: int, count: int) -> bytes:
        """Return the bytes of consecutive pages that are here."""
        if all(number in self.pages for number in range(first, first + count)):
            return self.cpu.read_pages(first, count)
        return b"".join(self.content(number) for number in range(first, first + count))

    def drop(self, number: int) -> None:
        """Forget a page that is in a frame."""
        self.cpu.unmap_page(number)
        self._frames.release(self.pages.pop(number).frame)

    def drop_all(self, numbers: Sequence[int]) -> None:
        """Forget pages that are in frames, in the order of their numbers."""
        for first, count in runs(numbers):
            self.cpu.unmap_pages(first, count)
        for number in numbers:
            self._frames.release(self.pages.pop(number).frame)

    def release(self) -> None:
        """Give back all frames and promises. The CPU is the caller's again."""
        self.lead.forget()
        for page in self.pages.values():
            self._frames.release(page.frame)
        self.pages.clear()
        self.away.clear()
        self.leave_text()
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
        """Make memory fit for an access by the kernel. Raises what `serve_fault` does; then the kernel tries again later."""
        if size < 0 or address < 0 or address + size > USER_END:
            raise Violation(reason("outside", **_at(access, address), bytes=size))
        self.effort += 1
        if not size:
            return
        self.effort += size // PAGE_BYTES
        for number in range(address // PAGE_BYTES, (address + size - 1) // PAGE_BYTES + 1):
            page = self.pages.get(number)
            if page is None or not page.referenced or (access is Access.WRITE and not page.touched):
                self.serve_fault(number * PAGE_BYTES, access)
            else:
                region = self.region_at(number)
                if region is None or not region.protection & access.needs:
                    raise Violation(reason("not-allowed", **_at(access, number * PAGE_BYTES)))
                self._hold(number)

    # ------------------------------------------------------------------------------------------------------- private

    def _take_frame(self, number: int) -> int:
        if self.reservation:
            self.reservation -= 1
            return self._frames.allocate(self, number, from_reservation=True)
        return self._frames.allocate(self, number)

    def _disk_ns(self) -> int:
        """Return when the disk has done all that it was asked for."""
        return 0 if self._store is None else self._store.busy_until()

    def _numbers(self, table: Mapping[int, object], first: int, end: int) -> list[int]:
        """Return the page numbers of a table that are in [first, end), in order."""
        self.effort += min(end - first, len(table)) // SCANNED
        if end - first < len(table):
            return [number for number in range(first, end) if number in table]
        return sorted(number for number in table if first <= number < end)

    @staticmethod
    def _mapped_protection(protection: int, page: Page) -> Protection:
        """Return the rights to map a page with: without WRITE until it is written to, so that the first write is noticed; without any
        where it is to be noticed that it is used."""
        if not page.referenced:
            return Protection.NONE
        if protection & _BOTH == _BOTH and not page.executed:
            protection &= ~Protection.EXECUTE
        return _ALL_RIGHTS[protection] if page.touched else _WITHOUT_WRITE[protection]

    def _explain_nothing_there(self, address: int, access: Access) -> Reason:
        bottom = FIRST_STACK_PAGE * PAGE_BYTES
        if bottom - STACK_BYTES <= address < bottom:
            return reason("stack-overflow", **_at(access, address), mib=STACK_BYTES >> 20)
        if address < PAGE_BYTES:
            return reason("null-pointer", **_at(access, address))
        return reason("nothing-mapped", **_at(access, address))


_ZERO_PAGE = bytes(PAGE_BYTES)
_BOTH = int(Protection.WRITE | Protection.EXECUTE)
_ALL_RIGHTS = tuple(Protection(bits) for bits in range(8))
_WITHOUT_WRITE = tuple(rights & ~Protection.WRITE for rights in _ALL_RIGHTS)


def _rights(protection: int) -> Reason:
    """Name what may be done with a page."""
    rights: Reason | None = None
    for flag in Protection:
        if flag & protection and flag.name:
            right = reason(flag.name.lower())
            rights = reason("and", one=rights, other=right) if rights else right
    return reason("only", rights=rights) if rights else reason("inaccessible")


def _at(access: Access, address: int) -> dict[str, Number]:
    """Return what reasons about an access name."""
    return {"access": reason(access.value), "address": f"{address:#x}"}
