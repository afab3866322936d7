"""A run as ShiViz reads it: what happened at each node, with the vector clock that says what had happened before. Pure.

Two lines an event, `n1 {"n1": 7, "n2": 3}` and the text: ShiViz reads them with its default expression. The clocks are kept here, from
messages that were sent and delivered; no node knows of them. What happened in the cluster as a whole is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from nodes.wire.events import MessageDelivered, MessageSent, Stamped
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.texts import told

_SENDS = Text("sends message {message} to {node}")
_GETS = Text("gets message {message} from {node}")

Clock = dict[NodeName, int]
"""Of each node: how many of its events are known of."""


def as_shiviz(events: Iterable[Stamped], lang: str, title: str) -> str:
    """Return the log: messages, and whatever else a reader is told of a node."""
    view = ClusterView()
    narrator = Narrator(view, lang, title)
    clocks: dict[NodeName, Clock] = {}
    sent: dict[str, Clock] = {}
    lines: list[str] = []
    for stamped in events:
        view.apply(stamped)
        said = [line.partition(" s  ")[2].strip() for line in narrator.tell(stamped)]
        texts = list(_messages(stamped, lang)) or said
        if stamped.node is None or not texts:
            continue
        clock = clocks.setdefault(stamped.node, {})
        if isinstance(stamped.event, MessageDelivered):
            for node, count in sent.pop(stamped.event.message, {}).items():
                clock[node] = max(count, clock.get(node, 0))
        clock[stamped.node] = clock.get(stamped.node, 0) + 1
        if isinstance(stamped.event, MessageSent):
            sent[stamped.event.message] = dict(clock)
        lines.append(
            f"{stamped.node} {msgspec.json.encode(clock).decode()}\n{stamped.t / 1e9:.6f} s  {' '.join(texts)}\n"
        )
    return "".join(lines)


def _messages(stamped: Stamped, lang: str) -> Iterator[str]:
    match stamped.event:
        case MessageSent(message, to):
            yield told(_SENDS.filled(message=message, node=to), lang)
        case MessageDelivered(message, sender):
            yield told(_GETS.filled(message=message, node=sender), lang)
        case _:
            pass
