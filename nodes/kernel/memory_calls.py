"""The system calls for memory. They concern nothing but the address space of the process that makes them."""

from __future__ import annotations

import errno

from nodes.kernel.arguments import Arguments, Result, SystemCall, int32
from nodes.kernel.cpu import PAGE_BYTES, Protection
from nodes.kernel.memory import AddressSpace
from nodes.kernel.process import Process
from nodes.kernel.regions import MMAP_TOP, USER_END, Region, RegionKind

_MAP_TYPE, _MAP_PRIVATE, _ANY_RIGHTS = 0x0F, 0x02, 0x0300000F
_MAP_ANONYMOUS, _MAP_FIXED, _MAP_FIXED_NOREPLACE, _MAP_NORESERVE = 0x20, 0x10, 0x100000, 0x4000
_MADV_DONTNEED = 4
_ADVICE = (*range(5), *range(8, 26), 100, 101)


def _brk(process: Process, a: Arguments) -> Result:
    return process.space.move_break(a[0])


def _mmap(process: Process, a: Arguments) -> Result:
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
    """Return where to put a number of pages: where the process would like to have them, if nothing is there."""
    first = -(-hint // PAGE_BYTES)
    if hint and (first + count) * PAGE_BYTES <= MMAP_TOP and space.is_free(first, first + count):
        return first
    return space.find_gap(count)


def _munmap(process: Process, a: Arguments) -> Result:
    address, length = a[0], a[1]
    if address % PAGE_BYTES or not length or address + length > USER_END:
        return -errno.EINVAL
    first, end = address // PAGE_BYTES, -(-(address + length) // PAGE_BYTES)
    if not process.space.may_cut(first, end):
        return -errno.ENOMEM
    process.space.remove_pages(first, end)
    return 0


def _mprotect(process: Process, a: Arguments) -> Result:
    address, length, rights = a[0], a[1], a[2]
    if address % PAGE_BYTES or rights & ~_ANY_RIGHTS:
        return -errno.EINVAL
    if not length:
        return 0
    if address + length > USER_END:
        return -errno.ENOMEM
    end = -(-(address + length) // PAGE_BYTES)
    return 0 if process.space.protect_pages(address // PAGE_BYTES, end, _protection(rights)) else -errno.ENOMEM


def _mremap(process: Process, a: Arguments) -> Result:
    """No: the C library then copies."""
    return -errno.EINVAL if a[0] % PAGE_BYTES or a[3] & ~7 or not a[2] else -errno.ENOMEM


def _madvise(process: Process, a: Arguments) -> Result:
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


def _msync(process: Process, a: Arguments) -> Result:
    asynchronous, synchronous, any_flag = 1, 4, 7
    flags = int32(a[2])
    if a[0] % PAGE_BYTES or flags & ~any_flag or (flags & asynchronous and flags & synchronous):
        return -errno.EINVAL
    first, end = a[0] // PAGE_BYTES, -(-(a[0] + a[1]) // PAGE_BYTES)
    return 0 if first >= end or process.space.is_mapped(first, end) else -errno.ENOMEM


def _flush_icache(process: Process, a: Arguments) -> Result:
    process.space.cpu.synchronize_code()
    return 0


def _protection(rights: int) -> int:
    """Turn PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 into a Protection; writing needs reading, as on every riscv64."""
    protection = Protection(rights & 7)
    return (
        int(protection | Protection.READ) if protection & (Protection.WRITE | Protection.EXECUTE) else int(protection)
    )


MEMORY_CALLS: dict[int, SystemCall] = {
    214: _brk,
    215: _munmap,
    216: _mremap,
    222: _mmap,
    226: _mprotect,
    227: _msync,
    233: _madvise,
    259: _flush_icache,
}
"""By Linux's number."""
