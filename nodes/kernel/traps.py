"""Traps: what the running process asks of the kernel, or cannot do alone, and what the kernel then does about it.

The CPU stops at a system call, a page fault, an instruction that it cannot execute; or between two instructions, for a signal. Whatever
needs a page that is not in a frame makes the process wait for it, and is then tried again from its beginning.
"""

from __future__ import annotations

from nodes.kernel import system_calls
from nodes.kernel.arguments import Result
from nodes.kernel.cpu import (
    PAGE_BYTES,
    Access,
    Breakpoint,
    BudgetSpent,
    CodeFence,
    Cpu,
    IllegalInstruction,
    PageFault,
    Stop,
    SystemCall,
)
from nodes.kernel.fault_reports import changed_code_ns
from nodes.kernel.frames import OutOfFrames
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.memory import PageElsewhere, PageWait, Violation
from nodes.kernel.process import Process, WaitingFor, interrupts
from nodes.kernel.processor import Processor
from nodes.kernel.scheduler import Came
from nodes.kernel.signal_delivery import SignalService
from nodes.kernel.signals import SIGBUS, SIGILL, SIGKILL, SIGRETURN, SIGSEGV, SIGTRAP
from nodes.wire.events import PageArrived
from nodes.wire.reasons import Reason, reason

_NOTHING_THERE, _NOT_ALLOWED = 1, 2
"""What a handler of SIGSEGV is told (SEGV_MAPERR, SEGV_ACCERR)."""


_IN_THE_PRICE = 4
"""Pages that a system call may touch at no extra charge."""


class Traps:
    """What one kernel does about traps."""

    def __init__(self, kernel: Kernel, processor: Processor, lifecycle: Lifecycle, signals: SignalService) -> None:
        self.kernel = kernel
        self.processor = processor
        self.lifecycle = lifecycle
        self.signals = signals
        self._changed_code_ns = changed_code_ns(kernel.costs)

    def handle(self, process: Process, cpu: Cpu, stop: Stop, work_due: int | None) -> None:
        """Do what is to be done where the CPU has stopped, and then let timers go off that wait for `work_due` instructions."""
        reached = work_due is not None and cpu.instructions == work_due
        self._handle(process, cpu, stop)
        if reached and process.pid in self.kernel.processes:
            self.signals.expire_work(process)

    def _handle(self, process: Process, cpu: Cpu, stop: Stop) -> None:
        match stop:
            case SystemCall():
                self.system_call(process, cpu)
            case PageFault(address, access):
                self._page_fault(process, address, access)
            case IllegalInstruction(address, word, misaligned):
                signal = SIGBUS if misaligned else SIGILL
                kind = "misaligned" if misaligned else "illegal"
                why = reason(kind, word=f"{word:#010x}", address=f"{address:#x}")
                self.signals.punish(process, signal, why, 1, address)
            case Breakpoint(address):
                why = reason("breakpoint", address=f"{address:#x}")
                self.signals.punish(process, SIGTRAP, why, 1, address)
            case CodeFence():
                self.kernel.charge(self._changed_code_ns)
            case BudgetSpent():
                pass

    def system_call(self, process: Process, cpu: Cpu) -> None:
        """Carry out the system call at which a process stands, or try it again."""
        kernel = self.kernel
        kernel.charge(kernel.costs.system_call_ns)
        process.yields = False
        try:
            result = self._perform(process, cpu)
        except OutOfFrames:
            self._out_of_memory(process, reason("a-call"))
            return
        except PageWait as wait:
            self._wait_for_disk(process, wait, call=True)
            return
        except PageElsewhere as elsewhere:
            self._wait_for_node(process, elsewhere, call=True)
            return
        if result is None:
            return
        if isinstance(result, WaitingFor) and result.deadline_ns is not None and result.deadline_ns <= kernel.now:
            result = result.timeout_result
        if not isinstance(result, int):
            if process.signals.deliverable is not None and interrupts(result):
                process.note_interrupted(result, kernel.now)
            else:
                self.lifecycle.block(process, result)
            return
        process.call_deadline_ns = None
        cpu.finish_system_call(result)
        process.space.let_go()
        if process.yields:
            self.processor.preempt(process, "yield", Came.PUT_BACK)

    def _perform(self, process: Process, cpu: Cpu) -> Result:
        """Carry out a system call, and charge for what it has to do with memory, whatever comes of it."""
        space, code_changes = process.space, cpu.code_changes
        space.effort = 0
        try:
            return system_calls.perform(self.kernel, process, cpu)
        finally:
            if space.effort > _IN_THE_PRICE:
                self.kernel.charge((space.effort - _IN_THE_PRICE) * self.kernel.costs.system_call_page_ns)
            if cpu.code_changes != code_changes:
                self.kernel.charge(self._changed_code_ns)

    def signal(self, process: Process, signal: int) -> None:
        """Let the running process do what it wants with a pending signal, between two instructions."""
        self.kernel.charge(self.kernel.costs.system_call_ns)
        try:
            self.signals.deliver(process, signal)
        except OutOfFrames:
            self._out_of_memory(process, reason("a-handler"))
        except PageWait as wait:
            self._wait_for_disk(process, wait, call=False)
        except PageElsewhere as elsewhere:
            self._wait_for_node(process, elsewhere, call=False)

    def _page_fault(self, process: Process, address: int, access: Access) -> None:
        kernel = self.kernel
        try:
            if address == SIGRETURN and access is Access.EXECUTE:
                self.signals.return_from_handler(process)
                kernel.charge(kernel.costs.system_call_ns)
                return
            source = process.space.serve_fault(address, access)
        except Violation as violation:
            why = reason("violation", pc=f"{process.space.cpu.pc:#x}", why=violation.why)
            code = _NOTHING_THERE if process.space.region_at(address // PAGE_BYTES) is None else _NOT_ALLOWED
            self.signals.punish(process, SIGSEGV, why, code, address)
        except OutOfFrames:
            self._out_of_memory(process, reason("an-access", access=reason(access.value), address=f"{address:#x}"))
        except PageWait as wait:
            kernel.charge(kernel.costs.page_fault_ns)
            self._wait_for_disk(process, wait, call=False)
        except PageElsewhere as elsewhere:
            kernel.charge(kernel.costs.page_fault_ns)
            self._wait_for_node(process, elsewhere, call=False)
        else:
            if source != "referenced":  # that is the hardware's work
                kernel.charge(kernel.costs.page_fault_ns + (kernel.costs.image_page_ns if source == "image" else 0))

    # ----------------------------------------------------------------------------------------------------------- waiting

    def _wait_for_disk(self, process: Process, wait: PageWait, *, call: bool) -> None:
        """Let a process wait until the disk has read its page, or has made room for it."""
        kernel = self.kernel
        since_ns = kernel.now
        self.lifecycle.block(process, WaitingFor("page", call=call))

        def arrived() -> None:
            waited_ns = kernel.now - since_ns
            kernel.emit(PageArrived(process.pid, "disk", kernel.name, [wait.number], waited_ns))
            self.lifecycle.wake(process)

        process.alarm = kernel.call_later(wait.until_ns - kernel.now, arrived)

    def _wait_for_node(self, process: Process, elsewhere: PageElsewhere, *, call: bool) -> None:
        """Let a process wait until another node has sent its page."""
        self.lifecycle.block(process, WaitingFor("page", call=call))
        self.kernel.page_fetcher.held.fetch_page(process, elsewhere.number, elsewhere.place)

    def _out_of_memory(self, process: Process, where: Reason) -> None:
        frames = self.kernel.frames
        figures = {"total": frames.total, "reserved": frames.reserved}
        why = reason("out-of-memory", where=where, machine=self.kernel.name, **figures)
        self.lifecycle.end_process(process, signal=SIGKILL, why=why)
