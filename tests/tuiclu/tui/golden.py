"""The golden texts and pictures of the screen: `python -m tests.tuiclu.tui.golden` draws them anew. Read them before you believe them.

Texts at three sizes in both languages; the same without colours (`nocolor`), with marks for what is bold, reverse or dim; and a handful of
SVGs for the colours. Each has a line for each line of the screen, so that a comparison shows which one differs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.tuiclu.tui.frames import PICTURES, SIZES, every, svg_of_picture, text_of, text_without_colours
from tuiclu.tui.views import VIEWS

FOLDER = Path(__file__).with_name("golden")


def files() -> dict[str, Callable[[], str]]:
    """Return how each file is drawn, by its name."""
    found: dict[str, Callable[[], str]] = {}
    for view, size, lang in every():
        found[f"{view}-{size[0]}x{size[1]}-{lang}.txt"] = partial(text_of, view, size, lang)
    for view in VIEWS:
        for size in SIZES:
            found[f"{view}-{size[0]}x{size[1]}-nocolor.txt"] = partial(text_without_colours, view, size)
    for name in PICTURES:
        found[f"{name}.svg"] = partial(svg_of_picture, name)
    return found


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    drawn = files()
    for file in FOLDER.iterdir():
        if file.name not in drawn:
            file.unlink()
    for name, draw in drawn.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
