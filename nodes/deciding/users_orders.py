"""What users want of this machine and its processes: carried to the Initiator, or refused where it need not, or cannot, be asked."""

from __future__ import annotations

from collections.abc import Callable

from nodes.deciding.figures import Figures
from nodes.deciding.seat import Seat
from nodes.kernel.kernel import Kernel
from nodes.wire.control import MoveProcess, OperateMachine
from nodes.wire.events import CommandRefused, MigrationStarted, NegotiationRefused
from nodes.wire.ids import Pid
from nodes.wire.packets import MachineTold, MoveWished, WishCancelled
from nodes.wire.reasons import Reason, reason


class UsersOrders:
    """The orders of users that one machine has got. `strategy` tells by which strategy processes are moved if an order does not."""

    def __init__(self, kernel: Kernel, seat: Seat, figures: Figures, strategy: Callable[[], str]) -> None:
        self.kernel = kernel
        self.seat = seat
        self.figures = figures
        self._strategy = strategy
        self._unheard: dict[Pid, MoveProcess] = {}
        """Moves that were asked for while the Initiator, which sits elsewhere, has not answered."""
        self._unasked = 0

    def move(self, order: MoveProcess) -> None:
        """Somebody outside wants a process of this node moved."""
        kernel, process = self.kernel, self.kernel.processes.get(order.pid)
        strategy = order.strategy or self._strategy()
        if process is None:
            self._refuse(order, strategy, reason("no-process", machine=kernel.name, process=order.pid))
        elif order.to == kernel.name:
            self._refuse(order, strategy, reason("here-already", process=process.name, machine=kernel.name))
        elif self.seat.is_down:
            self._refuse(order, strategy, self.seat.why_nobody())
        else:
            figures, by = self.figures.of_process(process), order.initiated_by
            wish = MoveWished(figures, kernel.name, order.to, "", strategy, by, order.reason)
            if self.seat.is_elsewhere:
                self._unheard[order.pid] = order
            self.seat.say(wish)

    def cancel(self, pid: Pid) -> Reason | None:
        """Nobody wants this process moved any more; say why that makes no difference. An Initiator elsewhere says so itself."""
        if self.seat.is_down:
            return self.seat.why_nobody()
        initiator = self.seat.initiator
        if not self.seat.is_elsewhere and not (initiator is not None and initiator.asks_for(pid)):
            return reason("not-moving", process=pid)
        self.seat.say(WishCancelled(pid))
        return None

    def operate(self, order: OperateMachine) -> None:
        """Tell the Initiator what somebody wants of the machine."""
        if self.seat.is_down:
            command = {"verb": order.verb, "node": self.kernel.name}
            self.kernel.emit(CommandRefused(command, self.seat.why_nobody()))
            return
        self.seat.say(MachineTold(self.kernel.name, order.verb, order.at_ns))

    def answered(self, pid: Pid) -> None:
        """The Initiator has heard that a process is to be moved, or nobody wants that any more."""
        self._unheard.pop(pid, None)

    def refuse_unheard(self) -> None:
        """The Initiator has died and said nothing to what was asked for: perhaps it has never heard of it."""
        for order in self._unheard.values():
            command = {"verb": "migrate", "process": order.pid, "to": order.to}
            self.kernel.emit(CommandRefused(command, self.seat.why_nobody()))
        self._unheard.clear()

    def remembered(self) -> list[Pid]:
        return list(self._unheard)

    def _refuse(self, order: MoveProcess, strategy: str, why: Reason) -> None:
        """Refuse a move of which no Initiator has to be asked."""
        kernel, pid = self.kernel, order.pid
        self._unasked += 1
        name, life = kernel.name, "" if kernel.boot.life == 1 else f"#{kernel.boot.life}"
        migration = f"{name}{life}/0.{self._unasked}"
        kernel.emit(MigrationStarted(migration, pid, name, order.to, strategy, order.initiated_by, order.reason))
        kernel.emit(NegotiationRefused(migration, pid, name, 0, why))
