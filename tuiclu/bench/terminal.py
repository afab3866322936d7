"""The real screen in a real pseudo-terminal, with somebody at its keyboard who has a watch."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence

import psutil

LIMIT_S = 60.0


class Terminal:
    """A program in a pseudo-terminal. Use as a context manager: it is killed in the end if it still lives."""

    def __init__(self, arguments: Sequence[str], size: tuple[int, int] = (120, 40), **environment: str) -> None:
        """Start `tuiclu` with these arguments; `size` is columns and lines."""
        self.started_s = time.monotonic()
        self.output = bytearray()
        """All that it has written."""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
            variables = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
            os.execve(sys.executable, [sys.executable, "-m", "tuiclu", *arguments], variables)  # noqa: S606
        self.resize(*size)
        self.status: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait()
        self.hang_up()

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str | bytes) -> None:
        """Press keys."""
        with contextlib.suppress(OSError):
            os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def read(self, timeout_s: float) -> bytes:
        """Return what it writes next; empty if it writes nothing for some time, or has ended."""
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return b""
        self.output += data
        return data

    def read_until(self, *parts: str, since: int = 0) -> float:
        """Read until it has written one of these, behind `since`, and return the real time at which it had."""
        wanted = [part.encode() for part in parts]
        deadline = time.monotonic() + LIMIT_S
        while not any(part in self.output[since:] for part in wanted):
            self.read(0.5)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{' or '.join(map(repr, parts))} was never shown")
        return time.monotonic()

    def family(self) -> list[psutil.Process]:
        """Return the processes that belong to it, and itself."""
        own = psutil.Process(self.pid)
        return [own, *own.children(recursive=True)]

    def hang_up(self) -> None:
        """Close the terminal's window."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def wait(self) -> int:
        """Wait for its end, reading what it still writes, and return its exit status (minus the signal)."""
        deadline = time.monotonic() + LIMIT_S
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise TimeoutError("it does not end")
            elif self._master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.01)
        while self._master >= 0 and self.read(0.05):
            pass
        return self.status
