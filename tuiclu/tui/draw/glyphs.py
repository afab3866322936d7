"""The characters that the screen draws with, and what stands for each in ASCII."""

from __future__ import annotations

from tuiclu.model import screen

PAGES: dict[str, str] = {
    screen.UNTOUCHED: "·",
    screen.CLEAN: "■",
    screen.DIRTY: "◆",
    screen.FLYING: "»",
    screen.SENT: "□",
    screen.AGAIN: "◈",
    screen.REMOTE: "○",
    screen.FETCHED: "●",
    screen.ON_DISK: "▼",
    screen.GONE: "×",
}
"""A shape for each state of a page: they differ without colours."""

PAGE_STYLES: dict[str, str] = {
    screen.UNTOUCHED: "page.untouched",
    screen.CLEAN: "page.clean",
    screen.DIRTY: "page.dirty",
    screen.FLYING: "page.flying",
    screen.SENT: "page.sent",
    screen.AGAIN: "page.again",
    screen.REMOTE: "page.remote",
    screen.FETCHED: "page.fetched",
    screen.ON_DISK: "page.disk",
    screen.GONE: "page.gone",
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
LEVELS = " ▁▂▃▄▅▆▇█"

ASCII = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┻", "+"),
        **dict.fromkeys("─━═╌╺╸", "-"),
        **dict.fromkeys("│┃┊╹╻", "|"),
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
        "…": ".",
        "↓": "v",
        "▲": "^",
        "✓": "v",
        "‖": "=",
        **dict(zip("▁▂▃▄▅▆▇", ".:-=+*%", strict=True)),
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
