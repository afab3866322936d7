"""Quantities with their units: `10 ms`, `10 Mbit/s`, `2 MiB`, `25 MIPS`, `50 %`.

Every quantity is a whole number of its base unit, read exactly: nothing is rounded, and what is not a whole number is
an error. It is an `int`, to be used wherever base units are wanted; it prints itself with the unit that suits it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, ClassVar, Self

from nodes.wire.parameters import NEVER_NS
from nodes.wire.text import Text
from tuiclu.errors import nearest

MAX_DIGITS = 30
"""A number with more digits is a slip of the hand, in any unit."""

SHOWN = 40
"""How many characters of a text are quoted in a message."""

_SHAPE = re.compile(r"(?P<number>[+-]?\d[\d_]*(?:\.\d+)?)\s*(?P<unit>\S.*)?", re.ASCII)


class QuantityError(ValueError):
    """A text is not the quantity that it should be; the two parts say what is wrong and what was meant."""

    def __init__(self, what: Text, meant: Text) -> None:
        super().__init__(what, meant)
        self.what = what
        self.meant = meant

    def __str__(self) -> str:
        return f"{self.what}; {self.meant}"


class Quantity(int):
    """Base of all quantities: a whole number of base units, at least `least` and at most `most`."""

    called: ClassVar[Text]
    """With its article: `a duration`."""
    base: ClassVar[Text]
    """The base unit, in the plural."""
    units: ClassVar[dict[str, int]]
    """Name of a unit, and how many base units it is; the smallest first."""
    printed: ClassVar[tuple[str, ...]]
    """The units in which it prints itself, the smallest first."""
    single: ClassVar[dict[str, str]] = {}
    """What a unit is called where there is one of it, if not the same."""
    slips: ClassVar[dict[str, tuple[str, int]]] = {}
    """What people write instead (in lower case), the unit that they mean, and by how much it has to be multiplied."""
    bare: ClassVar[str | None] = None
    """The unit of a number without one; None: it needs its unit, unless it is 0."""
    example: ClassVar[str]
    least: ClassVar[int] = 0
    most: ClassVar[int] = 2**63 - 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a quantity; raise QuantityError if `text` is none."""
        shape = _SHAPE.fullmatch(cls._in_order(text.strip()))
        if shape is None:
            raise cls._error(
                text,
                Text("is not {called}", called=cls.called),
                Text("write a number and its unit, such as `{example}`", example=cls.example),
            )
        digits = shape["number"].replace("_", "")
        if len(digits) > MAX_DIGITS:
            raise cls._error(
                text, Text("has too many digits"), Text("write one such as `{example}`", example=cls.example)
            )
        number = Fraction(digits)
        if number < 0:
            raise cls._error(
                text,
                Text("is negative"),
                Text("{called} is not: write one such as `{example}`", called=cls.called, example=cls.example),
            )
        value = number * cls._scale(shape["unit"], number, text)
        if value.denominator != 1:
            raise cls._error(
                text, Text("is not a whole number of {base}", base=cls.base), Text("write it with fewer digits")
            )
        return cls._checked(int(value), text)

    @classmethod
    def _in_order(cls, text: str) -> str:
        """Return `text` with the number before the unit."""
        return text

    @classmethod
    def _scale(cls, unit: str | None, number: Fraction, text: str) -> int:
        """Return how many base units a unit is; raise QuantityError with what was meant if there is no such unit."""
        if unit is None and (cls.bare or number == 0):
            return cls.units[cls.bare or cls.printed[0]]
        if unit in cls.units:
            return cls.units[unit]
        listed = ", ".join(name for name in cls.units if name.isascii())
        if unit is None:
            usual = cls.example.split()[-1]
            raise cls._error(
                text,
                Text("has no unit"),
                Text(
                    "write `{number} {usual}`, or another of {listed}",
                    number=_decimal(number),
                    usual=usual,
                    listed=listed,
                ),
            )
        meant, times = cls.slips.get(unit) or cls.slips.get(unit.lower()) or (nearest(unit, cls.units), 1)
        if meant is None:
            raise cls._error(
                text,
                Text("is not {called}", called=cls.called),
                Text("its units are {listed}: write one such as `{example}`", listed=listed, example=cls.example),
            )
        raise cls._error(
            text,
            Text("is not {called}", called=cls.called),
            Text("write `{number} {meant}`", number=_decimal(number * times), meant=meant),
        )

    @classmethod
    def _checked(cls, value: int, text: str) -> Self:
        if value < cls.least:
            raise cls._error(
                text,
                Text("is too little"),
                Text("{called} is at least `{least}`", called=cls.called, least=cls(cls.least)),
            )
        if value > cls.most:
            raise cls._error(
                text, Text("is too much"), Text("{called} is at most `{most}`", called=cls.called, most=cls(cls.most))
            )
        return cls(value)

    @classmethod
    def _error(cls, text: str, what: Text, meant: Text) -> QuantityError:
        line = "".join(character if character.isprintable() else "?" for character in text)
        shown = line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."
        return QuantityError(Text.made("`{shown}` {what}", {"shown": shown, "what": what}), meant)

    def __str__(self) -> str:
        value = int(self)
        fitting = [unit for unit in self.printed if value >= self.units[unit]]
        unit = fitting[-1] if fitting else self.printed[0]
        return f"{_decimal(Fraction(value, self.units[unit]))} {self.single.get(unit, unit) if value == self.units[unit] else unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return what the published schema says about it."""
        units = "|".join(re.escape(unit) for unit in cls.units)
        number = r"[0-9][0-9_]*(\.[0-9]+)?"
        pattern = rf"^\s*[+]?{number}\s*({units}){'?' if cls.bare else ''}\s*$"
        text = {"type": "string", "pattern": pattern, "examples": [cls.example]}
        bare: dict[str, Any] = {"type": "number", "minimum": 0} if cls.bare else {"const": 0}
        return {"description": cls.__doc__, "anyOf": [text, bare]}


class Duration(Quantity):
    """A span of virtual time, in nanoseconds: `10 ms`, `1.5 s`, `200 us`, `2 min`, `0`."""

    called = Text("a duration")
    base = Text("nanoseconds")
    units: ClassVar = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}
    printed = ("ns", "us", "ms", "s")
    slips: ClassVar = {
        **dict.fromkeys(("sec", "secs", "second", "seconds", "segundo", "segundos"), ("s", 1)),
        **dict.fromkeys(("msec", "msecs", "millisecond", "milliseconds", "millis", "milisegundos"), ("ms", 1)),
        **dict.fromkeys(("usec", "usecs", "microsecond", "microseconds", "micros", "microsegundos"), ("us", 1)),
        **dict.fromkeys(("nsec", "nsecs", "nanosecond", "nanoseconds", "nanos", "nanosegundos"), ("ns", 1)),
        **dict.fromkeys(("m", "mins", "minute", "minutes", "minuto", "minutos"), ("min", 1)),
        **dict.fromkeys(("h", "hour", "hours", "hora", "horas"), ("min", 60)),
    }
    example = "10 ms"
    most = NEVER_NS

    def __str__(self) -> str:
        return super().__str__() if self else "0 s"


class Bandwidth(Quantity):
    """What a wire carries, in bits a second: `10 Mbit/s`, `1 Gbit/s`, `64 kbit/s`."""

    called = Text("a bandwidth")
    base = Text("bits a second")
    units: ClassVar = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "Tbit/s": 10**12}
    printed = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s")
    slips: ClassVar = {
        prefix + spelling: (unit, bits)
        for unit, prefixes in (("bit/s", ("",)), ("kbit/s", "kK"), ("Mbit/s", "mM"), ("Gbit/s", "gG"))
        for prefix in prefixes
        for bits, spellings in ((1, ("b/s", "bps", "bit", "bits", "bits/s")), (8, ("B/s", "Bps", "byte/s")))
        for spelling in spellings
    }
    example = "10 Mbit/s"
    least = 1


class Size(Quantity):
    """An amount of memory, in bytes: `4 MiB`, `64 KiB`, `512 B`; `1 MB` is a million bytes."""

    called = Text("a size")
    base = Text("bytes")
    units: ClassVar = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
    printed = ("B", "KiB", "MiB", "GiB")
    slips: ClassVar = {
        **dict.fromkeys(("byte", "bytes", "octetos"), ("B", 1)),
        **dict.fromkeys(("k", "kb", "kib", "ki", "kbyte", "kbytes"), ("KiB", 1)),
        **dict.fromkeys(("m", "mb", "mib", "mi", "mbyte", "mbytes", "megabytes"), ("MiB", 1)),
        **dict.fromkeys(("g", "gb", "gib", "gi", "gbyte", "gbytes", "gigabytes"), ("GiB", 1)),
    }
    example = "4 MiB"

    def __str__(self) -> str:
        """Print the largest unit of which it is a whole number: 1.5 MiB is `1536 KiB`, a million bytes is `1 MB`."""
        value = int(self)
        whole = [unit for unit, scale in self.units.items() if value >= scale and value % scale == 0]
        name = whole[-1] if whole else "B"
        return f"{value // self.units[name]} {name}"


class Speed(Quantity):
    """What a CPU does, in instructions a second: `25 MIPS`, `1.5 GIPS`; a number alone is in MIPS."""

    called = Text("a speed")
    base = Text("instructions a second")
    units: ClassVar = {"IPS": 1, "kIPS": 10**3, "MIPS": 10**6, "GIPS": 10**9}
    printed = ("IPS", "kIPS", "MIPS", "GIPS")
    slips: ClassVar = {
        **dict.fromkeys(("hz", "khz"), ("kIPS", 1)),
        **dict.fromkeys(("mhz", "mflops", "mip"), ("MIPS", 1)),
        **dict.fromkeys(("ghz", "gip"), ("GIPS", 1)),
    }
    bare = "MIPS"
    example = "25 MIPS"
    least = 1
    most = 10**12


class Factor(Quantity):
    """A share of the full speed, in whole percent from 1 to 100: `50 %`, `x0.5`, `0.5`."""

    called = Text("a factor")
    base = Text("percent")
    units: ClassVar = {"%": 1, "x": 100}
    printed = ("%",)
    slips: ClassVar = dict.fromkeys(("percent", "per cent", "pct", "por ciento"), ("%", 1))
    bare = "x"
    example = "50 %"
    least = 1
    most = 100

    @classmethod
    def _in_order(cls, text: str) -> str:
        """Turn `x0.5`, as people write it, into `0.5 x`."""
        return f"{text[1:].strip()} x" if text[:1] in ("x", "X", "\u00d7") and text[1:] else text

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        number = r"[0-9]+(\.[0-9]+)?"
        pattern = rf"^\s*([0-9]+(\.[0-9]+)?\s*[%x]?|[xX\u00d7]\s*{number})\s*$"
        text = {"type": "string", "pattern": pattern, "examples": ["50 %", "x0.5"]}
        return {"description": cls.__doc__, "anyOf": [text, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}


class Pages(Quantity):
    """A number of pages of 4 KiB: `16 pages`, or just `16`."""

    called = Text("a number of pages")
    base = Text("pages")
    units: ClassVar = {"pages": 1, "page": 1}
    printed = ("pages",)
    single: ClassVar = {"pages": "page"}
    slips: ClassVar = dict.fromkeys(("pag", "pags", "paginas", "páginas", "pg"), ("pages", 1))
    bare = "pages"
    example = "16 pages"
    least = 1
    most = 2**31


class Load(Quantity):
    """A load: so many processes that want a CPU of 10 MIPS: `1.5 processes`, or just `1.5`."""

    called = Text("a load")
    base = Text("thousandths of a process")
    units: ClassVar = {"processes": 1000, "process": 1000}
    printed = ("processes",)
    single: ClassVar = {"processes": "process"}
    slips: ClassVar = dict.fromkeys(("proceso", "procesos", "proc", "procs"), ("processes", 1))
    bare = "processes"
    example = "1.5 processes"
    most = 10**6


def _decimal(number: Fraction) -> str:
    """Print a number exactly. Its denominator has no prime factors but 2 and 5."""
    whole, rest = divmod(number, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)


def plain(value: Any) -> Any:
    """Return a quantity as a plain number of base units; anything else as it is."""
    return int(value) if isinstance(value, Quantity) else value
