"""Back pressure for what programs send and nobody acknowledges: signals to other nodes, names, questions for names, requests for links.

Messages on links have windows of their own, and pages of a migration too. The rest goes through a gate, which lets as much through as this
node's share of the wire carries: a burst at once, and then no more than that. So whoever sends without end waits, and nothing piles up.
"""

from __future__ import annotations

from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.process import Process, WaitingFor
from nodes.kernel.services import Service
from nodes.wire.ids import Pid
from nodes.wire.parameters import SECOND_NS

BURST = 64
"""Messages that go through at once."""
_MESSAGE_BYTES = 150
"""About as many as such a message has on the wire."""


class Gate(Service):
    """The gate of one node. `share_bps` is what it may use of the wire."""

    def __init__(self, kernel: Kernel, lifecycle: Lifecycle, share_bps: int) -> None:
        self.kernel = kernel
        self.lifecycle = lifecycle
        self._message_ns = -(-_MESSAGE_BYTES * 8 * SECOND_NS // max(1, share_bps))
        self._free_ns = 0
        """When the wire will have carried all that went through, and all that waits for its turn."""
        self._turns: dict[Pid, int] = {}
        """When those may go through that wait, in the order in which they came."""
        kernel.register(self)

    def process_left(self, process: Process) -> None:
        """A process has left: it no longer waits."""
        self._turns.pop(process.pid, None)

    def process_ended(self, pid: Pid) -> None:
        """A process is dead: it no longer waits."""
        self._turns.pop(pid, None)

    def pass_through(self, process: Process) -> WaitingFor | None:
        """Let one message of a process through; or have the process wait, and its system call tried again."""
        kernel, turn_ns = self.kernel, self._turns.get(process.pid)
        if turn_ns is None:
            turn_ns = max(kernel.now, self._free_ns - (BURST - 1) * self._message_ns)
            self._free_ns = max(self._free_ns, kernel.now) + self._message_ns
        if turn_ns > kernel.now:
            self._turns[process.pid] = turn_ns
            kernel.call_later(turn_ns - kernel.now, lambda: self.lifecycle.wake(process))
            return WaitingFor("send")
        self._turns.pop(process.pid, None)
        return None
