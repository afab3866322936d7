"""Windows are arithmetic: nobody runs beyond what could reach him, so a cluster in windows does what one does event by event."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.parameters import NEVER_NS
from tuiclu.cluster.windows import Ahead, Lookahead, Window, turns_end_ns

LATENCY_NS = 10
NODES = 3

Send = tuple[int, int, int]
"""When, to whom, and how often whoever gets it answers."""


@dataclass
class Toy:
    """A node that sends at known instants, and answers what it gets some time later."""

    index: int
    to_send: list[Send]
    answers_after_ns: int
    modesty_ns: int
    """By how much sooner it says that something might happen than it does; half as much for what it sends."""
    reached_ns: int = 0
    inbox: list[tuple[int, int, int, int]] = field(default_factory=list)
    """A heap of (arrival, source, number, how often it is answered)."""
    got: list[tuple[int, int, int]] = field(default_factory=list)
    number: int = 0

    def acts_ns(self, modesty_ns: int = 0) -> int | None:
        instant = min((entries[0][0] for entries in (self.to_send, self.inbox) if entries), default=None)
        return None if instant is None else max(self.reached_ns, instant - modesty_ns)

    def earliest_ns(self) -> int | None:
        return self.acts_ns(self.modesty_ns)

    def sends_ns(self) -> int | None:
        return self.acts_ns(self.modesty_ns // 2)

    def run(self, end_ns: int) -> list[tuple[int, int, int, int, int]]:
        """Run, and return what is sent: (when, source, number, to whom, how often it is answered)."""
        sent: list[tuple[int, int, int, int, int]] = []
        while (instant := self.acts_ns()) is not None and instant < end_ns:
            self.reached_ns = instant
            if self.inbox and self.inbox[0][0] == instant:
                _, source, number, hops = heapq.heappop(self.inbox)
                self.got.append((instant, source, number))
                if hops:
                    heapq.heappush(self.to_send, (instant + self.answers_after_ns, source, hops - 1))
            else:
                _, target, hops = heapq.heappop(self.to_send)
                self.number += 1
                sent.append((instant, self.index, self.number, target, hops))
                end_ns = min(end_ns, instant + 2 * LATENCY_NS)
        self.reached_ns = max(self.reached_ns, end_ns)
        return sent


def run_in_windows(toys: list[Toy], dues: list[int], lookahead: Lookahead, longest_ns: int) -> int:
    """Let time pass as the engine does; return how many windows there were."""
    wire: list[tuple[int, int, int, int, int]] = []
    windows = 0
    while True:
        while True:
            sends = sorted(NEVER_NS if (one := toy.sends_ns()) is None else one for toy in toys)
            ahead = Ahead(sends[0], sends[1], wire[0][0] if wire else None, dues[0] if dues else None)
            bound = turns_end_ns(ahead, None)
            if not wire or (bound is not None and wire[0][0] >= bound):
                break
            sent_ns, source, number, target, hops = heapq.heappop(wire)
            assert sent_ns + LATENCY_NS >= toys[target].reached_ns, "nothing comes into the past"
            heapq.heappush(toys[target].inbox, (sent_ns + LATENCY_NS, source, number, hops))
        known = (ahead.due_ns, ahead.waiting_ns, *(toy.earliest_ns() for toy in toys))
        instants = [one for one in known if one is not None]
        if not instants:
            return windows
        if ahead.due_ns == min(instants):
            due_ns = heapq.heappop(dues)
            assert all(toy.reached_ns <= due_ns for toy in toys), (
                "a command comes before anybody has passed its instant"
            )
            continue
        window = lookahead.window(min(instants), ahead, None, longest_ns)
        ends = [(toy, window.end_for(toy.sends_ns()), toy.earliest_ns()) for toy in toys]
        asked = [(toy, end_ns) for toy, end_ns, earliest_ns in ends if earliest_ns is not None and earliest_ns < end_ns]
        assert asked, "somebody can run"
        wire += [sent for toy, end_ns in asked for sent in toy.run(end_ns)]
        heapq.heapify(wire)
        windows += 1


def run_event_by_event(toys: list[Toy]) -> None:
    while instants := [(toy.acts_ns() or 0, toy.index) for toy in toys if toy.acts_ns() is not None]:
        instant, index = min(instants)
        for sent_ns, source, number, target, hops in toys[index].run(instant + 1):
            heapq.heappush(toys[target].inbox, (sent_ns + LATENCY_NS, source, number, hops))


SENDS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, NODES - 1), st.integers(0, 3)), max_size=4)
CLUSTERS = st.lists(st.tuples(SENDS, st.integers(0, 25), st.integers(0, 30)), min_size=NODES, max_size=NODES)


def toys_of(cluster: list[tuple[list[Send], int, int]]) -> list[Toy]:
    return [
        Toy(index, sorted((t, to, hops) for t, to, hops in sends if to != index), answers, modesty)
        for index, (sends, answers, modesty) in enumerate(cluster)
    ]


@given(CLUSTERS, st.lists(st.integers(0, 100), max_size=3), st.integers(0, 40), st.integers(1, 60))
def test_a_cluster_in_windows_does_what_it_does_event_by_event(
    cluster: list[tuple[list[Send], int, int]], dues: list[int], detection_ns: int, longest_ns: int
) -> None:
    expected, toys = toys_of(cluster), toys_of(cluster)
    run_event_by_event(expected)

    run_in_windows(toys, sorted(dues), Lookahead(LATENCY_NS, detection_ns), longest_ns)

    assert [toy.got for toy in toys] == [toy.got for toy in expected]


def test_nodes_that_are_quiet_for_long_are_let_run_for_long() -> None:
    quiet = toys_of([([(0, 1, 0)], 5, 0), ([(1000, 0, 0)], 5, 0), ([(1000, 0, 0)], 5, 0)])

    assert run_in_windows(quiet, [], Lookahead(LATENCY_NS, NEVER_NS), NEVER_NS) <= 4


INSTANTS = st.integers(0, 100)
MAYBE = st.one_of(st.none(), INSTANTS)


@given(
    ahead=st.builds(lambda sends, *known: Ahead(*sorted(sends), *known), st.tuples(INSTANTS, INSTANTS), MAYBE, MAYBE),
    start_ns=INSTANTS,
    later_ns=INSTANTS,
    edge_ns=INSTANTS,
    until_ns=MAYBE,
    longest_ns=st.integers(1, 100),
)
def test_who_hears_of_a_death_has_not_run_beyond_the_news(
    ahead: Ahead, start_ns: int, later_ns: int, edge_ns: int, until_ns: int | None, longest_ns: int
) -> None:
    """Whenever a node is killed whose own part of the window began."""
    lookahead = Lookahead(LATENCY_NS, 7)
    window = lookahead.window(start_ns, ahead, until_ns, longest_ns)

    death_ns = lookahead.death_ns(max(edge_ns, start_ns), start_ns, start_ns, start_ns + later_ns, ahead)

    assert death_ns >= start_ns
    assert max(window.first_end_ns, window.end_ns) <= death_ns + 7 + LATENCY_NS


def test_a_window_ends_where_anything_that_is_not_known_could_come() -> None:
    lookahead = Lookahead(latency_ns=10, detection_ns=1000)
    for ahead, until_ns, expected in (
        (Ahead(40, 60, None, None), None, Window(40, 70, 50)),
        (Ahead(40, 60, 45, None), None, Window(40, 55, 50)),
        (Ahead(40, 60, None, 48), None, Window(40, 48, 48)),
        (Ahead(40, 60, None, None), 49, Window(40, 49, 49)),
        (Ahead(40, 900, None, None), None, Window(40, 130, 50)),
        (Ahead(NEVER_NS, NEVER_NS, None, None), None, Window(NEVER_NS, 130, 130)),
    ):
        assert lookahead.window(30, ahead, until_ns, longest_ns=100) == expected


def test_who_sends_first_may_run_further_than_the_others_and_who_never_sends_as_far_as_they() -> None:
    window = Window(first_sends_ns=40, first_end_ns=70, end_ns=50)

    assert [window.end_for(sends_ns) for sends_ns in (40, 41, None)] == [70, 50, 50]


def test_no_message_has_its_turn_before_all_is_known_that_could_come_before_it() -> None:
    assert turns_end_ns(Ahead(40, 60, None, None), None) == 40
    assert turns_end_ns(Ahead(40, 60, None, 30), None) == 30
    assert turns_end_ns(Ahead(NEVER_NS, NEVER_NS, 5, None), None) is None


def test_where_somebody_can_interfere_no_message_has_its_turn_before_that_has_come() -> None:
    assert turns_end_ns(Ahead(40, 60, None, None), 20) == 21
    assert turns_end_ns(Ahead(40, 60, None, None), 40) == 40
    assert turns_end_ns(Ahead(NEVER_NS, NEVER_NS, None, None), 20) == 21


def test_a_killed_node_dies_where_its_own_window_began_or_at_the_first_thing_that_the_others_waited_for() -> None:
    lookahead = Lookahead(latency_ns=10, detection_ns=1000)
    for window_ns, waiting_ns, due_ns, expected in (
        (30, None, None, 30),
        (None, None, None, 50),
        (60, None, None, 50),
        (60, 15, None, 25),
        (60, 15, 22, 22),
        (12, None, None, 20),
    ):
        ahead = Ahead(0, 0, waiting_ns, due_ns)
        assert lookahead.death_ns(50, 20, 20, window_ns, ahead) == expected


def test_who_has_reported_does_not_die_before_that_though_another_did() -> None:
    lookahead, other_died = Lookahead(latency_ns=10, detection_ns=1000), Ahead(40, 60, None, 20)
    assert lookahead.death_ns(50, 20, reached_ns=50, window_ns=55, ahead=other_died) == 50
    assert lookahead.death_ns(50, 20, reached_ns=20, window_ns=20, ahead=other_died) == 20


def test_what_is_not_on_the_wire_yet_arrives_one_latency_after_it_can_be_sent_at_the_earliest() -> None:
    lookahead = Lookahead(LATENCY_NS, 100)
    assert lookahead.arrives_ns(Ahead(50, 60, 40, None)) == 50
    assert lookahead.arrives_ns(Ahead(50, 60, None, 7)) == 60
    assert lookahead.arrives_ns(Ahead(NEVER_NS, NEVER_NS, None, 7)) is None
