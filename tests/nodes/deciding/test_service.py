"""The front office of one node: who waits, who is asked, what is said to an Initiator here or elsewhere, and what when it is dead."""

from __future__ import annotations

import errno
from typing import Any

import msgspec
import pytest

from nodes.deciding.service import DecidingService
from nodes.kernel.process import State, WaitingFor
from nodes.migration.session import MigrationService
from nodes.wire.control import MoveProcess, OperateMachine, OwnerInput
from nodes.wire.events import (
    CommandRefused,
    MigrationStarted,
    NegotiationRefused,
    OwnerActive,
    OwnerIdle,
    ProcessPlaced,
    ProcessPutBack,
)
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    AnyPacket,
    FiguresTold,
    GuestsFrozen,
    GuestsToBackground,
    MachineTold,
    MigrateIn,
    MigrateOut,
    MigrationOffer,
    MoveWished,
    OfferRefused,
    OfferRelayed,
    StartHere,
    WishDenied,
)
from nodes.wire.parameters import SECOND_NS, InitiatorParameters, MigrationParameters
from nodes.wire.reasons import reason, verbatim
from tests.nodes.kernel.assembler import DATA, FOREVER, Code
from tests.nodes.kernel.post import Post, a_letter, kinds

ME = "n2.1"
ELSEWHERE = {"n2": "n4"}


class Office(Post):
    """A node with its front office. `far`: its Initiator sits on n4."""

    def __init__(self, *, far: bool = False, **settings: Any) -> None:
        made: list[DecidingService] = []
        given = InitiatorParameters(**settings, controls=ELSEWHERE if far else {})
        super().__init__(
            add_services=lambda parts: made.append(
                DecidingService(parts, MigrationService(parts, MigrationParameters()))
            ),
            initiators=given,
        )
        self.service = made[0]
        self.later(0)

    def later(self, ns: int) -> list[tuple[NodeName, Any]]:
        """Let time pass; return what is said in it."""
        said = self.seen()
        end_ns = self.kernel.now + ns
        self.kernel.call_later(ns, lambda: None)
        while True:
            self.kernel.advance(end_ns + 1)
            said += self.seen()
            if self.kernel.now >= end_ns:
                return said

    def hear(self, packet: AnyPacket, source: NodeName = "n4") -> list[tuple[NodeName, Any]]:
        """Let a message of an Initiator or a kernel come; return what is said to that."""
        self.seen()
        self.service.receive(source, packet)
        return self.later(0)

    def order(self, order: Any) -> list[tuple[NodeName, Any]]:
        """Let somebody outside give an order; return what is said to that."""
        self.seen()
        self.kernel.order(self.kernel.now, order)
        return self.later(0)


# ----------------------------------------------------------------------------------------------------------- the console


def owned(**settings: Any) -> Office:
    office = Office(owners={"n2": "idle"}, idle_after_ns=SECOND_NS, **settings)
    office.live(ME)
    office.order(OwnerInput(active=True))
    return office


def test_an_owner_is_away_a_while_after_the_last_key_and_each_key_begins_that_anew() -> None:
    office = owned()
    office.later(SECOND_NS - 1)
    office.order(OwnerInput(active=True))
    office.later(SECOND_NS - 1)
    assert office.events(OwnerIdle) == []
    office.later(1)
    assert [one.idle_ns for one in office.events(OwnerIdle)] == [SECOND_NS]
    assert len(office.events(OwnerActive)) == 1


def test_other_patience_holds_from_now_on() -> None:
    office = owned()
    office.service.console.set_patience(SECOND_NS // 2)
    office.later(SECOND_NS // 2)
    assert len(office.events(OwnerIdle)) == 1
    later = owned()
    later.service.console.set_patience(2 * SECOND_NS)
    later.later(SECOND_NS)
    assert later.events(OwnerIdle) == []


def test_whoever_leaves_is_away_at_once_and_once() -> None:
    office = owned()
    office.order(OwnerInput(active=False))
    assert office.kernel._agenda.first_ns() is None, "nothing is waited for any more"
    office.later(3 * SECOND_NS)
    assert len(office.events(OwnerIdle)) == 1
    assert office.service.console._timer is None


def test_where_nobody_is_there_is_no_waiting_for_idleness() -> None:
    office = Office(owners={"n2": "idle"}, idle_after_ns=SECOND_NS)
    office.order(OwnerInput(active=True))
    assert office.service.console._timer is None
    office.kernel.now += 2 * SECOND_NS
    assert office.service.figures.of_machine().owner == "idle", "it is noticed when somebody looks"


# ----------------------------------------------------------------------------------------------------------- the figures


def test_only_those_that_compete_in_the_foreground_count() -> None:
    office = Office()
    first, second = office.live(ME), office.live("n2.2")
    figures = office.service.figures
    assert (figures.of_machine().runnable, figures.of_machine().busy) == (2, True)
    office.machine.parts.processor.put_back(second, True)
    assert figures.of_machine().runnable == 1
    office.machine.parts.lifecycle.freeze(first)
    assert (figures.of_machine().runnable, figures.of_machine().busy) == (0, True)
    assert [one.state for one in figures.of_machine().processes][:1] == ["frozen"]


def test_pressure_is_how_often_somebody_had_to_wait_for_a_page_in_the_last_second() -> None:
    office = Office()
    process = office.live(ME)
    for what in ("page", "page", "link", "page"):
        process.waiting = WaitingFor(what)
        office.service.figures.count_wait(process)
    process.waiting = None
    assert [office.service.figures.of_machine().pressure for _ in range(3)] == [3, 3, 3]
    office.kernel.now += 2 * SECOND_NS
    assert office.service.figures.of_machine().pressure == 0


# ------------------------------------------------------------------------------------------------ guests that have to wait


def test_a_guest_stands_still_until_it_may_go_on_and_then_gets_its_mail() -> None:
    office = Office()
    process = office.live(ME)
    office.hear(GuestsFrozen((ME, "n2.9")), "n2")
    assert (process.state, office.service.guests.remembered()) == (State.FROZEN, [ME])
    office.mail.receive("n1", a_letter(ME))
    said = office.hear(GuestsToBackground((ME,), background=True), "n2")
    assert kinds(said) == [("n1", "LinkGone")]
    assert (process.background, process.state is State.FROZEN) == (True, False)
    assert (office.service.remembered(), len(office.events(ProcessPutBack))) == ([], 1)


@pytest.mark.parametrize(("outcome", "held", "stands"), [("refused", True, True), ("refused", False, False)])
def test_after_a_refusal_a_guest_stands_still_only_if_that_is_still_wanted(
    outcome: str, held: bool, stands: bool
) -> None:
    office = Office()
    process = office.live(ME)
    office.hear(GuestsFrozen((ME,)), "n2")
    if not held:
        office.service.guests.forget(ME)
    office.service.guests.move_ended(ME, outcome)
    assert (process.state is State.FROZEN) == stands
    office.service.guests.move_ended(ME, "aborted")
    assert office.service.guests.remembered() == []


def test_who_is_just_being_moved_is_not_let_go_by_those_who_held_it() -> None:
    office = Office()
    process = office.live(ME)
    office.hear(GuestsFrozen((ME,)), "n2")
    office.service.migrations.migrate_out(MigrateOut("n2/1", ME, "n3", "eager-all", "eviction", 0))
    office.service.guests.let_all_go()
    assert process.state is State.FROZEN


# --------------------------------------------------------------------------------------------------- an Initiator elsewhere


def test_an_initiator_elsewhere_is_told_how_the_machine_is_when_it_comes_up_and_from_time_to_time() -> None:
    office = Office(far=True, dissemination="periodic", interval_ns=SECOND_NS)
    office.live(ME)
    for _ in range(2):
        said = office.later(SECOND_NS)
        assert [(to, packet.cause) for to, packet in said] == [("n4", "interval")], "one at a time"
    office.machine.kill(ME, office.kernel.now + 1)
    assert [packet.cause for _, packet in office.later(2 * SECOND_NS)] == ["interval"]
    assert office.later(3 * SECOND_NS) == [], "nothing is left to be told"


def test_what_is_said_to_an_initiator_elsewhere_says_how_the_machine_is() -> None:
    office = Office(far=True)
    office.live(ME)
    said = office.order(MoveProcess(ME, "n3", None, "user", verbatim("test")))
    ((to, wish),) = said
    assert (to, type(wish), wish.to, wish.strategy) == ("n4", MoveWished, "n3", "eager-all")
    assert wish.figures is not None
    assert [one.pid for one in wish.figures.processes] == [ME]
    ((_, told),) = office.order(OperateMachine("block", 0))
    assert (type(told), told.verb) == (MachineTold, "block")


@pytest.mark.parametrize("answered", [False, True])
def test_an_order_of_which_a_dead_initiator_may_never_have_heard_is_refused(answered: bool) -> None:
    office = Office(far=True)
    office.live(ME)
    office.order(MoveProcess(ME, "n3", None, "user", verbatim("test")))
    assert office.service.remembered() == [ME]
    if answered:
        office.hear(WishDenied(ME, reason("blocked", machine="n3")))
    office.crash("n4")

    assert [one.command["process"] for one in office.events(CommandRefused)] == ([] if answered else [ME])
    assert office.service.remembered() == []


def test_where_nobody_decides_any_more_what_is_wanted_is_refused_and_nothing_is_sent() -> None:
    office = Office(far=True)
    office.live(ME)
    office.crash("n4")
    assert office.order(MoveProcess(ME, "n3", None, "user", verbatim("test"))) == []
    assert office.order(OperateMachine("block", 0)) == []
    refused = [*office.events(NegotiationRefused), *office.events(CommandRefused)]
    assert len(refused) == 2
    assert [one.migration for one in office.events(MigrationStarted)] == ["n2/0.1"]
    assert office.service.cancel(ME) == reason("no-initiator", machine="n2", on="n4")


def an_offer() -> MigrationOffer:
    return MigrationOffer("n3/1", "n3.1", "n3.1", f"{FOREVER.name}/{FOREVER.digest}", "eager-all", 1, 0, 0)


def test_an_offer_is_relayed_and_turned_away_where_there_is_nobody_to_relay_it_to() -> None:
    office = Office(far=True)
    office.live(ME)
    office.service.migrations.receive("n3", an_offer())
    assert [type(packet) for _, packet in office.seen()] == [OfferRelayed]

    assert [(to, type(packet)) for to, packet in office.crash("n4")] == [("n3", OfferRefused)]

    office.service.migrations.receive("n3", an_offer())
    assert [(to, packet.step) for to, packet in office.seen() if isinstance(packet, OfferRefused)] == [("n3", 5)]
    assert office.service.migrations.offered == {}


def test_an_offer_that_is_let_in_is_accepted() -> None:
    office = Office(far=True)
    office.live(ME)
    office.service.migrations.receive("n3", an_offer())
    assert kinds(office.hear(MigrateIn("n3/1"))) == [("n3", "OfferAccepted")]


def test_one_that_is_back_is_told_how_the_machine_is() -> None:
    office = Office(far=True)
    office.crash("n4")
    del office.kernel.down["n4"]
    office.service.node_back("n4")
    assert [(to, packet.cause) for to, packet in office.seen() if isinstance(packet, FiguresTold)] == [("n4", "boot")]
    office.service.node_back("n1")
    assert office.seen() == []


# ---------------------------------------------------------------------------------------------------------------- new jobs


@pytest.mark.parametrize("end", ["starts here", "denied", "nobody decides"])
def test_a_new_process_waits_until_it_is_said_where_it_starts_or_nobody_can_say(end: str) -> None:
    office = Office(far=True, admission=1)
    process = office.live(ME)
    assert process.state is State.NEW
    match end:
        case "starts here":
            office.hear(StartHere(ME, 7))
            assert [one.waited_ns for one in office.events(ProcessPlaced)] == [7]
        case "denied":
            office.hear(WishDenied(ME, reason("blocked", machine="n3")))
        case _:
            office.crash("n4")
    assert process.state is not State.NEW


@pytest.mark.parametrize(
    ("settings", "asks"), [({}, False), ({"admission": 1}, True), ({"placement": "least-loaded"}, True)]
)
def test_an_initiator_is_asked_about_new_processes_where_it_has_a_say(settings: dict[str, Any], asks: bool) -> None:
    office = Office(far=True, **settings)
    process = office.live(ME)
    sent = [packet for frame in office.machine.frames if (packet := frame.payload)]
    assert (process.state is State.NEW) == asks == bool(sent)


# ----------------------------------------------------------------------------------------------------- what programs wish


def test_a_wish_that_fails_while_its_call_is_to_be_tried_again_is_told_once() -> None:
    office = Office()
    process = office.live(ME)
    calls = office.service.calls
    assert isinstance(calls._wish(process, "n3", ""), WaitingFor)
    process.retries_call = True

    calls.fail(ME)

    assert calls._wish(process, "n3", "") == -errno.EAGAIN
    assert isinstance(calls._wish(process, "n3", ""), WaitingFor)


def test_a_wish_is_said_once_however_often_its_call_is_tried() -> None:
    office = Office(far=True)
    process = office.live(ME)
    for _ in range(3):
        office.service.calls._wish(process, "n3", "")
    assert [type(packet) for _, packet in office.later(0)] == [MoveWished]


@pytest.mark.parametrize(
    ("outcome", "result"), [("refused", True), ("aborted", True), ("completed", False), ("lost", False)]
)
def test_a_wish_is_over_with_the_move(outcome: str, result: bool) -> None:
    office = Office()
    process = office.live(ME)
    office.service.calls._wish(process, "n3", "")
    process.retries_call = True
    office.service.calls.move_ended(ME, outcome)
    assert office.service.calls.remembered() == ([ME] if result else [])
    office.service.calls.forget(ME)
    assert office.service.calls.remembered() == []


@pytest.mark.parametrize(
    ("resource", "result"),
    [(b"here", 0), (b"there", None), (b"nowhere", -errno.ENODEV), (b"", -errno.ENODEV), (b"x" * 65, -errno.ENODEV)],
)
def test_a_program_asks_for_a_resource_that_is_here_or_elsewhere_or_nowhere(
    resource: bytes, result: int | None
) -> None:
    office = Office(resources={"n3": ("there",)})
    office.kernel.parameters = msgspec.structs.replace(office.kernel.parameters, resources=("here",))
    process = office.live(ME, Code().jump(0).image(data_pages=1))
    process.space.write(DATA, resource + b"\0")

    found = office.service.calls._migrate_to_resource(process, (DATA, 0, 0, 0, 0, 0))

    assert found == result if result is not None else isinstance(found, WaitingFor)


@pytest.mark.parametrize(("node", "result"), [(b"n2", 0), (b"n3", None), (b"n9", -errno.ENOENT)])
def test_a_program_asks_for_a_node_where_it_is_or_elsewhere_or_for_none_of_ours(
    node: bytes, result: int | None
) -> None:
    office = Office()
    process = office.live(ME, Code().jump(0).image(data_pages=1))
    process.space.write(DATA, node + b"\0")

    found = office.service.calls._migrate_to_node(process, (DATA, 0, 0, 0, 0, 0))

    assert found == result if result is not None else isinstance(found, WaitingFor)


@pytest.mark.parametrize(("room", "result"), [(3, 2), (2, -errno.ERANGE)])
def test_a_program_that_asks_where_it_is_needs_room_for_the_name_and_its_end(room: int, result: int) -> None:
    office = Office()
    process = office.live(ME, Code().jump(0).image(data_pages=1))
    assert office.service.calls._where_am_i(process, (DATA, room, 0, 0, 0, 0)) == result
    assert process.space.read(DATA, 3) == (b"n2\0" if result == 2 else bytes(3))
