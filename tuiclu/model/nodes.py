"""What is known of the nodes, folded from their events: up or down, whose the CPU is, how many frames are in use."""

from __future__ import annotations

from dataclasses import dataclass, field

from nodes.wire.events import (
    FramesInUse,
    LinkHealed,
    LinkPartitioned,
    LoadReported,
    NodeAccounted,
    NodeCrashed,
    NodePaused,
    NodeRecovered,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeStarted,
    NodeSuspected,
    NodeThrashing,
    OwnerActive,
    OwnerIdle,
    RunStarted,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from tuiclu.model.fold import Takes, on


@dataclass
class NodeView:
    name: NodeName
    ips: int
    """Its speed when it started."""
    state: str = "up"
    """`up`, `paused` or `down`."""
    slowed_ips: int | None = None
    """Its speed now, if that was changed."""
    percent: int = 100
    """Of the speed that it was built for."""
    life: int = 1
    """2 after the first restart."""
    frames_total: int = 0
    frames_allocated: int = 0
    frames_reserved: int = 0
    frames_text: int = 0
    """Of those that are allocated, the ones with the text of programs."""
    busy_ns: int = 0
    """Time during which the CPU belonged to a process."""
    charged_ns: int = 0
    """Time that was charged to processes for their instructions here."""
    kernel_ns: int = 0
    """Time that the kernel needed for its own work; known when the run ends, or the node dies."""
    alone_ns: int = 0
    """Of it, while the CPU belonged to no process."""
    running: Pid | None = None
    running_since_ns: int = 0
    load: int = 0
    """Damped, in thousandths of a process on a reference machine."""
    owner: str = "none"
    """`none`, `active` or `idle`."""
    thrashing_since_ns: int | None = None
    """Since when its processes have mostly waited for its disk; None: they do not."""
    thrashing_percent: int = 0
    """Of the second before it was found to thrash: for how much of it they waited; 0: it does not thrash."""
    thrashed_ns: int = 0
    """How long they had, before that."""
    ended: int = 0
    """Processes that have ended on it."""
    paged_in: int = 0
    """Pages that came in from its disk."""
    paged_out: int = 0
    suspects: dict[NodeName, None] = field(default_factory=dict)
    """Nodes to which its connection is broken, as it was told."""

    def belonged_ns(self, now_ns: int) -> int:
        """Return for how long the CPU has belonged to a process by now."""
        runs = self.running is not None and self.state == "up"
        return self.busy_ns + (now_ns - self.running_since_ns if runs else 0)

    def free_cpu(self, t: int) -> None:
        """Let the CPU belong to nobody from now on; `running` still names who had it."""
        if self.running is not None and self.state == "up":
            self.busy_ns += t - self.running_since_ns
        self.running_since_ns = t

    def end_thrashing(self, t: int) -> None:
        self.thrashing_percent = 0
        if self.thrashing_since_ns is not None:
            self.thrashed_ns += t - self.thrashing_since_ns
            self.thrashing_since_ns = None


LASTING = ("life", "busy_ns", "charged_ns", "kernel_ns", "alone_ns", "thrashed_ns", "ended", "paged_in", "paged_out")
"""What is counted over all lives of a node."""


@dataclass
class FaultView:
    kind: str
    target: str
    at_ns: int
    cause: Reason | None = None


class Nodes(Takes):
    """All nodes, the faults that were injected into them, and the cuts of the wire between them."""

    def __init__(self) -> None:
        self.views: dict[NodeName, NodeView] = {}
        self.faults: list[FaultView] = []
        self.cuts: dict[str, None] = {}
        """Directions in which the wire is cut: `n1>n2`."""
        self.resources: dict[NodeName, tuple[str, ...]] = {}
        """What each node has that others may not."""
        self.files: dict[NodeName, dict[str, int]] = {}
        """Files on the disk of each node, and their bytes."""

    @on
    def run_started(self, event: RunStarted, t: int, node: NodeName) -> None:
        for one in event.settings.get("nodes", ()):
            self.resources[one["name"]] = tuple(one.get("resources", ()))
        for file, about in event.settings.get("files", {}).items():
            self.files.setdefault(about["on"], {})[file] = about["size"]

    @on
    def started(self, event: NodeStarted, t: int, node: NodeName) -> None:
        fresh, known = NodeView(node, event.ips, frames_total=event.frames), self.views.get(node)
        for figure in LASTING if known is not None else ():
            setattr(fresh, figure, getattr(known, figure))
        self.views[node] = fresh

    @on
    def crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        view = self.views[node]
        view.free_cpu(t)
        view.end_thrashing(t)
        view.state = "down"
        view.frames_allocated = view.frames_reserved = view.frames_text = 0
        view.suspects.clear()
        self.faults.append(FaultView("crash", node, t, event.cause))

    @on
    def restarted(self, event: NodeRestarted, t: int, node: NodeName) -> None:
        view = self.views[node]
        view.state, view.life, view.percent = "up", event.life, 100
        for other in self.views.values():
            other.suspects.pop(node, None)
        self.faults.append(FaultView("restart", node, t))

    @on
    def paused(self, event: NodePaused, t: int, node: NodeName) -> None:
        view = self.views[node]
        view.free_cpu(t)
        view.state = "paused"
        self.faults.append(FaultView("pause", node, t))

    @on
    def resumed(self, event: NodeResumed, t: int, node: NodeName) -> None:
        view = self.views[node]
        view.state, view.running_since_ns = "up", t
        self.faults.append(FaultView("resume", node, t))

    @on
    def slowed(self, event: NodeSlowed, t: int, node: NodeName) -> None:
        self.views[node].percent, self.views[node].slowed_ips = event.percent, event.ips

    @on
    def suspected(self, event: NodeSuspected, t: int, node: NodeName) -> None:
        self.views[node].suspects[event.peer] = None

    @on
    def thrashes(self, event: NodeThrashing, t: int, node: NodeName) -> None:
        self.views[node].thrashing_since_ns, self.views[node].thrashing_percent = t, event.percent

    @on
    def recovered(self, event: NodeRecovered, t: int, node: NodeName) -> None:
        self.views[node].end_thrashing(t)

    @on
    def accounted(self, event: NodeAccounted, t: int, node: NodeName) -> None:
        self.views[node].kernel_ns += event.kernel_ns
        self.views[node].alone_ns += event.alone_ns

    @on
    def frames_counted(self, event: FramesInUse, t: int, node: NodeName) -> None:
        view = self.views[node]
        view.frames_allocated, view.frames_reserved, view.frames_text = event.allocated, event.reserved, event.text
        view.frames_total = event.total

    @on
    def load_reported(self, event: LoadReported, t: int, node: NodeName) -> None:
        self.views[event.machine or node].load = event.load

    @on
    def owner_came_or_left(self, event: OwnerActive | OwnerIdle, t: int, node: NodeName) -> None:
        self.views[node].owner = "active" if isinstance(event, OwnerActive) else "idle"

    @on
    def wire_cut(self, event: LinkPartitioned, t: int, node: NodeName) -> None:
        self.cuts.update(dict.fromkeys(event.links))

    @on
    def wire_healed(self, event: LinkHealed, t: int, node: NodeName) -> None:
        for link in event.links:
            self.cuts.pop(link, None)

    def disturbed(self) -> bool:
        """Tell whether anything may have to wait for ever: the wire is cut somewhere, or a node is paused."""
        return bool(self.cuts) or any(view.state == "paused" for view in self.views.values())
