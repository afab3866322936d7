"""What happens, told in sentences."""

from __future__ import annotations

import re

import pytest

from nodes.initiator.negotiation import AskState
from nodes.migration.states import SOURCE_TRANSITIONS, SourceState
from nodes.wire.events import (
    AnyEvent,
    CommandRefused,
    DecisionTaken,
    MailHeld,
    MessageLost,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationFrozen,
    MigrationPages,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    NodeRestarted,
    NodeStarted,
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessFrozen,
    ProcessOutput,
    ProcessStopped,
    ProcessThawed,
    Stamped,
)
from nodes.wire.reasons import reason, verbatim
from tests.tuiclu.model.folding import BEGINNING, MS, Happening, asked, stamped
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.model.sentences.migrations import STAGES


def a_narrator(lang: str = "en") -> tuple[Narrator, ClusterView]:
    view = ClusterView()
    first: tuple[AnyEvent, ...] = (
        NodeStarted(10_000_000, 64),
        ProcessCreated("n1.1", "P", "primes", ["primes", "9"], 0),
    )
    for number, event in enumerate(first):
        view.apply(Stamped(0, number, "n1", event))
    return Narrator(view, lang, "a run"), view


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
        ProcessStopped("n1.1", "SIGSTOP", verbatim("sent by the user")),
        MigrationStarted("n1/1", "n1.1", "n1", "n2", "eager-all", "user", verbatim("")),
        NodeStarted(10_000_000, 64),
        ProcessFrozen("n1.1", "stopped"),
        MigrationFrozen("n1/1", "n1.1"),
        MigrationCommitted("n1/1", "n1.1", "n2"),
        MigrationResumed("n1/1", "n1.1"),
        ProcessThawed("n1.1"),
        ProcessContinued("n1.1", verbatim("sent by the user")),
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
    lost = [
        Stamped(number, number, None, MessageLost(f"n1:{number}", "n2", verbatim("n2 is down"))) for number in range(3)
    ]
    assert [len(narrator.tell(one)) for one in lost] == [1, 0, 0]
    narrator.tell(Stamped(9, 9, "n2", NodeRestarted(2)))
    assert len(narrator.tell(lost[0])) == 1


# ------------------------------------------------------------------------------- sentences that have to fit what is so


def told(*happenings: Happening, lang: str = "en") -> list[str]:
    """Return the sentences about three nodes, P on n1, and what happened then; without their instants."""
    view = ClusterView()
    narrator = Narrator(view, lang, "a run")
    lines = []
    for one in stamped(*BEGINNING, *happenings):
        view.apply(one)
        if one.t:
            lines += [line.partition(" s  ")[2] for line in narrator.tell(one)]
    return lines


def aborted(stage: str = "transferring", name: str = "n1/1") -> MigrationAborted:
    return MigrationAborted(name, "n1.1", verbatim("the connection to n2 is broken"), stage)


EXITED = ProcessExited("n1.1", 0, None, reason("exit", code="0"), 1, 1)
ASKED = (100, "n1", asked())


@pytest.mark.parametrize(
    ("before", "stage", "fate"),
    [
        ([], "transferring", "It goes on where it was, on n1."),
        ([EXITED], "transferring", "P has ended."),
        (
            [ProcessStopped("n1.1", "SIGSTOP", verbatim("x")), ProcessFrozen("n1.1", "stopped")],
            "installing",
            "It stays stopped, on n1.",
        ),
        ([ProcessFrozen("n1.1", "ready")], "asked", "It still stands still, on n1."),
        ([ProcessFrozen("n1.1", "ready")], "installing", "It goes on where it was, on n1."),
    ],
)
def test_what_is_said_of_a_process_whose_migration_is_aborted_is_so(
    before: list[AnyEvent], stage: str, fate: str
) -> None:
    happenings: list[Happening] = [(110, "n1", event) for event in before]
    assert told(ASKED, *happenings, (120, "n1", aborted(stage)))[-1].endswith(f"the connection to n2 is broken. {fate}")


def test_how_far_a_migration_had_come_that_is_aborted_is_said_in_words() -> None:
    reached = {before for (before, _), state in SOURCE_TRANSITIONS.items() if state is SourceState.ABORTED}
    assert set(STAGES) == {AskState.ASKED, *reached}


@pytest.mark.parametrize(
    ("in_memory", "on_disk", "what"),
    [
        (0, 0, "n1 destroys its copy, pages and all."),
        (7, 0, "n1 destroys its copy, but for 7 pages that it keeps in memory until they are wanted."),
        (0, 1, "n1 destroys its copy, but for 1 page on its disk; its memory is free."),
        (
            1,
            2,
            "n1 destroys its copy, but for 1 page that it keeps in memory until they are wanted, and 2 pages on its disk.",
        ),
    ],
)
def test_the_commit_says_what_is_destroyed_and_what_remains(in_memory: int, on_disk: int, what: str) -> None:
    committed = MigrationCommitted("n1/1", "n1.1", "n2", in_memory, on_disk)
    assert told(ASKED, (200, "n1", committed))[-1] == f"Commit: P belongs to n2 now, and {what}"


def test_a_dead_node_is_given_nothing_and_refuses_nothing() -> None:
    reserved = (110, "n2", NegotiationMessage("n1/1", "n1.1", 7, "n2", "n1", "n1", verbatim("yes")))
    dead = (150, "n2", NodeCrashed(verbatim("x")))
    committed = (200, "n1", MigrationCommitted("n1/1", "n1.1", "n2"))
    no_answer = reason("no-answer", by="n2", waited_s=2.0)
    silence = NegotiationRefused("n1/1", "n1.1", "n2", 2, no_answer)
    assert told(ASKED, reserved, dead, committed)[-1].startswith(
        "Commit: P is given to n2, which has crashed unnoticed,"
    )
    accepted = (170, "n1", MigrationAccepted("n1/1", "n1.1"))
    assert told(ASKED, dead, accepted)[-1] == "n2 had accepted P, and reserved frames for it, before it crashed."
    assert told(ASKED, accepted)[-1] == "n2 accepts P and has reserved frames for it."
    assert told(ASKED, dead, (200, "n1", silence))[-1] == "P is not moved this time: n2 has not answered for 2.0 s."
    assert told(ASKED, (200, "n1", silence))[-1].startswith("P is not moved this time")


def test_one_of_a_kind_is_one() -> None:
    sent = (150, "n1", MigrationPages("n1/1", "n1.1", [1], "round", 4096))
    one_page = (160, "n1", MigrationRound("n1/1", "n1.1", 1, 1, 4096, 5 * MS))
    assert told(ASKED, sent, one_page)[-1] == "Round 1: 1 page (4 KiB) of P has moved to n2 in 5.000 ms."
    assert told(ASKED, sent, one_page, lang="es")[-1] == "Ronda 1: 1 página (4 KiB) de P ha pasado a n2 en 5.000 ms."
    assert (
        told(ASKED, (160, "n1", MailHeld("n1.1", 1, "n2")))[-1]
        == "1 letter that came for P meanwhile goes to n2 with it."
    )


def test_who_decides_for_a_machine_from_elsewhere_is_named() -> None:
    low = reason("nobody-loaded", load=0.0, threshold=1.5)
    decision = DecisionTaken("n1", "n1", "want-work", "not now", low)
    assert told((100, "n3", decision))[-1].startswith("n3, for n1, asks for no work: load 0.0 is low")
    assert told((100, "n3", decision), lang="es")[-1].startswith("n3, por n1, no pide trabajo")


def test_a_command_is_told_with_its_verb_first_and_without_what_was_not_said() -> None:
    command = {"argv": ["primes", "9"], "environment": [], "name": "Q", "on": "n2", "stdin": "", "verb": "spawn"}
    assert (
        told((100, None, CommandRefused(command, verbatim("n2 is down"))))[-1]
        == "Not possible: spawn primes,9 Q n2. n2 is down."
    )
