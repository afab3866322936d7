"""Pages left behind, message by message on one node: what a keeper gives, to whom, when it stops; and what an owner asks for."""

from __future__ import annotations

import os
from typing import Any

import pytest

from nodes.kernel.memory import Place
from nodes.kernel.process import Process
from nodes.migration.session import MigrationService
from nodes.wire.bulk import new_file
from nodes.wire.events import MigrationPages, PageArrived, ProcessExited, ResidualEnded
from nodes.wire.ids import NodeName
from nodes.wire.packets import (
    AnyPacket,
    OwnerMoved,
    OwnerMoving,
    PageRequest,
    PagesClaimed,
    PagesFlushed,
    PagesForgotten,
    PagesPushed,
    PagesSupplied,
    PagesTaken,
    PagesToFlush,
    PushHeld,
    PushHold,
)
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from tests.nodes.kernel.assembler import DATA, Code
from tests.nodes.kernel.machine import Machine, boot
from tests.nodes.kernel.post import NODES, Post, kinds

COUNT = 4
FIRST = DATA // 4096
PAGES = list(range(FIRST, FIRST + COUNT))
IMAGE = Code().jump(0).image(data_pages=COUNT)
ME = "n2.1"
ON_N4, DISK_OF_N4 = Place("n4", on_disk=False), Place("n4", on_disk=True)


def content(number: int) -> bytes:
    return bytes([number - FIRST + 1]) * 4096


class Node(Post):
    """A node with the service of pages left behind."""

    def __init__(self, life: int = 1, disk: int | None = None, **parameters: int) -> None:
        services: list[MigrationService] = []
        given = MigrationParameters(**parameters)  # type: ignore[arg-type]
        super().__init__(
            life=life, disk=disk, add_services=lambda parts: services.append(MigrationService(parts, given))
        )
        self.service = services[0]
        self.pages = self.service.pages

    def hear(self, packet: AnyPacket, source: NodeName = "n3") -> list[tuple[NodeName, Any]]:
        """Let a message come; return what is said to that, when the CPU and the disk have done their work."""
        self.seen()
        self.pages.receive(source, packet)
        return self.later(SECOND_NS // 10)

    def later(self, ns: int) -> list[tuple[NodeName, Any]]:
        """Let time pass; return what is said in it."""
        said = self.seen()
        end_ns = self.kernel.now + ns
        self.kernel.call_later(ns, lambda: None)
        while self.kernel.now < end_ns:
            self.kernel.advance(end_ns + 1)
            said += self.seen()
        return said

    def keep(self, push: bool = False) -> None:
        """Let a process leave for n3, whose pages stay here."""
        process = self.written()
        process.space.leave_behind(in_memory=True)
        self.machine.parts.lifecycle.freeze(process)
        self.pages.left(process, "n3")
        space = self.machine.parts.lifecycle.give_up(process)
        self.pages.keep(ME, "n2/1", "n3", space, push=push)

    def written(self) -> Process:
        """Let a process be here that has written to all its pages."""
        process = self.live(ME, IMAGE)
        for number in PAGES:
            process.space.write(number * 4096, content(number))
        return process

    def owning(self, place: Place, *numbers: int) -> Process:
        """Let a process be here of which some pages are elsewhere."""
        process = self.live(ME, IMAGE)
        process.space.away = dict.fromkeys(numbers or PAGES, place)
        process.space.holders = {place.node: None}
        self.machine.parts.lifecycle.freeze(process)
        self.pages.owned(process)
        self.seen()
        return process

    def is_kept(self) -> bool:
        return ME in self.pages.kept


# ------------------------------------------------------------------------------------------------------------ the keeper


def test_a_keeper_gives_each_page_once_and_ends_when_it_has_none() -> None:
    node = Node()
    node.keep()
    assert node.hear(PageRequest(ME, PAGES[:1], on_disk=False)) == [
        ("n3", PagesSupplied(ME, PAGES[:1], content(PAGES[0]), [], saved=False))
    ]
    assert node.hear(PageRequest(ME, PAGES[:1], on_disk=False)) == [
        ("n3", PagesSupplied(ME, [], b"", PAGES[:1], saved=False))
    ]
    rest = node.pages.kept[ME].space.existing()
    assert node.is_kept()
    node.hear(PageRequest(ME, rest, on_disk=False))

    assert not node.is_kept()
    assert [(one.migration, one.pid, one.holder) for one in node.events(ResidualEnded)] == [("n2/1", ME, "n2")]
    assert node.kernel.frames.allocated == 0
    assert node.machine.pool.in_use == 0


def test_what_is_pushed_goes_to_the_owner_by_the_batch_until_nothing_is_left() -> None:
    node = Node(batch_pages=2, window_batches=1)
    node.keep(push=True)
    pushed: list[int] = []
    while said := node.later(SECOND_NS // 10):
        ((to, packet),) = said
        assert (to, type(packet)) == ("n3", PagesPushed)
        pushed += packet.pages
        if packet.pages[0] in PAGES:  # else it is the stack
            assert packet.content[:4096] == content(packet.pages[0])
        node.pages.receive("n3", PagesTaken(ME))
    assert pushed == sorted(pushed)
    assert [number for number in pushed if number in PAGES] == PAGES
    assert not node.is_kept()
    assert {one.why for one in node.events(MigrationPages)} == {"push"}


def test_while_its_owner_moves_on_nothing_is_pushed_and_then_it_goes_to_the_new_place() -> None:
    node = Node(batch_pages=1, window_batches=1)
    node.keep(push=True)
    assert [to for to, _ in node.later(SECOND_NS // 10)] == ["n3"]
    assert node.hear(PushHold(ME)) == [("n3", PushHeld(ME))]
    assert node.hear(PagesTaken(ME)) == []

    ((to, packet),) = node.hear(OwnerMoved(ME), "n4")

    assert (to, type(packet)) == ("n4", PagesPushed)
    assert node.pages.kept[ME].owner == "n4"


def test_whoever_keeps_nothing_says_so_to_one_who_wants_it_to_hold() -> None:
    assert Node().hear(PushHold(ME)) == [("n3", PushHeld(ME))]


def test_a_page_that_is_asked_for_goes_first_and_then_the_push_goes_on_behind_it() -> None:
    node = Node(batch_pages=1, window_batches=1)
    node.keep(push=True)
    node.later(SECOND_NS // 10)

    asked = node.hear(PageRequest(ME, [PAGES[2]], on_disk=False))
    assert [packet.pages for _, packet in asked] == [[PAGES[2]]]
    pushed = node.hear(PagesTaken(ME))
    assert [packet.pages for _, packet in pushed] == [[PAGES[3]]]


def test_a_page_that_is_on_the_way_already_is_not_missing() -> None:
    node = Node(batch_pages=1, window_batches=1)
    node.keep(push=True)
    ((_, packet),) = node.later(SECOND_NS // 10)
    assert node.hear(PageRequest(ME, packet.pages, on_disk=False)) == []


@pytest.mark.parametrize("end", ["forgotten", "its node has died", "it has come back"])
def test_nothing_is_kept_for_one_who_wants_nothing_any_more(end: str) -> None:
    node = Node()
    node.keep()
    node.kernel.store.write(ME, 7, bytes(4096))
    match end:
        case "forgotten":
            node.hear(PagesForgotten(ME))
        case "its node has died":
            node.crash("n3")
        case _:
            process = node.live(ME, IMAGE)
            process.space.away = dict.fromkeys(PAGES[:2], Place("n2", on_disk=False)) | {PAGES[2]: ON_N4}
            node.pages.owned(process)
            assert [process.space.content(number) for number in PAGES[:2]] == [content(one) for one in PAGES[:2]]
            assert process.space.away == {PAGES[2]: ON_N4}
    assert not node.is_kept()
    assert len(node.events(ResidualEnded)) == 1
    if end != "it has come back":
        assert node.kernel.store.owners() == []
        assert (node.kernel.frames.allocated, node.pages.remembered()) == (0, [])


def test_who_has_died_elsewhere_is_of_no_interest() -> None:
    node = Node()
    node.keep()
    node.crash("n1")
    assert node.is_kept()


@pytest.mark.parametrize(("version", "owner"), [(0, "n3"), (1, "n4"), (2, "n4")])
def test_the_latest_move_tells_whose_death_ends_the_keeping(version: int, owner: NodeName) -> None:
    node = Node()
    node.keep()  # its first move
    node.hear(OwnerMoving(ME, "n4", version))
    assert node.pages._owners[ME].node == owner


def test_pages_of_one_that_moves_to_a_dead_node_are_let_go() -> None:
    node = Node()
    node.keep()
    node.crash("n4")
    node.hear(OwnerMoving(ME, "n4", 2))
    assert not node.is_kept()


# ------------------------------------------------------------------------------------------------------------- the owner


@pytest.mark.parametrize(("prefetch", "asked"), [(0, PAGES[:1]), (1, PAGES[:2]), (9, PAGES[:3])])
def test_with_a_page_so_many_behind_it_are_asked_for_that_lie_at_the_same_place(
    prefetch: int, asked: list[int]
) -> None:
    node = Node(prefetch_pages=prefetch)
    process = node.owning(ON_N4, *PAGES[:3])
    process.space.away[PAGES[3]] = DISK_OF_N4
    node.pages.fetch_page(process, PAGES[0], ON_N4)
    assert node.seen() == [("n4", PageRequest(ME, asked, on_disk=False))]


def test_nothing_is_asked_for_twice() -> None:
    node = Node(prefetch_pages=1)
    process = node.owning(ON_N4)
    node.pages.fetch_page(process, PAGES[1], ON_N4)
    node.pages.fetch_page(process, PAGES[0], ON_N4)
    node.pages.fetch_page(process, PAGES[2], ON_N4)
    requests = [packet for _, packet in node.seen() if isinstance(packet, PageRequest)]
    assert [packet.pages for packet in requests] == [PAGES[1:3], PAGES[:1]]


def test_a_process_goes_on_with_the_page_that_it_waits_for_and_what_came_with_it_is_told() -> None:
    node = Node(prefetch_pages=3)
    process = node.owning(ON_N4)
    node.pages.fetch_page(process, PAGES[1], ON_N4)
    node.kernel.now += 1000
    node.hear(PagesSupplied(ME, PAGES[1:], b"".join(map(content, PAGES[1:])), [], saved=False), "n4")

    (arrived,) = node.events(PageArrived)
    assert (arrived.pages, arrived.source, arrived.place, arrived.waited_ns) == (PAGES[1:], "remote", "n4", 1000)
    assert list(process.space.away) == PAGES[:1]
    assert process.space.content(PAGES[2]) == content(PAGES[2])


@pytest.mark.parametrize("pushed_before", [False, True])
def test_a_page_that_its_keeper_lacks_is_lost_unless_it_was_pushed_meanwhile(pushed_before: bool) -> None:
    node = Node()
    process = node.owning(ON_N4)
    node.pages.fetch_page(process, PAGES[0], ON_N4)
    if pushed_before:
        process.space.receive_page(PAGES[0], content(PAGES[0]), None)
    node.hear(PagesSupplied(ME, [], b"", PAGES[:1], saved=False), "n4")
    assert bool(node.events(ProcessExited)) != pushed_before


@pytest.mark.parametrize(("place", "dies"), [(ON_N4, True), (DISK_OF_N4, False)])
def test_what_is_awaited_from_the_memory_of_a_dead_node_is_lost_and_what_is_on_its_disk_is_not(
    place: Place, dies: bool
) -> None:
    node = Node()
    process = node.owning(place)
    node.pages.fetch_page(process, PAGES[0], place)
    node.crash("n4")
    assert bool(node.events(ProcessExited)) == dies


@pytest.mark.parametrize(("crashes", "requests"), [(1, 2), (0, 1)])
def test_a_disk_is_asked_again_only_if_its_node_has_been_down(crashes: int, requests: int) -> None:
    node = Node(disk_patience_ns=10 * SECOND_NS)
    process = node.owning(DISK_OF_N4)
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    said = node.seen()
    node.crash(*["n4"] * crashes)
    node.kernel.down.clear()
    said += node.later(SECOND_NS + 1)
    assert [type(packet) for _, packet in said].count(PageRequest) == requests


def test_a_disk_whose_node_is_down_is_waited_for_so_long() -> None:
    node = Node(disk_patience_ns=2 * SECOND_NS)
    process = node.owning(DISK_OF_N4)
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    node.crash("n4")
    node.later(2 * SECOND_NS - 1000)
    assert node.events(ProcessExited) == []
    node.later(2000)
    assert [one.signal for one in node.events(ProcessExited)] == ["SIGBUS"]


def test_a_disk_that_was_there_for_long_is_waited_for_from_the_instant_on_at_which_its_node_goes_down() -> None:
    node = Node(disk_patience_ns=2 * SECOND_NS)
    process = node.owning(DISK_OF_N4)
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    node.later(5 * SECOND_NS + SECOND_NS // 2)
    node.crash("n4")
    node.later(SECOND_NS)
    assert node.events(ProcessExited) == []
    node.later(2 * SECOND_NS)
    assert len(node.events(ProcessExited)) == 1


def test_a_disk_whose_node_was_down_before_is_asked_again_when_it_has_been_down_again() -> None:
    node = Node(disk_patience_ns=10 * SECOND_NS)
    process = node.owning(DISK_OF_N4)
    node.crash("n4")
    node.kernel.down.clear()
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    said = node.seen()
    node.crash("n4")
    node.kernel.down.clear()
    said += node.later(SECOND_NS + 1)
    assert [type(packet) for _, packet in said].count(PageRequest) == 2


def test_a_page_that_came_and_went_again_is_waited_for_as_patiently_as_the_first_time() -> None:
    node = Node(disk_patience_ns=2 * SECOND_NS)
    process = node.owning(DISK_OF_N4)
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    node.hear(PagesSupplied(ME, PAGES[:1], content(PAGES[0]), [], saved=True), "n4")
    node.later(2 * SECOND_NS)
    process.space.evict(PAGES[0])
    assert process.space.away[PAGES[0]] == DISK_OF_N4
    node.pages.fetch_page(process, PAGES[0], DISK_OF_N4)
    node.crash("n4")
    node.later(4 * SECOND_NS)
    assert len(node.events(ProcessExited)) == 1


def test_a_process_that_moves_on_lets_those_hold_that_may_push_and_goes_when_they_have_answered() -> None:
    node = Node()
    process = node.owning(ON_N4, PAGES[0])
    process.space.away |= {PAGES[1]: Place("n3", on_disk=True), PAGES[2]: Place("n1", on_disk=False)}
    process.space.pushers = dict.fromkeys(("n1", "n3", "n4"))
    node.crash("n1")
    settled: list[str] = []

    node.pages.settle(process, lambda: settled.append("now"))

    assert node.seen() == [("n4", PushHold(ME))]
    assert settled == []
    node.hear(PushHeld(ME), "n4")
    assert settled == ["now"]


def test_a_keeper_that_dies_before_it_has_answered_is_not_waited_for() -> None:
    node = Node()
    process = node.owning(ON_N4, PAGES[0])
    process.space.pushers = {"n4": None}
    settled: list[str] = []
    node.pages.settle(process, lambda: settled.append("now"))
    node.crash("n4")
    assert settled == ["now"]


def test_all_who_may_have_something_are_told_when_it_is_wanted_no_more() -> None:
    node = Node()
    process = node.owning(ON_N4)
    process.space.holders.update(dict.fromkeys(("n1", "n2", "n3")))
    node.crash("n3")
    node.pages.process_ended(ME)
    assert node.seen() == [(name, PagesForgotten(ME)) for name in ("n4", "n1")]
    assert node.pages.remembered() == []


def test_who_leaves_lets_its_keepers_know_where_it_goes_but_for_the_one_that_it_goes_to() -> None:
    node = Node()
    process = node.owning(ON_N4)
    process.links.moves = 4
    process.space.holders = dict.fromkeys(("n1", "n2", "n3", "n4"))
    node.pages.left(process, "n3")
    assert node.seen() == [(name, OwnerMoving(ME, "n3", 5)) for name in ("n1", "n4")]
    assert node.pages.keeps(ME)


def test_who_lives_here_now_lets_those_know_that_have_its_pages_in_memory() -> None:
    node = Node()
    process = node.owning(ON_N4, PAGES[0])
    process.space.away[PAGES[1]] = Place("n3", on_disk=True)
    node.pages.owned(process)
    assert node.seen() == [("n4", OwnerMoved(ME))]


# ------------------------------------------------------------------------------------------------- disks that outlive nodes


def test_pages_that_are_flushed_here_belong_to_whoever_flushed_them() -> None:
    node = Node()
    said = node.hear(PagesToFlush("n3/1", "n3.1", PAGES[:2], content(PAGES[0]) + content(PAGES[1])))
    assert said == [("n3", PagesFlushed("n3/1", 2))]
    assert node.kernel.store.read("n3.1", PAGES[1]) == content(PAGES[1])
    node.crash("n3")
    assert node.kernel.store.owners() == []


def test_flushing_again_does_not_make_an_owner_older() -> None:
    node = Node()
    node.hear(OwnerMoving("n3.1", "n3", 3))
    node.hear(PagesToFlush("n3/1", "n3.1", PAGES[:1], content(PAGES[0])))
    node.hear(OwnerMoving("n3.1", "n4", 2), "n4")
    assert node.pages._owners["n3.1"].node == "n3"


def reborn(*pids: str) -> Node:
    """Return a node in its second life, on whose disk there are pages of some processes."""
    disk = new_file()
    first = Machine(boot("n2", nodes=NODES), disk=os.dup(disk))
    for pid in pids:
        first.kernel.store.write(pid, PAGES[0], content(PAGES[0]))
    return Node(life=2, disk=disk)


def test_what_nobody_has_claimed_goes_when_all_have_spoken_or_are_dead() -> None:
    node = reborn("n1.1", "n3.1", "n4.1")
    node.hear(PagesClaimed({"n1.1": 2}), "n1")
    node.hear(PagesClaimed({"n4.1": -1}), "n3")
    assert sorted(node.kernel.store.owners()) == ["n1.1", "n3.1", "n4.1"]
    node.crash("n4")
    assert sorted(node.kernel.store.owners()) == ["n1.1", "n4.1"]


@pytest.mark.parametrize("order", [("n1", "n3"), ("n3", "n1")])
def test_of_two_that_claim_the_same_the_one_with_more_moves_has_it(order: tuple[NodeName, ...]) -> None:
    node = reborn("n4.1")
    moves = {"n1": 2, "n3": 5}
    for name in order:
        node.hear(PagesClaimed({"n4.1": moves[name]}), name)
    node.crash("n1")
    assert node.kernel.store.owners() == ["n4.1"]
    node.crash("n3")
    assert node.kernel.store.owners() == []


def test_what_is_not_there_cannot_be_claimed() -> None:
    node = reborn("n4.1")
    node.hear(PagesClaimed({"n4.7": 2}), "n1")
    assert node.pages.remembered() == []


def test_a_node_that_is_back_is_told_whose_pages_are_wanted_and_who_is_on_the_way() -> None:
    node = Node()
    process = node.owning(ON_N4)
    process.links.moves = 3
    node.pages.on_the_way = lambda: ["n1.5"]
    node.pages.node_back("n4")
    node.pages.node_back("n1")
    assert node.seen() == [("n4", PagesClaimed({"n1.5": -1, ME: 3})), ("n1", PagesClaimed({"n1.5": -1}))]


def test_pages_of_one_that_is_just_coming_are_not_thrown_away_because_nobody_has_claimed_them() -> None:
    node = reborn("n4.1", "n4.2")
    node.pages.on_the_way = lambda: ["n4.1"]
    for name in ("n1", "n3", "n4"):
        node.hear(PagesClaimed({}), name)
    assert node.kernel.store.owners() == ["n4.1"]
    assert kinds(node.seen()) == []
