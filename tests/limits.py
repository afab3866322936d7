"""The limit of a test: CPU time of its process. How long a test takes by the clock says most about who else uses the machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from _pytest.outcomes import Failed

CPU_S = 120.0
"""CPU seconds that a test of the short run may take."""


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
