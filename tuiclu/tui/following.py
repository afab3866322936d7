"""What the screen is opened on when it has ended."""

from __future__ import annotations

from typing import NamedTuple


class Next(NamedTuple):
    """A scenario, or the same one with other settings."""

    source: str
    overrides: tuple[str, ...] = ()
    """`PATH=VALUE`, in force over what the scenario says."""
    lang: str = "en"
