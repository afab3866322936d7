"""The real side: what the nodes cost this machine, and whether the terminal is still there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

from tuiclu.tui.look import RealSide

if TYPE_CHECKING:
    from tuiclu.model.frame import Frame


class Reality:
    """Looks at the real processes behind nodes. Keeps what it needs to tell the CPU time between two looks."""

    def __init__(self) -> None:
        self._processes: dict[int, psutil.Process] = {}

    def look(self, frame: Frame) -> dict[str, RealSide]:
        """Return what each node costs, by its name; of one that is just gone, nothing."""
        seen: dict[str, RealSide] = {}
        for node in frame.nodes:
            if node.pid is None:
                continue
            try:
                seen[node.name] = self._look_at(node.pid)
            except psutil.Error:
                self._processes.pop(node.pid, None)
        return seen

    def _look_at(self, pid: int) -> RealSide:
        process = self._processes.setdefault(pid, psutil.Process(pid))
        with process.oneshot():
            switches = process.num_ctx_switches()
            return RealSide(
                pid,
                process.cpu_percent(None),
                process.memory_info().rss,
                str(process.status()),
                switches.voluntary + switches.involuntary,
            )


def terminal_is_there() -> bool:
    """Tell whether standard input is still a terminal that somebody holds."""
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True
