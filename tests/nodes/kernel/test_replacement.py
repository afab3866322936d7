"""Which page has to leave its frame: the policies against sequences of references that textbooks work through."""

from __future__ import annotations

import pytest

from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import Access
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.memory import AddressSpace, PageWait
from nodes.kernel.pager import Pager
from nodes.wire.image import PAGE_BYTES, ProgramImage, Segment
from nodes.wire.parameters import DiskParameters
from tests.nodes.kernel.assembler import DATA, TEXT
from tests.nodes.kernel.machine import CountedPool

POOL = CountedPool()
_PROGRAM = ProgramImage(
    "test",
    TEXT,
    (
        Segment(TEXT, 100, b"code", readable=True, writable=False, executable=True),
        Segment(DATA, 64 * PAGE_BYTES, b"", readable=True, writable=True, executable=False),
    ),
    0,
    0,
    56,
    "",
)


class Node:
    """Frames, a disk and one address space, of which pages of data are touched by their numbers."""

    def __init__(self, frames: int, policy: str) -> None:
        self.frames: Frames[AddressSpace] = Frames(frames)
        self.store = BackingStore(DiskParameters(), lambda: 0)
        self.evicted: list[tuple[int, bool]] = []
        self.pager = Pager(self.frames, self.store, policy, self._note)
        self.space = AddressSpace("n1.1", POOL.take(), _PROGRAM, self.frames, self.store, "n1")
        self.space.lay_out()

    def _note(self, space: AddressSpace, number: int, written: bool) -> None:
        self.evicted.append((number - DATA // PAGE_BYTES, written))

    def touch(self, *pages: int, access: Access = Access.READ) -> Node:
        """Reference pages in turn, as instructions do: each is over before the next begins."""
        for page in pages:
            address = DATA + page * PAGE_BYTES
            try:
                self.space.serve_fault(address, access)
            except PageWait:
                self.space.serve_fault(address, access)
            self.space.let_go()
        return self

    def reference(self, *pages: int) -> Node:
        """Use pages that are in frames."""
        for page in pages:
            if not self.space.was_referenced(DATA // PAGE_BYTES + page):
                self.touch(page)
        return self

    @property
    def resident(self) -> list[int]:
        return sorted(number - DATA // PAGE_BYTES for number in self.space.pages)

    def close(self) -> None:
        self.space.release()
        POOL.give_back(self.space.cpu)


def references(node: Node, string: str) -> int:
    """Let a program reference pages in this order; return how many were not in a frame."""
    faults = 0
    for page in map(int, string.split()):
        if page in node.resident:
            node.reference(page)
        else:
            faults += 1
            node.touch(page)
    node.close()
    return faults


STALLINGS = "2 3 2 1 5 2 4 5 3 2 5 2"
"""The page address stream of the chapter on virtual memory, for three frames."""


@pytest.mark.parametrize(("policy", "faults"), [("fifo", 9), ("clock", 8), ("lru", 7)])
def test_the_textbook_stream_costs_what_the_textbook_says(policy: str, faults: int) -> None:
    counted = references(Node(3, policy), STALLINGS)
    assert counted == faults if policy != "lru" else faults <= counted <= 8, "lru sees references only when it looks"


def test_fifo_takes_the_oldest_even_if_it_is_in_use() -> None:
    node = Node(3, "fifo").touch(0, 1, 2).reference(0).touch(3)
    assert node.resident == [1, 2, 3]
    node.close()


def test_clock_gives_a_referenced_page_a_second_chance() -> None:
    node = Node(3, "clock").touch(0, 1, 2, 3)
    assert node.resident == [1, 2, 3]
    node.reference(1).touch(4)
    assert node.resident == [1, 3, 4]
    node.close()


def test_lru_takes_the_page_that_was_not_used_since_it_last_looked() -> None:
    node = Node(3, "lru").touch(0, 1, 2, 3).reference(1).touch(4)
    assert node.resident == [1, 3, 4]
    node.close()


@pytest.mark.parametrize("policy", ["fifo", "clock", "lru"])
def test_a_clean_page_costs_no_write_and_a_dirty_one_does(policy: str) -> None:
    node = Node(2, policy).touch(0).touch(1, access=Access.WRITE).touch(2, 3)
    assert node.evicted == [(0, False), (1, True)]
    assert node.space.away.keys() == {DATA // PAGE_BYTES + 1}
    node.touch(1).touch(4, 5)
    assert node.evicted[-1] == (1, False), "there is a copy of it on the disk as it is"
    node.close()


def test_code_goes_last() -> None:
    node = Node(3, "fifo")
    node.space.serve_fault(TEXT, Access.EXECUTE)
    node.space.let_go()
    node.touch(0, 1, 2, 3)
    assert TEXT // PAGE_BYTES in node.space.pages
    node.close()


def test_what_an_instruction_needs_at_once_stays_until_it_is_done() -> None:
    node = Node(2, "clock")
    node.space.serve_fault(DATA, Access.READ)
    node.space.serve_fault(DATA + PAGE_BYTES, Access.READ)
    with pytest.raises(OutOfFrames):
        node.space.serve_fault(DATA + 2 * PAGE_BYTES, Access.READ)
    node.space.let_go()
    node.space.serve_fault(DATA + 2 * PAGE_BYTES, Access.READ)
    node.close()
