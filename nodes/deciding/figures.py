"""What a machine says of itself: the figures from which Initiators decide. Measured, never estimated."""

from __future__ import annotations

from nodes.deciding.console import Console
from nodes.initiator.load import Traffic
from nodes.kernel.kernel import Kernel
from nodes.kernel.process import Process, State, WaitingFor
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import MachineFigures, ProcessFigures

_COMPETING = (State.RUNNING, State.READY)


class Figures:
    """The figures of one machine and of its processes."""

    def __init__(self, kernel: Kernel, console: Console) -> None:
        self.kernel = kernel
        self.console = console
        self._traffic: dict[Pid, Traffic] = {}
        """What each process exchanges with each node, where that matters to anybody."""
        self._page_waits, self._uncounted_waits = Traffic(), 0

    def of_machine(self) -> MachineFigures:
        """Return what this machine says of itself now."""
        self.console.notice_idleness()
        kernel, owner = self.kernel, self.console.owner
        processes = kernel.processes.values()
        return MachineFigures(
            kernel.name,
            kernel.now,
            kernel.ips,
            sum(one.state in _COMPETING and not one.background for one in processes),
            kernel.frames.total,
            kernel.frames.free,
            tuple(self.of_process(one) for one in processes),
            any(one.state in (*_COMPETING, State.FROZEN) or one.alarm is not None for one in processes),
            owner.state,
            owner.input_ns,
            self._pressure(),
        )

    def of_process(self, process: Process) -> ProcessFigures:
        """Return what this machine says of a process now."""
        now, account = self.kernel.now, process.account
        return ProcessFigures(
            process.pid,
            process.name,
            len(process.space.pages),
            now - account.created_ns,
            account.cpu_ns,
            now - process.arrived_ns,
            process.state.value,
            process.stays,
            process.priority,
            self._traffic[process.pid].in_the_last_second(now) if process.pid in self._traffic else {},
            tuple(process.trail),
        )

    def count_traffic(self, pid: Pid, node: NodeName, size: int) -> None:
        """A process has exchanged bytes with a node."""
        self._traffic.setdefault(pid, Traffic()).count(node, size, self.kernel.now)

    def count_wait(self, process: Process) -> None:
        """A process waits. Where it waits for a page, that is pressure on memory."""
        self._uncounted_waits += isinstance(process.waiting, WaitingFor) and process.waiting.what == "page"

    def forget(self, pid: Pid) -> None:
        """A process is here no longer."""
        self._traffic.pop(pid, None)

    def remembered(self) -> list[Pid]:
        return list(self._traffic)

    def _pressure(self) -> int:
        """Return how often processes here had to wait for a page in the last second."""
        now = self.kernel.now
        self._page_waits.count("", self._uncounted_waits, now)
        self._uncounted_waits = 0
        return self._page_waits.in_the_last_second(now).get("", 0)
