"""What processes write to their standard output and error, on its way to whoever watches.

Every byte is charged for. What a process writes after some time of silence is reported at once, what follows within INTERVAL_NS together,
in pieces of PIECE_BYTES: so neither a program that writes byte by byte nor one that writes without end makes more events than somebody
can take. Nothing is pending of a process that ends or is about to move; a crash of the node takes it along.

```
 writes     a       b c d          e                      f
 reported   a       |    bcd       |    e                 f
            +-- INTERVAL_NS --+-- INTERVAL_NS --+
```
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from nodes.kernel.agenda import Timer
from nodes.kernel.kernel import Kernel
from nodes.kernel.process import Process
from nodes.kernel.services import Service
from nodes.wire.events import ProcessOutput
from nodes.wire.ids import Pid

INTERVAL_NS = 1_000_000
PIECE_BYTES = 4096
"""No event has more of them."""


@dataclass
class _Writer:
    """A process that has written something lately."""

    next_report_ns: int
    """What it writes before is not reported before."""
    stream: int
    pending: bytearray = field(default_factory=bytearray)
    """Written to this stream and not reported yet."""
    timer: Timer | None = None


class OutputService(Service):
    """The output of the processes of one node."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._writers: dict[Pid, _Writer] = {}
        kernel.register(self)

    def write(self, process: Process, stream: int, data: bytes) -> None:
        """Take what a process writes."""
        kernel, pid = self.kernel, process.pid
        kernel.charge(len(data) * kernel.costs.output_byte_ns)
        writer = self._writers.setdefault(pid, _Writer(kernel.now, stream))
        if writer.stream != stream:
            self._report(pid, writer, len(writer.pending))
            writer.stream = stream
        writer.pending += data
        silent = kernel.now >= writer.next_report_ns
        if silent:
            writer.next_report_ns = kernel.now + INTERVAL_NS
        if silent or len(writer.pending) >= PIECE_BYTES:
            self._report(pid, writer, _whole(writer.pending))
        self._wait(pid, writer)

    def process_halting(self, process: Process) -> None:
        """Report all that a process has written: it ends, or moves."""
        writer = self._writers.pop(process.pid, None)
        if writer is not None:
            if writer.timer is not None:
                writer.timer.cancel()
            self._report(process.pid, writer, len(writer.pending))

    def _interval_over(self, pid: Pid, writer: _Writer) -> None:
        """Report what is pending; the beginning of a character has waited long enough for its end if there is nothing else."""
        writer.timer = None
        self._report(pid, writer, _whole(writer.pending) or len(writer.pending))
        writer.next_report_ns = self.kernel.now + INTERVAL_NS
        self._wait(pid, writer)

    def _wait(self, pid: Pid, writer: _Writer) -> None:
        if writer.pending and writer.timer is None:
            delay_ns = writer.next_report_ns - self.kernel.now
            writer.timer = self.kernel.call_later(delay_ns, lambda: self._interval_over(pid, writer))

    def _report(self, pid: Pid, writer: _Writer, size: int) -> None:
        """Report the first bytes that are pending."""
        while size:
            piece = bytes(writer.pending[: min(size, PIECE_BYTES)])
            piece = piece[: _whole(piece) or len(piece)] if size > PIECE_BYTES else piece
            del writer.pending[: len(piece)]
            size -= len(piece)
            try:
                self.kernel.emit(ProcessOutput(pid, writer.stream, text=piece.decode()))
            except UnicodeDecodeError:
                encoded = base64.b64encode(piece).decode()
                self.kernel.emit(ProcessOutput(pid, writer.stream, base64=encoded))


def _whole(data: bytes | bytearray) -> int:
    """Return how many of these bytes there are before a UTF-8 character that has begun and not ended."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if back < length else len(data)
        if byte < 0x80:
            break
    return len(data)
