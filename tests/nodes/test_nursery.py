"""The parent of all nodes outlives whatever a program does to it."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

import icicle  # type: ignore[import-untyped,unused-ignore]
import pytest

from nodes import nursery
from nodes.programs import image
from nodes.wire.starting import AnyNews, Broken, Learn, Learned, decode_news, framed, take_frames


class Ended(Exception):
    """Nobody wants nodes any more."""


def panic(_: Learn) -> NoReturn:
    """Fail as icicle fails where it did not expect something."""
    icicle.Icicle("riscv64", jit=False).mem_read(0, 1 << 63)
    raise AssertionError("this panics")


def refuse(_: Learn) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def told_after(
    learn: Callable[[Learn], None], monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> list[AnyNews]:
    """Return what the parent of all nodes tells when it is asked to learn a program, and nobody wants anything else."""

    def ended(_: nursery._Nursery) -> NoReturn:
        raise Ended

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda *_, **__: None)
    monkeypatch.setattr(nursery._Nursery, "_end_all", ended)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(framed(Learn(image("hello"), ("hello",), b"")))
        ours.shutdown(socket.SHUT_WR)
        parent = nursery._Nursery(theirs, learn)
        with pytest.raises(raised):
            parent.wait_for_birth()
        os.close(parent._rings)
        os.close(parent._bell)
        return [decode_news(one) for one in take_frames(bytearray(ours.recv(1000)))]


@pytest.mark.parametrize("learn", [panic, refuse])
def test_what_fails_while_a_program_is_learnt_ends_no_node(
    learn: Callable[[Learn], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_after(learn, monkeypatch, Ended) == [Learned()]


@pytest.mark.parametrize("error", [AssertionError("so"), KeyError("so"), SystemExit("so")])
def test_a_fault_of_ours_while_a_program_is_learnt_is_loud(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Learn) -> NoReturn:
        raise error

    told = told_after(fail, monkeypatch, type(error))

    assert told == [Broken(f"{type(error).__name__}: {error}")]
