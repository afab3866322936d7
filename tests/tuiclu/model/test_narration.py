"""What happens, told in sentences."""

from __future__ import annotations

import re
import string

import pytest

from nodes.wire.events import (
    AnyEvent,
    MessageLost,
    MigrationCommitted,
    MigrationFrozen,
    MigrationResumed,
    MigrationStarted,
    NodeRestarted,
    NodeStarted,
    ProcessContinued,
    ProcessCreated,
    ProcessFrozen,
    ProcessOutput,
    ProcessStopped,
    ProcessThawed,
    Stamped,
)
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import LANGUAGES, SENTENCES, Narrator


def a_narrator(lang: str = "en") -> tuple[Narrator, ClusterView]:
    view = ClusterView()
    first: tuple[AnyEvent, ...] = (
        NodeStarted(10_000_000, 64),
        ProcessCreated("n1.1", "P", "primes", ["primes", "9"], 0),
    )
    for number, event in enumerate(first):
        view.apply(Stamped(0, number, "n1", event))
    return Narrator(view, lang, "a run"), view


@pytest.mark.parametrize("event", SENTENCES, ids=lambda event: event.__name__)
def test_every_sentence_has_the_same_values_in_both_languages(event: type) -> None:
    fields = {
        lang: sorted(name for _, name, _, _ in string.Formatter().parse(SENTENCES[event][lang]) if name)
        for lang in LANGUAGES
    }
    assert fields["en"] == fields["es"]


def test_a_process_is_called_by_its_name() -> None:
    narrator, _ = a_narrator()
    created = Stamped(1_500_000_000, 2, "n1", ProcessCreated("n1.1", "P", "primes", ["primes", "9"], 0))
    assert narrator.tell(created) == ["    1.500000 s  P starts on n1: primes 9."]


def test_spanish_is_spoken_when_asked_for() -> None:
    narrator, _ = a_narrator("es")
    created = Stamped(0, 2, "n1", ProcessCreated("n1.1", "P", "primes", ["primes", "9"], 0))
    assert narrator.tell(created) == ["    0.000000 s  P comienza en n1: primes 9."]


def test_a_process_that_is_stopped_is_so_after_a_move_as_well() -> None:
    narrator, view = a_narrator()
    events: tuple[AnyEvent, ...] = (
        ProcessStopped("n1.1", "SIGSTOP", "sent by the user"),
        MigrationStarted("n1/1", "n1.1", "n1", "n2", "eager-all", "user", ""),
        NodeStarted(10_000_000, 64),
        ProcessFrozen("n1.1", "stopped"),
        MigrationFrozen("n1/1", "n1.1"),
        MigrationCommitted("n1/1", "n1.1", "n2"),
        MigrationResumed("n1/1", "n1.1"),
        ProcessThawed("n1.1"),
        ProcessContinued("n1.1", "sent by the user"),
    )
    told, states = [], []
    for number, event in enumerate(events):
        stamped = Stamped(0, number + 2, "n1" if number not in (2, 6, 7, 8) else "n2", event)
        view.apply(stamped)
        told += narrator.tell(stamped)
        states.append(view.processes["n1.1"].state)

    sentences = [re.sub(r"^ *[\d.]+ s  ", "", line) for line in told]
    assert sentences[0] == "P is stopped on n1 by SIGSTOP, sent by the user. It stands still until SIGCONT comes."
    assert sentences[-2].startswith("P has arrived, and stays stopped, on n2.")
    assert sentences[-1] == "P may go on, on n2: SIGCONT, sent by the user."
    assert states == ["stopped"] * 3 + ["frozen"] * 4 + ["stopped", "ready"]


def test_what_a_program_writes_is_shown_line_by_line() -> None:
    narrator, _ = a_narrator()
    lines = narrator.tell(Stamped(0, 2, "n1", ProcessOutput("n1.1", 1, text="one\ntwo\n")))
    assert [re.sub(r"^ *[\d.]+ s  ", "", line) for line in lines] == ["P | one", "P | two"]


def test_messages_that_are_lost_one_after_the_other_are_told_of_once() -> None:
    narrator, _ = a_narrator()
    lost = [Stamped(number, number, None, MessageLost(f"n1:{number}", "n2", "n2 is down")) for number in range(3)]
    assert [len(narrator.tell(one)) for one in lost] == [1, 0, 0]
    narrator.tell(Stamped(9, 9, "n2", NodeRestarted(2)))
    assert len(narrator.tell(lost[0])) == 1
