"""Each side of one migration, message by message: what it says, what it reserves and gives back, and whom it tells of the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from nodes.kernel.assembly import Parts
from nodes.kernel.memory import Place
from nodes.kernel.process import Process, State
from nodes.kernel.replacement import Optimal
from nodes.migration.session import TRAIL, MigrationService
from nodes.strategies import STRATEGIES
from nodes.wire.control import CancelMove
from nodes.wire.events import (
    CommandRefused,
    MigrationAborted,
    MigrationLost,
    MigrationRound,
    NegotiationRefused,
    ReservationReleased,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    ImageInstalled,
    InstallFailed,
    MigrateOut,
    MigrationAbandoned,
    MigrationOffer,
    OfferAccepted,
    OfferRefused,
    OwnershipTransferred,
    PageBatch,
    PagesFlushed,
    PagesForgotten,
    PagesReceived,
    PagesToFlush,
    ProcessImage,
    ProcessResumed,
    PushHeld,
)
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from nodes.wire.reasons import Reason, reason, verbatim
from tests.nodes.kernel.assembler import DATA, Code
from tests.nodes.kernel.post import Post, a_letter, kinds

COUNT = 6
FIRST = DATA // 4096
PAGES = list(range(FIRST, FIRST + COUNT))
IMAGE = Code().jump(0).image(data_pages=COUNT)
M, ME = "n2/1", "n2.1"
SOON = SECOND_NS // 10


class Front:
    """Whoever decides: writes down what it hears, and says yes where `agrees`."""

    def __init__(self, migrations: MigrationService) -> None:
        self.ended: list[tuple[str, str]] = []
        self.agrees = True
        self._migrations = migrations

    def cancel(self, pid: Pid) -> Reason | None:
        return reason("not-moving", process=pid)

    def describe(self, process: Process, offer: MigrationOffer) -> MigrationOffer:
        return offer

    def offered(self, source: NodeName, offer: MigrationOffer) -> None:
        if self.agrees:
            self._migrations.migrate_in(offer.migration)

    def move_ended(self, migration: str, pid: Pid, outcome: str, why: Reason | None) -> None:
        self.ended.append((migration, outcome))


class Side(Post):
    """A node with the service of migrations, and somebody who decides."""

    def __init__(self, name: NodeName = "n2", **parameters: Any) -> None:
        made: list[MigrationService] = []
        given = MigrationParameters(**parameters)

        def add_services(parts: Parts) -> None:
            made.append(MigrationService(parts, given))

        super().__init__(name=name, add_services=add_services)
        self.service = made[0]
        self.front = Front(self.service)
        self.service.front.take(self.front)

    def hear(self, packet: AnyPacket, source: NodeName = "n3", wait_ns: int = SOON) -> list[tuple[NodeName, Any]]:
        """Let a message come; return what is said to that, when the CPU and the disk have done their work."""
        self.seen()
        self.service.receive(source, packet)
        return self.later(wait_ns)

    def later(self, ns: int = SOON) -> list[tuple[NodeName, Any]]:
        """Let time pass; return what is said in it."""
        said = self.seen()
        end_ns = self.kernel.now + ns
        self.kernel.call_later(ns, lambda: None)
        while self.kernel.now < end_ns:
            self.kernel.advance(end_ns + 1)
            said += self.seen()
        return said

    def moving(self, strategy: str = "eager-all", initiated_by: str = "user") -> Process:
        """Let a process with some pages be offered to n3."""
        process = self.live(ME, IMAGE)
        for place, number in enumerate(PAGES):
            process.space.write(number * 4096, bytes([place + 1]) * 4096)
        self.order_out(strategy, initiated_by)
        return process

    def order_out(self, strategy: str = "eager-all", initiated_by: str = "user", to: NodeName = "n3") -> None:
        self.service.migrate_out(MigrateOut(M, ME, to, strategy, initiated_by, 0))

    def transferred(self, strategy: str = "eager-all") -> Process:
        """Let it be all at n3, which has not said so yet."""
        process = self.moving(strategy)
        said = self.hear(OfferAccepted(M))
        while "ProcessImage" not in [what for _, what in kinds(said)]:
            batches = sum(isinstance(packet, PageBatch) for _, packet in said)
            said = [one for _ in range(batches) for one in self.hear(PagesReceived(M, 1))] + [
                one for _, packet in said if isinstance(packet, PagesToFlush) for one in self.flushed(packet)
            ]
        return process

    def flushed(self, packet: PagesToFlush) -> list[tuple[NodeName, Any]]:
        return self.hear(PagesFlushed(packet.migration, len(packet.pages)))

    def stages(self) -> list[tuple[str, str]]:
        return [(str(one.reason), one.stage) for one in self.events(MigrationAborted)]


def names(said: Sequence[tuple[NodeName, AnyPacket]]) -> list[str]:
    return [what for _, what in kinds(list(said))]


# ------------------------------------------------------------------------------------------------------------ the source


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_source_that_has_handed_over_keeps_nothing_that_its_strategy_does_not_leave(strategy: str) -> None:
    side = Side()
    process = side.transferred(strategy)
    side.kernel.store.write(ME, 7, bytes(4096))

    said = side.hear(ImageInstalled(M))

    assert said[0] == ("n3", OwnershipTransferred(M))
    keeps = strategy in ("eager-dirty", "copy-on-reference", "hybrid")
    assert (ME in side.service.pages.kept) == (keeps and bool(process.space.left_behind))
    if strategy in ("eager-all", "precopy"):
        assert (side.kernel.frames.allocated, side.machine.pool.in_use) == (0, 0)
        assert side.kernel.store.owners() == []
        side.hear(ProcessResumed(M))
        assert side.service.pages.remembered() == []
    else:
        side.hear(ProcessResumed(M))
    assert side.front.ended == [(M, "completed")]
    assert side.service.outgoing == {}


def test_who_keeps_pages_of_a_process_that_is_lost_with_its_destination_is_told() -> None:
    side = Side()
    process = side.live(ME, IMAGE)
    process.space.away = {PAGES[0]: Place("n4", on_disk=False), PAGES[1]: Place("n1", on_disk=True)}
    side.order_out("copy-on-reference")
    side.hear(OfferAccepted(M))
    side.hear(ImageInstalled(M))
    assert list(side.service.pages.kept) == [ME]

    said = side.crash("n3")

    assert sorted(to for to, packet in said if packet == PagesForgotten(ME)) == ["n1", "n4"]
    assert len(side.events(MigrationLost)) == 1
    assert side.front.ended == [(M, "lost")]
    assert (side.service.pages.kept, side.kernel.frames.allocated) == ({}, 0)


@pytest.mark.parametrize(
    ("stage", "told"), [("offered", ["MigrationAbandoned"]), ("transferring", []), ("installing", [])]
)
def test_who_was_to_take_it_and_dies_is_told_only_where_it_may_have_another_life(stage: str, told: list[str]) -> None:
    side = Side(batch_pages=1)
    process = side.transferred() if stage == "installing" else side.moving()
    if stage == "transferring":
        side.hear(OfferAccepted(M))

    said = side.crash("n3")

    assert names(said) == told
    assert side.stages() == [("the connection to n3 is broken", stage)]
    assert process.state is not State.FROZEN
    assert side.front.ended == [(M, "aborted")]


def test_a_process_that_stays_after_all_gets_its_mail_and_its_pages_and_nobody_pushes_to_it() -> None:
    side = Side()
    process = side.transferred("hybrid")
    process.space.away[PAGES[0]] = Place("n4", on_disk=False)
    side.mail.receive("n1", a_letter(ME))
    assert side.seen() == []

    said = side.hear(InstallFailed(M, verbatim("why")))

    assert sorted(names(said)) == ["LinkGone", "MigrationAbandoned", "OwnerMoved"]
    assert "n2" not in process.space.pushers
    assert side.mail.remembered() == []


def test_pages_that_are_acknowledged_after_the_end_start_nothing_again() -> None:
    side = Side(batch_pages=1, window_batches=1)
    side.moving()
    side.hear(OfferAccepted(M))
    side.hear(InstallFailed(M, verbatim("why")))
    assert side.hear(PagesReceived(M, 1)) == []
    assert side.later() == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_image_says_who_will_push_pages_after_it(strategy: str) -> None:
    process = Side().transferred(strategy)
    assert process.space.pushers == ({"n2": None} if strategy == "hybrid" else {})


def test_what_is_given_up_while_its_pages_are_on_the_way_sends_no_more_of_them() -> None:
    side = Side(batch_pages=1, window_batches=9)
    side.moving()
    side.later()
    side.service.receive("n3", OfferAccepted(M))
    assert names(side.hear(InstallFailed(M, verbatim("why")))) == ["MigrationAbandoned"]


def test_an_answer_to_pages_that_were_never_sent_starts_nothing() -> None:
    side = Side()
    side.moving("copy-on-reference")
    side.service.receive("n3", OfferAccepted(M))
    assert "PageBatch" not in names(side.hear(PagesReceived(M, 1)))


def test_an_offer_is_taken_back_when_nobody_has_answered_for_so_long_and_not_sooner() -> None:
    side = Side(offer_timeout_ns=SECOND_NS)
    side.moving()
    assert names(side.later(SECOND_NS - 1)) == ["MigrationOffer"]
    assert names(side.later(1)) == ["MigrationAbandoned"]
    assert side.stages() == [("no answer to the offer from n3 for 1 s", "offered")]


def test_each_batch_that_arrives_is_a_sign_of_life() -> None:
    side = Side(batch_pages=1, window_batches=1, transfer_timeout_ns=SECOND_NS)
    side.moving()
    side.hear(OfferAccepted(M))
    for _ in range(3):
        side.later(SECOND_NS - 2 * SOON)
        side.hear(PagesReceived(M, 1))
    assert side.stages() == []
    side.later(SECOND_NS)
    assert side.stages() == [("no progress from n3 for 1 s", "transferring")]


def test_where_pages_have_to_be_fetched_first_their_keeper_is_named_who_is_silent() -> None:
    side = Side(transfer_timeout_ns=SECOND_NS)
    process = side.moving()
    process.space.drop_all(PAGES)
    process.space.away = dict.fromkeys(PAGES, Place("n4", on_disk=False))
    side.hear(OfferAccepted(M))
    side.later(SECOND_NS)
    ((why, stage),) = side.stages()
    assert ("n4" in why, "n3" in why, stage) == (True, False, "transferring")


@pytest.mark.parametrize(("committed", "outcome"), [(False, "aborted"), (True, None)])
def test_it_can_be_cancelled_up_to_the_commit(committed: bool, outcome: str | None) -> None:
    side = Side()
    process = side.transferred()
    if committed:
        side.hear(ImageInstalled(M))
    side.service.order_cancel(CancelMove(ME))

    assert [what for _, what in side.front.ended] == ([] if outcome is None else [outcome])
    refused = [one.reason for one in side.events(CommandRefused)]
    assert len(refused) == committed
    assert (process.state is State.FROZEN) == committed


def test_what_a_policy_wants_is_not_done_with_one_that_was_told_to_stay_meanwhile() -> None:
    for by, refused in (("os", ["was-told-to-stay"]), ("user", [])):
        side = Side()
        side.live(ME, IMAGE).stays = True
        side.order_out(initiated_by=by)
        assert [one.reason.rule for one in side.events(NegotiationRefused)] == refused
        assert side.front.ended == [(M, "refused")] * len(refused)


def test_who_has_gone_or_is_moved_or_is_sought_by_the_dead_is_not_offered() -> None:
    side = Side()
    side.order_out()
    side.moving()
    side.order_out()
    side.crash("n4")
    other = Side()
    other.live(ME, IMAGE)
    other.crash("n4")
    other.order_out(to="n4")
    found = [one.reason.rule for one in (*side.events(NegotiationRefused), *other.events(NegotiationRefused))]
    assert found == ["no-process", "moves-already", "is-down"]


def test_a_refusal_ends_it_and_names_who_and_why() -> None:
    side = Side()
    process = side.moving()
    side.hear(OfferRefused(M, 6, reason("blocked", machine="n3")))
    assert [(one.by, one.step, one.reason.rule) for one in side.events(NegotiationRefused)] == [("n3", 6, "blocked")]
    assert (side.front.ended, side.service.outgoing) == ([(M, "refused")], {})
    assert process.state is not State.FROZEN


def test_a_disk_that_goes_down_ends_a_flush_to_it() -> None:
    side = Side(flush_to="n4")
    side.moving("flushing")
    assert {to for to, packet in side.hear(OfferAccepted(M)) if isinstance(packet, PagesToFlush)} == {"n4"}
    side.crash("n1")
    assert side.stages() == []
    said = side.crash("n4")
    assert [stage for _, stage in side.stages()] == ["transferring"]
    assert "MigrationAbandoned" in names(said)


def test_a_page_that_leaves_its_frame_while_it_is_flushed_is_no_reason_to_fall() -> None:
    side = Side(flush_to="n4")
    process = side.moving("flushing")
    side.hear(OfferAccepted(M))
    process.space.let_go()
    process.space.evict(PAGES[0])
    side.hear(PagesFlushed(M, COUNT))
    assert process.space.away[PAGES[0]] == Place("n2", on_disk=True)


def test_the_figures_of_a_round_are_those_of_that_round_alone() -> None:
    side = Side(batch_pages=99, precopy_few_pages=0)
    process = side.moving("precopy")
    side.hear(OfferAccepted(M))
    process.space.write(PAGES[0] * 4096, b"again")
    side.hear(PagesReceived(M, 1))
    side.hear(PagesReceived(M, 1))

    first, second = side.events(MigrationRound)[:2]
    assert (first.round, second.round) == (1, 2)
    assert first.pages > COUNT
    assert (second.pages, 4096 < second.bytes < 2 * 4096) == (1, True)


@pytest.mark.parametrize(("goal_ns", "beside_ns"), [(0, 0), (1, 5 * SECOND_NS // 1000)])
def test_a_freeze_takes_five_ways_over_the_wire_beside_its_pages(goal_ns: int, beside_ns: int) -> None:
    side = Side(precopy_freeze_goal_ns=goal_ns)
    side.moving("precopy")
    (session,) = side.service.outgoing.values()
    assert session.last_round().beside_ns == beside_ns


# -------------------------------------------------------------------------------------------------------- the destination


def taken(source: Side) -> tuple[MigrationOffer, list[AnyPacket]]:
    """Return what a source says of a process that is moved to a node that takes everything: the offer, and what follows."""
    source.moving()
    (offer,) = [packet for _, packet in source.later() if isinstance(packet, MigrationOffer)]
    said = [packet for _, packet in source.hear(OfferAccepted(M))]
    batches = [packet for packet in said if isinstance(packet, PageBatch)]
    for _ in batches:
        said += [packet for _, packet in source.hear(PagesReceived(M, 1))]
    said += [packet for _, packet in source.hear(ImageInstalled(M))]
    return offer, [packet for packet in said if isinstance(packet, PageBatch | ProcessImage | OwnershipTransferred)]


def a_destination(frames: int = 512) -> Side:
    side = Side("n3")
    side.machine._images[f"{IMAGE.name}/{IMAGE.digest}"] = IMAGE
    spare = side.kernel.frames.free - frames
    if spare > 0:
        assert side.kernel.frames.reserve(spare)
    return side


OFFER, SAID = taken(Side())
NEEDED = OFFER.pages + 1
"""Its pages, and one of text."""


def test_a_destination_reserves_takes_and_owns_and_says_each_thing_once() -> None:
    side = a_destination()
    said = side.hear(OFFER, "n2")
    assert said == [("n2", OfferAccepted(M))]
    assert side.kernel.frames.reserved == OFFER.pages
    *batches, image, ownership = SAID
    for batch in batches:
        assert names(side.hear(batch, "n2")) == ["PagesReceived"]
    assert side.hear(image, "n2") == [("n2", ImageInstalled(M))]
    assert side.kernel.frames.reserved == 0
    assert side.kernel.processes == {}
    side.kernel.now += 1000

    assert side.hear(ownership, "n2") == [("n2", ProcessResumed(M))]

    process = side.kernel.processes[ME]
    assert (process.account.migrations, process.links.moves) == (1, 1)
    ((station, left_ns),) = process.trail
    assert (station, left_ns, process.arrived_ns) == ("n2", process.arrived_ns, left_ns)
    assert process.space.read(PAGES[3] * 4096, 2) == bytes([4, 4])
    assert side.front.ended == [(M, "arrived")]
    assert side.hear(ownership, "n2") == []


def test_only_the_last_few_stations_are_remembered() -> None:
    side = a_destination()
    side.hear(OFFER, "n2")
    *batches, image, ownership = SAID
    for packet in (*batches, image):
        side.hear(packet, "n2")
    (session,) = side.service.incoming.values()
    session.process.trail = [(f"m{number}", number) for number in range(TRAIL)]
    side.hear(ownership, "n2")
    assert [station for station, _ in side.kernel.processes[ME].trail] == ["m1", "m2", "m3", "n2"]


@pytest.mark.parametrize(("frames", "accepted"), [(NEEDED, True), (NEEDED - 1, False)])
def test_the_frames_for_the_text_are_needed_too(frames: int, accepted: bool) -> None:
    side = a_destination(frames)
    said = side.hear(OFFER, "n2")
    assert names(said) == ["OfferAccepted" if accepted else "OfferRefused"]
    assert side.front.ended == ([] if accepted else [(M, "released")])


def test_who_pages_by_what_will_be_takes_nobody_whose_future_is_not_known() -> None:
    side = a_destination()
    side.kernel.pager.policy = Optimal.__new__(Optimal)
    ((_, refused),) = side.hear(OFFER, "n2")
    assert isinstance(refused, OfferRefused)
    assert (refused.step, refused.reason.rule) == (5, "opt-from-start")


def test_what_was_free_when_the_offer_came_may_have_gone_when_it_is_let_in() -> None:
    side = a_destination(NEEDED)
    side.front.agrees = False
    assert side.hear(OFFER, "n2") == []
    assert side.kernel.frames.reserve(1)
    side.service.migrate_in(M)
    ((to, refused),) = side.later()
    assert isinstance(refused, OfferRefused)
    assert (to, refused.step, refused.reason.rule) == ("n2", 5, "too-few-frames")
    assert side.service.incoming == {}


@pytest.mark.parametrize("end", ["taken back", "source dead"])
@pytest.mark.parametrize("packets", range(3))
def test_whatever_had_come_is_given_back_when_the_process_does_not_come(end: str, packets: int) -> None:
    side = a_destination()
    allocated = side.kernel.frames.allocated
    side.hear(OFFER, "n2")
    for packet in SAID[: packets if packets < 2 else -1]:
        side.hear(packet, "n2")
    side.kernel.store.write(ME, 7, bytes(4096))
    if end == "taken back":
        side.hear(MigrationAbandoned(M, verbatim("why")), "n2")
    else:
        side.crash("n2")

    assert (side.kernel.frames.allocated, side.kernel.frames.reserved) == (allocated, 0)
    assert (side.machine.pool.in_use, side.kernel.store.owners(), side.service.incoming) == (0, [], {})
    assert len(side.events(ReservationReleased)) == 1
    assert side.front.ended == [(M, "released")]
    assert side.mail.remembered() == []


def test_who_is_given_up_while_its_pages_are_copied_gets_no_answer_any_more() -> None:
    side = a_destination()
    side.hear(OFFER, "n2")
    side.service.receive("n2", SAID[0])
    assert side.hear(MigrationAbandoned(M, verbatim("why")), "n2") == []


def test_an_image_that_is_damaged_is_refused_and_everything_given_back() -> None:
    side = a_destination()
    side.hear(OFFER, "n2")
    assert names(side.hear(ProcessImage(M, {}), "n2")) == ["InstallFailed"]
    assert (side.kernel.frames.reserved, side.service.incoming, side.front.ended) == (0, {}, [(M, "released")])


@pytest.mark.parametrize("end", ["taken back", "source dead"])
def test_an_offer_about_which_nothing_is_decided_is_forgotten_with_its_source(end: str) -> None:
    side = a_destination()
    side.front.agrees = False
    side.hear(OFFER, "n2")
    if end == "taken back":
        side.hear(MigrationAbandoned(M, verbatim("why")), "n2")
    else:
        side.crash("n2")
    assert (side.service.offered, side.front.ended) == ({}, [(M, "released")])
    side.service.migrate_in(M)
    assert side.later() == []


@pytest.mark.parametrize(("dead", "said"), [(False, ["OfferRefused"]), (True, [])])
def test_who_is_turned_away_is_told_unless_it_is_dead(dead: bool, said: list[str]) -> None:
    side = a_destination()
    side.front.agrees = False
    side.hear(OFFER, "n2")
    if dead:
        side.kernel.down["n2"] = None
    side.service.turn_away(M, reason("blocked", machine="n3"))
    assert names(side.later()) == said
    side.service.turn_away(M, reason("blocked", machine="n3"))
    assert side.later() == []


def test_a_letter_that_nobody_expects_here_is_for_the_pages_left_behind() -> None:
    side = Side()
    side.service.pages.receive("n3", PushHeld(ME))
    assert side.later() == []
