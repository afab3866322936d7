"""The clock of a node: what it shows, which may differ from the time that it is, and differ more and more."""

from __future__ import annotations

from typing import NamedTuple

MILLION = 1_000_000


class Clock(NamedTuple):
    """A clock that was `offset_ns` fast when the run began, and gains `drift_ppm` microseconds a second since."""

    offset_ns: int = 0
    drift_ppm: int = 0

    def shows(self, now_ns: int) -> int:
        """Return what the clock shows at an instant, in nanoseconds since the run began."""
        return now_ns + self.offset_ns + now_ns * self.drift_ppm // MILLION

    def instant_of(self, clock_ns: int) -> int:
        """Return the first instant at which the clock shows `clock_ns`, or more."""
        return -(-(clock_ns - self.offset_ns) * MILLION // (MILLION + self.drift_ppm))
