"""Expectations drawn at random. Whether they hold does not matter: they can be judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from tests.random_scenarios.chance import Chance, Tree
from tuiclu.scenario import schema
from tuiclu.scenario.parser import EVENT_FIELDS
from tuiclu.scenario.schema import STRATEGIES


def demand(chance: Chance) -> Tree:
    """Draw one expectation: of an event as often as not, because there are many kinds."""
    return _event(chance) if chance.random() < 0.4 else chance.choice(list(_DEMANDS.values()))(chance)


def _limits(chance: Chance) -> Tree:
    return chance.choice(({}, {"count": 1}, {"at-least": 1}, {"at-most": 3}, {"at-least": 0, "at-most": 2}))


def _process(chance: Chance) -> Tree:
    return {
        "process": chance.some_processes(),
        "state": chance.choice(get_args(schema.ProcessState)),
        **chance.choice(({}, {"exit": 0}, {"signal": "SIGKILL"})),
        **chance.maybe(0.3, "output", lambda: "something"),
        **chance.maybe(0.3, "on", chance.node),
    }


def _migrations(chance: Chance) -> Tree:
    rules = ("few pages left", "freeze goal", "no gain", "round limit")
    return {
        "migrations": {
            **chance.maybe(0.3, "of", chance.some_processes),
            **chance.maybe(0.3, "outcome", chance.one_of(*get_args(schema.Outcome))),
            **chance.maybe(0.3, "strategy", chance.one_of(*STRATEGIES)),
            **chance.maybe(0.3, "initiated-by", chance.one_of("user", "os", "process", "eviction", "shutdown")),
            **chance.maybe(0.2, "refused-at", chance.number(0, 7)),
            **chance.maybe(0.2, "to", chance.node),
            **chance.maybe(0.3, "frozen-because", chance.one_of(*rules)),
            **_limits(chance),
        }
    }


def _pages(chance: Chance) -> Tree:
    figures = ("before-resume", "after-resume", "resent", "kept", "remote-faults", "disk-faults", "rounds")
    return {
        "pages": {
            "of": chance.some_processes(),
            "figure": chance.choice(figures),
            **chance.maybe(0.3, "strategy", chance.one_of(*STRATEGIES)),
            **chance.maybe(0.3, "to", chance.node),
            **_limits(chance),
        }
    }


def _residual(chance: Chance) -> Tree:
    return {
        "residual": {
            "of": chance.some_processes(),
            **chance.maybe(0.3, "strategy", chance.one_of(*STRATEGIES)),
            **chance.maybe(0.3, "to", chance.node),
            **chance.maybe(0.3, "memory", chance.some_nodes),
            **chance.maybe(0.3, "disk", chance.some_nodes),
            **chance.maybe(0.3, "mail", chance.some_nodes),
        }
    }


def _turnaround(chance: Chance) -> Tree:
    bounds = ({"below": "1 s"}, {"above": "1 ns"}, {"mean-below": "1 s"}, {"mean-above": "1 ns", "mean-below": "1 s"})
    return {"turnaround": {"of": chance.some_processes(), **chance.choice(bounds)}}


def _event(chance: Chance) -> Tree:
    kind = chance.choice(list(EVENT_FIELDS))
    about_a_process = bool({"pid", "process"} & set(EVENT_FIELDS[kind]))
    return {
        "event": kind,
        **(chance.maybe(0.3, "process", chance.some_processes) if about_a_process else {}),
        **chance.maybe(0.2, "node", chance.node),
        **chance.maybe(0.1, "seq", chance.number(0, 100)),
        **_limits(chance),
    }


def _evictions(chance: Chance) -> Tree:
    return {
        "evictions": {
            "of": chance.node(),
            **chance.maybe(0.3, "policy", chance.one_of(*get_args(schema.Eviction))),
            **chance.maybe(0.3, "count", chance.number(1, 2)),
            **chance.maybe(0.3, "within", chance.span),
            **chance.maybe(0.3, "remain", chance.number(0, 2)),
        }
    }


def _snapshot(chance: Chance) -> Tree:
    return {
        "snapshot": chance.draw.randint(1, 2),
        "outcome": chance.choice(("completed", "failed", "unfinished")),
        **chance.maybe(0.3, "consistent", chance.one_of(True, False)),
        **chance.maybe(0.3, "totals", lambda: {"money": 4000}),
    }


_DEMANDS: dict[str, Callable[[Chance], Tree]] = {
    "process": _process,
    "migrations": _migrations,
    "freeze": lambda chance: {
        "freeze": {"below": chance.span()} | chance.maybe(0.5, "of", chance.some_processes),
    },
    "pages": _pages,
    "page-faults": lambda chance: {"page-faults": {"of": chance.some_processes(), **_limits(chance)}},
    "residual": _residual,
    "turnaround": _turnaround,
    "event": _event,
    "evictions": _evictions,
    "snapshot": _snapshot,
    "invariants": lambda _: {"invariants": "hold"},
}
"""By the key that tells each kind of expectation from the others."""
