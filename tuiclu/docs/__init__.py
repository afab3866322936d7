"""The reference pages: Markdown files beside this one, for `tuiclu docs` and for whoever reads the sources.

Some are written by hand; those in `reference.MADE` are made from what they describe, and a test holds them to it.
"""

from __future__ import annotations

from pathlib import Path

from nodes.wire.text import Text
from tuiclu.errors import InputError, did_you_mean

FOLDER = Path(__file__).parent


def topics() -> dict[str, str]:
    """Return the title of every page by its topic, in alphabetical order."""
    return {file.stem: _title(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.md"))}


def page(topic: str) -> str:
    """Return a page. Raises InputError for a topic that there is not."""
    if topic not in topics():
        raise InputError(
            Text("there is no page `{topic}`", topic=topic), None, did_you_mean(topic, topics(), Text("pages"))
        )
    return (FOLDER / f"{topic}.md").read_text(encoding="utf-8")


def _title(text: str) -> str:
    return text.split("\n", 1)[0].removeprefix("# ")
