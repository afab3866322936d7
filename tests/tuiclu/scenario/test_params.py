"""Parameters: names for values that are set from outside, within bounds."""

from __future__ import annotations

import pytest

from tests.tuiclu.scenario.example import load, message
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.written import with_title
from tuiclu.scenario.yaml_text import as_text

TEXT = """\
tuiclu: 1
params:
  limit: {default: 20000, at-least: 100, at-most: 100000, about: Primes up to it.}
  how: {default: precopy, choices: [precopy, eager-all]}
  wait: 100 ms
  share: {default: 0.5, at-most: 1.0}
  loud: true
  memory: {default: 2 MiB, at-least: 64 KiB}
cluster: {defaults: {memory: $memory}, nodes: {n1: , n2: }}
processes:
  P: {program: primes, args: {limit: $limit}, on: n1}
script:
  - at: $wait
    say: "Up to $limit, $how, for $$5 and $nothing."
  - at: $wait
    migrate: {process: P, to: n2, strategy: $how}
"""


def test_defaults_stand_where_parameters_are_used() -> None:
    file = load(TEXT).file

    assert file.processes["P"].args == {"limit": "20000"}
    assert file.cluster.defaults.memory == 2 << 20
    assert [step.at for step in file.script] == [100_000_000, 100_000_000]
    assert file.script[1].migrate is not None
    assert file.script[1].migrate.strategy == "precopy"


def test_within_a_text_a_parameter_is_written_out_and_two_signs_are_one() -> None:
    assert load(TEXT).file.script[0].say == "Up to 20000, precopy, for $5 and $nothing."


@pytest.mark.parametrize("path", ["limit", "params.limit"])
def test_a_parameter_is_set_by_its_name(path: str) -> None:
    scenario = load(TEXT, [f"{path}=500"])

    assert scenario.file.processes["P"].args == {"limit": "500"}
    assert scenario.parameters["limit"].value == "500"
    assert scenario.parameters["limit"].default == "20000"


def test_parameters_are_known_with_kind_bounds_and_what_they_are_for() -> None:
    parameters = load(TEXT).parameters

    assert [(one.name, one.kind, str(one.may_be)) for one in parameters.values()] == [
        ("limit", "whole-number", "a whole number, from 100 to 100000"),
        ("how", "text", "one of precopy, eager-all"),
        ("wait", "duration", "a duration"),
        ("share", "number", "a number, at most 1.0"),
        ("loud", "switch", "`true` or `false`"),
        ("memory", "size", "a size, at least 64 KiB"),
    ]
    assert parameters["limit"].about["es"] == "Primes up to it."


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("limit=99", "cannot be the number 99. It is a whole number, from 100 to 100000."),
        ("limit=100001", "cannot be the number 100001."),
        ("limit=many", "cannot be the text `many`. It is a whole number."),
        ("limit=1.5", "cannot be the number 1.5."),
        ("how=precop", "cannot be the text `precop`. It is one of precopy, eager-all."),
        ("wait=5 minutes", "Write `5 min`."),
        ("share=1.5", "It is a number, at most 1.0."),
        ("loud=1", "It is `true` or `false`."),
        ("memory=1 KiB", "It is a size, at least 64 KiB."),
        ("params.limt=5", "there is no parameter `limt`. Did you mean `limit`?"),
    ],
)
def test_what_a_parameter_cannot_be_is_said_at_the_option(setting: str, told: str) -> None:
    said = message(TEXT, [setting])

    assert said.startswith(f"--set {setting}: ")
    assert told in said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("limit: $limit", "limit: $limi", "s.yaml:11:38: there is no parameter `limi`. Did you mean `limit`?"),
        (
            "wait: 100 ms",
            "seed: 100 ms",
            "s.yaml:5:3: a parameter cannot be called `seed`: that is a key of a scenario.",
        ),
        ("default: 20000", "default: 5", "s.yaml:3:20: the parameter `limit` cannot be the number 5."),
        ("at-least: 100,", "at-least: x,", "s.yaml:3:37: the parameter `limit` cannot be the text `x`."),
        ("default: 20000,", "defaul: 20000,", "s.yaml:3:11: `defaul` is not a key of `params.limit`."),
        ("wait: 100 ms", "w.ait: 100 ms", "s.yaml:5:3: `w.ait` cannot be the name of a parameter."),
    ],
)
def test_what_is_wrong_with_a_parameter_has_its_place(old: str, new: str, told: str) -> None:
    assert old in TEXT
    assert message(TEXT.replace(old, new, 1)).startswith(told)


def test_without_parameters_the_sign_is_a_sign() -> None:
    text = (
        TEXT[TEXT.index("cluster:") :].replace("$memory", "2 MiB").replace("$limit}", "9}").replace(": $wait", ": 1 s")
    )

    file = load(f"tuiclu: 1\n{text.replace('strategy: $how', 'strategy: precopy')}").file

    assert file.script[0].say == "Up to $limit, $how, for $$5 and $nothing."


def test_what_was_set_is_kept_with_the_scenario() -> None:
    scenario = load(TEXT, ["limit=500"])

    again = load_scenario("s.yaml", as_text(with_title(scenario)))

    assert again.file.script == scenario.file.script
    assert again.parameters["limit"].value == "500"
    assert load_scenario("s.yaml", as_text(with_title(scenario)), ["limit=600"]).parameters["limit"].value == "600"
