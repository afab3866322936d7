"""The views of the screen, each a row: what draws it, what it is called, and what its help says.

The keys 1, 2, ... show them in this order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tuiclu.tui.draw.cluster import draw_cluster
from tuiclu.tui.draw.conversation import draw_conversation
from tuiclu.tui.draw.log import draw_log
from tuiclu.tui.draw.messages import draw_messages
from tuiclu.tui.draw.migration import draw_migration
from tuiclu.tui.draw.node import draw_node
from tuiclu.tui.draw.processes import draw_processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuiclu.model.frame import Frame
    from tuiclu.tui.draw.paper import Paper
    from tuiclu.tui.look import Look


class View(NamedTuple):
    """A view. All texts are English; the catalogue has the others."""

    draw: Callable[[Paper, Frame, Look, int, int], None]
    """Draws a frame between two lines of the paper."""
    title: str
    """On its tab."""
    seen: str
    """In its help: what there is to see,"""
    idea: str
    """and which idea of the chapter it shows."""


VIEWS: dict[str, View] = {
    "cluster": View(
        draw_cluster,
        "Cluster",
        (
            "Each card is a workstation: a real process of this machine, with a kernel of its own. The bar is the load of its CPU, the columns are the last "
            "four seconds; then who runs, who is ready and who waits; its page frames; guests and where they come from; files on its disk; and what it costs "
            "this machine. A node that thrashes says so: its CPU idles, and pages go out and come back. "
            "Below are the wire, the processes on the move, and what happens, in sentences."
        ),
        (
            "Process migration: enough of the state of a process moves to another machine for it to go on there. Why? To share load, to be near what it talks to, "
            "to leave a machine that will fail, to use what only one machine has."
        ),
    ),
    "node": View(
        draw_node,
        "Node",
        (
            "The process table of one node, the process control block of the selected process (shift and the arrows scroll it), who had the CPU when, "
            "who owns the page frames, and what is on the disk: files, and pages that had to leave. [ and ] change the stretch of time."
        ),
        "What migrates: the process is destroyed at the source and created at the destination; its control block moves, and its links with it.",
    ),
    "migration": View(
        draw_migration,
        "Migration",
        (
            "One migration: its phases to scale, its rounds, and the pages of the process at the source and at the destination, a cell a page. "
            "Up and down open another one."
        ),
        (
            "How much of the address space moves, and when: eager (all), precopy, eager (dirty), copy on reference, flushing. "
            "Watch for how long the process stands still, how much is sent twice, and what still depends on the source."
        ),
    ),
    "conversation": View(
        draw_conversation,
        "Conversation",
        (
            "The messages by which two Initiators decide on a migration, numbered as in Fig. 14.2, with every refusal and its reason; "
            "the decisions with the numbers that were compared; what a node believes of the others, beside the truth."
        ),
        "Negotiation: source and destination decide together. A machine may refuse, and its owner may have it back at any time (eviction).",
    ),
    "messages": View(
        draw_messages,
        "Messages",
        (
            "Space and time: a line for each node (tab: for each process, which says where it is), time from left to right, an arrow for each message. Messages that wait at a cut or are lost look different. "
            "The stretch of time follows the traffic, until [ or ] changes it; < and > (or the arrows, home, end) look back and forth, also while time stands still. o shows all but the periodic loads, only what snapshots are about, or everything; / shows what contains words, and not those behind a -. "
            "Snapshots cut the lines where nodes recorded their state, and below stands what is recorded; messages in a channel at the cut are marked, and those that cross it backwards betray it. Up and down choose another snapshot."
        ),
        "No global clock, no shared memory: whatever a node knows of another came by such an arrow, and tells of the past.",
    ),
    "log": View(
        draw_log,
        "Log",
        (
            "Everything that happened: in sentences, as events, and what the programs wrote; and the human log of the nodes, which is of the real world "
            "and in no event. / filters, tab changes the kind."
        ),
        "The same scenario and seed give the same events, to the byte: what you see can be repeated and asked about.",
    ),
    "processes": View(
        draw_processes,
        "Processes",
        (
            "The processes of all nodes in one table, those that live first. / finds some of them by a part of their name, pid or program, or by their node, "
            "also those that ended long ago; s sorts by the next column, S turns the order round, a click on a heading does either; return opens the one that is selected."
        ),
        "A process keeps its pid for life, wherever it runs: the name does not say the place. Its home is where it was born.",
    ),
}
"""By the name that is typed behind `view`."""
