"""Frames over a real socket: whatever is sent arrives whole and in order, however the stream is cut into pieces."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.wire.connection import ConnectionClosed, FrameConnection
from tests.nodes.kernel.machine import examples

MIB = 1 << 20


@pytest.fixture
def ends() -> Iterator[tuple[FrameConnection, FrameConnection]]:
    """Lend both ends of a connection."""
    one, other = (FrameConnection(sock) for sock in socket.socketpair())
    yield one, other
    one.close()
    other.close()


def test_frames_arrive_in_both_directions_and_in_order(ends: tuple[FrameConnection, FrameConnection]) -> None:
    one, other = ends
    for content in (b"first", b"", b"third"):
        one.send(content)
    other.send(b"back")

    assert [other.receive() for _ in range(3)] == [b"first", b"", b"third"]
    assert one.receive() == b"back"


@pytest.mark.parametrize("size", [(1 << 18) - 1, 1 << 18, (1 << 18) + 1, 10 * MIB])
def test_a_large_frame_arrives_whole_and_the_next_one_too(
    ends: tuple[FrameConnection, FrameConnection], size: int
) -> None:
    one, other = ends
    content = bytes(range(251)) * (size // 251 + 1)

    def send() -> None:
        one.send(content[:size])
        one.send(b"next")

    sender = threading.Thread(target=send)
    sender.start()

    received = [other.receive(), other.receive()]

    sender.join()
    assert received == [content[:size], b"next"]


def test_large_frames_cross_each_other(ends: tuple[FrameConnection, FrameConnection]) -> None:
    """Either side sends in a thread of its own while the other one reads."""
    contents = [bytes([number]) * (3 * MIB + number) for number in range(2)]
    senders = [threading.Thread(target=end.send, args=(content,)) for end, content in zip(ends, contents, strict=True)]
    for sender in senders:
        sender.start()

    assert [ends[1].receive(), ends[0].receive()] == contents
    for sender in senders:
        sender.join()


@given(
    contents=st.lists(st.binary(max_size=300), max_size=6),
    cuts=st.lists(st.integers(1, 50), min_size=1, max_size=40),
)
@examples(60)
def test_frames_are_found_in_a_stream_that_is_cut_anywhere(contents: list[bytes], cuts: list[int]) -> None:
    raw, other = socket.socketpair()
    with raw:
        connection = FrameConnection(other)
        stream = b"".join(struct.pack("<I", len(content)) + content for content in contents)
        sender = threading.Thread(target=_send_in_pieces, args=(raw, stream, cuts))
        sender.start()

        assert [connection.receive() for _ in contents] == contents
        sender.join()
        connection.close()


def _send_in_pieces(raw: socket.socket, stream: bytes, cuts: list[int]) -> None:
    position = number = 0
    while position < len(stream):
        length = cuts[number % len(cuts)]
        raw.sendall(stream[position : position + length])
        position += length
        number += 1


@pytest.mark.parametrize("sent", [b"", b"\x05", b"\x05\0\0\0", b"\x05\0\0\0only"])
def test_the_end_of_the_stream_is_noticed_wherever_it_comes(sent: bytes) -> None:
    raw, other = socket.socketpair()
    connection = FrameConnection(other)
    raw.sendall(sent)
    raw.close()

    with pytest.raises(ConnectionClosed):
        connection.receive()
    connection.close()


def test_what_was_sent_before_the_end_still_arrives(ends: tuple[FrameConnection, FrameConnection]) -> None:
    one, other = ends
    one.send(b"last words")
    one.close()

    assert other.receive() == b"last words"
    with pytest.raises(ConnectionClosed):
        other.receive()


def test_sending_to_nobody_is_noticed(ends: tuple[FrameConnection, FrameConnection]) -> None:
    one, other = ends
    other.close()

    with pytest.raises(ConnectionClosed):
        one.send(b"x" * 10 * MIB)


def test_a_receiver_that_closes_in_the_middle_is_noticed_by_the_sender(
    ends: tuple[FrameConnection, FrameConnection],
) -> None:
    """The sender waits, as the buffers of the socket are full, until the other end is gone."""
    one, other = ends
    outcome: list[BaseException] = []

    def send() -> None:
        try:
            one.send(b"x" * 64 * MIB)
        except ConnectionClosed as closed:
            outcome.append(closed)

    sender = threading.Thread(target=send)
    sender.start()
    raw = socket.socket(fileno=other.fileno())
    raw.recv(1)
    raw.detach()
    other.close()
    sender.join()

    assert [type(closed) for closed in outcome] == [ConnectionClosed]


def test_a_connection_can_be_waited_for(ends: tuple[FrameConnection, FrameConnection]) -> None:
    one, other = ends

    assert one.fileno() != other.fileno()
    assert one.fileno() >= 0
