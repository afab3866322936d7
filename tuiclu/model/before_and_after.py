"""Fig. 14.1 of the lecture: a process and its links before and after a migration, machine S beside machine D. Pure.

Of the control block it has what the event stream tells; registers and open files are on the screen, where the node itself is asked.
"""

from __future__ import annotations

from nodes.wire.ids import NodeName, home_of
from nodes.wire.text import Text
from tuiclu.columns import table
from tuiclu.model.cluster import ClusterView
from tuiclu.model.control_blocks import ControlBlock
from tuiclu.model.migrations import MigrationView
from tuiclu.texts import told

_TITLE = Text("{process} moves from {source} (S) to {destination} (D)")
_BEFORE = Text("before")
_AFTER = Text("after")
_HERE = Text("control block on")
_LINK = Text("link {link} to {peer}")
_WITHIN = Text("within {node}")
_BETWEEN = Text("{node} to {other}")
_PROCESSES = Text("processes of {node}")
_NOBODY = Text("nobody")
_ROWS = (Text("pid"), Text("home"), Text("instructions"), Text("time on a CPU"), Text("page faults"))


def before_and_after(view: ClusterView, lang: str) -> list[str]:
    """Return, for every migration that was completed, a table of what it has changed and what it has not."""
    lines: list[str] = []
    for one in view.migrations.values():
        if one.before is not None and one.after is not None:
            lines += [*([""] if lines else []), *_of(one, one.before, one.after, lang)]
    return lines


def _of(move: MigrationView, before: ControlBlock, after: ControlBlock, lang: str) -> list[str]:
    blocks = before, after
    title = _TITLE.filled(process=move.process, source=move.source, destination=move.destination)
    rows: list[tuple[str, ...]] = [
        ("", told(_BEFORE, lang), told(_AFTER, lang)),
        (told(_HERE, lang), *(one.node for one in blocks)),
    ]
    columns = [
        (move.pid, home_of(move.pid), str(one.instructions), f"{one.cpu_ns / 1e9:.6f} s", str(one.faults))
        for one in blocks
    ]
    rows += [(told(label, lang), *cells) for label, *cells in zip(_ROWS, *columns, strict=True)]
    after_links = {name: other for name, *other in after.links}
    for name, peer, node in before.links:
        now = after_links.get(name)
        rows.append(
            (
                told(_LINK.filled(link=name, peer=peer), lang),
                _way(before.node, node, lang),
                "-" if now is None else _way(after.node, now[1], lang),
            )
        )
    for (machine, were), (_, are) in zip(before.there, after.there, strict=True):
        cells = (", ".join(names) or told(_NOBODY, lang) for names in (were, are))
        rows.append((told(_PROCESSES.filled(node=machine), lang), *cells))
    return [told(title, lang), *(f"  {line}" for line in table(rows))]


def _way(node: NodeName, other: NodeName, lang: str) -> str:
    return told(_WITHIN.filled(node=node) if node == other else _BETWEEN.filled(node=node, other=other), lang)
