"""A scenario's tree as text again: the keys of the outermost mapping and the items of its lists a line each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from tuiclu.scenario import includes
from tuiclu.scenario.parser import Scenario, scenario_tree
from tuiclu.scenario.programs import rename_programs
from tuiclu.scenario.tree import HERE, Entry, Mapping, Node, Scalar, Sequence, read_tree


def with_steps(
    scenario: Scenario, steps: Iterable[Mapping], *, left_out: Collection[int] = (), expected: bool = False
) -> Mapping:
    """Return a scenario as a tree, with further steps. It can lie anywhere.

    `left_out`: the places in the script of steps that are not to happen again. `expected`: what was expected of the run is still so.
    """
    root = with_title(scenario)
    if not expected:
        root.entries.pop("expect", None)
        root.entries.pop("compare", None)
    script = root.entries.get("script")
    former = script.value.items if script is not None and isinstance(script.value, Sequence) else []
    former = [step for index, step in enumerate(former) if index not in left_out]
    root.entries["script"] = Entry(HERE, Sequence(HERE, [*former, *steps]))
    base = Path(scenario.source).parent
    rename_programs(root, lambda program: str((base / program).resolve()))
    return root


def with_title(scenario: Scenario) -> Mapping:
    """Return a scenario as a tree that says what it is called: elsewhere it would be called as its file."""
    root = scenario_tree(scenario.source, scenario.text, scenario.overrides)
    titles = {language: Entry(HERE, scalar(title)) for language, title in scenario.title.items()}
    root.entries["title"] = Entry(HERE, Mapping(HERE, titles))
    return root


def whole_text(scenario: Scenario) -> str:
    """Return the text of a scenario as it can be read elsewhere: with what it includes."""
    written = read_tree(scenario.text, scenario.source)
    if isinstance(written, Mapping) and includes.KEY in written.entries:
        return as_text(scenario_tree(scenario.source, scenario.text, ()))
    return scenario.text


def scalar(text: str) -> Scalar:
    """Return a text as a value of a tree."""
    return Scalar(HERE, text, text)


def as_text(root: Mapping) -> str:
    """Return YAML that reads as this tree."""
    lines = []
    for key, entry in root.entries.items():
        match entry.value:
            case Sequence(items=items) if items:
                lines += [f"{key}:", *(f"  - {_flow(item)}" for item in items)]
            case Mapping(entries=entries) if entries:
                lines += [f"{key}:", *(f"  {_key(name)}: {_flow(one.value)}" for name, one in entries.items())]
            case value:
                lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(node: Node) -> str:
    match node:
        case Scalar(value=None):
            return "null"
        case Scalar(value=str()):
            return json.dumps(node.value, ensure_ascii=False)
        case Scalar(value=bool()):
            return str(node.value).lower()
        case Scalar():
            return node.text
        case Sequence():
            return f"[{', '.join(map(_flow, node.items))}]"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {_flow(entry.value)}" for key, entry in node.entries.items()) + "}"


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)
