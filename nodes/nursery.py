"""The parent of all nodes: a small process without threads that has the kernel and a pool of CPUs loaded, and forks nodes on request.

To load it takes about 0.2 s, once; a node forked afterwards is ready in a few milliseconds, and shares its memory. What the parent has
learned, on request, every node has from its birth: programs that are compiled. It never imports
anything of the front. Nothing of it has a name in a file system. It ends with whoever started it, and all nodes with it, however that ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from setproctitle import setproctitle

from nodes.heap import keep_large_blocks_apart
from nodes.wire.machine import refusal
from nodes.wire.starting import (
    AnyNews,
    AnyRequest,
    Broken,
    Ended,
    Learn,
    Learned,
    NotStarted,
    Started,
    StartNode,
    framed,
    receive_request,
)

FAILED = 71
"""The exit status of a node that could not begin."""
CPUS = 16
"""That are made beforehand, and that every node has from its birth."""


def main(descriptor: int) -> None:
    """Be the parent of all nodes for whoever has the other end of the socket `descriptor`."""
    setproctitle("tuiclu: nursery")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_large_blocks_apart()
    end = socket.socket(fileno=descriptor)
    try:
        from nodes.kernel.cpu import CpuPool
        from nodes.kernel.learning import learn
        from nodes.node import run_node

        pool = CpuPool(CPUS)
    except BaseException as error:
        _tell(end, Broken(f"{type(error).__name__}: {error}"))
        raise
    gc.collect()
    gc.freeze()
    nursery = _Nursery(end, lambda program: learn(pool, program.image, program.argv, program.stdin))
    while (born := nursery.wait_for_birth()) is not None:
        request, (incoming, outgoing, disk, bulk, records) = born
        status = FAILED
        try:
            run_node(request.name, request.title, (incoming, outgoing), (disk, bulk), records, request.level, pool)
            status = 0
        finally:
            os._exit(status)


class _Nursery:
    """Takes requests, and buries the dead."""

    def __init__(self, end: socket.socket, learn: Callable[[Learn], None]) -> None:
        self._end = end
        self._learn = learn
        self._children: dict[int, None] = {}
        self._rings, self._bell = os.pipe()
        os.set_blocking(self._rings, False)
        os.set_blocking(self._bell, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)

    def wait_for_birth(self) -> tuple[StartNode, list[int]] | None:
        """Fork nodes for ever; return in a node, with its task; None, in the parent: nobody wants another."""
        waiting = select.poll()
        waiting.register(self._end, select.POLLIN)
        waiting.register(self._rings, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in waiting.poll()]
            if self._rings in ready:
                self._bury()
            if self._end.fileno() in ready:
                asked = _received(self._end)
                if asked is None:
                    self._end_all()
                request, descriptors = asked
                if isinstance(request, Learn):
                    self._learn_if_possible(request)
                    _tell(self._end, Learned())
                elif self._gives_birth(descriptors):
                    return request, descriptors

    def _learn_if_possible(self, request: Learn) -> None:
        """Learn a program. Where icicle panics, or the machine refuses something, nodes do without, and tell if they come to it as well."""
        try:
            self._learn(request)
        except BaseException as error:
            if not _is_panic(error) and refusal(error) is None:
                _tell(self._end, Broken(f"{type(error).__name__}: {error}"))
                raise

    def _gives_birth(self, descriptors: list[int]) -> bool:
        """Fork; tell whether this is the child. The parent keeps none of the child's files."""
        try:
            pid = os.fork()
        except OSError as error:
            _tell(self._end, NotStarted(error.errno or 0))
            pid = -1
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._rings)
            os.close(self._bell)
            self._end.close()
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            self._children[pid] = None
            _tell(self._end, Started(pid))
        return False

    def _bury(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._rings, 1 << 12)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._children.pop(pid, None)
                _tell(self._end, Ended(pid, os.waitstatus_to_exitcode(status)))

    def _end_all(self) -> NoReturn:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)  # also one that somebody has stopped
        os._exit(0)


def _is_panic(error: BaseException) -> bool:
    """Tell whether this is what a library in Rust raises when it fails: it is no Exception, and its class cannot be imported."""
    return type(error).__module__ == "pyo3_runtime"


def _received(end: socket.socket) -> tuple[AnyRequest, list[int]] | None:
    with contextlib.suppress(OSError):
        return receive_request(end)
    return None


def _tell(end: socket.socket, news: AnyNews) -> None:
    with contextlib.suppress(OSError):  # whoever asked is gone: that shows when the next request is awaited
        end.sendall(framed(news))


if __name__ == "__main__":
    main(int(sys.argv[1]))
