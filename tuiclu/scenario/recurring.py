"""What comes again and again for as long as a run lasts: jobs, steps of the script, and owners of workstations.

Each is drawn from the scenario's seed and from its own name, one command after the other as they fall due; there may be no end of them.
Instants are whole microseconds, so that they are the same on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from random import Random  # noqa: TID251 - drawn from the scenario's seed

import msgspec

from tuiclu.cluster.commands import Activate, AnyCommand, Idle, Spawn
from tuiclu.scenario import schema

US = 1000
"""Nanoseconds."""

Timed = tuple[int, AnyCommand]
"""An instant (ns) and what is commanded then."""


class Repeated(msgspec.Struct, frozen=True, tag=True):
    """A step of the script that comes every so often."""

    name: str
    """What it is drawn by: its place in the script."""
    command: AnyCommand
    by: str
    first_ns: int
    every_ns: int
    jitter_ns: int

    def commands(self, seed: int) -> Iterator[Timed]:
        """Yield the command again and again, each time later than its turn by up to the jitter."""
        draw = Random(f"{seed}/{self.name}/every")  # noqa: S311 - not for secrets
        for turn in count():
            late_us = draw.randrange(self.jitter_ns // US + 1)
            yield self.first_ns + turn * self.every_ns + late_us * US, self.command


class Arriving(msgspec.Struct, frozen=True, tag=True):
    """Jobs that come one after the other, or some at a time."""

    name: str
    definition: schema.ProcessDefinition
    arrivals: schema.Arrivals
    by: str = "script"

    def commands(self, seed: int) -> Iterator[Timed]:
        """Draw when each of the jobs comes, where, and with which arguments: as many as are defined, or without end."""
        definition, arrivals = self.definition, self.arrivals
        draw = Random(f"{seed}/{self.name}/arrivals")  # noqa: S311 - not for secrets
        nodes = (definition.on,) if isinstance(definition.on, str) else definition.on
        given = definition.args if isinstance(definition.args, dict) else {}
        at_us = int(definition.start or 0) // US
        for index in islice(count(), definition.count):
            if index % arrivals.batch == 0:
                at_us += _gap_us(arrivals, draw)
            node = draw.choice(nodes) if arrivals.nodes == "at-random" else nodes[index % len(nodes)]
            drawn = {argument: draw.choice(values) for argument, values in arrivals.vary.items()}
            launch = msgspec.structs.replace(definition, args=given | drawn) if drawn else definition
            yield at_us * US, Spawn.launched(f"{self.name}{index + 1}", node, launch)


class Owner(msgspec.Struct, frozen=True, tag=True):
    """Somebody who comes to a workstation, works there for a while, and leaves it."""

    name: str
    """The workstation."""
    busy_ns: int
    away_ns: int
    idle_after_ns: int
    """Without a key for so long, the owner would count as away."""
    by: str = "script"

    def commands(self, seed: int) -> Iterator[Timed]:
        """Yield the keys that the owner touches, and when the owner leaves."""
        draw = Random(f"{seed}/{self.name}/owner")  # noqa: S311 - not for secrets
        now_ns = 0
        while True:
            now_ns += _about(self.away_ns, draw)
            leaves_ns = now_ns + _about(self.busy_ns, draw)
            while now_ns < leaves_ns:
                yield now_ns, Activate(self.name)
                now_ns += max(US, self.idle_after_ns // 2)
            now_ns = leaves_ns
            yield now_ns, Idle(self.name)


AnyRecurring = Repeated | Arriving | Owner


def _gap_us(arrivals: schema.Arrivals, draw: Random) -> int:
    """Return the time between two arrivals, in microseconds."""
    match arrivals.spread:
        case "exponential":
            return round(draw.expovariate(1.0) * arrivals.every / US)
        case "uniform":
            return _about(int(arrivals.every), draw) // US
        case "regular":
            return round(arrivals.every / US)


def _about(mean_ns: int, draw: Random) -> int:
    """Return a time from half to one and a half times `mean_ns`."""
    return (mean_ns // 2 + draw.randrange(mean_ns + 1)) // US * US
