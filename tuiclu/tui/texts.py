"""The screen's own texts by language, through gettext: the English text is its own key."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).with_name("locale")
DOMAIN = "tuiclu"
LANGUAGES = ("en", "es")

Translate = Callable[[str], str]


@cache
def translations(lang: str) -> Translate:
    """Return the function that gives a text in a language; English if the language has none."""
    return gettext.translation(DOMAIN, str(LOCALES), languages=[lang], fallback=True).gettext
