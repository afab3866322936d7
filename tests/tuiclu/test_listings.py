"""Demos and programs are listed at any width, in both languages, and what is to be typed is never broken."""

from __future__ import annotations

import pytest

from nodes.programs import CATALOGUE
from tuiclu import listings
from tuiclu.bundled import demo_files
from tuiclu.lessons.course import course, minutes
from tuiclu.scenario.parser import load_scenario
from tuiclu.texts import LANGUAGES

SCENARIOS = {name: load_scenario(file) for name, file in demo_files().items()}


@pytest.mark.parametrize("width", [40, 60, 80, 133])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_is_wider_than_the_terminal_but_what_is_to_be_typed(lang: str, width: int) -> None:
    lines = [*listings.demos(SCENARIOS, course(), lang, width), *listings.programs(CATALOGUE.values(), lang, width)]
    too_wide = [line for line in lines if len(line) > width]
    assert [line for line in too_wide if not line.startswith("      tuiclu ") and len(line.split()) > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_demo_is_there_with_its_title_and_all_that_it_says(lang: str) -> None:
    lines = listings.demos(SCENARIOS, course(), lang, 60)
    words = " ".join(lines).split()
    for name, scenario in SCENARIOS.items():
        assert any(line.startswith(f"{name}: ") for line in lines)
        about = scenario.file.about
        assert isinstance(about, dict)
        assert all(word in words for word in about[lang].split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_demo_says_how_to_see_it(lang: str) -> None:
    lines = listings.demo("eviction", SCENARIOS["eviction"], course(), lang, 80)
    assert any(line.endswith(" tuiclu run eviction") for line in lines)
    assert any(line.endswith(" tuiclu open eviction") for line in lines)


def test_a_command_in_a_text_stands_alone_and_whole() -> None:
    lines = listings.demo("eviction", SCENARIOS["eviction"], course(), "en", 40)
    assert "      tuiclu run eviction --variant none" in lines


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_demo_has_its_place_in_the_course_an_exercise_and_a_length(lang: str) -> None:
    words = " ".join(listings.demo("eviction", SCENARIOS["eviction"], course(), lang, 60))
    lesson = course()["eviction"]
    assert f" {lesson.number} " in words
    assert all(word in words for word in f"{lesson.exercise[lang]} {lesson.part_title[lang]}".split())
    assert f" {minutes(SCENARIOS['eviction'])} min" in words


def test_the_demos_are_numbered_in_the_order_of_the_course_and_every_one_is_a_lesson() -> None:
    assert list(course()) == list(demo_files())
    assert [int(file.name.partition("-")[0]) for file in demo_files().values()] == [
        one.number for one in course().values()
    ]


def test_parts_follow_one_another_and_every_text_is_in_every_language() -> None:
    parts = [one.part for one in course().values()]
    assert parts == sorted(parts)
    for lesson in course().values():
        assert set(lesson.exercise) == set(LANGUAGES) == set(lesson.part_title)
        assert len(set(lesson.exercise.values())) == len(LANGUAGES)
    assert all(1 <= minutes(scenario) <= 6 for scenario in SCENARIOS.values())
