"""One quantity varied in geometric steps, and where the best strategy changes on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec

from nodes.programs import CATALOGUE
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.experiments.experiment import Comparison, Question, check_argument, compare
from tuiclu.experiments.findings import AIMS, best
from tuiclu.language.quantities import Bandwidth, Duration, Quantity, QuantityError

MOST_STEPS = 25
DEFAULT_STEPS = 7
_SHAPE = re.compile(r"(?P<name>[A-Za-z_]+)=(?P<first>[^.:]+(?:\.\d[^.:]*)?)\.\.(?P<last>[^:]+)(?::(?P<steps>\d+))?")
_SETTINGS: dict[str, type[Quantity]] = {"bandwidth": Bandwidth, "latency": Duration}
"""What can be varied beside the program's arguments."""


class Sweep(msgspec.Struct, frozen=True):
    """What is varied, and the values that it takes, as they are written."""

    name: str
    values: tuple[str, ...]


class Crossover(msgspec.Struct, frozen=True):
    """Between two neighbouring values another strategy becomes the best at an aim."""

    aim: str
    below: str
    above: str
    before: list[str]
    after: list[str]


def parse_sweep(text: str, program: str) -> Sweep:
    """Read `pages=16..4096`, `bandwidth=1Mbit/s..1Gbit/s` or `hot=8..256:6` (six values). Raises InputError."""
    where = f"--sweep {text}"
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise InputError(
            Text("this is not a sweep"), where, Text("Write `pages=16..4096`, or `bandwidth=1Mbit/s..1Gbit/s:5`.")
        )
    name, kind = shape["name"], _SETTINGS.get(shape["name"])
    first, last = _value(shape["first"], kind, where), _value(shape["last"], kind, where)
    if kind is None:
        known = CATALOGUE.get(program)
        if known is None:
            what = Text(
                "only a bundled program has arguments by name; of others, the bandwidth and the latency can be varied"
            )
            raise InputError(what, where, Text("Write `bandwidth=1Mbit/s..1Gbit/s`."))
        check_argument(known, name, where)
    if not 0 < first < last:
        raise InputError(
            Text("a sweep goes from a value above 0 to a larger one"),
            where,
            Text("Write `{name}=16..4096`.", name=name),
        )
    steps = int(shape["steps"]) if shape["steps"] is not None else DEFAULT_STEPS
    if not 2 <= steps <= MOST_STEPS:
        raise InputError(Text("a sweep has from 2 to {most} values, not {steps}", most=MOST_STEPS, steps=steps), where)
    ratio = last / first
    numbers = dict.fromkeys(_rounded(first * ratio ** (step / (steps - 1)), first, last) for step in range(steps))
    return Sweep(name, tuple(str(number) if kind is None else str(kind(number)) for number in numbers))


def _value(text: str, kind: type[Quantity] | None, where: str) -> int:
    if kind is not None:
        try:
            return int(kind.parse(text))
        except QuantityError as error:
            raise InputError(error.what, where, error.meant) from None
    if not text.strip().isascii() or not text.strip().isdigit() or len(text.strip()) > 12:
        raise InputError(
            Text("`{text}` is not a whole number", text=text.strip()), where, Text("Write `pages=16..4096`.")
        )
    return int(text)


def _rounded(value: float, first: int, last: int) -> int:
    """Round to three digits, but never beyond the ends."""
    digits = max(0, len(str(int(value))) - 3)
    step: int = 10**digits
    return min(last, max(first, round(value / step) * step))


def at_value(question: Question, name: str, value: str) -> Question:
    """Return the question with one quantity set. Nothing is killed in a sweep."""
    if name == "bandwidth":
        return msgspec.structs.replace(question, bandwidth=value, kills=False)
    if name == "latency":
        return msgspec.structs.replace(question, latency=value, kills=False)
    if not isinstance(question.args, dict):
        raise InputError(
            Text("`{name}` can only be varied among arguments by name", name=name),
            "--args",
            Text("Write `pages=300 hot=8`."),
        )
    return msgspec.structs.replace(question, args=question.args | {name: value}, kills=False)


def run_sweep(
    question: Question, sweep: Sweep, tell: Callable[[str], object] = lambda _: None
) -> list[tuple[str, Comparison]]:
    """Compare at every value; return the values and what they gave, in order."""

    def one(value: str) -> tuple[str, Comparison]:
        return value, compare(
            at_value(question, sweep.name, value), lambda what: tell(f"{sweep.name} = {value}: {what}")
        )

    return [one(value) for value in sweep.values]


def crossovers(points: Sequence[tuple[str, Comparison]]) -> list[Crossover]:
    """Return where the best strategy changes, aim by aim."""
    found = []
    for aim in AIMS:
        winners = [(value, [row.strategy for row in best(comparison.rows, aim)]) for value, comparison in points]
        for (below, before), (above, after) in pairwise(winners):
            if before != after:
                found.append(Crossover(aim.name, below, above, before, after))
    return found
