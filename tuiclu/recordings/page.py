"""A lesson as one page that needs nothing from elsewhere: player, captions, chapters, questions and transcript, in every language. Pure.

The pictures are in it as what changes from one to the next, compressed; the browser unpacks them (`DecompressionStream`).
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.quiz.marks import Prediction, is_a_span, mark, wanted
from tuiclu.recordings.film import Film, Quiz, changed_rows
from tuiclu.texts import in_own_words, told
from tuiclu.tui.draw.paper import runs_of
from tuiclu.tui.styles import BACKGROUNDS, THEMES, style_of

if TYPE_CHECKING:
    from jinja2 import Template

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
    "was_right": Text("Your prediction was right."),
    "was_wrong": Text("Your prediction was wrong."),
    "on": Text("Go on"),
    "old": Text("This browser cannot unpack the pictures; here is the transcript."),
}
"""What the page says of its own."""


def template_of(name: str) -> Template:
    """Return a template of this package. Raises InputError where what fills it is not installed."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        what = Text("a page needs the extra `page`")
        raise InputError(what, None, Text("Install it: `pip install 'tuiclu[page]'`.")) from None
    environment = Environment(
        loader=PackageLoader("tuiclu", "recordings"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def page(films: Mapping[str, Film], facts: Mapping[str, str], address: str, *, reports: bool = False) -> str:
    """Return the page: a film of the run in each language, what is known of it (version, seed, digest), and how its moments are called.

    `reports`: it tells the learning management system that it runs in how the quiz went.
    """
    template = template_of(TEMPLATE)
    first = next(iter(films))
    names = class_names()
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
        looks=looks(names),
        reports=reports,
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
        "quizzes": [_quiz(one, film, lang) for one in film.quizzes],
    }


def _quiz(quiz: Quiz, film: Film, lang: str) -> dict[str, Any]:
    """Return a question as the player reads it, with what tells a right answer, if anything does."""
    asked, form = quiz.asked, wanted(quiz.asked) if quiz.asked.figure else None
    return {
        "at": round(quiz.at_s, 3),
        "told": round(quiz.answered_s, 3),
        "question": in_own_words(asked.question, lang),
        "answer": mark(Prediction(asked, ""), film.result, lang).answer,
        "choices": [in_own_words(choice, lang) for choice in asked.choices],
        "correct": asked.correct,
        "figure": [quiz.seen, asked.figure["within"], is_a_span(asked)] if asked.figure else None,
        "form": told(form, lang) if form is not None else "",
    }


def _packed(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def class_names() -> dict[str, int]:
    """Return a number for each style: its class on the page is `s` and this."""
    return {name: number for number, name in enumerate(THEMES["dark"])}


def looks(names: Mapping[str, int]) -> Sequence[str]:
    """Return the rules that say what each style looks like, in the dark and in the light."""
    rules = []
    for theme in ("dark", "light"):
        rules.append(f".{theme} #screen{{background:{BACKGROUNDS[theme]}}}")
        for name, number in names.items():
            style = style_of(theme, name)
            look = ""
            if style.color is not None:
                ground = style.bgcolor.get_truecolor().hex if style.bgcolor is not None else BACKGROUNDS[theme]
                look += f"color:{readable(style.color.get_truecolor().hex, ground)};"
            if style.bgcolor is not None and style.bgcolor.get_truecolor().hex != BACKGROUNDS[theme]:
                look += f"background:{style.bgcolor.get_truecolor().hex};"
            look += "font-weight:bold;" if style.bold else ""
            look += "font-style:italic;" if style.italic else ""
            look += "text-decoration:underline;" if style.underline else ""
            rules.append(f".{theme} .s{number}{{{look}}}")
    assert not any(re.search("[<>]", rule) for rule in rules)
    return rules


CONTRAST = 4.5
"""Of text against what is behind it, at least (WCAG 2, AA)."""


def readable(colour: str, ground: str) -> str:
    """Return a colour of text, as `#rrggbb`, that can be read on a ground: itself, or as much nearer to black or white as that takes."""
    away = (0, 0, 0) if _luminance(_parts(ground)) > _luminance((128, 128, 128)) else (255, 255, 255)
    for share in range(11):
        mixed = tuple(round(one + (other - one) * share / 10) for one, other in zip(_parts(colour), away, strict=True))
        lighter, darker = sorted((_luminance(mixed), _luminance(_parts(ground))), reverse=True)
        if (lighter + 0.05) / (darker + 0.05) >= CONTRAST:
            break
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: Sequence[int]) -> float:
    """Return how light a colour is, from 0 to 1, as WCAG has it."""
    linear = [one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
