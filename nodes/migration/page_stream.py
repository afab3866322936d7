"""A stream of pages from this node to another place: batch after batch, with a bounded number of batches on the way.

The pages may lie in frames, on this node's disk or on a node where the process was before; what is not here is fetched first. The process
may run meanwhile: a page goes as it is at the instant at which it is read, and a later write to it is noticed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from nodes.kernel.kernel import Kernel
from nodes.kernel.memory import AddressSpace
from nodes.kernel.pages import runs

Send = Callable[[list[int], bytes], None]
"""Puts a batch on the wire: page numbers and their contents in that order."""
Note = Callable[[list[int]], None]
"""Told of pages when they are read."""
Bring = Callable[[list[int], Callable[[], None]], None]
"""Fetches pages from other nodes, and calls when they are here."""


class PageStream:
    """Sends pages of one address space until none is left; then calls `drained`."""

    def __init__(
        self,
        kernel: Kernel,
        space: AddressSpace,
        *,
        send: Send,
        note: Note,
        bring: Bring | None,
        drained: Callable[[], None],
        batch_pages: int,
        window_batches: int,
    ) -> None:
        self._kernel = kernel
        self._space = space
        self._send = send
        self._note = note
        self._bring = bring
        self._drained = drained
        self._batch_pages = batch_pages
        self._window_batches = window_batches
        self._unsent: deque[int] = deque()
        self._on_the_way = 0
        self._busy = False
        """The last batch is still being read, fetched or copied; the next one has to wait."""
        self._open = False

    def send(self, pages: list[int]) -> None:
        """Send pages in this order, behind those that are still to be sent."""
        self._unsent.extend(pages)
        self._open = True
        self._pump()

    @property
    def is_done(self) -> bool:
        """Whether all that was to be sent has arrived."""
        return not self._open

    def acknowledged(self) -> None:
        """A batch has arrived."""
        self._on_the_way -= 1
        self._pump()

    def stop(self) -> None:
        """Send nothing more, and say nothing more."""
        self._open = False
        self._unsent.clear()

    def resume(self, number: int) -> None:
        """Go on at a page, if it is still to be sent: what lies before it comes last."""
        for place, unsent in enumerate(self._unsent):
            if unsent >= number:
                self._unsent.rotate(-place)
                return

    def _pump(self) -> None:
        if not self._busy and self._on_the_way < self._window_batches:
            pages = self._next_batch()
            if pages:
                self._read(pages)
        if self._open and not self._unsent and not self._on_the_way and not self._busy:
            self._open = False
            self._drained()

    def _next_batch(self) -> list[int]:
        """Take the next pages that can be had here; those that the process has given up meanwhile are left out.

        Returns none where the next ones have to be fetched first.
        """
        pages: list[int] = []
        while self._unsent and len(pages) < self._batch_pages:
            number = self._unsent[0]
            if self._space.is_here(number):
                pages.append(number)
            elif number in self._space.away:
                if not pages:
                    self._fetch()
                break
            self._unsent.popleft()
        return pages

    def _fetch(self) -> None:
        """Fetch the next pages, as many as make a batch."""
        assert self._bring is not None, "what is kept for others is here"
        next_pages = [self._unsent[place] for place in range(min(self._batch_pages, len(self._unsent)))]
        self._busy = True
        self._bring([number for number in next_pages if not self._space.is_here(number)], self._not_busy)

    def _read(self, pages: list[int]) -> None:
        """Take the contents of a batch as they are now, and send it as soon as the disk has read what lies there."""
        space, kernel = self._space, self._kernel
        on_disk = any(number not in space.pages for number in pages)
        parts = [space.contents(first, count) for first, count in runs(pages)]
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        self._note(pages)
        self._on_the_way += 1
        self._busy = True
        if on_disk:
            kernel.call_later(kernel.store.busy_until() - kernel.now, lambda: self._copy(pages, content))
        else:
            self._copy(pages, content)

    def _copy(self, pages: list[int], content: bytes) -> None:
        """Put a batch on the wire; the CPU is busy with it for a while."""
        if not self._open:
            self._on_the_way -= 1
            self._busy = False
            return
        self._send(pages, content)
        copying_ns = len(pages) * self._kernel.costs.migration_page_ns
        self._kernel.charge(copying_ns)
        self._kernel.call_later(copying_ns, self._not_busy)

    def _not_busy(self) -> None:
        self._busy = False
        if self._open:
            self._pump()
