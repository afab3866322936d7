"""Starts, watches and buries the OS processes of the nodes.

Nodes are forked by multiprocessing's forkserver, a small process without threads that has the kernel and a pool of CPUs loaded
(`nodes.preload`). Each has a pair of pipes of its own to the engine, and a log queue of its own: a node that dies by SIGKILL while it logs
leaves its queue's lock taken for ever, and nobody else may ever wait for that lock.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import multiprocessing.forkserver
import os
import resource
import signal
import sys
import types
from collections import deque
from collections.abc import Iterator
from typing import Any

import psutil
from multiprocessing_logging import MultiProcessingHandler

from nodes import entry
from nodes.wire.connection import FrameConnection, NodeFiles, open_pipes

END_GRACE_S = 2.0
"""Real seconds that a node gets to end by itself before it is killed."""


class NodeLog(logging.Handler):
    """Takes the human log of one node: keeps the last lines for the report of its death, and hands all of it on."""

    def __init__(self, onward: logging.Handler | None, level: int) -> None:
        super().__init__(level)
        self.last_lines: deque[str] = deque(maxlen=40)
        self._onward = onward
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.last_lines.append(self.format(record))
        if self._onward is not None:
            self._onward.handle(record)


class _Records(MultiProcessingHandler):  # type: ignore[misc]
    """Brings the log records of one node over a queue of its own to its `NodeLog`, in a thread that ends when the node does."""

    def leave_to_node(self) -> None:
        """Close our copy of the writing end: then the node's death ends the stream, whatever the node was doing at the time."""
        self.queue._writer.close()  # noqa: SLF001 - there is no public way

    def wait_for_end(self) -> None:
        """Wait until the last record of a node that has ended is handed on."""
        self._receive_thread.join(END_GRACE_S)


class NodeProcess:
    """One life of one node as an OS process: its connection, its log, and its end."""

    def __init__(self, process: Any, connection: FrameConnection, log: NodeLog, records: _Records) -> None:
        self.connection = connection
        self.pid: int = process.pid
        """The real process id."""
        self._process = process
        self._log = log
        self._records = records

    def kill(self) -> None:
        """Kill it as `kill -9` would, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._process.join()

    def stop(self) -> None:
        """Send SIGSTOP: it stands still until `go_on`."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Send SIGCONT."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def is_stopped(self) -> bool:
        """Tell whether somebody has stopped it by a signal."""
        with contextlib.suppress(psutil.Error):
            return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)
        return False

    def real_side(self) -> dict[str, Any]:
        """Return what the process costs the real machine so far: nothing that a run depends on. Empty if it is gone."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            with process.oneshot():
                times, switches = process.cpu_times(), process.num_ctx_switches()
                return {
                    "pid": self.pid,
                    "status": str(process.status()),
                    "cpu_s": times.user + times.system,
                    "rss_bytes": process.memory_info().rss,
                    "context_switches": switches.voluntary + switches.involuntary,
                }
        return {}

    def end(self) -> int | None:
        """Wait a little for the end and return it: an exit status, or minus the signal; None: it has not ended."""
        self._process.join(END_GRACE_S)
        code: int | None = self._process.exitcode
        return code

    def last_lines(self) -> list[str]:
        """Return the last lines of its log."""
        return list(self._log.last_lines)

    def bury(self) -> None:
        """Make sure that it is gone, and give back all that belonged to it here."""
        self.connection.close()
        self._process.join(END_GRACE_S)
        if self._process.is_alive():
            self.kill()
        self._process.close()
        self._records.wait_for_end()


class Launcher:
    """Makes node processes. `sink` gets the human log of all of them, from `level` up."""

    def __init__(self, title: str, sink: logging.Handler | None = None, level: int = logging.INFO) -> None:
        self._title = title
        self._sink = sink
        self._level = level
        prepare()

    def start(self, name: str, files: NodeFiles) -> NodeProcess:
        """Start the process of a node, with its files. It answers its first question: Boot."""
        ours, theirs = open_pipes()
        log = NodeLog(self._sink, self._level)
        records = _Records(f"log of {name}", log)
        process = multiprocessing.Process(
            target=entry.main,
            args=(name, self._title, theirs, files.handed_over(), records.queue, self._level),
            name=f"node {name}",
            daemon=True,
        )
        with _bare_main():
            process.start()
        for end in theirs:
            end.close()
        records.leave_to_node()
        return NodeProcess(process, FrameConnection(ours), log, records)


def prepare() -> None:
    """Start the parent of all nodes, in the background; done once. Call it early: it takes 0.2 s to load."""
    if multiprocessing.get_start_method(allow_none=True) != "forkserver":
        multiprocessing.set_start_method("forkserver", force=True)
        multiprocessing.set_forkserver_preload([entry.PRELOAD])
        _allow_many_descriptors()
    with _bare_main():
        multiprocessing.forkserver.ensure_running()


def forget_inherited() -> None:
    """Forget the parent of nodes that the process from which we were forked has, if it has one: we start our own."""
    server = multiprocessing.forkserver._forkserver  # noqa: SLF001 - there is no public way
    alive = getattr(server, "_forkserver_alive_fd", None)
    if alive is not None:
        with contextlib.suppress(OSError):
            os.close(alive)
    multiprocessing.forkserver._forkserver.__init__()  # type: ignore[misc]  # noqa: SLF001
    multiprocessing.set_forkserver_preload([entry.PRELOAD])


@contextlib.contextmanager
def _bare_main() -> Iterator[None]:
    """Keep multiprocessing from importing this program's main module, with all that it imports, in every node."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _allow_many_descriptors() -> None:
    """Raise this process's limit on open files as far as it may: a node takes about six."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited" and means 10,240
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (min(hard, 10_240) if hard != resource.RLIM_INFINITY else 10_240, hard)
        )
