"""Running ahead: a CPU executes more than virtual time has passed for, and is where it was charged for whoever looks at it.

What a process executes between two calls of the kernel depends on nothing but its registers and its pages. So its CPU may execute it at
once, and be charged for it as time passes. From then on it is known how long the process leaves everybody alone, and nobody has to ask.

```
           charged             executed
 ------------|--------------------|----> instructions of the process
             |<----- ahead ------>| then perhaps a stop, which is not shown before all of it is charged
```
`AddressSpace.cpu` is the only door to the CPU for the kernel. Whoever goes through it finds the CPU at the instruction that was charged
last: it goes back there (see `marks`). So nothing of it is seen but the time that it takes.

What does not pay is not done: the first run after a stop goes no further than it has to, because talkative programs stop soon; a process
that writes to many pages meanwhile, or is often looked at, executes for a while only what is charged; and one that could change its code
always does.
"""

from __future__ import annotations

from typing import NamedTuple

from nodes.kernel.cpu import BudgetSpent, CodeFence, Cpu, Stop, SystemCall
from nodes.kernel.marks import Marks, TooManyPages
from nodes.wire.parameters import SECOND_NS

DONE = (BudgetSpent, SystemCall, CodeFence)
"""Stops behind an instruction; all others are at one that is not done."""
_BUDGET_SPENT = BudgetSpent()

_MOST_STRIDE = 1_000_000
"""Instructions, about a millisecond of real time: for the fastest CPUs windows cost nothing beside what they execute."""
_PAGES_A_WINDOW = 8
"""To keep this many pages takes as long as a window of one node that is saved."""
_MOST_REST = 64


class Stride(NamedTuple):
    """How far a CPU runs ahead, and what that may cost."""

    instructions: int
    """The number in stock, at least, and at most twice as many; 0: it does not run ahead."""
    pages: int
    """The number of pages for one stride beyond which it does not pay."""

    @classmethod
    def of(cls, ips: int, ahead_ns: int, latency_ns: int) -> Stride:
        """Return the stride of a CPU that is to be ahead by `ahead_ns`, where windows are as long as the latency if nobody is ahead."""
        windows = ahead_ns // max(1, latency_ns)
        return cls(min(ips * ahead_ns // SECOND_NS, _MOST_STRIDE), _PAGES_A_WINDOW * max(1, windows))


STANDING = Stride(0, 0)
"""Not at all."""


class Lead:
    """By how much the CPU of one process is ahead of what was charged."""

    __slots__ = ("_cpu", "_fresh", "_marks", "_rest", "_rests_until", "_stop", "_stride", "ahead")

    def __init__(self, cpu: Cpu, stride: Stride = STANDING) -> None:
        self.ahead = 0
        """Instructions executed and not charged yet."""
        self._cpu = cpu
        self._stride = stride
        self._stop: Stop | None = None
        """What stopped the CPU behind what is ahead; None: nothing did."""
        self._marks = Marks(cpu)
        self._fresh = True
        """It has not run since it stopped: there are no marks."""
        self._rest = 0
        """How many strides it executes only what is charged, after running ahead did not pay."""
        self._rests_until = 0
        """And up to which count of instructions."""

    @property
    def instructions(self) -> int:
        """Instructions charged so far: what everybody else takes for retired."""
        return self._cpu.instructions - self.ahead

    def stops_after(self, most: int | None = None) -> int:
        """Return how many more instructions are charged before it may stop for the first time, the one that may stop it among them."""
        after = self.ahead if isinstance(self._stop, DONE) else self.ahead + 1
        return after if most is None or after < most else most

    def asks_after(self, most: int | None = None) -> int:
        """Return how many more instructions are charged before it wants to run, to be ahead again or because it stops."""
        if self._stop is not None or (most is not None and self.ahead >= most):
            return self.stops_after(most)
        return max(1, self.ahead - self._stride.instructions)

    def run(self, budget: int, most: int | None = None) -> tuple[Stop, int]:
        """Charge at most `budget` (1 or more) instructions, and return what `Cpu.run` would and how many were charged.

        `most`: it may be ahead of what is charged now by no more than that.
        """
        if self._stop is None and self.ahead < budget:
            if not self._fresh:
                self._marks.forget()
            self._execute(budget - self.ahead)
        if self._stop is None and self.ahead - budget <= self._stride.instructions:
            self._run_ahead(budget, most)
        return self._charge(budget)

    def _execute(self, count: int) -> None:
        cpu = self._cpu
        before = cpu.instructions
        try:
            stop = cpu.run(count)
        finally:
            self.ahead += cpu.instructions - before
        if not isinstance(stop, BudgetSpent):
            self._stop = stop

    def _charge(self, budget: int) -> tuple[Stop, int]:
        charged = min(budget, self.ahead)
        self.ahead -= charged
        stop = self._stop
        if stop is None or self.ahead or (charged == budget and not isinstance(stop, DONE)):
            self._fresh = False
            if self.ahead:
                self._marks.forget_before(self.instructions)
            else:
                self._marks.forget()
            return _BUDGET_SPENT, charged
        if not self._fresh:
            self._marks.forget()
        self._stop = None
        self._fresh = True
        return stop, charged

    def _run_ahead(self, budget: int, most: int | None) -> None:
        """Fill up the stock, behind the instructions that are charged next."""
        stride, pages = self._stride
        missing = budget + (2 * stride if most is None else min(2 * stride, most - budget)) - self.ahead
        if self._fresh or missing <= 0 or self._cpu.writes_code or self._cpu.instructions < self._rests_until:
            return
        if self._marks:  # all that it was ahead before has been charged
            self._rest = 0
        kept = self._marks.kept
        self._marks.set()
        try:
            self._execute(missing)
        except TooManyPages:
            self._take_rest()
        else:
            if self._marks.kept - kept > 2 * pages:
                self._take_rest()

    def _take_rest(self) -> None:
        self._rest = min(max(1, 2 * self._rest), _MOST_REST)
        self._rests_until = self._cpu.instructions + self._rest * self._stride.instructions

    def take_back(self) -> None:
        """Let the CPU be where it was charged; what it does from there is looked at anew."""
        self._stop = None
        if self.ahead:
            charged = self.instructions
            self.ahead = 0
            self._marks.go_back(charged)
            self._take_rest()

    def forget(self) -> None:
        """Let the CPU be wherever it is: the process is dead."""
        self._stop = None
        self.ahead = 0
        self._marks.forget()
