"""The Initiator of the destination: what it promises, how long, and what it says when the offer comes."""

from __future__ import annotations

import pytest

from nodes.initiator.negotiation import GiveState
from nodes.wire.events import ProcessBounced
from nodes.wire.packets import (
    MigrateIn,
    MigrationOffer,
    MoveEnded,
    NeverMind,
    NoThankYou,
    OfferRelayed,
    TurnAway,
    YesMigrateTo,
)
from nodes.wire.parameters import InitiatorParameters
from tests.nodes.initiator.desks import BOTH, MS, Desk, Manor, S, a_question, a_wish, three
from tests.nodes.initiator.world import a_process


def an_offer(migration: str, pid: str, pages: int = 10, load: int = 5000, by: str = "user") -> MigrationOffer:
    return MigrationOffer(migration, pid, pid, "p", "eager-all", pages, S, S, load, by)


def relay(desk: Desk, offer: MigrationOffer, source: str) -> list[object]:
    return desk.tell(OfferRelayed(offer, source, desk.figures()))


def test_a_promise_counts_when_the_next_one_asks_for_the_sake_of_the_load() -> None:
    desk = Desk(InitiatorParameters())
    one = a_question("n2.1", "n2", by="os", source_load=2400)
    other = a_question("n3.1", "n3", by="os", source_load=2400)

    assert [type(said) for said in desk.tell(one, "n2")] == [YesMigrateTo]
    (no,) = desk.tell(other, "n3")
    assert (type(no), no.reason.rule) == (NoThankYou, "too-loaded")
    desk.tell(NeverMind("n2/1"), "n2")
    assert [type(said) for said in desk.tell(other, "n3")] == [YesMigrateTo]


def test_pages_that_were_promised_count_in_what_guests_may_have_but_not_against_those_they_are_for() -> None:
    desk = Desk(InitiatorParameters(guest_frames_percent=50))  # of 500 frames

    assert [type(said) for said in desk.tell(a_question("n2.1", "n2", pages=200), "n2")] == [YesMigrateTo]
    (no,) = desk.tell(a_question("n3.1", "n3", pages=51), "n3")
    assert no.reason.rule == "over-quota"
    assert [type(said) for said in desk.tell(a_question("n3.1", "n3", pages=50), "n3")] == [YesMigrateTo]
    assert relay(desk, an_offer("n2/1", "n2.1", pages=200), "n2") == [MigrateIn("n2/1")]


def test_of_two_questions_about_one_process_the_later_one_counts() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n2.1", "n2"), "n2")
    desk.tell(a_question("n2.1", "n2", number=2), "n2")

    assert list(desk.mind.desk.giving) == ["n2/2"]


def test_who_was_let_in_already_is_not_forgotten_for_another_question() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n2.1", "n2"), "n2")
    relay(desk, an_offer("n2/1", "n2.1"), "n2")
    desk.tell(a_question("n2.1", "n2", number=2), "n2")

    assert {name: one.state for name, one in desk.mind.desk.giving.items()} == {
        "n2/1": GiveState.ADMITTED,
        "n2/2": GiveState.PROMISED,
    }


def test_for_the_load_two_may_cross() -> None:
    desk = Desk(InitiatorParameters(communication_bytes=1000), [a_process("n1.1", talks={"n2": 5000})])
    desk.tick()
    desk.tick()
    assert [one.to for one in desk.mind.desk.asking.values()] == ["n2"]

    (said,) = desk.tell(a_question("n2.1", "n2", by="os"), "n2")

    assert isinstance(said, YesMigrateTo)


def test_a_promise_lapses_after_twice_the_patience_of_those_who_ask() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n2.1", "n2"), "n2")
    deadline_ns = desk.now + 2 * desk.settings.answer_timeout_ns
    assert desk.mind.next_ns() == deadline_ns

    desk.mind.expire(deadline_ns - 1)
    assert list(desk.mind.desk.giving) == ["n2/1"]
    desk.mind.expire(deadline_ns)
    assert desk.mind.desk.giving == {}


def test_a_promise_to_the_dead_is_void_and_one_who_was_let_in_is_the_kernels_affair() -> None:
    desk = Desk(InitiatorParameters())
    for pid in ("n2.1", "n3.1"):
        desk.tell(a_question(pid, pid[:2]), pid[:2])
    desk.tell(a_question("n2.2", "n2", number=2), "n2")
    relay(desk, an_offer("n2/2", "n2.2"), "n2")

    desk.mind.broken("n2", desk.now)

    assert list(desk.mind.desk.giving) == ["n3/1", "n2/2"]


def test_what_was_promised_to_come_to_a_machine_that_has_died_is_void() -> None:
    manor = Manor(InitiatorParameters(controls=BOTH))
    manor.tell(a_question("n3.1", "n3", to="n2"), "n3")
    manor.tell(a_question("n3.2", "n3", to="n1", number=2), "n3")

    manor.bury("n2")

    assert list(manor.mind.desk.giving) == ["n3/2"]


def test_an_initiator_of_several_machines_offers_another_one_but_never_the_source_nor_one_that_is_dead() -> None:
    manor = Manor(InitiatorParameters(controls=dict.fromkeys(("n1", "n2", "n3"), "n1")), ("n1", "n2", "n3"))
    manor.mind.machines["n1"].blocked = True
    (said,) = manor.tell(a_question("n4.1", "n4", by="eviction"), "n4")
    assert said == YesMigrateTo("n4/1", "n2")
    (said,) = manor.tell(a_question("n4.2", "n2", by="eviction", number=2), "n1")
    assert said == YesMigrateTo("n2/2", "n3")
    manor.bury("n3")
    (said,) = manor.tell(a_question("n4.3", "n2", by="eviction", number=3), "n1")
    assert (type(said), said.reason.rule) == (NoThankYou, "blocked")


@pytest.mark.parametrize(("load", "said"), [(1600, TurnAway), (5000, MigrateIn)])
def test_an_offer_whose_promise_has_lapsed_is_considered_as_if_it_were_new(load: int, said: type) -> None:
    desk = Desk(InitiatorParameters(), three()[:1])

    assert [type(one) for one in relay(desk, an_offer("n2/1", "n2.1", load=load, by="os"), "n2")] == [said]
    assert list(desk.mind.desk.giving) == ([] if said is TurnAway else ["n2/1"])


def test_an_offer_is_turned_away_if_what_was_promised_holds_no_longer() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n2.1", "n2"), "n2")
    desk.mind.machines["n1"].blocked = True

    (said,) = relay(desk, an_offer("n2/1", "n2.1"), "n2")

    assert isinstance(said, TurnAway)
    assert said.reason.rule == "blocked"
    assert desk.mind.desk.giving == {}


@pytest.mark.parametrize(("ago_ns", "named"), [(S - 1, True), (S, False)])
def test_a_bounce_is_one_for_so_long_and_no_longer(ago_ns: int, named: bool) -> None:
    desk = Desk(InitiatorParameters(bounces="allowed", bounce_ns=S), now=9 * S)
    desk.tell(a_question("n9.1", "n2", by="os", trail=(("n1", 9 * S - ago_ns), ("n2", 9 * S - MS))), "n2")

    desk.tell(MoveEnded("n2/1", "n1", "arrived"))

    bounced = [one for one in desk.events if isinstance(one, ProcessBounced)]
    assert bounced == [ProcessBounced("n9.1", ["n1", "n2", "n1"], ago_ns)] * named


def test_the_promise_is_kept_in_mind_until_the_destination_says_that_the_process_is_there() -> None:
    desk = Desk(InitiatorParameters())
    desk.tell(a_question("n2.1", "n2"), "n2")
    relay(desk, an_offer("n2/1", "n2.1"), "n2")
    assert list(desk.mind.desk.giving) == ["n2/1"]

    desk.tell(MoveEnded("n2/1", "n1", "arrived"))

    assert desk.mind.desk.giving == {}
    assert desk.mind.next_ns() is None


def test_an_ordered_move_of_ones_own_does_not_stand_in_the_way_of_a_promise() -> None:
    desk = Desk(InitiatorParameters(), three())
    desk.tell(a_wish("n1.1", "n2"))
    assert [type(one) for one in desk.tell(a_question("n2.1", "n2"), "n2")] == [YesMigrateTo]
