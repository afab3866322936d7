"""The disk of a node: what is written is there, takes its time, and outlives the node."""

from __future__ import annotations

import os

import pytest

from nodes.kernel.backing_store import BackingStore
from nodes.wire.bulk import new_file
from nodes.wire.parameters import PAGE_BYTES, DiskParameters

MS = 1_000_000
DISK = DiskParameters(latency_ns=8 * MS, bandwidth_bps=PAGE_BYTES * 8 * 1000)
"""A seek takes 8 ms and a page 1 ms."""


class Clock:
    now = 0

    def __call__(self) -> int:
        return self.now


def page(letter: str) -> bytes:
    return letter.encode() * PAGE_BYTES


def test_a_page_is_read_as_it_was_written_last() -> None:
    store = BackingStore(DISK, Clock())
    store.write("n1.1", 7, page("a"))
    store.write("n1.2", 7, page("b"))
    store.write("n1.1", 7, page("c"))

    assert (store.read("n1.1", 7), store.read("n1.2", 7)) == (page("c"), page("b"))
    assert [store.holds("n1.1", 7), store.holds("n1.1", 8), store.holds("n9.1", 7)] == [True, False, False]


def test_the_arm_serves_one_request_after_the_other() -> None:
    clock = Clock()
    store = BackingStore(DISK, clock)
    assert store.busy_until() == 0
    store.write("n1.1", 1, page("a"))
    assert store.busy_until() == 9 * MS
    store.read("n1.1", 1)
    assert store.busy_until() == 18 * MS
    clock.now = 100 * MS
    store.read("n1.1", 1)
    assert store.busy_until() == 109 * MS


def test_what_is_discarded_is_gone_and_its_place_is_used_again() -> None:
    file = new_file()
    store = BackingStore(DISK, Clock(), os.dup(file))
    for number in range(3):
        store.write("n1.1", number, page("x"))
    size = os.fstat(file).st_size
    store.discard("n1.1")
    assert store.pages_of("n1.1") == []
    for number in range(3):
        store.write("n1.2", number, page("y"))

    assert os.fstat(file).st_size == size
    assert store.read("n1.2", 2) == page("y")
    os.close(file)


def test_the_next_life_of_a_node_finds_what_the_last_one_has_left() -> None:
    file = new_file()
    before = BackingStore(DISK, Clock(), os.dup(file))
    before.write("n1.1", 3, page("a"))
    before.write("n1.2", 0x3F_FFFF_FFFF // PAGE_BYTES, page("b"))
    before.write("n1.1", 4, page("c"))
    before.discard("n1.2")

    after = BackingStore(DISK, Clock(), os.dup(file))

    assert (after.pages_of("n1.1"), after.pages_of("n1.2")) == ([3, 4], [])
    assert after.read("n1.1", 4) == page("c")
    after.write("n1.3", 1, page("d"))
    assert (after.read("n1.1", 3), after.read("n1.3", 1)) == (page("a"), page("d"))
    os.close(file)


@pytest.mark.parametrize("letters", [1, 62, 63])
def test_a_page_is_found_again_whatever_its_node_is_called(letters: int) -> None:
    file = new_file()
    pid = f"{'a' * letters}.1234567890"
    BackingStore(DISK, Clock(), os.dup(file)).write(pid, 3, page("a"))

    after = BackingStore(DISK, Clock(), os.dup(file))

    assert (after.pages_of(pid), after.read(pid, 3)) == ([3], page("a"))
    os.close(file)


def test_the_place_of_a_page_that_is_forgotten_is_used_again() -> None:
    file = new_file()
    store = BackingStore(DISK, Clock(), os.dup(file))
    for number in range(100):
        store.write("n1.1", number, page("x"))
        store.forget("n1.1", number)
        store.forget("n1.1", number + 1)

    assert store.pages_of("n1.1") == []
    assert os.fstat(file).st_size < 2 * len(page("x"))
    os.close(file)
