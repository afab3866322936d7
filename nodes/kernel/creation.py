"""Creating a process: its address space, its control block, and what a new program finds on its stack."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from nodes.kernel.cpu import CpuPool
from nodes.kernel.files import FileTable
from nodes.kernel.foresight import FutureUnknown, look_ahead
from nodes.kernel.frames import Frames, OutOfFrames
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.loader import ArgumentsTooLong, start_program
from nodes.kernel.memory import AddressSpace, PageWait
from nodes.kernel.process import Process, Why
from nodes.wire.control import Boot, StartProcess
from nodes.wire.events import ProcessCreated, ProcessNotCreated
from nodes.wire.ids import Pid
from nodes.wire.reasons import Reason, reason


class Creation:
    """Creates the processes of one node."""

    def __init__(self, kernel: Kernel, lifecycle: Lifecycle, another: Callable[[Boot, CpuPool], Kernel]) -> None:
        """`another` puts a kernel together that has nothing to do with this one: for looks into the future."""
        self.kernel = kernel
        self.lifecycle = lifecycle
        self._another = another
        kernel.orders.add({StartProcess: self.create})

    def create(self, order: StartProcess) -> None:
        """Create the process that an order asks for, and let it run as soon as it is admitted; or report why it cannot be had."""
        kernel, seed = self.kernel, self.kernel.boot.seed
        kernel.charge(kernel.costs.process_creation_ns)
        environment = random_seed(seed, order.pid), _random_bytes(seed, order.pid, "auxv")
        try:
            look_ahead(kernel, order, environment, self._another)
        except (FutureUnknown, ArgumentsTooLong) as error:
            kernel.emit(ProcessNotCreated(order.pid, order.name, order.program, error.why))
            return
        space = kernel.make_space(order.pid, order.program)
        process = Process(
            order.pid,
            order.name,
            order.program,
            order.argv,
            space,
            FileTable.standard(order.stdin),
            order.priority,
            order.estimate_ns,
            random_state=environment[0],
        )
        process.account.created_ns = process.arrived_ns = kernel.now
        try:
            kernel.load_text(space)
            while not _tries_to_start(space, order, environment[1]):
                pass
        except (OutOfFrames, ArgumentsTooLong) as error:
            why = error.why if isinstance(error, ArgumentsTooLong) else _no_frames(space, kernel.frames)
            kernel.free_space(space)
            kernel.emit(ProcessNotCreated(order.pid, order.name, order.program, why))
            return
        self.lifecycle.admit(process)
        kernel.emit(ProcessCreated(order.pid, order.name, order.program, list(order.argv), order.priority))
        kernel.count_frames()
        admission = kernel.admission.holder
        if admission is None or not admission.holds_new(process):
            self.lifecycle.make_ready(process, Why.ADMITTED)


def _no_frames(space: AddressSpace, frames: Frames[AddressSpace]) -> Reason:
    """Say what there are no frames for."""
    missing = space.missing_text()
    if missing:
        return reason("no-frames-for-text", pages=missing, total=frames.total, free=frames.free)
    return reason("no-frame-for-arguments", total=frames.total, used=frames.allocated, reserved=frames.reserved)


def _tries_to_start(space: AddressSpace, order: StartProcess, random_bytes: bytes) -> bool:
    """Lay a program out; tell whether that is done. A frame may have to be freed first, by way of the disk."""
    try:
        start_program(space, order.argv, order.environment, random_bytes)
    except PageWait:
        return False
    return True


def random_seed(seed: int, pid: Pid) -> int:
    """Return what a process begins to draw its random numbers from, in a run with this seed."""
    return int.from_bytes(_random_bytes(seed, pid, "getrandom")[:8], "little")


def _random_bytes(seed: int, pid: Pid, purpose: str) -> bytes:
    return hashlib.sha256(f"{seed}/{pid}/{purpose}".encode()).digest()
