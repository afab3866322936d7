"""Further runs of a scenario, which it is compared with: `compare: {eager: {set: {cluster.policy.strategy: eager-all}}}`. Pure: trees.

A limit of an expectation may be what such a run shows (`freeze: {of: P, below: eager}`). As a run of its own (`--variant eager`) it is
seen beside the scenario as it is written, and what is expected of it is what stands under its name.
"""

from __future__ import annotations

from collections.abc import Callable

from nodes.wire.text import Text
from tuiclu.errors import InputError, did_you_mean
from tuiclu.scenario import params, schema
from tuiclu.scenario.tree import HERE, Entry, Mapping, Node, Scalar, Sequence, describe, find, key_place

Put = Callable[[Mapping, str, Node], object]

KEY, SET, EXPECT = "compare", "set", "expect"


def apply(root: Mapping, name: str, where: str, put: Put) -> None:
    """Make the tree of a scenario that of one of its further runs, which is compared with how it was. Raises InputError.

    `where` is the place at which the run is asked for; `put` gives a value of the tree, or a parameter, another value.
    """
    runs = find(root, (KEY,))
    known = list(runs.entries) if isinstance(runs, Mapping) else []
    if not isinstance(runs, Mapping) or name not in known:
        raise InputError(Text("there is no run `{name}`", name=name), where, did_you_mean(name, known, Text("runs")))
    run = runs.entries[name].value
    settings = find(run, (SET,))
    if not isinstance(settings, Mapping):
        what = Text("`{path}` has no `set`", path=f"{KEY}.{name}")
        raise InputError(what, key_place(root, (KEY, name)), Text("It says what is different: `set: {PATH: VALUE}`."))
    former = Mapping(HERE)
    for path, entry in settings.entries.items():
        former.entries[path] = Entry(HERE, _at(root, path))
        if path.split(".")[0] in (KEY, EXPECT):
            what = Text("a run cannot set `{path}`", path=path)
            raise InputError(what, entry.where, Text("It sets what happens, not what is expected."))
    for path, entry in settings.entries.items():
        put(root, path, entry.value)
    expected = find(run, (EXPECT,))
    root.entries[EXPECT] = Entry(HERE, expected if expected is not None else Sequence(HERE))
    root.entries.pop("grade", None)  # marks are for the scenario as it is written
    as_written = Mapping(HERE, {SET: Entry(HERE, former)})
    root.entries[KEY] = Entry(HERE, Mapping(HERE, {schema.AS_WRITTEN: Entry(HERE, as_written)}))


def _at(root: Mapping, path: str) -> Node:
    """Return what stands in a tree where a setting would put something; where there is nothing, that which says so."""
    parameter = params.named_by(root, path)
    if parameter is not None:
        return params.value_of(root, parameter)
    steps = tuple(int(step) if step.isdigit() else step for step in path.split("."))
    before = find(root, steps)
    return before if before is not None else Scalar(HERE, None, "null")


def asked_for(path: str, value: Node) -> str | None:
    """Return the run that a setting asks for (`compare=eager`); None: it sets something else. Raises InputError."""
    if path != KEY:
        return None
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        what = Text("`{path}` cannot be {node}", path=KEY, node=describe(value))
        raise InputError(what, value.where, Text("Name one of the runs of the scenario."))
    return value.value
