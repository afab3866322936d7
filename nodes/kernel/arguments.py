"""What a system call is, and what programs hand to it, as C's types: registers as signed numbers, and times.

A time that the clock will never reach is as good as the end of time: sums of times never go beyond it (as Linux's stop at KTIME_MAX).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from nodes.kernel.process import Process, Waiting
from nodes.wire.parameters import NEVER_NS, SECOND_NS

Arguments = Sequence[int]
"""The six argument registers."""
Result = int | Waiting | None
"""What the process finds in a0, where a negative number is an errno; or what it waits for; or None: it no longer runs."""
SystemCall = Callable[[Process, Arguments], Result]

Owner = TypeVar("Owner")


def calls_of(owner: Owner, calls: Mapping[int, Callable[[Owner, Process, Arguments], Result]]) -> dict[int, SystemCall]:
    """Return system calls that are made to `owner`."""
    return {number: partial(call, owner) for number, call in calls.items()}


LARGEST_OFFSET = (1 << 63) - 1
"""In a file."""


def int32(register: int) -> int:
    """Read an int: the lower half of a register."""
    register &= 0xFFFFFFFF
    return register - (1 << 32) if register >> 31 else register


def uint32(register: int) -> int:
    """Read an unsigned int: the lower half of a register."""
    return register & 0xFFFFFFFF


def int64(register: int) -> int:
    """Read a long."""
    return register - (1 << 64) if register >> 63 else register


def duration_ns(seconds: int, rest: int, unit_ns: int = 1) -> int | None:
    """Return the time in a timespec, or in a timeval (`unit_ns`: 1000), no longer than for ever; None: it is none."""
    if seconds < 0 or not 0 <= rest < SECOND_NS // unit_ns:
        return None
    return min(seconds * SECOND_NS + rest * unit_ns, NEVER_NS)


def read_timespec(process: Process, address: int) -> int | None:
    """Read a timespec from the memory of a process; None: it is none."""
    return duration_ns(*struct.unpack("<qq", process.space.read(address, 16)))


def after(now: int, duration: int) -> int:
    """Return when a time is over: never later than the end of time. In nanoseconds, or in instructions."""
    return min(now + duration, NEVER_NS)
