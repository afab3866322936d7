"""A scenario with further steps, as text: which of its own steps are left out when a session goes on differently."""

from __future__ import annotations

from tuiclu.scenario.branch import branch
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.written import with_steps
from tuiclu.scenario.yaml_text import as_text

UNSORTED = """
tuiclu: 1
cluster: {nodes: {n1: {}}}
script:
  - {at: 30 ms, by: user, pause: n1}
  - {at: 40 ms, say: "the script's own"}
  - {at: 1 us, by: outside, say: "struck"}
  - {at: 0 s, by: user, say: "first of all"}
  - {at: 30 ms, by: user, resume: n1}
"""


def script_without(count: int) -> list[str]:
    scenario = load_scenario("-", UNSORTED)
    text = as_text(with_steps(scenario, [], left_out=branch(scenario, count).left_out))
    said = ("pause", "the script's own", "struck", "first of all", "resume")
    return [what for what in said if what in text]


def test_the_latest_steps_from_outside_are_left_out_wherever_they_stand() -> None:
    assert script_without(0) == ["pause", "the script's own", "struck", "first of all", "resume"]
    assert script_without(1) == ["pause", "the script's own", "struck", "first of all"]
    assert script_without(2) == ["the script's own", "struck", "first of all"]
    assert script_without(3) == ["the script's own", "first of all"]
    assert script_without(4) == ["the script's own"]
