"""The CPU of one process: its registers, its mapped pages, and `run`, which executes until something needs the kernel.

The instructions are executed by icicle, which compiles them for the host and counts them exactly; `riscv` tells it what they do. This
module turns icicle's ways to stop into the few that a kernel knows, and keeps its promises where icicle does not:

- *An instruction happens as a whole or not at all*, and counts once. Whoever serves the fault just runs on.
- *Code that is no longer there does not run.* icicle keeps what it compiled, whatever happens to the page. So when a page that can be
  executed is unmapped, loses a right or is written by the kernel, the next `run` starts by moving everything to a new machine: some
  milliseconds, 8 us a page, and what has to be compiled again. Pages that are only added cost nothing.
- *A page that was missing is found once it is mapped.* icicle remembers that code ended there.
- *A reset CPU holds nothing*: neither pages nor compiled code, which icicle never frees.
- *What runs seldom is not compiled.* Compiling costs some 25 us for every instruction that is reached, interpreting it 4 us once and then
  75 ns each time, compiled code half a nanosecond. So a CPU interprets first, and moves to a machine that compiles when it has done so for
  about as long as compiling would take. Nothing of it is seen but the time that it takes.
- *Who computes with whole numbers pays for nothing else.* A CPU has no floating-point unit before the first instruction that needs it, and
  moves to a machine with one then. f0 .. f31 and fcsr are 0 until something else is written there, unit or not.
- *Floating point is exact*, with all flags, in every rounding mode: what the host's arithmetic does not settle, some microseconds an
  instruction, is computed in whole numbers (`riscv_floating`).
- *A program is compiled once.* Its text (`map_text`) stays in the machine when the process has gone (`retire`), with all that was compiled
  of it, for the next process of the same program. icicle runs compiled code whether its page is there or not: so that nothing is seen of
  an earlier process, a machine that has lost or changed any code, or had code beside the text, is not used twice.

A minute of real time after a machine was made icicle compiles all of its code once more, although it is told not to (0.0.11 does not hear
`recompilation=False`). Nothing is seen of that but memory: what is compiled takes twice as much from then on, up to a few MB a machine; and
if more is compiled later, icicle may drop all of it and begin anew, so that what nodes shared since their birth is each one's own.

What differs from a real machine:

- READ comes with WRITE and with EXECUTE; there are no pages that can be executed only.
- A program that changes its own code must execute FENCE.I (or make the system call that stands for it: `synchronize_code`) before it
  runs the new one, as the specification demands. If it does not, it may see old instructions or new ones, and then alone what it does
  depends on how it was sliced. That takes a page with both WRITE and EXECUTE.
- rdcycle, rdtime and rdinstret all return the instructions retired: the only clock that no slicing, no migration and no host changes.
- An atomic instruction at an address that is not a multiple of its width is an IllegalInstruction, marked `misaligned`. Ordinary loads
  and stores may be misaligned.
- There are no privileged instructions: all of these are illegal.

`run` cannot be interrupted: a budget of 10^9 is about a second. A CPU belongs to the thread that made it, and to its forked children.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import icicle  # type: ignore[import-untyped,unused-ignore]
import msgspec
from icicle import ExceptionCode, MemoryProtection, RunStatus  # type: ignore[import-untyped,unused-ignore]

from nodes.kernel import floating, riscv, riscv_floating
from nodes.kernel.pages import runs
from nodes.wire.image import ProgramImage

PAGE_BYTES: Final = 4096

_ADDRESS_MASK = (1 << 64) - 1
_LAST_PAGE = _ADDRESS_MASK // PAGE_BYTES
_HOST_PAGES = 1 << 24
"""Pages that icicle may allocate for one CPU: more than any node has frames."""
_VACANT_MAX = 2048
"""Pages that may lie about unused after an unmap (8 KB each) before a CPU is renewed, if it has not more in use."""
_HOT = 1_000_000
"""Instructions that a CPU interprets before it has them compiled, at the most: some 75 ms."""
_HOT_A_BYTE = 100
"""And at the most so many for each byte of the program's text: compiling all of it would take about as long."""
_EXACT_MAX = 2000
"""How many exact floating-point results are handed over (10 us each) before a CPU moves to a machine that settles them itself."""
_WARM = 16
"""CPUs that a pool keeps whose processes have gone, whatever the program."""
_WARM_PAGES = 512
"""Pages beside the text that may lie about in such a CPU (8 KB each)."""
_REFETCH_MAX = 10_000
"""How often a CPU stops where a page was once missing (1 us each) before it is renewed (as much as so many stops)."""


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

    def __init__(self, _: str) -> None:
        self.needs = int(Protection[self.name])
        """The right without which it fails, as a number."""


class BudgetSpent(msgspec.Struct, frozen=True):
    """As many instructions were executed as were asked for."""


class SystemCall(msgspec.Struct, frozen=True):
    """The process asks for a service. It was counted; pc is still at the instruction."""


class PageFault(msgspec.Struct, frozen=True):
    """A page is missing or does not permit the access. Nothing of the instruction has happened; pc is at it."""

    address: int
    """The first byte that could not be accessed."""
    access: Access


class IllegalInstruction(msgspec.Struct, frozen=True):
    """What lies at pc is no instruction of this machine."""

    address: int
    word: int
    """Its 32 bits, or 16 if they say that it is a compressed one."""
    misaligned: bool = False
    """It is one, but an atomic one whose address is not a multiple of its width (where Linux sends SIGBUS)."""


class Breakpoint(msgspec.Struct, frozen=True):
    """EBREAK. It was not counted; pc is still at it."""

    address: int


class CodeFence(msgspec.Struct, frozen=True):
    """FENCE.I, where the process may have written to its code. It was counted; pc is behind it."""


Stop = BudgetSpent | SystemCall | PageFault | IllegalInstruction | Breakpoint | CodeFence
"""Why `run` came back."""


class PageNotMapped(KeyError):
    """The kernel wanted memory of a process where no page is mapped."""

    def __init__(self, page_number: int) -> None:
        super().__init__(page_number)
        self.page_number = page_number

    def __str__(self) -> str:
        return f"page {self.page_number:#x} is not mapped"


class Registers(msgspec.Struct, frozen=True, array_like=True):
    """All that a CPU holds of a process besides its pages."""

    pc: int
    x: tuple[int, ...]
    """x1 .. x31, unsigned."""
    reserved_address: int
    reserved_bytes: int
    """The reservation of the last LR: its width is 4 or 8, or 0 where there is none."""
    instructions: int
    """Retired so far."""
    f: tuple[int, ...] = ()
    """f0 .. f31 and fcsr; empty while all of them are 0."""


class CpuState(NamedTuple):
    """A CPU as data."""

    program: str
    code_changes: int
    registers: Registers
    text: tuple[tuple[int, bytes], ...]
    """What of the program's text is mapped: the first page of each run, and the contents."""
    pages: tuple[tuple[int, int, bytes], ...]
    """All else that is: runs of pages with the same rights."""


_AT_FIRST = Registers(0, (0,) * 31, 0, 0, 0)
_BUDGET_SPENT = BudgetSpent()
_SYSTEM_CALL = SystemCall()
_CODE_FENCE = CodeFence()

_LIMIT = RunStatus.InstructionLimit
_ECALL = ExceptionCode.Syscall
_READ_FAULTS = frozenset({int(ExceptionCode.ReadUnmapped), int(ExceptionCode.ReadPerm)})
_WRITE_FAULTS = frozenset({int(ExceptionCode.WriteUnmapped), int(ExceptionCode.WritePerm)})
_FETCH_FAULTS = frozenset(
    {int(ExceptionCode.ExecViolation), int(ExceptionCode.InvalidInstruction), int(ExceptionCode.ExecUnaligned)}
)
_DIVISION = int(ExceptionCode.DivisionException)
_CODE_WRITTEN = int(ExceptionCode.SelfModifyingCode)

_READ, _WRITE, _EXECUTE = 1, 2, 4  # arithmetic on an IntFlag costs a microsecond
_ICICLE_PROTECTIONS = (
    MemoryProtection.NoAccess,
    MemoryProtection.ReadOnly,
    *2 * (MemoryProtection.ReadWrite,),
    *2 * (MemoryProtection.ExecuteRead,),
    *2 * (MemoryProtection.ExecuteReadWrite,),
)

_FLOATING_REGISTERS = (*riscv_floating.REGISTERS, riscv_floating.CONTROL)
_NO_FLOATS = (0,) * len(_FLOATING_REGISTERS)
_ARGUMENTS = ("a0", "a1", "a2", "a3", "a4", "a5")
_NAMES: dict[str | int, str] = {"fp": "s0"}
for _number, _name in enumerate(riscv.REGISTERS):
    _NAMES |= {_name: _name, _number: _name, f"x{_number}": _name}


class Cpu:
    """A processor, for one process at a time."""

    __slots__ = (
        "_before_write",
        "_exact_results",
        "_floating",
        "_hot_at",
        "_pages",
        "_refetches",
        "_stale",
        "_text",
        "_unguarded",
        "_vacant",
        "_vm",
        "_writable_code",
        "code_changes",
        "program",
    )

    code_changes: int
    """How often the kernel has taken code away or changed it, or the process may have: each time, all that was compiled is forgotten."""
    program: str
    """The program whose text it has, or is to have: its SHA-256."""
    _vm: Any
    _text: dict[int, None]
    """The pages of text that the machine has, mapped or not."""
    _pages: dict[int, int]
    """What is mapped: page number -> protection."""
    _writable_code: dict[int, None]
    """Pages that can be both written and executed."""
    _before_write: Callable[[int], None]
    """Told of the first write to a guarded page."""
    _unguarded: dict[int, None]
    """Pages that can be written without anybody's being told; all others that can be written are guarded."""
    _vacant: set[int]
    """Pages unmapped for all but icicle, which would never free them."""
    _stale: bool
    """There may be compiled code that is not what memory says."""
    _refetches: int
    """How often a CPU stopped where a page was once missing."""
    _floating: bool
    """The machine has the floating-point unit."""
    _exact_results: int
    """How often something was handed over that was exact while INEXACT was not raised: a thorough unit would not have done so."""
    _hot_at: int | None
    """The count of instructions at which it stops interpreting; None: it compiles."""

    def __init__(self, *, compiles: bool = False) -> None:
        """`compiles`: from the first instruction on."""
        self._exact_results = 0
        self._begin(None if compiles else _HOT)
        self._before_write = lambda number: None
        self.code_changes = 0
        self.program = ""

    def reset(self) -> None:
        """Make this a new CPU: nothing mapped, every register 0, nothing executed."""
        self._exact_results = 0
        self._begin(_HOT)
        self._before_write = lambda number: None
        self.code_changes = 0
        self.program = ""

    def _begin(self, hot_at: int | None, *, with_floating: bool = False) -> None:
        thorough = (hot_at is not None or self._exact_results >= _EXACT_MAX) if with_floating else None
        self._vm = _new_machine(compiles=hot_at is None, thorough=thorough)
        self._floating = with_floating
        self._hot_at = hot_at
        self._text = {}
        self._pages = {}
        self._writable_code = {}
        self._unguarded = {}
        self._vacant = set()
        self._stale = False
        self._refetches = 0

    def release(self) -> None:
        """Free all that this CPU holds. It must not be used again, unless it is reset."""
        self._vm = None
        self._pages = {}
        self._vacant = set()

    def meant_for(self, program: str, text_bytes: int) -> Cpu:
        """Serve a process of a program, whose text has this many bytes."""
        self.program = program
        if self._hot_at is not None:
            self._hot_at = min(self._hot_at, _HOT_A_BYTE * text_bytes)
        return self

    def retire(self) -> bool:
        """Be as new, but for the text of the program and what is compiled of it; tell whether that is possible."""
        data = [number for number in self._pages if number not in self._text]
        is_clean = not self._stale and not self.code_changes
        if not (is_clean and self._text and self.program) or len(self._vacant) + len(data) > _WARM_PAGES:
            return False
        if any(self._pages[number] & _EXECUTE for number in data):
            return False
        for first, count in runs(sorted(data)):
            self.unmap_pages(first, count)
        self._pages = {}
        self._before_write = lambda number: None
        self.restore(_AT_FIRST)
        return True

    # --------------------------------------------------------------------------------------------------- execution

    @property
    def instructions(self) -> int:
        """Instructions retired so far: the same for any slicing, fault and move. A system call counts when it is made."""
        return self._vm.icount  # type: ignore[no-any-return]

    def run(self, budget: int) -> Stop:
        """Execute at most `budget` (1 or more) instructions; exactly as many if nothing else stops it."""
        if self._hot_at is not None and self._vm.icount + budget > self._hot_at:
            return self._run_until_hot(budget)
        if self._stale:
            self._renew()
        vm = self._vm
        vm.icount_limit = limit = vm.icount + budget
        if vm.run() == _LIMIT:
            return _BUDGET_SPENT
        if vm.exception_code == _ECALL:
            return _SYSTEM_CALL
        return self._trapped(limit)

    def _run_until_hot(self, budget: int) -> Stop:
        """Interpret as many instructions as remain to be interpreted, and have the rest compiled."""
        assert self._hot_at is not None
        first = self._hot_at - self._vm.icount
        if first > 0:
            stop = self.run(first)
            if stop is not _BUDGET_SPENT:
                return stop
            budget -= first
        self._hot_at = None
        self._stale = True
        return self.run(budget)

    def _trapped(self, limit: int) -> Stop:
        """Say what stopped the machine, or complete the instruction and go on up to `limit`."""
        fetched_twice = -1
        while True:
            vm = self._vm
            pc = vm.pc
            vm.pc = pc  # else icicle goes on in the middle of the instruction
            code, value = int(vm.exception_code), vm.exception_value
            if code in _READ_FAULTS:
                vm.icount -= 1
                return self._data_fault(value, Access.WRITE if self._is_atomic(pc) else Access.READ)
            if code in _WRITE_FAULTS:
                vm.icount -= 1
                guarded = self._guarded_page(value)
                if guarded is None:
                    return self._data_fault(value, Access.WRITE)
                self._before_write(guarded)
                self._unguard(guarded)
            elif code == _CODE_WRITTEN:
                vm.icount -= 1
                self._permit_writing_over_code(value // PAGE_BYTES)
                vm.icount_limit = vm.icount + 1
                if vm.run() != _LIMIT:
                    continue
            elif code == _DIVISION or (code in _FETCH_FAULTS and value & 1 and value != pc):
                stop = self._handed_over(riscv.TRAP_FLOATING if code == _DIVISION else value, pc)
                if stop is not None:
                    return stop
            elif code in _FETCH_FAULTS:
                if vm.icount == limit:
                    return _BUDGET_SPENT
                missing = self._missing_code(pc)
                if missing is not None:
                    return PageFault(missing, Access.EXECUTE)
                if not self._floating and riscv_floating.is_floating(self._word(pc)):
                    self._renew(with_floating=True)
                elif fetched_twice == vm.icount:
                    return IllegalInstruction(pc, self._word(pc))
                else:
                    fetched_twice = vm.icount
                    self._refetches += 1
                    self._stale = self._stale or self._refetches == _REFETCH_MAX
            else:
                raise AssertionError(f"icicle stopped at {pc:#x} with {vm.exception_code} ({value:#x})")
            if self._stale:
                self._renew()
            vm = self._vm
            vm.icount_limit = limit
            if vm.run() == _LIMIT:
                return _BUDGET_SPENT
            if vm.exception_code == _ECALL:
                return _SYSTEM_CALL

    def _data_fault(self, address: int, access: Access) -> PageFault:
        """Name the first byte that cannot be accessed. icicle names the first of the access, on whichever page it is."""
        number = address // PAGE_BYTES
        if self._pages.get(number, 0) & (_READ if access is Access.READ else _WRITE):
            number = (number + 1) & _LAST_PAGE
            address = number * PAGE_BYTES
            assert not self._pages.get(number, 0) & (_READ if access is Access.READ else _WRITE), hex(address)
        return PageFault(address, access)

    def _is_atomic(self, pc: int) -> bool:
        """Tell whether an instruction that reads will write too: AMO, but not LR."""
        return self._vm.mem_read(pc, 1)[0] & 0x7F == 0x2F and self._word(pc) >> 27 != 2

    def _handed_over(self, why: int, pc: int) -> Stop | None:
        """Do what an instruction asks of the kernel. Returns None if the process goes on behind it."""
        vm = self._vm
        match why:
            case riscv.TRAP_COUNTER:
                self.write_register(self._word(pc) >> 7 & 31, vm.icount - 1)
                vm.pc = pc + 4
                return None
            case riscv.TRAP_FENCE_I:
                vm.pc = pc + 4
                return _CODE_FENCE if self.synchronize_code() else None
            case riscv.TRAP_FLOATING if self._computed(pc):
                return None
            case riscv.TRAP_BREAKPOINT:
                vm.icount -= 1
                return Breakpoint(pc)
            case _:
                vm.icount -= 1
                return IllegalInstruction(pc, self._word(pc), why == riscv.TRAP_MISALIGNED)

    def _computed(self, pc: int) -> bool:
        """Do a floating-point instruction in whole numbers; tell whether it is one."""
        vm = self._vm
        read, control = vm.reg_read, vm.reg_read(riscv_floating.CONTROL)
        instruction = riscv_floating.Instruction(
            self._word(pc),
            lambda number: read(riscv.REGISTERS[number]),
            lambda number: read(riscv_floating.REGISTERS[number]),
            control,
        )
        effect = instruction.execute()
        if effect is None:
            return False
        if effect.is_floating:
            vm.reg_write(riscv_floating.REGISTERS[effect.register], effect.value)
        else:
            self.write_register(effect.register, effect.value)
        self._write_control(control | effect.flags)
        if not (control | effect.flags) & floating.INEXACT:
            self._exact_results += 1
            self._stale = self._stale or (self._exact_results == _EXACT_MAX and self._hot_at is None)
        vm.pc = pc + 4
        return True

    def _write_control(self, control: int) -> None:
        self._vm.reg_write(riscv_floating.CONTROL, control)
        for name, value in riscv_floating.quick(control).items():
            self._vm.reg_write(name, value)

    def _permit_writing_over_code(self, first: int) -> None:
        """Make icicle forget which bytes of two pages it compiled, so that the store it refused can be made.

        It may mark them again as it comes across the store for the first time, and refuse it again, but not twice.
        """
        self._stale = True
        for number in (first, first + 1):
            bits = self._pages.get(number, 0)
            if bits & _EXECUTE:
                self._vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, _ICICLE_PROTECTIONS[bits])

    def _missing_code(self, pc: int) -> int | None:
        """Return the first byte of the instruction at pc that may not be fetched."""
        number = pc // PAGE_BYTES
        if not self._pages.get(number, 0) & _EXECUTE:
            return pc
        if pc % PAGE_BYTES == PAGE_BYTES - 2 and self._vm.mem_read(pc, 1)[0] & 3 == 3:
            number = (number + 1) & _LAST_PAGE
            if not self._pages.get(number, 0) & _EXECUTE:
                return number * PAGE_BYTES
        return None

    def _word(self, pc: int) -> int:
        """Return the instruction at pc, which is mapped."""
        size = 4 if self._vm.mem_read(pc, 1)[0] & 3 == 3 else 2
        return int.from_bytes(self._vm.mem_read(pc, size), "little")

    def synchronize_code(self) -> bool:
        """Let the process see what it wrote into its code: FENCE.I, or Linux's riscv_flush_icache (259). Tell whether it may have."""
        if self._writable_code:
            self._change_code()
        return bool(self._writable_code)

    def _change_code(self) -> None:
        self._stale = True
        self.code_changes += 1

    # ------------------------------------------------------------------------------------------------------ guards

    @property
    def writes_code(self) -> bool:
        """Whether the process could change code."""
        return bool(self._writable_code)

    def guard(self, before_write: Callable[[int], None]) -> None:
        """Have `before_write` told of the process's next write to each page, before it is made; it may raise, and then it is not made.

        Only where the process could not change code. What the kernel writes is its own business.
        """
        assert not self._writable_code
        self._before_write = before_write
        for number in self._unguarded:
            self._vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, MemoryProtection.ReadOnly)
        self._unguarded.clear()

    def _guarded_page(self, address: int) -> int | None:
        """Return which page is guarded, of the one or two that a write at `address` needs; None: that is not what stopped it."""
        number = address // PAGE_BYTES
        for one in (number, (number + 1) & _LAST_PAGE):
            if not self._pages.get(one, 0) & _WRITE:
                return None
            if one not in self._unguarded:
                return one
        return None

    def _unguard(self, number: int) -> None:
        self._unguarded[number] = None
        self._vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, _ICICLE_PROTECTIONS[self._pages[number]])

    # --------------------------------------------------------------------------------------------------- registers

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self._vm.pc  # type: ignore[no-any-return]

    @pc.setter
    def pc(self, address: int) -> None:
        self._vm.pc = address & _ADDRESS_MASK

    def argument(self, index: int) -> int:
        """Return argument 0 .. 5 of the system call, unsigned."""
        return self._vm.reg_read(_ARGUMENTS[index])  # type: ignore[no-any-return]

    def arguments(self) -> list[int]:
        """Return all of these."""
        read = self._vm.reg_read
        return [read(name) for name in _ARGUMENTS]

    def system_call_number(self) -> int:
        """Return which system call it is, unsigned."""
        return self._vm.reg_read("a7")  # type: ignore[no-any-return]

    def finish_system_call(self, result: int) -> None:
        """Give the process the result, and let it go on behind the system call."""
        vm = self._vm
        vm.reg_write("a0", result & _ADDRESS_MASK)
        vm.pc += 4

    def read_register(self, register: str | int) -> int:
        """Return a register, given by its number or either name, unsigned."""
        return self._vm.reg_read(_NAMES[register])  # type: ignore[no-any-return]

    def write_register(self, register: str | int, value: int) -> None:
        """Set a register, given by its number or either name, to the low 64 bits of a value. x0 stays 0."""
        name = _NAMES[register]
        if name != "zero":
            self._vm.reg_write(name, value & _ADDRESS_MASK)

    def dump(self) -> Registers:
        """Return all registers."""
        vm = self._vm
        read = vm.reg_read
        x = tuple([read(name) for name in riscv.REGISTERS[1:]])
        f = tuple([read(name) for name in _FLOATING_REGISTERS]) if self._floating else ()
        return Registers(vm.pc, x, read("reserved_address"), read("reserved_bytes"), vm.icount, f if any(f) else ())

    def restore(self, registers: Registers) -> None:
        """Set all registers."""
        if registers.f and not self._floating:
            self._renew(with_floating=True)
        vm = self._vm
        if self._floating:
            *floats, control = registers.f or _NO_FLOATS
            for name, value in zip(riscv_floating.REGISTERS, floats, strict=True):
                vm.reg_write(name, value)
            self._write_control(control)
        for name, value in zip(riscv.REGISTERS[1:], registers.x, strict=True):
            vm.reg_write(name, value)
        vm.reg_write("reserved_address", registers.reserved_address)
        vm.reg_write("reserved_bytes", registers.reserved_bytes)
        if self._hot_at is not None:
            self._hot_at += registers.instructions - vm.icount
        vm.icount = registers.instructions
        vm.pc = registers.pc

    def keep(self) -> CpuState:
        """Return all that the process would miss of this CPU."""
        text = [number for number in self._text if number in self._pages]
        rights: dict[int, list[int]] = {}
        for number, bits in self._pages.items():
            if number not in self._text:
                rights.setdefault(bits, []).append(number)
        return CpuState(
            self.program,
            self.code_changes,
            self.dump(),
            tuple((first, self.read_pages(first, count)) for first, count in runs(sorted(text))),
            tuple(
                (bits, first, self.read_pages(first, count))
                for bits, numbers in rights.items()
                for first, count in runs(sorted(numbers))
            ),
        )

    def resume(self, state: CpuState) -> None:
        """Be as the CPU was of which that was kept. This one is new, or as new."""
        for first, content in state.text:
            self.map_text(first, content)
        self.hide_text()
        for bits, first, content in state.pages:
            self.map_pages(first, len(content) // PAGE_BYTES, Protection(bits), content)
        self.restore(state.registers)
        self.code_changes = state.code_changes

    # ------------------------------------------------------------------------------------------------------ memory

    def map_page(self, page_number: int, protection: Protection, content: bytes | None = None) -> None:
        """Map a page that is not mapped. It holds `content` (PAGE_BYTES) or zeros."""
        pages = self._pages
        assert page_number not in pages
        assert content is None or len(content) == PAGE_BYTES
        if page_number in self._vacant or page_number in self._text:
            self.map_pages(page_number, 1, protection, content)
            return
        bits, address = int(protection), page_number * PAGE_BYTES
        vm = self._vm
        vm.mem_map(address, PAGE_BYTES, _ICICLE_PROTECTIONS[bits])
        vm.mem_write(
            address, content or b"\0"
        )  # icicle confuses pages that it shares for being empty: make it the process's own
        self._note(page_number, bits | _READ if bits else 0)

    def map_pages(self, first: int, count: int, protection: Protection, content: bytes | None = None) -> None:
        """Map consecutive pages that are not mapped. They hold `content` (PAGE_BYTES each) or zeros."""
        numbers = range(first, first + count)
        assert content is None or len(content) == count * PAGE_BYTES
        assert self._pages.keys().isdisjoint(numbers)
        if self._text and not self._text.keys().isdisjoint(numbers):
            self.hide_text()
        bits = int(protection)
        vm, rights = self._vm, _ICICLE_PROTECTIONS[bits]
        if self._vacant.isdisjoint(numbers):
            vm.mem_map(first * PAGE_BYTES, count * PAGE_BYTES, rights)
            if content is None:
                for number in numbers:  # see map_page
                    vm.mem_write(number * PAGE_BYTES, b"\0")
            else:
                vm.mem_write(first * PAGE_BYTES, content)
        else:
            for number in numbers:
                if number in self._vacant:
                    self._vacant.remove(number)
                    vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, rights)
                else:
                    vm.mem_map(number * PAGE_BYTES, PAGE_BYTES, rights)
            vm.mem_write(first * PAGE_BYTES, bytes(count * PAGE_BYTES) if content is None else content)
        bits |= _READ if bits else 0
        for number in numbers:
            self._note(number, bits)

    def map_text(self, first: int, content: bytes) -> None:
        """Map pages of the program's text, which hold `content`: they can be read and executed."""
        numbers = range(first, first + len(content) // PAGE_BYTES)
        if all(number in self._text for number in numbers):
            self._pages.update(dict.fromkeys(numbers, _READ | _EXECUTE))
            return
        self.map_pages(first, len(numbers), Protection.READ | Protection.EXECUTE, content)
        self._text |= dict.fromkeys(numbers)

    def hide_text(self) -> None:
        """Let the process find no text that is not mapped: it may be a part of it only that it has."""
        hidden = [number for number in self._text if number not in self._pages]
        for number in hidden:
            del self._text[number]
            self._vacant.add(number)
            self._vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, MemoryProtection.NoAccess)
        if hidden:
            self._change_code()

    def unmap_page(self, page_number: int) -> None:
        """Take a page away. Raises PageNotMapped."""
        self.unmap_pages(page_number, 1)

    def unmap_pages(self, first: int, count: int) -> None:
        """Take consecutive pages away. Raises PageNotMapped, and then none is."""
        self._check_mapped(first, first + count - 1)
        pages = self._pages
        executable = False
        for number in range(first, first + count):
            executable |= bool(pages.pop(number) & _EXECUTE)
            self._text.pop(number, None)
            self._writable_code.pop(number, None)
            self._unguarded.pop(number, None)
            self._vacant.add(number)
        if executable:
            self._change_code()
        self._vm.mem_protect(first * PAGE_BYTES, count * PAGE_BYTES, MemoryProtection.NoAccess)
        if len(self._vacant) > _VACANT_MAX and len(self._vacant) > len(pages):
            self._stale = True

    def protect_page(self, page_number: int, protection: Protection) -> None:
        """Change what the process may do with a page. Raises PageNotMapped."""
        bits, before = int(protection), self._pages.get(page_number)
        if before is None:
            raise PageNotMapped(page_number)
        bits |= _READ if bits else 0
        if before == bits:
            return  # icicle would forget which bytes it compiled
        if before & _EXECUTE:
            self._change_code()
        self._note(page_number, bits)
        self._vm.mem_protect(page_number * PAGE_BYTES, PAGE_BYTES, _ICICLE_PROTECTIONS[bits])

    def protect_pages(self, first: int, count: int, protection: Protection) -> None:
        """Change what the process may do with consecutive pages. Raises PageNotMapped, and then nothing is changed."""
        self._check_mapped(first, first + count - 1)
        bits = int(protection)
        bits |= _READ if bits else 0
        pages, numbers = self._pages, range(first, first + count)
        if all(pages[number] == bits for number in numbers):
            return  # icicle would forget which bytes it compiled
        if any(pages[number] & _EXECUTE for number in numbers):
            self._change_code()
        for number in numbers:
            self._note(number, bits)
        self._vm.mem_protect(first * PAGE_BYTES, count * PAGE_BYTES, _ICICLE_PROTECTIONS[bits])

    def read_page(self, page_number: int) -> bytes:
        """Return the content of a page. Raises PageNotMapped."""
        return self.read(page_number * PAGE_BYTES, PAGE_BYTES)

    def read_pages(self, first: int, count: int) -> bytes:
        """Return the content of consecutive pages. Raises PageNotMapped."""
        return self.read(first * PAGE_BYTES, count * PAGE_BYTES)

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes, whatever the protection of their pages. Raises PageNotMapped."""
        if size <= 0:
            return b""
        self._check_mapped(address // PAGE_BYTES, (address + size - 1) // PAGE_BYTES)
        return self._vm.mem_read(address, size)  # type: ignore[no-any-return]

    def write(self, address: int, data: bytes) -> None:
        """Change memory, whatever the protection of its pages. Raises PageNotMapped, and then nothing is changed."""
        if not data:
            return
        first, last = address // PAGE_BYTES, (address + len(data) - 1) // PAGE_BYTES
        self._check_mapped(first, last)
        executable = [number for number in range(first, last + 1) if self._pages[number] & _EXECUTE]
        if executable:
            self._change_code()
            for number in executable:
                self._vm.mem_protect(number * PAGE_BYTES, PAGE_BYTES, _ICICLE_PROTECTIONS[self._pages[number]])
        self._vm.mem_write(address, data)

    def _note(self, number: int, bits: int) -> None:
        """Take note of the rights of a page, which nobody guards now."""
        self._pages[number] = bits
        if bits & _WRITE:
            self._unguarded[number] = None
        else:
            self._unguarded.pop(number, None)
        if bits & _WRITE and bits & _EXECUTE:
            self._writable_code[number] = None
        else:
            self._writable_code.pop(number, None)

    def _check_mapped(self, first: int, last: int) -> None:
        pages = self._pages
        for number in range(first, last + 1):
            if number not in pages:
                raise PageNotMapped(number)

    def _renew(self, *, with_floating: bool = False) -> None:
        """Move to another machine, which has compiled nothing and lets no page lie about. `with_floating`: with the unit."""
        registers, old, pages, text, hot_at = self.dump(), self._vm, self._pages, self._text, self._hot_at
        unguarded = self._unguarded
        self._begin(
            None if hot_at is None else hot_at - registers.instructions, with_floating=with_floating or self._floating
        )
        for number, bits in pages.items():
            self.map_pages(number, 1, Protection(bits), old.mem_read(number * PAGE_BYTES, PAGE_BYTES))
        self._text = {number: None for number in text if number in pages}
        self.restore(registers)
        if len(unguarded) < len(self._unguarded):
            self.guard(self._before_write)
            for number in unguarded:
                self._unguard(number)


def _new_machine(*, compiles: bool, thorough: bool | None) -> Any:
    """Make a machine for the instruction set of the guests. `thorough`: how its floating-point unit is; None: it has none.

    icicle could optimise the instructions before it executes them; what that takes is never won back.
    """
    with riscv.language(thorough=thorough):
        machine = icicle.Icicle("riscv64", jit=compiles, recompilation=False, optimize_instructions=False)
    machine.mem_capacity = _HOST_PAGES
    return machine


class CpuPool:
    """CPUs for processes. Those that no process has had, and those that have compiled a program, are made before the nodes are forked: they
    share their memory until they are used. A process gets one that has compiled its program, if there is one."""

    def __init__(self, size: int, *, compile_at_once: bool = False) -> None:
        self._unused = [Cpu() for _ in range(size)]
        self._compile_at_once = compile_at_once
        self._warm: list[Cpu] = []
        """Whose processes have gone, the latest last."""

    def take(self, image: ProgramImage | None = None) -> Cpu:
        """Return a CPU that is as new. Where the pool has none left, making it takes 2 ms."""
        program = "" if image is None else image.digest
        for index in range(len(self._warm) - 1, -1, -1):
            if self._warm[index].program == program:
                return self._warm.pop(index)
        if self._compile_at_once:
            cpu = Cpu(compiles=True)
        else:
            cpu = self._unused.pop() if self._unused else Cpu()
        return cpu if image is None else cpu.meant_for(program, image.text_bytes)

    def give_back(self, cpu: Cpu) -> None:
        """Take a CPU whose process has gone: its program may be needed again."""
        if not cpu.retire():
            cpu.release()
            return
        self._warm.append(cpu)
        if len(self._warm) > _WARM:
            self._warm.pop(0).release()

    def take_over(self, other: CpuPool) -> None:
        """Have what another pool has compiled."""
        self._warm = (self._warm + other._warm)[-_WARM:]
        other._warm = []
