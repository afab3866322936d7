"""The help of each view: what is seen, which idea of the chapter it shows, what the signs mean, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiclu.tui.draw.glyphs import FILE, NODES, PAGES, STATES, WROTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiclu.tui.keys import Key
    from tuiclu.tui.look import Look

SEEN: dict[str, str] = {
    "cluster": (
        "Each card is a workstation: a real process of this machine, with a kernel of its own. The bar is the load of its CPU, the columns are the last "
        "four seconds; then who runs, who is ready and who waits; its page frames; guests and where they come from; files on its disk; and what it costs "
        "this machine. A node that thrashes says so: its CPU idles, and pages go out and come back. "
        "Below are the wire, the processes on the move, and what happens, in sentences."
    ),
    "node": (
        "The process table of one node, the process control block of the selected process (shift and the arrows scroll it), who had the CPU when, "
        "who owns the page frames, and what is on the disk: files, and pages that had to leave. [ and ] change the stretch of time."
    ),
    "migration": (
        "One migration: its phases to scale, its rounds, and the pages of the process at the source and at the destination, a cell a page. "
        "Up and down open another one."
    ),
    "conversation": (
        "The messages by which two Initiators decide on a migration, numbered as in Fig. 14.2, with every refusal and its reason; "
        "the decisions with the numbers that were compared; what a node believes of the others, beside the truth."
    ),
    "messages": (
        "Space and time: a line for each node, time from left to right, an arrow for each message. Messages that wait at a cut or are lost look different. "
        "[ and ] change the stretch of time, / filters."
    ),
    "processes": (
        "The processes of all nodes in one table, those that live first. / finds some of them by a part of their name, pid or program, or by their node, "
        "also those that ended long ago; s sorts by the next column, S turns the order round, a click on a heading does either; return opens the one that is selected."
    ),
    "log": (
        "Everything that happened: in sentences, as events, and what the programs wrote; and the human log of the nodes, which is of the real world "
        "and in no event. / filters, tab changes the kind."
    ),
}
IDEAS: dict[str, str] = {
    "cluster": (
        "Process migration: enough of the state of a process moves to another machine for it to go on there. Why? To share load, to be near what it talks to, "
        "to leave a machine that will fail, to use what only one machine has."
    ),
    "node": "What migrates: the process is destroyed at the source and created at the destination; its control block moves, and its links with it.",
    "migration": (
        "How much of the address space moves, and when: eager (all), precopy, eager (dirty), copy on reference, flushing. "
        "Watch for how long the process stands still, how much is sent twice, and what still depends on the source."
    ),
    "conversation": "Negotiation: source and destination decide together. A machine may refuse, and its owner may have it back at any time (eviction).",
    "messages": "No global clock, no shared memory: whatever a node knows of another came by such an arrow, and tells of the past.",
    "processes": "A process keeps its pid for life, wherever it runs: the name does not say the place. Its home is where it was born.",
    "log": "The same scenario and seed give the same events, to the byte: what you see can be repeated and asked about.",
}


def help_text(look: Look, keys: Sequence[Key]) -> tuple[str, str]:
    """Return the title and the text of the help for the view that is looked at."""
    t = look.t
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
        t(SEEN[look.view]),
        t("The idea: ") + t(IDEAS[look.view]),
        t("Nodes: ") + "   ".join(nodes) + f"   {FILE} {t('a file on its disk')}",
        t("Processes: ") + "   ".join(signs),
        t("Pages: ") + "   ".join(pages),
        t("Keys (1 to 7: views; arrows: select; ctrl+p: all commands):") + "\n" + "\n".join(listed),
        t(
            "Typed after `:` are the verbs of a script, `migrate P n3 precopy`, `crash n2`, `set load-sharing symmetric`, `say Look!`, and: go, hold, speed 2, step event, until 5 s, save FILE, view log, lang es, theme light, quit. Of several lines that are pasted there, each is an order, in their order."
        ),
        t(
            "While this help, a menu, a question or the line for commands is open, virtual time stands still. No event depends on that: the run and its digest stay the same."
        ),
    ]
    return t("What is seen here"), "\n\n".join(parts)
