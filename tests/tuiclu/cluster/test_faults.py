"""Faults: what is done to a node's process, what is told to whom and when, and what is refused."""

from __future__ import annotations

import pytest

from nodes.wire.control import FRAMES_IN_A_LIFE, AfterPause, CpuAccount, DueOrder, KillProcess
from nodes.wire.events import LinkHealed, LinkPartitioned, NodeCrashed, NodePaused, NodeRestarted, NodeResumed
from tests.tuiclu.cluster.posts import Posts
from tuiclu.cluster.agenda import TellPeers
from tuiclu.cluster.commands import Crash, Heal, Partition, Pause, Restart, Resume
from tuiclu.cluster.faults import Fault


def do(posts: Posts, fault: Fault, now_ns: int = 100) -> str | None:
    why = posts.faults.carry_out(fault, now_ns, "script", None)
    return None if why is None else str(why)


def news(posts: Posts) -> list[tuple[str, str, int, int]]:
    """Return which deaths are under way, to whom, of which life of the dead, and meant for which life."""
    lying = [one for node in posts.nodes.values() for _, one in node.inbox]
    return sorted(
        (one.source, one.destination, one.sequence // FRAMES_IN_A_LIFE, one.life)
        for one in (*posts.traffic._wire.unfinished(), *lying)
        if not one.payload
    )


def test_a_crash_is_told_to_all_others_after_the_time_of_detection_and_once() -> None:
    posts = Posts(detection_ns=50_000)
    assert do(posts, Crash("n2")) is None
    assert posts.noted == [(50_100, TellPeers("n2", 1))]
    assert news(posts) == []

    for _ in range(2):
        posts.faults.tell_peers(TellPeers("n2", 1), 50_100)

    assert news(posts) == [("n2", "n1", 1, 1), ("n2", "n3", 1, 1)]


def test_who_is_restarted_before_that_is_told_of_at_once_and_not_again() -> None:
    posts = Posts()
    do(posts, Crash("n2"))
    assert do(posts, Restart("n2"), 200) is None
    posts.faults.tell_peers(TellPeers("n2", 1), 50_100)

    assert news(posts) == [("n2", "n1", 1, 1), ("n2", "n3", 1, 1)]
    node = posts.nodes["n2"]
    assert (node.life, node.reached_ns) == (2, 200)
    assert posts.log == ["end n2", "begin n2 in life 2 at 200"]
    assert [one.life for one in posts.of(NodeRestarted)] == [2]


def test_the_death_of_the_second_life_is_another_one() -> None:
    posts = Posts()
    do(posts, Crash("n2"))
    do(posts, Restart("n2"), 200)
    do(posts, Crash("n2"), 300)
    posts.faults.tell_peers(TellPeers("n2", 1), 50_100)
    assert len(news(posts)) == 2
    posts.faults.tell_peers(TellPeers("n2", 2), 50_300)
    assert news(posts) == [("n2", name, life, 1) for name in ("n1", "n3") for life in (1, 2)]


def test_a_new_life_hears_of_those_that_are_known_to_be_down() -> None:
    posts = Posts()
    do(posts, Crash("n3"))
    posts.faults.tell_peers(TellPeers("n3", 1), 50_100)
    do(posts, Crash("n1"), 60_000)
    do(posts, Crash("n2"), 60_000)
    do(posts, Restart("n2"), 70_000)

    assert [one for one in news(posts) if one[1] == "n2" and one[3] == 2] == [("n3", "n2", 1, 2)]


def test_a_crash_takes_along_what_its_node_was_to_do() -> None:
    posts = Posts()
    node = posts.nodes["n2"]
    node.account, node.orders = CpuAccount(0, 0, 0), [DueOrder(5, KillProcess("n2.1"))]
    do(posts, Crash("n2"))
    left: list[object] = [node.account, node.orders, node.earliest_ns(), node.peers_told]
    assert left == [None, [], None, False]
    assert [name for _, name, event in posts.happened if isinstance(event, NodeCrashed)] == ["n2"]
    assert [type(event).__name__ for _, _, event in posts.happened][-1] == "NodeCrashed"


@pytest.mark.parametrize(
    ("before", "fault"),
    [
        ([Crash("n2")], Crash("n2")),
        ([], Restart("n2")),
        ([Crash("n2")], Pause("n2")),
        ([Pause("n2")], Pause("n2")),
        ([], Resume("n2")),
        ([Crash("n2")], Resume("n2")),
        ([Pause("n2"), Crash("n2"), Restart("n2")], Resume("n2")),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(before: list[Fault], fault: Fault) -> None:
    posts = Posts()
    for one in before:
        assert do(posts, one) is None
    happened = len(posts.happened)

    assert do(posts, fault)

    assert len(posts.happened) == happened


def test_a_pause_stops_the_process_and_what_waited_comes_when_it_goes_on_behind_the_news_of_the_pause() -> None:
    posts = Posts()
    node = posts.nodes["n2"]
    do(posts, Pause("n2"), 100)
    node.orders = [DueOrder(150, KillProcess("n2.1"))]
    do(posts, Resume("n2"), 400)

    assert posts.log == ["stop n2", "go on n2", "catch up n2"]
    assert node.orders == [DueOrder(400, AfterPause(100)), DueOrder(400, KillProcess("n2.1"))]
    assert (node.paused_since_ns, node.reached_ns) == (None, 400)
    assert (len(posts.of(NodePaused)), len(posts.of(NodeResumed))) == (1, 1)


@pytest.mark.parametrize(
    ("partition", "cut"),
    [
        (Partition(("n1",)), ["n1>n2", "n1>n3", "n2>n1", "n3>n1"]),
        (Partition(("n1",), one_way=True), ["n1>n2", "n1>n3"]),
        (Partition(("n1",), ("n2",)), ["n1>n2", "n2>n1"]),
        (Partition(("n1", "n2", "n3")), ["n1>n2", "n1>n3", "n2>n1", "n2>n3", "n3>n1", "n3>n2"]),
    ],
)
def test_a_partition_cuts_off_some_from_the_others_and_healing_tells_what_was_cut(
    partition: Partition, cut: list[str]
) -> None:
    posts = Posts()
    do(posts, partition)
    do(posts, Heal(("n1",)))
    do(posts, Heal(()))

    ((told),) = posts.of(LinkPartitioned)
    assert sorted(told.links) == cut
    healed = [sorted(one.links) for one in posts.of(LinkHealed)]
    assert sorted(healed[0] + healed[1]) == cut
