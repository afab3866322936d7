"""No name of the cluster's own reaches a reader: neither `LoadTold` nor `to_load`, in no view of no demo, in no language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from nodes.wire.packets import AnyBody, AnyPacket
from nodes.wire.reasons import DECISIONS
from tests.tuiclu.tui.instants import DEMOS, SAMPLE, a_run, seen
from tuiclu.language.settings import KEYS
from tuiclu.scenario.schema import (
    LOAD_SHARING,
    Dissemination,
    Eviction,
    Placement,
    Redirection,
    Target,
    Victim,
)
from tuiclu.texts import LANGUAGES
from tuiclu.tui.draw.whole import draw
from tuiclu.tui.look import Look
from tuiclu.tui.views import VIEWS
from tuiclu.tui.words import MESSAGES, NUMBERS, SETTINGS, VALUES, message_word, spaced, word_for

RAW = re.compile(r"\b[A-Z][a-z]+[A-Z]\w*|\b[a-z]+_[a-z_]+")
OWN = {"MiB", "KiB", "GiB"}


def raw_names(demo: str, size: tuple[int, int], *, every: int) -> set[str]:
    """Return the raw names that a demo shows; what programs write, and names that the scenario gives, are not ours."""
    run = a_run(demo)
    found: set[str] = set()
    for frame in run.frames[::every]:
        given = {name for one in frame.processes for name in (one.name, one.program)} | {
            one.name for one in frame.nodes
        }
        for lang in LANGUAGES:
            for view in VIEWS:
                look = seen(run, frame, view, lang)
                look.spoken = type(look.spoken)(
                    (one for one in look.spoken if one.kind != "process.output"), look.spoken.maxlen
                )
                text = "\n".join(draw(frame, look, [], *size).lines())
                found |= {name for name in RAW.findall(text) if name not in given and name not in OWN}
    return found


@pytest.mark.parametrize("demo", SAMPLE)
def test_no_raw_name_reaches_the_reader(demo: str) -> None:
    assert raw_names(demo, (160, 50), every=5) == set()


@pytest.mark.long
@pytest.mark.parametrize("demo", DEMOS)
def test_in_no_demo_does_a_raw_name_reach_the_reader(demo: str) -> None:
    assert raw_names(demo, (160, 50), every=2) | raw_names(demo, (80, 24), every=3) == set()


def types_of(union: Any) -> Iterator[type]:
    for one in get_args(union):
        yield from types_of(one) if get_args(one) else [one]


def test_every_kind_of_message_has_a_word_and_there_are_no_others() -> None:
    assert {one.__name__ for one in (*types_of(AnyPacket), *types_of(AnyBody))} == set(MESSAGES)
    assert len(set(MESSAGES.values())) == len(MESSAGES)


def test_every_number_that_a_rule_compares_has_a_word() -> None:
    named = {name for text in DECISIONS.values() for name in re.findall(r"{(\w+)", text)}
    assert named == set(NUMBERS)


def test_settings_and_values_are_those_of_scenarios() -> None:
    assert set(SETTINGS) <= set(KEYS.values())
    chosen = (Victim, Target, Dissemination, Placement, Eviction, Redirection)
    assert {*LOAD_SHARING, *(name for one in chosen for name in get_args(one))} == set(VALUES)


def test_a_name_of_ones_own_is_told_apart_by_blanks() -> None:
    t = Look().t
    assert spaced("FooBarBaz") == "foo bar baz"
    assert spaced("my_number_s") == "my number s"
    assert (spaced("n1.2/3"), spaced("eager-all")) == ("n1.2/3", "eager-all")
    assert message_word("LoadTold (forwarded)", t) == "load (passed on)"
    assert word_for(NUMBERS, "of_my_own", Look(lang="es").t) == "of my own"
