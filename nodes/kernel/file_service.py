"""Files that lie on one node, read from any: by messages to that node where they are elsewhere, at the speed of its disk everywhere.

Every node knows which files there are and where (a mount table, the same for the whole cluster). Their bytes are on the disk of one node
alone. A read that the buffer of the open file cannot serve asks for READ_AHEAD bytes; the answer is mail to the process, so it follows one
that moves, as the open file itself does, with its offset and its buffer. While the node is down, reads fail with EIO.
"""

from __future__ import annotations

import errno
import hashlib

from nodes.kernel.files import FileKind, OpenFile
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.mail import MailService
from nodes.kernel.process import Process, Waiting, WaitingFor
from nodes.kernel.services import Service
from nodes.wire.events import FileAsked
from nodes.wire.ids import NodeName
from nodes.wire.packets import AnyPacket, FileContent, FileWanted, Letter
from nodes.wire.parameters import PAGE_BYTES, FileParameters

READ_AHEAD = 4 * PAGE_BYTES
"""Bytes that one request asks for, from the beginning of the page that is wanted."""


def content_of(path: str, file: FileParameters, offset: int, size: int) -> bytes:
    """Return bytes of a file: those that it was given, or pseudo-random ones that follow from its seed, page by page."""
    end = min(offset + size, file.size)
    if offset >= end:
        return b""
    if file.content:
        return file.content[offset:end]
    first, last = offset // PAGE_BYTES, (end - 1) // PAGE_BYTES
    pages = (
        hashlib.shake_128(f"{file.seed}/{path}/{page}".encode()).digest(PAGE_BYTES) for page in range(first, last + 1)
    )
    return b"".join(pages)[offset - first * PAGE_BYTES : end - first * PAGE_BYTES]


class FileService(Service):
    """The files of the cluster, as one node sees them, and the disk on which some of them lie."""

    def __init__(
        self, kernel: Kernel, lifecycle: Lifecycle, mail: MailService, files: dict[str, FileParameters]
    ) -> None:
        self.kernel = kernel
        self.lifecycle = lifecycle
        self.mail = mail
        self.files = files
        mail.handlers.add({FileContent: self._came})
        kernel.register(self, (FileWanted,))

    def find(self, path: bytes) -> str | None:
        """Return the name of the file at a path, absolute or not; None: there is none."""
        name = path.decode(errors="replace").removeprefix("/")
        return name if name in self.files else None

    def read(self, process: Process, file: OpenFile, size: int) -> bytes | int | Waiting:
        """Return up to `size` bytes from the offset of an open file, as many as its buffer has; wait for them, or fail."""
        parameters = self.files[file.path]
        if file.offset >= parameters.size or size <= 0:
            return b""
        start = file.offset - file.buffer_at
        if 0 <= start < len(file.buffer):
            return file.buffer[start : start + size]
        wanted = file.offset // PAGE_BYTES * PAGE_BYTES
        if parameters.on in self.mail.down:
            file.asked = None
            return -errno.EIO
        if file.asked != wanted:
            file.asked = wanted
            self.kernel.emit(FileAsked(process.pid, file.path, parameters.on, wanted))
            packet = FileWanted(file.path, wanted, process.pid)
            if parameters.on == self.kernel.name:
                self.receive(self.kernel.name, packet)
            else:
                self.kernel.send(parameters.on, packet)
        return WaitingFor("file")

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Read from the disk of this node for a process, and send it what was found."""
        assert isinstance(packet, FileWanted)
        content = content_of(packet.path, self.files[packet.path], packet.offset, READ_AHEAD)
        body = FileContent(packet.path, packet.offset, content)
        ready_ns = self.kernel.store.transfer(len(content))
        self.kernel.call_later(ready_ns - self.kernel.now, lambda: self.mail.send("", 0, packet.reader, body))

    def _came(self, letter: Letter, process: Process | None) -> None:
        body = letter.body
        assert isinstance(body, FileContent)
        if process is None:
            return
        self.kernel.services.tell(Service.traffic, process.pid, self.files[body.path].on, len(body.content))
        for file in process.files.open_files:
            if file.kind is FileKind.FILE and file.path == body.path and file.asked == body.offset:
                file.buffer_at, file.buffer, file.asked = body.offset, body.content, None
        self._wake(process)

    def _wake(self, process: Process) -> None:
        if isinstance(process.waiting, WaitingFor) and process.waiting.what == "file":
            self.lifecycle.wake(process)

    # ----------------------------------------------------------------------------------------------------------- crashes

    def connection_broken(self, peer: NodeName) -> None:
        """A node has crashed, and with it what was asked of it, or an answer that was passing through it."""
        for process in list(self.kernel.processes.values()):
            self.crash_missed(process)
            self._wake(process)

    def crash_missed(self, process: Process) -> None:
        """Nothing is on its way to a process any more, as far as anybody knows."""
        for file in process.files.open_files:
            file.asked = None
