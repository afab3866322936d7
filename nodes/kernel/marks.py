"""Marks: where a CPU can go back to, exactly.

From a mark on, every page that can be written is guarded: before the first write to it, it is kept as it was. To go back to a count of
instructions is to put back the pages that were kept since the mark before it, and the registers, and to execute the rest again: what a
process executes between two calls of the kernel depends on nothing but its registers and its pages.

```
      mark            mark                        now
  -----|---------------|----------------------------|---->  instructions
       pages kept ---->  pages kept ------------------>
                            ^ go_back: undo, then execute again from the mark to here
```
The kernel must not touch the pages or the registers while there are marks. `ahead` sees to that.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from nodes.kernel.cpu import PAGE_BYTES, BudgetSpent, Cpu, Registers

MOST_PAGES = 1024
"""Pages that one CPU's marks keep at the most: 4 MB."""


class TooManyPages(Exception):
    """The process is about to write to one page more than is kept; nothing of that instruction has happened."""


class _Mark(NamedTuple):
    registers: Registers
    pages: dict[int, bytes]
    """Those that were written between this mark and the next, as they were at this one."""


class Marks:
    """The marks of one CPU, in the order of time."""

    def __init__(self, cpu: Cpu) -> None:
        self._cpu = cpu
        self._marks: deque[_Mark] = deque()
        self.kept = 0
        """How many pages they keep."""

    def __bool__(self) -> bool:
        return bool(self._marks)

    def set(self) -> None:
        """Let it be possible to go back to here. From now on `Cpu.run` may raise TooManyPages."""
        self._cpu.guard(self._keep)
        self._marks.append(_Mark(self._cpu.dump(), {}))

    def _keep(self, number: int) -> None:
        if self._marks:
            if self.kept == MOST_PAGES:
                raise TooManyPages
            self._marks[-1].pages[number] = self._cpu.read_page(number)
            self.kept += 1

    def forget_before(self, instructions: int) -> None:
        """Keep no more than is needed to go back to a count of instructions, or to later ones."""
        while len(self._marks) > 1 and self._marks[1].registers.instructions <= instructions:
            self.kept -= len(self._marks.popleft().pages)

    def forget(self) -> None:
        """Keep nothing: nobody goes back any more."""
        self._marks.clear()
        self.kept = 0

    def go_back(self, instructions: int) -> None:
        """Put the CPU back to where it had executed this many instructions, after the first mark; all marks are gone then."""
        cpu = self._cpu
        while True:
            registers, pages = self._marks.pop()
            for number, content in pages.items():
                cpu.write(number * PAGE_BYTES, content)
            if registers.instructions <= instructions:
                break
        self.forget()
        cpu.restore(registers)
        if instructions > registers.instructions:
            stop = cpu.run(instructions - registers.instructions)
            assert isinstance(stop, BudgetSpent), f"on the way back to {instructions}: {stop}"
