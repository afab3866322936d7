"""Frames over real pipes: whatever is sent arrives whole and in order, however the stream is cut into pieces."""

from __future__ import annotations

import os
import select
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.connection import ConnectionClosed, FrameConnection, framed, open_pipes
from tests.nodes.kernel.machine import examples

KIB, MIB = 1 << 10, 1 << 20

Both = tuple[FrameConnection, FrameConnection]


@pytest.fixture
def both() -> Iterator[Both]:
    """Lend both sides of a connection."""
    here, there = (FrameConnection(ends) for ends in open_pipes())
    yield here, there
    here.close()
    there.close()


def test_frames_arrive_in_both_directions_and_in_order(both: Both) -> None:
    here, there = both
    for content in (b"first", b"", b"third"):
        here.send(content)
    there.send(b"back")

    assert [there.receive() for _ in range(3)] == [b"first", b"", b"third"]
    assert here.receive() == b"back"


def test_a_frame_that_was_made_beforehand_is_sent_to_several(both: Both) -> None:
    frame = framed(b"to all")
    for side in both:
        side.send_framed(frame)

    assert [side.receive() for side in both] == [b"to all"] * 2


@pytest.mark.parametrize("turns_awake", [1, 100_000])
def test_who_stays_awake_gets_what_comes_at_once_soon_or_late(both: Both, turns_awake: int) -> None:
    here, there = both
    for content in (b"at once", b"with it"):
        here.send(content)
    sender = threading.Timer(0.05, lambda: here.send(b"late"))
    sender.start()

    assert [there.receive(turns_awake) for _ in range(3)] == [b"at once", b"with it", b"late"]
    sender.join()


@pytest.mark.parametrize("size", [64 * KIB - 5, 64 * KIB - 4, 64 * KIB - 3, 64 * KIB, 64 * KIB + 1, 10 * MIB])
def test_a_large_frame_arrives_whole_and_the_next_one_too(both: Both, size: int) -> None:
    here, there = both
    content = (bytes(range(251)) * (size // 251 + 1))[:size]

    def send() -> None:
        here.send(content)
        here.send(b"next")

    sender = threading.Thread(target=send)
    sender.start()
    received = [there.receive(), there.receive()]
    sender.join()

    assert received == [content, b"next"]


def test_large_frames_cross_each_other(both: Both) -> None:
    """Either side sends in a thread of its own while the other one reads."""
    contents = [bytes([number]) * (3 * MIB + number) for number in range(2)]
    senders = [
        threading.Thread(target=side.send, args=(content,)) for side, content in zip(both, contents, strict=True)
    ]
    for sender in senders:
        sender.start()

    assert [both[1].receive(), both[0].receive()] == contents
    for sender in senders:
        sender.join()


@given(
    contents=st.lists(st.binary(max_size=300), max_size=6),
    cuts=st.lists(st.integers(1, 50), min_size=1, max_size=40),
)
@examples(60)
def test_frames_are_found_in_a_stream_that_is_cut_anywhere(contents: list[bytes], cuts: list[int]) -> None:
    """After each piece, exactly those frames can be taken that are there as a whole; nobody waits."""
    here, there = open_pipes()
    connection = FrameConnection(there)
    connection.do_not_wait()
    stream = b"".join(struct.pack("<I", len(content)) + content for content in contents)
    found: list[bytes] = []
    position = number = 0
    while position < len(stream):
        length = cuts[number % len(cuts)]
        os.write(here[1].fileno(), stream[position : position + length])
        position += length
        number += 1
        while (frame := connection.receive_now()) is not None:
            found.append(frame)
        assert found == _whole_frames(stream[:position])

    assert found == contents
    for end in (*here, *there):
        end.close()


def _whole_frames(stream: bytes) -> list[bytes]:
    frames = []
    while len(stream) >= 4 and len(stream) >= 4 + (length := int.from_bytes(stream[:4], "little")):
        frames.append(stream[4 : 4 + length])
        stream = stream[4 + length :]
    return frames


def test_a_receiver_that_waits_gets_a_frame_that_comes_in_pieces() -> None:
    here, there = open_pipes()
    connection = FrameConnection(there)

    def send() -> None:
        for byte in framed(b"slowly"):
            os.write(here[1].fileno(), bytes([byte]))

    sender = threading.Thread(target=send)
    sender.start()
    assert connection.receive() == b"slowly"
    sender.join()
    for end in (*here, *there):
        end.close()


def test_who_does_not_wait_learns_that_nothing_has_come(both: Both) -> None:
    here, there = both
    there.do_not_wait()
    assert there.receive_now() is None

    here.send(b"now")
    assert (there.receive_now(), there.receive_now()) == (b"now", None)


def test_who_does_not_wait_may_still_wait_on_purpose(both: Both) -> None:
    here, there = both
    there.do_not_wait()
    sender = threading.Thread(target=here.send, args=(b"x" * MIB,))
    sender.start()

    assert there.receive() == b"x" * MIB
    sender.join()


@pytest.mark.parametrize("sent", [b"", b"\x05", b"\x05\0\0\0", b"\x05\0\0\0only"])
@pytest.mark.parametrize("waits", [True, False])
def test_the_end_of_the_stream_is_noticed_wherever_it_comes(sent: bytes, waits: bool) -> None:
    here, there = open_pipes()
    connection = FrameConnection(there)
    if not waits:
        connection.do_not_wait()
    os.write(here[1].fileno(), sent)
    for end in here:
        end.close()

    with pytest.raises(ConnectionClosed):
        connection.receive()
    connection.close()


def test_what_was_sent_before_the_end_still_arrives(both: Both) -> None:
    here, there = both
    here.send(b"last")
    here.send(b"words")
    here.close()

    assert [there.receive(), there.receive()] == [b"last", b"words"]
    with pytest.raises(ConnectionClosed):
        there.receive()


def test_sending_to_nobody_is_noticed(both: Both) -> None:
    here, there = both
    there.close()

    with pytest.raises(ConnectionClosed):
        here.send(b"x")


def test_a_receiver_that_goes_away_in_the_middle_is_noticed_by_the_sender(both: Both) -> None:
    """The sender waits, as the pipe is full, until the other side is gone."""
    here, there = both
    outcome: list[ConnectionClosed] = []

    def send() -> None:
        try:
            here.send(b"x" * 8 * MIB)
        except ConnectionClosed as closed:
            outcome.append(closed)

    sender = threading.Thread(target=send)
    sender.start()
    assert there.receive_now() is None, "a part has come"
    there.close()
    sender.join()

    assert len(outcome) == 1


def test_a_selector_sees_when_something_has_come(both: Both) -> None:
    here, there = both
    poll = select.poll()
    poll.register(there.fileno(), select.POLLIN)
    assert poll.poll(0) == []

    here.send(b"x")

    assert poll.poll(0) == [(there.fileno(), select.POLLIN)]
