"""Large blocks are no part of the heap of a process that lives long: so they leave no gaps in it."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

_COUNTED = """
import ctypes, sys
from nodes.heap import LARGE_BYTES, keep_large_blocks_apart

class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Counts
if sys.argv[1] == "apart":
    keep_large_blocks_apart()
before = library.mallinfo2().hblks
kept = [bytes(LARGE_BYTES) for _ in range(10)]
print(library.mallinfo2().hblks - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="there is no glibc to be asked")
def test_large_blocks_are_kept_apart_from_the_heap() -> None:
    def apart(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", _COUNTED, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert apart("apart") > 5, "one or the other still fits into a gap"
    assert apart("as they come") == 0
