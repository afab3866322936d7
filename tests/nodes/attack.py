"""Processes that make random system calls with random arguments, on real kernels, while they are moved, signalled and short of memory.

The guest is one ECALL in a loop. Whoever attacks sets its registers between two instructions, and fills its memory with what looks like
arguments. After every step it is checked that nobody has more than there may be of anything, and that the process can be packed.
"""

from __future__ import annotations

import errno
import random
import struct
from collections import Counter

from nodes.kernel.files import MAX_DESCRIPTORS
from nodes.kernel.links import MAX_LINKS
from nodes.kernel.process import Process, State, WaitingFor
from nodes.kernel.regions import MAX_COMMITTED_PAGES, MAX_REGIONS, MMAP_TOP, STACK_TOP, USER_END
from nodes.kernel.signals import MAX_TIMERS
from nodes.process_image import image
from nodes.wire.control import MoveProcess, SignalProcess
from nodes.wire.ids import Pid
from nodes.wire.image import PAGE_BYTES, ProgramImage
from nodes.wire.parameters import Costs, FileParameters, MigrationParameters
from nodes.wire.reasons import verbatim
from tests.nodes.kernel.assembler import DATA, TEXT, Code
from tests.nodes.kernel.machine import MS, Machine
from tests.nodes.migration.network import Network

DATA_PAGES = 6
INSTRUCTION_NS = 10_000
STRATEGIES = ("eager-all", "precopy", "eager-dirty", "copy-on-reference", "flushing", "hybrid")
FATAL = (93, 94)
"""exit, exit_group: asked for seldom, or nobody would get old."""
DIES_SELDOM = 0.02
SIGNALS = ("SIGUSR1", "SIGALRM", "SIGSEGV", "SIGSTOP", "SIGCONT", "SIGTSTP", "SIGCHLD", "SIGTERM", "SIGKILL")

_EDGES = (
    *(
        0,
        1,
        2,
        3,
        4,
        8,
        15,
        16,
        17,
        24,
        32,
        63,
        64,
        65,
        127,
        255,
        256,
        257,
        1023,
        1024,
        1025,
        4095,
        4096,
        4097,
        65_530,
        1 << 16,
    ),
    *((1 << bits) + offset for bits in (31, 32, 33, 47, 62, 63) for offset in (-1, 0, 1)),
    *(-value & (1 << 64) - 1 for value in (1, 2, 8, 14, 22, 100, 4095, 4096, 4097, 1 << 31, 1 << 32)),
    *(
        TEXT,
        TEXT - 1,
        TEXT + PAGE_BYTES - 1,
        TEXT + PAGE_BYTES,
        USER_END,
        USER_END - 1,
        USER_END - PAGE_BYTES,
        USER_END + PAGE_BYTES,
    ),
    *(
        STACK_TOP,
        STACK_TOP - 8,
        STACK_TOP - (8 << 20),
        STACK_TOP - (8 << 20) - 8,
        MMAP_TOP,
        MMAP_TOP - 1,
        MMAP_TOP - PAGE_BYTES,
    ),
    *(
        999_999_999,
        1_000_000_000,
        1_000_001,
        2_000_001,
        3_000_002,
        MAX_COMMITTED_PAGES * PAGE_BYTES,
        0x22,
        0x32,
        0x4022,
    ),
)
_LIKELY: dict[int, str] = {
    17: "ptr size", 23: "fd", 24: "fd fd", 25: "fd command size", 29: "fd", 35: "any path", 48: "any path flag",
    56: "any path zero", 57: "fd", 62: "fd offset whence", 63: "fd ptr size", 64: "fd ptr size", 65: "fd iov few",
    66: "fd iov few", 73: "poll few time zero", 78: "any path", 79: "any path", 80: "fd ptr", 96: "ptr",
    98: "ptr flag zero time", 101: "time ptr", 102: "flag ptr", 103: "flag times ptr", 107: "flag zero ptr",
    108: "flag ptr", 109: "flag", 110: "flag flag times ptr", 111: "flag", 113: "flag ptr", 114: "flag ptr",
    115: "flag flag time ptr", 123: "zero size ptr", 129: "pid signal", 130: "pid signal", 131: "pid pid signal",
    132: "stack ptr", 133: "mask", 134: "signal action ptr", 135: "flag mask ptr", 136: "ptr", 137: "mask ptr time",
    153: "ptr", 160: "ptr", 165: "zero ptr", 169: "ptr", 179: "ptr", 214: "break", 215: "page pages",
    216: "page pages pages", 222: "place pages rights map", 226: "page pages rights", 261: "zero few zero ptr",
    278: "ptr size", 291: "any path", 1000: "pid", 1001: "wait", 1002: "link ptr message wait",
    1003: "link ptr message wait", 1004: "links few wait", 1005: "link", 1006: "link", 1007: "path",
    1008: "path wait", 1009: "link ptr size wait path size", 1010: "path size", 1011: "ptr size",
    1050: "path", 1051: "path", 1052: "ptr size",
}  # fmt: skip
"""What each call wants, argument by argument, so that many of them succeed; see `_likely`."""
_AT = {
    "time": 0,
    "times": 16,
    "mask": 48,
    "iov": 64,
    "poll": 160,
    "links": 200,
    "stack": 224,
    "action": 256,
    "path": 320,
}
"""Where in its first page of data a process finds arguments that are almost always good."""
_WORDS = (
    b"n1\0",
    b"n2\0",
    b"nowhere\0",
    b"/dev/null\0",
    b"numbers\0",
    b"/numbers\0",
    b"a\0",
    b"\xff\xfe\0",
    b"\0",
    b"x" * 70,
)


def guest() -> ProgramImage:
    """Return the program that is one system call, for ever."""
    return Code().word(0x73).jump(0).image("attack", data_pages=DATA_PAGES)


class Attack:
    """Some nodes, and processes on them that do what chance wants."""

    def __init__(self, seed: int, nodes: int = 1, processes: int = 1, frames: int = 64) -> None:
        self.draw = random.Random(seed)
        self.network = Network(
            nodes,
            frames=[frames] * nodes,
            ips=1_000_000_000 // INSTRUCTION_NS,
            costs=Costs(process_creation_ns=0),
            migration=MigrationParameters(disk_patience_ns=50 * MS, transfer_timeout_ns=100 * MS),
            files={"numbers": FileParameters("n1", 30_000), "text": FileParameters("n1", 12, content=b"hello world\n")},
        )
        self._image = guest()
        self._processes = processes
        self._born = 0
        self.asked_for: Counter[int] = Counter()
        """How often each call was asked for, by number."""
        self.made = 0
        """Calls made so far: what is asked for is made again and again until something else is, with the last answer as first argument."""
        self.numbers: list[int] = sorted(self.network["n1"].kernel.calls)

    # ------------------------------------------------------------------------------------------------------------ doing

    def step(self) -> None:
        """Let some process make a call, or have something happen to one."""
        network, draw = self.network, self.draw
        living = [(name, pid) for name, machine in network.machines.items() for pid in machine.kernel.processes]
        while len(living) < self._processes and network.machines:
            living.append(self._start())
        for name, pid in living:
            process = network[name].kernel.processes.get(pid)
            if process is not None:
                self._wake(network[name], process)
                if self._at_a_call(process):
                    self._set_registers(process)
        if len(network.names) > 1 or draw.random() < 0.02:
            self._disturb(living)
        before = {
            pid: process.space.cpu.instructions
            for machine in network.machines.values()
            for pid, process in machine.kernel.processes.items()
        }
        network.run(network.now + draw.choice((2, 2, 3, 5, 40)) * INSTRUCTION_NS)
        for machine in network.machines.values():
            for pid, process in machine.kernel.processes.items():
                self.made += max(0, process.space.cpu.instructions - before.get(pid, 0)) // 2
        self._forget_what_was_seen()
        if draw.random() < 0.02:
            self.check()

    def _start(self) -> tuple[str, Pid]:
        """Start one more process on some node."""
        network, draw = self.network, self.draw
        name = draw.choice(sorted(network.machines))
        self._born += 1
        pid = network[name].start(self._image, stdin=b"some input\n" * draw.choice((0, 1, 400)), at_ns=network.now)
        network.run(network.now + 2 * INSTRUCTION_NS)
        return name, pid

    def _wake(self, machine: Machine, process: Process) -> None:
        """Let a process not wait for ever."""
        waiting = process.waiting
        for_a_page = isinstance(waiting, WaitingFor) and waiting.what == "page"
        if process.state is State.BLOCKED and not for_a_page and self.draw.random() < 0.3:
            machine.kernel.call_later(0, lambda: self._give_up(machine, process))
        elif process.state is State.STOPPED and self.draw.random() < 0.1:
            machine.order(self.network.now, SignalProcess(process.pid, "SIGCONT"))

    def _give_up(self, machine: Machine, process: Process) -> None:
        if process.state is State.BLOCKED and process.pid in machine.kernel.processes:
            machine.parts.lifecycle.finish_wait(process, -errno.EINTR)
            process.space.cpu.pc = TEXT
            self._set_registers(process)

    def _at_a_call(self, process: Process) -> bool:
        """Tell whether a process is about to make a call; one that has lost its way is put back."""
        if process.state not in (State.READY, State.RUNNING) or process.retries_call:
            return False
        cpu = process.space.cpu
        if cpu.pc not in (TEXT, TEXT + 4) and self.draw.random() < 0.5:
            cpu.pc = TEXT
        return cpu.pc == TEXT

    def _set_registers(self, process: Process) -> None:
        draw, cpu = self.draw, process.space.cpu
        number = self._number()
        self.asked_for[number] += 1
        cpu.write_register("a7", number)
        kinds = _LIKELY.get(number, "").split()
        wild = draw.choice((0, 0, 0, 0.1, 0.3, 1))
        for index in range(6):
            likely = index < len(kinds) and draw.random() >= wild
            cpu.write_register(f"a{index}", (self._likely(process, kinds[index]) if likely else self._value(process)))
        if draw.random() < 0.2:
            self._fill(process)
        self._put_arguments(process)
        cpu.write_register("sp", self._value(process) if draw.random() < 0.05 else STACK_TOP - 2 * PAGE_BYTES)

    def _number(self) -> int:
        draw = self.draw
        if draw.random() < 0.05:
            return draw.choice((draw.randrange(1200), draw.getrandbits(64)))
        number = draw.choice(self.numbers)
        return number if number not in FATAL or draw.random() < DIES_SELDOM else draw.choice(self.numbers)

    def _value(self, process: Process) -> int:
        draw = self.draw
        match draw.randrange(8):
            case 0:
                return draw.choice(_EDGES)
            case 1:
                return draw.randint(-3, 70) & (1 << 64) - 1
            case 2 | 3:
                return DATA + draw.randrange(0, DATA_PAGES * PAGE_BYTES, draw.choice((1, 8, 8, PAGE_BYTES)))
            case 4:
                if not process.space.regions:
                    return 0
                region = draw.choice(process.space.regions)
                return draw.choice((region.first, region.end)) * PAGE_BYTES + draw.choice((-8, -1, 0, 0, 0, 1))
            case 5:
                return draw.getrandbits(64)
            case 6:
                return draw.choice((1, 2, 3, 7, 0x22)) << draw.choice((0, 0, 12, 20, 32))
            case _:
                return draw.randrange(0, 40) * PAGE_BYTES

    def _likely(self, process: Process, kind: str) -> int:
        """Return an argument of a kind that is probably good."""
        draw = self.draw
        if kind in _AT:
            return DATA + _AT[kind]
        regions = process.space.regions
        match kind:
            case "fd" | "link" | "few" | "flag":
                return draw.randrange({"fd": 8, "link": 4, "few": 7, "flag": 4}[kind])
            case "ptr":
                return DATA + draw.randrange(512, DATA_PAGES * PAGE_BYTES, 8)
            case "size" | "message":
                return draw.choice((1, 8, 100, 5000, 70_000))
            case "offset":
                return draw.choice((0, 5, 29_000, -5 & (1 << 64) - 1, (1 << 63) - 1, 1 << 63))
            case "whence" | "command" | "zero" | "any":
                return draw.randrange({"whence": 3, "command": 6}.get(kind, 1))
            case "pid":
                here = [
                    machine.kernel.number_of(pid)
                    for machine in self.network.machines.values()
                    for pid in machine.kernel.processes
                ]
                return draw.choice([0, *here, *here, 1_000_001, 2_000_001])
            case "signal":
                return draw.choice((0, 10, 12, 14, 17, 18, 34, 64, 65, 11, 20))
            case "wait":
                return draw.choice((0, 0, 100_000, 5 * MS, (1 << 64) - 1))
            case "page" if regions:
                region = draw.choice(regions[2:] or regions)
                return draw.randrange(region.first, min(region.end, region.first + 9)) * PAGE_BYTES
            case "place":
                return draw.choice(
                    (0, 0, 0, MMAP_TOP - draw.randrange(1, 60) * PAGE_BYTES, DATA + PAGE_BYTES * DATA_PAGES)
                )
            case "pages":
                return draw.choice((1, 1, 2, 3, 8, 40, 1 << 20)) * PAGE_BYTES
            case "rights":
                return draw.choice((0, 1, 3, 3, 3, 5, 7))
            case "map":
                return draw.choice((0x22, 0x22, 0x32, 0x4022, 0x10_0022))
            case "break":
                return max(0, process.space.heap_end + draw.choice((0, 1, 5000, 40_000, -4096, 1 << 28)))
            case _:
                return 0

    def _put_arguments(self, process: Process) -> None:
        """Put good arguments into the first page of data, if there still is one."""
        draw, space = self.draw, process.space
        if DATA // PAGE_BYTES not in space.pages:
            return
        somewhere = [DATA + draw.randrange(0, DATA_PAGES * PAGE_BYTES) for _ in range(6)]
        iov = [word for address in somewhere for word in (address, draw.choice((0, 1, 100, 5000)))]
        time = (draw.choice((0, 0, 0, 1, 1 << 33)), draw.choice((0, 1000, 200_000, 5 * MS)))
        content = struct.pack("<qq", *time) + struct.pack("<qqqq", 0, draw.choice((0, 5000, 900)), *time)
        content += struct.pack("<Q", draw.getrandbits(64)).ljust(16, b"\0") + struct.pack("<12Q", *iov)
        content += struct.pack("<ihh", draw.randrange(-1, 5), draw.randrange(16), 0) * 5 + struct.pack(
            "<6i", 0, 1, -1, 2, 0, 3
        )
        content += struct.pack("<QiiQ", DATA + 4 * PAGE_BYTES, 0, 0, 2 * PAGE_BYTES).ljust(32, b"\0")
        handler = draw.choice((0, 1, TEXT, TEXT, TEXT + 4, DATA))
        content += struct.pack(
            "<QQQ", handler, draw.choice((0, 0x0800_0000, 0x1000_0000, 0xC000_0000)), draw.getrandbits(64)
        )
        space.cpu.write(DATA, content.ljust(_AT["path"], b"\0") + draw.choice(_WORDS))

    def _fill(self, process: Process) -> None:
        """Put something into memory that may be an argument, where the process has memory."""
        draw, space = self.draw, process.space
        pages = [number for number in sorted(space.pages) if number * PAGE_BYTES >= DATA]
        if not pages:
            return
        number = draw.choice(pages)
        words = [self._value(process) for _ in range(draw.choice((2, 4, 16, 64)))]
        content = draw.choice((struct.pack(f"<{len(words)}Q", *words), draw.choice(_WORDS), draw.randbytes(64)))
        at = number * PAGE_BYTES + draw.choice((0, 0, 0, 8, PAGE_BYTES - len(content)))
        space.cpu.write(max(at, number * PAGE_BYTES), content)

    def _disturb(self, living: list[tuple[str, Pid]]) -> None:
        """Move a process, send it a signal, let a node crash, or (mostly) do nothing."""
        network, draw = self.network, self.draw
        name, pid = draw.choice(living)
        what = draw.random()
        if what < 0.004 and len(network.names) > 1:
            to = draw.choice(network.names)
            if name in network.machines:
                network[name].order(
                    network.now, MoveProcess(pid, to, draw.choice(STRATEGIES), "user", verbatim("test"))
                )
        elif what < 0.01 and name in network.machines:
            network[name].order(network.now, SignalProcess(pid, draw.choice(SIGNALS)))
        elif what < 0.0102 and len(network.machines) > 1:
            network.crash(name, network.now)
            network.restart(name, network.now + draw.choice((1, 8, 100)) * MS)

    def _forget_what_was_seen(self) -> None:
        network = self.network
        network.events.clear()
        network.said.clear()
        network.lost.clear()
        for machine in network.machines.values():
            machine.events, machine.frames = [], []

    # --------------------------------------------------------------------------------------------------------- checking

    def check(self) -> None:
        """Check that there is not too much of anything, and that every process can be packed."""
        for machine in self.network.machines.values():
            kernel = machine.kernel
            for process in kernel.processes.values():
                assert len(process.space.regions) <= MAX_REGIONS
                assert 0 <= process.space.promised_pages <= MAX_COMMITTED_PAGES
                assert process.space.promised_pages == sum(one.promised for one in process.space.regions)
                assert len(process.files.open_files) <= MAX_DESCRIPTORS + 3
                assert len(process.links.ends) <= MAX_LINKS + 1
                assert len(process.signals.timers) <= MAX_TIMERS + 3
                for row in image.ROWS:
                    assert len(row.dump(process)) < 4 << 20
            for what, size in sizes(kernel).items():
                assert size <= 2000, f"{what} of {kernel.name}: {size}"


def sizes(kernel: object) -> dict[str, int]:
    """Return how many entries every container of a kernel and of its parts has, by name, whatever there is."""
    found: dict[str, int] = {}
    for path, part in [
        ("kernel", kernel),
        *((name, part) for name, part in vars(kernel).items() if hasattr(part, "__dict__")),
    ]:
        for name, value in vars(part).items():
            if isinstance(value, (dict, list, set)) and name not in ("images", "_images"):
                found[f"{path}.{name}"] = len(value)
    return found
