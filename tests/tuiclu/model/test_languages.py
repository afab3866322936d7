"""What a run tells its audience is in the language of the audience, and in no other."""

from __future__ import annotations

import re

import pytest

import tuiclu
from nodes.wire.events import ProcessOutput, Stamped
from tuiclu.bundled import demo_files
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import LANGUAGES, Narrator
from tuiclu.scenario import runner
from tuiclu.scenario.compile import plan

ENGLISH = frozenset(
    {
        "the",
        "of",
        "is",
        "has",
        "been",
        "was",
        "were",
        "with",
        "from",
        "which",
        "that",
        "they",
        "have",
        "who",
        "by",
        "nobody",
    }
)
SPANISH = frozenset(
    {"el", "los", "las", "del", "que", "con", "por", "para", "una", "y", "ha", "han", "está", "están", "sus", "cuyo"}
)
"""Words that no sentence of the other language has; names of processes, programs and strategies have none of them either."""
IN_SHORT = ("eager-all", "all-strategies", "refusals", "eviction")


def foreign(text: str, lang: str) -> set[str]:
    """Return the words of a text that are not of its language. What stands in quotes, or is a name with hyphens, has none."""
    bare = re.sub(r"`[^`]*`|\"[^\"]*\"|\w+(?:-\w+)+", "", text)
    return set(re.findall(r"[a-záéíóúñ]+", bare.lower())) & (ENGLISH if lang == "es" else SPANISH)


@pytest.mark.parametrize(
    "demo", [name if name in IN_SHORT else pytest.param(name, marks=pytest.mark.long) for name in demo_files()]
)
def test_every_sentence_of_a_demo_is_in_the_language_that_was_asked_for(demo: str) -> None:
    wrong: dict[tuple[str, str], set[str]] = {}

    def follow_with(view: ClusterView) -> object:
        narrators = {lang: Narrator(view, lang, "") for lang in LANGUAGES}

        def follow(stamped: Stamped) -> None:
            for lang, narrator in narrators.items():
                for line in narrator.tell(stamped):
                    if not isinstance(stamped.event, ProcessOutput) and foreign(line, lang):
                        wrong[lang, line] = foreign(line, lang)

        return follow

    scenario = tuiclu.load(demo)
    for lang in LANGUAGES:
        outcome = runner.run(plan(scenario), lang=lang, follow_with=follow_with)  # type: ignore[arg-type]
        for verdict in outcome.verdicts:
            if foreign(verdict.text, lang):
                wrong[lang, verdict.text] = foreign(verdict.text, lang)
    assert wrong == {}
