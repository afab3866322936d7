"""Starts, watches and buries the OS processes of the nodes.

Nodes are forked by their nursery, a small process without threads that has the kernel and a pool of CPUs loaded (`nodes.nursery`). Each
has a pair of pipes of its own to the engine, and one of its own for its human log: a node that dies by SIGKILL while it logs leaves no lock
taken, and nothing that anybody waits for. None of it has a name in a file system: whatever dies, nothing is left there.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
from collections import deque
from typing import Any

import psutil

from nodes.wire.connection import FrameConnection, NodeFiles, open_pipes
from nodes.wire.image import ProgramImage
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.cluster.nursery import (
    NO_MORE_PROCESSES,
    Nursery,
    RecordListener,
    end_nursery,
    forget_inherited,
    the_nursery,
)
from tuiclu.cluster.preparation import Use
from tuiclu.errors import MachineError

END_GRACE_S = 2.0
"""Real seconds that a node gets to end by itself before it is killed."""
DESCRIPTORS_A_NODE = 4
"""In the process of the cluster: two pipes, a disk, a log."""
DESCRIPTORS_BESIDE = 64
"""And for all else that it has open, however many nodes there are."""


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


class NodeProcess:
    """One life of one node as an OS process: its connection, its log, and its end."""

    def __init__(
        self, nursery: Nursery, pid: int, connection: FrameConnection, log: NodeLog, records: RecordListener
    ) -> None:
        self.connection = connection
        self.pid = pid
        """The real process id."""
        self._nursery = nursery
        self._log = log
        self._records = records

    def kill(self) -> None:
        """Kill it as `kill -9` would, and wait until it is gone."""
        if self._nursery.wait_for_end(self.pid, 0) is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._nursery.wait_for_end(self.pid, None)

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
        return self._nursery.wait_for_end(self.pid, END_GRACE_S)

    def raise_if_orphaned(self) -> None:
        """Raise MachineError if it has ended because its parent has."""
        if self._nursery.is_gone:
            raise self._nursery.lost()

    def last_lines(self) -> list[str]:
        """Return the last lines of its log."""
        return list(self._log.last_lines)

    def bury(self) -> None:
        """Make sure that it is gone, and give back all that belonged to it here."""
        self.connection.close()
        if self.end() is None:
            self.kill()
        self._records.wait_for_end(END_GRACE_S)


class Launcher:
    """Makes node processes. `sink` gets the human log of all of them, from `level` up."""

    def __init__(self, title: str, sink: logging.Handler | None = None, level: int = logging.INFO) -> None:
        self._title = title
        self._sink = sink
        self._level = level
        prepare()

    def prepare_for(self, image: ProgramImage, use: Use, nodes: int) -> None:
        """Make nodes that are started later ready for a program: how it is used, and on how many of them. Raises MachineError."""
        the_nursery().prepare_for(image, use, nodes)

    def start(self, name: str, files: NodeFiles) -> NodeProcess:
        """Start the process of a node, with its files. It answers its first question: Boot. Raises MachineError."""
        log = NodeLog(self._sink, self._level)
        try:
            ours, theirs = open_pipes()
            listening, speaking = os.pipe()
        except OSError as error:
            raise MachineError(
                Text("{name} gets no pipes: {why}", name=name, why=system_says(error)), None, _MORE_FILES
            ) from None
        records = RecordListener(listening, log.handle)
        descriptors = [theirs[0].fileno(), theirs[1].fileno(), *files, speaking]
        nursery = the_nursery()
        try:
            pid = nursery.start(name, self._title, self._level, descriptors, records)
        finally:
            for end in theirs:
                end.close()
            os.close(speaking)
        return NodeProcess(nursery, pid, FrameConnection(ours), log, records)


_MORE_FILES = Text("Use fewer nodes, or allow more open files: `ulimit -n` shows the limit.")


def prepare() -> None:
    """Start the parent of all nodes, in the background. Call it early: it takes 0.2 s to load. Raises MachineError."""
    the_nursery()


def make_room_for(nodes: int) -> None:
    """Make sure that this many nodes can be started, by raising our own limits if need be. Raises MachineError if that is not enough."""
    wanted = nodes * DESCRIPTORS_A_NODE + DESCRIPTORS_BESIDE
    limit = _make_room(resource.RLIMIT_NOFILE, wanted)
    if limit < wanted:
        raise MachineError(
            Text(
                "{nodes} nodes take {wanted} open files, and this process may have {limit}",
                nodes=nodes,
                wanted=wanted,
                limit=limit,
            ),
            None,
            Text("Use fewer nodes, or allow more: `ulimit -n {wanted}`.", wanted=wanted),
        )
    if os.geteuid() != 0:  # whom no limit on processes holds
        limit = _make_room(resource.RLIMIT_NPROC, nodes)
        if limit < nodes:
            what = Text("{nodes} nodes take as many processes, and you may have {limit}", nodes=nodes, limit=limit)
            raise MachineError(what, None, NO_MORE_PROCESSES)


def _make_room(kind: int, wanted: int) -> int:
    """Raise a limit to what is wanted, as far as may be; return how much there is then."""
    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or wanted <= soft:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited" and means 10,240
        resource.setrlimit(kind, (most, hard))
    return resource.getrlimit(kind)[0]


__all__ = ["Launcher", "NodeLog", "NodeProcess", "end_nursery", "forget_inherited", "make_room_for", "prepare"]
