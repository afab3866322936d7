"""Clauses: what an event says in English can be told in every language."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from nodes.wire.clauses import CLAUSES, clause, in_language
from nodes.wire.reasons import RULES

TABLES = {**CLAUSES, **RULES}


def fields(template: str) -> list[str]:
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


@pytest.mark.parametrize("name", TABLES)
def test_every_clause_names_the_same_values_in_every_language(name: str) -> None:
    assert {lang: sorted(fields(text)) for lang, text in TABLES[name].items()} == {
        lang: sorted(fields(TABLES[name]["en"])) for lang in ("en", "es")
    }


@pytest.mark.parametrize("name", [name for name, texts in TABLES.items() if re.sub(r"\{\w+\}", "", texts["en"])])
def test_every_clause_is_known_again(name: str) -> None:
    samples = {"signal": "SIGTERM", "access": "read"} | dict.fromkeys(("address", "pc", "word", "page"), "0x1f")
    values = {field: samples.get(field, f"V{number}") for number, field in enumerate(fields(TABLES[name]["en"]))}
    told = {field: in_language(value, "es") for field, value in values.items()}
    assert in_language(TABLES[name]["en"].format(**values), "es") == TABLES[name]["es"].format(**told)


def test_a_clause_within_a_clause_is_told_too() -> None:
    why = clause("null-pointer", access=clause("write"), address="0x10")
    assert in_language(clause("violation", pc="0x1000", why=why), "es") == (
        "SIGSEGV en pc 0x1000: escritura en 0x10: un puntero nulo"
    )
    sent = clause("signalled", signal="SIGTERM", why=clause("sent-by", sender=clause("the-user")))
    assert (sent, in_language(sent, "es")) == ("SIGTERM, sent by the user", "SIGTERM, enviada por el usuario")


def test_what_is_of_no_table_is_left_as_it_is() -> None:
    assert in_language("exit(3)", "es") == "exit(3)"
    assert in_language("mine:Class says: no, never", "es") == "mine:Class says: no, never"


def test_in_english_a_clause_is_what_the_event_says() -> None:
    assert in_language("n1 is down", "en") == "n1 is down"
