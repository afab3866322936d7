"""Starts a program: its address space, and the stack that Linux hands to `_start`.

```
STACK_TOP   strings: program name, arguments, environment, 16 random bytes
            auxiliary vector: pairs (type, value), ended by AT_NULL
            environment pointers, 0
            argument pointers, 0
     sp ->  argc                                          (16-byte aligned)
```
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from nodes.kernel.memory import AddressSpace
from nodes.kernel.regions import STACK_TOP
from nodes.wire.reasons import WithReason, reason

ARGUMENT_BYTES_LIMIT = 32 * 1024
"""Arguments and environment together must not be longer."""

_AT_NULL, _AT_PHDR, _AT_PHENT, _AT_PHNUM, _AT_PAGESZ, _AT_BASE, _AT_FLAGS, _AT_ENTRY = 0, 3, 4, 5, 6, 7, 8, 9
_AT_UID, _AT_EUID, _AT_GID, _AT_EGID, _AT_HWCAP, _AT_CLKTCK, _AT_SECURE, _AT_RANDOM, _AT_EXECFN = (
    *(11, 12, 13, 14, 16, 17, 23, 25, 31),
)
_HWCAP = sum(1 << (ord(letter) - ord("A")) for letter in "IMAFDC")
_USER_ID = 1000


class ArgumentsTooLong(WithReason):
    """The arguments and the environment do not fit on a new stack."""


def start_program(space: AddressSpace, argv: Iterable[str], environment: Iterable[str], random_bytes: bytes) -> None:
    """Lay out the address space and set the registers so that the CPU's next instruction is the program's first.

    Raises ArgumentsTooLong, or OutOfFrames where the node has no frame for the stack; PageWait where the disk has to make room for it: then
    the caller calls it again.
    """
    if not space.regions:
        space.lay_out()
        space.map_text()
    arguments = [text.encode("utf-8", "surrogateescape") for text in argv]
    variables = [text.encode("utf-8", "surrogateescape") for text in environment]
    if sum(len(text) + 1 for text in arguments + variables) > ARGUMENT_BYTES_LIMIT:
        raise ArgumentsTooLong(reason("arguments-too-long", limit=ARGUMENT_BYTES_LIMIT))

    top = STACK_TOP
    strings = b""

    def push(data: bytes) -> int:
        nonlocal top, strings
        top -= len(data)
        strings = data + strings
        return top

    random_address = push(random_bytes[:16].ljust(16, b"\0"))
    argument_addresses = [push(text + b"\0") for text in arguments]
    variable_addresses = [push(text + b"\0") for text in variables]
    image = space.image
    auxiliary = [
        (_AT_PHDR, image.headers_address),
        (_AT_PHENT, image.header_bytes),
        (_AT_PHNUM, image.headers_count),
        (_AT_PAGESZ, 4096),
        (_AT_BASE, 0),
        (_AT_FLAGS, 0),
        (_AT_ENTRY, image.entry),
        (_AT_UID, _USER_ID),
        (_AT_EUID, _USER_ID),
        (_AT_GID, _USER_ID),
        (_AT_EGID, _USER_ID),
        (_AT_HWCAP, _HWCAP),
        (_AT_CLKTCK, 100),
        (_AT_SECURE, 0),
        (_AT_RANDOM, random_address),
        (_AT_EXECFN, argument_addresses[0] if argument_addresses else 0),
        (_AT_NULL, 0),
    ]
    words = [
        len(argument_addresses),
        *argument_addresses,
        0,
        *variable_addresses,
        0,
        *(word for pair in auxiliary for word in pair),
    ]
    stack_pointer = (top - 8 * len(words)) & ~15
    vector = struct.pack(f"<{len(words)}Q", *words)
    space.write(stack_pointer, vector.ljust(top - stack_pointer, b"\0") + strings)
    space.cpu.write_register("sp", stack_pointer)
    space.cpu.pc = image.entry
