"""The reference pages: made from what they describe, and each to be found by its topic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nodes import programs
from nodes.wire.events import KINDS
from tuiclu import docs
from tuiclu.docs.reference import MADE
from tuiclu.errors import InputError
from tuiclu.scenario import schema


@pytest.mark.parametrize("topic", MADE)
def test_a_page_that_is_made_is_as_it_would_be_made_now(topic: str) -> None:
    assert docs.page(topic) == MADE[topic](), "python -m tuiclu.docs.reference"


def test_every_verb_event_and_program_is_on_its_page() -> None:
    assert [verb for verb in schema.VERB_NAMES if f"| `{verb}` |" not in docs.page("scenario")] == []
    assert [kind for kind in KINDS if f"\n## {kind}\n" not in docs.page("events")] == []
    assert [name for name in programs.CATALOGUE if f"\n## {name}\n" not in docs.page("programs")] == []
    assert "tuiclu_link_select" in docs.page("guest-calls")
    assert "tuiclu_migrate" in docs.page("guest-calls")


def test_a_page_leads_only_to_places_that_there_are() -> None:
    for topic in docs.topics():
        text = docs.page(topic)
        anchors = {
            re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, re.M)
        }
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            assert not file or file.startswith("http") or file.removesuffix(".md") in docs.topics(), (
                f"{topic}: {target}"
            )
            assert file or anchor in anchors, f"{topic}: {target}"


def test_a_topic_that_there_is_not_is_told_the_nearest_one() -> None:
    with pytest.raises(InputError, match="scenario"):
        docs.page("scenaro")


def test_every_file_that_a_page_names_is_there() -> None:
    root = Path(docs.__file__).parents[2]
    for topic in docs.topics():
        for named in re.findall(r"`((?:nodes|tuiclu|tests)/[\w./*-]+)`", docs.page(topic)):
            assert list(root.glob(named.rstrip("/"))), f"{topic}: {named}"
