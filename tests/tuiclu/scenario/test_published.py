"""The published JSON Schema is one, and takes what the parser takes."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.tuiclu.scenario.example import GOOD, SMALL
from tuiclu.scenario import schema
from tuiclu.scenario.published import FILE, as_text, json_schema

PUBLISHED = json_schema()
DEMOS = {file.name: file.read_text() for file in sorted((Path(__file__).parents[3] / "demos").glob("*.yaml"))}
VALIDATOR = jsonschema.Draft202012Validator(PUBLISHED)


def faults(text: str) -> list[str]:
    """Return what an editor says about a scenario."""
    tree = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in VALIDATOR.iter_errors(tree)]


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)


def test_it_is_shipped_as_it_is() -> None:
    assert FILE.read_text() == as_text(), "the types have changed: python -m tuiclu.docs.reference"


@pytest.mark.parametrize("text", [GOOD, SMALL, *DEMOS.values()], ids=["good", "small", *DEMOS])
def test_it_takes_good_scenarios(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("title:", "titel:", "Additional properties are not allowed ('titel' was unexpected)"),
        ("bandwidth:", "bandwith:", "Additional properties are not allowed ('bandwith' was unexpected)"),
        ("seed: 7", "seed: -1", "-1 is less than the minimum of 0"),
        ("n2:", "N2:", "'N2' does not match '^[a-z][a-z0-9-]*$'"),
        ("kind: bus", "kind: ring", "'ring' is not one of ['bus', 'mesh', 'switch']"),
        ("latency: 1 ms", "latency: 1 sec", "'1 sec' is not valid under any of the given schemas"),
        (
            "en: Eviction",
            "fr: Eviction",
            "{'fr': 'Eviction', 'es': 'Desalojo'} is not valid under any of the given schemas",
        ),
        ("event: node.crashed", "event: node.crash", None),
        ("heal: true", "heal: true\n    stop: true", None),
        ("at: 2 s", "when: {event: node.crashed}\n    at: 2 s", None),
    ],
)
def test_it_refuses_what_the_parser_refuses(old: str, new: str, fault: str | None) -> None:
    assert old in GOOD
    told = faults(GOOD.replace(old, new, 1))

    assert told
    assert fault is None or told == [fault]


def test_it_tells_what_things_are_for() -> None:
    definitions: dict[str, Any] = PUBLISHED["$defs"]

    assert definitions["Step"]["properties"]["crash"]["description"] == "Kill a node, for real: its memory is lost."
    assert definitions["Spawn"]["properties"]["priority"]["description"] == "Larger is more urgent."
    assert definitions["Network"]["description"] == "The wire between the nodes."
    assert definitions["Duration"]["anyOf"][0]["examples"] == ["10 ms"]


def test_every_key_of_the_format_is_in_it() -> None:
    definitions: dict[str, Any] = PUBLISHED["$defs"]
    for name, struct in vars(schema).items():
        if isinstance(struct, type) and issubclass(struct, schema.Part) and name in definitions:
            keys = set(struct.__struct_encode_fields__) - set(schema.FURTHER_KEYS.get(struct, "").split())
            assert set(definitions[name]["properties"]) == keys, name
