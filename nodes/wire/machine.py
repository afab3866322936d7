"""What the real machine may refuse us, told apart from what is our own fault."""

from __future__ import annotations

import errno

from nodes.wire.text import Text

_REFUSALS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ENXIO, errno.ENODEV),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EACCES, errno.EPERM, errno.ELOOP),
)
"""No room, no rights, no more files, memory or processes, or a device that fails. All other errors of the system are ours."""


SAID = (
    *("No such file or directory", "Permission denied", "Operation not permitted", "No space left on device"),
    *("Disk quota exceeded", "File too large", "Read-only file system", "Input/output error", "Is a directory"),
    *("Not a directory", "File exists", "Too many open files", "Too many open files in system", "File name too long"),
    *("Cannot allocate memory", "Resource temporarily unavailable", "Too many levels of symbolic links"),
    *("No such device or address", "No such device", "Device or resource busy", "Broken pipe", "Invalid argument"),
)
"""What the system says most often: texts, as all others that people are shown."""


def system_says(error: BaseException | None) -> Text:
    """Return what the system says of an error."""
    reason = error.strerror if isinstance(error, OSError) else None
    return Text(reason or str(error))


def refusal(error: BaseException) -> Text | None:
    """Say what the machine refuses, if that is what an exception means; None: it means something else."""
    if isinstance(error, MemoryError):
        return Text("no memory is left")
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        reason = system_says(error)
        return reason if error.filename is None else Text("{reason} ({file})", reason=reason, file=error.filename)
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return Text("no more threads can be started")
    return None
