"""What is answered to an order that was typed: done, or refused by whom and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from nodes.wire.events import (
    AnyEvent,
    CommandGiven,
    CommandRefused,
    LinkHealed,
    LinkPartitioned,
    MachineBlocked,
    MachineStays,
    MigrationAborted,
    MigrationAccepted,
    MigrationResumed,
    MigrationStarted,
    Narration,
    NegotiationRefused,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    NodeSlowed,
    NodeStarted,
    OwnerActive,
    OwnerIdle,
    PolicyChanged,
    ProcessCreated,
    ProcessExited,
    ProcessNotCreated,
    RunEnded,
    ShutdownAnnounced,
    Stamped,
)
from nodes.wire.reasons import reason, verbatim
from tuiclu.model.cluster import ClusterView
from tuiclu.model.orders import DONE_BY, Answer, Orders
from tuiclu.scenario.schema import VERB_NAMES


def started(migration: str, by: str = "user") -> MigrationStarted:
    return MigrationStarted(migration, "n1.1", "n1", "n2", "eager-all", by, verbatim("asked for"))


class Session:
    """A cluster of two nodes with the process P on n1, and somebody who gives orders."""

    def __init__(self) -> None:
        self.view = ClusterView()
        self.orders = Orders(self.view)
        self.said: list[Answer] = []
        self.seq = 0
        for node in ("n1", "n2"):
            self.happens(node, NodeStarted(10_000_000, 512))
        self.happens("n1", ProcessCreated("n1.1", "P", "primes", [], 0), started("n1/9", by="os"))

    def order(self, number: int, verb: str, **named: Any) -> dict[str, Any]:
        command = {"verb": verb, **named}
        self.said.append(self.orders.follow(number, f"{verb} ...", command, 5_000_000))
        return command

    def happens(self, node: str | None, *events: AnyEvent) -> None:
        for event in events:
            stamped = Stamped(self.seq * 1_000_000, self.seq, node, event)
            self.view.apply(stamped)
            self.said += self.orders.see(stamped, {"en": ["So it is."], "es": ["Así es."]})
            self.seq += 1

    def texts(self, number: int, lang: str = "en") -> list[str]:
        return [one.text[lang] for one in self.said if one.number == number]

    def finals(self, number: int) -> list[bool]:
        return [one.ok for one in self.said if one.number == number and one.final]


DONE: list[tuple[str, dict[str, Any], str | None, AnyEvent]] = [
    ("cancel", {"process": "P"}, "n1", MigrationAborted("n1/9", "n1.1", verbatim("cancelled"), "asked")),
    ("kill", {"process": "P"}, "n1", ProcessExited("n1.1", None, "SIGKILL", verbatim("SIGKILL"), 1, 1)),
    ("spawn", {"name": "Q", "on": "n2"}, "n2", ProcessCreated("n2.1", "Q", "hello", [], 0)),
    ("crash", {"node": "n2"}, "n2", NodeCrashed(verbatim("SIGKILL by the user"))),
    ("restart", {"node": "n2"}, "n2", NodeRestarted(2)),
    ("pause", {"node": "n2"}, "n2", NodePaused()),
    ("resume", {"node": "n2"}, "n2", NodeResumed()),
    ("slow", {"node": "n2", "percent": 50}, "n2", NodeSlowed(50, 5_000_000)),
    ("partition", {"nodes": ["n2"]}, None, LinkPartitioned(["n1>n2"])),
    ("heal", {}, None, LinkHealed(["n1>n2"])),
    ("activate", {"node": "n2"}, "n2", OwnerActive()),
    ("idle", {"node": "n2"}, "n2", OwnerIdle(0)),
    ("stay", {"node": "n2"}, "n2", MachineStays(stays=True)),
    ("block", {"node": "n2"}, "n2", MachineBlocked(blocked=True)),
    ("expel", {"node": "n2"}, "n2", MachineBlocked(blocked=True)),
    ("shutdown", {"node": "n2"}, "n2", ShutdownAnnounced(7)),
    ("set", {"changes": {}}, None, PolicyChanged("strategy", "precopy", "flushing", ["n1"])),
]


@pytest.mark.parametrize(("verb", "named", "node", "event"), DONE, ids=[one[0] for one in DONE])
def test_an_order_is_done_when_it_is_seen(verb: str, named: dict[str, Any], node: str | None, event: AnyEvent) -> None:
    session = Session()
    command = session.order(1, verb, **named)
    session.happens(None, CommandGiven(command, "user"))
    assert session.finals(1) == []
    session.happens(node, event)
    assert session.finals(1) == [True]
    assert session.texts(1) == [
        f"{verb} ...: ordered for 0.005000 s",
        f"{verb} ...: given at 0.004000 s",
        f"{verb} ...: done. So it is.",
    ]
    assert session.texts(1, "es")[-1] == f"{verb} ...: hecho. Así es."


def test_the_table_knows_verbs_alone() -> None:
    tested = {verb for verb, *_ in DONE} | {"migrate", "say", "ask", "chapter"}
    assert set(DONE_BY) == tested
    assert set(DONE_BY) <= set(VERB_NAMES)


def test_what_happens_elsewhere_is_no_answer() -> None:
    session = Session()
    command = session.order(1, "crash", node="n2")
    session.happens("n2", NodeCrashed(verbatim("before the order")))
    session.happens(None, CommandGiven(command, "script"))
    session.happens("n1", NodeCrashed(verbatim("another node")))
    assert len(session.texts(1)) == 1


def refusals() -> Iterable[tuple[str | None, AnyEvent, str, str]]:
    by_name = {"verb": "kill", "process": "P"}
    yield (
        None,
        CommandRefused(by_name, reason("lives-no-more", process="P")),
        "the cluster: P lives no more",
        "el clúster: P ya no vive",
    )
    by_pid = {"verb": "kill", "process": "n1.1"}
    yield (
        "n2",
        CommandRefused(by_pid, verbatim("not here")),
        "the kernel of n2: not here",
        "el núcleo de n2: not here",
    )


@pytest.mark.parametrize(("node", "event", "english", "spanish"), list(refusals()))
def test_a_refusal_names_who_refuses_and_why(node: str | None, event: AnyEvent, english: str, spanish: str) -> None:
    session = Session()
    command = session.order(1, "kill", process="P")
    session.happens(None, CommandGiven(command, "user"))
    session.happens(node, event)
    assert session.finals(1) == [False]
    assert session.texts(1)[-1] == f"kill ...: refused by {english}"
    assert session.texts(1, "es")[-1] == f"kill ...: lo rechaza {spanish}"


def test_a_migration_is_followed_to_its_end() -> None:
    session = Session()
    command = session.order(1, "migrate", process="P", to="n2", strategy=None)
    session.happens(None, CommandGiven(command, "user"))
    session.happens("n1", started("n1/1", by="os"), started("n1/2"))
    session.happens("n2", NegotiationRefused("n1/1", "n1.1", "n2", 2, verbatim("another one")))
    session.happens("n1", MigrationAccepted("n1/2", "n1.1"))
    assert session.finals(1) == []
    session.happens("n2", MigrationResumed("n1/2", "n1.1"))
    assert session.finals(1) == [True]
    assert [text.partition(": ")[2] for text in session.texts(1)[2:]] == ["So it is.", "So it is.", "done. So it is."]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            NegotiationRefused("n1/1", "n1.1", "n2", 5, verbatim("no room")),
            "migrate ...: refused by n2, at step 5: no room",
        ),
        (NegotiationRefused("n1/1", "n1.1", "n1", 0, verbatim("it moves")), "migrate ...: refused by n1: it moves"),
        (
            MigrationAborted("n1/1", "n1.1", verbatim("n2 died"), "copying"),
            "migrate ...: came to nothing. So it is.",
        ),
    ],
)
def test_a_migration_that_comes_to_nothing_is_answered(event: AnyEvent, told: str) -> None:
    session = Session()
    command = session.order(1, "migrate", process="n1.1", to="n2", strategy=None)
    session.happens(None, CommandGiven(command, "user"))
    session.happens("n1", started("n1/1"), event)
    assert session.finals(1) == [False]
    assert session.texts(1)[-1] == told


def test_of_two_equal_orders_each_has_its_answer() -> None:
    session = Session()
    commands = [session.order(number, "pause", node="n2") for number in (1, 2)]
    session.happens(None, CommandGiven(commands[0], "user"))
    session.happens("n2", NodePaused())
    session.happens(
        None, CommandGiven(commands[1], "user"), CommandRefused(commands[1], verbatim("n2 stands still already"))
    )
    assert (session.finals(1), session.finals(2)) == ([True], [False])


def test_what_was_never_done_is_said_at_the_end_and_a_stillbirth_is_none() -> None:
    session = Session()
    given = [session.order(1, "activate", node="n2"), session.order(2, "spawn", name="Q", on="n1")]
    session.order(3, "say", text={})
    session.happens(None, *(CommandGiven(one, "user") for one in given))
    session.happens("n1", ProcessNotCreated("n1.2", "Q", "hello", verbatim("no frames")))
    session.happens(None, Narration({}), RunEnded("until", []))
    assert [session.finals(number) for number in (1, 2, 3)] == [[False], [False], [True]]
    assert session.texts(1)[-1] == "activate ...: not done when the run ended"
