"""Which language a text is in: a listener for runs that notes every sentence in another language than the one that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable

from nodes.wire.events import ProcessOutput, Stamped
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.texts import LANGUAGES

ENGLISH = frozenset(
    "the of is has been was were with from which that they have who by nobody".split()  # noqa: SIM905 - words are read better
)
SPANISH = frozenset(
    "el los las del que con por para una y ha han está están sus cuyo".split()  # noqa: SIM905
)
"""Words that no sentence of the other language has; names of processes, programs and strategies have none of them either."""

Wrong = dict[tuple[str, str], set[str]]
"""By language and sentence: its words of another language."""


def foreign(text: str, lang: str) -> set[str]:
    """Return the words of a text that are not of its language. What stands in quotes, or is a name with hyphens, has none."""
    bare = re.sub(r"`[^`]*`|\"[^\"]*\"|\w+(?:-\w+)+", "", text)
    return set(re.findall(r"[a-záéíóúñ]+", bare.lower())) & (ENGLISH if lang == "es" else SPANISH)


def listener(wrong: Wrong) -> Callable[[ClusterView], Callable[[Stamped], object]]:
    """Return what follows a run and notes in `wrong` what is told of it in another language. What guests print is nobody's language."""

    def follow_with(view: ClusterView) -> Callable[[Stamped], object]:
        narrators = {lang: Narrator(view, lang, "") for lang in LANGUAGES}

        def follow(stamped: Stamped) -> None:
            for lang, narrator in narrators.items():
                for line in narrator.tell(stamped):
                    if not isinstance(stamped.event, ProcessOutput):
                        note(wrong, line, lang)

        return follow

    return follow_with


def note(wrong: Wrong, text: str, lang: str) -> None:
    """Note a text if it has words of another language."""
    if words := foreign(text, lang):
        wrong[lang, text] = words
