"""The emulated wire, told what is sent and asked when it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.parameters import NetworkParameters
from nodes.wire.vocabulary import NetworkKind
from tuiclu.cluster.wire import Transmission, Wire

MS = 1_000_000
BUS = NetworkParameters("bus", bandwidth_bps=8_000_000, latency_ns=1 * MS)
SWITCH = NetworkParameters("switch", bandwidth_bps=8_000_000, latency_ns=1 * MS)
MESH = NetworkParameters("mesh", bandwidth_bps=8_000_000, latency_ns=1 * MS)


def message(sent_ns: int, source: str, sequence: int, destination: str, wire_bytes: int = 1000) -> Transmission:
    return Transmission(sent_ns, source, sequence, destination, 1, wire_bytes, b"x")


def a_wire(parameters: NetworkParameters) -> tuple[Wire, list[tuple[int, str]]]:
    held: list[tuple[int, str]] = []
    return Wire(parameters, lambda transmission, at_ns: held.append((at_ns, transmission.name))), held


def everything(wire: Wire, before_ns: int | None = None) -> list[tuple[int, str]]:
    arrivals = []
    while (one := wire.transmit_one(before_ns)) is not None:
        arrivals.append((one[0], one[1].name))
    return arrivals


def test_a_message_takes_its_length_by_the_bandwidth_and_then_the_latency() -> None:
    wire, _ = a_wire(BUS)
    wire.send(message(5 * MS, "n1", 1, "n2", wire_bytes=1000))
    assert everything(wire) == [(5 * MS + 1 * MS + 1 * MS, "n1:1")]


def test_on_a_bus_one_message_waits_for_the_other() -> None:
    wire, _ = a_wire(BUS)
    wire.send(message(0, "n1", 1, "n2"))
    wire.send(message(0, "n3", 1, "n4"))
    assert everything(wire) == [(2 * MS, "n1:1"), (3 * MS, "n3:1")]


def test_what_is_loose_may_be_overtaken_and_is_as_late_whenever_it_is_sent_again() -> None:
    arrivals = []
    for _ in range(2):
        wire, _ = a_wire(SWITCH)
        for number in range(1, 9):
            wire.send(message(0, "n1", number, "n2")._replace(loose=number % 2 == 1))
        arrivals.append(everything(wire))
    loose, others = ([at_ns for at_ns, name in arrivals[0] if int(name[3:]) % 2 == odd] for odd in (1, 0))
    assert arrivals[0] == arrivals[1]
    assert others == sorted(others)
    assert loose != sorted(loose)


STREAM = 20
"""How many messages of a millisecond each."""


def last_arrivals(kind: NetworkParameters, *streams: tuple[str, str]) -> list[int]:
    """Send a stream of messages on each of these links, all at once; return when the last of each arrives, in milliseconds."""
    wire, _ = a_wire(kind)
    numbers = {source: 0 for source, _ in streams}
    ends: dict[str, int] = {}
    for index in range(STREAM):
        for place, (source, destination) in enumerate(streams):
            numbers[source] += 1
            wire.send(message(0, source, numbers[source], destination))
            if index == STREAM - 1:
                ends[f"{source}:{numbers[source]}"] = place
    arrivals = {ends[name]: at_ns // MS for at_ns, name in everything(wire) if name in ends}
    return [arrivals[place] for place in range(len(streams))]


@pytest.mark.parametrize(
    ("kind", "streams", "last"),
    [
        (BUS, [("n1", "n2")], [21]),
        (BUS, [("n1", "n2"), ("n3", "n4")], [40, 41]),
        (BUS, [("n1", "n2"), ("n2", "n1")], [40, 41]),
        (SWITCH, [("n1", "n2")], [21]),
        (SWITCH, [("n1", "n2"), ("n3", "n4")], [21, 21]),
        (SWITCH, [("n1", "n2"), ("n1", "n3")], [40, 41]),
        (SWITCH, [("n1", "n3"), ("n2", "n3")], [40, 41]),
        (SWITCH, [("n1", "n2"), ("n2", "n1")], [21, 21]),
        (SWITCH, [("n1", "n2"), ("n1", "n3"), ("n4", "n3")], [40, 41, 31]),
        (MESH, [("n1", "n2"), ("n1", "n3")], [21, 21]),
        (MESH, [("n1", "n3"), ("n2", "n3")], [21, 21]),
    ],
    ids=lambda value: value.kind if isinstance(value, NetworkParameters) else None,
)
def test_streams_share_what_their_network_makes_them_share(
    kind: NetworkParameters, streams: list[tuple[str, str]], last: list[int]
) -> None:
    assert last_arrivals(kind, *streams) == last


def test_on_a_mesh_pairs_of_nodes_do_not_disturb_each_other() -> None:
    wire, _ = a_wire(MESH)
    wire.send(message(0, "n1", 1, "n2"))
    wire.send(message(0, "n3", 1, "n4"))
    wire.send(message(0, "n1", 2, "n2"))
    assert sorted(everything(wire)) == [(2 * MS, "n1:1"), (2 * MS, "n3:1"), (3 * MS, "n1:2")]


def test_a_node_with_one_message_does_not_wait_for_all_of_a_stream() -> None:
    wire, _ = a_wire(BUS)
    for sequence in range(1, 6):
        wire.send(message(0, "n1", sequence, "n2"))
    wire.send(message(MS // 2, "n2", 1, "n1"))
    assert [name for _, name in everything(wire)] == ["n1:1", "n2:1", "n1:2", "n1:3", "n1:4", "n1:5"]


def test_nothing_is_transmitted_before_all_that_could_come_first_is_known() -> None:
    wire, _ = a_wire(BUS)
    wire.send(message(3 * MS, "n1", 1, "n2"))
    assert wire.next_start_ns() == 3 * MS
    assert everything(wire, before_ns=3 * MS) == []
    wire.send(message(2 * MS, "n2", 1, "n1"))
    assert everything(wire, before_ns=4 * MS) == [(4 * MS, "n2:1"), (5 * MS, "n1:1")]


def test_a_cut_holds_messages_in_order_and_healing_sends_them_first() -> None:
    wire, held = a_wire(SWITCH)
    assert wire.cut([("n1", "n2"), ("n1", "n2")]) == [("n1", "n2"), ("n1", "n2")]
    wire.send(message(0, "n1", 1, "n2"))
    wire.send(message(MS, "n1", 2, "n2"))
    wire.send(message(MS, "n2", 1, "n1"))
    assert everything(wire) == [(3 * MS, "n2:1")]
    assert held == [(0, "n1:1"), (MS, "n1:2")]
    wire.send(message(10 * MS, "n1", 3, "n2"))
    healed, released = wire.heal([("n1", "n2"), ("n2", "n1")], 10 * MS)
    assert healed == [("n1", "n2")]
    assert [transmission.name for transmission in released] == ["n1:1", "n1:2"]
    assert everything(wire) == [(12 * MS, "n1:1"), (13 * MS, "n1:2"), (14 * MS, "n1:3")]
    assert wire.unfinished() == []


def test_what_waits_at_a_cut_is_known_to_be_unfinished() -> None:
    wire, _ = a_wire(BUS)
    wire.cut([("n1", "n2")])
    wire.send(message(0, "n1", 1, "n2"))
    everything(wire)
    wire.send(message(7, "n3", 1, "n2"))
    assert sorted(transmission.name for transmission in wire.unfinished()) == ["n1:1", "n3:1"]


@given(
    kind=st.sampled_from(["bus", "switch", "mesh"]),
    sends=st.lists(
        st.tuples(
            st.integers(0, 10 * MS), st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 3000), st.booleans()
        ),
        max_size=40,
    ),
)
def test_whatever_is_sent_arrives_once_and_in_order_from_one_node_to_another(
    kind: NetworkKind, sends: list[tuple[int, str, str, int, bool]]
) -> None:
    wire, _ = a_wire(NetworkParameters(kind, bandwidth_bps=8_000_000, latency_ns=MS))
    cut, arrivals, numbers = False, [], dict.fromkeys("abc", 0)
    now = 0
    for delay_ns, source, destination, size, toggle in sends:
        now += delay_ns // 10
        arrivals += everything(wire, before_ns=now)
        if toggle:
            if cut:
                wire.heal([("a", "b"), ("b", "a")], now)
            else:
                wire.cut([("a", "b"), ("b", "a")])
            cut = not cut
        if source != destination:
            numbers[source] += 1
            wire.send(message(now, source, numbers[source] * 10 + "abc".index(destination), destination, size))
    wire.heal([("a", "b"), ("b", "a")], now)
    arrivals += everything(wire)
    assert len(arrivals) == sum(numbers.values())
    for source in "abc":
        for digit in "012":
            stream = [name for _, name in sorted(arrivals) if name.startswith(source) and name.endswith(digit)]
            instants = [t for t, name in arrivals if name.startswith(source) and name.endswith(digit)]
            assert stream == sorted(stream, key=lambda name: int(name.partition(":")[2]))
            assert instants == sorted(instants)
