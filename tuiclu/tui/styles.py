"""The looks of the screen: what each style's name means in each theme.

Colours after Okabe and Ito, safe for those who see colours differently; and nowhere does a colour alone say anything.
"""

from __future__ import annotations

from functools import lru_cache

from rich.style import Style

DARK = {
    "": "#d6d6d6",
    "dim": "#8a8a8a",
    "title": "bold #f2f2f2",
    "frame": "#4f5b66",
    "chosen": "bold #56b4e9",
    "chosen.row": "bold #ffffff on #1f3a52",
    "header": "#d6d6d6 on #20303d",
    "header.name": "bold #101418 on #56b4e9",
    "header.time": "bold #f0e442 on #20303d",
    "header.good": "bold #3ecf9a on #20303d",
    "header.warn": "bold #e69f00 on #20303d",
    "tab": "#9aa4ad on #161c22",
    "tab.active": "bold #ffffff on #2c4a63",
    "footer": "#b8c0c8 on #20303d",
    "footer.key": "bold #f0e442 on #20303d",
    "running": "bold #3ecf9a",
    "ready": "#56b4e9",
    "blocked": "#8f98a3",
    "stopped": "#ff6b3d",
    "frozen": "bold #cc79a7",
    "guest": "#e69f00",
    "away": "#cc79a7",
    "accent": "#56b4e9",
    "good": "#3ecf9a",
    "warn": "bold #e69f00",
    "bad": "bold #ff6b3d",
    "say": "italic #f0e442",
    "output": "#9fd3c7",
    "load.low": "#3ecf9a",
    "load.some": "#e69f00",
    "load.high": "#ff6b3d",
    "memory": "#56b4e9",
    "spark": "#6f93b3",
    "wire": "#4f5b66",
    "wire.name": "bold #9aa4ad",
    "wire.busy": "#f0e442",
    "page.untouched": "#5c6670",
    "page.clean": "#3ecf9a",
    "page.dirty": "#e69f00",
    "page.flying": "bold #f0e442",
    "page.sent": "#56b4e9",
    "page.again": "#cc79a7",
    "page.remote": "#8f98a3",
    "page.fetched": "#9fd3c7",
    "page.disk": "#b08968",
    "page.gone": "#4f5b66",
    "ink.1": "#56b4e9",
    "ink.2": "#3ecf9a",
    "ink.3": "#e69f00",
    "ink.4": "#cc79a7",
    "ink.5": "#f0e442",
    "ink.6": "#ff6b3d",
}
LIGHT = {
    **DARK,
    "": "#1c2329",
    "dim": "#5d6770",
    "title": "bold #000000",
    "frame": "#a9b4be",
    "chosen": "bold #00568f",
    "chosen.row": "bold #000000 on #c8e0f2",
    "header": "#1c2329 on #d5e1ea",
    "header.name": "bold #ffffff on #00568f",
    "header.time": "bold #5b3f00 on #d5e1ea",
    "header.good": "bold #005c42 on #d5e1ea",
    "header.warn": "bold #8a4b00 on #d5e1ea",
    "tab": "#4d5760 on #edf1f4",
    "tab.active": "bold #ffffff on #00568f",
    "footer": "#333c44 on #d5e1ea",
    "footer.key": "bold #00568f on #d5e1ea",
    "running": "bold #00694b",
    "ready": "#00568f",
    "blocked": "#5d6770",
    "stopped": "#b03a00",
    "frozen": "bold #8f2f66",
    "guest": "#8a4b00",
    "away": "#8f2f66",
    "accent": "#00568f",
    "good": "#00694b",
    "warn": "bold #8a4b00",
    "bad": "bold #b03a00",
    "say": "italic #5b3f00",
    "output": "#2b5f55",
    "load.low": "#00694b",
    "load.some": "#8a4b00",
    "load.high": "#b03a00",
    "memory": "#00568f",
    "spark": "#4a7396",
    "wire": "#a9b4be",
    "wire.name": "bold #4d5760",
    "wire.busy": "#6f5600",
    "page.untouched": "#9aa5ae",
    "page.clean": "#00694b",
    "page.dirty": "#8a4b00",
    "page.flying": "bold #6f5600",
    "page.sent": "#00568f",
    "page.again": "#8f2f66",
    "page.remote": "#5d6770",
    "page.fetched": "#2b5f55",
    "page.disk": "#6d4c2f",
    "page.gone": "#a9b4be",
    "ink.1": "#00568f",
    "ink.2": "#00694b",
    "ink.3": "#8a4b00",
    "ink.4": "#8f2f66",
    "ink.5": "#6f5600",
    "ink.6": "#b03a00",
}
CONTRAST = {
    name: {
        "dim": "#ffffff",
        "frame": "#ffffff",
        "blocked": "#ffffff",
        "page.untouched": "#ffffff",
        "page.remote": "#ffffff",
        "page.gone": "#ffffff",
        "wire": "#ffffff",
        "spark": "#ffff00",
        "chosen": "bold reverse #ffff00",
        "chosen.row": "bold #000000 on #ffff00",
        "header": "bold #ffffff on #0000a0",
        "header.name": "bold #000000 on #ffff00",
        "header.time": "bold #ffff00 on #0000a0",
        "header.good": "bold #00ff90 on #0000a0",
        "header.warn": "bold #ffc040 on #0000a0",
        "tab": "#ffffff on #000000",
        "tab.active": "bold #000000 on #ffffff",
        "footer": "#ffffff on #0000a0",
        "footer.key": "bold #ffff00 on #0000a0",
    }.get(name, look.replace("#d6d6d6", "#ffffff"))
    for name, look in DARK.items()
}
SIXTEEN = {
    **dict.fromkeys(DARK, ""),
    "dim": "dim",
    "title": "bold",
    "frame": "dim",
    "chosen": "bold cyan",
    "chosen.row": "reverse",
    "header": "reverse",
    "header.name": "bold reverse",
    "header.time": "bold reverse",
    "header.good": "bold reverse",
    "header.warn": "bold reverse",
    "tab.active": "bold reverse",
    "footer": "reverse",
    "footer.key": "bold reverse",
    "running": "bold green",
    "ready": "cyan",
    "blocked": "dim",
    "stopped": "red",
    "frozen": "bold magenta",
    "guest": "yellow",
    "away": "magenta",
    "accent": "cyan",
    "good": "green",
    "warn": "bold yellow",
    "bad": "bold red",
    "say": "italic yellow",
    "output": "green",
    "load.low": "green",
    "load.some": "yellow",
    "load.high": "red",
    "memory": "cyan",
    "spark": "blue",
    "wire.busy": "yellow",
    "page.clean": "green",
    "page.dirty": "yellow",
    "page.flying": "bold yellow",
    "page.sent": "cyan",
    "page.again": "magenta",
    "page.fetched": "green",
    "page.disk": "yellow",
    "page.gone": "dim",
    "page.untouched": "dim",
    "ink.1": "cyan",
    "ink.2": "green",
    "ink.3": "yellow",
    "ink.4": "magenta",
    "ink.5": "bold cyan",
    "ink.6": "red",
}
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
MONO = {name: " ".join(word for word in look.split() if word not in _COLOURS) for name, look in SIXTEEN.items()}
"""Without any colour: for NO_COLOR."""

THEMES: dict[str, dict[str, str]] = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "16": SIXTEEN, "mono": MONO}
BACKGROUNDS = {"dark": "#10151a", "light": "#fbfcfd", "contrast": "#000000"}
"""Themes that are not here leave the terminal's own background."""


def goes_with(theme: str, other: str) -> bool:
    """Tell whether one theme can follow the other in a running screen: both set the background, or neither."""
    return (theme in BACKGROUNDS) == (other in BACKGROUNDS)


@lru_cache(512)
def style_of(theme: str, name: str) -> Style:
    """Return what a style's name means."""
    look = THEMES[theme][name]
    background = BACKGROUNDS.get(theme)
    style = Style.parse(look or "none")
    return Style(bgcolor=background) + style if background is not None else style
