"""Files that users name: whatever they turn out to be, every command that reads one says so in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nodes.wire.text import NOTHING
from tests.tuiclu.cluster.scenarios import ROOT, tuiclu
from tuiclu import inputs
from tuiclu.errors import InputError
from tuiclu.inputs import open_input

READERS = (("run",), ("check",), ("verify",), ("compare-policies",), ("open", "--plain"), ("explain",))


def make(kind: str, folder: Path) -> Path:
    """Make something that is no file as it should be."""
    file = folder / "input"
    match kind:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "loop":
            file.symlink_to(file)
        case "binary":
            file.write_bytes(bytes(range(256)) * 20)
        case "empty":
            file.write_bytes(b"")
        case "blank":
            file.write_bytes(b"\n \n")
        case _:
            pass
    return file


@pytest.mark.parametrize("kind", ["nothing", "folder", "pipe", "loop"])
def test_what_is_no_file_is_refused_at_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "PATIENCE_MS", 10)
    file = make(kind, tmp_path)
    with pytest.raises(InputError, match=f"^{file}: "):
        open_input(file, NOTHING)


def test_a_pipe_into_which_somebody_writes_is_as_good_as_a_file() -> None:
    command = f"{sys.executable} -m tuiclu check <(cat demos/01-first-steps.yaml)"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", READERS, ids=lambda value: value[0])
@pytest.mark.parametrize(
    "kind",
    [
        "folder",
        "binary",
        *[pytest.param(one, marks=pytest.mark.long) for one in ("nothing", "pipe", "loop", "empty", "blank")],
    ],
)
def test_every_command_says_what_is_wrong_with_its_file(kind: str, command: tuple[str, ...], tmp_path: Path) -> None:
    file = make(kind, tmp_path)
    done = tuiclu(*command, str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"tuiclu: {file}")
    assert done.stderr.count("\n") == 1
