"""The golden texts of the screen: `python -m tests.tuiclu.tui.golden` writes them anew. Read them before you believe them."""

from __future__ import annotations

from pathlib import Path

from tests.tuiclu.tui.frames import every, text_of

FOLDER = Path(__file__).with_name("golden")


def file_of(view: str, size: tuple[int, int], lang: str) -> Path:
    return FOLDER / f"{view}-{size[0]}x{size[1]}-{lang}.txt"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for view, size, lang in every():
        file_of(view, size, lang).write_text(text_of(view, size, lang), encoding="utf-8")


if __name__ == "__main__":
    main()
