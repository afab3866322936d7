"""What the real machine may refuse us, told apart from what is our own fault."""

from __future__ import annotations

import errno

_REFUSALS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ENXIO, errno.ENODEV),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EACCES, errno.EPERM, errno.ELOOP),
)
"""No room, no rights, no more files, memory or processes, or a device that fails. All other errors of the system are ours."""


def refusal(error: BaseException) -> str | None:
    """Say what the machine refuses, if that is what an exception means; None: it means something else."""
    if isinstance(error, MemoryError):
        return "no memory is left"
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        return f"{error.strerror} ({error.filename})" if error.filename is not None else str(error.strerror)
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "no more threads can be started"
    return None
