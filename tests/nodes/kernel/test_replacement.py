"""Which page has to leave its frame: the policies against sequences of references that textbooks work through."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.backing_store import BackingStore
from nodes.kernel.cpu import Access, Protection
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.memory import AddressSpace, PageWait
from nodes.kernel.pager import Pager
from nodes.kernel.replacement import Future, Optimal, Uses
from nodes.wire import vocabulary
from nodes.wire.image import PAGE_BYTES, ProgramImage, Segment
from nodes.wire.parameters import DiskParameters
from tests.nodes.kernel.assembler import DATA, TEXT
from tests.nodes.kernel.machine import CountedPool, examples
from tests.nodes.kernel.paging import MODELS

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

    def __init__(self, frames: int, policy: vocabulary.Replacement) -> None:
        self.frames: Frames[AddressSpace] = Frames(frames)
        self.store = BackingStore(DiskParameters(), lambda: 0)
        self.evicted: list[tuple[int, bool]] = []
        self.pager = Pager(self.frames, self.store, policy, self._note)
        self.space = AddressSpace("n1.1", POOL.take(), _PROGRAM, self.frames, self.store, "n1")
        self.space.lay_out()

    def _note(self, space: AddressSpace, number: int, written: bool, code: bool) -> None:
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

    def foresee(self, string: str) -> Node:
        """Tell the policy that these pages will be used, one every ten instructions."""
        future: Future = {}
        for index, page in enumerate(map(int, string.split())):
            uses = future.setdefault(DATA // PAGE_BYTES + page, Uses([], []))
            uses.starts.append(10 * index)
            uses.ends.append(10 * index + 10)
        assert isinstance(self.pager.policy, Optimal)
        self.pager.policy.futures[self.space.pid] = future
        return self

    def reference(self, *pages: int) -> Node:
        """Use pages that are in frames."""
        for page in pages:
            if not self.space.was_referenced(DATA // PAGE_BYTES + page):
                self.touch(page)
        return self

    def execute(self, instructions: int) -> None:
        """Let the process have executed so many instructions."""
        registers = self.space.cpu.dump()
        self.space.cpu.restore(msgspec.structs.replace(registers, instructions=instructions))

    @property
    def resident(self) -> list[int]:
        return sorted(number - DATA // PAGE_BYTES for number in self.space.pages)

    def close(self) -> None:
        self.space.release()
        POOL.give_back(self.space.cpu)


def references(node: Node, string: str) -> int:
    """Let a program reference pages in this order; return how many were not in a frame."""
    faults = 0
    if isinstance(node.pager.policy, Optimal):
        node.foresee(string)
    for index, page in enumerate(map(int, string.split())):
        node.execute(10 * index)
        if page in node.resident:
            node.reference(page)
        else:
            faults += 1
            node.touch(page)
    node.close()
    return faults


STALLINGS = "2 3 2 1 5 2 4 5 3 2 5 2"
"""The page address stream of the chapter on virtual memory, for three frames."""


BELADY = "1 2 3 4 1 2 5 1 2 3 4 5"
"""Belady's string, on which FIFO loses by a fourth frame."""


@pytest.mark.parametrize(
    ("string", "frames", "policy", "faults"),
    [
        (STALLINGS, 3, "opt", 6),
        (STALLINGS, 3, "lru", 7),
        (STALLINGS, 3, "clock", 8),
        (STALLINGS, 3, "fifo", 9),
        (BELADY, 3, "fifo", 9),
        (BELADY, 4, "fifo", 10),
        (BELADY, 3, "lru", 10),
        (BELADY, 4, "lru", 8),
        (BELADY, 3, "opt", 7),
        (BELADY, 4, "opt", 6),
    ],
)
def test_the_textbooks_strings_cost_what_the_textbooks_say(
    string: str, frames: int, policy: vocabulary.Replacement, faults: int
) -> None:
    assert references(Node(frames, policy), string) == faults


STRINGS = st.lists(st.integers(0, 6), min_size=1, max_size=40)


@pytest.mark.parametrize("policy", sorted(MODELS))
@given(STRINGS, st.integers(1, 6))
@examples(25)
def test_on_any_string_a_policy_costs_what_its_model_says(
    policy: vocabulary.Replacement, string: list[int], frames: int
) -> None:
    assert references(Node(frames, policy), " ".join(map(str, string))) == MODELS[policy](string, frames)


@pytest.mark.parametrize("policy", ["lru", "opt"])
@given(STRINGS)
@examples(6)
def test_a_stack_algorithm_never_loses_by_more_frames(policy: vocabulary.Replacement, string: list[int]) -> None:
    counts = [references(Node(frames, policy), " ".join(map(str, string))) for frames in range(1, 7)]
    assert counts == sorted(counts, reverse=True)


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


def test_lru_takes_the_page_that_was_not_used_for_the_longest_time() -> None:
    node = Node(3, "lru").touch(0, 1, 2, 3).reference(1).touch(4)
    assert node.resident == [1, 3, 4]
    node.close()


def test_lru_sees_the_references_of_all_processes_and_of_the_kernel() -> None:
    node = Node(3, "lru").touch(0, 1)
    other = AddressSpace("n1.2", POOL.take(), _PROGRAM, node.frames, node.store, "n1")
    other.lay_out()
    other.write(DATA, b"x")
    other.let_go()
    node.space.read(DATA, 1)
    node.space.let_go()
    node.touch(2)
    assert (node.resident, list(other.pages)) == ([0, 2], [DATA // PAGE_BYTES])
    other.release()
    POOL.give_back(other.cpu)
    node.close()


def test_who_goes_on_after_a_wait_uses_what_it_has_waited_for() -> None:
    node = Node(3, "lru")
    node.space.serve_fault(DATA, Access.READ)
    other = AddressSpace("n1.2", POOL.take(), _PROGRAM, node.frames, node.store, "n1")
    other.lay_out()
    other.touch(DATA, 2 * PAGE_BYTES, Access.READ)
    other.let_go()
    node.space.note_resumed()
    node.space.let_go()
    node.touch(1)
    assert node.resident == [0, 1], "the other's first page was used before"
    assert list(other.pages) == [DATA // PAGE_BYTES + 1]
    other.release()
    POOL.give_back(other.cpu)
    node.close()


def test_aging_remembers_eight_ticks() -> None:
    node = Node(3, "aging").touch(0, 1, 2)
    policy = node.pager.policy
    policy.tick()
    node.reference(0, 1)
    policy.tick()
    node.reference(0)
    policy.tick()
    ages = [node.space.pages[DATA // PAGE_BYTES + page].age for page in (0, 1, 2)]
    assert ages == [0b11100000, 0b01100000, 0b00100000]
    node.touch(3).touch(4)
    assert node.resident == [0, 3, 4]
    for _ in range(9):  # the last page to come was referenced in the first of them
        policy.tick()
    assert [page.age for page in node.space.pages.values()] == [0, 0, 0]
    node.close()


def test_opt_takes_what_will_not_be_used_for_the_longest_time() -> None:
    node = Node(3, "opt").foresee("0 1 2 3 1 0").touch(0, 1, 2)
    node.execute(30)
    node.touch(3)
    assert node.resident == [0, 1, 3]
    node.close()


@pytest.mark.parametrize("policy", ["fifo", "clock", "lru", "aging", "opt"])
def test_a_clean_page_costs_no_write_and_a_dirty_one_does(policy: vocabulary.Replacement) -> None:
    node = Node(2, policy).touch(0).touch(1, access=Access.WRITE).touch(2, 3)
    assert node.evicted == [(0, False), (1, True)]
    assert node.space.away.keys() == {DATA // PAGE_BYTES + 1}
    node.touch(1).touch(4, 5)
    assert node.evicted[-1] == (1, False), "there is a copy of it on the disk as it is"
    node.close()


def test_the_text_of_a_program_never_goes() -> None:
    node = Node(3, "fifo")
    node.space.map_text()
    node.touch(0, 1, 2, 3)
    assert node.frames.text == 1
    assert node.evicted == [(0, False), (1, False)]
    node.close()


def test_code_that_a_process_has_for_itself_goes_last() -> None:
    node = Node(3, "fifo")
    rights = int(Protection.READ | Protection.WRITE)
    node.space.map_text()
    node.space.protect_pages(TEXT // PAGE_BYTES, TEXT // PAGE_BYTES + 1, rights)
    node.space.protect_pages(TEXT // PAGE_BYTES, TEXT // PAGE_BYTES + 1, int(Protection.READ | Protection.EXECUTE))
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
