"""The demos that come with the package: scenario files that teach, found by name."""

from __future__ import annotations

from pathlib import Path


def demo_folder() -> Path:
    """Return where the demos are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "demos"
    return installed if installed.is_dir() else package.parent / "demos"


def demo_files() -> dict[str, Path]:
    """Return the scenario file of every demo by its name, in the order of their numbers: `01-first-steps.yaml` is first-steps."""
    files = sorted(demo_folder().glob("[0-9]*-*.yaml"))
    return {file.stem.partition("-")[2]: file for file in files}


def workstations() -> Path:
    """Return the scenario of the cluster that `tuiclu` opens by itself."""
    return Path(__file__).parent / "live" / "workstations.yaml"
