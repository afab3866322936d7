"""How the C library keeps the heap of a process that lives long, where the C library is glibc. Elsewhere nothing happens."""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
LARGE_BYTES = 1 << 16
"""What is larger is no part of the heap."""


def keep_large_blocks_apart() -> None:
    """Give large blocks of memory back to the system as soon as they are free, for the rest of this process.

    Otherwise glibc takes those that come and go, such as frames on their way to the screen, or what a compiler works with, from the heap;
    what lives long settles in their gaps, and the heap of a cluster that lives for ever grows and grows, though no more of it is
    used. Forked children keep it so.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
