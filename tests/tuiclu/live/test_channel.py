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

    assert not sender.open
    sender.close()
