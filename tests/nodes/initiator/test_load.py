"""Load: measured, damped, made comparable; and what is believed of others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nodes.initiator.load import Beliefs, Machine, Traffic, damped, weight
from nodes.wire.packets import LoadEntry, MachineFigures
from nodes.wire.parameters import SECOND_NS


def entry(machine: str, at_ns: int = 0, load: int = 0) -> LoadEntry:
    return LoadEntry(machine, at_ns, load, 10_000_000, 100, busy=False, takes_guests=True, input_ns=0)


def test_two_processes_on_a_cpu_twice_as_fast_weigh_as_one() -> None:
    assert 2 * weight(20_000_000) == weight(10_000_000) == 1000


@given(before=st.integers(0, 100_000), measured=st.integers(0, 100_000), percent=st.integers(1, 100))
def test_a_damped_load_moves_towards_the_measurement_never_beyond_it_and_gets_there(
    before: int, measured: int, percent: int
) -> None:
    load, steps = before, 0
    while load != measured:
        following = damped(load, measured, percent)
        assert min(load, measured) <= following <= max(load, measured)
        assert following != load
        load, steps = following, steps + 1
        assert steps < 5000


def test_mosix_takes_a_rise_in_slowly_and_tells_a_fall_slowly() -> None:
    machine = Machine(MachineFigures("n1", 0, 10_000_000, 8, 100, 50))
    seen = []
    for runnable in (8, 8, 1, 1):
        machine.figures = MachineFigures("n1", 0, 10_000_000, runnable, 100, 50)
        machine.measure(50, "mosix")
        seen.append((machine.load, machine.told, machine.entry().load))
    assert seen == [(3000, 3000, 3000), (4875, 4875, 4875), (1000, 4390, 4390), (1000, 3966, 3966)]


def test_a_machine_measures_the_length_of_its_run_queue_in_terms_of_its_speed() -> None:
    machine = Machine(MachineFigures("n1", 0, 20_000_000, 4, 100, 50))
    for _ in range(20):
        machine.measure(50)
    assert machine.load == 2000


def test_only_newer_news_are_believed() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 5, 100)])
    beliefs.hear([entry("n2", 3, 900), entry("n3", 1, 7)])
    assert (beliefs.load("n2"), beliefs.load("n3")) == (100, 7)


def test_who_was_sent_somewhere_counts_until_the_machine_itself_tells_of_it() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 5, 100)])
    beliefs.expect("n2", 1000)
    assert beliefs.load("n2") == 1100
    beliefs.hear([entry("n2", 6, 1000)])
    assert beliefs.load("n2") == 1000


def test_old_information_is_not_believed() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 0), entry("n3", 90)])
    assert [one.machine for one in beliefs.fresh(100, 50)] == ["n3"]


def test_gossip_passes_on_the_freshest() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 1), entry("n3", 3), entry("n4", 2)])
    assert [one.machine for one in beliefs.freshest(2)] == ["n3", "n4"]


def test_traffic_is_that_of_the_last_second() -> None:
    traffic = Traffic()
    traffic.count("n2", 1000, 0)
    traffic.count("n3", 10, SECOND_NS - 1)
    assert traffic.in_the_last_second(SECOND_NS - 1) == {"n2": 1000, "n3": 10}
    assert traffic.in_the_last_second(SECOND_NS + SECOND_NS // 2) == {"n2": 500, "n3": 5}
    traffic.count("n3", 1, 3 * SECOND_NS)
    assert traffic.in_the_last_second(3 * SECOND_NS) == {"n3": 1}


def test_traffic_of_two_seconds_ago_is_that_of_nobody() -> None:
    traffic = Traffic()
    traffic.count("n2", 1000, SECOND_NS // 2)
    assert traffic.in_the_last_second(2 * SECOND_NS) == {}


def test_news_as_old_as_what_is_believed_change_nothing() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 5, 100)])
    beliefs.expect("n2", 1000)
    beliefs.hear([entry("n2", 5, 900)])
    assert beliefs.load("n2") == 1100


def test_of_a_machine_that_is_forgotten_nothing_is_left() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 5, 100)])
    beliefs.expect("n2", 1000)
    beliefs.forget("n2")
    assert beliefs == Beliefs()


def test_what_is_exactly_as_old_as_may_be_is_believed_yet() -> None:
    beliefs = Beliefs()
    beliefs.hear([entry("n2", 50), entry("n3", 49)])
    assert [one.machine for one in beliefs.fresh(100, 50)] == ["n2"]
