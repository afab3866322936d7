"""Reasons: rows of one table, named where something is decided, and told in the reader's language where it is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import nodes
import tuiclu
from nodes.wire import events, packets
from nodes.wire.events import KINDS
from nodes.wire.reasons import (
    NAMES,
    RULES,
    Number,
    Reason,
    fields_of,
    from_fields,
    reason,
    saying,
    text_in,
    verbatim,
)
from tuiclu.texts import LANGUAGES, told

MADE_BY = ("reason", "verbatim", "saying")
SOURCES = [Path(str(package.__file__)).parent for package in (nodes, tuiclu)]


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for folder in SOURCES:
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield file, node


def test_a_reason_says_in_english_and_in_spanish_what_it_names() -> None:
    why = reason("nothing-mapped", access=reason("write"), address="0x10")
    ended = reason("violation", pc="0x1000", why=why)

    assert str(ended) == "SIGSEGV at pc 0x1000: write at 0x10: nothing is mapped there"
    assert told(ended.text(), "es") == "SIGSEGV en pc 0x1000: escritura en 0x10: allí no hay nada asignado"


def test_no_name_is_taken_for_one_of_our_words() -> None:
    for name in ("read", "the user", "step-3"):
        assert told(saying(3, name, "n1").text(), "es") == f"Emigrar {name}."


def test_what_somebody_says_in_words_of_his_own_is_told_as_it_is_in_every_language() -> None:
    why = reason("user-policy-failed", name="mine:Fair", error=verbatim("KeyError: 'n9'"))
    assert told(why.text(), "es") == "la política mine:Fair falló: KeyError: 'n9'"


def test_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(LookupError, match="there is no rule `tired`"):
        reason("tired")
    with pytest.raises(LookupError, match="tired"):
        str(Reason("tired"))


@pytest.mark.parametrize("numbers", [{}, {"machine": "n1", "more": 1}, {"node": "n1"}])
def test_a_reason_that_does_not_name_just_what_its_sentence_does_is_refused(numbers: dict[str, int | str]) -> None:
    with pytest.raises(LookupError, match="the rule `is-down` names"):
        reason("is-down", **numbers)


def test_as_plain_data_it_is_english_for_people_and_whole_for_programs() -> None:
    why = reason("signalled", signal="SIGTERM", why=reason("sent-by", sender=reason("the-user")))
    fields = fields_of(why)

    assert (fields["reason"], fields["rule"]) == ("SIGTERM, sent by the user", "signalled")
    assert from_fields(**{"said" if name == "reason" else name: value for name, value in fields.items()}) == why
    assert told(text_in(fields), "es") == "SIGTERM, enviada por el usuario"
    assert (fields_of(None), text_in(fields_of(None))) == ({"reason": "", "rule": "", "numbers": {}}, "")


def choices(tree: ast.AST) -> Iterator[set[str]]:
    """Yield of each call that gives one of several rules, with the same names, the rules that it may give."""
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        assigned: dict[str, set[str]] = {}
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                assigned.setdefault(one.targets[0].id, set()).update(_rules_in(one.value))
        for one in ast.walk(function):
            if isinstance(one, ast.Call) and _makes(one) == "reason" and one.args:
                first = one.args[0]
                yield assigned.get(first.id, set()) if isinstance(first, ast.Name) else _rules_in(first)


def _rules_in(tree: ast.AST) -> set[str]:
    found = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found & set(RULES)


def test_rules_of_which_a_call_gives_one_or_the_other_name_the_same() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for folder in SOURCES for file in folder.rglob("*.py")]
    several = [rules for tree in trees for rules in choices(tree) if len(rules) > 1]

    assert {"short-queue", "queue-not-below"} in several
    assert [rules for rules in several if len({NAMES[rule] for rule in rules}) > 1] == []


def test_every_rule_is_given_somewhere_and_whatever_is_given_is_a_rule() -> None:
    given: set[str] = set()
    for file in (file for folder in SOURCES for file in folder.rglob("*.py") if file.name != "reasons.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        given |= {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and one.value in RULES}
    rights: set[str] = set()
    by_number = {f"step-{number}" for number in range(1, 8)}
    assert set(RULES) - given - by_number == rights
    firsts = [call.args[0] for _, call in calls() if _makes(call) == "reason"]
    assert {one.value for one in firsts if isinstance(one, ast.Constant)} - set(RULES) == set()


def test_nobody_makes_a_reason_out_of_a_sentence() -> None:
    """But where somebody else speaks: a user's own code, or Python about an image that is damaged."""
    free = {f"{file.parent.name}/{file.name}" for file, call in calls() if _makes(call) == "verbatim"}
    assert free == {"wire/reasons.py", "wire/users_code.py", "process_image/image.py", "initiator/users_policy.py"}
    built = {
        ast.unparse(call) for _, call in calls() if _makes(call) == "reason" and isinstance(call.args[0], ast.JoinedStr)
    }
    assert built == set()


def test_no_event_and_no_packet_gives_its_reason_as_text() -> None:
    """Single words of a closed set are no sentences."""
    words = {
        "RunEnded": ("reason",),
        "ProcessPreempted": ("reason",),
        "EvictionStarted": ("cause",),
        "FiguresTold": ("cause",),
    }
    as_text = [
        (name, field)
        for module in (events, packets)
        for name, kind in vars(module).items()
        if isinstance(kind, type)
        for field, annotation in getattr(kind, "__annotations__", {}).items()
        if field in ("reason", "cause", "refusal") and "Reason" not in annotation and field not in words.get(name, ())
    ]
    assert as_text == []


def test_every_kind_that_gives_a_reason_has_it_in_english_in_its_line() -> None:
    kinds = {kind for kind, event in KINDS.items() if "Reason" in str(event.__annotations__)}
    assert {"decision.taken", "process.exited", "node.crashed", "negotiation.message", "mail.returned"} < kinds


def test_one_of_a_kind_is_told_as_one() -> None:
    for lang, one, many in (
        ("en", "1 page did not come", "2 pages did not come"),
        ("es", "no llegó 1 página", "no llegaron 2 páginas"),
    ):
        assert [told(reason("pages-missing", count=count).text(), lang) for count in (1, 2)] == [one, many]
    assert str(reason("full", machine="n1", jobs=1, limit=1)) == "n1 has 1 job, and admits 1"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_every_rule_names_the_same_in_every_language(rule: str, lang: str) -> None:
    counts = RULES[rule].counts if RULES[rule].plural else ""
    values: dict[str, Number] = {name: 7 if name == counts else f"«{name}»" for name in NAMES[rule]}
    said = told(Reason(rule, values).text(), lang)
    assert [name for name, value in values.items() if str(value) not in said] == []


def _makes(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) and call.func.id in MADE_BY else ""
