"""The CPU of one process: registers, mapped pages, and `run`, which executes until something needs the kernel.

A guest's instructions are executed by icicle, which compiles them to the host's. What it cannot tell or gets wrong is completed here.
"""

from __future__ import annotations

import enum
from typing import Final

import icicle
import msgspec
from icicle import ExceptionCode, MemoryProtection, RunStatus

from nodes.kernel import riscv

PAGE_BYTES: Final = 4096

_ADDRESS_MASK = (1 << 64) - 1


class Protection(enum.IntFlag):
    """What a process may do with a page."""

    NONE = 0
    READ = 1
    WRITE = 2
    EXECUTE = 4


class Access(enum.Enum):
    """What a process tried to do with a page."""

    READ = "read"
    WRITE = "write"
    EXECUTE = "execute"


class BudgetSpent(msgspec.Struct, frozen=True):
    """As many instructions were executed as were asked for."""


class SystemCall(msgspec.Struct, frozen=True):
    """The process asks for a service; pc is still at the instruction."""


class PageFault(msgspec.Struct, frozen=True):
    """A page is missing or does not permit the access. Nothing of the instruction has happened: run again when it is served."""

    address: int
    """The first byte that could not be accessed."""
    access: Access


class IllegalInstruction(msgspec.Struct, frozen=True):
    """There is no such instruction. `pc` is at it."""

    address: int
    word: int
    """The instruction: 16 bits of it if it is a compressed one."""
    misaligned: bool = False
    """It exists, but is an atomic one whose address is not a multiple of its width (Linux would send SIGBUS)."""


class Breakpoint(msgspec.Struct, frozen=True):
    """The process executed EBREAK; pc is still at it."""

    address: int


Stop = BudgetSpent | SystemCall | PageFault | IllegalInstruction | Breakpoint


class PageNotMapped(KeyError):
    """The kernel accessed memory of a process where no page is mapped."""

    def __init__(self, page_number: int) -> None:
        super().__init__(page_number)
        self.page_number = page_number

    def __str__(self) -> str:
        return f"page {self.page_number:#x} is not mapped"


class Registers(msgspec.Struct, frozen=True):
    """All that a CPU holds of a process besides its pages."""

    pc: int
    x: tuple[int, ...]
    """x1 .. x31, unsigned."""
    reserved_address: int
    reserved_bytes: int
    """The reservation of LR: 4 or 8 bytes; 0 if there is none."""
    instructions: int
    """Retired so far."""


_BUDGET_SPENT = BudgetSpent()
_SYSTEM_CALL = SystemCall()

_LIMIT = RunStatus.InstructionLimit
_ARGUMENTS = ("a0", "a1", "a2", "a3", "a4", "a5")
_NAMES: dict[str | int, str] = (
    {name: name for name in riscv.REGISTERS}
    | {number: name for number, name in enumerate(riscv.REGISTERS)}
    | {f"x{number}": name for number, name in enumerate(riscv.REGISTERS)}
    | {"fp": "s0"}
)
_READ, _WRITE, _EXECUTE = 1, 2, 4

_PROTECTIONS = tuple(
    MemoryProtection.ExecuteReadWrite
    if bits & _EXECUTE and bits & _WRITE
    else MemoryProtection.ExecuteRead
    if bits & _EXECUTE
    else MemoryProtection.ReadWrite
    if bits & _WRITE
    else MemoryProtection.ReadOnly
    if bits & _READ
    else MemoryProtection.NoAccess
    for bits in range(8)
)

_READ_FAULTS = {int(ExceptionCode.ReadUnmapped), int(ExceptionCode.ReadPerm)}
_WRITE_FAULTS = {int(ExceptionCode.WriteUnmapped), int(ExceptionCode.WritePerm)}


class Cpu:
    """One processor, given to one process at a time."""

    def __init__(self) -> None:
        self._pages: dict[int, Protection] = {}
        self._stale = False
        self._vm = _new_machine()

    # --------------------------------------------------------------------------------------------------- execution

    @property
    def instructions(self) -> int:
        """Instructions retired so far. A system call counts as one when it is made; an attempt that faulted does not count."""
        return self._vm.icount

    def run(self, budget: int) -> Stop:
        """Execute at most `budget` (at least 1) instructions; exactly so many unless something else stops it."""
        if self._stale:
            self._renew()
        vm = self._vm
        vm.icount_limit = vm.icount + budget
        if vm.run() == _LIMIT:
            return _BUDGET_SPENT
        return self._stopped()

    def _stopped(self) -> Stop:
        while True:
            vm = self._vm
            code = vm.exception_code
            if code == ExceptionCode.Syscall:
                return _SYSTEM_CALL
            number = int(code)
            if number in _READ_FAULTS:
                vm.icount -= 1
                return self._data_fault(vm.exception_value, Access.READ)
            if number in _WRITE_FAULTS:
                vm.icount -= 1
                return self._data_fault(vm.exception_value, Access.WRITE)
            if code == ExceptionCode.InvalidInstruction:
                stop = self._invalid(vm.exception_value)
                if stop is not None:
                    return stop
            elif code == ExceptionCode.ExecViolation:
                return PageFault(vm.exception_value, Access.EXECUTE)
            elif code == ExceptionCode.SelfModifyingCode:
                vm.icount -= 1
                self._renew()
            else:
                raise AssertionError(f"{code} at {vm.pc:#x}")
            limit = vm.icount_limit
            vm = self._vm
            vm.icount_limit = limit
            if vm.run() == _LIMIT:
                return _BUDGET_SPENT

    def _data_fault(self, address: int, access: Access) -> PageFault:
        vm = self._vm
        vm.pc = vm.pc
        needed = Protection.READ if access is Access.READ else Protection.WRITE
        if self._pages.get(address // PAGE_BYTES, Protection.NONE) & needed:
            address = (address // PAGE_BYTES + 1) * PAGE_BYTES
        return PageFault(address, access)

    def _invalid(self, why: int) -> Stop | None:
        vm = self._vm
        pc = vm.pc
        word = int.from_bytes(vm.mem_read(pc, 2), "little")
        if word & 3 == 3:
            word |= int.from_bytes(vm.mem_read(pc + 2, 2), "little") << 16
        if why & 1:
            vm.icount -= 1
        if why == riscv.TRAP_COUNTER:
            self.write_register(word >> 7 & 31, vm.icount)
            vm.icount += 1
            vm.pc = pc + 4
            return None
        if why == riscv.TRAP_BREAKPOINT:
            return Breakpoint(pc)
        return IllegalInstruction(pc, word, why == riscv.TRAP_MISALIGNED)

    # --------------------------------------------------------------------------------------------------- registers

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self._vm.pc

    @pc.setter
    def pc(self, address: int) -> None:
        self._vm.pc = address & _ADDRESS_MASK

    def argument(self, index: int) -> int:
        """Return argument 0 .. 5 of the system call, unsigned."""
        return self._vm.reg_read(_ARGUMENTS[index])

    def system_call_number(self) -> int:
        """Return the number of the system call, unsigned."""
        return self._vm.reg_read("a7")

    def finish_system_call(self, result: int) -> None:
        """Give the process the result and let it go on behind the system call."""
        vm = self._vm
        vm.reg_write("a0", result & _ADDRESS_MASK)
        vm.pc += 4

    def read_register(self, register: str | int) -> int:
        """Return a register, by number or name, unsigned."""
        return self._vm.reg_read(_NAMES[register])

    def write_register(self, register: str | int, value: int) -> None:
        """Set a register, by number or name, to the low 64 bits of a value. x0 stays 0."""
        name = _NAMES[register]
        if name != "zero":
            self._vm.reg_write(name, value & _ADDRESS_MASK)

    def dump(self) -> Registers:
        """Return all registers."""
        read = self._vm.reg_read
        return Registers(
            self._vm.pc,
            tuple(read(name) for name in riscv.REGISTERS[1:]),
            read("reserved_address"),
            read("reserved_bytes"),
            self._vm.icount,
        )

    def restore(self, registers: Registers) -> None:
        """Set all registers."""
        write = self._vm.reg_write
        for name, value in zip(riscv.REGISTERS[1:], registers.x, strict=True):
            write(name, value)
        write("reserved_address", registers.reserved_address)
        write("reserved_bytes", registers.reserved_bytes)
        self._vm.icount = registers.instructions
        self._vm.pc = registers.pc

    # ------------------------------------------------------------------------------------------------------ memory

    def map_page(self, page_number: int, protection: Protection, content: bytes | None = None) -> None:
        """Map a page that is not mapped. It holds `content` (a whole page) or zeros."""
        self.map_pages(page_number, 1, protection, content)

    def map_pages(self, first: int, count: int, protection: Protection, content: bytes | None = None) -> None:
        """Map consecutive pages that are not mapped. They hold `content` (all of them, whole) or zeros."""
        vm = self._vm
        address = first * PAGE_BYTES
        vm.mem_map(address, count * PAGE_BYTES, _PROTECTIONS[protection])
        for number in range(first, first + count):
            self._pages[number] = protection
            if content is None:
                vm.mem_write(number * PAGE_BYTES, b"\0")
        if content is not None:
            vm.mem_write(address, content)

    def unmap_page(self, page_number: int) -> None:
        """Take a page away."""
        self.unmap_pages(page_number, 1)

    def unmap_pages(self, first: int, count: int) -> None:
        """Take consecutive pages away."""
        for number in range(first, first + count):
            if number not in self._pages:
                raise PageNotMapped(number)
        for number in range(first, first + count):
            if self._pages.pop(number) & Protection.EXECUTE:
                self._stale = True
        self._vm.mem_unmap(first * PAGE_BYTES, count * PAGE_BYTES)

    def protect_page(self, page_number: int, protection: Protection) -> None:
        """Change what the process may do with a page."""
        before = self._pages.get(page_number)
        if before is None:
            raise PageNotMapped(page_number)
        if before & Protection.EXECUTE:
            self._stale = True
        self._vm.mem_protect(page_number * PAGE_BYTES, PAGE_BYTES, _PROTECTIONS[protection])
        self._pages[page_number] = protection

    def read_page(self, page_number: int) -> bytes:
        """Return the content of a page."""
        return self.read(page_number * PAGE_BYTES, PAGE_BYTES)

    def read_pages(self, first: int, count: int) -> bytes:
        """Return the content of consecutive pages."""
        return self.read(first * PAGE_BYTES, count * PAGE_BYTES)

    def read(self, address: int, size: int) -> bytes:
        """Return memory whatever its protection. Raises PageNotMapped."""
        self._check_mapped(address, size)
        return self._vm.mem_read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Change memory whatever its protection. Raises PageNotMapped, and then nothing is changed."""
        self._check_mapped(address, len(data))
        try:
            self._vm.mem_write(address, data)
        except icicle.MemoryException:
            self._renew()
            self._vm.mem_write(address, data)

    def _check_mapped(self, address: int, size: int) -> None:
        for number in range(address // PAGE_BYTES, (address + size + PAGE_BYTES - 1) // PAGE_BYTES):
            if number not in self._pages:
                raise PageNotMapped(number)

    def reset(self) -> None:
        """Make this a new CPU: nothing mapped, every register 0."""
        self._pages = {}
        self._stale = False
        self._vm = _new_machine()

    def _renew(self) -> None:
        """Move to another machine, to get rid of compiled code whose page has changed."""
        registers = self.dump()
        old, pages = self._vm, self._pages
        self._vm, self._pages, self._stale = _new_machine(), {}, False
        for number, protection in pages.items():
            self.map_page(number, protection, old.mem_read(number * PAGE_BYTES, PAGE_BYTES))
        self.restore(registers)


def _new_machine() -> icicle.Icicle:
    with riscv.language():
        return icicle.Icicle("riscv64", recompilation=False)


class CpuPool:
    """CPUs that are not in use. Made before the nodes are forked, its pages are shared by all of them until they are written."""

    def __init__(self, size: int) -> None:
        self._idle = [Cpu() for _ in range(size)]

    def take(self) -> Cpu:
        """Return a CPU that is like new."""
        return self._idle.pop() if self._idle else Cpu()

    def give_back(self, cpu: Cpu) -> None:
        """Take a CPU back, and all that is in it away."""
        cpu.reset()
        self._idle.append(cpu)
