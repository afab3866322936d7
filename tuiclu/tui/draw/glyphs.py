"""The characters that the screen draws with, and what stands for each in ASCII."""

from __future__ import annotations

from tuiclu.model import frame as parts

PAGES: dict[str, str] = {
    parts.UNTOUCHED: "·",
    parts.CLEAN: "■",
    parts.DIRTY: "◆",
    parts.FLYING: "»",
    parts.SENT: "□",
    parts.AGAIN: "◈",
    parts.REMOTE: "○",
    parts.FETCHED: "●",
    parts.ON_DISK: "▼",
    parts.GONE: "×",
}
"""A shape for each state of a page: they differ without colours."""

PAGE_STYLES: dict[str, str] = {
    parts.UNTOUCHED: "page.untouched",
    parts.CLEAN: "page.clean",
    parts.DIRTY: "page.dirty",
    parts.FLYING: "page.flying",
    parts.SENT: "page.sent",
    parts.AGAIN: "page.again",
    parts.REMOTE: "page.remote",
    parts.FETCHED: "page.fetched",
    parts.ON_DISK: "page.disk",
    parts.GONE: "page.gone",
}

STATES: dict[str, str] = {
    "running": "▶",
    "ready": "○",
    "blocked": "◌",
    "stopped": "■",
    "frozen": "*",
    "exited": "·",
    "lost": "×",
    "new": "+",
}
"""Of a process."""

NODES: dict[str, str] = {"up": "●", "paused": "◐", "down": "×", "thrashing": "≈"}
"""Of a node."""
FILE = "≡"
"""A file that lies on a node's disk."""
WROTE = "‟"
"""Behind the name of a process that has written something just now."""
LEVELS = " ▁▂▃▄▅▆▇█"

ASCII = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┻", "+"),
        **dict.fromkeys("─━═╌╺╸", "-"),
        **dict.fromkeys("│┃┊╵╹╻", "|"),
        "╲": "\\",
        "╱": "/",
        "█": "#",
        "░": ".",
        "·": ".",
        "■": "#",
        "◆": "d",
        "»": ">",
        "«": "<",
        "□": "s",
        "◈": "r",
        "○": "o",
        "●": "@",
        "▼": "v",
        "×": "x",
        "▶": ">",
        "◀": "<",
        "◌": "b",
        "◐": "=",
        "≈": "~",
        "≡": "=",
        "→": ">",
        "←": "<",
        "…": "~",
        "↓": "v",
        "▲": "^",
        "✓": "v",
        "‖": "=",
        "‟": '"',
        **dict(zip("▁▂▃▄▅▆▇", ".:-=+*%", strict=True)),
        **dict.fromkeys(map(chr, range(0x2800, 0x2900)), "."),
        "¿": "?",
        "¡": "!",
    }
)


DIGITS: dict[str, tuple[str, str, str]] = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ┓ ", " ┃ ", " ┻ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ".": (" ", " ", "."),
}
"""Digits of three lines, to be read from the last row."""


def large(text: str) -> tuple[str, str, str]:
    """Return digits and points as three lines; what is neither stands in the last one."""
    parts = [DIGITS.get(one, (" ", " ", one)) for one in text]
    return " ".join(one[0] for one in parts), " ".join(one[1] for one in parts), " ".join(one[2] for one in parts)


def spark(values: tuple[int, ...], width: int) -> str:
    """Return the last `width` percentages as a line of columns."""
    shown = values[-width:]
    return "".join(LEVELS[min(8, (value * 8 + 50) // 100)] for value in shown).rjust(width)


def bar(part: float, width: int) -> str:
    """Return a bar of `width` cells, filled by a share of 0 to 1."""
    filled = max(0, min(width, round(part * width)))
    return "█" * filled + "░" * (width - filled)
