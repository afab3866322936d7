"""Who sends without end waits: nothing piles up on the wire, at the name server or on the agenda."""

from __future__ import annotations

import struct

import pytest

from nodes.kernel.gate import BURST
from nodes.kernel.link_service import MAX_NAMES
from nodes.kernel.signals import MAX_TIMERS, SHORTEST_INTERVAL_NS
from nodes.wire.events import ProcessBlocked
from nodes.wire.packets import NameAsked, NamePublished, decode_packet
from nodes.wire.parameters import SECOND_NS
from tests.nodes.kernel.assembler import A0, A1, A2, A3, DATA, S0, S1, T0, ZERO, Code
from tests.nodes.kernel.machine import GIPS, Machine, boot
from tests.nodes.migration.network import Network

_KILL, _PUBLISH, _FIND, _SETITIMER, _TIMER_CREATE, _TIMER_SETTIME = 129, 1007, 1008, 103, 107, 110
_A_MESSAGE_NS = 150 * 8 * SECOND_NS // (10_000_000 // 3)


def _code(call: int) -> Code:
    """Return a program that makes one call for ever, with another name of three letters each time."""
    code = Code().li(S0, DATA).li(S1, 0x41_41_41)
    start = code.here
    code.addi(S1, S1, 1).sd(S1, S0)
    if call == _KILL:
        return code.li(A0, 2_000_001).addi(A1, ZERO, 10).call(call).jump(start)
    return code.addi(A0, S0, 0).addi(A1, ZERO, 0).addi(A2, ZERO, 0).call(call).jump(start)


@pytest.mark.parametrize("call", [_KILL, _PUBLISH, _FIND])
def test_whoever_sends_without_end_gets_its_share_of_the_wire(call: int) -> None:
    machine = Machine(boot("n3", ips=GIPS, nodes=("n1", "n2", "n3")))
    machine.start(_code(call).image(data_pages=1))

    machine.run(until_ns=SECOND_NS // 10)

    most = MAX_NAMES if call == _PUBLISH else BURST + SECOND_NS // 10 // _A_MESSAGE_NS + 1
    assert most - 10 <= len(machine.frames) <= most
    if call != _PUBLISH:
        assert {event.on for _, event in machine.of(ProcessBlocked)} == {"send"}


def test_the_name_server_knows_one_question_of_each_process_and_some_names() -> None:
    network = Network(2)
    asks = network["n2"].start(_code(_FIND).image(data_pages=1))
    tells = network["n2"].start(_code(_PUBLISH).image(data_pages=1))

    network.run(SECOND_NS // 10)

    links = network["n1"].parts.links
    assert list(links._questions) == [asks]
    assert len(links.names) == MAX_NAMES
    assert set(links.names.values()) == {tells}
    sent = [type(decode_packet(frame.payload)) for frame in network["n2"].frames if isinstance(frame.payload, bytes)]
    assert NamePublished not in sent[-10:]
    assert NameAsked in {type(said.packet) for said in network.said}


def test_timers_that_are_set_again_and_again_leave_nothing_behind() -> None:
    machine = Machine(boot(ips=GIPS))
    a_year = struct.pack("<qqqq", 0, 0, 365 * 86_400, 0)
    code = Code().addi(T0, ZERO, 0)
    start = code.here
    code.address_of(A1, a_year).addi(A0, ZERO, 0).addi(A2, ZERO, 0).call(_SETITIMER).jump(start)
    machine.start(code.image())

    machine.run(until_ns=SECOND_NS // 50)

    assert len(machine.kernel._agenda._due) < 200


def test_all_timers_of_a_process_together_go_off_no_more_often_than_some_of_the_shortest_interval() -> None:
    machine = Machine(boot(ips=GIPS))
    often = struct.pack("<qqqq", 0, 1, 0, 1)
    block_alarm = struct.pack("<Q", 1 << 13)
    code = Code().addi(A0, ZERO, 0).address_of(A1, block_alarm).addi(A2, ZERO, 0).call(135).li(S0, DATA)
    for number in range(MAX_TIMERS):
        code.addi(A0, ZERO, 1).addi(A1, ZERO, 0).addi(A2, S0, 0).call(_TIMER_CREATE)
        code.addi(A0, ZERO, number).addi(A1, ZERO, 0).address_of(A2, often).addi(A3, ZERO, 0).call(_TIMER_SETTIME)
    pid = machine.start(code.jump(code.here).image(data_pages=1))

    machine.run(until_ns=SECOND_NS // 100)

    assert len(machine.process(pid).signals.timers) == MAX_TIMERS
    assert machine.kernel._agenda._count < 5 * SECOND_NS // 100 // SHORTEST_INTERVAL_NS
