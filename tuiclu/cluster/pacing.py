"""When virtual time may go on: at once, in step with real time, or as somebody in front of the cluster wants it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tuiclu.cluster.commands import Crash


class Pacer(Protocol):
    """Decides when virtual time may go on, and speaks for whoever sits in front of the cluster."""

    @property
    def paces(self) -> bool:
        """Whether it ever lets virtual time wait; else the observers see what happened while the nodes work on what comes next."""

    def ahead_s(self, virtual_ns: int) -> float:
        """Return how many real seconds too early it is for `virtual_ns`; not positive: it may come."""

    def now_ns(self) -> int:
        """Return the virtual instant that should be now."""

    def fileno(self) -> int | None:
        """Return the descriptor over which somebody in front of the cluster speaks; None: nobody does."""

    def hear(self) -> bool:
        """Take in what the front has said, and carry out nothing yet: a window is running. False: the front is gone."""

    def attend(self) -> None:
        """Carry out what was asked for, and tell what happened. Called often: at every edge, and while the engine waits."""

    def all_shown(self) -> None:
        """Take note that the observers have seen all that happened before the instant that comes next."""

    def struck(self, at_ns: int, crash: Crash, /) -> None:
        """Take note that somebody has killed a node from outside, and for which instant its crash is noted."""

    def stays(self, reason: str, /) -> bool:
        """Tell whether the run is to stay although nothing is left to happen, or its time is up (`reason`)."""


class NobodyInFront:
    """The half of a pacer that speaks for the front, where there is none."""

    paces = True

    def fileno(self) -> int | None:
        """Return None."""
        return None

    def hear(self) -> bool:
        """Return False."""
        return False

    def attend(self) -> None:
        """Do nothing."""

    def all_shown(self) -> None:
        """Do nothing."""

    def struck(self, _at_ns: int, _crash: Crash) -> None:
        """Do nothing."""

    def stays(self, _reason: str) -> bool:
        """Return False: the run ends by itself."""
        return False


class RealTime(NobodyInFront):
    """Paces virtual time: `factor` virtual seconds a real second."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._began = time.monotonic()

    def ahead_s(self, virtual_ns: int) -> float:
        return virtual_ns / 1e9 / self._factor - (time.monotonic() - self._began)

    def now_ns(self) -> int:
        return int((time.monotonic() - self._began) * self._factor * 1e9)
