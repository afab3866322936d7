"""Quantities with their units: `10 ms`, `10 Mbit/s`, `2 MiB`, `25 MIPS`, `50 %`.

Every quantity is a whole number of its base unit, read exactly: nothing is rounded, and what is not a whole number is
an error. It is an `int`, so it can be used wherever base units are wanted; it prints itself with the unit that suits it.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from tuiclu.errors import nearest

MAX_DIGITS = 30
"""A number with more digits is a slip of the hand, in any unit."""

_SHAPE = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d[\d_]*)(?:\.(?P<fraction>\d+))?(?P<gap>\s*)(?P<unit>\S.*)?", re.ASCII)


class QuantityError(ValueError):
    """A text is not the quantity that it should be; the two parts say what is wrong and what was meant."""

    def __init__(self, what: str, meant: str) -> None:
        super().__init__(what, meant)
        self.what = what
        self.meant = meant

    def __str__(self) -> str:
        return f"{self.what}; {self.meant}"


class Quantity(int):
    """Base of all quantities: a whole number of base units, at least `least` and at most `most`."""

    called: ClassVar[str]
    """With its article: `a duration`."""
    units: ClassVar[dict[str, int]]
    """Name of a unit, and how many base units it is; the smallest first."""
    printed: ClassVar[tuple[str, ...]]
    """The units in which it prints itself, the smallest first."""
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
        shape = _SHAPE.fullmatch(text.strip())
        if shape is None:
            raise QuantityError(
                f"`{_short(text)}` is not {cls.called}", f"write a number and its unit, such as `{cls.example}`"
            )
        number, factor, scale = cls._number(shape, text)
        if shape["sign"] == "-" and number:
            raise QuantityError(
                f"`{_short(text)}` is negative", f"{cls.called} is not; write one such as `{cls.example}`"
            )
        value, remainder = divmod(number * factor, scale)
        if remainder:
            base = next(iter(cls.units))
            raise QuantityError(f"`{_short(text)}` is not a whole number of {base}", "write it with fewer digits")
        cls._check_range(value, text)
        return cls(value)

    @classmethod
    def _number(cls, shape: re.Match[str], text: str) -> tuple[int, int, int]:
        """Return (digits, units, scale): the quantity is digits * units / scale."""
        whole, fraction = shape["whole"].replace("_", ""), shape["fraction"] or ""
        if len(whole) + len(fraction) > MAX_DIGITS:
            raise QuantityError(f"`{_short(text)}` has too many digits", f"write one such as `{cls.example}`")
        digits, scale = int(whole + fraction), 10 ** len(fraction)
        unit = shape["unit"] or cls.bare
        if unit is None and digits == 0:
            return 0, 1, 1
        if unit not in cls.units:
            raise cls._unknown_unit(shape, unit, text)
        return digits, cls.units[unit], scale

    @classmethod
    def _unknown_unit(cls, shape: re.Match[str], unit: str | None, text: str) -> QuantityError:
        number = shape["sign"] + shape["whole"] + ("." + shape["fraction"] if shape["fraction"] else "")
        listed = ", ".join(unit for unit in cls.units if unit.isascii())
        if unit is None:
            return QuantityError(
                f"`{_short(text)}` has no unit", f"write `{number} {cls.example.split()[-1]}`, or another of {listed}"
            )
        meant = cls._meant_unit(unit)
        if meant is None:
            return QuantityError(
                f"`{_short(text)}` is not {cls.called}", f"its units are {listed}: write one such as `{cls.example}`"
            )
        name, times = meant
        value = _times(shape["whole"].replace("_", ""), shape["fraction"] or "", times)
        return QuantityError(f"`{_short(text)}` is not {cls.called}", f"write `{value} {name}`")

    @classmethod
    def _meant_unit(cls, unit: str) -> tuple[str, int] | None:
        if unit in cls.slips:
            return cls.slips[unit]
        if unit.lower() in cls.slips:
            return cls.slips[unit.lower()]
        near = nearest(unit, cls.units)
        return None if near is None else (near, 1)

    @classmethod
    def _check_range(cls, value: int, text: str) -> None:
        if value < cls.least:
            raise QuantityError(f"`{_short(text)}` is too little", f"{cls.called} is at least `{cls(cls.least)}` here")
        if value > cls.most:
            raise QuantityError(f"`{_short(text)}` is too much", f"{cls.called} is at most `{cls(cls.most)}` here")

    def __str__(self) -> str:
        value = int(self)
        name = self.printed[0]
        for unit in self.printed:
            if value >= self.units[unit]:
                name = unit
        scale = self.units[name]
        return f"{_decimal(value, scale)} {name}"

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

    called = "a duration"
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

    def __str__(self) -> str:
        return super().__str__() if self else "0 s"


class Bandwidth(Quantity):
    """What a wire carries, in bits a second: `10 Mbit/s`, `1 Gbit/s`, `64 kbit/s`."""

    called = "a bandwidth"
    units: ClassVar = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "Tbit/s": 10**12}
    printed = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s")
    slips: ClassVar = {
        f"{prefix}{spelling}": (unit, bits)
        for prefix, unit in {
            "": "bit/s",
            "k": "kbit/s",
            "K": "kbit/s",
            "M": "Mbit/s",
            "m": "Mbit/s",
            "G": "Gbit/s",
            "g": "Gbit/s",
        }.items()
        for spelling, bits in {
            "b/s": 1,
            "bps": 1,
            "bit": 1,
            "bits": 1,
            "bits/s": 1,
            "B/s": 8,
            "Bps": 8,
            "byte/s": 8,
        }.items()
    }
    example = "10 Mbit/s"
    least = 1


class Size(Quantity):
    """An amount of memory, in bytes: `4 MiB`, `64 KiB`, `512 B`; `1 MB` is a million bytes."""

    called = "a size"
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

    called = "a speed"
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

    called = "a factor"
    units: ClassVar = {"%": 1, "x": 100}
    printed = ("%",)
    slips: ClassVar = dict.fromkeys(("percent", "per cent", "pct", "por ciento"), ("%", 1))
    bare = "x"
    example = "50 %"
    least = 1
    most = 100

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a factor; the `x` of `x0.5` may stand before the number, as people write it."""
        stripped = text.strip()
        times = stripped[:1] in ("x", "X", "\u00d7")
        try:
            return super().parse(f"{stripped[1:].strip()} x" if times else stripped)
        except QuantityError as error:
            what = error.what.partition("` ")[2]
            raise QuantityError(f"`{_short(stripped)}` {what}", error.meant) from None

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        number = r"[0-9]+(\.[0-9]+)?"
        pattern = rf"^\s*([0-9]+(\.[0-9]+)?\s*[%x]?|[xX\u00d7]\s*{number})\s*$"
        text = {"type": "string", "pattern": pattern, "examples": ["50 %", "x0.5"]}
        return {"description": cls.__doc__, "anyOf": [text, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}


class Pages(Quantity):
    """A number of pages of 4 KiB: `16 pages`, or just `16`."""

    called = "a number of pages"
    units: ClassVar = {"pages": 1, "page": 1}
    printed = ("pages",)
    slips: ClassVar = dict.fromkeys(("pag", "pags", "paginas", "páginas", "pg"), ("pages", 1))
    bare = "pages"
    example = "16 pages"
    least = 1
    most = 2**31


def _short(text: str) -> str:
    """Return `text` as it may stand in a message."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= 40 else f"{line[:37]}..."


def _times(whole: str, fraction: str, times: int) -> str:
    scale = 10 ** len(fraction)
    return _decimal(int(whole + fraction) * times, scale)


def _decimal(value: int, scale: int) -> str:
    """Print value / scale exactly, as a decimal number. `scale` has no prime factors but 2 and 5."""
    whole, rest = divmod(value, scale)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, scale)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)
