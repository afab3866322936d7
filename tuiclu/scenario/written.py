"""A scenario as a tree that can be written down: with further steps, or as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from tuiclu.scenario.parser import Scenario, scenario_tree
from tuiclu.scenario.programs import rename_programs
from tuiclu.scenario.tree import HERE, Entry, Mapping, Scalar, Sequence


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


def scalar(text: str) -> Scalar:
    """Return a text as a value of a tree."""
    return Scalar(HERE, text, text)
