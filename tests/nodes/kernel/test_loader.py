"""The stack that a program finds when it starts: what Linux puts there, read back as `_start` does."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes import programs
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.loader import ARGUMENT_BYTES_LIMIT, ArgumentsTooLong, start_program
from nodes.kernel.memory import AddressSpace
from nodes.kernel.regions import STACK_TOP
from nodes.wire.image import ProgramImage
from tests.nodes.kernel.assembler import TEXT, burn
from tests.nodes.kernel.machine import CountedPool, examples

RANDOM = bytes(range(1, 17))
AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_ENTRY, AT_SECURE, AT_RANDOM, AT_EXECFN = 3, 4, 5, 6, 9, 23, 25, 31


class Found(NamedTuple):
    """What a program finds."""

    arguments: list[bytes]
    environment: list[bytes]
    auxiliary: dict[int, int]


def _find(space: AddressSpace) -> Found:
    """Read the stack as `_start` does."""
    address = space.cpu.read_register("sp")
    assert address % 16 == 0

    def word() -> int:
        nonlocal address
        (value,) = struct.unpack("<Q", space.read(address, 8))
        address += 8
        return int(value)

    def strings() -> list[bytes]:
        found = []
        while pointer := word():
            found.append(space.read_string(pointer, ARGUMENT_BYTES_LIMIT + 1))
        return found

    count = word()
    arguments, environment = strings(), strings()
    assert len(arguments) == count
    auxiliary = {}
    while kind := word():
        auxiliary[kind] = word()
    return Found(arguments, environment, auxiliary)


def _start(
    arguments: list[str], environment: list[str], image: ProgramImage, frames: int = 64, random_bytes: bytes = RANDOM
) -> tuple[AddressSpace, CountedPool]:
    pool = CountedPool()
    space = AddressSpace("n1.1", pool.take(), image, Frames(frames))
    start_program(space, arguments, environment, random_bytes)
    return space, pool


def test_a_program_starts_at_its_entry_with_its_auxiliary_vector() -> None:
    image = programs.image("hello")
    space, _ = _start(["hello"], [], image)

    auxiliary = _find(space).auxiliary
    assert space.cpu.pc == image.entry
    wanted = (AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_ENTRY, AT_SECURE)
    assert [auxiliary[kind] for kind in wanted] == [
        image.headers_address,
        image.header_bytes,
        image.headers_count,
        4096,
        image.entry,
        0,
    ]
    assert space.read(auxiliary[AT_RANDOM], 16) == RANDOM
    assert space.read_string(auxiliary[AT_EXECFN]) == b"hello"


def test_every_other_register_starts_as_zero() -> None:
    space, _ = _start(["burn"], [], burn(10))

    registers = space.cpu.dump()
    assert [number for number, value in enumerate(registers.x, 1) if value] == [2], "only sp is set"
    assert (registers.pc, registers.instructions) == (TEXT, 0)


_TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=60)


@given(arguments=st.lists(_TEXTS, max_size=8), environment=st.lists(_TEXTS, max_size=8))
@examples(40)
def test_arguments_and_environment_arrive_in_order_whatever_is_in_them(
    arguments: list[str], environment: list[str]
) -> None:
    space, _ = _start(arguments, environment, burn(10))

    found = _find(space)

    assert [text.decode("utf-8", "surrogateescape") for text in found.arguments] == arguments
    assert [text.decode("utf-8", "surrogateescape") for text in found.environment] == environment


def test_bytes_that_are_no_text_reach_the_program_unchanged() -> None:
    argument = b"\xff\xfe".decode("utf-8", "surrogateescape")
    space, _ = _start(["p", argument], [], burn(10))

    assert _find(space).arguments == [b"p", b"\xff\xfe"]


def test_everything_lies_below_the_top_of_the_stack_in_as_few_pages_as_possible() -> None:
    space, _ = _start(["p"], ["A=1"], burn(10))

    assert sorted(space.pages) == [STACK_TOP // 4096 - 1]
    assert all(page.dirty for page in space.pages.values())


@pytest.mark.parametrize("too_much", [0, 1])
def test_arguments_and_environment_may_have_so_many_bytes_and_no_more(too_much: int) -> None:
    arguments = ["x" * (ARGUMENT_BYTES_LIMIT // 2 - 1), "y" * (ARGUMENT_BYTES_LIMIT // 4 - 1 + too_much)]
    environment = ["z" * (ARGUMENT_BYTES_LIMIT // 4 - 1)]
    if too_much:
        with pytest.raises(ArgumentsTooLong, match=r"^arguments and environment are longer than 32768 bytes$"):
            _start(arguments, environment, burn(10))
    else:
        space, _ = _start(arguments, environment, burn(10))
        assert _find(space).arguments == [text.encode() for text in arguments]


def test_as_many_arguments_as_there_may_be_bytes_arrive() -> None:
    """Each takes one byte of text and eight of pointers: still much less than the stack."""
    space, _ = _start([""] * ARGUMENT_BYTES_LIMIT, [], burn(10), frames=128)

    assert _find(space).arguments == [b""] * ARGUMENT_BYTES_LIMIT


def test_without_a_frame_for_the_stack_no_program_starts() -> None:
    with pytest.raises(OutOfFrames):
        _start(["p", "x" * 9000], [], burn(10), frames=2)


def test_random_bytes_that_are_too_few_are_filled_up() -> None:
    space, _ = _start(["p"], [], burn(10), random_bytes=b"ab")

    assert space.read(_find(space).auxiliary[AT_RANDOM], 16) == b"ab".ljust(16, b"\0")
