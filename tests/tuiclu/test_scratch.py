"""Folders for the time of one task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tuiclu.scratch import scratch_folder


def test_a_folder_is_gone_when_its_task_is_over(tmp_path: Path) -> None:
    with scratch_folder("work", tmp_path) as folder:
        (folder / "file").write_text("what is done")
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_those_who_work_at_a_time_leave_each_other_alone(tmp_path: Path) -> None:
    with scratch_folder("work", tmp_path) as one, scratch_folder("work", tmp_path) as another:
        assert one != another
        assert one.is_dir()


def test_what_somebody_left_who_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from tuiclu.scratch import scratch_folder\n"
        "with scratch_folder('work', Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    (tmp_path / "work-of-mine.txt").touch()
    (tmp_path / "work-elsewhere").symlink_to(tmp_path.parent)
    with scratch_folder("work", tmp_path):
        assert not left.exists()
    assert {one.name for one in tmp_path.iterdir()} == {"work-of-mine.txt", "work-elsewhere"}


def test_where_nothing_can_be_made_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.fspath(tmp_path)), scratch_folder("work", tmp_path / "nowhere"):
        pass
