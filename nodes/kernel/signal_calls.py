"""The system calls for signals and timers, by Linux's numbers for riscv64."""

from __future__ import annotations

import errno
import struct

from nodes.kernel.arguments import Arguments, Result, SystemCall, after, calls_of, duration_ns, int32, read_timespec
from nodes.kernel.cpu import Access
from nodes.kernel.process import Process, State, WaitingFor, WaitingForSignal
from nodes.kernel.signal_delivery import SignalService, set_alternate_stack
from nodes.kernel.signals import (
    CATCHABLE,
    MAX_TIMERS,
    PROFILING_TIMER,
    REAL_TIMER,
    SHORTEST_INTERVAL_NS,
    SIGALRM,
    SIGNAL_NAMES,
    SIGPROF,
    SIGVTALRM,
    VIRTUAL_TIMER,
    Action,
    IntervalTimer,
    unpack_stack,
)
from nodes.wire.packets import SignalSent
from nodes.wire.parameters import SECOND_NS
from nodes.wire.reasons import reason

_BLOCK, _UNBLOCK, _SETMASK = 0, 1, 2
_ABSOLUTE = 1
_NOTIFY_SIGNAL, _NOTIFY_NONE = 0, 1
_REALTIME, _MONOTONIC_LIKE, _OF_THE_PROCESS = 0, (1, 7), (2, 3)
_INTERVAL_TIMERS = {
    0: (REAL_TIMER, SIGALRM, False),
    1: (VIRTUAL_TIMER, SIGVTALRM, True),
    2: (PROFILING_TIMER, SIGPROF, True),
}
"""By the number that setitimer gets: ours, the signal, and whether it counts work. The kernel's work for a process is not its own: so the
third counts what the second does."""
_MICROSECOND, _NANOSECOND = 1000, 1
EPOCH_NS = 1_767_225_600 * SECOND_NS
"""Virtual time 0 is 2026-01-01 00:00:00 UTC on the clock that guests see."""


def calls_for(service: SignalService) -> dict[int, SystemCall]:
    """Return the calls, by number."""
    return calls_of(service, _CALLS)


# --------------------------------------------------------------------------------------------------------------- sending


def _kill(service: SignalService, process: Process, a: Arguments) -> Result:
    return _send(service, process, int32(a[0]), int32(a[1]))


def _tgkill(service: SignalService, process: Process, a: Arguments) -> Result:
    if int32(a[0]) <= 0 or int32(a[1]) <= 0:
        return -errno.EINVAL
    return _send(service, process, int32(a[1]), int32(a[2]))


def _tkill(service: SignalService, process: Process, a: Arguments) -> Result:
    return _send(service, process, int32(a[0]), int32(a[1])) if int32(a[0]) > 0 else -errno.EINVAL


def _send(service: SignalService, process: Process, number: int, signal: int) -> Result:
    """Send a signal. To a process that is not here it goes by mail, and nobody hears whether it was found."""
    pid = process.pid if number == 0 else service.kernel.pid_numbered(number) if number > 0 else None
    if pid is None:
        return -errno.ESRCH
    if signal != 0 and signal not in SIGNAL_NAMES:
        return -errno.EINVAL
    target = service.kernel.processes.get(pid)
    if target is None and not service.mail.may_exist(pid):
        return -errno.ESRCH
    if signal == 0:
        return 0
    me = service.kernel.number_of(process.pid)
    if target is None or target.state is State.FROZEN:  # it is packed, perhaps: the mail follows it
        waiting = None if target is not None else service.gate.pass_through(process)
        if waiting is not None:
            return waiting
        service.mail.send(process.pid, process.links.moves, pid, SignalSent(signal, process.name, me))
        return 0
    service.send(target, signal, reason("sent-by", sender=process.name), me)
    return None if target is process and target.pid not in service.kernel.processes else 0


# ------------------------------------------------------------------------------------------------------ actions and masks


def _rt_sigaction(service: SignalService, process: Process, a: Arguments) -> Result:
    signal = int32(a[0])
    if signal not in SIGNAL_NAMES or (a[1] and signal not in CATCHABLE):
        return -errno.EINVAL
    state = process.signals
    old = state.actions.get(signal, Action(0))
    new = Action(*struct.unpack("<QQQ", process.space.read(a[1], 24))) if a[1] else None
    if a[2]:
        process.space.write(a[2], struct.pack("<QQQ", old.handler, old.flags, old.mask))
    if new is not None:
        state.actions[signal] = new
    return 0


def _rt_sigprocmask(service: SignalService, process: Process, a: Arguments) -> Result:
    how, state = int32(a[0]), process.signals
    old = state.mask
    (given,) = struct.unpack("<Q", process.space.read(a[1], 8)) if a[1] else (0,)
    if a[1] and how not in (_BLOCK, _UNBLOCK, _SETMASK):
        return -errno.EINVAL
    if a[2]:
        process.space.write(a[2], struct.pack("<Q", old))
    if a[1]:
        state.set_mask(old | given if how == _BLOCK else old & ~given if how == _UNBLOCK else given)
    return 0


def _rt_sigpending(service: SignalService, process: Process, a: Arguments) -> Result:
    mask = sum(1 << (signal - 1) for signal in process.signals.pending)
    process.space.write(a[0], struct.pack("<Q", mask))
    return 0


def _rt_sigsuspend(service: SignalService, process: Process, a: Arguments) -> Result:
    (mask,) = struct.unpack("<Q", process.space.read(a[0], 8))
    suspend(process, mask)
    return WaitingForSignal()


def suspend(process: Process, mask: int) -> None:
    """Let another mask hold until a handler has run."""
    state = process.signals
    if state.mask_after is None:  # else it is tried again: no handler has run
        state.mask_after = state.mask
    state.set_mask(mask)


def _rt_sigtimedwait(service: SignalService, process: Process, a: Arguments) -> Result:
    """Take a pending signal of a set, without its handler, as soon as there is one."""
    (wanted,) = struct.unpack("<Q", process.space.read(a[0], 8))
    state = process.signals
    signal = min((one for one in state.pending if wanted >> (one - 1) & 1), default=None)
    if signal is not None:
        if a[1]:
            information = struct.pack("<iiiiii", signal, 0, 0, 0, state.pending[signal].sender, 1000)
            process.space.write(a[1], information.ljust(128, b"\0"))
        del state.pending[signal]
        return signal
    if not a[2]:
        return WaitingFor("signals")
    timeout_ns = read_timespec(process, a[2])
    if timeout_ns is None:
        return -errno.EINVAL
    if not timeout_ns:
        return -errno.EAGAIN
    return WaitingFor("signals", process.deadline_after(service.kernel.now, timeout_ns), -errno.EAGAIN)


def _sigaltstack(service: SignalService, process: Process, a: Arguments) -> Result:
    old = process.signals.alternate.packed(process.space.cpu.read_register("sp"))
    new = process.space.read(a[0], 24) if a[0] else None
    if a[1]:
        process.space.touch(a[1], 24, Access.WRITE)
    if new is not None:
        alternate = unpack_stack(new)
        failed = -errno.EINVAL if alternate is None else set_alternate_stack(process, alternate)
        if failed:
            return failed
    if a[1]:
        process.space.write(a[1], old)
    return 0


def _rt_sigreturn(service: SignalService, process: Process, a: Arguments) -> Result:
    service.return_from_handler(process)
    return None


# ---------------------------------------------------------------------------------------------------------------- timers


def _setitimer(service: SignalService, process: Process, a: Arguments) -> Result:
    known = _INTERVAL_TIMERS.get(a[0])
    times = _read_times(process, a[1], _MICROSECOND) if a[1] else (0, 0)
    if known is None or times is None:
        return -errno.EINVAL
    number, signal, counts_work = known
    timer = process.signals.timers.get(number, IntervalTimer(signal, counts_work))
    if a[2]:
        process.space.write(a[2], _times(service, process, timer, _MICROSECOND))
    process.signals.timers[number] = timer
    _set(service, process, number, times)
    return 0


def _getitimer(service: SignalService, process: Process, a: Arguments) -> Result:
    known = _INTERVAL_TIMERS.get(a[0])
    if known is None:
        return -errno.EINVAL
    number, signal, counts_work = known
    timer = process.signals.timers.get(number, IntervalTimer(signal, counts_work))
    process.space.write(a[1], _times(service, process, timer, _MICROSECOND))
    return 0


def _timer_create(service: SignalService, process: Process, a: Arguments) -> Result:
    if a[0] not in (_REALTIME, *_MONOTONIC_LIKE, *_OF_THE_PROCESS):
        return -errno.EINVAL
    signal = SIGALRM
    if a[1]:
        _, signal, notify = struct.unpack("<Qii", process.space.read(a[1], 16))
        if notify not in (_NOTIFY_SIGNAL, _NOTIFY_NONE) or (notify == _NOTIFY_SIGNAL and signal not in SIGNAL_NAMES):
            return -errno.EINVAL
        signal = 0 if notify == _NOTIFY_NONE else signal
    timers = process.signals.timers
    number = next((number for number in range(MAX_TIMERS) if number not in timers), None)
    if number is None:
        return -errno.EAGAIN
    process.space.write(a[2], struct.pack("<i", number))
    timers[number] = IntervalTimer(signal, a[0] in _OF_THE_PROCESS)
    return 0


def _timer_settime(service: SignalService, process: Process, a: Arguments) -> Result:
    number, timer = int32(a[0]), _timer(process, a[0])
    times = _read_times(process, a[2], _NANOSECOND) if a[2] else None
    if timer is None or times is None:
        return -errno.EINVAL
    if a[3]:
        process.space.write(a[3], _times(service, process, timer, _NANOSECOND))
    value, interval = times
    if value and a[1] & _ABSOLUTE:  # on either clock: one that shows the date is far ahead of the other
        now_ns = process.account.cpu_ns if timer.counts_work else service.kernel.now
        value = max(1, value - (service.kernel.clock.shows(now_ns) + EPOCH_NS if value >= EPOCH_NS else now_ns))
    _set(service, process, number, (value, interval))
    return 0


def _timer_gettime(service: SignalService, process: Process, a: Arguments) -> Result:
    timer = _timer(process, a[0])
    if timer is None:
        return -errno.EINVAL
    process.space.write(a[1], _times(service, process, timer, _NANOSECOND))
    return 0


def _timer_getoverrun(service: SignalService, process: Process, a: Arguments) -> Result:
    return -errno.EINVAL if _timer(process, a[0]) is None else 0


def _timer_delete(service: SignalService, process: Process, a: Arguments) -> Result:
    if _timer(process, a[0]) is None:
        return -errno.EINVAL
    service.disarm(process, int32(a[0]))
    del process.signals.timers[int32(a[0])]
    process.work_due = process.signals.work_due()
    return 0


def _timer(process: Process, register: int) -> IntervalTimer | None:
    number = int32(register)
    return process.signals.timers.get(number) if number >= 0 else None


def _set(service: SignalService, process: Process, number: int, times: tuple[int, int]) -> None:
    """Let a timer run from now on, for times in nanoseconds: the time to its first signal (0: it stops), and between the others."""
    timer = process.signals.timers[number]
    value, interval = times
    others = sum(1 for other in process.signals.timers.values() if other.interval and other is not timer)
    interval = max(interval, SHORTEST_INTERVAL_NS * (1 + others)) if interval else 0
    now = service.kernel.now
    if timer.counts_work:
        now = process.space.instructions
        value, interval = (-(-time_ns * service.kernel.ips // SECOND_NS) for time_ns in (value, interval))
    timer.expires = after(now, value) if value else None
    timer.interval = after(0, interval)
    service.arm(process, number)


def _read_times(process: Process, address: int, unit_ns: int) -> tuple[int, int] | None:
    """Read an itimerval or itimerspec: (value, interval) in nanoseconds; None: it is none."""
    interval_s, interval, value_s, value = struct.unpack("<qqqq", process.space.read(address, 32))
    value_ns, interval_ns = duration_ns(value_s, value, unit_ns), duration_ns(interval_s, interval, unit_ns)
    return None if value_ns is None or interval_ns is None else (value_ns, interval_ns)


def _times(service: SignalService, process: Process, timer: IntervalTimer, unit_ns: int) -> bytes:
    """Return what a timer still has, as an itimerval or itimerspec."""
    interval_ns, now, a_second = timer.interval, service.kernel.now, SECOND_NS
    if timer.counts_work:
        now, a_second = process.space.instructions, service.kernel.ips
        interval_ns = interval_ns * SECOND_NS // a_second
    left_ns = 0 if timer.expires is None else max(unit_ns, (timer.expires - now) * SECOND_NS // a_second)
    interval, left = divmod(interval_ns, SECOND_NS), divmod(left_ns, SECOND_NS)
    return struct.pack("<qqqq", interval[0], interval[1] // unit_ns, left[0], left[1] // unit_ns)


_CALLS = {
    102: _getitimer,
    103: _setitimer,
    107: _timer_create,
    108: _timer_gettime,
    109: _timer_getoverrun,
    110: _timer_settime,
    111: _timer_delete,
    129: _kill,
    130: _tkill,
    131: _tgkill,
    132: _sigaltstack,
    133: _rt_sigsuspend,
    134: _rt_sigaction,
    135: _rt_sigprocmask,
    136: _rt_sigpending,
    137: _rt_sigtimedwait,
    139: _rt_sigreturn,
}
