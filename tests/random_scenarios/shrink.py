"""Takes away from a scenario what its failure does not need: steps, processes, settings, one after the other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tests.random_scenarios.drawn import Tree


def shrunk(tree: Tree, fails: Callable[[Tree], bool], tries: int = 150) -> Tree:
    """Return a smaller scenario that still fails, after at most so many tries."""
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(tree):
            if tries <= 0:
                return tree
            tries -= 1
            if fails(smaller):
                tree, progress = smaller, True
                break
    return tree


def _smaller(tree: Tree) -> Iterator[Tree]:
    """Yield the scenario without one of its parts, the large ones first."""
    paths: list[tuple[Any, ...]] = []
    script = tree["script"]
    half = len(script) // 2
    if half > 1:
        for part in (script[half:], script[:half]):
            yield tree | {"script": part}
    if tree.get("expect"):
        yield tree | {"expect": []}
    paths += [("script", index) for index in reversed(range(len(script)))]
    paths += [("processes", name) for name in tree["processes"]]
    cluster = tree["cluster"]
    for section in ("policy", "migration", "costs", "initiators", "defaults"):
        if cluster.get(section):
            yield tree | {"cluster": cluster | {section: {}}}
    paths += [("cluster", "nodes", name) for name in reversed(cluster["nodes"]) if len(cluster["nodes"]) > 1]
    for section in ("policy", "migration", "costs", "initiators", "defaults", "network"):
        paths += [("cluster", section, key) for key in cluster.get(section, {})]
    paths += [("cluster", "policy", "load", key) for key in cluster["policy"].get("load", {})]
    paths += [("cluster", "nodes", name, key) for name, node in cluster["nodes"].items() for key in node]
    paths += [("processes", name, key) for name, one in tree["processes"].items() for key in one]
    for path in paths:
        yield _without(tree, path)


def _without(tree: Tree, path: tuple[Any, ...]) -> Tree:
    smaller = copy.deepcopy(tree)
    place: Any = smaller
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return smaller
