"""One mutant in a copy of the tree: do the tests notice?

The tests that are nearest come first: those of the same name in the mirror of the tree and those beside them that import what was mutated,
then the rest of that folder, then others. The first failure is enough.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.listing import Mutant
from tuiclu.scratch import scratch_folder

CPU_S = 600
"""CPU seconds that the tests may take in front of a mutant: one that goes round for ever is noticed."""

_COPIED = ("nodes", "tuiclu", "tests", "demos", "pyproject.toml", "README.md", "CHANGELOG.md")


@contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    """Copy a tree: what runs from the copy, nodes too, imports the copy."""
    with scratch_folder("tuiclu-mutants") as folder:
        for name in _COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, folder / name)  # what is compiled already too
            else:
                shutil.copy(root / name, folder / name)
        yield folder


def nearest(root: Path, path: str) -> list[list[str]]:
    """Return the tests to run for a mutated file, in stages."""
    mirror = root / "tests" / Path(path).parent
    module = Path(path).with_suffix("").as_posix().replace("/", ".")
    beside = sorted(mirror.glob("test_*.py"))
    own = [test for test in beside if test.stem == f"test_{Path(path).stem}"]
    using = [test for test in beside if test not in own and module in test.read_text()]
    rest = [test for test in beside if test not in own and test not in using]
    stages = [own + using, rest, *([root / "tests" / place] for place in _far(path))]
    return [[str(test.relative_to(root)) for test in stage] for stage in stages if stage]


def _far(path: str) -> list[str]:
    """Return where else a fault may show: what nodes do shows in migrations, and where whole clusters run."""
    home = str(Path(path).parent)
    places = [
        "nodes/initiator",
        "nodes/kernel",
        "nodes/migration",
        "tuiclu/cluster",
        "tuiclu/model",
        "tuiclu/experiments",
    ]
    return [place for place in places if place != home]


def survives(copy: Path, mutant: Mutant, stages: int) -> bool:
    """Tell whether the tests of the first so many stages pass with a mutant in the tree."""
    with changed(copy / mutant.path, mutant.after):
        return all(passes(copy, tests) for tests in nearest(copy, mutant.path)[:stages])


@contextmanager
def changed(file: Path, text: str) -> Iterator[None]:
    """Have another text in a file for a while; then it is as it was, to the date, so that what was compiled of it is valid again."""
    before, status = file.read_bytes(), file.stat()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def passes(copy: Path, tests: list[str]) -> bool:
    """Tell whether tests pass in a copy of the tree."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "-m",
        "not long",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        cwd=copy,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_limit,
        check=False,
    )
    return done.returncode in (0, 5)  # 5: there was none to run


def _limit() -> None:
    """Run beside others, and not for ever."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 10))
