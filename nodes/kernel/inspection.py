"""A look into a node that changes nothing: the control block of a process, its pages, and who owns the frames. For screens alone.

It costs no virtual time and leaves no event: a run with looks and a run without are the same.
"""

from __future__ import annotations

from nodes.kernel import riscv
from nodes.kernel.kernel import Kernel
from nodes.kernel.process import Process
from nodes.kernel.signals import SIGNAL_NAMES
from nodes.wire.control import Inspection
from nodes.wire.ids import Pid

TEXT = "text"
"""Who owns the frames with the text of programs."""


def inspect(kernel: Kernel, pid: Pid) -> Inspection:
    """Look at a process, if it is here, and at the frames of the node."""
    process = kernel.processes.get(pid)
    if process is None:
        return Inspection({}, [], [], _frame_map(kernel))
    pages = process.space.pages
    return Inspection(
        _control_block(process),
        sorted(number for number, page in pages.items() if page.dirty),
        sorted(number for number, page in pages.items() if page.touched),
        _frame_map(kernel),
    )


def _control_block(process: Process) -> dict[str, str]:
    """Return the control block, field by field, as a screen shows it."""
    registers = process.space.cpu.dump()
    signals = process.signals
    block = {
        "argv": " ".join(process.argv),
        "pc": f"{registers.pc:#x}",
        "instructions": str(registers.instructions),
        "registers": "  ".join(
            f"{name} {value:x}" for name, value in zip(riscv.REGISTERS[1:], registers.x, strict=True) if value
        ),
        "priority": str(process.priority),
        "files": ", ".join(
            f"{descriptor}: {process.files.open_files[index].kind.value}"
            for descriptor, index in sorted(process.files.descriptors.items())
        ),
        "regions": "  ".join(
            f"{region.kind.value} {region.first:#x}+{region.end - region.first}" for region in process.space.regions
        ),
    }
    if process.links.ends:
        block["links"] = ", ".join(process.links.ends)
    if signals.pending:
        block["pending"] = ", ".join(SIGNAL_NAMES.get(one, str(one)) for one in sorted(signals.pending))
    if process.space.away:
        block["away"] = f"{len(process.space.away)} pages"
    return block


def _frame_map(kernel: Kernel) -> list[tuple[str, int]]:
    """Return who owns the frames, in the order of their numbers, in runs; nobody owns what is free."""
    owners = {frame: TEXT for frames in kernel.frames.texts().values() for frame in frames} | {
        page.frame: process.name for process in kernel.processes.values() for page in process.space.pages.values()
    }
    runs: list[tuple[str, int]] = []
    end = 0
    for frame in sorted(owners):
        if frame > end:
            runs.append(("", frame - end))
        name, length = runs[-1] if runs else ("", 0)
        if name == owners[frame]:
            runs[-1] = (name, length + 1)
        else:
            runs.append((owners[frame], 1))
        end = frame + 1
    if end < kernel.frames.total:
        runs.append(("", kernel.frames.total - end))
    return runs
