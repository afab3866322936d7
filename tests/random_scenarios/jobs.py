"""Programs and processes drawn at random: made-up programs mostly, ours at times; one by one, in groups, without end, talking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.random_scenarios.chance import Chance, Tree

MADE_UP = 24
"""How many made-up programs there are to choose from: each is compiled at every start."""
OURS: dict[str, dict[str, tuple[Any, ...]]] = {
    "hello": {},
    "primes": {"limit": (10, 3000)},
    "matmul": {"n": (1, 12)},
    "sort": {"n": (2, 2000)},
    "sha": {"kib": (1, 20), "rounds": (1, 2)},
    "scan": {"pages": (1, 40), "hot": (1, 8), "writes": (0, 30, 100), "accesses": (10, 3000), "cold": (0, 10)},
    "references": {"string": ("1", "123412512345"), "pages": (1, 4), "repetitions": (1, 3), "writes": (0, 1)},
    "sleeper": {"rounds": (1, 3), "work": (0, 20_000), "pause_ms": (0, 1, 30)},
    "interactive": {
        "rounds": (1, 4),
        "think_ms": (0, 5),
        "work": (1, 1000),
        "limit_us": (0, 1, 5000),
        "report": (0, 1),
    },
    "nbody": {"steps": (1, 200)},
    "migrant": {"resource": ("printer", "disk", "nothing"), "work": (0, 3000), "report": (0, 1)},
    "worker": {"steps": (1, 3000), "pages": (1, 16)},
    "dirtier": {"pages": (1, 20), "rounds": (1, 3), "work": (0, 1000)},
    "reader": {"file": ("data", "text", "nothing"), "work": (0, 10)},
}
"""Our programs that do something alone, with values for their arguments."""
GUESTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "badpointer": (("read",), ("write",), ("execute",)),
    "divide": ((),),
    "exhaust": (("16",), ("1024",)),
    "exitcode": (("0",), ("300",)),
    "floats": ((),),
    "forever": ((),),
    "illegal": ((),),
    "overflow": ((),),
    "selfkill": (("term",), ("abort",)),
    "signals": ((),),
    "timekeeper": (("2",), ("10",)),
    "wildcalls": ((),),
}
"""Guests of the tests that do what they should not, that have handlers and timers, and that never end; with the arguments of each."""


def processes(chance: Chance) -> dict[str, Tree]:
    """Draw all processes, and let `chance` know their names."""
    found = {f"P{chr(ord('a') + number)}": _definition(chance) for number in range(chance.choice((1, 1, 2, 2, 3)))}
    if chance.random() < 0.25:
        found |= _talking(chance)
    for name, one in found.items():
        _let_know(chance, name, one)
    return found


def launch(chance: Chance) -> Tree:
    """Draw a program and what it is started with."""
    return {
        **_program(chance),
        **chance.maybe(0.3, "priority", chance.one_of(-1000, 0, 3, 1000)),
        **chance.maybe(0.2, "estimate", chance.span),
        **chance.maybe(0.05, "environment", chance.one_of({"TUICLU_NAME": "somebody"}, {"A": "", "B": 2})),
    }


def _definition(chance: Chance) -> Tree:
    one = launch(chance)
    match chance.draw.randrange(8):
        case 0 | 1:
            one["count"] = chance.choice((1, 2, 3))
            one["on"] = chance.choice((chance.node(), chance.some_nodes()))
            one |= chance.maybe(0.4, "arrivals", lambda: _arrivals(chance, one))
        case 2:
            one["on"] = chance.choice((chance.node(), chance.some_nodes()))
            one["arrivals"] = _arrivals(chance, one)
        case _:
            one["on"] = chance.node()
    return one | chance.maybe(0.5, "start", chance.span)


def _arrivals(chance: Chance, job: Tree) -> Tree:
    """Draw how jobs come one after the other, and which of their arguments vary."""
    known = OURS.get(job["program"], {})
    return {
        "every": chance.pause(8),
        "spread": chance.choice(("exponential", "uniform", "regular")),
        "nodes": chance.choice(("at-random", "in-turn")),
        **chance.maybe(0.3, "batch", chance.one_of(1, 2, 3)),
        **(
            chance.maybe(0.7, "vary", lambda: {name: list(known[name]) for name in chance.several(list(known))})
            if known
            else {}
        ),
    }


def _program(chance: Chance) -> Tree:
    kind = chance.random()
    if kind < 0.1:
        name = chance.choice(list(GUESTS))
        return {"program": f"{name}.elf", "args": list(chance.choice(GUESTS[name])), "stdin": "some"}
    if kind < 0.6:
        number = chance.draw.randrange(MADE_UP)
        return {"program": f"made-up-{number}.elf", "stdin": "some bytes to be read, some fifty of them or so"}
    name = chance.choice(list(OURS))
    args = {argument: chance.choice(values) for argument, values in OURS[name].items() if chance.random() < 0.8}
    return {"program": name} | ({"args": args} if args else {})


def _talking(chance: Chance) -> dict[str, Tree]:
    """Draw processes that talk to each other."""
    kinds: list[Callable[[], dict[str, Tree]]] = [
        lambda: _pingpong(chance),
        lambda: {f"ring{place}": {"program": "ring", "args": [place, 2, 4, 500]} for place in range(2)},
        lambda: {
            f"stage{stage}": {"program": "pipeline", "args": {"stage": stage, "messages": 5, "bytes": 300, "work": 100}}
            for stage in range(3)
        },
        lambda: {"B": {"program": "bank", "args": {"branches": 2, "transfers": 4, "pause_us": 500}, "count": 2}},
        lambda: {"T": {"program": "token-ring", "args": {"members": 2, "rounds": 4}, "count": 2}},
        lambda: {
            "server": {"program": "server", "args": ["squares", 1, 100]},
            "client": {"program": "client", "args": ["squares", 4, 1]},
        },
    ]
    return {name: one | {"on": chance.node()} for name, one in chance.choice(kinds)().items()}


def _pingpong(chance: Chance) -> dict[str, Tree]:
    args = [chance.choice(("1", "8")), chance.choice(("1", "700"))]
    return {role: {"program": "pingpong", "args": [role, "room", *args]} for role in ("ping", "pong")}


def _let_know(chance: Chance, name: str, one: Tree) -> None:
    if "arrivals" in one and "count" not in one:
        chance.processes += [f"{name}{number + 1}" for number in range(3)]
        return
    count = one.get("count", len(one["on"]) if isinstance(one["on"], list) else None)
    if count is None:
        chance.processes.append(name)
    else:
        chance.processes += [f"{name}{number + 1}" for number in range(count)]
        chance.groups.append(name)
