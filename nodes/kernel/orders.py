"""Orders of users about one process: carried out where it is, at whatever instant they come.

Who is here gets an order at once. Who is just coming gets it as its mail does, as soon as it is here; and where a process is packed
already, what would change it goes after it in the same way. What finds nobody is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from nodes.kernel.kernel import Kernel
from nodes.kernel.mail import MailService
from nodes.kernel.process import Process, State
from nodes.kernel.services import Once
from nodes.kernel.signal_delivery import SignalService
from nodes.kernel.signals import NUMBERS, SIGKILL, SIGNAL_NAMES
from nodes.wire.control import AnyPersonalOrder, CancelMove, Change, KillProcess, MoveProcess, SignalProcess
from nodes.wire.events import CommandRefused
from nodes.wire.packets import Letter, OrderSent, SignalSent
from nodes.wire.reasons import Reason, reason


class OrderService:
    """The orders that come to one node."""

    def __init__(self, kernel: Kernel, mail: MailService, signals: SignalService) -> None:
        self.kernel = kernel
        self.mail = mail
        self.signals = signals
        self.movers: Once[type[MoveProcess | CancelMove], Callable[[Any], None]] = Once("an order")
        """Who carries out orders about a migration, once they have come to where they belong."""
        kernel.orders.add({**dict.fromkeys(get_args(AnyPersonalOrder), self.give), SignalProcess: self._signal})
        mail.handlers.add({OrderSent: self._letter})
        mail.returned.add({OrderSent: self._returned, SignalSent: self._returned})

    def _signal(self, order: SignalProcess) -> None:
        """Send a signal to a process, wherever it is."""
        self.mail.send("", 0, order.pid, SignalSent(NUMBERS[order.signal], "", 0))

    def give(self, order: AnyPersonalOrder) -> None:
        """Carry an order out, or send it after its process."""
        kernel, pid = self.kernel, order.pid
        process = kernel.processes.get(pid)
        packed = process is not None and process.state is State.FROZEN
        follows = self.mail.knows_of(pid) if process is None else packed and isinstance(order, Change)
        if isinstance(order, CancelMove):
            self.movers[type(order)](order)  # that is about the migration itself, on whichever side of it this is
        elif follows:
            self.mail.send("", 0, pid, OrderSent(order))
        elif isinstance(order, KillProcess) and process is not None:
            self.signals.send(process, SIGKILL, reason("from-outside"))
        elif isinstance(order, Change) and process is not None:
            order.carry_out(process)
        elif isinstance(order, MoveProcess):
            self.movers[type(order)](order)
        else:
            why = reason("no-process", machine=kernel.name, process=pid)
            kernel.emit(CommandRefused(order.command(), why))

    def _letter(self, letter: Letter, process: Process | None) -> None:
        """An order has caught up with its process. It is carried out when all is done that has to be when somebody arrives."""
        order = letter.body
        assert isinstance(order, OrderSent)
        if process is None:
            self._returned(letter, reason("ended", process=letter.to))
        else:
            self.kernel.call_later(0, lambda: self.give(order.order))

    def _returned(self, letter: Letter, why: Reason) -> None:
        """What a user wanted of a process has found nobody."""
        match letter.body:
            case OrderSent(order):
                self.kernel.emit(CommandRefused(order.command(), why))
            case SignalSent(signal) if not letter.sender:
                command = {"verb": "signal", "process": letter.to, "signal": SIGNAL_NAMES[signal]}
                self.kernel.emit(CommandRefused(command, why))
            case _:
                pass
