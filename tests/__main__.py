"""The one command that checks everything: `python -m tests`.

    python -m tests          format, lint, types, import contracts, tests
    python -m tests --fix    the same, and mends what can be mended first
    python -m tests --all    with the long tests, and with the lowest and the newest versions of what we depend on
    python -m tests --versions lowest    the short tests alone with those versions (or `newest`)

What follows a `--` goes to pytest: `python -m tests -- -k wire`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests import versions
from tests.versions import RESOLUTIONS, ROOT

PYTHON = [sys.executable, "-m"]


def main(arguments: list[str]) -> int:
    """Run every check, and return 0 if all of them pass."""
    own, _, for_pytest = _split(arguments)
    if own[:1] == ["--versions"] and len(own) == 2 and own[1] in RESOLUTIONS:
        return versions.main(own[1], for_pytest)
    unknown = [argument for argument in own if argument not in ("--fix", "--all")]
    if unknown:
        print(f"unknown: {' '.join(unknown)}\n{__doc__}", file=sys.stderr)
        return 2
    mend = ["--fix"] if "--fix" in own else []
    checks: dict[str, list[str]] = {
        "format": [*PYTHON, "ruff", "format", *([] if mend else ["--check"]), "."],
        "lint": [*PYTHON, "ruff", "check", *mend, "."],
        "types": [*PYTHON, "mypy"],
        "imports": [str(Path(sys.executable).with_name("lint-imports"))],
        "tests": [
            *PYTHON,
            "pytest",
            "-n",
            "auto",
            "--dist",
            "loadgroup",
            *([] if "--all" in own else ["-m", "not long"]),
            *for_pytest,
        ],
    }
    if "--all" in own:
        checks |= {f"{which} versions": [*PYTHON, "tests", "--versions", which] for which in RESOLUTIONS}
    failed = [name for name, command in checks.items() if not _passes(name, command)]
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nall checks passed")
    return 1 if failed else 0


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    place = arguments.index("--")
    return arguments[:place], "--", arguments[place + 1 :]


def _passes(name: str, command: list[str]) -> bool:
    print(f"\n== {name}: {' '.join(command[1:])}", flush=True)
    began = time.monotonic()
    passed = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(f"== {name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
