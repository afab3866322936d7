"""A machine calls home who was born on it. Every Initiator is told, and sends home whom it finds on its machines.

Who is on the way just then is found by neither side. So each remembers that one was called meanwhile: the side that gives it away sends it
home if it stays, and else passes the call on; the side that takes it sends it home as soon as it is there.
"""

from __future__ import annotations

from nodes.initiator.desk import Desk
from nodes.initiator.load import Machine
from nodes.initiator.negotiation import Asking, Giving
from nodes.initiator.source import Source
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import ComeHome, ProcessFigures
from nodes.wire.parameters import CALLS_HOME
from nodes.wire.reasons import reason


class Calling:
    """The calls that come to one Initiator."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self.desk = desk
        self._source = source

    def hear(self, home: NodeName, now_ns: int) -> None:
        """A machine calls: all whom we have leave for it, or are remembered."""
        for machine in self.desk.living():
            leaving = self.desk.leaving(machine.figures.machine)
            for process in machine.figures.processes:
                if home_of(process.pid) == home and process.pid not in leaving:
                    self._send(machine, process, now_ns)
        moves: list[Asking | Giving] = [*self.desk.asking.values(), *self.desk.giving.values()]
        for move in moves:
            move.called_home = move.called_home or home_of(move.process.pid) == home

    def move_over(self, asking: Asking, moved: bool | None, now_ns: int) -> None:
        """An attempt to move a process is over. None: its machine is dead."""
        pid = asking.process.pid
        if not asking.called_home or moved is None:
            return
        home, desk = home_of(pid), self.desk
        if not moved:
            self._send_if_there(desk.machines[asking.source], pid, now_ns)
        elif asking.to != home and desk.reachable(asking.to):
            desk.tell(desk.seat(asking.to), ComeHome(home))

    def came(self, machine: Machine, giving: Giving | None, now_ns: int) -> None:
        """Somebody has come who may have been called meanwhile."""
        if giving is not None and giving.called_home:
            self._send_if_there(machine, giving.process.pid, now_ns)

    def _send_if_there(self, machine: Machine, pid: Pid, now_ns: int) -> None:
        if pid not in self.desk.leaving(machine.figures.machine):
            for process in machine.figures.processes:
                if process.pid == pid:
                    self._send(machine, process, now_ns)

    def _send(self, machine: Machine, process: ProcessFigures, now_ns: int) -> None:
        home = home_of(process.pid)
        if home != machine.figures.machine:
            self._source.ask(machine, process, home, "", CALLS_HOME, reason("called-home", home=home), now_ns)
