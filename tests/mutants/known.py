"""Mutants that no test can notice, each with its reason: `equivalent.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.mutants.listing import Mutant

FILE = Path(__file__).with_name("equivalent.toml")


def reasons() -> dict[tuple[str, tuple[str, ...]], str]:
    """Return the reasons by file and changed lines, without their indentation."""
    entries = tomllib.loads(FILE.read_text()).get("mutant", [])
    return {
        (one["file"], tuple(line.strip() for line in one["change"].strip().splitlines())): one["why"] for one in entries
    }


def key(mutant: Mutant) -> tuple[str, tuple[str, ...]]:
    """Return under what a mutant stands in the file of reasons."""
    return mutant.path, tuple(f"{line[0]} {line[1:].strip()}" for line in mutant.change)
