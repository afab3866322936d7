"""One node's kernel in a test: started programs, and time that passes in windows of any length. No engine, no sockets."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, get_args

from hypothesis import settings

from nodes import programs
from nodes.kernel.assembly import Parts, assemble
from nodes.kernel.cpu import Cpu, CpuPool
from nodes.kernel.memory import AddressSpace
from nodes.kernel.process import Process
from nodes.kernel.regions import text_pages
from nodes.kernel.services import Service
from nodes.wire import vocabulary
from nodes.wire.control import AHEAD_NS, AnyOrder, Boot, Frame, KillProcess, LocalEvent, StartProcess
from nodes.wire.events import AnyEvent, Event, ProcessExited, ProcessOutput
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.packets import AnyPacket
from nodes.wire.parameters import (
    SECOND_NS,
    Costs,
    DiskParameters,
    FileParameters,
    InitiatorParameters,
    MigrationParameters,
    NodeParameters,
)

GIPS = 1_000_000_000
"""A thousand million instructions a second: one a nanosecond."""
MS = 1_000_000
END_NS = 100 * SECOND_NS
"""Later than anything that happens in a test."""
FREE = Costs(*[0] * len(Costs.__struct_fields__))
"""A kernel whose own work takes no time."""

AnEvent = TypeVar("AnEvent", bound=Event)


def examples(count: int) -> settings:
    """Return the settings of a property that is tried on so many examples, the same ones in every run, however long they take."""
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)


_WARM: list[Cpu] = []
"""CPUs that have compiled a program of a test, for whatever test runs it next: to make them is most of the work of a small test."""


class CountedPool(CpuPool):
    """A pool that knows how many of its CPUs are in use. What they have compiled is common to all such pools."""

    def __init__(self) -> None:
        super().__init__(0)
        self._warm = _WARM
        self.in_use = 0

    def take(self, image: ProgramImage | None = None) -> Cpu:
        self.in_use += 1
        return super().take(image)

    def give_back(self, cpu: Cpu) -> None:
        self.in_use -= 1
        super().give_back(cpu)


def boot(
    name: NodeName = "n1",
    images: dict[str, ProgramImage] | None = None,
    *,
    nodes: tuple[NodeName, ...] = ("n1", "n2", "n3"),
    frames: int = 512,
    ips: int = 10_000_000,
    quantum_ns: int = 20 * MS,
    scheduler: vocabulary.Scheduler = "round-robin",
    replacement: vocabulary.Replacement = "clock",
    disk: DiskParameters | None = None,
    costs: Costs | None = None,
    migration: MigrationParameters | None = None,
    life: int = 1,
    now_ns: int = 0,
    watched: tuple[str, ...] = (),
    files: dict[str, FileParameters] | None = None,
    initiators: InitiatorParameters | None = None,
    ahead_ns: int = AHEAD_NS,
) -> Boot:
    """Return what a node is told first. No answer is expected from anywhere, unless `watched` says so."""
    return Boot(
        NodeParameters(
            name,
            ips=ips,
            frames=frames,
            quantum_ns=quantum_ns,
            scheduler=scheduler,
            replacement=replacement,
            disk=disk or DiskParameters(),
            costs=costs or Costs(),
        ),
        migration or MigrationParameters(),
        nodes,
        images if images is not None else {},
        seed=1,
        life=life,
        now_ns=now_ns,
        reply_ns=2 * MS,
        news_ns=MS,
        watched=watched,
        files=files or {},
        initiators=initiators or InitiatorParameters(),
        ahead_ns=ahead_ns,
    )


class Sink(Service):
    """Takes every message for which nobody else is there, and does nothing."""

    def receive(self, source: NodeName, packet: AnyPacket) -> None: ...


class Machine:
    """A kernel with its programs, and everything that it reported so far. `started` processes were born on it before.

    `add_services` adds those that a kernel has not by itself.
    """

    def __init__(
        self,
        told: Boot,
        pool: CountedPool | None = None,
        started: int = 0,
        disk: int | None = None,
        add_services: Callable[[Parts], object] = lambda parts: None,
    ) -> None:
        self.pool = pool or CountedPool()
        self.parts = assemble(told, self.pool, disk)
        self.kernel = self.parts.kernel
        add_services(self.parts)
        self.kernel.register(Sink(), [one for one in get_args(AnyPacket) if not self.kernel.serves(one)])
        self.frames: list[Frame] = []
        self.events: list[LocalEvent] = []
        self.finished: dict[Pid, Process] = {}
        self._started = started
        self._images = told.images

    # ------------------------------------------------------------------------------------------------------- doing

    def start(
        self,
        image: ProgramImage | str,
        *arguments: str,
        at_ns: int = 0,
        environment: tuple[str, ...] = (),
        stdin: bytes = b"",
        priority: int = 0,
        estimate_ns: int | None = None,
    ) -> Pid:
        """Have a program started, one of the catalogue by its name; return the process's pid."""
        if isinstance(image, str):
            image = programs.image(image)
        self._started += 1
        pid = f"{self.kernel.name}.{self._started}"
        key = f"{image.name}/{image.digest}"
        self._images[key] = image
        argv = (image.name, *arguments)
        self.order(at_ns, StartProcess(pid, pid, key, argv, environment, stdin, priority, estimate_ns))
        return pid

    def kill(self, pid: Pid, at_ns: int) -> None:
        self.order(at_ns, KillProcess(pid))

    def order(self, at_ns: int, order: AnyOrder) -> None:
        self.kernel.order(at_ns, order)

    def run(self, until_ns: int = END_NS, windows: Iterable[int] = ()) -> Machine:
        """Let time pass up to `until_ns`: first in windows of the given lengths, the rest in one."""
        reached = self.kernel.now
        for length in windows:
            self.advance(min(reached + length, until_ns))
            reached = self.reached_ns
        while self.kernel.next_ns() is not None and reached < until_ns:
            self.advance(until_ns)
            reached = self.reached_ns
        return self

    def advance(self, until_ns: int) -> None:
        """Grant one window, and check that the kernel keeps the promises with which it came to it."""
        promised_ns, known = self.kernel.next_ns(), len(self.kernel._events)
        quiet_ns, sent = self.kernel.quiet_ns(), len(self.kernel._outbox)
        self.reached_ns = self.kernel.advance(until_ns)
        frames, events = self.kernel.take_results()
        check_promise(promised_ns, self.reached_ns, events[known:])
        assert promised_ns is None if quiet_ns is None else promised_ns is not None and promised_ns <= quiet_ns
        assert all(quiet_ns is not None and quiet_ns <= frame.time_ns for frame in frames[sent:]), (
            f"nothing was to be sent before {quiet_ns}, but {frames[sent]} was"
        )
        self.frames += frames
        self.events += events

    # ------------------------------------------------------------------------------------------------------ seeing

    def process(self, pid: Pid) -> Process:
        """Return a process that is in the table."""
        return self.kernel.processes[pid]

    def of(self, *kinds: type[AnEvent]) -> list[tuple[int, AnEvent]]:
        """Return all events of some kinds so far, with their instants."""
        return [(local.t, local.event) for local in self.events if isinstance(local.event, kinds)]

    def exit_of(self, pid: Pid) -> ProcessExited:
        """Return how a process ended."""
        return next(event for _, event in self.of(ProcessExited) if event.pid == pid)

    def output(self, pid: Pid, descriptor: int = 1) -> bytes:
        """Return what a process has written to its standard output, or error."""
        return output_of([local.event for local in self.events], pid, descriptor)

    # ---------------------------------------------------------------------------------------------------- checking

    def check_memory(self, *others: int, arriving: Sequence[AddressSpace] = ()) -> None:
        """Check that exactly those frames are in use in which the pages of living processes are, or of `others` in number, and the text of
        their programs and of those that are `arriving`."""
        spaces = [process.space for process in self.kernel.processes.values()]
        frames = self.kernel.frames
        programs = {space.image.digest: text_pages(space.image) for space in (*spaces, *arriving)}
        assert frames.text == sum(programs.values())
        assert frames.allocated == sum(len(space.pages) for space in spaces) + sum(others) + frames.text
        assert frames.allocated + frames.reserved + frames.free == frames.total
        assert frames.free >= 0

    def check_at_rest(self) -> None:
        """Check that nothing is left of any process: no frame, no promise, no CPU, nothing due."""
        assert self.kernel.processes == {}
        assert self.kernel.next_ns() is None
        assert (self.kernel.frames.allocated, self.kernel.frames.reserved) == (0, 0)
        assert self.pool.in_use == 0


def check_promise(promised_ns: int | None, reached_ns: int, events: Sequence[LocalEvent]) -> None:
    """Check what a kernel reports of a window, in which nothing was to happen before `promised_ns` (None: nothing at all)."""
    if events:
        assert promised_ns is not None, f"nothing was to happen, but {events[0]} did"
        assert (promised_ns, 1) <= (events[0].t, events[0].phase), (
            f"nothing was to happen before {promised_ns} and its CPU, but {events[0]} did"
        )
        assert all(one.t <= other.t for one, other in itertools.pairwise(events)), "time does not decrease"
        assert (events[-1].t, events[-1].phase) < (reached_ns, 1), f"{events[-1]} is beyond the edge {reached_ns}"


def output_of(events: Sequence[AnyEvent], pid: Pid, descriptor: int = 1) -> bytes:
    """Return the bytes that a process has written."""
    return b"".join(
        base64.b64decode(event.base64) if event.base64 is not None else (event.text or "").encode()
        for event in events
        if isinstance(event, ProcessOutput) and (event.pid, event.descriptor) == (pid, descriptor)
    )
