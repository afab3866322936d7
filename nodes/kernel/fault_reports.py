"""Which pages came for the processes of a node, and which had to go for them: noted as it happens, reported now and then."""

from __future__ import annotations

from typing import Protocol

from nodes.kernel.memory import AddressSpace
from nodes.kernel.process import Process
from nodes.wire.events import AnyEvent, PageEvicted, PageFaulted
from nodes.wire.ids import Pid
from nodes.wire.parameters import Costs

_CODE_CHANGED = 1000
"""Taking code away, or changing it, costs as much as this many pages."""


def changed_code_ns(costs: Costs) -> int:
    """Return what it costs to take code away, or to change it."""
    return _CODE_CHANGED * costs.system_call_page_ns


class _Kernel(Protocol):
    costs: Costs

    def emit(self, event: AnyEvent) -> None: ...

    def charge(self, cost_ns: int) -> None: ...


class FaultReports:
    """What is to be reported of one node's pages."""

    def __init__(self, kernel: _Kernel) -> None:
        self._kernel = kernel
        self._evicted: dict[tuple[Pid, bool], list[int]] = {}
        """Pages that left their frames and were not reported yet, and whether they were written to the disk."""

    def note_evicted(self, space: AddressSpace, number: int, written: bool, code: bool) -> None:
        """Take note that a page has left its frame, and whether it was written to the disk; charge for one with code."""
        if code:
            self._kernel.charge(changed_code_ns(self._kernel.costs))
        self._evicted.setdefault((space.pid, written), []).append(number)

    def has_to_report(self, process: Process) -> bool:
        """Tell whether `report` would report anything."""
        return bool(process.space.faulted or self._evicted)

    def report(self, process: Process) -> None:
        """Report which pages came for a process since the last time, and which had to go, of whomever."""
        for source, pages in process.space.faulted.items():
            self._kernel.emit(PageFaulted(process.pid, source, pages))
        process.space.faulted = {}
        for (pid, written), pages in self._evicted.items():
            self._kernel.emit(PageEvicted(pid, written, pages))
        self._evicted = {}
