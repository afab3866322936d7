"""The console of a workstation: its owner touches keys, goes away, and counts as away after some time without a key."""

from __future__ import annotations

from collections.abc import Callable

from nodes.initiator.owner import Owner
from nodes.kernel.agenda import Timer
from nodes.kernel.kernel import Kernel
from nodes.wire.control import OwnerInput
from nodes.wire.events import OwnerActive, OwnerIdle


class Console:
    """Whether somebody sits at this machine. `changed` is called when that changes."""

    def __init__(self, kernel: Kernel, state: str, idle_after_ns: int, changed: Callable[[], None]) -> None:
        self.kernel = kernel
        self.owner = Owner(state, idle_after_ns, kernel.now)
        self._changed = changed
        self._timer: Timer | None = None

    def take_input(self, order: OwnerInput) -> None:
        """The owner touches a key, or leaves."""
        if order.active:
            if self.owner.touch(self.kernel.now):
                self.kernel.emit(OwnerActive())
                self._changed()
            self.await_idleness()
        elif self.owner.leave():
            self._owner_left()

    def set_patience(self, idle_after_ns: int) -> None:
        """From now on the owner counts as away after another time without a key."""
        self.owner.idle_after_ns = idle_after_ns
        self.stop_waiting()
        self.await_idleness()

    def await_idleness(self) -> None:
        """Wait until no key has been touched for long enough. Where no process is, nobody waits: it is noticed when somebody looks."""
        idle_at_ns = self.owner.idle_at_ns()
        if idle_at_ns is not None and self._timer is None and self.kernel.processes:
            self._timer = self.kernel.call_later(max(0, idle_at_ns - self.kernel.now), self._look)

    def notice_idleness(self) -> None:
        """Look whether the owner has been away for long enough."""
        idle_at_ns = self.owner.idle_at_ns()
        if idle_at_ns is not None and idle_at_ns <= self.kernel.now and self.owner.leave():
            self._owner_left()

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self.notice_idleness()
        self.await_idleness()

    def _owner_left(self) -> None:
        self.stop_waiting()
        self.kernel.emit(OwnerIdle(self.kernel.now - self.owner.input_ns))
        self._changed()
