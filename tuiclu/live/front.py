"""The front's handle on a live cluster: starts its process, asks, and hears. For a screen, and for programs without one."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self

from nodes.wire.text import Text
from tuiclu.errors import EmulatorError, MachineError, TuicluError
from tuiclu.live.channel import Channel, open_channel

if TYPE_CHECKING:
    from tuiclu.language.names import LessonPace
    from tuiclu.live.protocol import AnyAsk, AnyShow, Opened
    from tuiclu.scenario.trust import Trust

END_GRACE_S = 5.0
"""Real seconds that the cluster gets to end by itself, and then again after a SIGTERM."""


class Start(NamedTuple):
    """How a session begins."""

    speed: float | None = None
    """Virtual seconds a real second; None: as time passes outside."""
    paused: bool = False
    """Time stands still at first."""
    pace: LessonPace | None = None
    """At which the lesson goes; None: as the scenario says, else `real`."""
    moment: str = ""
    """It is gone there at once (see `live.moments`), and stands still."""
    quiz: tuple[str, str] = ("", "")
    """The name of the lesson under which the marks of a quiz are kept, and the file; empty: it is no quiz, and the usual file."""


NORMAL = Start()


class LiveCluster:
    """A cluster in a process of its own. Use as a context manager: it ends with it."""

    def __init__(
        self,
        source: str,
        load: Callable[[], object],
        folder: str | None = None,
        trust: Trust | None = None,
        start: Start = NORMAL,
    ) -> None:
        """Start the process at once, by a fork: call it early, before anything else has started. `load` reads the scenario, over there.

        `folder` is where the journal is to be; None: where sessions are kept. `trust`: which classes of a user's own may be executed.
        """
        ours, theirs = open_channel()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _be_the_cluster(theirs, source, load, folder, trust)
        self._attend_to(pid, ours, theirs)
        self._begin(start)

    def _attend_to(self, pid: int, ours: socket.socket, theirs: socket.socket) -> None:
        """Speak with a process that has just begun."""
        self.pid = pid
        theirs.close()
        self.channel = Channel(ours)
        self._early: list[bytes] = []
        """What came together with the first word."""
        self.status: int | None = None
        """How the process ended; None: it has not, or nobody has looked."""
        self._is_killed = False
        """We have ended it ourselves, by a signal."""

    def _begin(self, start: Start) -> None:
        """Say how it begins before anything has happened over there."""
        from tuiclu.live.protocol import Hold, Pace, Quiz, Seek, Teach

        if start.quiz[0]:
            self.ask(Quiz(*start.quiz))
        if start.pace is not None:
            self.ask(Teach(start.pace))
        if start.speed is not None:
            self.ask(Pace(start.speed))
        if start.moment:
            self.ask(Seek(start.moment))
        elif start.paused:
            self.ask(Hold())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, message: AnyAsk) -> None:
        """Say something to the cluster; never waits."""
        from tuiclu.live.protocol import encode_ask

        self.channel.send(encode_ask(message))

    def hear(self) -> list[AnyShow]:
        """Return all that the cluster has said since; never waits. `channel.open` is False once it has ended."""
        from tuiclu.live.protocol import decode_show

        self.channel.flush()
        early, self._early = self._early, []
        return [decode_show(message) for message in (*early, *self.channel.receive())]

    def wait(self, timeout_s: float) -> bool:
        """Wait until the cluster says something, or ends; tell whether it did."""
        waiting = [self.channel.fileno()]
        leaving = waiting if self.channel.waiting else []
        return any(select.select(waiting, leaving, [], timeout_s))

    def wait_until_open(self) -> Opened:
        """Wait until the cluster is up, however long that takes, and return its first word, `Opened`. Raises what kept it from opening."""
        from tuiclu.live.protocol import Failed, Opened, decode_show

        while self.channel.open:
            self.wait(1.0)
            messages = self.channel.receive()
            if messages:
                first = decode_show(messages[0])
                self._early = messages[1:]
                if isinstance(first, Failed):
                    raise Refused(first.text, first.said, first.status)
                assert isinstance(first, Opened)
                return first
        self._ended_within(END_GRACE_S)
        raise self.lost() or EmulatorError("the process of the cluster ended before it was open")

    def lost(self) -> MachineError | None:
        """Return the error that says that somebody else has ended the cluster, if that is how it ended."""
        if self.status is None or self.status >= 0 or self._is_killed:
            return None
        ended = Text("was ended by {signal}", signal=signal.Signals(-self.status).name)
        what = Text("the process of the cluster, {pid}, {ended}, and all nodes with it", pid=self.pid, ended=ended)
        return MachineError(what, None, Text("Somebody did that, or the system did, for want of memory."))

    def close(self) -> None:
        """End the cluster and wait for its end: asked first, then told, then made to."""
        from tuiclu.live.protocol import Quit

        if self.status is None and self.channel.open:
            self.ask(Quit())
        self._end_by(None, signal.SIGTERM, signal.SIGKILL)

    def discard(self) -> None:
        """End the cluster at once and wait for that: it is no end of the session, and nothing of it enters the journal."""
        self._end_by(signal.SIGTERM, signal.SIGKILL)

    def _end_by(self, *all_means: signal.Signals | None) -> None:
        for means in all_means:
            if means is not None and self.status is None:
                self._is_killed = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, means)
            if self._ended_within(END_GRACE_S):
                break
        self.channel.close()

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.status is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid == 0:
                    if time.monotonic() > deadline:
                        return False
                    if self.channel.open:
                        self.wait(0.02)
                        self.channel.receive()
                    else:
                        time.sleep(0.002)
                    continue
                self.status = os.waitstatus_to_exitcode(status)
                return True
            self.status = 0
        return True


class RepeatedCluster(LiveCluster):
    """A cluster that repeats what was done in a session. It can be started at any time: by a new Python, which takes a moment longer.

    It gets ready, and waits; the session is read when the first thing is asked of it (`begin`).
    """

    def __init__(self, folder: str, trust: Trust) -> None:
        """`folder` is where the session is kept: what is to be repeated will be there, in the file `journal.AGAIN`."""
        from nodes.parent import python_command

        ours, theirs = open_channel()
        theirs.set_inheritable(True)
        given = [str(theirs.fileno()), folder, "everything" if trust.everything else "", trust.answered]
        command = python_command("tuiclu.live.anew", *given)
        self._attend_to(os.posix_spawn(command[0], command, os.environ), ours, theirs)

    def begin(self, start: Start) -> None:
        """Repeat the session that is there now, and go to the moment that `start` names."""
        self._begin(start)


class Refused(TuicluError):
    """The cluster could not be opened, for a reason that its own process found."""

    exit_status = 2

    def __init__(self, text: str, said: Mapping[str, str], status: int) -> None:
        """`said`: the text by language."""
        super().__init__(text)
        self._text, self._said = text, said
        self.exit_status = status  # type: ignore[misc]

    @property
    def text(self) -> Text:
        return Text(self._text)

    def told(self, lang: str) -> str:
        return self._said.get(lang, self._text)


def _be_the_cluster(
    end: socket.socket, source: str, load: Callable[[], object], folder: str | None, trust: Trust | None
) -> NoReturn:
    try:
        from tuiclu.live.process import run_cluster
        from tuiclu.scenario.trust import Trust

        run_cluster(end, source, load, folder, trust or Trust())
    finally:
        os._exit(3)
