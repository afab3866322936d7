"""Valid scenarios, drawn at random: every kind of cluster, policy, program and verb, in any combination.

Pure: the same seed gives the same scenario. Instants are multiples of the latency as often as not, several steps fall on one instant, and
times are as long as windows are: faults live where things coincide.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

from tests.guests import guest
from tests.guests.made_up import elf, made_up
from tests.random_scenarios.chance import Chance, Tree
from tests.random_scenarios.clusters import cluster
from tests.random_scenarios.demands import demand
from tests.random_scenarios.jobs import GUESTS, MADE_UP, processes
from tests.random_scenarios.scripts import line, step
from tests.random_scenarios.situations import UNKNOWN_CALL, led_somewhere, unknown_call

__all__ = ["Tree", "drawn", "drawn_with_orders", "programs", "text_of"]


def programs() -> dict[str, bytes]:
    """Return the files of programs for which scenarios ask, by their names."""
    made = {f"made-up-{number}.elf": _file(number) for number in range(MADE_UP)}
    made[UNKNOWN_CALL] = elf(unknown_call().image(UNKNOWN_CALL))
    return made | {f"{name}.elf": guest(name).read_bytes() for name in GUESTS}


@cache
def _file(number: int) -> bytes:
    return elf(made_up(number)[0])


def drawn(seed: int) -> Tree:
    """Draw a valid scenario."""
    chance = Chance(seed)
    return led_somewhere(chance, _scenario(chance))


def drawn_with_orders(seed: int) -> tuple[Tree, Callable[[], str]]:
    """Draw a valid scenario, and what draws lines that somebody could type while it runs, one after the other."""
    chance = Chance(seed)
    return led_somewhere(chance, _scenario(chance)), lambda: line(chance)


def text_of(tree: Tree) -> str:
    """Write a scenario down, a line for each node, process and step."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            lines += [
                f"{json.dumps(key)}:",
                *(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in value.items()),
            ]
        elif isinstance(value, list) and value:
            lines += [f"{json.dumps(key)}:", *(f"  - {json.dumps(step)}" for step in value)]
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _scenario(chance: Chance) -> Tree:
    return {
        "tuiclu": 1,
        "title": f"random {chance.seed}",
        **chance.maybe(0.05, "about", chance.one_of("Nothing.", {"en": "Nothing.", "es": "Nada."})),
        **chance.maybe(0.1, "pace", chance.one_of("lecture", "auto", "real")),
        "seed": chance.choice((0, chance.seed)),
        "cluster": cluster(chance),
        "files": _files(chance),
        "processes": processes(chance),
        "script": [step(chance) for _ in range(chance.choice((0, 1, 2, 4, 8, 14)))],
        "until": f"{2 * chance.length_ns} ns",
        "expect": [demand(chance) for _ in range(chance.choice((0, 0, 1, 5)))],
    }


def _files(chance: Chance) -> Tree:
    size = {"size": chance.choice(("1 B", "5000 B", "20 KiB"))} | chance.maybe(0.2, "seed", chance.one_of(0, 7))
    return {
        "data": {"on": chance.node()} | size,
        **chance.maybe(0.3, "text", lambda: {"on": chance.node(), "content": "Some words."}),
    }
