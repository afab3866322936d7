"""The parent of all nodes outlives whatever a program does to it."""

from __future__ import annotations

import os
import signal
import socket
from typing import NoReturn

import pytest

from nodes import nursery
from nodes.programs import image
from nodes.wire.starting import Learn, Learned, decode_news, framed, take_frames


class Panic(BaseException):
    """What a library that is not written in Python raises when it fails: no Exception."""


class Ended(Exception):
    """Nobody wants nodes any more."""


def test_a_panic_while_a_program_is_learnt_ends_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(_: Learn) -> NoReturn:
        raise Panic

    def ended(_: nursery._Nursery) -> NoReturn:
        raise Ended

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda *_, **__: None)
    monkeypatch.setattr(nursery._Nursery, "_end_all", ended)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(framed(Learn(image("hello"), ("hello",), b"")))
        ours.shutdown(socket.SHUT_WR)
        parent = nursery._Nursery(theirs, panic)
        with pytest.raises(Ended):
            parent.wait_for_birth()
        os.close(parent._rings)
        os.close(parent._bell)
        assert [decode_news(one) for one in take_frames(bytearray(ours.recv(1000)))] == [Learned()]
