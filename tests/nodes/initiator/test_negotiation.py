"""The negotiation: every step in order, every way in which it can be refused or broken off, and every order of events of two at once."""

from __future__ import annotations

import pytest

from nodes.initiator.negotiation import (
    ASK_TRANSITIONS,
    GIVE_TRANSITIONS,
    AskCause,
    AskState,
    GiveState,
)
from nodes.wire.events import AnyEvent, MigrationAborted, MigrationStarted, NegotiationMessage, NegotiationRefused
from nodes.wire.packets import MigrationOffer, OfferRefused, WishCancelled
from nodes.wire.parameters import InitiatorParameters
from tests.nodes.initiator.world import Kernel, World, a_world, explore

REMOTE = InitiatorParameters(controls={"n1": "n1", "n2": "n1", "n3": "n3"})
"""One Initiator on n1 for two machines, and one on n3."""
ELSEWHERE = InitiatorParameters(controls={"n1": "n3", "n2": "n3", "n3": "n1"})
"""No Initiator sits where its machine is."""
SEATS = {"own": InitiatorParameters(), "two for one": REMOTE, "elsewhere": ELSEWHERE}


def run(world: World) -> list[tuple[str, str, str]]:
    """Deliver everything in order of sending; return what went over the wire."""
    said: list[tuple[str, str, str]] = []
    while any(world.wires.values()):
        link = next(link for link, wire in world.wires.items() if wire)
        said.append((link[0], link[1], type(world.wires[link][0]).__name__))
        world.deliver(link)
    return said


def steps(events: tuple[AnyEvent, ...]) -> list[tuple[int, str, str]]:
    return [(one.step, one.sender, one.receiver) for one in events if isinstance(one, NegotiationMessage)]


def refusals(events: tuple[AnyEvent, ...]) -> list[tuple[int, str]]:
    return [(one.step, one.reason.rule) for one in events if isinstance(one, NegotiationRefused)]


# ----------------------------------------------------------------------------------------------------------- the tables


def test_every_state_of_both_sides_can_be_reached_and_ends() -> None:
    for transitions, first, ends in (
        (ASK_TRANSITIONS, AskState.ASKED, {AskState.REFUSED, AskState.OVER}),
        (GIVE_TRANSITIONS, GiveState.PROMISED, {GiveState.TURNED_AWAY, GiveState.LAPSED, GiveState.OVER}),
    ):
        reached = {first, *transitions.values()}
        assert reached == set(type(first))
        assert ends == {state for state in type(first) if state not in [before for before, _ in transitions]}


def test_whoever_waits_for_another_machine_stops_waiting_when_it_is_dead_or_silent() -> None:
    assert (AskState.ASKED, AskCause.SILENCE) in ASK_TRANSITIONS
    assert all((state, AskCause.BROKEN) in ASK_TRANSITIONS for state in (AskState.ASKED, AskState.ORDERED))


# ---------------------------------------------------------------------------------------------------------- step by step


def test_the_messages_of_the_figure_come_in_their_order() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    said = run(world)
    assert [name for _, _, name in said[:4]] == ["WillYouTake", "YesMigrateTo", "MigrationOffer", "OfferAccepted"]
    assert steps(world.events) == [(1, "n1", "n3"), (2, "n3", "n1"), (3, "n1", "n1"), (6, "n3", "n3")]
    assert "n1.1" in world.kernels["n3"].owned


def test_where_initiators_sit_elsewhere_steps_3_5_and_6_are_messages_on_the_wire() -> None:
    world = a_world(ELSEWHERE)
    world.wish("n1.1", "n3")
    said = run(world)
    assert said[:9] == [
        ("n1", "n3", "MoveWished"),
        ("n3", "n1", "WillYouTake"),
        ("n1", "n3", "YesMigrateTo"),
        ("n3", "n1", "MigrateOut"),
        ("n1", "n3", "MigrationOffer"),
        ("n3", "n1", "OfferRelayed"),
        ("n1", "n3", "MigrateIn"),
        ("n3", "n1", "OfferAccepted"),
        ("n1", "n3", "ProcessImage"),
    ]


def test_an_initiator_may_name_another_machine_of_its_own_in_step_2() -> None:
    world = a_world(REMOTE, processes={"n3": ("n3.1", "n3.2", "n3.3")})
    world.initiators["n1"].machines["n1"].blocked = True
    world.wish("n3.1", "n1", "eviction")
    run(world)
    assert "n3.1" in world.kernels["n2"].owned
    assert [one.machine for one in world.events if isinstance(one, NegotiationMessage) and one.step == 2] == ["n2"]


def test_a_refusal_by_policy_at_step_2_leaves_everything_as_it_was() -> None:
    world = a_world()
    world.initiators["n3"].machines["n3"].blocked = True
    world.wish("n1.1", "n3")
    assert [name for _, _, name in run(world)] == ["WillYouTake", "NoThankYou"]
    assert refusals(world.events) == [(2, "blocked")]
    world.check_end(["n1.1", "n2.1"])


def test_a_kernel_refuses_at_step_5_what_it_has_no_frames_for_and_the_promise_is_over() -> None:
    world = a_world(frames={"n3": 5})
    world.wish("n1.1", "n3")
    assert [name for _, _, name in run(world)] == ["WillYouTake", "YesMigrateTo", "MigrationOffer", "OfferRefused"]
    assert steps(world.events) == [(1, "n1", "n3"), (2, "n3", "n1"), (3, "n1", "n1")]
    world.check_end(["n1.1", "n2.1"])


def test_what_was_promised_at_step_2_may_be_refused_at_step_6_if_the_owner_has_come_back_meanwhile() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    said: list[str] = []
    while any(world.wires.values()):
        link = next(link for link, wire in world.wires.items() if wire)
        packet = world.wires[link][0]
        said.append(type(packet).__name__)
        if isinstance(packet, MigrationOffer):
            world.owners["n3"] = "active"
        if isinstance(packet, OfferRefused):
            assert (packet.step, packet.reason.rule) == (6, "owner-active")
        world.deliver(link)
    assert said == ["WillYouTake", "YesMigrateTo", "MigrationOffer", "OfferRefused"]
    world.check_end(["n1.1", "n2.1"])


def test_a_process_that_is_being_moved_is_not_asked_for_twice() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    world.wish("n1.1", "n2")
    run(world)
    assert refusals(world.events) == [(0, "moves-already")]
    assert len([one for one in world.events if isinstance(one, MigrationStarted)]) == 2
    assert "n1.1" in world.kernels["n3"].owned


def test_a_process_that_has_exited_before_step_3_is_not_offered() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    world.deliver(("n1", "n3"))
    world.exit("n1.1")
    assert [name for _, _, name in run(world)] == ["YesMigrateTo"]
    assert not world.initiators["n1"].desk.asking
    world.run_out_of_patience("n3")
    world.check_end(["n1.1"])


def test_an_answer_that_comes_too_late_gives_the_promise_back() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    world.deliver(("n1", "n3"))
    world.run_out_of_patience("n1")
    assert refusals(world.events) == [(2, "no-answer")]
    run(world)
    world.check_end(["n1.1", "n2.1"])
    assert "n1.1" in world.kernels["n1"].owned


def test_a_wish_can_be_cancelled_before_step_3_and_the_promise_is_given_back() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    world.deliver(("n1", "n3"))
    world.say("n1", "n1", WishCancelled("n1.1"))
    assert sorted(name for _, _, name in run(world)) == ["NeverMind", "NeverMind", "YesMigrateTo"]
    assert [str(one.reason) for one in world.events if isinstance(one, MigrationAborted)] == ["it was cancelled"]
    world.check_end(["n1.1", "n2.1"])


def test_an_offer_whose_promise_has_lapsed_is_considered_as_if_it_were_new() -> None:
    world = a_world()
    world.wish("n1.1", "n3")
    world.deliver(("n1", "n3"))
    world.deliver(("n3", "n1"))
    world.run_out_of_patience("n3")
    assert world.initiators["n3"].desk.giving == {}
    run(world)
    assert "n1.1" in world.kernels["n3"].owned


# --------------------------------------------------------------------------------------------- everything that can happen

TWO_WISHES = {
    "two to one": (("n1.1", "n3"), ("n2.1", "n3")),
    "crossing": (("n1.1", "n2"), ("n2.1", "n1")),
    "a chain": (("n1.1", "n2"), ("n2.1", "n3")),
    "the same process twice": (("n1.1", "n2"), ("n1.1", "n3")),
}
MAYBE: dict[str, dict[str, int]] = {
    "nothing": {},
    "silence": {"silences": 1},
    "an exit": {"exits": 1},
    "a crash": {"crashes": 1},
}


@pytest.mark.parametrize("maybe", MAYBE)
@pytest.mark.parametrize("wishes", TWO_WISHES)
@pytest.mark.parametrize("seats", SEATS)
def test_in_whatever_order_two_negotiations_happen_each_process_has_one_owner_and_nothing_is_left(
    seats: str, wishes: str, maybe: str
) -> None:
    world = a_world(SEATS[seats])
    for name, count in MAYBE[maybe].items():
        setattr(world, name, count)
    for pid, to in TWO_WISHES[wishes]:
        world.wish(pid, to)
    worlds, ends = explore(world)
    assert worlds > 5
    assert ends


@pytest.mark.parametrize("maybe", MAYBE)
@pytest.mark.parametrize("seats", SEATS)
def test_in_whatever_order_two_ask_for_the_last_frames_only_one_gets_them(seats: str, maybe: str) -> None:
    world = a_world(SEATS[seats], frames={"n3": 15})
    for name, count in MAYBE[maybe].items():
        setattr(world, name, count)
    world.wish("n1.1", "n3")
    world.wish("n2.1", "n3")
    _, ends = explore(world)
    arrived = {tuple(sorted(end.kernels["n3"].owned)) for end in ends if "n3" in end.kernels}
    assert ("n1.1", "n2.1") not in arrived
    assert {("n1.1",), ("n2.1",)} <= arrived


def test_two_that_offer_to_each_other_at_once_both_succeed_however_their_messages_cross() -> None:
    world = a_world()
    world.wish("n1.1", "n2")
    world.wish("n2.1", "n1")
    _, ends = explore(world)
    assert {(tuple(end.kernels["n1"].owned), tuple(end.kernels["n2"].owned)) for end in ends} == {
        (("n2.1",), ("n1.1",))
    }


def test_two_full_machines_that_offer_to_each_other_both_refuse_and_neither_waits() -> None:
    world = a_world(frames={"n1": 15, "n2": 15})
    world.wish("n1.1", "n2")
    world.wish("n2.1", "n1")
    _, ends = explore(world)
    assert {(tuple(end.kernels["n1"].owned), tuple(end.kernels["n2"].owned)) for end in ends} == {
        (("n1.1",), ("n2.1",))
    }


def test_the_enumeration_finds_a_fault_where_there_is_one() -> None:
    """A kernel that does not keep its promise of frames apart is caught."""
    world = a_world(frames={"n3": 15})
    world.kernels["n3"].__class__ = _Forgetful
    world.wish("n1.1", "n3")
    world.wish("n2.1", "n3")
    with pytest.raises(AssertionError, match="more frames are promised"):
        explore(world)


class _Forgetful(Kernel):
    """Does not count what it has promised."""

    @property
    def free(self) -> int:
        return self.frames - sum(self.owned.values())


# ----------------------------------------------------------------------------------- owners and operators, at any instant

WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "the owner returns": (("activate", "n2"),),
    "all guests are expelled": (("expel", "n2"),),
    "a shutdown is announced": (("shutdown", "n2"),),
    "the owner returns, and all are expelled": (("activate", "n2"), ("expel", "n2")),
    "the owner returns, and a shutdown is announced": (("activate", "n2"), ("shutdown", "n2")),
    "its home calls": (("bring", "n1"),),
}
TWO_FOR_ONE = InitiatorParameters(controls={"n1": "n3", "n2": "n3", "n3": "n3"})
"""One Initiator for all machines, as large clusters have it."""


LEAVING = [
    pytest.param(seats, words, maybe, marks=[pytest.mark.long] if maybe != "nothing" and ", and" in words else [])
    for seats in [*SEATS, "one for all"]
    for words in WORDS
    for maybe in ("nothing", "silence", "a crash")
]


@pytest.mark.parametrize(("seats", "words", "maybe"), LEAVING)
def test_whenever_a_guest_has_to_leave_again_it_leaves_and_nobody_stands_still_for_ever(
    seats: str, words: str, maybe: str
) -> None:
    world = a_world((SEATS | {"one for all": TWO_FOR_ONE})[seats], processes={"n1": ("n1.1",)})
    world.words = WORDS[words]
    for name, count in MAYBE[maybe].items():
        setattr(world, name, count)
    world.wish("n1.1", "n2")

    _, ends = explore(world)

    for end in ends:
        if words == "its home calls" and not end.words and maybe == "nothing":
            assert "n1.1" in end.kernels["n1"].owned
