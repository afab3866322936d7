"""The machine's own limits: what the emulator's figures are held against.

Run by its path, as a process of its own, it imports nothing of tuiclu, measures one thing and writes it as one JSON object:

    guest ELF ARGUMENT...   a program on bare icicle, with only the system calls that such a program cannot do without
    ping-pong N SECONDS     N forked processes that do nothing but answer; all of them are asked once a round
    forks N                 N forked processes, each asked once: time to start and to stop them, and their memory
    fork BYTES              processor time of a fork of a process that has so much memory, the least of several
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_PR_SET_PDEATHSIG = 1

# -------------------------------------------------------------------------------------------------------------- a guest

_STACK_TOP, _STACK_BYTES = 0x3F_0000_0000, 1 << 20
_HEAP, _MAPPINGS, _ROOM_BYTES = 0x4000_0000, 0x10_0000_0000, 16 << 20
_AT_PAGESZ, _AT_RANDOM = 6, 25
_ENOSYS = 38


def guest(elf: str, *arguments: str) -> dict[str, Any]:
    """Run a static program, all of whose memory is there before it starts, to its end."""
    import icicle
    from elftools.elf.elffile import ELFFile

    machine = icicle.Icicle("riscv64")

    def map_zeros(address: int, size: int) -> None:
        machine.mem_map(address, size, icicle.MemoryProtection.ExecuteReadWrite)
        machine.mem_write(address, bytes(size))

    with Path(elf).open("rb") as file:
        program = ELFFile(file)
        segments = [segment for segment in program.iter_segments() if segment["p_type"] == "PT_LOAD"]
        first = segments[0]["p_vaddr"] & ~4095
        map_zeros(first, -(-(segments[-1]["p_vaddr"] + segments[-1]["p_memsz"] - first) // 4096) * 4096)
        for segment in segments:
            machine.mem_write(segment["p_vaddr"], segment.data())
        machine.pc = program["e_entry"]
    map_zeros(_STACK_TOP - _STACK_BYTES, _STACK_BYTES)
    map_zeros(_HEAP, _ROOM_BYTES)
    map_zeros(_MAPPINGS, _ROOM_BYTES)
    machine.reg_write("sp", _put_stack(machine.mem_write, [Path(elf).stem, *arguments]))
    calls = _Calls(machine)
    began, cpu_s = time.perf_counter(), time.process_time()
    while calls.exit_code is None:
        machine.run()
        if machine.exception_code != icicle.ExceptionCode.Syscall:
            raise SystemExit(f"{machine.exception_code} at {machine.pc:#x}")
        calls.perform()
    wall_s = time.perf_counter() - began
    cpu_s = time.process_time() - cpu_s
    return {"instructions": machine.icount, "wall_s": wall_s, "cpu_s": cpu_s, "output": calls.output.decode()}


def _put_stack(write: Callable[[int, bytes], None], argv: list[str]) -> int:
    """Write what a program finds on its stack, and return the stack pointer."""
    texts = [text.encode() + b"\0" for text in argv]
    strings = _STACK_TOP - 4096
    addresses = [strings + sum(map(len, texts[:index])) for index in range(len(texts))]
    write(strings, b"".join(texts))
    words = [len(argv), *addresses, 0, 0, _AT_PAGESZ, 4096, _AT_RANDOM, strings, 0, 0]
    pointer = (strings - 8 * len(words)) & ~15
    write(pointer, struct.pack(f"<{len(words)}Q", *words))
    return pointer


class _Calls:
    """As much of Linux as a program needs that only computes."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._heap_end, self._next_mapping = _HEAP, _MAPPINGS
        self.exit_code: int | None = None
        self.output = b""

    def perform(self) -> None:
        """Do the system call that the machine stands at, and let it go on behind it."""
        machine = self._machine
        result = self._result(*(machine.reg_read(name) for name in ("a7", "a0", "a1", "a2")))
        machine.reg_write("a0", result % (1 << 64))
        machine.pc += 4

    def _result(self, number: int, a0: int, a1: int, a2: int) -> int:
        read = self._machine.mem_read
        match number:
            case 64:  # write
                self.output += read(a1, a2)
                return a2
            case 66:  # writev
                before = len(self.output)
                for base, size in struct.iter_unpack("<QQ", read(a1, 16 * a2)):
                    self.output += read(base, size) if size else b""
                return len(self.output) - before
            case 93 | 94:  # exit, exit_group
                self.exit_code = a0
                return 0
            case 96:  # set_tid_address
                return 1
            case 214:  # brk
                self._heap_end = a0 or self._heap_end
                return self._heap_end
            case 222:  # mmap
                address = self._next_mapping
                self._next_mapping += -(-a1 // 4096) * 4096
                return address
            case _:
                return -_ENOSYS


# ------------------------------------------------------------------------------------------------------------ processes


class Child(NamedTuple):
    """A forked process that answers, and our ends of the two pipes to it."""

    pid: int
    incoming: int
    outgoing: int


def ping_pong(count: str, seconds: str) -> dict[str, Any]:
    """Ask `count` processes and wait for all of their answers, over and over for some time."""
    children = _fork(int(count))
    limit_s, rounds = float(seconds), 0
    _ask_all(children)
    began = time.perf_counter()
    while (wall_s := time.perf_counter() - began) < limit_s:
        _ask_all(children)
        rounds += 1
    return {"rounds": rounds, "wall_s": wall_s}


def forks(count: str) -> dict[str, Any]:
    """Start as many processes, ask each once, and stop them."""
    began = time.perf_counter()
    children = _fork(int(count))
    _ask_all(children)
    start_s = time.perf_counter() - began
    memory = [_memory_bytes(child.pid) for child in children]
    began = time.perf_counter()
    for child in children:
        os.close(child.outgoing)
    for child in children:
        os.waitpid(child.pid, 0)
    return {"start_s": start_s, "stop_s": time.perf_counter() - began, "bytes_each": sum(memory) / len(memory)}


def fork(size: str) -> dict[str, Any]:
    """Fork a process that has used as many bytes, and take the least time of several."""
    memory = bytearray(int(size))
    for place in range(0, len(memory), 4096):
        memory[place] = 1
    took = []
    for _ in range(5):
        began = time.process_time_ns()
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        took.append(time.process_time_ns() - began)
        os.waitpid(pid, 0)
    return {"cpu_s": min(took) / 1e9}


def pipe(size: str) -> dict[str, Any]:
    """Copy a number of bytes from one process to another through a pipe, in the largest pieces that it takes."""
    incoming, outgoing = os.pipe()
    content = bytes(1 << 20)
    pid = os.fork()
    if pid == 0:
        try:
            die_with_the_parent()
            os.close(incoming)
            left = int(size)
            while left > 0:
                left -= os.write(outgoing, content[:left])
        finally:
            os._exit(0)
    os.close(outgoing)
    received = len(os.read(incoming, 1))
    began = time.perf_counter()
    while part := os.read(incoming, 1 << 20):
        received += len(part)
    wall_s = time.perf_counter() - began
    os.close(incoming)
    os.waitpid(pid, 0)
    return {"bytes": received, "wall_s": wall_s}


def _ask_all(children: list[Child]) -> None:
    for child in children:
        os.write(child.outgoing, b"?")
    for child in children:
        os.read(child.incoming, 1)


def _fork(count: int) -> list[Child]:
    children: list[Child] = []
    for _ in range(count):
        question, outgoing = os.pipe()
        incoming, answer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_the_parent()
                for descriptor in (incoming, outgoing, *(end for child in children for end in child[1:])):
                    os.close(descriptor)  # else the others would not see their end
                while os.read(question, 1):
                    os.write(answer, b"!")
            finally:
                os._exit(0)
        os.close(question)
        os.close(answer)
        children.append(Child(pid, incoming, outgoing))
    return children


def _memory_bytes(pid: int) -> int:
    import psutil

    memory = psutil.Process(pid).memory_full_info()
    return int(getattr(memory, "pss", memory.uss))


def die_with_the_parent() -> None:
    """Be killed when the parent dies, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "guest": guest,
    "ping-pong": ping_pong,
    "forks": forks,
    "fork": fork,
    "pipe": pipe,
}

if __name__ == "__main__":
    die_with_the_parent()
    sys.stdout.write(json.dumps(MEASUREMENTS[sys.argv[1]](*sys.argv[2:])))
