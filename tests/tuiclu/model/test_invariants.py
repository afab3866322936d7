"""The laws of every run, shown streams that keep them and streams that break them."""

from __future__ import annotations

import pytest

from nodes.wire.events import (
    AnyEvent,
    EvictionCompleted,
    EvictionStarted,
    FramesInUse,
    InvariantViolated,
    LinkEnded,
    LinkPartitioned,
    LinkReceived,
    LinkSent,
    MessageDelivered,
    MessageLost,
    MessageSent,
    MigrationCommitted,
    MigrationLost,
    MigrationResumed,
    NegotiationMessage,
    NegotiationRefused,
    NodeAccounted,
    NodeCrashed,
    NodeStarted,
    OwnerIdle,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessThawed,
    RunEnded,
    Stamped,
)
from nodes.wire.reasons import reason, verbatim
from tests.tuiclu.model.folding import asked
from tuiclu.model.cluster import ClusterView
from tuiclu.model.invariants import InvariantChecker

NODES = tuple((name, NodeStarted(10_000_000, 64)) for name in ("n1", "n2", "n3"))
CREATED = ("n1", ProcessCreated("n1.1", "P", "primes", ["primes"], 0))
RUNS_AT_HOME = ("n1", ProcessDispatched("n1.1"))
RUNS_AWAY = ("n2", ProcessDispatched("n1.1"))
ASKED = ("n1", asked())
COMMITTED = ("n1", MigrationCommitted("n1/1", "n1.1", "n2"))
RESUMED = ("n2", MigrationResumed("n1/1", "n1.1"))
ENDED_AWAY = ("n2", ProcessExited("n1.1", 0, None, reason("exit", code="0"), 1, 1))
SENT = ("n1", MessageSent("n1:1", "n2", "PageBatch", 100))
DELIVERED = ("n2", MessageDelivered("n1:1", "n1", "PageBatch"))
OVER = (None, RunEnded("quiescent", []))

Happening = tuple[str | None, AnyEvent]


def broken(*happenings: Happening, every_ns: int = 1_000_000) -> list[str]:
    """Return what the checker says about a stream in which something happens every so often, law and detail."""
    view = ClusterView()
    checker = InvariantChecker(view)
    told: list[AnyEvent] = []
    for number, (node, happening) in enumerate((*NODES, *happenings)):
        stamped = Stamped(number * every_ns, number, node, happening)
        view.apply(stamped)
        told += checker.observe(stamped)
    assert all(isinstance(event, InvariantViolated) for event in told)
    return [f"{event.name}: {event.detail}" for event in told if isinstance(event, InvariantViolated)]


def test_a_process_that_moves_as_it_should_breaks_nothing() -> None:
    assert broken(CREATED, ASKED, RUNS_AT_HOME, COMMITTED, RESUMED, RUNS_AWAY, ENDED_AWAY) == []


@pytest.mark.parametrize(
    ("happenings", "law"),
    [
        ((CREATED, RUNS_AWAY), "one-owner: n2 touched it: n1.1, which n1 owns"),
        ((CREATED, ASKED, COMMITTED, RUNS_AT_HOME), "one-owner: n1 touched it: n1.1, which n2 owns"),
        ((CREATED, ASKED, COMMITTED, RUNS_AWAY), "one-owner: n2 touched it: n1.1, before it was resumed there"),
        ((CREATED, ASKED, RESUMED), "one-owner: n1.1 was resumed on n2, which had not become its owner"),
        ((CREATED, CREATED), "one-owner: n1.1 was created on n1 although there was one before"),
        (
            (CREATED, ASKED, COMMITTED, RESUMED, ENDED_AWAY, RUNS_AWAY),
            "one-owner: n2 touched it: n1.1, which does not live",
        ),
        (
            (CREATED, ("n1", NodeCrashed(verbatim("x"))), RUNS_AT_HOME),
            "one-owner: n1 touched it: n1.1, which does not live",
        ),
    ],
)
def test_two_owners_or_none_are_noticed(happenings: tuple[Happening, ...], law: str) -> None:
    assert broken(*happenings) == [law]


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (FramesInUse(10, 2, 4, 16, 10), []),
        (FramesInUse(10, 2, 5, 16, 10), ["frames: n1: 10 allocated + 2 promised + 5 free is not 16"]),
        (FramesInUse(17, 0, -1, 16, 17), ["frames: n1: 17 allocated + 0 promised + -1 free is not 16"]),
        (FramesInUse(10, 0, 6, 16, 7, 3), []),
        (
            FramesInUse(10, 0, 6, 16, 7, 2),
            ["frames: n1: 10 frames are allocated, page tables have 7 entries, and the text of programs takes 2"],
        ),
    ],
)
def test_frames_must_add_up(counted: FramesInUse, told: list[str]) -> None:
    assert broken(("n1", counted)) == told


def test_a_message_that_is_delivered_lost_or_on_its_way_is_accounted_for() -> None:
    lost = (None, MessageLost("n1:1", "n2", verbatim("n2 is down")))
    assert broken(SENT, DELIVERED, OVER) == []
    assert broken(SENT, lost, OVER) == []
    assert broken(SENT, (None, RunEnded("until", ["n1:1"]))) == []


@pytest.mark.parametrize(
    ("happenings", "told"),
    [
        ((SENT, OVER), "messages: n1:1 was sent to n2 and nobody knows what became of it"),
        ((SENT, DELIVERED, DELIVERED), "messages: n1:1 was delivered to n2, where it was not on its way to"),
        ((DELIVERED,), "messages: n1:1 was delivered to n2, where it was not on its way to"),
        ((SENT, SENT), "messages: n1:1 was sent twice"),
        (((None, RunEnded("until", ["n1:1"])),), "messages: n1:1 is said to be on its way, but is not"),
    ],
)
def test_a_message_from_nowhere_or_gone_or_twice_is_noticed(happenings: tuple[Happening, ...], told: str) -> None:
    assert broken(*happenings) == [told]


def test_the_report_names_the_first_breach_of_each_law() -> None:
    checker = InvariantChecker(ClusterView())
    list(checker.observe(Stamped(2_500_000, 0, "n1", FramesInUse(1, 0, 0, 2, 1))))
    assert checker.report() == [
        {"name": "one-owner", "ok": True},
        {"name": "dead-nodes", "ok": True},
        {"name": "standing-still", "ok": True},
        {"name": "outcomes", "ok": True},
        {"name": "accounts", "ok": True},
        {"name": "frames", "ok": False, "detail": "n1: 1 allocated + 0 promised + 0 free is not 2 (at 0.002500 s)"},
        {"name": "messages", "ok": True},
        {"name": "links", "ok": True},
    ]


# ------------------------------------------------------------------------------------------- beginnings and their ends

FROZEN = ("n1", ProcessFrozen("n1.1", "ready"))
THAWED = ("n1", ProcessThawed("n1.1"))
REFUSED = ("n1", NegotiationRefused("n1/1", "n1.1", "n2", 2, verbatim("no")))
ACCEPTED = ("n2", NegotiationMessage("n1/1", "n1.1", 7, "n2", "n1", "n1", verbatim("")))
EVICTED = ("n1", EvictionStarted("owner", "home", ["n1.1"]))
CRASHED_THERE = ("n2", NodeCrashed(verbatim("x")))


@pytest.mark.parametrize(
    ("happenings", "told"),
    [
        ((ASKED,), "outcomes: migration n1/1 of P is under way, and nothing is left to happen"),
        ((ASKED, ASKED, REFUSED), "outcomes: migration n1/1 began a second time"),
        (
            (ASKED, REFUSED, REFUSED),
            "outcomes: migration n1/1 has ended twice: negotiation.refused, then negotiation.refused",
        ),
        ((REFUSED,), "outcomes: migration n1/1 has ended (negotiation.refused), and never began"),
        ((EVICTED,), "outcomes: the eviction from n1 is under way, and nothing is left to happen"),
        (
            (EVICTED, EVICTED, ("n1", EvictionCompleted("home", [], []))),
            "outcomes: P is evicted from n1 twice at a time",
        ),
        ((FROZEN,), "standing-still: P stands still on n1, and nothing is left to happen"),
        ((ASKED, FROZEN, REFUSED), "standing-still: P stands still on n1, and nothing is left to happen"),
    ],
)
def test_what_begins_and_has_no_end_or_two_is_noticed(happenings: tuple[Happening, ...], told: str) -> None:
    assert broken(CREATED, *happenings, OVER)[:1] == [told]


def test_what_is_cut_off_may_have_to_wait_for_ever_and_what_the_clock_cuts_short_is_unfinished() -> None:
    assert broken(CREATED, ASKED, FROZEN, (None, LinkPartitioned(["n1>n2"])), OVER) == []
    assert broken(CREATED, ASKED, FROZEN, (None, RunEnded("until", []))) == []


def slowly(*happenings: Happening) -> list[str]:
    """Return what the checker says about a stream in which something happens every six seconds: longer than any news are on their way."""
    return broken(*happenings, every_ns=6_000_000_000)


TIME_PASSES = (("n3", OwnerIdle(0)), ("n3", OwnerIdle(0)), ("n3", OwnerIdle(0)))
ALONE = ["standing-still: P stands still on n1, and nobody alive will end it"]
FROM_AFAR = ("n2", EvictionStarted("owner", "home", ["n1.1"], "n1"))
"""The Initiator of n1 sits on n2."""


@pytest.mark.parametrize(
    "happenings",
    [
        (FROZEN,),
        (FROZEN, ASKED, REFUSED),
        (FROM_AFAR, FROZEN, CRASHED_THERE),
        (FROM_AFAR, FROZEN, ("n2", EvictionCompleted("home", [], ["n1.1"], "n1"))),
        (("n2", asked()), FROZEN, CRASHED_THERE),
        (ASKED, ACCEPTED, FROZEN, CRASHED_THERE),
    ],
    ids=["by nobody", "refused", "initiator dead", "initiator done", "negotiator dead", "destination dead"],
)
def test_who_stands_still_and_has_nobody_alive_who_ends_it_is_noticed_once_while_the_run_goes_on(
    happenings: tuple[Happening, ...],
) -> None:
    assert slowly(CREATED, *happenings, *TIME_PASSES) == ALONE


@pytest.mark.parametrize(
    "happenings",
    [(FROM_AFAR, FROZEN), (ASKED, ACCEPTED, FROZEN), (FROM_AFAR, FROZEN, ASKED, REFUSED), (FROZEN, THAWED)],
)
def test_who_is_being_moved_or_has_to_leave_may_stand_still_for_as_long_as_that_takes(
    happenings: tuple[Happening, ...],
) -> None:
    assert slowly(CREATED, *happenings, *TIME_PASSES) == []


@pytest.mark.parametrize(
    ("accounted", "told"),
    [
        (NodeAccounted(0, 0, None, 0, 0), []),
        (
            NodeAccounted(5, 0, None, 0, 0),
            ["accounts: n1 was busy for 0 ns, and used 0 ns for processes and 5 ns for its kernel"],
        ),
        (
            NodeAccounted(-1, -1, None, 0, 0),
            ["accounts: n1 was busy for -1 ns, and used 0 ns for processes and -1 ns for its kernel"],
        ),
    ],
)
def test_a_cpu_that_was_busy_for_longer_or_shorter_than_it_was_used_is_noticed(
    accounted: NodeAccounted, told: list[str]
) -> None:
    assert broken(CREATED, ("n1", accounted), OVER) == told


def test_a_process_that_used_what_no_cpu_charged_it_is_noticed() -> None:
    exited = ("n1", ProcessExited("n1.1", 0, None, reason("exit", code="0"), 1, 7))
    told = broken(CREATED, RUNS_AT_HOME, exited, OVER)
    assert [one.partition(":")[0] for one in told] == ["accounts"]


def test_whoever_is_given_to_a_node_that_has_died_is_lost_and_that_has_to_be_said() -> None:
    lost = ("n1", MigrationLost("n1/1", "n1.1", verbatim("n2 crashed")))
    given_away = (CREATED, ASKED, ACCEPTED, FROZEN, CRASHED_THERE, COMMITTED)
    assert broken(*given_away, lost, OVER) == []
    assert broken(*given_away, RUNS_AWAY) == ["one-owner: n2 touched it: n1.1, which does not live"]
    assert broken(*given_away, OVER) == ["outcomes: migration n1/1 of P is under way, and nothing is left to happen"]


def test_a_living_process_on_a_dead_node_is_noticed() -> None:
    assert broken(CREATED, ASKED, CRASHED_THERE, COMMITTED) == ["dead-nodes: P is ready on n2, which is down"]


# ----------------------------------------------------------------------------------------------------------------- links

LINK = "n1.1/1"


def sent(number: int, size: int = 8) -> Happening:
    return ("n1", LinkSent(LINK, "n1.1", number, size))


def received(number: int, size: int = 8) -> Happening:
    return ("n2", LinkReceived(LINK, "n2.1", number, size))


def ended(why: str, arrived: int, unread: int) -> Happening:
    return ("n2", LinkEnded(LINK, "n2.1", why, arrived, unread))


def test_a_link_that_loses_nothing_breaks_nothing() -> None:
    both_ways = (sent(1), sent(2, 5), received(1), ("n2", LinkSent(LINK, "n2.1", 1, 3)), received(2, 5))
    assert broken(*both_ways, ("n1", LinkReceived(LINK, "n1.1", 1, 3)), ended("peer", 2, 0)) == []
    assert broken(sent(1), sent(2), received(1), ended("broken", 1, 0)) == []
    assert broken(sent(1), sent(2), sent(3), received(1), ended("exited", 2, 1)) == []


@pytest.mark.parametrize(
    ("happenings", "law"),
    [
        ((sent(1), sent(1)), "n1.1 sent message 1 of n1.1/1 after 1"),
        ((sent(1), sent(2), received(2)), "n2.1 received message 2 of n1.1/1 after 0"),
        ((sent(1), received(1), received(1)), "n2.1 received message 1 of n1.1/1 after 1"),
        ((received(1),), "n2.1 received message 1 of n1.1/1, which nobody has sent"),
        ((sent(1, 7), received(1)), "n2.1 received 8 bytes as message 1 of n1.1/1, which is not what was sent"),
        ((sent(1), sent(2), received(1), ended("peer", 1, 0)), "2 messages of n1.1/1 were sent to n2.1, and 1 came"),
        ((sent(1), received(1), ended("broken", 2, 1)), "1 messages of n1.1/1 were sent to n2.1, and 2 came"),
        (
            (sent(1), ended("destroyed", 1, 0)),
            "1 messages of n1.1/1 came to n2.1, but 0 were received and 0 not",
        ),
    ],
)
def test_a_message_of_a_link_that_is_lost_doubled_or_changed_is_named(
    happenings: tuple[Happening, ...], law: str
) -> None:
    assert broken(*happenings) == [f"links: {law}"]
