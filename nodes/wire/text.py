"""A sentence for people as data: what it was made from, so that whoever shows it can tell it in the reader's language.

Where something goes wrong, in a node or in the parser, nobody knows who will read of it. So a message is made here, in English, of a
template and named values; `tuiclu.texts` has it in other languages, by catalogues whose ids are the templates. What programs read is the
English text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Text(str):
    """The English sentence, which remembers its template and its values. A value may be a text itself.

    `Text("there is no node `{name}`", name="n9")`: without values, a template is taken as it stands.
    """

    template: str
    values: dict[str, object]
    context: str
    """Tells apart what is one word in English and more than one in other languages."""
    plural: str
    """The template for several, where there is one."""
    counts: str
    """The value that decides between the two: how many there are of what is counted."""

    def __new__(cls, template: str, /, **values: object) -> Self:
        return cls.made(template, values)

    @classmethod
    def of(cls, context: str, template: str, /, **values: object) -> Self:
        """Return a text whose template means something else elsewhere."""
        return cls.made(template, values, context)

    @classmethod
    def counted(cls, one: str, many: str, /, count: int, **values: object) -> Self:
        """Return a text about one, or about several."""
        return cls.made(one, values | {"count": count}, "", many)

    @classmethod
    def forms(cls, counts: str, one: str, many: str, /) -> Self:
        """Return a template about one or about several, which is `filled` later; the value `counts` says which of them is meant."""
        return cls.made(one, {}, "", many, counts)

    @classmethod
    def made(
        cls, template: str, values: dict[str, object], context: str = "", plural: str = "", counts: str = "count"
    ) -> Self:
        """Return a text of all its parts."""
        chosen = template if not plural or values.get(counts, 1) == 1 else plural
        text = super().__new__(cls, chosen.format(**values) if values else chosen)
        text.template, text.values, text.context, text.plural, text.counts = template, values, context, plural, counts
        return text

    def filled(self, **values: object) -> Text:
        """Return the text with values for what its template names."""
        return Text.made(self.template, values, self.context, self.plural, self.counts)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).made, (self.template, self.values, self.context, self.plural, self.counts)


class Sentence(Text):
    """A clause as a sentence of its own: with a capital letter and a full stop, in whatever language it is told."""

    def __new__(cls, clause: Text, /) -> Self:
        return cls.made("{clause}.", {"clause": clause})

    @classmethod
    def made(
        cls, template: str, values: dict[str, object], context: str = "", plural: str = "", counts: str = "count"
    ) -> Self:
        text = super().made(template, values, context, plural, counts)
        capital = str.__new__(cls, capitalised(text))
        capital.__dict__ = text.__dict__
        return capital


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"


NOTHING = Text("")
"""Where there is nothing to say."""


def listed(parts: Iterable[str], between: str = ", ") -> Text:
    """Return texts one after the other."""
    found = {f"_{number}": part for number, part in enumerate(parts)}
    return Text(between.join(f"{{{name}}}" for name in found), **found)


def sentences(*parts: str) -> Text:
    """Return those sentences that say something, one after the other."""
    return listed((part for part in parts if part), " ")
