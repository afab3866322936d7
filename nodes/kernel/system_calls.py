"""System calls: Linux for riscv64 by number, as a table from number to function.

Each function gets the kernel, the calling process and the six argument registers, and returns what the process finds in a0: a value, or
a negative errno. It may instead return a `Waiting` (the process blocks; after a `WaitingFor` the call is tried again when it is woken),
or None (the process runs no more). A wild pointer gives EFAULT and harms nobody. An unknown number gives ENOSYS and an event.

Before a call changes anything it has touched all the memory that it will need (`space.touch`): a page that is not in a frame makes the
process wait, and then the call is tried again from its beginning.
"""

from __future__ import annotations

import contextlib
import errno
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nodes.kernel.arguments import LARGEST_OFFSET, after, int32, int64, read_timespec, uint32
from nodes.kernel.cpu import PAGE_BYTES, Access, Protection
from nodes.kernel.files import MAX_DESCRIPTORS, FileKind, OpenFile
from nodes.kernel.link_service import LINK_CALLS
from nodes.kernel.memory import AddressSpace, Violation
from nodes.kernel.process import Process, Sleeping, Waiting, WaitingForSignal
from nodes.kernel.regions import MMAP_TOP, STACK_BYTES, USER_END, Region, RegionKind
from nodes.kernel.signal_calls import EPOCH_NS, SIGNAL_CALLS, suspend
from nodes.wire.events import SystemCallUnknown
from nodes.wire.parameters import SECOND_NS

if TYPE_CHECKING:
    from nodes.kernel.kernel import Kernel

Arguments = Sequence[int]
Result = int | Waiting | None
SystemCall = Callable[["Kernel", Process, Arguments], Result]

TRANSFER_LIMIT = 1 << 16
"""One read or write moves at most so many bytes; more is a short transfer, as Linux allows."""

_CLOCK_REALTIME, _CLOCKS, _TIMER_ABSTIME = 0, (*range(10), 11), 1
_NO_SLEEP = (3, 4, 5, 6)
"""Clocks by which nobody can sleep: of a thread's CPU time, the raw one and the coarse ones."""
_MAP_TYPE, _MAP_PRIVATE, _ANY_RIGHTS = 0x0F, 0x02, 0x0300000F
_MADV_DONTNEED = 4
_ADVICE = (*range(5), *range(8, 26), 100, 101)
_AT_FDCWD = -100
_O_ACCMODE, _O_CLOEXEC = 3, 0o2000000
_MAP_ANONYMOUS, _MAP_FIXED, _MAP_FIXED_NOREPLACE, _MAP_NORESERVE = 0x20, 0x10, 0x100000, 0x4000
_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030


def perform(kernel: Kernel, process: Process) -> Result:
    """Carry out the system call that `process` has just made."""
    cpu = process.space.cpu
    number = cpu.system_call_number()
    call = SYSTEM_CALLS.get(number) or kernel.calls.get(number)
    if call is None:
        kernel.emit(SystemCallUnknown(process.pid, number))
        return -errno.ENOSYS
    try:
        return call(kernel, process, [cpu.argument(index) for index in range(6)])
    except Violation:
        return -errno.EFAULT


def _returns(value: int) -> SystemCall:
    """Return a call that always answers `value`."""
    return lambda kernel, process, a: value


# ---------------------------------------------------------------------------------------------------------------- files


def _read(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None or file.kind is FileKind.OUTPUT:
        return -errno.EBADF
    if a[1] + a[2] > USER_END:
        return -errno.EFAULT
    if file.kind is FileKind.FILE:
        return _read_file(kernel, process, file, [(a[1], a[2])])
    part = file.content[file.offset : file.offset + min(a[2], TRANSFER_LIMIT)]
    process.space.write(a[1], part)
    file.offset += len(part)
    return len(part)


def _read_file(kernel: Kernel, process: Process, file: OpenFile, buffers: Sequence[tuple[int, int]]) -> Result:
    """Read from a file that lies on a node, into one buffer after the other."""
    data = kernel.file_service.read(process, file, min(sum(size for _, size in buffers), TRANSFER_LIMIT))
    if not isinstance(data, bytes):
        return data
    pieces, start = [], 0
    for address, size in buffers:
        piece = data[start : start + size]
        process.space.touch(address, len(piece), Access.WRITE)
        pieces.append((address, piece))
        start += size
    for address, piece in pieces:
        process.space.write(address, piece)
    file.offset += len(data)
    return len(data)


def _readv(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is not None and file.kind is FileKind.FILE:
        buffers = _buffers(process, a)
        return -errno.EINVAL if buffers is None else _read_file(kernel, process, file, buffers)
    return _for_each_buffer(kernel, process, a, _read)


def _write(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None or file.kind in (FileKind.INPUT, FileKind.FILE):
        return -errno.EBADF
    if a[1] + a[2] > USER_END:
        return -errno.EFAULT
    data = process.space.read(a[1], min(a[2], TRANSFER_LIMIT))
    if file.kind is FileKind.OUTPUT and data:
        kernel.output.write(process, file.stream, data)
    return len(data)


def _writev(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None or file.kind in (FileKind.INPUT, FileKind.FILE):
        return -errno.EBADF
    buffers = _buffers(process, a)
    if buffers is None:
        return -errno.EINVAL
    data, room = b"", TRANSFER_LIMIT
    for address, size in buffers:
        try:
            data += process.space.read(address, min(size, room - len(data)))
        except Violation:
            if not data:
                raise
            break
    if file.kind is FileKind.OUTPUT and data:
        kernel.output.write(process, file.stream, data)
    return len(data)


def _for_each_buffer(kernel: Kernel, process: Process, a: Arguments, call: SystemCall) -> Result:
    buffers = _buffers(process, a)
    if buffers is None:
        return -errno.EINVAL
    file, room = process.files.get(int32(a[0])), TRANSFER_LIMIT
    room = min(room, len(file.content) - file.offset) if file is not None else 0
    with contextlib.suppress(Violation):  # what comes before a wild pointer is read
        for address, size in buffers:
            process.space.touch(address, max(0, min(size, room)), Access.WRITE)
            room -= size
    total = 0
    for address, size in buffers:
        done = call(kernel, process, [a[0], address, size, 0, 0, 0])
        if not isinstance(done, int) or done < 0:
            return total or done
        total += done
        if done < size:
            break
    return total


def _buffers(process: Process, a: Arguments) -> list[tuple[int, int]] | None:
    """Read the iovec that argument 1 points to, of as many entries as argument 2 says; None: it is none.

    Raises Violation where it, or a buffer in it, does not lie in the user's addresses.
    """
    count = int64(a[2])
    if not 0 <= count <= 1024:
        return None
    words = struct.unpack(f"<{2 * count}Q", process.space.read(a[1], 16 * count))
    buffers = list(zip(words[::2], words[1::2], strict=True))
    for address, size in buffers:
        if int64(size) < 0:
            return None
        if address + size > USER_END:
            raise Violation(f"a buffer of {size} bytes at {address:#x}: outside the user's addresses")
    return buffers


def _openat(kernel: Kernel, process: Process, a: Arguments) -> Result:
    try:
        path = process.space.read_string(a[1])
    except ValueError:
        return -errno.ENAMETOOLONG
    name = kernel.file_service.find(path)
    if name is not None and a[2] & _O_ACCMODE:
        return -errno.EROFS
    if name is None and path != b"/dev/null":
        return -errno.ENOENT
    opened = OpenFile(FileKind.NULL) if name is None else OpenFile(FileKind.FILE, path=name)
    descriptor = process.files.open(opened)
    return -errno.EMFILE if descriptor is None else descriptor


def _close(kernel: Kernel, process: Process, a: Arguments) -> Result:
    return 0 if process.files.close(int32(a[0])) else -errno.EBADF


def _lseek(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None:
        return -errno.EBADF
    if file.kind not in (FileKind.INPUT, FileKind.FILE):
        return -errno.ESPIPE
    base = {0: 0, 1: file.offset, 2: _size(kernel, file)}.get(uint32(a[2]))
    if base is None or not 0 <= base + int64(a[1]) <= LARGEST_OFFSET:
        return -errno.EINVAL
    file.offset = base + int64(a[1])
    return file.offset


def _fstat(kernel: Kernel, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None:
        return -errno.EBADF
    character_device, regular = 0o020620, 0o100444
    mode = regular if file.kind in (FileKind.INPUT, FileKind.FILE) else character_device
    size = _size(kernel, file)
    stat = struct.pack("<QQIIIIQQqiiq", 1, 1, mode, 1, 1000, 1000, 0, 0, size, 4096, 0, -(-size // 512))
    process.space.write(a[1], stat.ljust(128, b"\0"))
    return 0


def _size(kernel: Kernel, file: OpenFile) -> int:
    return kernel.file_service.files[file.path].size if file.kind is FileKind.FILE else len(file.content)


def _fcntl(kernel: Kernel, process: Process, a: Arguments) -> Result:
    descriptor, command = int32(a[0]), a[1]
    file = process.files.get(descriptor)
    if file is None:
        return -errno.EBADF
    match command:
        case _ if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
            if not 0 <= int64(a[2]) < MAX_DESCRIPTORS:
                return -errno.EINVAL
            copy = process.files.duplicate(descriptor, at_least=a[2])
            return -errno.EMFILE if copy is None else copy
        case _ if command in (_F_GETFD, _F_SETFD, _F_SETFL):
            return 0
        case _ if command == _F_GETFL:
            return {FileKind.INPUT: 0, FileKind.OUTPUT: 1, FileKind.NULL: 2, FileKind.FILE: 0}[file.kind]
        case _:
            return -errno.EINVAL


def _dup(kernel: Kernel, process: Process, a: Arguments) -> Result:
    descriptor = int32(a[0])
    if process.files.get(descriptor) is None:
        return -errno.EBADF
    copy = process.files.duplicate(descriptor)
    return -errno.EMFILE if copy is None else copy


def _dup3(kernel: Kernel, process: Process, a: Arguments) -> Result:
    old, new = int32(a[0]), int32(a[1])
    if old == new or uint32(a[2]) & ~_O_CLOEXEC:
        return -errno.EINVAL
    copy = process.files.duplicate(old, exactly=new)
    return -errno.EBADF if copy is None else copy


def _ioctl(kernel: Kernel, process: Process, a: Arguments) -> Result:
    return -errno.EBADF if process.files.get(int32(a[0])) is None else -errno.ENOTTY


def _path_missing(kernel: Kernel, process: Process, a: Arguments) -> Result:
    """The answer to calls that look a file up by its name and can do nothing with one: that there is none, or that it cannot be changed."""
    try:
        path = process.space.read_string(a[1])
    except ValueError:
        return -errno.ENAMETOOLONG
    return -errno.ENOENT if kernel.file_service.find(path) is None else -errno.EROFS


def _faccessat(kernel: Kernel, process: Process, a: Arguments) -> Result:
    found = _path_missing(kernel, process, a)
    may_write = 2
    return 0 if found == -errno.EROFS and not a[2] & may_write else found


def _getcwd(kernel: Kernel, process: Process, a: Arguments) -> Result:
    if a[1] < 2:
        return -errno.ERANGE
    process.space.write(a[0], b"/\0")
    return 2


def _ppoll(kernel: Kernel, process: Process, a: Arguments) -> Result:
    """Every open descriptor is always ready; with none, it is a sleep."""
    count = a[1]
    if count > MAX_DESCRIPTORS:
        return -errno.EINVAL
    ready = 0
    for index in range(count):
        address = a[0] + 8 * index
        descriptor, events, _ = struct.unpack("<ihh", process.space.read(address, 8))
        not_open = 0x20
        answer = 0 if descriptor < 0 else not_open if process.files.get(descriptor) is None else events & 0x5
        process.space.write(address + 6, struct.pack("<h", answer))
        ready += bool(answer)
    if ready:
        return ready
    if not a[2]:
        if a[3]:
            suspend(process, int.from_bytes(process.space.read(a[3], 8), "little"))
        return WaitingForSignal()
    duration = read_timespec(process, a[2])
    return -errno.EINVAL if duration is None else Sleeping(after(kernel.now, duration))


# --------------------------------------------------------------------------------------------------------------- memory


def _brk(kernel: Kernel, process: Process, a: Arguments) -> Result:
    return process.space.move_break(a[0])


def _mmap(kernel: Kernel, process: Process, a: Arguments) -> Result:
    address, length, rights, flags = a[0], a[1], a[2], int32(a[3])
    if not length or (address % PAGE_BYTES and flags & (_MAP_FIXED | _MAP_FIXED_NOREPLACE)):
        return -errno.EINVAL
    if flags & _MAP_TYPE != _MAP_PRIVATE or a[5] % PAGE_BYTES:
        return -errno.EINVAL
    if not flags & _MAP_ANONYMOUS:
        return -errno.EBADF if process.files.get(int32(a[4])) is None else -errno.ENODEV
    space, count = process.space, -(-length // PAGE_BYTES)
    first = address // PAGE_BYTES
    if flags & (_MAP_FIXED | _MAP_FIXED_NOREPLACE):
        if not PAGE_BYTES <= address <= address + length <= USER_END:
            return -errno.ENOMEM
        if flags & _MAP_FIXED_NOREPLACE and not space.is_free(first, first + count):
            return -errno.EEXIST
    else:
        gap = _place(space, address, count) if length <= MMAP_TOP else None
        if gap is None:
            return -errno.ENOMEM
        first = gap
    end, protection = first + count, _protection(rights)
    kind = RegionKind.RESERVED if flags & _MAP_NORESERVE else RegionKind.ANONYMOUS
    promised = Region(first, end, protection, kind).promised - space.committed_pages(first, end)
    if not (space.may_cut(first, end, added=1) and (promised <= 0 or space.may_commit(promised))):
        return -errno.ENOMEM
    space.remove_pages(first, end)
    space.add_region(first, end, protection, kind)
    return first * PAGE_BYTES


def _place(space: AddressSpace, hint: int, count: int) -> int | None:
    """Return where to put so many pages: where the process would like to have them, if nothing is there."""
    first = -(-hint // PAGE_BYTES)
    if hint and (first + count) * PAGE_BYTES <= MMAP_TOP and space.is_free(first, first + count):
        return first
    return space.find_gap(count)


def _munmap(kernel: Kernel, process: Process, a: Arguments) -> Result:
    address, length = a[0], a[1]
    if address % PAGE_BYTES or not length or address + length > USER_END:
        return -errno.EINVAL
    first, end = address // PAGE_BYTES, -(-(address + length) // PAGE_BYTES)
    if not process.space.may_cut(first, end):
        return -errno.ENOMEM
    process.space.remove_pages(first, end)
    return 0


def _mprotect(kernel: Kernel, process: Process, a: Arguments) -> Result:
    address, length, rights = a[0], a[1], a[2]
    if address % PAGE_BYTES or rights & ~_ANY_RIGHTS:
        return -errno.EINVAL
    if not length:
        return 0
    if address + length > USER_END:
        return -errno.ENOMEM
    end = -(-(address + length) // PAGE_BYTES)
    return 0 if process.space.protect_pages(address // PAGE_BYTES, end, _protection(rights)) else -errno.ENOMEM


def _mremap(kernel: Kernel, process: Process, a: Arguments) -> Result:
    """No: the C library then copies."""
    return -errno.EINVAL if a[0] % PAGE_BYTES or a[3] & ~7 or not a[2] else -errno.ENOMEM


def _madvise(kernel: Kernel, process: Process, a: Arguments) -> Result:
    """What is not needed is as it was at first when it is touched again; other advice is not taken."""
    address, length, advice = a[0], a[1], int32(a[2])
    if address % PAGE_BYTES or advice not in _ADVICE or length >> 63:
        return -errno.EINVAL
    first, end = address // PAGE_BYTES, -(-(address + length) // PAGE_BYTES)
    if end > first and not process.space.is_mapped(first, end):
        return -errno.ENOMEM
    if advice == _MADV_DONTNEED:
        process.space.empty_pages(first, end)
    return 0


def _msync(kernel: Kernel, process: Process, a: Arguments) -> Result:
    asynchronous, synchronous, any_flag = 1, 4, 7
    flags = int32(a[2])
    if a[0] % PAGE_BYTES or flags & ~any_flag or (flags & asynchronous and flags & synchronous):
        return -errno.EINVAL
    first, end = a[0] // PAGE_BYTES, -(-(a[0] + a[1]) // PAGE_BYTES)
    return 0 if first >= end or process.space.is_mapped(first, end) else -errno.ENOMEM


def _flush_icache(kernel: Kernel, process: Process, a: Arguments) -> Result:
    process.space.cpu.synchronize_code()
    return 0


def _protection(rights: int) -> int:
    """Turn PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 into a Protection; writing needs reading, as on every riscv64."""
    protection = Protection(rights & 7)
    return (
        int(protection | Protection.READ) if protection & (Protection.WRITE | Protection.EXECUTE) else int(protection)
    )


# ----------------------------------------------------------------------------------------------------------------- time


def _clock_gettime(kernel: Kernel, process: Process, a: Arguments) -> Result:
    if a[0] not in _CLOCKS:
        return -errno.EINVAL
    process.space.write(a[1], _timespec(_clock_ns(kernel, process, a[0])))
    return 0


def _clock_ns(kernel: Kernel, process: Process, clock: int) -> int:
    process_cpu_time, thread_cpu_time = 2, 3
    if clock in (process_cpu_time, thread_cpu_time):
        return process.account.cpu_ns
    realtime_like = (0, 5, 8, 11)
    return kernel.now + EPOCH_NS if clock in realtime_like else kernel.now


def _clock_getres(kernel: Kernel, process: Process, a: Arguments) -> Result:
    if a[0] not in _CLOCKS:
        return -errno.EINVAL
    if a[1]:
        process.space.write(a[1], _timespec(1))
    return 0


def _gettimeofday(kernel: Kernel, process: Process, a: Arguments) -> Result:
    if a[0]:
        seconds, rest = divmod(kernel.now + EPOCH_NS, SECOND_NS)
        process.space.write(a[0], struct.pack("<qq", seconds, rest // 1000))
    return 0


def _nanosleep(kernel: Kernel, process: Process, a: Arguments) -> Result:
    duration = read_timespec(process, a[0])
    return -errno.EINVAL if duration is None else Sleeping(after(kernel.now, duration))


def _clock_nanosleep(kernel: Kernel, process: Process, a: Arguments) -> Result:
    clock, flags = int32(a[0]), a[1]
    if clock not in _CLOCKS:
        return -errno.EINVAL
    if clock in _NO_SLEEP:
        return -errno.EOPNOTSUPP
    duration = read_timespec(process, a[2])
    if duration is None:
        return -errno.EINVAL
    if not flags & _TIMER_ABSTIME:
        return Sleeping(after(kernel.now, duration))
    return Sleeping(after(kernel.now, max(0, duration - _clock_ns(kernel, process, clock))))


def _timespec(ns: int) -> bytes:
    return struct.pack("<qq", *divmod(ns, SECOND_NS))


def _times(kernel: Kernel, process: Process, a: Arguments) -> Result:
    tick_ns = SECOND_NS // 100
    if a[0]:
        process.space.write(a[0], struct.pack("<qqqq", process.account.cpu_ns // tick_ns, 0, 0, 0))
    return kernel.now // tick_ns


def _getrusage(kernel: Kernel, process: Process, a: Arguments) -> Result:
    itself, its_children, its_thread = 0, -1, 1
    if int32(a[0]) not in (itself, its_children, its_thread):
        return -errno.EINVAL
    seconds, rest = divmod(0 if int32(a[0]) == its_children else process.account.cpu_ns, SECOND_NS)
    process.space.write(a[1], struct.pack("<qq", seconds, rest // 1000).ljust(144, b"\0"))
    return 0


# ------------------------------------------------------------------------------------------------------------ processes


def _exit(kernel: Kernel, process: Process, a: Arguments) -> Result:
    kernel.end_process(process, exit_code=a[0] & 0xFF)
    return None


def _getpid(kernel: Kernel, process: Process, a: Arguments) -> Result:
    return kernel.number_of(process.pid)


def _set_tid_address(kernel: Kernel, process: Process, a: Arguments) -> Result:
    return kernel.number_of(process.pid)


def _set_robust_list(kernel: Kernel, process: Process, a: Arguments) -> Result:
    bytes_of_its_head = 24
    return 0 if a[1] == bytes_of_its_head else -errno.EINVAL


def _sched_yield(kernel: Kernel, process: Process, a: Arguments) -> Result:
    kernel.traps.yield_requested = True
    return 0


def _sched_getaffinity(kernel: Kernel, process: Process, a: Arguments) -> Result:
    if a[1] < 8:
        return -errno.EINVAL
    process.space.write(a[2], struct.pack("<Q", 1))
    return 8


def _futex(kernel: Kernel, process: Process, a: Arguments) -> Result:
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
    return -errno.EINVAL if duration is None else Sleeping(after(kernel.now, duration), -errno.ETIMEDOUT)


def _uname(kernel: Kernel, process: Process, a: Arguments) -> Result:
    fields = ("Linux", process.home, "6.1.0-tuiclu", "#1", "riscv64", "")
    process.space.write(a[0], b"".join(field.encode().ljust(65, b"\0") for field in fields))
    return 0


def _prlimit(kernel: Kernel, process: Process, a: Arguments) -> Result:
    limits = {3: STACK_BYTES, 7: MAX_DESCRIPTORS}
    if a[1] > 15:
        return -errno.EINVAL
    if a[3]:
        limit = limits.get(a[1], (1 << 64) - 1)
        process.space.write(a[3], struct.pack("<QQ", limit, limit))
    return -errno.EPERM if a[2] else 0


def _getrandom(kernel: Kernel, process: Process, a: Arguments) -> Result:
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


def _sysinfo(kernel: Kernel, process: Process, a: Arguments) -> Result:
    frames = kernel.frames
    info = struct.pack("<q3Q", kernel.now // SECOND_NS, 0, 0, 0)
    info += struct.pack("<QQ", frames.total * PAGE_BYTES, frames.free * PAGE_BYTES) + bytes(32)
    info += struct.pack("<HH", len(kernel.processes), 0) + bytes(4) + bytes(16) + struct.pack("<I", 1)
    process.space.write(a[0], info.ljust(112, b"\0"))
    return 0


SYSTEM_CALLS: dict[int, SystemCall] = {
    17: _getcwd,
    23: _dup,
    24: _dup3,
    25: _fcntl,
    29: _ioctl,
    35: _path_missing,  # unlinkat
    48: _faccessat,
    56: _openat,
    57: _close,
    62: _lseek,
    63: _read,
    64: _write,
    65: _readv,
    66: _writev,
    73: _ppoll,
    78: _path_missing,  # readlinkat
    79: _path_missing,  # newfstatat
    80: _fstat,
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
    214: _brk,
    215: _munmap,
    216: _mremap,
    222: _mmap,
    226: _mprotect,
    227: _msync,
    233: _madvise,
    258: _returns(-errno.ENOSYS),  # riscv_hwprobe
    259: _flush_icache,
    261: _prlimit,
    278: _getrandom,
    291: _path_missing,  # statx
    **SIGNAL_CALLS,
    **LINK_CALLS,
}
"""By Linux's number for riscv64."""
