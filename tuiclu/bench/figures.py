"""A figure that was measured: values beside the machine's own limit, taken in turns, and what was wanted. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from nodes.wire.text import Text
from tuiclu.texts import told


class Wanted(msgspec.Struct, frozen=True):
    """What a figure should be on a machine with two processors."""

    of: Literal["value", "ratio"]
    bound: float
    at_least: bool
    """Otherwise: at most."""

    def holds(self, figure: float) -> bool:
        """Tell whether a figure is as wanted."""
        return figure >= self.bound if self.at_least else figure <= self.bound


class Figure(msgspec.Struct, frozen=True):
    """One figure: `values[i]` and `limits[i]` were taken one right after the other."""

    name: str
    unit: str
    """A base unit: s, B, instructions/s ..."""
    values: tuple[float, ...]
    limits: tuple[float, ...]
    limit: str
    """What the limit is."""
    wanted: Wanted | None = None

    @property
    def ratios(self) -> tuple[float, ...]:
        """Value over limit, turn by turn."""
        return tuple(value / limit for value, limit in zip(self.values, self.limits, strict=True))

    @property
    def reached(self) -> bool | None:
        """Whether the median is as wanted; None: nothing in particular is wanted."""
        if self.wanted is None:
            return None
        return self.wanted.holds(statistics.median(self.values if self.wanted.of == "value" else self.ratios))

    def as_json(self) -> dict[str, Any]:
        """Return it as the command's JSON output has it."""
        wanted = self.wanted
        return {
            "name": str(self.name),
            "unit": self.unit,
            "value": _spread(self.values),
            "limit": {"what": str(self.limit), **_spread(self.limits)},
            "ratio": _spread(self.ratios),
            "wanted": wanted and {"of": wanted.of, "at_least" if wanted.at_least else "at_most": wanted.bound},
            "reached": self.reached,
        }

    def as_line(self, lang: str) -> str:
        """Return its line of the table."""
        ratio, unit = _spread(self.ratios), told(_UNITS.get(self.unit, self.unit), lang)
        return _LINE.format(
            name=told(self.name, lang),
            value=_short(statistics.median(self.values), unit),
            limit=_short(statistics.median(self.limits), unit),
            ratio=f"{_digits(ratio['median'])} ({_digits(ratio['min'])} .. {_digits(ratio['max'])})",
            wanted=self._wanted_text(unit, lang),
            reached="" if self.reached is None else told(_REACHED[self.reached], lang),
        ).rstrip()

    def _wanted_text(self, unit: str, lang: str) -> str:
        wanted = self.wanted
        if wanted is None:
            return "-"
        sign = ">=" if wanted.at_least else "<="
        if wanted.of == "ratio":
            return f"{told(_HEADINGS['of'], lang)} {sign} {wanted.bound:g}"
        return f"{sign} {_short(wanted.bound, unit)}"


_LINE = "  {name:<18} {value:>24} {limit:>24}   {ratio:<24} {wanted:<20} {reached}"
_HEADINGS = {
    "value": Text("here"),
    "limit": Text("limit"),
    "ratio": Text("ratio (min .. max)"),
    "wanted": Text("wanted"),
    "reached": Text("reached"),
    "of": Text("ratio"),
}
_REACHED = {True: Text("yes"), False: Text("NO")}
_UNITS = {
    "instructions/s": Text("instructions/s"),
    "windows/s": Text("windows/s"),
    "virtual s/s": Text("virtual s/s"),
    "s/virtual s": Text("s/virtual s"),
    "messages/s": Text("messages/s"),
}


def heading(lang: str) -> str:
    """Return the line above a table of figures."""
    return _LINE.format(name="", **{name: told(text, lang) for name, text in _HEADINGS.items()})


def _spread(samples: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples)}


def _short(value: float, unit: str) -> str:
    """Return a value with three digits and its unit: `512 M instructions/s`, `150 us`."""
    if unit == "s" and 0 < abs(value) < 1:
        small, unit_of_small = (value * 1e6, "us") if abs(value) < 999.5e-6 else (value * 1e3, "ms")
        return f"{_digits(small)} {unit_of_small}"
    power = sum(abs(value) >= limit for limit in (999.5, 999.5e3, 999.5e6))
    prefix = ("", "k", "M", "G")[power]
    separator = " " if prefix and len(unit) > 1 else ""
    return f"{_digits(value / 1000**power)} {prefix}{separator}{unit}"


def _digits(value: float) -> str:
    """Return a number with three digits, and never an exponent."""
    size = abs(value)
    return f"{value:.{0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 3}f}"
