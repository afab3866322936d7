"""The table of open files, against a model: a dictionary from descriptors to names of open files."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.files import MAX_DESCRIPTORS, FileKind, FileTable, OpenFile
from tests.nodes.kernel.machine import examples


def test_a_new_process_has_its_input_output_and_error() -> None:
    table = FileTable.standard(b"input")

    assert [table.get(descriptor) for descriptor in range(4)] == [
        OpenFile(FileKind.INPUT, content=b"input"),
        OpenFile(FileKind.OUTPUT, stream=1),
        OpenFile(FileKind.OUTPUT, stream=2),
        None,
    ]


def test_duplicates_share_one_offset() -> None:
    table = FileTable.standard(b"input")
    copy = table.duplicate(0)
    assert copy == 3

    _file(table, 0).offset = 4

    assert _file(table, 3).offset == 4


def test_what_is_shared_is_still_shared_after_a_move() -> None:
    table = FileTable.standard(b"input")
    table.duplicate(0, exactly=9)

    moved = msgspec.msgpack.decode(msgspec.msgpack.encode(table), type=FileTable)

    assert moved == table
    assert moved.get(0) is moved.get(9)


def test_a_duplicate_onto_an_open_descriptor_takes_its_place() -> None:
    table = FileTable.standard(b"")

    assert table.duplicate(2, exactly=1) == 1
    assert _file(table, 1).stream == 2


def test_there_are_only_so_many_descriptors() -> None:
    table = FileTable.standard(b"")

    opened = [table.open(OpenFile(FileKind.NULL)) for _ in range(MAX_DESCRIPTORS)]

    assert opened == [*range(3, MAX_DESCRIPTORS), None, None, None]
    assert table.duplicate(0) is None
    assert table.duplicate(0, exactly=MAX_DESCRIPTORS) is None
    assert table.duplicate(0, at_least=7) is None


def test_opening_and_closing_again_and_again_takes_no_room() -> None:
    table = FileTable.standard(b"")
    for _ in range(1000):
        descriptor = table.open(OpenFile(FileKind.NULL))
        assert descriptor == 3
        assert table.close(descriptor)

    assert len(table.open_files) <= 4


_OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.just(0), st.just(0)),
        st.tuples(st.just("close"), st.integers(0, 8), st.just(0)),
        st.tuples(st.just("duplicate"), st.integers(0, 8), st.integers(0, 8)),
        st.tuples(st.just("duplicate onto"), st.integers(0, 8), st.integers(0, 8)),
    ),
    max_size=40,
)


@given(operations=_OPERATIONS)
@examples(100)
def test_descriptors_lead_to_the_files_that_were_opened_under_them(operations: list[tuple[str, int, int]]) -> None:
    table = FileTable.standard(b"")
    model = {0: 0, 1: 1, 2: 2}
    opened = 2

    def lowest(start: int) -> int:
        return next(number for number in range(start, 100) if number not in model)

    for operation, descriptor, place in operations:
        match operation:
            case "open":
                opened += 1
                expected = lowest(0)
                assert table.open(OpenFile(FileKind.OUTPUT, stream=opened)) == expected
                model[expected] = opened
            case "close":
                assert table.close(descriptor) == (model.pop(descriptor, None) is not None)
            case "duplicate":
                expected = lowest(place)
                assert table.duplicate(descriptor, at_least=place) == (expected if descriptor in model else None)
                if descriptor in model:
                    model[expected] = model[descriptor]
            case "duplicate onto":
                assert table.duplicate(descriptor, exactly=place) == (place if descriptor in model else None)
                if descriptor in model:
                    model[place] = model[descriptor]

        assert {number: _file(table, number).stream for number in table.descriptors} == model


def _file(table: FileTable, descriptor: int) -> OpenFile:
    file = table.get(descriptor)
    assert file is not None
    return file
