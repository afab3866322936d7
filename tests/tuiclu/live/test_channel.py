"""Messages between the cluster and the front: what is said last arrives as well."""

from __future__ import annotations

import threading

from tuiclu.live.channel import Channel, open_channel


def test_what_does_not_fit_into_the_socket_is_sent_before_the_end() -> None:
    ours, theirs = open_channel()
    sender, receiver = Channel(ours), Channel(theirs)
    sender.send(bytes(8_000_000))
    sender.send(b"the end")
    assert sender.waiting, "nobody has taken anything yet"

    heard: list[bytes] = []

    def hear() -> None:
        while receiver.open:
            heard.extend(receiver.receive())

    thread = threading.Thread(target=hear)
    thread.start()
    sender.finish(30.0)
    sender.close()
    thread.join()
    receiver.close()

    assert [len(one) for one in heard] == [8_000_000, 7]


def test_nobody_is_waited_for_who_is_gone() -> None:
    ours, theirs = open_channel()
    sender = Channel(ours)
    sender.send(bytes(8_000_000))
    theirs.close()

    sender.finish(30.0)

    assert not sender.waiting
    assert sender.receive() == []
    assert not sender.open
    sender.close()


def test_the_last_words_of_an_end_that_is_gone_are_heard_by_one_who_speaks_first() -> None:
    ours, theirs = open_channel()
    leaving, staying = Channel(ours), Channel(theirs)
    leaving.send(b"farewell")
    leaving.close()

    staying.send(b"are you there?")

    assert staying.open, "not all that was said has been received"
    assert staying.receive() == [b"farewell"]
    assert not staying.open
    staying.close()
