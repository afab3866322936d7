"""The names that a typed `spawn` gives: none twice, whatever the screen has seen of the processes that have them."""

from __future__ import annotations

import pytest

from tests.tuiclu.scenario.example import SMALL, load
from tuiclu.cluster.commands import Spawn
from tuiclu.errors import InputError
from tuiclu.model.cluster import ClusterView
from tuiclu.model.nodes import NodeView
from tuiclu.scenario.prompt import Prompt

NODES = ("n1", "n2")


def spawned(prompt: Prompt, line: str) -> str:
    """Return the name of the process that a line starts, in front of a cluster that has shown nothing yet."""
    view = ClusterView()
    view.nodes.update({name: NodeView(name, 10_000_000) for name in NODES})
    command = prompt.command(line, view).command
    assert isinstance(command, Spawn)
    return command.name


def test_any_number_of_spawns_while_time_stands_still_have_names_of_their_own() -> None:
    prompt = Prompt(load(SMALL), {})

    names = [spawned(prompt, "spawn hello n1") for _ in range(120)]

    assert names == [f"hello{number}" for number in range(1, 121)]


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        (f"{SMALL}processes: {{hello1: {{program: hello, on: n1}}}}\n", "hello2"),
        (f"{SMALL}processes: {{hello: {{program: hello, on: n1, count: 3}}}}\n", "hello4"),
        (f"{SMALL}processes: {{hello1: {{program: hello, on: n1, count: 3}}}}\n", "hello2"),
        (f"{SMALL}script: [{{at: 9 s, spawn: {{name: hello1, program: hello, on: n1}}}}]\n", "hello2"),
        (f"{SMALL}processes: {{hello: {{program: hello, on: n1, arrivals: {{every: 1 s}}}}}}\n", "hello-1"),
    ],
)
def test_no_name_is_given_that_the_scenario_gives_sooner_or_later(scenario: str, name: str) -> None:
    assert spawned(Prompt(load(scenario), {}), "spawn hello n1") == name


def test_a_name_that_was_typed_before_is_refused_although_nothing_of_it_is_there_yet() -> None:
    prompt = Prompt(load(SMALL), {})
    spawned(prompt, "spawn hello n1 name=mine")

    with pytest.raises(InputError, match="two processes are called `mine`"):
        spawned(prompt, "spawn hello n2 name=mine")
    assert spawned(prompt, "spawn hello n2") == "hello1"
