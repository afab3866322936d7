"""A saved session that goes on differently: which of the orders that it would have repeated are left out.

What was done later is dropped, unless what remains needs it: where a step that stays names a process, whoever spawns it stays as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from nodes.wire.parameters import NEVER_NS
from tuiclu.scenario import schema
from tuiclu.scenario.parser import Scenario, scenario_tree
from tuiclu.scenario.tree import Mapping, Node, Scalar, Sequence


class Branch(NamedTuple):
    """What becomes of the orders that were still to come."""

    left_out: tuple[int, ...] = ()
    """The places in the script of those that do not happen again."""
    gone: tuple[str, ...] = ()
    """The processes that they would have spawned."""
    kept: tuple[str, ...] = ()
    """Those that are spawned all the same, because what remains names them."""


UNCHANGED = Branch()


def branch(scenario: Scenario, coming: int) -> Branch:
    """Return what becomes of the orders from outside of which the last `coming` were still to come: those whose turn comes last.

    Nobody has to sort a script.
    """
    if coming == 0:
        return UNCHANGED
    steps = scenario.file.script
    turns = [(int(step.at or 0), index) for index, step in enumerate(steps) if _is_repeated(scenario, index, step)]
    late = sorted(index for _, index in sorted(turns)[-coming:])
    spawned = {spawn.name: index for index in late if (spawn := steps[index].spawn) is not None}
    needed = set(_named_beside(scenario, late)) if spawned else set()
    kept = {name: index for name, index in spawned.items() if name in needed}
    return Branch(
        tuple(index for index in late if index not in kept.values()),
        tuple(name for name in spawned if name not in kept),
        tuple(kept),
    )


def _is_repeated(scenario: Scenario, index: int, step: schema.Step) -> bool:
    """Tell whether a step is an order from outside that the run is told at its beginning: not what waits for something, or comes again
    and again, and not what a snapshot has on its list."""
    return (
        step.by is not None
        and step.every is None
        and step.at is not None
        and step.at < NEVER_NS
        and index >= scenario.known_steps
    )


def _named_beside(scenario: Scenario, late: Collection[int]) -> Iterator[str]:
    """Yield all words of a scenario but those of some steps, and of what is expected, which nobody expects of another run."""
    root = scenario_tree(scenario.source, scenario.text, scenario.overrides)
    for key, entry in root.entries.items():
        if key == "script" and isinstance(entry.value, Sequence):
            for index, step in enumerate(entry.value.items):
                if index not in late:
                    yield from _words(step)
        elif key != "expect":
            yield from _words(entry.value)


def _words(node: Node) -> Iterator[str]:
    match node:
        case Scalar(text=text):
            yield text
        case Sequence(items=items):
            for item in items:
                yield from _words(item)
        case Mapping(entries=entries):
            for entry in entries.values():
                yield from _words(entry.value)
