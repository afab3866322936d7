"""The screen's texts and their catalogues: `python -m tests.tuiclu.tui.catalogue` brings them up to date.

Texts that are new come into the catalogue without a translation, and the tests ask for it.
"""

from __future__ import annotations

import ast
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import tuiclu.tui
from tuiclu.tui.draw.conversation import INITIATOR, KERNEL
from tuiclu.tui.draw.glyphs import NODES, STATES
from tuiclu.tui.help import IDEAS, SEEN
from tuiclu.tui.keys import KEYS
from tuiclu.tui.look import VIEWS
from tuiclu.tui.numbers import IDEAS as NUMBER_IDEAS
from tuiclu.tui.numbers import NUMBERS, ORIGINS
from tuiclu.tui.texts import DOMAIN, LOCALES
from tuiclu.tui.words import TABLES

SOURCES = Path(tuiclu.tui.__file__).parent
WORDS = (
    *("event", "message", "quantum", "window", "go on", "going on"),
    *("completed", "refused", "aborted", "lost", "user", "os", "process", "eviction", "shutdown"),
    *("zero", "image", "disk", "remote"),
    *("yes", "no", "not now"),
    *("quiescent", "until", "stopped"),
)
"""Values of the cluster's own that are shown as words."""


def texts() -> list[str]:
    """Return every text that the screen can show, in order."""
    found: dict[str, None] = {}
    for file in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_translation(node.func) and isinstance(node.args[0], ast.Constant):
                found[str(node.args[0].value)] = None
    tables = [
        *(key.label for key in KEYS),
        *(key.help for key in KEYS),
        *(key.brief for key in KEYS if key.brief),
        *SEEN.values(),
        *IDEAS.values(),
        INITIATOR,
        KERNEL,
        *(text for one in NUMBERS.values() for text in (one.name, one.what, one.how)),
        *NUMBER_IDEAS.values(),
        *ORIGINS.values(),
        *(text for table in TABLES for text in table.values()),
    ]
    found.update(dict.fromkeys([*tables, *STATES, *NODES, *VIEWS, *WORDS]))
    return sorted(found)


def _is_translation(function: ast.expr) -> bool:
    name = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    return name == "t"


def po_file(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(lang: str) -> Catalog:
    """Return a catalogue as it is."""
    file = po_file(lang)
    if not file.exists():
        return Catalog(locale=lang)
    with file.open("rb") as stream:
        return read_po(stream, locale=lang)


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    stream = BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def updated(lang: str, known: dict[str, str] | None = None) -> Catalog:
    """Return the catalogue with all texts that there are, and no others."""
    old = read(lang)
    fresh = Catalog(
        locale=lang, project="tuiclu", creation_date=old.creation_date, header_comment="# Texts of tuiclu's screen."
    )
    fresh.revision_date = old.creation_date
    for text in texts():
        message = old.get(text)
        fresh.add(text, (known or {}).get(text) or (message.string if message is not None else ""))
    return fresh


def main(known: dict[str, str] | None = None) -> None:
    for lang in ("es",):
        catalogue = updated(lang, known)
        file = po_file(lang)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            write_po(stream, catalogue, width=120, omit_header=False)
        file.with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = [str(message.id) for message in catalogue if message.id and not message.string]
        print(f"{lang}: {len(catalogue)} texts, {len(missing)} without translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()
