"""What one node knows of itself and believes of the others at an instant, how old that is, and which message told it. Pure.

The truth stands beside it, marked as what it is: no node has it.
"""

from __future__ import annotations

from collections.abc import Iterable

from nodes.wire.events import Stamped
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.beliefs import Beliefs
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Table
from tuiclu.model.frame import Belief
from tuiclu.texts import told

_HEAD = Text("{node} at {at:.6f} s")
_DOWN = Text("It is down: it knows nothing.")
_OWN = Text("It knows of itself: load {load:.2f}; {processes}.")
_PROCESSES = Text("processes here: {names}")
_NOBODY = Text("no process is here")
_BELIEVED = Text("It believes of {about}: load {load:.2f}, {age:.3f} s old. {source} {truth}")
_TOLD = Text("{about} told it in message {message}, which came at {heard:.6f} s.")
_HEARSAY = Text("{told_by} told it by hearsay in message {message}, which came at {heard:.6f} s.")
_EXPECTED = Text("Of what it was told it has made that number itself: it reckons with what it knows to be on its way.")
_UNTOLD = Text("Of {about} it has been told nothing that it still goes by. {truth}")
_TRUTH = Text("In truth it reckons with {load:.2f} itself now, and {wanting}.")
_GONE = Text("Of {about} it has been told nothing that it still goes by. In truth that one is down.")


def _wanting(count: int) -> Text:
    return Text.counted("{count} process there wants a CPU", "{count} processes there want a CPU", count)


class Unknown(LookupError):
    """There is no such node in the run, or it has no such instant."""


def beliefs_at(events: Iterable[Stamped], node: NodeName, at_ns: int | None) -> tuple[ClusterView, list[Belief], int]:
    """Return the cluster and what a node believed at an instant (None: at the end), and the instant. Raises Unknown."""
    view, beliefs = ClusterView(), Beliefs()
    table = Table(beliefs)
    for stamped in events:
        if at_ns is not None and stamped.t > at_ns:
            break
        view.apply(stamped)
        table.apply(stamped)
    if node not in view.nodes:
        raise Unknown(node)
    return view, [one for one in beliefs.rows() if one.holder == node], view.now_ns if at_ns is None else at_ns


def knowledge(events: Iterable[Stamped], node: NodeName, at_ns: int | None, lang: str) -> list[str]:
    """Return what a node knew and believed at an instant, as lines of text. Raises Unknown."""

    def say(text: Text, **values: object) -> str:
        return told(text.filled(**values), lang)

    view, held, now_ns = beliefs_at(events, node, at_ns)
    lines = [say(_HEAD, node=node, at=now_ns / 1e9)]
    if view.nodes[node].state == "down":
        return [*lines, f"  {say(_DOWN)}"]
    here = [one.name for one in view.processes.values() if one.alive and one.node == node]
    processes = say(_PROCESSES, names=", ".join(here)) if here else say(_NOBODY)
    lines.append(f"  {say(_OWN, load=view.nodes[node].load / 1000, processes=processes)}")
    of = {one.about: one for one in held}
    for about, other in view.nodes.items():
        if about == node:
            continue
        wanting = sum(one.node == about and one.state in ("running", "ready") for one in view.processes.values())
        truth = say(_TRUTH, load=other.load / 1000, wanting=told(_wanting(wanting), lang))
        if about not in of:
            lines.append(f"  {say(_GONE if other.state == 'down' else _UNTOLD, about=about, truth=truth)}")
            continue
        one = of[about]
        told_so = _TOLD if one.told_by == about else _HEARSAY
        values = {"about": about, "told_by": one.told_by, "message": one.message, "heard": one.heard / 1e9}
        source = say(told_so, **values) + (f" {say(_EXPECTED)}" if one.why else "")
        age_s = (now_ns - one.t) / 1e9
        lines.append(f"  {say(_BELIEVED, about=about, load=one.load / 1000, age=age_s, source=source, truth=truth)}")
    return lines
