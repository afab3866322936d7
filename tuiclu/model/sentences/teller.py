"""What tells the events of a subject: its sentences, and the values that they name."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.wire.clauses import in_language
from nodes.wire.events import Event
from nodes.wire.reasons import text_of
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Takes

LANGUAGES = ("en", "es")

Values = dict[str, Any]
Sentences = dict[type[Event], dict[str, str]]
"""By events, and by languages."""


class Teller(Takes):
    """Tells the events of a subject in one language. `view` has seen each of them before.

    A sentence names in braces fields of its event, what `Narrator` knows of any event, and values that the method adds which takes the
    event. A method that returns None says that an event is not worth telling; one that returns lines has no use for a sentence.
    """

    SENTENCES: ClassVar[Sentences] = {}

    def __init__(self, view: ClusterView, lang: str, *, everything: bool = False) -> None:
        """`everything`: tell also of decisions that other events make plain."""
        self._view = view
        self._lang = lang
        self._everything = everything

    def _say(self, forms: dict[str, str], **values: object) -> str:
        """Return a part of a sentence in the language that is told."""
        return forms[self._lang].format(**values)

    def _counted(self, count: int, what: str) -> str:
        """Return so many of a kind, in words."""
        return COUNTED[what][self._lang][count != 1].format(count=count)

    def _names(self, pids: list[str]) -> str:
        return ", ".join(self._view.name_of(pid) for pid in pids)


def in_words(reason: str, rule: str, numbers: dict[str, Any]) -> dict[str, str]:
    """Return a reason in every language; as it stands where its rule is not known."""
    return {lang: text_of(rule, numbers, lang) or in_language(reason, lang) for lang in LANGUAGES}


COUNTED = {
    "page": {"en": ("{count} page", "{count} pages"), "es": ("{count} página", "{count} páginas")},
    "letter": {
        "en": ("{count} letter", "{count} letters"),
        "es": ("{count} carta que llegó entretanto", "{count} cartas que llegaron entretanto"),
    },
    "of its pages": {
        "en": ("{count} of its pages stays", "{count} of its pages stay"),
        "es": ("{count} de sus páginas queda", "{count} de sus páginas quedan"),
    },
}
"""One of a kind, and several."""


def milliseconds(ns: int) -> str:
    """Return a span as sentences have it."""
    return f"{ns / 1e6:.3f}"
