from __future__ import annotations

import pickle
from string import Formatter

import pytest

from nodes.wire.text import Text, listed, sentences
from tests.tuiclu import catalogue as catalogues
from tuiclu import texts
from tuiclu.texts import LANGUAGES, in_own_words, language_of, read_catalogue, told


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_every_text_has_its_translation(lang: str) -> None:
    said = catalogues.translations(catalogues.read(lang))
    assert set(said) == set(catalogues.texts()), "every text, and no other: python -m tests.tuiclu.catalogue"
    assert [key for key, translations in said.items() if not all(translations)] == []


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_a_translation_names_the_values_that_the_text_names(lang: str) -> None:
    for (_, text), translations in catalogues.translations(catalogues.read(lang)).items():
        wanted = _fields(text if isinstance(text, str) else text[1])
        for translation in translations:
            assert _fields(translation) == wanted, text


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_a_catalogue_is_read_as_the_tool_of_translators_reads_it(lang: str) -> None:
    ours = read_catalogue(catalogues.po_file(lang).read_text(encoding="utf-8"))
    for (context, text), translations in catalogues.translations(catalogues.read(lang)).items():
        if isinstance(text, str):
            assert ours.text(text, context) == translations[0]
        else:
            assert (ours.counted(*text, 1), ours.counted(*text, 2)) == translations


CATALOGUE = r"""
# A comment.
msgid ""
msgstr ""
"Language: xx\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\n"

#, python-brace-format
msgid "there is no node `{name}`"
msgstr "nema {name}\t\"u\" "
"grozdu\\"
msgid "yes"
msgstr "da"
msgctxt "a road"
msgid "way"
msgstr "put"

msgid "{count} page"
msgid_plural "{count} pages"
msgstr[0] "{count} strana"
msgstr[1] "{count} strane"
msgstr[2] "{count} strana*"

#, fuzzy
msgid "doubtful"
msgstr "sumnjivo"

msgid "not translated"
msgstr ""

#~ msgid "no longer used"
#~ msgstr "zastarelo"
"""


def test_a_catalogue_has_what_is_translated_without_doubt() -> None:
    catalogue = read_catalogue(CATALOGUE)
    assert catalogue.text("there is no node `{name}`") == 'nema {name}\t"u" grozdu\\'
    assert catalogue.text("yes") == "da"
    assert catalogue.text("way", "a road") == "put"
    for text in ("way", "doubtful", "not translated", "no longer used", "never heard of"):
        assert catalogue.text(text) == text


def test_a_language_has_as_many_numbers_as_it_wants() -> None:
    catalogue = read_catalogue(CATALOGUE)
    said = [catalogue.counted("{count} page", "{count} pages", count) for count in (1, 2, 5, 0)]
    assert said == ["{count} strana", "{count} strane", "{count} strana*", "{count} strane"]
    assert [catalogue.counted("one thing", "{count} things", count) for count in (1, 3)] == [
        "one thing",
        "{count} things",
    ]


@pytest.fixture
def in_xx(monkeypatch: pytest.MonkeyPatch) -> str:
    """A language of which there is a catalogue."""
    monkeypatch.setattr(texts, "_catalogue", lambda _lang, _name: read_catalogue(CATALOGUE))
    return "xx"


def test_a_text_is_its_english_sentence_and_can_be_told_in_another_language(in_xx: str) -> None:
    text = Text("there is no node `{name}`", name=Text("yes"))
    assert text == "there is no node `yes`"
    assert told(text, "en") == text
    assert told(text, in_xx) == 'nema da\t"u" grozdu\\'
    assert told(Text.of("a road", "way"), in_xx) == "put"
    assert told(Text.counted("{count} page", "{count} pages", 7), in_xx) == "7 strana*"
    assert told(listed([Text("yes"), "n1", Text("yes")]), in_xx) == "da, n1, da"
    assert told(sentences(Text("yes"), "", Text("yes")), in_xx) == "da da"


def test_what_is_no_text_is_told_as_it_is(in_xx: str) -> None:
    assert told("yes", in_xx) == "yes"
    assert told(Text("{no} value"), in_xx) == "{no} value"


def test_a_text_goes_from_process_to_process_whole() -> None:
    text = pickle.loads(pickle.dumps(Text("no {what}", what=Text.of("a road", "way {braces}"))))
    assert (text, text.template, text.values["what"].context) == ("no way {braces}", "no {what}", "a road")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LC_MESSAGES": "en_GB.UTF-8", "LC_ALL": "es_MX@euro"}, "es"),
        ({"LC_ALL": "", "LANG": "es_ES"}, "es"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "est_EE"}, "en"),
    ],
)
def test_the_environment_says_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_scenario_says_it_in_its_own_words_or_by_the_catalogue_or_in_english(in_xx: str) -> None:
    assert in_own_words({"en": "yes", "xx": "jeste"}, in_xx) == "jeste"
    assert in_own_words({"en": "yes", "es": "sí"}, in_xx) == "da"
    assert in_own_words({"es": "sí"}, in_xx) == "sí"
    assert in_own_words({}, in_xx) == ""
