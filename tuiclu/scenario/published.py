"""The scenario format as a JSON Schema, for editors and other programs: made from the types that the parser reads by.

What the types cannot say, such as names that must exist, is left to `tuiclu check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from nodes.wire.events import KINDS
from tuiclu import docstrings
from tuiclu.language.quantities import Quantity
from tuiclu.scenario import schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

REFERENCE = "#/$defs/{name}"

FILE = Path(__file__).with_name("schema.json")
"""Where it is shipped."""

KEYS = "Keys"
"""The names of mappings behind verbs end in it, to tell them from the commands; here they are called by their verbs."""

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the JSON Schema of a scenario file."""
    structs = (schema.ScenarioFile, *get_args(schema.AnyExpectation))
    (root, *_), definitions = msgspec.json.schema_components(structs, schema_hook=_custom, ref_template=REFERENCE)
    for name, definition in definitions.items():
        _complete(getattr(schema, name), definition)
    for struct in (schema.When, schema.EventExpectation):
        definitions[struct.__name__]["properties"]["event"]["enum"] = sorted(KINDS)
    for quantity in Quantity.__subclasses__():
        definitions[quantity.__name__] = quantity.json_schema()
    verbs = {name: name.removesuffix(KEYS) for name in definitions}
    named = {verbs[name]: _called(definition, verbs) for name, definition in definitions.items()}
    return {
        "$schema": DIALECT,
        "title": "A scenario of tuiclu",
        **_called(root, verbs),
        "$defs": dict(sorted(named.items())),
    }


def as_text() -> str:
    """Return the JSON Schema as it stands in `FILE`."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"


def _called(part: Any, names: Mapping[str, str]) -> Any:
    """Return a part of a schema with other names for the definitions that it refers to."""
    match part:
        case {"$ref": str(reference)}:
            return part | {"$ref": REFERENCE.format(name=names[reference.rpartition("/")[2]])}
        case dict():
            return {key: _called(value, names) for key, value in part.items()}
        case list():
            return [_called(value, names) for value in part]
        case _:
            return part


def _custom(cls: Any) -> Schema:
    """Return what stands for the types that msgspec does not know."""
    if issubclass(cls, Quantity):
        return {"$ref": REFERENCE.format(name=cls.__name__)}
    if cls is schema.Anything:
        return {"type": ["object", "array", "string", "number", "boolean", "null"]}
    if cls in (schema.SpanLimit, schema.CountLimit):
        plain = (
            {"$ref": REFERENCE.format(name="Duration")}
            if cls is schema.SpanLimit
            else {"type": "integer", "minimum": 0}
        )
        return {"anyOf": [plain, {"type": "string", "pattern": r"^([1-9][0-9]{0,3} ?% of )?[A-Za-z][A-Za-z0-9_-]*$"}]}
    if cls is schema.Argument:
        return {"type": ["string", "number", "boolean"]}
    assert cls is schema.Expectation, cls
    return {"oneOf": [{"$ref": REFERENCE.format(name=struct.__name__)} for struct in get_args(schema.AnyExpectation)]}


def _complete(struct: type[msgspec.Struct], definition: Schema) -> None:
    """Add to the schema of a struct what msgspec does not know of it, and leave out what says nothing."""
    attributes = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
    definition["properties"] = {
        key: _property(value, docstrings.below(struct, attributes[key]))
        for key, value in definition["properties"].items()
    }
    if issubclass(struct, schema.Settings):
        definition["type"] = ["object", "null"]
    if struct in schema.FURTHER_KEYS:
        further = definition["properties"].pop(schema.FURTHER_KEYS[struct])
        definition["additionalProperties"] = further["additionalProperties"]
    if struct is schema.Step:
        once = {"required": ["at"], "not": {"required": ["every"]}}
        timings = [once, *({"required": [key]} for key in ("when", "whenever", "every"))]
        definition["allOf"] = [{"oneOf": timings}, {"oneOf": [{"required": [key]} for key in schema.VERB_NAMES]}]


def _property(value: Schema, description: str | None) -> Schema:
    """Return the schema of an attribute: None is the absence of its key, and an empty default goes without saying."""
    kept = dict(value)
    if not isinstance(kept.get("default"), str | int) or kept["default"] == "":
        kept.pop("default", None)
    choices = [choice for choice in kept.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) > 1:
        kept["anyOf"] = choices
    elif choices:
        kept |= choices[0]
    return kept if description is None else {**kept, "description": description}
