"""Page replacement: which page has to leave its frame when another needs one. Sans I/O, a policy a class, by name.

What a policy can see is what the hardware shows a kernel. For each page there is one bit: whether it was referenced since that was last
forgotten. The price of more is access: a page that cannot be accessed shows its next reference by a fault, which costs the program no
virtual time, but the emulator real time.

| policy  | what it sees of references                                       | takes                                     |
|---------|------------------------------------------------------------------|-------------------------------------------|
| `fifo`  | nothing                                                          | what has been in its frame longest        |
| `clock` | the bits, as its hand passes                                     | the first that was not referenced lately  |
| `aging` | the bits, at every tick of the running CPU                       | the least in eight ticks                  |
| `lru`   | every one: only the page used last can be accessed               | what was not used for the longest time    |
| `opt`   | every one that is still to come, from a first run of the process | what will not be used for the longest time|

Code is not watched: it is in use at every instruction, and goes only where there is nothing else. Whether a page may go at all is the
pager's business.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Protocol

import msgspec

from nodes.kernel.frames import Frames, Resident
from nodes.kernel.memory import AddressSpace
from nodes.wire import vocabulary
from nodes.wire.ids import Pid

Page = Resident[AddressSpace]
MayGo = Callable[[Page], bool]


class Replacement(Protocol):
    """A policy. One object serves one node, and learns its frames before anything else."""

    watches: bool
    """It has to see every reference: what comes into a frame is mapped without access, but for the page that is used just now."""
    tick_ns: int | None
    """How long the CPU runs processes until it is told (`tick`), again and again; None: it never is."""

    def __init__(self, frames: Frames[AddressSpace]) -> None: ...

    def used(self, space: AddressSpace, number: int) -> None:
        """Take note that a page that is in a frame was seen to be referenced."""

    def tick(self) -> None:
        """Take note that `tick_ns` have passed."""

    def choose(self, may_go: MayGo) -> Page | None:
        """Return the page that is to leave its frame, of those that may; None: none may."""


class FirstInFirstOut:
    """The page that has been in its frame longest, whether it is used or not."""

    watches = False
    tick_ns: int | None = None

    def __init__(self, frames: Frames[AddressSpace]) -> None:
        self.frames = frames

    def used(self, space: AddressSpace, number: int) -> None:
        pass

    def tick(self) -> None:
        pass

    def choose(self, may_go: MayGo) -> Page | None:
        return next((page for page in self.frames.residents() if may_go(page)), None)


class Clock(FirstInFirstOut):
    """Second chance: a hand goes round the frames, forgets that a page was referenced, and takes the first that was not."""

    def __init__(self, frames: Frames[AddressSpace]) -> None:
        super().__init__(frames)
        self._hand = 0

    def choose(self, may_go: MayGo) -> Page | None:
        for _ in range(2 * self.frames.total):
            page = self.frames.resident(self._hand)
            self._hand = (self._hand + 1) % self.frames.total
            if page is None or not may_go(page):
                continue
            if page.space.was_referenced(page.number):
                page.space.forget_reference(page.number)
            else:
                return page
        return None


class Aging(FirstInFirstOut):
    """LRU as hardware without counters can have it (Tanenbaum, the chapter on virtual memory): the page that was used least lately.

    At every tick each page's counter of eight bits is shifted to the right, and the reference bit of the tick that is over comes in from
    the left. What was referenced since the last tick counts for more than any counter; equals go as by FIFO.
    """

    tick_ns: int | None = 20_000_000

    def tick(self) -> None:
        for space, number in list(self.frames.residents()):
            page = space.pages[number]
            page.age = page.age >> 1 | (128 if page.referenced else 0)
            space.forget_reference(number)

    def choose(self, may_go: MayGo) -> Page | None:
        candidates = (page for page in self.frames.residents() if may_go(page))
        return min(candidates, key=self._lately, default=None)

    @staticmethod
    def _lately(page: Page) -> int:
        entry = page.space.pages[page.number]
        return entry.age | (256 if entry.referenced else 0)


class LeastRecentlyUsed(FirstInFirstOut):
    """The page that was not referenced for the longest time: a stack algorithm, so more frames never cost a fault.

    Nothing but the page that was used last can be accessed, by whatever process; so the first reference to any other page is noticed, and
    the frames are kept in the order of these. Pages that one instruction or one system call needs together are used together, in the order
    in which it asks for them, until another is used. What came with a process from elsewhere was used before all that has been used here.

    A process that goes to and fro between pages all the time would cost too much real time. After `EXACT` references that were noticed,
    and one more for every `REST` instructions, an eighth of the frames can be accessed beside the page used last: then two pages that were
    accessible together count as used in the order in which they became so. A process that is calmer again is seen exactly again.
    """

    watches = True
    EXACT = 50_000
    REST = 256

    def __init__(self, frames: Frames[AddressSpace]) -> None:
        super().__init__(frames)
        self._open: list[Page] = []
        """What can be accessed: the pages used last, and others that the instructions in hand need; the newest last."""

    def used(self, space: AddressSpace, number: int) -> None:
        self.frames.renew(space.pages[number].frame)
        space.noticed += 1
        newest = Resident(space, number)
        opened = [page for page in self._open if page != newest and page.number in page.space.pages]
        beside = 0 if space.noticed < self.EXACT + space.instructions // self.REST else self.frames.total // 8
        surplus = len(opened) - beside
        if surplus > 0:
            kept = []
            for page in opened[:surplus]:
                if page.space.holds_fast(page.number):
                    kept.append(page)
                else:
                    page.space.forget_reference(page.number)
                    self.closed(page)
            opened[:surplus] = kept
        self._open = [*opened, newest]

    def closed(self, page: Page) -> None:
        """A page cannot be accessed any more without being noticed."""


class Uses(msgspec.Struct, frozen=True):
    """When a page is used: from the instruction `starts[i]` until before `ends[i]`; in order."""

    starts: list[int]
    ends: list[int]


Future = dict[int, Uses]
"""All that a process will ever use: by page number."""

NEVER = 1 << 62


def next_use(future: Future, number: int, instructions: int) -> int:
    """Return the count of instructions at which a process uses a page next, from the count that it has executed."""
    uses = future.get(number)
    if uses is None:
        return NEVER
    place = bisect_right(uses.starts, instructions)
    if place and uses.ends[place - 1] > instructions:
        return instructions
    if place and uses.starts[place - 1] == instructions:
        return instructions
    return uses.starts[place] if place < len(uses.starts) else NEVER


class Optimal(FirstInFirstOut):
    """Belady's: the page that will not be used for the longest time. It has to be told the future of every process on the node."""

    def __init__(self, frames: Frames[AddressSpace]) -> None:
        super().__init__(frames)
        self.futures: dict[Pid, Future] = {}

    def choose(self, may_go: MayGo) -> Page | None:
        return max((page for page in self.frames.residents() if may_go(page)), key=self._next_use, default=None)

    def _next_use(self, page: Page) -> int:
        future = self.futures.get(page.space.pid, {})
        return next_use(future, page.number, page.space.instructions)


class Recorder(LeastRecentlyUsed):
    """Writes down when a process uses which page, for `Optimal`: it must have the node for itself, and frames in plenty."""

    EXACT = NEVER

    def __init__(self, frames: Frames[AddressSpace]) -> None:
        super().__init__(frames)
        self.future: Future = {}
        self.total = 0
        """How many uses were written down."""

    def used(self, space: AddressSpace, number: int) -> None:
        super().used(space, number)
        uses = self.future.setdefault(number, Uses([], []))
        if len(uses.starts) == len(uses.ends):
            uses.starts.append(space.instructions)
            self.total += 1

    def closed(self, page: Page) -> None:
        self.future[page.number].ends.append(page.space.instructions)

    def end(self) -> None:
        """The process has ended, or nobody looks any further."""
        for uses in self.future.values():
            if len(uses.ends) < len(uses.starts):
                uses.ends.append(NEVER)


REPLACEMENTS: dict[vocabulary.Replacement, type[Replacement]] = {
    "clock": Clock,
    "lru": LeastRecentlyUsed,
    "fifo": FirstInFirstOut,
    "aging": Aging,
    "opt": Optimal,
}
"""Policies by name."""
