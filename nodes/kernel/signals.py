"""Signals: their names, and what each does to a process that has not asked for anything else."""

from __future__ import annotations

import enum


class DefaultAction(enum.Enum):
    TERMINATE = "terminate"
    IGNORE = "ignore"


SIGNAL_NAMES: dict[int, str] = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    17: "SIGCHLD",
    18: "SIGCONT",
    19: "SIGSTOP",
    20: "SIGTSTP",
    23: "SIGURG",
    28: "SIGWINCH",
} | {number: f"SIG{number}" for number in (16, 21, 22, 24, 25, 26, 27, 29, 30, 31, *range(32, 65))}
"""By Linux's number for riscv64."""

SIG_DFL, SIG_IGN = 0, 1
SIGILL, SIGTRAP, SIGBUS, SIGKILL, SIGSEGV, SIGSTOP = 4, 5, 7, 9, 11, 19
CATCHABLE = frozenset(SIGNAL_NAMES) - {SIGKILL, SIGSTOP}

_IGNORED = frozenset({17, 18, 19, 20, 21, 22, 23, 28})


def default_action(signal: int) -> DefaultAction:
    """Return what `signal` does by default. Stopping a process by a signal is not supported: it is ignored."""
    return DefaultAction.IGNORE if signal in _IGNORED else DefaultAction.TERMINATE
