"""Scenarios that somebody has spoilt: absurd values in the right places, right values in the wrong ones, and damaged text; or stretched to
what is just allowed. Pure."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from tests.random_scenarios.drawn import Tree, drawn, text_of

_ABSURD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64, 10**40, 0.1, -0.0, 1e300, "", " ", "0", "null"),
    *("0 s", "1 ns", "-1 ms", "9223372036854775807 ns", "9223372036 s", "292 years", "1e9 s", "0.1 ns", "1 ms 2 us"),
    *("1 bit/s", "1000 Tbit/s", "1 GiB", "99999 GiB", "1 IPS", "1000 GIPS", "100 %", "0 %", "x0.5"),
    *("n1", "n2", "n9", "N1", "Pa", "Pa1", "n1.1", "n1.0", "everyone", "module:Class", "../../etc/passwd", "/dev/zero"),
    *("\u202eevil", "a\x1b[31mred", "a\nb", "\ufeff", "é" * 70, "x" * 5000, "{{0}}", "%s%n", "*", "&a", "!!python/x"),
    *([], {}, [[]], {"": ""}, ["n1", "n1"], {"n1": "n1"}, [None], {"a": {"b": {"c": [1, 2, {"d": 3}]}}}),
    "on",
)
_EXTREMES: dict[str, tuple[Any, ...]] = {
    "ns us ms s min": ("0 s", "1 ns", "999 ns", "1 s", "1000 s", "9223372036854775807 ns", "9223372036854775806 ns"),
    "bit/s kbit/s Mbit/s Gbit/s Tbit/s": ("1 bit/s", "7 bit/s", "1000 Tbit/s"),
    "B KiB MiB GiB": ("1 B", "16 KiB", "4095 B", "1 GiB", "64 GiB"),
    "IPS kIPS MIPS GIPS": ("1 IPS", "1 kIPS", "1000 GIPS"),
    "%": ("1 %", "100 %"),
}
"""By their units: the smallest and the largest that there can be, or nearly."""
_NUMBERS = (0, 1, 2, 3, 100, 250, 1000, 10_000, 100_000, 2**31 - 1, 2**63 - 1)
_SCRAPS = (
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "\t",
    "\x00",
    "\xff",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "|",
    '"',
    "'",
    "? ",
    "...",
    "---\n",
)


def hostile(seed: int) -> bytes:
    """Spoil a scenario that chance draws from `seed`."""
    draw = random.Random(seed)
    tree = drawn(draw.randrange(1 << 30))
    absurd = draw.random() < 0.5
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        tree = _spoilt(tree, draw) if absurd else _stretched(tree, draw)
    content = text_of(tree).encode("utf-8", "surrogatepass")
    if draw.random() < 0.3 * absurd:
        for _ in range(draw.choice((1, 1, 3, 20))):
            content = _damaged(content, draw)
    return content


def _spoilt(tree: Tree, draw: random.Random) -> Tree:
    """Put something into a place where it does not belong, or take something away."""
    spoilt = copy.deepcopy(tree)
    holder, key = draw.choice(list(_places(spoilt)))
    match draw.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        case 2 if isinstance(holder, dict):
            holder[draw.choice(("", "n9", "at", "when", "migrate", "x y", "1"))] = holder[key]
        case 3:
            other, its_key = draw.choice(list(_places(spoilt)))
            holder[key] = copy.deepcopy(other[its_key])
        case 4 if isinstance(holder, list):
            holder += [holder[key]] * draw.choice((1, 3, 300))
        case _:
            holder[key] = draw.choice(_ABSURD)
    return spoilt


def _stretched(tree: Tree, draw: random.Random) -> Tree:
    """Make a quantity or a number an extreme one of its kind, or a node another one: it may still be allowed."""
    stretched = copy.deepcopy(tree)
    nodes = list(tree["cluster"]["nodes"])
    holder, key = draw.choice([place for place in _places(stretched) if _extremes(place[0][place[1]], nodes)])
    holder[key] = draw.choice(_extremes(holder[key], nodes))
    return stretched


def _extremes(value: Any, nodes: list[str]) -> tuple[Any, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBERS
    if not isinstance(value, str):
        return ()
    unit = value.rpartition(" ")[2]
    return (
        tuple(nodes) if value in nodes else next((few for units, few in _EXTREMES.items() if unit in units.split()), ())
    )


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a tree: what it is in, and its key there."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield value, key
        yield from _places(child)


def _damaged(content: bytes, draw: random.Random) -> bytes:
    """Damage a text somewhere."""
    place, length = draw.randrange(len(content) + 1), draw.choice((1, 1, 5, 200))
    match draw.randrange(4):
        case 0:
            return content[:place] + content[place + length :]
        case 1:
            return content[:place] + draw.choice(_SCRAPS).encode("latin-1") + content[place:]
        case 2:
            return content[:place] + content[place : place + length] * draw.choice((2, 40)) + content[place:]
        case _:
            return content[:place] + draw.randbytes(length) + content[place + length :]
