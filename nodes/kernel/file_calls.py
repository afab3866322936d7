"""The system calls for files: standard input and output, /dev/null, and the files of the cluster."""

from __future__ import annotations

import contextlib
import errno
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nodes.kernel.arguments import (
    LARGEST_OFFSET,
    Arguments,
    Result,
    SystemCall,
    after,
    calls_of,
    int32,
    int64,
    read_timespec,
    uint32,
)
from nodes.kernel.cpu import Access
from nodes.kernel.file_service import FileService
from nodes.kernel.files import MAX_DESCRIPTORS, FileKind, OpenFile
from nodes.kernel.memory import Violation
from nodes.kernel.output import OutputService
from nodes.kernel.process import Process, Sleeping, WaitingForSignal
from nodes.kernel.regions import USER_END
from nodes.kernel.signal_calls import suspend
from nodes.wire.reasons import reason

TRANSFER_LIMIT = 1 << 16
"""One read or write moves at most this many bytes; more is a short transfer, as Linux allows."""

_O_ACCMODE, _O_CLOEXEC = 3, 0o2000000
_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030


class FileCalls(NamedTuple):
    """What these calls are made to."""

    files: FileService
    output: OutputService

    def table(self) -> dict[int, SystemCall]:
        """Return the calls, by Linux's number."""
        return calls_of(self, _CALLS)


def _read(called: FileCalls, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None or file.kind is FileKind.OUTPUT:
        return -errno.EBADF
    if a[1] + a[2] > USER_END:
        return -errno.EFAULT
    if file.kind is FileKind.FILE:
        return _read_file(called, process, file, [(a[1], a[2])])
    part = file.content[file.offset : file.offset + min(a[2], TRANSFER_LIMIT)]
    process.space.write(a[1], part)
    file.offset += len(part)
    return len(part)


def _read_file(called: FileCalls, process: Process, file: OpenFile, buffers: Sequence[tuple[int, int]]) -> Result:
    """Read from a file that lies on a node, into one buffer after the other."""
    data = called.files.read(process, file, min(sum(size for _, size in buffers), TRANSFER_LIMIT))
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


def _readv(called: FileCalls, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is not None and file.kind is FileKind.FILE:
        buffers = _buffers(process, a)
        return -errno.EINVAL if buffers is None else _read_file(called, process, file, buffers)
    return _for_each_buffer(called, process, a, _read)


def _write(called: FileCalls, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None or file.kind in (FileKind.INPUT, FileKind.FILE):
        return -errno.EBADF
    if a[1] + a[2] > USER_END:
        return -errno.EFAULT
    data = process.space.read(a[1], min(a[2], TRANSFER_LIMIT))
    if file.kind is FileKind.OUTPUT and data:
        called.output.write(process, file.stream, data)
    return len(data)


def _writev(called: FileCalls, process: Process, a: Arguments) -> Result:
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
        called.output.write(process, file.stream, data)
    return len(data)


def _for_each_buffer(
    called: FileCalls, process: Process, a: Arguments, call: Callable[[FileCalls, Process, Arguments], Result]
) -> Result:
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
        done = call(called, process, [a[0], address, size, 0, 0, 0])
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
            raise Violation(reason("outside", access=reason("read"), address=f"{address:#x}", bytes=size))
    return buffers


def _openat(called: FileCalls, process: Process, a: Arguments) -> Result:
    try:
        path = process.space.read_string(a[1])
    except ValueError:
        return -errno.ENAMETOOLONG
    name = called.files.find(path)
    if name is not None and a[2] & _O_ACCMODE:
        return -errno.EROFS
    if name is None and path != b"/dev/null":
        return -errno.ENOENT
    opened = OpenFile(FileKind.NULL) if name is None else OpenFile(FileKind.FILE, path=name)
    descriptor = process.files.open(opened)
    return -errno.EMFILE if descriptor is None else descriptor


def _close(called: FileCalls, process: Process, a: Arguments) -> Result:
    return 0 if process.files.close(int32(a[0])) else -errno.EBADF


def _lseek(called: FileCalls, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None:
        return -errno.EBADF
    if file.kind not in (FileKind.INPUT, FileKind.FILE):
        return -errno.ESPIPE
    base = {0: 0, 1: file.offset, 2: _size(called, file)}.get(uint32(a[2]))
    if base is None or not 0 <= base + int64(a[1]) <= LARGEST_OFFSET:
        return -errno.EINVAL
    file.offset = base + int64(a[1])
    return file.offset


def _fstat(called: FileCalls, process: Process, a: Arguments) -> Result:
    file = process.files.get(int32(a[0]))
    if file is None:
        return -errno.EBADF
    character_device, regular = 0o020620, 0o100444
    mode = regular if file.kind in (FileKind.INPUT, FileKind.FILE) else character_device
    size = _size(called, file)
    stat = struct.pack("<QQIIIIQQqiiq", 1, 1, mode, 1, 1000, 1000, 0, 0, size, 4096, 0, -(-size // 512))
    process.space.write(a[1], stat.ljust(128, b"\0"))
    return 0


def _size(called: FileCalls, file: OpenFile) -> int:
    return called.files.files[file.path].size if file.kind is FileKind.FILE else len(file.content)


def _fcntl(called: FileCalls, process: Process, a: Arguments) -> Result:
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


def _dup(called: FileCalls, process: Process, a: Arguments) -> Result:
    descriptor = int32(a[0])
    if process.files.get(descriptor) is None:
        return -errno.EBADF
    copy = process.files.duplicate(descriptor)
    return -errno.EMFILE if copy is None else copy


def _dup3(called: FileCalls, process: Process, a: Arguments) -> Result:
    old, new = int32(a[0]), int32(a[1])
    if old == new or uint32(a[2]) & ~_O_CLOEXEC:
        return -errno.EINVAL
    copy = process.files.duplicate(old, exactly=new)
    return -errno.EBADF if copy is None else copy


def _ioctl(called: FileCalls, process: Process, a: Arguments) -> Result:
    return -errno.EBADF if process.files.get(int32(a[0])) is None else -errno.ENOTTY


def _path_missing(called: FileCalls, process: Process, a: Arguments) -> Result:
    """The answer to calls that look a file up by its name and can do nothing with one: that there is none, or that it cannot be changed."""
    try:
        path = process.space.read_string(a[1])
    except ValueError:
        return -errno.ENAMETOOLONG
    return -errno.ENOENT if called.files.find(path) is None else -errno.EROFS


def _faccessat(called: FileCalls, process: Process, a: Arguments) -> Result:
    found = _path_missing(called, process, a)
    may_write = 2
    return 0 if found == -errno.EROFS and not a[2] & may_write else found


def _getcwd(called: FileCalls, process: Process, a: Arguments) -> Result:
    if a[1] < 2:
        return -errno.ERANGE
    process.space.write(a[0], b"/\0")
    return 2


def _ppoll(called: FileCalls, process: Process, a: Arguments) -> Result:
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
    return -errno.EINVAL if duration is None else Sleeping(after(called.files.kernel.now, duration))


_CALLS = {
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
    291: _path_missing,  # statx
}
