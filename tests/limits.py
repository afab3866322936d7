"""The limits of tests and searches: CPU time. How long they take by the clock says most about who else uses the machine."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil
from _pytest.outcomes import Failed

CPU_S = 120.0
"""CPU seconds that a test of the short run may take."""


PATIENCE_S = 240.0
"""CPU seconds that a run may take, all its processes together."""
LOOK_S = 120.0
"""Real seconds between two looks at what a run does: on the fullest machine, whoever works has got the CPU in between."""
STIRS_S = 0.02
"""CPU seconds: who has not used as much since the last look waits for something that does not come."""


class TooLong(Failed):
    """A test has taken more CPU time than it may."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Fail whatever takes more CPU seconds of this process. What it waits for costs nothing: that is ended by the clock."""

    def fail(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong(f"more than {seconds:g} s of CPU time")

    heard = signal.signal(signal.SIGPROF, fail)
    left_s, _ = signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, left_s)
        signal.signal(signal.SIGPROF, heard)


class Hung(Exception):
    """A run does not come to its end."""


@contextmanager
def patience(seconds: float = PATIENCE_S) -> Iterator[None]:
    """Raise Hung if what is done, all processes together, takes more CPU seconds, or none at all for a while."""
    began_s = seen_s = _used_s()

    def look(_signal: int, _frame: FrameType | None) -> None:
        nonlocal seen_s
        used_s = _used_s()
        if used_s - began_s > seconds:
            raise Hung(f"it has taken more than {seconds:g} s of CPU time")
        if used_s - seen_s < STIRS_S:
            raise Hung(f"nobody has done anything for {LOOK_S:g} s")
        seen_s = used_s

    heard = signal.signal(signal.SIGALRM, look)
    left_s, again_s = signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left_s, again_s)
        signal.signal(signal.SIGALRM, heard)


def _used_s() -> float:
    """Return the CPU seconds of this process and of all that it has started, those included that have ended."""
    used_s = 0.0
    for process in (me := psutil.Process(), *me.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            used_s += sum(process.cpu_times()[:4])
    return used_s
