"""The footer: the keys that mean something here, as many and as fully as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.keys import Key
    from tuiclu.tui.look import Look


class Word(NamedTuple):
    """A key as the footer may show it. Texts are in the language of the screen."""

    action: str
    weight: int
    """Those with more are left out first."""
    full: tuple[str, str]
    """The key, and what it does; no word: it shares that of the next one."""
    short: tuple[str, str]
    """The same in as few cells as may be."""

    def width(self, *, short: bool) -> int:
        """Return how many cells it takes, the gap before it included."""
        key, what = self.short if short else self.full
        return 1 + len(key) + (1 + len(what) if what else 0)


def words_for(look: Look, keys: Iterable[Key], goes_on: bool) -> list[Word]:
    """Return the words for keys, in the look's language. `goes_on`: time stands still, and `space` lets it pass."""
    t = look.t
    words = []
    for key in keys:
        full, short = (t("space"), t("spc")) if key.action == "space" else (key.shown, key.shown)
        label = "" if key.joined else t(key.label)
        brief = label if key.brief is None else t(key.brief) if key.brief else ""
        if key.action == "space":  # as wide as either, so that nothing jumps
            wide = max(len(label), len(t("go on")))
            label = brief = (t("go on") if goes_on else label).ljust(wide)
        words.append(Word(key.action, key.weight, (full, label), (short, brief)))
    return words


def fitted(words: Sequence[Word], width: int) -> list[tuple[Word, bool]]:
    """Return the words that fit, in their order, and whether each is short: as many as may be, and then as fully as may be."""
    shown = list(words)
    while shown and sum(one.width(short=True) for one in shown) > width:
        shown.remove(max(reversed(shown), key=lambda one: one.weight))
    room = width - sum(one.width(short=True) for one in shown)
    short = dict.fromkeys((one.action for one in shown), True)
    for one in sorted(shown, key=lambda one: one.weight):
        more = one.width(short=False) - one.width(short=True)
        if more <= room:
            room -= more
            short[one.action] = False
    return [(one, short[one.action]) for one in shown]


def draw_footer(paper: Paper, words: Sequence[Word], y: int) -> None:
    """Draw the keys that fit; each can be clicked."""
    paper.put(0, y, " " * paper.width, "footer")
    found = fitted(words, paper.width)
    room = paper.width - sum(one.width(short=short) for one, short in found)
    labelled = [one for one, _ in found if one.full[1]]
    gap = 1 if len(labelled) <= room else 0
    x = 0
    for one, short in found:
        key, what = one.short if short else one.full
        start = x
        x = paper.put(x, y, f" {key}", "footer.key")
        if what:
            x = paper.put(x, y, f" {what}", "footer")
        if one.full[1]:
            x += gap
        paper.hit(start, y, x - start, f"key:{one.action}")
