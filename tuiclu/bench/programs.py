"""A program made up to be moved: as much code as an interpreter of Lua, all of it in use, and as many pages of data.

It calls one small function after the other, each of which writes to a page; behind the last the first follows again, without end.
"""

from __future__ import annotations

import hashlib
import struct

from nodes.wire.image import PAGE_BYTES, ProgramImage, Segment

NAME = "large"
PAGES = 84
"""Of data."""
_FUNCTIONS, _LENGTH = 10 * PAGES, 36
"""How many there are, and of how many instructions."""
_TEXT, _DATA = 0x1_0000, 0x20_0000
_RA, _T0, _S1, _S2 = 1, 5, 9, 18


def large() -> ProgramImage:
    """Return the program."""
    main = [_load_upper(_S2, PAGE_BYTES), _load_upper(_S1, _DATA)]
    calls, first = len(main), len(main) + _FUNCTIONS + 1
    main += [_jump(_RA, calls + number, first + number * _LENGTH) for number in range(_FUNCTIONS)]
    main.append(_jump(0, len(main), 1))
    words = main + [word for number in range(_FUNCTIONS) for word in _function(steps=number % 10 == 0)]
    code = struct.pack(f"<{len(words)}I", *words)
    text = Segment(_TEXT, len(code), code, readable=True, writable=False, executable=True)
    data = Segment(_DATA, (PAGES + 1) * PAGE_BYTES, b"", readable=True, writable=True, executable=False)
    return ProgramImage(NAME, _TEXT, (text, data), 0, 0, 0, hashlib.sha256(code).hexdigest())


def _function(*, steps: bool) -> list[int]:
    """Return a function that writes to the present page, or `steps` to the next one."""
    work = [_NEVER_TAKEN if number % 8 == 7 else _ADD_ONE for number in range(_LENGTH - 3)]
    return [_add(_S1, _S1, _S2) if steps else _ADD_ONE, _store(_T0, _S1), *work, _RETURN]


_ADD_ONE = 1 << 20 | _T0 << 15 | _T0 << 7 | 0x13
_NEVER_TAKEN = _T0 << 20 | _T0 << 15 | 1 << 12 | 4 << 7 | 0x63
"""bne t0, t0: but it ends a block, as one instruction in eight or so does."""
_RETURN = _RA << 15 | 0x67


def _load_upper(register: int, value: int) -> int:
    return value | register << 7 | 0x37


def _store(source: int, address: int) -> int:
    return source << 20 | address << 15 | 3 << 12 | 0x23


def _add(to: int, one: int, other: int) -> int:
    return other << 20 | one << 15 | to << 7 | 0x33


def _jump(link: int, at: int, to: int) -> int:
    """Go from one instruction to another, by their numbers."""
    offset = 4 * (to - at)
    high, middle = offset >> 20 & 1, offset >> 11 & 1
    return high << 31 | (offset >> 1 & 0x3FF) << 21 | middle << 20 | (offset >> 12 & 0xFF) << 12 | link << 7 | 0x6F
