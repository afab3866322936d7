"""The demos that come with the package: scenario files that teach, found by name."""

from __future__ import annotations

from pathlib import Path

from nodes.wire.text import Text
from tuiclu.errors import InputError, did_you_mean
from tuiclu.inputs import is_there


def demo_folder() -> Path:
    """Return where the demos are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "demos"
    return installed if installed.is_dir() else package.parent / "demos"


def demo_files() -> dict[str, Path]:
    """Return the scenario file of every demo by its name, in the order of their numbers: `01-first-steps.yaml` is first-steps."""
    files = sorted(demo_folder().glob("[0-9]*-*.yaml"))
    return {file.stem.partition("-")[2]: file for file in files}


def is_file_name(source: str) -> bool:
    """Tell whether who says this means a file, not a demo."""
    return is_there(source) or "/" in source or source.endswith((".yaml", ".yml"))


def scenario_file(source: str) -> Path | str:
    """Return the file of a scenario that is named by it, as it was named, or as a demo. Raises InputError if it is neither."""
    if is_file_name(source):
        return source
    demos = demo_files()
    if source not in demos:
        raise InputError(
            Text("there is no file and no demo `{source}`", source=source),
            None,
            did_you_mean(source, demos, Text("demos")),
        )
    return demos[source]


def workstations() -> Path:
    """Return the scenario of the cluster that `tuiclu` opens by itself."""
    return Path(__file__).parent / "live" / "workstations.yaml"
