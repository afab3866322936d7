"""A stream of pages alone: in which order they go, how many at once, and that one that was stopped says nothing more."""

from __future__ import annotations

import pytest

from nodes.kernel.memory import Place
from nodes.migration.page_stream import PageStream
from tests.nodes.kernel.assembler import DATA, Code
from tests.nodes.kernel.post import Post

COUNT = 6
FIRST = DATA // 4096
PAGES = list(range(FIRST, FIRST + COUNT))
LATER = 10**9


class Stream(Post):
    """A node, and a stream of the pages of a process on it; the last `on_disk` of them are not in frames."""

    def __init__(self, batch_pages: int = 1, window_batches: int = 1, on_disk: int = 0) -> None:
        super().__init__()
        process = self.live("n2.1", Code().jump(0).image(data_pages=COUNT))
        self.space = process.space
        for place, number in enumerate(PAGES):
            self.space.write(number * 4096, bytes([place + 1]) * 4096)
        for number in PAGES[COUNT - on_disk :]:
            self.space.let_go()
            self.space.evict(number)
        self.machine.parts.lifecycle.freeze(process)
        self.sent: list[list[int]] = []
        self.noted: list[int] = []
        self.wanted: list[list[int]] = []
        self.drained = self.acknowledged = 0
        self.stream = PageStream(
            self.kernel,
            self.space,
            send=lambda pages, content: self._sent(pages, content),
            note=self.noted.extend,
            bring=self._bring,
            drained=self._drained,
            batch_pages=batch_pages,
            window_batches=window_batches,
        )

    def _sent(self, pages: list[int], content: bytes) -> None:
        assert content == b"".join(bytes([number - FIRST + 1]) * 4096 for number in pages)
        self.sent.append(pages)

    def _bring(self, numbers: list[int], then: object) -> None:
        self.wanted.append(numbers)
        self.then = then

    def _drained(self) -> None:
        self.drained += 1

    def wait(self) -> Stream:
        """Let the disk and the CPU do their work."""
        self.machine.run(self.kernel.now + LATER)
        return self

    def acknowledge_all(self) -> Stream:
        """Let every batch arrive as soon as it can have been sent."""
        for _ in range(3 * COUNT):
            self.wait()
            if self.acknowledged < len(self.sent):
                self.acknowledged += 1
                self.stream.acknowledged()
        return self


@pytest.mark.parametrize(("batch", "window", "first"), [(1, 1, 1), (1, 3, 3), (2, 2, 4), (4, 1, 4), (9, 9, 6)])
def test_so_many_pages_go_before_the_first_has_arrived(batch: int, window: int, first: int) -> None:
    stream = Stream(batch, window)
    stream.stream.send(PAGES)
    stream.wait()

    assert sum(len(pages) for pages in stream.sent) == first
    assert all(len(pages) <= batch for pages in stream.sent)
    stream.acknowledge_all()
    assert [number for pages in stream.sent for number in pages] == PAGES == stream.noted
    assert (stream.drained, stream.stream.is_done) == (1, True)


@pytest.mark.parametrize("on_disk", [0, 3, COUNT])
def test_it_is_done_when_all_has_arrived_and_not_before_wherever_the_pages_lay(on_disk: int) -> None:
    stream = Stream(2, 9, on_disk)
    stream.stream.send(PAGES)
    for left in (3, 2, 1):
        stream.wait()
        assert (stream.drained, stream.stream.is_done) == (0, False), left
        stream.stream.acknowledged()
    assert stream.drained == 1


def test_with_nothing_to_send_it_is_done_at_once() -> None:
    stream = Stream()
    stream.stream.send([])
    assert stream.drained == 1


@pytest.mark.parametrize(("place", "then"), [(3, [0, 3, 4, 5, 1, 2]), (1, [0, 1, 2, 3, 4, 5]), (5, [0, 5, 1, 2, 3, 4])])
def test_it_goes_on_at_a_page_that_is_wanted_and_what_lies_before_comes_last(place: int, then: list[int]) -> None:
    stream = Stream()
    stream.stream.send(PAGES)
    stream.stream.resume(PAGES[place])
    stream.acknowledge_all()

    assert [number - FIRST for pages in stream.sent for number in pages] == then


def test_a_page_that_was_sent_already_or_never_is_to_be_makes_no_difference() -> None:
    stream = Stream()
    stream.stream.send(PAGES)
    stream.stream.resume(PAGES[-1] + 1)
    stream.acknowledge_all()
    assert [number for pages in stream.sent for number in pages] == PAGES


def test_what_was_stopped_sends_nothing_more_and_is_as_new() -> None:
    stream = Stream()
    stream.stream.send(PAGES)
    stream.stream.stop()
    stream.acknowledge_all()
    assert (stream.sent, stream.drained, stream.stream.is_done) == ([PAGES[:1]], 0, True)

    stream.stream.send(PAGES[4:])
    stream.acknowledge_all()
    assert stream.sent == [PAGES[:1], PAGES[4:5], PAGES[5:]]
    assert stream.drained == 1


def test_what_is_stopped_while_the_disk_still_reads_is_not_sent_and_not_waited_for() -> None:
    stream = Stream(on_disk=1)
    stream.stream.send(PAGES[-1:])
    stream.stream.stop()
    stream.wait()
    assert stream.sent == []

    stream.stream.send(PAGES[:1])
    stream.acknowledge_all()
    assert (stream.sent, stream.drained) == ([PAGES[:1]], 1)


def test_of_a_batch_only_what_is_not_here_is_fetched() -> None:
    stream = Stream(batch_pages=3)
    for number in (PAGES[0], PAGES[2]):
        stream.space.drop(number)
        stream.space.away[number] = Place("n4", on_disk=False)
    stream.stream.send(PAGES[:3])
    assert stream.wanted == [[PAGES[0], PAGES[2]]]


def test_what_is_not_here_is_fetched_by_the_batch_and_what_has_gone_is_left_out() -> None:
    stream = Stream(batch_pages=3)
    stream.space.drop_all(PAGES)
    stream.space.away = dict.fromkeys(PAGES[:5], Place("n4", on_disk=False))
    stream.stream.send(PAGES)

    assert stream.wanted == [PAGES[:3]]
    assert stream.wait().sent == [], "the batch is on its way here"
    for place, number in enumerate(PAGES[:3]):
        stream.space.receive_page(number, bytes([place + 1]) * 4096, None)
    stream.stream._not_busy()
    stream.wait()
    assert stream.sent == [PAGES[:3]]
    stream.stream.acknowledged()
    assert stream.wanted == [PAGES[:3], PAGES[3:]]
