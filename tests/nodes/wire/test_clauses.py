"""Clauses: what an event says in English can be told in every language."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from nodes.wire.clauses import CLAUSES, clause, recognised
from nodes.wire.reasons import RULES
from tuiclu.texts import told

TABLES = {**CLAUSES, **RULES}


def fields(template: str) -> list[str]:
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


@pytest.mark.parametrize("name", [name for name, text in TABLES.items() if re.sub(r"\{\w+\}", "", text)])
def test_every_clause_is_known_again(name: str) -> None:
    samples = {"signal": "SIGTERM", "access": "read"} | dict.fromkeys(("address", "pc", "word", "page"), "0x1f")
    values = {field: samples.get(field, f"V{number}") for number, field in enumerate(fields(TABLES[name]))}
    parts = {field: recognised(value) for field, value in values.items()}
    again = recognised(str(TABLES[name].filled(**values)))
    assert told(again, "es") == told(TABLES[name].filled(**parts), "es")


def test_a_clause_within_a_clause_is_told_too() -> None:
    why = clause("null-pointer", access=clause("write"), address="0x10")
    assert told(recognised(clause("violation", pc="0x1000", why=why)), "es") == (
        "SIGSEGV en pc 0x1000: escritura en 0x10: un puntero nulo"
    )
    sent = clause("signalled", signal="SIGTERM", why=clause("sent-by", sender=clause("the-user")))
    assert (sent, told(recognised(sent), "es")) == ("SIGTERM, sent by the user", "SIGTERM, enviada por el usuario")


def test_what_is_of_no_table_is_left_as_it_is() -> None:
    assert told(recognised("exit(3)"), "es") == "exit(3)"
    assert told(recognised("mine:Class says: no, never"), "es") == "mine:Class says: no, never"


def test_in_english_a_clause_is_what_the_event_says() -> None:
    assert told(recognised("n1 is down"), "en") == "n1 is down"


@pytest.mark.parametrize("name", ["moves", "read", "the user", "3"])
def test_who_has_the_name_of_one_of_our_words_keeps_it(name: str) -> None:
    assert told(recognised(clause("3", process=name)), "es") == f"Emigrar {name}."
