"""System calls: Linux for riscv64 by number, as a table from number to function.

Each service brings the calls that are its own (see `file_calls`, `memory_calls`, `signal_calls`, `link_service`); those for time and
processes are here.

Each function gets whom the call is made to, the calling process and the six argument registers, and returns what the process finds in a0: a
value, or a negative errno. It may instead return a `Waiting` (the process blocks; after a `WaitingFor` the call is tried again when it is
woken), or None (the process no longer runs). A wild pointer gives EFAULT and harms nobody. An unknown number gives ENOSYS and an event.

Before a call changes anything it has touched all the memory that it will need (`space.touch`): a page that is not in a frame makes the
process wait, and then the call is tried again from its beginning.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable

from nodes.kernel.arguments import Arguments, Result, SystemCall, after, calls_of, int32, read_timespec, uint32
from nodes.kernel.cpu import PAGE_BYTES, Access, Cpu
from nodes.kernel.file_calls import TRANSFER_LIMIT
from nodes.kernel.files import MAX_DESCRIPTORS
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.memory import Violation
from nodes.kernel.process import Process, Sleeping, WaitingForSignal
from nodes.kernel.regions import STACK_BYTES
from nodes.kernel.signal_calls import EPOCH_NS
from nodes.wire.events import SystemCallUnknown
from nodes.wire.parameters import SECOND_NS

_CLOCK_REALTIME, _CLOCKS, _TIMER_ABSTIME = 0, (*range(10), 11), 1
_NO_SLEEP = (3, 4, 5, 6)
"""Clocks by which nobody can sleep: of a thread's CPU time, the raw one and the coarse ones."""


def perform(kernel: Kernel, process: Process, cpu: Cpu) -> Result:
    """Carry out the system call that `process` has just made on its `cpu`."""
    number = cpu.system_call_number()
    call = kernel.calls.get(number)
    if call is None:
        kernel.emit(SystemCallUnknown(process.pid, number))
        return -errno.ENOSYS
    try:
        return call(process, cpu.arguments())
    except Violation:
        return -errno.EFAULT


def calls_for(lifecycle: Lifecycle) -> dict[int, SystemCall]:
    """Return the calls for time and processes, by Linux's number."""
    return calls_of(lifecycle, _CALLS)


def _returns(value: int) -> Callable[[Lifecycle, Process, Arguments], Result]:
    """Return a call that always answers `value`."""
    return lambda lifecycle, process, a: value


# ----------------------------------------------------------------------------------------------------------------- time


def _clock_gettime(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    if a[0] not in _CLOCKS:
        return -errno.EINVAL
    process.space.write(a[1], _timespec(_clock_ns(lifecycle, process, a[0])))
    return 0


def _clock_ns(lifecycle: Lifecycle, process: Process, clock: int) -> int:
    process_cpu_time, thread_cpu_time = 2, 3
    if clock in (process_cpu_time, thread_cpu_time):
        return process.account.cpu_ns
    realtime_like = (0, 5, 8, 11)
    return _date_ns(lifecycle.kernel) if clock in realtime_like else lifecycle.kernel.now


def _date_ns(kernel: Kernel) -> int:
    return kernel.clock.shows(kernel.now) + EPOCH_NS


def _clock_getres(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    if a[0] not in _CLOCKS:
        return -errno.EINVAL
    if a[1]:
        process.space.write(a[1], _timespec(1))
    return 0


def _gettimeofday(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    if a[0]:
        seconds, rest = divmod(_date_ns(lifecycle.kernel), SECOND_NS)
        process.space.write(a[0], struct.pack("<qq", seconds, rest // 1000))
    return 0


def _nanosleep(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    duration = read_timespec(process, a[0])
    return -errno.EINVAL if duration is None else Sleeping(after(lifecycle.kernel.now, duration))


def _clock_nanosleep(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    clock, flags = int32(a[0]), a[1]
    if clock not in _CLOCKS:
        return -errno.EINVAL
    if clock in _NO_SLEEP:
        return -errno.EOPNOTSUPP
    duration = read_timespec(process, a[2])
    if duration is None:
        return -errno.EINVAL
    if not flags & _TIMER_ABSTIME:
        return Sleeping(after(lifecycle.kernel.now, duration))
    return Sleeping(after(lifecycle.kernel.now, max(0, duration - _clock_ns(lifecycle, process, clock))))


def _timespec(ns: int) -> bytes:
    return struct.pack("<qq", *divmod(ns, SECOND_NS))


def _times(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    tick_ns = SECOND_NS // 100
    if a[0]:
        process.space.write(a[0], struct.pack("<qqqq", process.account.cpu_ns // tick_ns, 0, 0, 0))
    return lifecycle.kernel.now // tick_ns


def _getrusage(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    itself, its_children, its_thread = 0, -1, 1
    if int32(a[0]) not in (itself, its_children, its_thread):
        return -errno.EINVAL
    seconds, rest = divmod(0 if int32(a[0]) == its_children else process.account.cpu_ns, SECOND_NS)
    process.space.write(a[1], struct.pack("<qq", seconds, rest // 1000).ljust(144, b"\0"))
    return 0


# ------------------------------------------------------------------------------------------------------------ processes


def _exit(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    lifecycle.end_process(process, exit_code=a[0] & 0xFF)
    return None


def _getpid(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    return lifecycle.kernel.number_of(process.pid)


def _set_tid_address(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    return lifecycle.kernel.number_of(process.pid)


def _set_robust_list(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    bytes_of_its_head = 24
    return 0 if a[1] == bytes_of_its_head else -errno.EINVAL


def _sched_yield(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    process.yields = True
    return 0


def _sched_getaffinity(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    if a[1] < 8:
        return -errno.EINVAL
    process.space.write(a[2], struct.pack("<Q", 1))
    return 8


def _futex(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    if a[0] % 4:
        return -errno.EINVAL
    operation = a[1] & 0x7F
    wait, wake = 0, 1
    if operation == wake:
        return 0
    if operation != wait:
        return -errno.ENOSYS
    (value,) = struct.unpack("<I", process.space.read(a[0], 4))
    if value != a[2] & 0xFFFFFFFF:
        return -errno.EAGAIN
    if not a[3]:
        return WaitingForSignal()
    duration = read_timespec(process, a[3])
    return -errno.EINVAL if duration is None else Sleeping(after(lifecycle.kernel.now, duration), -errno.ETIMEDOUT)


def _uname(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    fields = ("Linux", process.home, "6.1.0-tuiclu", "#1", "riscv64", "")
    process.space.write(a[0], b"".join(field.encode().ljust(65, b"\0") for field in fields))
    return 0


def _prlimit(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    limits = {3: STACK_BYTES, 7: MAX_DESCRIPTORS}
    if a[1] > 15:
        return -errno.EINVAL
    if a[3]:
        limit = limits.get(a[1], (1 << 64) - 1)
        process.space.write(a[3], struct.pack("<QQ", limit, limit))
    return -errno.EPERM if a[2] else 0


def _getrandom(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    nonblocking, blocking_source, insecure = 1, 2, 4
    flags = uint32(a[2])
    if flags & ~(nonblocking | blocking_source | insecure) or (flags & blocking_source and flags & insecure):
        return -errno.EINVAL
    size = min(a[1], TRANSFER_LIMIT)
    process.space.touch(a[0], size, Access.WRITE)
    process.space.effort += size // 512  # it takes longer than copying as many bytes
    words = b"".join(_next_random(process).to_bytes(8, "little") for _ in range(-(-size // 8)))
    process.space.write(a[0], words[:size])
    return size


def _next_random(process: Process) -> int:
    """Draw 64 bits by splitmix64 (Steele, Lea, Flood 2014); the state moves with the process."""
    mask = (1 << 64) - 1
    process.random_state = (process.random_state + 0x9E3779B97F4A7C15) & mask
    mixed = process.random_state
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & mask
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & mask
    return mixed ^ mixed >> 31


def _sysinfo(lifecycle: Lifecycle, process: Process, a: Arguments) -> Result:
    frames = lifecycle.kernel.frames
    info = struct.pack("<q3Q", lifecycle.kernel.now // SECOND_NS, 0, 0, 0)
    info += struct.pack("<QQ", frames.total * PAGE_BYTES, frames.free * PAGE_BYTES) + bytes(32)
    info += struct.pack("<HH", len(lifecycle.kernel.processes), 0) + bytes(4) + bytes(16) + struct.pack("<I", 1)
    process.space.write(a[0], info.ljust(112, b"\0"))
    return 0


_CALLS = {
    93: _exit,
    94: _exit,  # exit_group
    96: _set_tid_address,
    98: _futex,
    99: _set_robust_list,
    101: _nanosleep,
    113: _clock_gettime,
    114: _clock_getres,
    115: _clock_nanosleep,
    123: _sched_getaffinity,
    124: _sched_yield,
    153: _times,
    160: _uname,
    165: _getrusage,
    169: _gettimeofday,
    172: _getpid,
    173: _returns(1),  # getppid
    174: _returns(1000),  # getuid
    175: _returns(1000),  # geteuid
    176: _returns(1000),  # getgid
    177: _returns(1000),  # getegid
    178: _getpid,  # gettid
    179: _sysinfo,
    258: _returns(-errno.ENOSYS),  # riscv_hwprobe
    261: _prlimit,
    278: _getrandom,
}
