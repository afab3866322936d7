"""The help of each view: what is seen, which idea of the chapter it shows, what the signs mean, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.glyphs import FILE, NODES, PAGES, STATES, WROTE
from tuiclu.tui.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiclu.tui.keys import Key
    from tuiclu.tui.look import Look


def help_text(look: Look, keys: Sequence[Key]) -> tuple[str, str]:
    """Return the title and the text of the help for the view that is looked at."""
    t, view = look.t, VIEWS[look.view]
    signs = [*(f"{sign} {t(state)}" for state, sign in STATES.items()), f"{WROTE} {t('has just written')}"]
    nodes = [f"{sign} {t(state)}" for state, sign in NODES.items()]
    names = (
        t("untouched"),
        t("clean"),
        t("dirty"),
        t("in flight"),
        t("sent"),
        t("sent again"),
        t("remote"),
        t("fetched"),
        t("on disk"),
        t("gone"),
    )
    pages = [f"{sign} {name}" for sign, name in zip(PAGES.values(), names, strict=True)]
    listed = [f"  {key.shown:<6} {t(key.help)}" for key in keys]
    parts = [
        t(view.seen),
        t("The idea: ") + t(view.idea),
        t("Nodes: ") + "   ".join(nodes) + f"   {FILE} {t('a file on its disk')}",
        t("Processes: ") + "   ".join(signs),
        t("Pages: ") + "   ".join(pages),
        t("Keys (1 to {last}: views; arrows: select; ctrl+p: all commands):").format(last=len(VIEWS))
        + "\n"
        + "\n".join(listed),
        t(
            "Typed after `:` are the verbs of a script, `migrate P n3 precopy`, `crash n2`, `set load-sharing symmetric`, `say Look!`, and: go, hold, speed 2, step event, until 5 s, save FILE, view log, lang es, theme light, quit. Of several lines that are pasted there, each is an order, in their order."
        ),
        t(
            "While this help, a menu, a question or the line for commands is open, virtual time stands still. No event depends on that: the run and its digest stay the same."
        ),
    ]
    return t("What is seen here"), "\n\n".join(parts)
