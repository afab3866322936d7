"""A language that nobody speaks: a catalogue in which every letter is a foreign one, so that what is not translated is seen at once.

`python -m tests.tuiclu.pseudo FOLDER` writes the catalogues into FOLDER/xx; `python -m tests.tuiclu.pseudo --views` draws every view in it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog

from tests.tuiclu import catalogue
from tuiclu.bundled import demo_files
from tuiclu.scenario import schema
from tuiclu.scenario.parser import load_scenario
from tuiclu.texts import DEMOS, PROGRAM

LANG = "xx"
_LETTERS = {letter: chr(0x430 + index) for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_FOREIGN = str.maketrans(_LETTERS | {letter.upper(): other.upper() for letter, other in _LETTERS.items()})
_KEPT = re.compile(r"(\{[a-z_]\w*[^}]*\}|`[^`]*`)")
"""Values, and what is typed, stay as they are."""


def foreign(text: str) -> str:
    """Return a text in the language."""
    return "".join(part if index % 2 else part.translate(_FOREIGN) for index, part in enumerate(_KEPT.split(text)))


def write(folder: Path) -> None:
    """Write the catalogues."""
    program, demos = Catalog(locale="en"), Catalog(locale="en")
    for context, text in catalogue.texts():
        said = foreign(text) if isinstance(text, str) else tuple(map(foreign, text))
        program.add(text, said, context=context or None)
    for text in scenario_texts():
        demos.add(text, foreign(text))
    place = folder / LANG
    place.mkdir(parents=True, exist_ok=True)
    catalogue.write(program, place / PROGRAM)
    catalogue.write(demos, place / DEMOS)


def scenario_texts() -> list[str]:
    """Return everything that the demos say, in English."""
    found: dict[str, None] = {}
    for file in demo_files().values():
        scenario = load_scenario(file).file
        said = [scenario.title, scenario.about, *(step.say for step in scenario.script)]
        for ask in (step.ask for step in scenario.script if step.ask is not None):
            said += [ask.question, ask.answer, *ask.choices]
        found |= dict.fromkeys(schema.in_every_language(one)["en"] for one in said if one)
    return [one for one in found if one]


def views() -> str:
    """Return what the screen shows of the demo first-steps, view by view, and its help."""
    from tests.tuiclu.tui.frames import frame_of, text_of
    from tuiclu.tui.help import help_text
    from tuiclu.tui.keys import keys_of
    from tuiclu.tui.views import VIEWS

    look = frame_of("first-steps", 300_000_000, "n1", "n1.2")[1]
    shown: list[str] = []
    for view in VIEWS:
        look.view, look.lang = view, LANG
        shown += [text_of(view, (120, 40), LANG), *help_text(look, keys_of(view))]
    return "\n".join(shown)


if __name__ == "__main__":
    if sys.argv[1:] == ["--views"]:
        sys.stdout.write(views())
    else:
        write(Path(sys.argv[1]))
