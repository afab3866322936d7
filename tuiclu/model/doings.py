"""What nodes and processes did lately, folded from the events: whose the CPUs were, and which pages are where. Pure, and bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from nodes.wire.events import (
    NodeCrashed,
    NodePaused,
    NodeResumed,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessContinued,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessPreempted,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
)
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import Burst
from tuiclu.model.loads import CpuLoad

BURSTS = 300
ENDED_SHOWN = 40
"""How many of the processes that have ended are shown, the latest."""
MOST_HISTORIES = 200
"""The number of processes from which on the histories of those that ended long ago are forgotten."""


@dataclass
class NodeHistory:
    """What a node did lately."""

    cpu: CpuLoad = field(default_factory=CpuLoad)
    bursts: deque[Burst] = field(default_factory=lambda: deque(maxlen=BURSTS))


@dataclass
class ProcessHistory:
    """What a process did so far, beyond its state."""

    got_cpu_ns: int | None = None
    pages: dict[int, str] = field(default_factory=dict)
    """Where each page that it has had came from."""
    resident: dict[int, None] = field(default_factory=dict)
    """Pages in main memory where it is."""


class Doings(Takes):
    """The histories of nodes and processes, beside the view that they belong to, which has seen each event before."""

    def __init__(self, view: ClusterView) -> None:
        self.nodes: dict[NodeName, NodeHistory] = {}
        self.processes: dict[Pid, ProcessHistory] = {}
        self._view = view

    def node(self, name: NodeName) -> NodeHistory:
        history = self.nodes.get(name)
        return self.nodes.setdefault(name, NodeHistory()) if history is None else history

    def process(self, pid: Pid) -> ProcessHistory:
        history = self.processes.get(pid)
        return self.processes.setdefault(pid, ProcessHistory()) if history is None else history

    # ------------------------------------------------------------------------------------------------------------- CPUs

    @on
    def dispatched(self, event: ProcessDispatched, t: int, node: NodeName) -> None:
        history = self.process(event.pid)
        self._end_burst(event.pid, history, node, t)
        history.got_cpu_ns = t
        self.node(node).cpu.on(t)

    @on
    def left_cpu(
        self,
        event: ProcessPreempted
        | ProcessBlocked
        | ProcessReady
        | ProcessFrozen
        | ProcessThawed
        | ProcessStopped
        | ProcessContinued,
        t: int,
        node: NodeName,
    ) -> None:
        self._end_burst(event.pid, self.process(event.pid), node, t)

    @on
    def exited(self, event: ProcessExited, t: int, node: NodeName) -> None:
        self._end_burst(event.pid, self.process(event.pid), node, t)
        if len(self.processes) > MOST_HISTORIES:
            self._forget_ended()

    @on
    def node_stands_still(self, event: NodeCrashed | NodePaused, t: int, node: NodeName) -> None:
        for pid, history in self.processes.items():
            process = self._view.processes.get(pid)
            if process is not None and process.node == node:
                self._end_burst(pid, history, node, t)

    @on
    def node_resumed(self, event: NodeResumed, t: int, node: NodeName) -> None:
        running = self._view.nodes[node].running
        if running is not None:  # it has kept the CPU all the time, and uses it again
            self.process(running).got_cpu_ns = t
            self.node(node).cpu.on(t)

    def _end_burst(self, pid: Pid, history: ProcessHistory, node: NodeName, t: int) -> None:
        """Let a process have no CPU any more, if it has it."""
        if history.got_cpu_ns is not None:
            mine = self.node(node)
            mine.bursts.append(Burst(self._view.name_of(pid), history.got_cpu_ns, t))
            history.got_cpu_ns = None
            mine.cpu.off(t)

    # ------------------------------------------------------------------------------------------------------------ pages

    @on
    def page_faulted(self, event: PageFaulted, t: int, node: NodeName) -> None:
        history = self.process(event.pid)
        history.pages.update(dict.fromkeys(event.pages, event.source))
        history.resident.update(dict.fromkeys(event.pages))

    @on
    def page_arrived(self, event: PageArrived, t: int, node: NodeName) -> None:
        self.process(event.pid).resident.update(dict.fromkeys(event.pages))

    @on
    def page_evicted(self, event: PageEvicted, t: int, node: NodeName) -> None:
        self.no_longer_resident(event.pid, event.pages)

    def no_longer_resident(self, pid: Pid, pages: Iterable[int]) -> None:
        """Let some pages of a process be in no frame of its node any more."""
        resident = self.process(pid).resident
        for page in pages:
            resident.pop(page, None)

    def _forget_ended(self) -> None:
        ended = [pid for pid in self.processes if (one := self._view.processes.get(pid)) is None or not one.alive]
        for pid in ended[:-ENDED_SHOWN]:
            del self.processes[pid]
