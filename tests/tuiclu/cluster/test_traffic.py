"""Messages between nodes: what arrives, what is lost because a node is down or another life of it up, and what was given to the dead."""

from __future__ import annotations

import pytest

from nodes.wire.control import Frame
from nodes.wire.events import MessageLost
from tests.tuiclu.cluster.posts import LATENCY_NS, Posts, a_report
from tuiclu.cluster.stream import OutOfTime


def lost(posts: Posts) -> list[tuple[int, str, str]]:
    return [
        (at_ns, event.message, str(event.reason))
        for at_ns, _, event in posts.happened
        if isinstance(event, MessageLost)
    ]


def send(posts: Posts, at_ns: int, number: int = 1, to: str = "n2", source: str = "n1") -> None:
    posts.traffic.send(posts.nodes[source], [Frame(at_ns, number, to, 100, b"x")], at_ns)


def test_a_message_lies_before_its_node_one_latency_later_and_is_given_to_it_in_the_window_in_which_it_arrives() -> (
    None
):
    posts = Posts()
    send(posts, 10)
    assert posts.traffic.transmit(None)
    ((arrival_ns, _),) = posts.nodes["n2"].inbox
    assert arrival_ns > 10 + LATENCY_NS

    assert posts.traffic.deliveries(posts.nodes["n2"], arrival_ns) == []
    (given,) = posts.traffic.deliveries(posts.nodes["n2"], arrival_ns + 1)
    assert (given.arrival_ns, given.source, given.sequence) == (arrival_ns, "n1", 1)


@pytest.mark.parametrize(("at_ns", "quiet_ns", "reached_ns"), [(9, 10, 20), (21, 10, 20)])
def test_who_sends_before_it_said_or_after_where_it_is_is_found_out(at_ns: int, quiet_ns: int, reached_ns: int) -> None:
    posts = Posts()
    posts.nodes["n1"].let_run(0, 100, quiet_ns)
    with pytest.raises(OutOfTime):
        posts.traffic.send(posts.nodes["n1"], [Frame(at_ns, 1, "n2", 100, b"x")], reached_ns)


def test_no_message_has_its_turn_after_one_that_could_be_answered_by_then() -> None:
    posts = Posts()
    for number, at_ns in ((1, 10), (2, 5000)):
        send(posts, at_ns, number)
    posts.nodes["n2"].answered(a_report(0))
    posts.traffic.transmit(9000)

    assert [one.sequence for _, one in posts.nodes["n2"].inbox] == [1], "n2 may send something before the second begins"


def test_what_a_killed_node_was_given_and_never_came_to_is_lost_with_it_and_told() -> None:
    posts = Posts()
    node = posts.nodes["n2"]
    posts.lies_before("n2", 10)
    posts.lies_before("n2", 90, 2)
    posts.traffic.deliveries(node, 100)
    node.process = None

    posts.traffic.node_down(node, 50)

    assert [(at_ns, message) for at_ns, message, _ in lost(posts)] == [(50, "n1:1")]
    assert [one.sequence for _, one in node.inbox] == [2]
    assert posts.traffic.next_loss_ns() == 90
    assert posts.traffic.lost_ns == 50
    assert posts.traffic.lose_arrivals(90)
    assert [message for _, message, _ in lost(posts)] == ["n1:1", "n1:2"]
    assert not posts.traffic.lose_arrivals(91)


def test_what_was_meant_for_a_life_that_is_over_is_not_given_to_the_next_one() -> None:
    posts = Posts()
    node = posts.nodes["n2"]
    posts.lies_before("n2", 10, life=1)
    posts.lies_before("n2", 11, 2, life=2)
    node.life, node.promised_ns = 2, 12

    given = posts.traffic.deliveries(node, 100)

    assert [one.sequence for one in given] == [2]
    assert [(at_ns, message) for at_ns, message, _ in lost(posts)] == [(12, "n1:1")]


def test_what_is_on_its_way_is_named_wherever_it_is_in_the_order_in_which_it_was_sent() -> None:
    posts = Posts()
    send(posts, 30, 3)
    posts.lies_before("n2", LATENCY_NS + 10, 1)
    posts.lies_before("n3", LATENCY_NS + 20, 2)
    posts.traffic.deliveries(posts.nodes["n3"], 10**9)
    posts.traffic.tell_of_death(posts.nodes["n1"], posts.nodes["n2"], 5)

    assert posts.traffic.in_flight() == ["n1:1", "n1:2", "n1:3"]
