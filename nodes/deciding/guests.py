"""Processes that an Initiator has told to stand still, or to get out of the way: guests whose owner of the machine has come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nodes.kernel.assembly import Parts
from nodes.kernel.process import Process, State
from nodes.wire.ids import Pid

_MAY_BE_FROZEN = (State.RUNNING, State.READY, State.BLOCKED, State.STOPPED)


class Guests:
    """The processes that are held on one machine. `moves` tells whether a process is just being moved."""

    def __init__(self, parts: Parts, moves: Callable[[Pid], bool]) -> None:
        self.parts = parts
        self._moves = moves
        self._held: dict[Pid, None] = {}
        """Processes that stand still because they have to leave."""

    def freeze(self, pids: Sequence[Pid]) -> None:
        """Let processes stand still until they have left, or may go on."""
        for process in self._here(pids):
            if process.state in _MAY_BE_FROZEN:
                self.parts.lifecycle.freeze(process)
            self._held[process.pid] = None

    def put_back(self, pids: Sequence[Pid], background: bool) -> None:
        """Let processes go on, in the background or as all others."""
        for process in self._here(pids):
            self.let_go(process.pid)
            self.parts.processor.put_back(process, background)

    def let_go(self, pid: Pid) -> None:
        """Let a process go on that stood still because it had to leave, unless it is being moved."""
        self._held.pop(pid, None)
        process = self.parts.kernel.processes.get(pid)
        if process is not None and process.state is State.FROZEN and not self._moves(pid):
            self.parts.lifecycle.thaw(process)
            self.parts.mail.stay(process)

    def let_all_go(self) -> None:
        """Whoever held them is dead."""
        for pid in list(self._held):
            self.let_go(pid)

    def move_ended(self, pid: Pid, outcome: str) -> None:
        """A move of a process is over. One that was refused stands still further on, if that is still wanted."""
        if outcome != "refused":
            self.forget(pid)
        elif pid not in self._held:
            self.let_go(pid)  # whoever held it has died or given up meanwhile

    def forget(self, pid: Pid) -> None:
        self._held.pop(pid, None)

    def remembered(self) -> list[Pid]:
        return list(self._held)

    def _here(self, pids: Sequence[Pid]) -> list[Process]:
        processes = self.parts.kernel.processes
        return [processes[pid] for pid in pids if pid in processes]
