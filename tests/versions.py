"""The tests with other versions of what tuiclu depends on: `python -m tests --versions lowest` (or `newest`).

The lowest are those that pyproject.toml allows; the newest are whatever the registry serves today. Each run has a fresh virtual
environment of its own. Format, lint and types are not asked there: their verdicts belong to the versions that they were written with.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tuiclu.scratch import scratch_folder

ROOT = Path(__file__).parent.parent
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}


def main(which: str, for_pytest: list[str]) -> int:
    """Run the short tests with these versions, and return pytest's exit status."""
    with scratch_folder("tuiclu-versions") as folder:
        python = install(folder, which)
        print(_versions(python), flush=True)
        command = [str(python), "-m", "pytest", "-n", "auto", "-m", "not long", "-p", "no:cacheprovider", *for_pytest]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def install(folder: Path, which: str) -> Path:
    """Make a virtual environment with these versions, and return its interpreter."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    python = folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, str(folder)], check=True)
    subprocess.run(
        [*uv, "pip", "install", "--python", str(python), "--resolution", RESOLUTIONS[which], f"{ROOT}[dev]"], check=True
    )
    return python


def _versions(python: Path) -> str:
    frozen = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "freeze", "--python", str(python)],
        capture_output=True,
        text=True,
        check=True,
    )
    return " ".join(line for line in frozen.stdout.split() if "==" in line)
