"""Demos and programs are listed at any width, in both languages, and what is to be typed is never broken."""

from __future__ import annotations

import pytest

from nodes.programs import CATALOGUE
from tuiclu import listings
from tuiclu.bundled import demo_files
from tuiclu.scenario.parser import load_scenario
from tuiclu.texts import LANGUAGES

SCENARIOS = {name: load_scenario(file) for name, file in demo_files().items()}


@pytest.mark.parametrize("width", [40, 60, 80, 133])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_is_wider_than_the_terminal_but_what_is_to_be_typed(lang: str, width: int) -> None:
    lines = [*listings.demos(SCENARIOS, lang, width), *listings.programs(CATALOGUE.values(), lang, width)]
    too_wide = [line for line in lines if len(line) > width]
    assert [line for line in too_wide if not line.startswith("      tuiclu ") and len(line.split()) > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_demo_is_there_with_its_title_and_all_that_it_says(lang: str) -> None:
    lines = listings.demos(SCENARIOS, lang, 60)
    words = " ".join(lines).split()
    for name, scenario in SCENARIOS.items():
        assert any(line.startswith(f"{name}: ") for line in lines)
        about = scenario.file.about
        assert isinstance(about, dict)
        assert all(word in words for word in about[lang].split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_demo_says_how_to_see_it(lang: str) -> None:
    lines = listings.demo("eviction", SCENARIOS["eviction"], lang, 80)
    assert any(line.endswith(" tuiclu run eviction") for line in lines)
    assert any(line.endswith(" tuiclu open eviction") for line in lines)


def test_a_command_in_a_text_stands_alone_and_whole() -> None:
    lines = listings.demo("eviction", SCENARIOS["eviction"], "en", 40)
    assert "      tuiclu run eviction --set cluster.policy.eviction=none" in lines
