"""What programs say about where they run: two system calls by which a process asks to be moved, and one by which it asks where it is."""

from __future__ import annotations

import errno
from collections.abc import Callable

from nodes.deciding.figures import Figures
from nodes.deciding.seat import Seat
from nodes.kernel.arguments import Arguments, Result, SystemCall
from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process, State, WaitingFor
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import MoveWished
from nodes.wire.reasons import reason

_NAME_BYTES = 64
"""The longest name of a node or a resource."""


class GuestCalls:
    """The wishes of processes of one machine to be moved. `strategy` tells by which strategy processes are moved."""

    def __init__(
        self, parts: Parts, nodes: tuple[NodeName, ...], seat: Seat, figures: Figures, strategy: Callable[[], str]
    ) -> None:
        self.kernel = parts.kernel
        self.lifecycle = parts.lifecycle
        self.nodes = nodes
        self.seat = seat
        self.figures = figures
        self._strategy = strategy
        self._wishes: list[Pid] = []
        self._results: dict[Pid, int] = {}
        """What a wish has come to, when the system call is tried again here."""

    def table(self) -> dict[int, SystemCall]:
        """Return the calls by number: Linux has no such calls. `tuiclu.h` gives them to programs."""
        return {1050: self._migrate_to_node, 1051: self._migrate_to_resource, 1052: self._where_am_i}

    def _migrate_to_node(self, process: Process, a: Arguments) -> Result:
        """`migrate_to(const char *node)`: 0 when the process runs there."""
        to = _text(process, a[0])
        if to not in self.nodes:
            return -errno.ENOENT
        return 0 if to == self.kernel.name else self._wish(process, to, "")

    def _migrate_to_resource(self, process: Process, a: Arguments) -> Result:
        """`migrate_to_resource(const char *resource)`: 0 when the process runs where it is."""
        resource = _text(process, a[0])
        if resource in self.kernel.parameters.resources:
            return 0
        if not any(resource in there for there in self.seat.settings.resources.values()):
            return -errno.ENODEV
        return self._wish(process, "", resource)

    def _where_am_i(self, process: Process, a: Arguments) -> Result:
        """`where_am_i(char *name, size_t size)`: the length of the name of this node."""
        name = self.kernel.name.encode() + b"\0"
        if a[1] < len(name):
            return -errno.ERANGE
        process.space.write(a[0], name)
        return len(name) - 1

    def _wish(self, process: Process, to: NodeName, resource: str) -> Result:
        """Let a process wait for its own migration. Where it goes on, the call is tried again, and finds that it is there."""
        if process.pid in self._results:
            return self._results.pop(process.pid)
        if self.seat.is_down:
            return -errno.EAGAIN
        deadline_ns = process.deadline_after(self.kernel.now, 20 * self.seat.settings.answer_timeout_ns)
        if process.pid not in self._wishes:
            self._wishes.append(process.pid)
            figures, why = self.figures.of_process(process), reason("own-will")
            wish = MoveWished(figures, self.kernel.name, to, resource, self._strategy(), "process", why)
            self.kernel.call_later(0, lambda: self.seat.say(wish))
        return WaitingFor("migration", deadline_ns, -errno.ETIMEDOUT)

    def fail(self, pid: Pid) -> None:
        """A process that asked to be moved itself stays: its system call fails."""
        if pid not in self._wishes:
            return
        self._wishes.remove(pid)
        process = self.kernel.processes.get(pid)
        if process is None:
            return
        waiting = process.waiting
        if process.state is State.BLOCKED and isinstance(waiting, WaitingFor) and waiting.what == "migration":
            self.lifecycle.finish_wait(process, -errno.EAGAIN)
        elif process.retries_call:
            self._results[pid] = -errno.EAGAIN

    def move_ended(self, pid: Pid, outcome: str) -> None:
        """A move of a process is over, whoever wanted it."""
        if outcome in ("refused", "aborted"):
            self.fail(pid)
        elif pid in self._wishes:
            self._wishes.remove(pid)

    def fail_all(self, but: Callable[[Pid], bool]) -> None:
        """There is nobody any more who could grant a wish, but for those of processes that are being moved already."""
        for pid in list(self._wishes):
            if not but(pid):
                self.fail(pid)

    def forget(self, pid: Pid) -> None:
        """A process is dead."""
        self._results.pop(pid, None)
        if pid in self._wishes:
            self._wishes.remove(pid)

    def remembered(self) -> list[Pid]:
        return [*self._wishes, *self._results]


def _text(process: Process, address: int) -> str:
    """Read a name from a process's memory."""
    try:
        return process.space.read_string(address, _NAME_BYTES).decode("utf-8", "replace")
    except ValueError:
        return ""
