"""What of a process is packed beside its pages: one row for each module that holds a piece of its state.

To make something new movable, add a row. Both sides restore in the order of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from nodes.kernel.cpu import Registers
from nodes.kernel.files import FileTable
from nodes.kernel.links import LinkTable
from nodes.kernel.memory import AddressSpace, Place, Violation
from nodes.kernel.pages import runs
from nodes.kernel.process import Account, Process, State, Waiting
from nodes.kernel.regions import MAX_PAGES, Region
from nodes.kernel.signals import SIGNAL_NAMES, SignalState
from nodes.wire.amounts import Amounts
from nodes.wire.reasons import WithReason, reason, verbatim


class DamagedImage(WithReason):
    """An image is not what `dump` makes: a row is missing, or says what cannot be. The process is good for nothing."""


class Row(NamedTuple):
    """How one module's part of a frozen process is packed, and unpacked into a process that is still empty."""

    module: str
    dump: Callable[[Process], bytes]
    restore: Callable[[Process, bytes], None]


class _ControlBlock(msgspec.Struct):
    argv: tuple[str, ...]
    priority: int
    estimate_ns: int | None
    waiting: Waiting | None
    frozen_from: State | None
    account: Account
    random_state: int
    level: int
    retries_call: bool
    call_deadline_ns: int | None
    stays: bool
    trail: list[tuple[str, int]]
    amounts: Amounts | msgspec.UnsetType = msgspec.UNSET


class _MemoryMap(msgspec.Struct):
    regions: list[Region]
    heap: tuple[int, int]
    here: list[tuple[int, int]]
    """All pages that have been sent, in runs: first, count."""
    dirty: list[tuple[int, int]]
    """Of these, the pages that differ from where they came from, in runs."""
    away: list[tuple[Place, list[tuple[int, int]]]]
    """The pages that stay behind, in runs, by where that is."""
    holders: dict[str, None]
    pushers: dict[str, None]


def _dump_control_block(process: Process) -> bytes:
    return _encode(_ControlBlock(**{name: getattr(process, name) for name in _ControlBlock.__struct_fields__}))


def _restore_control_block(process: Process, data: bytes) -> None:
    block = _decode_control_block(data)
    for name in _ControlBlock.__struct_fields__:
        setattr(process, name, getattr(block, name))


def _dump_registers(process: Process) -> bytes:
    registers = process.space.cpu.dump()
    return _encode(registers if registers.f else msgspec.structs.astuple(registers)[:-1])


def _restore_registers(process: Process, data: bytes) -> None:
    registers = _decode_registers(data)
    if any(not 0 <= value < 1 << 64 for value in (registers.pc, *registers.x, *registers.f)):
        raise ValueError("a register has more than 64 bits")
    process.space.cpu.restore(registers)


def _dump_memory_map(process: Process) -> bytes:
    space = process.space
    here = [number for number in space.existing() if number in space.current]
    dirty = [number for number in here if _differs(space, number)]
    places: dict[Place, list[int]] = {}
    for number in sorted(space.left_behind):
        places.setdefault(space.left_behind[number], []).append(number)
    away = [(place, runs(numbers)) for place, numbers in places.items()]
    return _encode(
        _MemoryMap(
            space.regions,
            (space.heap_start, space.heap_end),
            runs(here),
            runs(dirty),
            away,
            space.holders,
            space.pushers,
        )
    )


def _differs(space: AddressSpace, number: int) -> bool:
    """Tell whether a page is not as the image or as zeros are, wherever there may be copies of it here."""
    page = space.pages.get(number)
    return page is None or page.dirty or page.saved is not None


def _restore_memory_map(process: Process, data: bytes) -> None:
    memory_map = _decode_memory_map(data)
    away = {number: place for place, numbers in memory_map.away for number in _pages(numbers)}
    here, dirty = _pages(memory_map.here), _pages(memory_map.dirty)
    process.space.adopt(memory_map.regions, memory_map.heap, here, dirty, away)
    process.space.holders = memory_map.holders
    process.space.pushers = memory_map.pushers


def _pages(numbers: list[tuple[int, int]]) -> list[int]:
    """Write runs out. Raises ValueError where there are more pages than any process has."""
    if sum(count for _, count in numbers) > MAX_PAGES:
        raise ValueError("the memory map names more pages than a process can have")
    return [number for first, count in numbers for number in range(first, first + count)]


def _dump_files(process: Process) -> bytes:
    return _encode(process.files)


def _restore_files(process: Process, data: bytes) -> None:
    files = _decode_files(data)
    if any(place not in range(len(files.open_files)) for place in files.descriptors.values()):
        raise ValueError("a descriptor leads to no open file")
    process.files = files


def _dump_links(process: Process) -> bytes:
    return _encode(process.links)


def _restore_links(process: Process, data: bytes) -> None:
    links = _decode_links(data)
    if any(link not in links.ends for link in (*links.descriptors.values(), *links.incoming)):
        raise ValueError("a descriptor leads to no link")
    process.links = links


def _dump_signals(process: Process) -> bytes:
    return _encode(process.signals)


def _restore_signals(process: Process, data: bytes) -> None:
    signals = _decode_signals(data)
    if any(signal not in SIGNAL_NAMES for signal in (*signals.pending, *signals.actions)):
        raise ValueError("there is no such signal")
    process.signals = signals


_encode = msgspec.msgpack.Encoder().encode
_decode_control_block = msgspec.msgpack.Decoder(
    _ControlBlock
).decode  # made here, once for all nodes: it takes a millisecond
_decode_registers = msgspec.msgpack.Decoder(Registers).decode
_decode_memory_map = msgspec.msgpack.Decoder(_MemoryMap).decode
_decode_files = msgspec.msgpack.Decoder(FileTable).decode
_decode_links = msgspec.msgpack.Decoder(LinkTable).decode
_decode_signals = msgspec.msgpack.Decoder(SignalState).decode

ROWS: tuple[Row, ...] = (
    Row("control block", _dump_control_block, _restore_control_block),
    Row("registers", _dump_registers, _restore_registers),
    Row("memory map", _dump_memory_map, _restore_memory_map),
    Row("files", _dump_files, _restore_files),
    Row("links", _dump_links, _restore_links),
    Row("signals", _dump_signals, _restore_signals),
)


def dump(process: Process) -> dict[str, bytes]:
    """Pack all of a frozen process but its pages."""
    return {row.module: row.dump(process) for row in ROWS}


def restore(process: Process, rows: dict[str, bytes]) -> None:
    """Unpack what `dump` made, into a process whose pages are there already. Raises DamagedImage."""
    for row in ROWS:
        try:
            row.restore(process, rows[row.module])
        except (LookupError, ArithmeticError, ValueError, msgspec.DecodeError, Violation) as error:
            why = error.why if isinstance(error, Violation) else verbatim(str(error))
            raise DamagedImage(reason("damaged-row", row=row.module, why=why)) from error
