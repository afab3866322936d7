"""Texts in the reader's language: English as it stands in the code, all others by catalogues, a folder for each language.

A catalogue is a `.po` file of gettext, as every editor for translators writes it, and is read as it is, without being compiled. Its ids are
the English texts, whose names in braces stand for values. `tuiclu.po` has what the program says, `demos.po` what scenarios say where they
do not say it in a language themselves. A translator's own folder is named by TUICLU_LOCALE.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from nodes.wire.text import Sentence, Text, capitalised

LOCALES = Path(__file__).with_name("locale")
OWN = os.environ.get("TUICLU_LOCALE", "")
PROGRAM, DEMOS = "tuiclu.po", "demos.po"
ENGLISH = "en"

Translate = Callable[[str], str]
Key = tuple[str, str]
"""The context of a text, and its id."""


def _folders() -> Iterator[Path]:
    """Yield where languages lie, the one that counts most first."""
    if OWN:
        yield Path(OWN)
    yield LOCALES


def _languages() -> tuple[str, ...]:
    found = {file.parent.name for folder in _folders() for file in folder.glob(f"*/{PROGRAM}")}
    return (ENGLISH, *sorted(found - {ENGLISH}))


LANGUAGES = _languages()
"""English, and every language that has a catalogue."""


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that the variables of an environment ask for, if there is a catalogue of it; else English."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    wanted = re.split("[_.@]", named)[0]
    return wanted if wanted in LANGUAGES else ENGLISH


# ------------------------------------------------------------------------------------------------------------ in a language


def told(text: str, lang: str) -> str:
    """Return a text in a language; what is no `Text` (a name, a number, what somebody else has said) is returned as it is."""
    if not isinstance(text, Text) or lang == ENGLISH:
        return str(text)
    values = {name: told(value, lang) if isinstance(value, str) else value for name, value in text.values.items()}
    catalogue = _catalogue(lang, PROGRAM)
    if text.plural:
        template = catalogue.counted(text.template, text.plural, int(str(text.values[text.counts])))
    else:
        template = catalogue.text(text.template, text.context)
    found = template.format(**values) if values else template
    return capitalised(found) if isinstance(text, Sentence) else found


@cache
def translations(lang: str) -> Translate:
    """Return the function that gives a text without values in a language; English if the language has none."""
    return _catalogue(lang, PROGRAM).text


def in_own_words(said: Mapping[str, str], lang: str) -> str:
    """Return what a scenario says in a language: in its own words, else by the catalogue of demos, else in English or what there is."""
    english = said.get(ENGLISH) or next(iter(said.values()), "")
    own = said.get(lang, english)
    return own if own != english else _catalogue(lang, DEMOS).text(english)


# --------------------------------------------------------------------------------------------------------------- catalogues


class Catalogue:
    """The texts of a language."""

    def __init__(self, forms: Mapping[Key, list[str]], plural: Callable[[int], int] = lambda count: count != 1) -> None:
        """`forms`: what a text is, or what it is for each of the language's numbers; `plural` says which of those a count wants."""
        self._forms = forms
        self._plural = plural

    def text(self, english: str, context: str = "") -> str:
        """Return a text; the English one if it is not translated."""
        return self._forms.get((context, english), [english])[0] or english

    def counted(self, one: str, many: str, count: int) -> str:
        """Return the form of a text that a count wants."""
        forms = self._forms.get(("", one), [])
        index = int(self._plural(count))
        return (forms[index] if index < len(forms) else "") or (one if count == 1 else many)


@cache
def _catalogue(lang: str, name: str) -> Catalogue:
    files = [folder / lang / name for folder in _folders()]
    file = next((one for one in files if lang != ENGLISH and one.is_file()), None)
    return Catalogue({}) if file is None else read_catalogue(file.read_text(encoding="utf-8"))


def read_catalogue(text: str) -> Catalogue:
    """Return the catalogue that a `.po` file holds: its translated texts, without those that are doubtful (`fuzzy`) or no longer used."""
    forms: dict[Key, list[str]] = {}
    header = ""
    for doubtful, parts in _entries(text):
        said = [part for keyword, part in parts.items() if keyword.startswith("msgstr")]
        if not parts["msgid"]:
            header = "".join(said)
        elif not doubtful:
            forms[parts.get("msgctxt", ""), parts["msgid"]] = said
    return Catalogue(forms, _plural_of(header))


_STRING = re.compile(r'(?:(msg\w+(?:\[\d\])?)\s+)?"((?:[^"\\]|\\.)*)"\s*$')
_ESCAPES = {"n": "\n", "t": "\t"}


def _entries(text: str) -> Iterator[tuple[bool, dict[str, str]]]:
    """Yield the entries of a `.po` file: whether they are doubtful, and their strings by keyword (`msgid`, `msgstr[1]`)."""
    parts: dict[str, str] = {}
    keyword, doubtful = "", False
    for line in (*text.splitlines(), ""):
        string = None if line.startswith("#") else _STRING.match(line)
        begins = not string or string[1] in ("msgctxt", "msgid")
        if begins and any(one.startswith("msgstr") for one in parts):
            yield doubtful, parts
            parts, doubtful = {}, False
        doubtful = doubtful or (line.startswith("#,") and "fuzzy" in line)
        if string is not None:
            keyword = string[1] or keyword
            parts[keyword] = parts.get(keyword, "") + _unescaped(string[2])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def _plural_of(header: str) -> Callable[[int], int]:
    """Return which form a count wants, as the head of a catalogue says."""
    from gettext import c2py

    found = re.search(r"^Plural-Forms:.*plural=([^;]+);", header, re.MULTILINE)
    return c2py(found[1] if found else "n != 1")
