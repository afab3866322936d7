"""Folders for the time of one task, which nobody finds left behind for long: who makes one removes those whose makers have died."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder below `parent` (None: where temporary files are), and remove it afterwards. Raises OSError if there can be none.

    Its maker holds a lock on it, which ends with that process, whatever it dies of: what nobody holds is removed by the next one who comes
    with the same prefix.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    _remove_abandoned(place, prefix)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=place))
        lock = _lock(folder)
        if lock is not None:
            break  # else it was taken for abandoned before it was locked
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(place: Path, prefix: str) -> None:
    for folder in place.glob(f"{prefix}-*"):
        if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.getuid():
            continue
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder, and return the descriptor that holds the lock; None: somebody has it, or the folder is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists():
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
