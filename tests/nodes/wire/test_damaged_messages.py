"""A message that was damaged is decoded as another one, or refused as damaged; nothing else comes of it."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.wire.control import AnyQuestion, Report, decode_question, decode_report
from nodes.wire.packets import AnyPacket, decode_packet
from tests.damage import damaged
from tests.nodes.wire.samples import values_of

CODECS = {
    "packet": (AnyPacket, decode_packet),
    "question": (AnyQuestion, decode_question),
    "report": (Report, decode_report),
}


def check(kind: str, message: Any, seed: int) -> None:
    data = damaged([msgspec.msgpack.encode(message)], random.Random(seed))
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        CODECS[kind][1](data)


@pytest.mark.parametrize("kind", CODECS)
def test_a_few_damaged_messages(kind: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(values_of(CODECS[kind][0]), st.integers(0, 1 << 32))
    def damage(message: Any, seed: int) -> None:
        check(kind, message, seed)

    damage()


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", CODECS)
def test_many_damaged_messages(kind: str) -> None:
    @settings(max_examples=2_000, deadline=None)
    @given(values_of(CODECS[kind][0]), st.integers(0, 1 << 20))
    def damage(message: Any, seed: int) -> None:
        for step in range(50):
            check(kind, message, seed + step)

    damage()
