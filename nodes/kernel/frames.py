"""The physical memory of a node: a fixed number of page frames, who has which, and how many are promised.

The text of a program is in frames once, for all processes of the node that run it: no process owns these, and they never leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec

Owner = TypeVar("Owner")


class OutOfFrames(Exception):
    """A page was needed, and no frame of the node can be had."""


class Resident(NamedTuple, Generic[Owner]):
    """What lies in a frame: a page of an address space."""

    space: Owner
    number: int


class _Text(msgspec.Struct):
    """The text of one program."""

    frames: list[int]
    users: int


class Frames(Generic[Owner]):
    """Which frame holds which page of whom. A frame is in use, free, or free but promised to a process on its way here."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.reserved = 0
        """Promised to processes on their way here; not yet given out."""
        self.make_room: Callable[[], bool] = lambda: False
        """Asked when no frame is free; tells whether there is one now."""
        self._unused = 0
        """The first frame that was never in use: memory that nobody needs costs nothing, however much there is."""
        self._returned: list[int] = []
        self.watched = False
        """Every reference to a page in a frame is to be noticed: only what is used just now can be accessed."""
        self.note_use: Callable[[Owner, int], None] = lambda owner, number: None
        """Told of every reference to a page that was noticed."""
        self._residents: dict[int, Resident[Owner]] = {}
        self._texts: dict[str, _Text] = {}
        """By program."""
        self.text = 0
        """Frames with the text of programs."""

    @property
    def free(self) -> int:
        """Frames that are neither in use nor promised."""
        return self.total - self.allocated - self.reserved

    @property
    def allocated(self) -> int:
        """Frames in use."""
        return len(self._residents) + self.text

    def allocate(self, space: Owner, number: int, *, from_reservation: bool = False) -> int:
        """Give a frame to a page and return its number. Raises OutOfFrames."""
        if from_reservation:
            self.reserved -= 1
        elif self.free <= 0 and not self.make_room():
            raise OutOfFrames
        frame = self._next_free()
        self._residents[frame] = Resident(space, number)
        return frame

    def release(self, frame: int) -> None:
        """Take a frame back."""
        del self._residents[frame]
        self._returned.append(frame)

    def share_text(self, program: str, pages: int) -> int:
        """Have the text of a program in frames for one process more; return how many were taken for it. Raises OutOfFrames."""
        text = self._texts.get(program)
        if text is not None:
            text.users += 1
            return 0
        while self.free < pages:
            if not self.make_room():
                raise OutOfFrames
        self._texts[program] = _Text([self._next_free() for _ in range(pages)], 1)
        self.text += pages
        return pages

    def leave_text(self, program: str) -> None:
        """One process less needs the text of a program."""
        text = self._texts[program]
        text.users -= 1
        if not text.users:
            del self._texts[program]
            self.text -= len(text.frames)
            self._returned += text.frames

    def missing_text(self, program: str, pages: int) -> int:
        """Return how many frames it would take to have the text of a program here."""
        return 0 if program in self._texts else pages

    def texts(self) -> dict[str, list[int]]:
        """Return which frames hold the text of which program."""
        return {program: text.frames for program, text in self._texts.items()}

    def renew(self, frame: int) -> None:
        """Put what lies in a frame at the end of the row, as if it had just come."""
        self._residents[frame] = self._residents.pop(frame)

    def reserve(self, count: int) -> bool:
        """Promise `count` frames if there are that many; tell whether there were."""
        if count > self.free:
            return False
        self.reserved += count
        return True

    def unreserve(self, count: int) -> None:
        """Take a promise back."""
        self.reserved -= count

    def resident(self, frame: int) -> Resident[Owner] | None:
        """Return what lies in a frame; None: nothing."""
        return self._residents.get(frame)

    def residents(self) -> Iterator[Resident[Owner]]:
        """Walk through the pages in frames, the one that has been there longest first."""
        return iter(self._residents.values())

    def _next_free(self) -> int:
        """Return a frame that is not in use: the one that was given back last, else the first that never was."""
        if self._returned:
            return self._returned.pop()
        self._unused += 1
        return self._unused - 1
