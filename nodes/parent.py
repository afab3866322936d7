"""Processes of Python that others of ours start, and that end with them, however these end."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules, wherever we are installed, in a process that ends with the thread that starts it.

    Nothing is imported from the working folder: a file `socket.py` there is neither ours nor Python's.
    """
    start = (
        "import runpy, sys; sys.path.append(sys.argv.pop(1)); from nodes.parent import die_with_the_parent; "
        "die_with_the_parent(); runpy.run_module(sys.argv.pop(1), run_name='__main__')"
    )
    return [sys.executable, "-P", "-c", start, str(Path(__file__).parents[1]), module, *arguments]


def die_with_the_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel of the real machine for a signal when our parent dies. Elsewhere than on Linux, the end of the stream must do."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, by)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), by)
