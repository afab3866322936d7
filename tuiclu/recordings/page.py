"""A lesson as one page that needs nothing from elsewhere: player, captions, chapters, questions and transcript, in every language. Pure.

The pictures are in it as what changes from one to the next, compressed; the browser unpacks them (`DecompressionStream`).
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.recordings.film import Film, changed_rows
from tuiclu.texts import in_own_words, told
from tuiclu.tui.draw.paper import runs_of
from tuiclu.tui.styles import BACKGROUNDS, THEMES, style_of

TEMPLATE = "page.html"
WORDS: dict[str, Text] = {
    "play": Text("Play"),
    "pause": Text("Pause"),
    "back": Text("One picture back"),
    "forth": Text("One picture forth"),
    "position": Text("Position in the film"),
    "speed": Text("Speed"),
    "light": Text("Light or dark"),
    "language": Text("Language"),
    "chapters": Text("Chapters"),
    "transcript": Text("Transcript"),
    "captions": Text("Captions"),
    "screen": Text("The screen of the cluster"),
    "moment": Text("This moment"),
    "question": Text("A question"),
    "predict": Text("Your prediction"),
    "answer": Text("Answer"),
    "you": Text("You said"),
    "nothing": Text("nothing"),
    "right": Text("Was your prediction right?"),
    "yes": Text("Yes"),
    "no": Text("No"),
    "score": Text("Score"),
    "on": Text("Go on"),
    "old": Text("This browser cannot unpack the pictures; here is the transcript."),
}
"""What the page says of its own."""


def page(films: Mapping[str, Film], facts: Mapping[str, str], address: str) -> str:
    """Return the page: a film of the run in each language, what is known of it (version, seed, digest), and how its moments are called."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        what = Text("a page needs the extra `page`")
        raise InputError(what, None, Text("Install it: `pip install 'tuiclu[page]'`.")) from None
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("tuiclu.recordings").joinpath(TEMPLATE).read_text(encoding="utf-8"))
    first = next(iter(films))
    names = _class_names()
    content = {
        "address": address,
        "words": {lang: {name: told(word, lang) for name, word in WORDS.items()} for lang in films},
        "films": {lang: _content(film, lang, names) for lang, film in films.items()},
    }
    return template.render(
        lang=first,
        titles={lang: in_own_words(film.title, lang) for lang, film in films.items()},
        words=content["words"],
        films=films,
        lines={lang: [(line, in_own_words(line.text, lang)) for line in film.lines] for lang, film in films.items()},
        facts=facts,
        looks=_looks(names),
        data=_packed(content),
    )


def _content(film: Film, lang: str, names: Mapping[str, int]) -> dict[str, Any]:
    """Return a film as the player reads it."""
    pictures = [
        [
            round(picture.at_s, 3),
            picture.event,
            [[y, [[run.text, names[run.style]] for run in runs_of(*picture.rows[y])]] for y in changed],
        ]
        for picture, changed in changed_rows(film)
    ]
    return {
        "length": round(film.length_s, 3),
        "height": film.height,
        "pictures": pictures,
        "lines": [[round(line.at_s, 3), in_own_words(line.text, lang)] for line in film.lines],
        "chapters": [[round(one.at_s, 3), in_own_words(one.title, lang)] for one in film.chapters],
        "quizzes": [
            {
                "at": round(one.at_s, 3),
                "told": round(one.answered_s, 3),
                "question": in_own_words(one.question, lang),
                "answer": in_own_words(one.answer, lang),
                "choices": [in_own_words(choice, lang) for choice in one.choices],
            }
            for one in film.quizzes
        ],
    }


def _packed(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _class_names() -> dict[str, int]:
    """Return a number for each style: its class on the page is `s` and this."""
    return {name: number for number, name in enumerate(THEMES["dark"])}


def _looks(names: Mapping[str, int]) -> Sequence[str]:
    """Return the rules that say what each style looks like, in the dark and in the light."""
    rules = []
    for theme in ("dark", "light"):
        rules.append(f".{theme} #screen{{background:{BACKGROUNDS[theme]}}}")
        for name, number in names.items():
            style = style_of(theme, name)
            look = ""
            if style.color is not None:
                look += f"color:{style.color.get_truecolor().hex};"
            if style.bgcolor is not None and style.bgcolor.get_truecolor().hex != BACKGROUNDS[theme]:
                look += f"background:{style.bgcolor.get_truecolor().hex};"
            look += "font-weight:bold;" if style.bold else ""
            look += "font-style:italic;" if style.italic else ""
            look += "text-decoration:underline;" if style.underline else ""
            rules.append(f".{theme} .s{number}{{{look}}}")
    assert not any(re.search("[<>]", rule) for rule in rules)
    return rules
