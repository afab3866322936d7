"""Links: two ends joined by a wire that loses, doubles and reorders; and what each call answers when it cannot do what it is asked."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.links import (
    FRAGMENT_BYTES,
    MESSAGE_BYTES,
    SEND_QUEUE,
    WINDOW,
    Fragment,
    LinkEnd,
    LinkState,
    LinkTable,
)
from nodes.kernel.process import WaitingFor
from nodes.wire.events import LinkReceived, LinkSent
from tests.nodes.kernel.assembler import DATA
from tests.nodes.kernel.machine import examples
from tests.nodes.kernel.test_system_calls import NOWHERE, Caller

CONNECT, ACCEPT, SEND, RECEIVE, SELECT, DESTROY, PEER, PUBLISH, FIND = range(1000, 1009)
SEND_AMOUNT, DECLARE, MY_NAME = range(1009, 1012)
FOREVER = (1 << 64) - 1


def two_ends() -> tuple[LinkEnd, LinkEnd]:
    return LinkEnd("n1.1/1", "n2.1", "n2", state=LinkState.OPEN), LinkEnd("n1.1/1", "n1.1", "n1", state=LinkState.OPEN)


_MESSAGES = st.lists(st.integers(0, 3 * FRAGMENT_BYTES), max_size=12)
_FATES = st.lists(
    st.tuples(st.sampled_from(["arrive", "arrive", "lose", "twice", "late"]), st.booleans()), max_size=200
)


@given(sizes=_MESSAGES, fates=_FATES)
@examples(150)
def test_whatever_the_way_does_to_fragments_messages_arrive_once_whole_and_in_order(
    sizes: list[int], fates: list[tuple[str, bool]]
) -> None:
    sender, receiver = two_ends()
    messages = [
        (bytes((number + place) % 251 for place in range(size)), {"money": number} if number % 3 else {})
        for number, size in enumerate(sizes)
    ]
    unsent, received, way = list(messages), [], list[Fragment]()
    fate = iter(fates)
    while unsent or sender.kept:
        while unsent and sender.may_send():
            sender.put(*unsent.pop(0))
        way += sender.take_transmittable()
        late: list[Fragment] = []
        for fragment in way:
            what, reads = next(fate, ("arrive", True))
            if what == "late":
                late.append(fragment)
            for _ in range({"lose": 0, "late": 0, "arrive": 1, "twice": 2}[what]):
                receiver.take(fragment, sender.brings(fragment.sequence))
            if reads and receiver.queue:
                received.append(receiver.receive())
        way = late
        if not way:
            received += [receiver.receive() for _ in range(len(receiver.queue))]
            sender.transmit_again()  # as after a crash
        sender.acknowledge(receiver.expected, receiver.window_to_tell())
    received += [receiver.receive() for _ in range(len(receiver.queue))]

    assert received == messages
    assert (receiver.early, receiver.partial) == ({}, [])
    assert (sender.amounts_kept, receiver.amounts_came) == (msgspec.UNSET, msgspec.UNSET)


def test_a_sender_puts_on_the_wire_what_the_window_allows_and_keeps_a_little_more() -> None:
    sender, receiver = two_ends()
    count = 0
    while sender.may_send():
        sender.put(b"x")
        count += 1

    assert count == WINDOW + SEND_QUEUE
    assert len(sender.take_transmittable()) == WINDOW
    assert sender.take_transmittable() == []
    for fragment in sender.kept[:WINDOW]:
        receiver.take(fragment)
    for _ in range(WINDOW // 2):
        assert not receiver.should_tell()
        receiver.receive()
    assert receiver.should_tell()
    sender.acknowledge(receiver.expected, receiver.window_to_tell())
    assert len(sender.take_transmittable()) == SEND_QUEUE
    assert sender.may_send()


def test_a_receipt_that_comes_late_does_not_close_the_window_again() -> None:
    sender, _ = two_ends()
    sender.acknowledge(0, WINDOW + 5)
    sender.acknowledge(0, WINDOW)
    assert sender.window_end == WINDOW + 5


@pytest.mark.parametrize(("size", "fragments"), [(0, 1), (1, 1), (FRAGMENT_BYTES, 1), (FRAGMENT_BYTES + 1, 2)])
def test_a_message_uses_as_much_of_the_window_as_it_has_fragments_and_an_empty_one_too(
    size: int, fragments: int
) -> None:
    sender, receiver = two_ends()
    sender.put(bytes(size))
    for fragment in sender.take_transmittable():
        receiver.take(fragment)
    receiver.receive()
    assert (sender.next_sequence, receiver.consumed) == (fragments, fragments)


def test_a_receipt_that_comes_late_takes_back_nothing_that_a_later_one_has_said() -> None:
    sender, _ = two_ends()
    for _ in range(5):
        sender.put(b"x")
    for received in (3, 1, 0):
        sender.acknowledge(received, WINDOW)
        assert [fragment.sequence for fragment in sender.kept] == [3, 4]


def test_a_link_gets_the_lowest_descriptor_that_is_free() -> None:
    table = LinkTable()
    assert [table.describe(link) for link in ("a", "b", "c")] == [0, 1, 2]
    del table.descriptors[1]
    assert [table.describe(link) for link in ("d", "e")] == [1, 3]


def test_what_nobody_will_read_is_not_sent_any_more() -> None:
    sender, _ = two_ends()
    sender.put(b"x")
    sender.drop_unsent()
    assert (sender.take_transmittable(), sender.kept) == ([], [])
    sender.put(b"y")
    assert [fragment.sequence for fragment in sender.take_transmittable()] == [1]


def test_the_longest_message_fits_into_the_window() -> None:
    sender, receiver = two_ends()
    sender.put(bytes(MESSAGE_BYTES))
    for fragment in sender.take_transmittable():
        receiver.take(fragment)

    assert receiver.receive() == (bytes(MESSAGE_BYTES), {})


def test_the_end_of_a_direction_comes_behind_all_that_was_sent() -> None:
    sender, receiver = two_ends()
    sender.put(b"last words")
    sender.put_end()
    first, end = sender.take_transmittable()

    assert not receiver.take(end)
    assert not receiver.readable
    assert receiver.take(first)
    assert (receiver.state, receiver.receive(), receiver.readable) == (LinkState.ENDED, (b"last words", {}), True)


def test_the_newer_belief_of_where_the_other_is_wins() -> None:
    end, _ = two_ends()
    end.learn("n3", 2)
    end.learn("n2", 1)
    end.learn("n4", 2)

    assert (end.peer_at, end.peer_version) == ("n3", 2)


# ------------------------------------------------------------------------------------------------------------- the calls


@pytest.fixture
def call() -> Iterator[Caller]:
    """A process that has made one call of its own, with an open link as descriptor 0 whose other end is nowhere near."""
    caller = Caller()
    link = LinkEnd("n1.1/1", "n2.1", "n2", state=LinkState.OPEN)
    caller.process.links.ends[link.link] = link
    caller.process.links.describe(link.link)
    caller.emitted()
    yield caller
    caller.machine.check_memory()


def end_of(call: Caller) -> LinkEnd:
    return call.process.links.ends["n1.1/1"]


def test_what_is_no_link_is_refused(call: Caller) -> None:
    assert [call(number, 5, DATA, 4, 0) for number in (SEND, RECEIVE, DESTROY, PEER)] == [-errno.EBADF] * 4
    call.put(struct.pack("<2i", 0, 7))
    assert call(SELECT, DATA, 2, 0) == -errno.EBADF
    assert call(SELECT, DATA, 1000, 0) == -errno.EINVAL


def test_pids_that_nobody_can_have_are_refused(call: Caller) -> None:
    assert [call(CONNECT, number) for number in (0, 5, 99_000_001, 1_000_000)] == [-errno.ESRCH] * 4
    assert call(CONNECT, 1_000_001) == -errno.EINVAL, "itself"


def test_sending_takes_the_message_over_at_once(call: Caller) -> None:
    call.put(b"hello")
    assert call(SEND, 0, DATA, 5, 0) == 5
    assert [event for event in call.emitted() if isinstance(event, LinkSent)] == [LinkSent("n1.1/1", call.pid, 1, 5)]
    assert call(SEND, 0, DATA, MESSAGE_BYTES + 1, 0) == -errno.EMSGSIZE
    assert call(SEND, 0, NOWHERE, 5, 0) == -errno.EFAULT
    assert end_of(call).messages_sent == 1


def test_a_full_queue_makes_a_sender_wait_as_long_as_it_likes(call: Caller) -> None:
    for _ in range(WINDOW + SEND_QUEUE):
        assert call(SEND, 0, DATA, 1, 0) == 1
    assert call(SEND, 0, DATA, 1, 0) == -errno.EAGAIN
    assert call(SEND, 0, DATA, 1, FOREVER) == WaitingFor("send")
    now_ns = call.machine.kernel.now
    assert call(SEND, 0, DATA, 1, 1000) == WaitingFor("send", now_ns + 1000, -errno.ETIMEDOUT)


def test_receiving_gives_the_next_message_if_it_fits(call: Caller) -> None:
    end_of(call).take(Fragment(0, b"a message", last=True))
    assert call(RECEIVE, 0, DATA, 4, 0) == -errno.EMSGSIZE
    assert call(RECEIVE, 0, NOWHERE, 100, 0) == -errno.EFAULT
    assert (call(RECEIVE, 0, DATA, 100, 0), call.get(9)) == (9, b"a message")
    assert call(RECEIVE, 0, DATA, 100, 0) == -errno.EAGAIN
    assert call(RECEIVE, 0, DATA, 100, FOREVER) == WaitingFor("receive")


def test_what_a_message_brings_leaves_its_sender_as_it_is_sent_and_counts_for_the_receiver_as_it_is_received(
    call: Caller,
) -> None:
    call.put(b"money\0")
    assert call(SEND_AMOUNT, 0, DATA, 5, 0, DATA, 1) == -errno.EINVAL, "nothing is declared yet"
    assert call(DECLARE, DATA, 100) == 0
    assert call(SEND_AMOUNT, 0, DATA, 5, 0, DATA, 30) == 5
    assert (call.process.amounts, end_of(call).brings(0)) == ({"money": 70}, {"money": 30})
    assert [call(SEND_AMOUNT, 0, DATA, 5, 0, DATA, amount) for amount in (71, (1 << 64) - 1)] == [-errno.EINVAL] * 2
    assert (call(SEND_AMOUNT, 0, DATA, 5, 0, DATA, 0), end_of(call).brings(1)) == (5, msgspec.UNSET)
    end_of(call).take(Fragment(0, b"a message", last=True), {"money": 7})
    call.emitted()
    assert call(RECEIVE, 0, DATA + 100, 9, 0) == 9
    assert (call.process.amounts, end_of(call).amounts_came) == ({"money": 77}, msgspec.UNSET)
    assert call.emitted() == [LinkReceived("n1.1/1", call.pid, 1, 9, {"money": 7})]


def test_an_account_is_a_number_as_the_program_knows_them_and_a_process_has_a_few(call: Caller) -> None:
    call.put(b"money\0")
    assert call(DECLARE, DATA, (1 << 63) - 1) == 0
    end_of(call).take(Fragment(0, b"", last=True), {"money": 1})
    assert (call(RECEIVE, 0, DATA, 0, 0), call.process.amounts) == (0, {"money": -(1 << 63)})
    for number in range(7):
        call.put(b"%d\0" % number)
        assert call(DECLARE, DATA, 1) == 0
    assert (call(DECLARE, call.put(b"one more\0"), 1), call(DECLARE, call.put(b"money\0"), 1)) == (-errno.ENOSPC, 0)
    assert (call(DECLARE, call.put(b"\0"), 1), call(DECLARE, NOWHERE, 1)) == (-errno.EINVAL, -errno.EFAULT)


def test_a_process_can_ask_for_its_name(call: Caller) -> None:
    name = call.process.name.encode()
    assert (call(MY_NAME, DATA, 100), call.get(len(name) + 1)) == (len(name), name + b"\0")
    assert (call(MY_NAME, DATA, len(name)), call(MY_NAME, NOWHERE, 100)) == (-errno.ERANGE, -errno.EFAULT)


def test_select_names_the_first_that_is_ready(call: Caller) -> None:
    call.put(struct.pack("<2i", -1, 0))
    assert call(SELECT, DATA, 2, FOREVER) == WaitingFor("select")
    end_of(call).take(Fragment(0, b"", last=True))
    assert call(SELECT, DATA, 2, FOREVER) == 1
    call.process.links.incoming.append("n1.1/1")
    assert call(SELECT, DATA, 2, FOREVER) == 0
    assert call(SELECT, NOWHERE, 2, 0) == -errno.EFAULT


@pytest.mark.parametrize(("state", "error"), [(LinkState.ENDED, errno.EPIPE), (LinkState.BROKEN, errno.ECONNRESET)])
def test_a_link_that_is_over_still_gives_what_has_come_and_then_its_error(
    call: Caller, state: LinkState, error: int
) -> None:
    end_of(call).take(Fragment(0, b"rest", last=True))
    end_of(call).state = state
    assert call(SEND, 0, DATA, 4, FOREVER) == -error
    assert call(RECEIVE, 0, DATA, 4, FOREVER) == 4
    assert call(RECEIVE, 0, DATA, 4, FOREVER) == -error
    assert (call(DESTROY, 0), call(DESTROY, 0)) == (0, -errno.EBADF)


def test_names_have_to_be_of_some_length(call: Caller) -> None:
    for name in (b"\0", b"x" * 65 + b"\0", b"\xff\0"):
        call.put(name)
        assert [call(PUBLISH, DATA), call(FIND, DATA, 0)] == [-errno.EINVAL] * 2
    assert call(PUBLISH, NOWHERE) == -errno.EFAULT


def test_a_name_is_known_as_soon_as_it_is_published(call: Caller) -> None:
    call.put(b"somebody\0")
    assert call(FIND, DATA, 0) == -errno.EAGAIN
    assert call(FIND, DATA, FOREVER) == WaitingFor("name")
    assert call(PUBLISH, DATA) == 0
    assert call(FIND, DATA, FOREVER) == 1_000_001


def test_accepting_waits_for_somebody_to_ask(call: Caller) -> None:
    assert call(ACCEPT, 0) == -errno.EAGAIN
    assert call(ACCEPT, FOREVER) == WaitingFor("accept")
    assert call(PEER, 0) == 2_000_001
