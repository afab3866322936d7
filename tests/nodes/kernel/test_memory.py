"""Frames, regions and pages, against models that know nothing of either; the CPU is a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.cpu import Access, Protection
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.memory import AddressSpace, Page, PageElsewhere, PageWait, Place, Violation
from nodes.kernel.regions import (
    MAX_COMMITTED_PAGES,
    MAX_PAGES,
    MAX_REGIONS,
    MMAP_TOP,
    READ_WRITE,
    SCANNED,
    STACK_BYTES,
    STACK_TOP,
    USER_END,
    Region,
    RegionKind,
)
from nodes.wire.image import PAGE_BYTES, ProgramImage, Segment
from tests.nodes.kernel.assembler import DATA, TEXT, Code
from tests.nodes.kernel.machine import CountedPool, examples
from tests.nodes.kernel.post import Post

NONE, READ, WRITE, EXECUTE = 0, int(Protection.READ), int(Protection.WRITE), int(Protection.EXECUTE)
_STACK = Region((STACK_TOP - STACK_BYTES) // PAGE_BYTES, STACK_TOP // PAGE_BYTES, READ | WRITE, RegionKind.STACK)
_TEXT_PAGE, _DATA_PAGE = TEXT // PAGE_BYTES, DATA // PAGE_BYTES
POOL = CountedPool()


def program(*segments: tuple[int, int, bytes, str]) -> ProgramImage:
    """Return a program with segments (address, size in memory, content, rights as in `ls`)."""
    parts = [
        Segment(address, size, content, readable="r" in rights, writable="w" in rights, executable="x" in rights)
        for address, size, content, rights in segments
    ]
    return ProgramImage("test", segments[0][0], tuple(parts), 0, 0, 56, "")


PROGRAM = program((TEXT, 100, b"code" * 25, "rx"), (DATA, 2 * PAGE_BYTES + 1, b"data", "rw"))


@contextmanager
def address_space(image: ProgramImage = PROGRAM, frames: Frames[AddressSpace] | None = None) -> Iterator[AddressSpace]:
    """Lend an address space as a program finds it that starts, and see to it that nothing of it is left."""
    frames = frames or Frames(64)
    space = AddressSpace("n1.1", POOL.take(), image, frames)
    before = (frames.allocated, frames.reserved)
    space.lay_out()
    space.map_text()
    try:
        yield space
    finally:
        space.release()
        POOL.give_back(space.cpu)
        assert (frames.allocated, frames.reserved) == before


# -------------------------------------------------------------------------------------------------------------- frames


def test_a_frame_has_one_owner_until_it_is_released() -> None:
    frames: Frames[str] = Frames(2)

    one, other = frames.allocate("n1.1", 7), frames.allocate("n2.3", 7)

    assert one != other
    assert (frames.resident(one), frames.resident(other)) == (("n1.1", 7), ("n2.3", 7))
    with pytest.raises(OutOfFrames):
        frames.allocate("n1.1", 8)
    frames.release(one)
    assert frames.resident(one) is None
    assert frames.allocate("n1.1", 8) == one


def test_promised_frames_are_given_to_nobody_else() -> None:
    frames: Frames[str] = Frames(3)

    assert frames.reserve(2)
    assert (frames.free, frames.reserve(2)) == (1, False)
    frames.allocate("n1.1", 1)
    with pytest.raises(OutOfFrames):
        frames.allocate("n1.1", 2)
    frames.allocate("n2.1", 1, from_reservation=True)
    assert (frames.allocated, frames.reserved, frames.free) == (2, 1, 0)
    frames.unreserve(1)
    assert (frames.allocated, frames.reserved, frames.free) == (2, 0, 1)


@given(
    operations=st.lists(
        st.tuples(st.sampled_from(["allocate", "release", "reserve", "unreserve", "take"]), st.integers(0, 9)),
        max_size=60,
    )
)
@examples(100)
def test_frames_in_use_promised_and_free_are_always_all_there_are(operations: list[tuple[str, int]]) -> None:
    frames: Frames[str] = Frames(10)
    used: list[int] = []
    promised = 0

    for operation, number in operations:
        free = 10 - len(used) - promised
        match operation:
            case "allocate" if free:
                used.append(frames.allocate("n1.1", number))
            case "release" if used:
                frames.release(used.pop(number % len(used)))
            case "reserve":
                assert frames.reserve(number) == (number <= free)
                promised += number if number <= free else 0
            case "unreserve":
                frames.unreserve(min(number, promised))
                promised -= min(number, promised)
            case "take" if promised:
                used.append(frames.allocate("n1.1", number, from_reservation=True))
                promised -= 1

        assert (frames.allocated, frames.reserved, frames.free) == (len(used), promised, 10 - len(used) - promised)
        assert len(used) == len(dict.fromkeys(used))


# ------------------------------------------------------------------------------------------------- laying out a program


def test_a_new_program_has_its_segments_an_empty_heap_and_a_stack() -> None:
    with address_space() as space:
        assert space.regions == [
            Region(_TEXT_PAGE, _TEXT_PAGE + 1, READ | EXECUTE, RegionKind.TEXT),
            Region(_DATA_PAGE, _DATA_PAGE + 3, READ | WRITE, RegionKind.IMAGE),
            _STACK,
        ]
        assert (space.heap_start, space.heap_end) == (DATA + 3 * PAGE_BYTES,) * 2
        assert space.pages == {}


def test_a_page_that_two_segments_share_has_the_rights_of_both() -> None:
    image = program((TEXT, PAGE_BYTES + 100, b"code", "rx"), (TEXT + PAGE_BYTES + 200, 2 * PAGE_BYTES, b"data", "rw"))
    with address_space(image) as space:
        assert space.regions == [
            Region(_TEXT_PAGE, _TEXT_PAGE + 1, READ | EXECUTE, RegionKind.TEXT),
            Region(_TEXT_PAGE + 1, _TEXT_PAGE + 2, READ | WRITE | EXECUTE, RegionKind.IMAGE),
            Region(_TEXT_PAGE + 2, _TEXT_PAGE + 4, READ | WRITE, RegionKind.IMAGE),
            _STACK,
        ]


def test_three_segments_may_share_one_page() -> None:
    image = program((TEXT, 100, b"a", "r"), (TEXT + 200, 100, b"b", "rx"), (TEXT + 400, PAGE_BYTES, b"c", "rw"))
    with address_space(image) as space:
        assert space.regions == [
            Region(_TEXT_PAGE, _TEXT_PAGE + 1, READ | WRITE | EXECUTE, RegionKind.IMAGE),
            Region(_TEXT_PAGE + 1, _TEXT_PAGE + 2, READ | WRITE, RegionKind.IMAGE),
            _STACK,
        ]


# -------------------------------------------------------------------------------------------------------------- faults


def test_a_page_comes_from_the_image_or_is_zero_and_becomes_dirty_when_it_is_written() -> None:
    with address_space() as space:
        space.move_break(space.heap_start + PAGE_BYTES)
        heap = space.heap_start

        sources = [
            space.serve_fault(TEXT + 4, Access.EXECUTE),
            space.serve_fault(DATA, Access.READ),
            space.serve_fault(DATA + 8, Access.WRITE),
            space.serve_fault(heap, Access.WRITE),
        ]

        assert sources == ["referenced", "image", "mapped", "zero"]
        assert space.faulted == {"image": [_DATA_PAGE], "zero": [heap // PAGE_BYTES]}
        assert {number: page.dirty for number, page in space.pages.items()} == {
            _DATA_PAGE: True,
            heap // PAGE_BYTES: True,
        }
        assert space.read(TEXT, PAGE_BYTES) == (b"code" * 25).ljust(PAGE_BYTES, b"\0")
        assert space.content(_DATA_PAGE) == b"data".ljust(PAGE_BYTES, b"\0")
        assert space.content(heap // PAGE_BYTES) == bytes(PAGE_BYTES)


@pytest.mark.parametrize(
    ("address", "access", "reason"),
    [
        (0, Access.READ, "read at 0x0: a null pointer"),
        (0xFFF, Access.EXECUTE, "execute at 0xfff: a null pointer"),
        (0x1000, Access.READ, "read at 0x1000: nothing is mapped there"),
        (TEXT, Access.WRITE, "write at 0x10000: its page is read and execute only"),
        (DATA, Access.EXECUTE, "execute at 0x20000: its page is read and write only"),
        (
            STACK_TOP - STACK_BYTES - 8,
            Access.WRITE,
            "stack overflow: write at 0x3fff7feff8, below the stack of 8 MiB",
        ),
        (USER_END, Access.READ, "read at 0x4000000000: nothing is mapped there"),
        (2**64 - 1, Access.WRITE, "write at 0xffffffffffffffff: nothing is mapped there"),
    ],
)
def test_a_violation_names_the_address_and_the_cause(address: int, access: Access, reason: str) -> None:
    with address_space() as space:
        with pytest.raises(Violation) as caught:
            space.serve_fault(address, access)

        assert str(caught.value) == reason
        assert space.pages == {}


def test_a_page_without_any_right_says_so() -> None:
    with address_space() as space:
        space.protect_pages(_DATA_PAGE, _DATA_PAGE + 1, 0)

        with pytest.raises(Violation, match=r"^read at 0x20000: its page is not accessible$"):
            space.serve_fault(DATA, Access.READ)


def test_without_a_free_frame_a_fault_changes_nothing() -> None:
    frames: Frames[AddressSpace] = Frames(2)
    with address_space(frames=frames) as space:
        space.serve_fault(DATA, Access.READ)

        with pytest.raises(OutOfFrames):
            space.serve_fault(DATA + PAGE_BYTES, Access.READ)

        assert space.faulted == {"image": [_DATA_PAGE]}
        assert list(space.pages) == [_DATA_PAGE]


# ------------------------------------------------------------------------------------------- what the kernel reads and writes


def test_the_kernel_reads_and_writes_across_pages_and_brings_them_in() -> None:
    with address_space() as space:
        space.write(DATA + PAGE_BYTES - 3, b"across")

        assert space.read(DATA + PAGE_BYTES - 4, 8) == b"\0across\0"
        assert {number: page.dirty for number, page in space.pages.items()} == {_DATA_PAGE: True, _DATA_PAGE + 1: True}


def test_reading_and_writing_nothing_needs_no_page() -> None:
    with address_space() as space:
        assert space.read(0, 0) == b""
        space.write(12, b"")

        assert space.pages == {}


@pytest.mark.parametrize(
    ("address", "size"),
    [(0, 1), (DATA + 3 * PAGE_BYTES - 1, 2), (USER_END - 1, 2), (USER_END, 0), (2**64 - 8, 16), (-8, 4), (DATA, -1)],
)
def test_the_kernel_reads_nothing_that_the_process_could_not(address: int, size: int) -> None:
    with address_space() as space:
        if size == 0:
            assert space.read(address, size) == b""
        else:
            with pytest.raises(Violation):
                space.read(address, size)


def test_the_kernel_respects_the_protection_of_a_page_that_is_there() -> None:
    with address_space() as space:
        space.write(DATA, b"secret")
        space.protect_pages(_DATA_PAGE, _DATA_PAGE + 1, 0)
        with pytest.raises(Violation):
            space.read(DATA, 1)

        space.protect_pages(_DATA_PAGE, _DATA_PAGE + 1, READ)
        assert space.read(DATA, 6) == b"secret"
        with pytest.raises(Violation):
            space.write(DATA, b"x")


@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 5000])
def test_a_string_is_read_up_to_its_end_also_across_pages(length: int) -> None:
    with address_space() as space:
        space.write(DATA + 100, b"s" * length + b"\0more")

        assert space.read_string(DATA + 100, limit=8192) == b"s" * length


def test_a_string_without_an_end_is_too_long_or_runs_into_nothing() -> None:
    with address_space() as space:
        space.write(DATA, b"s" * 3 * PAGE_BYTES)

        with pytest.raises(ValueError, match="too long"):
            space.read_string(DATA, limit=PAGE_BYTES)
        with pytest.raises(Violation):
            space.read_string(DATA + 2 * PAGE_BYTES + 10)


# --------------------------------------------------------------------------------------- moving in and out of a space


def test_pages_that_come_from_elsewhere_take_promised_frames_and_get_their_protection() -> None:
    frames: Frames[AddressSpace] = Frames(5)
    with address_space(frames=frames) as there:
        there.write(DATA, b"moved")
        there.serve_fault(DATA + PAGE_BYTES, Access.READ)
        regions, heap = there.regions, (there.heap_start, there.heap_end)
        contents = {number: there.content(number) for number in there.pages}

        here = AddressSpace("n1.1", POOL.take(), PROGRAM, frames)
        assert here.reserve(2)
        assert not here.reserve(1)
        for number, content in contents.items():
            here.install_page(number, content)
        here.adopt(regions, heap, sorted(contents), [_DATA_PAGE], {})

        assert (here.reservation, frames.reserved) == (0, 0)
        assert here.read(DATA, 5) == b"moved"
        assert {number: page.dirty for number, page in here.pages.items()} == {_DATA_PAGE: True, _DATA_PAGE + 1: False}
        assert (here.read(TEXT, 4), frames.text) == (b"code", 1)
        here.release()
        POOL.give_back(here.cpu)


def test_a_space_gives_back_the_promises_that_it_did_not_need() -> None:
    frames: Frames[AddressSpace] = Frames(8)
    with address_space(frames=frames) as space:
        space.reserve(5)
        space.install_page(7, bytes(PAGE_BYTES))
        space.end_reservation()

        assert (frames.allocated, frames.reserved, frames.free) == (2, 0, 6)
        space.reserve(3)
        space.release()
        assert (frames.allocated, frames.reserved, frames.free) == (0, 0, 8)


def test_a_page_that_lies_in_no_region_is_not_adopted() -> None:
    with address_space() as space:
        space.install_page(5, bytes(PAGE_BYTES))

        with pytest.raises(Violation, match=r"^page 0x5 lies in no region$"):
            space.adopt([_STACK], (0, 0), [5], [], {})


def test_a_page_that_should_have_come_and_did_not_is_missed() -> None:
    with address_space() as space, pytest.raises(Violation, match=r"^1 page did not come$"):
        space.adopt([_STACK], (0, 0), [_STACK.first], [], {})


def test_a_page_that_came_and_was_given_up_meanwhile_is_dropped() -> None:
    frames: Frames[AddressSpace] = Frames(4)
    with address_space(frames=frames) as space:
        space.install_page(_STACK.first, b"a" * PAGE_BYTES)
        space.install_page(_STACK.first + 1, b"b" * PAGE_BYTES)
        space.install_page(_STACK.first + 1, b"c" * PAGE_BYTES)
        space.adopt([_STACK], (0, 0), [_STACK.first + 1], [], {})

        assert (list(space.pages), frames.allocated) == ([_STACK.first + 1], 2)
        assert space.read((_STACK.first + 1) * PAGE_BYTES, 1) == b"c"


def test_a_copied_page_is_to_be_copied_again_only_when_it_has_been_written_since() -> None:
    with address_space() as space:
        space.write(DATA, b"one")
        space.read(DATA + PAGE_BYTES, 1)
        space.begin_copying()
        assert space.not_copied() == [_DATA_PAGE, _DATA_PAGE + 1]

        for number in (_DATA_PAGE, _DATA_PAGE + 1):
            space.note_copied([number])
        assert space.not_copied() == []

        space.read(DATA, 3)
        assert space.serve_fault(DATA, Access.READ) == "referenced"
        assert space.not_copied() == []
        assert space.serve_fault(DATA, Access.WRITE) == "mapped"
        space.write(DATA + PAGE_BYTES, b"by the kernel")
        space.read(DATA + 2 * PAGE_BYTES, 1)
        assert space.not_copied() == [_DATA_PAGE, _DATA_PAGE + 1, _DATA_PAGE + 2]
        assert space.pages[_DATA_PAGE].dirty, "it still differs from the program's file"

        space.begin_copying()
        assert space.not_copied() == [_DATA_PAGE, _DATA_PAGE + 1, _DATA_PAGE + 2]


def test_a_page_that_is_given_up_and_taken_again_is_to_be_copied_again() -> None:
    with address_space() as space:
        page = MMAP_TOP // PAGE_BYTES - 1
        space.add_region(page, page + 1, READ | WRITE)
        space.write(page * PAGE_BYTES, b"x")
        space.note_copied([page])
        space.remove_pages(page, page + 1)
        space.add_region(page, page + 1, READ | WRITE)
        assert space.not_copied() == []

        space.read(page * PAGE_BYTES, 1)

        assert space.not_copied() == [page]


# ------------------------------------------------------------------------------------------------------------ shared text


def test_the_text_of_a_program_is_in_frames_once_for_all_that_run_it_and_until_the_last_has_gone() -> None:
    frames: Frames[AddressSpace] = Frames(4)
    with address_space(frames=frames) as one:
        with address_space(frames=frames) as other:
            assert (one.share_text(), other.share_text(), frames.text) == (0, 0, 1)
            assert one.read(TEXT, 4) == other.read(TEXT, 4) == b"code"
        assert (frames.text, frames.free) == (1, 3)
    assert (frames.text, frames.free) == (0, 4)


def test_a_process_that_changes_the_rights_of_its_text_has_that_part_for_itself() -> None:
    frames: Frames[AddressSpace] = Frames(4)
    with address_space(frames=frames) as other, address_space(frames=frames) as one:
        assert one.protect_pages(_TEXT_PAGE, _TEXT_PAGE + 1, READ | WRITE)
        one.write(TEXT, b"mine")
        assert one.protect_pages(_TEXT_PAGE, _TEXT_PAGE + 1, READ | EXECUTE)

        assert (one.read(TEXT, 8), other.read(TEXT, 8)) == (b"minecode", b"codecode")
        assert (one.resident_dirty(), frames.text, frames.allocated) == ([_TEXT_PAGE], 1, 2)


def test_text_that_is_taken_out_of_the_map_is_gone_for_this_process_alone() -> None:
    frames: Frames[AddressSpace] = Frames(4)
    with address_space(frames=frames) as one, address_space(frames=frames) as other:
        one.remove_pages(_TEXT_PAGE, _TEXT_PAGE + 1)

        with pytest.raises(Violation):
            one.read(TEXT, 1)
        assert other.read(TEXT, 4) == b"code"


def test_without_frames_for_the_text_nothing_is_taken() -> None:
    frames: Frames[AddressSpace] = Frames(1)
    assert frames.reserve(1)
    space = AddressSpace("n1.1", POOL.take(), PROGRAM, frames)
    with pytest.raises(OutOfFrames):
        space.share_text()

    assert (space.missing_text(), frames.allocated) == (1, 0)
    space.release()
    POOL.give_back(space.cpu)


def test_what_is_said_to_be_text_and_is_not_is_not_adopted() -> None:
    with address_space() as space:
        wrong = Region(_DATA_PAGE, _DATA_PAGE + 1, READ | EXECUTE, RegionKind.TEXT)
        with pytest.raises(Violation):
            space.adopt([wrong, _STACK], (0, 0), [], [], {})


# ------------------------------------------------------------------------------------- any sequence, against a model

_FIRST, _END = MMAP_TOP // PAGE_BYTES - 12, MMAP_TOP // PAGE_BYTES
_AREA = st.tuples(st.integers(_FIRST, _END - 1), st.integers(1, 6)).map(lambda area: (area[0], min(_END, sum(area))))
_RIGHTS = st.sampled_from([0, READ, READ | WRITE, READ | EXECUTE, READ | WRITE | EXECUTE])
_OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("map"), _AREA, _RIGHTS),
        st.tuples(st.just("map anywhere"), st.integers(1, 5), _RIGHTS),
        st.tuples(st.just("unmap"), _AREA, st.none()),
        st.tuples(st.just("unmap"), st.just((_DATA_PAGE, _DATA_PAGE + 2)), st.none()),
        st.tuples(st.just("protect"), _AREA, _RIGHTS),
        st.tuples(st.just("protect"), st.just((_TEXT_PAGE, _TEXT_PAGE + 1)), _RIGHTS),
        st.tuples(st.just("break"), st.integers(-2 * PAGE_BYTES, 8 * PAGE_BYTES), st.none()),
        st.tuples(st.just("touch"), st.integers(_FIRST, _END - 1), st.sampled_from(Access)),
        st.tuples(st.just("touch"), st.integers(_DATA_PAGE, _DATA_PAGE + 10), st.sampled_from(Access)),
        st.tuples(st.just("write"), st.integers(_FIRST, _END - 1), st.integers(1, 255)),
    ),
    max_size=40,
)


class _Model:
    """What a process may do where, and what is in the pages that it touched: page by page, without regions."""

    def __init__(self, space: AddressSpace) -> None:
        self.space = space
        self.rights: dict[int, tuple[int, RegionKind]] = {}
        for region in space.regions:
            if region.kind in (RegionKind.TEXT, RegionKind.IMAGE):
                self.map(region.first, region.end, region.protection, region.kind)
        self.present: dict[int, tuple[bool, int]] = {}
        """Page -> (dirty, first byte)."""
        self.heap_end = space.heap_end

    def map(self, first: int, end: int, rights: int, kind: RegionKind) -> None:
        self.rights |= dict.fromkeys(range(first, end), (rights, kind))

    def unmap(self, first: int, end: int) -> None:
        for number in range(first, end):
            self.rights.pop(number, None)
            self.present.pop(number, None)

    def protect(self, first: int, end: int, rights: int) -> bool:
        if any(number not in self.rights for number in range(first, end)):
            return False
        for number in range(first, end):
            before, kind = self.rights[number]
            kept = RegionKind.IMAGE if kind is RegionKind.TEXT and rights != before else kind
            self.rights[number] = (rights, kept)
        return True

    def touch(self, number: int, access: Access) -> bool:
        """Tell whether a page may be touched, and remember it."""
        needed = {Access.READ: READ, Access.WRITE: WRITE, Access.EXECUTE: EXECUTE}[access]
        rights, kind = self.rights.get(number, (0, RegionKind.ANONYMOUS))
        if not rights & needed:
            return False
        if kind is RegionKind.TEXT:
            return True
        first_byte = {_TEXT_PAGE: b"c", _DATA_PAGE: b"d"}.get(number, b"\0")[0] if kind is RegionKind.IMAGE else 0
        dirty, content = self.present.get(number, (False, first_byte))
        self.present[number] = (dirty or access is Access.WRITE, content)
        return True

    def move_break(self, address: int) -> int:
        old, new = -(-self.heap_end // PAGE_BYTES), -(-address // PAGE_BYTES)
        if address < self.space.heap_start:
            return self.heap_end
        if new > old:
            self.map(old, new, READ | WRITE, RegionKind.HEAP)
        else:
            self.unmap(new, old)
        self.heap_end = address
        return address


@given(operations=_OPERATIONS)
@examples(80)
def test_any_sequence_of_changes_keeps_regions_pages_and_frames_in_order(
    operations: list[tuple[str, object, object]],
) -> None:
    frames: Frames[AddressSpace] = Frames(64)
    with address_space(frames=frames) as space:
        model = _Model(space)
        for operation in operations:
            _apply(space, model, operation)
            _compare(space, model, frames)
        space.regions[:] = [region for region in space.regions if region.kind is not RegionKind.STACK]
        for number in list(model.rights):
            space.remove_pages(number, number + 1)
        assert (space.regions, space.pages, frames.allocated - frames.text) == ([], {}, 0)


def _apply(space: AddressSpace, model: _Model, operation: tuple[str, object, object]) -> None:
    """Do one thing to both, and compare what they answer."""
    match operation:
        case "map", (int(first), int(end)), int(rights):
            space.remove_pages(first, end)
            model.unmap(first, end)
            space.add_region(first, end, rights)
            model.map(first, end, rights, RegionKind.ANONYMOUS)
        case "map anywhere", int(count), int(rights):
            gap = space.find_gap(count)
            assert gap is not None
            assert all(number not in model.rights for number in range(gap, gap + count))
            assert gap + count == _END or gap + count in model.rights, "it is the highest one"
            space.add_region(gap, gap + count, rights)
            model.map(gap, gap + count, rights, RegionKind.ANONYMOUS)
        case "unmap", (int(first), int(end)), None:
            space.remove_pages(first, end)
            model.unmap(first, end)
        case "protect", (int(first), int(end)), int(rights):
            assert space.protect_pages(first, end, rights) == model.protect(first, end, rights)
        case "break", int(offset), None:
            address = space.heap_start + offset
            assert space.move_break(address) == model.move_break(address)
        case "touch", int(number), Access() as access:
            try:
                space.serve_fault(number * PAGE_BYTES, access)
            except Violation:
                assert not model.touch(number, access)
            else:
                assert model.touch(number, access)
        case "write", int(number), int(byte):
            try:
                space.write(number * PAGE_BYTES, bytes([byte]))
            except Violation:
                assert not model.touch(number, Access.WRITE)
            else:
                assert model.touch(number, Access.WRITE)
                model.present[number] = (True, byte)
        case _:
            raise AssertionError(operation)


def _compare(space: AddressSpace, model: _Model, frames: Frames[AddressSpace]) -> None:
    for region, following in pairwise(space.regions):
        assert region.first < region.end <= following.first
        assert not following.continues(region), "what is alike is one"
    mapped = {
        number: (region.protection, region.kind)
        for region in space.regions
        if region.kind is not RegionKind.STACK
        for number in range(region.first, region.end)
    }
    assert mapped == model.rights
    assert (frames.allocated, frames.text) == (len(space.pages) + 1, 1)
    for first, count in space.text_in():
        assert space.cpu.read(first * PAGE_BYTES, count * PAGE_BYTES) == (b"code" * 25).ljust(PAGE_BYTES, b"\0")
    assert {number: (page.dirty, space.content(number)[0]) for number, page in space.pages.items()} == model.present
    assert {number: frames.resident(page.frame) for number, page in space.pages.items()} == {
        number: (space, number) for number in space.pages
    }
    assert space.promised_pages == sum(
        kind in (RegionKind.HEAP, RegionKind.ANONYMOUS) and bool(rights & WRITE)
        for rights, kind in model.rights.values()
    )
    assert space.promised_pages == space.committed_pages(0, USER_END // PAGE_BYTES)


def test_the_break_stays_where_it_is_when_it_cannot_move() -> None:
    with address_space(frames=Frames(8)) as space:
        start = space.heap_start
        assert space.move_break(start + 100) == start + 100
        assert space.move_break(start - 1) == start + 100, "below the heap"
        assert space.move_break(start + MAX_COMMITTED_PAGES * PAGE_BYTES + 1) == start + 100, (
            "more than any process gets"
        )
        assert space.move_break(2**64 - 1) == start + 100, "beyond everything"
        space.add_region(start // PAGE_BYTES + 2, start // PAGE_BYTES + 3, READ)
        assert space.move_break(start + 3 * PAGE_BYTES) == start + 100, "through another region"
        assert space.move_break(start + 2 * PAGE_BYTES) == start + 2 * PAGE_BYTES
        assert space.move_break(start) == start
        assert [region.kind for region in space.regions if region.first == start // PAGE_BYTES] == []


def _with_holes(space: AddressSpace, count: int) -> int:
    """Give a space so many regions of one page, with a hole of one page below each; return the highest of the pages."""
    top = MMAP_TOP // PAGE_BYTES
    space.take_over(
        [Region(number, number + 1, READ, RegionKind.RESERVED) for number in range(top - 2 * count + 1, top, 2)]
    )
    return top - 1


def test_a_change_costs_as_much_as_the_regions_that_it_concerns_however_many_there_are() -> None:
    """What is looked at is counted, for whoever charges for it: so that nobody has to measure time."""
    with address_space() as space:
        top = _with_holes(space, 30_000)

        for number in range(top, top - 200, -2):
            assert space.allow(number, number + 1, READ_WRITE)
            assert space.allow(number, number + 1, READ)
        assert space.effort == 2 * 100
        for number in range(top - 200, top - 400, -2):
            space.take_out(number, number + 1)
        assert space.effort == 3 * 100


def test_a_gap_is_not_looked_for_again_where_there_was_none() -> None:
    with address_space() as space:
        top = _with_holes(space, 30_000)
        first = space.find_gap(2)
        assert first is None
        looked_at, space.effort = space.effort, 0
        assert looked_at == 30_000 // SCANNED

        assert [space.find_gap(2) for _ in range(100)] == [None] * 100
        assert space.effort == 0
        space.take_out(top - 10_000, top - 9_999)
        assert space.find_gap(2) == top - 10_000


def test_the_many_regions_of_one_process_have_an_end() -> None:
    with address_space() as space:
        top = _with_holes(space, MAX_REGIONS)

        assert not space.may_cut(0, 0, added=1)
        assert not space.move_break(space.heap_start + PAGE_BYTES) > space.heap_end
        assert space.may_cut(top, top + 1, added=1), "one is taken out for it"
        space.take_over([Region(0, 3, READ, RegionKind.RESERVED), *space.regions[1:]])
        assert not space.may_cut(1, 2), "the middle of one"
        assert space.may_cut(1, 3)
        assert not space.allow(1, 2, NONE)
        assert len(space.regions) == MAX_REGIONS


def test_only_memory_that_can_be_written_to_counts_as_promised() -> None:
    with address_space() as space:
        space.add_region(_FIRST, _FIRST + 4, NONE)
        space.add_region(_FIRST + 4, _FIRST + 8, READ | WRITE, RegionKind.RESERVED)
        assert space.promised_pages == 0

        assert space.allow(_FIRST, _FIRST + 6, READ | WRITE)
        assert space.promised_pages == 4
        huge = MAX_COMMITTED_PAGES
        space.add_region(_FIRST - 2 * huge, _FIRST - huge, NONE)
        assert not space.allow(_FIRST - 2 * huge, _FIRST - huge, READ | WRITE), "four more than may be promised"
        assert space.allow(_FIRST - 2 * huge + 4, _FIRST - huge, READ | WRITE)
        assert not space.may_commit(1)


def test_a_process_that_has_too_many_pages_gets_no_more_wherever_they_are() -> None:
    with address_space(frames=Frames(MAX_PAGES + 8)) as space:
        space.add_region(_FIRST - MAX_PAGES, _FIRST, READ | WRITE, RegionKind.RESERVED)
        space.away = dict.fromkeys(range(_FIRST - MAX_PAGES, _FIRST - 1), Place("n9", on_disk=False))
        space.serve_fault((_FIRST - 1) * PAGE_BYTES, Access.WRITE)

        with pytest.raises(OutOfFrames):
            space.serve_fault(DATA, Access.READ)
        space.away = {}


def test_there_is_no_gap_where_none_is_large_enough() -> None:
    with address_space() as space:
        everything = MMAP_TOP // PAGE_BYTES
        assert space.find_gap(everything) is None
        assert space.find_gap(everything - _DATA_PAGE - 3) == _DATA_PAGE + 3


def test_rights_that_are_taken_back_and_given_again_do_not_clean_a_page() -> None:
    with address_space() as space:
        space.write(DATA, b"x")
        space.protect_pages(_DATA_PAGE, _DATA_PAGE + 1, READ)
        space.protect_pages(_DATA_PAGE, _DATA_PAGE + 1, READ | WRITE)

        assert space.pages == {_DATA_PAGE: Page(space.pages[_DATA_PAGE].frame, dirty=True, touched=True)}


# ------------------------------------------------------------------------------------- what is elsewhere, and what stays

_FOUR = [DATA // PAGE_BYTES + number for number in range(4)]
_ON_N4, _ON_N2, _DISK, _DISK_OF_N4 = (
    Place(node, on_disk=on_disk) for node, on_disk in (("n4", False), ("n2", False), ("n2", True), ("n4", True))
)


def a_space() -> AddressSpace:
    """Return the memory of a process on n2, which has a disk: four pages of data, all written to."""
    space = Post().live("n2.1", Code().jump(0).image(data_pages=len(_FOUR))).space
    for number in _FOUR:
        space.write(number * PAGE_BYTES, b"x")
    return space


def test_a_write_makes_every_copy_of_a_page_an_old_one() -> None:
    space = a_space()
    for number in _FOUR[:2]:
        space.note_saved(number, _DISK_OF_N4)
        space.note_copied([number])
    space.write(_FOUR[0] * PAGE_BYTES, b"y")

    one, other = (space.pages[number] for number in _FOUR[:2])
    assert (one.dirty, one.saved, _FOUR[0] in space.current) == (True, None, False)
    assert (other.dirty, other.saved, _FOUR[1] in space.current) == (False, _DISK_OF_N4, True)


@pytest.mark.parametrize(
    ("saved", "stays"), [(None, _DISK), (_DISK_OF_N4, _DISK_OF_N4)], ids=["written to", "as its copy is"]
)
def test_a_page_that_leaves_its_frame_is_where_it_can_be_had_again(saved: Place | None, stays: Place) -> None:
    space = a_space()
    if saved is not None:
        space.note_saved(_FOUR[0], saved)
    space.let_go()
    assert space.evict(_FOUR[0]) == (saved is None)
    assert space.away == {_FOUR[0]: stays}
    assert space.is_here(_FOUR[0]) == (stays == _DISK)


@pytest.mark.parametrize("in_memory", [True, False])
def test_what_stays_behind_is_settled_by_what_was_copied_and_what_a_disk_has(in_memory: bool) -> None:
    """Written to and not copied; a copy on a disk; copied; away already, and not copied, and copied."""
    space = a_space()
    away = _FOUR[-1] + 10
    space.note_saved(_FOUR[1], _DISK_OF_N4)
    space.away = {away: _ON_N4, away + 1: _ON_N4}
    space.note_copied([*(number for number in space.pages if number not in _FOUR[:2]), away + 1])

    space.leave_behind(in_memory=in_memory)

    assert space.left_behind == {
        _FOUR[0]: _ON_N2,
        _FOUR[1]: _ON_N2 if in_memory else _DISK_OF_N4,
        away: _ON_N4,
    }
    assert sorted(space.holders) == ["n2", "n4"]
    space.begin_copying()
    assert (space.left_behind, space.current) == ({}, {})


def test_memory_that_is_given_up_is_forgotten_wherever_it_lies() -> None:
    space = a_space()
    space.let_go()
    space.evict(_FOUR[0])
    space.away[_FOUR[1]] = _ON_N4
    space.drop(_FOUR[1])
    space.note_copied(_FOUR)
    assert space._store is not None
    assert space._store.holds("n2.1", _FOUR[0])

    space.empty_pages(_FOUR[0], _FOUR[-1] + 1)

    assert not space._store.holds("n2.1", _FOUR[0])
    assert [
        number for number in _FOUR if number in space.pages or number in space.away or number in space.current
    ] == []


@pytest.mark.parametrize(("access", "dirty"), [(Access.READ, False), (Access.WRITE, True)])
def test_a_page_of_a_disk_elsewhere_that_is_awaited_for_a_write_differs_from_its_copy_at_once(
    access: Access, dirty: bool
) -> None:
    space = a_space()
    space.drop(_FOUR[0])
    space.away[_FOUR[0]] = _DISK_OF_N4
    with pytest.raises(PageElsewhere):
        space.serve_fault(_FOUR[0] * PAGE_BYTES, access)
    assert space.receive_page(_FOUR[0], bytes(PAGE_BYTES), _DISK_OF_N4)
    page = space.pages[_FOUR[0]]
    assert (page.dirty, page.saved) == (dirty, None if dirty else _DISK_OF_N4)
    assert not space.receive_page(_FOUR[0], bytes(PAGE_BYTES), None), "it is here"


def test_what_an_instruction_needs_stays_until_the_next_one() -> None:
    space = a_space()
    assert space.holds_fast(_FOUR[3])
    space._held_at -= 1  # it was another one
    space.read(_FOUR[0] * PAGE_BYTES, 1)
    assert [space.holds_fast(number) for number in _FOUR] == [True, False, False, False]


def test_every_access_of_the_kernel_is_an_effort_and_one_to_many_pages_a_greater_one() -> None:
    space = a_space()
    before = space.effort
    for size in (0, 1, 3 * PAGE_BYTES):
        space.touch(_FOUR[0] * PAGE_BYTES, size, Access.READ)
    assert space.effort == before + 3 + 3


def test_what_a_space_gives_back_is_all_that_it_had() -> None:
    space = a_space()
    frames = space._frames
    assert space.reserve(3)
    space.release()
    assert (frames.allocated, frames.reserved, space.pages, space.away) == (0, 0, {}, {})


@pytest.mark.parametrize(("length", "fits"), [(9, True), (10, False), (11, False)])
def test_a_string_may_be_so_long_without_its_end(length: int, fits: bool) -> None:
    space = a_space()
    end = (_FOUR[0] + 1) * PAGE_BYTES
    space.write(end - length, b"s" * length + b"\0")
    if fits:
        assert space.read_string(end - length, 10) == b"s" * length
    else:
        with pytest.raises(ValueError, match="too long"):
            space.read_string(end - length, 10)


@pytest.mark.parametrize(
    ("page", "rights"),
    [
        (Page(0, touched=True), READ | WRITE),
        (Page(0, touched=True, executed=True), READ | WRITE | EXECUTE),
        (Page(0, executed=True), READ | EXECUTE),
        (Page(0), READ),
        (Page(0, touched=True, executed=True, referenced=False), NONE),
    ],
)
def test_a_page_is_mapped_with_those_rights_whose_first_use_need_not_be_noticed(page: Page, rights: int) -> None:
    assert AddressSpace._mapped_protection(READ | WRITE | EXECUTE, page) == rights


def test_a_page_that_can_be_written_to_holds_code_once_it_was_executed() -> None:
    space = a_space()
    assert space.protect_pages(_FOUR[0], _FOUR[0] + 1, READ | WRITE | EXECUTE)
    assert not space.is_code(_FOUR[0])
    space.serve_fault(_FOUR[0] * PAGE_BYTES, Access.EXECUTE)
    assert (space.is_code(_FOUR[0]), space.is_code(_FOUR[1])) == (True, False)


def test_a_page_that_comes_from_the_disk_is_waited_for_as_long_as_the_disk_works() -> None:
    space = a_space()
    space.let_go()
    space.evict(_FOUR[0])
    with pytest.raises(PageWait) as waited:
        space.read(_FOUR[0] * PAGE_BYTES, 1)
    assert space._store is not None
    assert (waited.value.number, waited.value.until_ns) == (_FOUR[0], space._store.busy_until())
    assert space.read(_FOUR[0] * PAGE_BYTES, 1) == b"x"
