"""What a scenario file can say, and what of it a drawn scenario says: every attribute, and every name of every closed list.

Follows the types of `tuiclu.scenario.schema` alone: what is added there is wanted here by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect as types

from nodes.programs import CATALOGUE
from tuiclu.scenario import schema
from tuiclu.scenario.parser import EVENT_FIELDS

_LISTS = {"strategy": schema.STRATEGIES, "policy": schema.LOAD_SHARING, "event": tuple(EVENT_FIELDS)}
"""The names that there are, by what the schema says that a text names."""


def sayable() -> set[str]:
    """Return all that scenarios can say: `Step.migrate`, `Network.kind: bus`, `program: hello`."""
    found: dict[str, None] = {}
    seen: set[type] = set()
    waiting: list[type[msgspec.Struct]] = [schema.ScenarioFile, *schema.EXPECTATIONS.values()]
    while waiting:
        struct = waiting.pop()
        if struct in seen:
            continue
        seen.add(struct)
        for field in _fields(struct):
            place = f"{struct.__name__}.{field.encode_name}"
            found[place] = None
            for leaf in _leaves(field.type):
                match leaf:
                    case types.StructType(cls=inner):
                        waiting.append(inner)
                    case types.LiteralType(values=values):
                        found |= {f"{place}: {value}": None for value in values}
                    case types.Metadata(extra={"name": schema.Name(of=of, new=False)}):
                        found |= {f"{place}: {name}": None for name in _LISTS.get(of, ())}
                    case _:
                        pass
    return {*found, *(f"program: {name}" for name in CATALOGUE)}


def said(tree: dict[str, Any]) -> Iterator[str]:
    """Yield what a scenario says, in the words of `sayable`."""
    yield from _said(schema.ScenarioFile, tree)
    for one in tree.get("expect", ()):
        kind = "event" if "event" in one else next(key for key in schema.EXPECTATIONS if key in one)
        yield from _said(schema.EXPECTATIONS[kind], one)


def _said(struct: type[msgspec.Struct], tree: dict[str, Any]) -> Iterator[str]:
    fields = {field.encode_name: field.type for field in _fields(struct)}
    for key, value in tree.items():
        if key not in fields:
            yield f"{struct.__name__}.{msgspec.structs.fields(struct)[-1].encode_name}"
            continue
        place = f"{struct.__name__}.{key}"
        yield place
        if key == "program" and value in CATALOGUE:
            yield f"program: {value}"
        inner = [leaf.cls for leaf in _leaves(fields[key]) if isinstance(leaf, types.StructType)]
        for one in _parts(value, fields[key]):
            if isinstance(one, dict) and inner:
                yield from _said(inner[0], one)
            elif isinstance(one, str | int):
                yield f"{place}: {one}"


def _parts(value: Any, wanted: types.Type) -> list[Any]:
    """Return the values in a list, or in a mapping from names; else the value itself."""
    if isinstance(value, list):
        return value
    named = isinstance(wanted, types.DictType) or (
        isinstance(wanted, types.UnionType) and any(isinstance(one, types.DictType) for one in wanted.types)
    )
    return list(value.values()) if isinstance(value, dict) and named else [value]


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[types.Field, ...]:
    found = types.type_info(struct)
    assert isinstance(found, types.StructType)
    return found.fields


def _leaves(wanted: types.Type) -> Iterator[types.Type]:
    match wanted:
        case types.UnionType():
            for one in wanted.types:
                yield from _leaves(one)
        case types.VarTupleType():
            yield from _leaves(wanted.item_type)
        case types.DictType():
            yield from _leaves(wanted.value_type)
        case _:
            yield wanted
