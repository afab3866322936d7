"""The texts for people and their catalogues: `python -m tests.tuiclu.catalogue` brings every `tuiclu/locale/*/tuiclu.po` up to date.

Texts that are new come into a catalogue without a translation, and the tests ask for it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import nodes
import tuiclu
from nodes.wire.machine import SAID
from tuiclu.texts import LANGUAGES, LOCALES, PROGRAM
from tuiclu.tui.draw.conversation import INITIATOR, KERNEL
from tuiclu.tui.draw.glyphs import NODES, STATES
from tuiclu.tui.draw.recorded import VERDICTS
from tuiclu.tui.keys import KEYS
from tuiclu.tui.numbers import IDEAS, NUMBERS, ORIGINS
from tuiclu.tui.views import VIEWS
from tuiclu.tui.words import TABLES

SOURCES = [Path(str(package.__file__)).parent for package in (tuiclu, nodes)]
WORDS = (
    *("event", "message", "quantum", "window", "go on", "going on"),
    *("completed", "refused", "aborted", "lost", "user", "os", "process", "eviction", "shutdown"),
    *("zero", "image", "disk", "remote"),
    *("yes", "no", "not now"),
    *("quiescent", "until", "stopped"),
)
"""Values of the cluster's own that are shown as words."""

Id = str | tuple[str, str]
"""Of a message: an English text, or the texts for one and for several."""
Key = tuple[str, Id]
"""The context of a text, and its id."""


def texts() -> list[Key]:
    """Return every text that people can be shown, in order."""
    tables: list[str] = [
        *(key.label for key in KEYS),
        *(key.help for key in KEYS),
        *(key.brief for key in KEYS if key.brief),
        *(text for view in VIEWS.values() for text in (view.title, view.seen, view.idea)),
        INITIATOR,
        KERNEL,
        *(text for one in NUMBERS.values() for text in (one.name, one.what, one.how)),
        *IDEAS.values(),
        *ORIGINS.values(),
        *(text for table in TABLES for text in table.values()),
        *(said for said, _ in VERDICTS.values()),
        *SAID,
    ]
    found: set[Key] = {("", text) for text in (*tables, *STATES, *NODES, *VIEWS, *WORDS)}
    for folder in SOURCES:
        for file in sorted(folder.rglob("*.py")):
            found.update(_marked(ast.parse(file.read_text(encoding="utf-8"))))
    return sorted(found - {("", "")}, key=lambda key: (key[0], str(key[1])))


def _marked(tree: ast.Module) -> Iterator[Key]:
    """Yield the texts that stand in calls: `t("...")` of the screen, and those of `nodes.wire.text`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
            match ast.unparse(node.func).split(".")[-2:], given:
                case (([*_, "t"] | ["Text"]), [str(text), *_]):
                    yield "", text
                case ["Text", "of"], [str(context), str(text), *_]:
                    yield context, text
                case ["Text", "counted"], [str(one), str(many), *_]:
                    yield "", (one, many)
                case ["Text", "forms"], [_, str(one), str(many)]:
                    yield "", (one, many)
                case _:
                    pass


def po_file(lang: str) -> Path:
    return LOCALES / lang / PROGRAM


def read(lang: str) -> Catalog:
    """Return a catalogue as it is."""
    with po_file(lang).open("rb") as stream:
        return read_po(stream, locale=lang)


def updated(lang: str) -> Catalog:
    """Return the catalogue with all texts that there are, and no others."""
    wanted = Catalog()
    for context, text in texts():
        wanted.add(text, context=context or None)
    catalogue = read(lang)
    catalogue.update(wanted, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def translations(catalogue: Catalog) -> dict[Key, tuple[str, ...]]:
    """Return what a catalogue says of each text: one translation, or one for each of the language's numbers."""
    found: dict[Key, tuple[str, ...]] = {}
    for message in catalogue:
        if message.id:
            said = message.string if isinstance(message.string, tuple | list) else (message.string,)
            text: Id = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            found[message.context or "", text] = tuple(one or "" for one in said)
    return found


def write(catalogue: Catalog, file: Path) -> None:
    with file.open("wb") as stream:
        write_po(stream, catalogue, width=120, sort_output=True)


def main() -> None:
    for lang in LANGUAGES[1:]:
        catalogue = updated(lang)
        write(catalogue, po_file(lang))
        missing = [str(key) for key, said in translations(catalogue).items() if not all(said)]
        print(f"{lang}: {len(catalogue)} texts, {len(missing)} without translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()
