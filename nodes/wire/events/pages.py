"""Pages and the frames they are in. Such events carry lists of pages, never one event a page."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid


class PageFaulted(Event, frozen=True, tag="page.faulted"):
    """Pages brought in since the last such event, in order of their faults."""

    pid: Pid
    source: str
    """Where they came from: `zero` (new and empty), `image` (the program's file), `disk`, or `remote` (another node)."""
    pages: list[int]


class PageArrived(Event, frozen=True, tag="page.arrived"):
    """A process has waited for pages that were in no frame, and has them."""

    pid: Pid
    source: str
    """Where they came from: `disk` (of this node), `remote` (another node's memory) or `remote-disk`."""
    place: NodeName
    """The node that had them."""
    pages: list[int]
    """The first is the one that it waited for; the others were fetched with it."""
    waited_ns: int


class PageEvicted(Event, frozen=True, tag="page.evicted"):
    """Pages that had to leave their frames since the last such event, in order."""

    pid: Pid
    written: bool
    """They were dirty, and went to the disk; False: a copy of them was to be had elsewhere."""
    pages: list[int]


class FramesInUse(Event, frozen=True, tag="frames.counted"):
    """A node's frames, counted when a process came, moved or went: allocated, reserved and free must add up to the total."""

    allocated: int
    reserved: int
    """Promised to processes that are on their way here; counted as neither allocated nor free."""
    free: int
    total: int
    mapped: int
    """Entries in the page tables of all processes that are here or arriving."""
    text: int = 0
    """Frames with the text of programs, which all processes that run one share: with `mapped`, as many as frames are allocated."""


PageEvent = PageFaulted | PageArrived | PageEvicted | FramesInUse
