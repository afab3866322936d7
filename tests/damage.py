"""Damages files at random: bits turn over, pieces are lost, doubled, exchanged or taken from another file, numbers become absurd. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

_SCRAPS = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\n",
        b"\r\n",
        b" ",
        b"\t",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"-",
        b"#",
        b"&a",
        b"*a",
    ),
    *(
        b"null",
        b"true",
        b"0",
        b"-1",
        b"1e999",
        b"18446744073709551616",
        b"9223372036854775807",
        b"NaN",
        b"\xe2\x80\xae",
        b"\x1b[2J",
    ),
    *(b"\x00" * 64, b"\xff" * 64, b"A" * 300, b"[" * 200, b"{" * 200),
)
_NUMBER = re.compile(rb"\d+")


def damaged(whole: Sequence[bytes], draw: random.Random) -> bytes:
    """Return one of some files, damaged in one to eight places."""
    data = bytearray(draw.choice(whole))
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        draw.choice(_WAYS)(data, draw, whole)
    return bytes(data)


def _turn_a_bit(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    if data:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _put_in(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    at, lost = draw.randint(0, len(data)), draw.choice((0, 0, 1, 4))
    data[at : at + lost] = draw.choice(_SCRAPS)


def _lose(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    at = draw.randint(0, len(data))
    del data[at : at + draw.choice((1, 2, 8, 100, 10_000))]


def _end(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    del data[draw.randint(0, len(data)) :]


def _double(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    at, length = draw.randint(0, len(data)), draw.choice((1, 8, 100, 1000))
    data[at:at] = data[at : at + length] * draw.choice((1, 1, 5))


def _exchange(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    other, at, length = draw.choice(whole), draw.randint(0, len(data)), draw.choice((8, 100, 1000))
    begin = draw.randint(0, len(other))
    data[at : at + length] = other[begin : begin + length]


def _exchange_lines(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    lines = bytes(data).splitlines(keepends=True)
    if len(lines) > 1:
        one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[one], lines[other] = lines[other], draw.choice((lines[one], b""))
        data[:] = b"".join(lines)


def _change_a_number(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    found = list(_NUMBER.finditer(bytes(data)))
    if found:
        number = draw.choice(found)
        data[number.start() : number.end()] = draw.choice(
            (b"0", b"1", b"7", b"99999", b"4294967296", b"-5", b"1.5", b"999999999999999999999")
        )


def _exchange_words(data: bytearray, draw: random.Random, whole: Sequence[bytes]) -> None:
    words = list(re.finditer(rb"[\w.]+", bytes(data)))
    if len(words) > 1:
        one, other = draw.choice(words), draw.choice(words)
        data[one.start() : one.end()] = other[0]


_WAYS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _turn_a_bit,
    _put_in,
    _lose,
    _end,
    _double,
    _exchange,
    _exchange_lines,
    _change_a_number,
    _exchange_words,
)
