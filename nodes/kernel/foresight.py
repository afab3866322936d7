"""What a process will reference: written down in a first run, on a CPU of its own where no frame is short. For OPT alone.

```
 start order --> first run: its own CPU, frames in plenty      --> when it uses which page, by its count of instructions
             \\-> the run that counts, on the node: the same instructions, so the same references at the same counts
```
The first run tells the truth only if what the process does depends on nothing but its program, its arguments and its input. So it may ask
its kernel for memory, and write, and end. Whatever else it asks for can be answered otherwise the second time, and then it has no future
that could be known. How two processes will take turns depends on the faults themselves: OPT is defined for one.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nodes.kernel import system_calls
from nodes.kernel.cpu import PAGE_BYTES, BudgetSpent, CpuPool, PageFault, SystemCall
from nodes.kernel.files import FileTable
from nodes.kernel.frames import OutOfFrames
from nodes.kernel.kernel import Kernel
from nodes.kernel.loader import start_program
from nodes.kernel.memory import Violation
from nodes.kernel.process import Process
from nodes.kernel.replacement import Optimal, Recorder
from nodes.wire.control import Boot, StartProcess
from nodes.wire.parameters import NodeParameters
from nodes.wire.reasons import WithReason, reason

INSTRUCTIONS = 2_000_000_000
USES = 200_000
"""Nobody looks further ahead than this: some seconds of real time."""
_PLENTY = NodeParameters("elsewhere", frames=1 << 14)

_EXIT = (93, 94)
_SAME_ANSWER = (
    *(29, 62, 64, 66, 80, 96, 99, 123, 132, 160, 172, 173, 174, 175, 176, 177, 178),
    *(214, 215, 216, 222, 226, 227, 233, 258, 259, 261, 278),
)
"""System calls whose answer is the same in every run: ioctl, lseek, write, writev, fstat, set_tid_address, set_robust_list,
sched_getaffinity, sigaltstack, uname, who am I; brk, munmap, mremap, mmap, mprotect, msync, madvise, riscv_hwprobe, riscv_flush_icache,
prlimit, getrandom (which follows from the seed)."""


class FutureUnknown(WithReason):
    """The references of a process cannot be known."""


def look_ahead(
    kernel: Kernel,
    order: StartProcess,
    environment: tuple[int, bytes],
    another: Callable[[Boot, CpuPool], Kernel],
) -> None:
    """Tell the node's replacement all that a process, which is about to be started, will use. Raises FutureUnknown.

    `environment` is what the seed adds to its start: the state of its random numbers, and the random bytes on its stack.
    `another` puts the kernel together on which the process runs a first time.
    """
    policy = kernel.pager.policy
    if not isinstance(policy, Optimal):
        return
    if kernel.processes:
        other = next(iter(kernel.processes.values()))
        raise FutureUnknown(reason("opt-alone", machine=kernel.name, process=other.name))
    elsewhere = another(msgspec.structs.replace(kernel.boot, parameters=_PLENTY, watched=()), CpuPool(0))
    recorder = Recorder(elsewhere.frames)
    elsewhere.frames.watched, elsewhere.frames.note_use = True, recorder.used
    space = elsewhere.make_space(order.pid, order.program)
    files = FileTable.standard(order.stdin)
    process = Process(order.pid, order.name, order.program, order.argv, space, files, random_state=environment[0])
    try:
        start_program(space, order.argv, order.environment, environment[1])
        while not _has_ended(elsewhere, process, recorder):
            elsewhere.take_results()
    finally:
        elsewhere.free_space(space)
        elsewhere.store.close()
    recorder.end()
    policy.futures = {order.pid: recorder.future}


def _has_ended(elsewhere: Kernel, process: Process, recorder: Recorder) -> bool:
    """Let the process of a first run go on up to its next stop, and do what it needs there; tell whether it has ended."""
    cpu, name = process.space.cpu, process.name
    if cpu.instructions >= INSTRUCTIONS or recorder.total >= USES:
        raise FutureUnknown(reason("opt-too-long", process=name, instructions=cpu.instructions))
    try:
        match cpu.run(INSTRUCTIONS // 100):
            case BudgetSpent():
                pass
            case PageFault() if not elsewhere.frames.free:
                mib = elsewhere.frames.total * PAGE_BYTES >> 20
                raise FutureUnknown(reason("opt-too-large", process=name, mib=mib))
            case PageFault(address, access):
                process.space.serve_fault(address, access)
            case SystemCall():
                return _is_last_call(elsewhere, process)
            case _:
                return True
    except (Violation, OutOfFrames):
        return True
    return False


def _is_last_call(elsewhere: Kernel, process: Process) -> bool:
    cpu = process.space.cpu
    number = cpu.system_call_number()
    if number in _EXIT:
        return True
    result = system_calls.perform(elsewhere, process, cpu) if number in _SAME_ANSWER else None
    if not isinstance(result, int):
        why = reason("opt-asks", process=process.name, call=number, instructions=cpu.instructions)
        raise FutureUnknown(why)
    cpu.finish_system_call(result)
    process.space.let_go()
    return False
