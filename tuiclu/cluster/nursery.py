"""The parent of all nodes, as seen by the process that has started it; and the thread that listens to it and to the nodes' logs."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import selectors
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable

from nodes.parent import python_command
from nodes.wire.image import ProgramImage
from nodes.wire.machine import system_says
from nodes.wire.records import RecordReceiver
from nodes.wire.starting import (
    AnyNews,
    Broken,
    Ended,
    Learn,
    Learned,
    NotStarted,
    Started,
    StartNode,
    decode_news,
    framed,
    take_frames,
)
from nodes.wire.text import Text
from tuiclu.cluster.preparation import Use
from tuiclu.errors import EmulatorError, MachineError

START_S = 60.0
"""Real seconds that a node gets to be started, on however busy a machine."""
END_S = 5.0
"""And to end by itself."""
WORTH_LEARNING = 2
"""To compile a program costs about as much as two short uses of it on nodes that have to do so themselves, or one long one."""
OFTEN = 2
"""Processes for each node, in one run, for which one more of them is likely to be on some node at the same time."""
MOST_LEARNED = 16
"""CPUs of the parent of all nodes that have compiled a program; the oldest go for new ones."""
MOST_OF_ONE = 8
"""And of one program: so many of its processes find one at the same time on the same node. One costs every node half a millisecond, to
have none 50 ms and more."""
NO_MORE_PROCESSES = Text(
    "Use fewer nodes, or allow more: `ulimit -u` shows the limit of your own, a container may have one as well."
)


class Nursery:
    """A process that forks nodes on request. It ends with this one, and all nodes with it; so does it with the thread that starts it."""

    def __init__(self) -> None:
        """Start it, in the background: it takes 0.2 s to load. Raises MachineError."""
        self._end, theirs = socket.socketpair()
        try:
            command = python_command("nodes.nursery", str(theirs.fileno()))
            nowhere = subprocess.DEVNULL
            self._process = subprocess.Popen(
                command,
                pass_fds=(theirs.fileno(),),
                stdin=nowhere,
                stdout=nowhere,
                stderr=nowhere,
                start_new_session=True,
            )
        except OSError as error:
            self._end.close()
            raise MachineError(
                Text("no process can be started: {why}", why=system_says(error)), None, NO_MORE_PROCESSES
            ) from None
        finally:
            theirs.close()
        self.pid = self._process.pid
        """Its real process id."""
        self.is_gone = False
        self._received = bytearray()
        self._answer: Started | NotStarted | None = None
        self._learning = False
        self._uses: Counter[str] = Counter()
        """By program: how often it was to be used so far."""
        self._learned: list[str] = []
        """The programs that CPUs have compiled, the latest last."""
        self._broken = ""
        self._ended: dict[int, int] = {}
        """How nodes have ended, by their process ids."""
        self._news = threading.Condition()
        self._logs = selectors.DefaultSelector()
        self._logs.register(self._end, selectors.EVENT_READ)
        self._listener = threading.Thread(target=self._listen, name="nursery", daemon=True)
        self._listener.start()

    def start(self, name: str, title: str, level: int, descriptors: list[int], records: RecordListener) -> int:
        """Have a node started, with open files that stay the caller's; return its process id. Raises MachineError.

        `records` gets its human log, from `level` up, in another thread, until the node has ended.
        """
        self._logs.register(records.receiver, selectors.EVENT_READ, records)
        with self._news:
            self._answer = None
            with contextlib.suppress(OSError):
                socket.send_fds(self._end, [framed(StartNode(name, title, level))], descriptors)
            self._news.wait_for(lambda: self._answer is not None or self.is_gone, START_S)
            match self._answer:
                case Started(pid):
                    self._ended.pop(pid, None)  # of somebody who had that number before
                    return pid
                case NotStarted(error):
                    reason = Text(os.strerror(error))
                    raise MachineError(
                        Text("the process of {name} cannot be started: {reason}", name=name, reason=reason),
                        None,
                        NO_MORE_PROCESSES,
                    )
                case None if self._broken:
                    raise EmulatorError(f"the parent of the nodes cannot begin: {self._broken}")
                case None:
                    raise self.lost()

    def prepare_for(self, image: ProgramImage, use: Use, nodes: int) -> None:
        """Have a program compiled for all nodes to come, if that pays: from the second use on, and again where there are many processes."""
        program = image.digest
        self._uses[program] += use.times
        if self._uses[program] < WORTH_LEARNING:
            return
        wanted = min(MOST_OF_ONE, 1 + use.processes // (OFTEN * nodes))
        for _ in range(wanted - self._learned.count(program)):
            self._learned = [*self._learned, program][-MOST_LEARNED:]
            with self._news:
                self._learning = True
                with contextlib.suppress(OSError):
                    self._end.sendall(framed(Learn(image, use.argv, use.stdin)))
                self._news.wait_for(lambda: not self._learning or self.is_gone, START_S)

    def wait_for_end(self, pid: int, timeout_s: float | None) -> int | None:
        """Wait for the end of a node and return it: an exit status, or minus the signal; None: it has not ended.

        Without their parent nobody knows how nodes have ended; but it was by SIGKILL then, at the latest.
        """
        with self._news:
            self._news.wait_for(lambda: pid in self._ended or self.is_gone, timeout_s)
            return self._ended.get(pid, -signal.SIGKILL if self.is_gone else None)

    def lost(self) -> MachineError:
        """Return the error that says that the parent of the nodes is gone."""
        status = self._process.wait()
        ended = (
            Text("was ended by {signal}", signal=signal.Signals(-status).name)
            if status < 0
            else Text("ended with status {status}", status=status)
        )
        what = Text("the parent of all nodes, process {pid}, {ended}, and all nodes with it", pid=self.pid, ended=ended)
        return MachineError(what, None, Text("Somebody did that, or the system did, for want of memory."))

    def forget(self) -> None:
        """Leave it to the process from which we were forked."""
        self._end.close()

    def end(self) -> None:
        """Let it end, with all nodes that there may still be, and wait until it has."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self._listener.join(END_S)

    def _listen(self) -> None:
        """Listen to the nursery and to the logs, until there is nobody left."""
        while self._logs.get_map():
            for key, _ in self._logs.select():
                if key.data is None:
                    self._hear()
                elif not key.data.hear():
                    self._logs.unregister(key.fileobj)
                    key.data.close()
        self._logs.close()

    def _hear(self) -> None:
        chunk = b""
        with contextlib.suppress(OSError):
            chunk = self._end.recv(1 << 16)
        with self._news:
            if not chunk:
                self._logs.unregister(self._end)
                self._end.close()
                self.is_gone = True
            self._received += chunk
            for frame in take_frames(self._received):
                self._take(decode_news(frame))
            self._news.notify_all()

    def _take(self, news: AnyNews) -> None:
        match news:
            case Started() | NotStarted():
                self._answer = news
            case Learned():
                self._learning = False
            case Ended(pid, status):
                self._ended[pid] = status
            case Broken(why):
                self._broken = why


class RecordListener:
    """Hands the records of one node's human log on, in the nursery's thread. Owns its descriptor until `close`."""

    def __init__(self, descriptor: int, onward: Callable[[logging.LogRecord], object]) -> None:
        self.receiver = RecordReceiver(descriptor)
        self._onward = onward
        self._is_over = threading.Event()

    def hear(self) -> bool:
        """Take what has come; tell whether there may be more."""
        records = self.receiver.receive()
        for record in records or ():
            self._onward(record)
        return records is not None

    def close(self) -> None:
        """The node has ended, and all that it has said is handed on."""
        self.receiver.close()
        self._is_over.set()

    def wait_for_end(self, timeout_s: float) -> None:
        """Wait until that is so."""
        self._is_over.wait(timeout_s)


_nursery: Nursery | None = None


def the_nursery() -> Nursery:
    """Return the nursery of this process; start one if there is none, or if it is dead. Raises MachineError."""
    global _nursery
    if _nursery is None:
        atexit.register(_end_at_exit)
    if _nursery is not None and _nursery.is_gone:
        _nursery.end()
        _nursery = None
    if _nursery is None:
        _nursery = Nursery()
    return _nursery


def end_nursery() -> None:
    """End the nursery of this process, if it has one, and with it all nodes."""
    if _nursery is not None:
        _nursery.end()


def _end_at_exit() -> None:
    """End it when all is over. Who tells us meanwhile to end is told by our end."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    end_nursery()


def forget_inherited() -> None:
    """Forget the nursery of the process from which we were forked, if it has one: we start our own."""
    global _nursery
    if _nursery is not None:
        _nursery.forget()
        _nursery = None
        atexit.unregister(_end_at_exit)
