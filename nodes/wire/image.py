"""What a program is before it runs: the memory that its ELF file describes, agreed on by both sides of the wire.

A program is a static executable for 64-bit RISC-V Linux, with floating point in hardware or without. Everything else is refused, in
one sentence that says what the file is, and one that says how to get one that runs. What a program does to its memory
once it runs is the kernel's business.

Left out: relocation. A position-independent executable is placed at `PIE_BASE` and relocates itself, as static ones do.
Symbols, the contents of sections and debugging information are not looked at.
"""

from __future__ import annotations

import hashlib
import io
from itertools import pairwise
from typing import Any

import msgspec
from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.elf.constants import P_FLAGS
from elftools.elf.descriptions import describe_e_machine
from elftools.elf.enums import ENUM_DT_FLAGS_1
from elftools.elf.structs import ELFStructs

from nodes.wire.text import Text, sentences

PAGE_BYTES = 4096
PIE_BASE = 0x1_0000
"""Where a position-independent executable is placed."""
PROGRAM_END = 0x40_0000_0000 - 64 * 1024 * 1024
"""Programs lie below: the user half of the address space under Sv39 without the room for the stack."""
MAX_PROGRAM_BYTES = 1 << 30
"""A program that asks for more memory than this before it has even started is refused."""

_BUILD = Text("Build it with `tuiclu build FILE.c`.")
_COPY_AGAIN = Text("Copy or build it again.")

_HEADER_BYTES, _PROGRAM_HEADER_BYTES, _SECTION_HEADER_BYTES = 64, 56, 64
_DYNAMIC_ENTRY_BYTES = 16
_MAX_PROGRAM_HEADERS, _MAX_DYNAMIC_BYTES = 64, 4096
"""Real programs have about ten, and a few hundred bytes."""
_CLASS, _DATA = 4, 5
"""Where the first bytes of an ELF file say how to read the others."""
_CLASS_32, _CLASS_64, _LITTLE_ENDIAN, _BIG_ENDIAN = 1, 2, 1, 2
_RVE, _FLOAT_ABI, _QUADRUPLE = 0x8, 0x6, 0x6
"""Bits of `e_flags`, and what some of them say."""
_ARCHITECTURES = {
    "EM_X86_64": "x86-64",
    "EM_386": "x86",
    "EM_AARCH64": "64-bit ARM",
    "EM_ARM": "32-bit ARM",
    "EM_PPC64": "64-bit PowerPC",
    "EM_LOONGARCH": "LoongArch",
}


class ImageError(ValueError):
    """A file is not a program that runs here. `str()` is one line: what is wrong, and what was meant."""

    def __init__(self, what: Text, meant: Text) -> None:
        """`meant` says how to mend it."""
        super().__init__(what, meant)
        self.what = what
        self.meant = meant

    def __str__(self) -> str:
        return f"{self.what}. {self.meant}"


class Segment(msgspec.Struct, frozen=True):
    """Consecutive bytes of memory with the same rights."""

    address: int
    memory_bytes: int
    """At least the length of `content`; what is beyond it starts as zeros."""
    content: bytes
    readable: bool
    writable: bool
    executable: bool

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.memory_bytes


class ProgramImage(msgspec.Struct, frozen=True):
    """A program that is fit to run: where its memory lies, what is in it at first, and where to start."""

    name: str
    entry: int
    """Address of the first instruction."""
    segments: tuple[Segment, ...]
    """By ascending address. None is empty, no two overlap; they may share a page."""
    headers_address: int
    """Where the program finds its own program headers (AT_PHDR); 0: they are not in its memory."""
    headers_count: int
    """How many it finds there (AT_PHNUM)."""
    header_bytes: int
    """Size of each (AT_PHENT)."""
    digest: str
    """SHA-256 of the whole file, in hexadecimal."""
    executable_stack: bool = False
    """It puts code on its stack, as gcc's nested functions do."""

    @property
    def first_free_address(self) -> int:
        """Where the heap begins: the first page behind all segments."""
        return -(-self.segments[-1].end // PAGE_BYTES) * PAGE_BYTES

    @property
    def text_bytes(self) -> int:
        """How much of it can be executed."""
        return sum(segment.memory_bytes for segment in self.segments if segment.executable)

    def page_content(self, page_number: int) -> bytes | None:
        """Return the PAGE_BYTES bytes that a page holds when the program starts; None: no segment has a byte in it."""
        segments = self._segments_in(page_number)
        if not segments:
            return None
        first = page_number * PAGE_BYTES
        page = bytearray(PAGE_BYTES)
        for segment in segments:
            start = max(first, segment.address)
            part = segment.content[start - segment.address : first + PAGE_BYTES - segment.address]
            page[start - first : start - first + len(part)] = part
        return bytes(page)

    def page_protection(self, page_number: int) -> tuple[bool, bool, bool]:
        """Return whether a page may be read, written and executed: whatever one of the segments in it allows."""
        segments = self._segments_in(page_number)
        return (
            any(segment.readable for segment in segments),
            any(segment.writable for segment in segments),
            any(segment.executable for segment in segments),
        )

    def _segments_in(self, page_number: int) -> list[Segment]:
        first = page_number * PAGE_BYTES
        return [segment for segment in self.segments if segment.address < first + PAGE_BYTES and first < segment.end]


def read_image(name: str, content: bytes) -> ProgramImage:
    """Read the ELF file of a program that is called `name`. Raises ImageError if it is not one that can run here."""
    _check_identification(name, content)
    try:
        return _File(name, content).image()
    except ELFError as problem:
        raise _damaged(name, str(problem)) from problem


def _check_identification(name: str, content: bytes) -> None:
    if not content:
        raise ImageError(Text("`{name}` is empty", name=name), _COPY_AGAIN)
    if content[:4] != b"\x7fELF":
        raise ImageError(Text("`{name}` is not an ELF file", name=name), sentences(Text("A program is one."), _BUILD))
    if len(content) < _HEADER_BYTES:
        raise _cut_short(name, _HEADER_BYTES, content)
    if content[_CLASS] == _CLASS_32:
        raise ImageError(
            Text("`{name}` is a 32-bit program", name=name), sentences(Text("Programs are 64-bit RISC-V."), _BUILD)
        )
    if content[_DATA] == _BIG_ENDIAN:
        raise ImageError(
            Text("`{name}` is big-endian", name=name),
            sentences(Text("Programs are little-endian 64-bit RISC-V."), _BUILD),
        )
    if content[_CLASS] != _CLASS_64 or content[_DATA] != _LITTLE_ENDIAN:
        raise _damaged(name, Text("its first bytes say neither 32 nor 64 bits, or no order of bytes"))


class _File:
    """An ELF file of the right class and byte order, on its way to be an image. Every method raises ImageError."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name = name
        self._content = content
        self._stream = io.BytesIO(content)
        self._structs = ELFStructs(little_endian=True, elfclass=64)
        self._structs.create_basic_structs()
        self._header: Any = struct_parse(self._structs.Elf_Ehdr, self._stream, 0)
        self._structs.create_advanced_structs()

    def image(self) -> ProgramImage:
        self._check_kind()
        headers = self._program_headers()
        self._check_static(headers)
        self._check_registers()
        loaded = sorted(
            (header for header in headers if header["p_type"] == "PT_LOAD" and header["p_memsz"]),
            key=lambda header: int(header["p_vaddr"]),
        )
        base = self._base(loaded)
        self._check_loaded(loaded, base)
        self._check_sections()
        segments = tuple(self._segment(header, base) for header in loaded)
        entry = base + int(self._header["e_entry"])
        self._check_entry(entry, segments)
        headers_address = self._headers_address(loaded, base)
        return ProgramImage(
            name=self._name,
            entry=entry,
            segments=segments,
            headers_address=headers_address,
            headers_count=len(headers) if headers_address else 0,
            header_bytes=_PROGRAM_HEADER_BYTES,
            digest=hashlib.sha256(self._content).hexdigest(),
            executable_stack=any(
                header["p_type"] == "PT_GNU_STACK" and header["p_flags"] & P_FLAGS.PF_X for header in headers
            ),
        )

    # ------------------------------------------------------------------------------------------ what kind of file it is

    def _check_kind(self) -> None:
        name, header = self._name, self._header
        machine, kind = header["e_machine"], header["e_type"]
        if machine != "EM_RISCV":
            raise ImageError(
                Text("`{name}` is a program for {machine}", name=name, machine=_architecture(machine)),
                sentences(Text("Programs are 64-bit RISC-V."), _BUILD),
            )
        if kind == "ET_REL":
            raise ImageError(
                Text("`{name}` is an object file that is not linked yet", name=name),
                sentences(Text("Link it to a program."), _BUILD),
            )
        if kind == "ET_CORE":
            raise ImageError(Text("`{name}` is a core dump", name=name), Text("Name the program instead."))
        if kind not in ("ET_EXEC", "ET_DYN"):
            raise ImageError(Text("`{name}` is not an executable", name=name), _BUILD)

    def _check_registers(self) -> None:
        """Check that the program makes do with the registers of a node's CPU."""
        name, flags = self._name, int(self._header["e_flags"])
        if flags & _FLOAT_ABI == _QUADRUPLE:
            raise ImageError(
                Text(
                    "`{name}` is built for floating point of quadruple precision, which no node has in hardware",
                    name=name,
                ),
                Text("Build it for double precision (-mabi=lp64d), as `tuiclu build FILE.c` does."),
            )
        if flags & _RVE:
            raise ImageError(
                Text("`{name}` is built for RV64E, with 16 registers", name=name),
                sentences(Text("Programs use all 32."), _BUILD),
            )

    def _check_static(self, headers: list[Any]) -> None:
        static = Text("Link it statically (-static), as `tuiclu build FILE.c` does.")
        if any(header["p_type"] == "PT_INTERP" for header in headers):
            raise ImageError(Text("`{name}` is dynamically linked", name=self._name), static)
        dynamic = self._dynamic_entries(headers)
        if self._header["e_type"] == "ET_DYN" and not dynamic.get("DT_FLAGS_1", 0) & ENUM_DT_FLAGS_1["DF_1_PIE"]:
            raise ImageError(
                Text("`{name}` is a shared library", name=self._name),
                sentences(Text("A program is an executable."), _BUILD),
            )
        if "DT_NEEDED" in dynamic:
            raise ImageError(Text("`{name}` needs shared libraries", name=self._name), static)

    def _dynamic_entries(self, headers: list[Any]) -> dict[str | int, int]:
        """Return the dynamic section by tag; empty: there is none. Of several entries with one tag, it has the last."""
        entries: dict[str | int, int] = {}
        header = next((header for header in headers if header["p_type"] == "PT_DYNAMIC"), None)
        if header is None:
            return entries
        start, size = int(header["p_offset"]), int(header["p_filesz"])
        self._check_inside(start, size)
        if size > _MAX_DYNAMIC_BYTES:
            raise _damaged(self._name, Text("its dynamic section has {size} bytes", size=size))
        for offset in range(start, start + size - _DYNAMIC_ENTRY_BYTES + 1, _DYNAMIC_ENTRY_BYTES):
            entry = struct_parse(self._structs.Elf_Dyn, self._stream, offset)
            if entry["d_tag"] == "DT_NULL":
                break
            entries[entry["d_tag"]] = entry["d_val"]
        return entries

    # --------------------------------------------------------------------------------------------- headers and segments

    def _program_headers(self) -> list[Any]:
        offset, count = self._header["e_phoff"], self._header["e_phnum"]
        if not count:
            raise ImageError(Text("`{name}` has nothing to load: it has no program headers", name=self._name), _BUILD)
        if self._header["e_phentsize"] != _PROGRAM_HEADER_BYTES:
            raise _damaged(self._name, Text("its program headers have the wrong size"))
        if count > _MAX_PROGRAM_HEADERS:
            raise _damaged(self._name, Text("it has {count} program headers", count=count))
        self._check_inside(offset, count * _PROGRAM_HEADER_BYTES)
        return [
            struct_parse(self._structs.Elf_Phdr, self._stream, offset + index * _PROGRAM_HEADER_BYTES)
            for index in range(count)
        ]

    def _base(self, loaded: list[Any]) -> int:
        """Return what to add to every address: 0, or for a position-independent program where it is placed."""
        if self._header["e_type"] != "ET_DYN":
            return 0
        alignments = [int(header["p_align"]) for header in loaded]
        return max([PIE_BASE, *(alignment for alignment in alignments if alignment.bit_count() == 1)])

    def _check_loaded(self, loaded: list[Any], base: int) -> None:
        name = self._name
        if not loaded:
            raise ImageError(Text("`{name}` has nothing to load: none of its segments takes memory", name=name), _BUILD)
        for header in loaded:
            self._check_placed(base + int(header["p_vaddr"]), header)
        for below, above in pairwise(loaded):
            if below["p_vaddr"] + below["p_memsz"] > above["p_vaddr"]:
                raise _damaged(name, Text("its segments overlap at {start:#x}", start=base + above["p_vaddr"]))
        if sum(header["p_filesz"] for header in loaded) > len(self._content):
            raise _damaged(name, Text("its segments overlap in the file"))
        asked_for = sum(header["p_memsz"] for header in loaded)
        if asked_for > MAX_PROGRAM_BYTES:
            raise ImageError(
                Text("`{name}` asks for {size} MiB of memory before it starts", name=name, size=asked_for >> 20),
                Text("At most {most} MiB are possible.", most=MAX_PROGRAM_BYTES >> 20),
            )

    def _check_placed(self, start: int, header: Any) -> None:
        """Check one segment that is to lie at `start`."""
        name, end = self._name, start + int(header["p_memsz"])
        if header["p_filesz"] > header["p_memsz"]:
            raise _damaged(name, Text("its segment at {start:#x} is larger in the file than in memory", start=start))
        if end > 1 << 64:
            raise _damaged(name, Text("its segment at {start:#x} wraps around the end of memory", start=start))
        if end > PROGRAM_END:
            raise ImageError(
                Text(
                    "`{name}` has a segment at {start:#x}, outside of the addresses of a process",
                    name=name,
                    start=start,
                ),
                Text("Link it below {most:#x}.", most=PROGRAM_END),
            )
        if start < PAGE_BYTES:
            raise ImageError(
                Text(
                    "`{name}` has a segment at {start:#x}, in the page that null pointers point to",
                    name=name,
                    start=start,
                ),
                Text("Link it at {least:#x} or above.", least=PAGE_BYTES),
            )
        self._check_inside(header["p_offset"], header["p_filesz"])

    def _check_sections(self) -> None:
        """Section headers stand at the end of a file; they are not used, but where they are missing, more may be."""
        if self._header["e_shoff"]:
            self._check_inside(self._header["e_shoff"], self._header["e_shnum"] * _SECTION_HEADER_BYTES)

    def _segment(self, header: Any, base: int) -> Segment:
        flags = int(header["p_flags"])
        return Segment(
            address=base + header["p_vaddr"],
            memory_bytes=header["p_memsz"],
            content=self._content[header["p_offset"] : header["p_offset"] + header["p_filesz"]],
            readable=bool(flags & (P_FLAGS.PF_R | P_FLAGS.PF_W)),  # RISC-V has no pages that are only written
            writable=bool(flags & P_FLAGS.PF_W),
            executable=bool(flags & P_FLAGS.PF_X),
        )

    def _check_entry(self, entry: int, segments: tuple[Segment, ...]) -> None:
        if not any(segment.executable and segment.address <= entry < segment.end for segment in segments):
            raise _damaged(
                self._name, Text("its first instruction would be at {entry:#x}, where it has no code", entry=entry)
            )
        if entry % 2:
            raise _damaged(
                self._name, Text("its first instruction would be at the odd address {entry:#x}", entry=entry)
            )

    def _headers_address(self, loaded: list[Any], base: int) -> int:
        """Return where the program headers lie in memory, or 0 if no segment holds them."""
        start = int(self._header["e_phoff"])
        end = start + self._header["e_phnum"] * _PROGRAM_HEADER_BYTES
        for header in loaded:
            if header["p_offset"] <= start and end <= header["p_offset"] + header["p_filesz"]:
                return base + int(header["p_vaddr"]) + start - int(header["p_offset"])
        return 0

    def _check_inside(self, offset: int, size: int) -> None:
        if offset + size > len(self._content):
            raise _cut_short(self._name, offset + size, self._content)


def _architecture(machine: str | int) -> str:
    if isinstance(machine, int):
        return Text("an unknown architecture (number {number})", number=machine)
    return _ARCHITECTURES.get(machine) or describe_e_machine(machine).strip("<>")


def _cut_short(name: str, expected: int, content: bytes) -> ImageError:
    return ImageError(
        Text(
            "`{name}` is cut short: it has {size} of at least {expected} bytes",
            name=name,
            size=len(content),
            expected=expected,
        ),
        _COPY_AGAIN,
    )


def _damaged(name: str, how: str) -> ImageError:
    return ImageError(Text("`{name}` is damaged: {how}", name=name, how=how), _COPY_AGAIN)
