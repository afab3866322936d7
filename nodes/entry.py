"""Where a new node process begins. Imports nothing, so that naming `main` as a process's target costs its parent nothing."""

from __future__ import annotations

from typing import Any

PRELOAD = "nodes.preload"
"""The module that the parent of all nodes imports before it forks them."""


def main(*arguments: Any) -> None:
    """Be a node; see `nodes.preload.main` for the arguments."""
    from nodes import preload

    preload.main(*arguments)
