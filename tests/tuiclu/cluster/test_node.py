"""What the engine knows of one node: how far it was let run, how far it came, and what it was given and has not come to."""

from __future__ import annotations

import pytest

from nodes.wire.control import DueOrder, KillProcess
from nodes.wire.parameters import NEVER_NS
from tests.tuiclu.cluster.posts import Posts, a_node, a_report


def test_what_was_given_and_lies_beyond_where_it_came_is_still_on_its_way() -> None:
    posts = Posts()
    node = posts.nodes["n2"]
    entries = [posts.lies_before("n2", arrival_ns, number) for number, arrival_ns in enumerate((10, 20, 30), 1)]
    posts.traffic.deliveries(node, 100)
    assert (node.granted, node.inbox) == (entries, [])

    node.answered(a_report(20))

    assert node.granted == entries[1:], "it comes to 20, and does nothing of it"
    node.take_back()
    assert (node.granted, node.inbox) == ([], entries[1:])


def test_the_first_thing_that_can_happen_is_its_own_or_what_comes_or_what_it_is_told_but_not_sooner_than_it_is() -> (
    None
):
    posts = Posts()
    node = posts.nodes["n2"]
    assert node.earliest_ns() is None
    node.answered(a_report(5, next_ns=50, quiet_ns=70))
    assert (node.earliest_ns(), node.sends_ns()) == (50, 70)
    posts.lies_before("n2", 60)
    assert (node.earliest_ns(), node.sends_ns()) == (50, 60)
    node.orders = [DueOrder(40, KillProcess("n2.1"))]
    assert (node.earliest_ns(), node.sends_ns()) == (40, 40)
    posts.lies_before("n2", 3, 2)
    assert (node.earliest_ns(), node.sends_ns()) == (5, 5)


@pytest.mark.parametrize("next_ns", [NEVER_NS, None])
def test_what_happens_at_the_end_of_time_never_does(next_ns: int | None) -> None:
    node = Posts().nodes["n1"]
    node.answered(a_report(5, next_ns=next_ns))
    assert node.earliest_ns() is None


def test_whoever_is_down_paused_or_dying_does_nothing() -> None:
    node = Posts().nodes["n1"]
    node.answered(a_report(5, next_ns=50, quiet_ns=50))
    assert node.runs
    node.dying = True
    assert (node.earliest_ns(), node.sends_ns(), node.first_ns(), node.runs) == (None, None, 50, False)
    node.dying, node.paused_since_ns = False, 0
    assert (node.earliest_ns(), node.sends_ns(), node.first_ns(), node.runs) == (None, None, None, False)
    assert (a_node("n9").earliest_ns(), a_node("n9").runs) == (None, False)


def test_a_node_that_sends_nothing_ever_again_is_quiet_to_the_end() -> None:
    node = a_node("n1")
    node.let_run(5, 10, None)
    assert (node.promised_ns, node.granted_ns, node.quiet_until_ns, node.asked) == (5, 10, NEVER_NS, True)
    node.let_run(5, 10, 7)
    assert node.quiet_until_ns == 7
    node.answered(a_report(8, 9))
    assert (node.asked, node.reached_ns, node.next_ns) == (False, 8, 9)
