"""What tells the events of a subject: the values that their sentences name, beside their fields."""

from __future__ import annotations

from typing import Any

from nodes.wire.reasons import Reason
from nodes.wire.text import Text
from tuiclu.counted import how_many
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Takes
from tuiclu.texts import LANGUAGES, told

Values = dict[str, Any]


class Teller(Takes):
    """Tells the events of a subject in one language. `view` has seen each of them before.

    The sentence of an event (`TOLD`) names in braces its fields, what `Narrator` knows of any event, and values that the method adds which
    takes the event. A method that returns None says that an event is not worth telling; one that returns lines has no use for a sentence.
    """

    def __init__(self, view: ClusterView, lang: str, *, everything: bool = False) -> None:
        """`everything`: tell also of decisions that other events make plain."""
        self._view = view
        self._lang = lang
        self._everything = everything

    def _say(self, text: Text, **values: object) -> str:
        """Return a part of a sentence in the language that is told."""
        return told(text.filled(**values), self._lang)

    def _why(self, reason: Reason) -> str:
        """Return a reason in the language that is told."""
        return told(reason.text(), self._lang)

    def _counted(self, count: int, what: str) -> str:
        """Return a number of a kind, in words."""
        return told(how_many(count, what), self._lang)

    def _names(self, pids: list[str]) -> str:
        return ", ".join(self._view.name_of(pid) for pid in pids)


def in_words(reason: Reason) -> dict[str, str]:
    """Return a reason in every language."""
    text = reason.text()
    return {lang: told(text, lang) for lang in LANGUAGES}


def milliseconds(ns: int) -> str:
    """Return a span as sentences have it."""
    return f"{ns / 1e6:.3f}"
