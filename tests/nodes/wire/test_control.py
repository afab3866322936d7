"""What travels between the engine and the nodes, and between the nodes, arrives as it was sent."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from nodes.wire.control import (
    AnyQuestion,
    Boot,
    Delivery,
    DueOrder,
    Frame,
    Grant,
    Halt,
    KillProcess,
    LocalEvent,
    Report,
    decode_question,
    decode_report,
    encode_question,
    encode_report,
)
from nodes.wire.events import NodePaused
from nodes.wire.packets import (
    AnyPacket,
    OfferAccepted,
    Packet,
    PageBatch,
    decode_packet,
    encode_packet,
)
from nodes.wire.parameters import MigrationParameters, NodeParameters
from tests.nodes.kernel.assembler import burn
from tests.nodes.kernel.machine import examples
from tests.nodes.wire.samples import values_of


@given(question=values_of(AnyQuestion))
@examples(150)
def test_a_question_arrives_as_it_was_asked(question: AnyQuestion) -> None:
    assert decode_question(encode_question(question)) == question


@given(report=values_of(Report))
@examples(150)
def test_a_report_arrives_as_it_was_made(report: Report) -> None:
    assert decode_report(encode_report(report)) == report


@given(packet=values_of(AnyPacket))
@examples(150)
def test_a_packet_arrives_as_it_was_sent(packet: AnyPacket) -> None:
    assert decode_packet(encode_packet(packet)) == packet


def test_every_packet_is_in_the_closed_set() -> None:
    kinds = [kind for one in Packet.__subclasses__() for kind in one.__subclasses__() or [one]]
    assert sorted(one.__name__ for one in kinds) == sorted(one.__name__ for one in AnyPacket.__args__)


def test_a_boot_carries_whole_programs() -> None:
    boot = Boot(NodeParameters("n1"), MigrationParameters(), ("n1",), {"p": burn(10)}, 1, 1, 0, 2, 1, ("node.paused",))

    assert decode_question(encode_question(boot)) == boot


def test_windows_without_news_are_small() -> None:
    assert len(encode_question(Grant(10**12, [], []))) < 64
    assert len(encode_report(Report(10**12, None, [], []))) < 20


def test_pages_travel_as_they_are() -> None:
    batch = PageBatch("n1/1", [1, 2], bytes(range(256)) * 32)

    assert len(encode_packet(batch)) < 8192 + 64
    assert decode_packet(encode_packet(batch)) == batch


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xc1",
        encode_packet(OfferAccepted("n1/1"))[:-1],
        encode_packet(OfferAccepted("n1/1")) + b"\0",
        msgspec.msgpack.encode({"type": "Nonsense", "migration": "n1/1"}),
        msgspec.msgpack.encode({"type": "OfferAccepted", "migration": 7}),
        msgspec.msgpack.encode({"type": "OfferAccepted"}),
        msgspec.msgpack.encode({"migration": "n1/1"}),
    ],
)
def test_what_is_no_packet_is_not_taken_for_one(damaged: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_packet(damaged)


def test_what_travels_in_great_numbers_travels_without_names() -> None:
    encoded = encode_report(
        Report(1, 2, [Frame(1, 2, "n2", 3, b"")], [LocalEvent(1, 2, NodePaused())])
    ) + encode_question(Grant(1, [Delivery(1, "n2", 2, b"")], [DueOrder(1, KillProcess("n1.1"))]))

    assert [name for name in (b"payload", b"sequence", b"time_ns", b"event", b"at_ns") if name in encoded] == []
    assert decode_question(encode_question(Halt())) == Halt()
