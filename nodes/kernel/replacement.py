"""Page replacement: which page has to leave its frame when another needs one. Sans I/O, a policy a class, by name.

The policies see what the hardware tells a kernel: for each page whether it was referenced since that was last looked at and forgotten.
Whether a page may go at all is the pager's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nodes.kernel.frames import Frames, Resident
from nodes.kernel.memory import AddressSpace

Page = Resident[AddressSpace]
MayGo = Callable[[Page], bool]


class Replacement(Protocol):
    """A policy. One object serves one node."""

    def choose(self, frames: Frames[AddressSpace], may_go: MayGo) -> Page | None:
        """Return the page that is to leave its frame, of those that may; None: none may."""


class FirstInFirstOut:
    """The page that has been in its frame longest, whether it is used or not."""

    def choose(self, frames: Frames[AddressSpace], may_go: MayGo) -> Page | None:
        return next((page for page in frames.residents() if may_go(page)), None)


class Clock:
    """Second chance: a hand goes round the frames, forgets that a page was referenced, and takes the first that was not."""

    def __init__(self) -> None:
        self._hand = 0

    def choose(self, frames: Frames[AddressSpace], may_go: MayGo) -> Page | None:
        for _ in range(2 * frames.total):
            page = frames.resident(self._hand)
            self._hand = (self._hand + 1) % frames.total
            if page is None or not may_go(page):
                continue
            if page.space.was_referenced(page.number):
                page.space.forget_reference(page.number)
            else:
                return page
        return None


class LeastRecentlyUsed:
    """The page that was not referenced for the longest time, as far as a kernel can know: it looks at the bits now and then.

    The bits are looked at, and forgotten, whenever every page has been referenced since the last look. Pages that were referenced between
    the same two looks count as equal: the one that has been in its frame longest goes first.
    """

    def __init__(self) -> None:
        self._looks = 0

    def choose(self, frames: Frames[AddressSpace], may_go: MayGo) -> Page | None:
        candidates = [page for page in frames.residents() if may_go(page)]
        if all(page.space.was_referenced(page.number) for page in candidates):
            self._looks += 1
            for page in candidates:
                page.space.forget_reference(page.number)
                page.space.pages[page.number].seen = self._looks
        unused = (page for page in candidates if not page.space.was_referenced(page.number))
        return min(unused, key=lambda page: page.space.pages[page.number].seen, default=None)


REPLACEMENTS: dict[str, Callable[[], Replacement]] = {
    "clock": Clock,
    "lru": LeastRecentlyUsed,
    "fifo": FirstInFirstOut,
}
"""Policies by name."""
