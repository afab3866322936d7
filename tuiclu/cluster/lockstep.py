"""Where the real CPUs go while nodes work strictly by turns, a few microseconds each.

Page faults that another node serves, or two processes that talk: one node works, the engine carries its message over, another works. To
wake a process on a CPU that has gone to sleep takes as long as all of that. So when the nodes have answered one by one and soon, many
times in a row, the engine gets a CPU for itself and its nodes share the others, and whoever has had its turn stays awake for the next:
then nobody is woken any more. Where several nodes have work at once, or one has much, each may run anywhere again. Virtual time knows
nothing of it.
"""

from __future__ import annotations

import contextlib
import os
import sys

import psutil

ENOUGH = 32
"""How many quick turns in a row make a lockstep: to seat the nodes costs little beside them."""


class Lockstep:
    """Whether the nodes work by turns at the moment, and who has been seated for it."""

    def __init__(self) -> None:
        self._credit = 0
        """What is left of the quick turns when those are taken off that were not: an interrupt of the machine ends no lockstep."""
        self._seated: set[int] = set()
        """Process ids of the nodes that may not run where the engine does."""
        self._everywhere = os.sched_getaffinity(0) if sys.platform == "linux" else set()
        """The CPUs that they may use at other times: where there is only one, it is shared as ever."""
        self._elsewhere: set[int] = set()
        """The CPUs that are left when the engine has one."""

    @property
    def is_on(self) -> bool:
        """Whether who has had its turn is to stay awake."""
        return bool(self._seated)

    def had_turn(self, pid: int) -> None:
        """Take note that the process `pid` was alone at work, and soon ready."""
        self._credit = min(self._credit + 1, 2 * ENOUGH)
        if self._credit >= ENOUGH and pid not in self._seated and len(self._everywhere) > 1 and not self._seat(pid):
            self._credit = 0  # to try at every turn would cost more than it could bring

    def was_out_of_step(self) -> None:
        """Take note that several had work, or one had much: soon every node may run anywhere."""
        self._credit = max(self._credit - ENOUGH, 0)
        if self._credit == 0 and self._seated:
            self.end()

    def end(self) -> None:
        """Let every node run anywhere."""
        for pid in self._seated:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                os.sched_setaffinity(pid, self._everywhere)
        self._seated.clear()

    def _seat(self, pid: int) -> bool:
        """Keep a node off the engine's CPU; tell whether that was possible."""
        with contextlib.suppress(OSError, psutil.Error):  # it has just ended, or the machine does not let us
            if not self._seated:
                self._elsewhere = self._everywhere - {psutil.Process().cpu_num()}
            os.sched_setaffinity(pid, self._elsewhere)
            self._seated.add(pid)
            return True
        return False
