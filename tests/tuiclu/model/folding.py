"""Streams of events, written down by hand, and the view that they are folded into."""

from __future__ import annotations

from typing import Any

from nodes.wire.events import AnyEvent, MigrationStarted, NodeStarted, ProcessCreated, RunStarted, Stamped
from nodes.wire.reasons import verbatim
from tuiclu.model.cluster import ClusterView
from tuiclu.model.report import report

MS = 1_000_000
Happening = tuple[int, str | None, AnyEvent]
"""When (in milliseconds), where and what."""

BEGINNING: tuple[Happening, ...] = (
    (0, None, RunStarted("0", "a run", 1, {"network": {"latency_ns": MS}, "nodes": []})),
    *((0, name, NodeStarted(10_000_000, 64)) for name in ("n1", "n2", "n3")),
    (0, "n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0)),
)
"""Three nodes, and P on n1."""


def asked(name: str = "n1/1", source: str = "n1", to: str = "n2", by: str = "user") -> MigrationStarted:
    return MigrationStarted(name, "n1.1", source, to, "eager-all", by, verbatim(""))


def stamped(*happenings: Happening) -> list[Stamped]:
    return [Stamped(at * MS, number, node, event) for number, (at, node, event) in enumerate(happenings)]


def folded(*happenings: Happening) -> ClusterView:
    """Return what a view makes of three nodes, of P on n1, and of what happened then."""
    view = ClusterView()
    for one in stamped(*BEGINNING, *happenings):
        view.apply(one)
    return view


def records(*happenings: Happening) -> list[dict[str, Any]]:
    """Return the records of all migrations, as `run --json` shows them."""
    found: list[dict[str, Any]] = report(folded(*happenings))["migrations"]
    return found
