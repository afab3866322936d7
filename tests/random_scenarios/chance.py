"""What chance decides, and what every part of a scenario needs to know of the whole: nodes, processes, how long it lasts."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from nodes.wire.parameters import NEVER_NS
from tuiclu.scenario.schema import STRATEGIES

Tree = dict[str, Any]
MS = 1_000_000
FOR_EVER = f"{NEVER_NS} ns"


class Chance:
    """Draws from a seed. Values come from few, with the smallest and the largest among them, because faults live where things coincide."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.draw = random.Random(seed)
        self.choice, self.random = self.draw.choice, self.draw.random
        self.nodes = [f"n{number + 1}" for number in range(self.choice((1, 2, 2, 3, 3, 4, 5, 8)))]
        self.latency_ns = self.choice((20_000, 100_000, MS, MS, 5 * MS))
        self.length_ns = self.choice((20, 20, 100, 100, 300, 300, 1000)) * MS
        """About so long the run is to last."""
        self.processes: list[str] = []
        """The names of single processes that there are or will be."""
        self.groups: list[str] = []
        """The names of definitions that stand for several."""
        self.spawned = 0

    def maybe(self, likely: float, key: str, draw: Callable[[], Any]) -> Tree:
        """Draw an entry, or leave it out."""
        return {key: draw()} if self.random() < likely else {}

    def one_of(self, *values: Any) -> Callable[[], Any]:
        return lambda: self.choice(values)

    def strategy(self) -> str:
        """Name a strategy: of ours mostly, at times one of a user's own (`odd`)."""
        return str(self.choice(STRATEGIES)) if self.random() < 0.92 else self.choice(("odd:Half", "odd:Moody"))

    def number(self, least: int, most: int) -> Callable[[], int]:
        return lambda: self.draw.randint(least, most)

    # -------------------------------------------------------------------------------------------------------- names, times

    def node(self) -> str:
        return self.choice(self.nodes)

    def some_nodes(self) -> list[str]:
        return self.draw.sample(self.nodes, self.draw.randint(1, len(self.nodes)))

    def two_nodes(self) -> tuple[str, str]:
        one, other = self.draw.sample(self.nodes, 2)
        return one, other

    def process(self) -> str:
        """Name a process: by its name mostly, by its pid at times, also one that comes later or never."""
        if self.random() < 0.15 or not self.processes:
            return f"{self.node()}.{self.draw.randint(1, 3)}"
        return self.choice(self.processes)

    def some_processes(self) -> str | list[str]:
        """Name one, several, or all of a group."""
        if self.groups and self.random() < 0.3:
            return self.choice(self.groups)
        return self.process() if self.random() < 0.7 else [self.process(), self.process()]

    def span(self) -> str:
        """Draw a span of time: nothing, a nanosecond, a whole number of latencies, or anything."""
        match self.draw.randrange(6):
            case 0:
                return self.choice(("0 s", "1 ns", "1 us"))
            case 1 | 2:
                return f"{min(self.latency_ns * self.draw.randint(1, 20), 2 * self.length_ns - 1)} ns"
            case _:
                return f"{self.draw.randrange(self.length_ns)} ns"

    def pause(self, least: int) -> str:
        """Draw the time between two of what comes again and again: at most about `2 * least` of them in a run."""
        return f"{self.draw.randint(self.length_ns // least, self.length_ns)} ns"

    def sometimes_for_ever(self, *values: str) -> Callable[[], str]:
        return self.one_of(*values, FOR_EVER)

    def several(self, values: Sequence[Any]) -> list[Any]:
        return self.draw.sample(values, self.draw.randint(1, min(3, len(values))))
