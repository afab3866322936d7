"""Which nodes pass on the mail of a process's links: without them the links are cut off. Arithmetic over a link table, nothing else.

With `forward` these are the nodes that the process has left, from the one on where its partner believes it to be, until that is known to
know better: a letter of it has come straight. With `home` it is the home, as long as there are links; with `update`, nobody: everyone has
been told before the commit. A partner that lives on such a node itself, or on that of the process, is not cut off by its death.
"""

from __future__ import annotations

import msgspec

from nodes.kernel.links import LinkEnd, LinkTable
from nodes.wire.ids import NodeName


def leave(table: LinkTable, source: NodeName, destination: NodeName) -> None:
    """The process goes from one node to another, and leaves a forwarding address."""
    for end in table.ends.values():
        if end.wants_to_know:
            way = (*(end.by_way_of or ()), source)
            end.by_way_of = way[: way.index(destination)] if destination in way else way


def forget(table: LinkTable) -> None:
    """The process goes from one node to another, and no forwarding address is of any use to its partners."""
    for end in table.ends.values():
        end.by_way_of = msgspec.UNSET


def note_way(end: LinkEnd, route: tuple[NodeName, ...]) -> None:
    """A letter has come from the other side by way of the nodes in `route`: no others are needed for the next one."""
    end.by_way_of = tuple(node for node in end.by_way_of or () if node in route) or msgspec.UNSET


def passers_on(table: LinkTable, here: NodeName, always: NodeName | None) -> dict[NodeName, list[str]]:
    """Return the nodes that are needed by a process that is `here`, each with the links that would be cut off without it.

    `always` is the node that passes on all of its mail, if there is one.
    """
    needed: dict[NodeName, list[str]] = {}
    for end in table.ends.values():
        if end.wants_to_know:
            for node in (end.by_way_of or ()) if always is None else (always,):
                if node != here and end.peer_at not in (node, here):
                    needed.setdefault(node, []).append(end.link)
    return needed
