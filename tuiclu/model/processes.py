"""What became of the processes, folded from their events."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field

from nodes.wire.events import (
    KINDS,
    Event,
    FileAsked,
    NameKnown,
    NodeAccounted,
    NodeCrashed,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessContinued,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessNotCreated,
    ProcessOutput,
    ProcessPreempted,
    ProcessPutBack,
    ProcessReady,
    ProcessStopped,
    ProcessThawed,
    SignalDelivered,
)
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.reasons import Reason, reason
from tuiclu.model.fold import Takes, on
from tuiclu.model.nodes import Nodes, NodeView
from tuiclu.model.output import EndedOutputs, Output


@dataclass
class Standstill:
    """A span in which a process may not run because it has to move: from its freezing until it goes on, here or elsewhere, or has ended."""

    began_ns: int
    ended_ns: int | None = None

    def length_ns(self, now_ns: int) -> int:
        """Return how long it lasted, or has lasted by now."""
        return (now_ns if self.ended_ns is None else self.ended_ns) - self.began_ns


@dataclass
class ProcessView:
    """What became of a process so far. Instants in virtual nanoseconds."""

    pid: Pid
    name: str
    program: str
    node: NodeName
    """Where it is, or was last."""
    created_ns: int
    state: str = "ready"
    """As the kernels call it; `exited`, or `lost` with its node."""
    exit_code: int | None = None
    signal: str | None = None
    reason: Reason | None = None
    instructions: int = 0
    cpu_ns: int = 0
    ended_ns: int | None = None
    since_ns: int = 0
    """When it came into its state."""
    ready_ns: int = 0
    """For how long it was ready and had to wait for a CPU, before that."""
    output: Output = field(default_factory=Output)
    """Standard output and error, in the order in which they were written."""
    errors: Output = field(default_factory=Output)
    """Standard error alone."""
    faults: Counter[str] = field(default_factory=Counter)
    """Pages brought in, by where they came from."""
    evicted: int = 0
    """Pages of it that had to leave their frames."""
    page_waits: Counter[str] = field(default_factory=Counter)
    """How often it waited for a page, by where that was: `disk`, `remote`, `remote-disk`."""
    page_wait_ns: int = 0
    """How long, in all."""
    stopped: bool = False
    """A signal has stopped it; while it is moved its state is `frozen`, and then `stopped` again."""
    residual: dict[tuple[NodeName, bool], str] = field(default_factory=dict)
    """Whom it depends on for pages, in memory or on disk (True), and since which migration."""
    passers_on: dict[NodeName, str] = field(default_factory=dict)
    """Whom its links depend on for their mail, and since which migration."""
    waits_for: str = ""
    """What it is blocked on."""
    background: bool = False
    """It gets the CPU only when nobody else wants it."""
    signal_taken: str = ""
    """The last signal that it has handled."""
    reads: str = ""
    """The file that it asked another node for last, and where that is."""
    wrote_ns: int | None = None
    """When it wrote something last."""
    moves: int = 0
    """How often it was given to another node."""
    links: dict[str, Pid] = field(default_factory=dict)
    """The other end of each link of it that is open."""
    standstills: list[Standstill] = field(default_factory=list)
    """When it stood still to be moved, whoever wanted it, and whatever came of it."""

    def become(self, state: str, t: int) -> None:
        """Let it be in another state from now on."""
        self.ready_ns, self.since_ns, self.state, self.waits_for = self.waited_ns(t), t, state, ""

    def waited_ns(self, now_ns: int) -> int:
        """Return for how long it has waited for a CPU by now."""
        return self.ready_ns + (now_ns - self.since_ns if self.state == "ready" and self.alive else 0)

    def stand_still(self, t: int) -> Standstill:
        """Let it stand still from now on, unless it does so already: who must leave is frozen long before a place is found."""
        if not self.standstills or self.standstills[-1].ended_ns is not None:
            self.standstills.append(Standstill(t))
        return self.standstills[-1]

    def go_on(self, t: int) -> None:
        """Let it stand still no longer."""
        if self.standstills and self.standstills[-1].ended_ns is None:
            self.standstills[-1].ended_ns = t

    @property
    def home(self) -> NodeName:
        return home_of(self.pid)

    @property
    def alive(self) -> bool:
        return self.ended_ns is None


ABOUT_PROCESSES = frozenset(
    kind
    for kind in KINDS.values()
    if "pid" in kind.__struct_fields__ and not issubclass(kind, ProcessCreated | ProcessNotCreated)
)
"""Events about a process that there was before."""


class Processes(Takes):
    """All processes that are remembered, and the names that they have published."""

    def __init__(self, nodes: Nodes) -> None:
        self.views: dict[Pid, ProcessView] = {}
        self.names: dict[str, Pid] = {}
        """As the name server knows them."""
        self.forgotten_cpu_ns = 0
        """What processes used that are forgotten."""
        self._nodes = nodes
        self._outputs = EndedOutputs()

    def name_of(self, pid: Pid) -> str:
        """Return what the scenario calls a process."""
        process = self.views.get(pid)
        return process.name if process is not None else pid

    # ----------------------------------------------------------------------------------------------- beginning and end

    @on
    def created(self, event: ProcessCreated, t: int, node: NodeName) -> None:
        self.views[event.pid] = ProcessView(event.pid, event.name, event.program, node, t, since_ns=t)

    @on
    def not_created(self, event: ProcessNotCreated, t: int, node: NodeName) -> None:
        stillborn = ProcessView(
            event.pid, event.name, event.program, node, t, "exited", None, "SIGKILL", event.reason, ended_ns=t
        )
        self.views[event.pid] = stillborn

    @on
    def exited(self, event: ProcessExited, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.exit_code, process.signal, process.reason = event.exit_code, event.signal, event.reason
        process.ended_ns = t
        process.go_on(t)
        self._keep_output(process)
        self._leave_cpu(process, node, t, "exited", event)
        self._nodes.views[node].ended += 1

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        for process in self.views.values():
            if process.node == node and process.alive:
                self.lose(process, t, reason("crashed", machine=node))

    def lose(self, process: ProcessView, t: int, why: Reason) -> None:
        """Let a process be lost, with the node that owned it."""
        process.go_on(t)
        process.become("lost", t)
        process.ended_ns, process.reason = t, why
        self._keep_output(process)

    def _keep_output(self, process: ProcessView) -> None:
        self._outputs.add(process.output)
        self._outputs.add(process.errors)

    # ---------------------------------------------------------------------------------------------------------- states

    @on
    def dispatched(self, event: ProcessDispatched, t: int, node: NodeName) -> None:
        self.views[event.pid].become("running", t)
        view = self._nodes.views[node]
        view.running, view.running_since_ns = event.pid, t

    @on
    def preempted(self, event: ProcessPreempted, t: int, node: NodeName) -> None:
        self._leave_cpu(self.views[event.pid], node, t, "ready", event)

    @on
    def blocked(self, event: ProcessBlocked, t: int, node: NodeName) -> None:
        self._leave_cpu(self.views[event.pid], node, t, "blocked", event)
        self.views[event.pid].waits_for = event.on

    @on
    def ready(self, event: ProcessReady, t: int, node: NodeName) -> None:
        self._leave_cpu(self.views[event.pid], node, t, "ready")

    @on
    def frozen(self, event: ProcessFrozen, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.stand_still(t)
        self._leave_cpu(process, node, t, "frozen", event)

    @on
    def thawed(self, event: ProcessThawed, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.go_on(t)
        self._leave_cpu(process, node, t, "stopped" if process.stopped else "ready")

    @on
    def stopped(self, event: ProcessStopped, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.stopped = True
        self._leave_cpu(process, node, t, "stopped", event)

    @on
    def continued(self, event: ProcessContinued, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.stopped = False
        self._leave_cpu(process, node, t, "ready")

    def _leave_cpu(
        self,
        process: ProcessView,
        node: NodeName,
        t: int,
        state: str,
        account: ProcessPreempted | ProcessBlocked | ProcessFrozen | ProcessStopped | ProcessExited | None = None,
    ) -> None:
        """Let a process be in another state than running from now on. `account` says what it has used so far, if it had the CPU."""
        view = self._nodes.views[node]
        if account is not None:
            self._charge(process, view, account.instructions, account.cpu_ns)
        process.become(state, t)
        if view.running == process.pid:
            view.free_cpu(t)
            view.running = None

    @on
    def accounted(self, event: NodeAccounted, t: int, node: NodeName) -> None:
        if event.pid is not None:
            self._charge(self.views[event.pid], self._nodes.views[node], event.instructions, event.cpu_ns)

    @staticmethod
    def _charge(process: ProcessView, node: NodeView, instructions: int, cpu_ns: int) -> None:
        """Take a process's account as it is now. What has come to it since the last time, it used on this node."""
        node.charged_ns += max(0, cpu_ns - process.cpu_ns)
        process.instructions = max(instructions, process.instructions)
        process.cpu_ns = max(cpu_ns, process.cpu_ns)

    # -------------------------------------------------------------------------------------------------- pages and output

    @on
    def page_faulted(self, event: PageFaulted, t: int, node: NodeName) -> None:
        self.views[event.pid].faults[event.source] += len(event.pages)
        if event.source == "disk":
            self._nodes.views[node].paged_in += len(event.pages)

    @on
    def page_evicted(self, event: PageEvicted, t: int, node: NodeName) -> None:
        self.views[event.pid].evicted += len(event.pages)
        self._nodes.views[node].paged_out += len(event.pages)

    @on
    def page_arrived(self, event: PageArrived, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        process.page_waits[event.source] += 1
        process.page_wait_ns += event.waited_ns

    @on
    def wrote(self, event: ProcessOutput, t: int, node: NodeName) -> None:
        process = self.views[event.pid]
        data = event.text.encode() if event.text is not None else base64.b64decode(event.base64 or "")
        process.output.add(data)
        process.wrote_ns = t
        if event.descriptor == 2:
            process.errors.add(data)

    @on
    def name_known(self, event: NameKnown, t: int, node: NodeName) -> None:
        self.names[event.name] = event.pid

    @on
    def put_back(self, event: ProcessPutBack, t: int, node: NodeName) -> None:
        self.views[event.pid].background = event.background

    @on
    def signal_delivered(self, event: SignalDelivered, t: int, node: NodeName) -> None:
        self.views[event.pid].signal_taken = event.signal

    @on
    def file_asked(self, event: FileAsked, t: int, node: NodeName) -> None:
        self.views[event.pid].reads = f"{event.path} on {event.on}"

    # ------------------------------------------------------------------------------------------------------- forgetting

    def knows(self, event: Event) -> bool:
        """Tell whether an event is about no process, or about one that is remembered or begins with it."""
        if type(event) not in ABOUT_PROCESSES:
            return True
        pid: Pid | None = event.pid  # type: ignore[attr-defined]
        return pid is None or pid in self.views

    def forget(self, kept: int) -> list[Pid]:
        """Remember the latest of those that have ended, up to a number; return those that are forgotten."""
        ended = sorted((one for one in self.views.values() if not one.alive), key=lambda one: one.ended_ns or 0)
        gone = ended[: max(0, len(ended) - kept)]
        for process in gone:
            del self.views[process.pid]
            self.forgotten_cpu_ns += process.cpu_ns
            self._outputs.forget(process.output)
            self._outputs.forget(process.errors)
        self.names = {name: pid for name, pid in self.names.items() if pid in self.views}
        return [process.pid for process in gone]
