"""Program images: what is read from an ELF file, and what is said of one that cannot run."""

from __future__ import annotations

import hashlib
import struct
import sys
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nodes.wire.image import (
    MAX_PROGRAM_BYTES,
    PAGE_BYTES,
    PIE_BASE,
    PROGRAM_END,
    ImageError,
    ProgramImage,
    Segment,
    read_image,
)

PRIMES = files("nodes.programs").joinpath("primes.elf").read_bytes()

READ, WRITE, EXECUTE = 4, 2, 1
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK = 1, 2, 3, 0x6474E551
ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
DT_NULL, DT_NEEDED, DT_FLAGS_1 = 0, 1, 0x6FFFFFFB
DF_1_PIE = 0x08000000
HEADER_BYTES, PROGRAM_HEADER_BYTES = 64, 56
CONTENT = b"the program's bytes"


@dataclass(frozen=True)
class Load:
    """A program header, with the bytes that it describes in the file."""

    address: int = 0x20000
    content: bytes = CONTENT
    memory_bytes: int | None = None
    flags: int = READ | EXECUTE
    kind: int = PT_LOAD
    align: int = PAGE_BYTES
    file_bytes: int | None = None


@dataclass(frozen=True)
class Elf:
    """An ELF file, by default the smallest that is a program."""

    loads: tuple[Load, ...] = (Load(),)
    bits: int = 2
    order: int = 1
    kind: int = ET_EXEC
    machine: int = 243
    entry: int = 0x20000
    flags: int = 1
    header_bytes: int = PROGRAM_HEADER_BYTES
    section_headers: int = 0
    headers_in_memory: bool = False

    def to_bytes(self) -> bytes:
        offset = HEADER_BYTES + len(self.loads) * PROGRAM_HEADER_BYTES
        identification = bytes([0x7F, *b"ELF", self.bits, self.order, 1]).ljust(16, b"\0")
        numbers = (self.kind, self.machine, 1, self.entry, HEADER_BYTES, self.section_headers and offset, self.flags)
        sizes = (HEADER_BYTES, self.header_bytes, len(self.loads), 64, self.section_headers, 0)
        headers, contents = b"", b""
        for load in self.loads:
            size = len(load.content) if load.file_bytes is None else load.file_bytes
            memory_bytes = size if load.memory_bytes is None else load.memory_bytes
            place = 0 if self.headers_in_memory else offset + len(contents)
            headers += struct.pack(
                "<IIQQQQQQ", load.kind, load.flags, place, load.address, 0, size, memory_bytes, load.align
            )
            contents += load.content
        return identification + struct.pack("<HHIQQQIHHHHHH", *numbers, *sizes) + headers + contents


def image_of(elf: Elf) -> ProgramImage:
    return read_image("test", elf.to_bytes())


def fault_of(content: bytes | Elf) -> str:
    with pytest.raises(ImageError) as caught:
        read_image("test", content.to_bytes() if isinstance(content, Elf) else content)
    assert caught.value.meant
    return str(caught.value)


def dynamic(*entries: tuple[int, int]) -> Load:
    content = b"".join(struct.pack("<QQ", *entry) for entry in (*entries, (DT_NULL, 0)))
    return Load(address=0x40000, content=content, kind=PT_DYNAMIC)


unhurried = settings(deadline=None)
"""Speed is not what these tests are about, and real time is not theirs."""

# --------------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(("flags", "executable"), [(READ | WRITE, False), (READ | WRITE | EXECUTE, True)])
def test_a_program_may_ask_for_a_stack_that_holds_code(flags: int, executable: bool) -> None:
    stack = Load(address=0, content=b"", flags=flags, kind=PT_GNU_STACK)
    assert image_of(Elf(loads=(Load(), stack))).executable_stack == executable


def test_a_small_program_is_read_whole() -> None:
    elf = Elf(loads=(Load(), Load(address=0x21000, content=b"data", memory_bytes=0x3000, flags=READ | WRITE)))
    assert image_of(elf) == ProgramImage(
        name="test",
        entry=0x20000,
        segments=(
            Segment(0x20000, len(CONTENT), CONTENT, readable=True, writable=False, executable=True),
            Segment(0x21000, 0x3000, b"data", readable=True, writable=True, executable=False),
        ),
        headers_address=0,
        headers_count=0,
        header_bytes=PROGRAM_HEADER_BYTES,
        digest=hashlib.sha256(elf.to_bytes()).hexdigest(),
    )


def test_a_compiled_program_is_read_and_finds_its_headers() -> None:
    image = read_image("primes", PRIMES)
    assert [(s.readable, s.writable, s.executable) for s in image.segments] == [
        (True, False, False),
        (True, False, True),
        (True, True, False),
    ]
    headers = image.headers_count * image.header_bytes
    first = image.page_content(image.headers_address // PAGE_BYTES)
    assert first is not None
    offset = image.headers_address % PAGE_BYTES
    assert first[offset : offset + headers] == PRIMES[HEADER_BYTES : HEADER_BYTES + headers]
    assert image.digest == hashlib.sha256(PRIMES).hexdigest()


def test_an_image_travels_over_the_wire_unchanged() -> None:
    image = read_image("primes", PRIMES)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(image), type=ProgramImage) == image


def test_pages_are_padded_with_zeros_and_are_none_where_no_segment_lies() -> None:
    image = image_of(Elf(loads=(Load(), Load(address=0x21800, content=b"data", memory_bytes=0x1000, flags=READ))))
    assert image.page_content(0x1F) is None
    assert image.page_content(0x20) == CONTENT.ljust(PAGE_BYTES, b"\0")
    assert image.page_content(0x21) == bytes(0x800) + b"data".ljust(0x800, b"\0")
    assert image.page_content(0x22) == bytes(PAGE_BYTES)
    assert image.page_content(0x23) is None


def test_segments_that_share_a_page_are_merged_and_it_gets_the_rights_of_all() -> None:
    image = image_of(Elf(loads=(Load(), Load(address=0x20800, content=b"data", flags=READ | WRITE))))
    assert image.page_content(0x20) == CONTENT.ljust(0x800, b"\0") + b"data".ljust(0x800, b"\0")
    assert image.page_protection(0x20) == (True, True, True)
    assert image.page_protection(0x21) == (False, False, False)


def test_a_segment_over_several_pages_is_cut_at_their_borders() -> None:
    content = bytes(range(256)) * 33 + b"end"
    image = image_of(Elf(loads=(Load(address=0x20F00, content=content),), entry=0x20F00))
    pages = [image.page_content(number) or b"" for number in range(0x20, 0x24)]
    assert b"".join(pages) == bytes(0xF00) + content.ljust(4 * PAGE_BYTES - 0xF00, b"\0")


@pytest.mark.parametrize(("end", "expected"), [(0x20FFF, 0x21000), (0x21000, 0x21000), (0x21001, 0x22000)])
def test_the_heap_begins_at_the_first_page_behind_all_segments(end: int, expected: int) -> None:
    assert image_of(Elf(loads=(Load(memory_bytes=end - 0x20000),))).first_free_address == expected


def test_segments_are_sorted_and_empty_ones_are_left_out() -> None:
    high, low, empty = Load(address=0x30000), Load(address=0x20000), Load(address=0x20000, content=b"")
    assert [s.address for s in image_of(Elf(loads=(high, empty, low))).segments] == [0x20000, 0x30000]


def test_what_may_be_written_may_be_read() -> None:
    image = image_of(Elf(loads=(Load(), Load(address=0x30000, flags=WRITE))))
    assert image.page_protection(0x30) == (True, True, False)


def test_a_segment_may_be_writable_and_executable() -> None:
    assert image_of(Elf(loads=(Load(flags=READ | WRITE | EXECUTE),))).page_protection(0x20) == (True, True, True)


def test_headers_in_memory_are_found_behind_the_files_first_bytes() -> None:
    elf = Elf(loads=(Load(content=b"", file_bytes=120),), headers_in_memory=True)
    image = image_of(elf)
    assert (image.headers_address, image.headers_count) == (0x20000 + HEADER_BYTES, 1)


def test_a_static_position_independent_program_is_moved_to_its_base() -> None:
    position_independent = Elf(loads=(Load(address=0x100), dynamic((DT_FLAGS_1, DF_1_PIE))), kind=ET_DYN, entry=0x100)
    image = image_of(position_independent)
    assert (image.entry, image.segments[0].address) == (PIE_BASE + 0x100, PIE_BASE + 0x100)


def test_its_base_honours_the_alignment_of_its_segments() -> None:
    loads = (Load(address=0x100, align=0x20_0000), Load(address=0x5000, align=3), dynamic((DT_FLAGS_1, DF_1_PIE)))
    assert image_of(Elf(loads=loads, kind=ET_DYN, entry=0x100)).entry == 0x20_0100


# ------------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "`test` is empty"),
        (b"#!/bin/sh\n", "`test` is not an ELF file"),
        (b"\x7fELF", "cut short: it has 4 of at least 64 bytes"),
        (Elf(bits=1), "a 32-bit program"),
        (Elf(order=2), "big-endian"),
        (Elf(bits=7), "damaged"),
        (Elf(machine=62), "a program for x86-64"),
        (Elf(machine=183), "a program for 64-bit ARM"),
        (Elf(machine=3), "a program for x86"),
        (Elf(machine=2), "a program for Sparc"),
        (Elf(machine=0xBEEF), "an unknown architecture (number 48879)"),
        (Elf(kind=ET_REL), "an object file that is not linked"),
        (Elf(kind=ET_CORE), "a core dump"),
        (Elf(kind=0xFE00), "not an executable"),
        (Elf(flags=0x7), "floating point of quadruple precision"),
        (Elf(flags=0x9), "RV64E"),
        (Elf(loads=()), "has nothing to load: it has no program headers"),
        (Elf(loads=(Load(kind=PT_INTERP),)), "dynamically linked"),
        (Elf(loads=(Load(), Load(kind=PT_INTERP)), flags=0x7), "dynamically linked"),
        (Elf(loads=(Load(), dynamic((DT_NEEDED, 1)))), "needs shared libraries"),
        (Elf(loads=(Load(), dynamic((DT_NEEDED, 1))), kind=ET_DYN), "a shared library"),
        (Elf(kind=ET_DYN), "a shared library"),
        (Elf(loads=(Load(content=b""),)), "none of its segments takes memory"),
        (Elf(loads=(Load(memory_bytes=3),)), "larger in the file than in memory"),
        (Elf(loads=(Load(), Load(address=2**64 - 8))), "wraps around"),
        (Elf(loads=(Load(memory_bytes=2**64 - 8),)), "wraps around"),
        (Elf(loads=(Load(), Load(address=PROGRAM_END - 8))), "outside of the addresses of a process"),
        (Elf(loads=(Load(address=0x10),), entry=0x10), "the page that null pointers point to"),
        (Elf(loads=(Load(), Load(address=0x20004))), "overlap at 0x20004"),
        (Elf(loads=(Load(), Load(0x30000, b"", file_bytes=190)), headers_in_memory=True), "overlap in the file"),
        (Elf(loads=(Load(memory_bytes=MAX_PROGRAM_BYTES + 1),)), "asks for 1024 MiB"),
        (Elf(loads=(Load(file_bytes=1000),)), "cut short: it has 139 of at least 1120 bytes"),
        (Elf(section_headers=3), "cut short"),
        (Elf(header_bytes=32), "wrong size"),
        (Elf(loads=(Load(content=b"", kind=0),) * 65), "it has 65 program headers"),
        (Elf(loads=(Load(), Load(address=0x40000, content=bytes(5000), kind=PT_DYNAMIC))), "its dynamic section has"),
        (Elf(entry=0x30000), "its first instruction would be at 0x30000, where it has no code"),
        (Elf(loads=(Load(flags=READ),)), "where it has no code"),
        (Elf(entry=0x20001), "the odd address 0x20001"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_a_reason(content: bytes | Elf, words: str) -> None:
    assert words in fault_of(content)


def test_a_refusal_is_one_line_that_says_what_is_wrong_and_how_to_mend_it() -> None:
    with pytest.raises(ImageError) as caught:
        read_image("ls", Elf(machine=62).to_bytes())
    assert caught.value.what == "`ls` is a program for x86-64"
    assert caught.value.meant == "Programs are 64-bit RISC-V. Build it with `tuiclu build FILE.c`."
    assert str(caught.value) == f"{caught.value.what}. {caught.value.meant}"


def test_a_program_of_this_machine_is_refused_by_its_architecture_or_its_linking() -> None:
    assert fault_of(Path(sys.executable).resolve().read_bytes())


# ------------------------------------------------------------------------------------------------ nothing else happens


def reads_or_refuses(content: bytes) -> ProgramImage | None:
    """Read an image and check what every image promises; None: it was refused."""
    try:
        image = read_image("fuzzed", content)
    except ImageError:
        return None
    assert image.segments
    assert sum(segment.memory_bytes for segment in image.segments) <= MAX_PROGRAM_BYTES
    assert all(below.end <= above.address for below, above in pairwise(image.segments))
    for segment in image.segments:
        assert len(segment.content) <= segment.memory_bytes
        assert PAGE_BYTES <= segment.address < segment.end <= PROGRAM_END
        assert len(image.page_content(segment.address // PAGE_BYTES) or b"") == PAGE_BYTES
    assert any(image.page_protection(image.entry // PAGE_BYTES))
    return image


@unhurried
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(content: bytes) -> None:
    reads_or_refuses(content)


@unhurried
@given(st.binary(max_size=300))
def test_random_bytes_behind_a_good_beginning_are_read_or_refused(content: bytes) -> None:
    reads_or_refuses(PRIMES[:18] + content)


@unhurried
@given(st.integers(0, len(PRIMES) - 1))
@example(0)
@example(len(PRIMES) - 1)
def test_an_image_that_is_cut_short_anywhere_is_refused(length: int) -> None:
    assert reads_or_refuses(PRIMES[:length]) is None


_FIRST_BYTES = HEADER_BYTES + 8 * PROGRAM_HEADER_BYTES


@unhurried
@given(st.lists(st.tuples(st.integers(0, _FIRST_BYTES - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_an_image_with_random_bytes_in_its_headers_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(PRIMES)
    for place, byte in changes:
        content[place] = byte
    reads_or_refuses(bytes(content))


_numbers = st.one_of(
    st.integers(0, 2**64 - 1),
    st.integers(0, 64).map(lambda bits: min(1 << bits, 2**64 - 1)),
    st.integers(0x1F000, 0x24000),
    st.integers(0, 300),
)
_loads = st.builds(
    Load,
    address=_numbers,
    content=st.binary(max_size=40),
    memory_bytes=st.none() | _numbers,
    flags=st.integers(0, 7),
    kind=st.sampled_from([PT_LOAD, PT_LOAD, PT_LOAD, PT_DYNAMIC, PT_INTERP, 6]),
    align=_numbers,
    file_bytes=st.none() | _numbers,
)


@unhurried
@given(
    st.lists(_loads, max_size=5),
    st.sampled_from([ET_EXEC, ET_DYN]),
    st.integers(0x1F000, 0x24000),
    st.booleans(),
)
def test_headers_with_random_numbers_are_read_or_refused(
    loads: list[Load], kind: int, entry: int, inside: bool
) -> None:
    reads_or_refuses(Elf(loads=tuple(loads), kind=kind, entry=entry, headers_in_memory=inside).to_bytes())
