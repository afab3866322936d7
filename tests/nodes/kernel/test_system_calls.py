"""Every system call by itself: a process that has just made it, its answer, and what it finds in its memory."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.arguments import Result
from nodes.kernel.cpu import Protection
from nodes.kernel.creation import random_seed
from nodes.kernel.file_calls import TRANSFER_LIMIT
from nodes.kernel.files import MAX_DESCRIPTORS
from nodes.kernel.process import Process, Sleeping, WaitingFor, WaitingForSignal
from nodes.kernel.regions import MAX_COMMITTED_PAGES, MAX_REGIONS, MMAP_TOP, STACK_BYTES, USER_END, Region, RegionKind
from nodes.kernel.services import Service
from nodes.kernel.signal_calls import EPOCH_NS
from nodes.kernel.system_calls import perform
from nodes.wire.events import ProcessExited, ProcessOutput, SystemCallUnknown
from nodes.wire.image import PAGE_BYTES
from nodes.wire.parameters import NEVER_NS, SECOND_NS
from tests.nodes.kernel.assembler import DATA, TEXT, Code
from tests.nodes.kernel.machine import FREE, GIPS, Machine, boot, examples

GETCWD, DUP, DUP3, FCNTL, IOCTL = 17, 23, 24, 25, 29
UNLINKAT, FACCESSAT, OPENAT, CLOSE, LSEEK, READ, WRITE, READV, WRITEV = 35, 48, 56, 57, 62, 63, 64, 65, 66
PPOLL, READLINKAT, NEWFSTATAT, FSTAT, EXIT, EXIT_GROUP, SET_TID_ADDRESS, FUTEX = 73, 78, 79, 80, 93, 94, 96, 98
NANOSLEEP, GETITIMER, SETITIMER, CLOCK_GETTIME, CLOCK_GETRES, CLOCK_NANOSLEEP, SCHED_GETAFFINITY, SCHED_YIELD = (
    101,
    102,
    103,
    113,
    114,
    115,
    123,
    124,
)
KILL, TKILL, TGKILL, RT_SIGACTION, RT_SIGPROCMASK, TIMES, UNAME, GETRUSAGE = 129, 130, 131, 134, 135, 153, 160, 165
GETTIMEOFDAY, GETPID, GETTID, SYSINFO, BRK, MUNMAP, MREMAP, MMAP, MPROTECT = 169, 172, 178, 179, 214, 215, 216, 222, 226
MSYNC, MADVISE, PRLIMIT, GETRANDOM, STATX = 227, 233, 261, 278, 291

NOWHERE = 0x1_2345_6780
"""An address where nothing is."""
ANONYMOUS, PRIVATE, SHARED, FIXED, NORESERVE, FIXED_NOREPLACE = 0x20, 0x02, 0x01, 0x10, 0x4000, 0x100000
_FRAMES = 64
_MACHINE_NS = 3 * SECOND_NS
"""When the calls are made."""
SYSTEM_CALLS = sorted(Machine(boot()).kernel.calls)
"""All that there are, by number."""


class Caller:
    """A process that makes one call after the other, at one instant; its memory at DATA is for arguments."""

    def __init__(self, stdin: bytes = b"") -> None:
        self.machine = Machine(boot(frames=_FRAMES, ips=1_000_000, costs=FREE, scheduler="fcfs"))
        self.pid = self.machine.start(Code().jump(0).image(data_pages=4), stdin=stdin)
        self.machine.run(500_000)
        self.machine.kernel.now = _MACHINE_NS
        self.process: Process = self.machine.process(self.pid)

    def __call__(self, number: int, *arguments: int) -> Result:
        """Make a system call, with the given arguments and zeros."""
        cpu = self.process.space.cpu
        cpu.write_register("a7", number)
        for index in range(6):
            cpu.write_register(f"a{index}", arguments[index] if index < len(arguments) else 0)
        return perform(self.machine.kernel, self.process, cpu)

    def put(self, data: bytes, address: int = DATA) -> int:
        """Put an argument into memory, and return where it is."""
        self.process.space.write(address, data)
        return address

    def get(self, size: int, address: int = DATA) -> bytes:
        return self.process.space.read(address, size)

    def emitted(self) -> list[object]:
        """Return what happened since the last call of this."""
        self.machine.kernel.services.tell(Service.process_halting, self.process)
        return [local.event for local in self.machine.kernel.take_results()[1]]


@pytest.fixture
def call() -> Iterator[Caller]:
    caller = Caller(b"some input")
    caller.emitted()
    yield caller
    caller.machine.check_memory()


def vector(*buffers: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<QQ", *buffer) for buffer in buffers)


def timespec(seconds: int, ns: int) -> bytes:
    return struct.pack("<qq", seconds, ns)


# ----------------------------------------------------------------------------------------------------------- unknown ones


@pytest.mark.parametrize("number", [0, 26, 220, 221, 999, 2**31, 2**64 - 1])
def test_an_unknown_call_is_answered_with_enosys_and_an_event(call: Caller, number: int) -> None:
    assert number not in SYSTEM_CALLS

    assert call(number) == -errno.ENOSYS
    assert call.emitted() == [SystemCallUnknown(call.pid, number)]


_WILD = st.one_of(
    st.sampled_from(
        [0, 1, 2, 3, -1, -100, 8, 16, 63, 64, 4095, 4096, TEXT, DATA, DATA + 1, MMAP_TOP, USER_END, 1 << 63]
    ),
    st.integers(0, 2**64 - 1),
    st.integers(-300, 300),
    st.integers(DATA, DATA + 4 * PAGE_BYTES),
)


@given(number=st.sampled_from(SYSTEM_CALLS), arguments=st.lists(_WILD, min_size=6, max_size=6), data=st.binary())
@examples(400)
def test_no_arguments_whatsoever_harm_the_kernel(number: int, arguments: list[int], data: bytes) -> None:
    """Every answer is a number that fits into a register, a wait, or the end of the process; no frame is ever lost."""
    call = _shared_caller()
    call.put(data)

    result = call(number, *arguments)

    match result:
        case int():
            assert -4096 < result < 1 << 64
        case Sleeping(deadline_ns):
            assert _MACHINE_NS <= deadline_ns < 1 << 63
        case WaitingForSignal() | WaitingFor():
            pass
        case None:
            assert call.pid not in call.machine.kernel.processes
    call.machine.check_memory()


_callers: list[Caller] = []


def _shared_caller() -> Caller:
    """Return a process that has lived through whatever it was asked for; a new one if it has not."""
    first, rights = DATA // PAGE_BYTES, int(Protection.READ | Protection.WRITE)
    if not _callers or not _lives(_callers[0]) or not _callers[0].process.space.protect_pages(first, first + 1, rights):
        _callers[:] = [Caller(b"some input")]
    return _callers[0]


def _lives(caller: Caller) -> bool:
    return caller.pid in caller.machine.kernel.processes


# ---------------------------------------------------------------------------------------------------------------- files


def test_what_is_written_to_output_and_error_is_an_event_of_text_or_of_bytes(call: Caller) -> None:
    call.put("¡hola!".encode())
    assert call(WRITE, 1, DATA, 7) == 7
    call.put(b"\xffno text")
    assert call(WRITE, 2, DATA, 8) == 8

    assert call.emitted() == [
        ProcessOutput(call.pid, 1, text="¡hola!"),
        ProcessOutput(call.pid, 2, base64="/25vIHRleHQ="),
    ]


def test_writing_nothing_is_no_event(call: Caller) -> None:
    assert (call(WRITE, 1, DATA, 0), call(WRITE, 1, 0, 0), call.emitted()) == (0, 0, [])


def test_one_write_moves_at_most_64_kibibytes() -> None:
    call = Caller()
    assert TRANSFER_LIMIT == 1 << 16
    assert call(WRITE, 1, TEXT, 1 << 30) == -errno.EFAULT, "only one page of it is there"
    assert call(WRITE, 1, DATA, 4 * PAGE_BYTES) == 4 * PAGE_BYTES


def test_a_gathered_write_is_one_event(call: Caller) -> None:
    call.put(b"onetwothree")
    call.put(vector((DATA, 3), (0, 0), (DATA + 6, 5)), DATA + 64)

    assert call(WRITEV, 1, DATA + 64, 3) == 8
    assert call.emitted() == [ProcessOutput(call.pid, 1, text="onethree")]


def test_a_gathered_write_ends_where_a_buffer_is_not_there(call: Caller) -> None:
    call.put(b"fine")
    call.put(vector((DATA, 4), (NOWHERE, 4), (DATA, 4)), DATA + 64)
    assert call(WRITEV, 1, DATA + 64, 3) == 4
    assert call.emitted() == [ProcessOutput(call.pid, 1, text="fine")]

    call.put(vector((NOWHERE, 4), (DATA, 4)), DATA + 64)
    assert (call(WRITEV, 1, DATA + 64, 2), call.emitted()) == (-errno.EFAULT, [])


@pytest.mark.parametrize("number", [READV, WRITEV])
def test_a_vector_has_at_most_1024_buffers(call: Caller, number: int) -> None:
    assert call(number, 1 if number == WRITEV else 0, DATA, 1025) == -errno.EINVAL
    assert call(number, 1 if number == WRITEV else 0, DATA, -1) == -errno.EINVAL
    assert call(number, 1 if number == WRITEV else 0, DATA, 0) == 0
    assert call(number, 1 if number == WRITEV else 0, NOWHERE, 1) == -errno.EFAULT


def test_standard_input_is_read_in_pieces_to_its_end(call: Caller) -> None:
    assert (call(READ, 0, DATA, 4), call.get(6)) == (4, b"some\0\0")
    assert (call(READ, 0, DATA, 100), call.get(6)) == (6, b" input")
    assert call(READ, 0, DATA, 100) == 0


def test_a_scattered_read_fills_one_buffer_after_the_other(call: Caller) -> None:
    call.put(vector((DATA + 100, 3), (DATA + 200, 4), (DATA + 300, 50), (DATA + 400, 50)))

    assert call(READV, 0, DATA, 4) == 10
    assert (call.get(4, DATA + 100), call.get(5, DATA + 200), call.get(4, DATA + 300)) == (
        b"som\0",
        b"e in\0",
        b"put\0",
    )


def test_a_failed_read_takes_nothing_from_the_input(call: Caller) -> None:
    assert call(READ, 0, NOWHERE, 4) == -errno.EFAULT
    assert call(READ, 0, TEXT, 4) == -errno.EFAULT

    assert (call(READ, 0, DATA, 4), call.get(4)) == (4, b"some")


@pytest.mark.parametrize("number", [READ, READV, WRITE, WRITEV, LSEEK, FSTAT, FCNTL, IOCTL, CLOSE, DUP])
@pytest.mark.parametrize("descriptor", [3, 255, 256, -1, 1 << 31])
def test_a_descriptor_that_is_not_open_is_answered_with_ebadf(call: Caller, number: int, descriptor: int) -> None:
    assert call(number, descriptor, DATA, 1) == -errno.EBADF


def test_input_is_not_written_and_output_is_not_read(call: Caller) -> None:
    assert [call(WRITE, 0, DATA, 1), call(WRITEV, 0, DATA, 1)] == [-errno.EBADF] * 2
    assert [call(READ, 1, DATA, 1), call(READV, 1, DATA, 1)] == [-errno.EBADF] * 2


def test_only_dev_null_can_be_opened_and_it_swallows_and_yields_nothing(call: Caller) -> None:
    call.put(b"/dev/null\0")
    assert call(OPENAT, -100, DATA) == 3
    assert [call(WRITE, 3, DATA, 5), call(READ, 3, DATA, 5), call(CLOSE, 3), call(CLOSE, 3)] == [5, 0, 0, -errno.EBADF]
    assert call.emitted() == []
    call.put(b"/etc/passwd\0")
    assert call(OPENAT, -100, DATA) == -errno.ENOENT
    assert call(OPENAT, -100, NOWHERE) == -errno.EFAULT


def test_there_are_only_so_many_descriptors(call: Caller) -> None:
    call.put(b"/dev/null\0")

    opened = [call(OPENAT, -100, DATA) for _ in range(MAX_DESCRIPTORS - 2)]

    assert opened == [*range(3, MAX_DESCRIPTORS), -errno.EMFILE]
    assert [call(DUP, 0), call(FCNTL, 0, 0, 5)] == [-errno.EMFILE] * 2


@pytest.mark.parametrize("number", [UNLINKAT, FACCESSAT, READLINKAT, NEWFSTATAT, STATX])
def test_no_file_has_a_name(call: Caller, number: int) -> None:
    call.put(b"name\0")

    assert call(number, -100, DATA) == -errno.ENOENT
    assert call(number, -100, NOWHERE) == -errno.EFAULT


@pytest.mark.parametrize("number", [UNLINKAT, OPENAT])
def test_a_name_has_at_most_4095_bytes(call: Caller, number: int) -> None:
    call.put(b"x" * 4096 + b"\0")

    assert call(number, -100, DATA) == -errno.ENAMETOOLONG


def test_seeking_works_on_the_input_alone(call: Caller) -> None:
    assert [call(LSEEK, 0, 5, 0), call(LSEEK, 0, -1, 1), call(LSEEK, 0, -5, 2)] == [5, 4, 5]
    assert [call(LSEEK, 0, -1, 0), call(LSEEK, 0, 0, 3)] == [-errno.EINVAL] * 2
    largest = (1 << 63) - 1
    assert [call(LSEEK, 0, largest, 0), call(LSEEK, 0, 0, 1), call(LSEEK, 0, 1, 1)] == [largest, largest, -errno.EINVAL]
    assert [call(LSEEK, 0, -(1 << 63), 1), call(LSEEK, 0, largest, 2), call(LSEEK, 0, 0, 1)] == [-errno.EINVAL] * 2 + [
        largest
    ]
    assert call(LSEEK, 1, 0, 0) == -errno.ESPIPE
    assert (call(LSEEK, 0, 100, 0), call(READ, 0, DATA, 5)) == (100, 0)


def test_the_input_is_a_regular_file_and_the_output_a_device(call: Caller) -> None:
    assert call(FSTAT, 0, DATA) == 0
    mode, size = struct.unpack_from("<I", call.get(128), 16), struct.unpack_from("<q", call.get(128), 48)
    assert (mode, size) == ((0o100444,), (10,))
    assert call(FSTAT, 1, DATA) == 0
    assert struct.unpack_from("<I", call.get(128), 16) == (0o020620,)
    assert call(FSTAT, 1, NOWHERE) == -errno.EFAULT


def test_descriptors_are_duplicated_by_three_calls(call: Caller) -> None:
    assert [call(DUP, 0), call(DUP3, 0, 7, 0), call(FCNTL, 0, 0, 5), call(FCNTL, 0, 1030, 7)] == [3, 7, 5, 8]
    call(READ, 7, DATA, 4)
    assert (call(READ, 3, DATA, 6), call.get(6)) == (6, b" input")
    assert call(DUP3, 0, 0, 0) == -errno.EINVAL
    assert [call(DUP3, 99, 5, 0), call(DUP3, 0, MAX_DESCRIPTORS, 0), call(DUP3, 0, -1, 0)] == [-errno.EBADF] * 3
    assert [call(FCNTL, 0, 0, -1), call(FCNTL, 0, 0, MAX_DESCRIPTORS)] == [-errno.EINVAL] * 2


def test_descriptors_have_flags_that_mean_nothing(call: Caller) -> None:
    assert [call(FCNTL, 0, 1), call(FCNTL, 0, 2, 1), call(FCNTL, 0, 3), call(FCNTL, 1, 3), call(FCNTL, 0, 4)] == [
        0,
        0,
        0,
        1,
        0,
    ]
    assert call(FCNTL, 0, 99) == -errno.EINVAL


def test_nothing_is_a_terminal(call: Caller) -> None:
    assert [call(IOCTL, descriptor, 0x5413, DATA) for descriptor in range(3)] == [-errno.ENOTTY] * 3


def test_the_working_directory_is_the_root(call: Caller) -> None:
    assert (call(GETCWD, DATA, 100), call.get(2)) == (2, b"/\0")
    assert (call(GETCWD, DATA, 1), call(GETCWD, NOWHERE, 100)) == (-errno.ERANGE, -errno.EFAULT)


def test_every_open_descriptor_is_ready(call: Caller) -> None:
    call.put(struct.pack("<ihhihhihh", 0, 1, 99, 9, 1, 99, -1, 1, 99))

    assert call(PPOLL, DATA, 3, 0) == 2
    assert struct.unpack("<ihhihhihh", call.get(24)) == (0, 1, 1, 9, 1, 0x20, -1, 1, 0)


def test_polling_nothing_is_a_sleep_or_a_wait_for_a_signal(call: Caller) -> None:
    call.put(timespec(2, 5))

    assert call(PPOLL, 0, 0, DATA) == Sleeping(_MACHINE_NS + 2_000_000_005)
    assert call(PPOLL, 0, 0, 0) == WaitingForSignal()
    assert call(PPOLL, DATA, MAX_DESCRIPTORS + 1, 0) == -errno.EINVAL
    assert call(PPOLL, NOWHERE, 1, 0) == -errno.EFAULT


# --------------------------------------------------------------------------------------------------------------- memory


def test_the_break_is_asked_for_and_moved(call: Caller) -> None:
    start = call(BRK, 0)
    assert isinstance(start, int)
    assert start == DATA + 4 * PAGE_BYTES

    assert [call(BRK, start + 100), call(BRK, 0), call(BRK, start - 1), call(BRK, start)] == [
        start + 100,
        start + 100,
        start + 100,
        start,
    ]
    assert call(BRK, start + MAX_COMMITTED_PAGES * PAGE_BYTES + 1) == start, "more than any process gets"


def test_memory_is_mapped_downwards_and_zero_at_first(call: Caller) -> None:
    first = call(MMAP, 0, 3 * PAGE_BYTES, 3, ANONYMOUS | PRIVATE, -1, 0)
    second = call(MMAP, 0, 1, 1, ANONYMOUS | PRIVATE, -1, 0)

    assert (first, second) == (MMAP_TOP - 3 * PAGE_BYTES, MMAP_TOP - 4 * PAGE_BYTES)
    assert call.get(3 * PAGE_BYTES, MMAP_TOP - 3 * PAGE_BYTES) == bytes(3 * PAGE_BYTES)
    call.put(b"x", MMAP_TOP - 1)
    assert call(WRITE, 1, MMAP_TOP - 1, 1) == 1
    assert call(READ, 0, MMAP_TOP - 4 * PAGE_BYTES, 1) == -errno.EFAULT, "it is read only"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, 0, 3, ANONYMOUS | PRIVATE), errno.EINVAL),
        ((0, PAGE_BYTES, 3, PRIVATE, 0), errno.ENODEV),
        ((0, PAGE_BYTES, 3, ANONYMOUS | SHARED), errno.EINVAL),
        ((DATA + 1, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED), errno.EINVAL),
        ((TEXT - 1, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED_NOREPLACE), errno.EINVAL),
        ((0, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED), errno.ENOMEM),
        ((USER_END, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED), errno.ENOMEM),
        ((USER_END - PAGE_BYTES, 2 * PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED), errno.ENOMEM),
        ((0, (MAX_COMMITTED_PAGES + 1) * PAGE_BYTES, 3, ANONYMOUS | PRIVATE), errno.ENOMEM),
        ((0, MMAP_TOP, 3, ANONYMOUS | PRIVATE), errno.ENOMEM),
        ((0, 2**64 - 1, 3, ANONYMOUS | PRIVATE), errno.ENOMEM),
        ((DATA, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED_NOREPLACE), errno.EEXIST),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_and_changes_nothing(
    call: Caller, arguments: tuple[int, ...], error: int
) -> None:
    call.put(b"kept")
    before = [(region.first, region.end, region.protection) for region in call.process.space.regions]

    assert call(MMAP, *arguments) == -error

    assert [(region.first, region.end, region.protection) for region in call.process.space.regions] == before
    assert call.get(4) == b"kept"


def test_a_fixed_mapping_that_is_too_large_takes_nothing_away(call: Caller) -> None:
    call.put(b"kept")

    assert call(MMAP, DATA, (MAX_COMMITTED_PAGES + 1) * PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED) == -errno.ENOMEM

    assert call.get(4) == b"kept"


def test_a_fixed_mapping_over_promised_memory_needs_no_more_of_it(call: Caller) -> None:
    address = call(MMAP, 0, (MAX_COMMITTED_PAGES - 10) * PAGE_BYTES, 3, ANONYMOUS | PRIVATE)
    assert isinstance(address, int)

    assert call(MMAP, address, (MAX_COMMITTED_PAGES - 5) * PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED) == address
    assert call.process.space.promised_pages == MAX_COMMITTED_PAGES - 5


def test_memory_lies_where_the_process_would_like_to_have_it_if_nothing_is_there(call: Caller) -> None:
    wish = 0x10_0000_0000
    assert call(MMAP, wish - 1, PAGE_BYTES, 3, ANONYMOUS | PRIVATE) == wish
    assert call(MMAP, wish, PAGE_BYTES, 3, ANONYMOUS | PRIVATE) == MMAP_TOP - PAGE_BYTES
    assert call(MMAP, MMAP_TOP, PAGE_BYTES, 3, ANONYMOUS | PRIVATE) == MMAP_TOP - 2 * PAGE_BYTES


@pytest.mark.parametrize(("rights", "flags"), [(0, 0), (1, 0), (3, NORESERVE)])
def test_addresses_that_are_only_reserved_cost_nothing(call: Caller, rights: int, flags: int) -> None:
    address = call(MMAP, 0, 1 << 36, rights, ANONYMOUS | PRIVATE | flags)
    assert isinstance(address, int)
    assert address > 0

    assert call(MPROTECT, address + 5 * PAGE_BYTES, PAGE_BYTES, 3) == 0
    call.put(b"x", address + 5 * PAGE_BYTES)
    assert call(MUNMAP, address, 1 << 36) == 0


def test_whoever_makes_regions_without_end_gets_its_errno(call: Caller) -> None:
    """Also by taking pages out of the middle of one, by giving them other rights, and by moving the break."""
    space = call.process.space
    space.take_over([*(Region(number, number + 1, 1, RegionKind.ANONYMOUS) for number in range(1, 2 * MAX_REGIONS, 2))])
    hole = 2 * MAX_REGIONS + 5
    space.regions[-1].end = hole

    answers = [
        call(MMAP, 0, PAGE_BYTES, 3, ANONYMOUS | PRIVATE),
        call(MMAP, (hole - 2) * PAGE_BYTES, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED),
        call(MUNMAP, (hole - 2) * PAGE_BYTES, PAGE_BYTES),
        call(MPROTECT, (hole - 2) * PAGE_BYTES, PAGE_BYTES, 3),
    ]

    assert answers == [-errno.ENOMEM] * 4
    assert len(space.regions) == MAX_REGIONS
    assert call(MUNMAP, PAGE_BYTES, PAGE_BYTES) == 0
    assert call(MPROTECT, (hole - 1) * PAGE_BYTES, PAGE_BYTES, 3) == 0


def test_a_fixed_mapping_takes_the_place_of_what_was_there(call: Caller) -> None:
    call.put(b"old")

    assert call(MMAP, DATA, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | FIXED) == DATA

    assert call.get(3) == bytes(3)


def test_unmapped_memory_is_gone_and_its_frames_are_free(call: Caller) -> None:
    address = call(MMAP, 0, 4 * PAGE_BYTES, 3, ANONYMOUS | PRIVATE)
    assert isinstance(address, int)
    call.put(bytes(4 * PAGE_BYTES), address)
    used = call.machine.kernel.frames.allocated

    assert call(MUNMAP, address + PAGE_BYTES, 2 * PAGE_BYTES) == 0

    assert call.machine.kernel.frames.allocated == used - 2
    assert [call(WRITE, 1, address + index * PAGE_BYTES, 1) for index in range(4)] == [
        1,
        -errno.EFAULT,
        -errno.EFAULT,
        1,
    ]
    assert call(MUNMAP, address + PAGE_BYTES, PAGE_BYTES) == 0, "nothing is there any more, which is no error"


@pytest.mark.parametrize(("address", "length"), [(DATA + 1, PAGE_BYTES), (DATA, 0), (USER_END, 1), (DATA, 2**64 - 1)])
def test_what_cannot_be_unmapped_is_refused(call: Caller, address: int, length: int) -> None:
    assert call(MUNMAP, address, length) == -errno.EINVAL


def test_protection_is_changed_for_all_of_a_range_or_for_nothing(call: Caller) -> None:
    assert call(MPROTECT, DATA, PAGE_BYTES, 1) == 0
    assert call(READ, 0, DATA, 1) == -errno.EFAULT
    assert call(MPROTECT, DATA, 5 * PAGE_BYTES, 3) == -errno.ENOMEM, "the fifth page is not there"
    assert call(READ, 0, DATA, 1) == -errno.EFAULT
    assert call(MPROTECT, DATA, PAGE_BYTES, 2) == 0
    assert (call(READ, 0, DATA, 1), call(WRITE, 1, DATA, 1)) == (1, 1), "what can be written can be read"
    assert [call(MPROTECT, DATA + 1, 1, 3), call(MPROTECT, USER_END, 1, 3)] == [-errno.EINVAL, -errno.ENOMEM]


def test_what_is_not_needed_is_as_it_was_at_first(call: Caller) -> None:
    address = call(MMAP, 0, 2 * PAGE_BYTES, 3, ANONYMOUS | PRIVATE)
    assert isinstance(address, int)
    call.put(b"x" * 2 * PAGE_BYTES, address)
    used = call.machine.kernel.frames.allocated

    assert call(MADVISE, address, PAGE_BYTES, 4) == 0

    assert call.machine.kernel.frames.allocated == used - 1
    assert call.get(2 * PAGE_BYTES, address) == bytes(PAGE_BYTES) + b"x" * PAGE_BYTES
    assert call(MADVISE, address, 3 * PAGE_BYTES, 0) == -errno.ENOMEM, "the third page is not there"
    assert call(MADVISE, NOWHERE & ~4095, PAGE_BYTES, 4) == -errno.ENOMEM


_MINUS_1 = (1 << 64) - 1


@pytest.mark.parametrize(
    ("error", "number", "arguments"),
    [
        (errno.EFAULT, READ, (0, DATA, _MINUS_1)),
        (errno.EFAULT, WRITE, (1, DATA, _MINUS_1)),
        (errno.EFAULT, READ, (0, 1 << 63, 1)),
        (errno.EINVAL, READV, (0, DATA, _MINUS_1)),
        (errno.EINVAL, READV, (0, DATA, 1025)),
        (errno.EINVAL, READV, (0, DATA + 256, 1)),
        (errno.EINVAL, WRITEV, (1, DATA + 256, 1)),
        (errno.EFAULT, READV, (0, DATA + 272, 1)),
        (errno.EFAULT, WRITEV, (1, DATA + 272, 1)),
        (errno.EINVAL, DUP3, (1, 50, 1)),
        (errno.EINVAL, CLOCK_NANOSLEEP, (10, 0, DATA)),
        (errno.EOPNOTSUPP, CLOCK_NANOSLEEP, (3, 0, DATA)),
        (errno.EOPNOTSUPP, CLOCK_NANOSLEEP, (4, 0, DATA)),
        (errno.EINVAL, MMAP, (0, PAGE_BYTES, 3, ANONYMOUS, _MINUS_1, 0)),
        (errno.EINVAL, MMAP, (0, PAGE_BYTES, 3, ANONYMOUS | PRIVATE | SHARED, _MINUS_1, 0)),
        (errno.EINVAL, MMAP, (0, PAGE_BYTES, 3, ANONYMOUS | PRIVATE, _MINUS_1, 1)),
        (errno.EBADF, MMAP, (0, PAGE_BYTES, 3, PRIVATE, 99, 0)),
        (errno.EINVAL, MPROTECT, (DATA, PAGE_BYTES, 0x80)),
        (errno.ENOMEM, MPROTECT, (DATA, _MINUS_1, 3)),
        (errno.EINVAL, MREMAP, (DATA + 1, PAGE_BYTES, 2 * PAGE_BYTES, 1)),
        (errno.EINVAL, MADVISE, (DATA + 1, PAGE_BYTES, 4)),
        (errno.EINVAL, MSYNC, (DATA, PAGE_BYTES, 999)),
        (errno.EINVAL, TKILL, (0, 0)),
        (errno.EINVAL, TGKILL, (_MINUS_1, 1, 0)),
        (errno.EINVAL, GETRANDOM, (DATA, 8, 0x80)),
        (errno.EINVAL, GETRANDOM, (DATA, 8, 6)),
        (errno.EINVAL, FUTEX, (DATA + 1, 0, 77)),
        (errno.EINVAL, GETRUSAGE, (99, DATA)),
    ],
)
def test_wrong_arguments_get_the_errno_of_linux(
    call: Caller, error: int, number: int, arguments: tuple[int, ...]
) -> None:
    """As `qemu-riscv64` answers on Linux."""
    call.put(timespec(0, 1000) + bytes(240) + vector((DATA, _MINUS_1), (DATA, 1 << 62)))

    assert call(number, *arguments) == -error


def test_the_c_library_is_told_to_copy_rather_than_to_remap(call: Caller) -> None:
    assert call(MREMAP, DATA, PAGE_BYTES, 2 * PAGE_BYTES) == -errno.ENOMEM


def test_a_call_that_needs_a_frame_where_none_is_free_ends_the_process_and_says_why() -> None:
    machine = Machine(boot(frames=3, ips=GIPS, costs=FREE))
    pid = machine.start(
        Code().li(10, 0).li(11, DATA).li(12, 4 * PAGE_BYTES).call(63).exit().image(data_pages=4), stdin=b"x" * 99999
    )

    machine.run()

    exited = machine.exit_of(pid)
    assert (exited.signal, str(exited.reason)) == (
        "SIGKILL",
        "out of memory: a system call needs a frame, and of the 3 of n1 0 are promised and the others cannot be spared",
    )
    machine.check_at_rest()


# ----------------------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize("clock", [0, 5, 8, 11])
def test_clocks_of_the_day_begin_with_2026(call: Caller, clock: int) -> None:
    assert call(CLOCK_GETTIME, clock, DATA) == 0
    assert struct.unpack("<qq", call.get(16)) == divmod(EPOCH_NS + _MACHINE_NS, SECOND_NS)


@pytest.mark.parametrize("clock", [1, 4, 6, 7, 9])
def test_monotonic_clocks_begin_with_the_cluster(call: Caller, clock: int) -> None:
    assert call(CLOCK_GETTIME, clock, DATA) == 0
    assert struct.unpack("<qq", call.get(16)) == (3, 0)


@pytest.mark.parametrize("clock", [2, 3])
def test_a_process_sees_how_long_it_has_run(clock: int) -> None:
    code = Code().work(1000).li(10, clock).li(11, DATA).call(CLOCK_GETTIME)
    machine = Machine(boot(ips=GIPS, costs=FREE))
    pid = machine.start(code.work(10_000).exit().image(data_pages=1))

    machine.run(5_000)

    assert struct.unpack("<qq", machine.process(pid).space.read(DATA, 16)) == (0, 1000 + 6)


@pytest.mark.parametrize("number", [CLOCK_GETTIME, CLOCK_GETRES, CLOCK_NANOSLEEP])
def test_there_is_no_clock_with_another_number(call: Caller, number: int) -> None:
    assert [call(number, clock, DATA, DATA) for clock in (12, -1)] == [-errno.EINVAL] * 2


def test_clocks_tick_with_every_nanosecond(call: Caller) -> None:
    assert call(CLOCK_GETRES, 1, DATA) == 0
    assert call.get(16) == timespec(0, 1)
    assert call(CLOCK_GETRES, 1, 0) == 0


def test_the_time_of_day_is_told_in_microseconds(call: Caller) -> None:
    call.machine.kernel.now += 1_234_567

    assert call(GETTIMEOFDAY, DATA, 0) == 0
    assert struct.unpack("<qq", call.get(16)) == (EPOCH_NS // SECOND_NS + 3, 1_234)
    assert call(GETTIMEOFDAY, 0, 0) == 0


def test_a_sleep_lasts_as_long_as_it_says(call: Caller) -> None:
    call.put(timespec(1, 500))

    assert call(NANOSLEEP, DATA, 0) == Sleeping(_MACHINE_NS + SECOND_NS + 500)
    assert call(CLOCK_NANOSLEEP, 1, 0, DATA, 0) == Sleeping(_MACHINE_NS + SECOND_NS + 500)


def test_a_sleep_until_an_instant_ends_then_or_is_over_already(call: Caller) -> None:
    call.put(timespec(5, 0))
    assert call(CLOCK_NANOSLEEP, 1, 1, DATA, 0) == Sleeping(5 * SECOND_NS)
    call.put(timespec(1, 0))
    assert call(CLOCK_NANOSLEEP, 1, 1, DATA, 0) == Sleeping(_MACHINE_NS)
    call.put(timespec(EPOCH_NS // SECOND_NS + 7, 0))
    assert call(CLOCK_NANOSLEEP, 0, 1, DATA, 0) == Sleeping(7 * SECOND_NS)


@pytest.mark.parametrize("bad", [(-1, 0), (0, -1), (0, SECOND_NS), (-(1 << 63), 0)])
def test_what_is_no_time_is_not_slept(call: Caller, bad: tuple[int, int]) -> None:
    call.put(timespec(*bad))

    answers = [call(NANOSLEEP, DATA), call(CLOCK_NANOSLEEP, 1, 0, DATA), call(PPOLL, 0, 0, DATA)]

    assert answers == [-errno.EINVAL] * 3


@pytest.mark.parametrize("seconds", [1 << 32, NEVER_NS // SECOND_NS, (1 << 63) - 1])
def test_who_sleeps_longer_than_time_lasts_sleeps_for_ever(call: Caller, seconds: int) -> None:
    call.put(timespec(seconds, 999_999_999))
    until_ns = min(_MACHINE_NS + seconds * SECOND_NS + 999_999_999, NEVER_NS)

    answers = [call(NANOSLEEP, DATA), call(CLOCK_NANOSLEEP, 1, 0, DATA), call(PPOLL, 0, 0, DATA)]

    assert answers == [Sleeping(until_ns)] * 3


def test_the_end_of_time_never_comes() -> None:
    """A sleeper that has slept for 146 years less a little, twice, is not woken; and nothing is left that could happen."""
    code = Code()
    for _ in range(2):
        code.sleep(NEVER_NS - SECOND_NS)
    machine = Machine(boot(costs=FREE))
    pid = machine.start(code.exit_with(0).image())

    machine.run(until_ns=NEVER_NS)

    assert machine.kernel.next_ns() is None
    assert machine.process(pid).waiting == Sleeping(NEVER_NS)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_timer_that_goes_off_after_the_end_of_time_is_set_and_can_be_read(call: Caller, kind: int) -> None:
    call.put(struct.pack("<qqqq", (1 << 63) - 1, 0, (1 << 63) - 1, 999_999))

    assert call(SETITIMER, kind, DATA, 0) == 0
    assert call(GETITIMER, kind, DATA + 64) == 0

    interval_s, _, left_s, _ = struct.unpack("<qqqq", call.get(32, DATA + 64))
    assert min(interval_s, left_s) > 100 * 365 * 86_400
    timer = next(iter(call.process.signals.timers.values()))
    assert max(timer.expires or 0, timer.interval) <= NEVER_NS


def test_times_and_usage_are_those_of_its_own_instructions(call: Caller) -> None:
    call.process.account.cpu_ns = 2_340_000_000

    assert call(TIMES, DATA) == 300
    assert struct.unpack("<qqqq", call.get(32)) == (234, 0, 0, 0)
    assert call(TIMES, 0) == 300
    assert call(GETRUSAGE, 0, DATA) == 0
    assert struct.unpack("<qq", call.get(16)) == (2, 340_000)


# ------------------------------------------------------------------------------------------------------------ processes


@pytest.mark.parametrize("number", [EXIT, EXIT_GROUP])
def test_a_process_ends_when_it_asks_for_it(call: Caller, number: int) -> None:
    assert call(number, 0x1FF) is None

    assert next(event for event in call.emitted() if isinstance(event, ProcessExited)).exit_code == 0xFF
    call.machine.check_at_rest()


@pytest.mark.parametrize("number", [GETPID, GETTID, SET_TID_ADDRESS])
def test_a_process_has_one_number_everywhere(call: Caller, number: int) -> None:
    assert call(number) == 1_000_001
    assert call.machine.kernel.number_of("n3.12") == 3_000_012


def test_ids_are_those_of_an_ordinary_user(call: Caller) -> None:
    assert [call(number) for number in (173, 174, 175, 176, 177)] == [1, 1000, 1000, 1000, 1000]


def test_a_process_that_yields_says_so_to_the_kernel(call: Caller) -> None:
    assert call(SCHED_YIELD) == 0
    assert call.process.yields


def test_there_is_one_cpu(call: Caller) -> None:
    assert (call(SCHED_GETAFFINITY, 0, 128, DATA), call.get(8)) == (8, struct.pack("<Q", 1))
    assert call(SCHED_GETAFFINITY, 0, 7, DATA) == -errno.EINVAL


@pytest.mark.parametrize(
    ("number", "to_itself"), [(KILL, (0,)), (KILL, (1_000_001,)), (TKILL, (1_000_001,)), (TGKILL, (1, 1_000_001))]
)
def test_a_process_can_end_itself_by_a_signal(call: Caller, number: int, to_itself: tuple[int, ...]) -> None:
    assert call(number, *to_itself, 15) is None

    (exited,) = (event for event in call.emitted() if isinstance(event, ProcessExited))
    assert (exited.signal, str(exited.reason)) == ("SIGTERM", f"SIGTERM, sent by {call.pid}")


def test_a_process_can_end_another_of_its_node(call: Caller) -> None:
    other = call.machine.start(Code().work(1000).exit().image(), at_ns=_MACHINE_NS)
    call.machine.run(_MACHINE_NS + 1)

    assert call(KILL, 1_000_002, 0) == 0, "signal 0 only asks"
    assert call(KILL, 1_000_002, 9) == 0

    assert list(call.machine.kernel.processes) == [call.pid]
    assert call(KILL, 1_000_002, 9) == -errno.ESRCH
    assert other == "n1.2"


@pytest.mark.parametrize(
    ("target", "signal", "answer"),
    [
        (0, 0, 0),
        (0, 17, 0),
        (0, 18, 0),
        (0, 65, -errno.EINVAL),
        (0, -1, -errno.EINVAL),
        (-1, 9, -errno.ESRCH),
        (99, 9, -errno.ESRCH),
    ],
)
def test_signals_that_end_nobody_are_answered(call: Caller, target: int, signal: int, answer: int) -> None:
    assert call(KILL, target, signal) == answer
    assert call.emitted() == []


def test_a_signal_can_be_ignored_and_attended_to_again(call: Caller) -> None:
    ignore, default = struct.pack("<QQQ", 1, 0, 0), struct.pack("<QQQ", 0, 0, 0)

    assert call(RT_SIGACTION, 15, call.put(ignore), DATA + 64, 8) == 0
    assert call.get(8, DATA + 64) == bytes(8)
    assert call(KILL, 0, 15) == 0
    assert call(RT_SIGACTION, 15, 0, DATA + 64, 8) == 0
    assert call.get(8, DATA + 64) == struct.pack("<Q", 1)
    assert call(RT_SIGACTION, 15, call.put(default), 0, 8) == 0
    assert call(KILL, 0, 15) is None


@pytest.mark.parametrize("signal", [9, 19])
def test_two_signals_cannot_be_ignored(call: Caller, signal: int) -> None:
    assert call(RT_SIGACTION, signal, call.put(struct.pack("<QQQ", 1, 0, 0)), 0, 8) == -errno.EINVAL
    assert call(RT_SIGACTION, signal, 0, DATA, 8) == 0


def test_the_action_for_a_signal_is_given_back_as_it_was_set(call: Caller) -> None:
    action = struct.pack("<QQQ", TEXT, 0x10000000, 1 << 9)
    assert call(RT_SIGACTION, 15, call.put(action), 0, 8) == 0
    assert (call(RT_SIGACTION, 15, 0, DATA + 64, 8), call.get(24, DATA + 64)) == (0, action)
    assert [call(RT_SIGACTION, 0, 0, 0), call(RT_SIGACTION, 65, 0, 0)] == [-errno.EINVAL] * 2
    assert [call(RT_SIGACTION, signal, DATA, 0) for signal in (9, 19)] == [-errno.EINVAL] * 2


def test_the_signal_mask_is_all_that_was_blocked_and_not_opened_again(call: Caller) -> None:
    block, unblock, set_mask = 0, 1, 2
    assert call(RT_SIGPROCMASK, block, call.put(struct.pack("<Q", 0b1100)), 0, 8) == 0
    assert call(RT_SIGPROCMASK, unblock, call.put(struct.pack("<Q", 0b0100)), 0, 8) == 0
    assert (call(RT_SIGPROCMASK, 0, 0, DATA, 8), call.get(8)) == (0, struct.pack("<Q", 0b1000))
    call.put(b"\xff" * 8)
    assert call(RT_SIGPROCMASK, set_mask, DATA, 0, 8) == 0
    everything = (1 << 64) - 1 & ~(1 << 8 | 1 << 18)
    assert (call(RT_SIGPROCMASK, 0, 0, DATA, 8), call.get(8)) == (0, struct.pack("<Q", everything))
    assert call(RT_SIGPROCMASK, 3, DATA, 0, 8) == -errno.EINVAL


def test_a_futex_wakes_nobody_and_waits_only_for_the_value_that_is_there(call: Caller) -> None:
    call.put(struct.pack("<I", 7))

    assert call(FUTEX, DATA, 1, 1) == 0
    assert call(FUTEX, DATA, 0, 8) == -errno.EAGAIN
    assert call(FUTEX, DATA, 128, 7) == WaitingForSignal()
    assert call(FUTEX, NOWHERE, 0, 7) == -errno.EFAULT
    assert call(FUTEX, DATA, 5, 7) == -errno.ENOSYS


def test_the_system_has_a_name(call: Caller) -> None:
    assert call(UNAME, DATA) == 0

    fields = [call.get(65, DATA + 65 * index).rstrip(b"\0").decode() for index in range(6)]
    assert fields == ["Linux", "n1", "6.1.0-tuiclu", "#1", "riscv64", ""]


def test_limits_are_told_and_cannot_be_changed(call: Caller) -> None:
    unlimited = (1 << 64) - 1
    for resource, limit in ((3, STACK_BYTES), (7, MAX_DESCRIPTORS), (0, unlimited)):
        assert call(PRLIMIT, 0, resource, 0, DATA) == 0
        assert struct.unpack("<QQ", call.get(16)) == (limit, limit)
    assert call(PRLIMIT, 0, 3, DATA, 0) == -errno.EPERM
    assert call(PRLIMIT, 0, 16, 0, DATA) == -errno.EINVAL


def test_random_bytes_are_the_same_in_every_run_and_different_in_every_process_and_call() -> None:
    def draw(caller: Caller, size: int = 24) -> bytes:
        assert caller(GETRANDOM, DATA, size, 0) == size
        return caller.get(size)

    one, again = Caller(), Caller()
    first, second = draw(one), draw(one)

    assert (draw(again), draw(again)) == (first, second)
    assert first != second
    again.process.random_state = random_seed(1, "n1.2")
    assert draw(again) != first
    assert one(GETRANDOM, DATA, 1000, 0) == 1000
    assert one(GETRANDOM, DATA, 0, 0) == 0


def test_the_size_of_the_machine_is_told(call: Caller) -> None:
    assert call(SYSINFO, DATA + 512) == 0

    info = call.get(112, DATA + 512)
    free = call.machine.kernel.frames.free + 1  # counted before the page of the answer was there
    assert struct.unpack_from("<q", info) == (3,)
    assert struct.unpack_from("<QQ", info, 32) == (_FRAMES * PAGE_BYTES, free * PAGE_BYTES)
    assert struct.unpack_from("<H", info, 80) == (1,)
    assert struct.unpack_from("<I", info, 104) == (1,)


def test_calls_that_do_nothing_say_that_they_did_it(call: Caller) -> None:
    assert [call(number) for number in (132, 227, 233, 259)] == [0] * 4
    assert call(99, DATA, 24) == 0


def test_the_heap_of_a_process_is_of_its_own_kind(call: Caller) -> None:
    start = call(BRK, 0)
    assert isinstance(start, int)
    call(BRK, start + PAGE_BYTES)

    region = call.process.space.region_at(start // PAGE_BYTES)
    assert region is not None
    assert region.kind is RegionKind.HEAP
